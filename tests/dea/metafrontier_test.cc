// The metafrontier of O'Donnell, Rao & Battese (2008): every unit against all groups and against its own.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/evaluate.h"
#include "tests/dea/problems.h"
#include "tests/dea/productivity_panels.h"

namespace farrell::dea::testing {
namespace {

Model MetaModel(ModelKind kind, ReturnsToScale rts, Orientation orientation, const Observations& data) {
  Model model;
  model.kind = kind;
  model.rts = rts;
  model.orientation = orientation;
  for (int i = 0; i < data.input_count; ++i) model.inputs.push_back("x" + std::to_string(i));
  for (int r = 0; r < data.output_count; ++r) model.outputs.push_back("y" + std::to_string(r));
  model.metafrontier_column = "group";
  return model;
}

std::vector<UnitScore> Evaluate(const Observations& data, const Model& model) {
  const Evaluation evaluation(data, model);
  std::vector<UnitScore> scores = evaluation.EmptyResults();
  EXPECT_TRUE(evaluation.Solve(0, evaluation.unit_count(), scores, {}, nullptr));
  return scores;
}

// Output per input: 2 and 1 in the first group, 4 and 1 in the second. The first group's technology gives half of what
// the best one does.
TEST(MetafrontierTest, AWorkedExample) {
  Observations data = MakeCrossSection(1, 1, {1, 2, 2, 2, 1, 4, 3, 3});
  data.metafrontier_groups = {0, 0, 1, 1};
  for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
    const std::vector<UnitScore> scores =
        Evaluate(data, MetaModel(ModelKind::kRadial, ReturnsToScale::kCrs, orientation, data));
    const double all[] = {0.5, 0.25, 1, 0.25};
    const double group[] = {1, 0.5, 1, 0.25};
    const double gap[] = {0.5, 0.5, 1, 1};
    for (std::size_t row = 0; row < 4; ++row) {
      ASSERT_TRUE(scores[row].group_score && scores[row].gap_ratio);
      EXPECT_NEAR(scores[row].score, all[row], 1e-12);
      EXPECT_NEAR(*scores[row].group_score, group[row], 1e-12);
      EXPECT_NEAR(*scores[row].gap_ratio, gap[row], 1e-12);
    }
  }
}

// Along (x, y) beta = (k x - y) / (k x + y) with k the best output per input; Oh (2010): (1 + beta_group) / (1 + beta).
TEST(MetafrontierTest, AWorkedDirectionalExample) {
  Observations data = MakeCrossSection(1, 1, {1, 2, 2, 2, 1, 4, 3, 3});
  data.metafrontier_groups = {0, 0, 1, 1};
  const std::vector<UnitScore> scores =
      Evaluate(data, MetaModel(ModelKind::kDdf, ReturnsToScale::kCrs, Orientation::kNone, data));
  ASSERT_TRUE(scores[1].group_score && scores[1].gap_ratio);
  EXPECT_NEAR(scores[1].score, 6.0 / 10, 1e-12);
  EXPECT_NEAR(*scores[1].group_score, 2.0 / 6, 1e-12);
  EXPECT_NEAR(*scores[1].gap_ratio, (8.0 / 6) / (16.0 / 10), 1e-12);
}

// A group frontier lies within the metafrontier, so no ratio exceeds 1; both scores are those of plain evaluations.
TEST(MetafrontierTest, TheGapRatioIsAtMostOneAndBothScoresAreOrdinary) {
  int below = 0;
  for (std::uint64_t number = 0; number < 160; ++number) {
    RandomProblem problem = MakeRandomProblem(number, 60);
    const std::size_t units = problem.data.size();
    const std::int32_t groups = 1 + static_cast<std::int32_t>(number % 3);
    for (std::size_t row = 0; row < units; ++row) {
      problem.data.metafrontier_groups.push_back(static_cast<std::int32_t>(row) % groups);
    }
    Model model = MetaModel(ModelKind::kRadial, problem.rts, problem.orientation, problem.data);
    const std::vector<UnitScore> scores = Evaluate(problem.data, model);
    model.metafrontier_column.clear();
    Observations plain = problem.data;
    plain.metafrontier_groups.clear();
    const std::vector<UnitScore> all = Evaluate(plain, model);
    plain.groups = problem.data.metafrontier_groups;
    model.frontier.group_column = "group";
    const std::vector<UnitScore> own = Evaluate(plain, model);
    double largest = 0;
    for (std::size_t row = 0; row < units; ++row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      ASSERT_EQ(scores[row].status, UnitStatus::kOptimal) << where;
      ASSERT_TRUE(scores[row].group_score && scores[row].gap_ratio) << where;
      EXPECT_EQ(scores[row].score, all[row].score) << where;
      EXPECT_EQ(*scores[row].group_score, own[row].score) << where;
      EXPECT_GT(*scores[row].gap_ratio, 0) << where;
      EXPECT_LE(*scores[row].gap_ratio, 1 + 1e-12) << where;
      EXPECT_EQ(*scores[row].gap_ratio, scores[row].score / *scores[row].group_score) << where;
      if (groups == 1) {
        EXPECT_EQ(*scores[row].gap_ratio, 1) << where;
      }
      largest = std::max(largest, *scores[row].gap_ratio);
      below += *scores[row].gap_ratio < 1 - 1e-6 ? 1 : 0;
    }
    EXPECT_NEAR(largest, 1, 1e-12) << problem.description;  // somebody spans the metafrontier
  }
  EXPECT_GT(below, 200);
}

// In a panel both frontiers follow the scheme: group and metafrontier of the same periods.
TEST(MetafrontierTest, BothFrontiersHoldTheSamePeriods) {
  for (std::uint64_t number = 0; number < 40; ++number) {
    TestPanel panel = MakeRandomPanel(number, 0, false);
    Observations& data = panel.data;
    for (const std::int32_t unit : panel.units) data.metafrontier_groups.push_back(unit % 2);
    for (const FrontierScheme scheme :
         {FrontierScheme::kContemporaneous, FrontierScheme::kSequential, FrontierScheme::kGlobal}) {
      Model model = MetaModel(ModelKind::kRadial, ReturnsToScale::kVrs, Orientation::kInput, data);
      model.frontier.scheme = scheme;
      const std::vector<UnitScore> scores = Evaluate(data, model);
      Observations grouped = data;
      grouped.groups = grouped.metafrontier_groups;
      grouped.metafrontier_groups.clear();
      model.metafrontier_column.clear();
      model.frontier.group_column = "group";
      const std::vector<UnitScore> own = Evaluate(grouped, model);
      for (std::size_t row = 0; row < scores.size(); ++row) {
        ASSERT_TRUE(scores[row].group_score.has_value()) << panel.description;
        EXPECT_EQ(*scores[row].group_score, own[row].score) << panel.description;
        EXPECT_LE(*scores[row].gap_ratio, 1 + 1e-12) << panel.description;
      }
    }
  }
}

TEST(MetafrontierTest, WithoutAScoreThereIsNoRatio) {
  // Under VRS the unit with the largest output of its group has no peer there but itself.
  Observations data = MakeCrossSection(1, 1, {2, 2, 4, 5, 1, 8, 5, 9});
  data.metafrontier_groups = {0, 0, 1, 1};
  Model model = MetaModel(ModelKind::kRadial, ReturnsToScale::kVrs, Orientation::kInput, data);
  model.super = true;
  const std::vector<UnitScore> scores = Evaluate(data, model);
  EXPECT_EQ(scores[1].status, UnitStatus::kOptimal);
  EXPECT_FALSE(scores[1].group_score.has_value());
  EXPECT_FALSE(scores[1].gap_ratio.has_value());
  EXPECT_EQ(scores[3].status, UnitStatus::kInfeasible);
  EXPECT_FALSE(scores[3].gap_ratio.has_value());
  // A sum of slacks has no ratio.
  model = MetaModel(ModelKind::kAdditive, ReturnsToScale::kVrs, Orientation::kNone, data);
  const std::vector<UnitScore> sums = Evaluate(data, model);
  EXPECT_TRUE(sums[0].group_score.has_value());
  EXPECT_FALSE(sums[0].gap_ratio.has_value());
}

}  // namespace
}  // namespace farrell::dea::testing
