// Between the contract (farrell/dea/v1) and the engine. The only place, with dea_service, that sees both worlds.
#pragma once

#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// The engine's model with every default written out. Measures are in the order of their names, so that the order in
// which a request names them changes nothing. INVALID_ARGUMENT MODEL_INVALID with every bad field; paths begin with
// `prefix`.
Result<Model> ModelFromProto(const v1::Model& message, const std::string& prefix);

// The request's model with defaults written out, measures in the request's order.
v1::Model CompleteModel(const v1::Model& message);

// The columns that the model reads, each once.
std::vector<std::string> ColumnsOf(const Model& model);

// One message per row of the panel, in its (unit, time) order; measures in the order of `model`. `row` is left unset:
// it belongs to a snapshot, not to the result.
v1::UnitResult UnitToProto(const Panel& panel, std::size_t row, const UnitScore& score);

// Reorders the measures of a unit from the order of names to the order of the request.
class MeasureOrder {
 public:
  explicit MeasureOrder(const v1::Model& requested);
  void Apply(v1::UnitResult& unit) const;

 private:
  std::vector<int> inputs_;
  std::vector<int> outputs_;
};

// Counts, shares and warnings over all units. Provenance, origin and model are left to the caller.
v1::EvaluationSummary Summarise(const Model& model, const Evaluation& evaluation, const v1::StoredEvaluation& results);

// Warnings about columns that the content key does not name, added to what was computed or kept.
void AddRequestWarnings(const Model& model, const Observations& data, v1::EvaluationSummary& summary);

}  // namespace farrell::dea
