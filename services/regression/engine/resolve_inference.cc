#include "services/regression/engine/resolve_inference.h"

#include <set>
#include <string>

#include "services/regression/engine/ssc.h"

namespace farrell::regression {
namespace {

// Clusters exist by unit only where units have several rows.
bool UnitsRepeat(const Panel& panel) {
  if (panel.unit_key.empty()) return false;
  return std::set<std::string>(panel.units.begin(), panel.units.end()).size() < panel.size();
}

// The unit key, else the first effect when it is a plain column; empty: there are no clusters.
std::string DefaultCluster(const Panel& panel, const Formula& formula) {
  if (UnitsRepeat(panel)) return panel.unit_key;
  if (!formula.effects.empty() && formula.effects[0].columns.size() == 1) {
    return std::string(WithoutBackQuotes(formula.effects[0].columns[0]));
  }
  return "";
}

InferenceType DefaultType(Estimator kind, bool clustered) {
  if (IsLeastSquares(kind)) return clustered ? InferenceType::kCr3 : InferenceType::kHc3;
  return clustered ? InferenceType::kCr1 : InferenceType::kHc1;
}

}  // namespace

Estimator DefaultEstimator(const Formula& formula) {
  if (!formula.instruments.empty()) return Estimator::kTwoStageLeastSquares;
  return formula.effects.empty() ? Estimator::kOls : Estimator::kWithin;
}

Result<std::vector<InferenceSpec>> ResolveInferences(const Panel& panel, const Formula& formula, Estimator kind,
                                                     const std::vector<InferenceSpec>& asked,
                                                     std::vector<Warning>& warnings) {
  std::vector<InferenceSpec> resolved = asked;
  if (resolved.empty()) resolved.emplace_back();
  Violations violations;
  for (std::size_t k = 0; k < resolved.size(); ++k) {
    InferenceSpec& inference = resolved[k];
    const std::string field = "inferences[" + std::to_string(k) + "]";
    if (inference.ssc.empty()) inference.ssc = kDefaultSsc;
    if (!IsSscPreset(inference.ssc) && inference.ssc != kAllPresets)
      violations.Add(field + ".ssc", "'" + inference.ssc + "' is not a preset");
    if (inference.ssc == "clubsandwich" && inference.type != InferenceType::kCr3 &&
        inference.type != InferenceType::kDefault) {
      violations.Add(field + ".ssc", "clubsandwich is for cr3 only");
    }
    if (inference.type == InferenceType::kDefault) {
      if (inference.cluster.empty() && kind != Estimator::kBetween) inference.cluster = DefaultCluster(panel, formula);
      inference.type = DefaultType(kind, !inference.cluster.empty());
      warnings.push_back(
          {"DEFAULT_INFERENCE", "No standard errors were asked for; they are " + InferenceLabel(inference) + "."});
    } else if (IsClustered(inference.type) && inference.cluster.empty()) {
      inference.cluster = DefaultCluster(panel, formula);
      if (inference.cluster.empty()) {
        violations.Add(field + ".cluster",
                       "name the cluster column, e.g. cr3:province; the table has no unit to cluster by");
      }
    } else if (!IsClustered(inference.type) && !inference.cluster.empty()) {
      violations.Add(field + ".cluster", InferenceLabel(inference) + " takes no cluster");
    }
    if (UsesDraws(inference.type)) {
      if (inference.draws == 0) inference.draws = 9999;
      if (inference.draws < 99 || inference.draws > 999999)
        violations.Add(field + ".draws", "must lie in [99, 999999]");
    }
  }
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish("INFERENCE_INVALID", "the standard errors asked for are not valid"));
  return resolved;
}

}  // namespace farrell::regression
