// Parts of the table of a comparison.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/table.h"

namespace farrell::reporting::comparison_table {

enum ColumnIndex : std::size_t {
  kEstimate,
  kStatistic,
  kDf,
  kDf2,
  kP,
  kAdjustedP,
  kWildP,
  kLow,
  kHigh,
  kObservations,
  kClusters,
  kWeight,
  kColumnCount
};

struct Context {
  const CompareFacts& comparison;
  const TableOptions& options;
  std::vector<StarLevel> levels;
  bool any_stars = false;
};

std::vector<Cell> Blank();
// Without the estimate and its standard error.
std::vector<Cell> InferenceCells(const TermInferenceFacts& inference);
Cell DegreesCell(const std::optional<double>& df);
std::string GroupLabel(const CompareFacts& comparison, const std::string& name);
// The label of a term, else its name.
std::string TermLabel(const TermFacts& term);

// The joint test of a term that stands beside its differences ("Welch", "HTZ", "Wald"), empty where undefined.
std::string JointForm(const JointEqualityFacts& joint);
// The joint test, then those under other inferences. Chow's F, which supposes one error variance, only where there are
// other inferences to compare or where it says something else at 5 %.
void AddJointRows(const CompareFacts& comparison, const TermFacts& term, const Words& words, Panel& panel);
// Every difference of a term under each inference but the first; no rows when one was asked for.
Panel OtherInferencesPanel(const CompareFacts& comparison, const TermFacts& term, int decimals, const Words& words);
Panel OrderingPanel(const CompareFacts& comparison, const TermFacts& term, const Words& words);
// What the slope over all rows is made of; no rows where that is not defined.
Panel PooledSlopePanel(const CompareFacts& comparison, const TermFacts& term, int decimals, const Words& words);

std::vector<std::string> Notes(const Context& context);

}  // namespace farrell::reporting::comparison_table
