// Specification curves: every point is a plain fit, and the joint test holds its size.
#include "services/regression/engine/curve/curve.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/wild_bootstrap.h"
#include "services/regression/service/parallel.h"
#include "tests/regression/panels.h"
#include "tests/support/long_run.h"

namespace farrell::regression::testing {
namespace {

using ::testing::HasSubstr;

CurveResult MustCurve(const Panel& panel, const CurveSpec& spec, const Environment& environment = {}) {
  auto result = FitCurve(panel, spec, environment);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? std::move(result).value() : CurveResult();
}

// A panel whose columns `late` and `w` are a filter and weights.
Panel ChoicePanel() {
  Panel panel = RandomPanel(5, 20, 8, 0.9);
  AddColumn(panel, "late", [&](std::size_t row) { return panel.times[row] % 2 == 0 ? 1.0 : 0.0; });
  AddColumn(panel, "w", [](std::size_t row) { return 1.0 + static_cast<double>(row % 3); });
  AddColumn(panel, "y2", [&](std::size_t row) {
    return Numbers(panel, "y")[row] + 0.3 * Numbers(panel, "x2")[row] * Numbers(panel, "x1")[row];
  });
  return panel;
}

CurveSpec Choices() {
  CurveSpec spec;
  spec.terms = {"x1", "x2"};
  spec.outcomes = {"y", "y2"};
  spec.controls = {"1", "x3", "x3 + i(group)"};
  spec.effects = {"0", "unit", "unit + time"};
  spec.samples = {{"all", ""}, {"late", "late"}};
  spec.weights = {"1", "w"};
  spec.inferences = {MakeInference(InferenceType::kCr1, "unit"), MakeInference(InferenceType::kCr3, "unit"),
                     MakeInference(InferenceType::kHc1)};
  spec.draws = 99;
  return spec;
}

TEST(Curve, EverySpecificationIsAPlainFit) {
  const Panel panel = ChoicePanel();
  const Panel late = Filter(panel, [&](std::size_t row) { return Numbers(panel, "late")[row] != 0.0; });
  const CurveSpec spec = Choices();
  const CurveResult curve = MustCurve(panel, spec);
  ASSERT_EQ(curve.models.size(), 144U);
  ASSERT_EQ(curve.entries.size(), 432U);
  EXPECT_EQ(CountSpecifications(spec), 432);
  int estimated = 0;
  for (std::size_t k = 0; k < curve.entries.size(); ++k) {
    const CurveEntry& entry = curve.entries[k];
    const CurveModel& model = curve.models[entry.model];
    FitSpec plain = MakeSpec(model.formula, {spec.inferences[k % 3]});
    if (model.weights != "1") plain.weights = model.weights;
    const FitResult fit = MustFit(model.sample.name == "late" ? late : panel, plain);
    const std::ptrdiff_t term = fit.FindTerm(model.term);
    ASSERT_GE(term, 0) << model.formula;
    EXPECT_EQ(entry.estimate, fit.terms[static_cast<std::size_t>(term)].estimate) << model.formula;
    EXPECT_EQ(entry.observation_count, fit.observation_count);
    EXPECT_EQ(entry.inference, fit.inferences[0].label);
    EXPECT_EQ(entry.cluster_count, fit.inferences[0].cluster_count);
    const TermInference& expected = fit.inferences[0].terms[static_cast<std::size_t>(term)];
    EXPECT_EQ(entry.term_inference.std_error, expected.std_error) << model.formula;
    EXPECT_EQ(entry.term_inference.p_value, expected.p_value);
    EXPECT_EQ(entry.term_inference.conf_low, expected.conf_low);
    EXPECT_EQ(entry.term_inference.conf_high, expected.conf_high);
    estimated += entry.estimate ? 1 : 0;
  }
  EXPECT_EQ(estimated, 432);
  EXPECT_EQ(curve.summary.estimated, 432);
}

TEST(Curve, TheLastListVariesFastest) {
  const std::vector<CurveModel> models = EnumerateModels(Choices());
  EXPECT_EQ(models[0].formula, "y ~ x1");
  EXPECT_EQ(models[1].weights, "w");
  EXPECT_EQ(models[2].sample.name, "late");
  EXPECT_EQ(models[4].formula, "y ~ x1 | unit");
  EXPECT_EQ(models.back().formula, "y2 ~ x2 + x3 + i(group) | unit + time");
}

TEST(Curve, TheSummaryCountsTheEntries) {
  std::vector<CurveEntry> entries(5);
  const double estimates[] = {3.0, -1.0, 2.0, 1.0};
  const double p_values[] = {0.01, 0.02, 0.2, 0.04};
  for (std::size_t k = 0; k < 4; ++k) {
    entries[k].estimate = estimates[k];
    entries[k].term_inference.p_value = p_values[k];
  }
  const CurveSummary summary = SummariseCurve(entries, 0.95);
  EXPECT_EQ(summary.estimated, 4);
  EXPECT_EQ(summary.order, (std::vector<std::size_t>{1, 3, 2, 0}));
  EXPECT_EQ(summary.median, 1.5);
  EXPECT_EQ(summary.min, -1.0);
  EXPECT_EQ(summary.max, 3.0);
  EXPECT_EQ(summary.positive_share, 0.75);
  EXPECT_EQ(summary.significant_share, 0.75);
  EXPECT_EQ(summary.significant_with_median_sign_share, 0.5);
}

// One model: the median and the z-value are those of its own wild bootstrap.
TEST(Curve, OneModelIsItsOwnWildBootstrap) {
  const Panel panel = ChoicePanel();
  CurveSpec spec;
  spec.terms = {"x1"};
  spec.outcomes = {"y"};
  spec.controls = {"x2 + x3"};
  spec.effects = {"unit + time"};
  spec.inferences = {MakeInference(InferenceType::kCr1, "unit")};
  spec.draws = 999;
  spec.seed = 7;
  const CurveResult curve = MustCurve(panel, spec);
  FitSpec wild = MakeSpec("y ~ x1 + x2 + x3 | unit + time", {MakeInference(InferenceType::kWild, "unit")});
  wild.inferences[0].draws = 999;
  wild.inferences[0].seed = 7;
  const FitResult fit = MustFit(panel, wild);
  ASSERT_TRUE(curve.joint_test.has_value());
  ASSERT_EQ(curve.joint_test->statistics.size(), 3U);
  EXPECT_EQ(curve.joint_test->statistics[0].observed, *curve.entries[0].estimate);
  const CurveStatistic& stouffer = curve.joint_test->statistics[2];
  EXPECT_EQ(stouffer.greater_or_equal, *fit.inferences[0].terms[0].greater_or_equal_count);
  const double p = *curve.entries[0].term_inference.p_value;
  EXPECT_NEAR(2.0 * numeric::NormalSurvival(std::fabs(stouffer.observed)), p, 1e-12 + 1e-10 * p);
}

// The draws of every model are those of the bootstrap over all models at once.
TEST(Curve, DrawsAreSharedByTheModels) {
  const Panel panel = ChoicePanel();
  CurveSpec spec;
  spec.terms = {"x1"};
  spec.outcomes = {"y", "y2"};
  spec.effects = {"unit", "unit + time"};
  spec.samples = {{"late", "late"}, {"all", ""}};
  spec.inferences = {MakeInference(InferenceType::kCr1, "unit")};
  spec.draws = 499;
  const CurveResult curve = MustCurve(panel, spec);
  std::vector<Fitted> fits;
  for (const CurveModel& model : curve.models) {
    DesignOptions options;
    options.classifications = {"unit"};
    options.use_subset = true;
    for (std::size_t row = 0; row < panel.size(); ++row) {
      if (model.sample.where.empty() || Numbers(panel, "late")[row] != 0.0) options.subset.push_back(row);
    }
    auto design = BuildDesign(panel, *ParseFormula(model.formula), options);
    ASSERT_TRUE(design.ok());
    auto fitted = EstimateLeastSquares(std::move(design).value(), Environment());
    ASSERT_TRUE(fitted.ok());
    fits.push_back(std::move(fitted).value());
  }
  std::vector<WildModel> models;
  Eigen::Index total = 0;
  for (const Fitted& fit : fits) {
    models.push_back({&fit, &fit.design.classifications.at("unit")});
    total += fit.parameters();
  }
  std::vector<WildHypothesis> hypotheses;
  Eigen::Index first = 0;
  for (const Fitted& fit : fits) {
    WildHypothesis hypothesis{Eigen::MatrixXd::Zero(1, total), Eigen::VectorXd::Zero(1)};
    hypothesis.restrictions(0, first) = 1.0;
    hypotheses.push_back(hypothesis);
    first += fit.parameters();
  }
  WildBootstrapSpec wild;
  wild.draws = 499;
  const auto drawn = DrawWildStatistics(models, hypotheses, wild, {});
  ASSERT_TRUE(drawn.ok());
  // The mean z of every draw, the small-sample factor taken from the fits.
  std::vector<double> ratio;
  std::vector<double> df;
  for (std::size_t m = 0; m < fits.size(); ++m) {
    const TermInference& inference = curve.entries[m].term_inference;
    ratio.push_back(*inference.statistic / drawn->observed(static_cast<Eigen::Index>(m)));
    df.push_back(*inference.df);
  }
  const auto mean_z = [&](const auto& raw) {
    double sum = 0.0;
    for (std::size_t m = 0; m < fits.size(); ++m) {
      const double t = raw(static_cast<Eigen::Index>(m)) * ratio[m];
      sum += std::copysign(-numeric::NormalQuantile(numeric::StudentTSurvival(std::fabs(t), df[m])), t);
    }
    return sum / static_cast<double>(fits.size());
  };
  const CurveStatistic& stouffer = curve.joint_test->statistics[2];
  EXPECT_NEAR(stouffer.observed, mean_z(drawn->observed), 1e-9);
  std::int64_t at_least = 0;
  for (Eigen::Index d = 0; d < drawn->statistics.rows(); ++d) {
    at_least += std::fabs(mean_z(drawn->statistics.row(d))) >= std::fabs(stouffer.observed) * (1.0 - 1e-10) ? 1 : 0;
  }
  EXPECT_EQ(stouffer.greater_or_equal, at_least);
}

TEST(Curve, ThreadsLeaveNoTrace) {
  const Panel panel = ChoicePanel();
  CurveSpec spec = Choices();
  const CurveResult one = MustCurve(panel, spec);
  Environment many;
  many.parallel = MakeParallelFor(4);
  const CurveResult other = MustCurve(panel, spec, many);
  ASSERT_EQ(one.entries.size(), other.entries.size());
  for (std::size_t k = 0; k < one.entries.size(); ++k) {
    EXPECT_EQ(one.entries[k].estimate, other.entries[k].estimate);
    EXPECT_EQ(one.entries[k].term_inference.p_value, other.entries[k].term_inference.p_value);
  }
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(one.joint_test->statistics[k].observed, other.joint_test->statistics[k].observed);
    EXPECT_EQ(one.joint_test->statistics[k].greater_or_equal, other.joint_test->statistics[k].greater_or_equal);
  }
}

TEST(Curve, BadChoicesAreToldAllAtOnce) {
  CurveSpec spec;
  spec.terms = {"x1", "x1", "x2 + x3"};
  spec.outcomes = {};
  spec.controls = {"x2 | unit", "x3 +"};
  spec.effects = {"unit | x ~ z"};
  spec.samples = {{"a", ""}, {"a", "late"}};
  spec.confidence_level = 1.0;
  spec.draws = 10;
  spec.inferences = {MakeInference(InferenceType::kCr1, "unit"), MakeInference(InferenceType::kCr1, "unit")};
  const auto result = FitCurve(ChoicePanel(), spec, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().reason(), "CURVE_INVALID");
  std::vector<std::string> fields;
  for (const FieldViolation& violation : result.status().violations()) fields.push_back(violation.field);
  EXPECT_EQ(fields,
            (std::vector<std::string>{"terms[1]", "terms[2]", "outcomes", "controls[0]", "controls[1]", "effects[0]",
                                      "samples[1]", "inferences[1]", "confidence_level", "draws"}));
}

TEST(Curve, TooManySpecificationsAndDrawsAreRefused) {
  CurveSpec spec = Choices();
  for (int k = 0; k < 30; ++k) spec.controls.push_back("x3 + i(group) + lag(x3, " + std::to_string(k + 1) + ")");
  spec.inferences.resize(1);
  spec.draws = 99999;
  const auto draws = FitCurve(ChoicePanel(), spec, {});
  ASSERT_FALSE(draws.ok());
  EXPECT_EQ(draws.status().reason(), "CURVE_TOO_LARGE");
  EXPECT_THAT(draws.status().message(), HasSubstr("99999 draws"));
  for (int k = 0; k < 200; ++k) spec.controls.push_back("x2 + lag(x3, " + std::to_string(k + 1) + ")");
  const auto many = FitCurve(ChoicePanel(), spec, {});
  ASSERT_FALSE(many.ok());
  EXPECT_EQ(many.status().reason(), "CURVE_TOO_LARGE");
  EXPECT_THAT(many.status().message(), HasSubstr("specifications"));
}

TEST(Curve, WhatCannotBeEstimatedIsDataAndUnknownColumnsAreErrors) {
  Panel panel = ChoicePanel();
  AddColumn(panel, "never", [](std::size_t) { return 0.0; });
  AddColumn(panel, "fixed", [&](std::size_t row) { return static_cast<double>(panel.units[row].size() + row * 0); });
  CurveSpec spec;
  spec.terms = {"x1"};
  spec.outcomes = {"y"};
  spec.controls = {"1", "x2"};
  spec.samples = {{"all", ""}, {"never", "never"}};
  spec.draws = 99;
  const CurveResult curve = MustCurve(panel, spec);
  EXPECT_EQ(curve.summary.estimated, 2);
  EXPECT_FALSE(curve.entries[1].estimate.has_value());
  EXPECT_FALSE(curve.entries[1].undefined.empty());
  EXPECT_EQ(curve.joint_test->model_count, 2);
  EXPECT_EQ(curve.joint_test->excluded_model_count, 2);
  // A constant term beside effects is collinear everywhere.
  spec.terms = {"fixed"};
  spec.samples.resize(1);
  spec.effects = {"unit"};
  const CurveResult collinear = MustCurve(panel, spec);
  EXPECT_EQ(collinear.summary.estimated, 0);
  EXPECT_FALSE(collinear.summary.median.has_value());
  EXPECT_FALSE(collinear.joint_test->undefined.empty());
  spec.terms = {"x9"};
  const auto unknown = FitCurve(panel, spec, {});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().reason(), "COLUMN_NOT_FOUND");
}

TEST(Curve, ProgressEndsAtAllModelsAndStoppingStops) {
  std::int64_t last = 0;
  std::int64_t total = 0;
  Environment environment;
  environment.progress = [&](std::int64_t done, std::int64_t all) {
    EXPECT_GE(done, last);
    last = done;
    total = all;
  };
  const CurveResult curve = MustCurve(ChoicePanel(), Choices(), environment);
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, static_cast<std::int64_t>(2 * curve.models.size()));
  std::stop_source stop;
  environment.stop = stop.get_token();
  environment.progress = [&](std::int64_t, std::int64_t) { stop.request_stop(); };
  const auto stopped = FitCurve(ChoicePanel(), Choices(), environment);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.status().code(), Code::kCancelled);
}

// Two outcomes with errors correlated within 16 clusters, neither related to x.
Panel NullPanel(std::int64_t replication) {
  constexpr int kUnits = 16;
  constexpr int kPeriods = 8;
  static const Table table = [] {
    Table made;
    made.header = {"unit", "time"};
    for (int unit = 0; unit < kUnits; ++unit) {
      for (int period = 0; period < kPeriods; ++period) {
        made.rows.push_back({"u" + std::to_string(100 + unit), std::to_string(2000 + period)});
      }
    }
    return made;
  }();
  Panel panel = MakePanel(table, "unit", "time", {});
  const auto normal = [&](std::size_t index) {
    return numeric::NormalDraw(811, replication, static_cast<std::int64_t>(index));
  };
  const auto unit = [](std::size_t row) { return row / kPeriods; };
  AddColumn(panel, "x", [&](std::size_t row) { return normal(row) + 0.7 * normal(5000 + unit(row)); });
  AddColumn(panel, "c", [&](std::size_t row) { return normal(1000 + row) + 0.5 * Numbers(panel, "x")[row]; });
  AddColumn(panel, "e", [&](std::size_t row) { return normal(2000 + row) + 0.5 * normal(6000 + unit(row)); });
  AddColumn(panel, "y1", [&](std::size_t row) { return Numbers(panel, "e")[row] + 0.3 * normal(3000 + row); });
  AddColumn(panel, "y2", [&](std::size_t row) { return Numbers(panel, "e")[row] + 0.8 * normal(4000 + row); });
  AddColumn(panel, "late", [&](std::size_t row) { return row % kPeriods >= 2 ? 1.0 : 0.0; });
  return panel;
}

TEST(Curve, TheJointTestHoldsItsSize) {
  const int replications = farrell::testing::LongRun() ? 5000 : 250;
  constexpr double kLevel = 0.05;
  CurveSpec spec;
  spec.terms = {"x"};
  spec.outcomes = {"y1", "y2"};
  spec.controls = {"1", "c"};
  spec.effects = {"time", "unit + time"};
  spec.samples = {{"all", ""}, {"late", "late"}};
  spec.inferences = {MakeInference(InferenceType::kCr1, "unit")};
  spec.draws = 199;
  int rejected[3] = {0, 0, 0};
  int any = 0;
  for (int replication = 0; replication < replications; ++replication) {
    spec.seed = replication;
    const CurveResult curve = MustCurve(NullPanel(replication), spec);
    for (std::size_t k = 0; k < 3; ++k) rejected[k] += curve.joint_test->statistics[k].p_value <= kLevel ? 1 : 0;
    any += *curve.summary.significant_share > 0.0 ? 1 : 0;
  }
  const auto share = [&](int count) { return static_cast<double>(count) / replications; };
  std::printf("median %.4f  significant %.4f  stouffer %.4f; any specification %.4f\n", share(rejected[0]),
              share(rejected[1]), share(rejected[2]), share(any));
  const double error = 3.0 * std::sqrt(kLevel * (1.0 - kLevel) / replications);
  EXPECT_NEAR(share(rejected[0]), kLevel, error + 0.01);
  EXPECT_NEAR(share(rejected[2]), kLevel, error + 0.01);
  // Ties of a share that is mostly zero make it conservative.
  EXPECT_LT(share(rejected[1]), kLevel + error + 0.01);
  EXPECT_GT(share(rejected[1]), 0.01);
  // Choosing the best of the specifications does not hold it.
  EXPECT_GT(share(any), 2.0 * kLevel);
}

TEST(Curve, TheJointTestSeesAnEffect) {
  Panel panel = NullPanel(1);
  AddColumn(panel, "y3", [&](std::size_t row) { return Numbers(panel, "y1")[row] + Numbers(panel, "x")[row]; });
  CurveSpec spec;
  spec.terms = {"x"};
  spec.outcomes = {"y3"};
  spec.controls = {"1", "c"};
  spec.effects = {"time", "unit + time"};
  const CurveResult curve = MustCurve(panel, spec);
  const std::vector<CurveStatistic>& statistics = curve.joint_test->statistics;
  EXPECT_LT(statistics[0].p_value, 0.01);
  EXPECT_LT(statistics[2].p_value, 0.01);
  // Four alike specifications are often significant together or not at all, which bounds what their share can say.
  EXPECT_EQ(statistics[1].observed, 1.0);
  EXPECT_LT(statistics[1].p_value, 0.05);
}

TEST(Curve, OtherEstimatorsGiveTheirPlainFits) {
  Panel panel = ChoicePanel();
  AddColumn(panel, "count",
            [&](std::size_t row) { return std::floor(std::exp(0.3 * Numbers(panel, "x1")[row] + 1.0)); });
  CurveSpec spec;
  spec.terms = {"x1", "x2"};
  spec.outcomes = {"count"};
  spec.controls = {"1", "x3"};
  spec.effects = {"0", "unit"};
  spec.estimator.kind = Estimator::kPoisson;
  spec.inferences = {MakeInference(InferenceType::kCr1, "unit")};
  const CurveResult curve = MustCurve(panel, spec);
  ASSERT_EQ(curve.entries.size(), 8U);
  for (const CurveEntry& entry : curve.entries) {
    FitSpec plain = MakeSpec(curve.models[entry.model].formula, spec.inferences);
    plain.estimator.kind = Estimator::kPoisson;
    const FitResult fit = MustFit(panel, plain);
    const std::ptrdiff_t term = fit.FindTerm(curve.models[entry.model].term);
    ASSERT_GE(term, 0);
    EXPECT_EQ(entry.estimate, fit.terms[static_cast<std::size_t>(term)].estimate);
  }
  ASSERT_TRUE(curve.joint_test.has_value());
  EXPECT_THAT(curve.joint_test->undefined, HasSubstr("least squares"));
}

TEST(Curve, InstrumentsAreAChoice) {
  const Panel panel = ChoicePanel();
  CurveSpec spec;
  spec.terms = {"x1"};
  spec.outcomes = {"y"};
  spec.effects = {"0", "unit"};
  spec.instruments = {"x2", "x2 + x3"};
  spec.inferences = {MakeInference(InferenceType::kCr1, "unit")};
  const CurveResult curve = MustCurve(panel, spec);
  ASSERT_EQ(curve.entries.size(), 4U);
  EXPECT_EQ(curve.models[1].formula, "y ~ 1 | 0 | x1 ~ x2 + x3");
  EXPECT_EQ(curve.models[2].formula, "y ~ 1 | unit | x1 ~ x2");
  for (const CurveEntry& entry : curve.entries) {
    const FitResult fit = MustFit(panel, MakeSpec(curve.models[entry.model].formula, spec.inferences));
    const std::ptrdiff_t term = fit.FindTerm("x1");
    ASSERT_GE(term, 0);
    EXPECT_EQ(entry.estimate, fit.terms[static_cast<std::size_t>(term)].estimate);
  }
}

TEST(Curve, EstimatorsWithoutCurvesAreRefusedWithEveryOtherMistake) {
  CurveSpec spec;
  spec.terms = {"x1"};
  spec.outcomes = {"y ~"};
  spec.estimator.kind = Estimator::kBetween;
  const auto refused = FitCurve(ChoicePanel(), spec, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "CURVE_INVALID");
  ASSERT_EQ(refused.status().violations().size(), 2U);
  EXPECT_EQ(refused.status().violations()[0].field, "outcomes[0]");
  EXPECT_EQ(refused.status().violations()[1].field, "estimator");
  spec.outcomes = {"y"};
  spec.estimator.kind = Estimator::kLiml;
  EXPECT_EQ(FitCurve(ChoicePanel(), spec, {}).status().violations()[0].field, "instruments");
  spec.estimator.kind = Estimator::kTobit;
  spec.instruments = {"x2"};
  EXPECT_EQ(FitCurve(ChoicePanel(), spec, {}).status().violations()[0].field, "instruments");
}

}  // namespace
}  // namespace farrell::regression::testing
