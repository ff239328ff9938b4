// Mean change of productivity by period, with its two parts: catching up and the frontier's own shift.
#include <algorithm>
#include <map>
#include <set>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/productivity_means.h"

namespace farrell::reporting {
namespace {

constexpr int kProductivityWidth = 480;
constexpr int kProductivityHeight = 280;

struct Part {
  std::string key;
  std::string name;
  std::optional<double> ProductivityChange::*value;
};

}  // namespace

Result<Figure> BuildProductivityFigure(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.of.size() != 1) return FigureInvalid(spec, "'of' must name one productivity index");
  const ProductivityFacts* productivity = FindProductivity(facts, spec.of.front());
  if (productivity == nullptr) return FigureInvalid(spec, "there is no productivity index '" + spec.of.front() + "'");
  const Words& words = facts.study.words;
  const bool difference = productivity->is_difference();
  const std::vector<Part> parts = {
      {"index", words("Productivity"), &ProductivityChange::index},
      {"efficiency_change", words("Efficiency change"), &ProductivityChange::efficiency_change},
      {"technical_change", words("Frontier shift"), &ProductivityChange::technical_change}};
  std::vector<std::string> names;
  std::map<std::pair<std::size_t, std::int64_t>, ProductivityMean> means;
  std::set<std::int64_t> times;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    names.push_back(parts[part].name);
    for (const ProductivityChange& change : productivity->changes) {
      ProductivityMean& mean = means[{part, change.time}];
      mean.Add(change.*parts[part].value, difference);
      if (mean.count > 0) times.insert(change.time);
    }
  }
  if (times.empty()) return NothingToShow(facts.study.words("'{1}' holds no change", {productivity->id}));

  const std::vector<std::int64_t> periods(times.begin(), times.end());
  Figure figure;
  figure.data = FigureData(
      spec, facts,
      {{"period", words("Period"), true}, {"mean", words("Mean"), false}, {"count", words("Changes"), false}});
  Json values = Json::array();
  std::vector<std::string> spoken;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    std::vector<std::string> ends;
    for (const std::int64_t period : periods) {
      const ProductivityMean& mean = means[{part, period}];
      const std::optional<double> value = mean.Value(difference);
      if (!value) continue;
      values.push_back({{"group", names[part]}, {"period", period}, {"mean", *value}, {"count", mean.count}});
      figure.data.panels.front().rows.push_back(
          {parts[part].key + "@" + std::to_string(period),
           names[part],
           Row::Role::kBody,
           {Cell::Text(std::to_string(period)), Cell::Real(*value, 4), Cell::Count(mean.count)},
           false});
      ends.push_back(text::FormatFixed(*value, 3));
    }
    if (!ends.empty()) spoken.push_back(words("{1} from {2} to {3}", {names[part], ends.front(), ends.back()}));
  }
  figure.description =
      words("Mean change from the period before, {1}: {2}.", {PeriodWords(periods, words), words.Parts(spoken)});
  figure.caption = difference
                       ? words("Means over the units of the change from the period before; above zero is growth.")
                       : words(
                             "Geometric means over the units of the change from the period before; above one is "
                             "growth. Efficiency change above one is catching up with the frontier.");

  // The legend stands beneath, because lines that multiply to each other cross at their ends.
  const auto by_part = [&](Json scale) {
    return Json{{"field", "group"},
                {"type", "nominal"},
                {"scale", std::move(scale)},
                {"legend", {{"title", nullptr}, {"orient", "bottom"}, {"symbolStrokeWidth", 0}, {"symbolSize", 80}}}};
  };
  const Json x = PeriodAxis(periods);
  const Json y = {{"field", "mean"},
                  {"type", "quantitative"},
                  {"scale", {{"zero", false}}},
                  {"title", words("Mean change")},
                  {"axis", {{"format", ".2f"}, {"tickCount", 6}}}};
  const Json colour = by_part(ColourScale(names));
  Json layers = Json::array();
  layers.push_back({{"mark", {{"type", "rule"}, {"color", "#777777"}, {"aria", false}}},
                    {"encoding", {{"y", {{"datum", difference ? 0 : 1}, {"type", "quantitative"}}}, {"x", nullptr}}}});
  layers.push_back({{"mark", {{"type", "line"}, {"strokeWidth", 2}}},
                    {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"strokeDash", by_part(DashScale(names))}}}});
  layers.push_back({{"mark", {{"type", "point"}, {"filled", true}, {"size", 40}, {"opacity", 1}}},
                    {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"shape", by_part(ShapeScale(names))}}}});
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  json["width"] = kProductivityWidth;
  json["height"] = kProductivityHeight;
  json["layer"] = std::move(layers);
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
