// Planning and running a study from its source to its stored report.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/checked_study.h"
#include "services/reporting/service/figure_process.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/step_runner.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

// What runs share. Thread-safe.
struct RunEnvironment {
  Services& services;
  StepStore& store;
  StepRunner& runner;
  const FigureProcessOptions& figures;
};

// Every step with its key, as far as the steps it needs are finished. Computes nothing. Errors: those of Runnable.
Result<std::vector<v1::PlannedStep>> PlanStudy(const RunEnvironment& environment, const v1::StudySource& source,
                                               const std::stop_token& stop);

struct RunOptions {
  bool skip_cache_lookup = false;
  // Of the run; empty: a random one. A run of that name that did not succeed is replaced.
  std::string id;
};

// Runs every step in order and stores the report. The run is stored when it begins and when it ends, however it ends;
// its events (run_events.h) as they happen. Errors: those of Runnable and of StepFailed.
Result<v1::Run> RunStudy(const RunEnvironment& environment, const v1::StudySource& source, const RunOptions& options,
                         const std::stop_token& stop, const ProgressSink& progress);

}  // namespace farrell::reporting
