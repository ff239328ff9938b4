// Bad outputs: what each disposability allows, and how the technologies relate.
#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model_check.h"
#include "services/dea/engine/productivity.h"
#include "tests/dea/directional_problems.h"
#include "tests/dea/glpk_directional.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr Disposability kDisposabilities[] = {Disposability::kStrong, Disposability::kWeak, Disposability::kKuosmanen};

Model ModelOf(const DirectionalProblem& problem, ModelKind kind) {
  Model model = problem.model;
  model.kind = kind;
  model.direction = {};
  model.non_radial = false;
  model.super = false;
  if (kind == ModelKind::kRadial && model.orientation == Orientation::kNone) model.orientation = Orientation::kInput;
  return model;
}

// Problems that have bad outputs, by number.
template <typename Visit>
void ForEachBadProblem(std::uint64_t count, int largest, const Visit& visit) {
  std::uint64_t visited = 0;
  for (std::uint64_t number = 0; visited < count; ++number) {
    DirectionalProblem problem = MakeDirectionalProblem(number, largest, false);
    if (problem.data.bad_count == 0) continue;
    ++visited;
    visit(problem);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// theta = 1 - beta along (x, 0, b) and phi = 1 + beta along (0, y, 0): GLPK decides the radial scores from its own
// directional program.
TEST(BadOutputsTest, RadialScoresAgreeWithGlpk) {
  int units = 0;
  int infeasible = 0;
  int listed = 0;
  const std::uint64_t count = LongRun() ? 2000 : 100;
  ForEachBadProblem(count, 100, [&](const DirectionalProblem& problem) {
    const Model model = ModelOf(problem, ModelKind::kRadial);
    Violations violations;
    CheckModel(model, "model.", violations);
    ASSERT_TRUE(violations.empty()) << problem.description;
    const Observations& data = problem.data;
    const bool input = model.orientation == Orientation::kInput;
    const auto formulation = MakeFormulation(model, data);
    const ReferenceMatrix reference(data, problem.members);
    UnitSolver solver(*formulation);
    const std::size_t stride = std::max<std::size_t>(1, data.size() / 10);
    for (std::size_t at = 0; at < data.size(); at += stride) {
      const auto row = static_cast<std::int32_t>(at);
      const Question question{data, row, reference};
      const UnitScore ours = solver.Solve(question, {}, {});
      const std::string where = problem.description + ", radial, unit " + std::to_string(row);
      ASSERT_NE(ours.status, UnitStatus::kNotSolved) << where;
      EXPECT_TRUE(CheckScore(*formulation, question, ours).holds) << where;
      DirectionalProgram program{data, row, problem.members, model.rts};
      program.weight_sum_low = model.weight_sum_low;
      program.weight_sum_high = model.weight_sum_high;
      program.disposability = model.disposability;
      for (int i = 0; i < data.dimension(); ++i) {
        program.direction.push_back(data.is_output(i) != input && (input || data.is_output(i)) ? question.own()[i] : 0);
      }
      const bool moves =
          std::any_of(program.direction.begin(), program.direction.end(), [](double value) { return value > 0; });
      if (!moves) continue;  // a unit that makes only bad outputs
      ++units;
      if (ours.status == UnitStatus::kInfeasible) ++infeasible;
      const auto agrees = [&](const Witness& witness) {
        // A program without a point leaves no distance; one whose best phi is 0 has beta = -1.
        if (ours.status == UnitStatus::kInfeasible) return witness.outcome == Outcome::kInfeasible;
        const double farrell = input ? 1 - witness.value : 1 + witness.value;
        if (ours.status == UnitStatus::kUnbounded) return farrell < 1e-9;
        return witness.outcome == Outcome::kOptimal &&
               std::abs(ours.farrell - farrell) <= 1e-9 * std::max(1.0, std::abs(farrell));
      };
      const Witness expected = SolveByGlpk(program);
      if (agrees(expected)) continue;
      const Witness exact = SolveExactlyByGlpk(program);
      EXPECT_TRUE(agrees(exact)) << where << ": ours " << static_cast<int>(ours.status) << " " << ours.farrell
                                 << ", exact " << static_cast<int>(exact.outcome) << " " << exact.value;
      ++listed;
    }
  });
  std::cout << count << " problems, " << units << " radial scores with bad outputs compared with GLPK (" << infeasible
            << " infeasible), " << listed << " decided by glp_exact\n";
  EXPECT_GT(units, static_cast<int>(count));
}

// One factor for all units and one for each make the same set where scaling down costs nothing.
TEST(BadOutputsTest, KuosmanenIsShephardWhereUnitsMayShrink) {
  int compared = 0;
  ForEachBadProblem(120, 40, [&](const DirectionalProblem& problem) {
    for (const ReturnsToScale rts : {ReturnsToScale::kCrs, ReturnsToScale::kNirs, ReturnsToScale::kGrs}) {
      for (const ModelKind kind : {ModelKind::kRadial, ModelKind::kDdf}) {
        for (const bool non_radial : {false, true}) {
          if (non_radial && kind != ModelKind::kDdf) continue;
          Model model = ModelOf(problem, kind);
          model.non_radial = non_radial;
          model.rts = rts;
          model.weight_sum_low = 0;
          model.weight_sum_high = 1.5;
          for (std::int32_t row = 0; row < static_cast<std::int32_t>(problem.data.size()); row += 3) {
            model.disposability = Disposability::kWeak;
            const UnitScore weak = Score(problem.data, model, row, problem.members);
            model.disposability = Disposability::kKuosmanen;
            const UnitScore kuosmanen = Score(problem.data, model, row, problem.members);
            ASSERT_EQ(weak.status, kuosmanen.status) << problem.description << ", unit " << row;
            EXPECT_NEAR(weak.score, kuosmanen.score, 1e-10 * (1 + std::abs(weak.score)))
                << problem.description << ", unit " << row;
            ++compared;
          }
        }
      }
    }
  });
  EXPECT_GT(compared, 2000);
}

// A larger technology never gives a shorter distance, and has a point wherever the smaller one has.
void ExpectContains(const UnitScore& larger, const UnitScore& smaller, const std::string& where) {
  if (smaller.status != UnitStatus::kOptimal) return;
  ASSERT_EQ(larger.status, UnitStatus::kOptimal) << where;
  EXPECT_GE(larger.score, smaller.score - 1e-10 * (1 + std::abs(smaller.score))) << where;
}

TEST(BadOutputsTest, TechnologiesAreNested) {
  int further = 0;
  ForEachBadProblem(200, 40, [&](const DirectionalProblem& problem) {
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(problem.data.size()); row += 3) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const auto score = [&](ReturnsToScale rts, Orientation orientation, Disposability disposability) {
        Model model = ModelOf(problem, ModelKind::kDdf);
        model.rts = rts;
        model.orientation = orientation;
        model.disposability = disposability;
        return Score(problem.data, model, row, problem.members);
      };
      // Whoever may keep a bad output may also be rid of it under strong disposability.
      for (const ReturnsToScale rts : {ReturnsToScale::kCrs, ReturnsToScale::kNirs}) {
        ExpectContains(score(rts, Orientation::kNone, Disposability::kStrong),
                       score(rts, Orientation::kNone, Disposability::kKuosmanen), where);
      }
      // Own factors include a common one.
      for (const ReturnsToScale rts : {ReturnsToScale::kVrs, ReturnsToScale::kNdrs}) {
        const UnitScore shephard = score(rts, Orientation::kOutput, Disposability::kWeak);
        const UnitScore kuosmanen = score(rts, Orientation::kOutput, Disposability::kKuosmanen);
        ExpectContains(kuosmanen, shephard, where);
        if (shephard.status == UnitStatus::kOptimal && kuosmanen.score > shephard.score + 1e-6) ++further;
      }
      // Returns to scale nest as everywhere.
      for (const Disposability disposability : kDisposabilities) {
        const UnitScore crs = score(ReturnsToScale::kCrs, Orientation::kOutput, disposability);
        const UnitScore nirs = score(ReturnsToScale::kNirs, Orientation::kOutput, disposability);
        const UnitScore vrs = score(ReturnsToScale::kVrs, Orientation::kOutput, disposability);
        ExpectContains(crs, nirs, where);
        ExpectContains(nirs, vrs, where);
        ExpectContains(crs, score(ReturnsToScale::kNdrs, Orientation::kOutput, disposability), where);
      }
    }
  });
  // The two differ, so that the order says something.
  EXPECT_GT(further, 20);
}

// Two units, (x, y, b) = (1, 1, 1) and (3, 4, 2), and a third outside with less of the bad output than either.
// Kuosmanen: all of the bad output from the second unit at a quarter: y = 1, phi = 2. Shephard, z = (1/2, 1/2):
// y / b = 2.5 / 1.5, theta = 1/3, y = 5/6, phi = 5/3. Without abatement, or with strong disposability, no mixture has
// as little of the bad output.
TEST(BadOutputsTest, WorkedCase) {
  Observations data = MakeCrossSection(1, 2, {1, 1, 1, 3, 4, 2, 2, 0.5, 0.5});
  data.output_count = data.bad_count = 1;
  Model model;
  model.inputs = {"x"};
  model.outputs = {"y"};
  model.bad_outputs = {"b"};
  model.orientation = Orientation::kOutput;
  model.rts = ReturnsToScale::kVrs;
  model.disposability = Disposability::kKuosmanen;
  const UnitScore kuosmanen = Score(data, model, 2, {0, 1});
  EXPECT_NEAR(kuosmanen.farrell, 2, 1e-14);
  ASSERT_EQ(kuosmanen.peers.size(), 1U);
  EXPECT_EQ(kuosmanen.peers[0].row, 1);
  EXPECT_NEAR(kuosmanen.peers[0].weight, 0.25, 1e-15);
  double activity = 0.25;
  for (const Peer& peer : kuosmanen.abated_peers) activity += peer.weight;
  EXPECT_NEAR(activity, 1, 1e-15);
  model.disposability = Disposability::kWeak;
  const UnitScore shephard = Score(data, model, 2, {0, 1});
  EXPECT_NEAR(shephard.farrell, 5.0 / 3, 1e-14);
  ASSERT_EQ(shephard.peers.size(), 2U);
  EXPECT_NEAR(shephard.peers[0].weight, 1.0 / 6, 1e-15);
  EXPECT_NEAR(shephard.peers[1].weight, 1.0 / 6, 1e-15);
  EXPECT_NEAR(shephard.output_targets[0], 5.0 / 6, 1e-15);
  EXPECT_NEAR(shephard.input_targets[0], 2, 1e-14);
  EXPECT_NEAR(shephard.bad_output_targets[0], 0.5, 1e-15);
  model.disposability = Disposability::kStrong;
  EXPECT_EQ(Score(data, model, 2, {0, 1}).status, UnitStatus::kInfeasible);
  model.rts = ReturnsToScale::kCrs;
  for (const Disposability disposability : kDisposabilities) {
    model.disposability = disposability;
    EXPECT_NEAR(Score(data, model, 2, {0, 1}).farrell, 2, 1e-14);
  }
}

// What peers and abatement say is a point of Shephard's technology: z = lambda / theta with theta the sum of lambda.
TEST(BadOutputsTest, OneFactorGivesAPointOfItsTechnology) {
  int abated = 0;
  ForEachBadProblem(200, 40, [&](const DirectionalProblem& problem) {
    Model model = ModelOf(problem, ModelKind::kDdf);
    model.rts = ReturnsToScale::kVrs;
    model.orientation = Orientation::kOutput;
    model.disposability = Disposability::kWeak;
    const Observations& data = problem.data;
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(data.size()); ++row) {
      const UnitScore score = Score(data, model, row, problem.members);
      if (score.status != UnitStatus::kOptimal || score.peers.empty()) continue;
      const std::string where = problem.description + ", unit " + std::to_string(row);
      double theta = 0;
      for (const Peer& peer : score.peers) theta += peer.weight;
      EXPECT_LE(theta, 1 + 1e-12) << where;
      if (theta < 1 - 1e-9) ++abated;
      const double* own = data.row(static_cast<std::size_t>(row));
      for (int i = 0; i < data.dimension(); ++i) {
        double made = 0;
        for (const Peer& peer : score.peers) made += peer.weight * data.row(static_cast<std::size_t>(peer.row))[i];
        const std::size_t at = static_cast<std::size_t>(i);
        const std::size_t m = static_cast<std::size_t>(data.input_count);
        const std::size_t s = static_cast<std::size_t>(data.output_count);
        if (data.is_input(i)) {
          EXPECT_LE(made / theta, own[i] * (1 + 1e-9)) << where;
          EXPECT_NEAR(score.input_targets[at], made / theta, 1e-9 * own[i]) << where;
        } else if (data.is_output(i)) {
          EXPECT_NEAR(score.output_targets[at - m], made, 1e-9 * (made + own[i])) << where;
        } else {
          EXPECT_NEAR(score.bad_output_targets[at - m - s], made, 1e-9 * (made + own[i])) << where;
          EXPECT_NEAR(made, (1 - score.score) * own[i], 1e-9 * (1 + std::abs(score.score)) * own[i]) << where;
        }
      }
    }
  });
  EXPECT_GT(abated, 20);
}

// Far from all others nobody can abate to nothing, and the program with its one factor does not know: no value.
TEST(BadOutputsTest, AnAbatementThatLeavesNothingHasNoValue) {
  Observations data = MakeCrossSection(1, 2, {1, 1, 1, 3, 4, 2, 0.5, 1, 0});
  data.output_count = data.bad_count = 1;
  Model model;
  model.kind = ModelKind::kDdf;
  model.orientation = Orientation::kOutput;
  model.rts = ReturnsToScale::kVrs;
  model.disposability = Disposability::kWeak;
  const auto formulation = MakeFormulation(model, data);
  const ReferenceMatrix reference(data, {0, 1});
  const Question question{data, 2, reference};
  const UnitScore score = UnitSolver(*formulation).Solve(question, {}, {});
  EXPECT_EQ(score.status, UnitStatus::kUnbounded);
  EXPECT_TRUE(CheckScore(*formulation, question, score).holds);
  model.disposability = Disposability::kKuosmanen;
  EXPECT_EQ(Score(data, model, 2, {0, 1}).status, UnitStatus::kInfeasible);
}

TEST(BadOutputsTest, AlteredScoresAreRefused) {
  int altered = 0;
  ForEachBadProblem(90, 40, [&](const DirectionalProblem& problem) {
    const bool radial = altered % 2 == 0;
    const Model model = ModelOf(problem, radial ? ModelKind::kRadial : ModelKind::kDdf);
    const auto formulation = MakeFormulation(model, problem.data);
    const ReferenceMatrix reference(problem.data, problem.members);
    UnitSolver solver(*formulation);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(problem.data.size()); ++row) {
      const Question question{problem.data, row, reference};
      const UnitScore score = solver.Solve(question, {}, {});
      if (score.status != UnitStatus::kOptimal) continue;
      ASSERT_TRUE(CheckScore(*formulation, question, score).holds) << problem.description << ", unit " << row;
      const auto alter = [&](const char* what, const std::function<void(UnitScore&)>& change) {
        UnitScore changed = score;
        change(changed);
        ++altered;
        EXPECT_FALSE(CheckScore(*formulation, question, changed).holds)
            << problem.description << ", unit " << row << ": altered " << what << " holds";
      };
      alter("bad slack", [](UnitScore& s) { s.bad_output_slacks[0] += 1e-6 * (1 + s.bad_output_slacks[0]); });
      alter("bad target", [](UnitScore& s) { s.bad_output_targets[0] += 1e-6 * (1 + s.bad_output_targets[0]); });
      alter("bad price", [](UnitScore& s) { s.bad_output_prices[0] += 1e-6 * (1 + std::abs(s.bad_output_prices[0])); });
      if (!score.abated_peers.empty()) {
        alter("abated weight", [](UnitScore& s) { s.abated_peers[0].weight *= 1 + 1e-6; });
        alter("abated peers", [](UnitScore& s) { s.peers.swap(s.abated_peers); });
      }
    }
  });
  EXPECT_GT(altered, 2000);
}

TEST(BadOutputsTest, WhatIsNoLinearProgramIsRefused) {
  Model model;
  model.inputs = {"x"};
  model.outputs = {"y"};
  model.bad_outputs = {"b"};
  model.disposability = Disposability::kWeak;
  const auto problems = [&](ModelKind kind, ReturnsToScale rts, Orientation orientation) {
    model.kind = kind;
    model.rts = rts;
    model.orientation = orientation;
    Violations violations;
    CheckModel(model, "model.", violations);
    if (violations.empty()) return std::string();
    return std::move(violations).Finish("MODEL_INVALID", "").ToString();
  };
  for (const ModelKind kind : {ModelKind::kRadial, ModelKind::kDdf}) {
    for (const ReturnsToScale rts : {ReturnsToScale::kVrs, ReturnsToScale::kNdrs, ReturnsToScale::kGrs}) {
      const std::string refusal = problems(kind, rts, Orientation::kInput);
      EXPECT_NE(refusal.find("model.disposability"), std::string::npos) << refusal;
      EXPECT_NE(refusal.find("KUOSMANEN"), std::string::npos) << refusal;
      EXPECT_EQ(problems(kind, rts, Orientation::kOutput), "");
    }
    EXPECT_EQ(problems(kind, ReturnsToScale::kCrs, Orientation::kInput), "");
    EXPECT_EQ(problems(kind, ReturnsToScale::kNirs, Orientation::kInput), "");
  }
  EXPECT_NE(problems(ModelKind::kDdf, ReturnsToScale::kVrs, Orientation::kNone), "");
  model.weight_sum_low = 0;
  EXPECT_EQ(problems(ModelKind::kDdf, ReturnsToScale::kGrs, Orientation::kNone), "");
  // Indices that take distances under VRS beside those under CRS.
  ProductivityRequest request{ProductivityIndex::kFgnz, model};
  request.model.rts = ReturnsToScale::kCrs;
  for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
    request.model.orientation = orientation;
    Violations violations;
    CheckProductivity(request, "", violations);
    EXPECT_EQ(violations.empty(), orientation == Orientation::kOutput);
  }
}

}  // namespace
}  // namespace farrell::dea::testing
