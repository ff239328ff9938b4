#include "services/data/service/vintages.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "services/data/engine/cell_changes.h"
#include "services/data/engine/overlay.h"
#include "services/data/engine/standing.h"
#include "services/data/service/declaration_rows.h"
#include "services/data/service/snapshot_rows.h"

namespace farrell::data {
namespace {

using access::DataName;

std::vector<Arrival> First(const std::vector<Arrival>& arrivals, std::size_t count) {
  return {arrivals.begin(), arrivals.begin() + static_cast<std::ptrdiff_t>(count)};
}

const DataName& DatasetOf(const std::vector<Arrival>& arrivals) { return arrivals.front().release.name; }

PeriodState StateOf(const PeriodStanding& standing, const std::set<std::int64_t>& frozen) {
  if (standing.period && frozen.contains(*standing.period)) return PeriodState::kFrozen;
  return standing.complete() ? PeriodState::kComplete : PeriodState::kOpen;
}

}  // namespace

std::vector<Arrival> Admitted(const std::vector<Arrival>& arrivals, std::int64_t embargo_until, std::int64_t now) {
  std::vector<Arrival> admitted;
  for (const Arrival& arrival : arrivals) {
    const std::int64_t embargo = arrival.release.embargo_until;
    if (embargo <= now || embargo <= embargo_until) admitted.push_back(arrival);
  }
  return admitted;
}

std::vector<Arrival> Counting(const std::vector<Arrival>& arrivals) {
  std::size_t first = 0;
  for (std::size_t index = 0; index < arrivals.size(); ++index) {
    if (!arrivals[index].update) first = index;
  }
  return {arrivals.begin() + static_cast<std::ptrdiff_t>(first), arrivals.end()};
}

std::vector<std::string> NamesOf(const std::vector<Arrival>& arrivals) {
  std::vector<std::string> names;
  for (const Arrival& arrival : arrivals) names.push_back(arrival.release.name.release);
  return names;
}

void Insert(std::vector<Arrival>& arrivals, const Arrival& arrival) {
  const auto before = [](const Arrival& a, const Arrival& b) {
    return std::tie(a.known_at, a.sequence) < std::tie(b.known_at, b.sequence);
  };
  arrivals.insert(std::upper_bound(arrivals.begin(), arrivals.end(), arrival, before), arrival);
}

Result<SnapshotPtr> ViewOf(soci::session& session, const std::vector<Arrival>& arrivals, const SnapshotLoader& load) {
  const std::vector<Arrival> counting = Counting(arrivals);
  if (counting.empty()) return SnapshotPtr();
  if (counting.size() == 1) return load(session, counting.front().delivered);
  // The longest beginning that is kept.
  std::size_t laid = counting.size();
  std::string kept;
  for (; laid > 1 && kept.empty(); --laid) {
    kept = KeptView(session, ViewId(DatasetOf(counting), NamesOf(First(counting, laid))));
    if (!kept.empty()) break;
  }
  std::vector<SnapshotPtr> layers;
  FARRELL_ASSIGN_OR_RETURN(SnapshotPtr base, load(session, kept.empty() ? counting.front().delivered : kept));
  if (laid == counting.size()) return base;
  layers.push_back(std::move(base));
  std::vector<Delivery> deliveries = {{&layers.back()->table, true}};
  for (std::size_t index = laid; index < counting.size(); ++index) {
    FARRELL_ASSIGN_OR_RETURN(SnapshotPtr layer, load(session, counting[index].delivered));
    layers.push_back(std::move(layer));
    deliveries.push_back({&layers.back()->table, false});
  }
  auto view = std::make_shared<Snapshot>();
  FARRELL_ASSIGN_OR_RETURN(view->table, LayOver(deliveries));
  FARRELL_ASSIGN_OR_RETURN(const SnapshotDigests digests, DigestTable(view->table));
  view->info = DescribeSnapshot(view->table, digests);
  return SnapshotPtr(std::move(view));
}

void StoreView(soci::session& session, const std::vector<Arrival>& arrivals, const Snapshot& view) {
  if (!SnapshotExists(session, view.info.digest)) InsertSnapshot(session, view.table, view.info, "");
  const std::vector<Arrival> counting = Counting(arrivals);
  if (counting.size() > 1) KeepView(session, DatasetOf(counting), NamesOf(counting), view.info.digest);
}

Status LayAgain(soci::session& session, const DataName& dataset, std::int64_t now, const SnapshotLoader& load) {
  const std::vector<Arrival> all = ArrivalsOf(session, dataset);
  for (const Arrival& update : all) {
    if (!update.update) continue;
    std::vector<Arrival> before = Admitted(all, update.release.embargo_until, now);
    std::erase_if(before, [&](const Arrival& each) { return each.sequence > update.sequence; });
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr view, ViewOf(session, before, load));
    if (view->info.digest == update.release.snapshot) continue;
    StoreView(session, before, *view);
    if (view->info.digest != update.delivered) HoldDelivered(session, update.release, update.delivered);
    PointRelease(session, update.release, view->info.digest);
  }
  return Status::Ok();
}

Result<std::vector<EventPeriod>> ChangedPeriods(soci::session& session, const DataName& dataset,
                                                const SnapshotPtr& before, const SnapshotPtr& after) {
  if (before && after && before->info.digest == after->info.digest) return std::vector<EventPeriod>();
  Comparison comparison;
  if (before && after) {
    Result<Comparison> compared = CompareTables(before->table, after->table, {}, {});
    // Under other keys no cell is the same cell.
    if (!compared.ok() && compared.status().reason() != "KEYS_DIFFER") return compared.status();
    comparison = compared.ok() ? std::move(*compared) : AllAppeared(after->table);
  } else if (after) {
    comparison = AllAppeared(after->table);
  } else if (before) {
    comparison = AllAppeared(before->table);
    for (PeriodChanges& each : comparison.periods) std::swap(each.appeared, each.vanished);
  }
  const std::set<std::int64_t> frozen = FrozenPeriods(session, dataset);
  std::map<std::optional<std::int64_t>, PeriodState> states;
  if (after) {
    for (const EventPeriod& each : PeriodStates(session, dataset, after->table)) {
      states[each.changes.period] = each.state;
    }
  }
  std::vector<EventPeriod> periods;
  for (const PeriodChanges& changes : comparison.periods) {
    EventPeriod& made = periods.emplace_back();
    made.changes = changes;
    made.frozen = changes.period && frozen.contains(*changes.period);
    const auto state = states.find(changes.period);
    if (state != states.end()) made.state = state->second;
  }
  return periods;
}

std::vector<EventPeriod> PeriodStates(soci::session& session, const DataName& dataset, const Table& view) {
  const Declaration declared = DeclarationOf(session, dataset);
  const std::set<std::int64_t> frozen = FrozenPeriods(session, dataset);
  std::vector<EventPeriod> periods;
  for (const PeriodStanding& standing : StandingOf(view, declared.expected)) {
    EventPeriod& made = periods.emplace_back();
    made.changes.period = standing.period;
    made.frozen = standing.period && frozen.contains(*standing.period);
    made.state = StateOf(standing, frozen);
  }
  return periods;
}

}  // namespace farrell::data
