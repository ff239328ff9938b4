// The plain facts a report may show. The service fills them from results; tables, figures, rules and renderers read
// nothing else. No protobuf here, and nothing that depends on the clock, the host or the cache, so a report has the
// same bytes cold, warm, resumed or recomputed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_brief.h"
#include "services/reporting/engine/facts_channels.h"
#include "services/reporting/engine/facts_curve.h"
#include "services/reporting/engine/facts_dea.h"
#include "services/reporting/engine/facts_forecast.h"
#include "services/reporting/engine/facts_productivity.h"
#include "services/reporting/engine/facts_projection.h"
#include "services/reporting/engine/facts_regression.h"
#include "services/reporting/engine/facts_result.h"
#include "services/reporting/engine/facts_returns_to_scale.h"
#include "services/reporting/engine/facts_second_stage.h"
#include "services/reporting/engine/facts_specification.h"
#include "services/reporting/engine/facts_vintage.h"
#include "services/reporting/engine/preset.h"
#include "services/reporting/engine/words.h"

namespace farrell::reporting {

struct StudyFacts {
  std::string id;
  std::string title;
  std::string question;
  std::vector<std::string> authors;
  // What the study does not show; printed under the title.
  std::string limits;
  // What a unit is called in notes, e.g. "province"; empty: the unit key.
  std::string unit_word;
  // Digest of the resolved study.
  std::string digest;
  std::int64_t seed = 0;
  // "cn" (default), "aer", "none".
  std::string stars = "cn";
  // How tables look.
  Preset preset = {};
  // The language of the document.
  Words words;
  // Before the extension of every file: empty, or ".zh" for a further language, which writes no tables/*.csv of its
  // own.
  std::string file_suffix = {};
  // "observational" or "experiment": whether sentences may speak of causes.
  std::string design = "observational";
  // Variables whose part in an association the study wants step by step (Baron & Kenny 1986).
  std::vector<std::string> mediators = {};
};

struct VariableFacts {
  std::string name;
  // Empty: the name.
  std::string label;
  std::string unit;
  std::string source;
  // How it was computed; empty for a column of the data.
  std::string expression;
  // Declared: "mediator", "proxy", "patent_count", "treatment"; empty: none of these.
  std::string role = {};
  // A proxy only: what it stands for.
  std::string stands_for = {};
  // Release of a series that is revised; empty: not declared.
  std::string vintage = {};
  // A treatment only: the first period in which any unit is treated.
  std::optional<std::int64_t> first_period = {};
  struct Break {
    // The first period under the new definition.
    std::int64_t period = 0;
    // What changed.
    std::string text;
  };
  std::vector<Break> breaks = {};
};

struct DataFacts {
  std::string snapshot_digest;
  // YYYY-MM-DD or empty.
  std::string known_at;
  bool synthetic = false;
  std::string source;
  std::string citation;
  // Path as written in the study, or dataset@release.
  std::string name;
  std::string unit_key;
  // Empty for one cross-section.
  std::string time_key;
  // Row filter of the study.
  std::string where;
  // Of the rows that the filter keeps, and of the whole table.
  std::int64_t row_count = 0;
  std::int64_t unit_count = 0;
  std::int64_t file_row_count = 0;
  std::int64_t file_unit_count = 0;
  // Of the rows kept, ascending.
  std::vector<std::int64_t> periods;
  std::vector<VariableFacts> variables;
  // Columns of the data that the study names as they are, where breaks are declared for them.
  std::vector<VariableFacts> broken_columns;
};

// A grouping of units, for figures and notes: of a classification, or of a text column of the data.
struct ClassificationFacts {
  struct Group {
    std::string name;
    // Empty: the name.
    std::string label;
    std::vector<std::string> members;
  };
  std::string name;
  std::string label;
  std::vector<Group> groups;
};

struct DescriptiveFacts {
  std::string variable;
  std::string label;
  std::string unit;
  std::int64_t count = 0;
  std::int64_t missing_count = 0;
  std::optional<double> mean;
  std::optional<double> sd;
  std::optional<double> sd_between;
  std::optional<double> sd_within;
  std::optional<double> min;
  std::optional<double> p25;
  std::optional<double> median;
  std::optional<double> p75;
  std::optional<double> max;
};

// A sentence with its numbers already filled in.
struct ClaimFacts {
  std::string id;
  std::string text;
  // Comparison that tests the sentence.
  std::string comparison;
  // The sentence says that an association differs between groups.
  bool heterogeneity = false;
  // Regressions whose numbers stand in the sentence.
  std::vector<std::string> regressions = {};
  // Why the sentence cannot be printed; empty: it can.
  std::string problem = {};
};

// An entry of the study that the data lack a variable for.
struct UnavailableFacts {
  std::string label;
  // Optional variables of the study that could not be made, at least one.
  std::vector<std::string> variables;
};

struct NotAvailableFacts {
  std::string what;
  std::string why;
};

// A table the study asks for.
struct TableSpec {
  std::string id;
  std::string title;
  // One of TableKinds() (table_kinds.h), which also says what `columns` names.
  std::string kind;
  std::vector<std::string> columns;
  // Terms to show in order; empty: all.
  std::vector<std::string> terms;
  std::vector<std::string> notes;
  // Empty: the study's preset.
  std::string stars;
  // "3", "A5"; empty: numbered in reading order.
  std::string number = {};
  // Classification; empty: none.
  std::string by = {};
};

// One cell of a tile map layout, 0-based.
struct TileFacts {
  // Unit name as in the data; a unit without a score is drawn as not in the sample.
  std::string unit;
  int row = 0;
  int column = 0;
  // Text in the cell, a few characters; empty: the unit.
  std::string label;
};

struct PointFacts {
  std::string unit;
  std::optional<std::int64_t> time;
  double x = 0;
  double y = 0;
};

// A figure the study asks for.
struct FigureSpec {
  std::string id;
  std::string title;
  // "heatmap", "ranking", "coefficients", "tilemap", "trend", "density", "scatter", "curve", "influence",
  // "productivity", "variable", "margins", "missing".
  std::string kind;
  // A dea id; for a curve its id; for coefficients a comparison id or regression ids; for scatter two variables x, y,
  // for influence and margins a regression id, for productivity its id, for variable one, for missing none.
  std::vector<std::string> of;
  // Term of a coefficient plot; empty: the first.
  std::string term;
  // Name of a classification among ReportFacts::classifications; empty: none.
  std::string by;
  std::string caption;
  // Tile map only.
  std::vector<TileFacts> layout;
  // Scatter: the points and the axis labels; a variable: its known values as y; missing: of a variable (as unit) and
  // period the units without a value as x, all units as y; margins: the labels of moderator (x) and regressor (y).
  std::vector<PointFacts> points;
  std::string x_label;
  std::string y_label;
};

struct ReportFacts {
  StudyFacts study;
  DataFacts data;
  std::vector<ClassificationFacts> classifications;
  std::vector<DeaFacts> deas;
  std::vector<ProductivityFacts> productivity;
  std::vector<FitFacts> fits;
  std::vector<ChannelsFacts> channels;
  std::vector<CompareFacts> comparisons;
  std::vector<SpecificationFacts> specifications;
  std::vector<SecondStageFacts> second_stages;
  std::vector<CurveFacts> curves;
  std::vector<ReturnsToScaleFacts> returns_to_scale;
  std::vector<ProjectionFacts> projections;
  std::vector<NowcastFacts> nowcasts;
  std::vector<EarlyWarningFacts> early_warnings;
  std::vector<VintageFacts> vintages;
  // Descriptive statistics by variable name, for the tables of kind "descriptives".
  std::map<std::string, DescriptiveFacts> descriptives;
  std::vector<TableSpec> tables;
  std::vector<FigureSpec> figures;
  std::vector<ClaimFacts> claims;
  // Unset: the study asks for no page of its own.
  std::optional<BriefFacts> brief;
  std::vector<NotAvailableFacts> not_available;
  // By list and id: "regressions:t2", "variables:hc", "variables:score.main". They stand in no other list.
  std::map<std::string, UnavailableFacts> unavailable;
  // Numeric ABI and revision of the reporting engine's own output, and of steps without their own facts (describe).
  std::vector<ResultProvenance> other_provenance;
};

// Lookup by id; null when absent.
const DeaFacts* FindDea(const ReportFacts& facts, const std::string& id);
const FitFacts* FindFit(const ReportFacts& facts, const std::string& id);
const CompareFacts* FindComparison(const ReportFacts& facts, const std::string& id);
const SpecificationFacts* FindSpecification(const ReportFacts& facts, const std::string& id);
const SecondStageFacts* FindSecondStage(const ReportFacts& facts, const std::string& id);
const ReturnsToScaleFacts* FindReturnsToScale(const ReportFacts& facts, const std::string& id);
const CurveFacts* FindCurve(const ReportFacts& facts, const std::string& id);
const ProductivityFacts* FindProductivity(const ReportFacts& facts, const std::string& id);
const NowcastFacts* FindNowcast(const ReportFacts& facts, const std::string& id);
const EarlyWarningFacts* FindEarlyWarning(const ReportFacts& facts, const std::string& id);
const VintageFacts* FindVintage(const ReportFacts& facts, const std::string& id);
const ChannelsFacts* FindChannels(const ReportFacts& facts, const std::string& id);
const ProjectionFacts* FindProjection(const ReportFacts& facts, const std::string& id);
const ClassificationFacts* FindClassification(const ReportFacts& facts, const std::string& name);

// "iid", "HC1", "CR3", "Driscoll-Kraay": without clusters.
std::string TypeName(InferenceType type, const Words& words = {});
// "CR3 by province", "HC1", "wild cluster bootstrap by province": the printed name, in English InferenceFacts::label
// where there is one.
std::string InferenceName(const InferenceFacts& inference, const Words& words = {});

// Every result's provenance, in the order of the facts: deas, fits, comparisons, tests, second stages, curves,
// vintages, other.
std::vector<ResultProvenance> AllProvenance(const ReportFacts& facts);

}  // namespace farrell::reporting
