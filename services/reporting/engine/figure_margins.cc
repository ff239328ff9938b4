// The marginal effect of a regressor over a moderator: its interval, and how many rows have which value.
#include <algorithm>
#include <cmath>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/json_text.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kMostBins = 15;
constexpr int kMarginsWidth = 460;

struct Effect {
  double at = 0;
  const MarginFacts* margin = nullptr;
};

// The margins by one column that the figure shows: of its term, else the first.
std::vector<const MarginFacts*> MarginsOf(const FitFacts& fit, const std::string& term) {
  std::vector<const MarginFacts*> shown;
  for (const MarginFacts& margin : fit.margins) {
    if (margin.level.empty() || (!term.empty() && margin.variable != term)) continue;
    if (shown.empty() || margin.text == shown.front()->text) shown.push_back(&margin);
  }
  return shown;
}

// By value of the moderator; empty where its levels are no numbers.
std::vector<Effect> ByValue(const std::vector<const MarginFacts*>& margins) {
  std::vector<Effect> effects;
  for (const MarginFacts* margin : margins) {
    const std::optional<double> at = text::ParseReal(margin->level);
    if (!at) return {};
    effects.push_back({*at, margin});
  }
  std::stable_sort(effects.begin(), effects.end(), [](const Effect& a, const Effect& b) { return a.at < b.at; });
  return effects;
}

Json Axis(const char* field, const std::string& title) {
  return {{"field", field}, {"type", "quantitative"}, {"title", title}, {"scale", {{"zero", false}}}};
}

Json ZeroLine() {
  return {{"data", {{"values", Json::array({Json::object()})}}},
          {"mark", {{"type", "rule"}, {"color", "#777777"}, {"strokeDash", {4, 3}}, {"aria", false}}},
          {"encoding", {{"y", {{"datum", 0}, {"type", "quantitative"}}}}}};
}

// Rows in bins of equal width, all at one value in one bin of width one.
Json Histogram(const std::vector<Effect>& effects) {
  const double low = effects.front().at;
  const double high = effects.back().at;
  const std::size_t bins = high > low ? std::min(kMostBins, effects.size()) : 1;
  const double width = high > low ? (high - low) / static_cast<double>(bins) : 1;
  std::vector<std::int64_t> counts(bins, 0);
  for (const Effect& effect : effects) {
    const auto bin = static_cast<std::size_t>((effect.at - low) / width);
    counts[std::min(bin, bins - 1)] += effect.margin->observation_count;
  }
  Json values = Json::array();
  for (std::size_t i = 0; i < bins; ++i) {
    const double from = low + width * static_cast<double>(i);
    values.push_back({{"from", from}, {"to", from + width}, {"rows", counts[i]}});
  }
  return values;
}

// Line and band above, histogram beneath, over one axis.
Json OverValues(const std::vector<Effect>& effects, const std::string& effect, const std::string& moderator,
                const Words& words) {
  Json values = Json::array();
  for (const Effect& each : effects) {
    Json value = {{"at", each.at}, {"effect", each.margin->estimate}};
    value["low"] = each.margin->conf_low ? Json(*each.margin->conf_low) : Json(nullptr);
    value["high"] = each.margin->conf_high ? Json(*each.margin->conf_high) : Json(nullptr);
    values.push_back(std::move(value));
  }
  const Json domain = Json::array({effects.front().at, effects.back().at});
  Json x = {{"field", "at"}, {"type", "quantitative"}, {"title", nullptr}, {"axis", {{"labels", false}}}};
  if (effects.back().at > effects.front().at) x["scale"] = {{"domain", domain}, {"nice", false}};
  Json bars = Axis("from", moderator);
  if (effects.back().at > effects.front().at) bars["scale"] = {{"domain", domain}, {"nice", false}};
  Json band = {{"mark", {{"type", "area"}, {"color", CategoryColour(4)}, {"opacity", 0.35}, {"aria", false}}},
               {"encoding", {{"x", x}, {"y", Axis("low", effect)}, {"y2", {{"field", "high"}}}}}};
  Json line = {
      {"mark", {{"type", "line"}, {"color", CategoryColour(0)}, {"strokeWidth", 2}, {"point", {{"size", 20}}}}},
      {"encoding", {{"x", x}, {"y", Axis("effect", effect)}}}};
  return Json::array(
      {{{"width", kMarginsWidth},
        {"height", 220},
        {"data", {{"values", std::move(values)}}},
        {"layer", Json::array({ZeroLine(), std::move(band), std::move(line)})}},
       {{"width", kMarginsWidth},
        {"height", 60},
        {"data", {{"values", Histogram(effects)}}},
        {"mark", {{"type", "rect"}, {"color", "#777777"}, {"stroke", "white"}, {"strokeWidth", 0.5}}},
        {"encoding",
         {{"x", std::move(bars)},
          {"y2", {{"datum", 0}}},
          {"x2", {{"field", "to"}}},
          {"y",
           {{"field", "rows"}, {"type", "quantitative"}, {"title", words("Rows")}, {"axis", {{"tickCount", 3}}}}}}}}});
}

// A point and an interval a group, with its rows.
Json OverGroups(const std::vector<const MarginFacts*>& margins, const std::string& effect, const Words& words) {
  Json values = Json::array();
  Json order = Json::array();
  for (const MarginFacts* margin : margins) {
    const std::string name = words(
        "{1} ({2})", {margin->level, words.Counted(margin->observation_count, Said("{1} row"), Said("{1} rows"))});
    order.push_back(name);
    Json value = {{"group", name}, {"effect", margin->estimate}};
    value["low"] = margin->conf_low ? Json(*margin->conf_low) : Json(nullptr);
    value["high"] = margin->conf_high ? Json(*margin->conf_high) : Json(nullptr);
    values.push_back(std::move(value));
  }
  Json zero = ZeroLine();
  zero["encoding"] = {{"x", {{"datum", 0}, {"type", "quantitative"}}}};
  const Json y = {{"field", "group"}, {"type", "nominal"}, {"sort", std::move(order)}, {"title", nullptr}};
  Json bars = {{"mark", {{"type", "rule"}, {"strokeWidth", 2}, {"color", CategoryColour(0)}, {"aria", false}}},
               {"encoding", {{"y", y}, {"x", Axis("low", effect)}, {"x2", {{"field", "high"}}}}}};
  Json points = {
      {"mark", {{"type", "point"}, {"filled", true}, {"size", 60}, {"opacity", 1}, {"color", CategoryColour(0)}}},
      {"encoding", {{"y", y}, {"x", Axis("effect", effect)}}}};
  return Json::array({{{"width", kMarginsWidth},
                       {"height", {{"step", 22}}},
                       {"data", {{"values", std::move(values)}}},
                       {"layer", Json::array({std::move(zero), std::move(bars), std::move(points)})}}});
}

}  // namespace

Result<Figure> BuildMarginsFigure(const FigureSpec& spec, const ReportFacts& facts) {
  const FitFacts* fit = spec.of.empty() ? nullptr : FindFit(facts, spec.of.front());
  if (fit == nullptr) return FigureInvalid(spec, "there is no such regression");
  const std::vector<const MarginFacts*> margins = MarginsOf(*fit, spec.term);
  // That the study asks for one was checked with it.
  if (margins.empty()) {
    return NothingToShow(facts.study.words("no marginal effect of '{1}' could be computed", {fit->id}));
  }
  const Words& words = facts.study.words;
  const std::string variable = spec.y_label.empty() ? margins.front()->variable : spec.y_label;
  const std::string moderator = spec.x_label;
  const std::string effect = words("Marginal effect of {1}", {variable});
  const std::vector<Effect> effects = ByValue(margins);
  std::vector<std::optional<double>> errors;
  for (const MarginFacts* margin : margins) errors.push_back(margin->std_error);
  const int decimals = CommonDecimals(errors);
  Figure figure;
  figure.data = FigureData(spec, facts,
                           {{"effect", words("Estimate"), false},
                            {"low", words("Low"), false},
                            {"high", words("High"), false},
                            {"rows", words("Rows"), false}});
  std::vector<const MarginFacts*> ordered = margins;
  for (std::size_t i = 0; i < effects.size(); ++i) ordered[i] = effects[i].margin;
  for (const MarginFacts* margin : ordered) {
    figure.data.panels.front().rows.push_back(
        {"margin:" + margin->level,
         effects.empty() ? margin->level : text::FormatSignificant(*text::ParseReal(margin->level), 4),
         Row::Role::kBody,
         {Cell::Real(margin->estimate, decimals), Cell::OptionalReal(margin->conf_low, decimals),
          Cell::OptionalReal(margin->conf_high, decimals), Cell::Count(margin->observation_count)},
         false});
  }
  const auto shown = [&](const MarginFacts* margin) { return text::FormatFixed(margin->estimate, decimals); };
  figure.description =
      words("Marginal effect of {1} over {2}: {3} at {4}, {5} at {6}.",
            {variable, moderator, shown(ordered.front()), figure.data.panels.front().rows.front().label,
             shown(ordered.back()), figure.data.panels.front().rows.back().label});
  const std::string level = text::FormatSignificant(fit->confidence_level * 100, 4) + " %";
  const std::string name = fit->inferences.empty() ? std::string() : InferenceName(fit->inferences.front(), words);
  figure.caption =
      effects.empty()
          ? words("Point and line: marginal effect of {1} and its {2} interval ({3}), by {4}.",
                  {variable, level, name, moderator})
          : words(
                "Line and band: marginal effect of {1} and its {2} interval ({3}), value by value of {4}. Beneath: how "
                "many rows of the regression have such values.",
                {variable, level, name, moderator});
  Json json = BaseSpec(spec, facts, figure.description);
  json["vconcat"] =
      effects.empty() ? OverGroups(margins, effect, words) : OverValues(effects, effect, moderator, words);
  json["spacing"] = 6;
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
