// Executes one step: the kept result, or the service's, which is then kept.
#pragma once

#include <stop_token>

#include "common/cache/result_cache.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/planner.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/step_calls.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

struct StepResult {
  // For steps with a key.
  v1::StoredStep stored;
  // For "describe".
  data::v1::DescribeTableResponse description;
  v1::FinishedStep finished;
};

// Thread-safe: steps with the same key that are asked for at the same time are computed once.
class StepRunner {
 public:
  StepRunner(Services& services, StepStore& store) : services_(services), store_(store), flights_({.max_bytes = 0}) {}

  // The step's snapshot must be set. The result is kept as soon as it is there. Errors: those of the service.
  Result<StepResult> Run(const Step& step, bool skip_cache_lookup, const std::stop_token& stop,
                         const ProgressSink& progress);

  // The kept result of a key, or nothing.
  std::optional<v1::StoredStep> Kept(const Step& step, const std::string& action_key);

 private:
  Services& services_;
  StepStore& store_;
  // Only for its single-flight: it keeps nothing.
  ResultCache flights_;
};

// The step's failure as the study's: STEP_FAILED naming the step and the cause. Cancelled stays cancelled.
Status StepFailed(const std::string& step_id, const Status& cause);

}  // namespace farrell::reporting
