// Scale elasticity and most productive scale size: worked cases, theorems, and an independent witness.
#include "services/dea/engine/scale_elasticity.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/frame.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/scale.h"
#include "tests/dea/glpk_scale.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Everything about the scale of the units of a cross-section.
class Scales {
 public:
  Scales(const Observations& data, Orientation orientation)
      : data_(data),
        orientation_(orientation),
        reference_(data, AllRows(data)),
        radial_(data.dimension()),
        solver_(data, orientation) {}

  UnitScore Score(std::int32_t row, ReturnsToScale rts) {
    return radial_.Solve(data_, row, reference_, rts, orientation_, {}, {});
  }
  ScaleRange Elasticity(std::int32_t row) {
    return solver_.Elasticity({data_, row, reference_}, Score(row, ReturnsToScale::kVrs).farrell, {});
  }
  ScaleRange ProductiveScale(std::int32_t row) { return solver_.ProductiveScale({data_, row, reference_}, {}); }

 private:
  const Observations& data_;
  Orientation orientation_;
  ReferenceMatrix reference_;
  RadialSolver radial_;
  ScaleSolver solver_;
};

// (1,1) (2,3) (4,5) (7,6) span the frontier; (3,2) lies inside. Slopes 2, 1, 1/3; at (2,3) the elasticity is slope *
// x/y: to the left 2 * 2/3, to the right 1 * 2/3.
Observations Corners() { return MakeCrossSection(1, 1, {1, 1, 2, 3, 4, 5, 7, 6, 3, 2}); }

TEST(ScaleElasticityTest, WorkedExample) {
  const Observations data = Corners();
  for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
    Scales scales(data, orientation);
    const auto expect = [&](std::int32_t row, double low, double high) {
      const ScaleRange range = scales.Elasticity(row);
      ASSERT_EQ(range.status, UnitStatus::kOptimal) << row;
      EXPECT_NEAR(range.low.value(), low, 1e-14) << row;
      EXPECT_EQ(range.high.has_value(), high < kInfinite) << row;
      EXPECT_NEAR(range.high.value_or(kInfinite == high ? 0 : -1), high < kInfinite ? high : 0, 1e-14) << row;
    };
    expect(0, 2, kInfinite);
    expect(1, 2.0 / 3, 4.0 / 3);
    expect(2, 4.0 / 15, 0.8);
    expect(3, 0, 7.0 / 18);
    // (3,2) is compared with (1.5, 2) or (3, 4), inside an edge.
    if (orientation == Orientation::kInput) expect(4, 1.5, 1.5);
    if (orientation == Orientation::kOutput) expect(4, 0.75, 0.75);
  }
}

TEST(ScaleElasticityTest, MostProductiveScaleOfTheWorkedExample) {
  const Observations data = Corners();
  Scales scales(data, Orientation::kInput);
  // (2,3) is the most productive scale: (3,2) becomes (4/3, 2), and 3/2 of it is (2,3).
  const ScaleRange range = scales.ProductiveScale(4);
  ASSERT_EQ(range.status, UnitStatus::kOptimal);
  EXPECT_NEAR(range.low.value(), 1.5, 1e-15);
  EXPECT_NEAR(range.high.value(), 1.5, 1e-15);
  // Seen from (3, 4.5), 2/3 of it.
  Scales outward(data, Orientation::kOutput);
  EXPECT_NEAR(outward.ProductiveScale(4).low.value(), 2.0 / 3, 1e-15);
  EXPECT_NEAR(scales.ProductiveScale(1).low.value(), 1, 1e-15);
  EXPECT_NEAR(scales.ProductiveScale(3).low.value(), 0.5, 1e-15);

  // Two most productive scales, (1,1) and (3,3): the range holds both.
  const Observations flat = MakeCrossSection(1, 1, {1, 1, 3, 3, 4, 3.5, 4, 2});
  Scales wide(flat, Orientation::kInput);
  const ScaleRange both = wide.ProductiveScale(3);
  EXPECT_NEAR(both.low.value(), 0.5, 1e-15);
  EXPECT_NEAR(both.high.value(), 1.5, 1e-15);
}

// Coelli's five firms (DEAP guide, EG2): the second one works at increasing, the fourth and fifth at decreasing
// returns.
TEST(ScaleElasticityTest, FiveFirms) {
  const Observations data = MakeCrossSection(1, 1, {2, 1, 4, 2, 3, 3, 5, 4, 6, 5});
  Scales scales(data, Orientation::kInput);
  EXPECT_GT(scales.Elasticity(1).low.value(), 1);
  EXPECT_LE(scales.Elasticity(2).low.value(), 1);
  EXPECT_GE(scales.Elasticity(2).high.value(), 1);
  EXPECT_LT(scales.Elasticity(3).high.value(), 1);
  EXPECT_LT(scales.Elasticity(4).high.value(), 1);
}

// Banker & Thrall (1992): the elasticity range holds 1 exactly where CRS and VRS scores agree, and so does the range of
// most productive scale; else both say to which side it lies.
TEST(ScaleElasticityTest, ClassesOfReturnsToScaleAgree) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    Scales scales(problem.data, problem.orientation);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(problem.data.size()); ++row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const auto score = [&](ReturnsToScale rts) { return scales.Score(row, rts).score; };
      const ScaleClass expected =
          ClassifyScale({score(ReturnsToScale::kCrs), score(ReturnsToScale::kVrs), score(ReturnsToScale::kNirs)});
      const ScaleRange elasticity = scales.Elasticity(row);
      ASSERT_EQ(elasticity.status, UnitStatus::kOptimal) << where;
      const double low = elasticity.low.value_or(kInfinite);
      const double high = elasticity.high.value_or(kInfinite);
      EXPECT_GE(low, 0) << where;
      EXPECT_LE(low, high * (1 + 1e-12)) << where;
      const ScaleClass by_elasticity = low > 1 + 1e-9    ? ScaleClass::kIncreasing
                                       : high < 1 - 1e-9 ? ScaleClass::kDecreasing
                                                         : ScaleClass::kConstant;
      EXPECT_EQ(by_elasticity, expected) << where << ": " << low << " to " << high;
      const ScaleRange productive = scales.ProductiveScale(row);
      ASSERT_EQ(productive.status, UnitStatus::kOptimal) << where;
      const ScaleClass by_size = productive.low.value() > 1 + 1e-9    ? ScaleClass::kIncreasing
                                 : productive.high.value() < 1 - 1e-9 ? ScaleClass::kDecreasing
                                                                      : ScaleClass::kConstant;
      EXPECT_EQ(by_size, expected) << where << ": " << *productive.low << " to " << *productive.high;
    }
  }
}

// At both ends of the range of most productive scale the projected point is scale efficient; a little beyond it is not.
TEST(ScaleElasticityTest, MostProductiveScaleIsScaleEfficient) {
  for (std::uint64_t number = 0; number < 40; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 40);
    const Observations& data = problem.data;
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    Scales scales(data, Orientation::kInput);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(data.size()); ++row) {
      const double theta = scales.Score(row, ReturnsToScale::kCrs).score;
      const ScaleRange range = scales.ProductiveScale(row);
      const auto vrs_score = [&](double factor) {
        Observations moved = data;
        for (std::size_t i = 0; i < d; ++i) {
          const bool input = data.is_input(static_cast<int>(i));
          moved.cells.push_back(data.row(static_cast<std::size_t>(row))[i] * factor * (input ? theta : 1));
        }
        moved.roles.push_back(RowRole::kScored);
        RadialSolver solver(data.dimension());
        const ReferenceMatrix reference(moved, AllRows(data));
        return solver.Solve(moved, static_cast<std::int32_t>(data.size()), reference, ReturnsToScale::kVrs,
                            Orientation::kInput, {}, {});
      };
      for (const double factor : {range.low.value(), range.high.value(), (*range.low + *range.high) / 2}) {
        const UnitScore inside = vrs_score(factor);
        EXPECT_NEAR(inside.status == UnitStatus::kOptimal ? inside.score : 0, 1, 1e-9) << problem.description;
      }
      for (const double factor : {*range.low * 0.99, *range.high * 1.01}) {
        const UnitScore outside = vrs_score(factor);
        EXPECT_TRUE(outside.status == UnitStatus::kInfeasible || outside.score > 1) << problem.description;
      }
    }
  }
}

TEST(ScaleElasticityTest, UnitsOfMeasurementDoNotMatter) {
  for (std::uint64_t number = 0; number < 80; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    TestRandom random(number);
    Observations scaled = problem.data;
    const std::size_t d = static_cast<std::size_t>(scaled.dimension());
    for (std::size_t i = 0; i < d; ++i) {
      double factor = 1e-6;
      for (int step = random.Below(16); step > 0; --step) factor *= 10;
      for (std::size_t row = 0; row < scaled.size(); ++row) scaled.cells[row * d + i] *= factor;
    }
    Scales before(problem.data, problem.orientation);
    Scales after(scaled, problem.orientation);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(scaled.size()); ++row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const ScaleRange one = before.Elasticity(row);
      const ScaleRange other = after.Elasticity(row);
      ASSERT_EQ(one.high.has_value(), other.high.has_value()) << where;
      ASSERT_EQ(one.low.has_value(), other.low.has_value()) << where;
      EXPECT_NEAR(one.low.value_or(0), other.low.value_or(0), 1e-10 * (1 + one.low.value_or(0))) << where;
      EXPECT_NEAR(one.high.value_or(0), other.high.value_or(0), 1e-10 * (1 + one.high.value_or(0))) << where;
      const ScaleRange size = before.ProductiveScale(row);
      const ScaleRange size_after = after.ProductiveScale(row);
      EXPECT_NEAR(size_after.low.value() / size.low.value(), 1, 1e-10) << where;
      EXPECT_NEAR(*size_after.high / *size.high, 1, 1e-10) << where;
    }
  }
}

TEST(ScaleElasticityTest, FramesChangeNoBit) {
  TestRandom random(8);
  std::vector<double> cells;
  for (int row = 0; row < 1500; ++row) {
    for (int input = 0; input < 2; ++input) cells.push_back(0.2 + random.Uniform());
    cells.push_back((cells.end()[-1] + cells.end()[-2]) * (0.3 + random.Uniform()));
  }
  const Observations data = MakeCrossSection(2, 1, std::move(cells));
  const ReferenceMatrix reference(data, AllRows(data));
  const auto frame = MakeFrame(data, reference, ReturnsToScale::kVrs,
                               [](std::size_t count, const std::function<void(std::size_t)>& body) {
                                 for (std::size_t i = 0; i < count; ++i) body(i);
                               },
                               {});
  ASSERT_NE(frame, nullptr);
  RadialSolver radial(3);
  ScaleSolver plain(data, Orientation::kInput);
  ScaleSolver framed(data, Orientation::kInput);
  for (std::int32_t row = 0; row < 1500; row += 7) {
    const Question question{data, row, reference};
    const double theta = radial.Solve(data, row, reference, ReturnsToScale::kVrs, Orientation::kInput, {}, {}).farrell;
    const ScaleRange one = plain.Elasticity(question, theta, {});
    const ScaleRange other = framed.Elasticity(question, theta, {}, frame.get());
    EXPECT_EQ(one.low, other.low) << row;
    EXPECT_EQ(one.high, other.high) << row;
    const ScaleRange size = plain.ProductiveScale(question, {});
    const ScaleRange size_framed = framed.ProductiveScale(question, {}, frame.get());
    EXPECT_EQ(size.low, size_framed.low) << row;
    EXPECT_EQ(size.high, size_framed.high) << row;
  }
}

TEST(ScaleElasticityTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const Observations data = Corners();
  const ReferenceMatrix reference(data, AllRows(data));
  ScaleSolver solver(data, Orientation::kInput);
  EXPECT_EQ(solver.Elasticity({data, 4, reference}, 0.5, source.get_token()).status, UnitStatus::kNotSolved);
  EXPECT_EQ(solver.ProductiveScale({data, 4, reference}, source.get_token()).status, UnitStatus::kNotSolved);
}

double Distance(double a, double b) {
  if (a == b) return 0;
  return std::abs(a - b) / std::max({1.0, std::abs(a), std::abs(b)});
}

struct Tally {
  int compared = 0;
  int exact = 0;
};

// `ours` against GLPK, and where they differ against exact arithmetic.
template <typename Ask>
void Judge(const Range& ours, const Ask& ask, const std::string& where, Tally& tally) {
  const auto same = [&](const std::optional<Range>& theirs) {
    return theirs && Distance(ours.low, theirs->low) <= 1e-9 && Distance(ours.high, theirs->high) <= 1e-9;
  };
  ++tally.compared;
  if (same(ask(false))) return;
  ++tally.exact;
  const std::optional<Range> exact = ask(true);
  ASSERT_TRUE(exact.has_value()) << where << ": glp_exact found no optimum";
  EXPECT_TRUE(same(exact)) << where << ": ours " << ours.low << " to " << ours.high << ", exact " << exact->low
                           << " to " << exact->high;
}

TEST(ScaleElasticityTest, RandomProblemsAgreeWithGlpk) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  Tally prices;
  Tally sums;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 200);
    const Observations& data = problem.data;
    const std::vector<std::int32_t> all = AllRows(data);
    const bool input = problem.orientation == Orientation::kInput;
    Scales scales(data, problem.orientation);
    const std::size_t stride = std::max<std::size_t>(1, all.size() / 8);
    for (std::size_t at = 0; at < all.size(); at += stride) {
      const std::int32_t row = all[at];
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const UnitScore vrs = scales.Score(row, ReturnsToScale::kVrs);
      const UnitScore crs = scales.Score(row, ReturnsToScale::kCrs);
      const ScaleRange elasticity = scales.Elasticity(row);
      ASSERT_EQ(elasticity.status, UnitStatus::kOptimal) << where;
      // Elasticities as prices of the convexity row per score, and as GLPK's prices say: theta / (theta - w).
      const auto to_elasticity = [&](double w) {
        if (std::isinf(w)) return input ? 0 : kInfinite;
        const double ratio = w / vrs.farrell;
        if (!input) return std::max(1 - ratio, 0.0);
        return 1 - ratio > 1e-9 ? 1 / (1 - ratio) : kInfinite;
      };
      const auto ask_price = [&](bool exact) {
        std::optional<Range> range = GlpkScalePrice(data, row, all, problem.orientation, vrs, exact);
        if (!range) return range;
        range = Range{to_elasticity(range->low), to_elasticity(range->high)};
        if (range->low > range->high) std::swap(range->low, range->high);
        return range;
      };
      Judge({elasticity.low.value_or(kInfinite), elasticity.high.value_or(kInfinite)}, ask_price, where + " elasticity",
            prices);
      const ScaleRange productive = scales.ProductiveScale(row);
      ASSERT_EQ(productive.status, UnitStatus::kOptimal) << where;
      Judge(
          {1 / productive.high.value(), 1 / productive.low.value()},
          [&](bool exact) { return GlpkWeightSum(data, row, all, problem.orientation, crs, exact); },
          where + " most productive scale", sums);
      if (HasFatalFailure()) return;
    }
  }
  std::cout << count << " problems: " << prices.compared << " elasticities compared with GLPK (" << prices.exact
            << " decided by glp_exact), " << sums.compared << " most productive scales (" << sums.exact << ")\n";
}

}  // namespace
}  // namespace farrell::dea::testing
