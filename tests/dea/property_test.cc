// What must hold for every model alike: invariance, monotonicity, nesting, and proofs that tell true from false.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <numeric>
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

constexpr int kModels = 8;
constexpr int kLargest = 40;

// 2,000 problems in the long run.
std::uint64_t ProblemCount() { return farrell::testing::LongRun() ? 2000 : 100; }

// Calls `check(problem, model, where)` for a few models of every problem and says how many there were.
template <typename Check>
void ForEachVariant(const Check& check) {
  std::map<std::string, int> seen;
  int count = 0;
  for (std::uint64_t number = 0; number < ProblemCount(); ++number) {
    const VariantProblem problem = MakeVariantProblem(number, kLargest, kModels);
    for (const Model& model : problem.models) {
      ++seen[NameOf(model)];
      ++count;
      check(problem, model, problem.description + ", " + NameOf(model));
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
  std::cout << count << " scorings, " << seen.size() << " different models\n";
}

// Relative to the size of the numbers, absolute below 1.
void ExpectSame(const UnitScore& one, const UnitScore& other, const std::string& where) {
  ASSERT_EQ(one.status, other.status) << where;
  if (one.status != UnitStatus::kOptimal) return;
  const double size = std::max({1.0, std::abs(one.score), std::abs(other.score)});
  EXPECT_NEAR(one.score, other.score, 1e-9 * size) << where;
}

std::string AtUnit(const std::string& where, std::int32_t row) { return where + ", unit " + std::to_string(row); }

// Every column, with its direction, times a power of ten from 1e-6 to 1e9.
TEST(PropertyTest, UnitsOfMeasurementDoNotMatter) {
  ForEachVariant([](const VariantProblem& problem, const Model& model, const std::string& where) {
    // A sum of slacks in different units, and bounds on prices per unit.
    if (model.kind == ModelKind::kAdditive || !model.weight_restrictions.empty()) return;
    TestRandom random(problem.data.size());
    Observations scaled = problem.data;
    const std::size_t d = static_cast<std::size_t>(scaled.dimension());
    for (std::size_t i = 0; i < d; ++i) {
      double factor = 1e-6;
      for (int step = random.Below(16); step > 0; --step) factor *= 10;
      for (std::size_t row = 0; row < scaled.size(); ++row) {
        scaled.cells[row * d + i] *= factor;
        scaled.directions[row * d + i] *= factor;
      }
    }
    Scoring before(model, problem.data, RowsOf(problem.data));
    Scoring after(model, scaled, RowsOf(scaled));
    for (const std::int32_t row : RowsOf(scaled)) ExpectSame(before.Score(row), after.Score(row), AtUnit(where, row));
  });
}

TEST(PropertyTest, OrderOfUnitsDoesNotMatter) {
  ForEachVariant([](const VariantProblem& problem, const Model& model, const std::string& where) {
    const Observations& data = problem.data;
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    TestRandom random(data.size() + 5);
    std::vector<std::int32_t> order = RowsOf(data);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(random.Below(static_cast<int>(i)))]);
    Observations permuted = data;
    for (std::size_t at = 0; at < order.size(); ++at) {
      std::copy_n(data.row(static_cast<std::size_t>(order[at])), d,
                  permuted.cells.begin() + static_cast<std::ptrdiff_t>(at * d));
    }
    Scoring before(model, data, RowsOf(data));
    Scoring after(model, permuted, RowsOf(permuted));
    for (std::size_t at = 0; at < order.size(); ++at) {
      const UnitScore one = before.Score(order[at]);
      const UnitScore other = after.Score(static_cast<std::int32_t>(at));
      ExpectSame(one, other, AtUnit(where, order[at]));
      if (one.status != UnitStatus::kOptimal || !one.peers_unique || !other.peers_unique) continue;
      std::map<std::int32_t, double> weights;
      for (const Peer& peer : one.peers) weights[peer.row] += peer.weight;
      for (const Peer& peer : other.peers) weights[order[static_cast<std::size_t>(peer.row)]] -= peer.weight;
      for (const auto& [row, difference] : weights) EXPECT_NEAR(difference, 0, 1e-7) << AtUnit(where, order[at]);
    }
  });
}

// A constant added to columns: all of them where the model takes data of any sign, the side that is not scored in
// oriented models under variable returns (Ali & Seiford 1990).
TEST(PropertyTest, TranslationDoesNotMatterWhereTheoryGrantsIt) {
  ForEachVariant([](const VariantProblem& problem, const Model& model, const std::string& where) {
    const bool oriented = model.rts == ReturnsToScale::kVrs && model.disposability == Disposability::kStrong &&
                          (model.kind == ModelKind::kRadial || model.kind == ModelKind::kSbm) &&
                          model.orientation != Orientation::kNone && model.non_discretionary.empty() &&
                          model.weight_restrictions.empty();
    const bool any_sign = AllowsNegativeData(model);
    if (!oriented && !any_sign) return;
    const Observations& data = problem.data;
    Observations moved = data;
    TestRandom random(data.size() + 11);
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    for (std::size_t i = 0; i < d; ++i) {
      const int measure = static_cast<int>(i);
      // Bad outputs count with the outputs in SBM, with the inputs elsewhere.
      const bool left = data.is_input(measure) || (model.kind == ModelKind::kRadial && !data.is_output(measure));
      if (!any_sign && left == (model.orientation == Orientation::kInput)) continue;
      double largest = 0;
      for (std::size_t row = 0; row < data.size(); ++row) largest = std::max(largest, data.row(row)[i]);
      const double shift = largest * (any_sign ? 3 * random.Uniform() - 2 : 2 * random.Uniform());
      for (std::size_t row = 0; row < data.size(); ++row) moved.cells[row * d + i] += shift;
    }
    Scoring before(model, data, RowsOf(data));
    Scoring after(model, moved, RowsOf(moved));
    for (const std::int32_t row : RowsOf(data)) {
      const UnitScore one = before.Score(row);
      const UnitScore other = after.Score(row);
      if (one.measure == Measure::kSlackSum && one.status == UnitStatus::kOptimal) {
        ASSERT_EQ(other.status, UnitStatus::kOptimal) << AtUnit(where, row);
        double size = 0;
        for (std::size_t i = 0; i < d; ++i)
          size += std::abs(data.row(static_cast<std::size_t>(row))[i]) +
                  std::abs(moved.row(static_cast<std::size_t>(row))[i]);
        EXPECT_NEAR(one.score, other.score, 1e-9 * (size + one.score)) << AtUnit(where, row);
      } else {
        ExpectSame(one, other, AtUnit(where, row));
      }
    }
  });
}

// A unit that uses more of one input, or makes less of one output, never does better against the same others.
TEST(PropertyTest, WasteNeverRaisesAScore) {
  ForEachVariant([](const VariantProblem& problem, const Model& model, const std::string& where) {
    if (model.non_discretionary_rule == NonDiscretionaryRule::kNcn && !model.non_discretionary.empty()) return;
    const Observations& data = problem.data;
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    TestRandom random(data.size() + 17);
    for (const std::int32_t row : RowsOf(data)) {
      Observations wasteful = data;
      const double* own = data.row(static_cast<std::size_t>(row));
      const std::size_t changed = static_cast<std::size_t>(random.Below(data.input_count + data.output_count));
      for (std::size_t i = 0; i < d; ++i) {
        double cell = own[i];
        if (i == changed) cell *= data.is_input(static_cast<int>(i)) ? 1 + random.Uniform() : random.Uniform();
        wasteful.cells.push_back(cell);
      }
      wasteful.directions.insert(wasteful.directions.end(), data.directions.begin(),
                                 data.directions.begin() + static_cast<std::ptrdiff_t>(d));
      wasteful.roles.push_back(RowRole::kScored);
      std::vector<std::int32_t> members = RowsOf(data);
      if (model.super) members.erase(std::find(members.begin(), members.end(), row));
      Scoring scoring(model, wasteful, members);
      const UnitScore lean = scoring.Score(row);
      if (lean.status != UnitStatus::kOptimal) continue;
      const UnitScore worse = scoring.Score(static_cast<std::int32_t>(data.size()));
      const std::string unit = AtUnit(where, row) + ", measure " + std::to_string(changed);
      // A peer without any of the inputs that are scored: theta = 0, which is no score.
      if (worse.status == UnitStatus::kUnbounded && lean.measure == Measure::kTheta) continue;
      ASSERT_EQ(worse.status, UnitStatus::kOptimal) << unit;
      const double gain = LargerIsBetter(lean.measure) ? worse.score - lean.score : lean.score - worse.score;
      EXPECT_LE(gain, 1e-9 * std::max(1.0, std::abs(lean.score)))
          << unit << ": " << lean.score << " to " << worse.score;
    }
  });
}

// The more returns to scale a technology allows, the worse a unit looks: CRS <= NIRS, NDRS, GRS <= VRS.
TEST(PropertyTest, TechnologiesAreNested) {
  ForEachVariant([](const VariantProblem& problem, const Model& model, const std::string& where) {
    if (model.rts == ReturnsToScale::kVrs) return;
    std::vector<Model> smaller;
    Model vrs = model;
    vrs.rts = ReturnsToScale::kVrs;
    smaller.push_back(vrs);
    if (model.rts == ReturnsToScale::kCrs) {
      for (const ReturnsToScale rts : {ReturnsToScale::kNirs, ReturnsToScale::kNdrs, ReturnsToScale::kGrs}) {
        smaller.push_back(model);
        smaller.back().rts = rts;
        if (rts != ReturnsToScale::kGrs) continue;
        smaller.back().weight_sum_low = 0.5;
        smaller.back().weight_sum_high = 1.5;
      }
    }
    Scoring large(model, problem.data, RowsOf(problem.data));
    for (const Model& other : smaller) {
      Violations violations;
      CheckModel(other, "", violations);
      if (!violations.empty()) continue;
      Scoring small(other, problem.data, RowsOf(problem.data));
      for (const std::int32_t row : RowsOf(problem.data)) {
        const UnitScore in_small = small.Score(row);
        if (in_small.status != UnitStatus::kOptimal) continue;
        const UnitScore in_large = large.Score(row);
        const std::string unit = AtUnit(where, row) + " beside " + Name(other.rts);
        if (in_large.status == UnitStatus::kUnbounded) continue;
        ASSERT_EQ(in_large.status, UnitStatus::kOptimal) << unit;
        const double gain =
            LargerIsBetter(in_large.measure) ? in_large.score - in_small.score : in_small.score - in_large.score;
        EXPECT_LE(gain, 1e-9 * std::max(1.0, std::abs(in_small.score)))
            << unit << ": " << in_large.score << " beside " << in_small.score;
      }
    }
  });
}

// Every answer is proved from the data, and no answer with another score or another peer is.
TEST(PropertyTest, ProofsHoldForTheAnswerAlone) {
  ForEachVariant([](const VariantProblem& problem, const Model& model, const std::string& where) {
    Scoring scoring(model, problem.data, RowsOf(problem.data));
    for (const std::int32_t row : RowsOf(problem.data)) {
      const UnitScore score = scoring.Score(row);
      ASSERT_NE(score.status, UnitStatus::kNotSolved)
          << AtUnit(where, row) << " gap " << score.certificate.gap << " violation " << score.certificate.max_violation;
      EXPECT_TRUE(scoring.Holds(row, score)) << AtUnit(where, row);
      if (score.status != UnitStatus::kOptimal) continue;
      UnitScore boast = score;
      boast.score = score.score + 0.01 * (1 + std::abs(score.score));
      boast.farrell = score.farrell + 0.01 * (1 + std::abs(score.farrell));
      EXPECT_FALSE(scoring.Holds(row, boast)) << AtUnit(where, row);
      UnitScore other_peer = score;
      if (other_peer.peers.empty()) continue;
      other_peer.peers[0].weight *= 1.01;
      EXPECT_FALSE(scoring.Holds(row, other_peer)) << AtUnit(where, row);
    }
  });
}

}  // namespace
}  // namespace farrell::dea::testing
