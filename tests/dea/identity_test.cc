// How the models hang together: numbers of one that are numbers of another, and the multipliers behind every score.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/model_check.h"
#include "tests/dea/model_variants.h"
#include "tests/dea/problems.h"
#include "tests/support/long_run.h"

namespace farrell::dea::testing {
namespace {

constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                            ReturnsToScale::kNdrs};

// 2,000 problems in the long run.
std::uint64_t ProblemCount() { return farrell::testing::LongRun() ? 2000 : 100; }

std::vector<std::string> Names(const char* prefix, int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

Model MakeModel(const Observations& data, ModelKind kind, ReturnsToScale rts, Orientation orientation) {
  Model model;
  model.inputs = Names("x", data.input_count);
  model.outputs = Names("y", data.output_count);
  model.bad_outputs = Names("b", data.bad_count);
  model.kind = kind;
  model.rts = rts;
  model.orientation = orientation;
  return model;
}

// All scores of a problem under one model; NaN-free: units without a score are told by their status.
std::vector<UnitScore> Scores(const Observations& data, const Model& model) {
  Scoring scoring(model, data, RowsOf(data));
  std::vector<UnitScore> scores;
  for (const std::int32_t row : RowsOf(data)) scores.push_back(scoring.Score(row));
  return scores;
}

bool HasZeros(const Observations& data) {
  return std::any_of(data.cells.begin(), data.cells.end(), [](double cell) { return cell == 0; });
}

// Calls `check(data, rts, where)` for every problem with a technology of its own.
template <typename Check>
void ForEachProblem(const Check& check) {
  for (std::uint64_t number = 0; number < ProblemCount(); ++number) {
    const VariantProblem problem = MakeVariantProblem(number, 40, 0);
    const ReturnsToScale rts = kTechnologies[number / 2 % std::size(kTechnologies)];
    check(problem.data, rts, problem.description + ", " + Name(rts));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// Along the unit's own inputs beta = 1 - theta, along its outputs phi - 1 (Chambers, Chung & Faere 1998); along both
// under constant returns (1 - theta) / (1 + theta).
TEST(IdentityTest, DirectionalDistancesAlongOwnSidesAreRadial) {
  ForEachProblem([](const Observations& data, ReturnsToScale rts, const std::string& where) {
    if (data.bad_count > 0) return;
    const auto radial = [&](Orientation side) { return Scores(data, MakeModel(data, ModelKind::kRadial, rts, side)); };
    const auto along = [&](Orientation side) { return Scores(data, MakeModel(data, ModelKind::kDdf, rts, side)); };
    const std::vector<UnitScore> theta = radial(Orientation::kInput);
    const std::vector<UnitScore> phi = radial(Orientation::kOutput);
    const std::vector<UnitScore> inputs = along(Orientation::kInput);
    const std::vector<UnitScore> outputs = along(Orientation::kOutput);
    const std::vector<UnitScore> both = along(Orientation::kNone);
    for (std::size_t row = 0; row < data.size(); ++row) {
      EXPECT_NEAR(inputs[row].score, 1 - theta[row].farrell, 1e-10) << where << ", unit " << row;
      EXPECT_NEAR(outputs[row].score, phi[row].farrell - 1, 1e-10 * phi[row].farrell) << where << ", unit " << row;
      if (rts != ReturnsToScale::kCrs) continue;
      EXPECT_NEAR(both[row].score, (1 - theta[row].farrell) / (1 + theta[row].farrell), 1e-10) << where;
    }
  });
}

// Tone (2001): rho <= theta; one side alone can only look better. Cooper et al. (2011): bam <= ram. The steps of a
// non-radial distance are at least the common one.
TEST(IdentityTest, SlacksCountAgainstAUnit) {
  ForEachProblem([](const Observations& data, ReturnsToScale rts, const std::string& where) {
    const auto score = [&](ModelKind kind, Orientation side, bool non_radial = false) {
      Model model = MakeModel(data, kind, rts, side);
      model.non_radial = non_radial;
      return Scores(data, model);
    };
    const std::vector<UnitScore> sbm = score(ModelKind::kSbm, Orientation::kNone);
    const std::vector<UnitScore> sbm_input = score(ModelKind::kSbm, Orientation::kInput);
    const std::vector<UnitScore> sbm_output = score(ModelKind::kSbm, Orientation::kOutput);
    const std::vector<UnitScore> theta = score(ModelKind::kRadial, Orientation::kInput);
    const std::vector<UnitScore> common = score(ModelKind::kDdf, Orientation::kNone);
    const std::vector<UnitScore> single = score(ModelKind::kDdf, Orientation::kNone, true);
    const bool zeros = HasZeros(data);
    for (std::size_t row = 0; row < data.size(); ++row) {
      const std::string unit = where + ", unit " + std::to_string(row);
      EXPECT_LE(sbm[row].score, sbm_input[row].score + 1e-10) << unit;
      EXPECT_LE(sbm[row].score, sbm_output[row].score + 1e-10) << unit;
      EXPECT_GE(single[row].score, common[row].score - 1e-10 * std::max(1.0, common[row].score)) << unit;
      if (zeros || data.bad_count > 0) continue;
      EXPECT_LE(sbm_input[row].score, theta[row].score + 1e-10) << unit;
    }
    if (rts != ReturnsToScale::kVrs) return;
    const std::vector<UnitScore> ram = score(ModelKind::kRam, Orientation::kNone);
    const std::vector<UnitScore> bam = score(ModelKind::kBam, Orientation::kNone);
    for (std::size_t row = 0; row < data.size(); ++row)
      EXPECT_LE(bam[row].score, ram[row].score + 1e-10) << where << ", unit " << row;
  });
}

// Efficient in the sense of Pareto and Koopmans is one thing: no slack, rho = 1, ram = 1, bam = 1. On small integers,
// where efficient and nearly efficient lie far apart.
TEST(IdentityTest, EfficientIsOneThing) {
  for (std::uint64_t number = 0; number < ProblemCount(); ++number) {
    TestRandom random(number + 3);
    const int m = 1 + random.Below(3);
    const int s = 1 + random.Below(3);
    std::vector<double> cells;
    for (int cell = 0; cell < (m + s) * (4 + random.Below(20)); ++cell) cells.push_back(1 + random.Below(7));
    cells.resize(cells.size() / static_cast<std::size_t>(m + s) * static_cast<std::size_t>(m + s));
    const Observations data = MakeCrossSection(m, s, std::move(cells));
    const auto score = [&](ModelKind kind, Orientation side) {
      return Scores(data, MakeModel(data, kind, ReturnsToScale::kVrs, side));
    };
    const std::vector<UnitScore> additive = score(ModelKind::kAdditive, Orientation::kNone);
    const std::vector<UnitScore> sbm = score(ModelKind::kSbm, Orientation::kNone);
    const std::vector<UnitScore> ram = score(ModelKind::kRam, Orientation::kNone);
    const std::vector<UnitScore> bam = score(ModelKind::kBam, Orientation::kNone);
    const std::vector<UnitScore> radial = score(ModelKind::kRadial, Orientation::kInput);
    const std::vector<UnitScore> hull = score(ModelKind::kFdh, Orientation::kInput);
    for (std::size_t row = 0; row < data.size(); ++row) {
      const bool efficient = additive[row].score < 1e-9;
      EXPECT_EQ(sbm[row].score > 1 - 1e-9, efficient) << number << ", unit " << row;
      EXPECT_EQ(ram[row].score > 1 - 1e-9, efficient) << number << ", unit " << row;
      EXPECT_EQ(bam[row].score > 1 - 1e-9, efficient) << number << ", unit " << row;
      const auto no_slack = [](const UnitScore& unit) {
        const auto zero = [](double slack) { return std::abs(slack) < 1e-9; };
        return std::all_of(unit.input_slacks.begin(), unit.input_slacks.end(), zero) &&
               std::all_of(unit.output_slacks.begin(), unit.output_slacks.end(), zero);
      };
      EXPECT_EQ(radial[row].score > 1 - 1e-9 && no_slack(radial[row]), efficient) << number << ", unit " << row;
      EXPECT_TRUE(!efficient || (hull[row].score == 1 && no_slack(hull[row]))) << number << ", unit " << row;
    }
  }
}

// Whatever a model compares a unit with is efficient itself: nothing is left for the additive model. On small integers.
TEST(IdentityTest, TargetsAreEfficient) {
  int compared = 0;
  for (std::uint64_t number = 0; number < ProblemCount() / 2; ++number) {
    TestRandom random(number + 71);
    std::vector<double> cells;
    const int n = 4 + random.Below(16);
    for (int cell = 0; cell < 4 * n; ++cell) cells.push_back(1 + random.Below(9));
    const Observations data = MakeCrossSection(2, 2, std::move(cells));
    for (const Model& model : AllModels(2, 2, 0)) {
      // The free disposal hull has targets of its own; measures out of reach keep their slack.
      if (model.kind == ModelKind::kFdh || model.super || !model.non_discretionary.empty()) continue;
      if (model.direction.kind == DirectionKind::kColumns || random.Below(6) != 0) continue;
      // The bounded measure keeps to the observed ranges, beyond which the technology may hold something better.
      if (model.kind == ModelKind::kBam && model.rts != ReturnsToScale::kVrs) continue;
      if (!model.weight_restrictions.empty()) continue;
      Model additive = MakeModel(data, ModelKind::kAdditive, model.rts, Orientation::kNone);
      additive.weight_sum_low = model.weight_sum_low;
      additive.weight_sum_high = model.weight_sum_high;
      const std::int32_t row = random.Below(n);
      Scoring scoring(model, data, RowsOf(data));
      const UnitScore score = scoring.Score(row);
      ASSERT_EQ(score.status, UnitStatus::kOptimal) << number << " " << NameOf(model);
      Observations with_target = data;
      with_target.cells.insert(with_target.cells.end(), score.input_targets.begin(), score.input_targets.end());
      with_target.cells.insert(with_target.cells.end(), score.output_targets.begin(), score.output_targets.end());
      with_target.roles.push_back(RowRole::kScored);
      Scoring slacks(additive, with_target, RowsOf(data));
      const UnitScore left = slacks.Score(static_cast<std::int32_t>(data.size()));
      ++compared;
      ASSERT_EQ(left.status, UnitStatus::kOptimal) << number << " " << NameOf(model) << ", unit " << row;
      EXPECT_LE(left.score, 1e-9) << number << " " << NameOf(model) << ", unit " << row;
    }
  }
  std::cout << compared << " targets\n";
}

// Under constant returns Kuosmanen's technology is Shephard's, and both lie within the one that disposes of bad outputs
// freely.
TEST(IdentityTest, WeakDisposabilityUnderConstantReturns) {
  ForEachProblem([](const Observations& data, ReturnsToScale, const std::string& where) {
    if (data.bad_count == 0) return;
    for (const ModelKind kind : {ModelKind::kRadial, ModelKind::kDdf}) {
      for (const Orientation side : {Orientation::kInput, Orientation::kOutput}) {
        const auto score = [&](Disposability disposability) {
          Model model = MakeModel(data, kind, ReturnsToScale::kCrs, side);
          model.disposability = disposability;
          return Scores(data, model);
        };
        const std::vector<UnitScore> strong = score(Disposability::kStrong);
        const std::vector<UnitScore> weak = score(Disposability::kWeak);
        const std::vector<UnitScore> kuosmanen = score(Disposability::kKuosmanen);
        for (std::size_t row = 0; row < data.size(); ++row) {
          const std::string unit = where + ", unit " + std::to_string(row);
          ASSERT_EQ(weak[row].status, kuosmanen[row].status) << unit;
          if (weak[row].status != UnitStatus::kOptimal || strong[row].status != UnitStatus::kOptimal) continue;
          const double size = std::max(1.0, std::abs(weak[row].score));
          EXPECT_NEAR(weak[row].score, kuosmanen[row].score, 1e-9 * size) << unit;
          const double gain = strong[row].score - weak[row].score;
          EXPECT_LE(LargerIsBetter(weak[row].measure) ? gain : -gain, 1e-9 * size) << unit;
        }
      }
    }
  });
}

// The reported prices, on their own: no member of the reference set makes a profit at them, and the unit's value at
// them is its score. Radial: u y_o + w = theta with v x_o = 1, v x_o + w = phi with u y_o = 1; directional and
// additive: v x_o + w_b b_o - u y_o + w.
TEST(IdentityTest, PricesSupportTheScore) {
  ForEachProblem([](const Observations& data, ReturnsToScale rts, const std::string& where) {
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    for (const ModelKind kind : {ModelKind::kRadial, ModelKind::kDdf, ModelKind::kAdditive, ModelKind::kRdm}) {
      if (kind == ModelKind::kRdm && rts != ReturnsToScale::kVrs) continue;
      for (const Orientation side : {Orientation::kInput, Orientation::kOutput, Orientation::kNone}) {
        if (kind == ModelKind::kRadial && side == Orientation::kNone) continue;
        const Model model = MakeModel(data, kind, rts, side);
        const std::vector<UnitScore> scores = Scores(data, model);
        for (std::size_t row = 0; row < data.size(); ++row) {
          const UnitScore& score = scores[row];
          ASSERT_EQ(score.status, UnitStatus::kOptimal) << where << " " << NameOf(model) << ", unit " << row;
          std::vector<double> prices = score.input_prices;
          for (const double price : score.output_prices) prices.push_back(-price);
          prices.insert(prices.end(), score.bad_output_prices.begin(), score.bad_output_prices.end());
          ASSERT_EQ(prices.size(), d);
          // The input orientation of the radial model minimises: its w has the other sign.
          const bool minimises = kind == ModelKind::kRadial && side == Orientation::kInput;
          const double w = minimises ? -score.scale_price : score.scale_price;
          const auto cost = [&](std::size_t unit, double& size) {
            double sum = w;
            size = std::abs(w);
            for (std::size_t i = 0; i < d; ++i) {
              sum += prices[i] * data.row(unit)[i];
              size += std::abs(prices[i]) * data.row(unit)[i];
            }
            return sum;
          };
          const std::string unit = where + " " + NameOf(model) + ", unit " + std::to_string(row);
          double size = 0;
          for (std::size_t j = 0; j < data.size(); ++j) {
            const double loss = cost(j, size);
            EXPECT_GE(loss, -1e-9 * size) << unit;
          }
          const double inefficiency = cost(row, size);
          const double expected = kind == ModelKind::kRadial && minimises ? 1 - score.farrell
                                  : kind == ModelKind::kRadial            ? score.farrell - 1
                                  : kind == ModelKind::kRdm               ? 1 - score.score
                                                                          : score.score;
          EXPECT_NEAR(inefficiency, expected, 1e-9 * std::max(1.0, size)) << unit;
        }
      }
    }
  });
}

}  // namespace
}  // namespace farrell::dea::testing
