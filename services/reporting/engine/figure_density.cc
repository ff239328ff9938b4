// Kernel densities of the scores in up to four periods (or by group). Gaussian kernel, Silverman's (1986, eq. 3.31)
// bandwidth; mass that would fall above the bound of 1 is reflected back (Silverman 1986, section 2.10).
#include <algorithm>
#include <cmath>
#include <map>

#include "common/numeric/elementary.h"
#include "common/numeric/quantile.h"
#include "common/text/number.h"
#include "services/reporting/engine/figure_style.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/ranking.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kMostCurves = 4;
constexpr int kGridPoints = 121;
constexpr double kInverseRootTwoPi = 0.39894228040143268;

// 0.9 min(sd, IQR / 1.34) n^(-1/5); 0 when the sample has no spread.
double Bandwidth(const std::vector<double>& sorted) {
  const double n = static_cast<double>(sorted.size());
  double mean = 0;
  for (const double value : sorted) mean += value;
  mean /= n;
  double squares = 0;
  for (const double value : sorted) squares += (value - mean) * (value - mean);
  const double sd = std::sqrt(squares / (n - 1));
  const double range = (numeric::Quantile(sorted, 0.75) - numeric::Quantile(sorted, 0.25)) / 1.34;
  const double spread = range > 0 ? std::min(sd, range) : sd;
  return 0.9 * spread * numeric::Pow(n, -0.2);
}

double Density(const std::vector<double>& sorted, double bandwidth, double x) {
  double sum = 0;
  for (const double value : sorted) {
    for (const double at : {value, 2 - value}) {
      const double z = (x - at) / bandwidth;
      sum += numeric::Exp(-0.5 * z * z);
    }
  }
  return sum * kInverseRootTwoPi / (static_cast<double>(sorted.size()) * bandwidth);
}

struct Sample {
  std::string name;
  std::vector<double> scores;
};

// By group when the figure names a classification, else by up to four periods at even distances.
std::vector<Sample> Samples(const DeaFacts& dea, const GroupOf& groups, const Words& words) {
  std::vector<Sample> samples;
  if (!groups.labels.empty()) {
    for (const std::string& label : groups.labels) samples.push_back({label, {}});
    for (const ScoreFacts& row : dea.scores) {
      const auto group = groups.of_unit.find(row.unit);
      if (row.score && group != groups.of_unit.end()) samples[group->second].scores.push_back(*row.score);
    }
    return samples;
  }
  const std::vector<std::int64_t> periods = ScoredPeriods(dea);
  if (periods.empty()) {
    samples.push_back({words("All"), {}});
    for (const ScoreFacts& row : dea.scores) {
      if (row.score) samples.front().scores.push_back(*row.score);
    }
    return samples;
  }
  const std::size_t curves = std::min(kMostCurves, periods.size());
  for (std::size_t i = 0; i < curves; ++i) {
    const std::size_t at = curves == 1 ? 0 : (i * (periods.size() - 1) + (curves - 1) / 2) / (curves - 1);
    samples.push_back({std::to_string(periods[at]), {}});
    for (const ScoreFacts& row : dea.scores) {
      if (row.score && row.time == periods[at]) samples.back().scores.push_back(*row.score);
    }
  }
  return samples;
}

}  // namespace

Result<Figure> BuildDensity(const FigureSpec& spec, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(const DeaFacts* dea, DeaOf(spec, facts));
  FARRELL_ASSIGN_OR_RETURN(const GroupOf groups, GroupsBy(spec, facts));
  const Words& words = facts.study.words;
  Figure figure;
  figure.data = FigureData(spec, facts, {{"score", words("Score"), false}, {"density", words("Density"), false}});
  Json values = Json::array();
  std::vector<std::string> names;
  std::vector<std::string> left_out;
  const double low = std::max(0.0, ScoreFloor(*dea) - 0.1);
  for (Sample& sample : Samples(*dea, groups, words)) {
    std::sort(sample.scores.begin(), sample.scores.end());
    const double bandwidth = sample.scores.size() < 3 ? 0 : Bandwidth(sample.scores);
    if (!(bandwidth > 0)) {
      left_out.push_back(sample.name);
      continue;
    }
    names.push_back(sample.name);
    for (int i = 0; i < kGridPoints; ++i) {
      const double x = low + (1 - low) * i / (kGridPoints - 1);
      const double density = Density(sample.scores, bandwidth, x);
      values.push_back({{"curve", sample.name}, {"score", x}, {"density", density}});
      figure.data.panels.front().rows.push_back({sample.name + "@" + std::to_string(i),
                                                 sample.name,
                                                 Row::Role::kBody,
                                                 {Cell::Real(x, 4), Cell::Real(density, 4)},
                                                 false});
    }
  }
  if (names.empty()) return NothingToShow(facts.study.words("no sample has three different scores"));
  figure.description = words("Kernel density of efficiency scores: {1}.", {words.Names(names)});
  figure.caption = words("Gaussian kernel, Silverman's bandwidth, reflected at the bound of 1.");
  if (!left_out.empty()) {
    figure.caption =
        words.Sentences({figure.caption, words("Without enough spread for a curve: {1}.", {words.Names(left_out)})});
  }
  Json json = BaseSpec(spec, facts, figure.description);
  json["data"] = {{"values", std::move(values)}};
  json["width"] = 520;
  json["height"] = 260;
  json["mark"] = {{"type", "line"}, {"strokeWidth", 2}};
  const Json legend = {{"title", nullptr}, {"orient", "top"}, {"symbolSize", 300}};
  json["encoding"] = {
      {"x",
       {{"field", "score"},
        {"type", "quantitative"},
        {"scale", {{"domain", {low, 1}}, {"nice", false}}},
        {"title", words("Efficiency score")},
        {"axis", {{"format", ".2f"}, {"grid", false}, {"tickCount", 6}}}}},
      {"y",
       {{"field", "density"}, {"type", "quantitative"}, {"title", words("Density")}, {"axis", {{"tickCount", 5}}}}},
      {"color", {{"field", "curve"}, {"type", "nominal"}, {"scale", ColourScale(names)}, {"legend", legend}}},
      {"strokeDash", {{"field", "curve"}, {"type", "nominal"}, {"scale", DashScale(names)}, {"legend", legend}}}};
  figure.spec = JsonText(json);
  return figure;
}

}  // namespace farrell::reporting
