// Everything a server program tells about itself: metrics for Prometheus, traces for a collector, as its
// settings ask.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/observe/exposition.h"
#include "common/observe/process_metrics.h"
#include "common/program/settings.h"
#include "common/rpc/call.h"
#include "common/status/status.h"

namespace farrell {

struct ObservationSettings {
  // HOST:PORT; empty: no metrics.
  std::string metrics{};
  // URL of a trace collector; empty: no traces.
  std::string otlp{};
};

// --metrics, --otlp.
void AddObservationSettings(SettingTable& table, ObservationSettings& settings);

// What runs here: see ProcessMetrics.
struct ProgramIdentity {
  std::string name;
  std::string version;
  std::string algo_rev{};
  std::string num_abi{};
};

// While it lives.
class Observation {
 public:
  // Errors of MetricsServer::Start.
  static Result<std::unique_ptr<Observation>> Start(const ObservationSettings& settings,
                                                    const ProgramIdentity& identity);

  // The outermost stations of the server; empty when nothing is to be told.
  const std::vector<std::shared_ptr<CallStation>>& stations() const { return stations_; }
  // The one of them that makes spans, for work that is not a call: its Leave. Null: nobody collects traces.
  const std::shared_ptr<CallStation>& spans() const { return spans_; }

 private:
  std::vector<std::shared_ptr<CallStation>> stations_;
  std::shared_ptr<CallStation> spans_;
  std::unique_ptr<ProcessMetrics> process_;
  std::unique_ptr<MetricsServer> metrics_;
};

}  // namespace farrell
