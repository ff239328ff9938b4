// What a request for standard errors means on a fit: which variance, which presets, and whether it can be had.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"
#include "services/regression/engine/ssc.h"

namespace farrell::regression {

inline bool UsesLeverage(InferenceType type) {
  return type == InferenceType::kHc2 || type == InferenceType::kHc3 || type == InferenceType::kHc4;
}

inline bool UsesLags(InferenceType type) {
  return type == InferenceType::kDriscollKraay || type == InferenceType::kNeweyWest;
}

// What a preset corrects under this type; unset: presets have no say.
std::optional<VarianceKind> KindOf(const InferenceSpec& spec);

// What the type needs and the fit or the request lacks: INVALID_ARGUMENT INFERENCE_INVALID, see ComputeInference.
Status CheckInference(const Fitted& fitted, const InferenceSpec& spec);

// The preset of that name on this fit; fixest where there is none.
const Preset& PresetFor(const Fitted& fitted, const std::string& name);

// The presets under which a type has different results, in the order of SscPresets.
std::vector<std::string> ApplicablePresets(const Fitted& fitted, const InferenceSpec& spec);
// The same before there is a fit: whether one has effects taken out.
std::vector<std::string> ApplicablePresets(bool effects, const InferenceSpec& spec);

}  // namespace farrell::regression
