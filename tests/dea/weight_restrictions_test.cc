// Restricted multipliers: against the multiplier program with the restrictions as rows, and by their properties.
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "tests/dea/glpk_multiplier.h"
#include "tests/dea/problems.h"
#include "tests/dea/scores.h"

namespace farrell::dea::testing {
namespace {

double Mean(const Observations& data, int measure) {
  double sum = 0;
  for (std::size_t row = 0; row < data.size(); ++row) sum += data.row(row)[measure];
  return sum > 0 ? sum / static_cast<double>(data.size()) : 1;
}

struct RestrictedProblem {
  RandomProblem problem;
  Model model;
  std::string description;
};

// Bounds around the size multipliers have: ratios, absolute bounds, fixed ratios (low = high), a few that nothing
// meets.
RestrictedProblem MakeRestrictedProblem(std::uint64_t number, int largest, bool absolute) {
  RestrictedProblem restricted{MakeRandomProblem(number, largest), {}, {}};
  const Observations& data = restricted.problem.data;
  restricted.model = NamedModel(data, restricted.problem.rts, restricted.problem.orientation);
  TestRandom random(number + 90000);
  restricted.description = restricted.problem.description + " restricted";
  const auto name = [&](int measure) {
    const bool input = measure < data.input_count;
    return (input ? "i" : "o") + std::to_string(input ? measure : measure - data.input_count);
  };
  const auto factor = [&] { return 0.1 / random.Uniform(); };
  for (int i = 0; i < data.dimension(); ++i) {
    const bool input = i < data.input_count;
    const int first = input ? 0 : data.input_count;
    const int count = input ? data.input_count : data.output_count;
    const double size = 1 / Mean(data, i);
    const int kind = random.Below(4);
    WeightRestriction restriction{name(i), "", {}, {}};
    double unit = size;
    if (kind < 2 && count > 1) {
      int over = first + random.Below(count);
      if (over == i) over = first + (over - first + 1) % count;
      restriction.over = name(over);
      unit = size * Mean(data, over);
    } else if (!absolute || kind == 3) {
      continue;
    }
    const double centre = unit * factor();
    if (random.Below(3) != 0) restriction.low = centre * (random.Below(4) == 0 ? 0 : random.Uniform());
    if (!restriction.low || random.Below(3) != 0) restriction.high = centre / random.Uniform();
    if (restriction.low && restriction.high && random.Below(4) == 0) restriction.high = restriction.low;
    restricted.model.weight_restrictions.push_back(restriction);
    restricted.description += " " + restriction.measure + "/" + restriction.over + " [" +
                              (restriction.low ? std::to_string(*restriction.low) : "") + ", " +
                              (restriction.high ? std::to_string(*restriction.high) : "") + "]";
  }
  return restricted;
}

void CompareWithGlpk(bool absolute, bool with_fixed, bool super = false) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  int compared = 0;
  int exact = 0;
  int without_score = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    RestrictedProblem restricted = MakeRestrictedProblem(number, 60, absolute);
    const Observations& data = restricted.problem.data;
    const bool input = restricted.model.orientation == Orientation::kInput;
    if (with_fixed && (input ? data.input_count : data.output_count) > 1) {
      restricted.model.non_discretionary = {input ? "i0" : "o0"};
      if (number % 3 == 0) restricted.model.non_discretionary_rule = NonDiscretionaryRule::kNcn;
    }
    restricted.model.super = super;
    const ReferenceMatrix reference(data, AllRows(data));
    const std::unique_ptr<Formulation> formulation = MakeFormulation(restricted.model, data);
    UnitSolver solver(*formulation);
    const std::size_t stride = std::max<std::size_t>(1, data.size() / 25);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(data.size()); ++row) {
      const std::string where = restricted.description + ", unit " + std::to_string(row);
      const Question question{data, row, reference};
      const UnitScore score = solver.Solve(question, {}, {});
      ASSERT_TRUE(score.status == UnitStatus::kOptimal || score.status == UnitStatus::kUnbounded ||
                  (super && score.status == UnitStatus::kInfeasible))
          << where << " status " << static_cast<int>(score.status) << " gap " << score.certificate.gap << " violation "
          << score.certificate.max_violation;
      ASSERT_TRUE(CheckScore(*formulation, question, score).holds) << where;
      if (score.status == UnitStatus::kUnbounded) ++without_score;
      if (static_cast<std::size_t>(row) % stride != 0) continue;
      ++compared;
      std::vector<std::int32_t> members = AllRows(data);
      if (super) members.erase(members.begin() + row);
      const GlpkMultiplier glpk(restricted.model, data, std::move(members));
      ASSERT_EQ(Disagreement(glpk, row, score, exact), "") << where;
    }
  }
  std::cout << count << " problems, " << compared << " scores compared, " << exact << " decided by glp_exact, "
            << without_score << " units without multipliers or a positive score\n";
  EXPECT_GE(compared, static_cast<int>(count));
}

TEST(WeightRestrictionsTest, RatiosAgreeWithTheMultiplierProgram) { CompareWithGlpk(false, false); }
TEST(WeightRestrictionsTest, AbsoluteBoundsAgreeWithTheMultiplierProgram) { CompareWithGlpk(true, false); }
TEST(WeightRestrictionsTest, FixedMeasuresAgreeWithTheMultiplierProgram) { CompareWithGlpk(true, true); }
TEST(WeightRestrictionsTest, SuperEfficiencyAgreesWithTheMultiplierProgram) { CompareWithGlpk(true, false, true); }

// The multipliers told satisfy the normalisation and every restriction, and give the score.
TEST(WeightRestrictionsTest, MultipliersMeetTheRestrictions) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const RestrictedProblem restricted = MakeRestrictedProblem(number, 40, number % 2 == 0);
    const Observations& data = restricted.problem.data;
    const bool input = restricted.model.orientation == Orientation::kInput;
    const std::vector<UnitScore> scores = Scores(restricted.model, data);
    for (std::size_t row = 0; row < scores.size(); ++row) {
      const UnitScore& score = scores[row];
      if (score.status != UnitStatus::kOptimal) continue;
      const std::string where = restricted.description + ", unit " + std::to_string(row);
      double used = 0;
      double made = 0;
      for (int i = 0; i < data.input_count; ++i) {
        used += score.input_prices[static_cast<std::size_t>(i)] * data.row(row)[i];
      }
      for (int r = 0; r < data.output_count; ++r) {
        made += score.output_prices[static_cast<std::size_t>(r)] * data.row(row)[data.input_count + r];
      }
      EXPECT_NEAR(input ? used : made, 1, 1e-9) << where;
      const double worth = (input ? made : used) + score.scale_price;
      EXPECT_NEAR(worth, score.farrell, 1e-9 * (std::abs(score.scale_price) + score.farrell)) << where;
      const auto price = [&](const std::string& name) {
        return (name[0] == 'i' ? score.input_prices : score.output_prices)[std::stoul(name.substr(1))];
      };
      for (const WeightRestriction& restriction : restricted.model.weight_restrictions) {
        const double weight = price(restriction.measure);
        const double unit = restriction.over.empty() ? 1 : price(restriction.over);
        const double room = 1e-9 * (weight + unit * restriction.high.value_or(restriction.low.value_or(0)));
        if (restriction.low) {
          EXPECT_GE(weight, *restriction.low * unit - room) << where;
        }
        if (restriction.high) {
          EXPECT_LE(weight, *restriction.high * unit + room) << where;
        }
      }
    }
  }
}

// Fewer multipliers to choose from never raise a score; bounds that do not bind change nothing.
TEST(WeightRestrictionsTest, RestrictionsOnlyLower) {
  for (std::uint64_t number = 0; number < 160; ++number) {
    RestrictedProblem restricted = MakeRestrictedProblem(number, 40, true);
    const Observations& data = restricted.problem.data;
    const std::vector<UnitScore> free =
        Scores(NamedModel(data, restricted.model.rts, restricted.model.orientation), data);
    const std::vector<UnitScore> scores = Scores(restricted.model, data);
    // A ratio always binds a multiplier of 0.
    std::erase_if(restricted.model.weight_restrictions,
                  [](const WeightRestriction& restriction) { return !restriction.over.empty(); });
    for (WeightRestriction& restriction : restricted.model.weight_restrictions) {
      const int at = std::stoi(restriction.measure.substr(1));
      restriction.low.reset();
      restriction.high = 1e6 / Mean(data, at + (restriction.measure[0] == 'i' ? 0 : data.input_count));
    }
    const std::vector<UnitScore> loose = Scores(restricted.model, data);
    for (std::size_t row = 0; row < scores.size(); ++row) {
      EXPECT_NEAR(loose[row].score, free[row].score, 1e-9) << restricted.description << ", unit " << row;
      if (scores[row].status != UnitStatus::kOptimal) continue;
      EXPECT_LE(scores[row].score, free[row].score * (1 + 1e-10)) << restricted.description << ", unit " << row;
    }
  }
}

// Ratios speak of the same multipliers in other units when they are divided alike.
TEST(WeightRestrictionsTest, UnitsOfMeasurementDoNotMatter) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    RestrictedProblem restricted = MakeRestrictedProblem(number, 40, true);
    const Observations& data = restricted.problem.data;
    const std::vector<UnitScore> before = Scores(restricted.model, data);
    std::vector<double> factors;
    const Observations scaled = InOtherUnits(data, number, factors);
    const auto factor_of = [&](const std::string& name) {
      if (name.empty()) return 1.0;
      return factors[std::stoul(name.substr(1)) + (name[0] == 'i' ? 0 : static_cast<std::size_t>(data.input_count))];
    };
    for (WeightRestriction& restriction : restricted.model.weight_restrictions) {
      const double factor = factor_of(restriction.over) / factor_of(restriction.measure);
      if (restriction.low) *restriction.low *= factor;
      if (restriction.high) *restriction.high *= factor;
    }
    const std::vector<UnitScore> after = Scores(restricted.model, scaled);
    for (std::size_t row = 0; row < data.size(); ++row) {
      ASSERT_EQ(after[row].status, before[row].status) << restricted.description << ", unit " << row;
      EXPECT_NEAR(after[row].score, before[row].score, 1e-9) << restricted.description << ", unit " << row;
    }
  }
}

// Two inputs, one output of 1 everywhere: A (1, 4), B (2, 2), C (4, 1). With equal multipliers the score is 4 / (x1 +
// x2).
TEST(WeightRestrictionsTest, AFixedRatioIsAPrice) {
  const Observations data = MakeCrossSection(2, 1, {1, 4, 1, 2, 2, 1, 4, 1, 1});
  Model model = NamedModel(data, ReturnsToScale::kCrs, Orientation::kInput);
  model.weight_restrictions = {{"i0", "i1", 1.0, 1.0}};
  const std::vector<UnitScore> scores = Scores(model, data);
  EXPECT_NEAR(scores[0].score, 0.8, 1e-15);
  EXPECT_NEAR(scores[1].score, 1, 1e-15);
  EXPECT_NEAR(scores[2].score, 0.8, 1e-15);
  EXPECT_NEAR(scores[0].input_prices[0], 0.2, 1e-15);
  EXPECT_NEAR(scores[0].input_prices[1], 0.2, 1e-15);
  // B is the peer; trading one input for the other takes it to (0.8, 3.2).
  ASSERT_EQ(scores[0].peers.size(), 1U);
  EXPECT_EQ(scores[0].peers[0].row, 1);
  EXPECT_NEAR(scores[0].input_targets[0], 0.8, 1e-15);
  EXPECT_NEAR(scores[0].input_targets[1], 3.2, 1e-15);
}

TEST(WeightRestrictionsTest, RestrictionsThatNothingMeetsAreUnbounded) {
  const Observations data = MakeCrossSection(2, 1, {1, 4, 1, 2, 2, 1, 4, 1, 1});
  Model model = NamedModel(data, ReturnsToScale::kCrs, Orientation::kInput);
  const ReferenceMatrix reference(data, {0, 1, 2});
  const auto expect_unbounded = [&](std::vector<WeightRestriction> restrictions) {
    model.weight_restrictions = std::move(restrictions);
    const std::unique_ptr<Formulation> formulation = MakeFormulation(model, data);
    const Question question{data, 0, reference};
    UnitScore score = UnitSolver(*formulation).Solve(question, {}, {});
    EXPECT_EQ(score.status, UnitStatus::kUnbounded);
    EXPECT_EQ(score.certificate.kind, CertificateKind::kUnbounded);
    EXPECT_TRUE(CheckScore(*formulation, question, score).holds);
    for (double& value : score.certificate.ray) value *= 0.5;
    score.certificate.ray[0] += 1;
    EXPECT_FALSE(CheckScore(*formulation, question, score).holds);
  };
  expect_unbounded({{"i0", "", 2.0, {}}});                           // v1 x1 alone is above 1
  expect_unbounded({{"i0", "", {}, 0.1}, {"i1", "", {}, 0.1}});      // v x is 0.5 at most
  expect_unbounded({{"i0", "i1", 3.0, {}}, {"i1", "i0", 1.0, {}}});  // each more than the other
}

// Under variable returns a lower bound on u values what others make more than one's whole input is worth.
TEST(WeightRestrictionsTest, AScoreOfZeroOrLessIsNoScore) {
  const Observations data = MakeCrossSection(1, 1, {1, 1, 2, 9});
  Model model = NamedModel(data, ReturnsToScale::kVrs, Orientation::kInput);
  model.weight_restrictions = {{"o0", "", 1.0, {}}};
  const ReferenceMatrix reference(data, {0, 1});
  const std::unique_ptr<Formulation> formulation = MakeFormulation(model, data);
  const Question question{data, 0, reference};
  const UnitScore score = UnitSolver(*formulation).Solve(question, {}, {});
  EXPECT_EQ(score.status, UnitStatus::kUnbounded);
  EXPECT_EQ(score.certificate.kind, CertificateKind::kOptimal);
  EXPECT_LT(score.certificate.primal, 0);
  EXPECT_TRUE(CheckScore(*formulation, question, score).holds);
}

TEST(WeightRestrictionsTest, TamperedScoresAreCaught) {
  for (std::uint64_t number = 0; number < 64; ++number) {
    const RestrictedProblem restricted = MakeRestrictedProblem(number, 30, number % 2 == 0);
    const Observations& data = restricted.problem.data;
    const ReferenceMatrix reference(data, AllRows(data));
    const std::unique_ptr<Formulation> formulation = MakeFormulation(restricted.model, data);
    const Question question{data, 0, reference};
    const UnitScore right = UnitSolver(*formulation).Solve(question, {}, {});
    if (right.status != UnitStatus::kOptimal) continue;
    const auto expect_caught = [&](const char* what, const auto& spoil) {
      UnitScore wrong = right;
      spoil(wrong);
      EXPECT_FALSE(CheckScore(*formulation, question, wrong).holds) << restricted.description << ": " << what;
    };
    expect_caught("score", [](UnitScore& wrong) { wrong.score *= 1.0001; });
    expect_caught("target", [](UnitScore& wrong) { wrong.output_targets[0] = wrong.output_targets[0] * 1.001 + 1; });
    expect_caught("price", [](UnitScore& wrong) { wrong.input_prices[0] = wrong.input_prices[0] * 1.001 + 1; });
    expect_caught("variables", [](UnitScore& wrong) { wrong.certificate.variables.back() += 0.001; });
    expect_caught("prices", [](UnitScore& wrong) {
      for (double& price : wrong.certificate.prices) price *= 0.999;
    });
  }
}

}  // namespace
}  // namespace farrell::dea::testing
