// Properties that every directional distance must have, and worked cases.
#include "services/dea/engine/directional.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/frame.h"
#include "services/dea/engine/non_radial_directional.h"
#include "services/dea/engine/radial.h"
#include "tests/dea/directional_problems.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

using testing::Score;

UnitScore Score(const Observations& data, const Model& model, std::int32_t row) {
  return Score(data, model, row, AllMembers(data));
}

Model Directional(ReturnsToScale rts, Orientation orientation, DirectionKind kind = DirectionKind::kOwn) {
  Model model;
  model.kind = ModelKind::kDdf;
  model.rts = rts;
  model.orientation = orientation;
  model.direction.kind = kind;
  return model;
}

void ForEachRow(const Observations& data, const std::function<void(std::int32_t)>& visit) {
  for (std::size_t row = 0; row < data.size(); ++row) visit(static_cast<std::int32_t>(row));
}

TEST(DirectionalTest, OneSideAlongTheOwnValuesIsTheRadialScore) {
  for (std::uint64_t number = 0; number < 120; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    Model radial;
    radial.rts = problem.rts;
    ForEachRow(problem.data, [&](std::int32_t row) {
      radial.orientation = Orientation::kInput;
      const double theta = Score(problem.data, radial, row).farrell;
      EXPECT_NEAR(Score(problem.data, Directional(problem.rts, Orientation::kInput), row).score, 1 - theta, 1e-11)
          << problem.description << ", unit " << row;
      radial.orientation = Orientation::kOutput;
      const double phi = Score(problem.data, radial, row).farrell;
      EXPECT_NEAR(Score(problem.data, Directional(problem.rts, Orientation::kOutput), row).score, phi - 1, 1e-11 * phi)
          << problem.description << ", unit " << row;
    });
  }
}

// Under CRS (1 + beta) / (1 - beta) = phi = 1 / theta along (x, y) (Chambers, Chung & Faere 1998).
TEST(DirectionalTest, BothSidesUnderConstantReturnsFollowFromTheta) {
  for (std::uint64_t number = 0; number < 240; number += 2) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    Model radial;
    ForEachRow(problem.data, [&](std::int32_t row) {
      const double theta = Score(problem.data, radial, row).farrell;
      const double beta = Score(problem.data, Directional(ReturnsToScale::kCrs, Orientation::kNone), row).score;
      EXPECT_NEAR(beta, (1 - theta) / (1 + theta), 1e-11) << problem.description << ", unit " << row;
    });
  }
}

// D(x - a g_x, y + a g_y; g) = D(x, y; g) - a, whatever the sign.
TEST(DirectionalTest, MovingAUnitAlongItsDirectionShortensItsDistance) {
  int compared = 0;
  for (std::uint64_t number = 0; number < 200; ++number) {
    DirectionalProblem problem = MakeDirectionalProblem(number, 40, false);
    if (problem.model.direction.kind != DirectionKind::kMean || problem.model.super) continue;
    // A copy of the first unit, outside the set; the mean direction is that of the set and stays.
    Observations& data = problem.data;
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    const std::vector<double> first(data.cells.begin(), data.cells.begin() + static_cast<std::ptrdiff_t>(d));
    data.cells.insert(data.cells.end(), first.begin(), first.end());
    data.roles.push_back(RowRole::kScored);
    const auto added = static_cast<std::int32_t>(data.size() - 1);
    const UnitScore before = Score(data, problem.model, added, problem.members);
    ASSERT_EQ(before.status, UnitStatus::kOptimal) << problem.description;
    for (const double step : {-0.5, 0.25, 1.5}) {
      Observations moved = data;
      bool possible = true;
      for (std::size_t i = 0; i < d; ++i) {
        const int measure = static_cast<int>(i);
        const bool kept = (data.is_output(measure) && problem.model.orientation == Orientation::kInput) ||
                          (data.is_input(measure) && problem.model.orientation == Orientation::kOutput);
        if (kept) continue;
        double mean = 0;
        for (const std::int32_t member : problem.members) mean += data.row(static_cast<std::size_t>(member))[i];
        mean *= (data.is_output(measure) ? 1 : -1) * step / static_cast<double>(problem.members.size());
        double& cell = moved.cells[moved.cells.size() - d + i];
        cell += mean;
        possible &= cell >= 0;
      }
      if (!possible) continue;
      ++compared;
      const UnitScore after = Score(moved, problem.model, added, problem.members);
      ASSERT_EQ(after.status, UnitStatus::kOptimal) << problem.description;
      EXPECT_NEAR(after.score, before.score - step, 1e-10 * (2 + std::abs(before.score))) << problem.description;
    }
  }
  EXPECT_GT(compared, 50);
}

TEST(DirectionalTest, ALongerDirectionGivesAShorterDistance) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const DirectionalProblem problem = MakeDirectionalProblem(number, 40, number % 2 == 1);
    if (problem.model.direction.kind != DirectionKind::kColumns) continue;
    Observations longer = problem.data;
    for (double& value : longer.directions) value *= 3e4;
    ForEachRow(problem.data, [&](std::int32_t row) {
      const UnitScore before = Score(problem.data, problem.model, row, problem.members);
      const UnitScore after = Score(longer, problem.model, row, problem.members);
      ASSERT_EQ(after.status, before.status) << problem.description << ", unit " << row;
      EXPECT_NEAR(after.score * 3e4, before.score, 1e-10 * std::abs(before.score)) << problem.description;
    });
  }
}

TEST(DirectionalTest, UnitsOfMeasurementDoNotMatter) {
  for (std::uint64_t number = 0; number < 150; ++number) {
    const DirectionalProblem problem =
        number % 3 == 2 ? MakeRangeProblem(number, 40) : MakeDirectionalProblem(number, 40, number % 3 == 1);
    TestRandom random(number);
    std::vector<double> factors;
    for (int i = 0; i < problem.data.dimension(); ++i) {
      double factor = 1e-6;
      for (int step = random.Below(16); step > 0; --step) factor *= 10;
      factors.push_back(factor);
    }
    Observations scaled = problem.data;
    for (std::vector<double>* cells : {&scaled.cells, &scaled.directions}) {
      for (std::size_t at = 0; at < cells->size(); ++at) (*cells)[at] *= factors[at % factors.size()];
    }
    ForEachRow(problem.data, [&](std::int32_t row) {
      const UnitScore before = Score(problem.data, problem.model, row, problem.members);
      const UnitScore after = Score(scaled, problem.model, row, problem.members);
      ASSERT_EQ(after.status, before.status) << problem.description << ", unit " << row;
      EXPECT_NEAR(after.score, before.score, 1e-10 * (1 + std::abs(before.score)))
          << problem.description << ", unit " << row;
    });
  }
}

TEST(DirectionalTest, TheOrderOfUnitsDoesNotMatter) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const DirectionalProblem problem = MakeDirectionalProblem(number, 40, number % 2 == 1);
    const std::size_t d = static_cast<std::size_t>(problem.data.dimension());
    const std::size_t n = problem.data.size();
    Observations reversed = problem.data;
    for (std::size_t row = 0; row < n; ++row) {
      for (std::size_t i = 0; i < d; ++i) {
        reversed.cells[row * d + i] = problem.data.cells[(n - 1 - row) * d + i];
        if (!reversed.directions.empty())
          reversed.directions[row * d + i] = problem.data.directions[(n - 1 - row) * d + i];
      }
    }
    std::vector<std::int32_t> members;
    for (const std::int32_t member : problem.members) members.push_back(static_cast<std::int32_t>(n) - 1 - member);
    std::sort(members.begin(), members.end());
    ForEachRow(problem.data, [&](std::int32_t row) {
      const UnitScore before = Score(problem.data, problem.model, row, problem.members);
      const UnitScore after = Score(reversed, problem.model, static_cast<std::int32_t>(n) - 1 - row, members);
      ASSERT_EQ(after.status, before.status) << problem.description;
      EXPECT_NEAR(after.score, before.score, 1e-11 * (1 + std::abs(before.score))) << problem.description;
    });
  }
}

TEST(DirectionalTest, TargetsAreWhatThePeersMake) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const DirectionalProblem problem =
        number % 3 == 2 ? MakeRangeProblem(number, 40) : MakeDirectionalProblem(number, 40, number % 3 == 1);
    const Observations& data = problem.data;
    // One abatement factor: inputs are those of lambda / theta, and theta is not told.
    if (data.bad_count > 0 && problem.model.disposability == Disposability::kWeak &&
        problem.model.orientation == Orientation::kOutput) {
      continue;
    }
    ForEachRow(data, [&](std::int32_t row) {
      const UnitScore score = Score(data, problem.model, row, problem.members);
      if (score.status != UnitStatus::kOptimal) return;
      for (int i = 0; i < data.dimension(); ++i) {
        double made = 0;
        double size = std::abs(data.row(static_cast<std::size_t>(row))[i]);
        const auto add = [&](const Peer& peer) {
          made += peer.weight * data.row(static_cast<std::size_t>(peer.row))[i];
          size += std::abs(peer.weight * data.row(static_cast<std::size_t>(peer.row))[i]);
        };
        std::for_each(score.peers.begin(), score.peers.end(), add);
        if (data.is_input(i)) std::for_each(score.abated_peers.begin(), score.abated_peers.end(), add);
        const std::size_t at = static_cast<std::size_t>(i);
        const std::size_t m = static_cast<std::size_t>(data.input_count);
        const std::size_t s = static_cast<std::size_t>(data.output_count);
        const double target = data.is_input(i)    ? score.input_targets[at]
                              : data.is_output(i) ? score.output_targets[at - m]
                                                  : score.bad_output_targets[at - m - s];
        EXPECT_NEAR(target, made, 1e-9 * size) << problem.description << ", unit " << row << ", measure " << i;
      }
    });
  }
}

// The score from the prices: v x + w b - u y + scale price, the prices of the direction being worth 1.
TEST(DirectionalTest, PricesGiveTheScore) {
  int compared = 0;
  for (std::uint64_t number = 0; number < 200; ++number) {
    const DirectionalProblem problem = MakeDirectionalProblem(number, 40, false);
    if (problem.model.rts != ReturnsToScale::kVrs && problem.model.rts != ReturnsToScale::kCrs) continue;
    const Observations& data = problem.data;
    const DirectionOf direction_of = MakeDirection(problem.model);
    const ReferenceMatrix reference(data, problem.members);
    ForEachRow(data, [&](std::int32_t row) {
      const UnitScore score = Score(data, problem.model, row, problem.members);
      if (score.status != UnitStatus::kOptimal) return;
      std::vector<double> prices = score.input_prices;
      for (const double price : score.output_prices) prices.push_back(-price);
      prices.insert(prices.end(), score.bad_output_prices.begin(), score.bad_output_prices.end());
      const std::vector<double> direction = direction_of({data, row, reference});
      double value = score.scale_price;
      double size = std::abs(value);
      double length = 0;
      for (std::size_t i = 0; i < prices.size(); ++i) {
        const double term = prices[i] * data.row(static_cast<std::size_t>(row))[i];
        value += term;
        size += std::abs(term);
        length += (data.is_output(static_cast<int>(i)) ? -1 : 1) * prices[i] * direction[i];
      }
      ++compared;
      EXPECT_NEAR(value, score.score, 1e-9 * (size + std::abs(score.score))) << problem.description << ", unit " << row;
      EXPECT_NEAR(length, 1, 1e-9) << problem.description << ", unit " << row;
    });
  }
  EXPECT_GT(compared, 500);
}

TEST(DirectionalTest, AUnitBeyondTheOthersHasANegativeDistance) {
  // x, y: C dominates A and B.
  const Observations data = MakeCrossSection(1, 1, {2, 2, 4, 3, 1, 4});
  Model model = Directional(ReturnsToScale::kVrs, Orientation::kNone);
  model.super = true;
  // 2 <= 1 - beta and 2 >= 4 + 4 beta at A: beta = -1, where the output bound -1/2 is slack.
  const UnitScore score = Score(data, model, 2);
  ASSERT_EQ(score.status, UnitStatus::kOptimal);
  EXPECT_DOUBLE_EQ(score.score, -1);
  EXPECT_EQ(score.peers.size(), 1U);
  EXPECT_DOUBLE_EQ(score.output_slacks[0], 2);
  // A twin keeps a unit on the frontier.
  const Observations twins = MakeCrossSection(1, 1, {2, 2, 2, 2, 4, 3});
  const UnitScore twin = Score(twins, model, 0);
  EXPECT_EQ(twin.score, 0);
  EXPECT_LE(twin.certificate.slack_gap, 1e-9);
}

TEST(DirectionalTest, DirectionalSuperEfficiencyIsThereWhereTheRadialOneIsNot) {
  // B makes more than A can at any scale under VRS: no radial super-efficiency in inputs.
  const Observations data = MakeCrossSection(1, 1, {1, 1, 2, 3});
  Model model;
  model.inputs = {"x"};
  model.outputs = {"y"};
  model.rts = ReturnsToScale::kVrs;
  model.super = true;
  EXPECT_EQ(Score(data, model, 1).status, UnitStatus::kInfeasible);
  const auto formulation = MakeDirectionalSuper(model, data);
  const ReferenceMatrix reference(data, AllMembers(data));
  const Question question{data, 1, reference};
  const UnitScore score = UnitSolver(*formulation).Solve(question, {}, {});
  // 1 >= 3 (1 + beta): beta = -2/3.
  ASSERT_EQ(score.status, UnitStatus::kOptimal);
  EXPECT_EQ(score.measure, Measure::kOneMinusBeta);
  EXPECT_NEAR(score.score, 5.0 / 3, 1e-15);
  EXPECT_NEAR(score.farrell, -2.0 / 3, 1e-15);
  EXPECT_TRUE(CheckScore(*formulation, question, score).holds);
  // An input of 0 that all others use cannot be scaled.
  const Observations zero = MakeCrossSection(2, 1, {1, 1, 1, 0, 2, 3});
  const auto none = MakeDirectionalSuper(model, zero);
  const ReferenceMatrix zero_reference(zero, AllMembers(zero));
  const Question zero_question{zero, 1, zero_reference};
  const UnitScore infeasible = UnitSolver(*none).Solve(zero_question, {}, {});
  EXPECT_EQ(infeasible.status, UnitStatus::kInfeasible);
  EXPECT_TRUE(CheckScore(*none, zero_question, infeasible).holds);
}

TEST(NonRadialTest, WeightsAreThoseOfGroups) {
  Observations data;
  data.input_count = 3;
  data.output_count = 1;
  data.bad_count = 2;
  // Zhou, Ang & Wang (2012): a third for each group.
  const std::vector<double> all = GroupWeights(data, {1, 1, 1, 1, 1, 1});
  EXPECT_EQ(all, (std::vector<double>{1.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 3, 1.0 / 6, 1.0 / 6}));
  // Energy, output and emissions only, the other inputs fixed.
  EXPECT_EQ(GroupWeights(data, {0, 0, 5, 2, 0, 1}), (std::vector<double>{0, 0, 1.0 / 3, 1.0 / 3, 0, 1.0 / 3}));
  EXPECT_EQ(GroupWeights(data, {1, 1, 0, 0, 0, 0}), (std::vector<double>{0.5, 0.5, 0, 0, 0, 0}));
  EXPECT_EQ(GroupWeights(data, {0, 0, 0, 0, 0, 0}), std::vector<double>(6));
}

TEST(NonRadialTest, StepsAddUpAndReachFurtherThanOneDistance) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    DirectionalProblem problem = MakeDirectionalProblem(number, 40, true);
    const Observations& data = problem.data;
    const DirectionOf direction_of = MakeDirection(problem.model);
    const ReferenceMatrix reference(data, problem.members);
    Model radial = problem.model;
    radial.non_radial = false;
    ForEachRow(data, [&](std::int32_t row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const UnitScore score = Score(data, problem.model, row, problem.members);
      const UnitScore one = Score(data, radial, row, problem.members);
      if (one.status == UnitStatus::kUnbounded) return;  // no direction
      if (score.status != UnitStatus::kOptimal) {
        EXPECT_EQ(score.status, UnitStatus::kInfeasible) << where;
        EXPECT_TRUE(one.status == UnitStatus::kInfeasible || one.score < 0 ||
                    problem.model.disposability != Disposability::kStrong)
            << where;
        return;
      }
      const std::vector<double> direction = direction_of({data, row, reference});
      const std::vector<double> weights = GroupWeights(data, direction);
      double sum = 0;
      for (std::size_t i = 0; i < direction.size(); ++i) {
        EXPECT_GE(score.betas[i], 0) << where;
        EXPECT_TRUE(direction[i] > 0 || score.betas[i] == 0) << where;
        sum += weights[i] * score.betas[i];
      }
      EXPECT_NEAR(score.score, sum, 1e-12 * sum) << where;
      if (one.status != UnitStatus::kOptimal) {
        // Along one ray a unit outside may miss what weak disposability allows.
        EXPECT_NE(problem.model.disposability, Disposability::kStrong) << where;
        return;
      }
      EXPECT_GE(score.score, one.score - 1e-10 * std::abs(one.score)) << where;
    });
  }
}

// By hand: theta_1 = 1/2 and theta_2 = 1/4 are both within reach of one peer; their mean is the Russell measure.
TEST(NonRadialTest, OwnInputsGiveTheRussellMeasure) {
  const Observations data = MakeCrossSection(2, 1, {1, 1, 1, 2, 4, 1});
  Model model = Directional(ReturnsToScale::kVrs, Orientation::kInput);
  model.non_radial = true;
  const UnitScore score = Score(data, model, 1);
  EXPECT_EQ(score.betas, (std::vector<double>{0.5, 0.75, 0}));
  EXPECT_DOUBLE_EQ(1 - score.score, 0.375);
  EXPECT_EQ(Score(data, model, 0).score, 0);
}

// Leaving out of the set who can have no weight changes no bit.
TEST(DirectionalTest, FramesChangeNothing) {
  TestRandom random(3);
  std::vector<double> cells;
  for (int row = 0; row < 500; ++row) {
    const double size = 1 + 9 * random.Uniform();
    for (int i = 0; i < 2; ++i) cells.push_back(size * (0.5 + random.Uniform()));
    for (int i = 0; i < 2; ++i) cells.push_back(size * (0.1 + random.Uniform()));
  }
  const Observations data = MakeCrossSection(2, 2, std::move(cells));
  const auto run = [](std::size_t count, const std::function<void(std::size_t)>& body) {
    for (std::size_t i = 0; i < count; ++i) body(i);
  };
  for (int variant = 0; variant < 6; ++variant) {
    Model model = Directional(variant % 2 == 0 ? ReturnsToScale::kVrs : ReturnsToScale::kCrs, Orientation::kNone,
                              variant / 2 == 1 ? DirectionKind::kMean : DirectionKind::kOwn);
    model.non_radial = variant / 2 == 2;
    if (variant == 5) {
      model = {};
      model.kind = ModelKind::kRdm;
      model.rts = ReturnsToScale::kVrs;
      model.orientation = Orientation::kNone;
    }
    ASSERT_NE(MakeFrame(data, ReferenceMatrix(data, AllMembers(data)), model.rts, run, {}), nullptr);
    std::vector<UnitScore> scores[2];
    for (const bool framed : {false, true}) {
      Evaluation evaluation(data, model);
      ASSERT_TRUE(!framed || evaluation.Prepare(run, {}));
      scores[framed ? 1 : 0] = evaluation.EmptyResults();
      ASSERT_TRUE(evaluation.Solve(0, evaluation.unit_count(), scores[framed ? 1 : 0], {}, nullptr));
    }
    for (std::size_t row = 0; row < data.size(); ++row) {
      const UnitScore& plain = scores[0][row];
      const UnitScore& framed = scores[1][row];
      ASSERT_EQ(framed.status, UnitStatus::kOptimal);
      EXPECT_EQ(framed.score, plain.score) << "variant " << variant << ", unit " << row;
      EXPECT_EQ(framed.betas, plain.betas);
      EXPECT_EQ(framed.input_targets, plain.input_targets);
      EXPECT_EQ(framed.output_prices, plain.output_prices);
      EXPECT_EQ(framed.certificate.prices, plain.certificate.prices);
    }
  }
}

// Everything that a reader takes from a score is checked: nothing can be altered unnoticed.
TEST(DirectionalTest, AlteredScoresAreRefused) {
  int altered = 0;
  int refused = 0;
  for (std::uint64_t number = 0; number < 90; ++number) {
    const DirectionalProblem problem =
        number % 3 == 2 ? MakeRangeProblem(number, 40) : MakeDirectionalProblem(number, 40, number % 3 == 1);
    const auto formulation = MakeFormulation(problem.model, problem.data);
    const ReferenceMatrix reference(problem.data, problem.members);
    UnitSolver solver(*formulation);
    ForEachRow(problem.data, [&](std::int32_t row) {
      const Question question{problem.data, row, reference};
      const UnitScore score = solver.Solve(question, {}, {});
      ASSERT_TRUE(CheckScore(*formulation, question, score).holds) << problem.description << ", unit " << row;
      const auto alter = [&](const char* what, const std::function<void(UnitScore&)>& change) {
        UnitScore changed = score;
        change(changed);
        ++altered;
        if (!CheckScore(*formulation, question, changed).holds) {
          ++refused;
        } else {
          ADD_FAILURE() << problem.description << ", unit " << row << ": altered " << what << " holds";
        }
      };
      if (score.status == UnitStatus::kInfeasible) {
        alter("status", [](UnitScore& s) { s.status = UnitStatus::kOptimal; });
        alter("status", [](UnitScore& s) { s.status = UnitStatus::kUnbounded; });
        alter("ray", [](UnitScore& s) { s.certificate.ray.assign(s.certificate.ray.size(), 0); });
      }
      if (score.status != UnitStatus::kOptimal) return;
      alter("status", [](UnitScore& s) { s.status = UnitStatus::kInfeasible; });
      alter("score", [](UnitScore& s) { s.score += 1e-6 * (1 + std::abs(s.score)); });
      alter("objective", [](UnitScore& s) { s.farrell += 1e-6 * (1 + std::abs(s.farrell)); });
      alter("measure", [](UnitScore& s) { s.measure = Measure::kTheta; });
      if (!score.peers.empty()) {
        alter("peer weight", [](UnitScore& s) { s.peers[0].weight *= 1 + 1e-6; });
        alter("peers", [](UnitScore& s) { s.peers.erase(s.peers.begin()); });
      }
      if (score.input_targets[0] != 0) alter("target", [](UnitScore& s) { s.input_targets[0] *= 1 + 1e-6; });
      if (!score.betas.empty()) alter("step", [](UnitScore& s) { s.betas[0] += 1e-6 * (1 + s.betas[0]); });
      alter("slack", [](UnitScore& s) { s.output_slacks[0] += 1e-6 * (1 + s.output_slacks[0]); });
      alter("price", [](UnitScore& s) { s.output_prices[0] += 1e-6 * (1 + s.output_prices[0]); });
    });
  }
  EXPECT_EQ(refused, altered);
  EXPECT_GT(altered, 5000);
}

}  // namespace
}  // namespace farrell::dea::testing
