// A service elsewhere, as whoever calls it sees it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "common/rpc/channel.h"

namespace farrell {

// The stub of `Service` (data::v1::DataService), made at the first call. Whoever passes a Remote on needs no more than
// a declaration of the class; whoever calls through it includes the *.grpc.pb.h: those headers take seconds to compile.
// Thread-safe.
template <typename Service>
class Remote {
 public:
  explicit Remote(ChannelProvider channel) : channel_(std::move(channel)) {}

  // The default argument puts off the look into Service until there is a call.
  template <typename S = Service>
  typename S::StubInterface& operator*() {
    using Stub = typename S::StubInterface;
    std::call_once(once_, [this] { stub_ = std::shared_ptr<Stub>(S::NewStub(channel_())); });
    return *static_cast<Stub*>(stub_.get());
  }
  template <typename S = Service>
  typename S::StubInterface* operator->() {
    return &**this;
  }

 private:
  ChannelProvider channel_;
  std::once_flag once_;
  std::shared_ptr<void> stub_;
};

}  // namespace farrell
