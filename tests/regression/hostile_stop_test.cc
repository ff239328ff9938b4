// A run that is stopped in its middle ends soon.
#include <gtest/gtest.h>
#include <pthread.h>

#include <chrono>
#include <cmath>
#include <ctime>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "services/regression/engine/compare.h"
#include "services/regression/engine/curve/curve.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/specification/specification_tests.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr double kMostSeconds = 1.0;
#else
constexpr double kMostSeconds = 0.05;
#endif

double Seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Stops `run` at several times. What counts is how long it works on after it was stopped, so that other programs on the
// machine do not.
void ExpectStops(const std::string& what, const std::function<Status(const Environment&)>& run) {
  for (const int delay : {5, 20, 80, 300}) {
    std::stop_source source;
    Environment environment;
    environment.stop = source.get_token();
    double worked = 0.0;
    Status status;
    std::thread worker([&] {
      status = run(environment);
      worked = Seconds(CLOCK_THREAD_CPUTIME_ID);
    });
    clockid_t clock{};
    pthread_getcpuclockid(worker.native_handle(), &clock);
    std::this_thread::sleep_for(std::chrono::milliseconds(delay));
    const double stopped = Seconds(clock);
    source.request_stop();
    worker.join();
    EXPECT_LT(worked - stopped, kMostSeconds) << what << ", stopped after " << delay << " ms";
    EXPECT_TRUE(status.ok() || status.code() == Code::kCancelled) << what << ": " << status.ToString();
  }
}

const Panel& LargePanel() {
  static const Panel panel = [] {
    Panel made = RandomPanel(3, 600, 25, 0.9);
    const std::vector<double> y = Numbers(made, "y");
    AddColumn(made, "count", [&](std::size_t row) { return y[row] > 0.0 ? std::floor(y[row]) : 0.0; });
    AddColumn(made, "share", [&](std::size_t row) { return y[row] > 0.0 ? 0.7 : 0.0; });
    return made;
  }();
  return panel;
}

void ExpectFitStops(const std::string& formula, const EstimatorSpec& estimator, std::vector<InferenceSpec> inferences) {
  FitSpec spec = MakeSpec(formula, std::move(inferences));
  spec.estimator = estimator;
  ExpectStops(formula + ", estimator " + std::to_string(static_cast<int>(estimator.kind)) +
                  (spec.inferences.empty() ? "" : ", " + InferenceLabel(spec.inferences[0])),
              [&](const Environment& environment) { return Fit(LargePanel(), spec, environment).status(); });
}

InferenceSpec Wild(const std::string& cluster, int variant) {
  InferenceSpec wild = MakeInference(InferenceType::kWild, cluster);
  wild.draws = 999'999;
  wild.variant = variant;
  return wild;
}

TEST(HostileStop, LeastSquares) {
  for (const std::string formula : {"y ~ x1 + x2 + poly(x3, 9)", "y ~ x1 + x2 | unit + time + block",
                                    "y ~ x1 + x2 | unit[x3] + time[x2]", "y ~ x1 + i(unit):x2"}) {
    ExpectFitStops(formula, {}, {});
    for (const int variant : {11, 13, 31, 33}) ExpectFitStops(formula, {}, {Wild("unit", variant)});
    for (const InferenceType type : {InferenceType::kCr2, InferenceType::kCr3, InferenceType::kHc3,
                                     InferenceType::kDriscollKraay, InferenceType::kNeweyWest}) {
      ExpectFitStops(formula, {}, {MakeInference(type, IsClustered(type) ? "time" : "")});
    }
  }
}

TEST(HostileStop, OtherEstimators) {
  EstimatorSpec spec;
  for (const Estimator kind : {Estimator::kRandomEffects, Estimator::kCorrelatedRandomEffects, Estimator::kBetween,
                               Estimator::kFirstDifference}) {
    spec.kind = kind;
    ExpectFitStops("y ~ x1 + x2 + x3", spec, {MakeInference(InferenceType::kCr3, "unit")});
  }
  spec.kind = Estimator::kTwoStageLeastSquares;
  ExpectFitStops("y ~ x1 | unit + time | x2 ~ x3", spec, {});
  spec.kind = Estimator::kLiml;
  ExpectFitStops("y ~ x1 | unit | x2 ~ x3 + poly(x1, 4)", spec, {});
  spec.kind = Estimator::kTobit;
  spec.lower = 0.0;
  ExpectFitStops("y ~ x1 + x2 + x3 + i(time)", spec, {});
  spec.unit_effects = true;
  spec.quadrature_points = 64;
  ExpectFitStops("y ~ x1 + x2 + x3 + i(time)", spec, {});
  spec.unit_effects = false;
  spec.kind = Estimator::kTruncated;
  ExpectFitStops("y ~ x1 + x2 + x3 + i(time)", spec, {});
  spec.kind = Estimator::kFractional;
  ExpectFitStops("share ~ x1 + x2 + x3 + i(time)", spec, {});
  spec.kind = Estimator::kPoisson;
  ExpectFitStops("count ~ x1 + x2 | unit + time + block", spec, {});
}

TEST(HostileStop, ComparisonsCurvesAndTests) {
  CompareSpec compare;
  compare.fit = MakeSpec("y ~ x1 + x2 | unit + time", {Wild("unit", 11)});
  compare.by = "group";
  compare.terms = {"x1", "x2"};
  compare.adjustment = Adjustment::kRomanoWolf;
  ExpectStops("comparison, wild",
              [&](const Environment& environment) { return Compare(LargePanel(), compare, environment).status(); });
  compare.adjustment = Adjustment::kHolm;
  compare.fit.inferences = {MakeInference(InferenceType::kPermutation, "unit")};
  compare.fit.inferences[0].draws = 99'999;
  ExpectStops("comparison, permutation",
              [&](const Environment& environment) { return Compare(LargePanel(), compare, environment).status(); });
  CurveSpec curve;
  curve.terms = {"x1", "x2"};
  curve.outcomes = {"y", "count", "share"};
  curve.controls = {"1", "x3", "poly(x3, 3)"};
  curve.effects = {"0", "unit", "unit + time", "block"};
  ExpectStops("curve",
              [&](const Environment& environment) { return FitCurve(LargePanel(), curve, environment).status(); });
  SpecificationSpec tests;
  tests.formula = *ParseFormula("y ~ x1 + x2 + x3 | unit + time");
  ExpectStops("specification tests", [&](const Environment& environment) {
    return RunSpecificationTests(LargePanel(), tests, environment).status();
  });
}

}  // namespace
}  // namespace farrell::regression::testing
