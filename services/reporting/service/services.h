// The other services as this one sees them: stubs, made when first needed, and calls that end when nobody waits.
#pragma once

#include <grpcpp/client_context.h>

#include <functional>
#include <stop_token>
#include <utility>

#include "common/rpc/ask_again.h"
#include "common/rpc/call.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/remote.h"
#include "common/status/status.h"

namespace farrell::data::v1 {
class DataService;
}
namespace farrell::dea::v1 {
class DeaService;
}
namespace farrell::regression::v1 {
class RegressionService;
}

namespace farrell::reporting {

// Thread-safe.
class Services {
 public:
  Services(ChannelProvider data, ChannelProvider dea, ChannelProvider regression)
      : data_(std::move(data)), dea_(std::move(dea)), regression_(std::move(regression)) {}

  Remote<data::v1::DataService>& data() { return data_; }
  Remote<dea::v1::DeaService>& dea() { return dea_; }
  Remote<regression::v1::RegressionService>& regression() { return regression_; }

 private:
  Remote<data::v1::DataService> data_;
  Remote<dea::v1::DeaService> dea_;
  Remote<regression::v1::RegressionService> regression_;
};

// A client context that inherits from the call under way (PrepareOutgoing) and is cancelled when `stop` fires.
class Call {
 public:
  explicit Call(const std::stop_token& stop) : on_stop_(stop, [this] { context_.TryCancel(); }) {
    PrepareOutgoing(context_);
  }
  grpc::ClientContext* context() { return &context_; }

 private:
  grpc::ClientContext context_;
  std::stop_callback<std::function<void()>> on_stop_;
};

// A unary call: Invoke(stub, &Stub::Method, request, stop). A service that is full, or away for a moment, is asked
// again (AskAgain): there is no study without it.
template <typename Stub, typename Request, typename Response>
Result<Response> Invoke(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request, const std::stop_token& stop) {
  const auto attempt = [&]() -> Result<Response> {
    Call call(stop);
    Response response;
    const grpc::Status status = (stub.*method)(call.context(), request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  };
  return AskAgain(stop, attempt, [](const Status&) { return true; });
}

}  // namespace farrell::reporting
