// A server-streaming RPC that reports progress: reads it to its end with the progress on display.
#pragma once

#include <cstdint>
#include <memory>

#include "cli/progress.h"
#include "cli/session.h"
#include "common/rpc/ask_again.h"
#include "common/status/status.h"

namespace farrell::cli {

// A server that is there may say that one it needs is not. kWaitedFor: it has waited for it itself, its word is final,
// except on its own store, for which it does not wait.
enum class Dependencies : std::uint8_t { kMayComeBack, kWaitedFor };

// `open` starts the call on a context; `take` gets every reply that is not progress. A server that goes away after it
// has begun, or has been seen before (`there`), and before its first result, is asked again: what it had done is found.
template <typename Reply, typename Open, typename Take>
Status RunLongCall(Session& session, const Open& open, const Take& take,
                   Dependencies dependencies = Dependencies::kMayComeBack, bool there = false) {
  ProgressDisplay progress(ProgressDisplay::ChooseMode(session.options().quiet));
  bool begun = there;
  bool taken = false;
  const auto attempt = [&] {
    Call call(session);
    const auto reader = open(call.context());
    return ReadStream<Reply>(call, *reader, [&](Reply& reply) {
      begun = true;
      if (reply.has_progress()) {
        progress.Update(reply.progress());
        return Status();
      }
      progress.Clear();
      taken = true;
      return take(reply);
    });
  };
  const auto again = [&](const Status& status) {
    const bool final = dependencies == Dependencies::kWaitedFor && ToldByServer(status);
    return begun && !taken && (!final || status.reason() == "STORE_UNAVAILABLE");
  };
  Status status = AskAgain(session.interrupt().token(), attempt, again);
  progress.Clear();
  return status;
}

}  // namespace farrell::cli
