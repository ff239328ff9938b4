// The part of the store that follows datasets through their releases: arrivals, withdrawals, what was known when.
#include <algorithm>
#include <chrono>
#include <utility>

#include "common/text/time.h"
#include "services/data/engine/overlay.h"
#include "services/data/engine/text.h"
#include "services/data/service/dataset_names.h"
#include "services/data/service/holdings.h"
#include "services/data/service/snapshot_rows.h"
#include "services/data/service/store.h"

namespace farrell::data {
namespace {

using access::DataName;

// Writers elsewhere are heard of so soon.
constexpr std::chrono::milliseconds kLookAgain{500};

std::string DayOf(std::int64_t seconds) {
  return text::FormatTime(text::SystemTime(std::chrono::seconds(seconds))).substr(0, 10);
}

bool IsOpen(const Arrival& arrival, const std::vector<NamedRelease>& open) {
  return std::any_of(open.begin(), open.end(),
                     [&](const NamedRelease& release) { return release.name.release == arrival.release.name.release; });
}

// The snapshot of the latest release in order of import, as the dataset's name means it.
std::string LatestSnapshot(const std::vector<Arrival>& arrivals) {
  const auto latest = std::max_element(arrivals.begin(), arrivals.end(),
                                       [](const Arrival& a, const Arrival& b) { return a.sequence < b.sequence; });
  return latest == arrivals.end() ? "" : latest->release.snapshot;
}

DatasetEvent EventOf(EventKind kind, const Arrival& arrival, std::int64_t now) {
  return {.name = arrival.release.name,
          .kind = kind,
          .snapshot = arrival.release.snapshot,
          .known_at = arrival.known_at,
          .recorded_at = now,
          .source_digest = arrival.source_digest,
          .update = arrival.update,
          .embargo_until = arrival.release.embargo_until,
          .periods = {}};
}

}  // namespace

SnapshotLoader Store::Loader() {
  return [this](soci::session& session, const std::string& digest) -> Result<SnapshotPtr> {
    if (SnapshotPtr recent = Recall(digest)) return recent;
    auto loaded = std::make_shared<Snapshot>();
    FARRELL_ASSIGN_OR_RETURN(*loaded, ReadSnapshot(session, digest));
    Remember(loaded);
    return SnapshotPtr(std::move(loaded));
  };
}

Status Store::Arrive(soci::session& session, const Viewpoint& view, NamedRelease release, const Name& name, Put& put) {
  const DataName dataset = DatasetOf(release);
  const SnapshotPtr delivered = put.snapshot;
  // What was stored a moment ago need not be read back.
  const SnapshotLoader load = [&](soci::session& within, const std::string& digest) -> Result<SnapshotPtr> {
    if (digest == delivered->info.digest) return delivered;
    return Loader()(within, digest);
  };
  const std::vector<Arrival> before = ArrivalsOf(session, dataset);
  const auto held = std::find_if(before.begin(), before.end(), [&](const Arrival& each) {
    return each.release.name.release == release.name.release;
  });
  if (held != before.end()) {
    const bool same = held->delivered == delivered->info.digest && held->update == name.update;
    release.snapshot = same ? held->release.snapshot : "";
    FARRELL_RETURN_IF_ERROR(AddRelease(session, release, view));
    FARRELL_ASSIGN_OR_RETURN(put.snapshot, load(session, release.snapshot));
    AddBreaks(session, dataset, "", name.breaks);
    put.existed = true;
    return Status::Ok();
  }

  Arrival arrival{.release = release,
                  .known_at = delivered->info.known_at.empty() ? DayOf(view.now) : delivered->info.known_at,
                  .recorded_at = view.now,
                  .source_digest = name.source_digest,
                  .update = name.update,
                  .delivered = delivered->info.digest};
  for (const Arrival& each : before) arrival.sequence = std::max(arrival.sequence, each.sequence);
  ++arrival.sequence;  // within the dataset; the row gets that of the store
  std::vector<Arrival> known = Admitted(before, release.embargo_until, view.now);
  Result<SnapshotPtr> was = ViewOf(session, known, load);
  // Whoever restates the whole need not be able to read what was there.
  if (!was.ok() && name.update) return was.status();
  if (name.update && *was) FARRELL_RETURN_IF_ERROR(CheckUpdate((*was)->table, delivered->table));
  Insert(known, arrival);
  Result<SnapshotPtr> is = was.ok() ? ViewOf(session, known, load) : was;
  if (name.update) {
    if (!is.ok()) return is.status();
    StoreView(session, known, **is);
    arrival.release.snapshot = (*is)->info.digest;
    put.existed = false;
  }
  FARRELL_RETURN_IF_ERROR(AddRelease(session, arrival.release, view));
  InsertArrival(session, arrival, arrival.release.embargo_until <= view.now);
  if (arrival.delivered != arrival.release.snapshot) HoldDelivered(session, arrival.release, arrival.delivered);
  AddBreaks(session, dataset, "", name.breaks);
  if (is.ok()) {
    FARRELL_ASSIGN_OR_RETURN(put.changes, ChangedPeriods(session, dataset, *was, *is));
    if (name.update) put.snapshot = *is;
  }
  DatasetEvent event = EventOf(EventKind::kArrived, arrival, view.now);
  event.periods = put.changes;
  InsertEvent(session, event);
  return Status::Ok();
}

Result<int> Store::Remove(const std::string& dataset, const std::string& release) {
  const Viewpoint view = Viewpoint::Here();
  int removed = 0;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<NamedRelease> found, FindReleases(session, dataset, release, view));
    for (const NamedRelease& each : found) {
      if (!view.caller.MayWrite(each.name)) return NotWritable(each.name, view);
    }
    const DataName name = DatasetOf(found.front());
    std::int64_t embargo = 0;
    for (const NamedRelease& each : found) embargo = std::max(embargo, each.embargo_until);
    const std::vector<Arrival> before = ArrivalsOf(session, name);
    const Result<SnapshotPtr> was = ViewOf(session, Admitted(before, embargo, view.now), Loader());
    for (const NamedRelease& each : found) RemoveRelease(session, each);
    FARRELL_RETURN_IF_ERROR(LayAgain(session, name, view.now, Loader()));

    const std::vector<Arrival> left = ArrivalsOf(session, name);
    const Result<SnapshotPtr> is = ViewOf(session, Admitted(left, embargo, view.now), Loader());
    std::vector<EventPeriod> changes;
    // A damaged table can be removed; what it held cannot be counted.
    if (was.ok() && is.ok()) {
      FARRELL_ASSIGN_OR_RETURN(changes, ChangedPeriods(session, name, *was, *is));
    }
    std::size_t told = 0;
    for (const Arrival& each : before) {
      if (!IsOpen(each, found)) continue;
      DatasetEvent event = EventOf(EventKind::kWithdrawn, each, view.now);
      event.snapshot = LatestSnapshot(left);
      if (++told == found.size()) event.periods = changes;  // all of them together
      InsertEvent(session, event);
    }
    if (left.empty()) RemoveDeclarations(session, name);
    removed = static_cast<int>(found.size());
    return Status::Ok();
  }));
  Ring();
  return removed;
}

Result<Store::Embargo> Store::SetEmbargo(const std::string& dataset, const std::string& release, std::int64_t until) {
  const Viewpoint view = Viewpoint::Here();
  Embargo embargo;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<NamedRelease> found, FindReleases(session, dataset, release, view));
    const NamedRelease& moved = found.back();
    if (!view.caller.MayWrite(moved.name)) return NotWritable(moved.name, view);
    const auto binding = [&](std::int64_t time) { return time > view.now ? time : 0; };
    embargo = {binding(moved.embargo_until), binding(until)};
    MoveEmbargo(session, moved, embargo.until);
    MoveEventEmbargo(session, moved.name, embargo.until);
    if (embargo.before != embargo.until) SetAnnounced(session, moved.name, false);
    return LayAgain(session, DatasetOf(moved), view.now, Loader());
  }));
  FARRELL_RETURN_IF_ERROR(AnnounceOpened());
  return embargo;
}

Result<ResolvedReference> Store::ResolveKnown(const std::string& dataset, const std::string& day) {
  if (!IsIsoDate(day)) {
    return InvalidArgument("REFERENCE_INVALID", "'" + dataset + std::string(kKnown) + day + "' names no day: write " +
                                                    dataset + "@known:YYYY-MM-DD");
  }
  const Viewpoint view = Viewpoint::Here();
  ResolvedReference resolved;
  std::vector<Arrival> known;
  const auto look = [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<NamedRelease> open, FindReleases(session, dataset, "", view));
    resolved = {"", Written(open.front().name, view.caller), std::string(kKnown.substr(1)) + day,
                DatasetOf(open.front())};
    known = ArrivalsOf(session, resolved.name);
    std::erase_if(known, [&](const Arrival& each) { return !IsOpen(each, open); });
    const std::string first = known.front().known_at;
    std::erase_if(known, [&](const Arrival& each) { return each.known_at > day; });
    if (known.empty()) {
      return NotFound("NOTHING_KNOWN",
                      "nothing of dataset " + dataset + " was known on " + day + ": the first release is of " + first)
          .With("dataset", dataset);
    }
    known = Counting(known);
    resolved.newest_release = known.back().release.name.release;
    if (known.size() == 1) {
      resolved.digest = known.front().delivered;
    } else {
      resolved.digest = KeptView(session, ViewId(resolved.name, NamesOf(known)));
    }
    // What an update delivered alone is not open by itself.
    if (!resolved.digest.empty() && !MayRead(session, resolved.digest, view)) resolved.digest.clear();
    return Status::Ok();
  };
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, look));
  if (!resolved.digest.empty()) return resolved;
  SnapshotPtr made;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    FARRELL_RETURN_IF_ERROR(look(session));
    FARRELL_ASSIGN_OR_RETURN(made, ViewOf(session, known, Loader()));
    StoreView(session, known, *made);
    HoldView(session, resolved.name, NamesOf(known), made->info.digest, view.caller.project());
    resolved.digest = made->info.digest;
    return Status::Ok();
  }));
  Remember(made);
  return resolved;
}

Result<Store::EventPage> Store::Events(const std::string& dataset, std::int64_t after, int limit) {
  FARRELL_RETURN_IF_ERROR(AnnounceOpened());
  const Viewpoint view = Viewpoint::Here();
  EventPage page;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    page = {};
    const std::int64_t last = LastEvent(session);
    if (after > last) {
      return Status(Code::kOutOfRange, "SEQUENCE_UNKNOWN",
                    "the store has " + std::to_string(last) + " events, none with sequence " + std::to_string(after) +
                        ": it was restored from a backup, begin again")
          .With("last_sequence", std::to_string(last));
    }
    std::vector<DatasetEvent> events =
        EventsAfter(session, after, dataset.empty() ? std::vector<DataName>() : Meanings(dataset, view.caller), limit);
    page.more = events.size() == static_cast<std::size_t>(limit);
    page.until = page.more ? events.back().sequence : last;
    const access::Time now = access::Time(std::chrono::seconds(view.now));
    for (DatasetEvent& event : events) {
      const access::Time embargo = access::Time(std::chrono::seconds(event.embargo_until));
      const bool open = event.name.release.empty() ? !OpenReleases(session, event.name, view).empty() ||
                                                         view.caller.MayRead(event.name, embargo, now)
                                                   : view.caller.MayRead(event.name, embargo, now);
      if (!open) continue;
      if (!event.snapshot.empty() && !MayRead(session, event.snapshot, view)) event.snapshot.clear();
      page.events.push_back(std::move(event));
    }
    return Status::Ok();
  }));
  return page;
}

Status Store::AnnounceOpened() {
  const std::int64_t now = Viewpoint::Here().now;
  bool any = false;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) {
    any = !Unannounced(session, now).empty();
    return Status::Ok();
  }));
  if (!any) return Status::Ok();
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    for (const Arrival& arrival : Unannounced(session, now)) {
      // Open updates after it left its cells out.
      FARRELL_RETURN_IF_ERROR(LayAgain(session, DatasetOf(arrival.release), now, Loader()));
      DatasetEvent event = EventOf(EventKind::kOpened, arrival, now);
      if (const std::optional<DatasetEvent> told = ArrivalEvent(session, arrival.release.name)) {
        event.periods = told->periods;
      }
      InsertEvent(session, event);
      SetAnnounced(session, arrival.release.name, true);
    }
    return Status::Ok();
  }));
  Ring();
  return Status::Ok();
}

void Store::Ring() {
  {
    const std::scoped_lock lock(bell_mutex_);
    ++rings_;
  }
  bell_.notify_all();
}

void Store::WaitForEvents(std::chrono::milliseconds longest, const std::stop_token& stop) {
  std::unique_lock lock(bell_mutex_);
  const std::uint64_t before = rings_;
  bell_.wait_for(lock, stop, std::min(longest, kLookAgain), [&] { return rings_ != before; });
}

Result<Store::DatasetStatus> Store::StatusOf(const std::string& reference) {
  DatasetStatus status;
  FARRELL_ASSIGN_OR_RETURN(status.resolved, Resolve(reference));
  if (status.resolved.dataset.empty()) return status;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) {
    status.declared = DeclarationOf(session, status.resolved.name);
    status.frozen = FrozenPeriods(session, status.resolved.name);
    return Status::Ok();
  }));
  return status;
}

Result<std::int64_t> Store::Declare(const std::string& dataset, const Declaration& declaration) {
  const Viewpoint view = Viewpoint::Here();
  std::int64_t sequence = 0;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    sequence = 0;
    const Result<std::vector<NamedRelease>> found = FindReleases(session, dataset, "", view);
    const DataName name = found.ok() ? DatasetOf(found->front()) : Meanings(dataset, view.caller).front();
    if (!view.caller.MayWrite(name)) return NotWritable(name, view);
    if (!data::Declare(session, name, declaration)) return Status::Ok();
    sequence = InsertEvent(session, {.name = name,
                                     .kind = EventKind::kDeclared,
                                     .snapshot = found.ok() ? found->back().snapshot : "",
                                     .known_at = "",
                                     .recorded_at = view.now,
                                     .source_digest = "",
                                     .periods = {}});
    return Status::Ok();
  }));
  Ring();
  return sequence;
}

Result<Store::Frozen> Store::Freeze(const std::string& dataset, const std::vector<std::int64_t>& periods, bool thaw) {
  const Viewpoint view = Viewpoint::Here();
  Frozen frozen;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    frozen = {};
    FARRELL_ASSIGN_OR_RETURN(const std::vector<NamedRelease> found, FindReleases(session, dataset, "", view));
    const DataName name = DatasetOf(found.front());
    if (!view.caller.MayWrite(name)) return NotWritable(name, view);
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr known, ViewOf(session, ArrivalsOf(session, name), Loader()));
    const std::set<std::int64_t> before = FrozenPeriods(session, name);
    const std::set<std::int64_t> there(known->table.keys->times.begin(), known->table.keys->times.end());
    Violations violations;
    std::set<std::int64_t> moved;
    for (std::size_t index = 0; index < periods.size(); ++index) {
      if (!there.contains(periods[index]) && !before.contains(periods[index])) {
        violations.Add("periods[" + std::to_string(index) + "]",
                       "the dataset has no period " + std::to_string(periods[index]));
      }
      if (before.contains(periods[index]) == thaw) moved.insert(periods[index]);
    }
    FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("PERIODS_INVALID", "the periods cannot be frozen"));
    for (const std::int64_t period : moved) {
      if (thaw) {
        Thaw(session, name, period);
      } else {
        data::Freeze(session, name, period, view.now);
      }
    }
    frozen.periods = FrozenPeriods(session, name);
    if (moved.empty()) return Status::Ok();
    DatasetEvent event{.name = name,
                       .kind = EventKind::kFrozen,
                       .snapshot = found.back().snapshot,
                       .known_at = "",
                       .recorded_at = view.now,
                       .source_digest = "",
                       .periods = {}};
    for (EventPeriod each : PeriodStates(session, name, known->table)) {
      if (!each.changes.period || !moved.contains(*each.changes.period)) continue;
      each.frozen = thaw;  // before
      event.periods.push_back(each);
    }
    frozen.event = InsertEvent(session, event);
    return Status::Ok();
  }));
  Ring();
  return frozen;
}

Result<std::vector<Store::Delivered>> Store::Deliveries(const std::string& dataset) {
  const Viewpoint view = Viewpoint::Here();
  std::vector<Delivered> deliveries;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    deliveries.clear();
    FARRELL_ASSIGN_OR_RETURN(const std::vector<NamedRelease> open, FindReleases(session, dataset, "", view));
    for (Arrival& arrival : ArrivalsOf(session, DatasetOf(open.front()))) {
      if (!IsOpen(arrival, open)) continue;
      FARRELL_ASSIGN_OR_RETURN(SnapshotPtr snapshot, Loader()(session, arrival.delivered));
      deliveries.push_back({std::move(arrival), std::move(snapshot)});
    }
    return Status::Ok();
  }));
  return deliveries;
}

Result<std::vector<DeclaredBreak>> Store::BreaksOf(const std::string& digest) {
  const Viewpoint view = Viewpoint::Here();
  std::set<DeclaredBreak> breaks;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    breaks.clear();
    for (const DataName& source : OpenSources(session, digest, view)) {
      if (source.dataset.empty()) continue;
      for (DeclaredBreak& each : DeclarationOf(session, source).breaks) breaks.insert(std::move(each));
    }
    for (const std::string& base : WithBases(session, digest)) {
      for (DeclaredBreak& each : BreaksOfSnapshot(session, view.caller.project(), base)) breaks.insert(std::move(each));
    }
    return Status::Ok();
  }));
  return std::vector<DeclaredBreak>(breaks.begin(), breaks.end());
}

}  // namespace farrell::data
