// Efficiency by unit and period: rows ordered by mean score, the score printed in the cell where there is room.
#include <algorithm>
#include <map>
#include <set>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/ranking.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kMostLabelledRows = 80;
constexpr std::size_t kMostHeatmapRows = 200;

// All periods of the evaluation's rows; a cross-section has one column named "score".
std::vector<std::string> PeriodNames(const DeaFacts& dea, const Words& words) {
  std::set<std::int64_t> periods;
  for (const ScoreFacts& row : dea.scores) {
    if (row.time && row.status != ScoreStatus::kReferenceOnly) periods.insert(*row.time);
  }
  std::vector<std::string> names;
  names.reserve(periods.size());
  for (const std::int64_t period : periods) names.push_back(std::to_string(period));
  if (names.empty()) names.push_back(words("score"));
  return names;
}

std::string StatusWords(const std::optional<ScoreStatus>& status, const Words& words) {
  if (!status) return words("no row");
  switch (*status) {
    case ScoreStatus::kOptimal: return words("optimal");
    case ScoreStatus::kInfeasible: return words("infeasible");
    case ScoreStatus::kUnbounded: return words("unbounded");
    case ScoreStatus::kReferenceOnly: return words("reference only");
    case ScoreStatus::kExcluded: return words("excluded");
    case ScoreStatus::kNotSolved: return words("not solved");
  }
  return {};
}

}  // namespace

Result<Figure> BuildHeatmap(const FigureSpec& spec, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(const DeaFacts* dea, DeaOf(spec, facts));
  const Words& words = facts.study.words;
  std::string left_out;
  const std::vector<RankedUnit> units = ShownUnits(RankUnits(*dea), kMostHeatmapRows, left_out, words);
  const std::vector<std::string> periods = PeriodNames(*dea, words);
  const double low = ScoreFloor(*dea);

  std::map<std::pair<std::string, std::string>, const ScoreFacts*> cells;
  for (const ScoreFacts& row : dea->scores) {
    cells[{row.unit, row.time ? std::to_string(*row.time) : words("score")}] = &row;
  }
  Figure figure;
  figure.data = FigureData(
      spec, facts,
      {{"period", words("Period"), true}, {"score", words("Score"), false}, {"status", words("Status"), true}});
  Json values = Json::array();
  Json order = Json::array();
  bool any_empty = false;
  for (const RankedUnit& unit : units) {
    order.push_back(unit.unit);
    for (const std::string& period : periods) {
      const auto found = cells.find({unit.unit, period});
      const ScoreFacts* row = found == cells.end() ? nullptr : found->second;
      Json value = {{"unit", unit.unit}, {"period", period}};
      std::optional<double> score;
      if (row != nullptr) score = row->score;
      if (score) {
        value["score"] = *score;
        value["label"] = text::FormatFixed(*score, 2);
        value["ink"] = InkOn(*score, low, 1);
      } else {
        value["score"] = nullptr;
        value["label"] = "–";
        value["ink"] = "#555555";
        any_empty = true;
      }
      values.push_back(std::move(value));
      const std::string status = StatusWords(row == nullptr ? std::nullopt : std::optional(row->status), words);
      figure.data.panels.front().rows.push_back({unit.unit + "@" + period,
                                                 unit.unit,
                                                 Row::Role::kBody,
                                                 {Cell::Text(period), Cell::OptionalReal(score, 4), Cell::Text(status)},
                                                 false});
    }
  }
  const std::string span = PeriodWords(ScoredPeriods(*dea), words);
  const std::string count = std::to_string(units.size());
  const std::string mean = text::FormatFixed(units.front().mean.value_or(0), 3);
  figure.description =
      span.empty()
          ? words("Heat map of efficiency scores of {1} units, ordered by mean score. Highest mean: {2} ({3}).",
                  {count, units.front().unit, mean})
          : words("Heat map of efficiency scores of {1} units, {2}, ordered by mean score. Highest mean: {3} ({4}).",
                  {count, span, units.front().unit, mean});
  figure.caption = words.Sentences(
      {words("Score by unit and period, units ordered by their mean; {1}.", {DescribeModel(*dea, words)}),
       any_empty ? words("Grey: no score.") : std::string(), left_out});

  const bool labelled_rows = units.size() <= kMostLabelledRows;
  const int column_width = std::clamp(static_cast<int>(480 / periods.size()), 6, 60);
  const int row_height = labelled_rows ? 16 : 6;
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  json["width"] = {{"step", column_width}};
  json["height"] = {{"step", row_height}};
  Json y_axis = nullptr;
  if (labelled_rows) y_axis = {{"labelFontSize", 10}, {"ticks", false}, {"domain", false}, {"labelPadding", 4}};
  json["encoding"] = {{"x", PeriodColumns(periods, column_width)},
                      {"y",
                       {{"field", "unit"},
                        {"type", "nominal"},
                        {"sort", std::move(order)},
                        {"title", nullptr},
                        {"axis", std::move(y_axis)}}}};
  Json colour = {{"condition", {{"test", "datum.score === null"}, {"value", "#e3e3e3"}}}};
  colour.update(ScoreColour(low, words));
  Json layers = Json::array();
  layers.push_back({{"mark", {{"type", "rect"}, {"stroke", "white"}, {"strokeWidth", 0.5}}},
                    {"encoding", {{"color", std::move(colour)}}}});
  if (labelled_rows && column_width >= 22) {
    layers.push_back({{"mark", {{"type", "text"}, {"fontSize", column_width >= 30 ? 9 : 8}, {"aria", false}}},
                      {"encoding", {{"text", {{"field", "label"}, {"type", "nominal"}}}, {"color", InkEncoding()}}}});
  }
  json["layer"] = std::move(layers);
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
