// farrell data export: rows of a table as CSV, table or JSON.
#pragma once

#include <string>
#include <vector>

#include "cli/table_source.h"
#include "common/status/status.h"

namespace farrell::cli {

struct ExportFlags {
  TableFlags table;
  std::vector<std::string> columns;  // --columns, as given; none: all
};

// Prints the rows in the order of the file. JSON is {"columns": [...], "rows": [{...}, ...]} with null where missing.
Status ExportTable(Session& session, const ExportFlags& flags);

}  // namespace farrell::cli
