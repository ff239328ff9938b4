#include "common/queue/job_queue.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace farrell::queue {
namespace {

using Kind = redis::Reply::Kind;
using redis::Reply;
using redis::Script;

constexpr std::chrono::milliseconds kLongestWait{1'000};
// What Redis may take to answer after a command has blocked as long as it may.
constexpr std::chrono::milliseconds kMargin{2'000};
constexpr const char* kTaskSeconds = "3600";
// Silence of Redis while the megabytes of a request with frontiers are on their way.
constexpr std::chrono::milliseconds kTaskLimit{5'000};

// KEYS: job, backlog, notices; ARGV: milliseconds to live, job, line of the backlog.
const Script& RenewScript() {
  static const Script script(R"lua(
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[3], 600)
return 1
)lua");
  return script;
}

// KEYS: stream; ARGV: the number of words of an entry, then the entries.
const Script& EnqueueScript() {
  static const Script script(R"lua(
local width = tonumber(ARGV[1])
local ids = {}
for at = 2, #ARGV, width do
  ids[#ids + 1] = redis.call('XADD', KEYS[1], '*', unpack(ARGV, at, at + width - 1))
end
return ids
)lua");
  return script;
}

// KEYS: stream; ARGV: group, entries. What nobody holds is gone for good; who works on one finishes into the void.
const Script& WithdrawScript() {
  static const Script script(R"lua(
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
pcall(redis.call, 'XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
)lua");
  return script;
}

// KEYS: solvers; ARGV: milliseconds. The clock is that of Redis.
const Script& LiveScript() {
  static const Script script(R"lua(
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
return redis.call('ZCOUNT', KEYS[1], ms - tonumber(ARGV[1]), '+inf')
)lua");
  return script;
}
constexpr const char* kHeardOfWithin = "5000";

// Seconds as whole microseconds: no point or comma to disagree about.
std::string Microseconds(double seconds) { return std::to_string(static_cast<std::int64_t>(seconds * 1e6)); }
double Seconds(const std::string& microseconds) {
  std::int64_t number = 0;
  std::from_chars(microseconds.data(), microseconds.data() + microseconds.size(), number);
  return static_cast<double>(number) * 1e-6;
}

Notice ReadNotice(const std::vector<Reply>& fields) {
  Notice notice;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& name = fields[i].text;
    const std::string& value = fields[i + 1].text;
    if (name == "key") notice.key = value;
    if (name == "solver") notice.solver = value;
    if (name == "microseconds") notice.seconds = Seconds(value);
    if (name == "reason") notice.reason = value;
    if (name == "message") notice.message = value;
    if (name == "retry") notice.retry = value == "1";
  }
  return notice;
}

std::optional<int> CountSolvers(redis::Client& redis, const Keys& keys) {
  const auto reply = redis.Run(LiveScript(), {keys.Solvers()}, {kHeardOfWithin});
  if (!reply.ok() || reply->kind != Kind::kInteger) return std::nullopt;
  return static_cast<int>(reply->integer);
}

}  // namespace

JobQueue::JobQueue(redis::Client& redis, JobOptions options)
    : options_(std::move(options)), keys_(options_.channel), redis_(redis) {}

JobQueue::~JobQueue() {
  redis::Arguments gone = {"DEL", keys_.Job(options_.job), keys_.Done(options_.job)};
  gone.insert(gone.end(), tasks_.begin(), tasks_.end());
  static_cast<void>(redis_.Call(gone));
  static_cast<void>(redis_.Call({"HDEL", keys_.Backlog(), options_.job}));
}

bool JobQueue::Renew(const Backlog& backlog) {
  // "PRIORITY SHARDS MICROSECONDS AGE"
  const std::string line = std::string(PriorityName(options_.priority)) + " " + std::to_string(backlog.shards) + " " +
                           Microseconds(backlog.seconds) + " " + Microseconds(backlog.age_seconds);
  const auto reply = redis_.Run(RenewScript(), {keys_.Job(options_.job), keys_.Backlog(), keys_.Done(options_.job)},
                                {std::to_string(options_.lives_for.count()), options_.job, line});
  return reply.ok() && reply->kind == Kind::kInteger;
}

bool JobQueue::PutTask(const std::string& digest, const std::string& bytes) {
  tasks_.push_back(keys_.Task(digest));
  const auto reply = redis_.Call({"SET", tasks_.back(), bytes, "EX", kTaskSeconds}, kTaskLimit);
  return reply.ok() && reply->kind == Kind::kStatus;
}

std::optional<std::vector<std::string>> JobQueue::Enqueue(const std::vector<Shard>& shards) {
  std::vector<std::string> words = {"12"};
  for (const Shard& shard : shards) {
    words.insert(words.end(), {"job", shard.job, "task", shard.task, "key", shard.key, "first",
                               std::to_string(shard.first), "last", std::to_string(shard.last), "trace", shard.trace});
  }
  const auto reply = redis_.Run(EnqueueScript(), {keys_.Shards(options_.priority)}, words);
  if (!reply.ok() || reply->kind != Kind::kArray || reply->items.size() != shards.size()) return std::nullopt;
  std::vector<std::string> ids;
  ids.reserve(shards.size());
  for (const Reply& id : reply->items) ids.push_back(id.text);
  return ids;
}

std::optional<std::vector<Notice>> JobQueue::Wait(std::chrono::milliseconds wait) {
  wait = std::clamp(wait, std::chrono::milliseconds(1), kLongestWait);
  const auto reply = redis_.Call({"XREAD", "COUNT", "256", "BLOCK", std::to_string(wait.count()), "STREAMS",
                                  keys_.Done(options_.job), last_notice_},
                                 wait + kMargin);
  if (!reply.ok() || reply->kind == Kind::kError) return std::nullopt;
  std::vector<Notice> notices;
  for (const Reply& stream : reply->items) {
    if (stream.items.size() != 2) continue;
    for (const Reply& entry : stream.items[1].items) {
      if (entry.items.size() != 2) continue;
      last_notice_ = entry.items[0].text;
      notices.push_back(ReadNotice(entry.items[1].items));
    }
  }
  return notices;
}

std::optional<bool> JobQueue::Holds(const std::string& entry) {
  const auto reply = redis_.Call({"XRANGE", keys_.Shards(options_.priority), entry, entry});
  if (!reply.ok() || reply->kind != Kind::kArray) return std::nullopt;
  return !reply->items.empty();
}

void JobQueue::Withdraw(const std::vector<std::string>& entries) {
  if (entries.empty()) return;
  std::vector<std::string> words = {kGroup};
  words.insert(words.end(), entries.begin(), entries.end());
  static_cast<void>(redis_.Run(WithdrawScript(), {keys_.Shards(options_.priority)}, words));
}

std::optional<int> JobQueue::LiveSolvers() { return CountSolvers(redis_, keys_); }

std::optional<Waiting> ReadWaiting(redis::Client& redis, const std::string& channel) {
  const Keys keys(channel);
  const auto jobs = redis.Call({"HGETALL", keys.Backlog()});
  const std::optional<int> solvers = CountSolvers(redis, keys);
  if (!jobs.ok() || jobs->kind != Kind::kArray || !solvers) return std::nullopt;
  Waiting waiting;
  waiting.solvers = *solvers;
  for (std::size_t i = 0; i + 1 < jobs->items.size(); i += 2) {
    const std::string& job = jobs->items[i].text;
    const auto alive = redis.Call({"EXISTS", keys.Job(job)});
    if (alive.ok() && alive->kind == Kind::kInteger && alive->integer == 0) {
      // Its service died without a word.
      static_cast<void>(redis.Call({"HDEL", keys.Backlog(), job}));
      continue;
    }
    std::vector<std::string> words(1);
    for (const char character : jobs->items[i + 1].text) {
      if (character == ' ') {
        words.emplace_back();
      } else {
        words.back() += character;
      }
    }
    if (words.size() != 4) continue;
    for (std::size_t p = 0; p < kPriorities.size(); ++p) {
      if (words[0] != PriorityName(kPriorities[p])) continue;
      Backlog& backlog = waiting.backlogs[p];
      backlog.shards += std::strtoull(words[1].c_str(), nullptr, 10);
      backlog.seconds += Seconds(words[2]);
      backlog.age_seconds = std::max(backlog.age_seconds, Seconds(words[3]));
    }
  }
  return waiting;
}

}  // namespace farrell::queue
