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
  for (const v1::Run& run : page.runs) {
    if (run.study_id() == study_id) costs.Add(run);
  }
  return costs;
}

void StepCosts::Add(const v1::Run& run) {
  for (const v1::FinishedStep& step : run.steps()) {
    const common::v1::ResultOrigin& origin = step.origin();
    if (origin.source() != common::v1::ResultOrigin::SOURCE_COMPUTED) continue;
    const Cost cost{origin.elapsed_seconds(), origin.solved_count()};
    const auto [known, added] = of_step_.try_emplace(step.id(), cost);
    if (!added && known->second.solved_count < cost.solved_count) known->second = cost;
    if (!step.action_key().empty()) of_key_.try_emplace(step.action_key(), cost.seconds);
  }
}

std::optional<double> StepCosts::Predict(const std::string& step_id, const std::string& action_key,
                                         std::optional<std::int64_t> problem_count) const {
  if (const auto found = of_key_.find(action_key); found != of_key_.end()) return found->second;
  const auto found = of_step_.find(step_id);
  if (found == of_step_.end()) return std::nullopt;
  const auto [seconds, solved] = found->second;
  if (!problem_count || solved == 0) return seconds;
  return seconds * (static_cast<double>(*problem_count) / static_cast<double>(solved));
}

}  // namespace farrell::reporting
