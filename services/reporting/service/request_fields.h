// What another service says of a request → what it says of the study that made it.
#pragma once

#include <string>

#include "services/reporting/service/planner.h"
#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

// The field of the study that a field of a step's request was written by: "compare.adjustment" →
// "comparisons[0].adjust", "model.weight_restrictions[0].low" → "dea[1].weights[0].low". Empty when the study has no
// such field.
std::string StudyField(const ReadStudy& read, const Step& step, const std::string& request_field);

// Where an error of the step stands that names no field: its formula, its DEA, the entry itself.
std::string DefaultField(const Step& step);

}  // namespace farrell::reporting
