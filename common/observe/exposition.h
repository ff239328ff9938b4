// Serves the metrics of this process to Prometheus.
#pragma once

#include <memory>
#include <string>

#include "common/status/status.h"

namespace farrell {

// "HOST:PORT", IPv6 in brackets. INVALID_ARGUMENT, reason ADDRESS_INVALID, otherwise; `name` is where it stands.
Status CheckHttpAddress(const std::string& name, const std::string& address);

// GET /metrics over HTTP while it lives, on threads of its own.
class MetricsServer {
 public:
  // Listens on "HOST:PORT" (port 0: a free one) and calls metrics::Enable. INVALID_ARGUMENT, reason ADDRESS_INVALID,
  // for a bad address; UNAVAILABLE, reason ADDRESS_UNAVAILABLE, where it cannot be bound.
  static Result<std::unique_ptr<MetricsServer>> Start(const std::string& address);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  int port() const;

 private:
  class State;
  explicit MetricsServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace farrell
