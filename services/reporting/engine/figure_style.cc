#include "services/reporting/engine/figure_style.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/numeric/elementary.h"
#include "services/reporting/engine/ranking.h"

namespace farrell::reporting {
namespace {

constexpr std::array<const char*, 7> kOkabeIto = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                  "#56B4E9", "#E69F00", "#000000"};
constexpr std::array<const char*, 7> kShapes = {"circle",        "square", "triangle-up",   "diamond",
                                                "triangle-down", "cross",  "triangle-right"};

struct Rgb {
  double red;
  double green;
  double blue;
};

// Six stops of viridis (Smith & van der Walt 2015), linear in RGB between them here and in the Vega-Lite scale alike.
constexpr std::array<Rgb, 6> kViridis = {
    {{68, 1, 84}, {65, 68, 135}, {42, 120, 142}, {34, 168, 132}, {122, 209, 81}, {253, 231, 37}}};
constexpr std::array<const char*, 6> kViridisNames = {"#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"};

double Linear(double channel) {
  const double c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : numeric::Pow((c + 0.055) / 1.055, 2.4);
}

double Luminance(const Rgb& colour) {
  return 0.2126 * Linear(colour.red) + 0.7152 * Linear(colour.green) + 0.0722 * Linear(colour.blue);
}

Rgb Viridis(double t) {
  const double at = std::clamp(t, 0.0, 1.0) * (kViridis.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), kViridis.size() - 2);
  const double part = at - static_cast<double>(below);
  const Rgb& a = kViridis[below];
  const Rgb& b = kViridis[below + 1];
  return {a.red + part * (b.red - a.red), a.green + part * (b.green - a.green), a.blue + part * (b.blue - a.blue)};
}

// Viridis between two numbers.
Json SequentialScale(double low, double high) {
  Json domain = Json::array();
  Json range = Json::array();
  for (std::size_t i = 0; i < kViridisNames.size(); ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(kViridisNames.size() - 1);
    domain.push_back(low + part * (high - low));
    range.push_back(kViridisNames[i]);
  }
  return {{"domain", std::move(domain)}, {"range", std::move(range)}, {"interpolate", "rgb"}, {"clamp", true}};
}

}  // namespace

Json BaseSpec(const FigureSpec& spec, const ReportFacts& facts, const std::string& description) {
  Json json = Json::object();
  json["description"] = description;
  json["background"] = "white";
  json["padding"] = 6;
  json["usermeta"] = {{"title", spec.title},
                      {"snapshot", facts.data.snapshot_digest},
                      {"study", facts.study.digest},
                      {"synthetic", facts.data.synthetic}};
  if (facts.data.synthetic) {
    json["title"] = {{"text", facts.study.words("SYNTHETIC DATA - effects were planted")},
                     {"anchor", "start"},
                     {"frame", "bounds"},
                     {"color", "#b00020"},
                     {"fontSize", 12},
                     {"offset", 10}};
  }
  json["config"] = {{"font", "sans-serif"},
                    {"axis",
                     {{"labelFontSize", 11},
                      {"titleFontSize", 11},
                      {"titleFontWeight", "normal"},
                      {"titleColor", "#222222"},
                      {"labelColor", "#222222"},
                      {"gridColor", "#e4e4e4"},
                      {"domainColor", "#666666"},
                      {"tickColor", "#666666"},
                      {"labelLimit", 220}}},
                    {"legend",
                     {{"labelFontSize", 11},
                      {"titleFontSize", 11},
                      {"titleFontWeight", "normal"},
                      {"labelLimit", 220},
                      {"gradientThickness", 10}}},
                    {"view", {{"stroke", nullptr}}},
                    {"text", {{"fontSize", 11}, {"color", "#222222"}}}};
  return json;
}

std::string CategoryColour(std::size_t index) { return kOkabeIto[index % kOkabeIto.size()]; }

Json CategoryDash(std::size_t index) {
  static const std::array<Json, 7> dashes = {Json::array({1, 0}),
                                             Json::array({7, 3}),
                                             Json::array({2, 2}),
                                             Json::array({8, 3, 2, 3}),
                                             Json::array({12, 3}),
                                             Json::array({4, 4}),
                                             Json::array({8, 2, 2, 2, 2, 2})};
  return dashes[index % dashes.size()];
}

std::string CategoryShape(std::size_t index) { return kShapes[index % kShapes.size()]; }

Json ColourScale(const std::vector<std::string>& names) {
  Json range = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) range.push_back(CategoryColour(i));
  return {{"domain", names}, {"range", std::move(range)}};
}

Json DashScale(const std::vector<std::string>& names) {
  Json range = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) range.push_back(CategoryDash(i));
  return {{"domain", names}, {"range", std::move(range)}};
}

Json ShapeScale(const std::vector<std::string>& names) {
  Json range = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) range.push_back(CategoryShape(i));
  return {{"domain", names}, {"range", std::move(range)}};
}

Json ScoreColour(double low, const Words& words) {
  return {{"field", "score"},
          {"type", "quantitative"},
          {"scale", SequentialScale(low, 1)},
          {"legend",
           {{"title", words("Efficiency score")},
            {"orient", "bottom"},
            {"direction", "horizontal"},
            {"gradientLength", 240},
            {"format", ".2f"}}}};
}

Json PeriodColumns(Json names, int column_width) {
  return {{"field", "period"},
          {"type", "ordinal"},
          {"sort", std::move(names)},
          {"title", nullptr},
          {"axis",
           {{"orient", "top"},
            {"labelAngle", column_width < 34 ? -90 : 0},
            {"labelFontSize", 10},
            {"ticks", false},
            {"domain", false},
            {"labelOverlap", column_width < 14}}}};
}

Json ValueColour(double low, double high, const std::string& title) {
  return {{"field", "value"},
          {"type", "quantitative"},
          {"scale", SequentialScale(low, high)},
          {"legend",
           {{"title", title},
            {"titleLimit", 480},
            {"orient", "bottom"},
            {"direction", "horizontal"},
            {"gradientLength", 240},
            {"format", ".3~g"}}}};
}

std::string InkOn(double value, double low, double high) {
  const double luminance = Luminance(Viridis(high > low ? (value - low) / (high - low) : 1));
  const double with_white = 1.05 / (luminance + 0.05);
  const double with_black = (luminance + 0.05) / 0.05;
  return with_white >= with_black ? "#ffffff" : "#000000";
}

Json InkEncoding() {
  // Conditions rather than a field without a scale, which Vega-Lite cannot merge with the colour scale of another
  // layer.
  return {{"condition",
           {{{"test", "datum.ink === '#ffffff'"}, {"value", "#ffffff"}},
            {{"test", "datum.ink === '#000000'"}, {"value", "#000000"}}}},
          {"value", "#555555"}};
}

double ScoreFloor(const DeaFacts& dea) {
  double smallest = 1;
  for (const ScoreFacts& row : dea.scores) {
    if (row.score) smallest = std::min(smallest, *row.score);
  }
  const double floor = std::floor(smallest * 20 + 1e-9) / 20;
  return floor >= 0.95 ? 0.95 : floor;
}

std::vector<double> SpreadLabels(const std::vector<double>& wanted, double gap, double low, double high) {
  std::vector<std::size_t> order(wanted.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  std::vector<double> placed(wanted.size());
  double last = low - gap;
  for (const std::size_t i : order) {
    placed[i] = std::max(wanted[i], last + gap);
    last = placed[i];
  }
  // What was pushed out at the top moves everything below it down again.
  double next = high + gap;
  std::reverse(order.begin(), order.end());
  for (const std::size_t i : order) {
    placed[i] = std::min(placed[i], next - gap);
    next = placed[i];
  }
  return placed;
}

std::string PeriodWords(const std::vector<std::int64_t>& periods, const Words& words) {
  if (periods.empty()) return {};
  if (periods.size() == 1) return std::to_string(periods.front());
  return words("{1} to {2}", {std::to_string(periods.front()), std::to_string(periods.back())});
}

Json PeriodAxis(const std::vector<std::int64_t>& periods) {
  Json ticks = Json::array();
  const std::size_t stride = (periods.size() + 11) / 12;
  for (std::size_t i = 0; i < periods.size(); i += stride) ticks.push_back(periods[i]);
  return {{"field", "period"},
          {"type", "quantitative"},
          {"scale", {{"domain", {periods.front(), periods.back()}}, {"nice", false}}},
          {"title", nullptr},
          {"axis", {{"format", "d"}, {"values", std::move(ticks)}, {"grid", false}}}};
}

Result<GroupOf> GroupsBy(const FigureSpec& spec, const ReportFacts& facts) {
  GroupOf groups;
  if (spec.by.empty()) return groups;
  const ClassificationFacts* classification = FindClassification(facts, spec.by);
  if (classification == nullptr) return FigureInvalid(spec, "there is no classification '" + spec.by + "'");
  for (const ClassificationFacts::Group& group : classification->groups) {
    for (const std::string& unit : group.members) groups.of_unit.emplace(unit, groups.labels.size());
    groups.labels.push_back(group.label.empty() ? group.name : group.label);
  }
  return groups;
}

Result<const DeaFacts*> DeaOf(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.of.size() != 1) return FigureInvalid(spec, "'of' must name one evaluation");
  const DeaFacts* dea = FindDea(facts, spec.of.front());
  if (dea == nullptr) return FigureInvalid(spec, "there is no evaluation '" + spec.of.front() + "'");
  const bool any =
      std::any_of(dea->scores.begin(), dea->scores.end(), [](const ScoreFacts& row) { return row.score.has_value(); });
  if (!any) return NothingToShow(facts.study.words("no row of '{1}' has a score", {dea->id}));
  return dea;
}

Status FigureInvalid(const FigureSpec& spec, const std::string& why) {
  return InvalidArgument("FIGURE_INVALID", "figure '" + spec.id + "': " + why);
}

Table FigureData(const FigureSpec& spec, const ReportFacts& facts, std::vector<Column> columns) {
  Table table;
  table.id = spec.id;
  table.title = facts.study.words("Data of figure {1}", {spec.id});
  table.words = facts.study.words;
  table.kind = "figure";
  table.columns = std::move(columns);
  table.panels.emplace_back();
  table.synthetic = facts.data.synthetic;
  return table;
}

}  // namespace farrell::reporting
