#include "services/data/engine/digest.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "common/canonical/canonical.h"
#include "tests/data/columns.h"

namespace farrell::data {
namespace {

using ::testing::SizeIs;

// Year 2019; units 11, 12, 13; rd_fte, rd_exp, pat with value 1 + i + j/8.
Table VectorTable(double last_patents = 3.25) {
  Table table;
  table.keys = MakeKeys("unit", "year", {"11", "12", "13"}, {2019, 2019, 2019});
  table.columns = {Texts("unit", {"11", "12", "13"}), Numbers("year", {2019, 2019, 2019}), Numbers("rd_fte", {1, 2, 3}),
                   Numbers("rd_exp", {1.125, 2.125, 3.125}), Numbers("pat", {1.25, 2.25, last_patents})};
  return table;
}

TEST(DigestTest, PeriodDigestsMatchThePublishedVector) {
  const auto slices = PeriodDigests(*VectorTable().keys, VectorTable().columns);
  ASSERT_THAT(slices, SizeIs(1));
  EXPECT_EQ(slices[0].period, 2019);
  EXPECT_EQ(slices[0].row_count, 3);
  EXPECT_EQ(slices[0].digest, "2e53e90ce67665a5e1aed48c1e316b838106ca069b60ef7f74c13368928f19e6");
}

TEST(DigestTest, PeriodDigestsAgreeWithTheGeneralEncoder) {
  Table table;
  table.keys = MakeKeys("u", "t", {"b \"q\"", "a\n"}, {1, 1});
  table.columns = {Texts("u", {"b \"q\"", "a\n"}), Numbers("t", {1, 1}), Texts("名", {"", "西部"}),
                   Numbers("x", {-0.0, kMissing})};
  std::vector<canonical::Cell> cells = {{"b \"q\"", "名", canonical::Value()},
                                        {"b \"q\"", "x", canonical::Real(0.0)},
                                        {"a\n", "名", "西部"},
                                        {"a\n", "x", canonical::Value()}};
  EXPECT_EQ(PeriodDigests(*table.keys, table.columns)[0].digest,
            canonical::SliceDigest(canonical::Value(std::int64_t{1}), cells));
  table.keys = MakeKeys("u", "", {"b \"q\"", "a\n"}, {});
  table.columns.erase(table.columns.begin() + 1);
  EXPECT_EQ(PeriodDigests(*table.keys, table.columns)[0].digest, canonical::SliceDigest(canonical::Value(), cells));
}

TEST(DigestTest, ANewPeriodLeavesTheOthersAlone) {
  Table table;
  table.keys = MakeKeys("u", "t", {"a", "a"}, {1, 2});
  table.columns = {Texts("u", {"a", "a"}), Numbers("t", {1, 2}), Numbers("x", {5, 6})};
  const auto before = PeriodDigests(*table.keys, table.columns);
  table.keys = MakeKeys("u", "t", {"a", "a", "a"}, {1, 2, 3});
  table.columns = {Texts("u", {"a", "a", "a"}), Numbers("t", {1, 2, 3}), Numbers("x", {5, 6, 7})};
  const auto after = PeriodDigests(*table.keys, table.columns);
  ASSERT_THAT(after, SizeIs(3));
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[1], before[1]);
}

std::string SnapshotOf(const Table& table) { return DigestTable(table)->snapshot; }

TEST(DigestTest, IdentityIsContentKeysMetadataAndSyntheticFlag) {
  const std::string base = SnapshotOf(VectorTable());
  EXPECT_EQ(SnapshotOf(VectorTable()), base);
  EXPECT_NE(SnapshotOf(VectorTable(9.0)), base);
  Table table = VectorTable();
  table.synthetic = true;
  EXPECT_NE(SnapshotOf(table), base);
  table = VectorTable();
  table.known_at = "2020-01-01";
  EXPECT_NE(SnapshotOf(table), base);
  table = VectorTable();
  table.keys = MakeKeys("unit", "", {"11", "12", "13"}, {});
  EXPECT_NE(SnapshotOf(table), base);
  table = VectorTable();
  auto labelled = std::make_shared<Column>(*table.columns[4]);
  labelled->label = "Patents";
  table.columns[4] = labelled;
  EXPECT_NE(SnapshotOf(table), base);
  table = VectorTable();
  table.first_line = 7;
  EXPECT_EQ(SnapshotOf(table), base);
}

TEST(DigestTest, RowOrderBelongsToTheSnapshotNotToItsColumns) {
  Table table;
  table.keys = MakeKeys("u", "", {"b", "a"}, {});
  table.columns = {Texts("u", {"b", "a"}), Numbers("x", {2, 1})};
  Table sorted;
  sorted.keys = MakeKeys("u", "", {"a", "b"}, {});
  sorted.columns = {Texts("u", {"a", "b"}), Numbers("x", {1, 2})};
  const auto digests = DigestTable(table);
  const auto sorted_digests = DigestTable(sorted);
  EXPECT_EQ(digests->columns, sorted_digests->columns);
  EXPECT_EQ(digests->periods, sorted_digests->periods);
  EXPECT_NE(digests->snapshot, sorted_digests->snapshot);
}

TEST(DigestTest, ColumnDigestsTellMissingZeroAndTextsApart) {
  const std::vector<std::size_t> order = {0, 1};
  EXPECT_NE(ColumnDigest(*Numbers("x", {0, kMissing}), order), ColumnDigest(*Numbers("x", {0, 0}), order));
  EXPECT_EQ(ColumnDigest(*Numbers("x", {-0.0, 1}), order), ColumnDigest(*Numbers("y", {0.0, 1}), order));
  EXPECT_NE(ColumnDigest(*Texts("x", {"ab", "c"}), order), ColumnDigest(*Texts("x", {"a", "bc"}), order));
  EXPECT_NE(ColumnDigest(*Texts("x", {"", ""}), order), ColumnDigest(*Numbers("x", {kMissing, kMissing}), order));
}

}  // namespace
}  // namespace farrell::data
