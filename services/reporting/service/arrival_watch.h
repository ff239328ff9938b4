// Listens to the data service for the datasets that schedules wait for, and writes down what happens to them.
//
// One stream serves all schedules of one creator on one dataset. It goes on after the newest event that all of them
// have heard of, so that what came while nobody listened is heard later, and an event that is heard twice is one row.
// A server that looks by itself follows; one that looks when it is told to catches up before, and listens to nothing
// afterwards.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "services/reporting/service/scheduled_execution.h"

namespace farrell::reporting {

class ArrivalWatch {
 public:
  // `on_event` runs, on a thread of the watch, after an event was written down. Both must outlive the object.
  ArrivalWatch(const ScheduleEnvironment& environment, std::function<void()> on_event);
  ~ArrivalWatch();

  // Listens for the schedules as they are now.
  void Follow();
  // Hears all that has happened by now. Errors: of the store; UNAVAILABLE of the data service; CANCELLED. What a
  // dataset does not tell its schedules is logged.
  Status CatchUp(const std::stop_token& stop);
  // Listens to nothing.
  void Rest();

 private:
  // Creator and dataset.
  using Key = std::pair<std::string, std::string>;
  struct Stream {
    std::vector<std::string> schedule_ids;
    std::jthread thread;
  };

  // Ids of the schedules that wait for each, sorted.
  Result<std::map<Key, std::vector<std::string>>> Wanted();
  void Listen(const Key& key, const std::vector<std::string>& schedule_ids, const std::stop_token& stop);
  Status Hear(const Key& key, const std::vector<std::string>& schedule_ids, bool follow, const std::stop_token& stop);

  const ScheduleEnvironment& environment_;
  const std::function<void()> on_event_;
  ScheduleStore store_;
  std::mutex mutex_;
  std::map<Key, Stream> streams_;  // guarded by mutex_
};

}  // namespace farrell::reporting
