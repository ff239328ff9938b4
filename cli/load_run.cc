#include "cli/load_run.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/numeric/elementary.h"
#include "common/numeric/random.h"
#include "common/rpc/ask_again.h"

namespace farrell::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kStreamOfGaps = 2;
constexpr std::chrono::milliseconds kBetweenProgress{250};

// Hands out the calls of a plan, one by one.
class Schedule {
 public:
  struct Ticket {
    std::int64_t number;
    Clock::time_point due;  // closed loop: now
  };

  Schedule(const LoadPlan& plan, Clock::time_point start) : plan_(plan), start_(start), due_(start) {
    if (plan.rate > 0) Advance();
  }

  std::optional<Ticket> Next() {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (Over(now)) return std::nullopt;
    Ticket ticket{next_++, plan_.rate > 0 ? due_ : now};
    if (plan_.rate > 0) Advance();
    return ticket;
  }

  // Calls that were due by the end of the time and that nobody took.
  std::int64_t Unsent() {
    const std::lock_guard lock(mutex_);
    if (plan_.rate <= 0 || plan_.seconds <= 0) return 0;
    std::int64_t unsent = 0;
    while (SecondsTo(due_) <= plan_.seconds && (plan_.calls == 0 || next_ < plan_.calls)) {
      ++unsent;
      ++next_;
      Advance();
    }
    return unsent;
  }

 private:
  double SecondsTo(Clock::time_point time) const { return std::chrono::duration<double>(time - start_).count(); }

  bool Over(Clock::time_point now) const {
    if (plan_.calls > 0 && next_ >= plan_.calls) return true;
    if (plan_.seconds <= 0) return false;
    return SecondsTo(now) >= plan_.seconds || (plan_.rate > 0 && SecondsTo(due_) > plan_.seconds);
  }

  // The next call is due an exponential gap later.
  void Advance() {
    const double gap = -numeric::Log(numeric::UniformDraw(plan_.seed, kStreamOfGaps, gaps_++)) / plan_.rate;
    due_ += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(gap));
  }

  const LoadPlan& plan_;
  const Clock::time_point start_;
  std::mutex mutex_;
  std::int64_t next_ = 0;
  std::int64_t gaps_ = 0;
  Clock::time_point due_;
};

// Waits for a point in time; false when `stop` fired first.
bool SleepUntil(Clock::time_point time, const std::stop_token& stop) {
  return PauseUnlessStopped(stop, time - Clock::now());
}

struct Totals {
  std::atomic<std::int64_t> calls = 0;
  std::atomic<std::int64_t> errors = 0;
};

void RunClient(const LoadPlan& plan, Schedule& schedule, const std::stop_token& stop, const MakeCall& make,
               std::array<LoadCounts, kCallKinds.size()>& counts, Totals& totals) {
  while (!stop.stop_requested()) {
    const auto ticket = schedule.Next();
    if (!ticket || !SleepUntil(ticket->due, stop)) return;
    const CallKind kind = plan.mix.Draw(plan.seed, ticket->number);
    const Status status = make(kind, ticket->number);
    const auto latency = Clock::now() - ticket->due;
    if (stop.stop_requested() && !status.ok()) return;
    LoadCounts& mine = counts[static_cast<std::size_t>(kind)];
    if (status.ok()) {
      mine.latency.Add(latency);
    } else {
      ++mine.errors[status.code()];
      ++totals.errors;
    }
    ++totals.calls;
  }
}

}  // namespace

std::int64_t LoadCounts::error_count() const {
  std::int64_t count = 0;
  for (const auto& [code, each] : errors) count += each;
  return count;
}

void LoadCounts::Add(const LoadCounts& other) {
  latency.Add(other.latency);
  for (const auto& [code, count] : other.errors) errors[code] += count;
}

LoadCounts LoadOutcome::All() const {
  LoadCounts all;
  for (const LoadCounts& kind : kinds) all.Add(kind);
  return all;
}

LoadOutcome RunLoad(const LoadPlan& plan, const std::stop_token& stop, const std::function<MakeCall(int)>& client,
                    const LoadProgress& progress) {
  std::vector<std::array<LoadCounts, kCallKinds.size()>> counts(static_cast<std::size_t>(plan.clients));
  Totals totals;
  const auto start = Clock::now();
  Schedule schedule(plan, start);
  const auto elapsed = [start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  std::mutex mutex;
  std::condition_variable ended;
  int at_work = plan.clients;
  std::vector<std::jthread> threads;
  for (int i = 0; i < plan.clients; ++i) {
    threads.emplace_back([&, i] {
      RunClient(plan, schedule, stop, client(i), counts[static_cast<std::size_t>(i)], totals);
      const std::lock_guard lock(mutex);
      if (--at_work == 0) ended.notify_one();
    });
  }
  {
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, kBetweenProgress, [&] { return at_work == 0; })) {
      progress(elapsed(), totals.calls, totals.errors);
    }
  }
  LoadOutcome outcome;
  outcome.seconds = elapsed();
  if (!stop.stop_requested()) outcome.unsent = schedule.Unsent();
  for (const auto& mine : counts) {
    for (std::size_t i = 0; i < mine.size(); ++i) outcome.kinds[i].Add(mine[i]);
  }
  return outcome;
}

}  // namespace farrell::cli
