// What changed between two reports, and how much of it is of the data, of the specification and of the code.
//
// The decomposition is sequential: data, then specification, then code. The code that made an old result is not at
// hand, so data and specification are measured with the present code, and code is what remains. Where neither report
// is older than the code, code is zero and the two other parts are differences of printed numbers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/reporting/engine/run_record.h"

namespace farrell::reporting {

// In the order of the decomposition.
enum class Cause : std::uint8_t { kData, kSpecification, kCode };

// "data", "specification", "code".
std::string CauseName(Cause cause);

// One of the two runs, for its heading.
struct DiffSide {
  std::string run;
  std::string study;
  std::string study_digest;
  std::string snapshot_digest;
  std::string report_digest;
  std::string started_at;
};

struct StepDifference {
  std::string id;
  // Empty: the run does not have the step.
  std::string from_key;
  std::string to_key;
  // Causes that can have changed its result, its own or those of a step it needs; none when only one run has it.
  std::set<Cause> causes;
  // "algorithm revision 3, then 4"; empty: its code is the same.
  std::string code;
};

// change = (data + specification) + code, in this order of addition: in every bit where a double can complete the sum,
// else to the last place of the largest part. The levels below hold the parts exactly.
struct Contributions {
  double data = 0;
  double specification = 0;
  double code = 0;
  // By the present code: the study of `from` on its data, then on the data of `to`, then the study of `to` on those.
  // Unset where one cause alone is at work and nothing was computed.
  std::optional<double> from_now;
  std::optional<double> after_data;
  std::optional<double> after_specification;
};

struct CellDifference {
  // Unset: there was no such cell. At least one is set.
  std::optional<CellRecord> from;
  std::optional<CellRecord> to;
  std::optional<Contributions> contributions;

  const CellRecord& either() const { return to ? *to : *from; }
  // Both are numbers, and not the same.
  bool moved() const { return from && to && from->number && to->number && *from->number != *to->number; }
  // to - from; moved() must hold.
  double change() const { return *to->number - *from->number; }
  // change() over |from|; unset where that is 0.
  std::optional<double> relative() const;
};

struct SentenceDifference {
  std::string id;
  std::string kind;
  // Empty: it was not there.
  std::string from;
  std::string to;
};

struct RunDiff {
  DiffSide from;
  DiffSide to;
  std::set<Cause> causes;
  std::vector<StepDifference> steps;
  std::vector<CellDifference> cells;
  std::vector<SentenceDifference> sentences;
  // Cells of both reports together.
  std::int64_t cell_count = 0;
  std::vector<std::string> notes;

  std::int64_t moved_count() const;
};

// What is known of a change before anything is computed anew.
struct DiffKnowledge {
  bool data_moved = false;
  // The studies say something else, apart from where their data are.
  bool specification_moved = false;
};

// The differences and their causes. A change with one cause is that cause's alone.
RunDiff CompareReports(const ReportRecord& from, const ReportRecord& to, const DiffKnowledge& known);

// The reports that the present code makes.
struct Replays {
  // The study of `from` on its own data, on the data of `to`; the study of `to` on its data.
  ReportRecord from_now;
  ReportRecord after_data;
  ReportRecord after_specification;
};

// Splits every number that moved and can be found in every replay, and says of the others why not. Narrows the causes
// of a step to those that changed its key.
void Decompose(const Replays& replays, RunDiff& diff);

// For a terminal (the first rows of long lists), as a document, and one row a change for programs.
std::string RenderDiffText(const RunDiff& diff);
std::string RenderDiffMarkdown(const RunDiff& diff);
std::string RenderDiffCsv(const RunDiff& diff);

}  // namespace farrell::reporting
