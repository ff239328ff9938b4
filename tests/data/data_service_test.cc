#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/data/service_fixture.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPanel =
    "unit,time,gdp,区域\n"
    "a,2010,1.5,东部\n"
    "a,2011,,东部\n"
    "b,2010,3,西部\n"
    "b,2011,4,西部\n";

TEST_F(DataServiceTest, AnImportedTableReadsBackInFileOrder) {
  const std::string digest = MustImport(kPanel);
  common::v1::TableSpec table;
  table.set_snapshot_digest(digest);
  const auto read = ReadTable(table, {"gdp", "区域"});
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->header.row_count(), 4);
  EXPECT_THAT(read->header.units(), ElementsAre("a", "a", "b", "b"));
  EXPECT_THAT(read->header.periods(), ElementsAre(2010, 2011, 2010, 2011));
  const std::vector<double> gdp = read->Numbers(0);
  EXPECT_EQ(gdp[0], 1.5);
  EXPECT_TRUE(std::isnan(gdp[1]));
  EXPECT_EQ(gdp[3], 4.0);
  EXPECT_THAT(read->Texts(1), ElementsAre("东部", "东部", "西部", "西部"));
}

}  // namespace
}  // namespace farrell::data
