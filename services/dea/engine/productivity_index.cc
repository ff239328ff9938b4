#include "services/dea/engine/productivity_index.h"

#include <cmath>

#include "services/dea/engine/certificate.h"

namespace farrell::dea {
namespace {

using Value = std::optional<double>;

bool HasOneFrontier(ProductivityIndex index) {
  return index == ProductivityIndex::kBiennial || index == ProductivityIndex::kGlobal ||
         index == ProductivityIndex::kGlobalMalmquistLuenberger;
}

Value PositiveAndFinite(double value) { return value > 0 && std::isfinite(value) ? Value(value) : std::nullopt; }

Value Ratio(const Value& over, const Value& under) {
  return over && under ? PositiveAndFinite(*over / *under) : std::nullopt;
}

Value GeometricMean(const Value& a, const Value& b) {
  return a && b ? PositiveAndFinite(std::sqrt(*a) * std::sqrt(*b)) : std::nullopt;
}

// Four distances that make an index with two parts.
struct Four {
  const Value* at;
  const Value& operator[](int i) const { return at[i]; }
};

// Data 1 on frontier 1, 1 on 2, 2 on 1, 2 on 2.
ChangeParts TwoFrontiers(Four d) {
  ChangeParts parts;
  parts.index = GeometricMean(Ratio(d[2], d[0]), Ratio(d[3], d[1]));
  parts.efficiency_change = Ratio(d[3], d[0]);
  parts.technical_change = GeometricMean(Ratio(d[2], d[3]), Ratio(d[0], d[1]));
  return parts;
}

// Data 1 on its own frontier, 2 on its own, then 1 and 2 on the common one.
ChangeParts OneFrontier(Four d) {
  ChangeParts parts;
  parts.index = Ratio(d[3], d[2]);
  parts.efficiency_change = Ratio(d[1], d[0]);
  parts.technical_change = Ratio(Ratio(d[3], d[1]), Ratio(d[2], d[0]));
  return parts;
}

ChangeParts Differences(Four d) {
  ChangeParts parts;
  if (d[0] && d[3]) parts.efficiency_change = *d[0] - *d[3];
  if (d[0] && d[1] && d[2] && d[3]) {
    parts.index = ((*d[0] - *d[2]) + (*d[1] - *d[3])) / 2;
    parts.technical_change = ((*d[3] - *d[2]) + (*d[1] - *d[0])) / 2;
  }
  return parts;
}

}  // namespace

bool HasSecondTechnology(ProductivityIndex index, ReturnsToScale rts) {
  return index == ProductivityIndex::kFgnz || index == ProductivityIndex::kRayDesli ||
         (index == ProductivityIndex::kBiennial && rts == ReturnsToScale::kVrs);
}

std::vector<DistanceNeed> NeedsOf(ProductivityIndex index, bool second_technology) {
  using enum FrontierSpan;
  std::vector<DistanceNeed> needs;
  const auto add = [&](bool second) {
    if (HasOneFrontier(index)) {
      const FrontierSpan common = index == ProductivityIndex::kBiennial ? kBoth : kAll;
      needs.insert(needs.end(),
                   {{false, kFrom, second}, {true, kTo, second}, {false, common, second}, {true, common, second}});
      return;
    }
    const bool sequential = index == ProductivityIndex::kSequential;
    const FrontierSpan first = sequential ? kUpToFrom : kFrom;
    const FrontierSpan last = sequential ? kUpToTo : kTo;
    needs.insert(needs.end(),
                 {{false, first, second}, {false, last, second}, {true, first, second}, {true, last, second}});
  };
  add(false);
  if (index == ProductivityIndex::kFgnz) {
    needs.push_back({false, kFrom, true});
    needs.push_back({true, kTo, true});
  } else if (second_technology) {
    add(true);
  }
  return needs;
}

std::optional<double> Contribution(ProductivityIndex index, double value) {
  if (index != ProductivityIndex::kMalmquistLuenberger && index != ProductivityIndex::kGlobalMalmquistLuenberger) {
    return value;
  }
  // A distance is certified to 1e-9: below that 1 + D may as well be 0.
  return 1 + value > kCertified ? Value(1 / (1 + value)) : std::nullopt;
}

ChangeParts Combine(ProductivityIndex index, bool second_technology, const std::vector<Value>& values) {
  if (index == ProductivityIndex::kLuenberger) return Differences({values.data()});
  const auto combine = HasOneFrontier(index) ? OneFrontier : TwoFrontiers;
  ChangeParts parts = combine({values.data()});
  if (index == ProductivityIndex::kFgnz) {
    parts.pure_efficiency_change = Ratio(values[5], values[4]);
    parts.scale_efficiency_change = Ratio(parts.efficiency_change, parts.pure_efficiency_change);
  } else if (second_technology) {
    const ChangeParts second = combine({values.data() + 4});
    parts.efficiency_change = second.efficiency_change;
    parts.technical_change = second.technical_change;
    parts.scale_change = Ratio(parts.index, second.index);
  }
  return parts;
}

}  // namespace farrell::dea
