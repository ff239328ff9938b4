// What a dataset knew: the deliveries of its releases laid over each other, inside a transaction.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/sql/soci.h"
#include "common/status/status.h"
#include "services/data/service/arrival_rows.h"
#include "services/data/service/event_rows.h"
#include "services/data/service/snapshot.h"

namespace farrell::data {

// A snapshot by its digest, inside the transaction.
using SnapshotLoader = std::function<Result<SnapshotPtr>(soci::session&, const std::string& digest)>;

// Those that a release with this embargo may show: not under embargo now, or not for longer.
std::vector<Arrival> Admitted(const std::vector<Arrival>& arrivals, std::int64_t embargo_until, std::int64_t now);

// Those that decide what is known after all of them: from the last that restates the whole. `arrivals` in the order in
// which they were known.
std::vector<Arrival> Counting(const std::vector<Arrival>& arrivals);
std::vector<std::string> NamesOf(const std::vector<Arrival>& arrivals);

// Puts an arrival at its place.
void Insert(std::vector<Arrival>& arrivals, const Arrival& arrival);

// What is known after the arrivals; null when there are none. A view that is kept is not laid together again.
Result<SnapshotPtr> ViewOf(soci::session& session, const std::vector<Arrival>& arrivals, const SnapshotLoader& load);

// Writes the view where it is not there yet, and keeps it for ViewOf.
void StoreView(soci::session& session, const std::vector<Arrival>& arrivals, const Snapshot& view);

// Lays every update again over what it may show of the releases imported before it, and points it at the result.
Status LayAgain(soci::session& session, const access::DataName& dataset, std::int64_t now, const SnapshotLoader& load);

// What changed from one view of a dataset to the next (null: none), by period, with the states after it.
Result<std::vector<EventPeriod>> ChangedPeriods(soci::session& session, const access::DataName& dataset,
                                                const SnapshotPtr& before, const SnapshotPtr& after);

// All periods of a view.
std::vector<EventPeriod> PeriodStates(soci::session& session, const access::DataName& dataset, const Table& view);

}  // namespace farrell::data
