#include "services/dea/service/dispatcher.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/observe/catalogue.h"
#include "common/queue/job_queue.h"
#include "common/rpc/call.h"
#include "common/rpc/log.h"
#include "common/rpc/message_bytes.h"
#include "common/rpc/trace_context.h"
#include "services/dea/service/parallel.h"
#include "services/dea/service/task.h"

namespace farrell::dea {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kRenewEvery{2'000};
constexpr milliseconds kListen{100};
constexpr milliseconds kTellEvery{250};
constexpr milliseconds kLeaveAlone{2'000};
// Nobody ever hears of shards larger than this.
constexpr std::size_t kMostPartBytes = std::size_t{8} * 1024 * 1024;

// What the items of this work take, as far as is known.
class Sizes {
 public:
  Sizes(double guessed_seconds, double shard_seconds) : seconds_(guessed_seconds), aim_(shard_seconds) {}

  // Items of the next shard, a power of two.
  std::size_t Items() const { return ItemsFor(aim_); }
  // The same for what is done here, where a shard costs nothing on the way but a look around.
  std::size_t ItemsHere() const { return ItemsFor(std::max(aim_, 0.1)); }
  double seconds() const { return seconds_; }

  void Learn(std::size_t items, double seconds, std::size_t bytes) {
    bytes_ = std::max(bytes_, static_cast<double>(bytes) / static_cast<double>(items));
    if (seconds <= 0) return;  // nobody had to do it
    const double each = seconds / static_cast<double>(items);
    seconds_ = told_ ? 0.75 * seconds_ + 0.25 * each : each;
    told_ = true;
  }

 private:
  std::size_t ItemsFor(double aim) const {
    // A guess may be ten times too low: the first shards try it out.
    const double by_time = (told_ ? aim : aim / 8) / std::max(seconds_, 1e-9);
    const double by_bytes = static_cast<double>(kMostPartBytes) / std::max(bytes_, 1.0);
    return std::bit_floor(static_cast<std::size_t>(std::clamp(std::min(by_time, by_bytes), 1.0, 1e9)));
  }

  double seconds_;
  double aim_;
  double bytes_ = 0;
  bool told_ = false;
};

// One order under way.
class Dispatch {
 public:
  Dispatch(redis::Client& coordination, queue::PartStore& parts, const DispatcherOptions& options,
           const SolverOrder& order, const std::stop_token& stop)
      : queue_(coordination, {.channel = SolverChannel(), .job = RandomHex(16), .priority = order.priority}),
        parts_(parts),
        options_(options),
        order_(order),
        stop_(stop),
        identity_(TaskIdentity(order.task)),
        task_bytes_(MessageBytes(order.task)),
        task_digest_(canonical::Sha256(task_bytes_)),
        sizes_(order.work.guessed_seconds(), options.shard_seconds),
        backlog_(order.open.begin(), order.open.end()) {
    if (const CallInfo* call = CurrentCall()) trace_ = Traceparent(call->trace);
    for (const ItemRange& range : backlog_) left_ += range.size();
  }

  Status Run() {
    Status ran = Loop();
    // What is still on the way is of no use to anybody.
    std::vector<std::string> entries;
    for (const auto& [key, sent] : sent_) entries.push_back(sent.entry);
    if (!entries.empty() && reached_) queue_.Withdraw(entries);
    return ran;
  }

 private:
  struct Sent {
    ItemRange items;
    std::string entry;
    Clock::time_point looked;
    int tries = 1;
  };
  struct Cut {
    ItemRange items;
    int tries;
  };

  Status Loop() {
    while (left_ > 0) {
      if (stop_.stop_requested()) return Cancelled();
      if (Reach()) {
        if (!Send() || !Listen()) {
          Lost();
        } else if (!failure_.ok()) {
          return failure_;
        }
      }
      if (left_ > 0 && (NobodyElse() || !here_.empty())) FARRELL_RETURN_IF_ERROR(DoSomeHere());
      Tell();
    }
    return failure_;
  }

  // Shows a sign of life and counts solvers, now and then. False while Redis is away.
  bool Reach() {
    const auto now = Clock::now();
    if (now < away_until_) return false;
    if (reached_ && now < renew_at_) return true;
    const queue::Backlog backlog{
        .shards = (left_ + sizes_.Items() - 1) / sizes_.Items(),
        .seconds = sizes_.seconds() * static_cast<double>(left_),
        .age_seconds = std::chrono::duration<double>(now - began_).count(),
    };
    const bool first = !reached_;
    reached_ = queue_.Renew(backlog) && (!first || queue_.PutTask(task_digest_, task_bytes_));
    const std::optional<int> solvers = reached_ ? queue_.LiveSolvers() : std::nullopt;
    reached_ = solvers.has_value();
    if (!reached_) {
      Lost();
      return false;
    }
    solvers_ = *solvers;
    renew_at_ = now + (solvers_ > 0 ? kRenewEvery : kRenewEvery / 4);
    if (solvers_ == 0 && !told_) {
      told_ = true;
      order_.share.without = "NO_SOLVER";
      Log(LogLevel::kWarning, "no solver is there: solving here", {{"channel", SolverChannel()}});
    }
    return true;
  }

  // Redis is away: what is on the way is done here unless it comes back in time.
  void Lost() {
    if (reached_ || !told_) {
      Log(LogLevel::kWarning, "solvers cannot be reached: solving here", {{"items", std::to_string(left_)}});
    }
    order_.share.without = "QUEUE_UNREACHABLE";
    told_ = true;
    reached_ = false;
    solvers_ = 0;
    away_until_ = Clock::now() + kLeaveAlone;
    for (auto& [key, sent] : sent_) again_.push_back({sent.items, sent.tries});
    sent_.clear();
  }

  void Tell() {
    const auto now = Clock::now();
    if (now < tell_at_) return;
    tell_at_ = now + kTellEvery;
    order_.progress(done_);
  }

  bool NobodyElse() const { return !reached_ || solvers_ == 0; }

  // The next shard: one that came back, or cut from what is open.
  std::optional<Cut> Next(std::size_t size) {
    if (!again_.empty()) {
      const Cut cut = again_.front();
      again_.pop_front();
      return cut;
    }
    if (backlog_.empty()) return std::nullopt;
    ItemRange& open = backlog_.front();
    const ItemRange items{open.first, std::min(open.last, (open.first / size + 1) * size)};
    open.first = items.last;
    if (open.size() == 0) backlog_.pop_front();
    return Cut{items, 0};
  }

  // Keeps two shards on the way for every solver. False when Redis cannot be reached.
  bool Send() {
    const std::size_t window = 2 * static_cast<std::size_t>(solvers_);
    std::vector<queue::Shard> shards;
    std::vector<Sent> sending;
    while (sent_.size() + shards.size() < window) {
      const std::optional<Cut> cut = Next(sizes_.Items());
      if (!cut) break;
      if (cut->tries >= options_.most_tries) {
        here_.push_back(cut->items);
        continue;
      }
      const std::string key = PartKey(identity_, cut->items);
      if (const std::optional<std::string> known = parts_.Get(key)) {
        if (Take(cut->items, *known)) continue;
      }
      shards.push_back({queue_.job(), task_digest_, key, cut->items.first, cut->items.last, trace_});
      sending.push_back({cut->items, "", Clock::now(), cut->tries + 1});
    }
    if (shards.empty()) return true;
    const auto entries = queue_.Enqueue(shards);
    for (std::size_t i = 0; i < shards.size(); ++i) {
      if (entries) {
        sending[i].entry = (*entries)[i];
        sent_[shards[i].key] = sending[i];
      } else {
        again_.push_back({sending[i].items, sending[i].tries - 1});
      }
    }
    return entries.has_value();
  }

  // Takes what solvers say. False when Redis cannot be reached.
  bool Listen() {
    if (sent_.empty()) return true;
    // With nobody else there is work to do here.
    const auto notices = queue_.Wait(NobodyElse() ? milliseconds(1) : kListen);
    if (!notices) return false;
    for (const queue::Notice& notice : *notices) {
      const auto found = sent_.find(notice.key);
      if (found == sent_.end()) continue;
      const Sent sent = found->second;
      sent_.erase(found);
      Hear(notice, sent);
    }
    return LookAfter();
  }

  void Hear(const queue::Notice& notice, const Sent& sent) {
    AddWork(notice.seconds);
    if (notice.reason.empty()) {
      const std::optional<std::string> bytes = parts_.Get(notice.key);
      if (bytes) sizes_.Learn(sent.items.size(), notice.seconds, bytes->size());
      if (bytes && Take(sent.items, *bytes)) return;
      again_.push_back({sent.items, sent.tries});
      return;
    }
    Log(LogLevel::kWarning, "a shard was not done",
        {{"reason", notice.reason}, {"message", notice.message}, {"solver", notice.solver}});
    if (notice.retry) {
      again_.push_back({sent.items, sent.tries});
      // It may be the task that is gone. When Redis is, the next call to it says so.
      static_cast<void>(queue_.PutTask(task_digest_, task_bytes_));
    } else if (failure_.ok()) {
      failure_ = Internal(notice.reason, notice.message).With("solver", notice.solver);
    }
  }

  // Entries that nobody has finished and that are not there were lost by Redis. False when it cannot be reached.
  bool LookAfter() {
    const auto now = Clock::now();
    for (auto at = sent_.begin(); at != sent_.end();) {
      auto& [key, sent] = *at;
      if (now - sent.looked < options_.look_after) {
        ++at;
        continue;
      }
      sent.looked = now;
      const std::optional<bool> there = queue_.Holds(sent.entry);
      if (!there) return false;
      if (*there) {
        ++at;
        continue;
      }
      // Done, its notice lost, or never seen by anybody: Send looks for the part first.
      again_.push_back({sent.items, sent.tries - 1});
      at = sent_.erase(at);
    }
    return true;
  }

  // A part that does not fit counts as none.
  bool Take(ItemRange items, const std::string& bytes) {
    if (!order_.absorb(items, bytes).ok()) return false;
    metrics::kSharedItems.Add({"solvers"}, static_cast<double>(items.size()));
    order_.share.items += static_cast<std::int64_t>(items.size());
    Finished(items.size());
    return true;
  }

  void Finished(std::size_t items) {
    left_ -= items;
    done_ += static_cast<std::int64_t>(items);
  }

  // A little of the work, on the threads of this process.
  Status DoSomeHere() {
    // What was sent to solvers that are gone is taken back when nothing else is left.
    if (here_.empty() && again_.empty() && backlog_.empty() && !sent_.empty()) {
      queue_.Withdraw({sent_.begin()->second.entry});
      again_.push_back({sent_.begin()->second.items, sent_.begin()->second.tries});
      sent_.erase(sent_.begin());
    }
    std::vector<ItemRange> shards;
    std::swap(shards, here_);
    while (NobodyElse() && shards.size() < static_cast<std::size_t>(options_.threads)) {
      const std::optional<Cut> cut = Next(sizes_.ItemsHere());
      if (!cut) break;
      shards.push_back(cut->items);
    }
    if (shards.empty()) return Status::Ok();
    if (!prepared_) {
      prepared_ = true;
      if (!order_.work.Prepare(OnThreads(options_.threads, stop_), stop_)) return Cancelled();
    }
    std::size_t items = 0;
    std::size_t bytes = 0;
    const auto start = Clock::now();
    const Absorb absorb = [&](ItemRange range, std::string_view part) {
      FARRELL_RETURN_IF_ERROR(order_.absorb(range, part));
      items += range.size();
      bytes += part.size();
      return Status::Ok();
    };
    const std::int64_t before = done_;
    FARRELL_RETURN_IF_ERROR(DoHere(
        order_.work, shards, std::size_t{1} << 40U, options_.threads, stop_,
        [&](std::int64_t done) { order_.progress(before + done); }, absorb));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    sizes_.Learn(items, seconds * static_cast<double>(shards.size()), bytes);
    metrics::kSharedItems.Add({"here"}, static_cast<double>(items));
    Finished(items);
    return Status::Ok();
  }

  queue::JobQueue queue_;
  queue::PartStore& parts_;
  const DispatcherOptions& options_;
  const SolverOrder& order_;
  const std::stop_token& stop_;
  std::string identity_;
  std::string task_bytes_;
  std::string task_digest_;
  std::string trace_;
  Sizes sizes_;

  std::deque<ItemRange> backlog_;     // never sent
  std::deque<Cut> again_;             // sent, and come back without a result
  std::vector<ItemRange> here_;       // given up on solvers
  std::map<std::string, Sent> sent_;  // by key
  std::size_t left_ = 0;
  std::int64_t done_ = 0;
  Status failure_;

  Clock::time_point began_ = Clock::now();
  Clock::time_point renew_at_;
  Clock::time_point away_until_;
  Clock::time_point tell_at_;
  bool reached_ = false;
  bool told_ = false;
  bool prepared_ = false;
  int solvers_ = 0;
};

}  // namespace

Status Dispatcher::Solve(const SolverOrder& order, const std::stop_token& stop) {
  return Dispatch(coordination_, parts_, options_, order, stop).Run();
}

}  // namespace farrell::dea
