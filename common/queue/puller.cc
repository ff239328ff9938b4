#include "common/queue/puller.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/canonical/canonical.h"

namespace farrell::queue {
namespace {

using Kind = redis::Reply::Kind;
using redis::Reply;
using redis::Script;

constexpr std::chrono::milliseconds kLongestWait{1'000};
// Silence of Redis while the megabytes of a request with frontiers are on their way.
constexpr std::chrono::milliseconds kTaskLimit{5'000};
// What Redis may take to answer after a command has blocked as long as it may.
constexpr std::chrono::milliseconds kMargin{2'000};

// KEYS: stream, job, notices; ARGV: group, entry, then the fields of the notice. Nobody is told of a job that nobody
// waits for.
const Script& FinishScript() {
  static const Script script(R"lua(
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('XADD', KEYS[3], '*', unpack(ARGV, 3))
  redis.call('EXPIRE', KEYS[3], 600)
end
return 1
)lua");
  return script;
}

// KEYS: stream; ARGV: group, entry. A new entry with the same fields, unless somebody else has finished it.
const Script& HandBackScript() {
  static const Script script(R"lua(
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if #entry == 0 then return 0 end
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('XADD', KEYS[1], '*', unpack(entry[1][2]))
return 1
)lua");
  return script;
}

// KEYS: stream; ARGV: group, solver. Never one with shards in hand: they would be pending for nobody.
const Script& ForgetScript() {
  static const Script script(R"lua(
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
)lua");
  return script;
}

// KEYS: solvers; ARGV: names. The clock is that of Redis.
const Script& AnnounceScript() {
  static const Script script(R"lua(
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
for i = 1, #ARGV do redis.call('ZADD', KEYS[1], ms, ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ms - 60000)
return 1
)lua");
  return script;
}

std::uint64_t Number(const std::string& text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Shard ReadShard(const std::vector<Reply>& fields) {
  Shard shard;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& name = fields[i].text;
    const std::string& value = fields[i + 1].text;
    if (name == "job") shard.job = value;
    if (name == "task") shard.task = value;
    if (name == "key") shard.key = value;
    if (name == "first") shard.first = Number(value);
    if (name == "last") shard.last = Number(value);
    if (name == "trace") shard.trace = value;
  }
  return shard;
}

// {id, [field, value, ...]}; nothing for an entry that was deleted while it was pending.
std::optional<Delivery> ReadEntry(const Reply& entry, Priority priority) {
  if (entry.items.size() != 2 || entry.items[1].items.empty()) return std::nullopt;
  return Delivery{ReadShard(entry.items[1].items), priority, entry.items[0].text};
}

}  // namespace

Puller::Puller(redis::Client& redis, PullerOptions options)
    : options_(std::move(options)), keys_(options_.channel), redis_(redis) {}

void Puller::MakeGroups() {
  for (const Priority priority : kPriorities) {
    // An error says that the group is there.
    static_cast<void>(redis_.Call({"XGROUP", "CREATE", keys_.Shards(priority), kGroup, "0", "MKSTREAM"}));
  }
}

std::optional<Delivery> Puller::Claim(Priority priority) {
  const std::string stream = keys_.Shards(priority);
  const auto reply = redis_.Call({"XAUTOCLAIM", stream, kGroup, options_.solver,
                                  std::to_string(options_.abandoned_after.count()), "0-0", "COUNT", "1"});
  if (!reply.ok() || reply->kind != Kind::kArray || reply->items.size() < 2 || reply->items[1].items.empty()) {
    return std::nullopt;
  }
  std::optional<Delivery> delivery = ReadEntry(reply->items[1].items[0], priority);
  if (!delivery) return std::nullopt;
  const auto pending = redis_.Call({"XPENDING", stream, kGroup, delivery->id, delivery->id, "1"});
  const bool known = pending.ok() && pending->kind == Kind::kArray && pending->items.size() == 1 &&
                     pending->items[0].items.size() == 4;
  if (known && pending->items[0].items[3].integer > options_.most_deliveries) {
    Notice notice{.key = delivery->shard.key, .solver = options_.solver};
    notice.reason = "SHARD_POISONED";
    notice.message = "items " + std::to_string(delivery->shard.first) + " to " + std::to_string(delivery->shard.last) +
                     " were given to solvers " + std::to_string(pending->items[0].items[3].integer - 1) +
                     " times and none came back";
    Finish(*delivery, notice);
    return std::nullopt;
  }
  return delivery;
}

Result<Reply> Puller::Read(const std::vector<Priority>& priorities, std::chrono::milliseconds wait) {
  std::vector<std::string> words = {"XREADGROUP", "GROUP", kGroup, options_.solver, "COUNT", "1"};
  if (wait.count() > 0) {
    words.emplace_back("BLOCK");
    words.push_back(std::to_string(wait.count()));
  }
  words.emplace_back("STREAMS");
  for (const Priority priority : priorities) words.push_back(keys_.Shards(priority));
  words.insert(words.end(), priorities.size(), ">");
  Result<Reply> reply = redis_.Call(words, wait + kMargin);
  if (reply.ok() && reply->kind == Kind::kError && reply->text.starts_with("NOGROUP")) {
    // A new Redis, or one that lost its data.
    MakeGroups();
    return Reply{};
  }
  return reply;
}

// [[stream, [entry]], ...]: one entry is kept, others go back.
std::optional<Delivery> Puller::Take(const Reply& reply) {
  std::optional<Delivery> kept;
  for (const Reply& stream : reply.items) {
    if (stream.items.size() != 2) continue;
    for (const Priority priority : kPriorities) {
      if (stream.items[0].text != keys_.Shards(priority)) continue;
      for (const Reply& entry : stream.items[1].items) {
        std::optional<Delivery> delivery = ReadEntry(entry, priority);
        if (!delivery) continue;
        if (kept) {
          HandBack(*delivery);
        } else {
          kept = std::move(delivery);
        }
      }
    }
  }
  return kept;
}

Puller::Pulled Puller::Pull(std::chrono::milliseconds wait) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_claim_) {
    next_claim_ = now + options_.abandoned_after / 4;
    for (const Priority priority : kPriorities) {
      if (auto delivery = Claim(priority)) return {true, std::move(delivery)};
    }
  }
  std::vector<Priority> order(kPriorities.begin(), kPriorities.end());
  if (++pulls_ % 8 == 0) std::reverse(order.begin(), order.end());
  for (const Priority priority : order) {
    const auto reply = Read({priority}, {});
    if (!reply.ok()) return {};
    if (auto delivery = Take(*reply)) return {true, std::move(delivery)};
  }
  const auto reply = Read(order, std::min(wait, kLongestWait));
  if (!reply.ok()) return {};
  return {true, Take(*reply)};
}

std::optional<std::string> Puller::ReadTask(const std::string& digest) {
  auto reply = redis_.Call({"GET", keys_.Task(digest)}, kTaskLimit);
  if (!reply.ok() || reply->kind != Kind::kText || canonical::Sha256(reply->text) != digest) return std::nullopt;
  return std::move(reply->text);
}

bool Puller::Finish(const Delivery& delivery, const Notice& notice) {
  const std::string& job = delivery.shard.job;
  const auto reply = redis_.Run(FinishScript(), {keys_.Shards(delivery.priority), keys_.Job(job), keys_.Done(job)},
                                {kGroup, delivery.id, "key", notice.key, "solver", notice.solver, "microseconds",
                                 std::to_string(static_cast<std::int64_t>(notice.seconds * 1e6)), "reason",
                                 notice.reason, "message", notice.message, "retry", notice.retry ? "1" : "0"});
  return reply.ok() && reply->kind == Kind::kInteger;
}

bool Puller::HandBack(const Delivery& delivery) {
  const auto reply = redis_.Run(HandBackScript(), {keys_.Shards(delivery.priority)}, {kGroup, delivery.id});
  return reply.ok() && reply->kind == Kind::kInteger;
}

Pulse::Pulse(redis::Client& redis, PullerOptions options)
    : options_(std::move(options)), keys_(options_.channel), redis_(redis) {}

bool Pulse::Announce(const std::vector<std::string>& solvers) {
  return redis_.Run(AnnounceScript(), {keys_.Solvers()}, solvers).ok();
}

void Pulse::Retire(const std::vector<std::string>& solvers) {
  std::vector<std::string> words = {"ZREM", keys_.Solvers()};
  words.insert(words.end(), solvers.begin(), solvers.end());
  static_cast<void>(redis_.Call(words));
  for (const Priority priority : kPriorities) {
    for (const std::string& solver : solvers)
      static_cast<void>(redis_.Run(ForgetScript(), {keys_.Shards(priority)}, {kGroup, solver}));
  }
}

void Pulse::Hold(const Delivery& delivery, const std::string& solver) {
  // Without counting as a delivery.
  static_cast<void>(
      redis_.Call({"XCLAIM", keys_.Shards(delivery.priority), kGroup, solver, "0", delivery.id, "JUSTID"}));
}

bool Pulse::Wanted(const std::string& job) {
  const auto reply = redis_.Call({"EXISTS", keys_.Job(job)});
  return !reply.ok() || reply->kind != Kind::kInteger || reply->integer == 1;
}

}  // namespace farrell::queue
