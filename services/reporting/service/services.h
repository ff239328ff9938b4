// The other services as this one sees them: stubs, made when first needed, and calls that end when nobody waits.
#pragma once

#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "common/rpc/ask_again.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace farrell::reporting {

// Thread-safe.
class Services {
 public:
  Services(ChannelProvider data, ChannelProvider dea, ChannelProvider regression)
      : data_channel_(std::move(data)), dea_channel_(std::move(dea)), regression_channel_(std::move(regression)) {}

  data::v1::DataService::StubInterface& data() { return Stub<data::v1::DataService>(data_once_, data_channel_, data_); }
  dea::v1::DeaService::StubInterface& dea() { return Stub<dea::v1::DeaService>(dea_once_, dea_channel_, dea_); }
  regression::v1::RegressionService::StubInterface& regression() {
    return Stub<regression::v1::RegressionService>(regression_once_, regression_channel_, regression_);
  }

 private:
  template <typename Service>
  static typename Service::StubInterface& Stub(std::once_flag& once, const ChannelProvider& channel,
                                               std::unique_ptr<typename Service::StubInterface>& stub) {
    std::call_once(once, [&] { stub = Service::NewStub(channel()); });
    return *stub;
  }

  ChannelProvider data_channel_, dea_channel_, regression_channel_;
  std::once_flag data_once_, dea_once_, regression_once_;
  std::unique_ptr<data::v1::DataService::StubInterface> data_;
  std::unique_ptr<dea::v1::DeaService::StubInterface> dea_;
  std::unique_ptr<regression::v1::RegressionService::StubInterface> regression_;
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
