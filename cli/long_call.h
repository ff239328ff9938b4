// A server-streaming RPC that reports progress: reads it to its end with the progress on display.
#pragma once

#include <memory>

#include "cli/progress.h"
#include "cli/session.h"
#include "common/status/status.h"

namespace farrell::cli {

// `open` starts the call on a context; `take` gets every reply that is not progress.
template <typename Reply, typename Open, typename Take>
Status RunLongCall(Session& session, const Open& open, const Take& take) {
  ProgressDisplay progress(ProgressDisplay::ChooseMode(session.options().quiet));
  Call call(session);
  const auto reader = open(call.context());
  Status status = ReadStream<Reply>(call, *reader, [&](Reply& reply) {
    if (reply.has_progress()) {
      progress.Update(reply.progress());
      return Status();
    }
    progress.Clear();
    return take(reply);
  });
  progress.Clear();
  return status;
}

}  // namespace farrell::cli
