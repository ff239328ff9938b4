#include "services/regression/engine/ssc.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace farrell::regression {
namespace {

using Count = ParameterCount;

constexpr SmallSample kPlain{};
constexpr SmallSample kHc1Full{Count::kExact, RowFactor::kAll, GroupFactor::kNone};
constexpr SmallSample kHc1Columns{Count::kColumns, RowFactor::kAll, GroupFactor::kNone};
constexpr SmallSample kHc1Levels{Count::kAllLevels, RowFactor::kAll, GroupFactor::kNone};

constexpr SmallSample Clusters(Count count, GroupFactor groups = GroupFactor::kSmallest) {
  return {count, RowFactor::kLessOne, groups};
}

const std::vector<Preset>& Presets() {
  constexpr auto kLess = RowFactor::kLessOne;
  constexpr auto kSmallest = GroupFactor::kSmallest;
  constexpr SmallSample kSerial{Count::kAllLevels, kLess, kSmallest};
  constexpr SmallSample kLinear{Count::kExactUnlessNestedAlone, RowFactor::kAll, GroupFactor::kNone};
  constexpr SmallSample kDebiased{Count::kExactUnlessNestedAlone, kLess, GroupFactor::kEach};
  static const std::vector<Preset> presets = {
      {.name = "fixest",
       .heteroskedastic = kHc1Levels,
       .cluster = Clusters(Count::kNonnestedLevels),
       .driscoll_kraay = kSerial,
       .newey_west = kSerial,
       .multiway = true,
       .repair = Repair::kNegativeVariance},
      {.name = "xtreg_fe", .cluster = Clusters(Count::kNonnestedDummies)},
      {.name = "xtreg_re", .cluster = Clusters(Count::kColumnsAndConstant), .reference = ReferenceDf::kNormal},
      {.name = "reghdfe",
       .heteroskedastic = kHc1Full,
       .cluster = Clusters(Count::kNonnestedLessLater),
       .driscoll_kraay = SmallSample{Count::kExact, kLess, kSmallest},
       .multiway = true,
       .reference = ReferenceDf::kSmaller,
       .repair = Repair::kNegativeEigenvalue,
       .lag = LagRule::kTwoNinths},
      {.name = "areg", .heteroskedastic = kHc1Full, .cluster = Clusters(Count::kExact)},
      {.name = "stata_regress",
       .heteroskedastic = kHc1Full,
       .cluster = Clusters(Count::kColumnsAndConstant),
       .newey_west = kHc1Full},
      {.name = "xtscc",
       .driscoll_kraay = SmallSample{Count::kColumnsAndConstant, kLess, kSmallest},
       .lag = LagRule::kTwoNinths},
      {.name = "xtscc_ase", .driscoll_kraay = kPlain, .lag = LagRule::kTwoNinths},
      {.name = "ivreg2_large",
       .heteroskedastic = kPlain,
       .cluster = kPlain,
       .multiway = true,
       .reference = ReferenceDf::kNormal},
      {.name = "plm_hc0",
       .heteroskedastic = kPlain,
       .cluster = kPlain,
       .driscoll_kraay = kPlain,
       .newey_west = kPlain,
       .multiway = true,
       .reference = ReferenceDf::kResidual,
       .within_leverage = true},
      {.name = "plm_hc1",
       .heteroskedastic = kHc1Columns,
       .cluster = kHc1Columns,
       .driscoll_kraay = kHc1Columns,
       .newey_west = kHc1Columns,
       .multiway = true,
       .reference = ReferenceDf::kResidual,
       .within_leverage = true},
      // Where plm sums over rows instead of clusters it takes every row for a group: N/(N-1) * (N-1)/(N-K).
      {.name = "plm_sss",
       .heteroskedastic = kHc1Columns,
       .cluster = Clusters(Count::kColumns, GroupFactor::kEach),
       .driscoll_kraay = Clusters(Count::kColumns),
       .newey_west = kHc1Columns,
       .multiway = true,
       .reference = ReferenceDf::kResidual,
       .within_leverage = true},
      {.name = "linearmodels",
       .heteroskedastic = kHc1Full,
       .cluster = kLinear,
       .driscoll_kraay = kLinear,
       .multiway = true,
       .reference = ReferenceDf::kResidual,
       .lag = LagRule::kTwoNinths},
      {.name = "linearmodels_group_debias",
       .cluster = kDebiased,
       .multiway = true,
       .reference = ReferenceDf::kResidual},
      {.name = "lfe",
       .heteroskedastic = kHc1Full,
       .cluster = Clusters(Count::kExactUnlessNested, GroupFactor::kEach),
       .multiway = true,
       .reference = ReferenceDf::kSmallerWhenNested,
       .repair = Repair::kNegativeEigenvalue},
      {.name = "sandwich",
       .heteroskedastic = kHc1Full,
       .cluster = Clusters(Count::kExact, GroupFactor::kEach),
       .multiway = true,
       .reference = ReferenceDf::kResidual},
      {.name = "sandwich_multi0",
       .cluster = Clusters(Count::kExact, GroupFactor::kEachButIntersection),
       .multiway = true,
       .reference = ReferenceDf::kResidual},
      {.name = "fixest_full",
       .heteroskedastic = kHc1Levels,
       .cluster = Clusters(Count::kAllLevels),
       .multiway = true,
       .repair = Repair::kNegativeVariance},
      {.name = "fixest_none",
       .heteroskedastic = kHc1Columns,
       .cluster = Clusters(Count::kColumns),
       .multiway = true,
       .repair = Repair::kNegativeVariance},
      {.name = "fixest_legacy",
       .heteroskedastic = kHc1Levels,
       .cluster = Clusters(Count::kNonnestedLevels),
       .driscoll_kraay = kSerial,
       .newey_west = kSerial,
       .multiway = true,
       .repair = Repair::kNegativeVariance},
      {.name = "none",
       .heteroskedastic = kPlain,
       .cluster = kPlain,
       .driscoll_kraay = kPlain,
       .newey_west = kPlain,
       .multiway = true},
      {.name = "clubsandwich"},
  };
  return presets;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kShortNames = {{{"plm", "plm_hc0"},
                                                                                       {"xtreg", "xtreg_fe"},
                                                                                       {"regress", "stata_regress"},
                                                                                       {"newey", "stata_regress"},
                                                                                       {"lsdv", "areg"},
                                                                                       {"sandwich_cl", "sandwich"}}};

bool AnyNested(const SscInput& input) {
  return std::any_of(input.effects.begin(), input.effects.end(), [](const EffectSize& e) { return e.nested; });
}

// Levels of effects that are not nested, every effect with dummies after the first `whole` ones less one.
std::int64_t NonnestedLevels(const SscInput& input, std::size_t whole) {
  std::int64_t k = 0;
  for (std::size_t e = 0; e < input.effects.size(); ++e) {
    const EffectSize& effect = input.effects[e];
    if (!effect.nested) k += effect.levels - (e >= whole && effect.dummies ? 1 : 0);
  }
  return k;
}

// Columns and levels, nested effects counted as one where `nested_as_one`, less the constants they share.
std::int64_t FixestCount(const SscInput& input, bool nested_as_one) {
  std::int64_t k = input.parameters;
  std::int64_t constants = 0;
  for (const EffectSize& effect : input.effects) {
    k += effect.nested && nested_as_one ? 1 : effect.levels;
    constants += effect.dummies ? 1 : 0;
  }
  return k - std::max<std::int64_t>(constants - 1, 0);
}

std::int64_t CountParameters(ParameterCount count, const SscInput& input) {
  const std::int64_t constant = input.has_constant ? 0 : 1;
  const std::int64_t exact = input.observations - input.residual_df;
  switch (count) {
    case Count::kNone: return 0;
    case Count::kColumns: return input.parameters;
    case Count::kColumnsAndConstant: return input.parameters + constant;
    case Count::kNonnestedLevels: return FixestCount(input, true);
    case Count::kNonnestedLessLater: return input.parameters + NonnestedLevels(input, 1) + (AnyNested(input) ? 1 : 0);
    case Count::kNonnestedDummies: return input.parameters + constant + NonnestedLevels(input, 0);
    case Count::kAllLevels: return FixestCount(input, false);
    case Count::kExact: return exact;
    case Count::kExactUnlessNestedAlone:
      return input.effects.size() == 1 && input.effects[0].nested ? input.parameters : exact;
    case Count::kExactUnlessNested: return AnyNested(input) ? input.parameters + constant : exact;
  }
  return exact;
}

double Ratio(std::int64_t numerator, std::int64_t denominator) {
  return denominator > 0 ? static_cast<double>(numerator) / static_cast<double>(denominator) : 0.0;
}

}  // namespace

std::optional<SmallSample> Preset::For(VarianceKind kind) const {
  switch (kind) {
    case VarianceKind::kHeteroskedastic: return heteroskedastic;
    case VarianceKind::kCluster:
      // One way has no intersection: the preset is the one without.
      return cluster && cluster->groups == GroupFactor::kEachButIntersection ? std::nullopt : cluster;
    case VarianceKind::kMultiway: return multiway ? cluster : std::nullopt;
    case VarianceKind::kDriscollKraay: return driscoll_kraay;
    case VarianceKind::kNeweyWest: return newey_west;
  }
  return std::nullopt;
}

const std::vector<std::string>& SscPresets() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Preset& preset : Presets()) list.emplace_back(preset.name);
    return list;
  }();
  return names;
}

const Preset* FindPreset(std::string_view name, bool random_effects) {
  for (const auto& [shortened, full] : kShortNames) {
    if (name == shortened) {
      name = random_effects && name == "xtreg" ? "xtreg_re" : full;
      break;
    }
  }
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

bool IsSscPreset(std::string_view name) { return FindPreset(name) != nullptr; }

Ssc ComputeSsc(const SmallSample& choices, const SscInput& input, bool several_ways) {
  const std::int64_t n = input.observations;
  Ssc ssc;
  ssc.k = CountParameters(choices.count, input);
  if (choices.rows == RowFactor::kLessOne) ssc.value = Ratio(n - 1, n - ssc.k);
  if (choices.rows == RowFactor::kAll) ssc.value = Ratio(n, n - ssc.k);
  const bool by_term = several_ways && choices.groups != GroupFactor::kSmallest;
  if (choices.groups != GroupFactor::kNone && !by_term) ssc.value *= Ratio(input.clusters, input.clusters - 1);
  return ssc;
}

double ComputeDf(ReferenceDf reference, const SscInput& input) {
  const auto residual = static_cast<double>(input.residual_df);
  const auto groups = static_cast<double>(input.clusters - 1);
  if (reference == ReferenceDf::kNormal) return std::numeric_limits<double>::infinity();
  if (input.clusters == 0 || reference == ReferenceDf::kResidual) return residual;
  if (reference == ReferenceDf::kGroups) return groups;
  if (reference == ReferenceDf::kSmallerWhenNested && !AnyNested(input)) return residual;
  // Without degrees of freedom the sandwich stands, as does its count of clusters.
  return input.residual_df > 0 ? std::min(residual, groups) : groups;
}

int DefaultLag(LagRule rule, std::int64_t periods) {
  // In whole numbers, so that no root is rounded across its integer: l^4 <= T, and (l/4)^9 <= (T/100)^2.
  const auto t = static_cast<long double>(periods);
  const auto fits = [&](int lag) {
    const auto l = static_cast<long double>(lag);
    if (rule == LagRule::kFourthRoot) return l * l * l * l <= t;
    const long double cube = l * l * l;
    return cube * cube * cube * 10000.0L <= 262144.0L * t * t;
  };
  int lag = 0;
  while (fits(lag + 1)) ++lag;
  return lag;
}

}  // namespace farrell::regression
