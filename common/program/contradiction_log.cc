#include "common/program/contradiction_log.h"

#include "common/rpc/log.h"

namespace farrell {

void LogContradiction(const Contradiction& contradiction) {
  Log(LogLevel::kError, "a result computed again is not the kept one, which is put aside",
      {{"operation", contradiction.operation},
       {"key", contradiction.key},
       {"digest", contradiction.digest},
       {"kept_digest", contradiction.kept_digest}});
}

}  // namespace farrell
