// What is known after several deliveries: their tables laid over each other.
#pragma once

#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

struct Delivery {
  const Table* table = nullptr;
  // Restates everything: what came before does not count.
  bool whole = false;
};

// In the order in which they were known; at least one. A cell that is present replaces what was there, a missing one
// changes nothing. Rows and columns stand in the order of their first appearance. A column that is numbers in one
// delivery and texts in another is texts. `known_at` is the latest, `synthetic` holds if any is, sources are listed,
// labels of columns are the latest that say anything. One delivery alone is returned as it is.
// Errors: FAILED_PRECONDITION, reason KEYS_DIFFER.
Result<Table> LayOver(const std::vector<Delivery>& deliveries);

// Whether `update` can be laid over `base` without turning numbers into texts. Errors: FAILED_PRECONDITION, reason
// KEYS_DIFFER; INVALID_ARGUMENT, reason UPDATE_TYPE_DIFFERS, naming every column.
Status CheckUpdate(const Table& base, const Table& update);

}  // namespace farrell::data
