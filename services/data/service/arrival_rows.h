// What every release of a dataset delivered, as rows inside a transaction.
//
// Cells are never overwritten: a release keeps the snapshot it delivered beside the one that it is, which for an update
// is the whole after it. Releases of programs of schema version 2 have no row: they restated the whole, and are known
// since the date they say, or since ever.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/sql/soci.h"
#include "services/data/service/holdings.h"

namespace farrell::data {

struct Arrival {
  NamedRelease release;
  std::int64_t sequence = 0;  // in order of import
  std::string known_at;       // YYYY-MM-DD; empty: since ever
  std::int64_t recorded_at = 0;
  std::string source_digest;
  bool update = false;
  std::string delivered;  // snapshot
};

// Of a dataset, in the order in which they were known: by date, then by order of import. Whether open or not.
std::vector<Arrival> ArrivalsOf(soci::session& session, const access::DataName& dataset);

// Beside the release, which is there already. Sequences are those of releases.
void InsertArrival(soci::session& session, const Arrival& arrival, bool announced);

// Releases whose embargo has ended without an event that says so.
std::vector<Arrival> Unannounced(soci::session& session, std::int64_t now);
void SetAnnounced(soci::session& session, const access::DataName& release, bool announced);

}  // namespace farrell::data
