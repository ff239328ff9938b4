// What a table needs of a printed page: upright, on its side, or in pieces by columns, each with the labels of the
// rows.
#pragma once

#include <vector>

#include "services/reporting/engine/table.h"

namespace farrell::reporting {

struct TablePages {
  // The page lies on its side, with smaller letters.
  bool landscape = false;
  // The table, or its columns from left to right in as few pieces as fit; those after the first are continuations.
  std::vector<Table> pieces;
};

// Measured for A4 with the margins and letters that the style sheet prints with (report_style.cc). A single column is
// never divided.
TablePages PagesOf(const Table& table);

// A table of more lines than surely fit a page begins one; a shorter one is not divided.
bool IsLong(const Table& table);

}  // namespace farrell::reporting
