// Sends spans to a trace collector as OTLP over HTTP with JSON bodies (https://opentelemetry.io/docs/specs/otlp/), from
// a thread of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/trace_context.h"
#include "common/status/status.h"

namespace farrell {

// One piece of work that a server did for a caller.
struct Span {
  TraceContext trace;
  std::string name;
  std::chrono::system_clock::time_point start{};
  std::chrono::nanoseconds duration{0};
  Code code = Code::kOk;
  std::string message{};  // what went wrong
  std::vector<std::pair<std::string, std::string>> attributes{};
};

struct OtlpOptions {
  // "http://HOST:PORT" or "https://..."; "/v1/traces" is added where no path is given.
  std::string url{};
  std::string service_name{};
  std::string service_version{};
  // Spans kept until they are sent; further ones are dropped and counted.
  std::size_t max_queued = 4096;
  // Longest time a span waits for others to travel with.
  std::chrono::milliseconds interval{1000};
  // Attempts for one batch, with growing pauses, before it is given up and counted.
  int attempts = 4;
};

// "http://HOST[:PORT][/PATH]" or https. INVALID_ARGUMENT, reason URL_INVALID, otherwise; `name` is where it stands.
Status CheckOtlpUrl(const std::string& name, const std::string& url);

// Thread-safe. A collector that is slow, away or broken costs spans, never a call.
class OtlpExporter {
 public:
  explicit OtlpExporter(OtlpOptions options);  // the URL must pass CheckOtlpUrl
  ~OtlpExporter();                             // one last attempt, at most about three seconds
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;

  // Never blocks.
  void Submit(Span span);

  // Since the start: spans the collector has taken, spans that found the queue full, spans given up.
  struct Counts {
    std::int64_t exported = 0;
    std::int64_t dropped = 0;
    std::int64_t failed = 0;
  };
  Counts counts() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace farrell
