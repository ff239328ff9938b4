#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/compare.h"
#include "services/regression/engine/compare/ordering.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

InferenceSpec Drawn(InferenceType type, std::int64_t draws = 999) {
  InferenceSpec inference = MakeInference(type, "unit");
  inference.draws = draws;
  inference.seed = 7;
  return inference;
}

CompareSpec Spec(const std::string& formula, std::vector<InferenceSpec> inferences) {
  CompareSpec spec;
  spec.fit = MakeSpec(formula, std::move(inferences));
  spec.by = "group";
  return spec;
}

CompareResult MustCompare(const Panel& panel, const CompareSpec& spec) {
  auto result = Compare(panel, spec, {});
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return std::move(result).value();
}

Formula MustParse(const std::string& text) { return ParseFormula(text).value(); }

bool Warned(const CompareResult& result, const std::string& code) {
  return std::any_of(result.warnings.begin(), result.warnings.end(),
                     [&](const Warning& warning) { return warning.code == code; });
}

const EqualityTest& TestNamed(const JointEquality& joint, const std::string& prefix) {
  for (const EqualityTest& test : joint.tests) {
    if (test.label.rfind(prefix, 0) == 0) return test;
  }
  ADD_FAILURE() << "no test " << prefix;
  return joint.tests.front();
}

TEST(CompareInference, EveryInferenceAskedForStandsInItsPlace) {
  const Panel panel = RandomPanel(91, 24, 7, 0.9);
  const CompareResult result =
      MustCompare(panel, Spec("y ~ x1 + x2 | unit",
                              {MakeInference(InferenceType::kCr1, "unit"), MakeInference(InferenceType::kCr2, "unit"),
                               MakeInference(InferenceType::kCr3, "unit"), Drawn(InferenceType::kWild),
                               Drawn(InferenceType::kPermutation), Drawn(InferenceType::kPermutationRaw)}));
  ASSERT_EQ(result.differences.size(), 3U);
  for (const Difference& difference : result.differences) {
    ASSERT_EQ(difference.inferences.size(), 6U);
    for (const DifferenceInference& inference : difference.inferences) {
      ASSERT_TRUE(inference.inference.p_value) << inference.label;
      EXPECT_GE(*inference.p_adjusted, *inference.inference.p_value) << inference.label;
    }
    EXPECT_EQ(difference.inference.p_value, difference.inferences[0].inference.p_value);
    // The bootstrap studentises by CR1, whose factor it leaves alone in the sample.
    EXPECT_EQ(difference.inferences[3].inference.std_error, difference.inferences[0].inference.std_error);
    EXPECT_EQ(difference.inferences[3].draws, 999);
    EXPECT_EQ(*difference.inferences[3].inference.p_value,
              static_cast<double>(*difference.inferences[3].inference.greater_or_equal_count) / 999.0);
    // 16!/(8! 8!) splits.
    EXPECT_TRUE(difference.inferences[4].enumerated);
    EXPECT_EQ(difference.inferences[4].draws, 12870);
  }
  const JointEquality& joint = result.joints[0];
  EXPECT_EQ(*TestNamed(joint, "Welch (CR1").p_value, joint.test->p_value);
  EXPECT_TRUE(TestNamed(joint, "HTZ").p_value);
  EXPECT_TRUE(TestNamed(joint, "wild bootstrap").p_value);
  EXPECT_TRUE(TestNamed(joint, "permutation of unit, studentised").p_value);
  EXPECT_EQ(*TestNamed(joint, "Chow").df1, 2.0);
  EXPECT_EQ(*TestNamed(joint, "Chow of all slopes").df1, 4.0);
}

// The groups as one model with everything interacted: HTZ and Chow's F by another way.
TEST(CompareInference, HtzAndChowAreThoseOfTheInteractedModel) {
  const Panel panel = RandomPanel(92, 21, 8, 0.85);
  const CompareResult result =
      MustCompare(panel, Spec("y ~ x1 + x2 | unit + time", {MakeInference(InferenceType::kCr2, "unit")}));
  const std::string formula = "y ~ i(group):x1 + i(group):x2 | unit + group^time";
  const std::string equal = "group::a:x1 = group::b:x1; group::a:x1 = group::c:x1";
  FitSpec whole = MakeSpec(formula, {MakeInference(InferenceType::kCr2, "unit")});
  whole.hypotheses = {equal, "group::a:x1 = group::b:x1"};
  const FitResult cr2 = MustFit(panel, whole);
  const EqualityTest& htz = TestNamed(result.joints[0], "HTZ");
  EXPECT_NEAR(*htz.statistic, cr2.hypotheses[0].joint->statistic, 1e-9 * *htz.statistic);
  EXPECT_NEAR(*htz.df2, cr2.hypotheses[0].joint->df2, 1e-8 * *htz.df2);
  EXPECT_NEAR(*result.differences[0].inference.df, cr2.hypotheses[1].df, 1e-8 * cr2.hypotheses[1].df);
  whole.inferences = {MakeInference(InferenceType::kIid)};
  whole.hypotheses = {equal, equal + "; group::a:x2 = group::b:x2; group::a:x2 = group::c:x2"};
  const FitResult iid = MustFit(panel, whole);
  EXPECT_NEAR(*TestNamed(result.joints[0], "Chow").statistic, iid.hypotheses[0].joint->statistic, 1e-9);
  EXPECT_EQ(*TestNamed(result.joints[0], "Chow").df2, iid.hypotheses[0].joint->df2);
  EXPECT_NEAR(*TestNamed(result.joints[0], "Chow of all slopes").statistic, iid.hypotheses[1].joint->statistic, 1e-9);
}

// The same outcome twice as two equations: no difference, and no variance of it; an outcome and its double differ by
// the slope, with the standard error of the slope.
TEST(CompareInference, EquationsOnTheSameUnitsAreCorrelated) {
  Panel panel = RandomPanel(93, 20, 7, 0.9);
  AddColumn(panel, "twice", [&](std::size_t row) { return 2.0 * Numbers(panel, "y")[row]; });
  for (const InferenceSpec& inference :
       {MakeInference(InferenceType::kCr3, "unit"), MakeInference(InferenceType::kCr1, "unit"),
        MakeInference(InferenceType::kHc1)}) {
    CompareSpec spec;
    spec.fit.inferences = {inference};
    spec.equations = {{"one", MustParse("y ~ x1 | unit"), ""},
                      {"two", MustParse("twice ~ x1 | unit"), ""},
                      {"same", MustParse("y ~ x1 | unit"), ""}};
    const CompareResult result = MustCompare(panel, spec);
    ASSERT_EQ(result.differences.size(), 3U);
    const FitResult one = MustFit(panel, MakeSpec("y ~ x1 | unit", {inference}));
    EXPECT_NEAR(*result.differences[0].estimate, -*one.terms[0].estimate, 1e-12);
    EXPECT_NEAR(*result.differences[0].inference.std_error, *one.inferences[0].terms[0].std_error, 1e-10);
    EXPECT_EQ(*result.differences[0].inference.df, *one.inferences[0].terms[0].df);
    EXPECT_EQ(result.differences[0].equation, "one");
    EXPECT_EQ(result.differences[0].versus_equation, "two");
    EXPECT_FALSE(result.differences[1].inference.std_error);
  }
}

// Two equations with own regressors, stacked by hand: one row an equation and unit, clustered by unit.
TEST(CompareInference, CovarianceOfEquationsIsThatOfTheStackedFit) {
  Panel panel = RandomPanel(94, 20, 7, 1.0);
  CompareSpec spec;
  spec.fit.inferences = {MakeInference(InferenceType::kCr0, "unit")};
  spec.equations = {{"a", MustParse("y ~ x1"), ""}, {"b", MustParse("x3 ~ x2"), ""}};
  const CompareResult result = MustCompare(panel, spec);
  EXPECT_EQ(result.terms, std::vector<std::string>({"x1 | x2"}));
  const FitResult a = MustFit(panel, MakeSpec("y ~ x1", spec.fit.inferences));
  const FitResult b = MustFit(panel, MakeSpec("x3 ~ x2", spec.fit.inferences));
  FitSpec with_rows = MakeSpec("y ~ x1", spec.fit.inferences);
  with_rows.observations = true;
  const FitResult ra = MustFit(panel, with_rows);
  with_rows.formula = MustParse("x3 ~ x2");
  const FitResult rb = MustFit(panel, with_rows);
  // b_j = sum_i w_i e_i with w the centred regressor over its sum of squares.
  const auto scores = [&](const FitResult& fit, const std::string& column) {
    const std::vector<double>& x = Numbers(panel, column);
    double mean = 0.0;
    for (const std::size_t row : fit.observations->rows) mean += x[row];
    mean /= static_cast<double>(fit.observations->rows.size());
    double square = 0.0;
    std::map<std::string, double> sums;
    for (std::size_t k = 0; k < fit.observations->rows.size(); ++k) {
      const std::size_t row = fit.observations->rows[k];
      square += (x[row] - mean) * (x[row] - mean);
      sums[panel.units[row]] += (x[row] - mean) * fit.observations->residuals(static_cast<Eigen::Index>(k));
    }
    for (auto& [unit, sum] : sums) sum /= square;
    return sums;
  };
  const auto sa = scores(ra, "x1");
  const auto sb = scores(rb, "x2");
  double variance = 0.0;
  for (const auto& [unit, score] : sa) variance += std::pow(score - sb.at(unit), 2);
  EXPECT_NEAR(*result.differences[0].inference.std_error, std::sqrt(variance), 1e-12);
}

// Rows of an equation, and a condition that is none.
TEST(CompareInference, AnEquationHasItsOwnRows) {
  Panel panel = RandomPanel(95, 20, 7, 0.9);
  AddColumn(panel, "early", [&](std::size_t row) { return panel.times[row] < 2004 ? 1.0 : 0.0; });
  AddColumn(panel, "late", [&](std::size_t row) { return panel.times[row] < 2004 ? 0.0 : 1.0; });
  CompareSpec spec;
  spec.fit.inferences = {MakeInference(InferenceType::kCr1, "unit")};
  spec.equations = {{"early", MustParse("y ~ x1 | unit"), "early"}, {"late", MustParse("y ~ x1 | unit"), "late"}};
  const CompareResult result = MustCompare(panel, spec);
  const Panel early = Filter(panel, [&](std::size_t row) { return panel.times[row] < 2004; });
  const FitResult alone = MustFit(early, MakeSpec("y ~ x1 | unit", spec.fit.inferences));
  EXPECT_EQ(*result.groups[0].estimates[0], *alone.terms[0].estimate);
  EXPECT_EQ(result.groups[1].equation, "late");
  spec.equations[1].where = "group";
  EXPECT_EQ(Compare(panel, spec, {}).status().reason(), "COMPARE_INVALID");
}

TEST(CompareInference, AdjustmentsAndFamilies) {
  const Panel panel = RandomPanel(96, 21, 8, 0.9);
  CompareSpec spec =
      Spec("y ~ x1 + x2 | unit", {Drawn(InferenceType::kWild), MakeInference(InferenceType::kCr1, "unit")});
  spec.terms = {"x1", "x2"};
  spec.adjustment = Adjustment::kBenjaminiHochberg;
  const CompareResult all = MustCompare(panel, spec);
  std::vector<double> p;
  for (const Difference& difference : all.differences) p.push_back(*difference.inferences[1].inference.p_value);
  const std::vector<double> expected = BenjaminiHochbergAdjusted(p);
  for (std::size_t k = 0; k < p.size(); ++k) EXPECT_EQ(*all.differences[k].inferences[1].p_adjusted, expected[k]);
  spec.family = Family::kTerm;
  const CompareResult by_term = MustCompare(panel, spec);
  const std::vector<double> half = BenjaminiHochbergAdjusted({p[0], p[1], p[2]});
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(*by_term.differences[k].inferences[1].p_adjusted, half[k]);
  // One hypothesis a family: Romano and Wolf's p-value is the bootstrap's with (count + 1) / (draws + 1).
  spec.adjustment = Adjustment::kRomanoWolf;
  spec.terms = {"x1"};
  const Panel two = Filter(panel, [&](std::size_t row) { return panel.columns[4].texts[row] != "c"; });
  const CompareResult one = MustCompare(two, spec);
  const DifferenceInference& wild = one.differences[0].inferences[0];
  EXPECT_NEAR(*wild.p_adjusted,
              (static_cast<double>(*wild.inference.greater_or_equal_count) + 1.0) / static_cast<double>(wild.draws + 1),
              1e-12);
  // Larger families have larger p-values.
  spec.family = Family::kAll;
  const CompareResult three = MustCompare(panel, spec);
  for (const Difference& difference : three.differences) {
    EXPECT_GE(*difference.inferences[0].p_adjusted, *difference.inferences[0].inference.p_value);
  }
}

// Gaps of b and their covariance for independent estimates.
double Distance(const VectorXd& b, const VectorXd& variances) {
  MatrixXd neighbours = MatrixXd::Zero(b.size() - 1, b.size());
  for (Eigen::Index k = 0; k + 1 < b.size(); ++k) {
    neighbours(k, k) = 1.0;
    neighbours(k, k + 1) = -1.0;
  }
  return OrderDistance(neighbours * b, neighbours * variances.asDiagonal() * neighbours.transpose());
}

TEST(OrderDistance, IsThatOfIsotonicRegression) {
  const VectorXd v{{1.0, 0.5, 2.0}};
  EXPECT_EQ(Distance(VectorXd{{3.0, 2.0, 1.0}}, v), 0.0);
  // Neighbours 1 and 2 pooled: (1 - 2)^2 / (1 + 0.5).
  EXPECT_NEAR(Distance(VectorXd{{1.0, 2.0, 0.0}}, v), 1.0 / 1.5, 1e-14);
  // All pooled: weights 1, 2, 0.5; mean (1 + 4 + 2) / 3.5 = 2.
  EXPECT_NEAR(Distance(VectorXd{{1.0, 2.0, 4.0}}, v), 1.0 + 0.0 + 0.5 * 4.0, 1e-13);
}

// Weighted isotonic regression by pooling adjacent violators, the nearest ordered means of independent estimates.
double PooledDistance(const VectorXd& b, const VectorXd& variances) {
  struct Block {
    double weight;
    double mean;
    Eigen::Index count;
  };
  std::vector<Block> blocks;
  for (Eigen::Index k = 0; k < b.size(); ++k) {
    blocks.push_back({1.0 / variances(k), b(k), 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean < blocks.back().mean) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& into = blocks.back();
      into.mean = (into.weight * into.mean + last.weight * last.mean) / (into.weight + last.weight);
      into.weight += last.weight;
      into.count += last.count;
    }
  }
  double distance = 0.0;
  Eigen::Index k = 0;
  for (const Block& block : blocks) {
    for (Eigen::Index i = 0; i < block.count; ++i, ++k) {
      distance += (b(k) - block.mean) * (b(k) - block.mean) / variances(k);
    }
  }
  return distance;
}

TEST(OrderDistance, AgreesWithPooledAdjacentViolators) {
  for (std::int64_t sample = 0; sample < 2000; ++sample) {
    const Eigen::Index count = 2 + sample % 9;
    VectorXd b(count);
    VectorXd v(count);
    for (Eigen::Index k = 0; k < count; ++k) {
      b(k) = numeric::NormalDraw(5, sample, k);
      v(k) = 0.01 + std::fabs(numeric::NormalDraw(6, sample, k));
    }
    const double expected = PooledDistance(b, v);
    EXPECT_NEAR(Distance(b, v), expected, 1e-11 * (1.0 + expected)) << sample;
  }
}

// Under equality with known covariance the distance of three is chi-bar-squared: P(D = 0) is the weight of level 3,
// 1/4 + asin(rho) / (2 pi) with rho the correlation of the gaps (Silvapulle & Sen 2005, section 3.5).
TEST(OrderDistance, CorrelatedEstimatesHaveTheWeightsOfChiBarSquared) {
  const MatrixXd w{{2.0, 0.9}, {0.9, 1.0}};
  const MatrixXd root = w.llt().matrixL();
  constexpr int kSamples = 20000;
  int zero = 0;
  for (std::int64_t sample = 0; sample < kSamples; ++sample) {
    const VectorXd x = root * VectorXd{{numeric::NormalDraw(8, sample, 0), numeric::NormalDraw(8, sample, 1)}};
    zero += OrderDistance(x, w) == 0.0 ? 1 : 0;
    // Both gaps violated and neither closed alone suffices: the whole Wald distance.
    if (x.maxCoeff() < 0.0 && (w.inverse() * x).maxCoeff() < 0.0) {
      EXPECT_NEAR(OrderDistance(x, w), x.dot(w.inverse() * x), 1e-11 * (1.0 + x.dot(w.inverse() * x)));
    }
  }
  const double share = 0.25 + std::asin(0.9 / std::sqrt(2.0)) / (2.0 * std::acos(-1.0));
  EXPECT_NEAR(static_cast<double>(zero) / kSamples, share, 4.0 * std::sqrt(share * (1.0 - share) / kSamples));
}

// W singular tells nothing, unless the order holds.
TEST(OrderDistance, SingularCovariance) {
  const MatrixXd w{{1.0, 1.0}, {1.0, 1.0}};
  EXPECT_EQ(OrderDistance(VectorXd{{-1.0, 0.5}}, w), std::numeric_limits<double>::max());
  EXPECT_EQ(OrderDistance(VectorXd{{1.0, 0.5}}, w), 0.0);
}

TEST(CompareInference, OrdersAreTestedAsOrders) {
  Panel panel = RandomPanel(97, 24, 8, 1.0);
  const std::vector<double> x1 = Numbers(panel, "x1");
  AddColumn(panel, "w", [&](std::size_t row) {
    const std::string& group = panel.columns[4].texts[row];
    const double slope = group == "a" ? 9.0 : group == "b" ? 6.0 : 1.0;
    return slope * x1[row] + Numbers(panel, "y")[row];
  });
  CompareSpec spec = Spec("w ~ x1 | unit", {Drawn(InferenceType::kWild), MakeInference(InferenceType::kCr3, "unit")});
  spec.orderings = {"a > b > c", "x1: c > a"};
  const CompareResult result = MustCompare(panel, spec);
  ASSERT_EQ(result.orderings.size(), 2U);
  EXPECT_EQ(*result.orderings[0].violation_statistic, 0.0);
  EXPECT_EQ(*result.orderings[0].violation_p_value, 1.0);
  EXPECT_LT(*result.orderings[0].strict_p_value, 0.05);
  EXPECT_GT(*result.orderings[0].probability, 0.9);
  EXPECT_LT(*result.orderings[1].violation_p_value, 0.05);
  EXPECT_GT(*result.orderings[1].strict_p_value, 0.9);
  ASSERT_EQ(result.rank_probabilities.size(), 9U);
  std::map<std::string, double> total;
  for (const RankProbability& rank : result.rank_probabilities) total[rank.group] += rank.probability;
  for (const auto& [group, sum] : total) EXPECT_NEAR(sum, 1.0, 1e-12) << group;
  EXPECT_EQ(result.rank_probabilities[0].group, "a");
  EXPECT_GT(result.rank_probabilities[0].probability, 0.9);
  spec.orderings = {"a > nobody", "a", "x9: a > b", "a > a"};
  const auto bad = Compare(panel, spec, {});
  EXPECT_EQ(bad.status().reason(), "COMPARE_INVALID");
  EXPECT_EQ(bad.status().violations().size(), 4U);
}

// Slopes 1 with little and 1.2 with much noise: stars differ, the difference is not rejected, permutation is secondary.
TEST(CompareInference, UnequalStarsAreFlagged) {
  Panel panel = RandomPanel(98, 20, 8, 1.0);
  panel = Filter(panel, [&](std::size_t row) { return panel.columns[4].texts[row] != "c"; });
  const std::vector<double> x1 = Numbers(panel, "x1");
  AddColumn(panel, "w", [&](std::size_t row) {
    const double noise = numeric::NormalDraw(98, static_cast<std::int64_t>(row), 0);
    return x1[row] + (panel.columns[4].texts[row] == "a" ? 0.5 : 12.0) * noise;
  });
  const CompareResult result = MustCompare(
      panel, Spec("w ~ x1 | unit", {MakeInference(InferenceType::kCr3, "unit"), Drawn(InferenceType::kPermutation)}));
  EXPECT_TRUE(result.differences[0].stars_differ_only);
  EXPECT_TRUE(Warned(result, "STARS_DIFFER_DIFFERENCE_NOT_REJECTED"));
  EXPECT_TRUE(Warned(result, "PERMUTATION_SECONDARY"));
}

// Stars that differ with a difference that is rejected, and equal stars, raise no flag.
TEST(CompareInference, OtherStarsAreNotFlagged) {
  Panel panel = RandomPanel(98, 20, 8, 1.0);
  panel = Filter(panel, [&](std::size_t row) { return panel.columns[4].texts[row] != "c"; });
  const std::vector<double> x1 = Numbers(panel, "x1");
  for (const double slope : {0.0, 8.0}) {
    AddColumn(panel, "w" + std::to_string(static_cast<int>(slope)), [&](std::size_t row) {
      const double noise = numeric::NormalDraw(99, static_cast<std::int64_t>(row), 0);
      return (panel.columns[4].texts[row] == "a" ? 8.0 : slope) * x1[row] + noise;
    });
    const CompareResult result = MustCompare(panel, Spec("w" + std::to_string(static_cast<int>(slope)) + " ~ x1 | unit",
                                                         {MakeInference(InferenceType::kCr3, "unit")}));
    EXPECT_LT(*result.groups[0].compared[0].p_value, 0.05);
    EXPECT_EQ(*result.groups[1].compared[0].p_value<0.05, slope> 0.0);
    EXPECT_EQ(*result.differences[0].inference.p_value < 0.05, slope == 0.0);
    EXPECT_FALSE(result.differences[0].stars_differ_only);
    EXPECT_FALSE(Warned(result, "STARS_DIFFER_DIFFERENCE_NOT_REJECTED"));
  }
}

// Clusters in several groups, equations within groups, shared slopes: everything asked for at once has an answer or
// none.
TEST(CompareInference, EveryCombinationAnswers) {
  Panel panel = RandomPanel(90, 24, 7, 0.9);
  AddColumn(panel, "twice",
            [&](std::size_t row) { return 2.0 * Numbers(panel, "y")[row] + Numbers(panel, "x2")[row]; });
  for (const char* by : {"group", "block"}) {
    for (const Interact interact : {Interact::kEverything, Interact::kTermsOnly}) {
      CompareSpec spec;
      spec.fit.inferences = {MakeInference(InferenceType::kCr2, "unit"), Drawn(InferenceType::kWild, 199),
                             Drawn(InferenceType::kPermutation, 199), MakeInference(InferenceType::kHc3)};
      spec.equations = {{"one", MustParse("y ~ x1 + x3 | unit"), ""}, {"two", MustParse("twice ~ x1 | unit"), ""}};
      spec.by = by;
      spec.interact = interact;
      spec.adjustment = Adjustment::kRomanoWolf;
      spec.family = Family::kEquation;
      const CompareResult first = MustCompare(panel, spec);
      spec.orderings = {first.groups[0].group + " > " + first.groups[1].group};
      const CompareResult result = MustCompare(panel, spec);
      EXPECT_EQ(result.orderings.size(), 2U);
      EXPECT_EQ(Warned(result, "CLUSTERS_SPAN_GROUPS"), std::string(by) == "block");
      const std::size_t groups = result.groups.size() / 2;
      EXPECT_EQ(result.joints.size(), 2U);
      EXPECT_EQ(result.differences.size(), groups * (groups - 1) + groups);
      for (const Difference& difference : result.differences) {
        for (std::size_t k : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
          ASSERT_TRUE(difference.inferences[k].inference.p_value) << difference.inferences[k].label;
          EXPECT_GE(*difference.inferences[k].p_adjusted, *difference.inferences[k].inference.p_value);
        }
      }
    }
  }
}

TEST(CompareInference, StopsWhenAsked) {
  const Panel panel = RandomPanel(99, 21, 8, 0.9);
  std::stop_source source;
  source.request_stop();
  Environment environment;
  environment.stop = source.get_token();
  const auto result = Compare(panel, Spec("y ~ x1 | unit", {Drawn(InferenceType::kWild, 99999)}), environment);
  EXPECT_EQ(result.status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace farrell::regression::testing
