// One coefficient in several groups or models: point and confidence interval, the numbers beside it.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/json_text.h"

namespace farrell::reporting {
namespace {

struct Line {
  std::string label;
  // "group", "pooled" or "model".
  std::string kind;
  std::optional<double> estimate;
  TermInferenceFacts inference;
  std::int64_t clusters = 0;
};

std::string Numbers(const Line& line, int decimals, const Words& words) {
  if (!line.estimate) return words("not estimated");
  std::string shown = text::FormatFixed(*line.estimate, decimals);
  if (line.inference.conf_low && line.inference.conf_high) {
    shown += "  [" + text::FormatFixed(*line.inference.conf_low, decimals) + ", " +
             text::FormatFixed(*line.inference.conf_high, decimals) + "]";
  }
  if (line.clusters > 0) shown += "  G = " + std::to_string(line.clusters);
  return shown;
}

struct Source {
  std::vector<Line> lines;
  std::string term_label;
  std::vector<std::string> inferences;
  double confidence = 0.95;
};

std::optional<std::size_t> IndexOf(const std::vector<TermFacts>& terms, const std::string& name) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].name == name) return i;
  }
  return std::nullopt;
}

std::string LabelOf(const TermFacts& term) { return term.label.empty() ? term.name : term.label; }

Result<Source> FromComparison(const FigureSpec& spec, const CompareFacts& comparison, const Words& words) {
  FARRELL_RETURN_IF_ERROR(CheckInference(comparison.pooled));
  if (comparison.terms.empty()) return FigureInvalid(spec, "comparison '" + comparison.id + "' compares no term");
  const std::string term = spec.term.empty() ? comparison.terms.front().name : spec.term;
  const std::optional<std::size_t> index = IndexOf(comparison.terms, term);
  if (!index) return FigureInvalid(spec, "comparison '" + comparison.id + "' does not compare '" + term + "'");
  Source source;
  source.term_label = LabelOf(comparison.terms[*index]);
  source.confidence = comparison.pooled.confidence_level;
  source.inferences = {InferenceName(comparison.pooled.inferences.front(), words)};
  for (const GroupFacts& group : comparison.groups) {
    FARRELL_RETURN_IF_ERROR(CheckInference(group.fit));
    if (*index >= group.estimates.size() || *index >= group.compared.size()) continue;
    source.lines.push_back({group.label.empty() ? group.group : group.label, "group", group.estimates[*index],
                            group.compared[*index], group.fit.inferences.front().cluster_count});
  }
  if (const std::optional<std::size_t> pooled = IndexOf(comparison.pooled.terms, term)) {
    const InferenceFacts& primary = comparison.pooled.inferences.front();
    source.lines.push_back({words("All, one slope"), "pooled", comparison.pooled.terms[*pooled].estimate,
                            primary.terms[*pooled], primary.cluster_count});
  }
  return source;
}

Result<Source> FromFits(const FigureSpec& spec, const ReportFacts& facts) {
  const Words& words = facts.study.words;
  Source source;
  std::string term = spec.term;
  for (std::size_t i = 0; i < spec.of.size(); ++i) {
    const FitFacts* fit = FindFit(facts, spec.of[i]);
    if (fit == nullptr) return FigureInvalid(spec, "there is no comparison or regression '" + spec.of[i] + "'");
    FARRELL_RETURN_IF_ERROR(CheckInference(*fit));
    if (term.empty()) {
      const auto first = std::find_if(fit->terms.begin(), fit->terms.end(),
                                      [](const TermFacts& candidate) { return candidate.name != "(Intercept)"; });
      if (first == fit->terms.end()) return FigureInvalid(spec, "regression '" + fit->id + "' has no slope");
      term = first->name;
    }
    const std::optional<std::size_t> index = IndexOf(fit->terms, term);
    if (!index) return FigureInvalid(spec, "regression '" + fit->id + "' has no term '" + term + "'");
    if (source.term_label.empty()) source.term_label = LabelOf(fit->terms[*index]);
    const InferenceFacts& primary = fit->inferences.front();
    std::string name = InferenceName(primary, words);
    if (std::find(source.inferences.begin(), source.inferences.end(), name) == source.inferences.end()) {
      source.inferences.push_back(std::move(name));
    }
    source.confidence = fit->confidence_level;
    std::string label = fit->label.empty() ? fit->id : fit->label;
    const bool taken =
        std::any_of(source.lines.begin(), source.lines.end(), [&](const Line& line) { return line.label == label; });
    if (taken) label = words("{1} ({2})", {label, fit->id});
    source.lines.push_back(
        {std::move(label), "model", fit->terms[*index].estimate, primary.terms[*index], primary.cluster_count});
  }
  return source;
}

}  // namespace

Result<Figure> BuildCoefficients(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.of.empty()) return FigureInvalid(spec, "'of' names no comparison and no regression");
  const CompareFacts* comparison = FindComparison(facts, spec.of.front());
  FARRELL_ASSIGN_OR_RETURN(const Source source, comparison != nullptr
                                                    ? FromComparison(spec, *comparison, facts.study.words)
                                                    : FromFits(spec, facts));
  const Words& words = facts.study.words;
  Figure figure;
  figure.of_groups = comparison != nullptr;
  figure.data = FigureData(spec, facts,
                           {{"estimate", words("Estimate"), false},
                            {"std_error", words("s.e."), false},
                            {"conf_low", words("Low"), false},
                            {"conf_high", words("High"), false},
                            {"p", "p", false},
                            {"df", "df", false},
                            {"clusters", "G", false}});
  const std::string level = text::FormatSignificant(source.confidence * 100, 4) + " %";
  Json values = Json::array();
  Json order = Json::array();
  std::vector<std::string> spoken;
  std::vector<std::optional<double>> errors;
  for (const Line& line : source.lines) errors.push_back(line.inference.std_error);
  const int decimals = CommonDecimals(errors);
  for (const Line& line : source.lines) {
    Json value = {{"row", line.label}, {"kind", line.kind}, {"numbers", Numbers(line, decimals, words)}};
    const auto put = [&](const char* key, const std::optional<double>& number) {
      value[key] = number ? Json(*number) : Json(nullptr);
    };
    put("estimate", line.estimate);
    put("low", line.inference.conf_low);
    put("high", line.inference.conf_high);
    values.push_back(std::move(value));
    order.push_back(line.label);
    spoken.push_back(line.label + " " + Numbers(line, decimals, words));
    figure.data.panels.front().rows.push_back(
        {"row:" + line.label,
         line.label,
         Row::Role::kBody,
         {Cell::OptionalReal(line.estimate, 4), Cell::OptionalReal(line.inference.std_error, 4),
          Cell::OptionalReal(line.inference.conf_low, 4), Cell::OptionalReal(line.inference.conf_high, 4),
          Cell::PValue(line.inference.p_value), Cell::OptionalReal(line.inference.df, 1), Cell::Count(line.clusters)},
         false});
  }
  figure.description =
      words("Coefficient of {1} with {2} confidence intervals: {3}.", {source.term_label, level, words.Parts(spoken)});
  const std::string inference = words.Parts(source.inferences);
  figure.caption =
      comparison != nullptr
          ? words(
                "Coefficient of {1} with its {2} confidence interval ({3}; a group uses t(G - 1) of its own clusters).",
                {source.term_label, level, inference})
          : words("Coefficient of {1} with its {2} confidence interval ({3}).", {source.term_label, level, inference});
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  const int width = 300;
  json["width"] = width;
  json["height"] = {{"step", 30}};
  json["encoding"] = {{"y",
                       {{"field", "row"},
                        {"type", "nominal"},
                        {"sort", std::move(order)},
                        {"title", nullptr},
                        {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 8}}}}}};
  const Json zero = {{"zero", true}};
  Json x = {{"field", "estimate"},
            {"type", "quantitative"},
            {"scale", zero},
            {"title", source.term_label},
            {"axis", {{"tickCount", 5}}}};
  Json low = x;
  low["field"] = "low";
  const Json colour = {{"field", "kind"},
                       {"type", "nominal"},
                       {"legend", nullptr},
                       {"scale",
                        {{"domain", {"group", "pooled", "model"}},
                         {"range", {CategoryColour(0), CategoryColour(1), CategoryColour(0)}}}}};
  const Json shape = {
      {"field", "kind"},
      {"type", "nominal"},
      {"legend", nullptr},
      {"scale", {{"domain", {"group", "pooled", "model"}}, {"range", {"circle", "diamond", "circle"}}}}};
  Json layers = Json::array();
  layers.push_back({{"mark", {{"type", "rule"}, {"color", "#777777"}, {"strokeDash", {4, 3}}, {"aria", false}}},
                    {"encoding", {{"x", {{"datum", 0}, {"type", "quantitative"}}}, {"y", nullptr}}}});
  layers.push_back({{"mark", {{"type", "rule"}, {"strokeWidth", 2}, {"aria", false}}},
                    {"encoding", {{"x", std::move(low)}, {"x2", {{"field", "high"}}}, {"color", colour}}}});
  layers.push_back({{"mark", {{"type", "point"}, {"filled", true}, {"size", 90}, {"opacity", 1}}},
                    {"encoding", {{"x", std::move(x)}, {"color", colour}, {"shape", shape}}}});
  layers.push_back(
      {{"mark", {{"type", "text"}, {"align", "left"}, {"fontSize", 11}, {"aria", false}}},
       {"encoding", {{"x", {{"value", width + 14}}}, {"text", {{"field", "numbers"}, {"type", "nominal"}}}}}});
  json["layer"] = std::move(layers);
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
