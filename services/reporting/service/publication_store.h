// Which run stands for a study, since when, and who is still to be told.
//
// One transaction ends a scheduled run, moves the `latest` of its study and writes down the messages to webhooks: there
// is no moment at which one of them has happened and another has not. A message that could not be sent is tried again
// for a day; a receiver may get it more than once, always with the same id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/schedule.pb.h"
#include "services/reporting/engine/schedule/nominal_times.h"
#include "services/reporting/service/schedule_lease.h"

namespace farrell::reporting {

// What is published, and by which scheduled run.
struct Publishing {
  // Without a sequence. `previous_run_id` is the run that its difference was made against.
  v1::Publication publication;
  // Addresses to tell.
  std::vector<std::string> webhooks;
  // The scheduled run as it ends, and its owner; unset: somebody published the run by hand.
  std::optional<v1::ScheduledRun> scheduled;
  const Holder* owner = nullptr;
};

struct DueNotification {
  v1::Notification notification;
  v1::Publication publication;
  schedule::Moment first;
};

class PublicationStore {
 public:
  explicit PublicationStore(sql::Database& database) : database_(database) {}

  // Returns the publication with its sequence; the one that is there when its run is the latest of the study already.
  // Errors: ABORTED PUBLICATION_MOVED, when another run has become the latest since `previous_run_id` was read; ABORTED
  // RUN_LOST.
  Result<v1::Publication> Publish(const Publishing& publishing, schedule::Moment now);
  // The publication that a study's `latest` stands for.
  Result<std::optional<v1::Publication>> Latest(const std::string& project, const std::string& study_id);
  // Those of a study (empty: of all) before a sequence, the newest first; `latest`: the newest of every study alone.
  Result<std::vector<v1::Publication>> Before(const std::string& study_id, bool latest, std::int64_t before, int limit);
  // Those after a sequence, the oldest first.
  Result<std::vector<v1::Publication>> After(const std::string& study_id, std::int64_t after, int limit);
  // The sequence of the newest of all; 0: there is none.
  Result<std::int64_t> Newest();

  // Messages to be sent at `now`.
  Result<std::vector<DueNotification>> DueNotifications(schedule::Moment now, int limit);
  // What came of an attempt.
  Status SaveNotification(const v1::Notification& notification, schedule::Moment next);
  // Those of a schedule that failed at least once and were not taken, the newest first.
  Result<std::vector<v1::Notification>> Troubled(const std::string& schedule_id, int limit);

 private:
  sql::Database& database_;
};

}  // namespace farrell::reporting
