// Nowcasts: against least squares by numpy, exact laws, the count that intervals promise, and what they are refused
// for.
#include "services/regression/engine/forecast/nowcast.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>

#include "services/regression/engine/forecast/conformal.h"
#include "tests/regression/forecast_panels.h"
#include "tests/regression/panels.h"
#include "tests/regression/threads.h"

namespace farrell::regression::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

NowcastSpec SpecOf(const std::string& formula) {
  NowcastSpec spec;
  auto parsed = ParseFormula(formula);
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  if (parsed.ok()) spec.formula = std::move(parsed).value();
  return spec;
}

NowcastResult MustNowcast(const Panel& panel, const NowcastSpec& spec, const Environment& environment = {}) {
  auto result = Nowcast(panel, spec, environment);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? std::move(result).value() : NowcastResult();
}

Status Refused(const Panel& panel, const NowcastSpec& spec) {
  const auto result = Nowcast(panel, spec, {});
  EXPECT_FALSE(result.ok());
  return result.status();
}

double BridgeX(int u, int t) { return Cell(u, t, 1) + 0.1 * t; }
double BridgeY(int u, int t) { return 0.5 * u + 2.0 * BridgeX(u, t) + 0.3 * (Cell(u, t, 2) - 0.5); }

// Eight units in 2000 .. 2008, the outcome of 2008 missing.
Panel Bridge() {
  return MakeGrid(8, 9, {{"x", BridgeX}, {"y", [](int u, int t) { return t == 8 ? kMissing : BridgeY(u, t); }}});
}

// numpy 1.24.2: lstsq on unit dummies and x over the rows before each period; the half width and the coverage from
// sorted lists.
TEST(Nowcast, MatchesLeastSquaresWithDummies) {
  const NowcastResult result = MustNowcast(Bridge(), SpecOf("y ~ x | unit"));
  EXPECT_EQ(result.period, 2008);
  const double predictions[] = {1.8768580617546167, 3.33700743158509,  3.8116689192119866, 3.5409734543129154,
                                4.561766388499825,  4.810886905321961, 6.317942215746495,  7.000694179128645};
  ASSERT_EQ(result.units.size(), 8U);
  for (std::size_t unit = 0; unit < 8; ++unit) {
    EXPECT_GE(LogRelativeError(result.units[unit].prediction, predictions[unit]), 12.0) << unit;
    EXPECT_EQ(result.units[unit].last_value, BridgeY(static_cast<int>(unit), 7));
    EXPECT_EQ(result.units[unit].last_period, 2007);
    EXPECT_FALSE(result.units[unit].observed);
    EXPECT_EQ(*result.units[unit].high, result.units[unit].prediction + *result.half_width);
  }
  const double rmse[] = {0.0774601475057747, 0.0842624782972085, 0.11551209048128203, 0.07242540979313522,
                         0.09206289928994851};
  const double walk[] = {0.9515642192137707, 0.847815023855459, 0.7325550981772658, 0.6520281224633568,
                         0.7583981494976466};
  ASSERT_EQ(result.backtest.size(), 5U);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_EQ(result.backtest[k].period, 2003 + static_cast<int>(k));
    EXPECT_EQ(result.backtest[k].count, 8);
    EXPECT_GE(LogRelativeError(result.backtest[k].rmse, rmse[k]), 11.0);
    EXPECT_GE(LogRelativeError(result.backtest[k].rmse_random_walk, walk[k]), 12.0);
  }
  EXPECT_EQ(result.error_count, 40);
  EXPECT_GE(LogRelativeError(result.rmse, 0.08962622401633862), 11.0);
  EXPECT_GE(LogRelativeError(result.rmse_random_walk, 0.7951364883431012), 12.0);
  EXPECT_EQ(result.coverage_count, 32);
  EXPECT_DOUBLE_EQ(*result.coverage, 27.0 / 32.0);
  EXPECT_GE(LogRelativeError(*result.half_width, 0.11664207595595766), 11.0);
  EXPECT_TRUE(result.warnings.empty());
}

// Without effects, with a trend and a polynomial that are made from the rows fitted on and predicted alike.
TEST(Nowcast, ALawIsPredictedExactly) {
  const auto law = [](int u, int t) { return 3.0 + 2.0 * BridgeX(u, t) * BridgeX(u, t) - 0.25 * (2000 + t); };
  const Panel panel = MakeGrid(8, 9, {{"x", BridgeX}, {"y", law}});
  for (const char* formula : {"y ~ poly(x, 2) + time", "y ~ x + (x^2) + time", "y ~ poly(x, 2) + time | unit"}) {
    Panel with = panel;
    AddColumn(with, "(x^2)", [&](std::size_t row) { return Numbers(panel, "x")[row] * Numbers(panel, "x")[row]; });
    const NowcastResult result = MustNowcast(with, SpecOf(formula));
    ASSERT_EQ(result.units.size(), 8U);
    for (std::size_t unit = 0; unit < 8; ++unit) {
      EXPECT_NEAR(result.units[unit].prediction, law(static_cast<int>(unit), 8), 1e-8) << formula;
      EXPECT_EQ(result.units[unit].observed, law(static_cast<int>(unit), 8));
    }
    EXPECT_LT(result.rmse, 1e-8) << formula;
    EXPECT_LT(*result.half_width, 1e-8) << formula;
  }
}

// Exchangeable errors: of all n + 1 choices of the one to come, exactly ceil(level (n + 1)) lie inside.
TEST(Nowcast, IntervalsHoldTheCountTheyPromise) {
  for (std::size_t n = 1; n <= 40; ++n) {
    std::vector<double> all;
    for (std::size_t k = 0; k <= n; ++k) all.push_back((k % 2 == 0 ? 1.0 : -1.0) * (1.0 + static_cast<double>(k)));
    for (const int percent : {5, 50, 55, 70, 80, 90, 95, 99}) {
      const std::size_t promised = (static_cast<std::size_t>(percent) * (n + 1) + 99) / 100;
      std::size_t inside = 0;
      std::size_t unset = 0;
      for (std::size_t next = 0; next <= n; ++next) {
        std::vector<double> errors = all;
        errors.erase(errors.begin() + static_cast<std::ptrdiff_t>(next));
        const auto width = ConformalHalfWidth(errors, percent / 100.0);
        if (!width) {
          ++unset;
        } else if (std::fabs(all[next]) <= *width) {
          ++inside;
        }
      }
      if (promised > n) {
        EXPECT_EQ(unset, n + 1) << n << " " << percent;
      } else {
        EXPECT_EQ(inside, promised) << n << " " << percent;
      }
    }
  }
}

TEST(Nowcast, SaysWhenTheLastValueIsCloser) {
  const auto walk = [](int u, int t) {
    double value = 0.0;
    for (int step = 0; step <= t; ++step) value += Noise(7, 1, u, step);
    return value;
  };
  const Panel panel = MakeGrid(20, 12, {{"x", [](int u, int t) { return Noise(7, 2, u, t); }}, {"y", walk}});
  const NowcastResult result = MustNowcast(panel, SpecOf("y ~ x | unit"));
  EXPECT_GT(result.rmse, result.rmse_random_walk);
  EXPECT_THAT(result.warnings, Contains(Field(&Warning::code, "RANDOM_WALK_NOT_BEATEN")));
}

TEST(Nowcast, OrderAndThreadsLeaveNoTrace) {
  const NowcastSpec spec = SpecOf("y ~ x | unit");
  const NowcastResult one = MustNowcast(Bridge(), spec);
  for (const NowcastResult& other :
       {MustNowcast(Reordered(Bridge()), spec), MustNowcast(Bridge(), spec, InThreads(3))}) {
    ASSERT_EQ(other.units.size(), one.units.size());
    for (std::size_t k = 0; k < one.units.size(); ++k) {
      EXPECT_EQ(other.units[k].prediction, one.units[k].prediction);
      EXPECT_EQ(other.units[k].low, one.units[k].low);
    }
    EXPECT_EQ(other.rmse, one.rmse);
  }
}

// Errors of the backtest are those of models fitted on less: intervals are a little too wide, not too short.
TEST(Nowcast, IntervalsCoverAtTheirLevel) {
  const int panels = LongRun() ? 2000 : 100;
  int inside = 0;
  for (int seed = 0; seed < panels; ++seed) {
    const auto x = [&](int u, int t) { return Noise(seed, 1, u, t) + 0.1 * t; };
    const auto y = [&](int u, int t) { return 0.5 * x(u, t) + Noise(seed, 2, u, 999) + Noise(seed, 3, u, t); };
    const NowcastResult result = MustNowcast(MakeGrid(15, 12, {{"x", x}, {"y", y}}), SpecOf("y ~ x | unit"));
    for (const UnitNowcast& unit : result.units) {
      inside += *unit.observed >= *unit.low && *unit.observed <= *unit.high ? 1 : 0;
    }
  }
  const double coverage = inside / (15.0 * panels);
  EXPECT_GT(coverage, 0.78);
  EXPECT_LT(coverage, 0.86);
}

TEST(Nowcast, LeavesOutWhatThePastDoesNotDetermine) {
  Panel panel = Bridge();
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (panel.times[row] == 2008 && panel.units[row] == "u103") panel.columns[0].numbers[row] = kMissing;
    if (panel.times[row] < 2008 && panel.units[row] == "u105") panel.columns[1].numbers[row] = kMissing;
  }
  const NowcastResult result = MustNowcast(panel, SpecOf("y ~ x | unit"));
  EXPECT_THAT(result.left_out, ElementsAre("u103", "u105"));
  EXPECT_EQ(result.units.size(), 6U);
  // A measure that begins in the period itself, in some units.
  AddColumn(panel, "new",
            [&](std::size_t row) { return panel.times[row] == 2008 && panel.units[row] == "u101" ? 1.0 : 0.0; });
  EXPECT_THAT(MustNowcast(panel, SpecOf("y ~ x + new | unit")).left_out, ElementsAre("u101", "u103", "u105"));
}

TEST(Nowcast, RefusesWithEveryMistakeAtOnce) {
  NowcastSpec spec = SpecOf("y ~ x + lead(x) | unit + time | z ~ w");
  spec.level = 1.5;
  spec.period = 2050;
  const Status status = Refused(Bridge(), spec);
  EXPECT_EQ(status.reason(), "NOWCAST_INVALID");
  const std::string text = status.ToString();
  for (const char* part : {"level", "instruments", "one effect", "looks ahead", "period 2050", "an effect a period"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(Refused(Bridge(), SpecOf("y ~ x + i(time)")).ToString(), HasSubstr("an effect a period"));
  NowcastSpec early = SpecOf("y ~ x | unit");
  early.first_backtest = 2001;
  EXPECT_THAT(Refused(Bridge(), early).ToString(), HasSubstr("first_backtest"));
  early.first_backtest = 2008;
  EXPECT_THAT(Refused(Bridge(), early).ToString(), HasSubstr("before the period"));
  NowcastSpec nothing = SpecOf("y ~ x | unit");
  nothing.period = 2002;
  EXPECT_THAT(Refused(Bridge(), nothing).ToString(), HasSubstr("3 earlier periods"));
  EXPECT_EQ(Refused(Bridge(), SpecOf("y ~ zz | unit")).reason(), "COLUMN_NOT_FOUND");
  Panel cross = Bridge();
  cross.times.clear();
  cross.time_key.clear();
  EXPECT_THAT(Refused(cross, SpecOf("y ~ x | unit")).ToString(), HasSubstr("time_key"));
}

TEST(Nowcast, FewErrorsGiveNoInterval) {
  NowcastSpec spec = SpecOf("y ~ x | unit");
  spec.level = 0.99;
  const NowcastResult result = MustNowcast(Bridge(), spec);
  EXPECT_FALSE(result.half_width);
  EXPECT_FALSE(result.units.front().low);
  EXPECT_FALSE(result.coverage);
  EXPECT_THAT(result.warnings, Contains(Field(&Warning::code, "FEW_ERRORS")));
  spec.period = 2003;
  const NowcastResult first = MustNowcast(Bridge(), spec);
  EXPECT_EQ(first.error_count, 0);
  EXPECT_THAT(first.warnings, Contains(Field(&Warning::code, "NO_BACKTEST")));
  EXPECT_THAT(first.warnings, Not(Contains(Field(&Warning::code, "RANDOM_WALK_NOT_BEATEN"))));
}

TEST(Nowcast, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  Environment environment;
  environment.stop = source.get_token();
  const auto result = Nowcast(Bridge(), SpecOf("y ~ x | unit"), environment);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace farrell::regression::testing
