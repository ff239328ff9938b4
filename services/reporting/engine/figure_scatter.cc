// Two variables against each other, one point a row; no fitted line, because the regressions are in the tables.
#include <algorithm>

#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"

namespace farrell::reporting {

Result<Figure> BuildScatter(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.points.empty()) return NothingToShow(facts.study.words("there is no row with both variables"));
  FARRELL_ASSIGN_OR_RETURN(const GroupOf groups, GroupsBy(spec, facts));
  const std::string x_label = !spec.x_label.empty() ? spec.x_label : spec.of.empty() ? "x" : spec.of.front();
  const std::string y_label = !spec.y_label.empty() ? spec.y_label : spec.of.size() < 2 ? "y" : spec.of[1];
  const Words& words = facts.study.words;
  Figure figure;
  figure.data =
      FigureData(spec, facts, {{"period", words("Period"), true}, {"x", x_label, false}, {"y", y_label, false}});
  Json values = Json::array();
  std::vector<std::string> names = groups.labels;
  for (const PointFacts& point : spec.points) {
    const std::string period = point.time ? std::to_string(*point.time) : std::string();
    Json value = {{"unit", point.unit}, {"period", period}, {"x", point.x}, {"y", point.y}};
    if (!groups.labels.empty()) {
      const auto group = groups.of_unit.find(point.unit);
      value["group"] = group == groups.of_unit.end() ? words("other") : groups.labels[group->second];
      if (group == groups.of_unit.end() && std::find(names.begin(), names.end(), words("other")) == names.end()) {
        names.push_back(words("other"));
      }
    }
    values.push_back(std::move(value));
    figure.data.panels.front().rows.push_back({point.unit + "@" + period,
                                               point.unit,
                                               Row::Role::kBody,
                                               {Cell::Text(period), Cell::Real(point.x, 4), Cell::Real(point.y, 4)},
                                               false});
  }
  figure.description =
      words("Scatter plot of {1} against {2}, {3} points.", {y_label, x_label, std::to_string(spec.points.size())});
  figure.caption = words("One point a row of the data.");
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  json["width"] = 480;
  json["height"] = 340;
  json["mark"] = {{"type", "point"}, {"filled", true},     {"size", 26},
                  {"opacity", 1},    {"fillOpacity", 0.6}, {"aria", false}};
  const Json scale = {{"zero", false}, {"nice", true}};
  json["encoding"] = {
      {"x",
       {{"field", "x"}, {"type", "quantitative"}, {"scale", scale}, {"title", x_label}, {"axis", {{"tickCount", 6}}}}},
      {"y",
       {{"field", "y"}, {"type", "quantitative"}, {"scale", scale}, {"title", y_label}, {"axis", {{"tickCount", 6}}}}}};
  if (names.empty()) {
    json["encoding"]["color"] = {{"value", CategoryColour(0)}};
  } else {
    const Json legend = {{"title", nullptr}, {"orient", "top"}};
    json["encoding"]["color"] = {
        {"field", "group"}, {"type", "nominal"}, {"scale", ColourScale(names)}, {"legend", legend}};
    json["encoding"]["shape"] = {
        {"field", "group"}, {"type", "nominal"}, {"scale", ShapeScale(names)}, {"legend", legend}};
  }
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
