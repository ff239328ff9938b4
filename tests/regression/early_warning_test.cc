// Early warnings: against scipy and statsmodels, limits of the penalty, what intervals and lights promise.
#include "services/regression/engine/forecast/early_warning.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/numeric/elementary.h"
#include "tests/regression/forecast_panels.h"
#include "tests/regression/panels.h"
#include "tests/regression/threads.h"

namespace farrell::regression::testing {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

EarlyWarningResult MustWarn(const Panel& panel, const EarlyWarningSpec& spec, const Environment& environment = {}) {
  auto result = WarnEarly(panel, spec, environment);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? std::move(result).value() : EarlyWarningResult();
}

Status Refused(const Panel& panel, const EarlyWarningSpec& spec) {
  const auto result = WarnEarly(panel, spec, {});
  EXPECT_FALSE(result.ok());
  return result.status();
}

double First(int u, int t) { return Cell(u, t, 3); }
double Second(int u, int t) { return 10.0 * Cell(u, t, 4) + u; }
double Event(int u, int t) {
  if (t == 0) return kMissing;
  return 1.2 * First(u, t - 1) - 0.03 * Second(u, t - 1) + 0.9 * Cell(u, t, 5) > 0.95 ? 1.0 : 0.0;
}

Panel Risks() { return MakeGrid(12, 9, {{"x1", First}, {"x2", Second}, {"event", Event}}); }

EarlyWarningSpec Spec() {
  EarlyWarningSpec spec;
  spec.event = "event";
  spec.predictors = {"x1", "x2"};
  spec.replications = 199;
  spec.seed = 3;
  return spec;
}

// Maxima by scipy 1.10.1 (minimize, trust-exact, then five Newton steps) in every fold and for every penalty, the
// choice by numpy, the calibration by statsmodels 0.13.5 (Logit).
TEST(EarlyWarning, MatchesIndependentMaxima) {
  const EarlyWarningResult result = MustWarn(Risks(), Spec());
  EXPECT_EQ(result.period, 2008);
  EXPECT_EQ(result.transition_count, 96);
  EXPECT_EQ(result.event_count, 36);
  EXPECT_EQ(result.base_rate, 0.375);
  EXPECT_EQ(result.threshold, 0.375);
  EXPECT_GE(LogRelativeError(result.penalty, 4.281332398719396), 12.0);
  constexpr double kDigits = 11.0;
  EXPECT_GE(LogRelativeError(result.intercept, -0.7402017344242426), kDigits);
  ASSERT_EQ(result.predictors.size(), 2U);
  EXPECT_GE(LogRelativeError(result.predictors[0].slope, 1.3888459438015053), kDigits);
  EXPECT_GE(LogRelativeError(result.predictors[1].slope, -0.2922847760151192), kDigits);
  EXPECT_GE(LogRelativeError(result.predictors[0].mean, 0.5372318481848187), 12.0);
  EXPECT_GE(LogRelativeError(result.predictors[1].standard_deviation, 4.420924279111788), 12.0);
  EXPECT_GE(LogRelativeError(result.brier_score, 0.14513681099644013), kDigits);
  EXPECT_GE(LogRelativeError(result.brier_score_base, 0.23862670068027206), 12.0);
  EXPECT_GE(LogRelativeError(*result.calibration_intercept, 0.12273422444044171), kDigits);
  EXPECT_GE(LogRelativeError(*result.calibration_slope, 1.4646125862902744), kDigits);
  ASSERT_EQ(result.units.size(), 12U);
  const std::pair<const char*, double> first[] = {
      {"u101", 0.7852879676752311}, {"u108", 0.763929269864907}, {"u106", 0.7438523243638991}};
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(result.units[k].unit, first[k].first);
    EXPECT_GE(LogRelativeError(result.units[k].probability, first[k].second), kDigits);
  }
  const double predicted[] = {0.06745183302033568, 0.19028368956600786, 0.3311487536970297, 0.5327404497184517,
                              0.7437759507619359};
  const double seen[] = {0.0, 3.0 / 19.0, 5.0 / 19.0, 13.0 / 19.0, 0.75};
  ASSERT_EQ(result.bins.size(), 5U);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_EQ(result.bins[k].count, k < 4 ? 19 : 20);
    EXPECT_GE(LogRelativeError(result.bins[k].mean_predicted, predicted[k]), kDigits);
    EXPECT_DOUBLE_EQ(result.bins[k].event_share, seen[k]);
  }
}

TEST(EarlyWarning, AnEndlessPenaltyLeavesTheBaseRate) {
  EarlyWarningSpec spec = Spec();
  spec.penalty = 1e12;
  const EarlyWarningResult result = MustWarn(Risks(), spec);
  for (const UnitWarning& unit : result.units) {
    EXPECT_NEAR(unit.probability, result.base_rate, 1e-9);
    EXPECT_EQ(unit.light, Light::kUndecided);
  }
  EXPECT_NEAR(result.brier_score, result.brier_score_base, 1e-9);
}

// statsmodels 0.13.5, Logit: -1.0301940042138629, 2.2477222012900695, -0.523901931550603.
TEST(EarlyWarning, WithoutPenaltyItIsTheLogit) {
  EarlyWarningSpec spec = Spec();
  spec.penalty = 1e-9;
  const EarlyWarningResult result = MustWarn(Risks(), spec);
  EXPECT_NEAR(result.intercept, -1.0301940042138629, 1e-7);
  EXPECT_NEAR(result.predictors[0].slope, 2.2477222012900695, 1e-7);
  EXPECT_NEAR(result.predictors[1].slope, -0.523901931550603, 1e-7);
}

TEST(EarlyWarning, OrderThreadsAndUnitsOfMeasurementLeaveNoTrace) {
  const EarlyWarningResult one = MustWarn(Risks(), Spec());
  Panel rescaled = Risks();
  for (double& value : rescaled.columns[1].numbers) value = 1024.0 * value;
  for (const EarlyWarningResult& other :
       {MustWarn(Reordered(Risks()), Spec()), MustWarn(Risks(), Spec(), InThreads(3)), MustWarn(rescaled, Spec())}) {
    ASSERT_EQ(other.units.size(), one.units.size());
    for (std::size_t k = 0; k < one.units.size(); ++k) {
      EXPECT_EQ(other.units[k].unit, one.units[k].unit);
      EXPECT_EQ(other.units[k].probability, one.units[k].probability);
      EXPECT_EQ(other.units[k].low, one.units[k].low);
      EXPECT_EQ(other.units[k].high, one.units[k].high);
    }
    EXPECT_EQ(other.brier_score, one.brier_score);
  }
}

TEST(EarlyWarning, LightsSpeakOnlyBeyondTheInterval) {
  for (const double threshold : {0.1, 0.375, 0.7}) {
    EarlyWarningSpec spec = Spec();
    spec.threshold = threshold;
    const EarlyWarningResult result = MustWarn(Risks(), spec);
    int flagged = 0;
    int clear = 0;
    for (const UnitWarning& unit : result.units) {
      EXPECT_EQ(unit.light == Light::kFlagged, unit.low > threshold);
      EXPECT_EQ(unit.light == Light::kClear, unit.high < threshold);
      flagged += unit.light == Light::kFlagged ? 1 : 0;
      clear += unit.light == Light::kClear ? 1 : 0;
    }
    EXPECT_GT(threshold == 0.7 ? clear : flagged, 0) << threshold;
  }
}

TEST(EarlyWarning, SaysWhenPredictorsAreWorthNothing) {
  EarlyWarningSpec spec = Spec();
  spec.predictors = {"x"};
  spec.penalty = 0.01;
  const Panel panel = MakeGrid(15, 8,
                               {{"x", [](int u, int t) { return Noise(2, 1, u, t); }},
                                {"event", [](int u, int t) { return Noise(2, 2, u, t) > 1.0 ? 1.0 : 0.0; }}});
  const EarlyWarningResult result = MustWarn(panel, spec);
  EXPECT_GE(result.brier_score, result.brier_score_base);
  EXPECT_THAT(result.warnings, Contains(Field(&Warning::code, "BASE_RATE_NOT_BEATEN")));
}

// The model is true and hardly penalised: 90 % intervals hold the true probability about as often as they say.
TEST(EarlyWarning, IntervalsCoverTheTrueProbability) {
  const int panels = LongRun() ? 800 : 160;
  int inside = 0;
  int count = 0;
  for (int seed = 0; seed < panels; ++seed) {
    const auto x = [&](int u, int t) { return Noise(seed, 1, u, t); };
    const auto probability = [&](int u, int t) { return 1.0 / (1.0 + numeric::Exp(0.8 - x(u, t))); };
    const auto event = [&](int u, int t) {
      return t > 0 && numeric::UniformDraw(seed, 9, u * 100 + t) < probability(u, t - 1) ? 1.0 : 0.0;
    };
    EarlyWarningSpec spec = Spec();
    spec.predictors = {"x"};
    spec.penalty = 0.01;
    spec.confidence_level = 0.9;
    const EarlyWarningResult result = MustWarn(MakeGrid(30, 8, {{"x", x}, {"event", event}}), spec);
    for (const UnitWarning& unit : result.units) {
      const double truth = probability(std::stoi(unit.unit.substr(1)) - 100, 7);
      inside += unit.low <= truth && truth <= unit.high ? 1 : 0;
      ++count;
    }
  }
  EXPECT_GT(static_cast<double>(inside) / count, 0.84);
  EXPECT_LT(static_cast<double>(inside) / count, 0.95);
}

TEST(EarlyWarning, RefusesWithEveryMistakeAtOnce) {
  EarlyWarningSpec spec = Spec();
  spec.event = "";
  spec.predictors = {"a", "b", "c", "d", "e", "a"};
  spec.penalty = -1.0;
  spec.threshold = 1.0;
  spec.confidence_level = 0.0;
  spec.replications = 5;
  const Status status = Refused(Risks(), spec);
  EXPECT_EQ(status.reason(), "WARNING_INVALID");
  for (const char* field :
       {"event", "predictors", "predictors[5]", "penalty", "threshold", "confidence_level", "replication_count"}) {
    EXPECT_THAT(status.violations(), Contains(Field(&FieldViolation::field, field)));
  }
}

TEST(EarlyWarning, RefusesWhatCannotBeJudged) {
  EarlyWarningSpec spec = Spec();
  spec.event = "x1";
  EXPECT_THAT(Refused(Risks(), spec).ToString(), HasSubstr("write a condition"));
  spec.event = "nothing";
  EXPECT_EQ(Refused(Risks(), spec).reason(), "COLUMN_NOT_FOUND");
  const auto with = [](const CellValue& event) {
    return MakeGrid(12, 9, {{"x1", First}, {"x2", Second}, {"event", event}});
  };
  EXPECT_THAT(Refused(with([](int, int) { return 0.0; }), Spec()).ToString(), HasSubstr("never happens"));
  EXPECT_THAT(Refused(with([](int, int) { return 1.0; }), Spec()).ToString(), HasSubstr("always happens"));
  EXPECT_THAT(Refused(with([](int, int t) { return t == 4 ? 1.0 : 0.0; }), Spec()).ToString(),
              HasSubstr("never happens outside period 2004"));
  EXPECT_THAT(Refused(MakeGrid(2, 9, {{"x1", First}, {"x2", Second}, {"event", Event}}), Spec()).ToString(),
              HasSubstr("2 predictors need 20"));
  EXPECT_THAT(Refused(MakeGrid(12, 9, {{"x1", First}, {"x2", [](int, int) { return 4.0; }}, {"event", Event}}), Spec())
                  .ToString(),
              HasSubstr("x2 is the same"));
}

TEST(EarlyWarning, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  Environment environment;
  environment.stop = source.get_token();
  const auto result = WarnEarly(Risks(), Spec(), environment);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace farrell::regression::testing
