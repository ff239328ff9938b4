// The free disposal hull: worked cases, properties, and an independent witness.
#include "services/dea/engine/fdh.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/radial.h"
#include "tests/dea/glpk_fdh.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                            ReturnsToScale::kNdrs, ReturnsToScale::kGrs};
constexpr FdhMeasure kMeasures[] = {FdhMeasure::kInput, FdhMeasure::kOutput, FdhMeasure::kDirectional};

FdhModel MakeModel(ReturnsToScale rts, FdhMeasure measure) {
  FdhModel model;
  model.rts = rts;
  model.measure = measure;
  model.weight_sum_low = 0.5;
  model.weight_sum_high = 1.5;
  return model;
}

UnitScore Solve(const Observations& data, std::int32_t row, const FdhModel& model,
                const std::vector<double>& direction = {}) {
  const ReferenceMatrix reference(data, AllRows(data));
  return SolveFdh(data, row, reference, model, direction, {});
}

std::vector<double> Own(const Observations& data, std::int32_t row) {
  const double* own = data.row(static_cast<std::size_t>(row));
  return {own, own + data.dimension()};
}

// Every third direction points nowhere in some measure.
std::vector<double> RandomDirection(const Observations& data, std::int32_t row, TestRandom& random) {
  std::vector<double> direction = Own(data, row);
  const bool holes = random.Below(3) == 0;
  const int kept = random.Below(data.dimension());
  for (int i = 0; i < data.dimension(); ++i) {
    double& step = direction[static_cast<std::size_t>(i)];
    step *= random.Uniform();
    if (holes && i != kept && random.Below(2) == 0) step = 0;
  }
  return direction;
}

// Five units, one input and one output: (2,1) (4,5) (6,6) (9,8) (5,3).
Observations Five() { return MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 9, 8, 5, 3}); }

TEST(FdhTest, WorkedExample) {
  const Observations data = Five();
  const UnitScore input = Solve(data, 4, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput));
  EXPECT_EQ(input.status, UnitStatus::kOptimal);
  EXPECT_EQ(input.measure, Measure::kTheta);
  EXPECT_DOUBLE_EQ(input.score, 0.8);
  ASSERT_EQ(input.peers.size(), 1U);
  EXPECT_EQ(input.peers[0].row, 1);
  EXPECT_EQ(input.peers[0].weight, 1);
  EXPECT_EQ(input.input_slacks, std::vector<double>{0});
  EXPECT_EQ(input.output_slacks, std::vector<double>{2});
  EXPECT_DOUBLE_EQ(input.input_targets[0], 4);
  EXPECT_DOUBLE_EQ(input.output_targets[0], 5);
  EXPECT_TRUE(input.peers_unique);

  const UnitScore output = Solve(data, 4, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kOutput));
  EXPECT_DOUBLE_EQ(output.farrell, 5.0 / 3);
  EXPECT_DOUBLE_EQ(output.score, 0.6);
  EXPECT_EQ(output.measure, Measure::kOneOverPhi);
  EXPECT_EQ(output.input_slacks, std::vector<double>{1});

  // 5/4 is the best ratio of output to input: theta = (3/5) / (5/4).
  const UnitScore crs = Solve(data, 4, MakeModel(ReturnsToScale::kCrs, FdhMeasure::kInput));
  EXPECT_DOUBLE_EQ(crs.score, 0.48);
  EXPECT_DOUBLE_EQ(crs.peers[0].weight, 0.6);
  EXPECT_EQ(crs.output_slacks, std::vector<double>{0});
  // Growing (4,5) is allowed under NDRS only, shrinking it under NIRS only.
  EXPECT_DOUBLE_EQ(Solve(data, 4, MakeModel(ReturnsToScale::kNirs, FdhMeasure::kInput)).score, 0.48);
  EXPECT_DOUBLE_EQ(Solve(data, 4, MakeModel(ReturnsToScale::kNdrs, FdhMeasure::kInput)).score, 0.8);
  EXPECT_DOUBLE_EQ(Solve(data, 3, MakeModel(ReturnsToScale::kNirs, FdhMeasure::kInput)).score, 1);
  EXPECT_DOUBLE_EQ(Solve(data, 3, MakeModel(ReturnsToScale::kNdrs, FdhMeasure::kInput)).score, 6.4 / 9);
  EXPECT_DOUBLE_EQ(Solve(data, 3, MakeModel(ReturnsToScale::kGrs, FdhMeasure::kInput)).score, 8.0 / 9);

  // beta with g = (1, 1): (4,5) leaves min(5 - 4, 5 - 3) = 1.
  const UnitScore beta = Solve(data, 4, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kDirectional), {1, 1});
  EXPECT_DOUBLE_EQ(beta.score, 1);
  EXPECT_EQ(beta.measure, Measure::kBeta);
  EXPECT_EQ(beta.output_slacks, std::vector<double>{1});
  // Scaled: 4 l = 5 - b and 5 l = 3 + b meet at l = 8/9, b = 13/9.
  const UnitScore scaled = Solve(data, 4, MakeModel(ReturnsToScale::kCrs, FdhMeasure::kDirectional), {1, 1});
  EXPECT_DOUBLE_EQ(scaled.score, 13.0 / 9);
  EXPECT_DOUBLE_EQ(scaled.peers[0].weight, 8.0 / 9);
}

TEST(FdhTest, SuperEfficiencyLeavesTheOwnUnitOut) {
  const Observations data = Five();
  FdhModel model = MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput);
  model.exclude_own = true;
  EXPECT_DOUBLE_EQ(Solve(data, 1, model).score, 1.5);
  EXPECT_EQ(Solve(data, 3, model).status, UnitStatus::kInfeasible);
  EXPECT_TRUE(Solve(data, 3, model).peers.empty());
  model.measure = FdhMeasure::kOutput;
  EXPECT_DOUBLE_EQ(Solve(data, 3, model).farrell, 0.75);
  EXPECT_EQ(Solve(data, 0, model).status, UnitStatus::kInfeasible);
  model.measure = FdhMeasure::kDirectional;
  EXPECT_DOUBLE_EQ(Solve(data, 0, model, {1, 1}).score, -2);
}

TEST(FdhTest, PeersAreChosenBySlackThenOrderAndTiesAreSaid) {
  // Units 1 and 2 use the same input; 2 makes more. Unit 3 repeats 2.
  const Observations data = MakeCrossSection(1, 1, {4, 1, 2, 1, 2, 3, 2, 3});
  const UnitScore score = Solve(data, 0, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput));
  EXPECT_EQ(score.peers[0].row, 2);
  EXPECT_FALSE(score.peers_unique);
  EXPECT_EQ(score.output_slacks, std::vector<double>{2});
  const Observations without = MakeCrossSection(1, 1, {4, 1, 2, 1, 2, 3});
  EXPECT_TRUE(Solve(without, 0, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput)).peers_unique);
  // A weakly efficient unit scores one and shows its slack.
  const UnitScore weak = Solve(without, 1, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput));
  EXPECT_EQ(weak.score, 1);
  EXPECT_EQ(weak.peers[0].row, 2);
  EXPECT_EQ(weak.output_slacks, std::vector<double>{2});
}

// Where a range of factors is as good, the one with the largest sum of slacks is taken.
TEST(FdhTest, FactorsAreChosenBySlack) {
  const FdhModel model = MakeModel(ReturnsToScale::kCrs, FdhMeasure::kDirectional);
  const Observations growing = MakeCrossSection(2, 1, {2, 4, 1, 0, 1, 2});
  const UnitScore grown = Solve(growing, 0, model, {1, 0, 0});
  EXPECT_DOUBLE_EQ(grown.score, 2);
  EXPECT_DOUBLE_EQ(grown.peers[0].weight, 4);
  EXPECT_DOUBLE_EQ(grown.output_slacks[0], 7);
  EXPECT_TRUE(grown.peers_unique);
  const Observations shrinking = MakeCrossSection(2, 1, {2, 4, 1, 0, 3, 2});
  const UnitScore shrunk = Solve(shrinking, 0, model, {1, 0, 0});
  EXPECT_DOUBLE_EQ(shrunk.peers[0].weight, 0.5);
  EXPECT_DOUBLE_EQ(shrunk.input_slacks[1], 2.5);
  const Observations either = MakeCrossSection(2, 1, {2, 4, 1, 0, 2, 2});
  EXPECT_FALSE(Solve(either, 0, model, {1, 0, 0}).peers_unique);
}

TEST(FdhTest, RoundingIsNoShortfall) {
  // 0.1 + 0.2 against 0.3.
  const Observations sums = MakeCrossSection(1, 1, {2, 0.1 + 0.2, 1, 0.3});
  EXPECT_DOUBLE_EQ(Solve(sums, 0, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput)).score, 0.5);
  // The second unit is three times the first but for x; 0.1 / 0.3 > 0.7 / 2.1 in the last bit.
  const Observations thirds = MakeCrossSection(2, 1, {1, 0.7, 0.1, 2, 2.1, 0.3});
  FdhModel model = MakeModel(ReturnsToScale::kCrs, FdhMeasure::kInput);
  model.fixed = {1};
  EXPECT_DOUBLE_EQ(Solve(thirds, 0, model).score, 2.0 / 3);
}

TEST(FdhTest, ZerosAdmitOnlyPeersWithZeros) {
  const Observations data = MakeCrossSection(2, 1, {0, 4, 1, 1, 2, 5, 0, 3, 1});
  const UnitScore input = Solve(data, 0, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput));
  EXPECT_DOUBLE_EQ(input.score, 0.75);
  EXPECT_EQ(input.peers[0].row, 2);
  const UnitScore output = Solve(data, 0, MakeModel(ReturnsToScale::kCrs, FdhMeasure::kOutput));
  EXPECT_DOUBLE_EQ(output.farrell, 4.0 / 3);
  FdhModel super = MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput);
  super.exclude_own = true;
  const ReferenceMatrix reference(data, {1});
  EXPECT_EQ(SolveFdh(data, 0, reference, super, {}, {}).status, UnitStatus::kInfeasible);
  EXPECT_EQ(SolveFdh(data, 0, ReferenceMatrix(data, {}), super, {}, {}).status, UnitStatus::kInfeasible);
  // No direction at all measures nothing.
  EXPECT_EQ(Solve(data, 0, MakeModel(ReturnsToScale::kVrs, FdhMeasure::kDirectional), {0, 0, 0}).status,
            UnitStatus::kUnbounded);
}

TEST(FdhTest, NegativeDataAndTranslation) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    TestRandom random(number);
    Observations moved = problem.data;
    std::vector<double> direction;
    for (int i = 0; i < moved.dimension(); ++i) {
      const double size = moved.row(0)[i] + 1;
      direction.push_back(size);
      const double shift = (random.Uniform() * 6 - 5) * size;
      for (std::size_t row = 0; row < moved.size(); ++row) {
        moved.cells[row * static_cast<std::size_t>(moved.dimension()) + static_cast<std::size_t>(i)] += shift;
      }
    }
    const FdhModel model = MakeModel(ReturnsToScale::kVrs, FdhMeasure::kDirectional);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(moved.size()); ++row) {
      const UnitScore before = Solve(problem.data, row, model, direction);
      const UnitScore after = Solve(moved, row, model, direction);
      ASSERT_EQ(after.status, UnitStatus::kOptimal) << problem.description;
      EXPECT_NEAR(after.score, before.score, 1e-9 * (1 + before.score)) << problem.description << ", unit " << row;
    }
  }
}

TEST(FdhTest, RadialScoresAreDirectionalOnes) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    const Observations& data = problem.data;
    for (const ReturnsToScale rts : kTechnologies) {
      for (std::int32_t row = 0; row < static_cast<std::int32_t>(data.size()); ++row) {
        std::vector<double> inputs = Own(data, row);
        std::vector<double> outputs = inputs;
        std::fill(inputs.begin() + data.input_count, inputs.end(), 0.0);
        std::fill(outputs.begin(), outputs.begin() + data.input_count, 0.0);
        const FdhModel along = MakeModel(rts, FdhMeasure::kDirectional);
        EXPECT_NEAR(Solve(data, row, along, inputs).score,
                    1 - Solve(data, row, MakeModel(rts, FdhMeasure::kInput)).farrell, 1e-12);
        const double phi = Solve(data, row, MakeModel(rts, FdhMeasure::kOutput)).farrell;
        EXPECT_NEAR(Solve(data, row, along, outputs).score, phi - 1, 1e-12 * phi);
      }
    }
  }
}

TEST(FdhTest, BadOutputsAreInputs) {
  for (std::uint64_t number = 0; number < 80; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    if (problem.data.input_count < 2) continue;
    // The last input as a bad output.
    const int last = problem.data.input_count - 1;
    Observations bad = problem.data;
    --bad.input_count;
    ++bad.bad_count;
    const std::size_t d = static_cast<std::size_t>(bad.dimension());
    for (std::size_t row = 0; row < bad.size(); ++row) {
      const auto begin = bad.cells.begin() + static_cast<std::ptrdiff_t>(row * d);
      std::rotate(begin + last, begin + last + 1, begin + static_cast<std::ptrdiff_t>(d));
    }
    for (const ReturnsToScale rts : kTechnologies) {
      for (const FdhMeasure measure : kMeasures) {
        for (std::int32_t row = 0; row < static_cast<std::int32_t>(bad.size()); ++row) {
          const std::vector<double> direction = Own(problem.data, row);
          const UnitScore one = Solve(problem.data, row, MakeModel(rts, measure), direction);
          const UnitScore other = Solve(bad, row, MakeModel(rts, measure), Own(bad, row));
          ASSERT_EQ(one.status, other.status) << problem.description;
          if (one.status != UnitStatus::kOptimal) continue;
          ASSERT_EQ(other.bad_output_slacks.size(), 1U);
          EXPECT_EQ(one.farrell, other.farrell) << problem.description;
          EXPECT_EQ(one.input_slacks[static_cast<std::size_t>(last)], other.bad_output_slacks[0]);
          EXPECT_EQ(one.input_targets[static_cast<std::size_t>(last)], other.bad_output_targets[0]);
        }
      }
    }
  }
}

// FDH >= VRS and so on: a smaller technology never scores lower; convex hulls contain free disposal hulls.
TEST(FdhTest, TechnologiesAreNested) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    const Observations& data = problem.data;
    const ReferenceMatrix reference(data, AllRows(data));
    RadialSolver solver(data.dimension());
    for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
      const FdhMeasure measure = orientation == Orientation::kInput ? FdhMeasure::kInput : FdhMeasure::kOutput;
      for (std::int32_t row = 0; row < static_cast<std::int32_t>(data.size()); ++row) {
        const auto hull = [&](ReturnsToScale rts) { return Solve(data, row, MakeModel(rts, measure)).score; };
        const auto convex = [&](ReturnsToScale rts) {
          return solver.Solve(data, row, reference, rts, orientation, {}, {}).score;
        };
        const double pure = hull(ReturnsToScale::kVrs);
        EXPECT_LE(pure, 1);
        EXPECT_LE(hull(ReturnsToScale::kGrs), pure);
        for (const ReturnsToScale rts : {ReturnsToScale::kNirs, ReturnsToScale::kNdrs}) {
          EXPECT_LE(hull(rts), pure);
          EXPECT_LE(hull(ReturnsToScale::kCrs), hull(rts));
        }
        EXPECT_EQ(std::min(hull(ReturnsToScale::kNirs), hull(ReturnsToScale::kNdrs)), hull(ReturnsToScale::kCrs));
        for (const ReturnsToScale rts :
             {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs, ReturnsToScale::kNdrs}) {
          EXPECT_GE(hull(rts), convex(rts) * (1 - 1e-12)) << problem.description << ", unit " << row;
        }
        if (data.dimension() == 2) {
          EXPECT_NEAR(hull(ReturnsToScale::kCrs), convex(ReturnsToScale::kCrs), 1e-12) << problem.description;
        }
      }
    }
  }
}

TEST(FdhTest, UnitsOfMeasurementAndOrderDoNotMatter) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    const Observations& data = problem.data;
    TestRandom random(number);
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    Observations scaled = data;
    std::vector<double> factors;
    for (std::size_t i = 0; i < d; ++i) {
      double factor = 1e-6;
      for (int step = random.Below(16); step > 0; --step) factor *= 10;
      factors.push_back(factor);
      for (std::size_t row = 0; row < data.size(); ++row) scaled.cells[row * d + i] *= factor;
    }
    std::vector<std::size_t> order(data.size());
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(random.Below(static_cast<int>(i)))]);
    Observations permuted = data;
    for (std::size_t row = 0; row < data.size(); ++row)
      std::copy_n(data.row(order[row]), d, permuted.cells.begin() + static_cast<std::ptrdiff_t>(row * d));

    for (const FdhMeasure measure : kMeasures) {
      for (const ReturnsToScale rts : kTechnologies) {
        for (std::size_t at = 0; at < data.size(); ++at) {
          const auto row = static_cast<std::int32_t>(at);
          const FdhModel model = MakeModel(rts, measure);
          const std::vector<double> direction = RandomDirection(data, static_cast<std::int32_t>(order[at]), random);
          const auto original = static_cast<std::int32_t>(order[at]);
          std::vector<double> scaled_direction = direction;
          for (std::size_t i = 0; i < d; ++i) scaled_direction[i] *= factors[i];
          const UnitScore before = Solve(data, original, model, direction);
          const UnitScore after = Solve(scaled, original, model, scaled_direction);
          const UnitScore moved = Solve(permuted, row, model, direction);
          ASSERT_EQ(before.status, after.status) << problem.description;
          ASSERT_EQ(before.status, moved.status) << problem.description;
          if (before.status != UnitStatus::kOptimal) continue;
          EXPECT_NEAR(after.score, before.score, 1e-11 * (1 + std::abs(before.score))) << problem.description;
          if (!before.peers_unique) {
            EXPECT_NEAR(moved.score, before.score, 1e-11 * (1 + std::abs(before.score))) << problem.description;
            continue;
          }
          EXPECT_EQ(moved.score, before.score) << problem.description;
          ASSERT_EQ(moved.peers.size(), before.peers.size());
          for (std::size_t p = 0; p < moved.peers.size(); ++p) {
            EXPECT_EQ(order[static_cast<std::size_t>(moved.peers[p].row)],
                      static_cast<std::size_t>(before.peers[p].row));
          }
        }
      }
    }
  }
}

TEST(FdhTest, CertificatesSeeThroughFalseAnswers) {
  const Observations data = Five();
  const ReferenceMatrix reference(data, AllRows(data));
  const FdhModel model = MakeModel(ReturnsToScale::kVrs, FdhMeasure::kInput);
  const UnitScore truth = SolveFdh(data, 4, reference, model, {}, {});
  EXPECT_LE(truth.certificate.gap, 1e-14);
  EXPECT_EQ(truth.certificate.kind, CertificateKind::kDominance);
  const auto judge = [&](const UnitScore& claim) { return CertifyFdh(data, 4, reference, model, {}, claim); };

  UnitScore low = truth;  // too good: the peer does not reach it
  low.farrell = low.score = 0.79;
  EXPECT_GT(judge(low).max_violation, 1e-4);
  UnitScore high = truth;  // balanced by a slack, but a unit dominates better
  high.farrell = high.score = 0.9;
  high.input_slacks[0] = 0.5;
  EXPECT_LE(judge(high).max_violation, 1e-15);
  EXPECT_GT(judge(high).gap, 0.05);
  UnitScore stranger = truth;
  stranger.peers[0].row = 3;
  EXPECT_GT(judge(stranger).max_violation, 0.1);
  UnitScore stretched = truth;
  stretched.peers[0].weight = 1.1;
  EXPECT_EQ(judge(stretched).max_violation, 1);
  stretched.peers[0].weight = 0.9;
  EXPECT_EQ(judge(stretched).max_violation, 1);
  UnitScore negative = truth;
  negative.output_slacks[0] = -2;
  EXPECT_EQ(judge(negative).max_violation, 1);
  UnitScore hopeless = truth;
  hopeless.status = UnitStatus::kInfeasible;
  EXPECT_EQ(judge(hopeless).gap, 1);
  UnitScore nobody = truth;
  nobody.peers.clear();
  EXPECT_EQ(judge(nobody).max_violation, 1);
}

TEST(FdhTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const Observations data = Five();
  const ReferenceMatrix reference(data, AllRows(data));
  const UnitScore score = SolveFdh(data, 4, reference, {}, {}, source.get_token());
  EXPECT_EQ(score.status, UnitStatus::kNotSolved);
  EXPECT_TRUE(score.peers.empty());
}

// Every status and score, in and out of the reference set, as GLPK finds them.
TEST(FdhTest, RandomProblemsAgreeWithGlpk) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  int compared = 0;
  int infeasible = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    Observations data = problem.data;
    TestRandom random(number + 31);
    FdhModel model = MakeModel(kTechnologies[number % 5], kMeasures[number / 5 % 3]);
    model.exclude_own = number / 15 % 2 == 1;
    if (data.output_count > 1 && random.Below(3) == 0) {
      --data.output_count;
      ++data.bad_count;
    }
    if (random.Below(4) == 0) model.fixed = {random.Below(data.dimension())};
    const std::vector<std::int32_t> all = AllRows(data);
    const ReferenceMatrix reference(data, all);
    const std::size_t stride = std::max<std::size_t>(1, all.size() / 10);
    for (std::size_t at = 0; at < all.size(); at += stride) {
      const std::int32_t row = all[at];
      const std::vector<double> direction = RandomDirection(data, row, random);
      const UnitScore score = SolveFdh(data, row, reference, model, direction, {});
      const std::string where = problem.description + ", unit " + std::to_string(row) + ", rts " +
                                std::to_string(static_cast<int>(model.rts)) + ", measure " +
                                std::to_string(static_cast<int>(model.measure)) + (model.exclude_own ? " super" : "");
      const std::optional<double> expected = GlpkFdh(data, row, all, model, direction);
      ++compared;
      if (score.status != UnitStatus::kOptimal) {
        ASSERT_NE(score.status, UnitStatus::kNotSolved)
            << where << " gap " << score.certificate.gap << " violation " << score.certificate.max_violation;
        ++infeasible;
        // Units that no other dominates; scores of nothing or 0.
        EXPECT_TRUE(!expected || score.status == UnitStatus::kUnbounded) << where;
        EXPECT_EQ(CertifyFdh(data, row, reference, model, direction, score).gap, 0) << where;
        UnitScore other = score;
        other.status = score.status == UnitStatus::kInfeasible ? UnitStatus::kUnbounded : UnitStatus::kInfeasible;
        EXPECT_EQ(CertifyFdh(data, row, reference, model, direction, other).gap, 1) << where;
        EXPECT_NEAR(expected.value_or(0), 0, 1e-12) << where;
        continue;
      }
      ASSERT_TRUE(expected.has_value()) << where << ": GLPK finds none, ours " << score.farrell;
      EXPECT_NEAR(score.farrell, *expected, 1e-9 * std::max(1.0, std::abs(*expected))) << where;
    }
  }
  std::cout << count << " problems, " << compared << " scores compared with GLPK, " << infeasible
            << " without a score\n";
}

}  // namespace
}  // namespace farrell::dea::testing
