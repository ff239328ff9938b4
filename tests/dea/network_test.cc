// Two-stage systems: hand-worked splits, and what the definitions promise.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/panel/panel.h"
#include "services/dea/engine/network.h"
#include "tests/dea/network_problems.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr std::uint64_t kProblems = 240;
constexpr int kLargest = 40;

void ExpectNear(const std::optional<double>& value, double expected) {
  ASSERT_TRUE(value.has_value());
  EXPECT_NEAR(*value, expected, 1e-12);
}

// One input, one intermediate, one output: each stage is a ratio over the best ratio.
TEST(NetworkTest, OneOfEachIsAProductOfRatios) {
  NetworkProblem problem = MakeNetwork(1, 1, 1, {1, 4, 2, 2, 4, 4, 4, 2, 1});
  std::vector<NetworkScore> scores = Evaluate(problem);
  const double stage1[] = {1, 0.5, 0.125};
  const double stage2[] = {0.5, 1, 0.5};
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(scores[i].status, UnitStatus::kOptimal);
    EXPECT_NEAR(scores[i].score, stage1[i] * stage2[i], 1e-12);
    EXPECT_TRUE(scores[i].split_unique);
    for (const NetworkSplit* split : {&scores[i].first, &scores[i].second}) {
      ExpectNear(split->stage1, stage1[i]);
      ExpectNear(split->stage2, stage2[i]);
      EXPECT_FALSE(split->stage1_weight.has_value());
    }
    ExpectNear(scores[i].stage1_alone, stage1[i]);
    ExpectNear(scores[i].stage2_alone, stage2[i]);
  }
  problem.model.decomposition = Decomposition::kChen;
  scores = Evaluate(problem);
  for (std::size_t i = 0; i < 3; ++i) {
    // w z = stage1 * v x, so the weight of stage 1 is 1 / (1 + stage1).
    EXPECT_NEAR(scores[i].score, (stage1[i] + stage1[i] * stage2[i]) / (1 + stage1[i]), 1e-12);
    ExpectNear(scores[i].stage1_weight, 1 / (1 + stage1[i]));
    for (const NetworkSplit* split : {&scores[i].first, &scores[i].second}) {
      ExpectNear(split->stage1, stage1[i]);
      ExpectNear(split->stage2, stage2[i]);
      ExpectNear(split->stage1_weight, 1 / (1 + stage1[i]));
    }
  }
}

// Unit 0 has x 1, z (1, 1), y 1. Unit 1 (1; 2, 0; 0.1) says 2 w1 <= v, unit 2 (100; 1, 0; 2) says 2 u <= w1, unit 0
// itself w1 + w2 <= v. With v = 1 the score is u = 1/4 at w1 = 1/2, whatever w2 in [0, 1/2]: stage 1 = w1 + w2 from 1/2
// to 1. Weighted as by Chen et al. w2 counts: w = (1/2, 1/2) v, score (1 + 1/4) / 2.
TEST(NetworkTest, BothEndsOfASplitThatIsNotUniqueAreTold) {
  NetworkProblem problem = MakeNetwork(1, 2, 1, {1, 1, 1, 1, 1, 2, 0, 0.1, 100, 1, 0, 2});
  const NetworkScore score = Evaluate(problem)[0];
  EXPECT_NEAR(score.score, 0.25, 1e-12);
  EXPECT_FALSE(score.split_unique);
  ExpectNear(score.first.stage1, 1);
  ExpectNear(score.first.stage2, 0.25);
  ExpectNear(score.second.stage1, 0.5);
  ExpectNear(score.second.stage2, 0.5);
  problem.model.decomposition = Decomposition::kChen;
  const NetworkScore weighted = Evaluate(problem)[0];
  EXPECT_NEAR(weighted.score, 0.625, 1e-12);
  EXPECT_TRUE(weighted.split_unique);
  ExpectNear(weighted.first.stage1, 1);
  ExpectNear(weighted.first.stage2, 0.25);
  ExpectNear(weighted.first.stage1_weight, 0.5);
}

double Worth(const std::vector<double>& prices, const double* values) {
  return std::inner_product(prices.begin(), prices.end(), values, 0.0);
}

// The multipliers alone prove the score from below: they meet the constraints of every unit and give it its value. The
// certificate proves it from above.
TEST(NetworkTest, TheMultipliersProveTheScore) {
  for (std::uint64_t number = 0; number < kProblems; ++number) {
    const NetworkProblem problem = MakeRandomNetwork(number, kLargest);
    const NetworkObservations& data = problem.data;
    const bool additive = problem.model.decomposition == Decomposition::kChen;
    const std::vector<NetworkScore> scores = Evaluate(problem);
    for (std::size_t row = 0; row < scores.size(); ++row) {
      const NetworkScore& score = scores[row];
      const std::string where = problem.description + ", unit " + std::to_string(row);
      ASSERT_EQ(score.status, UnitStatus::kOptimal) << where;
      const auto worths = [&](std::size_t unit) {
        const double* cells = data.all.row(unit);
        const double* links = cells + data.input_count();
        return std::vector<double>{Worth(score.input_prices, cells), Worth(score.intermediate_prices, links),
                                   Worth(score.output_prices, links + data.intermediate_count())};
      };
      for (std::size_t unit = 0; unit < scores.size(); ++unit) {
        const std::vector<double> worth = worths(unit);
        const double size =
            worth[0] + worth[1] + worth[2] + std::abs(score.stage1_scale_price) + std::abs(score.stage2_scale_price);
        EXPECT_LE(worth[1] + score.stage1_scale_price - worth[0], 1e-9 * size) << where;
        EXPECT_LE(worth[2] + score.stage2_scale_price - worth[1], 1e-9 * size) << where;
      }
      const std::vector<double> own = worths(row);
      EXPECT_NEAR(own[0] + (additive ? own[1] : 0), 1, 1e-9) << where;
      const double value = own[2] + score.stage2_scale_price + (additive ? own[1] + score.stage1_scale_price : 0);
      EXPECT_NEAR(value, score.score, 1e-9) << where;
      EXPECT_LE(score.worst_gap, 1e-9) << where;
      EXPECT_LE(score.worst_violation, 1e-9) << where;
    }
  }
}

TEST(NetworkTest, TheSplitMakesTheScoreAtBothEnds) {
  int not_unique = 0;
  for (std::uint64_t number = 0; number < kProblems; ++number) {
    const NetworkProblem problem = MakeRandomNetwork(number, kLargest);
    const bool additive = problem.model.decomposition == Decomposition::kChen;
    const std::vector<NetworkScore> scores = Evaluate(problem);
    for (std::size_t row = 0; row < scores.size(); ++row) {
      const NetworkScore& score = scores[row];
      const std::string where = problem.description + ", unit " + std::to_string(row);
      ASSERT_GT(score.score, 0) << where;
      ASSERT_LE(score.score, 1) << where;
      ASSERT_TRUE(score.stage1_alone && score.stage2_alone) << where;
      not_unique += score.split_unique ? 0 : 1;
      for (const NetworkSplit* split : {&score.first, &score.second}) {
        if (problem.model.rts == ReturnsToScale::kCrs) {
          ASSERT_EQ(split->status, UnitStatus::kOptimal) << where;
        }
        if (!split->stage1 || !split->stage2) continue;
        const double weight = split->stage1_weight.value_or(0);
        const double score_of_split =
            additive ? weight * *split->stage1 + (1 - weight) * *split->stage2 : *split->stage1 * *split->stage2;
        EXPECT_NEAR(score_of_split, score.score, 1e-12) << where;
        EXPECT_LE(*split->stage1, *score.stage1_alone + 1e-9) << where;
        EXPECT_LE(*split->stage2, *score.stage2_alone + 1e-9) << where;
        if (!additive) {
          EXPECT_LE(score.score, *split->stage1 + 1e-12) << where;
        }
      }
      if (score.first.stage1 && score.second.stage1 && !additive) {
        EXPECT_GE(*score.first.stage1, *score.second.stage1 - 1e-9) << where;
        EXPECT_LE(*score.first.stage2, *score.second.stage2 + 1e-9) << where;
      }
    }
  }
  EXPECT_GT(not_unique, 20);
}

// More returns to scale, more room: the score rises from CRS to VRS.
TEST(NetworkTest, ScoresAreNestedByReturnsToScale) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    NetworkProblem problem = MakeRandomNetwork(number, kLargest);
    problem.model.decomposition = Decomposition::kChen;
    problem.model.rts = ReturnsToScale::kCrs;
    const std::vector<NetworkScore> crs = Evaluate(problem);
    problem.model.rts = ReturnsToScale::kVrs;
    const std::vector<NetworkScore> vrs = Evaluate(problem);
    for (std::size_t row = 0; row < crs.size(); ++row) EXPECT_LE(crs[row].score, vrs[row].score + 1e-9);
  }
}

void ExpectSame(const NetworkScore& actual, const NetworkScore& expected, const std::string& where) {
  EXPECT_NEAR(actual.score, expected.score, 1e-9) << where;
  EXPECT_EQ(actual.first.status, expected.first.status) << where;
  EXPECT_EQ(actual.second.status, expected.second.status) << where;
  for (const auto& [a, b] :
       {std::pair(actual.first.stage1, expected.first.stage1), std::pair(actual.second.stage2, expected.second.stage2),
        std::pair(actual.stage1_alone, expected.stage1_alone), std::pair(actual.stage2_alone, expected.stage2_alone)}) {
    ASSERT_EQ(a.has_value(), b.has_value()) << where;
    if (a) {
      EXPECT_NEAR(*a, *b, 1e-9) << where;
    }
  }
}

TEST(NetworkTest, UnitsOfMeasurementAndOrderDoNotMatter) {
  for (std::uint64_t number = 0; number < kProblems; ++number) {
    const NetworkProblem problem = MakeRandomNetwork(number, kLargest);
    const std::size_t dimension = static_cast<std::size_t>(problem.data.all.dimension());
    const std::size_t units = problem.data.all.size();
    std::vector<double> cells;
    for (std::size_t row = units; row-- > 0;) {
      for (std::size_t i = 0; i < dimension; ++i) {
        cells.push_back(problem.data.all.row(row)[i] * (i % 3 == 0 ? 1e6 : i % 3 == 1 ? 7e-4 : 1));
      }
    }
    NetworkProblem other = MakeNetwork(problem.data.input_count(), problem.data.intermediate_count(),
                                       problem.data.output_count(), std::move(cells));
    other.model = problem.model;
    const std::vector<NetworkScore> expected = Evaluate(problem);
    const std::vector<NetworkScore> actual = Evaluate(other);
    for (std::size_t row = 0; row < units; ++row) {
      ExpectSame(actual[units - 1 - row], expected[row], problem.description + ", unit " + std::to_string(row));
    }
  }
}

TEST(NetworkTest, AnySplitOfTheWorkGivesTheSameBits) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const NetworkProblem problem = MakeRandomNetwork(number, kLargest);
    const Network network(problem.data, problem.model);
    const std::vector<NetworkScore> whole = Evaluate(problem);
    std::vector<NetworkScore> pieces = network.EmptyResults();
    for (std::size_t end = network.unit_count(); end > 0;) {
      const std::size_t begin = end - std::min<std::size_t>(end, 1 + end % 3);
      ASSERT_TRUE(network.Solve(begin, end, pieces, {}, nullptr));
      end = begin;
    }
    for (std::size_t row = 0; row < whole.size(); ++row) {
      EXPECT_EQ(pieces[row].score, whole[row].score);
      EXPECT_EQ(pieces[row].first.stage1, whole[row].first.stage1);
      EXPECT_EQ(pieces[row].first.stage2, whole[row].first.stage2);
      EXPECT_EQ(pieces[row].second.stage1, whole[row].second.stage1);
      EXPECT_EQ(pieces[row].second.stage2, whole[row].second.stage2);
      EXPECT_EQ(pieces[row].input_prices, whole[row].input_prices);
      EXPECT_EQ(pieces[row].intermediate_prices, whole[row].intermediate_prices);
      EXPECT_EQ(pieces[row].output_prices, whole[row].output_prices);
    }
  }
}

TEST(NetworkTest, AStopRequestEndsTheSolving) {
  const NetworkProblem problem = MakeRandomNetwork(2, 400);
  const Network network(problem.data, problem.model);
  ASSERT_GT(network.unit_count(), 2U);
  EXPECT_EQ(network.program_count(), 5 * static_cast<std::int64_t>(network.unit_count()));
  std::vector<NetworkScore> results = network.EmptyResults();
  std::stop_source source;
  std::int64_t done = 0;
  EXPECT_FALSE(network.Solve(0, network.unit_count(), results, source.get_token(), [&](std::int64_t units) {
    done += units;
    if (done == 1) source.request_stop();
  }));
  EXPECT_EQ(done, 1);
  EXPECT_EQ(results.back().status, UnitStatus::kNotSolved);
}

Panel TwoPeriods() {
  Panel panel;
  panel.units = {"a", "a", "b", "b"};
  panel.times = {2001, 2002, 2001, 2002};
  panel.rows = {0, 1, 2, 3};
  panel.columns = {
      {"staff", false, {1, 1, 2, 2}, {}}, {"patents", false, {2, 1, 2, 4}, {}}, {"sales", false, {2, 3, 4, 4}, {}}};
  return panel;
}

NetworkModel Innovation() {
  NetworkModel model;
  model.stage1_inputs = {"staff"};
  model.intermediates = {"patents"};
  model.outputs = {"sales"};
  return model;
}

TEST(NetworkTest, FrontiersFollowTheScheme) {
  const Panel panel = TwoPeriods();
  NetworkModel model = Innovation();
  const auto evaluate = [&] {
    const Result<NetworkObservations> data = MakeNetworkObservations(panel, model);
    EXPECT_TRUE(data.ok()) << data.status().ToString();
    const Network network(*data, model);
    std::vector<NetworkScore> results = network.EmptyResults();
    EXPECT_TRUE(network.Solve(0, network.unit_count(), results, {}, nullptr));
    return results;
  };
  // Patents per head 2, 1, 1, 2; sales per patent 1, 3, 2, 1.
  const std::vector<NetworkScore> own = evaluate();
  EXPECT_NEAR(own[0].score, 1 * 0.5, 1e-12);
  EXPECT_NEAR(own[1].score, 0.5 * 1, 1e-12);
  EXPECT_NEAR(own[2].score, 0.5 * 1, 1e-12);
  EXPECT_NEAR(own[3].score, 1.0 / 3, 1e-12);
  model.frontier.scheme = FrontierScheme::kGlobal;
  const std::vector<NetworkScore> global = evaluate();
  EXPECT_NEAR(global[2].score, 0.5 * 2 / 3, 1e-12);
  EXPECT_NEAR(*global[2].first.stage2, 2.0 / 3, 1e-12);
}

TEST(NetworkTest, ARowThatAStageCannotBeMeasuredByIsNamedOrLeftOut) {
  Panel panel = TwoPeriods();
  panel.columns[1].numbers[2] = 0;
  panel.columns[2].numbers[3] = 0;
  NetworkModel model = Innovation();
  const Result<NetworkObservations> refused = MakeNetworkObservations(panel, model);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "DATA_INVALID");
  ASSERT_EQ(refused.status().violations().size(), 2U);
  EXPECT_EQ(refused.status().violations()[0].field, "unit b, time 2001, column patents");
  EXPECT_EQ(refused.status().violations()[1].field, "unit b, time 2002, column sales");
  model.invalid_data = InvalidDataPolicy::kExclude;
  const Result<NetworkObservations> data = MakeNetworkObservations(panel, model);
  ASSERT_TRUE(data.ok());
  const Network network(*data, model);
  EXPECT_EQ(network.unit_count(), 2U);
  EXPECT_EQ(network.EmptyResults()[2].status, UnitStatus::kExcluded);
  EXPECT_EQ(network.EmptyResults()[3].status, UnitStatus::kExcluded);
}

TEST(NetworkTest, EveryWrongFieldIsToldByItsName) {
  NetworkModel model;
  model.stage1_inputs = {"staff", "staff"};
  model.intermediates = {"patents", ""};
  model.rts = ReturnsToScale::kVrs;
  const Result<NetworkObservations> wrong = MakeNetworkObservations(TwoPeriods(), model);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.status().reason(), "MODEL_INVALID");
  std::vector<std::string> fields;
  for (const FieldViolation& violation : wrong.status().violations()) fields.push_back(violation.field);
  std::sort(fields.begin(), fields.end());
  EXPECT_EQ(fields, (std::vector<std::string>{"intermediates[1]", "outputs", "rts", "stage1_inputs[1]"}));

  model = Innovation();
  model.intermediates = {"papers"};
  model.outputs = {"sales", "profit"};
  const Result<NetworkObservations> missing = MakeNetworkObservations(TwoPeriods(), model);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().reason(), "COLUMN_NOT_FOUND");
  ASSERT_EQ(missing.status().violations().size(), 2U);
  EXPECT_EQ(missing.status().violations()[0].field, "intermediates[0]");
  EXPECT_EQ(missing.status().violations()[1].field, "outputs[1]");
}

}  // namespace
}  // namespace farrell::dea::testing
