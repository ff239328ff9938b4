// Efficiency scores as rows of a table.
#pragma once

#include <string>
#include <vector>

#include "cli/rows.h"
#include "farrell/dea/v1/dea.pb.h"

namespace farrell::cli {

// What `farrell dea` prints beside the score.
struct DeaColumns {
  bool farrell = false;  // --measure farrell
  bool slacks = false;
  bool peers = false;
  bool multipliers = false;
};

// The header for a model: unit,time,score,status, then what the columns and the model ask for, measure last.
std::vector<std::string> HeaderOf(const DeaColumns& columns, const dea::v1::Model& model);
std::vector<RowCell> RowOf(const DeaColumns& columns, const dea::v1::Model& model, const dea::v1::UnitResult& result);

}  // namespace farrell::cli
