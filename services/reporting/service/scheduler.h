// Who looks after schedules: a thread that looks every second while this server holds the lease, and threads that run
// what is due.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "common/observe/metrics.h"
#include "services/reporting/service/arrival_watch.h"
#include "services/reporting/service/notifier.h"
#include "services/reporting/service/schedule_lease.h"
#include "services/reporting/service/schedule_look.h"

namespace farrell::reporting {

struct SchedulerOptions {
  // Runs at a time, in [1, 64].
  int workers = 2;
  std::chrono::milliseconds look{1000};
  WebhookOptions webhooks{};
};

// Thread-safe.
class Scheduler {
 public:
  // `environment` must outlive the object. Looks by nobody's order only after Start.
  Scheduler(const ScheduleEnvironment& environment, SchedulerOptions options);
  // Stops: runs under way wait again, the lease is free.
  ~Scheduler();

  // Looks every `options.look` from now on.
  void Start();
  void Stop();

  // Looks once, now, at all that has happened by then. Another server may hold the lease: then it is the one to look,
  // and is named. CANCELLED after Stop: the server that is to be asked goes as well.
  struct Looked {
    int found = 0;
    int started = 0;
    std::string other;
  };
  Result<Looked> Look(const std::stop_token& stop);
  // Looks until what it began has ended and nothing else is to begin: for a server that will not be there later.
  Result<Looked> LookToTheEnd(const std::stop_token& stop);
  // Has the thread look soon.
  void Wake();
  // Runs that this server is at.
  int under_way() const { return under_way_; }

 private:
  struct Running {
    std::stop_source stop;
    std::jthread thread;
    std::atomic<bool> done = false;
  };

  void Loop(const std::stop_token& stop);
  // `hear` has arrivals heard of before anything is decided.
  Result<Looked> LookAfter(const std::function<Status()>& hear, const std::stop_token& stop);
  Result<int> StartRuns(const HeldLease& lease);
  void Begin(const v1::StoredSchedule& stored, const v1::ScheduledRun& run);
  void Execute(const v1::StoredSchedule& stored, const v1::ScheduledRun& run, Running& running);
  void Reap();
  void EndAll();

  const ScheduleEnvironment& environment_;
  const SchedulerOptions options_;
  ScheduleStore store_;
  ScheduleLease lease_;
  // One look at a time.
  std::mutex looking_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wake_ = false;
  std::map<std::string, std::unique_ptr<Running>> running_;  // by id of the run; guarded by mutex_
  std::atomic<int> under_way_ = 0;
  std::stop_source shutdown_;
  ArrivalWatch arrivals_;
  Notifier notifier_;
  std::optional<metrics::Reading> oldest_pending_;
  std::jthread loop_;
};

}  // namespace farrell::reporting
