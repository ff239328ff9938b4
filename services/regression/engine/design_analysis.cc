#include "services/regression/engine/design_analysis.h"

#include <cmath>

#include "common/numeric/distributions.h"

namespace farrell::regression {
namespace {

// Tails of the estimate in standard errors: above and below the critical value when the effect is `effect`.
struct Tails {
  double right = 0.0;
  double wrong = 0.0;
};

Tails SignificantTails(double effect, double critical, double df) {
  return {numeric::StudentTSurvival(critical - effect, df), numeric::StudentTSurvival(critical + effect, df)};
}

// Integral of t f(t) over (a, inf): (df + a^2) / (df - 1) f(a); the density of the normal in the limit.
double PartialMean(double a, double df) {
  const double density = numeric::StudentTDensity(a, df);
  return std::isinf(df) ? density : (df + a * a) / (df - 1.0) * density;
}

}  // namespace

DesignAnswer AnalyseDesign(const DesignQuestion& question, double std_error, double df) {
  DesignAnswer answer;
  answer.question = question;
  answer.std_error = std_error;
  const double effect = std::fabs(question.reference) / std_error;
  const double critical = numeric::StudentTQuantile(1.0 - 0.5 * question.level, df);
  const Tails tails = SignificantTails(effect, critical, df);
  answer.power = tails.right + tails.wrong;
  answer.wrong_sign = tails.wrong / answer.power;
  if (df > 1.0) {
    const double size =
        effect * (tails.right - tails.wrong) + PartialMean(critical - effect, df) + PartialMean(critical + effect, df);
    const double exaggeration = size / answer.power / effect;
    // Seen for certain, the effect is not overstated; beside one that cannot be seen nothing can be said.
    if (std::isfinite(exaggeration)) {
      answer.exaggeration = exaggeration;
    } else if (effect > critical) {
      answer.exaggeration = 1.0;
    }
  }
  double low = 0.0;
  double high = 1.0;
  const auto power = [&](double size) {
    const Tails at = SignificantTails(size, critical, df);
    return at.right + at.wrong;
  };
  while (power(high) < question.power && high < 1e12) high *= 2.0;
  for (int step = 0; step < 80; ++step) {
    const double middle = 0.5 * (low + high);
    (power(middle) < question.power ? low : high) = middle;
  }
  answer.minimum_detectable = high * std_error;
  return answer;
}

}  // namespace farrell::regression
