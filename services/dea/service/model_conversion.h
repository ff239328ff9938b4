// The model between the contract (farrell/dea/v1) and the engine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// What an evaluation computes, with every default written out. Inputs, outputs and bad outputs are in the order of
// their names, and columns of directions, non-discretionary measures and weight restrictions follow, so that the order
// in which a request names them changes nothing.
struct EvaluationSpec {
  Model model;
  std::optional<BootstrapOptions> bootstrap;
};

// INVALID_ARGUMENT MODEL_INVALID with every bad field; paths begin with `prefix`, e.g. "model.".
Result<EvaluationSpec> SpecFromProto(const v1::Model& message, const std::string& prefix);

// The same for calls that take plain radial scores: a violation also for every option beyond technology, orientation,
// frontier and roles of rows.
Result<EvaluationSpec> PlainSpecFromProto(const v1::Model& message, const std::string& prefix);

// The two halves of SpecFromProto, for calls with checks of their own: reads the fields in the order of the message,
// with a violation for every unknown value; brings measures into the order of names.
EvaluationSpec ReadSpec(const v1::Model& message, const std::string& prefix, Violations& violations);
void SortMeasures(Model& model);

// The request's model with defaults written out, everything in the request's order.
v1::Model CompleteModel(const v1::Model& message);

// The columns that the model reads, each once: those with numbers, and all.
std::vector<std::string> NumberColumnsOf(const Model& model);
std::vector<std::string> ColumnsOf(const Model& model);

// The measures of a unit between the order of names and the order of a request.
class MeasureOrder {
 public:
  explicit MeasureOrder(const v1::Model& requested);
  void ToRequest(v1::UnitResult& unit) const { Apply(unit, true); }
  void FromRequest(v1::UnitResult& unit) const { Apply(unit, false); }

 private:
  void Apply(v1::UnitResult& unit, bool to_request) const;

  // Position in the order of names of each requested input, output and bad output.
  std::vector<int> inputs_;
  std::vector<int> outputs_;
  std::vector<int> bad_outputs_;
  std::vector<int> all_;
};

}  // namespace farrell::dea
