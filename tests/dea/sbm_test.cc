// The slacks-based measure: worked cases, properties, certificates, and an independent witness.
#include "services/dea/engine/sbm.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/frame.h"
#include "services/dea/engine/guide.h"
#include "tests/dea/bytes.h"
#include "tests/dea/glpk_slacks.h"
#include "tests/dea/problems.h"
#include "tests/dea/tampering.h"

namespace farrell::dea::testing {
namespace {

constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                            ReturnsToScale::kNdrs, ReturnsToScale::kGrs};
constexpr Orientation kOrientations[] = {Orientation::kNone, Orientation::kInput, Orientation::kOutput};

Model MakeModel(ReturnsToScale rts, Orientation orientation = Orientation::kNone, bool super = false) {
  Model model;
  model.kind = ModelKind::kSbm;
  model.rts = rts;
  model.orientation = orientation;
  model.super = super;
  model.weight_sum_low = 0.5;
  model.weight_sum_high = 1.5;
  return model;
}

std::string NameOf(const Model& model) {
  return std::string(model.super ? "super " : "") + "sbm " + Name(model.rts) + " " + Name(model.orientation);
}

UnitScore Solve(const Observations& data, std::int32_t row, const Model& model) {
  const ReferenceMatrix reference(data, AllRows(data));
  const auto formulation = MakeFormulation(model, data);
  return UnitSolver(*formulation).Solve({data, row, reference}, {}, {});
}

double Distance(double a, double b) { return a == b ? 0 : std::abs(a - b) / std::max(std::abs(a), std::abs(b)); }

// Five units, one input and one output: (2,1) (4,5) (6,6) (9,8) (5,3). Frontier under VRS: the first, second and
// fourth.
Observations Five() { return MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 9, 8, 5, 3}); }

TEST(SbmTest, WorkedExample) {
  const Observations data = Five();
  const UnitScore vrs = Solve(data, 4, MakeModel(ReturnsToScale::kVrs));
  EXPECT_EQ(vrs.status, UnitStatus::kOptimal);
  EXPECT_EQ(vrs.measure, Measure::kRho);
  // (4,5) against (5,3): (1 - 1/5) / (1 + 2/3).
  EXPECT_NEAR(vrs.score, 0.48, 1e-15);
  EXPECT_EQ(vrs.farrell, vrs.score);
  EXPECT_NEAR(vrs.input_slacks[0], 1, 1e-15);
  EXPECT_NEAR(vrs.output_slacks[0], 2, 1e-15);
  EXPECT_NEAR(vrs.input_targets[0], 4, 1e-15);
  EXPECT_NEAR(vrs.output_targets[0], 5, 1e-15);
  ASSERT_EQ(vrs.peers.size(), 1U);
  EXPECT_EQ(vrs.peers[0].row, 1);
  EXPECT_NEAR(vrs.peers[0].weight, 1, 1e-15);
  // With one input and one output CRS compares ratios: (3/5) / (5/4).
  EXPECT_NEAR(Solve(data, 4, MakeModel(ReturnsToScale::kCrs)).score, 0.48, 1e-15);
  // At y = 3 the frontier has x = 3; at x = 5, y = 5.6.
  EXPECT_NEAR(Solve(data, 4, MakeModel(ReturnsToScale::kVrs, Orientation::kInput)).score, 0.6, 1e-15);
  EXPECT_NEAR(Solve(data, 4, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput)).score, 3 / 5.6, 1e-15);
  const UnitScore efficient = Solve(data, 1, MakeModel(ReturnsToScale::kVrs));
  EXPECT_EQ(efficient.score, 1);
  EXPECT_EQ(efficient.input_slacks, std::vector<double>{0});
  EXPECT_EQ(efficient.output_slacks, std::vector<double>{0});
  ASSERT_EQ(efficient.peers.size(), 1U);
  EXPECT_EQ(efficient.peers[0].weight, 1);
}

TEST(SbmTest, SuperEfficiencyWorkedExample) {
  const Observations data = Five();
  // Without (4,5) the frontier runs from (2,1) to (6,6): x = 5.2 at y = 5 and y = 3.5 at x = 4. x / y falls along it.
  const UnitScore none = Solve(data, 1, MakeModel(ReturnsToScale::kVrs, Orientation::kNone, true));
  EXPECT_EQ(none.measure, Measure::kRho);
  EXPECT_NEAR(none.score, 5.2 / 4, 1e-14);
  EXPECT_NEAR(none.input_targets[0], 5.2, 1e-14);
  EXPECT_NEAR(none.output_targets[0], 5, 1e-14);
  EXPECT_EQ(none.input_slacks, std::vector<double>{0});
  const UnitScore input = Solve(data, 1, MakeModel(ReturnsToScale::kVrs, Orientation::kInput, true));
  EXPECT_NEAR(input.score, 5.2 / 4, 1e-14);
  const UnitScore output = Solve(data, 1, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput, true));
  EXPECT_NEAR(output.score, 5 / 3.5, 1e-14);
  EXPECT_NEAR(output.output_targets[0], 3.5, 1e-14);
  // Nobody else makes 8 of output, nobody else gets by with 2 of input.
  EXPECT_EQ(Solve(data, 3, MakeModel(ReturnsToScale::kVrs, Orientation::kInput, true)).status, UnitStatus::kInfeasible);
  EXPECT_EQ(Solve(data, 0, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput, true)).status,
            UnitStatus::kInfeasible);
  EXPECT_EQ(Solve(data, 3, MakeModel(ReturnsToScale::kVrs, Orientation::kNone, true)).status, UnitStatus::kOptimal);
  // The others keep their score.
  for (const Orientation orientation : kOrientations) {
    const UnitScore plain = Solve(data, 4, MakeModel(ReturnsToScale::kVrs, orientation));
    const UnitScore super = Solve(data, 4, MakeModel(ReturnsToScale::kVrs, orientation, true));
    EXPECT_NEAR(super.score, plain.score, 1e-15);
  }
}

TEST(SbmTest, ZerosAreLeftOut) {
  // Inputs (4, 0), output (2, 0) against (2, 0), (2, 3) and others that use the second input.
  const Observations data = MakeCrossSection(2, 2, {4, 0, 2, 0, 2, 0, 2, 3, 1, 1, 4, 4});
  const UnitScore none = Solve(data, 0, MakeModel(ReturnsToScale::kVrs));
  // Only the first input and the first output are left: (1 - 2/4) / (1 + 0).
  EXPECT_DOUBLE_EQ(none.score, 0.5);
  // What is left out is improved as well.
  EXPECT_EQ(none.input_slacks, (std::vector<double>{2, 0}));
  EXPECT_EQ(none.output_slacks, (std::vector<double>{0, 3}));
  EXPECT_DOUBLE_EQ(Solve(data, 0, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput)).score, 1);
  // The second unit is alone in using nothing of the second input and making something of the second output: without it
  // nobody can take its place, whatever the excess of the first input.
  for (const Orientation orientation : kOrientations) {
    const UnitScore super = Solve(data, 1, MakeModel(ReturnsToScale::kCrs, orientation, true));
    EXPECT_EQ(super.status, orientation == Orientation::kInput ? UnitStatus::kInfeasible : UnitStatus::kOptimal);
  }
}

TEST(SbmTest, BadOutputsShareTheDenominator) {
  // Input 1 everywhere; good and bad outputs (4, 8), (6, 4), (3, 6).
  Observations data = MakeCrossSection(1, 2, {1, 4, 8, 1, 6, 4, 1, 3, 6});
  data.output_count = data.bad_count = 1;
  // (4, 8) against (6, 4): 1 / (1 + (2/4 + 4/8) / 2).
  const UnitScore first = Solve(data, 0, MakeModel(ReturnsToScale::kVrs));
  EXPECT_DOUBLE_EQ(first.score, 1 / 1.5);
  EXPECT_NEAR(first.bad_output_slacks[0], 4, 1e-14);
  EXPECT_NEAR(first.bad_output_targets[0], 4, 1e-14);
  // (3, 6): 1 / (1 + (3/3 + 2/6) / 2).
  EXPECT_DOUBLE_EQ(Solve(data, 2, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput)).score, 0.6);
  EXPECT_DOUBLE_EQ(Solve(data, 2, MakeModel(ReturnsToScale::kVrs, Orientation::kInput)).score, 1);
  // (6, 4) would have to fall to (4, 8), 1 / (1 - (2/6 + 4/4) / 2), or to (3, 6), 1 / (1 - (3/6 + 2/4) / 2), which is
  // the cheaper one.
  const UnitScore super = Solve(data, 1, MakeModel(ReturnsToScale::kVrs, Orientation::kNone, true));
  EXPECT_DOUBLE_EQ(super.score, 2);
  EXPECT_NEAR(super.output_targets[0], 3, 1e-14);
  EXPECT_NEAR(super.bad_output_targets[0], 6, 1e-14);
}

// Each problem under every technology in turn, with every orientation.
template <typename Visit>
void ForEachProblem(std::uint64_t count, bool super, const Visit& visit) {
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number + 100000, 40);
    for (const Orientation orientation : kOrientations) {
      const Model model = MakeModel(kTechnologies[number % 5], orientation, super);
      visit(problem.data, model, problem.description + " " + NameOf(model));
    }
  }
}

TEST(SbmPropertyTest, ScoresAreMadeOfTheirSlacks) {
  ForEachProblem(
      LongRun() ? 200 : 30, false, [](const Observations& data, const Model& model, const std::string& where) {
        for (const std::int32_t row : AllRows(data)) {
          const UnitScore score = Solve(data, row, model);
          ASSERT_EQ(score.status, UnitStatus::kOptimal) << where << " " << row;
          EXPECT_GT(score.score, 0) << where;
          EXPECT_LE(score.score, 1) << where;
          double sums[2] = {0, 0};
          int terms[2] = {0, 0};
          const double* own = data.row(static_cast<std::size_t>(row));
          for (int i = 0; i < data.dimension(); ++i) {
            const int side = data.is_output(i) ? 1 : 0;
            const bool counts = own[i] > 0 && (model.orientation == Orientation::kNone ||
                                               (model.orientation == Orientation::kOutput) == (side == 1));
            const double slack = side == 1 ? score.output_slacks[static_cast<std::size_t>(i - data.input_count)]
                                           : score.input_slacks[static_cast<std::size_t>(i)];
            EXPECT_GE(slack, 0) << where;
            if (!counts) continue;
            sums[side] += slack / own[i];
            ++terms[side];
          }
          const double numerator = terms[0] > 0 ? 1 - sums[0] / terms[0] : 1;
          const double denominator = terms[1] > 0 ? 1 + sums[1] / terms[1] : 1;
          EXPECT_NEAR(score.score, numerator / denominator, 1e-12) << where << " unit " << row;
        }
      });
}

TEST(SbmPropertyTest, ScoresDoNotDependOnUnitsOfMeasurement) {
  for (const bool super : {false, true}) {
    ForEachProblem(
        LongRun() ? 100 : 20, super, [](const Observations& data, const Model& model, const std::string& where) {
          Observations scaled = data;
          for (std::size_t at = 0; at < scaled.cells.size(); ++at) {
            const std::size_t measure = at % static_cast<std::size_t>(data.dimension());
            scaled.cells[at] *= measure % 3 == 0 ? 1e-6 : measure % 3 == 1 ? 1e9 : 1024;
          }
          for (const std::int32_t row : AllRows(data)) {
            const UnitScore before = Solve(data, row, model);
            const UnitScore after = Solve(scaled, row, model);
            EXPECT_EQ(before.status, after.status) << where << " unit " << row;
            EXPECT_NEAR(before.score, after.score, 1e-9 * std::max(1.0, before.score)) << where << " unit " << row;
          }
        });
  }
}

TEST(SbmPropertyTest, ScoresDoNotDependOnOrder) {
  ForEachProblem(
      LongRun() ? 100 : 20, true, [](const Observations& data, const Model& model, const std::string& where) {
        Observations turned = data;
        const std::size_t d = static_cast<std::size_t>(data.dimension());
        for (std::size_t row = 0; row < data.size(); ++row) {
          for (std::size_t i = 0; i < d; ++i) turned.cells[(data.size() - 1 - row) * d + i] = data.cells[row * d + i];
        }
        for (const std::int32_t row : AllRows(data)) {
          const UnitScore before = Solve(data, row, model);
          const UnitScore after = Solve(turned, static_cast<std::int32_t>(data.size()) - 1 - row, model);
          EXPECT_EQ(before.status, after.status) << where << " unit " << row;
          EXPECT_NEAR(before.score, after.score, 1e-9 * std::max(1.0, before.score)) << where << " unit " << row;
        }
      });
}

TEST(SbmPropertyTest, PricesAreTheMultipliersOfTone) {
  ForEachProblem(
      LongRun() ? 200 : 30, false, [](const Observations& data, const Model& model, const std::string& where) {
        for (const std::int32_t row : AllRows(data)) {
          const UnitScore score = Solve(data, row, model);
          // v x - u y - w of a unit, and the size of its terms.
          const auto profit = [&](std::int32_t unit, double& size) {
            double sum = -score.scale_price;
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
          if (model.rts == ReturnsToScale::kGrs) continue;
          const double own = profit(row, size);
          EXPECT_NEAR(own, 1 - score.score, 1e-9 * std::max(1.0, size)) << where << " unit " << row;
          // A slack costs at least its share of the measure.
          const double* cells = data.row(static_cast<std::size_t>(row));
          if (model.orientation == Orientation::kOutput) continue;
          const double terms =
              static_cast<double>(std::count_if(cells, cells + data.input_count, [](double cell) { return cell > 0; }));
          for (int i = 0; i < data.input_count; ++i) {
            if (cells[i] == 0) continue;
            EXPECT_GE(score.input_prices[static_cast<std::size_t>(i)] * cells[i], (1 - 1e-9) / terms) << where;
          }
        }
      });
}

TEST(SbmPropertyTest, BitsDoNotDependOnThePath) {
  for (const bool super : {false, true}) {
    ForEachProblem(LongRun() ? 100 : 10, super,
                   [](const Observations& data, const Model& model, const std::string& where) {
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
                         EXPECT_EQ(plain.output_targets, other.output_targets) << where << " unit " << row;
                         EXPECT_EQ(plain.input_prices, other.input_prices) << where << " unit " << row;
                       }
                     }
                   });
  }
}

TEST(SbmPropertyTest, FramesLeaveNoTraceInAnyMeasureOfSlacks) {
  const std::uint64_t count = LongRun() ? 300 : 30;
  std::size_t compared = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number + 130000, 1500);
    const Observations& data = problem.data;
    const ReferenceMatrix reference(data, AllRows(data));
    const auto frame = MakeFrame(data, reference, problem.rts,
                                 [](std::size_t units, const std::function<void(std::size_t)>& body) {
                                   for (std::size_t i = 0; i < units; ++i) body(i);
                                 },
                                 {});
    if (!frame) continue;
    SolveOptions framed;
    framed.frame = frame.get();
    for (const int variant : {0, 1, 2, 3, 4}) {
      const ModelKind kind = variant < 2    ? ModelKind::kSbm
                             : variant == 2 ? ModelKind::kAdditive
                             : variant == 3 ? ModelKind::kRam
                                            : ModelKind::kBam;
      Model model = MakeModel(problem.rts, kOrientations[number % 3], variant == 1);
      model.kind = kind;
      if (!TakesFrame(model, data)) continue;
      const auto formulation = MakeFormulation(model, data);
      UnitSolver solver(*formulation);
      const std::size_t stride = std::max<std::size_t>(1, data.size() / 60);
      for (std::size_t row = 0; row < data.size(); row += stride) {
        const Question question{data, static_cast<std::int32_t>(row), reference};
        ASSERT_EQ(Bytes(solver.Solve(question, framed, {})), Bytes(solver.Solve(question, {}, {})))
            << problem.description << " variant " << variant << ", unit " << row;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 1000U);
}

TEST(SbmPropertyTest, AStopIsHeard) {
  const Observations data = Five();
  const ReferenceMatrix reference(data, AllRows(data));
  std::stop_source source;
  source.request_stop();
  for (const bool super : {false, true}) {
    const auto formulation = MakeFormulation(MakeModel(ReturnsToScale::kVrs, Orientation::kNone, super), data);
    for (const std::int32_t row : AllRows(data)) {
      const UnitScore score = UnitSolver(*formulation).Solve({data, row, reference}, {}, source.get_token());
      EXPECT_EQ(score.status, UnitStatus::kNotSolved);
    }
  }
}

TEST(SbmPropertyTest, MeasuresAreOrdered) {
  for (std::uint64_t number = 0; number < (LongRun() ? 200 : 30); ++number) {
    const RandomProblem problem = MakeRandomProblem(number + 110000, 40);
    const Observations& data = problem.data;
    const bool positive = std::none_of(data.cells.begin(), data.cells.end(), [](double cell) { return cell == 0; });
    for (const std::int32_t row : AllRows(data)) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const auto rho = [&](ReturnsToScale rts, Orientation orientation) {
        return Solve(data, row, MakeModel(rts, orientation)).score;
      };
      const auto theta = [&](ReturnsToScale rts, Orientation orientation) {
        Model radial;
        radial.rts = rts;
        radial.orientation = orientation;
        return Solve(data, row, radial).score;
      };
      for (const Orientation orientation : kOrientations) {
        for (const ReturnsToScale rts : {ReturnsToScale::kNirs, ReturnsToScale::kNdrs, ReturnsToScale::kGrs}) {
          EXPECT_LE(rho(ReturnsToScale::kCrs, orientation), rho(rts, orientation) + 1e-9) << where;
          EXPECT_LE(rho(rts, orientation), rho(ReturnsToScale::kVrs, orientation) + 1e-9) << where;
        }
      }
      // The same units are efficient by any measure of all slacks.
      if (positive) {
        Model bounded = MakeModel(ReturnsToScale::kVrs);
        bounded.kind = ModelKind::kBam;
        EXPECT_EQ(Solve(data, row, bounded).score > 1 - 1e-9, rho(ReturnsToScale::kVrs, Orientation::kNone) > 1 - 1e-9)
            << where;
      }
      for (const ReturnsToScale rts : kTechnologies) {
        // Tone (2001): slacks leave no more than the radial score; and two sides leave no more than one.
        if (rts == ReturnsToScale::kGrs) continue;
        for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
          EXPECT_LE(rho(rts, Orientation::kNone), rho(rts, orientation) + 1e-9) << where;
          EXPECT_LE(rho(rts, orientation), theta(rts, orientation) + 1e-9) << where;
        }
      }
    }
  }
}

TEST(SbmPropertyTest, SuperEfficiencyIsForEfficientUnits) {
  ForEachProblem(
      LongRun() ? 200 : 30, true, [](const Observations& data, const Model& model, const std::string& where) {
        Model plain = model;
        plain.super = false;
        Model radial = model;
        radial.kind = ModelKind::kRadial;
        for (const std::int32_t row : AllRows(data)) {
          const UnitScore super = Solve(data, row, model);
          const double rho = Solve(data, row, plain).score;
          if (rho < 1) {
            EXPECT_EQ(super.score, rho) << where << " unit " << row;
            continue;
          }
          EXPECT_TRUE(super.status == UnitStatus::kInfeasible || super.score >= 1) << where << " unit " << row;
          if (super.status == UnitStatus::kInfeasible) continue;
          EXPECT_TRUE(std::none_of(super.peers.begin(), super.peers.end(), [&](const Peer& peer) {
            return peer.row == row;
          })) << where;
          if (model.orientation == Orientation::kNone) continue;
          // Tone (2002): excess measure by measure costs no more than excess of all in proportion.
          const UnitScore radial_super = Solve(data, row, radial);
          if (radial_super.status == UnitStatus::kUnbounded) continue;
          ASSERT_EQ(radial_super.status, UnitStatus::kOptimal) << where << " unit " << row;
          EXPECT_LE(super.score, radial_super.score * (1 + 1e-9)) << where << " unit " << row;
        }
      });
}

TEST(SbmPropertyTest, AUnitBeyondItsReferenceSetIsMovedAtOnce) {
  const Observations data = MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 3, 9, 9, 3});
  const ReferenceMatrix reference(data, {0, 1, 2});
  const auto super = MakeFormulation(MakeModel(ReturnsToScale::kCrs, Orientation::kNone, true), data);
  const auto plain = MakeFormulation(MakeModel(ReturnsToScale::kCrs), data);
  const UnitScore beyond = UnitSolver(*super).Solve({data, 3, reference}, {}, {});
  // (3, 9) against y = 5/4 x.
  EXPECT_DOUBLE_EQ(beyond.score, 9 / 3.75);
  EXPECT_TRUE(CheckScore(*super, {data, 3, reference}, beyond).holds);
  const UnitScore none = UnitSolver(*plain).Solve({data, 3, reference}, {}, {});
  EXPECT_EQ(none.status, UnitStatus::kInfeasible);
  EXPECT_TRUE(CheckScore(*plain, {data, 3, reference}, none).holds);
  // (9, 3) is within.
  EXPECT_DOUBLE_EQ(UnitSolver(*super).Solve({data, 4, reference}, {}, {}).score, 3 / 11.25);
}

TEST(SbmPropertyTest, AUnitThatAnotherCouldReplaceHasOne) {
  const Observations data = MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 4, 5});
  const ReferenceMatrix reference(data, AllRows(data));
  for (const Orientation orientation : kOrientations) {
    const Model model = MakeModel(ReturnsToScale::kVrs, orientation, true);
    const auto formulation = MakeFormulation(model, data);
    const UnitScore score = UnitSolver(*formulation).Solve({data, 1, reference}, {}, {});
    EXPECT_EQ(score.score, 1);
    ASSERT_EQ(score.peers.size(), 1U);
    EXPECT_EQ(score.peers[0].row, 3);
    EXPECT_GT(ExpectTamperingShows(*formulation, {data, 1, reference}, score, NameOf(model)), 10);
  }
}

TEST(SbmCertificateTest, NoNumberCanBeChanged) {
  // Two inputs, an output and a bad output.
  TestRandom random(103);
  std::vector<double> cells;
  for (int i = 0; i < 4 * 15; ++i) cells.push_back(1 + random.Below(40));
  Observations data = MakeCrossSection(2, 2, std::move(cells));
  data.output_count = data.bad_count = 1;
  const ReferenceMatrix reference(data, AllRows(data));
  for (const bool super : {false, true}) {
    for (const Orientation orientation : kOrientations) {
      const Model model = MakeModel(ReturnsToScale::kVrs, orientation, super);
      const auto formulation = MakeFormulation(model, data);
      UnitSolver solver(*formulation);
      int changes = 0;
      for (const std::int32_t row : AllRows(data)) {
        const std::string where = NameOf(model) + " unit " + std::to_string(row);
        const UnitScore score = solver.Solve({data, row, reference}, {}, {});
        if (score.status == UnitStatus::kOptimal) {
          changes += ExpectTamperingShows(*formulation, {data, row, reference}, score, where);
        }
      }
      EXPECT_GT(changes, 100);
    }
  }
}

struct Tally {
  int units = 0;
  int decided_exactly = 0;
  int above_one = 0;
  int infeasible = 0;
  int too_close = 0;
};

// Agrees with GLPK to 1e-9; where it does not glp_exact decides.
void Judge(const GlpkSlacks& glpk, std::int32_t row, const UnitScore& score, const std::string& where, Tally& tally) {
  ++tally.units;
  auto answer = glpk.Solve(row, false);
  const auto agrees = [&] {
    if (!answer || answer->feasible != (score.status == UnitStatus::kOptimal)) return false;
    return !answer->feasible || Distance(score.score, answer->value) <= 1e-9;
  };
  if (agrees()) return;
  answer = glpk.Solve(row, true);
  ASSERT_TRUE(answer.has_value()) << where << ": glp_exact gives up";
  ++tally.decided_exactly;
  EXPECT_TRUE(agrees()) << where << ": ours " << static_cast<int>(score.status) << " " << score.score << ", exact "
                        << (answer->feasible ? answer->value : 0);
}

void CompareWithGlpk(std::uint64_t count, bool super, bool bad) {
  Tally tally;
  for (std::uint64_t number = 0; number < count; ++number) {
    RandomProblem problem = MakeRandomProblem(number + 60000 + (super ? 10000 : 0) + (bad ? 20000 : 0), 120);
    Observations& data = problem.data;
    if (bad && data.output_count > 1) {
      --data.output_count;
      ++data.bad_count;
      // A row without positive output is not a unit.
      for (std::size_t at = static_cast<std::size_t>(data.input_count); at < data.cells.size();
           at += static_cast<std::size_t>(data.dimension())) {
        if (data.output_count == 1 && data.cells[at] == 0) data.cells[at] = 1;
      }
    }
    const Model model = MakeModel(kTechnologies[number % 5], kOrientations[number / 5 % 3], super);
    const ReferenceMatrix reference(data, AllRows(data));
    const auto formulation = MakeFormulation(model, data);
    UnitSolver solver(*formulation);
    const GlpkSlacks glpk(data, AllRows(data), model);
    Model plain = model;
    plain.super = false;
    const GlpkSlacks glpk_plain(data, AllRows(data), plain);
    const std::size_t stride = std::max<std::size_t>(1, data.size() / 10);
    for (std::size_t row = 0; row < data.size(); row += stride) {
      const std::int32_t at = static_cast<std::int32_t>(row);
      const std::string where = problem.description + " " + NameOf(model) + ", unit " + std::to_string(row);
      const UnitScore score = solver.Solve({data, at, reference}, {}, {});
      ASSERT_TRUE(score.status == UnitStatus::kOptimal || (super && score.status == UnitStatus::kInfeasible))
          << where << " status " << static_cast<int>(score.status) << " gap " << score.certificate.gap << " violation "
          << score.certificate.max_violation;
      EXPECT_LE(score.certificate.slack_gap, 1e-9) << where;
      EXPECT_TRUE(CheckScore(*formulation, {data, at, reference}, score).holds) << where;
      tally.above_one += score.score > 1 ? 1 : 0;
      tally.infeasible += score.status == UnitStatus::kInfeasible ? 1 : 0;
      const bool inefficient = score.status == UnitStatus::kOptimal && score.score < 1;
      Judge(inefficient ? glpk_plain : glpk, at, score, where, tally);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
  std::cout << count << " problems, " << tally.units << " scores compared with GLPK, " << tally.decided_exactly
            << " decided by glp_exact, " << tally.above_one << " above 1, " << tally.infeasible << " infeasible\n";
  EXPECT_GE(tally.units, static_cast<int>(count));
}

TEST(SbmGlpkTest, ScoresAgree) { CompareWithGlpk(LongRun() ? 2000 : 100, false, false); }
TEST(SbmGlpkTest, ScoresWithBadOutputsAgree) { CompareWithGlpk(LongRun() ? 2000 : 100, false, true); }
TEST(SbmGlpkTest, SuperEfficiencyAgrees) { CompareWithGlpk(LongRun() ? 2000 : 100, true, false); }
TEST(SbmGlpkTest, SuperEfficiencyWithBadOutputsAgrees) { CompareWithGlpk(LongRun() ? 2000 : 100, true, true); }

}  // namespace
}  // namespace farrell::dea::testing
