#include "common/cache/lease.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace farrell {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How long a leader whose own callers have gone works for those who wait elsewhere.
constexpr milliseconds kAfterlife{5'000};
// A leader that nobody waits for stops at once; this is what asking Redis about it may take.
constexpr milliseconds kAskAboutWaiters{100};
constexpr milliseconds kBetweenAsking{200};
// A follower blocks this long, then looks whether the leader is alive.
constexpr milliseconds kShortestBlock{100};
constexpr milliseconds kLongestBlock{200};
// A waiter that was not heard of for so long does not count any more.
constexpr milliseconds kWaiterLives{2'000};
constexpr milliseconds kFenceLives{3'600'000};
constexpr milliseconds kOutcomeLives{30'000};

std::string Text(milliseconds duration) { return std::to_string(duration.count()); }

struct Keys {
  explicit Keys(const std::string& key)
      : lease("farrell.lease:{" + key + "}"),
        fence("farrell.fence:{" + key + "}"),
        waiters("farrell.waiters:{" + key + "}"),
        outcome("farrell.outcome:{" + key + "}") {}
  std::string lease;
  std::string fence;
  std::string waiters;
  std::string outcome;
};

// KEYS: lease, fence; ARGV: token, life of the lease, life of the fence. Answers {1, our fence} or {0, the holder's}.
const redis::Script& TakeScript() {
  static const redis::Script script(R"lua(
local holder = redis.call('GET', KEYS[1])
if holder then return {0, tonumber(string.match(holder, '^(%d+):')) or 0} end
local fence = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], fence .. ':' .. ARGV[1], 'PX', ARGV[2])
return {1, fence}
)lua");
  return script;
}

// KEYS: lease, fence, waiters; ARGV: FENCE:TOKEN, fence, life of the lease, life of the fence. A lease that expired is
// taken up again as long as nobody else has had it since. Answers how many processes wait, or -1: lost.
const redis::Script& RenewScript() {
  static const redis::Script script(R"lua(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return -1 end
if not holder and redis.call('GET', KEYS[2]) ~= ARGV[2] then return -1 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
return redis.call('ZCARD', KEYS[3])
)lua");
  return script;
}

// KEYS: lease, fence, outcome; ARGV: FENCE:TOKEN, fence, life of the outcome, fields of the outcome.
// Answers 1, or 0 when another process has had the lease since.
const redis::Script& FinishScript() {
  static const redis::Script script(R"lua(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if not holder and redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('XADD', KEYS[3], ARGV[2] .. '-1', unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return 1
)lua");
  return script;
}

// KEYS: lease, waiters; ARGV: the waiter, milliseconds it is believed to wait. Answers the holder's fence; 0: nobody's.
const redis::Script& WaitScript() {
  static const redis::Script script(R"lua(
local time = redis.call('TIME')
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local holder = redis.call('GET', KEYS[1])
return holder and tonumber(string.match(holder, '^(%d+):')) or 0
)lua");
  return script;
}

std::string RandomToken() {
  std::random_device device;
  return std::to_string(device()) + "." + std::to_string(device());
}

milliseconds Jittered(milliseconds shortest, milliseconds longest) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<long long>(shortest.count(), longest.count())(generator));
}

}  // namespace

class Lease::State {
 public:
  State(std::shared_ptr<redis::Client> redis, const std::string& key, std::int64_t fence, const std::string& token,
        milliseconds period)
      : redis_(std::move(redis)),
        keys_(key),
        fence_(fence),
        holder_(std::to_string(fence) + ":" + token),
        period_(period),
        keeper_([this] { Keep(); }) {}

  ~State() {
    if (finished_) return;
    try {
      (void)Finish({SharedOutcome::Kind::kAbandoned});
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the lease runs out by itself
    }
  }

  std::int64_t fence() const { return fence_; }

  std::stop_token Guard(std::stop_token stop) {
    left_.emplace(std::move(stop), [this] {
      {
        const std::lock_guard lock(mutex_);
        alone_ = true;
      }
      changed_.notify_all();
    });
    return work_.get_token();
  }

  bool Finish(const SharedOutcome& outcome) {
    left_.reset();
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
    keeper_.join();
    redis::Arguments arguments = {holder_, std::to_string(fence_), Text(kOutcomeLives)};
    const redis::Arguments fields = ToFields(outcome);
    arguments.insert(arguments.end(), fields.begin(), fields.end());
    const Result<redis::Reply> reply =
        redis_->Run(FinishScript(), {keys_.lease, keys_.fence, keys_.outcome}, arguments);
    // Redis away or full: the lease runs out by itself.
    return !reply.ok() || reply->error() || reply->integer != 0;
  }

 private:
  void Keep() {
    std::optional<Clock::time_point> end;  // of the afterlife
    while (true) {
      {
        std::unique_lock lock(mutex_);
        const milliseconds pause = end ? kBetweenAsking : period_ / 3;
        changed_.wait_for(lock, pause, [&] { return finished_ || (alone_ && !end); });
        if (finished_) return;
        if (alone_ && !end) end = Clock::now() + kAfterlife;
      }
      const std::optional<long long> waiters = Renew(end ? kAskAboutWaiters : redis_->options().timeout);
      if (end && (waiters.value_or(0) <= 0 || Clock::now() > *end)) {
        work_.request_stop();
        return;
      }
    }
  }

  // How many processes wait; -1: the lease is another's; nothing: Redis is away.
  std::optional<long long> Renew(milliseconds limit) {
    const Result<redis::Reply> reply = redis_->Run(RenewScript(), {keys_.lease, keys_.fence, keys_.waiters},
                                                   {holder_, std::to_string(fence_), Text(period_), Text(kFenceLives)},
                                                   std::min(limit, redis_->options().timeout));
    if (!reply.ok() || reply->error()) return std::nullopt;
    return reply->integer;
  }

  const std::shared_ptr<redis::Client> redis_;
  const Keys keys_;
  const std::int64_t fence_;
  const std::string holder_;
  const milliseconds period_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
  bool alone_ = false;  // nobody in this process waits
  std::stop_source work_;
  std::optional<std::stop_callback<std::function<void()>>> left_;
  std::jthread keeper_;
};

Lease::Lease(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lease::~Lease() = default;
std::int64_t Lease::fence() const { return state_->fence(); }
std::stop_token Lease::Guard(std::stop_token stop) { return state_->Guard(std::move(stop)); }
bool Lease::Finish(const SharedOutcome& outcome) { return state_->Finish(outcome); }

// One wait for the process that has the lease.
class Leases::Follower {
 public:
  enum class News : std::uint8_t { kNothing, kGone, kAway, kOutcome };

  Follower(redis::Client& redis, const Keys& keys) : redis_(redis), keys_(keys) {}
  ~Follower() { (void)redis_.Call({"ZREM", keys_.waiters, name_}); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Waits a moment for the computation of `fence`.
  News Listen(std::int64_t fence, SharedOutcome& outcome) {
    const Result<redis::Reply> holder =
        redis_.Run(WaitScript(), {keys_.lease, keys_.waiters}, {name_, Text(kWaiterLives)});
    if (!holder.ok() || holder->error()) return News::kAway;
    const milliseconds block = Jittered(kShortestBlock, kLongestBlock);
    const Result<redis::Reply> told = redis_.Call(
        {"XREAD", "COUNT", "1", "BLOCK", Text(block), "STREAMS", keys_.outcome, std::to_string(fence) + "-0"},
        block + redis_.options().timeout);
    if (!told.ok() || told->error()) return News::kAway;
    if (const auto found = Parse(*told)) {
      outcome = *found;
      return News::kOutcome;
    }
    return holder->integer == fence ? News::kNothing : News::kGone;
  }

 private:
  // [[stream, [[id, [field, value, …]]]]]
  static std::optional<SharedOutcome> Parse(const redis::Reply& told) {
    if (told.items.size() != 1 || told.items[0].items.size() != 2) return std::nullopt;
    const redis::Reply& entries = told.items[0].items[1];
    if (entries.items.size() != 1 || entries.items[0].items.size() != 2) return std::nullopt;
    return FromFields(entries.items[0].items[1]);
  }

  redis::Client& redis_;
  const Keys& keys_;
  const std::string name_ = RandomToken();
};

Leases::Leases(std::shared_ptr<redis::Client> redis, milliseconds period)
    : redis_(std::move(redis)), period_(std::max(period, milliseconds(100))) {}

Leases::Turn Leases::Await(const std::string& key, const std::stop_token& stop) {
  using News = Follower::News;
  const Keys keys(key);
  std::optional<Follower> follower;
  while (!stop.stop_requested()) {
    const std::string token = RandomToken();
    const Result<redis::Reply> taken =
        redis_->Run(TakeScript(), {keys.lease, keys.fence}, {token, Text(period_), Text(kFenceLives)});
    if (!taken.ok() || taken->items.size() != 2) return {Turn::Kind::kAway};
    const std::int64_t fence = taken->items[1].integer;
    if (taken->items[0].integer == 1) {
      follower.reset();
      return {Turn::Kind::kLead,
              std::unique_ptr<Lease>(new Lease(std::make_unique<Lease::State>(redis_, key, fence, token, period_)))};
    }
    if (!follower) follower.emplace(*redis_, keys);
    News news = News::kNothing;
    SharedOutcome outcome;
    while (news == News::kNothing && !stop.stop_requested()) news = follower->Listen(fence, outcome);
    if (news == News::kAway) return {Turn::Kind::kAway};
    if (news == News::kOutcome && outcome.kind == SharedOutcome::Kind::kDone) return {Turn::Kind::kDone};
    if (news == News::kOutcome && outcome.kind == SharedOutcome::Kind::kFailed) {
      return {Turn::Kind::kFailed, nullptr, std::move(outcome.failure)};
    }
  }
  return {Turn::Kind::kStopped};
}

}  // namespace farrell
