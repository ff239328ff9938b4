// The plain facts a report may show. The service fills them from results; tables, figures, rules and renderers read
// nothing else. No protobuf here, and nothing that depends on the clock, the host or the cache, so a report has the
// same bytes cold, warm, resumed or recomputed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace farrell::reporting {

// Where one result comes from.
struct ResultProvenance {
  // Step of the study: "dea:main", "regression:t2", "comparison:region", "describe:t1".
  std::string step;
  // Content key, 64 hexadecimal digits.
  std::string action_key;
  std::string snapshot_digest;
  // "dea", "regression", "data".
  std::string engine;
  std::int32_t algo_rev = 0;
  std::string num_abi;
  // Unset when the result used no random numbers.
  std::optional<std::int64_t> seed;
};

// A warning of an engine: "SINGLETONS_DROPPED" and its text.
struct WarningFacts {
  std::string code;
  std::string text;
};

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
  // Language of the document, as in the html attribute.
  std::string language = "en";
};

struct VariableFacts {
  std::string name;
  // Empty: the name.
  std::string label;
  std::string unit;
  std::string source;
  // How it was computed; empty for a column of the data.
  std::string expression;
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

// A value others published.
struct PublishedFacts {
  std::string term;
  std::optional<double> estimate;
  std::optional<double> std_error;
  // "not significant" and the like.
  std::string text;
  std::string source;
  // Allowed |ours - published|; unset: shown, not judged.
  std::optional<double> tolerance;
  // Group, in comparisons.
  std::string group;
};

// -------------------------------------------------------------------------------------------------------------------
// dea

struct PeerFacts {
  std::string unit;
  std::optional<std::int64_t> time;
  double weight = 0;
};

enum class ScoreStatus { kOptimal, kInfeasible, kUnbounded, kReferenceOnly, kExcluded, kNotSolved };

struct ScoreFacts {
  std::string unit;
  std::optional<std::int64_t> time;
  ScoreStatus status = ScoreStatus::kOptimal;
  // In (0, 1]; unset unless optimal.
  std::optional<double> score;
  std::vector<PeerFacts> peers;
  bool peers_unique = true;
  std::optional<double> scale_efficiency;
  // "increasing", "constant", "decreasing" or empty.
  std::string scale_class;
};

struct DeaFacts {
  std::string id;
  std::string label;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  // "crs", "vrs", "nirs", "ndrs".
  std::string rts = "crs";
  // "input", "output".
  std::string orientation = "input";
  // As on the command line: "contemporaneous", "global", "window:3", "global+group:region".
  std::string frontier = "contemporaneous";
  std::string where;
  // In (unit, time) order, reference-only and excluded rows included.
  std::vector<ScoreFacts> scores;
  std::int64_t optimal_count = 0;
  std::int64_t infeasible_count = 0;
  std::int64_t excluded_count = 0;
  // In [0, 1], over optimal rows.
  double share_at_one = 0;
  std::int64_t smallest_reference_count = 0;
  // Largest gap and violation over all certificates.
  double worst_gap = 0;
  double worst_violation = 0;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

// ------------------------------------------------------------------------------------------------------------
// regression

enum class InferenceType { kIid, kHc1, kHc3, kCr1, kCr3, kWild };

struct TermInferenceFacts {
  std::optional<double> std_error;
  std::optional<double> statistic;
  std::optional<double> p_value;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
  std::optional<double> df;
};

// One kind of standard error for all terms of a fit, with everything needed to name it.
struct InferenceFacts {
  InferenceType type = InferenceType::kCr3;
  std::string label;
  // Empty when not clustered.
  std::string cluster;
  // 0 when not clustered.
  std::int64_t cluster_count = 0;
  // Named small-sample correction, e.g. "fixest", and its value.
  std::string ssc;
  double ssc_value = 1;
  // In the order of FitFacts::terms.
  std::vector<TermInferenceFacts> terms;
  // Bootstrap only: draws, "webb" or "rademacher", whether all sign vectors were enumerated.
  std::int64_t draws = 0;
  std::string weights;
  bool enumerated = false;
  std::optional<std::int64_t> seed;
};

struct TermFacts {
  std::string name;
  // Empty: the name.
  std::string label;
  // Unset when collinear.
  std::optional<double> estimate;
  bool collinear = false;
  // R2 of the regressor on period dummies within units: r2_within of `term ~ i(time) | unit` over the rows of the fit.
  // Unset: not computed (no periods, the constant, or the fit has period effects); rule W08 then stays silent for the
  // term.
  std::optional<double> trend_r2;
};

struct EffectFacts {
  std::string name;
  std::int64_t level_count = 0;
  bool is_unit = false;
  // The periods, alone or combined with something (region^year).
  bool is_time = false;
};

struct JointTestFacts {
  double statistic = 0;
  double df1 = 0;
  double df2 = 0;
  double p_value = 1;
};

struct HypothesisFacts {
  std::string text;
  double estimate = 0;
  double std_error = 0;
  double statistic = 0;
  double df = 0;
  double p_value = 1;
};

struct FitFacts {
  std::string id;
  // Head of the column; empty: "(1)", "(2)", ….
  std::string label;
  std::string formula;
  std::string outcome;
  // Empty: the outcome as written.
  std::string outcome_label;
  // "ols" or "within".
  std::string estimator = "within";
  std::string where;
  std::vector<TermFacts> terms;
  // The first is primary: standard errors in parentheses, stars, intervals. At least one, or no table can be built.
  std::vector<InferenceFacts> inferences;
  std::vector<HypothesisFacts> hypotheses;
  std::vector<EffectFacts> effects;
  std::int64_t observation_count = 0;
  std::int64_t row_count = 0;
  std::int64_t missing_row_count = 0;
  std::int64_t singleton_count = 0;
  std::int64_t residual_df = 0;
  std::optional<double> r2;
  std::optional<double> adjusted_r2;
  std::optional<double> r2_within;
  std::optional<JointTestFacts> joint;
  // Distinct periods among the rows used; 1 for a cross-section.
  std::int64_t period_count = 1;
  // Id of the DEA whose score (or a function of it) is the outcome; empty: none.
  std::string outcome_dea;
  // The outcome is a logarithm.
  bool outcome_is_log = false;
  double confidence_level = 0.95;
  std::vector<PublishedFacts> published;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

struct GroupFacts {
  std::string group;
  // Empty: the group.
  std::string label;
  FitFacts fit;
  // One a compared term, with t(G_g - 1).
  std::vector<std::optional<double>> estimates;
  std::vector<TermInferenceFacts> compared;
};

struct DifferenceFacts {
  std::string term;
  // Group minus versus.
  std::string group;
  std::string versus;
  std::optional<double> estimate;
  std::optional<double> std_error;
  std::optional<double> statistic;
  std::optional<double> df;
  std::optional<double> p_value;
  std::optional<double> p_adjusted;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
};

struct JointEqualityFacts {
  std::string term;
  std::optional<double> statistic;
  std::optional<double> df1;
  std::optional<double> df2;
  std::optional<double> p_value;
};

struct AlternativeFacts {
  std::string group;
  std::string term;
  double estimate = 0;
};

struct CompareFacts {
  std::string id;
  std::string label;
  // Grouping column and its printed name.
  std::string by;
  std::string by_label;
  // "everything" or "x-only".
  std::string interact = "everything";
  // Terms compared, in order, with their labels.
  std::vector<TermFacts> terms;
  std::vector<GroupFacts> groups;
  FitFacts pooled;
  std::vector<DifferenceFacts> differences;
  std::vector<JointEqualityFacts> joints;
  // Estimates under the other way of interacting.
  std::vector<AlternativeFacts> alternatives;
  // "holm" or "none".
  std::string adjustment = "holm";
  std::vector<PublishedFacts> published;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

// ------------------------------------------------------------------------------------------------------------ the
// report

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
};

struct NotAvailableFacts {
  std::string what;
  std::string why;
};

// A table the study asks for.
struct TableSpec {
  std::string id;
  std::string title;
  // "regression", "comparison", "descriptives", "efficiency", "variables", "published".
  std::string kind;
  // Regression ids; one comparison id; variables; one dea id. "published": regression or comparison ids, empty: all.
  std::vector<std::string> columns;
  // Terms to show in order; empty: all.
  std::vector<std::string> terms;
  std::vector<std::string> notes;
  // Empty: the study's preset.
  std::string stars;
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
  // "heatmap", "ranking", "coefficients", "tilemap", "trend", "density", "scatter".
  std::string kind;
  // A dea id; for coefficients a comparison id or regression ids; for scatter two variables x, y.
  std::vector<std::string> of;
  // Term of a coefficient plot; empty: the first.
  std::string term;
  // Name of a classification among ReportFacts::classifications; empty: none.
  std::string by;
  std::string caption;
  // Tile map only.
  std::vector<TileFacts> layout;
  // Scatter only: the points and the axis labels.
  std::vector<PointFacts> points;
  std::string x_label;
  std::string y_label;
};

struct ReportFacts {
  StudyFacts study;
  DataFacts data;
  std::vector<ClassificationFacts> classifications;
  std::vector<DeaFacts> deas;
  std::vector<FitFacts> fits;
  std::vector<CompareFacts> comparisons;
  // Descriptive statistics by variable name, for the tables of kind "descriptives".
  std::map<std::string, DescriptiveFacts> descriptives;
  std::vector<TableSpec> tables;
  std::vector<FigureSpec> figures;
  std::vector<ClaimFacts> claims;
  std::vector<NotAvailableFacts> not_available;
  // Numeric ABI and revision of the reporting engine's own output, and of steps without their own facts (describe).
  std::vector<ResultProvenance> other_provenance;
};

// Lookup by id; null when absent.
const DeaFacts* FindDea(const ReportFacts& facts, const std::string& id);
const FitFacts* FindFit(const ReportFacts& facts, const std::string& id);
const CompareFacts* FindComparison(const ReportFacts& facts, const std::string& id);
const ClassificationFacts* FindClassification(const ReportFacts& facts, const std::string& name);

// "CR3 by province", "HC1", "wild cluster bootstrap by province": the printed name when InferenceFacts::label is empty.
std::string InferenceName(const InferenceFacts& inference);

// Every result's provenance, in the order of the facts: deas, fits, comparisons, other.
std::vector<ResultProvenance> AllProvenance(const ReportFacts& facts);

}  // namespace farrell::reporting
