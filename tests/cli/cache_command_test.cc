// farrell cache: keys explained, results kept across programs, pins, verification and quarantine.

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Twelve units over two periods.
std::string Panel(int last = 0) {
  std::string csv = "unit,year,x,y\n";
  for (int unit = 0; unit < 12; ++unit) {
    for (int year = 2018; year < 2020; ++year) {
      const int y = 1 + (unit * 5 + year) % 7 + (unit == 11 && year == 2019 ? last : 0);
      csv += "u" + std::to_string(unit) + "," + std::to_string(year) + "," + std::to_string(2 + (unit * 3 + year) % 9) +
             "," + std::to_string(y) + "\n";
    }
  }
  return csv;
}

class CacheCommand : public ::testing::Test {
 protected:
  // Resampling takes long enough to be kept beyond the program.
  FarrellRun Dea(const std::string& file, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"dea",         file,   "--unit",    "unit", "--time",   "year",
                                          "--inputs",    "x",    "--outputs", "y",    "--format", "json",
                                          "--bootstrap", "sw98", "--reps",    "1000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    FarrellRun run = farrell_.Run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run;
  }
  static std::string KeyOf(const FarrellRun& run) {
    return json::parse(run.out).at("summary").at("provenance").at("action_key").get<std::string>();
  }
  FarrellRun Cache(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "cache");
    return farrell_.Run(arguments);
  }
  // Where the file of an entry lies.
  std::string EntryPath(const std::string& key) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(farrell_.Path("."))) {
      const std::string path = entry.path().string();
      if (entry.path().filename() == key && path.find("/about/") == std::string::npos) return path;
    }
    return "";
  }

  FarrellFixture farrell_;
};

TEST_F(CacheCommand, ResultsOutliveTheProgram) {
  const std::string file = farrell_.Write("panel.csv", Panel());
  const FarrellRun first = Dea(file);
  const FarrellRun second = Dea(file);
  EXPECT_THAT(first.err, HasSubstr("computed, "));
  EXPECT_THAT(second.err, HasSubstr("from the store"));
  EXPECT_EQ(first.out, second.out);
}

TEST_F(CacheCommand, ExplainNamesTheFieldThatDiffers) {
  const std::string first = KeyOf(Dea(farrell_.Write("one.csv", Panel())));
  const std::string second = KeyOf(Dea(farrell_.Write("two.csv", Panel(1))));
  const FarrellRun run = Cache({"explain", second.substr(0, 12), "--against", first.substr(0, 12), "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json told = json::parse(run.out);
  EXPECT_EQ(told.at("key"), second);
  EXPECT_EQ(told.at("against"), first);
  EXPECT_EQ(told.at("operation"), "dea.evaluate");
  ASSERT_EQ(told.at("differences").size(), 1U) << run.out;
  EXPECT_EQ(told.at("differences")[0].at("field"), "reference.slices.2019");
  EXPECT_EQ(told.at("held")[0].at("tier"), "disk");

  // Without another key: the nearest before it.
  const std::string third = KeyOf(Dea(farrell_.Path("two.csv"), {"--rts", "vrs"}));
  const FarrellRun nearest = Cache({"explain", third});
  ASSERT_EQ(nearest.exit_code, 0) << nearest.err;
  EXPECT_THAT(nearest.out, HasSubstr("against    " + second));
  EXPECT_THAT(nearest.out, HasSubstr("spec.rts"));
  EXPECT_THAT(nearest.out, HasSubstr("\"vrs\""));
  EXPECT_THAT(nearest.out, Not(HasSubstr("slices")));
}

TEST_F(CacheCommand, KeysThatAreNoneAreErrors) {
  EXPECT_EQ(Cache({"explain", "0123456789abcdef"}).exit_code, 3);
  EXPECT_EQ(Cache({"explain", "0123"}).exit_code, 2);
  EXPECT_EQ(Cache({"pin", "0123456789abcdef"}).exit_code, 3);
}

TEST_F(CacheCommand, PinVerifyAndQuarantine) {
  const std::string file = farrell_.Write("panel.csv", Panel());
  const std::string key = KeyOf(Dea(file));
  ASSERT_EQ(Cache({"pin", key.substr(0, 10)}).exit_code, 0);
  EXPECT_THAT(Cache({"explain", key}).out, HasSubstr("pinned"));
  EXPECT_EQ(Cache({"unpin", key}).exit_code, 0);
  EXPECT_EQ(Cache({"unpin", key}).exit_code, 3);

  const FarrellRun sound = Cache({"verify", "--all", "--format", "csv"});
  EXPECT_EQ(sound.exit_code, 0) << sound.err;
  const std::string path = EntryPath(key);
  ASSERT_NE(path, "");
  std::ofstream(path, std::ios::app) << "!";
  const FarrellRun damaged = Cache({"verify", "--all", "--format", "csv"});
  EXPECT_EQ(damaged.exit_code, 6) << damaged.out;
  EXPECT_THAT(damaged.err, HasSubstr(key));
  EXPECT_THAT(Dea(file).err, HasSubstr("computed, "));

  EXPECT_THAT(Dea(file).err, HasSubstr("from the store"));
  EXPECT_EQ(Cache({"quarantine", key}).exit_code, 0);
  // Not put together from its parts, which may be as wrong.
  EXPECT_THAT(Dea(file).err, AllOf(HasSubstr("computed, "), Not(HasSubstr(", 0 solved"))));
}

TEST_F(CacheCommand, StatsTellTheTiers) {
  (void)Dea(farrell_.Write("panel.csv", Panel()));
  const FarrellRun csv = Cache({"stats", "--format", "csv"});
  ASSERT_EQ(csv.exit_code, 0) << csv.err;
  EXPECT_EQ(Lines(csv.out).at(0), "service,tier,entries,bytes,limit_bytes,hits,pinned,quarantined");
  EXPECT_THAT(csv.out, HasSubstr(",disk,"));
  EXPECT_THAT(csv.out, HasSubstr(",store,"));
  const json stats = json::parse(Cache({"stats", "--json"}).out);
  EXPECT_EQ(stats.at("services")[0].at("service"), "dea, regression, reporting");
  EXPECT_EQ(stats.at("services")[0].at("answer").at("tiers")[1].at("limit_byte_count"), "1073741824");
}

TEST_F(CacheCommand, NoStateKeepsNothing) {
  const std::string file = farrell_.Write("panel.csv", Panel());
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--state", "memory"}, std::vector<std::string>{"--cache-disk", "0"}}) {
    for (int i = 0; i < 2; ++i) EXPECT_THAT(Dea(file, more).err, HasSubstr("computed, ")) << more[0];
  }
  EXPECT_EQ(Cache({"stats", "--format", "csv", "--cache-disk", "0"}).out.find(",disk,"), std::string::npos);
}

}  // namespace
}  // namespace farrell::testing
