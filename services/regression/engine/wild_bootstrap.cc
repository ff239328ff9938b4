#include "services/regression/engine/wild_bootstrap.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "services/regression/engine/wild_bootstrap_draws.h"
#include "services/regression/engine/wild_bootstrap_forms.h"
#include "services/regression/engine/wild_bootstrap_weights.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTie = 1e-10;
constexpr std::int64_t kMostDraws = 999999;

Status Invalid(const std::string& text) { return InvalidArgument("WILD_INVALID", text); }

Status Check(const std::vector<WildModel>& models, const WildBootstrapSpec& spec) {
  const int variant = spec.variant;
  if (variant != 11 && variant != 13 && variant != 31 && variant != 33) {
    return Invalid("the variant of the wild bootstrap is " + std::to_string(variant) + "; it is one of 11, 13, 31, 33");
  }
  if (spec.draws < 1 || spec.draws > kMostDraws) {
    return Invalid("draws is " + std::to_string(spec.draws) + "; it must lie between 1 and " +
                   std::to_string(kMostDraws));
  }
  for (const WildModel& model : models) {
    if (!IsLeastSquares(model.fitted->estimator.kind)) {
      return Invalid("the wild cluster bootstrap multiplies least-squares residuals; this estimator has none");
    }
  }
  return Status::Ok();
}

// Which models a hypothesis involves, and its columns for those alone.
struct Involved {
  std::vector<std::size_t> models;
  WildHypothesis hypothesis;
};

Result<Involved> FindInvolved(const std::vector<WildModel>& models, const WildHypothesis& hypothesis) {
  Index total = 0;
  for (const WildModel& model : models) total += model.fitted->parameters();
  if (hypothesis.restrictions.cols() != total || hypothesis.restrictions.rows() != hypothesis.values.size()) {
    return Invalid("a hypothesis has " + std::to_string(hypothesis.restrictions.cols()) + " columns and " +
                   std::to_string(hypothesis.values.size()) + " values for " + std::to_string(total) +
                   " coefficients and " + std::to_string(hypothesis.restrictions.rows()) + " equations");
  }
  Involved result;
  std::vector<Index> columns;
  Index first = 0;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const Index count = models[m].fitted->parameters();
    if (!hypothesis.restrictions.middleCols(first, count).isZero(0.0)) {
      result.models.push_back(m);
      for (Index k = 0; k < count; ++k) columns.push_back(first + k);
    }
    first += count;
  }
  result.hypothesis.restrictions = hypothesis.restrictions(Eigen::all, columns);
  result.hypothesis.values = hypothesis.values;
  return result;
}

// The draws of one hypothesis, and what is counted from them.
class Tested {
 public:
  Tested(WildForms forms, const ClusterWeights& weights) : forms_(std::move(forms)) {
    if (!forms_.defined) return;
    evaluator_ = std::make_unique<WildEvaluator>(forms_, weights);
    draws_.resize(evaluator_->width(), static_cast<Index>(weights.draws()));
    error_ = std::sqrt(forms_.variance(0, 0));
  }
  // The evaluator points into the forms.
  Tested(const Tested&) = delete;
  Tested& operator=(const Tested&) = delete;
  Tested(Tested&&) = delete;
  Tested& operator=(Tested&&) = delete;
  ~Tested() = default;

  bool defined() const { return forms_.defined; }
  bool single() const { return forms_.q == 1; }
  void Run(std::int64_t first, Index count, const std::vector<std::uint8_t>& patterns) {
    if (defined()) evaluator_->Run(patterns, draws_.middleCols(static_cast<Index>(first), count));
  }

  // Signed t, or the Wald statistic.
  double Observed() const {
    if (single()) return forms_.distance(0) / error_;
    return forms_.distance.dot(forms_.variance.ldlt().solve(forms_.distance));
  }

  // Of draw d under the hypothesis' own null.
  double Statistic(Index d) const {
    if (!single()) return draws_(0, d);
    const double distance = forms_.distance(0);
    const bool open = forms_.parts.size() == 2;
    const double numerator = draws_(0, d) + (open ? distance * draws_(1, d) : 0.0);
    const double square =
        open ? draws_(2, d) + distance * (2.0 * draws_(3, d) + distance * draws_(4, d)) : draws_(1, d);
    if (numerator == 0.0) return 0.0;
    const double value = numerator / std::sqrt(std::max(square, 0.0));
    constexpr double kMost = std::numeric_limits<double>::max();
    return std::clamp(value, -kMost, kMost);
  }

  WildTest Test() const {
    WildTest test;
    if (!defined()) return test;
    test.defined = true;
    test.abs_t = std::fabs(Observed());
    if (single()) {
      const Count count = CountAt(forms_.distance(0));
      test.greater = count.greater;
      test.greater_or_equal = count.greater_or_equal;
      return test;
    }
    for (Index d = 0; d < draws_.cols(); ++d) {
      if (draws_(0, d) > test.abs_t * (1.0 + kTie)) ++test.greater;
      if (draws_(0, d) >= test.abs_t * (1.0 - kTie)) ++test.greater_or_equal;
    }
    return test;
  }

  // The end of the interval in the direction of `sign`: where the p-value crosses alpha.
  std::optional<double> End(double sign, double alpha, double estimate, const std::stop_token& stop) const {
    if (!defined()) return std::nullopt;
    const auto total = static_cast<double>(draws_.cols());
    // p = count / draws <= alpha, whatever the rounding of alpha.
    const double most = alpha * total * (1.0 + 1e-12);
    if (forms_.parts.size() == 1) return estimate + sign * Critical(most) * error_ * forms_.scale;
    const auto rejected = [&](double errors) {
      return static_cast<double>(CountAt(-sign * errors * error_).greater_or_equal) <= most;
    };
    double inside = 0.0;
    double outside = 1.0;
    constexpr double kFarthest = 4096.0;
    while (!rejected(outside)) {
      inside = outside;
      outside *= 2.0;
      if (outside > kFarthest || stop.stop_requested()) return std::nullopt;
    }
    for (int k = 0; k < 45 && !stop.stop_requested(); ++k) {
      const double middle = 0.5 * (inside + outside);
      (rejected(middle) ? outside : inside) = middle;
    }
    return estimate + sign * inside * error_ * forms_.scale;
  }

 private:
  struct Count {
    std::int64_t greater = 0;
    std::int64_t greater_or_equal = 0;
  };
  // Draws at least as far out as the observed statistic when the estimate is `distance` away from the null.
  Count CountAt(double distance) const {
    Count count;
    const double t = distance / error_;
    const double above = t * t * (1.0 + kTie) * (1.0 + kTie);
    const double at_least = t * t * (1.0 - kTie) * (1.0 - kTie);
    const bool open = forms_.parts.size() == 2;
    for (Index d = 0; d < draws_.cols(); ++d) {
      const double* draw = &draws_(0, d);
      const double numerator = open ? draw[0] + distance * draw[1] : draw[0];
      const double square = open ? std::max(draw[2] + distance * (2.0 * draw[3] + distance * draw[4]), 0.0) : draw[1];
      count.greater += numerator * numerator > above * square ? 1 : 0;
      count.greater_or_equal += numerator * numerator >= at_least * square ? 1 : 0;
    }
    return count;
  }

  // The largest |t| that more than `most` draws reach.
  double Critical(double most) const {
    std::vector<double> sizes;
    for (Index d = 0; d < draws_.cols(); ++d) sizes.push_back(std::fabs(Statistic(d)));
    const auto rank = std::min(static_cast<std::size_t>(most), sizes.size() - 1);
    std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(rank), sizes.end(), std::greater<>());
    return sizes[rank];
  }

  WildForms forms_;
  std::unique_ptr<WildEvaluator> evaluator_;
  // One column a draw, see WildEvaluator.
  MatrixXd draws_;
  double error_ = 0.0;
};

using TestedList = std::vector<std::unique_ptr<Tested>>;

// All draws of all hypotheses. `open`: leave null values of single restricted equations open, for intervals.
Result<TestedList> DrawAll(const std::vector<WildModel>& models, const std::vector<WildHypothesis>& hypotheses,
                           const WildBootstrapSpec& spec, const ClusterUnion& clusters, const ClusterWeights& weights,
                           bool open, const Environment& environment) {
  TestedList tested;
  WildStack stack;
  std::vector<std::size_t> stacked;
  for (const WildHypothesis& hypothesis : hypotheses) {
    FARRELL_ASSIGN_OR_RETURN(const Involved involved, FindInvolved(models, hypothesis));
    if (involved.models.empty()) return Invalid("a hypothesis involves no coefficient");
    if (stacked != involved.models) {
      stacked = involved.models;
      stack = StackModels(models, clusters, stacked);
    }
    const bool keep_open = open && !spec.unrestricted && hypothesis.values.size() == 1;
    FARRELL_ASSIGN_OR_RETURN(WildForms forms, MakeWildForms(stack, involved.hypothesis, spec, keep_open, environment));
    tested.push_back(std::make_unique<Tested>(std::move(forms), weights));
  }
  FARRELL_RETURN_IF_ERROR(ForAllDraws(weights, environment,
                                      [&](std::int64_t first, Index count, const std::vector<std::uint8_t>& patterns) {
                                        for (const auto& one : tested) one->Run(first, count, patterns);
                                      }));
  return tested;
}

// R b of a single equation.
double Estimate(const std::vector<WildModel>& models, const WildHypothesis& hypothesis) {
  double sum = 0.0;
  Index first = 0;
  for (const WildModel& model : models) {
    const Index count = model.fitted->parameters();
    sum += hypothesis.restrictions.row(0).segment(first, count).dot(model.fitted->solution.coefficients);
    first += count;
  }
  return sum;
}

}  // namespace

Result<WildBootstrap> RunWildTests(const std::vector<WildModel>& models, const std::vector<WildHypothesis>& hypotheses,
                                   const WildBootstrapSpec& spec, const Environment& environment) {
  FARRELL_RETURN_IF_ERROR(Check(models, spec));
  const ClusterUnion clusters = JoinClusters(models);
  const ClusterWeights weights(clusters.count, spec.weights, spec.draws, spec.seed);
  FARRELL_ASSIGN_OR_RETURN(const TestedList tested,
                           DrawAll(models, hypotheses, spec, clusters, weights, true, environment));
  WildBootstrap result;
  result.draws = weights.draws();
  result.weights = weights.weights();
  result.enumerated = weights.enumerated();
  result.tests.resize(tested.size());
  // Two ends a test, each by itself.
  const auto piece = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const auto k = static_cast<std::size_t>(task / 3);
      WildTest& test = result.tests[k];
      if (task % 3 == 0) {
        const WildTest counted = tested[k]->Test();
        test.abs_t = counted.abs_t;
        test.defined = counted.defined;
        test.greater = counted.greater;
        test.greater_or_equal = counted.greater_or_equal;
      } else if (tested[k]->single()) {
        const double sign = task % 3 == 1 ? -1.0 : 1.0;
        const double estimate = Estimate(models, hypotheses[k]);
        (sign < 0.0 ? test.conf_low : test.conf_high) =
            tested[k]->End(sign, 1.0 - spec.confidence_level, estimate, environment.stop);
      }
    }
  };
  const auto tasks = static_cast<std::int64_t>(3 * tested.size());
  if (environment.parallel) {
    environment.parallel(tasks, piece);
  } else {
    piece(0, tasks);
  }
  if (environment.stop.stop_requested()) return Cancelled();
  return result;
}

Result<WildBootstrap> RunWildTest(const Fitted& fitted, const Levels& clusters, const MatrixXd& restrictions,
                                  const VectorXd& values, const WildBootstrapSpec& spec,
                                  const Environment& environment) {
  return RunWildTests({{&fitted, &clusters}}, {{restrictions, values}}, spec, environment);
}

Result<WildBootstrap> RunWildBootstrap(const Fitted& fitted, const Levels& clusters, const WildBootstrapSpec& spec,
                                       const Environment& environment) {
  std::vector<Index> columns = spec.columns;
  for (Index k = 0; spec.columns.empty() && k < fitted.parameters(); ++k) columns.push_back(k);
  std::vector<WildHypothesis> hypotheses;
  for (const Index k : columns) {
    if (k < 0 || k >= fitted.parameters()) return Invalid("a column asked for was not estimated");
    hypotheses.push_back({VectorXd::Unit(fitted.parameters(), k).transpose(), VectorXd::Constant(1, spec.null_value)});
  }
  FARRELL_ASSIGN_OR_RETURN(WildBootstrap result, RunWildTests({{&fitted, &clusters}}, hypotheses, spec, environment));
  std::vector<WildTest> tests(static_cast<std::size_t>(fitted.parameters()));
  for (std::size_t k = 0; k < columns.size(); ++k) tests[static_cast<std::size_t>(columns[k])] = result.tests[k];
  result.tests = std::move(tests);
  return result;
}

Result<WildStatistics> DrawWildStatistics(const std::vector<WildModel>& models,
                                          const std::vector<WildHypothesis>& hypotheses, const WildBootstrapSpec& spec,
                                          const Environment& environment) {
  FARRELL_RETURN_IF_ERROR(Check(models, spec));
  const ClusterUnion clusters = JoinClusters(models);
  const ClusterWeights weights(clusters.count, spec.weights, spec.draws, spec.seed);
  FARRELL_ASSIGN_OR_RETURN(const TestedList tested,
                           DrawAll(models, hypotheses, spec, clusters, weights, false, environment));
  WildStatistics result;
  result.draws = weights.draws();
  result.weights = weights.weights();
  result.enumerated = weights.enumerated();
  const auto count = static_cast<Index>(tested.size());
  result.observed = VectorXd::Zero(count);
  result.statistics = MatrixXd::Zero(static_cast<Index>(result.draws), count);
  for (Index k = 0; k < count; ++k) {
    const Tested& one = *tested[static_cast<std::size_t>(k)];
    result.defined.push_back(one.defined() ? 1 : 0);
    if (!one.defined()) continue;
    result.observed(k) = one.Observed();
    for (Index d = 0; d < result.statistics.rows(); ++d) result.statistics(d, k) = one.Statistic(d);
  }
  return result;
}

Result<WildStatistics> DrawGapStatistics(const std::vector<WildModel>& models, const WildHypothesis& hypothesis,
                                         const GapStatistic& statistic, const WildBootstrapSpec& spec,
                                         const Environment& environment) {
  FARRELL_RETURN_IF_ERROR(Check(models, spec));
  const ClusterUnion clusters = JoinClusters(models);
  const ClusterWeights weights(clusters.count, spec.weights, spec.draws, spec.seed);
  FARRELL_ASSIGN_OR_RETURN(const Involved involved, FindInvolved(models, hypothesis));
  if (involved.models.empty()) return Invalid("a hypothesis involves no coefficient");
  const WildStack stack = StackModels(models, clusters, involved.models);
  FARRELL_ASSIGN_OR_RETURN(const WildForms forms, MakeWildForms(stack, involved.hypothesis, spec, false, environment));
  WildStatistics result;
  result.draws = weights.draws();
  result.weights = weights.weights();
  result.enumerated = weights.enumerated();
  result.defined.push_back(forms.defined ? 1 : 0);
  result.observed = VectorXd::Zero(1);
  result.statistics = MatrixXd::Zero(static_cast<Index>(result.draws), 1);
  if (!forms.defined) return result;
  const MatrixXd& transform = forms.transform;
  const auto value = [&](const VectorXd& distance, const MatrixXd& variance) {
    return statistic(transform * distance, transform * variance * transform.transpose());
  };
  result.observed(0) = value(forms.distance, forms.variance);
  const WildEvaluator evaluator(forms, weights, [&](const VectorXd& numerator, const MatrixXd& scores) {
    return value(numerator, scores.transpose() * scores);
  });
  FARRELL_RETURN_IF_ERROR(ForAllDraws(
      weights, environment, [&](std::int64_t first, Index count, const std::vector<std::uint8_t>& patterns) {
        MatrixXd values(1, count);
        evaluator.Run(patterns, values);
        result.statistics.col(0).segment(static_cast<Index>(first), count) = values.row(0).transpose();
      }));
  return result;
}

Result<WildCoefficients> DrawWildCoefficients(const std::vector<WildModel>& models,
                                              const std::optional<WildHypothesis>& null, const WildBootstrapSpec& spec,
                                              const Environment& environment) {
  FARRELL_RETURN_IF_ERROR(Check(models, spec));
  const ClusterUnion clusters = JoinClusters(models);
  const ClusterWeights weights(clusters.count, spec.weights, spec.draws, spec.seed);
  std::vector<std::size_t> all;
  for (std::size_t m = 0; m < models.size(); ++m) all.push_back(m);
  const WildStack stack = StackModels(models, clusters, all);
  if (null &&
      (null->restrictions.cols() != stack.coefficients.size() || null->restrictions.rows() != null->values.size())) {
    return Invalid("the null does not have one column a coefficient and one value an equation");
  }
  FARRELL_ASSIGN_OR_RETURN(const CoefficientForms forms,
                           MakeCoefficientForms(stack, null ? &*null : nullptr, spec, environment.stop));
  WildCoefficients result;
  result.draws = weights.draws();
  result.weights = weights.weights();
  result.enumerated = weights.enumerated();
  result.centre = forms.centre;
  result.deviations.resize(static_cast<Index>(result.draws), forms.forms.rows());
  FARRELL_RETURN_IF_ERROR(ForAllDraws(weights, environment,
                                      [&](std::int64_t first, Index count, const std::vector<std::uint8_t>& patterns) {
                                        result.deviations.middleRows(static_cast<Index>(first), count) =
                                            (forms.forms * weights.Weights(patterns, count)).transpose();
                                      }));
  return result;
}

}  // namespace farrell::regression
