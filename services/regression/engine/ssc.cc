#include "services/regression/engine/ssc.h"

#include <algorithm>

namespace farrell::regression {
namespace {

std::int64_t EffectCount(const SscInput& input) { return static_cast<std::int64_t>(input.effects.size()); }

std::int64_t FixestK(const SscInput& input, bool full) {
  std::int64_t k = input.parameters;
  if (input.effects.empty()) return k;
  for (const EffectSize& effect : input.effects) k += effect.nested && !full ? 1 : effect.levels;
  return k - (EffectCount(input) - 1);
}

std::int64_t XtregK(const SscInput& input) {
  std::int64_t k = input.parameters + (input.has_constant ? 0 : 1);
  for (const EffectSize& effect : input.effects) k += effect.nested ? 0 : effect.levels - 1;
  return k;
}

std::int64_t ReghdfeK(const SscInput& input) {
  std::int64_t k = input.parameters;
  bool any_nested = false;
  for (std::size_t e = 0; e < input.effects.size(); ++e) {
    any_nested = any_nested || input.effects[e].nested;
    if (!input.effects[e].nested) k += input.effects[e].levels - (e > 0 ? 1 : 0);
  }
  return k + (any_nested ? 1 : 0);
}

double Ratio(std::int64_t numerator, std::int64_t denominator) {
  return denominator > 0 ? static_cast<double>(numerator) / static_cast<double>(denominator) : 0.0;
}

}  // namespace

const std::vector<std::string>& SscPresets() {
  static const std::vector<std::string> presets = {
      "fixest",  "xtreg_fe",    "reghdfe",     "areg",     "stata_regress", "plm_hc0",     "plm_sss",
      "plm_hc1", "fixest_full", "fixest_none", "sandwich", "none",          "clubsandwich"};
  return presets;
}

bool IsSscPreset(std::string_view name) {
  const auto& presets = SscPresets();
  return std::find(presets.begin(), presets.end(), name) != presets.end();
}

Ssc ClusterSsc(std::string_view preset, const SscInput& input) {
  const std::int64_t n = input.observations;
  if (preset == "plm_hc0" || preset == "none" || preset == "clubsandwich") return {1.0, 0};
  if (preset == "plm_hc1") return {Ratio(n, n - input.parameters), input.parameters};
  std::int64_t k = FixestK(input, false);
  if (preset == "fixest_full") k = FixestK(input, true);
  if (preset == "fixest_none" || preset == "plm_sss") k = input.parameters;
  if (preset == "xtreg_fe") k = XtregK(input);
  if (preset == "reghdfe") k = ReghdfeK(input);
  if (preset == "areg" || preset == "sandwich") k = n - input.residual_df;
  if (preset == "stata_regress") k = input.parameters + (input.has_constant ? 0 : 1);
  return {Ratio(input.clusters, input.clusters - 1) * Ratio(n - 1, n - k), k};
}

Ssc HeteroskedasticSsc(std::string_view preset, const SscInput& input) {
  const std::int64_t n = input.observations;
  if (preset == "plm_hc0" || preset == "none" || preset == "clubsandwich") return {1.0, 0};
  const bool slopes_only = preset == "plm_hc1" || preset == "plm_sss" || preset == "fixest_none";
  const std::int64_t k = slopes_only ? input.parameters : n - input.residual_df;
  return {Ratio(n, n - k), k};
}

}  // namespace farrell::regression
