// The numbered events of runs, kept so that whoever watches a run can go on where the connection was lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// Thread-safe; several programs may use one database.
class RunEvents {
 public:
  explicit RunEvents(sql::Database& database) : database_(database) {}

  // Adds the event with the next number of its run.
  Status Add(const std::string& run_id, v1::RunEvent event);
  // Adds the last event of a run that is no longer under way, unless it is there.
  Status Close(const v1::Run& run);
  // Those after a sequence, in order, at most `limit`.
  Result<std::vector<v1::RunEvent>> After(const std::string& run_id, std::int64_t after, int limit);

 private:
  sql::Database& database_;
};

}  // namespace farrell::reporting
