// How long runs are kept: holds, removal, retention (retention.proto).
//
// A run goes with its report, what it was made from and its bundle, in one transaction; a line stays that says when, by
// whom and why. Results are shared between runs: one goes when no run names it and it is old.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "common/status/status.h"
#include "common/text/time.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// What retention takes.
struct RetentionRule {
  // Runs that began before, and results kept before.
  text::SystemTime before{};
  // Newest succeeded runs of every study that stay. Range >= 1.
  int keep_latest = 1;
  bool dry_run = false;
};

// Thread-safe; several programs may use one database. `now` is the clock of the caller.
class RunKeeper {
 public:
  explicit RunKeeper(sql::Database& database) : database_(database) {}

  // Places a hold, in the place of one with its name, and keeps `bundle` with the run unless it is empty. Errors:
  // NOT_FOUND RUN_NOT_FOUND when the run has gone meanwhile.
  Status Place(const std::string& run_id, const v1::Hold& hold, const std::string& bundle);
  // Ends a hold; the bundle goes with the last one. Errors: NOT_FOUND HOLD_NOT_FOUND.
  Status Release(const std::string& run_id, const std::string& name, text::SystemTime now);
  // The holds of every run that has some, by name.
  Result<std::map<std::string, std::vector<v1::Hold>>> Holds(text::SystemTime now);
  // The bundle kept with a run, verified. Nothing: none is kept, or it is damaged.
  std::optional<std::string> FindBundle(const std::string& run_id);

  // Errors: NOT_FOUND RUN_NOT_FOUND; FAILED_PRECONDITION RUN_HELD, RUN_UNDER_WAY.
  Result<v1::RemovedRun> Remove(const std::string& run_id, const std::string& reason, const std::string& by,
                                text::SystemTime now);
  Result<v1::ApplyRetentionResponse> ApplyRetention(const RetentionRule& rule, const std::string& by,
                                                    text::SystemTime now);
  // What a run that was removed was, by id or prefix of it. Nothing: there was none.
  Result<std::optional<v1::RemovedRun>> FindRemoved(const std::string& id);

 private:
  sql::Database& database_;
};

// A hold as it was asked for. Errors: INVALID_ARGUMENT HOLD_INVALID with a violation for every bad field.
Status CheckHold(const v1::Hold& hold, text::SystemTime now);

}  // namespace farrell::reporting
