// A coefficient without one level of a column at a time, beside the estimate and interval of all rows.
#include <algorithm>
#include <cmath>

#include "common/text/number.h"
#include "services/reporting/engine/diagnostics.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/json_text.h"

namespace farrell::reporting {
namespace {

// Rows that print on one page.
constexpr std::size_t kMostLevels = 60;

struct Without {
  std::string level;
  double estimate = 0;
};

// By increasing estimate; of many levels those that move the estimate farthest.
std::vector<Without> LevelsOf(const FitFacts& fit, std::size_t term, double estimate) {
  std::vector<Without> levels;
  for (const LeaveOneOutFacts& without : fit.leave_one_out) {
    if (term < without.estimates.size() && without.estimates[term]) {
      levels.push_back({without.level, *without.estimates[term]});
    }
  }
  if (levels.size() > kMostLevels) {
    std::stable_sort(levels.begin(), levels.end(), [&](const Without& a, const Without& b) {
      return std::abs(a.estimate - estimate) > std::abs(b.estimate - estimate);
    });
    levels.resize(kMostLevels);
  }
  std::stable_sort(levels.begin(), levels.end(),
                   [](const Without& a, const Without& b) { return a.estimate < b.estimate; });
  return levels;
}

Result<const FitFacts*> FitOf(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.of.size() != 1) return FigureInvalid(spec, "'of' must name one regression");
  const FitFacts* fit = FindFit(facts, spec.of.front());
  if (fit == nullptr) return FigureInvalid(spec, "there is no regression '" + spec.of.front() + "'");
  if (fit->leave_one_out.empty() && !fit->left_out_column.empty()) {
    return NothingToShow(facts.study.words("no level of '{1}' could be left out", {fit->left_out_column}));
  }
  if (fit->leave_one_out.empty()) {
    return FigureInvalid(spec, "regression '" + fit->id + "' has no `leave_one_out`");
  }
  FARRELL_RETURN_IF_ERROR(CheckInference(*fit));
  return fit;
}

// Band and line of the estimate of all rows behind the points.
Json Layers(const TermFacts& term, const TermInferenceFacts& inference, const std::string& label) {
  const Json x = {{"field", "estimate"},
                  {"type", "quantitative"},
                  {"scale", {{"zero", false}}},
                  {"title", label},
                  {"axis", {{"tickCount", 5}}}};
  Json layers = Json::array();
  if (inference.conf_low && inference.conf_high) {
    layers.push_back(
        {{"data", {{"values", {{{"low", *inference.conf_low}, {"high", *inference.conf_high}}}}}},
         {"mark", {{"type", "rect"}, {"color", CategoryColour(4)}, {"opacity", 0.25}, {"aria", false}}},
         {"encoding",
          {{"x", {{"field", "low"}, {"type", "quantitative"}}}, {"x2", {{"field", "high"}}}, {"y", nullptr}}}});
  }
  layers.push_back({{"mark", {{"type", "rule"}, {"color", "#777777"}, {"strokeDash", {4, 3}}, {"aria", false}}},
                    {"encoding", {{"x", {{"datum", 0}, {"type", "quantitative"}}}, {"y", nullptr}}}});
  layers.push_back({{"mark", {{"type", "rule"}, {"color", CategoryColour(1)}, {"strokeWidth", 2}, {"aria", false}}},
                    {"encoding", {{"x", {{"datum", *term.estimate}, {"type", "quantitative"}}}, {"y", nullptr}}}});
  layers.push_back(
      {{"mark", {{"type", "point"}, {"filled", true}, {"size", 45}, {"opacity", 1}, {"color", CategoryColour(0)}}},
       {"encoding", {{"x", x}}}});
  return layers;
}

}  // namespace

Result<Figure> BuildInfluenceFigure(const FigureSpec& spec, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(const FitFacts* fit, FitOf(spec, facts));
  const Words& words = facts.study.words;
  const std::string wanted = spec.term.empty() ? FirstSlope(*fit) : spec.term;
  const auto found = std::find_if(fit->terms.begin(), fit->terms.end(),
                                  [&](const TermFacts& candidate) { return candidate.name == wanted; });
  if (found == fit->terms.end()) {
    return FigureInvalid(spec, "regression '" + fit->id + "' has no term '" + wanted + "'");
  }
  const TermFacts& term = *found;
  if (!term.estimate) return NothingToShow(words("'{1}' of '{2}' has no estimate", {wanted, fit->id}));
  const auto index = static_cast<std::size_t>(found - fit->terms.begin());
  const InferenceFacts& primary = fit->inferences.front();
  const TermInferenceFacts& inference = primary.terms[index];
  const std::vector<Without> levels = LevelsOf(*fit, index, *term.estimate);
  if (levels.empty()) return NothingToShow(words("no level of '{1}' could be left out", {fit->left_out_column}));

  const std::string label = term.label.empty() ? term.name : term.label;
  const int decimals = DecimalsFor(inference.std_error);
  const auto shown = [&](double value) { return text::FormatFixed(value, decimals); };
  Figure figure;
  figure.data = FigureData(spec, facts, {{"estimate", words("Estimate"), false}});
  Json values = Json::array();
  Json order = Json::array();
  for (const Without& without : levels) {
    values.push_back({{"level", without.level}, {"estimate", without.estimate}});
    order.push_back(without.level);
    figure.data.panels.front().rows.push_back({"without:" + without.level,
                                               words("without {1}", {without.level}),
                                               Row::Role::kBody,
                                               {Cell::Real(without.estimate, decimals)},
                                               false});
  }
  figure.data.panels.front().rows.push_back(
      {"all", words("all rows"), Row::Role::kBody, {Cell::Real(*term.estimate, decimals)}, true});
  figure.description = words(
      "Coefficient of {1} without one {2} at a time: from {3} (without {4}) to {5} (without {6}); of all rows {7}.",
      {label, fit->left_out_column, shown(levels.front().estimate), levels.front().level, shown(levels.back().estimate),
       levels.back().level, shown(*term.estimate)});
  const std::string level = text::FormatSignificant(fit->confidence_level * 100, 4) + " %";
  figure.caption = words.Sentences(
      {words("Every point is the coefficient of {1} without that {2}; line and band: the estimate of all rows and its "
             "{3} interval ({4}).",
             {label, fit->left_out_column, level, InferenceName(primary, words)}),
       levels.size() < fit->leave_one_out.size()
           ? words("Shown are the {1} that move the estimate most.", {std::to_string(levels.size())})
           : std::string()});
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  json["width"] = 400;
  json["height"] = {{"step", 14}};
  json["encoding"] = {{"y",
                       {{"field", "level"},
                        {"type", "nominal"},
                        {"sort", std::move(order)},
                        {"title", nullptr},
                        {"axis", {{"labelFontSize", 10}, {"ticks", false}, {"domain", false}, {"grid", true}}}}}};
  json["layer"] = Layers(term, inference, label);
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
