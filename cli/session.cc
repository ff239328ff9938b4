#include "cli/session.h"

#include <utility>

#include "common/rpc/call.h"

namespace farrell::cli {

Session::Session(const Options& options) : options_(options) {
  if (options.deadline > 0.0) {
    // A hundred years stand for ever; more would overflow the clock.
    const std::chrono::duration<double> seconds(std::min(options.deadline, 3.0e9));
    deadline_ = std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(seconds);
  }
}

void Session::UseFreshState() {
  const Result<Endpoints> endpoints = FindEndpoints(options_.server);
  if (endpoints.ok() && endpoints->AllNamed()) return;
  connection_.reset();
  options_.state = "memory";
  options_.redis.clear();
}

Result<Connection*> Session::Connect() {
  if (connection_ == nullptr) {
    FARRELL_ASSIGN_OR_RETURN(connection_, Connection::Open(options_));
  }
  return connection_.get();
}

Call::Call(Session& session)
    : on_stop_(session.interrupt().token(), std::function<void()>([this] { context_.TryCancel(); })) {
  PrepareOutgoing(context_);
  if (session.deadline()) context_.set_deadline(*session.deadline());
}

}  // namespace farrell::cli
