// What the methods of the reporting service share.
#pragma once

#include <memory>
#include <utility>

#include "services/reporting/service/kept_steps.h"
#include "services/reporting/service/reporting_service.h"
#include "services/reporting/service/scheduler.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/step_runner.h"
#include "services/reporting/service/step_store.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

class ReportingService::State {
 public:
  State(ReportingOptions options, std::unique_ptr<StepStore> store, ChannelProvider data, ChannelProvider dea,
        ChannelProvider regression)
      : options_(std::move(options)),
        store_(std::move(store)),
        services_(std::move(data), std::move(dea), std::move(regression)),
        runner_(services_, *store_),
        kept_(*store_),
        retention_(*store_, options_.retention),
        schedules_{environment(), options_.schedules.grants, options_.schedules.now},
        scheduler_(schedules_, {.workers = options_.schedules.workers,
                                .look = options_.schedules.look,
                                .webhooks = options_.schedules.webhooks}) {}

  Services& services() { return services_; }
  StepStore& store() { return *store_; }
  KeptSteps& kept() { return kept_; }
  RunEnvironment environment() { return {services_, *store_, runner_, options_.figures}; }
  const ScheduleEnvironment& schedules() const { return schedules_; }
  const WebhookOptions& webhooks() const { return options_.schedules.webhooks; }
  Scheduler& scheduler() { return scheduler_; }

 private:
  const ReportingOptions options_;
  const std::unique_ptr<StepStore> store_;
  Services services_;
  StepRunner runner_;
  KeptSteps kept_;
  Retention retention_;
  const ScheduleEnvironment schedules_;
  Scheduler scheduler_;  // last: what it is at needs the others
};

}  // namespace farrell::reporting
