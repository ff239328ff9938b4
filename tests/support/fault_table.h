// Lines of the one table of faults (docs/operations/faults.md). Test programs leave theirs in build/fault-table;
// fault_table, which runs after all of them, prints the table and misses whoever left none.
#pragma once

#include <map>
#include <string>

namespace farrell::testing {

struct FaultLine {
  std::string fault;     // what was disturbed and how: "kill -9 farrell-dea"
  std::string workload;  // what ran meanwhile: "study"
  int injected = 0;      // how often
  // Outcomes, one a run of the workload: the bytes of an undisturbed run; an error with a code and a reason; of these,
  // those whose repetition gave the bytes.
  int same_bytes = 0;
  int typed_errors = 0;
  int retried_ok = 0;
  // Anything else: other bytes, a crash, a hang, an error without a reason.
  int failures = 0;
  // What the slowest run took longer than an undisturbed one. Unset (negative): not measured.
  double worst_stall_seconds = -1;
  // Why it was not run here: the privilege or package that is missing.
  std::string skipped{};
};

// Keeps the line, in place of an earlier one of the same fault and workload.
void LeaveFaultLine(const FaultLine& line);

// All lines left, by fault and workload. Throws when one cannot be read.
std::map<std::pair<std::string, std::string>, FaultLine> FaultLines();

// The table as Markdown.
std::string FormatFaultTable(const std::map<std::pair<std::string, std::string>, FaultLine>& lines);

}  // namespace farrell::testing
