// Productivity by directional distances: Malmquist-Luenberger, its global form, and the Luenberger indicator.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/productivity.h"
#include "tests/dea/glpk_directional.h"
#include "tests/dea/problems.h"
#include "tests/dea/productivity_panels.h"

namespace farrell::dea::testing {
namespace {

constexpr ProductivityIndex kDirectionalIndices[] = {ProductivityIndex::kMalmquistLuenberger,
                                                     ProductivityIndex::kGlobalMalmquistLuenberger,
                                                     ProductivityIndex::kLuenberger};

// One input at 1, one output, one bad output; CRS. Period 1: A (y 2, b 1), B (1, 1); period 2: A (2, 1), B (3, 2).
// Weak disposability, g = (y, -b), so on the frontier of A alone, with l <= 1: y (1 + D) <= 2 l, b (1 - D) = l.
//   B of 1 on 1, and on 2 where A is unchanged: 1 + D = 2 (1 - D), D = 1/3.
//   B of 2 on 1: 2 (1 - D) <= 1 needs D >= 1/2, and then 3 (1 + D) > 2: infeasible. On 2: D = 0.
TEST(DirectionalProductivityTest, AWorkedExampleWithABadOutput) {
  const TestPanel panel =
      MakePanel(1, 1, 1, {{0, 1, {1, 2, 1}}, {0, 2, {1, 2, 1}}, {1, 1, {1, 1, 1}}, {1, 2, {1, 3, 2}}});
  ProductivityRequest request =
      MakeRequest(panel, ProductivityIndex::kMalmquistLuenberger, ReturnsToScale::kCrs, Orientation::kOutput);
  request.model.disposability = Disposability::kWeak;
  std::vector<ProductivityChange> changes = Measure(panel, request);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].status, UnitStatus::kOptimal);
  EXPECT_NEAR(*changes[0].parts.index, 1, 1e-12);
  EXPECT_EQ(changes[1].status, UnitStatus::kInfeasible);
  EXPECT_FALSE(changes[1].parts.index.has_value());
  EXPECT_NEAR(*changes[1].parts.efficiency_change, 4.0 / 3, 1e-12);
  EXPECT_EQ(changes[1].distances[2].status, UnitStatus::kInfeasible);
  EXPECT_NEAR(changes[1].distances[1].value, 1.0 / 3, 1e-12);
  // On the frontier of both periods, that of period 2: index (1 + 1/3) / (1 + 0).
  request.index = ProductivityIndex::kGlobalMalmquistLuenberger;
  changes = Measure(panel, request);
  EXPECT_EQ(changes[1].status, UnitStatus::kOptimal);
  EXPECT_NEAR(*changes[1].parts.index, 4.0 / 3, 1e-12);
  EXPECT_NEAR(*changes[1].parts.technical_change, 1, 1e-12);
}

// One input, one output, frontiers y = x and y = 2x, g = (x, y): D(x, y) = (k x - y) / (k x + y).
TEST(DirectionalProductivityTest, AWorkedLuenbergerIndicator) {
  const TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {2, 2}}, {0, 2, {2, 4}}, {1, 1, {4, 2}}, {1, 2, {4, 4}}});
  const std::vector<ProductivityChange> changes =
      Measure(panel, MakeRequest(panel, ProductivityIndex::kLuenberger, ReturnsToScale::kCrs, Orientation::kNone));
  ASSERT_EQ(changes.size(), 2U);
  const auto distance = [](double k, double x, double y) { return (k * x - y) / (k * x + y); };
  const double d11 = distance(1, 4, 2);
  const double d12 = distance(2, 4, 2);
  const double d21 = distance(1, 4, 4);
  const double d22 = distance(2, 4, 4);
  EXPECT_NEAR(*changes[1].parts.index, (d11 - d21 + d12 - d22) / 2, 1e-12);
  EXPECT_NEAR(*changes[1].parts.efficiency_change, d11 - d22, 1e-12);
  EXPECT_NEAR(*changes[1].parts.technical_change, (d22 - d21 + d12 - d11) / 2, 1e-12);
  EXPECT_NEAR(*changes[0].parts.efficiency_change, 0, 1e-12);
}

// Beyond the frontier by more than the direction is long: 1 + D < 0 means nothing in a ratio.
TEST(DirectionalProductivityTest, ADistanceOfMinusOneOrLessHasNoIndex) {
  TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {1, 2}}, {0, 2, {1, 10}}});
  panel.data.directions = {0, 1, 0, 1};
  ProductivityRequest request =
      MakeRequest(panel, ProductivityIndex::kMalmquistLuenberger, ReturnsToScale::kCrs, Orientation::kOutput);
  request.model.direction = {DirectionKind::kColumns, {"gx", "gy"}};
  const std::vector<ProductivityChange> changes = Measure(panel, request);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_NEAR(changes[0].distances[2].value, -8, 1e-12);
  EXPECT_EQ(changes[0].distances[2].status, UnitStatus::kOptimal);
  EXPECT_EQ(changes[0].status, UnitStatus::kUnbounded);
  EXPECT_FALSE(changes[0].parts.index.has_value());
  request.index = ProductivityIndex::kLuenberger;
  const std::vector<ProductivityChange> differences = Measure(panel, request);
  EXPECT_EQ(differences[0].status, UnitStatus::kOptimal);
  EXPECT_NEAR(*differences[0].parts.index, 8, 1e-12);
}

// Along the outputs, without bad ones, 1 + D = phi: the indices are the radial ones. Along the inputs D = 1 - theta.
TEST(DirectionalProductivityTest, WithoutBadOutputsTheDistancesAreRadial) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, false);
    const ReturnsToScale rts = number % 2 == 0 ? ReturnsToScale::kCrs : ReturnsToScale::kVrs;
    const auto measure = [&](ProductivityIndex index, Orientation orientation) {
      return Measure(panel, MakeRequest(panel, index, rts, orientation));
    };
    for (const auto& [directional, radial] :
         {std::pair(ProductivityIndex::kMalmquistLuenberger, ProductivityIndex::kMalmquist),
          std::pair(ProductivityIndex::kGlobalMalmquistLuenberger, ProductivityIndex::kGlobal)}) {
      const auto expected = measure(radial, Orientation::kOutput);
      const auto actual = measure(directional, Orientation::kOutput);
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) {
        ASSERT_EQ(actual[i].status, expected[i].status) << panel.description;
        for (const auto part : {&ChangeParts::index, &ChangeParts::efficiency_change, &ChangeParts::technical_change}) {
          ASSERT_EQ((actual[i].parts.*part).has_value(), (expected[i].parts.*part).has_value());
          if (!(expected[i].parts.*part)) continue;
          EXPECT_NEAR(*(actual[i].parts.*part) / *(expected[i].parts.*part), 1, 1e-9) << panel.description;
        }
      }
    }
    const auto radial = measure(ProductivityIndex::kMalmquist, Orientation::kInput);
    const auto luenberger = measure(ProductivityIndex::kLuenberger, Orientation::kInput);
    for (std::size_t i = 0; i < radial.size(); ++i) {
      for (std::size_t k = 0; k < 4; ++k) {
        ASSERT_EQ(luenberger[i].distances[k].status, radial[i].distances[k].status) << panel.description;
        if (radial[i].distances[k].status != UnitStatus::kOptimal) continue;
        const double theta = radial[i].distances[k].value;
        EXPECT_NEAR(luenberger[i].distances[k].value, 1 - theta, 1e-9 * std::max(1.0, theta)) << panel.description;
      }
    }
  }
}

// The request of a number: technologies, disposabilities, directions and orientations in turn.
ProductivityRequest RequestOf(TestPanel& panel, ProductivityIndex index, std::uint64_t number) {
  TestRandom random(number * 31 + 7);
  constexpr Orientation kOrientations[] = {Orientation::kOutput, Orientation::kNone, Orientation::kInput};
  constexpr Disposability kDisposabilities[] = {Disposability::kWeak, Disposability::kStrong,
                                                Disposability::kKuosmanen};
  ProductivityRequest request = MakeRequest(
      panel, index, random.Below(2) == 0 ? ReturnsToScale::kCrs : ReturnsToScale::kVrs, kOrientations[random.Below(3)]);
  if (panel.data.bad_count > 0) request.model.disposability = kDisposabilities[random.Below(3)];
  // Under VRS Shephard's technology is a linear program only where inputs stay.
  if (request.model.disposability == Disposability::kWeak && request.model.orientation != Orientation::kOutput) {
    request.model.rts = ReturnsToScale::kCrs;
  }
  const int kind = random.Below(3);
  if (kind == 1) request.model.direction.kind = DirectionKind::kMean;
  if (kind == 2) {
    request.model.direction.kind = DirectionKind::kColumns;
    for (int i = 0; i < panel.data.dimension(); ++i) request.model.direction.columns.emplace_back("g");
    for (const double cell : panel.data.cells) panel.data.directions.push_back(cell * (0.5 + random.Uniform()));
  }
  return request;
}

// D(row, periods) by GLPK along a direction that the test works out by itself.
Witness WitnessOf(const TestPanel& panel, const ProductivityRequest& request, std::int32_t row,
                  const std::vector<std::int64_t>& periods) {
  const Observations& data = panel.data;
  DirectionalProgram program{.data = data, .members = {}};
  program.row = row;
  program.rts = request.model.rts;
  program.disposability = request.model.disposability;
  for (std::size_t other = 0; other < data.size(); ++other) {
    if (std::find(periods.begin(), periods.end(), data.times[other]) == periods.end()) continue;
    program.members.push_back(static_cast<std::int32_t>(other));
  }
  for (int i = 0; i < data.dimension(); ++i) {
    const std::size_t at =
        static_cast<std::size_t>(row) * static_cast<std::size_t>(data.dimension()) + static_cast<std::size_t>(i);
    double value = data.cells[at];
    if (request.model.direction.kind == DirectionKind::kColumns) value = data.directions[at];
    if (request.model.direction.kind == DirectionKind::kMean) {
      value = 0;
      for (std::size_t other = 0; other < data.size(); ++other) value += data.row(other)[i];
      value /= static_cast<double>(data.size());
    }
    const bool kept = (request.model.orientation == Orientation::kInput && data.is_output(i)) ||
                      (request.model.orientation == Orientation::kOutput && data.is_input(i));
    program.direction.push_back(kept ? 0 : value);
  }
  const Witness witness = SolveByGlpk(program);
  if (witness.outcome == Outcome::kOptimal || witness.outcome == Outcome::kInfeasible) return witness;
  return SolveExactlyByGlpk(program);
}

struct Tally {
  int panels = 0;
  int changes = 0;
  int incomplete = 0;
};

void Compare(TestPanel& panel, ProductivityIndex index, std::uint64_t number, Tally& tally) {
  const ProductivityRequest request = RequestOf(panel, index, number);
  std::vector<std::int64_t> all = panel.data.times;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  const bool global = index == ProductivityIndex::kGlobalMalmquistLuenberger;
  ++tally.panels;
  for (const ProductivityChange& change : Measure(panel, request)) {
    const std::string where = panel.description + ", number " + std::to_string(number) + ", " + Name(index) + " " +
                              Name(request.model.rts) + " " + Name(request.model.orientation) + ", direction " +
                              std::to_string(static_cast<int>(request.model.direction.kind)) + ", disposability " +
                              std::to_string(static_cast<int>(request.model.disposability)) + ", row " +
                              std::to_string(change.to_row);
    ++tally.changes;
    const std::vector<std::int64_t> first{change.from};
    const std::vector<std::int64_t> second{change.to};
    const std::pair<std::int32_t, std::vector<std::int64_t>> asked[] = {
        {change.from_row, first},
        global ? std::pair(change.to_row, second) : std::pair(change.from_row, second),
        global ? std::pair(change.from_row, all) : std::pair(change.to_row, first),
        global ? std::pair(change.to_row, all) : std::pair(change.to_row, second)};
    ASSERT_EQ(change.distances.size(), 4U) << where;
    std::vector<double> d;
    bool complete = true;
    double size = 1;
    for (std::size_t k = 0; k < 4; ++k) {
      const Witness witness = WitnessOf(panel, request, asked[k].first, asked[k].second);
      const Distance& distance = change.distances[k];
      if (witness.outcome == Outcome::kInfeasible) {
        ASSERT_EQ(distance.status, UnitStatus::kInfeasible) << where << ", distance " << k;
        complete = false;
        d.push_back(0);
        continue;
      }
      ASSERT_EQ(witness.outcome, Outcome::kOptimal) << where << ", distance " << k;
      ASSERT_EQ(distance.status, UnitStatus::kOptimal) << where << ", distance " << k;
      ASSERT_NEAR(distance.value, witness.value, 1e-9 * std::max(1.0, std::abs(witness.value)))
          << where << ", distance " << k;
      d.push_back(witness.value);
      size = std::max(size, std::abs(witness.value));
      if (index != ProductivityIndex::kLuenberger && 1 + witness.value <= 1e-9) complete = false;
    }
    tally.incomplete += complete ? 0 : 1;
    ASSERT_EQ(change.status == UnitStatus::kOptimal, complete) << where;
    if (!complete) continue;
    const ChangeParts& parts = change.parts;
    if (index == ProductivityIndex::kLuenberger) {
      EXPECT_NEAR(*parts.index, (d[0] - d[2] + d[1] - d[3]) / 2, 2e-9 * size) << where;
      EXPECT_NEAR(*parts.efficiency_change, d[0] - d[3], 2e-9 * size) << where;
      EXPECT_NEAR(*parts.efficiency_change + *parts.technical_change, *parts.index, 1e-12 * size) << where;
      continue;
    }
    EXPECT_NEAR(*parts.efficiency_change * *parts.technical_change / *parts.index, 1, 1e-12) << where;
    // A distance near -1 loses digits in 1 + D.
    const double least = 1 + std::min({d[0], d[1], d[2], d[3]});
    const double tolerance = 1e-9 * std::max(1.0, 1 / least);
    const double product = (1 + d[0]) / (1 + d[2]) * (1 + d[1]) / (1 + d[3]);
    const double expected = global ? (1 + d[2]) / (1 + d[3]) : std::sqrt(product);
    EXPECT_NEAR(*parts.index / expected, 1, tolerance) << where;
    EXPECT_NEAR(*parts.efficiency_change / ((1 + d[0]) / (global ? 1 + d[1] : 1 + d[3])), 1, tolerance) << where;
  }
}

TEST(DirectionalProductivityTest, EveryIndexFollowsFromGlpkDistances) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  for (const ProductivityIndex index : kDirectionalIndices) {
    Tally tally;
    for (std::uint64_t number = 0; number < count; ++number) {
      TestPanel panel = MakeRandomPanel(number, static_cast<int>(number % 3), false);
      Compare(panel, index, number, tally);
      if (HasFatalFailure()) return;
    }
    std::cout << Name(index) << ": " << tally.panels << " panels, " << tally.changes << " changes, " << tally.incomplete
              << " without an index\n";
    EXPECT_EQ(tally.incomplete > 0, index != ProductivityIndex::kGlobalMalmquistLuenberger);
  }
}

TEST(DirectionalProductivityTest, TheGlobalFormIsCircular) {
  int chains = 0;
  for (std::uint64_t number = 0; number < 60; ++number) {
    TestPanel panel = MakeRandomPanel(number, 1, false);
    ProductivityRequest request =
        MakeRequest(panel, ProductivityIndex::kGlobalMalmquistLuenberger, ReturnsToScale::kCrs, Orientation::kOutput);
    request.model.disposability = Disposability::kWeak;
    const std::vector<ProductivityChange> steps = Measure(panel, request);
    for (std::size_t row = 1; row + 1 < panel.units.size(); ++row) {
      if (panel.units[row - 1] == panel.units[row] && panel.units[row + 1] == panel.units[row]) {
        panel.data.roles[row] = RowRole::kReferenceOnly;
      }
    }
    for (const ProductivityChange& jump : Measure(panel, request)) {
      double product = 1;
      for (const ProductivityChange& step : steps) {
        if (step.from_row < jump.from_row || step.to_row > jump.to_row) continue;
        product *= *step.parts.index;
        ++chains;
      }
      EXPECT_NEAR(product / *jump.parts.index, 1, 1e-12) << panel.description;
    }
  }
  EXPECT_GT(chains, 300);
}

TEST(DirectionalProductivityTest, MeansOfTheLuenbergerIndicatorAreArithmetic) {
  const TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {1, 1}}, {0, 2, {1, 1}}, {1, 1, {1, 0.5}}, {1, 2, {1, 0.75}}});
  const ProductivityRequest request =
      MakeRequest(panel, ProductivityIndex::kLuenberger, ReturnsToScale::kCrs, Orientation::kInput);
  const Productivity productivity(panel.data, panel.units, request);
  std::vector<Productivity::Score> scores(productivity.program_count());
  ASSERT_TRUE(productivity.Solve(0, scores.size(), scores, {}, nullptr));
  const std::vector<ProductivityMean> means = productivity.Means(productivity.Changes(scores));
  ASSERT_EQ(means.size(), 1U);
  EXPECT_NEAR(*means[0].parts.index, 0.125, 1e-12);
  EXPECT_NEAR(*means[0].parts.technical_change, 0, 1e-12);
}

}  // namespace
}  // namespace farrell::dea::testing
