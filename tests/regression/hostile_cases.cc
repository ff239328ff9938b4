#include "tests/regression/hostile_cases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "common/numeric/random.h"
#include "services/regression/engine/ssc.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

constexpr std::array kTypes = {InferenceType::kDefault, InferenceType::kIid,           InferenceType::kHc0,
                               InferenceType::kHc1,     InferenceType::kHc2,           InferenceType::kHc3,
                               InferenceType::kHc4,     InferenceType::kCr0,           InferenceType::kCr1,
                               InferenceType::kCr2,     InferenceType::kCr3,           InferenceType::kWild,
                               InferenceType::kPcse,    InferenceType::kDriscollKraay, InferenceType::kNeweyWest};
constexpr std::array kEstimators = {Estimator::kDefault,
                                    Estimator::kOls,
                                    Estimator::kWithin,
                                    Estimator::kBetween,
                                    Estimator::kFirstDifference,
                                    Estimator::kRandomEffects,
                                    Estimator::kCorrelatedRandomEffects,
                                    Estimator::kTwoStageLeastSquares,
                                    Estimator::kLiml,
                                    Estimator::kTobit,
                                    Estimator::kTruncated,
                                    Estimator::kFractional,
                                    Estimator::kPoisson};

// The outcome of a panel as a function of its regressors.
enum class Outcome { kNoisy, kPerfect, kFlat, kZero, kBinary, kCount, kNegative, kCensored };

void AddTexts(Panel& panel, const std::string& name, double missing, Dice& dice,
              const std::function<std::string(std::size_t)>& label) {
  PanelColumn column{name, true, {}, {}};
  for (std::size_t row = 0; row < panel.size(); ++row) {
    column.texts.push_back(dice.Chance(missing) ? std::string() : label(row));
  }
  panel.columns.push_back(std::move(column));
}

double OutcomeOf(Outcome kind, double x1, double x2, Dice& dice) {
  switch (kind) {
    case Outcome::kPerfect: return 1.0 + 2.0 * x1 - x2;
    case Outcome::kFlat: return 7.0;
    case Outcome::kZero: return 0.0;
    case Outcome::kBinary: return x1 + dice.Normal() > 0.0 ? 1.0 : 0.0;
    case Outcome::kCount: return std::floor(5.0 * dice.Uniform() * dice.Uniform());
    case Outcome::kNegative: return -1.0 - dice.Uniform();
    case Outcome::kCensored: return std::max(0.0, x1 + dice.Normal());
    case Outcome::kNoisy: break;
  }
  return 1.0 + x1 + dice.Normal();
}

const std::vector<std::string>& ClusterColumns() {
  static const std::vector<std::string> columns = {"unit", "time", "group", "pair", "own", "block", "odd \"name\""};
  return columns;
}

InferenceSpec HostileInference(Dice& dice) {
  InferenceSpec spec;
  spec.type = kTypes[dice.Below(kTypes.size())];
  if (IsClustered(spec.type)) {
    spec.cluster = dice.Pick(ClusterColumns());
    const bool several = spec.type == InferenceType::kCr0 || spec.type == InferenceType::kCr1;
    while (several && spec.further_clusters.size() < 3 && dice.Chance(0.3)) {
      const std::string& further = dice.Pick(ClusterColumns());
      const bool there =
          further == spec.cluster ||
          std::find(spec.further_clusters.begin(), spec.further_clusters.end(), further) != spec.further_clusters.end();
      if (!there) spec.further_clusters.push_back(further);
    }
  }
  spec.ssc = dice.Pick(SscPresets());
  if (dice.Chance(0.3)) spec.lag = static_cast<int>(dice.Below(12));
  spec.draws = 99 + static_cast<std::int64_t>(dice.Below(100));
  spec.weights = static_cast<BootstrapWeights>(dice.Below(3));
  spec.variant = dice.Pick(std::vector<int>{11, 13, 31, 33});
  spec.unrestricted = dice.Chance(0.2);
  return spec;
}

std::string HostileFormula(Dice& dice) {
  static const std::vector<std::string> terms = {"x1",
                                                 "x2",
                                                 "x3",
                                                 "flat",
                                                 "twin",
                                                 "share",
                                                 "i(group)",
                                                 "i(own)",
                                                 "i(unit)",
                                                 "i(time)",
                                                 "x1*x2",
                                                 "i(group, ref = \"a\"):x1",
                                                 "poly(x1, 2)",
                                                 "poly(x2, 3, raw)",
                                                 "poly(flat, 2)",
                                                 "i(`odd \"name\"`)",
                                                 "x1:x2:x3"};
  static const std::vector<std::string> effects = {
      "unit",      "time",     "group",      "pair",         "own",         "block",         "group^time",
      "unit^time", "unit[x2]", "unit[[x3]]", "time[x1, x2]", "group[flat]", "`odd \"name\"`"};
  std::string text = dice.Pick(std::vector<std::string>{"y", "y", "y", "count", "share", "flat", "x1"}) + " ~ ";
  text += dice.Chance(0.15) ? "0" : "1";
  for (std::size_t k = dice.Below(5); k > 0; --k) text += " + " + dice.Pick(terms);
  if (dice.Chance(0.5)) {
    text += " | " + dice.Pick(effects);
    while (dice.Chance(0.4)) text += " + " + dice.Pick(effects);
  }
  if (dice.Chance(0.25)) {
    text += " | " + dice.Pick(std::vector<std::string>{"x2", "x3", "x2 + x3", "flat", "twin"}) + " ~ " +
            dice.Pick(std::vector<std::string>{"z1", "z1 + z2", "flat", "z1 + twin", "i(group)", "x2"});
  }
  return text;
}

}  // namespace

Panel HostilePanel(Dice& dice) {
  Panel panel;
  panel.unit_key = "unit";
  panel.time_key = "time";
  const std::size_t units = 1 + dice.Below(9);
  const std::size_t periods = 1 + dice.Below(8);
  const double kept = dice.Pick(std::vector<double>{1.0, 1.0, 0.8, 0.3});
  const double twice = dice.Pick(std::vector<double>{0.0, 0.0, 0.0, 0.2});
  const std::int64_t step = dice.Pick(std::vector<std::int64_t>{1, 1, 1, 7, std::int64_t{1} << 58U});
  for (std::size_t unit = 0; unit < units; ++unit) {
    for (std::size_t period = 0; period < periods; ++period) {
      if (!dice.Chance(kept)) continue;
      const int copies = dice.Chance(twice) ? 2 : 1;
      for (int copy = 0; copy < copies; ++copy) {
        panel.units.push_back("u" + std::to_string(unit));
        panel.times.push_back(2000 + step * static_cast<std::int64_t>(period));
        panel.rows.push_back(static_cast<std::int64_t>(panel.size()) - 1);
      }
    }
  }
  const std::vector<double> scales = {1.0, 1.0, 1.0, 1.0, 1e8, 1e-8, 1e60, 1e-60, 1e150, 1e-150};
  const double scale = dice.Pick(scales);
  const double outcome_scale = dice.Pick(scales);
  const double shift = dice.Pick(std::vector<double>{0.0, 0.0, 0.0, 1e6, 1e12});
  const double missing = dice.Pick(std::vector<double>{0.0, 0.0, 0.0, 0.0, 0.05, 0.05, 0.3, 1.0});
  const auto kind = static_cast<Outcome>(dice.Below(8));
  const double constant = dice.Pick(std::vector<double>{0.0, 1.0, 1e-300, 1e300});
  std::vector<double> x1;
  std::vector<double> x2;
  std::vector<double> y;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    x1.push_back(dice.Normal());
    x2.push_back(dice.Chance(0.2) ? 0.0 : dice.Normal());
    y.push_back(OutcomeOf(kind, x1.back(), x2.back(), dice));
  }
  const double infinite = dice.Pick(std::vector<double>{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.05});
  const auto holes = [&](double value) {
    if (dice.Chance(infinite)) return std::numeric_limits<double>::infinity();
    return dice.Chance(missing) ? kMissing : value;
  };
  AddColumn(panel, "y", [&](std::size_t row) { return holes(outcome_scale * y[row]); });
  AddColumn(panel, "x1", [&](std::size_t row) { return scale * x1[row] + shift; });
  AddColumn(panel, "x2", [&](std::size_t row) { return holes(x2[row]); });
  AddColumn(panel, "x3", [&](std::size_t row) { return 0.5 * x2[row] + dice.Normal(); });
  AddColumn(panel, "flat", [&](std::size_t) { return constant; });
  AddColumn(panel, "twin", [&](std::size_t row) { return 2.0 * (scale * x1[row] + shift); });
  AddColumn(panel, "z1", [&](std::size_t row) { return x2[row] + dice.Normal(); });
  AddColumn(panel, "z2", [&](std::size_t) { return dice.Normal(); });
  const std::vector<double> odd_weights =
      dice.Chance(0.8) ? std::vector<double>{0.1, 1.0, 2.0, 1e3}
                       : dice.Pick(std::vector<std::vector<double>>{{0.0, 1.0},
                                                                    {0.0},
                                                                    {-1.0, 1.0},
                                                                    {1e-200, 1.0, 1e200},
                                                                    {kMissing, 1.0},
                                                                    {std::numeric_limits<double>::infinity(), 1.0}});
  AddColumn(panel, "w", [&](std::size_t) { return dice.Pick(odd_weights); });
  AddColumn(panel, "share", [&](std::size_t) { return dice.Pick(std::vector<double>{0.0, 0.3, 0.7, 1.0}); });
  AddColumn(panel, "count", [&](std::size_t row) { return x1[row] > 0.0 ? std::floor(4.0 * dice.Uniform()) : 0.0; });
  const auto letter = [](std::size_t k) { return std::string(1, static_cast<char>('a' + k)); };
  AddTexts(panel, "group", missing / 4, dice,
           [&](std::size_t row) { return letter(static_cast<std::size_t>(panel.units[row].back()) % 3); });
  AddTexts(panel, "pair", 0.0, dice,
           [&](std::size_t row) { return letter(static_cast<std::size_t>(panel.units[row].back()) % 2); });
  AddTexts(panel, "own", 0.0, dice, [](std::size_t row) { return "r" + std::to_string(row); });
  AddTexts(panel, "block", 0.0, dice, [&](std::size_t) { return "b" + std::to_string(dice.Below(4)); });
  AddTexts(panel, "odd \"name\"", 0.0, dice, [&](std::size_t) {
    return dice.Pick(std::vector<std::string>{"a,b", "\"", "it's", "\xe6\xb5\x99\xe6\xb1\x9f", " ", "a::b", "1e5"});
  });
  return panel;
}

FitSpec HostileSpec(Dice& dice) {
  std::string formula = HostileFormula(dice);
  // A regressor may not be exogenous and endogenous.
  while (!ParseFormula(formula).ok()) formula = HostileFormula(dice);
  FitSpec spec = MakeSpec(formula);
  spec.estimator.kind = dice.Chance(0.6) ? Estimator::kDefault : kEstimators[dice.Below(kEstimators.size())];
  spec.estimator.random_effects = static_cast<RandomEffectsMethod>(dice.Below(5));
  spec.estimator.link = static_cast<Link>(dice.Below(2));
  spec.estimator.mundlak = dice.Chance(0.3);
  spec.estimator.unit_effects = dice.Chance(0.3);
  spec.estimator.quadrature_points = 8;
  if (dice.Chance(0.8)) spec.estimator.lower = dice.Pick(std::vector<double>{0.0, -1.0, 1e9});
  if (dice.Chance(0.2)) spec.estimator.upper = dice.Pick(std::vector<double>{1.0, 2.0, -1e9});
  for (std::size_t k = dice.Below(4); k > 0; --k) spec.inferences.push_back(HostileInference(dice));
  if (dice.Chance(0.2)) spec.weights = dice.Pick(std::vector<std::string>{"w", "w", "flat", "x1", "nothing"});
  spec.confidence_level = dice.Pick(std::vector<double>{0.95, 0.95, 1e-9, 1.0 - 1e-12});
  spec.observations = dice.Chance(0.5);
  const bool asks = dice.Chance(0.1) || formula.find("x1 ") != std::string::npos;
  if (asks && dice.Chance(0.3)) {
    spec.hypotheses = {dice.Pick(std::vector<std::string>{"x1 = 0", "x1 = x2", "x1 = 0; x2 = 0", "x1 / x2 = 1",
                                                          "x1 * x1 = 0", "x1 = 0; x1 = 0", "x1 = x1", "1 / x1 = 0",
                                                          "log(x1) = 0", "exp(x1 * 1e9) = 1", "nothing = 0"})};
  }
  if (asks && dice.Chance(0.2)) {
    spec.margins = {dice.Pick(std::vector<std::string>{"x1", "x2 by group", "x1 by own", "flat", "nothing"})};
  }
  if (dice.Chance(0.1)) spec.leave_one_out = dice.Pick(ClusterColumns());
  if (asks && dice.Chance(0.2)) spec.design = {{"x1", dice.Pick(std::vector<double>{0.1, -1e300, 1e-300}), 0.05, 0.8}};
  spec.cluster_diagnostics = dice.Chance(0.3);
  return spec;
}

CompareSpec HostileComparison(Dice& dice) {
  CompareSpec spec;
  spec.fit = HostileSpec(dice);
  // Most of the others have nothing that could be compared.
  if (dice.Chance(0.6)) {
    spec.fit = MakeSpec(dice.Pick(std::vector<std::string>{"y ~ x1 + x2", "y ~ x1 + x2 | unit", "y ~ x1 + flat",
                                                           "count ~ x1 | unit + time", "y ~ x1 + x2 | own"}),
                        spec.fit.inferences);
  }
  spec.fit.leave_one_out.clear();
  spec.fit.margins.clear();
  spec.fit.hypotheses.clear();
  spec.fit.design.clear();
  spec.by =
      dice.Chance(0.7) ? dice.Pick(std::vector<std::string>{"group", "pair", "block"}) : dice.Pick(ClusterColumns());
  if (dice.Chance(0.4)) spec.terms = {dice.Pick(std::vector<std::string>{"x1", "x2", "flat"})};
  spec.interact = static_cast<Interact>(dice.Below(2));
  spec.adjustment = static_cast<Adjustment>(dice.Below(4));
  spec.family = static_cast<Family>(dice.Below(3));
  for (InferenceSpec& inference : spec.fit.inferences) {
    if (inference.type == InferenceType::kWild && dice.Chance(0.5)) inference.type = InferenceType::kPermutation;
    if (inference.type == InferenceType::kCr0 && dice.Chance(0.3)) inference.type = InferenceType::kPermutationRaw;
    if (inference.type == InferenceType::kPermutation || inference.type == InferenceType::kPermutationRaw) {
      inference.further_clusters.clear();
    }
  }
  if (dice.Chance(0.3)) spec.orderings = {dice.Pick(std::vector<std::string>{"a > b", "a > b > c", "c > a", "a > q"})};
  if (dice.Chance(0.2)) {
    spec.equations.push_back({"first", spec.fit.formula, ""});
    spec.equations.push_back({"second", HostileSpec(dice).formula, dice.Chance(0.3) ? "x2" : ""});
    if (dice.Chance(0.3)) spec.by.clear();
  }
  return spec;
}

CurveSpec HostileCurve(Dice& dice) {
  const auto some = [&](const std::vector<std::string>& choices) {
    std::vector<std::string> picked;
    for (std::size_t k = dice.Chance(0.01) ? 0 : 1 + dice.Below(2); k > 0; --k) {
      const std::string& choice = dice.Pick(choices);
      const bool there = std::find(picked.begin(), picked.end(), choice) != picked.end();
      if (!there || dice.Chance(0.01)) picked.push_back(choice);
    }
    return picked;
  };
  CurveSpec spec;
  const bool sound = dice.Chance(0.7);
  const auto parts = [&](std::vector<std::string> choices, const std::vector<std::string>& nonsense) {
    if (!sound) choices.insert(choices.end(), nonsense.begin(), nonsense.end());
    return some(choices);
  };
  spec.terms = parts({"x1", "x2", "flat", "share"}, {"nothing", ""});
  spec.outcomes = parts({"y", "count", "flat", "x1"}, {"log(y)", "~"});
  spec.controls = parts({"1", "x2", "x2 + x3", "twin", "i(own)", "x1", "poly(x2, 3)"}, {"~", "x2 |"});
  spec.effects = parts({"0", "unit", "unit + time", "own", "unit[x2]", "group^time"}, {"]", "nothing"});
  spec.weights = parts({"1", "count"}, {"w", "flat", "x1"});
  spec.samples.clear();
  for (const std::string& where : parts({"", "x2", "flat", "count"}, {"group"})) {
    spec.samples.push_back({where.empty() ? "all" : where, where});
  }
  spec.inferences.clear();
  for (std::size_t k = sound ? 0 : dice.Below(3); k > 0; --k) spec.inferences.push_back(HostileInference(dice));
  if (sound)
    spec.inferences.push_back(
        MakeInference(dice.Pick(std::vector{InferenceType::kIid, InferenceType::kCr3, InferenceType::kWild}), "unit"));
  if (sound) spec.inferences[0].draws = 99;
  if (!sound) spec.confidence_level = dice.Pick(std::vector<double>{0.95, 1e-9, 0.0, 2.0, kMissing});
  spec.joint_test = dice.Chance(0.7);
  spec.draws = sound ? 99 : dice.Pick(std::vector<std::int64_t>{99, 0, -1, std::numeric_limits<std::int64_t>::max()});
  if (dice.Chance(0.3)) spec.joint_cluster = dice.Pick(ClusterColumns());
  return spec;
}

SecondStageSpec HostileSecondStage(Dice& dice) {
  SecondStageSpec spec;
  spec.algorithm = static_cast<SecondStageAlgorithm>(dice.Below(4));
  static const std::vector<std::string> rights = {"x2",
                                                  "x2 + x3",
                                                  "1",
                                                  "0",
                                                  "flat",
                                                  "x1",
                                                  "twin + x1",
                                                  "x2 + i(group)",
                                                  "i(own)",
                                                  "x2 | unit",
                                                  "x2 | unit + time",
                                                  "x2 | own",
                                                  "poly(x2, 3)",
                                                  "x2 | x3 ~ z1",
                                                  "share"};
  spec.formula = *ParseSecondStageFormula("~ " + dice.Pick(rights), spec.algorithm);
  spec.replications = 99;
  spec.first_replications = 10;
  spec.resample = static_cast<Resample>(dice.Below(2));
  spec.confidence_level = dice.Pick(std::vector<double>{0.95, 0.95, 1e-9, 1.0 - 1e-12});
  spec.frontier_tolerance = dice.Pick(std::vector<double>{1e-6, 0.0, 0.1});
  spec.log = dice.Chance(0.3) && spec.algorithm <= SecondStageAlgorithm::kSimarWilson2;
  if (spec.algorithm == SecondStageAlgorithm::kJoint) spec.resample = Resample::kUnit;
  if (spec.algorithm == SecondStageAlgorithm::kLogWithin && dice.Chance(0.5)) {
    spec.inferences.push_back(HostileInference(dice));
  }
  spec.distances = dice.Chance(0.5);
  return spec;
}

FrontierScores HostileScores(const Panel& panel, Dice& dice) {
  FrontierScores first;
  const double share = dice.Pick(std::vector<double>{1.0, 1.0, 0.7, 0.0});
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (dice.Chance(share)) first.rows.push_back(row);
  }
  first.distances.resize(static_cast<Eigen::Index>(first.rows.size()));
  const std::size_t kind = dice.Below(6);
  for (double& distance : first.distances) {
    const double draw = std::fabs(dice.Normal());
    distance = std::vector<double>{
        1.0 + draw, dice.Chance(0.5) ? 1.0 : 1.0 + draw, 1.0, 1.5, 1.0 + 1e-9 * draw, std::exp(100.0 * draw)}[kind];
  }
  first.output_oriented = dice.Chance(0.5);
  first.constant_returns = dice.Chance(0.5);
  first.pooled_periods = dice.Chance(0.5);
  first.units = panel.units;
  first.units.erase(std::unique(first.units.begin(), first.units.end()), first.units.end());
  first.frontier_unit_count = static_cast<std::int64_t>(first.units.size());
  first.rate = 2.0 / 3.0;
  return first;
}

ScoreReplications HostileReplications(const FrontierScores& first, Dice& dice) {
  const double dominated = dice.Pick(std::vector<double>{1.0, 1.0, 0.8, 0.0});
  const auto seed = static_cast<std::int64_t>(dice.Below(1000));
  return [first, dominated, seed](const std::vector<FrontierDraw>& draws, const auto& done,
                                  const std::stop_token&) -> Result<Eigen::MatrixXd> {
    Eigen::MatrixXd scores(static_cast<Eigen::Index>(draws.size()), first.distances.size());
    for (Eigen::Index r = 0; r < scores.rows(); ++r) {
      for (Eigen::Index i = 0; i < scores.cols(); ++i) {
        const std::int64_t cell = r * scores.cols() + i;
        const bool there = numeric::UniformDraw(seed, 5, cell) < dominated;
        scores(r, i) = there ? first.distances(i) * (0.5 + numeric::UniformDraw(seed, 6, cell)) : 0.0;
      }
    }
    done(scores.rows());
    return scores;
  };
}

}  // namespace farrell::regression::testing
