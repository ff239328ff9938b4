// Which data the patterns of a grant open.
#include "common/access/data_access.h"

#include <gtest/gtest.h>

namespace farrell::access {
namespace {

constexpr Time kNow = Time(std::chrono::seconds(1000));
constexpr Time kLater = Time(std::chrono::seconds(1001));

DataAccess With(std::vector<std::string> data, std::vector<std::string> scopes = {"data.read"}) {
  auto grant = std::make_shared<Grant>();
  grant->project = "provinces";
  grant->data = std::move(data);
  grant->scopes = std::move(scopes);
  return DataAccess(grant);
}

bool Reads(const DataAccess& access, const DataName& name) { return access.MayRead(name, Time(), kNow); }

TEST(DataAccess, OpensTheHomeProjectUnlessTheGrantSaysOtherwise) {
  const DataAccess home = With({});
  EXPECT_TRUE(Reads(home, {"provinces", "gdp", "2020"}));
  EXPECT_FALSE(Reads(home, {"national", "gdp", "2020"}));
  EXPECT_FALSE(Reads(home, {"", "gdp", "2020"}));
  EXPECT_TRUE(home.MayReadUnnamed("provinces"));
  EXPECT_FALSE(home.MayReadUnnamed("national"));
  EXPECT_TRUE(home.MayWrite({"provinces", "gdp", "2020"}));
  EXPECT_FALSE(home.MayWrite({"national", "gdp", "2020"}));
}

TEST(DataAccess, PatternsNameProjectsDatasetsAndReleases) {
  EXPECT_TRUE(Reads(With({"national/*"}), {"national", "gdp", "2020"}));
  EXPECT_FALSE(Reads(With({"national/*"}), {"nationals", "gdp", "2020"}));
  EXPECT_FALSE(Reads(With({"national/*"}), {"provinces", "gdp", "2020"})) << "home is not open beside it";
  EXPECT_TRUE(Reads(With({"national/gdp"}), {"national", "gdp", "1999"}));
  EXPECT_FALSE(Reads(With({"national/gdp"}), {"national", "gdp2", "1999"}));
  EXPECT_TRUE(Reads(With({"national/gdp@2020*"}), {"national", "gdp", "2020-r2"}));
  EXPECT_FALSE(Reads(With({"national/gdp@2020*"}), {"national", "gdp", "2021"}));
  EXPECT_TRUE(Reads(With({"*/pub*c"}), {"any", "public", "1"}));
  EXPECT_FALSE(Reads(With({"*/pub*c"}), {"any", "publics", "1"}));
  EXPECT_TRUE(Reads(With({"/*"}), {"", "gdp", "1"}));
  EXPECT_FALSE(Reads(With({"/*"}), {"national", "gdp", "1"}));
  EXPECT_TRUE(Reads(With({"*"}), {"national", "a/b", "1"}));
  EXPECT_TRUE(Reads(With({"national/a*aab"}), {"national", "aaaab", "1"}));
}

TEST(DataAccess, DataWithoutANameAreOpenToTheirProjectAndWhoeverReadsAllOfIt) {
  EXPECT_TRUE(With({"national/gdp"}).MayReadUnnamed("provinces"));
  EXPECT_FALSE(With({"national/gdp"}).MayReadUnnamed("national"));
  EXPECT_TRUE(With({"national/*"}).MayReadUnnamed("national"));
  EXPECT_TRUE(With({"*"}).MayReadUnnamed("national"));
}

TEST(DataAccess, AnEmbargoBindsWhoHasNotItsScope) {
  const DataName name{"provinces", "gdp", "2020"};
  EXPECT_FALSE(With({}).MayRead(name, kLater, kNow));
  EXPECT_TRUE(With({}).MayRead(name, kLater, kLater));
  EXPECT_TRUE(With({}, {"data.embargoed"}).MayRead(name, kLater, kNow));
  EXPECT_FALSE(With({"national/*"}, {"data.embargoed"}).MayRead(name, kLater, kNow));
  EXPECT_FALSE(With({}, {"data.*"}).MayRead(name, kLater, kNow));
}

TEST(DataAccess, WithoutAGrantEverythingIsOpen) {
  EXPECT_TRUE(DataAccess::OfCurrentCall().everything());
  EXPECT_TRUE(DataAccess().MayRead({"p", "d", "r"}, kLater, kNow));
  EXPECT_TRUE(DataAccess().MayWrite({"p", "d", "r"}));
}

TEST(DataAccess, PatternsHaveAShape) {
  for (const char* good : {"*", "/*", "p/*", "p/d", "p/d@r", "*/*@*"}) EXPECT_TRUE(IsDataPattern(good)) << good;
  for (const char* bad : {"", "p", "p/", "**", "p/@r", "p/d@"}) EXPECT_FALSE(IsDataPattern(bad)) << bad;
}

}  // namespace
}  // namespace farrell::access
