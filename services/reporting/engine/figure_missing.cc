// What the data hold of every variable in every period: how many units have no value.
#include <algorithm>
#include <map>

#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"

namespace farrell::reporting {
namespace {

struct VariableCells {
  std::string name;
  // Units without a value; absent: none of the data has one.
  std::map<std::int64_t, double> missing;
  bool in_data = true;
};

// In the order of the study, those that the data lack last.
std::vector<VariableCells> CellsOf(const FigureSpec& spec, const ReportFacts& facts) {
  std::vector<VariableCells> variables;
  for (const PointFacts& point : spec.points) {
    const auto same = [&](const VariableCells& known) { return known.name == point.unit; };
    auto found = std::find_if(variables.begin(), variables.end(), same);
    if (found == variables.end()) found = variables.insert(variables.end(), {point.unit, {}, true});
    found->missing[point.time.value_or(0)] = point.x;
  }
  static constexpr std::string_view kVariables = "variables:";
  for (const auto& [key, lacking] : facts.unavailable) {
    // Scores have a dot in their names.
    if (!key.starts_with(kVariables) || key.find('.') != std::string::npos) continue;
    variables.push_back({lacking.label.empty() ? key.substr(kVariables.size()) : lacking.label, {}, false});
  }
  return variables;
}

}  // namespace

Result<Figure> BuildMissingFigure(const FigureSpec& spec, const ReportFacts& facts) {
  const Words& words = facts.study.words;
  if (spec.points.empty() || spec.points.front().y <= 0) return NothingToShow(words("there is no row with a value"));
  const double units = spec.points.front().y;
  std::vector<std::int64_t> periods = facts.data.periods;
  const bool has_periods = spec.points.front().time.has_value() && !periods.empty();
  if (!has_periods) periods = {0};
  const std::vector<VariableCells> variables = CellsOf(spec, facts);
  Figure figure;
  figure.data = FigureData(spec, facts, {{"period", words("Period"), true}, {"missing", words("Missing"), false}});
  Json values = Json::array();
  Json order = Json::array();
  double missing = 0;
  std::int64_t absent = 0;
  for (const VariableCells& variable : variables) {
    order.push_back(variable.name);
    if (!variable.in_data) ++absent;
    for (const std::int64_t period : periods) {
      const auto found = variable.missing.find(period);
      const double count = found == variable.missing.end() ? units : found->second;
      if (variable.in_data) missing += count;
      const std::string name = has_periods ? std::to_string(period) : words("all rows");
      values.push_back({{"variable", variable.name},
                        {"period", name},
                        {"share", count / units},
                        {"text", count > 0 ? std::to_string(static_cast<std::int64_t>(count)) : std::string()}});
      figure.data.panels.front().rows.push_back({variable.name + "@" + name,
                                                 variable.name,
                                                 Row::Role::kBody,
                                                 {Cell::Text(name), Cell::Count(static_cast<std::int64_t>(count))},
                                                 false});
    }
  }
  const std::string of = std::to_string(static_cast<std::int64_t>(units));
  figure.description =
      words("Missing values of {1} variables in {2} periods, {3} units: {4} in all; {5} variables are not in the data.",
            {std::to_string(variables.size()), std::to_string(has_periods ? periods.size() : 1), of,
             std::to_string(static_cast<std::int64_t>(missing)), std::to_string(absent)});
  figure.caption =
      words.Sentences({words("How many of {1} units have no value; an empty square: none.", {of}),
                       absent > 0 ? words("Variables missing everywhere are not in the data.") : std::string()});
  const int column_width = std::clamp(static_cast<int>(440 / periods.size()), 8, 44);
  Json names = Json::array();
  for (const std::int64_t period : periods) {
    names.push_back(has_periods ? std::to_string(period) : words("all rows"));
  }
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  json["width"] = {{"step", column_width}};
  json["height"] = {{"step", 16}};
  json["encoding"] = {
      {"x", PeriodColumns(std::move(names), column_width)},
      {"y",
       {{"field", "variable"},
        {"type", "nominal"},
        {"sort", std::move(order)},
        {"title", nullptr},
        {"axis",
         {{"labelFontSize", 10}, {"labelLimit", 400}, {"ticks", false}, {"domain", false}, {"labelPadding", 4}}}}}};
  Json colour = {{"field", "share"},
                 {"type", "quantitative"},
                 {"scale", {{"domain", {0, 1}}, {"range", {"#eef2f5", CategoryColour(0)}}, {"interpolate", "rgb"}}},
                 {"legend",
                  {{"title", words("Share of units without a value")},
                   {"orient", "bottom"},
                   {"direction", "horizontal"},
                   {"gradientLength", 200},
                   {"format", ".0%"},
                   {"tickCount", 3}}}};
  Json squares = {{"mark", {{"type", "rect"}, {"stroke", "white"}, {"strokeWidth", 1}}},
                  {"encoding", {{"color", std::move(colour)}}}};
  Json counts = {
      {"mark", {{"type", "text"}, {"fontSize", 9}, {"aria", false}}},
      {"encoding",
       {{"text", {{"field", "text"}}},
        {"color", {{"condition", {{"test", "datum.share > 0.6"}, {"value", "white"}}}, {"value", "black"}}}}}};
  json["layer"] =
      column_width < 16 ? Json::array({std::move(squares)}) : Json::array({std::move(squares), std::move(counts)});
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
