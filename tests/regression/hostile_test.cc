// Whatever is asked of whatever data: an answer whose numbers are numbers, or an error that says what is wrong. No
// crash, no hang, no NaN, no row lost on the way, and the same answer in many threads.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "services/regression/engine/second_stage/second_stage.h"
#include "tests/regression/hostile_audit.h"
#include "tests/regression/hostile_cases.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

// Runs `one` on the seeds of all cases, in the short run on a twentieth; FARRELL_CASE=seed: on that one.
template <typename Case>
std::int64_t ForEveryCase(std::int64_t full, Case one) {
  if (const char* asked = std::getenv("FARRELL_CASE"); asked != nullptr) {
    one(std::atoll(asked));
    return 1;
  }
  const std::int64_t count = LongRun() ? full : full / 20;
  for (std::int64_t seed = 0; seed < count; ++seed) one(seed);
  return count;
}

TEST(Hostile, AnyFitAnswersOrSaysWhy) {
  std::int64_t answered = 0;
  const std::int64_t cases = ForEveryCase(20000, [&](std::int64_t seed) {
    Dice dice(seed);
    const Panel panel = HostilePanel(dice);
    const FitSpec spec = HostileSpec(dice);
    ExpectHonestAnswer(std::to_string(seed) + ": " + Describe(spec), [&](const Environment& environment, Audit& audit) {
      const auto fit = Fit(panel, spec, environment);
      if (fit.ok()) AuditFit(audit, *fit);
      answered += fit.ok() ? 1 : 0;
      return fit.status();
    });
  });
  // Of twice the cases: they would prove nothing if all were refused.
  EXPECT_GT(answered, cases / 4);
}

TEST(Hostile, AnySpecificationTestAnswersOrSaysWhy) {
  ForEveryCase(10000, [](std::int64_t seed) {
    Dice dice(seed);
    const Panel panel = HostilePanel(dice);
    SpecificationSpec spec;
    spec.formula = HostileSpec(dice).formula;
    spec.order = static_cast<int>(dice.Below(4));
    ExpectHonestAnswer(std::to_string(seed) + ": " + spec.formula.text,
                       [&](const Environment& environment, Audit& audit) {
                         const auto result = RunSpecificationTests(panel, spec, environment);
                         if (result.ok()) AuditSpecification(audit, *result);
                         return result.status();
                       });
  });
}

TEST(Hostile, AnyComparisonAnswersOrSaysWhy) {
  std::int64_t answered = 0;
  const std::int64_t cases = ForEveryCase(6000, [&](std::int64_t seed) {
    Dice dice(seed);
    const Panel panel = HostilePanel(dice);
    const CompareSpec spec = HostileComparison(dice);
    ExpectHonestAnswer(std::to_string(seed) + ": " + Describe(spec.fit) + " by " + spec.by,
                       [&](const Environment& environment, Audit& audit) {
                         const auto result = Compare(panel, spec, environment);
                         if (result.ok()) AuditComparison(audit, *result);
                         answered += result.ok() ? 1 : 0;
                         return result.status();
                       });
  });
  EXPECT_GT(answered, cases / 10);
}

TEST(Hostile, AnyCurveAnswersOrSaysWhy) {
  std::int64_t answered = 0;
  const std::int64_t cases = ForEveryCase(4000, [&](std::int64_t seed) {
    Dice dice(seed);
    const Panel panel = HostilePanel(dice);
    const CurveSpec spec = HostileCurve(dice);
    ExpectHonestAnswer("curve " + std::to_string(seed), [&](const Environment& environment, Audit& audit) {
      const auto result = FitCurve(panel, spec, environment);
      if (result.ok()) AuditCurve(audit, *result);
      answered += result.ok() ? 1 : 0;
      return result.status();
    });
  });
  EXPECT_GT(answered, cases / 20);
}

TEST(Hostile, AnySecondStageAnswersOrSaysWhy) {
  std::int64_t answered = 0;
  const std::int64_t cases = ForEveryCase(4000, [&](std::int64_t seed) {
    Dice dice(seed);
    const Panel panel = HostilePanel(dice);
    const SecondStageSpec spec = HostileSecondStage(dice);
    const FrontierScores first = HostileScores(panel, dice);
    const ScoreReplications score = HostileReplications(first, dice);
    ExpectHonestAnswer(std::to_string(seed) + ": " + spec.formula.text,
                       [&](const Environment& environment, Audit& audit) {
                         const auto result = SecondStage(panel, first, spec, score, environment);
                         if (result.ok()) AuditSecondStage(audit, *result);
                         answered += result.ok() ? 1 : 0;
                         return result.status();
                       });
  });
  EXPECT_GT(answered, cases / 10);
}

}  // namespace
}  // namespace farrell::regression::testing
