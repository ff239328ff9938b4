// The steps of projections between the estimation of their slopes and their execution.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/engine/facts_dea.h"
#include "services/reporting/engine/facts_projection.h"
#include "services/reporting/service/planner.h"
#include "services/reporting/service/services.h"

namespace farrell::reporting {

class ProjectionSteps {
 public:
  // Nothing is owned.
  ProjectionSteps(Services& services, const v1::Study& study, const data::v1::Snapshot& base)
      : services_(services), study_(study), base_(base) {}

  // Makes the request of a projection step. `fit`: the result of the step that estimates its slope (ProjectionFit);
  // `scored_digest`: the table with all scores. Errors: FAILED_PRECONDITION PROJECTION_WITHOUT_SLOPE; those of
  // ReadProjection.
  Status Complete(Step& step, const v1::StoredStep& fit, const std::string& scored_digest, const std::stop_token& stop);

  // What ReadProjection says, by the id of the entry, of every step completed.
  const std::map<std::string, ProjectionFacts>& rows() const { return rows_; }

 private:
  Services& services_;
  const v1::Study& study_;
  const data::v1::Snapshot& base_;
  std::map<std::string, ProjectionFacts> rows_;
};

// Of the step: the one whose slope it needs.
std::string FitBehind(const v1::Study& study, const Step& step);

// The entry with its rows and results; `evaluations` in the order of kSlopePoints. Labels are left to the caller.
ProjectionFacts FactsOfProjection(const v1::StudyProjection& entry, ProjectionFacts rows, const DeaFacts& before,
                                  const std::vector<DeaFacts>& evaluations);

}  // namespace farrell::reporting
