#include "services/reporting/service/step_costs.h"

#include "services/reporting/service/run_access.h"

namespace farrell::reporting {
namespace {

// What a study took long ago says little of today.
constexpr int kRunsRead = 100;

}  // namespace

Result<StepCosts> StepCosts::Read(Services& services, StepStore& store, const std::string& study_id,
                                  const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const StepStore::RunPage page, ListOpenRuns(services, store, kRunsRead, "", stop));
  StepCosts costs;
  // Newest first: what is there already is newer.
  for (const v1::Run& run : page.runs) {
    if (run.study_id() != study_id) continue;
    for (const v1::FinishedStep& step : run.steps()) {
      if (step.origin().source() != common::v1::ResultOrigin::SOURCE_COMPUTED) continue;
      costs.of_step_.try_emplace(step.id(), step.origin().elapsed_seconds());
      if (!step.action_key().empty()) costs.of_key_.try_emplace(step.action_key(), step.origin().elapsed_seconds());
    }
  }
  return costs;
}

std::optional<double> StepCosts::Predict(const std::string& step_id, const std::string& action_key) const {
  if (const auto found = of_key_.find(action_key); found != of_key_.end()) return found->second;
  if (const auto found = of_step_.find(step_id); found != of_step_.end()) return found->second;
  return std::nullopt;
}

}  // namespace farrell::reporting
