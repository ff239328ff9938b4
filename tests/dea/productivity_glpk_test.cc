// Every distance behind an index agrees with GLPK on a reference set that the test collects by itself, every infeasible
// one is infeasible there too, and every change follows from GLPK's distances by the published formula.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/productivity.h"
#include "tests/dea/glpk_radial.h"
#include "tests/dea/problems.h"
#include "tests/dea/productivity_panels.h"

namespace farrell::dea::testing {
namespace {

// Scores of one panel by GLPK, exact where floating point finds nothing.
class Witness {
 public:
  Witness(const TestPanel& panel, Orientation orientation) : data_(panel.data), orientation_(orientation) {}

  // Of the row of `unit` in period `time` among rows whose period is in `periods`.
  std::optional<double> operator()(std::int32_t row, const std::vector<std::int64_t>& periods, ReturnsToScale rts) {
    const auto key = std::make_tuple(row, periods, rts);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    std::vector<std::int32_t> members;
    for (std::size_t other = 0; other < data_.size(); ++other) {
      if (std::find(periods.begin(), periods.end(), data_.times[other]) != periods.end()) {
        members.push_back(static_cast<std::int32_t>(other));
      }
    }
    GlpkRadial glpk(data_, members, rts, orientation_);
    std::optional<double> score = glpk.Solve(row);
    if (!score) score = glpk.SolveExactly(row);
    if (score && orientation_ == Orientation::kOutput) score = 1 / *score;
    return known_[key] = score;
  }

 private:
  const Observations& data_;
  Orientation orientation_;
  std::map<std::tuple<std::int32_t, std::vector<std::int64_t>, ReturnsToScale>, std::optional<double>> known_;
};

double Difference(double a, double b) { return std::abs(a - b) / std::max(std::abs(a), std::abs(b)); }

using Value = std::optional<double>;

Value Product(const std::vector<Value>& over, const std::vector<Value>& under) {
  double value = 1;
  for (const Value& factor : over) {
    if (!factor) return std::nullopt;
    value *= *factor;
  }
  for (const Value& factor : under) {
    if (!factor) return std::nullopt;
    value /= *factor;
  }
  return value;
}

Value Root(const Value& value) { return value ? Value(std::sqrt(*value)) : std::nullopt; }

// The change by the formulas of the sources, from distances d(row, periods, technology).
ChangeParts Expected(const ProductivityChange& change, const ProductivityRequest& request, Witness& d,
                     const std::vector<std::int64_t>& periods) {
  const std::vector<std::int64_t> first{change.from};
  const std::vector<std::int64_t> second{change.to};
  std::vector<std::int64_t> up_to_first;
  std::vector<std::int64_t> up_to_second;
  for (const std::int64_t period : periods) {
    if (period <= change.from) up_to_first.push_back(period);
    if (period <= change.to) up_to_second.push_back(period);
  }
  const auto adjacent = [&](const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b,
                            ReturnsToScale rts) {
    const Value d11 = d(change.from_row, a, rts);
    const Value d12 = d(change.from_row, b, rts);
    const Value d21 = d(change.to_row, a, rts);
    const Value d22 = d(change.to_row, b, rts);
    ChangeParts parts;
    parts.index = Root(Product({d21, d22}, {d11, d12}));
    parts.efficiency_change = Product({d22}, {d11});
    parts.technical_change = Root(Product({d21, d11}, {d22, d12}));
    return parts;
  };
  const auto common = [&](const std::vector<std::int64_t>& all, ReturnsToScale rts) {
    const Value own_first = d(change.from_row, first, rts);
    const Value own_second = d(change.to_row, second, rts);
    const Value common_first = d(change.from_row, all, rts);
    const Value common_second = d(change.to_row, all, rts);
    ChangeParts parts;
    parts.index = Product({common_second}, {common_first});
    parts.efficiency_change = Product({own_second}, {own_first});
    parts.technical_change = Product({common_second, own_first}, {own_second, common_first});
    return parts;
  };
  const ReturnsToScale rts = request.model.rts;
  switch (request.index) {
    case ProductivityIndex::kSequential: return adjacent(up_to_first, up_to_second, rts);
    case ProductivityIndex::kGlobal: return common(periods, rts);
    case ProductivityIndex::kFgnz: {
      ChangeParts parts = adjacent(first, second, ReturnsToScale::kCrs);
      parts.pure_efficiency_change = adjacent(first, second, ReturnsToScale::kVrs).efficiency_change;
      parts.scale_efficiency_change = Product({parts.efficiency_change}, {parts.pure_efficiency_change});
      return parts;
    }
    case ProductivityIndex::kRayDesli:
    case ProductivityIndex::kBiennial: {
      const bool biennial = request.index == ProductivityIndex::kBiennial;
      const auto parts_under = [&](ReturnsToScale technology) {
        return biennial ? common({change.from, change.to}, technology) : adjacent(first, second, technology);
      };
      ChangeParts parts = parts_under(ReturnsToScale::kCrs);
      if (biennial && rts == ReturnsToScale::kCrs) return parts;
      const ChangeParts vrs = parts_under(ReturnsToScale::kVrs);
      parts.efficiency_change = vrs.efficiency_change;
      parts.technical_change = vrs.technical_change;
      parts.scale_change = Product({parts.index}, {vrs.efficiency_change, vrs.technical_change});
      return parts;
    }
    default: return adjacent(first, second, rts);
  }
}

struct Tally {
  int panels = 0;
  int changes = 0;
  int incomplete = 0;
};

void Compare(const TestPanel& panel, const ProductivityRequest& request, Tally& tally) {
  Witness witness(panel, request.model.orientation);
  std::vector<std::int64_t> periods = panel.data.times;
  std::sort(periods.begin(), periods.end());
  periods.erase(std::unique(periods.begin(), periods.end()), periods.end());
  ++tally.panels;
  for (const ProductivityChange& change : Measure(panel, request)) {
    const std::string where = panel.description + ", " + Name(request.index) + " " + Name(request.model.rts) + " " +
                              Name(request.model.orientation) + ", row " + std::to_string(change.to_row);
    ++tally.changes;
    const ChangeParts expected = Expected(change, request, witness, periods);
    bool complete = true;
    for (const auto part :
         {&ChangeParts::index, &ChangeParts::efficiency_change, &ChangeParts::technical_change,
          &ChangeParts::pure_efficiency_change, &ChangeParts::scale_efficiency_change, &ChangeParts::scale_change}) {
      ASSERT_EQ((change.parts.*part).has_value(), (expected.*part).has_value()) << where;
      if (!(expected.*part)) continue;
      EXPECT_LE(Difference(*(change.parts.*part), *(expected.*part)), 1e-9) << where;
    }
    for (const Distance& distance : change.distances) {
      complete = complete && distance.status == UnitStatus::kOptimal;
      ASSERT_TRUE(distance.status == UnitStatus::kOptimal || distance.status == UnitStatus::kInfeasible) << where;
    }
    EXPECT_EQ(change.status, complete ? UnitStatus::kOptimal : UnitStatus::kInfeasible) << where;
    tally.incomplete += complete ? 0 : 1;
  }
}

TEST(ProductivityGlpkTest, EveryIndexFollowsFromGlpkDistances) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  for (const ProductivityIndex index :
       {ProductivityIndex::kMalmquist, ProductivityIndex::kFgnz, ProductivityIndex::kRayDesli,
        ProductivityIndex::kSequential, ProductivityIndex::kBiennial, ProductivityIndex::kGlobal}) {
    Tally tally;
    for (std::uint64_t number = 0; number < count; ++number) {
      const TestPanel panel = MakeRandomPanel(number, 0, false);
      const bool both = index == ProductivityIndex::kFgnz || index == ProductivityIndex::kRayDesli;
      const ReturnsToScale rts = both || number % 2 == 0 ? ReturnsToScale::kCrs : ReturnsToScale::kVrs;
      const Orientation orientation = number / 2 % 2 == 0 ? Orientation::kInput : Orientation::kOutput;
      Compare(panel, MakeRequest(panel, index, rts, orientation), tally);
      if (HasFatalFailure()) return;
    }
    std::cout << Name(index) << ": " << tally.panels << " panels, " << tally.changes << " changes, " << tally.incomplete
              << " with an infeasible distance\n";
    const bool never = index == ProductivityIndex::kFgnz || index == ProductivityIndex::kBiennial ||
                       index == ProductivityIndex::kGlobal;
    EXPECT_EQ(tally.incomplete > 0, !never);
  }
}

}  // namespace
}  // namespace farrell::dea::testing
