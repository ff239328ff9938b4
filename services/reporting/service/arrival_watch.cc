#include "services/reporting/service/arrival_watch.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "common/rpc/ask_again.h"
#include "common/rpc/log.h"
#include "common/text/time.h"
#include "services/reporting/service/arrival_source.h"

namespace farrell::reporting {
namespace {

constexpr std::chrono::seconds kFirstListenPause{1};
constexpr std::chrono::seconds kLongestListenPause{30};

}  // namespace

ArrivalWatch::ArrivalWatch(const ScheduleEnvironment& environment, std::function<void()> on_event)
    : environment_(environment), on_event_(std::move(on_event)), store_(environment.run.store.database()) {}

ArrivalWatch::~ArrivalWatch() { Rest(); }

Result<std::map<ArrivalWatch::Key, std::vector<std::string>>> ArrivalWatch::Wanted() {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<KeptSchedule> schedules, store_.All());
  std::map<Key, std::vector<std::string>> wanted;
  for (const KeptSchedule& kept : schedules) {
    if (!kept.stored.schedule().has_arrival()) continue;
    wanted[{kept.stored.holder(), kept.stored.dataset()}].push_back(kept.stored.id());
  }
  for (auto& [key, ids] : wanted) std::sort(ids.begin(), ids.end());
  return wanted;
}

void ArrivalWatch::Follow() {
  const auto kept = Wanted();
  if (!kept.ok()) return;
  const std::map<Key, std::vector<std::string>>& wanted = *kept;
  std::vector<std::jthread> ended;
  const std::lock_guard lock(mutex_);
  for (auto it = streams_.begin(); it != streams_.end();) {
    const auto found = wanted.find(it->first);
    if (found != wanted.end() && found->second == it->second.schedule_ids) {
      ++it;
      continue;
    }
    it->second.thread.request_stop();
    ended.push_back(std::move(it->second.thread));
    it = streams_.erase(it);
  }
  for (const auto& [key, ids] : wanted) {
    if (streams_.contains(key)) continue;
    streams_[key] = {
        ids, std::jthread([this, key = key, ids = ids](const std::stop_token& stop) { Listen(key, ids, stop); })};
  }
}

void ArrivalWatch::Rest() {
  std::map<Key, Stream> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(streams_);
  }
  for (auto& [key, stream] : ended) stream.thread.request_stop();
}

Status ArrivalWatch::CatchUp(const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const auto wanted, Wanted());
  for (const auto& [key, ids] : wanted) {
    const Status heard = Hear(key, ids, false, stop);
    if (stop.stop_requested()) return Cancelled();
    if (heard.code() == Code::kUnavailable) return heard;
    if (heard.ok()) continue;
    Log(LogLevel::kWarning, "a dataset does not tell what happened to it",
        {{"dataset", key.second}, {"error", heard.ToString()}});
  }
  return Status::Ok();
}

void ArrivalWatch::Listen(const Key& key, const std::vector<std::string>& schedule_ids, const std::stop_token& stop) {
  std::chrono::seconds pause = kFirstListenPause;
  std::string told;
  while (!stop.stop_requested()) {
    const Status lost = Hear(key, schedule_ids, true, stop);
    if (stop.stop_requested()) return;
    if (lost.ok()) {
      pause = kFirstListenPause;
    } else if (lost.ToString() != told) {
      told = lost.ToString();
      Log(LogLevel::kWarning, "a dataset cannot be listened to, to be tried again",
          {{"dataset", key.second}, {"error", told}});
    }
    if (!PauseUnlessStopped(stop, pause)) return;
    pause = std::min(2 * pause, kLongestListenPause);
  }
}

Status ArrivalWatch::Hear(const Key& key, const std::vector<std::string>& schedule_ids, bool follow,
                          const std::stop_token& stop) {
  std::int64_t after = std::numeric_limits<std::int64_t>::max();
  std::map<std::string, std::int64_t> begins;
  for (const std::string& id : schedule_ids) {
    FARRELL_ASSIGN_OR_RETURN(const std::optional<KeptSchedule> kept, store_.Find(id));
    if (!kept) continue;
    FARRELL_ASSIGN_OR_RETURN(const std::int64_t newest, store_.NewestArrival(id));
    begins[id] = kept->stored.arrivals_after();
    after = std::min(after, std::max(newest, begins[id]));
  }
  if (begins.empty()) return Status::Ok();
  FARRELL_ASSIGN_OR_RETURN(const CallInfo call, CallOfHolder(environment_, key.first));
  const CallScope scope(&call);
  const Status heard = ReadEvents(
      environment_.run.services, key.second, after, follow,
      [&](v1::Arrival arrival) -> Status {
        const schedule::Moment now = environment_.now();
        arrival.set_seen_at(text::FormatTime(now));
        arrival.set_end(v1::Arrival::END_PENDING);
        std::vector<std::string> hear;
        for (const auto& [id, begin] : begins) {
          if (arrival.sequence() > begin) hear.push_back(id);
        }
        FARRELL_RETURN_IF_ERROR(store_.AddArrivals(hear, arrival, now));
        on_event_();
        return Status::Ok();
      },
      stop);
  if (heard.reason() != "SEQUENCE_UNKNOWN") return heard;
  Log(LogLevel::kWarning, "the data service was restored from a backup; its events are heard from the beginning",
      {{"dataset", key.second}});
  for (const std::string& id : schedule_ids) FARRELL_RETURN_IF_ERROR(store_.ForgetArrivals(id));
  return Hear(key, schedule_ids, follow, stop);
}

}  // namespace farrell::reporting
