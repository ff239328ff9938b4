// CR2 against its definition with full n x n matrices and dummies, closed forms, and what it cannot tell.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/ssc.h"
#include "services/regression/engine/vcov/cr2.h"
#include "services/regression/engine/vcov/vcov.h"
#include "tests/regression/vcov_cases.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using ::testing::HasSubstr;

// Bell & McCaffrey (2002) and Pustejovsky & Tipton (2018) word for word, on n x n matrices.
struct BruteForce {
  MatrixXd vcov;
  // w_g' = R' (Z'Z)^+ Z_g' A_g as columns of an n x K matrix, and I - H.
  MatrixXd w;
  MatrixXd annihilator;
  const Levels* clusters = nullptr;

  BruteForce(const Fitted& fitted, const Levels& levels) : clusters(&levels) {
    const MatrixXd z = WrittenOut(fitted);
    const MatrixXd inverse = Pseudoinverse(z);
    annihilator = MatrixXd::Identity(z.rows(), z.rows()) - z * inverse;
    const VectorXd sqrt_weight =
        fitted.design.weights.size() > 0 ? VectorXd(fitted.design.weights.cwiseSqrt()) : VectorXd::Ones(z.rows());
    const VectorXd e = annihilator * sqrt_weight.cwiseProduct(fitted.design.y);
    // The regressors are identified, so that their rows of the pseudoinverse are (X'MX)^-1 X'M.
    w = inverse.topRows(fitted.parameters()).transpose();
    vcov = MatrixXd::Zero(w.cols(), w.cols());
    for (std::size_t g = 0; g < levels.count(); ++g) {
      const std::vector<Index> rows = Rows(g);
      const MatrixXd adjustment = Power(annihilator(rows, rows), -0.5);
      w(rows, Eigen::all) = (adjustment * w(rows, Eigen::all)).eval();
      const VectorXd score = w(rows, Eigen::all).transpose() * e(rows);
      vcov += score * score.transpose();
    }
  }

  std::vector<Index> Rows(std::size_t g) const {
    std::vector<Index> rows;
    for (std::size_t row = 0; row < clusters->ids.size(); ++row) {
      if (clusters->ids[row] == static_cast<std::int32_t>(g)) rows.push_back(static_cast<Index>(row));
    }
    return rows;
  }

  double Eta(const MatrixXd& restrictions) const {
    const Index q = restrictions.rows();
    const MatrixXd v = w * restrictions.transpose();
    std::vector<std::vector<Index>> rows;
    for (std::size_t g = 0; g < clusters->count(); ++g) rows.push_back(Rows(g));
    const auto b = [&](std::size_t g, std::size_t h) -> MatrixXd {
      return v(rows[g], Eigen::all).transpose() * annihilator(rows[g], rows[h]) * v(rows[h], Eigen::all);
    };
    MatrixXd omega = MatrixXd::Zero(q, q);
    for (std::size_t g = 0; g < rows.size(); ++g) omega += b(g, g);
    const MatrixXd root = Power(omega, -0.5);
    double sum = 0.0;
    for (std::size_t g = 0; g < rows.size(); ++g) {
      for (std::size_t h = 0; h < rows.size(); ++h) {
        const MatrixXd z = root * b(g, h) * root;
        sum += z.trace() * z.trace() + (z * z).trace();
      }
    }
    return static_cast<double>(q * (q + 1)) / sum;
  }
};

struct Model {
  std::string name;
  std::string formula;
  std::string cluster;
  std::string weights;
};

class Cr2 : public ::testing::TestWithParam<Model> {};

TEST_P(Cr2, IsTheDefinition) {
  const Model& model = GetParam();
  const Panel panel = Weighted(71, 12, 7, 0.85);
  const Fitted fitted = MustEstimate(panel, model.formula, Estimator::kDefault, model.weights);
  const Levels& clusters = fitted.design.classifications.at(model.cluster);
  const BruteForce brute(fitted, clusters);
  const InferenceResult result = MustCompute(fitted, MakeInference(InferenceType::kCr2, model.cluster));
  ExpectSame(result.vcov, brute.vcov, 1e-9);
  EXPECT_EQ(result.ssc, "none");
  const Index terms = fitted.parameters();
  for (Index k = 0; k < terms; ++k) {
    const TermInference& term =
        result.terms[static_cast<std::size_t>(fitted.solution.kept[static_cast<std::size_t>(k)])];
    MatrixXd unit = MatrixXd::Zero(1, terms);
    unit(0, k) = 1.0;
    const double df = brute.Eta(unit);
    EXPECT_NEAR(term.df.value(), df, 1e-9 * df);
    EXPECT_NEAR(*term.p_value, numeric::StudentTTwoSided(*term.statistic, df), 1e-9);
    // One restriction is the square of t on as many degrees of freedom.
    const auto single = result.joint_test(unit, VectorXd::Zero(1));
    ASSERT_TRUE(single);
    EXPECT_NEAR(single->statistic, *term.statistic * *term.statistic, 1e-9 * single->statistic);
    EXPECT_NEAR(single->df2, df, 1e-9 * df);
    EXPECT_NEAR(single->p_value, *term.p_value, 1e-9);
  }
  // All slopes, and two combinations of them.
  MatrixXd slopes = MatrixXd::Zero(2, terms);
  slopes(0, terms - 2) = 1.0;
  slopes(1, terms - 1) = 1.0;
  MatrixXd combinations = slopes;
  combinations.row(0) += 2.0 * slopes.row(1);
  VectorXd values(2);
  values << 0.3, -0.1;
  for (const MatrixXd& restrictions : {slopes, combinations}) {
    const auto test = result.joint_test(restrictions, values);
    ASSERT_TRUE(test);
    const double eta = brute.Eta(restrictions);
    const VectorXd gap = restrictions * fitted.solution.coefficients - values;
    const double wald = gap.dot((restrictions * brute.vcov * restrictions.transpose()).inverse() * gap);
    EXPECT_EQ(test->distribution, "HTZ");
    EXPECT_EQ(test->df1, 2.0);
    EXPECT_NEAR(test->df2, eta - 1.0, 1e-9 * eta);
    EXPECT_NEAR(test->statistic, (eta - 1.0) / (2.0 * eta) * wald, 1e-9 * test->statistic);
    EXPECT_NEAR(test->p_value, numeric::FSurvival(test->statistic, 2.0, eta - 1.0), 1e-9);
  }
  // Restrictions that say the same twice are no test.
  combinations.row(1) = combinations.row(0);
  EXPECT_FALSE(result.joint_test(combinations, values));
}

INSTANTIATE_TEST_SUITE_P(Models, Cr2,
                         ::testing::Values(Model{"Pooled", "y ~ x1 + x2 + x3", "unit", ""},
                                           Model{"PooledByGroup", "y ~ x1 + x2", "group", ""},
                                           Model{"Nested", "y ~ x1 + x2 + x3 | unit", "unit", ""},
                                           Model{"TwoWay", "y ~ x1 + x2 + x3 | unit + time", "unit", ""},
                                           Model{"TwoWayByTime", "y ~ x1 + x2 | unit + time", "time", ""},
                                           Model{"NothingNested", "y ~ x1 + x2 | unit + time", "block", ""},
                                           Model{"ThreeWay", "y ~ x1 + x2 | unit + time + block", "unit", ""},
                                           Model{"Weights", "y ~ x1 + x2 | unit + time", "unit", "w"},
                                           Model{"NestedSlopes", "y ~ x1 + x2 | unit[x3] + time", "unit", ""},
                                           Model{"CrossedSlopes", "y ~ x1 + x2 | unit + time[x3]", "unit", "w"},
                                           Model{"SlopesAlone", "y ~ x1 + x2 | unit + time[[x3]]", "unit", ""}),
                         [](const auto& test) { return test.param.name; });

TEST(Cr2, RowsAsClustersAreHc2) {
  Fitted fitted = MustEstimate(RandomPanel(72, 10, 8, 0.8), "y ~ x1 + x2 | unit + time");
  Levels& rows = fitted.design.classifications["row"];
  for (Index row = 0; row < fitted.observations(); ++row) {
    rows.ids.push_back(static_cast<std::int32_t>(row));
    rows.labels.push_back(std::to_string(row));
  }
  ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kCr2, "row")).vcov,
             MustCompute(fitted, MakeInference(InferenceType::kHc2)).vcov, 1e-11);
}

// Means of groups of clusters of one size: CR2 is the textbook variance of a mean of cluster means, with G - 1 degrees
// of freedom; of two such groups (Welch's with equal variances) they are those of Bell & McCaffrey (2002).
TEST(Cr2, ClosedFormsOfBalancedClusters) {
  const std::int64_t a = 3;
  const std::int64_t b = 7;
  Panel panel = RandomPanel(73, static_cast<int>(a + b), 4, 1.0);
  std::vector<std::string> names = panel.units;
  names.erase(std::unique(names.begin(), names.end()), names.end());
  AddColumn(panel, "treated", [&](std::size_t row) {
    return std::find(names.begin(), names.end(), panel.units[row]) - names.begin() < a ? 1.0 : 0.0;
  });
  AddColumn(panel, "full", [](std::size_t row) { return std::sin(static_cast<double>(row * row)); });
  const Fitted mean = MustEstimate(panel, "full ~ 1");
  const InferenceResult of_mean = MustCompute(mean, MakeInference(InferenceType::kCr2, "unit"));
  const Levels& units = mean.design.classifications.at("unit");
  const auto count = static_cast<double>(units.count());
  VectorXd means = VectorXd::Zero(static_cast<Index>(units.count()));
  for (std::size_t row = 0; row < units.ids.size(); ++row)
    means(units.ids[row]) += mean.design.y(static_cast<Index>(row)) / 4.0;
  const double variance = (means.array() - means.mean()).square().sum() / (count * (count - 1.0));
  EXPECT_NEAR(of_mean.vcov(0, 0), variance, 1e-13 * variance);
  EXPECT_NEAR(of_mean.terms[0].df.value(), count - 1.0, 1e-10);
  const Fitted difference = MustEstimate(panel, "full ~ treated");
  const InferenceResult of_difference = MustCompute(difference, MakeInference(InferenceType::kCr2, "unit"));
  const auto g = static_cast<double>(a);
  const auto h = static_cast<double>(b);
  const double welch = std::pow(1.0 / g + 1.0 / h, 2) / (1.0 / (g * g * (g - 1.0)) + 1.0 / (h * h * (h - 1.0)));
  EXPECT_NEAR(of_difference.terms[1].df.value(), welch, 1e-10);
}

// What a whole fit says: its joint test is that all slopes are zero, and a hypothesis has its own degrees of freedom.
TEST(Cr2, TestsOfAWholeFitAreHtz) {
  const Panel panel = RandomPanel(90, 14, 7, 0.9);
  FitSpec spec = MakeSpec("y ~ x1 + x2 | unit + time", {MakeInference(InferenceType::kCr2, "unit")});
  spec.hypotheses = {"x1 = 0", "x1 = 0; x2 = 0"};
  const FitResult fit = MustFit(panel, spec);
  const Fitted fitted = MustEstimate(panel, "y ~ x1 + x2 | unit + time");
  const BruteForce brute(fitted, fitted.design.classifications.at("unit"));
  const double eta = brute.Eta(MatrixXd::Identity(2, 2));
  const VectorXd& b = fitted.solution.coefficients;
  const double f = (eta - 1.0) / (2.0 * eta) * b.dot(brute.vcov.inverse() * b);
  ASSERT_TRUE(fit.joint);
  EXPECT_EQ(fit.joint->distribution, "HTZ");
  EXPECT_NEAR(fit.joint->statistic, f, 1e-9 * f);
  EXPECT_NEAR(fit.joint->df2, eta - 1.0, 1e-9 * eta);
  ASSERT_EQ(fit.hypotheses.size(), 2U);
  EXPECT_NEAR(fit.hypotheses[0].p_value, *fit.inferences[0].terms[0].p_value, 1e-9);
  EXPECT_NEAR(fit.hypotheses[1].p_value, fit.joint->p_value, 1e-9);
}

TEST(Cr2, ManyClustersTakeTheOtherSum) {
  // More clusters than columns of the basis, and fewer: both ways of summing over pairs are the definition.
  for (const int units : {6, 40}) {
    const Panel panel = RandomPanel(74, units, 5, 0.9);
    const Fitted fitted = MustEstimate(panel, "y ~ x1 + x2 + x3 | unit + time");
    const Levels& clusters = fitted.design.classifications.at("unit");
    const auto reduced = BiasReduced::Make(fitted, clusters, {});
    ASSERT_TRUE(reduced.ok());
    const BruteForce brute(fitted, clusters);
    const MatrixXd all = MatrixXd::Identity(3, 3);
    const auto test = reduced->Test(all, VectorXd::Zero(3));
    const double eta = brute.Eta(all);
    if (eta > 2.0) {
      ASSERT_TRUE(test);
      EXPECT_NEAR(test->df2, eta - 2.0, 1e-9 * eta);
    } else {
      EXPECT_FALSE(test);
    }
  }
}

TEST(Cr2, ATermThatLivesInOneClusterIsSaid) {
  Panel panel = RandomPanel(75, 10, 8, 0.9);
  AddColumn(panel, "only", [&](std::size_t row) {
    return panel.units[row] == "u1003" ? static_cast<double>(panel.times[row] % 3) : 0.0;
  });
  const Fitted fitted = MustEstimate(panel, "y ~ x1 + only | unit");
  std::vector<Warning> warnings;
  const auto result = ComputeInference(fitted, MakeInference(InferenceType::kCr2, "unit"), 0.95, {}, warnings);
  ASSERT_TRUE(result.ok());
  for (const TermInference& term : result->terms) EXPECT_TRUE(std::isfinite(term.std_error.value()));
  EXPECT_TRUE(std::any_of(warnings.begin(), warnings.end(), [](const Warning& warning) {
    return warning.code == "LEAVE_OUT_NOT_IDENTIFIED" && warning.text.find("u1003") != std::string::npos;
  }));
}

TEST(Cr2, StopsWhenAsked) {
  const Fitted fitted = MustEstimate(RandomPanel(76, 20, 6, 0.9), "y ~ x1 | unit + time");
  std::stop_source stop;
  stop.request_stop();
  Environment environment;
  environment.stop = stop.get_token();
  std::vector<Warning> warnings;
  for (const InferenceType type : {InferenceType::kCr1, InferenceType::kCr2, InferenceType::kCr3}) {
    const auto result = ComputeInference(fitted, MakeInference(type, "unit"), 0.95, environment, warnings);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.status().code(), Code::kCancelled);
  }
  EXPECT_EQ(ComputeInference(fitted, Lagged(InferenceType::kNeweyWest, 1), 0.95, environment, warnings).status().code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace farrell::regression::testing
