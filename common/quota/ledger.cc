#include "common/quota/ledger.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <utility>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/observe/catalogue.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/log.h"

namespace farrell::quota {
namespace {

// A replica that dies takes its calls along after this.
constexpr int kLivesSeconds = 40;
// A call may end at any moment.
constexpr std::int64_t kInFlightRetryMs = 1000;
constexpr int kKeepDaySeconds = 2 * 24 * 3600;

// KEYS: calls under way by the moment until which they count, microseconds of the day. ARGV: call, life in seconds,
// limit of calls, limit of microseconds (0: none). Answers whether the call was entered, calls, microseconds.
const redis::Script& BeginScript() {
  static const redis::Script script(R"lua(
local time = redis.call('TIME')
local now = tonumber(time[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local calls = redis.call('ZCARD', KEYS[1])
local used = tonumber(redis.call('GET', KEYS[2]) or '0')
local most = tonumber(ARGV[3])
local seconds = tonumber(ARGV[4])
if ARGV[1] == '' or (most > 0 and calls >= most) or (seconds > 0 and used >= seconds) then return {0, calls, used} end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {1, calls + 1, used}
)lua");
  return script;
}

// KEYS as above; ARGV: call (may be empty), microseconds, life of the day.
const redis::Script& EndScript() {
  static const redis::Script script(R"lua(
if ARGV[1] ~= '' then redis.call('ZREM', KEYS[1], ARGV[1]) end
if tonumber(ARGV[2]) > 0 then
  redis.call('INCRBY', KEYS[2], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return 1
)lua");
  return script;
}

// KEYS: calls under way; ARGV: life, then calls. One that has ended meanwhile does not come back.
const redis::Script& RenewScript() {
  static const redis::Script script(R"lua(
local until_when = tonumber(redis.call('TIME')[1]) + tonumber(ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', until_when, ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
)lua");
  return script;
}

std::string Today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc)};
}

std::int64_t MillisecondsToTomorrow() {
  using namespace std::chrono;
  const auto now = time_point_cast<milliseconds>(system_clock::now());
  return (floor<days>(now) + days(1) - now).count();
}

// Names may hold anything: a digest of them is the tag that keeps the keys of a principal together.
std::vector<std::string> KeysOf(const std::string& principal, const std::string& service) {
  const std::string tag = "farrell.quota:{" + canonical::Sha256(principal).substr(0, 32) + "}:";
  return {tag + "calls:" + service, tag + "work:" + Today()};
}

std::string Microseconds(double seconds) { return std::to_string(static_cast<std::int64_t>(seconds * 1e6)); }

}  // namespace

Status Exceeded(const std::string& principal, const std::string& quota, double limit, double used,
                std::int64_t retry_after_ms) {
  metrics::kQuotaRefusals.Add({quota});
  Status status(Code::kResourceExhausted, "QUOTA_EXCEEDED",
                fmt::format("the quota of '{}' is used up: {} {:.10g} of {:.10g}", principal, quota, used, limit));
  status.With("quota", quota).With("limit", fmt::format("{:.10g}", limit)).With("used", fmt::format("{:.10g}", used));
  if (retry_after_ms > 0) status.With(std::string(kRetryAfterKey), std::to_string(retry_after_ms));
  return status;
}

Ledger::Ledger(std::string service, redis::Options redis, std::chrono::milliseconds renew)
    : service_(std::move(service)) {
  if (redis.address.empty()) return;
  redis_ = std::make_unique<redis::Client>(std::move(redis), [](const Status& status) {
    if (status.ok()) return Log(LogLevel::kInfo, "quotas are counted by all replicas together again", {});
    Log(LogLevel::kWarning, "quotas are counted by this process alone while Redis is away",
        {{"error", status.ToString()}});
  });
  renewal_ = std::jthread([this, renew](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!never.wait_for(lock, stop, renew, [] { return false; })) {
      if (stop.stop_requested()) return;
      Renew();
    }
  });
}

Ledger::~Ledger() {
  if (redis_ == nullptr) return;
  renewal_ = {};
  Renew();
}

Ledger::Local& Ledger::Of(const std::string& principal) {
  Local& local = local_[principal];
  if (const std::string today = Today(); local.day != today) {
    local.day = today;
    local.seconds = local.owed;
  }
  return local;
}

std::optional<Usage> Ledger::Ask(const std::string& principal, const access::Quota& quota, const std::string& call,
                                 bool& entered) {
  if (redis_ == nullptr) return {};
  const Result<redis::Reply> reply = redis_->Run(BeginScript(), KeysOf(principal, service_),
                                                 {call, std::to_string(kLivesSeconds), std::to_string(quota.in_flight),
                                                  Microseconds(quota.compute_seconds_per_day)});
  if (!reply.ok() || reply->items.size() != 3) return {};
  entered = reply->items[0].integer == 1;
  return Usage{reply->items[1].integer, static_cast<double>(reply->items[2].integer) / 1e6};
}

Status Ledger::Begin(const std::string& principal, const access::Quota& quota, const std::string& call) {
  bool entered = false;
  if (quota.in_flight <= 0 && quota.compute_seconds_per_day <= 0) {
    const std::lock_guard lock(mutex_);
    Of(principal).calls.emplace(call, false);
    return {};
  }
  std::optional<Usage> used = Ask(principal, quota, call, entered);
  {
    const std::lock_guard lock(mutex_);
    Local& local = Of(principal);
    if (!used) {
      used = {static_cast<std::int64_t>(local.calls.size()), local.seconds};
    } else {
      used->compute_seconds_today += local.owed;
    }
    const bool too_many = quota.in_flight > 0 && used->in_flight >= quota.in_flight;
    const bool too_long =
        quota.compute_seconds_per_day > 0 && used->compute_seconds_today >= quota.compute_seconds_per_day;
    if (entered || !(too_many || too_long)) {
      local.calls.emplace(call, entered);
      return {};
    }
    if (too_long) {
      return Exceeded(principal, "compute_seconds_per_day", quota.compute_seconds_per_day, used->compute_seconds_today,
                      MillisecondsToTomorrow());
    }
  }
  return Exceeded(principal, "in_flight", quota.in_flight, static_cast<double>(used->in_flight), kInFlightRetryMs);
}

void Ledger::End(const std::string& principal, const std::string& call, double seconds) {
  {
    const std::lock_guard lock(mutex_);
    Local& local = Of(principal);
    const auto found = local.calls.find(call);
    const bool entered = found != local.calls.end() && found->second;
    if (found != local.calls.end()) local.calls.erase(found);
    local.seconds += seconds;
    if (redis_ == nullptr) return;
    if (!entered) {
      local.owed += seconds;
      return;
    }
  }
  const redis::Arguments arguments = {call, Microseconds(seconds), std::to_string(kKeepDaySeconds)};
  if (redis_->Run(EndScript(), KeysOf(principal, service_), arguments).ok()) return;
  const std::lock_guard lock(mutex_);
  Of(principal).owed += seconds;
}

Usage Ledger::Used(const std::string& principal) {
  bool entered = false;
  const std::optional<Usage> used = Ask(principal, {}, "", entered);
  const std::lock_guard lock(mutex_);
  const Local& local = Of(principal);
  if (!used) return {static_cast<std::int64_t>(local.calls.size()), local.seconds};
  return {std::max(used->in_flight, static_cast<std::int64_t>(local.calls.size())),
          used->compute_seconds_today + local.owed};
}

// Says that calls are still under way, and what was used while Redis was away.
void Ledger::Renew() {
  std::map<std::string, Local> all;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(local_, [](const auto& one) {
      return one.second.calls.empty() && one.second.owed == 0 && one.second.day != Today();
    });
    all = local_;
  }
  for (const auto& [principal, local] : all) {
    const std::vector<std::string> keys = KeysOf(principal, service_);
    if (!local.calls.empty()) {
      redis::Arguments arguments = {std::to_string(kLivesSeconds)};
      for (const auto& [call, known] : local.calls) arguments.push_back(call);
      static_cast<void>(redis_->Run(RenewScript(), {keys.front()}, arguments));
    }
    if (local.owed <= 0) continue;
    if (!redis_->Run(EndScript(), keys, {"", Microseconds(local.owed), std::to_string(kKeepDaySeconds)}).ok()) continue;
    const std::lock_guard lock(mutex_);
    Of(principal).owed -= local.owed;
  }
}

}  // namespace farrell::quota
