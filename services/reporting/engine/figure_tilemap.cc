// A tile grid: every unit is a square of the same size, placed roughly where it lies. It draws no boundary and carries
// no distances. First and last period stand side by side, or one above the other when the grid is wide.
#include <algorithm>
#include <map>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/ranking.h"

namespace farrell::reporting {
namespace {

struct Grid {
  int rows = 0;
  int columns = 0;
};

Grid GridOf(const std::vector<TileFacts>& layout) {
  Grid grid;
  for (const TileFacts& tile : layout) {
    grid.rows = std::max(grid.rows, tile.row + 1);
    grid.columns = std::max(grid.columns, tile.column + 1);
  }
  return grid;
}

Json Positions(int count) {
  Json positions = Json::array();
  for (int i = 0; i < count; ++i) positions.push_back(i);
  return positions;
}

Status CheckLayout(const FigureSpec& spec) {
  if (spec.layout.empty())
    return FigureInvalid(spec, "a tile map needs 'layout', a file with unit, row, column, label");
  std::map<std::pair<int, int>, std::string> taken;
  std::map<std::string, int> units;
  for (const TileFacts& tile : spec.layout) {
    if (tile.row < 0 || tile.column < 0 || tile.row > 99 || tile.column > 99) {
      return FigureInvalid(spec, "the layout places '" + tile.unit + "' outside rows and columns 0 to 99");
    }
    const auto [place, fresh] = taken.emplace(std::pair(tile.row, tile.column), tile.unit);
    if (!fresh)
      return FigureInvalid(spec, "the layout puts '" + place->second + "' and '" + tile.unit + "' in one cell");
    if (++units[tile.unit] > 1) return FigureInvalid(spec, "the layout names '" + tile.unit + "' twice");
  }
  return Status::Ok();
}

// One map of one period; `period` is empty for a cross-section.
Json PeriodMap(const std::string& period, const Grid& grid, int step, double low, bool any_outside,
               const Words& words) {
  const int size = step >= 38 ? 11 : 9;
  Json map = Json::object();
  if (!period.empty()) {
    map["title"] = {{"text", period}, {"fontSize", 12}, {"fontWeight", "normal"}, {"anchor", "start"}, {"offset", 4}};
    map["transform"] = Json::array({{{"filter", "datum.period === '" + period + "'"}}});
  }
  map["width"] = {{"step", step}};
  map["height"] = {{"step", step}};
  const Json x = {{"field", "column"},
                  {"type", "ordinal"},
                  {"axis", nullptr},
                  {"scale", {{"domain", Positions(grid.columns)}, {"paddingInner", 0.06}}}};
  const Json y = {{"field", "row"},
                  {"type", "ordinal"},
                  {"axis", nullptr},
                  {"scale", {{"domain", Positions(grid.rows)}, {"paddingInner", 0.06}}}};
  map["encoding"] = {{"x", x}, {"y", y}};
  Json layers = Json::array();
  layers.push_back({{"transform", Json::array({{{"filter", "datum.score !== null"}}})},
                    {"mark", {{"type", "rect"}, {"cornerRadius", 3}}},
                    {"encoding", {{"color", ScoreColour(low, words)}}}});
  if (any_outside) {
    const Json outside = Json::array({{{"filter", "datum.score === null"}}});
    layers.push_back({{"transform", outside},
                      {"mark",
                       {{"type", "rect"},
                        {"cornerRadius", 3},
                        {"fill", "#f2f2f2"},
                        {"stroke", "#9a9a9a"},
                        {"strokeDash", {3, 2}}}}});
    // Diagonals: half of the hatching that vector output has no pattern for.
    Json x_from = x;
    x_from["bandPosition"] = 0;
    Json y_from = y;
    y_from["bandPosition"] = 1;
    layers.push_back({{"transform", outside},
                      {"mark", {{"type", "rule"}, {"color", "#c4c4c4"}, {"aria", false}}},
                      {"encoding",
                       {{"x", x_from},
                        {"x2", {{"field", "column"}, {"bandPosition", 1}}},
                        {"y", y_from},
                        {"y2", {{"field", "row"}, {"bandPosition", 0}}}}}});
  }
  const Json ink = InkEncoding();
  layers.push_back(
      {{"mark", {{"type", "text"}, {"fontSize", size}, {"fontWeight", "bold"}, {"dy", -size / 2 - 1}, {"aria", false}}},
       {"encoding", {{"text", {{"field", "label"}, {"type", "nominal"}}}, {"color", ink}}}});
  layers.push_back({{"mark", {{"type", "text"}, {"fontSize", size - 1}, {"dy", size / 2 + 2}, {"aria", false}}},
                    {"encoding", {{"text", {{"field", "value"}, {"type", "nominal"}}}, {"color", ink}}}});
  map["layer"] = std::move(layers);
  return map;
}

}  // namespace

Result<Figure> BuildTilemap(const FigureSpec& spec, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(const DeaFacts* dea, DeaOf(spec, facts));
  FARRELL_RETURN_IF_ERROR(CheckLayout(spec));
  const Grid grid = GridOf(spec.layout);
  const std::vector<std::int64_t> scored = ScoredPeriods(*dea);
  std::vector<std::string> periods;
  if (scored.empty()) {
    periods.emplace_back();
  } else {
    periods.push_back(std::to_string(scored.front()));
    if (scored.size() > 1) periods.push_back(std::to_string(scored.back()));
  }
  std::map<std::pair<std::string, std::string>, double> scores;
  for (const ScoreFacts& row : dea->scores) {
    if (row.score) scores[{row.unit, row.time ? std::to_string(*row.time) : std::string()}] = *row.score;
  }
  const double low = ScoreFloor(*dea);
  const Words& words = facts.study.words;
  Figure figure;
  figure.data = FigureData(spec, facts,
                           {{"period", words("Period"), true}, {"score", words("Score"), false}, {"note", "", true}});
  Json values = Json::array();
  std::vector<std::string> outside;
  for (const std::string& period : periods) {
    for (const TileFacts& tile : spec.layout) {
      const auto found = scores.find({tile.unit, period});
      const bool has = found != scores.end();
      const std::string label = tile.label.empty() ? tile.unit : tile.label;
      Json value = {
          {"unit", tile.unit}, {"label", label}, {"row", tile.row}, {"column", tile.column}, {"period", period}};
      value["score"] = has ? Json(found->second) : Json(nullptr);
      value["value"] = has ? text::FormatFixed(found->second, 2) : "";
      value["ink"] = has ? InkOn(found->second, low, 1) : "#555555";
      values.push_back(std::move(value));
      if (!has && std::find(outside.begin(), outside.end(), tile.unit) == outside.end()) outside.push_back(tile.unit);
      figure.data.panels.front().rows.push_back(
          {tile.unit + "@" + period,
           tile.unit,
           Row::Role::kBody,
           {Cell::Text(period), has ? Cell::Real(found->second, 4) : Cell::Empty(),
            Cell::Text(has ? "" : words("not in the sample"))},
           false});
    }
  }
  const std::string span = periods.size() == 2 ? words.Listed(periods) : periods.front();
  const std::string count = std::to_string(spec.layout.size());
  const std::string missing = std::to_string(outside.size());
  figure.description =
      span.empty()
          ? words("Tile map of efficiency scores: {1} units as equal squares, {2} of them not in the sample.",
                  {count, missing})
          : words("Tile map of efficiency scores, {1}: {2} units as equal squares, {3} of them not in the sample.",
                  {span, count, missing});
  figure.caption = words.Sentences(
      {words("Every unit is a square of the same size; the grid draws no boundary and no distance."),
       outside.empty() ? std::string() : words("Hatched: not in the sample ({1}).", {words.Names(outside)})});
  const bool beside = periods.size() == 1 || grid.columns <= 8;
  const int available = beside && periods.size() == 2 ? kFigureWidth / 2 - 12 : kFigureWidth;
  const int step = std::clamp(available / grid.columns, 26, 48);
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  Json maps = Json::array();
  for (const std::string& period : periods) maps.push_back(PeriodMap(period, grid, step, low, !outside.empty(), words));
  json["spacing"] = 24;
  json[beside ? "hconcat" : "vconcat"] = std::move(maps);
  json["resolve"] = {{"scale", {{"color", "shared"}}}};
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
