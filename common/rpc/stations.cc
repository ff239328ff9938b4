#include "common/rpc/stations.h"

#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace farrell {
namespace {

// The calls under way in this process, with the stations of their servers.
class Registry {
 public:
  static Registry& Get() {
    static auto& registry = *new Registry;  // never destroyed: calls may end while the process does
    return registry;
  }

  void Add(const grpc::ServerContextBase* context, const void* owner, std::shared_ptr<const Stations> stations) {
    const std::lock_guard lock(mutex_);
    calls_[context] = {owner, std::move(stations)};
  }

  // The address of a context may already be in use again: only its owner's entry goes.
  void Remove(const grpc::ServerContextBase* context, const void* owner) {
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(context);
    if (found != calls_.end() && found->second.owner == owner) calls_.erase(found);
  }

  std::shared_ptr<const Stations> Find(const grpc::ServerContextBase* context) {
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(context);
    return found == calls_.end() ? nullptr : found->second.stations;
  }

 private:
  struct Entry {
    const void* owner = nullptr;
    std::shared_ptr<const Stations> stations;
  };
  std::mutex mutex_;
  std::unordered_map<const grpc::ServerContextBase*, Entry> calls_;
};

// Lives as long as its call and does nothing else.
class CallNote final : public grpc::experimental::Interceptor {
 public:
  CallNote(const grpc::ServerContextBase* context, std::shared_ptr<const Stations> stations) : context_(context) {
    Registry::Get().Add(context_, this, std::move(stations));
  }
  ~CallNote() override { Registry::Get().Remove(context_, this); }
  CallNote(const CallNote&) = delete;
  CallNote& operator=(const CallNote&) = delete;

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override { methods->Proceed(); }

 private:
  const grpc::ServerContextBase* context_;
};

class CallNoteFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallNoteFactory(Stations stations) : stations_(std::make_shared<const Stations>(std::move(stations))) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    const std::string_view method = info->method() == nullptr ? "" : info->method();
    // gRPC's own services have no handler that would ask.
    if (!method.starts_with("/farrell.")) return nullptr;
    return new CallNote(info->server_context(), stations_);  // gRPC deletes it
  }

 private:
  std::shared_ptr<const Stations> stations_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> StationInterceptors(
    Stations stations) {
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  if (!stations.empty()) factories.push_back(std::make_unique<CallNoteFactory>(std::move(stations)));
  return factories;
}

StationPassage::StationPassage(grpc::ServerContext* context) : context_(context) {
  if (context != nullptr) stations_ = Registry::Get().Find(context);
}

Status StationPassage::Enter(CallInfo& call) {
  if (stations_ == nullptr) return {};
  for (const std::shared_ptr<CallStation>& station : *stations_) {
    FARRELL_RETURN_IF_ERROR(station->Enter(call, *context_));
    ++entered_;
  }
  return {};
}

void StationPassage::Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept {
  while (entered_ > 0) (*stations_)[--entered_]->Leave(call, outcome, elapsed);
}

}  // namespace farrell
