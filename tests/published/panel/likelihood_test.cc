// Tobit, probit, logit, Poisson and truncated regressions against printed and independently computed numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Panel Load(const std::string& name, const std::string& unit, const std::string& time,
           const std::vector<std::string>& columns) {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/" + name + ".csv")), unit, time, columns);
}

Fitted MustEstimate(const Panel& panel, const std::string& formula, const EstimatorSpec& spec,
                    const std::vector<std::string>& classifications = {}) {
  const auto parsed = ParseFormula(formula);
  if (!parsed.ok()) throw std::runtime_error(parsed.status().ToString());
  DesignOptions options;
  options.classifications = classifications;
  options.panel_keys = true;
  auto design = BuildDesign(panel, *parsed, options);
  if (!design.ok()) throw std::runtime_error(design.status().ToString());
  auto fitted = Estimate(std::move(design).value(), spec, {});
  if (!fitted.ok()) throw std::runtime_error(formula + ": " + fitted.status().ToString());
  return std::move(fitted).value();
}

enum class Errors { kHessian, kRobust, kByUnit };

// R^-1 (meat) R^-T without corrections.
MatrixXd Variance(const Fitted& fitted, Errors errors) {
  const Index parameters = fitted.parameters();
  const MatrixXd inverse =
      fitted.solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(parameters, parameters));
  MatrixXd scores = ScoreRows(fitted);
  if (errors == Errors::kHessian) return inverse * inverse.transpose();
  if (errors == Errors::kByUnit) {
    const Levels& units = fitted.design.units;
    MatrixXd sums = MatrixXd::Zero(static_cast<Index>(units.count()), parameters);
    for (Index row = 0; row < scores.rows(); ++row)
      sums.row(units.ids[static_cast<std::size_t>(row)]) += scores.row(row);
    scores = sums;
  }
  const MatrixXd half = scores * inverse.transpose();
  return half.transpose() * half;
}

VectorXd StandardErrors(const Fitted& fitted, Errors errors) { return Variance(fitted, errors).diagonal().cwiseSqrt(); }

VectorXd EffectErrors(const Fitted& fitted, Errors errors) {
  const MatrixXd variance = fitted.effect_gradient * Variance(fitted, errors) * fitted.effect_gradient.transpose();
  return variance.diagonal().cwiseSqrt();
}

void ExpectNear(const VectorXd& values, const std::vector<double>& printed, double tolerance) {
  ASSERT_EQ(values.size(), static_cast<Index>(printed.size()));
  for (std::size_t k = 0; k < printed.size(); ++k)
    EXPECT_NEAR(values(static_cast<Index>(k)), printed[k], tolerance) << k;
}

void ExpectRelative(const VectorXd& values, const std::vector<double>& truth, double tolerance) {
  ASSERT_EQ(values.size(), static_cast<Index>(truth.size()));
  for (std::size_t k = 0; k < truth.size(); ++k) {
    EXPECT_NEAR(values(static_cast<Index>(k)), truth[k], tolerance * std::fabs(truth[k])) << k;
  }
}

EstimatorSpec Tobit(std::optional<double> upper = {}) {
  EstimatorSpec spec;
  spec.kind = Estimator::kTobit;
  spec.lower = 0.0;
  spec.upper = upper;
  return spec;
}

// Fair (1978); Greene (2003), table 22.4. Five decimals: censReg's help page; the rest: saved output of chapter 5 in
// the tests of the R package AER (Kleiber & Zeileis 2008).
TEST(Affairs, Tobit) {
  const Panel panel =
      Load("affairs", "", "", {"affairs", "age", "yearsmarried", "religiousness", "occupation", "rating"});
  const std::string formula = "affairs ~ age + yearsmarried + religiousness + occupation + rating";
  const Fitted fitted = MustEstimate(panel, formula, Tobit());
  ExpectNear(fitted.solution.coefficients, {8.17420, -0.17933, 0.55414, -1.68622, 0.32605, -2.28497, 2.10986}, 5.1e-6);
  ExpectNear(StandardErrors(fitted, Errors::kHessian), {2.74145, 0.07909, 0.13452, 0.40375, 0.25442, 0.40783, 0.06710},
             5.1e-6);
  EXPECT_NEAR(*fitted.log_likelihood, -705.6, 0.05);
  EXPECT_EQ(fitted.lower_bound_count, 451);
  EXPECT_EQ(fitted.upper_bound_count, 0);
  EXPECT_EQ(fitted.design.names.back(), "log(sigma)");
  // Wald statistic of age and occupation with the sandwich variance: 4.91.
  const MatrixXd robust = Variance(fitted, Errors::kRobust);
  MatrixXd pair(2, 2);
  pair << robust(1, 1), robust(1, 4), robust(4, 1), robust(4, 4);
  const Eigen::Vector2d b(fitted.solution.coefficients(1), fitted.solution.coefficients(4));
  const double determinant = pair(0, 0) * pair(1, 1) - pair(0, 1) * pair(0, 1);
  const double wald =
      (pair(1, 1) * b(0) * b(0) - 2.0 * pair(0, 1) * b(0) * b(1) + pair(0, 0) * b(1) * b(1)) / determinant;
  EXPECT_NEAR(wald, 4.91, 0.0051);

  const Fitted both = MustEstimate(panel, formula, Tobit(4.0));
  ExpectNear(both.solution.coefficients, {7.9010, -0.1776, 0.5323, -1.6163, 0.3242, -2.2070, 2.0723}, 5.1e-5);
  ExpectNear(StandardErrors(both, Errors::kHessian), {2.8039, 0.0799, 0.1412, 0.4244, 0.2539, 0.4498, 0.1104}, 5.1e-5);
  EXPECT_NEAR(*both.log_likelihood, -500.0, 0.5);
  EXPECT_EQ(both.lower_bound_count, 451);
  EXPECT_EQ(both.upper_bound_count, 80);
}

// Spector & Mazzeo (1980); Greene (2003), table 21.1, prints -13.021, 2.826, 0.095, 2.379 (logit) and -7.452, 1.626,
// 0.052, 1.426 (probit). More digits, effects and their errors: statsmodels 0.13.5.
TEST(Spector, LogitAndProbitAreFractional) {
  const Panel panel = Load("spector", "", "", {"grade", "gpa", "tuce", "psi"});
  EstimatorSpec spec;
  spec.kind = Estimator::kFractional;
  const Fitted logit = MustEstimate(panel, "grade ~ gpa + tuce + psi", spec);
  ExpectRelative(logit.solution.coefficients, {-13.0213468581157, 2.8261125948893, 0.0951576613179, 2.3786876550934},
                 1e-11);
  ExpectRelative(StandardErrors(logit, Errors::kHessian),
                 {4.9313242136027, 1.2629410756291, 0.1415542056737, 1.0645642544971}, 1e-10);
  EXPECT_NEAR(*logit.log_likelihood, -12.889634222131415, 1e-12);
  ExpectRelative(logit.average_effects, {0.3625808316015, 0.0122084109587, 0.3051777022839}, 1e-10);
  ExpectRelative(EffectErrors(logit, Errors::kHessian), {0.109441152679, 0.0177941606699, 0.0923795693589}, 1e-9);
  EXPECT_EQ(logit.effect_names, (std::vector<std::string>{"gpa", "tuce", "psi"}));
  EXPECT_EQ(logit.lower_bound_count + logit.upper_bound_count, 32);

  spec.link = Link::kProbit;
  const Fitted probit = MustEstimate(panel, "grade ~ gpa + tuce + psi", spec);
  ExpectRelative(probit.solution.coefficients, {-7.4523196482203, 1.6258100394516, 0.0517289455076, 1.4263323420071},
                 1e-11);
  ExpectRelative(StandardErrors(probit, Errors::kHessian),
                 {2.5424723214779, 0.6938824884415, 0.0838902614265, 0.5950379023503}, 1e-10);
  EXPECT_NEAR(*probit.log_likelihood, -12.818804068889442, 1e-12);
  ExpectRelative(probit.average_effects, {0.3607862932438, 0.0114792589849, 0.316519855407}, 1e-10);
  ExpectRelative(EffectErrors(probit, Errors::kHessian), {0.1133816073403, 0.018409490804, 0.0902377936654}, 1e-9);
}

// Ozuna & Gomez (1995), Cameron & Trivedi (1998); saved output of chapter 5 in the tests of AER prints 0.26499,
// 0.47173, 0.41821, -0.11132, 0.89817, -0.00343, -0.04254, 0.03613. More digits, effects and robust errors: statsmodels
// 0.13.5.
TEST(Recreation, Poisson) {
  const Panel panel =
      Load("recreation", "", "", {"trips", "quality", "ski", "income", "userfee", "costC", "costS", "costH"});
  EstimatorSpec spec;
  spec.kind = Estimator::kPoisson;
  const Fitted fitted = MustEstimate(panel, "trips ~ quality + ski + income + userfee + costC + costS + costH", spec);
  ExpectRelative(fitted.solution.coefficients,
                 {0.2649934191646, 0.4717258850547, 0.4182137259029, -0.1113231739748, 0.8981652562127,
                  -0.0034297064044, -0.0425364125429, 0.0361336197816},
                 2e-11);
  ExpectRelative(StandardErrors(fitted, Errors::kHessian),
                 {0.0937223633062, 0.0170905372454, 0.0571905288721, 0.0195885033574, 0.0789854087225, 0.0031178009342,
                  0.0016703384921, 0.0027096124954},
                 1e-10);
  ExpectRelative(StandardErrors(fitted, Errors::kRobust),
                 {0.4324703375131, 0.0488498663943, 0.193868667206, 0.0503075728989, 0.2469085854733, 0.0146971753794,
                  0.011734607165, 0.0093861035796},
                 1e-10);
  EXPECT_NEAR(*fitted.log_likelihood, -1529.4312972040234, 1e-9);
  ExpectRelative(fitted.average_effects,
                 {1.058698913499, 0.9386010631418, -0.2498436635944, 2.0157608709236, -0.0076973228713,
                  -0.0954648773156, 0.081095028311},
                 2e-11);
  ExpectRelative(EffectErrors(fitted, Errors::kRobust),
                 {0.1266977762271, 0.4690726446843, 0.124675123449, 0.4768332282858, 0.0327357593319, 0.0338327530989,
                  0.0240659509165},
                 1e-9);
}

Panel Grunfeld() {
  Panel panel = Load("grunfeld", "firm", "year", {"inv", "value", "capital"});
  AddColumn(panel, "share", [&](std::size_t row) {
    return Numbers(panel, "inv")[row] / (Numbers(panel, "inv")[row] + Numbers(panel, "value")[row]);
  });
  AddColumn(panel, "v", [&](std::size_t row) { return Numbers(panel, "value")[row] / 1000.0; });
  AddColumn(panel, "k", [&](std::size_t row) { return Numbers(panel, "capital")[row] / 1000.0; });
  return panel;
}

// statsmodels 0.13.5: GLM, family Binomial on fractions, variances HC0 and clustered by firm without corrections.
TEST(Grunfeld, FractionalShare) {
  const Panel panel = Grunfeld();
  EstimatorSpec spec;
  spec.kind = Estimator::kFractional;
  const Fitted logit = MustEstimate(panel, "share ~ value + capital", spec);
  ExpectRelative(logit.solution.coefficients, {-2.1146991619157, -2.2416319057042e-04, 1.2534176401146e-03}, 2e-11);
  ExpectRelative(StandardErrors(logit, Errors::kByUnit),
                 {1.9552285001803e-01, 1.3328575679706e-04, 4.6044272927359e-04}, 1e-10);
  ExpectRelative(StandardErrors(logit, Errors::kRobust),
                 {5.7725361630427e-02, 4.1303176257780e-05, 1.6064027677645e-04}, 1e-10);
  // The generalized linear model's expected information is not minus the Hessian for the probit link, so that only the
  // coefficients are the same.
  spec.link = Link::kProbit;
  const Fitted probit = MustEstimate(panel, "share ~ value + capital", spec);
  ExpectRelative(probit.solution.coefficients, {-1.2480262143284, -1.0868750929024e-04, 6.7089281895383e-04}, 2e-11);
}

// statsmodels 0.13.5: GLM, family Poisson with dummies of firms and years.
TEST(Grunfeld, PoissonWithTwoEffectsAbsorbed) {
  Panel panel = Grunfeld();
  EstimatorSpec spec;
  spec.kind = Estimator::kPoisson;
  const Fitted fitted = MustEstimate(panel, "inv ~ value + capital | firm + year", spec);
  ExpectRelative(fitted.solution.coefficients, {0.0001738610713, 0.0001052402126}, 1e-9);
  ExpectRelative(StandardErrors(fitted, Errors::kHessian), {1.6848741989391e-05, 2.4834052409637e-05}, 1e-9);
  ExpectRelative(StandardErrors(fitted, Errors::kByUnit), {4.2718497285812e-05, 7.2741127371455e-05}, 1e-9);
}

// Newton's method in double precision on the score equations written with scipy 1.10's normal distribution.
TEST(Grunfeld, TobitAndTruncated) {
  const Panel panel = Grunfeld();
  EstimatorSpec spec;
  spec.kind = Estimator::kTobit;
  spec.lower = 60.0;
  const Fitted tobit = MustEstimate(panel, "inv ~ v + k", spec);
  EXPECT_EQ(tobit.lower_bound_count, 103);
  ExpectRelative(tobit.solution.coefficients,
                 {-156.4009472981857, 142.06877924617922, 280.49813616777504, 4.85074292365118}, 1e-11);
  ExpectRelative(StandardErrors(tobit, Errors::kHessian),
                 {18.99895995599155, 8.68303318093416, 36.95502582957239, 0.07050693217903}, 1e-7);
  const Panel below = Filter(panel, [&](std::size_t row) { return Numbers(panel, "inv")[row] < 1000.0; });
  spec.kind = Estimator::kTruncated;
  const Fitted truncated = MustEstimate(below, "inv ~ v + k", spec);
  ExpectRelative(truncated.solution.coefficients,
                 {-371.74377426095737, 200.5142779966979, 195.02252265355398, 5.09990819242102}, 1e-10);
  ExpectRelative(StandardErrors(truncated, Errors::kHessian),
                 {113.71072295402278, 27.64747512559105, 79.34460447838316, 0.13098588505469}, 1e-7);
  EXPECT_EQ(truncated.observations(), 95);
  spec.upper = 1000.0;
  const Fitted both = MustEstimate(panel, "inv ~ v + k", spec);
  EXPECT_EQ(both.observations(), 95);
  ExpectRelative(both.solution.coefficients,
                 {-441.5873595483851, 216.50625463092226, 233.1814597782771, 5.16046786871105}, 1e-10);
  ExpectRelative(StandardErrors(both, Errors::kHessian),
                 {1.62580801034669e+02, 3.86070875317489e+01, 1.00612669662281e+02, 1.58605489370478e-01}, 1e-7);
}

}  // namespace
}  // namespace farrell::regression::testing
