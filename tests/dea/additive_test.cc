// The additive family: worked cases, properties, certificates, and an independent witness.
#include "services/dea/engine/additive.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/model_check.h"
#include "tests/dea/glpk_slacks.h"
#include "tests/dea/problems.h"
#include "tests/dea/tampering.h"

namespace farrell::dea::testing {
namespace {

constexpr ModelKind kKinds[] = {ModelKind::kAdditive, ModelKind::kRam, ModelKind::kBam};
constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                            ReturnsToScale::kNdrs, ReturnsToScale::kGrs};
constexpr Orientation kOrientations[] = {Orientation::kNone, Orientation::kInput, Orientation::kOutput};

Model MakeModel(ModelKind kind, ReturnsToScale rts, Orientation orientation = Orientation::kNone) {
  Model model;
  model.kind = kind;
  model.rts = rts;
  model.orientation = orientation;
  model.weight_sum_low = 0.5;
  model.weight_sum_high = 1.5;
  return model;
}

std::string NameOf(const Model& model) {
  const char* kind = model.kind == ModelKind::kAdditive ? "additive" : model.kind == ModelKind::kRam ? "ram" : "bam";
  return std::string(kind) + " " + Name(model.rts) + " " + Name(model.orientation);
}

UnitScore Solve(const Observations& data, std::int32_t row, const Model& model) {
  const ReferenceMatrix reference(data, AllRows(data));
  const auto formulation = MakeAdditive(model, data);
  return UnitSolver(*formulation).Solve({data, row, reference}, {}, {});
}

// Largest difference relative to the size of the numbers.
double Distance(double a, double b) { return a == b ? 0 : std::abs(a - b) / std::max(std::abs(a), std::abs(b)); }

// Five units, one input and one output: (2,1) (4,5) (6,6) (9,8) (5,3). Frontier under VRS: the first, second and
// fourth.
Observations Five() { return MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 9, 8, 5, 3}); }

TEST(AdditiveTest, WorkedExample) {
  const Observations data = Five();
  // (5,3): every point (4 + t, 5 + 3t/5) up to t = 1 and (4 - 2t, 5 - 4t) is dominating; 1 + 2 at (4,5), less at
  // (5, 5.6): 2.6.
  const UnitScore additive = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs));
  EXPECT_EQ(additive.status, UnitStatus::kOptimal);
  EXPECT_EQ(additive.measure, Measure::kSlackSum);
  EXPECT_DOUBLE_EQ(additive.score, 3);
  EXPECT_DOUBLE_EQ(additive.farrell, 3);
  EXPECT_DOUBLE_EQ(additive.certificate.primal, 3);
  EXPECT_EQ(additive.input_slacks, std::vector<double>{1});
  EXPECT_EQ(additive.output_slacks, std::vector<double>{2});
  EXPECT_EQ(additive.input_targets, std::vector<double>{4});
  EXPECT_EQ(additive.output_targets, std::vector<double>{5});
  ASSERT_EQ(additive.peers.size(), 1U);
  EXPECT_EQ(additive.peers[0].row, 1);
  // Ranges are 7 and 7: 1 - (1/7 + 2/7) / 2.
  const UnitScore ram = Solve(data, 4, MakeModel(ModelKind::kRam, ReturnsToScale::kVrs));
  EXPECT_EQ(ram.measure, Measure::kRam);
  EXPECT_DOUBLE_EQ(ram.score, 1 - 3.0 / 14);
  // One-sided ranges are 3 and 5: 1 - (1/3 + 2/5) / 2.
  const UnitScore bam = Solve(data, 4, MakeModel(ModelKind::kBam, ReturnsToScale::kVrs));
  EXPECT_EQ(bam.measure, Measure::kBam);
  EXPECT_DOUBLE_EQ(bam.score, 1 - 11.0 / 30);
  // CRS: the ray y = 5/4 x. Going up at x = 5 gains 3.25, and no more than 4 is lost of x for 5 of y.
  const UnitScore crs = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kCrs));
  EXPECT_DOUBLE_EQ(crs.score, 3.25);
  // Only inputs count: x may fall to the frontier at y = 3, x = 3; the output slack is what is left, none.
  const UnitScore input = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs, Orientation::kInput));
  EXPECT_DOUBLE_EQ(input.score, 2);
  EXPECT_EQ(input.output_slacks, std::vector<double>{0});
  const UnitScore output = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs, Orientation::kOutput));
  EXPECT_DOUBLE_EQ(output.score, 2.6);
  // Input prices: a unit of x more would be a unit of slack more.
  EXPECT_DOUBLE_EQ(additive.input_prices[0], 1);
}

TEST(AdditiveTest, BoundsKeepThePointWithinTheObservedData) {
  // Under CRS the ray through (4,5) leaves the observed range beyond (6.4, 8): (9,8) could go to (9, 11.25) but for the
  // bound on the output, and to (6.4, 8) at best.
  const Observations data = Five();
  const UnitScore free = Solve(data, 3, MakeModel(ModelKind::kAdditive, ReturnsToScale::kCrs));
  EXPECT_DOUBLE_EQ(free.score, 3.25);
  const UnitScore bam = Solve(data, 3, MakeModel(ModelKind::kBam, ReturnsToScale::kCrs));
  EXPECT_NEAR(bam.input_slacks[0], 2.6, 1e-14);
  EXPECT_EQ(bam.output_slacks[0], 0);
  // Room of 7 on the input, none on the output: 1 - (2.6/7 + 0) / 2.
  EXPECT_NEAR(bam.score, 1 - 1.3 / 7, 1e-15);
}

TEST(AdditiveTest, ARangeOfZeroIsWorthNothing) {
  const Observations data = MakeCrossSection(2, 1, {3, 4, 1, 3, 2, 1, 3, 2, 2});
  const UnitScore ram = Solve(data, 0, MakeModel(ModelKind::kRam, ReturnsToScale::kVrs));
  // Inputs (3, 4), range (0, 2); output 1, range 1: 1 - (0 + 2/2 + 1/1) / 3.
  EXPECT_DOUBLE_EQ(ram.score, 1.0 / 3);
  EXPECT_DOUBLE_EQ(Solve(data, 0, MakeModel(ModelKind::kBam, ReturnsToScale::kVrs)).score, 1.0 / 3);
}

TEST(AdditiveTest, BadOutputsCountAsInputs) {
  Observations data = Five();
  const Observations as_input = MakeCrossSection(2, 1, {2, 7, 1, 4, 6, 5, 6, 5, 6, 9, 3, 8, 5, 8, 3});
  data.bad_count = 1;
  data.cells = {2, 1, 7, 4, 5, 6, 6, 6, 5, 9, 8, 3, 5, 3, 8};
  for (const ModelKind kind : kKinds) {
    for (const Orientation orientation : kOrientations) {
      const Model model = MakeModel(kind, ReturnsToScale::kVrs, orientation);
      for (const std::int32_t row : AllRows(data)) {
        const UnitScore bad = Solve(data, row, model);
        const UnitScore input = Solve(as_input, row, model);
        EXPECT_DOUBLE_EQ(bad.score, input.score) << NameOf(model) << " " << row;
        ASSERT_EQ(bad.bad_output_slacks.size(), 1U);
        EXPECT_DOUBLE_EQ(bad.bad_output_targets[0],
                         data.row(static_cast<std::size_t>(row))[2] - bad.bad_output_slacks[0]);
      }
    }
  }
}

TEST(AdditiveTest, NonDiscretionarySlacksDoNotCount) {
  Observations data = MakeCrossSection(2, 1, {2, 7, 1, 4, 6, 5, 6, 5, 6, 9, 3, 8, 5, 8, 3});
  Model model = MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs);
  model.inputs = {"a", "b"};
  model.outputs = {"c"};
  model.non_discretionary = {"b"};
  // (5, 8, 3) against (4, 6, 5): the slack of 2 in b is there and not worth anything.
  const UnitScore score = Solve(data, 4, model);
  EXPECT_DOUBLE_EQ(score.score, 3);
  EXPECT_EQ(score.input_slacks, (std::vector<double>{1, 2}));
}

// The problem with all data positive or, every other one, shifted so that some are negative.
struct Case {
  RandomProblem problem;
  Model model;
};

Case MakeCase(ModelKind kind, std::uint64_t number) {
  Case made;
  made.problem = MakeRandomProblem(number + 5000 * static_cast<std::uint64_t>(kind), 120);
  const ReturnsToScale rts = kind == ModelKind::kRam ? ReturnsToScale::kVrs : kTechnologies[number % 5];
  made.model = MakeModel(kind, rts, kOrientations[number / 5 % 3]);
  if (rts == ReturnsToScale::kVrs && number % 2 == 0) {
    const std::size_t d = static_cast<std::size_t>(made.problem.data.dimension());
    TestRandom random(number);
    for (std::size_t i = 0; i < d; ++i) {
      const double shift =
          made.problem.data
              .cells[static_cast<std::size_t>(random.Below(static_cast<int>(made.problem.data.size()))) * d + i];
      for (std::size_t j = i; j < made.problem.data.cells.size(); j += d) made.problem.data.cells[j] -= shift;
    }
    made.problem.description += " negative";
  }
  made.problem.description += " " + NameOf(made.model);
  return made;
}

// Each case with every model that is defined for it.
template <typename Visit>
void ForEachProblem(std::uint64_t count, const Visit& visit) {
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number + 40000, 40);
    for (const ModelKind kind : kKinds) {
      const ReturnsToScale rts = kind == ModelKind::kRam ? ReturnsToScale::kVrs : kTechnologies[number % 5];
      for (const Orientation orientation : kOrientations) {
        const Model model = MakeModel(kind, rts, orientation);
        visit(problem.data, model, problem.description + " " + NameOf(model));
      }
    }
  }
}

TEST(AdditivePropertyTest, ScoresAreWithinBoundsAndSlacksAddUp) {
  ForEachProblem(LongRun() ? 200 : 20, [](const Observations& data, const Model& model, const std::string& where) {
    const ReferenceMatrix reference(data, AllRows(data));
    const auto formulation = MakeFormulation(model, data);
    UnitSolver solver(*formulation);
    for (const std::int32_t row : AllRows(data)) {
      const UnitScore score = solver.Solve({data, row, reference}, {}, {});
      ASSERT_EQ(score.status, UnitStatus::kOptimal) << where << " " << row;
      EXPECT_GE(score.score, 0) << where;
      EXPECT_TRUE(model.kind == ModelKind::kAdditive || score.score <= 1) << where;
      // The peers make the target, and the target is the unit's data moved by its slacks.
      const double* own = data.row(static_cast<std::size_t>(row));
      for (int i = 0; i < data.dimension(); ++i) {
        double made = 0;
        double size = std::abs(own[i]);
        for (const Peer& peer : score.peers) {
          const double term = peer.weight * data.row(static_cast<std::size_t>(peer.row))[i];
          made += term;
          size += std::abs(term);
        }
        const double target = data.is_output(i) ? score.output_targets[static_cast<std::size_t>(i - data.input_count)]
                                                : score.input_targets[static_cast<std::size_t>(i)];
        EXPECT_NEAR(made, target, 1e-12 * size) << where << " unit " << row << " measure " << i;
      }
    }
  });
}

TEST(AdditivePropertyTest, AdjustedMeasuresDoNotDependOnUnitsOfMeasurement) {
  ForEachProblem(LongRun() ? 100 : 10, [](const Observations& data, const Model& model, const std::string& where) {
    if (model.kind == ModelKind::kAdditive) return;
    Observations scaled = data;
    for (std::size_t at = 0; at < scaled.cells.size(); ++at) {
      const std::size_t measure = at % static_cast<std::size_t>(data.dimension());
      scaled.cells[at] *= measure % 3 == 0 ? 1e-6 : measure % 3 == 1 ? 1e9 : 1024;
    }
    for (const std::int32_t row : AllRows(data)) {
      EXPECT_NEAR(Solve(data, row, model).score, Solve(scaled, row, model).score, 1e-9) << where << " unit " << row;
    }
  });
}

TEST(AdditivePropertyTest, ScoresUnderVrsDoNotDependOnTheOrigin) {
  for (const ModelKind kind : kKinds) {
    for (const Orientation orientation : kOrientations) {
      const Model model = MakeModel(kind, ReturnsToScale::kVrs, orientation);
      for (std::uint64_t number = 0; number < 20; ++number) {
        // Halves and quarters, so that the shift is exact.
        TestRandom random(number);
        Observations data = MakeCrossSection(2, 2, {});
        for (int j = 0; j < 60; ++j) data.cells.push_back(0.25 * (1 + random.Below(200)));
        data.roles.assign(15, RowRole::kScored);
        Observations moved = data;
        constexpr double kShift[] = {-25, 100, -1024, 3.5};
        for (std::size_t at = 0; at < moved.cells.size(); ++at) moved.cells[at] += kShift[at % 4];
        for (const std::int32_t row : AllRows(data)) {
          const UnitScore before = Solve(data, row, model);
          const UnitScore after = Solve(moved, row, model);
          EXPECT_NEAR(before.score, after.score, 1e-12 * std::max(1.0, before.score)) << NameOf(model) << " " << number;
        }
      }
    }
  }
}

TEST(AdditivePropertyTest, MeasuresAreOrdered) {
  for (std::uint64_t number = 0; number < (LongRun() ? 200 : 20); ++number) {
    const RandomProblem problem = MakeRandomProblem(number + 50000, 40);
    for (const std::int32_t row : AllRows(problem.data)) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const auto score_of = [&](ModelKind kind, ReturnsToScale rts, Orientation orientation) {
        return Solve(problem.data, row, MakeModel(kind, rts, orientation)).score;
      };
      const auto plain = [&](ReturnsToScale rts, Orientation orientation = Orientation::kNone) {
        return score_of(ModelKind::kAdditive, rts, orientation);
      };
      // A larger technology leaves more slack, and so do two sides.
      const double vrs = plain(ReturnsToScale::kVrs);
      const double room = 1e-9 * plain(ReturnsToScale::kCrs);
      for (const ReturnsToScale rts : {ReturnsToScale::kNirs, ReturnsToScale::kNdrs, ReturnsToScale::kGrs}) {
        EXPECT_LE(vrs, plain(rts) + room) << where;
        EXPECT_LE(plain(rts), plain(ReturnsToScale::kCrs) + room) << where;
      }
      EXPECT_LE(plain(ReturnsToScale::kVrs, Orientation::kInput), vrs + room) << where;
      EXPECT_LE(plain(ReturnsToScale::kVrs, Orientation::kOutput), vrs + room) << where;
      // One-sided ranges are shorter.
      const double ram = score_of(ModelKind::kRam, ReturnsToScale::kVrs, Orientation::kNone);
      const double bam = score_of(ModelKind::kBam, ReturnsToScale::kVrs, Orientation::kNone);
      EXPECT_LE(bam, ram + 1e-9) << where;
      EXPECT_LE(score_of(ModelKind::kBam, ReturnsToScale::kCrs, Orientation::kNone), bam + 1e-9) << where;
    }
  }
}

TEST(AdditivePropertyTest, RangesBoundSlacksUnderVrsOnly) {
  for (const ModelKind kind : kKinds) {
    for (const ReturnsToScale rts : kTechnologies) {
      Model model = MakeModel(kind, rts);
      model.inputs = {"x"};
      model.outputs = {"y"};
      Violations violations;
      CheckModel(model, "model.", violations);
      EXPECT_EQ(violations.empty(), kind != ModelKind::kRam || rts == ReturnsToScale::kVrs) << NameOf(model);
    }
  }
}

TEST(AdditivePropertyTest, AUnitWithoutInputsMayLeaveNoLargestSum) {
  const Observations data = MakeCrossSection(1, 1, {2, 1, 0, 3});
  const ReferenceMatrix reference(data, AllRows(data));
  for (const ModelKind kind : {ModelKind::kAdditive, ModelKind::kBam}) {
    for (const ReturnsToScale rts : kTechnologies) {
      const Model model = MakeModel(kind, rts);
      const auto formulation = MakeFormulation(model, data);
      const UnitScore score = UnitSolver(*formulation).Solve({data, 0, reference}, {}, {});
      // The sum of weights or the observed bounds keep the others finite.
      const bool open = kind == ModelKind::kAdditive && (rts == ReturnsToScale::kCrs || rts == ReturnsToScale::kNdrs);
      EXPECT_EQ(score.status, open ? UnitStatus::kUnbounded : UnitStatus::kOptimal) << NameOf(model);
      EXPECT_TRUE(CheckScore(*formulation, {data, 0, reference}, score).holds) << NameOf(model);
    }
  }
}

TEST(AdditivePropertyTest, AUnitBeyondTheTechnologyIsInfeasible) {
  const Observations data = MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 3, 9});
  const ReferenceMatrix reference(data, {0, 1, 2});
  for (const ModelKind kind : kKinds) {
    const Model model = MakeModel(kind, ReturnsToScale::kVrs);
    const auto formulation = MakeFormulation(model, data);
    const UnitScore score = UnitSolver(*formulation).Solve({data, 3, reference}, {}, {});
    EXPECT_EQ(score.status, UnitStatus::kInfeasible) << NameOf(model);
    EXPECT_TRUE(CheckScore(*formulation, {data, 3, reference}, score).holds) << NameOf(model);
  }
}

TEST(AdditivePropertyTest, PricesProveTheSum) {
  ForEachProblem(LongRun() ? 200 : 20, [](const Observations& data, const Model& model, const std::string& where) {
    if (model.rts == ReturnsToScale::kGrs || (model.kind == ModelKind::kBam && model.rts != ReturnsToScale::kVrs))
      return;
    for (const std::int32_t row : AllRows(data)) {
      const UnitScore score = Solve(data, row, model);
      // v x - u y + w of a unit, and the size of its terms.
      const auto profit = [&](std::int32_t unit, double& size) {
        double sum = score.scale_price;
        size = std::abs(score.scale_price);
        const double* cells = data.row(static_cast<std::size_t>(unit));
        for (int i = 0; i < data.dimension(); ++i) {
          const bool output = data.is_output(i);
          const double price = output ? score.output_prices[static_cast<std::size_t>(i - data.input_count)]
                                      : score.input_prices[static_cast<std::size_t>(i)];
          EXPECT_GE(price, 0) << where;
          sum += (output ? -price : price) * cells[i];
          size += price * cells[i];
        }
        return sum;
      };
      double size = 0;
      for (const std::int32_t other : AllRows(data)) {
        const double sum = profit(other, size);
        EXPECT_GE(sum, -1e-9 * size) << where << " unit " << row << " prices unit " << other;
      }
      const double own = profit(row, size);
      EXPECT_NEAR(own, score.farrell, 1e-9 * size) << where << " unit " << row;
      const bool inputs_count = model.orientation != Orientation::kOutput;
      EXPECT_TRUE(model.kind != ModelKind::kAdditive || !inputs_count || score.input_prices[0] >= 1 - 1e-9) << where;
    }
  });
}

TEST(AdditivePropertyTest, BitsDoNotDependOnThePath) {
  ForEachProblem(LongRun() ? 100 : 10, [](const Observations& data, const Model& model, const std::string& where) {
    const ReferenceMatrix reference(data, AllRows(data));
    const auto formulation = MakeFormulation(model, data);
    UnitSolver solver(*formulation);
    for (const std::int32_t row : AllRows(data)) {
      const UnitScore plain = solver.Solve({data, row, reference}, {}, {});
      for (const Pricing pricing : {Pricing::kDantzig, Pricing::kSmallestIndex}) {
        SolveOptions options;
        options.pricing = pricing;
        const UnitScore other = solver.Solve({data, row, reference}, options, {});
        EXPECT_EQ(plain.score, other.score) << where << " unit " << row;
        EXPECT_EQ(plain.input_slacks, other.input_slacks) << where << " unit " << row;
        EXPECT_EQ(plain.output_slacks, other.output_slacks) << where << " unit " << row;
        EXPECT_EQ(plain.input_prices, other.input_prices) << where << " unit " << row;
      }
    }
  });
}

TEST(AdditiveCertificateTest, NoNumberCanBeChanged) {
  const RandomProblem problem = MakeRandomProblem(60, 40);
  const Observations& data = problem.data;
  const ReferenceMatrix reference(data, AllRows(data));
  for (const ModelKind kind : kKinds) {
    const Model model = MakeModel(kind, ReturnsToScale::kVrs);
    const auto formulation = MakeFormulation(model, data);
    UnitSolver solver(*formulation);
    int changes = 0;
    for (const std::int32_t row : AllRows(data)) {
      const std::string where = NameOf(model) + " unit " + std::to_string(row);
      const Question question{data, row, reference};
      const UnitScore score = solver.Solve(question, {}, {});
      changes += ExpectTamperingShows(*formulation, question, score, where);
      // What is true of another unit is not true of this one.
      const std::int32_t next = (row + 1) % static_cast<std::int32_t>(data.size());
      EXPECT_FALSE(CheckScore(*formulation, question, solver.Solve({data, next, reference}, {}, {})).holds) << where;
    }
    EXPECT_GT(changes, 100);
  }
}

struct Tally {
  int units = 0;
  int decided_exactly = 0;
  std::vector<std::string> listed;
  std::vector<std::string> open_gaps;
};

// Agrees with GLPK to 1e-9; where it does not glp_exact decides. Slack sums jump where two units tie within rounding
// (0.1 * 3 and 0.3): the last word has what can be changed by missing the rows by 1e-11, which is where the engine
// takes two numbers for one.
void Judge(const GlpkSlacks& glpk, std::int32_t row, const UnitScore& score, const std::string& where, Tally& tally) {
  ++tally.units;
  const auto floating = glpk.Solve(row, false);
  if (floating && floating->feasible && Distance(score.farrell, floating->value) <= 1e-9) return;
  const auto exact = glpk.Solve(row, true);
  ASSERT_TRUE(exact && exact->feasible) << where << ": glp_exact found no optimum";
  ++tally.decided_exactly;
  if (Distance(score.farrell, exact->value) <= 1e-9) return;
  const auto roomy = glpk.Solve(row, true, 1e-11);
  ASSERT_TRUE(roomy && roomy->feasible) << where << ": glp_exact found no optimum with room";
  EXPECT_LE(std::abs(score.farrell - exact->value), (1 + 1e-9) * (roomy->value - exact->value))
      << where << ": ours " << score.farrell << ", exact " << exact->value << ", with room " << roomy->value;
  tally.listed.push_back(where + ": ours " + std::to_string(score.farrell) + ", exact " + std::to_string(exact->value) +
                         ", with room " + std::to_string(roomy->value));
}

void CompareWithGlpk(ModelKind kind, std::uint64_t count) {
  Tally tally;
  for (std::uint64_t number = 0; number < count; ++number) {
    const Case made = MakeCase(kind, number);
    const Observations& data = made.problem.data;
    const ReferenceMatrix reference(data, AllRows(data));
    const auto formulation = MakeAdditive(made.model, data);
    UnitSolver solver(*formulation);
    const GlpkSlacks glpk(data, AllRows(data), made.model);
    const std::size_t stride = std::max<std::size_t>(1, data.size() / 10);
    for (std::size_t row = 0; row < data.size(); row += stride) {
      const std::int32_t at = static_cast<std::int32_t>(row);
      const std::string where = made.problem.description + ", unit " + std::to_string(row);
      const UnitScore score = solver.Solve({data, at, reference}, {}, {});
      ASSERT_EQ(score.status, UnitStatus::kOptimal)
          << where << " gap " << score.certificate.gap << " violation " << score.certificate.max_violation;
      if (score.certificate.slack_gap > 1e-9) tally.open_gaps.push_back(where);
      EXPECT_TRUE(CheckScore(*formulation, {data, at, reference}, score).holds) << where;
      Judge(glpk, at, score, where, tally);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
  std::cout << count << " problems, " << tally.units << " scores compared with GLPK, " << tally.decided_exactly
            << " decided by glp_exact\n";
  for (const std::string& line : tally.listed) std::cout << "  " << line << "\n";
  // Where other units tie within rounding the slacks that do not count are decided in twice the digits, and the proof
  // of that phase is open in double precision.
  for (const std::string& line : tally.open_gaps) std::cout << "  gap of the second phase: " << line << "\n";
  EXPECT_LE(tally.open_gaps.size(), 1 + static_cast<std::size_t>(tally.units / 5000));
  EXPECT_GE(tally.units, static_cast<int>(count));
  EXPECT_LE(tally.listed.size(), 1 + static_cast<std::size_t>(tally.units / 1000));
}

TEST(AdditiveTest, PlainSumsAgreeWithGlpk) { CompareWithGlpk(ModelKind::kAdditive, LongRun() ? 2000 : 100); }
TEST(AdditiveTest, RangeAdjustedMeasuresAgreeWithGlpk) { CompareWithGlpk(ModelKind::kRam, LongRun() ? 2000 : 100); }
TEST(AdditiveTest, BoundedMeasuresAgreeWithGlpk) { CompareWithGlpk(ModelKind::kBam, LongRun() ? 2000 : 100); }

}  // namespace
}  // namespace farrell::dea::testing
