#include "services/regression/engine/curve/curve_joint_test.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/numeric/distributions.h"
#include "services/regression/engine/curve/median.h"
#include "services/regression/engine/inference.h"
#include "services/regression/engine/wild_bootstrap.h"
#include "services/regression/engine/wild_bootstrap_draws.h"
#include "services/regression/engine/wild_bootstrap_forms.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTie = 1e-10;
// Beyond it tails of the normal distribution are zero in double precision.
constexpr double kLargestZ = 38.0;

double ZOf(double t, double df) {
  const double z = std::min(-numeric::NormalQuantile(numeric::StudentTSurvival(std::fabs(t), df)), kLargestZ);
  return t < 0.0 ? -z : z;
}

// t of one draw: a numerator of zero has none of its variance.
double TOf(double numerator, double square, double ratio) {
  if (numerator == 0.0) return 0.0;
  constexpr double kMost = 1e150;
  return std::clamp(numerator / (std::sqrt(std::max(square, 0.0)) * ratio), -kMost, kMost);
}

struct CurveNumbers {
  double median = 0.0;
  double significant = 0.0;
  double stouffer = 0.0;
};

// The statistics of one curve; `estimates` and `ts` a model.
CurveNumbers NumbersOf(std::vector<double> estimates, const std::vector<double>& ts, const std::vector<double>& df,
                       const std::vector<double>& critical) {
  CurveNumbers numbers;
  const std::size_t count = ts.size();
  numbers.median = Median(estimates);
  for (std::size_t m = 0; m < count; ++m) {
    numbers.stouffer += ZOf(ts[m], df[m]);
    const bool same_sign = numbers.median != 0.0 && (ts[m] > 0.0) == (numbers.median > 0.0);
    if (same_sign && std::fabs(ts[m]) > critical[m]) numbers.significant += 1.0;
  }
  numbers.stouffer /= static_cast<double>(count);
  numbers.significant /= static_cast<double>(count);
  return numbers;
}

CurveStatistic Count(const char* name, double CurveNumbers::*member, const CurveNumbers& observed,
                     const std::vector<CurveNumbers>& drawn) {
  CurveStatistic statistic;
  statistic.name = name;
  statistic.observed = observed.*member;
  const double least = std::fabs(statistic.observed) * (1.0 - kTie);
  for (const CurveNumbers& draw : drawn) statistic.greater_or_equal += std::fabs(draw.*member) >= least ? 1 : 0;
  statistic.p_value = static_cast<double>(statistic.greater_or_equal) / static_cast<double>(drawn.size());
  return statistic;
}

}  // namespace

Result<std::optional<CurveDraws>> DrawCurveModel(const Fitted& fitted, const std::string& cluster,
                                                 const std::vector<std::int32_t>& numbers, std::size_t column,
                                                 const ClusterWeights& weights, const Environment& environment) {
  const std::vector<Index>& kept = fitted.solution.kept;
  const auto place = std::find(kept.begin(), kept.end(), static_cast<Index>(column));
  if (place == kept.end()) return std::optional<CurveDraws>();
  InferenceSpec cr1;
  cr1.type = InferenceType::kCr1;
  cr1.cluster = cluster;
  std::vector<Warning> unheard;
  FARRELL_ASSIGN_OR_RETURN(const InferenceResult inference, ComputeInference(fitted, cr1, 0.95, environment, unheard));
  const TermInference& term = inference.terms[column];
  if (!term.std_error || !(*term.std_error > 0.0)) return std::optional<CurveDraws>();

  const std::vector<WildModel> models{{&fitted, &fitted.design.classifications.at(cluster)}};
  const WildStack stack = StackModels(models, ClusterUnion{weights.clusters(), {numbers}}, {0});
  WildHypothesis null;
  null.restrictions = MatrixXd::Zero(1, fitted.parameters());
  null.restrictions(0, place - kept.begin()) = 1.0;
  null.values = VectorXd::Zero(1);
  const WildBootstrapSpec spec;
  FARRELL_ASSIGN_OR_RETURN(const WildForms forms, MakeWildForms(stack, null, spec, false, environment));
  if (!forms.defined) return std::optional<CurveDraws>();

  CurveDraws draws;
  draws.estimate = fitted.solution.coefficients(place - kept.begin());
  draws.df = *term.df;
  const double error = std::sqrt(forms.variance(0, 0));
  // What the small-sample correction makes of the standard error, the same in every draw.
  const double ratio = *term.std_error / (forms.scale * error);
  draws.t = forms.distance(0) / (error * ratio);
  const auto count = static_cast<Index>(weights.draws());
  draws.estimates.resize(count);
  draws.ts.resize(count);
  const WildEvaluator evaluator(forms, weights);
  FARRELL_RETURN_IF_ERROR(
      ForAllDraws(weights, environment, [&](std::int64_t first, Index size, const std::vector<std::uint8_t>& patterns) {
        MatrixXd values(evaluator.width(), size);
        evaluator.Run(patterns, values);
        for (Index d = 0; d < size; ++d) {
          draws.estimates(static_cast<Index>(first) + d) = forms.scale * values(0, d);
          draws.ts(static_cast<Index>(first) + d) = TOf(values(0, d), values(1, d), ratio);
        }
      }));
  return std::optional<CurveDraws>(std::move(draws));
}

Result<std::vector<CurveStatistic>> TestCurve(const std::vector<CurveDraws>& models, double level,
                                              const Environment& environment) {
  const std::size_t count = models.size();
  std::vector<double> df(count);
  std::vector<double> critical(count);
  for (std::size_t m = 0; m < count; ++m) {
    df[m] = models[m].df;
    critical[m] = -numeric::StudentTQuantile(level / 2.0, models[m].df);
  }
  std::vector<double> estimates(count);
  std::vector<double> ts(count);
  for (std::size_t m = 0; m < count; ++m) {
    estimates[m] = models[m].estimate;
    ts[m] = models[m].t;
  }
  const CurveNumbers observed = NumbersOf(estimates, ts, df, critical);
  const Index draws = models.front().ts.size();
  std::vector<CurveNumbers> drawn(static_cast<std::size_t>(draws));
  const auto piece = [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> draw_estimates(count);
    std::vector<double> draw_ts(count);
    for (std::int64_t d = begin; d < end && !environment.stop.stop_requested(); ++d) {
      for (std::size_t m = 0; m < count; ++m) {
        draw_estimates[m] = models[m].estimates(static_cast<Index>(d));
        draw_ts[m] = models[m].ts(static_cast<Index>(d));
      }
      drawn[static_cast<std::size_t>(d)] = NumbersOf(draw_estimates, draw_ts, df, critical);
    }
  };
  if (environment.parallel) {
    environment.parallel(draws, piece);
  } else {
    piece(0, draws);
  }
  if (environment.stop.stop_requested()) return Cancelled();
  return std::vector<CurveStatistic>{Count("median", &CurveNumbers::median, observed, drawn),
                                     Count("significant", &CurveNumbers::significant, observed, drawn),
                                     Count("stouffer", &CurveNumbers::stouffer, observed, drawn)};
}

}  // namespace farrell::regression
