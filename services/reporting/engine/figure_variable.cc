// A variable by unit and period: rows ordered by their mean, grey where the data hold no value.
#include <algorithm>
#include <map>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kMostUnits = 80;

struct UnitValues {
  std::string unit;
  std::map<std::int64_t, double> values;
  double mean = 0;
};

// By decreasing mean, ties by name.
std::vector<UnitValues> UnitsOf(const std::vector<PointFacts>& points) {
  std::map<std::string, UnitValues> by_unit;
  for (const PointFacts& point : points) {
    UnitValues& unit = by_unit[point.unit];
    unit.unit = point.unit;
    unit.values[*point.time] = point.y;
  }
  std::vector<UnitValues> units;
  for (auto& [name, unit] : by_unit) {
    double sum = 0;
    for (const auto& [time, value] : unit.values) sum += value;
    unit.mean = sum / static_cast<double>(unit.values.size());
    units.push_back(std::move(unit));
  }
  std::stable_sort(units.begin(), units.end(),
                   [](const UnitValues& a, const UnitValues& b) { return a.mean > b.mean; });
  return units;
}

}  // namespace

Result<Figure> BuildVariableFigure(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.points.empty()) return NothingToShow(facts.study.words("there is no row with a value"));
  if (!spec.points.front().time) return NothingToShow(facts.study.words("the data have no periods"));
  const Words& words = facts.study.words;
  const std::string label = !spec.y_label.empty() ? spec.y_label : spec.of.empty() ? "y" : spec.of.front();
  std::vector<UnitValues> units = UnitsOf(spec.points);
  const std::size_t known = units.size();
  const std::string highest = units.front().unit;
  const std::string highest_mean = text::FormatSignificant(units.front().mean, 4);
  if (units.size() > kMostUnits) {
    units.erase(units.begin() + kMostUnits / 2, units.end() - kMostUnits / 2);
  }
  double low = spec.points.front().y;
  double high = low;
  for (const PointFacts& point : spec.points) {
    low = std::min(low, point.y);
    high = std::max(high, point.y);
  }
  const std::vector<std::int64_t>& periods = facts.data.periods;
  Figure figure;
  figure.data = FigureData(spec, facts, {{"period", words("Period"), true}, {"value", label, false}});
  Json values = Json::array();
  Json order = Json::array();
  bool any_empty = false;
  for (const UnitValues& unit : units) {
    order.push_back(unit.unit);
    for (const std::int64_t period : periods) {
      const auto found = unit.values.find(period);
      const bool has = found != unit.values.end();
      any_empty = any_empty || !has;
      const std::string name = std::to_string(period);
      values.push_back({{"unit", unit.unit}, {"period", name}, {"value", has ? Json(found->second) : Json(nullptr)}});
      figure.data.panels.front().rows.push_back({unit.unit + "@" + name,
                                                 unit.unit,
                                                 Row::Role::kBody,
                                                 {Cell::Text(name), has ? Cell::Real(found->second, 4) : Cell::Empty()},
                                                 false});
    }
  }
  figure.description = words("Heat map of {1} of {2} units, {3}, ordered by mean. Highest mean: {4} ({5}).",
                             {label, std::to_string(known), PeriodWords(periods, words), highest, highest_mean});
  figure.caption =
      words.Sentences({words("{1} by unit and period, units ordered by their mean.", {label}),
                       any_empty ? words("Grey: not known.") : std::string(),
                       known > units.size() ? words("Left out: {1} units between the highest and the lowest.",
                                                    {std::to_string(known - units.size())})
                                            : std::string()});
  const int column_width = std::clamp(static_cast<int>(480 / periods.size()), 6, 48);
  Json names = Json::array();
  for (const std::int64_t period : periods) names.push_back(std::to_string(period));
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  json["width"] = {{"step", column_width}};
  json["height"] = {{"step", 14}};
  Json colour = {{"condition", {{"test", "datum.value === null"}, {"value", "#e3e3e3"}}}};
  colour.update(ValueColour(low, high > low ? high : low + 1, label));
  json["mark"] = {{"type", "rect"}, {"stroke", "white"}, {"strokeWidth", 0.5}};
  json["encoding"] = {{"x", PeriodColumns(std::move(names), column_width)},
                      {"y",
                       {{"field", "unit"},
                        {"type", "nominal"},
                        {"sort", std::move(order)},
                        {"title", nullptr},
                        {"axis", {{"labelFontSize", 10}, {"ticks", false}, {"domain", false}, {"labelPadding", 4}}}}},
                      {"color", std::move(colour)}};
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
