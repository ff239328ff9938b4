// A stream that is followed beyond the connections it is read through.
#pragma once

#include "cli/session.h"
#include "common/rpc/ask_again.h"

namespace farrell::cli {

// Reads a stream from where it is until it ends or is interrupted: `attempt(heard)` reads it once and says in `heard`
// that something came. A connection that is lost is made again, each time with the patience of AskAgain. `there`: the
// server has answered before; one that never was there is an error at once.
template <typename Attempt>
Status Follow(Session& session, bool there, const Attempt& attempt) {
  for (;;) {
    bool heard = false;
    const Status status = AskAgain(
        session.interrupt().token(), [&] { return attempt(heard); }, [&](const Status&) { return heard || there; });
    if (status.code() != Code::kUnavailable || !heard || session.interrupt().requested()) return status;
    there = true;
  }
}

}  // namespace farrell::cli
