#include "services/dea/solver/solver.h"

#include <atomic>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/observe/catalogue.h"
#include "common/queue/part_store.h"
#include "common/queue/puller.h"
#include "common/rpc/call.h"
#include "common/rpc/log.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/dea/service/parallel.h"
#include "services/dea/service/task.h"
#include "services/dea/solver/open_tasks.h"

namespace farrell::dea {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBeat{50};
constexpr milliseconds kAnnounceEvery{1'000};
constexpr milliseconds kPullWait{500};
constexpr milliseconds kLeaveAlone{200};

// A shard in hand.
struct InHand {
  InHand(queue::Delivery taken, std::string by) : delivery(std::move(taken)), solver(std::move(by)) {}
  queue::Delivery delivery;
  std::string solver;
  std::stop_source stop;
  Clock::time_point held = Clock::now();
  std::atomic<bool> unwanted = false;  // nobody waits for its job any more
};

}  // namespace

class Solver::State {
 public:
  State(redis::Client& coordination, redis::Client& parts, ChannelProvider data, SolverOptions options)
      : coordination_(coordination), parts_(parts), channel_(std::move(data)), options_(std::move(options)) {}

  void Run(const std::stop_token& stop) {
    std::vector<std::string> names;
    for (int i = 0; i < options_.threads; ++i) names.push_back(options_.name + "." + std::to_string(i));
    std::jthread pulse([&](const std::stop_token& over) { Beat(names, stop, over); });
    {
      std::vector<std::jthread> pullers;
      for (const std::string& name : names) {
        pullers.emplace_back([this, &stop, name] { Work(name, stop); });
      }
    }
    pulse.request_stop();
    pulse.join();
    queue::Pulse(coordination_, OptionsOf("")).Retire(names);
  }

 private:
  queue::PullerOptions OptionsOf(const std::string& name) const {
    return {.channel = SolverChannel(), .solver = name, .abandoned_after = options_.abandoned_after};
  }

  // Signs of life for everything in hand; lets go of what nobody waits for, and of everything once the grace is over.
  void Beat(const std::vector<std::string>& names, const std::stop_token& stop, const std::stop_token& over) {
    queue::Pulse pulse(coordination_, OptionsOf(""));
    Clock::time_point announce_at;
    std::optional<Clock::time_point> give_back_at;
    while (!over.stop_requested()) {
      const auto now = Clock::now();
      if (stop.stop_requested() && !give_back_at) {
        give_back_at = now + options_.grace;
        pulse.Retire(names);
      }
      if (!give_back_at && now >= announce_at) {
        pulse.Announce(names);
        announce_at = now + kAnnounceEvery;
      }
      for (const std::shared_ptr<InHand>& hand : Hands()) {
        if (now - hand->held > options_.abandoned_after / 3) {
          hand->held = now;
          pulse.Hold(hand->delivery, hand->solver);
        }
        if (!pulse.Wanted(hand->delivery.shard.job)) hand->unwanted = true;
        if (hand->unwanted || (give_back_at && now >= *give_back_at)) hand->stop.request_stop();
      }
      std::this_thread::sleep_for(kBeat);
    }
  }

  void Work(const std::string& name, const std::stop_token& stop) {
    queue::Puller puller(coordination_, OptionsOf(name));
    while (!stop.stop_requested()) {
      queue::Puller::Pulled pulled = puller.Pull(kPullWait);
      if (!pulled.reached) std::this_thread::sleep_for(kLeaveAlone);
      if (!pulled.delivery) continue;
      const auto hand = std::make_shared<InHand>(std::move(*pulled.delivery), name);
      Add(hand);
      const std::optional<queue::Notice> notice = Handle(puller, *hand);
      Remove(hand);
      Count(*hand, notice);
      if (notice) {
        puller.Finish(hand->delivery, *notice);
      } else {
        puller.HandBack(hand->delivery);
      }
    }
  }

  static void Count(const InHand& hand, const std::optional<queue::Notice>& notice) {
    const char* outcome = !notice                   ? "handed_back"
                          : hand.unwanted           ? "dropped"
                          : !notice->reason.empty() ? "failed"
                          : notice->seconds > 0     ? "done"
                                                    : "known";
    metrics::kShards.Add({outcome});
    if (notice && notice->seconds > 0) metrics::kShardSeconds.Observe({}, notice->seconds);
  }

  // Nothing: the shard was not finished and belongs to others.
  std::optional<queue::Notice> Handle(queue::Puller& puller, const InHand& hand) {
    CallInfo call;
    call.method = "farrell-solver/Shard";
    if (const auto trace = ParseTraceparent(hand.delivery.shard.trace)) call.trace = ChildOf(*trace);
    const CallScope scope(&call);
    const Clock::time_point began = Clock::now();
    queue::Notice notice{.key = hand.delivery.shard.key, .solver = hand.solver};
    Status done;
    try {
      done = Do(puller, hand.delivery.shard, hand.stop.get_token(), notice.seconds);
    } catch (const std::bad_alloc&) {
      done = Status(Code::kResourceExhausted, "OUT_OF_MEMORY", "the solver has not enough memory for a shard");
    } catch (const std::exception& error) {
      done = Internal("UNEXPECTED_EXCEPTION", error.what());
    }
    if (done.code() == Code::kCancelled && !hand.unwanted) return std::nullopt;
    if (options_.spans) options_.spans->Leave(call, done, Clock::now() - began);
    notice.reason = done.ok() ? "" : done.reason();
    notice.message = done.ok() ? "" : done.message();
    notice.retry = done.code() == Code::kUnavailable || done.code() == Code::kDeadlineExceeded;
    return notice;
  }

  Status Do(queue::Puller& puller, const queue::Shard& shard, const std::stop_token& stop, double& seconds) {
    // Delivered before: the result does not depend on who made it.
    if (parts_.Has(shard.key)) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(const std::shared_ptr<const OpenedTask> task,
                             tasks_.Get(shard.task, [&] { return Open(puller, shard.task, stop); }));
    const ItemRange items{shard.first, shard.last};
    // A result is kept under the name of what was done, or not at all.
    if (items.first >= items.last || items.last > task->work->item_count() ||
        PartKey(task->identity, items) != shard.key) {
      return Unavailable("SHARD_DAMAGED", "a shard in the queue contradicts its key");
    }
    std::string bytes;
    const auto start = Clock::now();
    if (!task->work->Do(items, bytes, stop, [](std::int64_t) {})) return Cancelled();
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return parts_.Put(shard.key, bytes);
  }

  Result<std::shared_ptr<const OpenedTask>> Open(queue::Puller& puller, const std::string& digest,
                                                 const std::stop_token& stop) {
    const std::optional<std::string> bytes = puller.ReadTask(digest);
    if (!bytes) return Unavailable("TASK_GONE", "the task of a shard is not there any more");
    v1::Task task;
    if (!task.ParseFromString(*bytes)) return UnknownStage();
    FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<dea::Work> work, OpenTask(Data(), task, stop));
    if (!work->Prepare(OnThreads(options_.threads, stop), stop)) return Cancelled();
    return std::make_shared<const OpenedTask>(OpenedTask{TaskIdentity(task), std::move(work)});
  }

  data::v1::DataService::StubInterface& Data() {
    std::call_once(stub_once_, [this] { stub_ = data::v1::DataService::NewStub(channel_()); });
    return *stub_;
  }

  std::vector<std::shared_ptr<InHand>> Hands() {
    const std::scoped_lock lock(mutex_);
    return {hands_.begin(), hands_.end()};
  }
  void Add(const std::shared_ptr<InHand>& hand) {
    const std::scoped_lock lock(mutex_);
    hands_.push_back(hand);
  }
  void Remove(const std::shared_ptr<InHand>& hand) {
    const std::scoped_lock lock(mutex_);
    hands_.remove(hand);
  }

  redis::Client& coordination_;
  queue::PartStore parts_;
  ChannelProvider channel_;
  std::once_flag stub_once_;
  std::unique_ptr<data::v1::DataService::StubInterface> stub_;
  SolverOptions options_;
  OpenTasks tasks_;

  std::mutex mutex_;
  std::list<std::shared_ptr<InHand>> hands_;
};

Solver::Solver(redis::Client& coordination, redis::Client& parts, ChannelProvider data, SolverOptions options)
    : state_(std::make_unique<State>(coordination, parts, std::move(data), std::move(options))) {}
Solver::~Solver() = default;

void Solver::Run(const std::stop_token& stop) { state_->Run(stop); }

}  // namespace farrell::dea
