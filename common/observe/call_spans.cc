#include "common/observe/call_spans.h"

#include <string>
#include <utility>

#include "common/observe/catalogue.h"

namespace farrell {

CallSpans::CallSpans(OtlpOptions options) : exporter_(std::move(options)) {
  const auto read = [this](const char* outcome, std::int64_t OtlpExporter::Counts::*count) {
    readings_.emplace_back(metrics::kSpans, metrics::LabelValues{outcome},
                           [this, count] { return static_cast<double>(exporter_.counts().*count); });
  };
  read("exported", &OtlpExporter::Counts::exported);
  read("dropped", &OtlpExporter::Counts::dropped);
  read("failed", &OtlpExporter::Counts::failed);
}

Status CallSpans::Enter(CallInfo&, grpc::ServerContext&) { return {}; }

// Attribute names are those of OpenTelemetry's conventions for RPC where it has one.
void CallSpans::Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept try {
  if (!call.trace.sampled) return;
  const std::size_t slash = call.method.find('/');
  Span span{.trace = call.trace,
            .name = call.method,
            .start = std::chrono::system_clock::now() -
                     std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed),
            .duration = elapsed,
            .code = outcome.code(),
            .message = outcome.message(),
            .attributes = {{"rpc.system", "grpc"},
                           {"rpc.service", call.method.substr(0, slash)},
                           {"rpc.method", slash == std::string::npos ? "" : call.method.substr(slash + 1)},
                           {"rpc.grpc.status_code", std::to_string(static_cast<int>(outcome.code()))},
                           {"farrell.request_id", call.request_id}}};
  if (!outcome.ok()) span.attributes.emplace_back("farrell.reason", outcome.reason());
  if (!call.principal.empty()) span.attributes.emplace_back("enduser.id", call.principal);
  exporter_.Submit(std::move(span));
} catch (...) {
  // No memory for a span: the call matters more.
}

}  // namespace farrell
