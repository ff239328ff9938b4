#include "common/observe/observation.h"

#include "common/observe/call_metrics.h"
#include "common/observe/call_spans.h"
#include "common/rpc/log.h"

namespace farrell {

void AddObservationSettings(SettingTable& table, ObservationSettings& settings) {
  table.Text("metrics", settings.metrics, "HOST:PORT",
             "Address that serves /metrics to Prometheus over HTTP; none by default, port 0 takes a free one",
             CheckHttpAddress);
  table.Text("otlp", settings.otlp, "URL",
             "Collector that takes traces as OTLP/HTTP, e.g. http://collector:4318; none by default", CheckOtlpUrl);
}

Result<std::unique_ptr<Observation>> Observation::Start(const ObservationSettings& settings,
                                                        const ProgramIdentity& identity) {
  auto observation = std::make_unique<Observation>();
  if (!settings.metrics.empty()) {
    FARRELL_ASSIGN_OR_RETURN(observation->metrics_, MetricsServer::Start(settings.metrics));
    observation->process_ =
        std::make_unique<ProcessMetrics>(identity.name, identity.version, identity.algo_rev, identity.num_abi);
    observation->stations_.push_back(std::make_shared<CallMetrics>());
    Log(LogLevel::kInfo, "serving metrics", {{"port", std::to_string(observation->metrics_->port())}});
  }
  if (!settings.otlp.empty()) {
    observation->spans_ = std::make_shared<CallSpans>(
        OtlpOptions{.url = settings.otlp, .service_name = identity.name, .service_version = identity.version});
    observation->stations_.push_back(observation->spans_);
  }
  return observation;
}

}  // namespace farrell
