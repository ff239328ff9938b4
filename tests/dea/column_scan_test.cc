// The scans over all columns choose the same column, with the same bits, on every kind of processor.
#include "services/dea/engine/column_scan.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

struct Block {
  std::vector<double> cells;
  ColumnBlock view;
};

Block MakeBlock(TestRandom& random, int rows, std::size_t count, bool integers) {
  Block block;
  const std::size_t padded = (count + ColumnBlock::kLanes - 1) / ColumnBlock::kLanes * ColumnBlock::kLanes;
  block.cells.assign(padded * static_cast<std::size_t>(rows), 0.0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      block.cells[i * padded + j] = integers ? random.Below(3) : random.Uniform();
    }
  }
  block.view = {block.cells.data(), padded, padded, rows};
  return block;
}

TEST(ColumnScanTest, EveryVersionGivesTheSameBits) {
  TestRandom random(7);
  int chosen = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const int rows = 2 + random.Below(7);
    const bool integers = trial % 3 == 0;
    const Block block = MakeBlock(random, rows, static_cast<std::size_t>(1 + random.Below(90)), integers);
    std::vector<double> prices;
    std::vector<double> row;
    for (int i = 0; i < rows; ++i) {
      prices.push_back(integers ? random.Below(5) - 2 : random.Normal());
      row.push_back(integers ? random.Below(5) - 2 : random.Normal());
    }
    PriceQuery query{prices.data(), rows / 2, 0.25, 1e-12, trial % 2 == 0};
    const ColumnScans baseline = ScansFor(Instructions::kBaseline);
    const RatioChoice ratio = baseline.ratio(block.view, prices.data(), row.data(), 1e-9);
    const std::int64_t price = baseline.price(block.view, query);
    if (ratio.index >= 0 && price >= 0) ++chosen;
    const ColumnScans scans = ScansFor(BestInstructions());
    const RatioChoice other = scans.ratio(block.view, prices.data(), row.data(), 1e-9);
    ASSERT_EQ(other.index, ratio.index);
    ASSERT_EQ(other.ratio, ratio.ratio);
    ASSERT_EQ(other.alpha, ratio.alpha);
    ASSERT_EQ(scans.price(block.view, query), price);
  }
  EXPECT_GT(chosen, 1000);
}

TEST(ColumnScanTest, ChoosesByTheStatedRules) {
  // One row; reduced costs 4, 2, 2, 6 and entries -1, -1, -2, -3 come from two rows.
  const std::vector<double> cells = {4, 2, 2, 6, 0, 0, 0, 0, -1, -1, -2, -3, 0, 0, 0, 0};
  const ColumnBlock block{cells.data(), 8, 8, 2};
  const double prices[] = {1, 0};
  const double row[] = {0, 1};
  const ColumnScans scans = ScansFor(Instructions::kBaseline);
  const RatioChoice choice = scans.ratio(block, prices, row, 1e-9);
  EXPECT_EQ(choice.index, 2);
  EXPECT_EQ(choice.ratio, 1);
  EXPECT_EQ(choice.alpha, -2);
  EXPECT_EQ(scans.ratio(block, prices, row, 5).index, -1);

  const double falling[] = {0, 1};
  EXPECT_EQ(scans.price(block, {falling, 1, 1, 1e-12, false}), 3);
  EXPECT_EQ(scans.price(block, {falling, 1, 1, 100, false}), -1);
}

}  // namespace
}  // namespace farrell::dea::testing
