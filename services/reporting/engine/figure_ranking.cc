// Units by mean score with the range over periods, and who judges them.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/ranking.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kMostRankedRows = 100;

std::string PeerNames(const RankedUnit& unit, const Words& words) {
  if (unit.own_peer) {
    return unit.judged_count > 0 ? words("on the frontier, judges {1}", {text::FormatCount(unit.judged_count)})
                                 : words("on the frontier");
  }
  std::vector<std::string> seen;
  for (const PeerFacts& peer : unit.last_peers) {
    if (std::find(seen.begin(), seen.end(), peer.unit) != seen.end()) continue;
    seen.push_back(seen.size() < 3 ? peer.unit : "…");
    if (seen.size() > 3) break;
  }
  return words.Names(seen);
}

}  // namespace

Result<Figure> BuildRanking(const FigureSpec& spec, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(const DeaFacts* dea, DeaOf(spec, facts));
  FARRELL_ASSIGN_OR_RETURN(const GroupOf groups, GroupsBy(spec, facts));
  const std::vector<std::int64_t> periods = ScoredPeriods(*dea);
  const bool several = periods.size() > 1;
  const Words& words = facts.study.words;
  Figure figure;
  figure.data = FigureData(spec, facts,
                           {{"rank", words("Rank"), false},
                            {"mean", words("Mean"), false},
                            {"min", words("Min"), false},
                            {"max", words("Max"), false},
                            {"judged_count", words("Judges"), false},
                            {"peers", words("Peers"), true}});
  Json values = Json::array();
  Json order = Json::array();
  std::size_t shown = 0;
  bool any_other = false;  // a unit in no group
  std::string best;
  std::string left_out;
  for (const RankedUnit& unit : ShownUnits(RankUnits(*dea), kMostRankedRows, left_out, words)) {
    if (!unit.mean) continue;
    if (shown++ == 0) best = unit.unit + " (" + text::FormatFixed(*unit.mean, 3) + ")";
    const std::string peers = PeerNames(unit, words);
    const std::string row = std::to_string(unit.rank) + (unit.tied ? "= " : "  ") + unit.unit;
    Json value = {{"row", row},       {"unit", unit.unit}, {"mean", *unit.mean},
                  {"min", *unit.min}, {"max", *unit.max},  {"peers", peers}};
    if (!groups.labels.empty()) {
      const auto group = groups.of_unit.find(unit.unit);
      const bool other = group == groups.of_unit.end();
      value["group"] = other ? words("other") : groups.labels[group->second];
      any_other = any_other || other;
    }
    values.push_back(std::move(value));
    order.push_back(row);
    figure.data.panels.front().rows.push_back(
        {"unit:" + unit.unit,
         unit.unit,
         Row::Role::kBody,
         {Cell::Count(unit.rank), Cell::Real(*unit.mean, 4), Cell::Real(*unit.min, 4), Cell::Real(*unit.max, 4),
          Cell::Count(unit.judged_count), Cell::Text(peers)},
         false});
  }
  const std::string span = PeriodWords(periods, words);
  const std::string count = std::to_string(shown);
  figure.description =
      span.empty() ? words("Ranking of {1} units by mean efficiency score. First: {2}.", {count, best})
                   : words("Ranking of {1} units by mean efficiency score, {2}. First: {3}.", {count, span, best});
  figure.caption = words.Sentences(
      {several ? words("Point: mean score; line: smallest to largest score over {1}. Right: peers in {2}.",
                       {span, std::to_string(periods.back())})
               : words("Point: score. Right: peers."),
       left_out});
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  const int width = 340;
  json["width"] = width;
  json["height"] = {{"step", 16}};
  json["encoding"] = {{"y",
                       {{"field", "row"},
                        {"type", "nominal"},
                        {"sort", std::move(order)},
                        {"title", nullptr},
                        {"axis",
                         {{"labelFontSize", 10},
                          {"ticks", false},
                          {"domain", false},
                          {"grid", true},
                          {"gridColor", "#f0f0f0"},
                          {"labelPadding", 4}}}}}};
  const Json x_scale = {{"domain", Json::array({ScoreFloor(*dea), 1})}, {"nice", false}};
  Json x = {{"field", "mean"},
            {"type", "quantitative"},
            {"scale", x_scale},
            {"title", words("Efficiency score")},
            {"axis", {{"format", ".2f"}, {"tickCount", 6}}}};
  Json point = {{"x", x}};
  if (groups.labels.empty()) {
    point["color"] = {{"value", CategoryColour(0)}};
  } else {
    std::vector<std::string> names = groups.labels;
    if (any_other) names.push_back(words("other"));
    const Json legend = {{"title", nullptr}, {"orient", "top"}};
    point["color"] = {{"field", "group"}, {"type", "nominal"}, {"scale", ColourScale(names)}, {"legend", legend}};
    point["shape"] = {{"field", "group"}, {"type", "nominal"}, {"scale", ShapeScale(names)}, {"legend", legend}};
  }
  Json layers = Json::array();
  if (several) {
    Json range = x;
    range["field"] = "min";
    layers.push_back({{"mark", {{"type", "rule"}, {"strokeWidth", 2}, {"color", "#9a9a9a"}, {"aria", false}}},
                      {"encoding", {{"x", std::move(range)}, {"x2", {{"field", "max"}}}}}});
  }
  layers.push_back(
      {{"mark", {{"type", "point"}, {"filled", true}, {"size", 46}, {"opacity", 1}}}, {"encoding", std::move(point)}});
  layers.push_back(
      {{"mark", {{"type", "text"}, {"align", "left"}, {"fontSize", 10}, {"color", "#444444"}, {"aria", false}}},
       {"encoding", {{"x", {{"value", width + 12}}}, {"text", {{"field", "peers"}, {"type", "nominal"}}}}}});
  json["layer"] = std::move(layers);
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
