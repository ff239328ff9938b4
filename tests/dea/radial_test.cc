// Properties that every radial score must have.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/certificate.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/scale.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

UnitScore SolveAgainst(const Observations& data, std::int32_t row, std::vector<std::int32_t> members,
                       ReturnsToScale rts = ReturnsToScale::kCrs, Orientation orientation = Orientation::kInput) {
  const ReferenceMatrix reference(data, std::move(members));
  RadialSolver solver(data.dimension());
  return solver.Solve(data, row, reference, rts, orientation, {}, {});
}

UnitScore SolveOne(const Observations& data, std::int32_t row, ReturnsToScale rts = ReturnsToScale::kCrs,
                   Orientation orientation = Orientation::kInput) {
  return SolveAgainst(data, row, AllRows(data), rts, orientation);
}

TEST(RadialTest, UnitsOfMeasurementDoNotMatter) {
  for (std::uint64_t number = 0; number < 120; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    TestRandom random(number);
    Observations scaled = problem.data;
    for (int i = 0; i < scaled.dimension(); ++i) {
      double factor = 1e-6;
      for (int step = random.Below(16); step > 0; --step) factor *= 10;
      for (std::size_t row = 0; row < scaled.size(); ++row) {
        scaled.cells[row * static_cast<std::size_t>(scaled.dimension()) + static_cast<std::size_t>(i)] *= factor;
      }
    }
    for (std::size_t row = 0; row < scaled.size(); ++row) {
      const auto at = static_cast<std::int32_t>(row);
      const UnitScore before = SolveOne(problem.data, at, problem.rts, problem.orientation);
      const UnitScore after = SolveOne(scaled, at, problem.rts, problem.orientation);
      ASSERT_EQ(after.status, UnitStatus::kOptimal) << problem.description;
      EXPECT_NEAR(after.score, before.score, 1e-12) << problem.description << ", unit " << row;
    }
  }
}

TEST(RadialTest, TechnologiesAreNested) {
  for (std::uint64_t number = 0; number < 160; number += 2) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    for (std::size_t row = 0; row < problem.data.size(); ++row) {
      const auto at = static_cast<std::int32_t>(row);
      const auto score = [&](ReturnsToScale rts) { return SolveOne(problem.data, at, rts, problem.orientation).score; };
      const double crs = score(ReturnsToScale::kCrs);
      const double vrs = score(ReturnsToScale::kVrs);
      for (const ReturnsToScale rts : {ReturnsToScale::kNirs, ReturnsToScale::kNdrs}) {
        EXPECT_LE(crs, score(rts) * (1 + 1e-12)) << problem.description << ", unit " << row;
        EXPECT_LE(score(rts), vrs * (1 + 1e-12)) << problem.description << ", unit " << row;
      }
      // The two one-sided technologies meet in CRS and cover VRS between them.
      EXPECT_NEAR(std::max(score(ReturnsToScale::kNirs), score(ReturnsToScale::kNdrs)), vrs, 1e-10)
          << problem.description;
    }
  }
}

TEST(RadialTest, OrientationsAreReciprocalUnderConstantReturns) {
  for (std::uint64_t number = 0; number < 160; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    for (std::size_t row = 0; row < problem.data.size(); ++row) {
      const auto at = static_cast<std::int32_t>(row);
      const double theta = SolveOne(problem.data, at).farrell;
      const double phi = SolveOne(problem.data, at, ReturnsToScale::kCrs, Orientation::kOutput).farrell;
      EXPECT_NEAR(theta * phi, 1, 1e-12) << problem.description << ", unit " << row;
    }
  }
}

TEST(RadialTest, SlacksAndTargetsBalance) {
  for (std::uint64_t number = 0; number < 160; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    const Observations& data = problem.data;
    for (std::size_t row = 0; row < data.size(); ++row) {
      const UnitScore score = SolveOne(data, static_cast<std::int32_t>(row), problem.rts, problem.orientation);
      for (int i = 0; i < data.dimension(); ++i) {
        double composed = 0;
        for (const Peer& peer : score.peers) composed += peer.weight * data.row(static_cast<std::size_t>(peer.row))[i];
        const bool input = i < data.input_count;
        const double target = input ? score.input_targets[static_cast<std::size_t>(i)]
                                    : score.output_targets[static_cast<std::size_t>(i - data.input_count)];
        EXPECT_NEAR(target, composed, 1e-10 * (data.row(row)[i] + composed)) << problem.description << ", unit " << row;
      }
      EXPECT_TRUE(std::is_sorted(score.peers.begin(), score.peers.end(), [](const Peer& a, const Peer& b) {
        return a.weight > b.weight || (a.weight == b.weight && a.row < b.row);
      }));
    }
  }
}

TEST(RadialTest, DominatedUnitsScoreBelowOneAndUndominatedVerticesExactlyOne) {
  for (std::uint64_t number = 0; number < 80; ++number) {
    RandomProblem problem = MakeRandomProblem(number, 60);
    Observations& data = problem.data;
    // A unit with twice the inputs and half the outputs of the first one.
    const std::vector<double> first(data.row(0), data.row(0) + data.dimension());
    for (int i = 0; i < data.dimension(); ++i) {
      data.cells.push_back(first[static_cast<std::size_t>(i)] * (i < data.input_count ? 2.0 : 0.5));
    }
    data.roles.push_back(RowRole::kScored);
    const UnitScore dominated =
        SolveOne(data, static_cast<std::int32_t>(data.size()) - 1, problem.rts, problem.orientation);
    EXPECT_LE(dominated.score, 0.5) << problem.description;
    // Whoever is its own only peer scores exactly one.
    for (std::size_t row = 0; row < data.size(); ++row) {
      const UnitScore score = SolveOne(data, static_cast<std::int32_t>(row), problem.rts, problem.orientation);
      if (score.peers.size() != 1 || score.peers[0].row != static_cast<std::int32_t>(row)) continue;
      EXPECT_EQ(score.score, 1.0) << problem.description;
      EXPECT_EQ(score.peers[0].weight, 1.0) << problem.description;
    }
  }
}

// Bases too ill-conditioned for double: cells of one column eight orders of magnitude apart, and units that differ in
// mix by 1e-13 and 1e-9. Every unit is solved and certified all the same.
TEST(RadialTest, IllConditionedDataAreSolved) {
  for (const int kind : {0, 1, 2}) {
    for (std::uint64_t number = 0; number < 6; ++number) {
      TestRandom random(number + 100 * static_cast<std::uint64_t>(kind));
      const int m = 1 + random.Below(4);
      const int s = 1 + random.Below(4);
      const int n = kind == 2 ? 12 : 60;
      std::vector<double> cells;
      for (int unit = 0; unit < n; ++unit) {
        const double size = 0.1 + random.Uniform();
        for (int i = 0; i < m + s; ++i) {
          double wild = 1e-4;
          for (int step = random.Below(9); step > 0; --step) wild *= 10;
          if (kind == 0) cells.push_back(wild * (1 + random.Uniform()));
          if (kind == 1) cells.push_back(size * (1 + 1e-13 * random.Below(5)));
          if (kind == 2) cells.push_back(size * (1 + 1e-9 * random.Normal()));
        }
      }
      const Observations data = MakeCrossSection(m, s, std::move(cells));
      for (const ReturnsToScale rts :
           {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs, ReturnsToScale::kNdrs}) {
        for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
          for (std::int32_t row = 0; row < n; ++row) {
            const UnitScore score = SolveOne(data, row, rts, orientation);
            EXPECT_EQ(score.status, UnitStatus::kOptimal) << kind << " " << number << " " << row << " " << Name(rts);
            EXPECT_LE(score.certificate.max_violation, kCertified)
                << kind << " " << number << " " << row << " " << Name(rts);
            EXPECT_GT(score.score, 0);
            EXPECT_LE(score.score, 1);
          }
        }
      }
    }
  }
}

// A(1,3), B(3,1) and C(2,2) lie on one facet; D = (4,4) can be compared with C or with half of A and half of B.
TEST(RadialTest, TiesGoToTheFirstUnitsAndAreFlagged) {
  const Observations data = MakeCrossSection(2, 1, {1, 3, 1, 3, 1, 1, 2, 2, 1, 4, 4, 1});
  const UnitScore score = SolveOne(data, 3);
  EXPECT_EQ(score.score, 0.5);
  ASSERT_EQ(score.peers.size(), 2U);
  EXPECT_EQ(score.peers[0].row, 0);
  EXPECT_EQ(score.peers[0].weight, 0.5);
  EXPECT_EQ(score.peers[1].row, 1);
  EXPECT_EQ(score.peers[1].weight, 0.5);
  EXPECT_FALSE(score.peers_unique);
  // Without C nothing else is possible.
  EXPECT_TRUE(SolveAgainst(data, 3, {0, 1, 3}).peers_unique);
}

TEST(RadialTest, RepeatedUnitsArePeersOfTheFirst) {
  const Observations data = MakeCrossSection(1, 1, {2, 2, 2, 2, 4, 2});
  for (const std::int32_t row : {0, 1, 2}) {
    const UnitScore score = SolveOne(data, row);
    EXPECT_EQ(score.score, row == 2 ? 0.5 : 1.0);
    ASSERT_EQ(score.peers.size(), 1U);
    EXPECT_EQ(score.peers[0].row, 0);
    EXPECT_FALSE(score.peers_unique);
  }
}

// Phase two: the third unit is radially efficient but wastes one unit of the second input.
TEST(RadialTest, WeaklyEfficientUnitsHaveSlack) {
  const Observations data = MakeCrossSection(2, 1, {1, 3, 1, 3, 1, 1, 1, 4, 1});
  const UnitScore score = SolveOne(data, 2);
  EXPECT_EQ(score.score, 1.0);
  EXPECT_EQ(score.input_slacks, (std::vector<double>{0, 1}));
  EXPECT_EQ(score.input_targets, (std::vector<double>{1, 3}));
  ASSERT_EQ(score.peers.size(), 1U);
  EXPECT_EQ(score.peers[0].row, 0);
}

TEST(RadialTest, ZerosAreHandled) {
  // The first unit needs no second input, the second makes no second output.
  const Observations data = MakeCrossSection(2, 2, {1, 0, 1, 1, 2, 2, 2, 0, 4, 4, 1, 1});
  for (const ReturnsToScale rts :
       {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs, ReturnsToScale::kNdrs}) {
    for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
      for (const std::int32_t row : {0, 1, 2}) {
        const UnitScore score = SolveOne(data, row, rts, orientation);
        EXPECT_EQ(score.status, UnitStatus::kOptimal) << Name(rts) << " " << Name(orientation) << " " << row;
        EXPECT_GT(score.score, 0);
        EXPECT_LE(score.score, 1);
      }
      EXPECT_EQ(SolveOne(data, 0, rts, orientation).score, 1.0);
    }
  }
}

TEST(RadialTest, OutsideTheOwnSetAScoreMayBeMissing) {
  // Unit 0 makes more than the others together: under VRS nobody dominates it.
  const Observations data = MakeCrossSection(1, 2, {1, 10, 1, 1, 1, 1, 2, 2, 1});
  EXPECT_EQ(SolveAgainst(data, 0, {1, 2}, ReturnsToScale::kVrs).status, UnitStatus::kInfeasible);
  const UnitScore super = SolveAgainst(data, 0, {1, 2}, ReturnsToScale::kCrs);
  ASSERT_EQ(super.status, UnitStatus::kOptimal);
  EXPECT_NEAR(super.score, 10, 1e-12);
  // An output nobody else makes: phi is 0, so 1/phi has no value; in the input orientation nobody dominates.
  const Observations sole = MakeCrossSection(1, 2, {1, 1, 1, 1, 1, 0});
  EXPECT_EQ(SolveAgainst(sole, 0, {1}, ReturnsToScale::kCrs, Orientation::kOutput).status, UnitStatus::kUnbounded);
  EXPECT_EQ(SolveAgainst(sole, 0, {1}).status, UnitStatus::kInfeasible);
  EXPECT_EQ(SolveAgainst(sole, 0, {}).status, UnitStatus::kInfeasible);
}

// One input, one output: (2,1) too small, (4,4) optimal, (8,6) too large.
TEST(ScaleTest, ClassesFollowTheTechnologies) {
  const Observations data = MakeCrossSection(1, 1, {2, 1, 4, 4, 8, 6});
  const auto classify = [&](std::int32_t row) {
    const auto score = [&](ReturnsToScale rts) { return SolveOne(data, row, rts).score; };
    return ScaleScores{score(ReturnsToScale::kCrs), score(ReturnsToScale::kVrs), score(ReturnsToScale::kNirs)};
  };
  EXPECT_EQ(ClassifyScale(classify(0)), ScaleClass::kIncreasing);
  EXPECT_EQ(ClassifyScale(classify(1)), ScaleClass::kConstant);
  EXPECT_EQ(ClassifyScale(classify(2)), ScaleClass::kDecreasing);
  EXPECT_EQ(ScaleEfficiency(classify(0)), 0.5);
  EXPECT_EQ(ScaleEfficiency(classify(1)), 1.0);
  EXPECT_EQ(ScaleEfficiency(classify(2)), 0.75);
}

// The check must see a wrong answer, whatever is wrong in it.
TEST(CertificateTest, CatchesEveryKindOfWrongAnswer) {
  for (std::uint64_t number = 0; number < 64; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 40);
    const ReferenceMatrix reference(problem.data, AllRows(problem.data));
    Model model;
    model.rts = problem.rts;
    model.orientation = problem.orientation;
    const std::unique_ptr<Formulation> formulation = MakeFormulation(model, problem.data);
    const Question question{problem.data, 0, reference};
    const UnitScore right = UnitSolver(*formulation).Solve(question, {}, {});
    const auto expect_caught = [&](const char* what, const auto& spoil) {
      UnitScore wrong = right;
      spoil(wrong);
      EXPECT_FALSE(CheckScore(*formulation, question, wrong).holds) << problem.description << ": " << what;
    };
    ASSERT_TRUE(CheckScore(*formulation, question, right).holds) << problem.description;
    expect_caught("score", [](UnitScore& wrong) { wrong.score *= 1.0001; });
    expect_caught("farrell", [](UnitScore& wrong) { wrong.farrell *= 1.0001; });
    expect_caught("status", [](UnitScore& wrong) { wrong.status = UnitStatus::kInfeasible; });
    expect_caught("weight", [](UnitScore& wrong) { wrong.peers[0].weight *= 1.001; });
    expect_caught("negative weight", [](UnitScore& wrong) { wrong.peers[0].weight *= -1; });
    expect_caught("slack", [](UnitScore& wrong) { wrong.input_slacks[0] += 1; });
    expect_caught("target", [](UnitScore& wrong) { wrong.output_targets[0] = wrong.output_targets[0] * 1.001 + 1; });
    expect_caught("price", [](UnitScore& wrong) { wrong.output_prices[0] = wrong.output_prices[0] * 1.001 + 1; });
    expect_caught("scale price", [](UnitScore& wrong) { wrong.scale_price += 0.01; });
    expect_caught("variables", [](UnitScore& wrong) { wrong.certificate.variables[0] -= 1; });
    expect_caught("lost variable", [](UnitScore& wrong) { wrong.certificate.variables.pop_back(); });
    expect_caught("lost slack prices", [](UnitScore& wrong) { wrong.certificate.slack_prices.clear(); });
    const auto positive = [](double slack) { return slack > 0; };
    if (std::any_of(right.input_slacks.begin(), right.input_slacks.end(), positive) ||
        std::any_of(right.output_slacks.begin(), right.output_slacks.end(), positive)) {
      expect_caught("slack prices", [](UnitScore& wrong) {
        for (double& price : wrong.certificate.slack_prices) price *= 0.9;
      });
    }
    // Prices that are feasible but do not reach the score prove nothing.
    expect_caught("prices", [](UnitScore& wrong) {
      for (double& price : wrong.certificate.prices) price *= 0.999;
    });
  }
}

}  // namespace
}  // namespace farrell::dea::testing
