#include "tests/reporting/engine/sample_facts.h"

#include <algorithm>

#include "common/numeric/distributions.h"

namespace farrell::reporting {
namespace {

// A repeatable number in [0, 1) for a pair of indices.
double Mixed(std::size_t a, std::size_t b) {
  std::uint64_t state = (a + 1) * 0x9E3779B97F4A7C15U + (b + 1) * 0xBF58476D1CE4E5B9U;
  state ^= state >> 31U;
  state *= 0x94D049BB133111EBU;
  state ^= state >> 29U;
  return static_cast<double>(state >> 11U) * 0x1.0p-53;
}

DeaFacts SampleDea(const SampleShape& shape) {
  DeaFacts dea;
  dea.id = "main";
  dea.label = "CRS, yearly";
  dea.inputs = {"capital", "labour"};
  dea.outputs = {"output"};
  dea.rts = "crs";
  dea.orientation = "output";
  dea.frontier = "global";
  dea.smallest_reference_count = static_cast<std::int64_t>(shape.units.size()) * shape.period_count;
  dea.worst_gap = 3.1e-15;
  dea.worst_violation = 2.2e-14;
  dea.provenance = {"dea:main", std::string(64, 'a'), std::string(64, '5'), "dea", 1, "x86-64-sse2;sleef", {}};
  std::int64_t ones = 0;
  for (std::size_t u = 0; u < shape.units.size(); ++u) {
    for (int t = 0; t < shape.period_count; ++t) {
      ScoreFacts row;
      row.unit = shape.units[u];
      row.time = shape.first_period + t;
      const double base = 0.55 + 0.4 * Mixed(u, 999);
      const bool efficient = u == 2 && t + 1 == shape.period_count;
      row.score =
          efficient ? 1.0 : std::min(0.99, base + 0.01 * t + 0.06 * (Mixed(u, static_cast<std::size_t>(t)) - 0.5));
      ones += efficient ? 1 : 0;
      const std::int64_t last = shape.first_period + shape.period_count - 1;
      row.peers = efficient ? std::vector<PeerFacts>{{row.unit, row.time, 1.0}}
                            : std::vector<PeerFacts>{{shape.units[2], last, 0.62}, {shape.units[0], last, 0.21}};
      dea.scores.push_back(std::move(row));
    }
  }
  dea.optimal_count = static_cast<std::int64_t>(dea.scores.size());
  dea.share_at_one = static_cast<double>(ones) / static_cast<double>(dea.optimal_count);
  return dea;
}

CompareFacts SampleComparison(const SampleShape& shape) {
  CompareFacts comparison;
  comparison.id = "region";
  comparison.label = "By region";
  comparison.by = "region";
  comparison.by_label = "region";
  comparison.terms = {{"log(ai)", "AI intensity, log", 0.0, false, {}}};
  comparison.pooled = SampleFit("region", 0.0451, 0.0113, 48);
  const std::vector<double> slopes = {0.0143, 0.0902, 0.0004};
  const std::vector<double> errors = {0.0062, 0.0191, 0.0108};
  for (std::size_t g = 0; g < shape.groups.size(); ++g) {
    GroupFacts group;
    group.group = shape.groups[g];
    group.label = shape.groups[g];
    char& first = group.label.front();
    if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
    group.fit = SampleFit(group.group, slopes[g % 3], errors[g % 3], g == 1 ? 8 : 20);
    group.estimates = {slopes[g % 3]};
    group.compared = {group.fit.inferences.front().terms.front()};
    comparison.groups.push_back(std::move(group));
  }
  std::vector<double> raw;
  for (std::size_t a = 0; a < shape.groups.size(); ++a) {
    for (std::size_t b = a + 1; b < shape.groups.size(); ++b) {
      DifferenceFacts difference;
      difference.term = "log(ai)";
      difference.group = shape.groups[a];
      difference.versus = shape.groups[b];
      difference.estimate = slopes[a % 3] - slopes[b % 3];
      difference.std_error = 0.0201;
      difference.df = 15.4;
      difference.statistic = *difference.estimate / *difference.std_error;
      difference.p_value = numeric::StudentTTwoSided(*difference.statistic, *difference.df);
      difference.p_adjusted = std::min(1.0, 3 * *difference.p_value);
      difference.conf_low = *difference.estimate - 0.043;
      difference.conf_high = *difference.estimate + 0.043;
      comparison.differences.push_back(difference);
    }
  }
  comparison.joints = {{"log(ai)", 8.37, 2.0, 17.25, 0.0029}};
  comparison.published = {{"log(ai)", 0.014, {}, "", "Author (2021), table 3", 0.002, "east"},
                          {"log(ai)", {}, {}, "not significant", "Author (2021), table 3", {}, "west"}};
  comparison.provenance = {
      "comparison:region", std::string(64, 'c'), std::string(64, '5'), "regression", 2, "x86-64-sse2;sleef", 7};
  return comparison;
}

DescriptiveFacts Described(const std::string& name, double size) {
  DescriptiveFacts facts;
  facts.variable = name;
  facts.label = name == "ai" ? "AI intensity" : "";
  facts.unit = name == "ai" ? "ratio" : "";
  facts.count = 48;
  facts.mean = size;
  facts.sd = 0.4 * size;
  facts.sd_between = 0.38 * size;
  facts.sd_within = 0.1 * size;
  facts.min = 0.2 * size;
  facts.p25 = 0.7 * size;
  facts.median = 0.95 * size;
  facts.p75 = 1.3 * size;
  facts.max = 2.1 * size;
  return facts;
}

void AddTablesAndFigures(const SampleShape& shape, ReportFacts& facts) {
  facts.tables = {
      {"t_variables", "Variables", "variables", {}, {}, {}, {}},
      {"t_descriptives", "Descriptive statistics", "descriptives", {"ai", "output"}, {}, {}, {}},
      {"t_efficiency", "Ranking of units by mean efficiency", "efficiency", {"main"}, {}, {}, {}},
      {"t_regressions", "AI and efficiency", "regression", {"short", "full"}, {}, {"Controls as in the text."}, {}},
      {"t_region", "AI and efficiency by region", "comparison", {"region"}, {}, {}, {}},
      {"t_published", "Published and reproduced", "published", {}, {}, {}, {}},
  };
  std::vector<TileFacts> layout;
  for (std::size_t u = 0; u < shape.units.size(); ++u) {
    layout.push_back({shape.units[u], static_cast<int>(u / 8), static_cast<int>(u % 8),
                      shape.units[u].substr(0, shape.units[u].front() < 0 ? 3 : 2)});
  }
  layout.push_back({"Outland", static_cast<int>(shape.units.size() / 8) + 1, 0, "OU"});
  std::vector<PointFacts> points;
  for (const ScoreFacts& row : facts.deas.front().scores)
    points.push_back({row.unit, row.time, 0.1 * *row.score, *row.score});
  facts.figures = {
      {"heat", "Efficiency by unit and year", "heatmap", {"main"}, {}, {}, {}, {}, {}, {}, {}},
      {"rank", "Ranking with peers", "ranking", {"main"}, {}, "region", {}, {}, {}, {}, {}},
      {"tiles", "Efficiency on the map", "tilemap", {"main"}, {}, {}, {}, layout, {}, {}, {}},
      {"trend", "Mean efficiency by region", "trend", {"main"}, {}, "region", {}, {}, {}, {}, {}},
      {"density", "Distribution of the scores", "density", {"main"}, {}, {}, {}, {}, {}, {}, {}},
      {"scatter",
       "AI and efficiency",
       "scatter",
       {"ai", "score"},
       {},
       "region",
       {},
       {},
       points,
       "AI intensity",
       "Score"},
      {"coef", "AI coefficient by region", "coefficients", {"region"}, {}, {}, {}, {}, {}, {}, {}},
      {"models", "AI coefficient by model", "coefficients", {"short", "full"}, "log(ai)", {}, {}, {}, {}, {}, {}},
  };
}

}  // namespace

InferenceFacts SampleInference(InferenceType type, const FitFacts& fit, std::int64_t clusters) {
  InferenceFacts inference;
  inference.type = type;
  const bool clustered = type == InferenceType::kCr1 || type == InferenceType::kCr3 || type == InferenceType::kWild;
  if (clustered) {
    inference.cluster = "state";
    inference.cluster_count = clusters;
  }
  inference.ssc = "fixest";
  inference.ssc_value = 1.0213;
  if (type == InferenceType::kWild) {
    inference.draws = 9999;
    inference.weights = clusters < 12 ? "webb" : "rademacher";
    inference.seed = 7;
  }
  for (const TermFacts& term : fit.terms) {
    TermInferenceFacts values;
    if (term.estimate) {
      const double df = clustered ? static_cast<double>(clusters - 1) : 180;
      values.std_error = 0.0113;
      values.statistic = *term.estimate / *values.std_error;
      values.p_value = numeric::StudentTTwoSided(*values.statistic, df);
      values.df = df;
      values.conf_low = *term.estimate - 2.02 * *values.std_error;
      values.conf_high = *term.estimate + 2.02 * *values.std_error;
      if (type == InferenceType::kWild) {
        values.conf_low.reset();
        values.conf_high.reset();
        values.df.reset();
        values.p_value = std::min(1.0, *values.p_value * 1.3);
      }
    }
    inference.terms.push_back(values);
  }
  return inference;
}

FitFacts SampleFit(const std::string& id, double slope, double std_error, std::int64_t clusters) {
  FitFacts fit;
  fit.id = id;
  fit.formula = "log(score.main) ~ log(ai) + urban | state + year";
  fit.outcome = "log(score.main)";
  fit.outcome_label = "Efficiency, log";
  fit.outcome_dea = "main";
  fit.outcome_is_log = true;
  fit.terms = {{"log(ai)", "AI intensity, log", slope, false, {}}, {"urban", "Urban share", -0.213, false, {}}};
  fit.effects = {{"state", clusters, true, false}, {"year", 4, false, true}};
  fit.observation_count = clusters * 4;
  fit.row_count = clusters * 4;
  fit.residual_df = clusters * 3 - 5;
  fit.period_count = 4;
  fit.r2 = 0.9731;
  fit.r2_within = 0.2144;
  fit.joint = JointTestFacts{9.25, 2, static_cast<double>(clusters - 1), 0.00041};
  fit.inferences = {SampleInference(InferenceType::kCr3, fit, clusters),
                    SampleInference(InferenceType::kWild, fit, clusters)};
  TermInferenceFacts& first = fit.inferences.front().terms.front();
  first.std_error = std_error;
  first.statistic = slope / std_error;
  first.p_value = numeric::StudentTTwoSided(*first.statistic, *first.df);
  first.conf_low = slope - 2.02 * std_error;
  first.conf_high = slope + 2.02 * std_error;
  fit.provenance = {
      "regression:" + id, std::string(64, 'b'), std::string(64, '5'), "regression", 2, "x86-64-sse2;sleef", 7};
  return fit;
}

ReportFacts SampleFacts(const SampleShape& shape) {
  ReportFacts facts;
  facts.study = {"sample",
                 "Efficiency & <AI>: a constructed study",
                 "Is AI intensity associated with efficiency, and for whom does it differ?",
                 {"A. Author", "B. Author"},
                 "An association between regions is no effect of a policy.",
                 "state",
                 std::string(64, 'd'),
                 7,
                 "cn",
                 Preset(),
                 Words()};
  facts.data.snapshot_digest = std::string(64, '5');
  facts.data.known_at = "2020-11-30";
  facts.data.citation = "Constructed for a test.";
  facts.data.source = "tests/reporting/engine";
  facts.data.name = "sample.csv";
  facts.data.unit_key = "state";
  facts.data.time_key = "year";
  facts.data.unit_count = static_cast<std::int64_t>(shape.units.size());
  facts.data.row_count = facts.data.unit_count * shape.period_count;
  for (int t = 0; t < shape.period_count; ++t) facts.data.periods.push_back(shape.first_period + t);
  facts.data.variables = {{"ai", "AI intensity", "ratio", "Yearbook", "invest / gdp"},
                          {"output", "Output", "items", "Yearbook", ""}};
  ClassificationFacts region{"region", "Region", {}};
  for (const std::string& name : shape.groups) region.groups.push_back({name, "", {}});
  for (std::size_t u = 0; u < shape.units.size(); ++u) {
    region.groups[u % shape.groups.size()].members.push_back(shape.units[u]);
  }
  facts.classifications = {region};
  facts.deas = {SampleDea(shape)};
  FitFacts full = SampleFit("full", 0.04503, 0.01127, 48);
  full.label = "preferred";
  full.published = {{"log(ai)", 0.045, 0.012, "", "Author (2021), table 2", 0.002, ""}};
  FitFacts brief = SampleFit("short", 0.0612, 0.0155, 48);
  brief.terms.pop_back();
  for (InferenceFacts& inference : brief.inferences) inference.terms.pop_back();
  facts.fits = {brief, full};
  facts.comparisons = {SampleComparison(shape)};
  facts.descriptives = {{"ai", Described("ai", 0.012)}, {"output", Described("output", 23456.5)}};
  facts.claims = {{"main", "AI intensity is associated with higher efficiency (0.045, s.e. 0.011).", "", false},
                  {"regions", "The association differs between regions (p = 0.003).", "region", true}};
  facts.not_available = {{"Actor-level patents", "the data do not hold them"}};
  facts.other_provenance = {
      {"describe:t1", std::string(64, 'e'), std::string(64, '5'), "data", 1, "x86-64-sse2;sleef", {}}};
  AddTablesAndFigures(shape, facts);
  return facts;
}

}  // namespace farrell::reporting
