#include "services/regression/service/compare_conversion.h"

#include <utility>

#include "services/regression/service/fit_conversion.h"
#include "services/regression/service/model_conversion.h"

namespace farrell::regression {

Result<CompareSpec> CompareSpecFromProto(const v1::CompareRequest& request, const std::string& prefix) {
  RequestErrors errors(prefix);
  CompareSpec spec;
  spec.fit = CommonFromProto(request, errors);
  auto formula = ParseFormula(request.formula());
  if (formula.ok()) {
    spec.fit.formula = std::move(formula).value();
  } else {
    errors.AddFormula(formula.status());
  }
  spec.by = request.by();
  if (spec.by.empty()) errors.Add("by", "name the column that defines the groups");
  spec.terms.assign(request.terms().begin(), request.terms().end());
  if (!v1::CompareRequest::Interact_IsValid(request.interact())) errors.Add("interact", "unknown way of interacting");
  if (request.interact() == v1::CompareRequest::INTERACT_X_ONLY) spec.interact = Interact::kTermsOnly;
  if (!request.adjustment().empty() && request.adjustment() != "holm" && request.adjustment() != "none") {
    errors.Add("adjustment", "'" + request.adjustment() + "' is not an adjustment; they are holm, none");
  }
  spec.holm = request.adjustment() != "none";
  FARRELL_RETURN_IF_ERROR(std::move(errors).Finish());
  return spec;
}

std::vector<std::string> ColumnsOf(const CompareSpec& spec) {
  std::vector<std::string> columns = ColumnsOf(spec.fit);
  AddColumn(columns, spec.by);
  return columns;
}

v1::CompareResult ToProto(const Panel& panel, const CompareSpec& spec, const CompareResult& result) {
  v1::CompareResult message;
  message.set_by(result.by);
  message.set_interact(result.interact == Interact::kEverything ? v1::CompareRequest::INTERACT_EVERYTHING
                                                                : v1::CompareRequest::INTERACT_X_ONLY);
  message.set_adjustment(spec.holm ? "holm" : "none");
  for (const std::string& term : result.terms) message.add_terms(term);
  for (const GroupFit& group : result.groups) {
    v1::GroupFit& added = *message.add_groups();
    added.set_group(group.group);
    *added.mutable_fit() = ToProto(panel, spec.fit, group.fit);
    for (const TermInference& inference : group.compared) Set(inference, *added.add_compared());
    for (const std::optional<double>& estimate : group.estimates) {
      added.add_estimates(estimate.value_or(0.0));
      added.add_estimated(estimate.has_value());
    }
  }
  *message.mutable_pooled() = ToProto(panel, spec.fit, result.pooled);
  for (const Difference& difference : result.differences) {
    if (!difference.estimate) continue;
    v1::Difference& added = *message.add_differences();
    added.set_term(difference.term);
    added.set_group(difference.group);
    added.set_versus(difference.versus);
    added.set_estimate(*difference.estimate);
    const TermInference& inference = difference.inference;
    if (inference.std_error) added.set_std_error(*inference.std_error);
    if (inference.statistic) added.set_statistic(*inference.statistic);
    if (inference.df) added.set_df(*inference.df);
    if (inference.p_value) added.set_p_value(*inference.p_value);
    if (difference.p_adjusted) added.set_p_adjusted(*difference.p_adjusted);
    if (inference.conf_low) added.set_conf_low(*inference.conf_low);
    if (inference.conf_high) added.set_conf_high(*inference.conf_high);
  }
  for (const JointEquality& joint : result.joints) {
    v1::JointEquality& added = *message.add_joints();
    added.set_term(joint.term);
    if (joint.cochran_q) added.set_cochran_q(*joint.cochran_q);
    if (!joint.test) continue;
    added.set_statistic(joint.test->statistic);
    added.set_df1(joint.test->df1);
    added.set_df2(joint.test->df2);
    added.set_p_value(joint.test->p_value);
  }
  for (const AlternativeEstimate& alternative : result.alternatives) {
    v1::AlternativeEstimate& added = *message.add_alternatives();
    added.set_group(alternative.group);
    added.set_term(alternative.term);
    added.set_estimate(alternative.estimate);
  }
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

}  // namespace farrell::regression
