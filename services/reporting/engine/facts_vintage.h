// Facts of a study done again on another statistical vintage of its data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_regression.h"
#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

// Cells by what became of them between the study's own data and a vintage. A cell is a column of a unit and period.
struct CellRevisions {
  // A value in both, and not the same.
  std::int64_t revised = 0;
  // A value in the vintage only, or in the study's own data only.
  std::int64_t appeared = 0;
  std::int64_t vanished = 0;

  CellRevisions& operator+=(const CellRevisions& other) {
    revised += other.revised;
    appeared += other.appeared;
    vanished += other.vanished;
    return *this;
  }
};

// One regression of the study, estimated again.
struct VintageFitFacts {
  // Id of the regression among ReportFacts::fits, which is the estimate on the study's own data.
  std::string regression;
  // Unset: not estimated.
  std::optional<FitFacts> fit;
  // Why not, in the language of the report where the report itself says so.
  std::string reason;
  // Of the columns behind the regression, its scores and its sample; all rows.
  CellRevisions cells;
};

struct VintageFacts {
  std::string id;
  // Empty: the id.
  std::string label;
  // The file or dataset, as written.
  std::string name;
  // Of the data as imported.
  std::string snapshot_digest;
  std::vector<VintageFitFacts> fits;
  // Of every step on this vintage.
  std::vector<ResultProvenance> provenance;
};

}  // namespace farrell::reporting
