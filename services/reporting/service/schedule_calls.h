// The calls about schedules: what was asked → the store and the scheduler.
//
// A schedule belongs to the project of whoever created it. Who may read what a project stores without a name sees it;
// only a caller at home in the project changes it.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/schedule_look.h"
#include "services/reporting/service/webhook.h"

namespace farrell::reporting {

// Errors: INVALID_ARGUMENT SCHEDULE_INVALID with every bad field, STUDY_INVALID; ALREADY_EXISTS SCHEDULE_EXISTS;
// NOT_FOUND (data, SCHEDULE_NOT_FOUND); PERMISSION_DENIED, UNAUTHENTICATED when the caller could not run it.
Result<v1::ScheduleState> CreateSchedule(const ScheduleEnvironment& environment, const WebhookOptions& webhooks,
                                         const v1::CreateScheduleRequest& request, const std::stop_token& stop);

Result<v1::ListSchedulesResponse> ListSchedules(const ScheduleEnvironment& environment);

// A schedule open to the caller by "NAME", "PROJECT/NAME" or id. Errors: NOT_FOUND SCHEDULE_NOT_FOUND.
Result<KeptSchedule> FindOpenSchedule(const ScheduleEnvironment& environment, const std::string& name);
// One that the caller may change. Also PERMISSION_DENIED SCHEDULE_NOT_YOURS.
Result<KeptSchedule> FindOwnSchedule(const ScheduleEnvironment& environment, const std::string& name);

// With its next times, newest runs, pending arrivals and messages that were not taken.
Result<v1::ScheduleState> DescribeSchedule(const ScheduleEnvironment& environment, const KeptSchedule& kept);

// Errors of both: those of FindOwnSchedule; INVALID_ARGUMENT NOTE_INVALID.
Result<std::string> DeleteSchedule(const ScheduleEnvironment& environment, const std::string& name);
Result<v1::ScheduleState> PauseSchedule(const ScheduleEnvironment& environment,
                                        const v1::PauseScheduleRequest& request);

// Errors: those of FindOwnSchedule, FAILED_PRECONDITION SCHEDULED_RUN_REJECTED, a service that cannot be asked.
Result<v1::ScheduledRun> TriggerSchedule(const ScheduleEnvironment& environment, const std::string& name,
                                         const std::stop_token& stop);

// Errors: those of FindOpenSchedule, INVALID_ARGUMENT PAGE_TOKEN_INVALID, FIELD_OUT_OF_RANGE.
Result<v1::ListArrivalsResponse> ListArrivals(const ScheduleEnvironment& environment,
                                              const v1::ListArrivalsRequest& request);

}  // namespace farrell::reporting
