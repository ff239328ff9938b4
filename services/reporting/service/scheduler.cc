#include "services/reporting/service/scheduler.h"

#include <utility>

#include "common/observe/catalogue.h"
#include "common/rpc/ask_again.h"
#include "common/rpc/log.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {

Scheduler::Scheduler(const ScheduleEnvironment& environment, SchedulerOptions options)
    : environment_(environment),
      options_(std::move(options)),
      store_(environment.run.store.database()),
      lease_(environment.run.store.database(), Holder::OfThisProcess()),
      arrivals_(environment, [this] { Wake(); }),
      notifier_(environment, options_.webhooks) {}

Scheduler::~Scheduler() { Stop(); }

void Scheduler::Start() {
  if (loop_.joinable() || shutdown_.stop_requested()) return;
  oldest_pending_.emplace(metrics::kOldestPendingArrival, metrics::LabelValues{}, [this] {
    const auto oldest = store_.OldestPending();
    if (!oldest.ok() || !*oldest) return 0.0;
    return static_cast<double>((environment_.now() - **oldest).count());
  });
  loop_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void Scheduler::Stop() {
  shutdown_.request_stop();
  loop_.request_stop();
  if (loop_.joinable()) loop_.join();
  oldest_pending_.reset();
  EndAll();
}

void Scheduler::Wake() {
  const std::lock_guard lock(mutex_);
  wake_ = true;
  woken_.notify_all();
}

void Scheduler::Loop(const std::stop_token& stop) {
  const auto follow = [this] {
    arrivals_.Follow();
    return Status::Ok();
  };
  std::string told;
  while (!stop.stop_requested()) {
    const Result<Looked> looked = LookAfter(follow, stop);
    const std::string trouble = looked.ok() || stop.stop_requested() ? std::string() : looked.status().ToString();
    // Once a trouble, not once a second.
    if (!trouble.empty() && trouble != told) {
      Log(LogLevel::kWarning, "schedules could not be looked at, to be tried again", {{"error", trouble}});
    }
    told = trouble;
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, options_.look, [this] { return wake_; });
    wake_ = false;
  }
}

Result<Scheduler::Looked> Scheduler::Look(const std::stop_token& stop) {
  return LookAfter([&] { return arrivals_.CatchUp(stop); }, stop);
}

Result<Scheduler::Looked> Scheduler::LookAfter(const std::function<Status()>& hear, const std::stop_token& stop) {
  const std::lock_guard one_at_a_time(looking_);
  if (shutdown_.stop_requested()) return Cancelled();
  Looked looked;
  FARRELL_ASSIGN_OR_RETURN(const std::optional<HeldLease> lease, lease_.Hold());
  if (!lease) {
    arrivals_.Rest();
    FARRELL_ASSIGN_OR_RETURN(looked.other, lease_.Present());
    return looked;
  }
  FARRELL_RETURN_IF_ERROR(hear());
  notifier_.Send();
  FARRELL_ASSIGN_OR_RETURN(looked.found, FindDueRuns(environment_, *lease, stop));
  FARRELL_ASSIGN_OR_RETURN(looked.started, StartRuns(*lease));
  return looked;
}

Result<Scheduler::Looked> Scheduler::LookToTheEnd(const std::stop_token& stop) {
  Looked all;
  while (true) {
    FARRELL_ASSIGN_OR_RETURN(const Looked looked, Look(stop));
    all.found += looked.found;
    all.started += looked.started;
    all.other = looked.other;
    if (looked.started == 0 && under_way_ == 0) return all;
    std::unique_lock lock(mutex_);
    woken_.wait(lock, stop, [this] { return under_way_ == 0; });
    if (stop.stop_requested()) return Cancelled();
  }
}

Result<int> Scheduler::StartRuns(const HeldLease& lease) {
  Reap();
  FARRELL_ASSIGN_OR_RETURN(const Turns turns, DecideTurns(environment_));
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& id : turns.cancel) {
      if (const auto found = running_.find(id); found != running_.end()) found->second->stop.request_stop();
    }
  }
  int started = 0;
  for (const RunToStart& next : turns.start) {
    if (under_way_ >= options_.workers || shutdown_.stop_requested()) break;
    FARRELL_ASSIGN_OR_RETURN(const std::optional<KeptSchedule> kept, store_.Find(next.schedule_id));
    if (!kept) continue;
    FARRELL_ASSIGN_OR_RETURN(const bool claimed, store_.Claim(lease, next.id, lease_.holder()));
    if (!claimed) continue;
    FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::ScheduledRun> run, store_.FindRun(next.id));
    if (!run) continue;
    Begin(kept->stored, *run);
    ++started;
  }
  return started;
}

void Scheduler::Begin(const v1::StoredSchedule& stored, const v1::ScheduledRun& run) {
  ++under_way_;
  // An earlier attempt at the run that is over may not have been reaped: its thread is joined without the lock.
  std::unique_ptr<Running> before;
  const std::lock_guard lock(mutex_);
  auto& running = running_[run.id()];
  before = std::exchange(running, std::make_unique<Running>());
  running->thread = std::jthread([this, stored, run, it = running.get()] { Execute(stored, run, *it); });
}

void Scheduler::Execute(const v1::StoredSchedule& stored, const v1::ScheduledRun& run, Running& running) {
  {
    const std::stop_callback on_shutdown(shutdown_.get_token(), [&] { running.stop.request_stop(); });
    const std::jthread alive([&](const std::stop_token& over) {
      while (PauseUnlessStopped(over, ScheduleStore::kSilence / 12)) {
        const auto shown = store_.ShowAlive(run.id(), lease_.holder());
        const bool ends = shown.ok() ? shown->has_value() : shown.status().reason() == "RUN_LOST";
        if (ends) running.stop.request_stop();
      }
    });
    ExecuteScheduled(environment_, stored, run, lease_.holder(), running.stop.get_token(), shutdown_.get_token());
  }
  --under_way_;
  Wake();
  running.done = true;
}

void Scheduler::Reap() {
  std::vector<std::unique_ptr<Running>> done;
  const std::lock_guard lock(mutex_);
  for (auto it = running_.begin(); it != running_.end();) {
    if (it->second->done) {
      done.push_back(std::move(it->second));
      it = running_.erase(it);
    } else {
      ++it;
    }
  }
}

void Scheduler::EndAll() {
  const std::lock_guard no_look(looking_);
  arrivals_.Rest();
  std::map<std::string, std::unique_ptr<Running>> running;
  {
    const std::lock_guard lock(mutex_);
    running.swap(running_);
  }
  running.clear();
  (void)lease_.GiveUp();
}

}  // namespace farrell::reporting
