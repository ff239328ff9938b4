// One table model for every table of a report; builders fill it from facts, renderers print it. No statistics in a
// renderer.
//
// The convention is the three-line table (top rule, head rule, bottom rule), number and title above, notes below;
// standard errors in parentheses under their coefficient, the restricted wild cluster bootstrap p-value in brackets
// under those, stars by a named preset with the legend of all its marks where one is printed, and the inference spelled
// out in the notes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// FAILED_PRECONDITION NOTHING_TO_SHOW: the results hold nothing for this table or figure. The report prints `why`, a
// sentence of its words without a point, in its place.
Status NothingToShow(std::string why);

// One cell. Numbers keep full precision; `decimals` is for reading only, csv and json print 17 digits.
struct Cell {
  enum class Kind { kEmpty, kText, kReal, kCount };
  enum class Wrap { kNone, kParentheses, kBrackets };
  Kind kind = Kind::kEmpty;
  std::string text;
  double real = 0;
  std::int64_t count = 0;
  int decimals = 3;
  Wrap wrap = Wrap::kNone;
  // Printed after the number, e.g. "**".
  std::string stars;
  // Not a p-value of 0: printed as "<0.001" when the value rounds to zero.
  bool is_p_value = false;

  static Cell Empty() { return {}; }
  static Cell Text(std::string text);
  static Cell Real(double value, int decimals = 3);
  static Cell OptionalReal(const std::optional<double>& value, int decimals = 3);
  static Cell PValue(const std::optional<double>& value, Wrap wrap = Wrap::kNone);
  static Cell Count(std::int64_t value);
};

struct Row {
  enum class Role { kBody, kCoefficient, kStdError, kBootstrapP, kStat };
  // Stable id: "coef:log(ai)", "se:log(ai)", "stat:n", "unit:Beijing".
  std::string id;
  // Text of the stub; empty in rows that continue the one above.
  std::string label;
  Role role = Role::kBody;
  std::vector<Cell> cells;
  // A thin rule above (start of the bottom block).
  bool rule_above = false;
};

struct Column {
  std::string id;
  std::string label;
  // Text columns are left-aligned, numbers right.
  bool text = false;
};

// A head over columns first..last (0-based, inclusive).
struct Spanner {
  std::string label;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct Panel {
  // Empty: no line of its own.
  std::string title;
  std::vector<Row> rows;
};

struct Table {
  std::string id;
  // "3", "A5"; empty: not numbered.
  std::string number;
  std::string title;
  std::string kind;
  // Head of the stub column.
  std::string stub;
  std::vector<Column> columns;
  std::vector<Spanner> spanners;
  std::vector<Panel> panels;
  // Generated notes first (inference, stars), then those of the study.
  std::vector<std::string> notes;
  // Before the first note: "Notes: "; empty: nothing.
  std::string notes_word;
  bool synthetic = false;
  // Snapshot, study and content keys, one line each, printed by csv, tex and json.
  std::vector<std::string> provenance;
  // The language of what a renderer adds.
  Words words = {};
};

// The notes as they are printed: the word before the first of them.
std::vector<std::string> PrintedNotes(const Table& table);

struct StarLevel {
  // p < below.
  double below = 0;
  std::string mark;
};

// "cn" and "aer": *** 0.01, ** 0.05, * 0.10; "none": empty. Another name: INVALID_ARGUMENT, STARS_UNKNOWN.
Result<std::vector<StarLevel>> StarLevels(std::string_view preset);
// The mark of a p-value; empty when above all levels.
std::string StarsFor(const std::vector<StarLevel>& levels, double p_value);
// The legend of all marks of a preset, so that a reader also knows which mark nothing earned; empty for "none". "cn"
// writes levels in per cent, "aer" as p < level.
std::string StarsLegend(std::string_view preset, const Words& words = {});

struct TableOptions {
  std::string id;
  std::string title;
  std::string number;
  std::string stars = "cn";
  // Terms to show in order; empty: all in order of appearance.
  std::vector<std::string> terms;
  std::vector<std::string> notes;
  // Fits (by id; groups as "COMPARISON/GROUP", pooled as "COMPARISON/") whose stars a rule suppresses, with the rule.
  std::map<std::string, std::string> stars_blocked;
  // Suppresses every star (rule id, e.g. "W36"); empty: no.
  std::string all_stars_blocked;
  bool synthetic = false;
  // What a unit is called; empty: "unit".
  std::string unit_word;
  // The language of the table.
  Words words;
};

// An empty table of a kind with what the options say of every table: id, number, title, synthetic stamp.
Table TableFrame(std::string kind, const TableOptions& options);

// Several models side by side. FAILED_PRECONDITION INFERENCE_MISSING when a fit carries no inference or one without its
// name, clusters or correction: a regression table cannot be printed without them. INVALID_ARGUMENT TABLE_EMPTY without
// fits.
Result<Table> BuildRegressionTable(const std::vector<const FitFacts*>& fits, const TableOptions& options);
// Groups, pooled, pairwise differences with raw and adjusted p, joint test. Same errors.
Result<Table> BuildComparisonTable(const CompareFacts& comparison, const TableOptions& options);
// Every printed coefficient under every inference: standard error, p, degrees of freedom, clusters, correction.
Result<Table> BuildInferenceTable(const std::vector<const FitFacts*>& fits, const TableOptions& options);
Result<Table> BuildDescriptivesTable(const std::vector<DescriptiveFacts>& variables, const TableOptions& options);
// Ranking with ties, first and last period, mean, peers.
Result<Table> BuildEfficiencyTable(const DeaFacts& dea, const TableOptions& options);
// What every evaluation is and what came out: technology, frontier, sizes, share of scores at one.
Result<Table> BuildModelsTable(const std::vector<const DeaFacts*>& deas, const TableOptions& options);
// Label, unit, source and expression of variables.
Result<Table> BuildVariablesTable(const std::vector<VariableFacts>& variables, const TableOptions& options);
// Scores and ranks of the last period with intervals, by score; of a DEA with a bootstrap of ranks.
Result<Table> BuildRanksTable(const DeaFacts& dea, const TableOptions& options);
// Constant, then non-increasing returns against variable ones, a panel an entry.
Result<Table> BuildReturnsToScaleTable(const std::vector<const ReturnsToScaleFacts*>& entries,
                                       const TableOptions& options);
// The units of a period that is not finished: last value, prediction with its interval, score; the backtest in the
// notes.
Result<Table> BuildNowcastTable(const NowcastFacts& nowcast, const TableOptions& options);
// Units by the probability of an event in the next period; base rate and calibration in the notes.
Result<Table> BuildEarlyWarningTable(const EarlyWarningFacts& warning, const TableOptions& options);
// One row a test: statistic, distribution, p, null hypothesis; a test that the data do not allow says why.
Result<Table> BuildSpecificationTable(const SpecificationFacts& tests, const TableOptions& options);
// One row a term, with bootstrap intervals; how they were drawn and every warning in the notes.
Result<Table> BuildSecondStageTable(const SecondStageFacts& facts, const TableOptions& options);
// One column a curve: spread, shares significant, the main specification, the joint test.
Result<Table> BuildCurveTable(const std::vector<const CurveFacts*>& curves, const TableOptions& options);
// Estimates without each level of a column. INVALID_ARGUMENT TABLE_INVALID for a fit without them; so are the next.
Result<Table> BuildInfluenceTable(const std::vector<const FitFacts*>& fits, const TableOptions& options);
// Power, minimum detectable effect and exaggeration at the fits' references.
Result<Table> BuildDesignTable(const std::vector<const FitFacts*>& fits, const TableOptions& options);
// Effective number of clusters and leverage.
Result<Table> BuildClustersTable(const std::vector<const FitFacts*>& fits, const TableOptions& options);
// First stages, strength, Anderson-Rubin sets.
Result<Table> BuildInstrumentsTable(const std::vector<const FitFacts*>& fits, const TableOptions& options);
// One slope under every frontier; deas[i]: whose score is the outcome of fits[i].
Result<Table> BuildFrontiersTable(const std::vector<const FitFacts*>& fits, const std::vector<const DeaFacts*>& deas,
                                  const TableOptions& options);
// FAILED_PRECONDITION CHANNELS_DO_NOT_ADD_UP when total and parts differ by more than rounding.
Result<Table> BuildChannelsTable(const std::vector<const ChannelsFacts*>& channels, const TableOptions& options);
// Outputs and scores at a changed regressor; the slopes are those of `channels`. INVALID_ARGUMENT TABLE_INVALID when it
// has none of the term.
Result<Table> BuildProjectionTable(const ProjectionFacts& projection, const ChannelsFacts& channels,
                                   const TableOptions& options);
// Regressions on the study's own data and on vintages of them; the estimates on its own data are among the facts.
Result<Table> BuildVintagesTable(const std::vector<const VintageFacts*>& vintages, const ReportFacts& facts,
                                 const TableOptions& options);
// Spread of log scores, first and last period; `classification` may be null.
Result<Table> BuildConvergenceTable(const DeaFacts& dea, const ClassificationFacts* classification,
                                    const TableOptions& options);
// Mean score against all groups and the own one, and their ratio, by group of a DEA with a metafrontier;
// `classification` may be null. INVALID_ARGUMENT TABLE_INVALID without a metafrontier.
Result<Table> BuildGapsTable(const DeaFacts& dea, const ClassificationFacts* classification,
                             const TableOptions& options);
// Mean changes of productivity and its parts; `classification` may be null.
Result<Table> BuildProductivityTable(const ProductivityFacts& productivity, const ClassificationFacts* classification,
                                     const TableOptions& options);
// Published values beside ours, with difference, verdict (where a tolerance is given) and source.
Result<Table> BuildPublishedTable(const std::vector<const FitFacts*>& fits,
                                  const std::vector<const CompareFacts*>& comparisons,
                                  const std::vector<const SecondStageFacts*>& second_stages,
                                  const TableOptions& options);

// True when a cell of the column ends in stars, a parenthesis or a bracket, which hang into the space to its right.
bool ColumnHangs(const Table& table, std::size_t column);

// Text of a cell as read by people: rounded, wrapped, starred; "−" is a plain hyphen-minus.
std::string CellText(const Cell& cell);

// Plain text for a terminal; column widths count East Asian characters as two.
std::string RenderText(const Table& table);
// GitHub-flavoured Markdown.
std::string RenderMarkdown(const Table& table);
// <figure class="table"><table>… without style; classes are those of the report's style sheet.
std::string RenderHtml(const Table& table);
// A table environment for booktabs, siunitx, threeparttable, array and float ([H]); more than a page: longtable.
std::string RenderLatex(const Table& table);
// Header and rows; numbers with 17 significant digits and without stars or parentheses; first columns row id and label.
// With synthetic data a last column `synthetic` holds true.
std::string RenderCsv(const Table& table);
// The whole model with numbers at full precision.
std::string RenderJson(const Table& table);

// Escapes, shared with the report's frame.
std::string EscapeHtml(std::string_view text);
std::string EscapeLatex(std::string_view text);
std::string EscapeMarkdown(std::string_view text);

}  // namespace farrell::reporting
