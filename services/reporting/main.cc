// farrell-reporting: the reporting service as a program of its own.
#include "common/cache/service/cache_service.h"
#include "common/program/contradiction_log.h"
#include "common/program/program.h"
#include "common/program/secret_file.h"
#include "common/program/state_directory.h"
#include "common/rpc/channel.h"
#include "common/sql/store_settings.h"
#include "common/text/names.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "services/reporting/service/figures_script.h"
#include "services/reporting/service/reporting_service.h"

int main(int argc, char** argv) {
  farrell::Program program("farrell-reporting", "Farrell's reporting service: studies, runs, reports",
                           "127.0.0.1:7404");
  farrell::sql::StoreSettings store{.state = farrell::StateDirectory("")};
  farrell::sql::AddStoreSettings(program.settings(), store);
  program.TakesCoordination();
  farrell::reporting::RetentionOptions retention;
  program.settings().Number("keep-runs", retention.keep_days, 0, 36500,
                            "Days after which runs go by themselves, unless held; 0: they stay");
  program.settings().Number("keep-latest", retention.keep_latest, 1, 1000,
                            "Newest succeeded runs of every study that stay whatever their age");
  bool schedules = true;
  farrell::reporting::ScheduleOptions schedule_options;
  std::string webhook_hosts;
  program.settings().Switch("schedules", schedules,
                            "Look for scheduled runs that are due; false: only when somebody pokes (PokeSchedules)");
  program.settings().Number("schedule-workers", schedule_options.workers, 1, 64, "Scheduled runs at a time");
  program.settings().Text("webhook-hosts", webhook_hosts, "HOST,...",
                          "Hosts that schedules may tell of publications, HOST or HOST:PORT; default: none");
  program.settings().Text("webhook-secret-file", schedule_options.webhooks.secret_file, "FILE",
                          "Secret that signs messages to webhooks; needed with webhook-hosts",
                          farrell::CheckSecretFile);
  program.CallsData();
  program.CallsDea();
  program.CallsRegression();
  return program.Run(argc, argv, [&](const farrell::ProgramSettings& settings) -> farrell::Status {
    using farrell::LazyChannel;
    schedule_options.grants = settings.security.grants;
    schedule_options.webhooks.hosts = farrell::text::SplitNames(webhook_hosts);
    if (!webhook_hosts.empty() && schedule_options.webhooks.secret_file.empty()) {
      return farrell::InvalidArgument("SETTINGS_INVALID",
                                      "webhook-secret-file is needed: messages to webhooks are signed");
    }
    const farrell::reporting::ReportingOptions options{.database = store.options(),
                                                       .figures = {.script = farrell::reporting::FindFiguresScript()},
                                                       .retention = retention,
                                                       .schedules = schedule_options,
                                                       .contradicted = farrell::LogContradiction};
    FARRELL_ASSIGN_OR_RETURN(
        const auto service,
        farrell::reporting::ReportingService::Open(
            options, LazyChannel(settings.data, farrell::data::v1::DataService::service_full_name()),
            LazyChannel(settings.dea, farrell::dea::v1::DeaService::service_full_name()),
            LazyChannel(settings.regression, farrell::regression::v1::RegressionService::service_full_name())));
    if (store.migrate_only) return {};
    farrell::CacheService cache({&service->kept()},
                                LazyChannel(settings.data, farrell::data::v1::DataService::service_full_name()));
    if (schedules) service->StartSchedules();
    return farrell::RunServer(settings.server, {farrell::Serve<farrell::reporting::v1::ReportingService>(service.get()),
                                                farrell::Serve<farrell::common::v1::CacheService>(&cache)});
  });
}
