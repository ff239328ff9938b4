// Which cells of two tables differ. Found by content; dates and names of releases play no part.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

enum class ChangeKind : std::uint8_t { kRevised, kAppeared, kVanished };

// A cell of a table; no column or no row: missing.
struct CellPlace {
  const Column* column = nullptr;
  std::optional<std::size_t> row;
  bool IsMissing() const { return column == nullptr || !row || column->IsMissing(*row); }
};

// Refers to the tables compared; valid during the call only.
struct CellChange {
  const std::string* unit = nullptr;
  std::optional<std::int64_t> period;  // unset for a cross-section
  const std::string* variable = nullptr;
  ChangeKind kind = ChangeKind::kRevised;
  CellPlace before;
  CellPlace after;
  // (after - before) / |before|, where both are numbers and the first is not 0.
  std::optional<double> RelativeChange() const;
};

struct PeriodChanges {
  std::optional<std::int64_t> period;
  std::int64_t revised = 0;
  std::int64_t appeared = 0;
  std::int64_t vanished = 0;
  bool operator==(const PeriodChanges&) const = default;
};

struct Comparison {
  std::vector<PeriodChanges> periods;  // with a change, in increasing order
  std::int64_t compared = 0;           // cells under keys that both have
};

// Calls `each` (may be empty) for every cell that differs, by unit, period, then column in the order of `after` and
// those that only `before` has; keys are not compared. `variables`: only these; empty: all. Numbers are equal by value,
// texts by their bytes; a number never equals a text.
// Errors: FAILED_PRECONDITION, reason KEYS_DIFFER; those of `each`; CANCELLED.
Result<Comparison> CompareTables(const Table& before, const Table& after, const std::set<std::string>& variables,
                                 const std::function<Status(const CellChange&)>& each,
                                 const std::stop_token& stop = {});

// All cells of a table, as those that appeared.
Comparison AllAppeared(const Table& table);

}  // namespace farrell::data
