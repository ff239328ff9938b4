// Mean score by group over time, lines named at their end.
#include <algorithm>
#include <map>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/ranking.h"

namespace farrell::reporting {
namespace {

struct Mean {
  double sum = 0;
  std::int64_t count = 0;
};

}  // namespace

Result<Figure> BuildTrend(const FigureSpec& spec, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(const DeaFacts* dea, DeaOf(spec, facts));
  FARRELL_ASSIGN_OR_RETURN(const GroupOf groups, GroupsBy(spec, facts));
  const std::vector<std::int64_t> periods = ScoredPeriods(*dea);
  if (periods.size() < 2) return FigureInvalid(spec, "a trend needs at least two periods with scores");

  // Group 0 … as classified, then all units.
  const std::size_t all = groups.labels.size();
  std::map<std::pair<std::size_t, std::int64_t>, Mean> means;
  for (const ScoreFacts& row : dea->scores) {
    if (!row.score || !row.time) continue;
    const auto add = [&](std::size_t group) {
      Mean& mean = means[{group, *row.time}];
      mean.sum += *row.score;
      ++mean.count;
    };
    if (const auto group = groups.of_unit.find(row.unit); group != groups.of_unit.end()) add(group->second);
    add(all);
  }
  std::vector<std::string> names = groups.labels;
  names.emplace_back(groups.labels.empty() ? "Mean of all units" : "All");

  Figure figure;
  figure.data =
      FigureData(spec, facts, {{"period", "Period", true}, {"mean", "Mean score", false}, {"count", "Units", false}});
  Json values = Json::array();
  double low = 1;
  double high = 0;
  std::vector<double> ends;
  std::vector<std::string> end_names;
  std::string spoken;
  for (std::size_t group = 0; group < names.size(); ++group) {
    std::optional<double> first;
    std::optional<double> last;
    for (const std::int64_t period : periods) {
      const auto found = means.find({group, period});
      if (found == means.end()) continue;
      const double mean = found->second.sum / static_cast<double>(found->second.count);
      if (!first) first = mean;
      last = mean;
      low = std::min(low, mean);
      high = std::max(high, mean);
      values.push_back({{"group", names[group]}, {"period", period}, {"mean", mean}, {"count", found->second.count}});
      figure.data.panels.front().rows.push_back(
          {names[group] + "@" + std::to_string(period),
           names[group],
           Row::Role::kBody,
           {Cell::Text(std::to_string(period)), Cell::Real(mean, 4), Cell::Count(found->second.count)},
           false});
    }
    if (!last) continue;
    ends.push_back(*last);
    end_names.push_back(names[group]);
    spoken += (spoken.empty() ? "" : "; ") + names[group] + " from " + text::FormatFixed(*first, 3) + " to " +
              text::FormatFixed(*last, 3);
  }
  const double margin = std::max((high - low) * 0.08, 0.005);
  const double axis_low = std::max(0.0, low - margin);
  const double axis_high = std::min(1.0, high + margin);
  const int width = 480;
  const int height = 280;
  // Labels need 14 pixels each.
  const double gap = (axis_high - axis_low) * 14 / height;
  const std::vector<double> places = SpreadLabels(ends, gap, axis_low, axis_high);
  Json labels = Json::array();
  for (std::size_t i = 0; i < ends.size(); ++i) labels.push_back({{"group", end_names[i]}, {"place", places[i]}});

  figure.description = "Mean efficiency score by period, " + PeriodWords(periods) + ": " + spoken + ".";
  figure.caption = groups.labels.empty() ? "Unweighted mean of the scores of all units."
                                         : "Unweighted means of the scores of the units of a group.";
  Json json = BaseSpec(spec, facts, figure.description);
  json["width"] = width;
  json["height"] = height;
  Json ticks = Json::array();
  const std::size_t stride = (periods.size() + 11) / 12;
  for (std::size_t i = 0; i < periods.size(); i += stride) ticks.push_back(periods[i]);
  const Json y_scale = {{"domain", {axis_low, axis_high}}, {"nice", false}};
  // The mean of all is black and dashed unlike any group.
  Json colours = ColourScale(names);
  Json dashes = DashScale(names);
  if (!groups.labels.empty()) {
    colours["range"].back() = "#000000";
    dashes["range"].back() = Json::array({6, 2, 1, 2});
  }
  const Json colour = {{"field", "group"}, {"type", "nominal"}, {"scale", std::move(colours)}, {"legend", nullptr}};
  const Json x = {{"field", "period"},
                  {"type", "quantitative"},
                  {"scale", {{"domain", {periods.front(), periods.back()}}, {"nice", false}}},
                  {"title", nullptr},
                  {"axis", {{"format", "d"}, {"values", std::move(ticks)}, {"grid", false}}}};
  const Json y = {{"field", "mean"},
                  {"type", "quantitative"},
                  {"scale", y_scale},
                  {"title", "Mean efficiency score"},
                  {"axis", {{"format", ".2f"}, {"tickCount", 6}}}};
  const Json data = {{"values", std::move(values)}};
  Json layers = Json::array();
  layers.push_back(
      {{"data", data},
       {"mark", {{"type", "line"}, {"strokeWidth", 2}}},
       {"encoding",
        {{"x", x},
         {"y", y},
         {"color", colour},
         {"strokeDash",
          {{"field", "group"}, {"type", "nominal"}, {"scale", std::move(dashes)}, {"legend", nullptr}}}}}});
  layers.push_back(
      {{"data", data},
       {"mark", {{"type", "point"}, {"filled", true}, {"size", 30}, {"opacity", 1}}},
       {"encoding",
        {{"x", x},
         {"y", y},
         {"color", colour},
         {"shape", {{"field", "group"}, {"type", "nominal"}, {"scale", ShapeScale(names)}, {"legend", nullptr}}}}}});
  Json y_label = y;
  y_label["field"] = "place";
  layers.push_back({{"data", {{"values", std::move(labels)}}},
                    {"mark", {{"type", "text"}, {"align", "left"}, {"aria", false}}},
                    {"encoding",
                     {{"x", {{"value", width + 10}}},
                      {"y", std::move(y_label)},
                      {"text", {{"field", "group"}, {"type", "nominal"}}},
                      {"color", colour}}}});
  json["layer"] = std::move(layers);
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
