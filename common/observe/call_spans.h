// The station that turns every call of a sampled trace into a span.
#pragma once

#include <deque>
#include <memory>

#include "common/observe/metrics.h"
#include "common/observe/otlp_exporter.h"
#include "common/rpc/call.h"

namespace farrell {

class CallSpans final : public CallStation {
 public:
  explicit CallSpans(OtlpOptions options);

  Status Enter(CallInfo& call, grpc::ServerContext& context) override;
  void Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept override;

  const OtlpExporter& exporter() const { return exporter_; }

 private:
  OtlpExporter exporter_;
  std::deque<metrics::Reading> readings_;
};

}  // namespace farrell
