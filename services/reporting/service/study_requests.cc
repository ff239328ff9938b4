#include "services/reporting/service/study_requests.h"

#include "common/notation/dea_notation.h"
#include "common/notation/regression_notation.h"
#include "services/reporting/service/expression_names.h"

namespace farrell::reporting {
namespace {

constexpr const char* kReason = "STUDY_INVALID";

// Stores the parsed value, or the parser's message under the field's name.
template <typename T, typename Sink>
void Take(const std::string& field, Result<T> parsed, Violations& violations, const Sink& sink) {
  if (parsed.ok()) {
    sink(std::move(parsed).value());
  } else {
    violations.Add(field, parsed.status().message());
  }
}

template <typename Entry, typename Request>
void TakeInferences(const v1::Study& study, const Entry& entry, Request& request, Violations& violations) {
  if (Result<std::string> ssc = notation::ParseSsc(entry.ssc()); !ssc.ok()) {
    violations.Add("ssc", ssc.status().message());
    return;
  }
  const bool own = entry.inference_size() > 0;
  const auto& texts = own ? entry.inference() : study.inference();
  for (int i = 0; i < texts.size(); ++i) {
    Take((own ? "inference[" : "study.inference[") + std::to_string(i) + "]",
         notation::ParseInference(texts[i], entry.ssc()), violations, [&](regression::v1::Inference inference) {
           if (inference.type() == regression::v1::Inference::TYPE_WILD) inference.set_seed(study.seed());
           *request.add_inferences() = std::move(inference);
         });
  }
}

}  // namespace

Result<dea::v1::Model> ModelOf(const v1::StudyDea& entry) {
  dea::v1::Model model;
  Violations violations;
  *model.mutable_inputs() = entry.inputs();
  *model.mutable_outputs() = entry.outputs();
  if (entry.inputs().empty()) violations.Add("inputs", "a DEA needs at least one input");
  if (entry.outputs().empty()) violations.Add("outputs", "a DEA needs at least one output");
  Take("rts", notation::ParseRts(entry.rts()), violations, [&](dea::v1::ReturnsToScale rts) { model.set_rts(rts); });
  Take("orientation", notation::ParseOrientation(entry.orientation()), violations,
       [&](dea::v1::Orientation orientation) { model.set_orientation(orientation); });
  Take("frontier", notation::ParseFrontier(entry.frontier()), violations,
       [&](dea::v1::Frontier frontier) { *model.mutable_frontier() = std::move(frontier); });
  Take("reference_only", notation::ParseReferenceOnly(entry.reference_only()), violations,
       [&](notation::ReferenceOnly reference) {
         model.set_reference_only_column(reference.column);
         model.set_reference_only_value(reference.value);
       });
  model.set_invalid_data(entry.exclude_invalid() ? dea::v1::INVALID_DATA_POLICY_EXCLUDE
                                                 : dea::v1::INVALID_DATA_POLICY_ERROR);
  model.set_scale(entry.scale());
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kReason, "the DEA " + entry.id() + " is not complete"));
  return model;
}

Result<regression::v1::FitRequest> FitRequestOf(const v1::Study& study, const v1::StudyRegression& entry) {
  regression::v1::FitRequest request;
  Violations violations;
  request.set_formula(entry.formula());
  *request.mutable_hypotheses() = entry.hypotheses();
  Take("estimator", notation::ParseEstimator(entry.estimator()), violations,
       [&](regression::v1::Estimator estimator) { request.set_estimator(estimator); });
  TakeInferences(study, entry, request, violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kReason, "the regression " + entry.id() + " is not complete"));
  return request;
}

Result<regression::v1::CompareRequest> CompareRequestOf(const v1::Study& study, const v1::StudyComparison& entry) {
  regression::v1::CompareRequest request;
  Violations violations;
  request.set_formula(entry.formula());
  request.set_by(entry.by());
  *request.mutable_terms() = entry.terms();
  Take("interact", notation::ParseInteract(entry.interact()), violations,
       [&](regression::v1::CompareRequest::Interact interact) { request.set_interact(interact); });
  TakeInferences(study, entry, request, violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kReason, "the comparison " + entry.id() + " is not complete"));
  return request;
}

regression::v1::FitRequest TrendRequestOf(const std::string& term, const std::string& unit_key,
                                          const std::string& time_key) {
  regression::v1::FitRequest request;
  request.set_formula(term + " ~ i(" + QuoteName(time_key) + ") | " + QuoteName(unit_key));
  // Only r2_within is used; the cheapest standard errors will do.
  request.add_inferences()->set_type(regression::v1::Inference::TYPE_IID);
  return request;
}

std::string ScoreName(const std::string& dea_id) { return "score." + dea_id; }

std::string WhereOf(const v1::Study& study, const std::string& entry_where) {
  return Both(study.data().where(), entry_where);
}

}  // namespace farrell::reporting
