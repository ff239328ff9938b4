// Which call of which service a step makes, and what is kept of the answer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/planner.h"
#include "services/reporting/service/services.h"

namespace farrell::reporting {

using ProgressSink = std::function<void(const common::v1::Progress&)>;

struct StepKey {
  std::string action_key;
  // Where the serving process has the result; unspecified: it must be computed.
  common::v1::ResultOrigin::Source at_hand = common::v1::ResultOrigin::SOURCE_UNSPECIFIED;
  // Of a step of the dea service that must be computed.
  std::optional<std::int64_t> certified_count{};
  std::optional<std::int64_t> problem_count{};
};

// Asks the service for the content key. The step's snapshot must be set. Empty for steps without a key.
Result<StepKey> PlanStep(Services& services, const Step& step, const std::stop_token& stop);

// The result without where it came from, which goes to `origin`. For steps with a key. Errors: those of the service.
Result<v1::StoredStep> CallStep(Services& services, const Step& step, bool skip_cache_lookup,
                                const std::stop_token& stop, const ProgressSink& progress,
                                common::v1::ResultOrigin& origin);

// The result answers the step's kind of request.
bool Answers(const Step& step, const v1::StoredStep& stored);

// The same cells may stand in several snapshots, known at other times; the result speaks of the one it was asked for.
void NameSnapshot(const Step& step, v1::StoredStep& stored);

}  // namespace farrell::reporting
