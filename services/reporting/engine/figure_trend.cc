// Mean score by group over time, lines named at their end.
#include <algorithm>
#include <map>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/ranking.h"

namespace farrell::reporting {
namespace {

constexpr int kTrendWidth = 480;
constexpr int kTrendHeight = 280;
// Pixels between the names of lines.
constexpr int kLabelHeight = 14;

// Mean score of a group in a period.
struct PeriodMean {
  double sum = 0;
  std::int64_t count = 0;
  double value() const { return sum / static_cast<double>(count); }
};

// Means by (group, period): the groups as classified, then all units.
using PeriodMeans = std::map<std::pair<std::size_t, std::int64_t>, PeriodMean>;

PeriodMeans MeansOf(const DeaFacts& dea, const GroupOf& groups) {
  PeriodMeans means;
  for (const ScoreFacts& row : dea.scores) {
    if (!row.score || !row.time) continue;
    const auto add = [&](std::size_t group) {
      PeriodMean& mean = means[{group, *row.time}];
      mean.sum += *row.score;
      ++mean.count;
    };
    if (const auto group = groups.of_unit.find(row.unit); group != groups.of_unit.end()) add(group->second);
    add(groups.labels.size());
  }
  return means;
}

// The lines of the figure, their data and the words for them.
struct TrendLines {
  std::vector<std::string> names;
  Json values = Json::array();
  std::vector<Row> rows;
  double low = 1;
  double high = 0;
  // Of the lines that have a point, in order: where they end, and their names.
  std::vector<double> ends;
  std::vector<std::string> end_names;
  std::vector<std::string> spoken;
};

TrendLines LinesOf(const PeriodMeans& means, std::vector<std::string> names, const std::vector<std::int64_t>& periods,
                   const Words& words) {
  TrendLines lines;
  lines.names = std::move(names);
  for (std::size_t group = 0; group < lines.names.size(); ++group) {
    const std::string& name = lines.names[group];
    std::optional<double> first;
    std::optional<double> last;
    for (const std::int64_t period : periods) {
      const auto found = means.find({group, period});
      if (found == means.end()) continue;
      const double mean = found->second.value();
      if (!first) first = mean;
      last = mean;
      lines.low = std::min(lines.low, mean);
      lines.high = std::max(lines.high, mean);
      lines.values.push_back({{"group", name}, {"period", period}, {"mean", mean}, {"count", found->second.count}});
      lines.rows.push_back({name + "@" + std::to_string(period),
                            name,
                            Row::Role::kBody,
                            {Cell::Text(std::to_string(period)), Cell::Real(mean, 4), Cell::Count(found->second.count)},
                            false});
    }
    if (!last) continue;
    lines.ends.push_back(*last);
    lines.end_names.push_back(name);
    lines.spoken.push_back(
        words("{1} from {2} to {3}", {name, text::FormatFixed(*first, 3), text::FormatFixed(*last, 3)}));
  }
  return lines;
}

// A channel by group without a legend: the lines carry their names.
Json ByGroup(Json scale) {
  return {{"field", "group"}, {"type", "nominal"}, {"scale", std::move(scale)}, {"legend", nullptr}};
}

// Lines, points, and the name of every line at its end.
Json Layers(const TrendLines& lines, const std::vector<std::int64_t>& periods, bool classified, const Words& words) {
  const double margin = std::max((lines.high - lines.low) * 0.08, 0.005);
  const double axis_low = std::max(0.0, lines.low - margin);
  const double axis_high = std::min(1.0, lines.high + margin);
  const double gap = (axis_high - axis_low) * kLabelHeight / kTrendHeight;
  const std::vector<double> places = SpreadLabels(lines.ends, gap, axis_low, axis_high);
  Json labels = Json::array();
  for (std::size_t i = 0; i < places.size(); ++i) {
    labels.push_back({{"group", lines.end_names[i]}, {"place", places[i]}});
  }
  // The mean of all is black and dashed unlike any group.
  Json colours = ColourScale(lines.names);
  Json dashes = DashScale(lines.names);
  if (classified) {
    colours["range"].back() = "#000000";
    dashes["range"].back() = Json::array({6, 2, 1, 2});
  }
  const Json colour = ByGroup(std::move(colours));
  const Json x = PeriodAxis(periods);
  const Json y = {{"field", "mean"},
                  {"type", "quantitative"},
                  {"scale", {{"domain", {axis_low, axis_high}}, {"nice", false}}},
                  {"title", words("Mean efficiency score")},
                  {"axis", {{"format", ".2f"}, {"tickCount", 6}}}};
  const Json data = {{"values", lines.values}};
  Json layers = Json::array();
  layers.push_back({{"data", data},
                    {"mark", {{"type", "line"}, {"strokeWidth", 2}}},
                    {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"strokeDash", ByGroup(std::move(dashes))}}}});
  layers.push_back(
      {{"data", data},
       {"mark", {{"type", "point"}, {"filled", true}, {"size", 30}, {"opacity", 1}}},
       {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"shape", ByGroup(ShapeScale(lines.names))}}}});
  Json y_label = y;
  y_label["field"] = "place";
  layers.push_back({{"data", {{"values", std::move(labels)}}},
                    {"mark", {{"type", "text"}, {"align", "left"}, {"aria", false}}},
                    {"encoding",
                     {{"x", {{"value", kTrendWidth + 10}}},
                      {"y", std::move(y_label)},
                      {"text", {{"field", "group"}, {"type", "nominal"}}},
                      {"color", colour}}}});
  return layers;
}

}  // namespace

Result<Figure> BuildTrend(const FigureSpec& spec, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(const DeaFacts* dea, DeaOf(spec, facts));
  FARRELL_ASSIGN_OR_RETURN(const GroupOf groups, GroupsBy(spec, facts));
  const std::vector<std::int64_t> periods = ScoredPeriods(*dea);
  if (periods.size() < 2) return NothingToShow(facts.study.words("a trend needs at least two periods with scores"));
  const Words& words = facts.study.words;
  const bool classified = !groups.labels.empty();
  std::vector<std::string> names = groups.labels;
  names.push_back(classified ? words("All") : words("Mean of all units"));
  TrendLines lines = LinesOf(MeansOf(*dea, groups), std::move(names), periods, words);

  Figure figure;
  figure.data = FigureData(
      spec, facts,
      {{"period", words("Period"), true}, {"mean", words("Mean score"), false}, {"count", words("Units"), false}});
  figure.data.panels.front().rows = std::move(lines.rows);
  figure.description =
      words("Mean efficiency score by period, {1}: {2}.", {PeriodWords(periods, words), words.Parts(lines.spoken)});
  figure.caption = classified ? words("Unweighted means of the scores of the units of a group.")
                              : words("Unweighted mean of the scores of all units.");
  Json json = BaseSpec(spec, facts, figure.description);
  json["width"] = kTrendWidth;
  json["height"] = kTrendHeight;
  json["layer"] = Layers(lines, periods, classified, words);
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
