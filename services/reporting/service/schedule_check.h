// A schedule as it was asked for: every field that is wrong.
#pragma once

#include "common/status/status.h"
#include "farrell/reporting/v1/schedule.pb.h"
#include "services/reporting/service/webhook.h"

namespace farrell::reporting {

// Errors: INVALID_ARGUMENT SCHEDULE_INVALID with a violation for every bad field. The study itself is not looked at,
// but for whether its data can be found by themselves.
Status CheckSchedule(const v1::Schedule& schedule, const WebhookOptions& webhooks);

}  // namespace farrell::reporting
