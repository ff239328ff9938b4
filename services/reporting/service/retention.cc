#include "services/reporting/service/retention.h"

#include <chrono>
#include <string>

#include "common/rpc/ask_again.h"
#include "common/rpc/log.h"

namespace farrell::reporting {

Retention::Retention(StepStore& store, const RetentionOptions& options) : store_(store), options_(options) {
  if (options_.keep_days == 0) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    do Apply();
    while (PauseUnlessStopped(stop, std::chrono::hours(1)));
  });
}

void Retention::Apply() {
  const auto now = std::chrono::system_clock::now();
  const RetentionRule rule{.before = now - std::chrono::days(options_.keep_days), .keep_latest = options_.keep_latest};
  const Result<v1::ApplyRetentionResponse> done = store_.keeper().ApplyRetention(rule, "", now);
  if (!done.ok()) {
    Log(LogLevel::kWarning, "retention failed, to be tried again in an hour", {{"error", done.status().ToString()}});
    return;
  }
  for (const v1::RemovedRun& run : done->removed()) {
    Log(LogLevel::kInfo, "retention removed a run", {{"run", run.run_id()}, {"study", run.study_id()}});
  }
  if (done->removed_step_count() > 0) {
    Log(LogLevel::kInfo, "retention removed results that no run names",
        {{"results", std::to_string(done->removed_step_count())}});
  }
}

}  // namespace farrell::reporting
