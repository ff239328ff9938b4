// The kinds of tables a study may ask for: what `columns` names, where the table stands, how it is built. Validation,
// reading order and building all read this one list.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/facts.h"
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

struct TableKind {
  static constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

  // As in StudyTable.kind.
  std::string_view name;
  // Lists of the study whose ids `columns` names. "variables": declared ones; empty: any variable, scores included.
  std::vector<std::string_view> lists;
  // What one column is called in a message: "regression", "entry of `specification_tests`".
  std::string_view what;
  // How many columns there must be, and may be.
  std::size_t least = 0;
  std::size_t most = kAny;
  // `terms` chooses among the terms of the models.
  bool has_terms = false;
  Section section = Section::kAssociations;
  Result<Table> (*build)(const TableSpec&, const ReportFacts&, const TableOptions&) = nullptr;
};

const std::vector<TableKind>& TableKinds();

// Null for an unknown name.
const TableKind* FindTableKind(std::string_view name);

// One table of the study. A table that can say nothing because the data lack a variable says so. Errors:
// INVALID_ARGUMENT TABLE_INVALID (unknown kind, unknown or wrong number of columns); those of the builder.
Result<Table> BuildTable(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options);

}  // namespace farrell::reporting
