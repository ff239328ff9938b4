// Models and inferences between the contract and the engine: what every call of the service shares.
#pragma once

#include <string>
#include <vector>

#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/fit.h"
#include "services/regression/service/request_errors.h"

namespace farrell::regression {

// What every request has: a table, mostly a formula. Mistakes go to `errors`; the formula is then empty.
void CheckTable(const common::v1::TableSpec& table, RequestErrors& errors);
Formula FormulaFromProto(const std::string& text, RequestErrors& errors);

// Defaults written out; mistakes go to `errors` under `field`.
InferenceSpec InferenceFromProto(const v1::Inference& message, const std::string& field, RequestErrors& errors);
EstimatorSpec EstimatorFromProto(v1::Estimator estimator, const v1::EstimatorOptions& options, RequestErrors& errors);

v1::Inference::Type ToProto(InferenceType type);
v1::Estimator ToProto(Estimator estimator);
void Set(const EstimatorSpec& spec, v1::EstimatorOptions& message);
void Set(const TermInference& inference, v1::TermInference& message);
void Set(const InferenceResult& inference, v1::InferenceResult& message);
void Set(const JointTest& test, v1::JointTest& message);
void Set(const std::vector<Warning>& warnings, google::protobuf::RepeatedPtrField<common::v1::Warning>& messages);
void Set(const std::vector<DroppedRows>& dropped, google::protobuf::RepeatedPtrField<v1::DroppedRows>& messages);

// Adds a column to ask the data service for, unless it is empty or there already (back quotes aside).
void AddColumn(std::vector<std::string>& columns, const std::string& name);
void AddColumns(std::vector<std::string>& columns, const Formula& formula);

// Estimator, weights, inferences and level of a FitRequest or CompareRequest, whose fields have the same names. The
// formula is left to the caller.
template <typename Request>
FitSpec CommonFromProto(const Request& request, RequestErrors& errors) {
  FitSpec spec;
  CheckTable(request.table(), errors);
  spec.estimator = EstimatorFromProto(request.estimator(), request.options(), errors);
  spec.weights = request.weights();
  for (int k = 0; k < request.inferences_size(); ++k) {
    spec.inferences.push_back(
        InferenceFromProto(request.inferences(k), "inferences[" + std::to_string(k) + "]", errors));
  }
  if (request.has_confidence_level()) spec.confidence_level = request.confidence_level();
  if (!(spec.confidence_level > 0.0 && spec.confidence_level < 1.0))
    errors.Add("confidence_level", "must lie in (0, 1)");
  return spec;
}

}  // namespace farrell::regression
