// A specification curve: estimates in increasing order with their intervals, and beneath them the choices that made
// each (Simonsohn, Simmons & Nelson 2020, figure 2).
#include <algorithm>
#include <string_view>

#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"

namespace farrell::reporting {
namespace {

// More points than this cannot be told apart on a page.
constexpr std::size_t kMostPoints = 600;
constexpr std::string_view kMain = Said("main specification");
constexpr std::string_view kSignificant = Said("significant");
constexpr std::string_view kOther = Said("not significant");

// Ranks shown, 0-based: all, or evenly spaced ones with the ends and the main specification.
std::vector<std::size_t> ShownRanks(const CurveFacts& curve) {
  const std::size_t count = curve.order.size();
  std::vector<std::size_t> ranks;
  if (count <= kMostPoints) {
    for (std::size_t rank = 0; rank < count; ++rank) ranks.push_back(rank);
    return ranks;
  }
  for (std::size_t k = 0; k < kMostPoints; ++k) ranks.push_back(k * (count - 1) / (kMostPoints - 1));
  const auto main = std::find(curve.order.begin(), curve.order.end(), std::size_t{0});
  if (main != curve.order.end()) {
    const auto rank = static_cast<std::size_t>(main - curve.order.begin());
    const auto place = std::lower_bound(ranks.begin(), ranks.end(), rank);
    if (place == ranks.end() || *place != rank) ranks.insert(place, rank);
  }
  return ranks;
}

std::string_view KindOf(const CurveFacts& curve, std::size_t position) {
  if (position == 0) return kMain;
  const std::optional<double>& p = curve.specifications[position].numbers.p_value;
  return p && *p < 1.0 - curve.confidence_level ? kSignificant : kOther;
}

Json KindScale(std::vector<std::string> range, const Words& words) {
  return {{"domain", {words(kMain), words(kSignificant), words(kOther)}}, {"range", std::move(range)}};
}

Json Axis(double ranks) {
  return {{"field", "rank"},
          {"type", "quantitative"},
          {"scale", {{"domain", {0.0, ranks + 1.0}}, {"nice", false}, {"zero", false}}},
          {"axis", {{"grid", false}, {"ticks", false}, {"labels", false}, {"domain", false}}},
          {"title", nullptr}};
}

}  // namespace

Result<Figure> BuildCurve(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.of.size() != 1) return FigureInvalid(spec, "'of' must name one specification curve");
  const CurveFacts* curve = FindCurve(facts, spec.of.front());
  if (curve == nullptr) return FigureInvalid(spec, "there is no specification curve '" + spec.of.front() + "'");
  if (curve->order.empty())
    return NothingToShow(facts.study.words("no specification of '{1}' has an estimate", {curve->id}));
  const Words& words = facts.study.words;
  const std::vector<CurveChoice> choices = VariedChoices(*curve, words);
  Figure figure;
  std::vector<Column> columns = {{"estimate", words("Estimate"), false},
                                 {"std_error", words("s.e."), false},
                                 {"conf_low", words("Low"), false},
                                 {"conf_high", words("High"), false},
                                 {"p", "p", false},
                                 {"n", "N", false}};
  for (const CurveChoice& choice : choices) columns.push_back({choice.name, choice.name, true});
  figure.data = FigureData(spec, facts, std::move(columns));
  for (std::size_t rank = 0; rank < curve->order.size(); ++rank) {
    const CurveSpecificationFacts& each = curve->specifications[curve->order[rank]];
    Row row{"specification:" + std::to_string(curve->order[rank] + 1), each.formula, Row::Role::kBody, {}, false};
    row.cells = {Cell::OptionalReal(each.estimate, 4),         Cell::OptionalReal(each.numbers.std_error, 4),
                 Cell::OptionalReal(each.numbers.conf_low, 4), Cell::OptionalReal(each.numbers.conf_high, 4),
                 Cell::PValue(each.numbers.p_value),           Cell::Count(each.observation_count)};
    for (const CurveChoice& choice : choices)
      row.cells.push_back(Cell::Text(ChoiceLabel(choice, each.*choice.member, words)));
    figure.data.panels.front().rows.push_back(std::move(row));
  }

  Json values = Json::array();
  Json marks = Json::array();
  for (const std::size_t rank : ShownRanks(*curve)) {
    const std::size_t position = curve->order[rank];
    const CurveSpecificationFacts& each = curve->specifications[position];
    const std::string kind = words(KindOf(*curve, position));
    Json value = {{"rank", rank + 1}, {"kind", kind}, {"estimate", *each.estimate}};
    if (each.numbers.conf_low && each.numbers.conf_high) {
      value["low"] = *each.numbers.conf_low;
      value["high"] = *each.numbers.conf_high;
    }
    values.push_back(std::move(value));
    for (const CurveChoice& choice : choices) {
      marks.push_back({{"rank", rank + 1},
                       {"kind", kind},
                       {"choice", words("{1}: {2}", {choice.name, ChoiceLabel(choice, each.*choice.member, words)})}});
    }
  }
  Json rows = Json::array();
  for (const CurveChoice& choice : choices) {
    for (const std::string& entry : choice.entries) {
      rows.push_back(words("{1}: {2}", {choice.name, ChoiceLabel(choice, entry, words)}));
    }
  }

  const CurveSpecificationFacts& main = curve->main();
  const std::string level = text::FormatSignificant(curve->confidence_level * 100, 4) + " %";
  const std::string count = words.Counted(static_cast<std::int64_t>(curve->order.size()), Said("{1} specification"),
                                          Said("{1} specifications"));
  const auto number = [&](const std::optional<double>& value) {
    return value ? text::FormatSignificant(*value, 3) : words("n/a");
  };
  const auto share = [&](const std::optional<double>& value) {
    return value ? text::FormatFixed(100.0 * *value, 0) + " %" : words("n/a");
  };
  figure.description = words(
      "Estimates of {1} by increasing size, from {2} to {3}, median {4}; positive {5}, significant {6}; the main "
      "specification, {7}, gives {8}.",
      {count, number(curve->min), number(curve->max), number(curve->median), share(curve->positive_share),
       share(curve->significant_share), main.formula, number(main.estimate)});
  figure.caption = words(
      "Every point is one of {1}, by increasing estimate, with its {2} interval; the marks beneath it are its choices. "
      "Diamond: the main specification, {3}.",
      {count, level, main.formula});
  if (curve->order.size() > kMostPoints) {
    figure.caption = words.Sentences({figure.caption, words("Drawn: {1} of them, evenly spaced through the curve.",
                                                            {std::to_string(values.size())})});
  }

  const auto ranks = static_cast<double>(curve->order.size());
  const double size = ranks <= 80 ? 45 : ranks <= 250 ? 22 : 10;
  const Json colour = {{"field", "kind"},
                       {"type", "nominal"},
                       {"title", nullptr},
                       {"scale", KindScale({CategoryColour(1), CategoryColour(0), "#8a8a8a"}, words)},
                       {"legend", {{"orient", "top"}, {"direction", "horizontal"}}}};
  const Json shape = {{"field", "kind"},
                      {"type", "nominal"},
                      {"title", nullptr},
                      {"scale", KindScale({"diamond", "circle", "square"}, words)},
                      {"legend", {{"orient", "top"}, {"direction", "horizontal"}}}};
  const Json order = {{"condition", {{"test", "datum.kind === '" + words(kMain) + "'"}, {"value", 4.0 * size}}},
                      {"value", size}};
  Json estimate = {{"field", "estimate"},
                   {"type", "quantitative"},
                   {"scale", {{"zero", true}}},
                   {"title", words("Estimate")},
                   {"axis", {{"tickCount", 5}}}};
  Json low = estimate;
  low["field"] = "low";
  Json layers = Json::array();
  layers.push_back({{"mark", {{"type", "rule"}, {"color", "#777777"}, {"strokeDash", {4, 3}}, {"aria", false}}},
                    {"encoding", {{"y", {{"datum", 0}, {"type", "quantitative"}}}}}});
  layers.push_back(
      {{"mark", {{"type", "rule"}, {"color", "#9fb3c1"}, {"strokeWidth", ranks <= 250 ? 1.5 : 0.8}, {"aria", false}}},
       {"encoding", {{"x", Axis(ranks)}, {"y", low}, {"y2", {{"field", "high"}}}}}});
  layers.push_back(
      {{"mark", {{"type", "point"}, {"filled", true}, {"opacity", 1}}},
       {"encoding",
        {{"x", Axis(ranks)}, {"y", std::move(estimate)}, {"color", colour}, {"shape", shape}, {"size", order}}}});
  Json json = BaseSpec(spec, facts, figure.description);
  Json views = Json::array();
  views.push_back({{"width", kFigureWidth - 140},
                   {"height", 220},
                   {"data", {{"values", std::move(values)}}},
                   {"layer", std::move(layers)}});
  if (!choices.empty()) {
    Json tick_colour = colour;
    tick_colour["legend"] = nullptr;
    views.push_back(
        {{"width", kFigureWidth - 140},
         {"height", {{"step", 15}}},
         {"data", {{"values", std::move(marks)}}},
         {"mark",
          {{"type", "tick"}, {"thickness", ranks <= 80 ? 3 : 1.5}, {"size", 9}, {"opacity", 1}, {"aria", false}}},
         {"encoding",
          {{"x", Axis(ranks)},
           {"y",
            {{"field", "choice"},
             {"type", "nominal"},
             {"sort", std::move(rows)},
             {"title", nullptr},
             {"axis", {{"ticks", false}, {"domain", false}, {"grid", true}, {"labelPadding", 8}}}}},
           {"color", std::move(tick_colour)}}}});
  }
  json["vconcat"] = std::move(views);
  json["spacing"] = 8;
  // The marks have the colours of the points and no legend of their own.
  json["resolve"] = {{"scale", {{"color", "independent"}, {"shape", "independent"}}}};
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
