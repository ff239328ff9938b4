// Joint hypotheses, variants and several models under the wild cluster bootstrap, and permutation of clusters: every
// number against plain refits.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <map>
#include <set>

#include "common/numeric/random.h"
#include "services/regression/engine/permutation.h"
#include "services/regression/engine/wild_bootstrap.h"
#include "tests/regression/panels.h"
#include "tests/regression/threads.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTie = 1e-9;

Fitted Prepare(const Panel& panel, const std::string& formula) {
  DesignOptions options;
  options.classifications = {"unit"};
  auto design = BuildDesign(panel, ParseFormula(formula).value(), options);
  EXPECT_TRUE(design.ok());
  auto fitted = EstimateLeastSquares(std::move(design).value());
  EXPECT_TRUE(fitted.ok());
  return std::move(fitted).value();
}

const Levels& Units(const Fitted& fitted) { return fitted.design.classifications.at("unit"); }

// Regressors and dummies of all effects, one column each.
MatrixXd WithDummies(const Design& design) {
  Index columns = design.x.cols();
  for (const Effect& effect : design.effects) columns += static_cast<Index>(effect.count());
  MatrixXd x = MatrixXd::Zero(design.x.rows(), columns);
  x.leftCols(design.x.cols()) = design.x;
  Index offset = design.x.cols();
  for (const Effect& effect : design.effects) {
    for (Index row = 0; row < x.rows(); ++row) x(row, offset + effect.levels.ids[static_cast<std::size_t>(row)]) = 1.0;
    offset += static_cast<Index>(effect.count());
  }
  return x;
}

// The minimum-norm least-squares coefficients, by singular values.
VectorXd Coefficients(const MatrixXd& x, const VectorXd& y) { return x.completeOrthogonalDecomposition().solve(y); }

VectorXd WithRows(const VectorXd& y, const std::vector<Index>& rows) { return y(rows); }

// Several equations with their rows one after another, as one plain regression with dummies.
struct Plain {
  MatrixXd x;
  VectorXd y;
  std::vector<int> clusters;
  int cluster_count = 0;
  // Columns of the coefficients that hypotheses are about.
  std::vector<Index> slopes;
};

Plain Stack(const std::vector<const Fitted*>& models) {
  Plain plain;
  Index rows = 0;
  Index columns = 0;
  std::map<std::string, int> known;
  std::vector<MatrixXd> blocks;
  for (const Fitted* model : models) {
    blocks.push_back(WithDummies(model->design));
    rows += blocks.back().rows();
    columns += blocks.back().cols();
  }
  plain.x = MatrixXd::Zero(rows, columns);
  plain.y.resize(rows);
  Index row = 0;
  Index column = 0;
  for (std::size_t m = 0; m < models.size(); ++m) {
    plain.x.block(row, column, blocks[m].rows(), blocks[m].cols()) = blocks[m];
    plain.y.segment(row, blocks[m].rows()) = models[m]->design.y;
    for (Index k = 0; k < models[m]->design.x.cols(); ++k) plain.slopes.push_back(column + k);
    for (const std::int32_t id : Units(*models[m]).ids) {
      const std::string& label = Units(*models[m]).labels[static_cast<std::size_t>(id)];
      plain.clusters.push_back(known.emplace(label, static_cast<int>(known.size())).first->second);
    }
    row += blocks[m].rows();
    column += blocks[m].cols();
  }
  plain.cluster_count = static_cast<int>(known.size());
  return plain;
}

std::vector<Index> RowsWhere(const Plain& plain, int cluster, bool inside) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < plain.clusters.size(); ++i) {
    if ((plain.clusters[i] == cluster) == inside) rows.push_back(static_cast<Index>(i));
  }
  return rows;
}

// The bootstrap the long way, on plain regressions with dummies: restricted fits by substitution (null space of R and a
// particular solution), jackknifes by leaving clusters out.
class LongWay {
 public:
  LongWay(Plain plain, const MatrixXd& restrictions, VectorXd values, int variant, bool unrestricted)
      : plain_(std::move(plain)), values_(std::move(values)), variant_(variant), unrestricted_(unrestricted) {
    restrictions_ = MatrixXd::Zero(restrictions.rows(), plain_.x.cols());
    for (std::size_t k = 0; k < plain_.slopes.size(); ++k) {
      restrictions_.col(plain_.slopes[k]) = restrictions.col(static_cast<Index>(k));
    }
    inverse_ = (plain_.x.transpose() * plain_.x).completeOrthogonalDecomposition().pseudoInverse();
    observed_ = Statistic(plain_.y, values_);
    const MatrixXd free = restrictions_.fullPivLu().kernel();
    const VectorXd particular = Coefficients(restrictions_, values_);
    const VectorXd target = plain_.y - plain_.x * particular;
    const MatrixXd x = unrestricted_ ? plain_.x : MatrixXd(plain_.x * free);
    const VectorXd& y = unrestricted_ ? plain_.y : target;
    errors_ = y - x * Coefficients(x, y);
    if (variant_ / 10 == 3) LeaveOutErrors(x, y);
    centre_ = unrestricted_ ? VectorXd(restrictions_ * Coefficients(plain_.x, plain_.y)) : values_;
    fitted_ = plain_.y - (y - x * Coefficients(x, y));
  }

  double observed() const { return observed_; }
  double Draw(const VectorXd& weights) const {
    VectorXd y = fitted_;
    for (Index i = 0; i < y.size(); ++i) y(i) += weights(plain_.clusters[static_cast<std::size_t>(i)]) * errors_(i);
    return Statistic(y, centre_);
  }

 private:
  // Prediction errors of every cluster without it; nested dummies are then free for the cluster itself.
  void LeaveOutErrors(const MatrixXd& x, const VectorXd& y) {
    VectorXd result(y.size());
    const MatrixXd inverse = (x.transpose() * x).completeOrthogonalDecomposition().pseudoInverse();
    for (int g = 0; g < plain_.cluster_count; ++g) {
      const std::vector<Index> rows = RowsWhere(plain_, g, true);
      const MatrixXd block = x(rows, Eigen::all);
      const MatrixXd complement = MatrixXd::Identity(block.rows(), block.rows()) - block * inverse * block.transpose();
      const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(complement);
      VectorXd rotated = eigen.eigenvectors().transpose() * errors_(rows);
      for (Index k = 0; k < rotated.size(); ++k) {
        rotated(k) = eigen.eigenvalues()(k) > 1e-9 ? rotated(k) / eigen.eigenvalues()(k) : 0.0;
      }
      result(rows) = eigen.eigenvectors() * rotated;
    }
    errors_ = result;
  }

  // Wald statistic of R b = centre on y, without factors.
  double Statistic(const VectorXd& y, const VectorXd& centre) const {
    const VectorXd b = Coefficients(plain_.x, y);
    const VectorXd e = y - plain_.x * b;
    MatrixXd variance = MatrixXd::Zero(restrictions_.rows(), restrictions_.rows());
    for (int g = 0; g < plain_.cluster_count; ++g) {
      VectorXd score;
      if (variant_ % 10 == 3) {
        const std::vector<Index> rest = RowsWhere(plain_, g, false);
        const MatrixXd x = plain_.x(rest, Eigen::all);
        // Minimum-norm solutions agree on what is identified.
        score = restrictions_ * (Coefficients(x, WithRows(y, rest)) - b);
      } else {
        const std::vector<Index> rows = RowsWhere(plain_, g, true);
        score = restrictions_ * (inverse_ * (plain_.x(rows, Eigen::all).transpose() * WithRows(e, rows)));
      }
      variance += score * score.transpose();
    }
    const VectorXd gap = restrictions_ * b - centre;
    return gap.dot(variance.inverse() * gap);
  }

  Plain plain_;
  MatrixXd restrictions_;
  VectorXd values_;
  int variant_;
  bool unrestricted_;
  MatrixXd inverse_;
  double observed_ = 0.0;
  VectorXd errors_;
  VectorXd fitted_;
  VectorXd centre_;
};

void ExpectLongWay(const std::vector<const Fitted*>& models, const MatrixXd& restrictions, const VectorXd& values,
                   int variant, bool unrestricted) {
  SCOPED_TRACE("variant " + std::to_string(variant) + (unrestricted ? " unrestricted" : ""));
  const Plain plain = Stack(models);
  const LongWay slow(plain, restrictions, values, variant, unrestricted);
  WildBootstrapSpec spec;
  spec.weights = BootstrapWeights::kRademacher;
  spec.variant = variant;
  spec.unrestricted = unrestricted;
  std::vector<WildModel> wild;
  for (const Fitted* model : models) wild.push_back({model, &Units(*model)});
  const auto statistics = DrawWildStatistics(wild, {{restrictions, values}}, spec, {});
  ASSERT_TRUE(statistics.ok()) << statistics.status().ToString();
  const auto counted = RunWildTests(wild, {{restrictions, values}}, spec, {});
  ASSERT_TRUE(counted.ok());
  ASSERT_TRUE(statistics->enumerated);
  ASSERT_EQ(statistics->draws, std::int64_t{1} << static_cast<unsigned>(plain.cluster_count));
  ASSERT_EQ(statistics->defined[0], 1);
  const bool single = values.size() == 1;
  const auto wald = [&](double statistic) { return single ? statistic * statistic : statistic; };
  EXPECT_NEAR(wald(statistics->observed(0)), slow.observed(), 1e-8 * slow.observed());
  EXPECT_NEAR(wald(counted->tests[0].abs_t), slow.observed(), 1e-8 * slow.observed());
  std::int64_t greater = 0;
  std::int64_t greater_or_equal = 0;
  for (std::int64_t draw = 0; draw < statistics->draws; ++draw) {
    VectorXd weights(plain.cluster_count);
    for (int g = 0; g < plain.cluster_count; ++g) weights(g) = (draw >> g & 1) != 0 ? -1.0 : 1.0;
    const double slow_draw = slow.Draw(weights);
    ASSERT_NEAR(wald(statistics->statistics(static_cast<Index>(draw), 0)), slow_draw, 1e-7 * (1.0 + slow_draw));
    greater += slow_draw > slow.observed() * (1.0 + kTie) ? 1 : 0;
    greater_or_equal += slow_draw >= slow.observed() * (1.0 - kTie) ? 1 : 0;
  }
  EXPECT_EQ(counted->tests[0].greater, greater);
  EXPECT_EQ(counted->tests[0].greater_or_equal, greater_or_equal);
}

TEST(WildBootstrapVariants, AreRefits) {
  for (const char* formula : {"y ~ x1 + x2", "y ~ x1 + x2 | unit", "y ~ x1 + x2 | unit + time"}) {
    SCOPED_TRACE(formula);
    const Panel panel = RandomPanel(61, 6, 9, 0.9);
    const Fitted fitted = Prepare(panel, formula);
    MatrixXd one = MatrixXd::Zero(1, fitted.parameters());
    one(0, fitted.parameters() - 1) = 1.0;
    for (const int variant : {11, 13, 31, 33}) {
      for (const bool unrestricted : {false, true}) {
        ExpectLongWay({&fitted}, one, VectorXd::Constant(1, 0.2), variant, unrestricted);
      }
    }
  }
}

TEST(WildBootstrapVariants, JointHypothesesAreRefits) {
  const Panel panel = RandomPanel(62, 7, 9, 0.9);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 + x3 | unit + time");
  MatrixXd restrictions(2, 3);
  restrictions << 1.0, -1.0, 0.0, 0.5, 0.0, 2.0;
  VectorXd values(2);
  values << 0.1, -0.3;
  for (const int variant : {11, 13, 31, 33}) {
    for (const bool unrestricted : {false, true}) ExpectLongWay({&fitted}, restrictions, values, variant, unrestricted);
  }
}

// Two equations on overlapping sets of clusters; a difference across them, with the null imposed on both.
TEST(WildBootstrapVariants, HypothesesAcrossModelsAreRefits) {
  const Panel panel = RandomPanel(63, 8, 8, 0.9);
  const Panel first =
      Filter(panel, [&](std::size_t row) { return panel.units[row] != "8" && panel.units[row] != "7"; });
  const Fitted one = Prepare(first, "y ~ x1 + x2 | unit + time");
  const Fitted two = Prepare(Filter(panel, [&](std::size_t row) { return panel.units[row] != "1"; }), "x3 ~ x1 | unit");
  MatrixXd restrictions = MatrixXd::Zero(1, 3);
  restrictions << 1.0, 0.0, -1.0;
  for (const int variant : {11, 33}) {
    ExpectLongWay({&one, &two}, restrictions, VectorXd::Zero(1), variant, false);
  }
}

// One equation of two is tested alone: the other model is not involved.
TEST(WildBootstrapVariants, ModelsNotInvolvedDoNotMatter) {
  const Panel panel = RandomPanel(64, 9, 8, 0.9);
  const Fitted one = Prepare(panel, "y ~ x1 + x2 | unit + time");
  const Fitted two = Prepare(panel, "x3 ~ x1 | unit");
  WildBootstrapSpec spec;
  spec.draws = 199;
  MatrixXd restrictions = MatrixXd::Zero(1, 3);
  restrictions(0, 1) = 1.0;
  const auto both =
      RunWildTests({{&one, &Units(one)}, {&two, &Units(two)}}, {{restrictions, VectorXd::Zero(1)}}, spec, {});
  const auto alone = RunWildBootstrap(one, Units(one), spec, {});
  ASSERT_TRUE(both.ok() && alone.ok());
  EXPECT_EQ(both->tests[0].abs_t, alone->tests[1].abs_t);
  EXPECT_EQ(both->tests[0].greater_or_equal, alone->tests[1].greater_or_equal);
  EXPECT_EQ(both->tests[0].conf_low, alone->tests[1].conf_low);
}

// Scores outright (few clusters) and in factors (many) are the same numbers.
TEST(WildBootstrap, ManyClustersAreTheSameArithmetic) {
  const Panel panel = RandomPanel(65, 200, 4, 0.9);
  for (const char* formula : {"y ~ x1 + x2 | unit", "y ~ x1 + x2 | unit + time"}) {
    const Fitted fitted = Prepare(panel, formula);
    WildBootstrapSpec spec;
    spec.draws = 40;
    const MatrixXd restrictions = MatrixXd::Identity(2, 2);
    const auto drawn =
        DrawWildStatistics({{&fitted, &Units(fitted)}},
                           {{restrictions.row(0), VectorXd::Zero(1)}, {restrictions, VectorXd::Zero(2)}}, spec, {});
    ASSERT_TRUE(drawn.ok());
    const Plain plain = Stack({&fitted});
    const LongWay single(plain, restrictions.row(0), VectorXd::Zero(1), 11, false);
    const LongWay joint(plain, restrictions, VectorXd::Zero(2), 11, false);
    for (Index draw = 0; draw < 3; ++draw) {
      VectorXd weights(plain.cluster_count);
      for (int g = 0; g < plain.cluster_count; ++g) weights(g) = numeric::RademacherDraw(spec.seed, draw, g);
      const double t = drawn->statistics(draw, 0);
      EXPECT_NEAR(t * t, single.Draw(weights), 1e-8 * (1.0 + t * t));
      EXPECT_NEAR(drawn->statistics(draw, 1), joint.Draw(weights), 1e-8 * (1.0 + drawn->statistics(draw, 1)));
    }
  }
}

TEST(WildBootstrap, CoefficientDrawsAreRefits) {
  const Panel panel = RandomPanel(66, 10, 8, 0.9);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 | unit + time");
  WildBootstrapSpec spec;
  spec.draws = 20;
  spec.seed = 9;
  const WildHypothesis null{MatrixXd::Identity(2, 2).row(0), VectorXd::Constant(1, 0.5)};
  for (const bool restricted : {false, true}) {
    const auto drawn =
        DrawWildCoefficients({{&fitted, &Units(fitted)}}, restricted ? std::optional(null) : std::nullopt, spec, {});
    ASSERT_TRUE(drawn.ok());
    EXPECT_EQ(drawn->weights, BootstrapWeights::kWebb);
    EXPECT_NEAR(drawn->centre(0), restricted ? 0.5 : fitted.solution.coefficients(0), 1e-12);
    const MatrixXd x = WithDummies(fitted.design);
    const MatrixXd kept = restricted ? MatrixXd(x.rightCols(x.cols() - 1)) : x;
    const VectorXd y = restricted ? VectorXd(fitted.design.y - 0.5 * x.col(0)) : fitted.design.y;
    const VectorXd e = y - kept * Coefficients(kept, y);
    for (Index draw = 0; draw < 20; ++draw) {
      VectorXd sample = fitted.design.y - e;
      for (Index i = 0; i < e.size(); ++i) {
        sample(i) += e(i) * numeric::WebbDraw(9, draw, Units(fitted).ids[static_cast<std::size_t>(i)]);
      }
      const VectorXd b = Coefficients(x, sample);
      for (Index k = 0; k < 2; ++k) EXPECT_NEAR(drawn->centre(k) + drawn->deviations(draw, k), b(k), 1e-10);
    }
  }
}

// The ends of every variant's interval are where its p-value crosses one minus the level.
TEST(WildBootstrap, IntervalsInvertEveryVariant) {
  const Panel panel = RandomPanel(67, 10, 8, 0.9);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 | unit + time");
  for (const int variant : {11, 13, 31, 33}) {
    for (const bool unrestricted : {false, true}) {
      WildBootstrapSpec spec;
      spec.weights = BootstrapWeights::kRademacher;
      spec.variant = variant;
      spec.unrestricted = unrestricted;
      spec.confidence_level = 0.9;
      const auto whole = RunWildBootstrap(fitted, Units(fitted), spec, {});
      ASSERT_TRUE(whole.ok() && whole->enumerated);
      ASSERT_TRUE(whole->tests[0].conf_low && whole->tests[0].conf_high);
      const double width = *whole->tests[0].conf_high - *whole->tests[0].conf_low;
      const auto p = [&](double value) {
        WildBootstrapSpec null = spec;
        null.null_value = value;
        null.columns = {0};
        const auto test = RunWildBootstrap(fitted, Units(fitted), null, {});
        return static_cast<double>(test->tests[0].greater_or_equal) / static_cast<double>(test->draws);
      };
      EXPECT_GT(p(*whole->tests[0].conf_low + 1e-6 * width), 0.1);
      EXPECT_LE(p(*whole->tests[0].conf_low - 1e-6 * width), 0.1);
      EXPECT_GT(p(*whole->tests[0].conf_high - 1e-6 * width), 0.1);
      EXPECT_LE(p(*whole->tests[0].conf_high + 1e-6 * width), 0.1);
    }
  }
}

// With four clusters two of the sixteen draws always tie: p is never below 1/8 and no interval at 95 % is bounded.
TEST(WildBootstrap, FewSignVectorsBoundNothing) {
  const Panel panel = RandomPanel(68, 4, 12, 1.0);
  const Fitted fitted = Prepare(panel, "y ~ x1 | unit");
  WildBootstrapSpec spec;
  spec.weights = BootstrapWeights::kRademacher;
  const auto test = RunWildBootstrap(fitted, Units(fitted), spec, {});
  ASSERT_TRUE(test.ok());
  EXPECT_EQ(test->draws, 16);
  EXPECT_GE(test->tests[0].greater_or_equal, 2);
  EXPECT_FALSE(test->tests[0].conf_low);
  EXPECT_FALSE(test->tests[0].conf_high);
}

TEST(WildBootstrap, RefusesWhatMakesNoSense) {
  const Panel panel = RandomPanel(69, 6, 8, 0.9);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 | unit");
  const auto refused = [&](const MatrixXd& restrictions, int variant) {
    WildBootstrapSpec spec;
    spec.variant = variant;
    const auto result = RunWildTest(fitted, Units(fitted), restrictions, VectorXd::Zero(restrictions.rows()), spec, {});
    return !result.ok() && result.status().code() == Code::kInvalidArgument;
  };
  EXPECT_FALSE(refused(MatrixXd::Identity(2, 2), 11));
  EXPECT_TRUE(refused(MatrixXd::Identity(2, 2), 12));
  EXPECT_TRUE(refused(MatrixXd::Ones(2, 2), 11));
  EXPECT_TRUE(refused(MatrixXd::Zero(1, 2), 11));
  EXPECT_TRUE(refused(MatrixXd::Identity(3, 3), 11));
  // Fewer clusters than equations: data, not an error.
  const Fitted two = Prepare(RandomPanel(69, 2, 30, 1.0), "y ~ x1 + x2 | unit");
  const auto result = RunWildTest(two, Units(two), MatrixXd::Identity(2, 2), VectorXd::Zero(2), {}, {});
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->tests[0].defined);
}

// One group fitted by itself: contrasts and CR variances of ClusterSlopes.
TEST(Permutation, SlopesOfSetsAreFits) {
  const Panel panel = RandomPanel(71, 14, 9, 0.85);
  const std::vector<std::int32_t> set = {0, 3, 4, 6, 7, 10, 13};
  for (const char* formula : {"y ~ x1 + x2", "y ~ x1 + x2 | unit", "y ~ x1 + x2 | unit + time"}) {
    SCOPED_TRACE(formula);
    const Fitted pooled = Prepare(panel, formula);
    const Index k = pooled.parameters();
    MatrixXd contrasts = MatrixXd::Zero(2, k);
    contrasts(0, k - 1) = 1.0;
    contrasts(1, k - 1) = -1.0;
    contrasts(1, k - 2) = 2.0;
    const auto slopes = ClusterSlopes::Make(pooled, Units(pooled), contrasts);
    ASSERT_TRUE(slopes.ok());
    std::set<std::string> labels;
    for (const std::int32_t cluster : set) labels.insert(Units(pooled).labels[static_cast<std::size_t>(cluster)]);
    const Panel part = Filter(panel, [&](std::size_t row) { return labels.count(panel.units[row]) > 0; });
    for (const InferenceType type : {InferenceType::kCr1, InferenceType::kCr3}) {
      const FitResult fit = MustFit(part, MakeSpec(formula, {MakeInference(type, "unit", "none")}));
      const double g = static_cast<double>(set.size());
      const MatrixXd vcov = fit.inferences[0].vcov * (type == InferenceType::kCr1 ? g / (g - 1.0) : 1.0);
      const auto found = slopes->Fit(set, true, type == InferenceType::kCr3);
      VectorXd b(k);
      for (Index j = 0; j < k; ++j) b(j) = *fit.terms[static_cast<std::size_t>(j)].estimate;
      for (Index m = 0; m < 2; ++m) {
        const auto& slope = found[static_cast<std::size_t>(m)];
        ASSERT_TRUE(slope);
        const double expected = contrasts.row(m).dot(b - pooled.solution.coefficients);
        EXPECT_NEAR(slope->deviation, expected, 1e-10);
        const double variance = contrasts.row(m) * vcov * contrasts.row(m).transpose();
        EXPECT_NEAR(slope->variance, variance, 1e-9 * variance);
      }
    }
  }
}

TEST(Permutation, EverySplitOnceOrRandomOnes) {
  const ClusterSplits all({0, 1, 2, -1, 1, 0, 0}, 3, 99, 0);
  ASSERT_TRUE(all.enumerated());
  EXPECT_EQ(all.count(), 60);  // 6! / (3! 2! 1!)
  std::set<std::vector<std::int32_t>> seen;
  std::vector<std::int32_t> split;
  for (std::int64_t index = 0; index < all.count(); ++index) {
    all.Split(index, split);
    EXPECT_EQ(split[3], -1);
    EXPECT_EQ(std::count(split.begin(), split.end(), 0), 3);
    EXPECT_EQ(std::count(split.begin(), split.end(), 1), 2);
    seen.insert(split);
  }
  EXPECT_EQ(seen.size(), 60U);
  EXPECT_EQ(seen.count(all.observed()), 1U);

  std::vector<std::int32_t> many(30, 0);
  for (std::size_t cluster = 12; cluster < 30; ++cluster) many[cluster] = 1;
  const ClusterSplits some(many, 2, 20000, 5);
  EXPECT_FALSE(some.enumerated());
  EXPECT_EQ(some.count(), 20000);
  // Every cluster is in the first group with probability 12/30; five standard errors of a binomial share.
  std::vector<int> first(30, 0);
  for (std::int64_t index = 0; index < some.count(); ++index) {
    some.Split(index, split);
    ASSERT_EQ(std::count(split.begin(), split.end(), 0), 12);
    for (std::size_t cluster = 0; cluster < 30; ++cluster) first[cluster] += split[cluster] == 0 ? 1 : 0;
  }
  for (const int count : first) EXPECT_NEAR(count / 20000.0, 0.4, 5.0 * std::sqrt(0.24 / 20000.0));
  // Fewer splits than asked for at most: all; more: random ones.
  EXPECT_FALSE(ClusterSplits({0, 1, 2, -1, 1, 0, 0}, 3, 99, 0, 59).enumerated());
  EXPECT_TRUE(ClusterSplits({0, 1, 2, -1, 1, 0, 0}, 3, 99, 0, 60).enumerated());
}

// The statistic of every split from plain fits of both groups.
TEST(Permutation, CountsAreThoseOfRefits) {
  const Panel panel = RandomPanel(72, 9, 8, 0.9);
  const Fitted pooled = Prepare(panel, "y ~ x1 + x2 | unit + time");
  std::vector<std::int32_t> groups = {0, 1, 0, 1, 1, 0, 1, 1, 0};
  const auto slopes = ClusterSlopes::Make(pooled, Units(pooled), MatrixXd::Identity(2, 2).row(1));
  ASSERT_TRUE(slopes.ok());
  GroupPermutationSpec spec;
  spec.jackknife = true;
  spec.keep_statistics = true;
  const auto fast = PermuteGroups(*slopes, groups, 2, spec, {});
  ASSERT_TRUE(fast.ok());
  ASSERT_EQ(fast->tests[0].draws, 126);
  const auto refit = [&](const std::vector<std::int32_t>& split) {
    double estimates[2];
    double variances[2];
    for (std::int32_t g = 0; g < 2; ++g) {
      std::set<std::string> labels;
      for (std::size_t c = 0; c < split.size(); ++c) {
        if (split[c] == g) labels.insert(Units(pooled).labels[c]);
      }
      const FitResult fit =
          MustFit(Filter(panel, [&](std::size_t row) { return labels.count(panel.units[row]) > 0; }),
                  MakeSpec("y ~ x1 + x2 | unit + time", {MakeInference(InferenceType::kCr3, "unit")}));
      estimates[g] = *fit.terms[1].estimate;
      variances[g] = fit.inferences[0].vcov(1, 1);
    }
    return std::fabs(estimates[0] - estimates[1]) / std::sqrt(variances[0] + variances[1]);
  };
  const ClusterSplits splits(groups, 2, 1, 0);
  const double observed = refit(groups);
  EXPECT_NEAR(*fast->tests[0].statistic, observed, 1e-9);
  std::int64_t at_least = 0;
  for (std::int64_t index = 0; index < splits.count(); ++index) {
    std::vector<std::int32_t> split;
    splits.Split(index, split);
    const double statistic = refit(split);
    EXPECT_NEAR(fast->statistics(static_cast<Index>(index), 0), statistic, 1e-8 * (1.0 + statistic));
    at_least += statistic >= observed * (1.0 - kTie) ? 1 : 0;
  }
  EXPECT_EQ(fast->tests[0].greater_or_equal, at_least);
  EXPECT_EQ(fast->tests[0].p_value(), static_cast<double>(at_least) / 126.0);
  // Random splits: the observed one is counted beside them.
  spec.most_splits = 100;
  spec.draws = 99;
  const auto drawn = PermuteGroups(*slopes, groups, 2, spec, {});
  ASSERT_TRUE(drawn.ok());
  EXPECT_FALSE(drawn->tests[0].enumerated);
  EXPECT_EQ(drawn->tests[0].draws, 99);
  EXPECT_EQ(drawn->tests[0].p_value(), (static_cast<double>(drawn->tests[0].greater_or_equal) + 1.0) / 100.0);
}

TEST(Permutation, ThreadsLeaveNoTraceAndStopsAreHeard) {
  const Panel panel = RandomPanel(73, 30, 8, 0.9);
  const Fitted pooled = Prepare(panel, "y ~ x1 + x2 | unit + time");
  std::vector<std::int32_t> groups;
  for (int c = 0; c < 30; ++c) groups.push_back(c % 3);
  const auto slopes = ClusterSlopes::Make(pooled, Units(pooled), MatrixXd::Identity(2, 2));
  ASSERT_TRUE(slopes.ok());
  GroupPermutationSpec spec;
  spec.draws = 999;
  spec.keep_statistics = true;
  const auto one = PermuteGroups(*slopes, groups, 3, spec, {});
  const auto many = PermuteGroups(*slopes, groups, 3, spec, InThreads(3));
  ASSERT_TRUE(one.ok() && many.ok());
  EXPECT_EQ(one->statistics, many->statistics);
  EXPECT_EQ(one->tests[1].greater_or_equal, many->tests[1].greater_or_equal);
  EXPECT_GE(one->tests[1].greater_or_equal, 1);
  std::stop_source source;
  Environment environment;
  environment.stop = source.get_token();
  environment.progress = [&](std::int64_t, std::int64_t) { source.request_stop(); };
  spec.draws = 900000;
  const auto stopped = PermuteGroups(*slopes, groups, 3, spec, environment);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace farrell::regression::testing
