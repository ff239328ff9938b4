#include "common/numeric/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/numeric/elementary.h"

namespace farrell::numeric {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kTiny = 1e-300;
constexpr double kPi = 3.14159265358979323846;
constexpr double kLogSqrtTwoPi = 0.91893853320467274178;
constexpr double kSqrtHalf = 0.70710678118654752440;
// Beyond this Student's t is the normal to double precision.
constexpr double kNormalDf = 1e15;
constexpr int kMaxIterations = 2000000;

// Stirling's error log Gamma(n+1) - (n + 1/2) log n + n - log sqrt(2 pi), n > 0.
double StirlingError(double n) {
  if (n < 16.0) return LogGamma(n + 1.0) - (n + 0.5) * Log(n) + n - kLogSqrtTwoPi;
  const double s = 1.0 / (n * n);
  constexpr double kS0 = 1.0 / 12.0;
  constexpr double kS1 = 1.0 / 360.0;
  constexpr double kS2 = 1.0 / 1260.0;
  constexpr double kS3 = 1.0 / 1680.0;
  constexpr double kS4 = 1.0 / 1188.0;
  constexpr double kS5 = 691.0 / 360360.0;
  constexpr double kS6 = 1.0 / 156.0;
  return (kS0 - s * (kS1 - s * (kS2 - s * (kS3 - s * (kS4 - s * (kS5 - s * kS6)))))) / n;
}

// Loader's deviance term x log(x/m) + m - x, without cancellation near x = m.
double Deviance(double x, double m) {
  if (std::fabs(x - m) < 0.1 * (x + m)) {
    const double v = (x - m) / (x + m);
    double sum = (x - m) * v;
    double term = 2.0 * x * v;
    for (int j = 1; j < 1000; ++j) {
      term *= v * v;
      const double next = sum + term / (2.0 * j + 1.0);
      if (next == sum) break;
      sum = next;
    }
    return sum;
  }
  return x * Log(x / m) + m - x;
}

// x^a y^b / B(a, b) with y = 1 - x. For large parameters in Loader's form of the binomial density; for small ones
// directly.
double BetaPowerTerm(double a, double b, double x, double y) {
  if (a + b < 40.0) {
    return Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Log(x) + b * (x < 0.5 ? Log1p(-x) : Log(y)));
  }
  // Gamma(n+1)/(Gamma(a+1) Gamma(b+1)) x^a y^b is the density at a of n = a + b trials; the rest is a b / n.
  const double n = a + b;
  const double exponent =
      StirlingError(n) - StirlingError(a) - StirlingError(b) - Deviance(a, n * x) - Deviance(b, n * y);
  return Exp(exponent) * std::sqrt(n / (2.0 * kPi * a * b)) * (a * b / n);
}

// The continued fraction of I_x(a, b) by the modified Lentz method; converges fast for x < (a + 1)/(a + b + 2).
double BetaFraction(double a, double b, double x, double y) {
  double c = 1.0;
  // 1 - (a + b) x / (a + 1), which cancels near x = 1.
  double d = (1.0 + a * y - b * x) / (a + 1.0);
  if (std::fabs(d) < kTiny) d = kTiny;
  d = 1.0 / d;
  double h = d;
  for (int m = 1; m < kMaxIterations; ++m) {
    const double m2 = 2.0 * m;
    const double even = m * (b - m) * x / ((a + m2 - 1.0) * (a + m2));
    d = 1.0 + even * d;
    if (std::fabs(d) < kTiny) d = kTiny;
    c = 1.0 + even / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1.0 / d;
    h *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1.0));
    d = 1.0 + odd * d;
    if (std::fabs(d) < kTiny) d = kTiny;
    c = 1.0 + odd / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1.0 / d;
    const double step = d * c;
    h *= step;
    if (std::fabs(step - 1.0) < kEpsilon) break;
  }
  return h;
}

// x^a e^-x / Gamma(a + 1).
double GammaPowerTerm(double a, double x) {
  if (a < 16.0) return Exp(a * Log(x) - x - LogGamma(a + 1.0));
  return Exp(-StirlingError(a) - Deviance(a, x)) / std::sqrt(2.0 * kPi * a);
}

double GammaSeries(double a, double x) {
  double term = 1.0;
  double sum = 1.0;
  for (int n = 1; n < kMaxIterations; ++n) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * kEpsilon * 0.25) break;
  }
  return sum * GammaPowerTerm(a, x);
}

double GammaFraction(double a, double x) {
  double b = x + 1.0 - a;
  double c = 1.0 / kTiny;
  double d = 1.0 / b;
  double h = d;
  for (int i = 1; i < kMaxIterations; ++i) {
    const double an = -i * (i - a);
    b += 2.0;
    d = an * d + b;
    if (std::fabs(d) < kTiny) d = kTiny;
    c = b + an / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1.0 / d;
    const double step = d * c;
    h *= step;
    if (std::fabs(step - 1.0) < kEpsilon) break;
  }
  return h * a * GammaPowerTerm(a, x);
}

// Acklam's (2003) rational approximation of the lower normal quantile, relative error below 1.15e-9, p in (0, 0.5].
double NormalQuantileStart(double p) {
  if (p < 0.02425) {
    const double q = std::sqrt(-2.0 * Log(p));
    return (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q -
              2.549732539343734e+00) *
                 q +
             4.374664141464968e+00) *
                q +
            2.938163982698783e+00) /
           ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q +
             3.754408661907416e+00) *
                q +
            1.0);
  }
  const double q = p - 0.5;
  const double r = q * q;
  return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r +
            1.383577518672690e+02) *
               r -
           3.066479806614716e+01) *
              r +
          2.506628277459239e+00) *
         q /
         (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r +
            6.680131188771972e+01) *
               r -
           1.328068155288572e+01) *
              r +
          1.0);
}

// Quantile for p in (0, 0.5]: negative or zero.
double LowerNormalQuantile(double p) {
  double x = NormalQuantileStart(p);
  // Halley's step on the relative error of the tail keeps accuracy for tiny p.
  for (int i = 0; i < 3; ++i) {
    const double cdf = NormalCdf(x);
    const double density = Exp(-0.5 * x * x - kLogSqrtTwoPi);
    if (density == 0.0) break;
    const double u = (cdf - p) / density;
    const double step = u / (1.0 + 0.5 * x * u);
    x -= step;
    if (std::fabs(step) <= 1e-16 * std::fabs(x)) break;
  }
  return x;
}

// t >= 0 with P(T > t) = q for q in (0, 0.5]: Newton steps on log t and log q inside a bracket that always shrinks.
double UpperStudentTQuantile(double q, double df) {
  if (q == 0.5) return 0.0;
  double low = 0.0;
  double high = 1.0;
  while (StudentTSurvival(high, df) > q) {
    low = high;
    high *= 2.0;
    if (!(high < 1e300)) return kInfinity;
  }
  double t = 0.5 * (low + high);
  for (int i = 0; i < 400; ++i) {
    const double tail = StudentTSurvival(t, df);
    if (tail > q) {
      low = t;
    } else {
      high = t;
    }
    const double slope = StudentTDensity(t, df);
    double next = slope > 0.0 ? t + (tail / slope) * Log(tail / q) : kNan;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::fabs(next - t) <= 4.0 * kEpsilon * std::fabs(t)) return next;
    t = next;
  }
  return t;
}

}  // namespace

double NormalCdf(double x) { return 0.5 * Erfc(-x * kSqrtHalf); }
double NormalSurvival(double x) { return 0.5 * Erfc(x * kSqrtHalf); }

double NormalQuantile(double p) {
  if (!(p >= 0.0 && p <= 1.0)) return kNan;
  if (p == 0.0) return -kInfinity;
  if (p == 1.0) return kInfinity;
  return p <= 0.5 ? LowerNormalQuantile(p) : -LowerNormalQuantile(1.0 - p);
}

double IncompleteBeta(double a, double b, double x, double y) {
  if (!(a > 0.0) || !(b > 0.0) || !(x >= 0.0) || !(y >= 0.0)) return kNan;
  if (x == 0.0) return 0.0;
  if (y == 0.0) return 1.0;
  const double front = BetaPowerTerm(a, b, x, y);
  if (x < (a + 1.0) / (a + b + 2.0)) return std::min(1.0, front * BetaFraction(a, b, x, y) / a);
  return std::max(0.0, 1.0 - front * BetaFraction(b, a, y, x) / b);
}

double IncompleteGammaP(double a, double x) {
  if (!(a > 0.0) || !(x >= 0.0)) return kNan;
  if (x == 0.0) return 0.0;
  if (std::isinf(x)) return 1.0;
  return x < a + 1.0 ? std::min(1.0, GammaSeries(a, x)) : std::max(0.0, 1.0 - GammaFraction(a, x));
}

double IncompleteGammaQ(double a, double x) {
  if (!(a > 0.0) || !(x >= 0.0)) return kNan;
  if (x == 0.0) return 1.0;
  if (std::isinf(x)) return 0.0;
  return x < a + 1.0 ? std::max(0.0, 1.0 - GammaSeries(a, x)) : std::min(1.0, GammaFraction(a, x));
}

double StudentTDensity(double t, double df) {
  if (!(df > 0.0) || std::isnan(t)) return kNan;
  if (std::isinf(df)) return Exp(-0.5 * t * t) / std::sqrt(2.0 * kPi);
  const double log_density =
      LogGamma(0.5 * (df + 1.0)) - LogGamma(0.5 * df) - 0.5 * Log(df * kPi) - 0.5 * (df + 1.0) * Log1p(t * t / df);
  return Exp(log_density);
}

double StudentTTwoSided(double t, double df) {
  if (!(df > 0.0) || std::isnan(t)) return kNan;
  if (std::isinf(t)) return 0.0;
  if (df >= kNormalDf) return Erfc(std::fabs(t) * kSqrtHalf);
  const double square = t * t;
  if (std::isinf(square)) {
    // x = df/t^2 underflows the sum; the leading term of the tail is exact here.
    return std::min(1.0, 2.0 * Exp(LogGamma(0.5 * (df + 1.0)) - LogGamma(0.5 * df) - 0.5 * Log(kPi) +
                                   (0.5 * df - 1.0) * Log(df) - df * Log(std::fabs(t))));
  }
  return IncompleteBeta(0.5 * df, 0.5, df / (df + square), square / (df + square));
}

double StudentTSurvival(double t, double df) {
  const double half = 0.5 * StudentTTwoSided(t, df);
  return t >= 0.0 ? half : 1.0 - half;
}

double StudentTCdf(double t, double df) { return StudentTSurvival(-t, df); }

double StudentTQuantile(double p, double df) {
  if (!(p >= 0.0 && p <= 1.0) || !(df > 0.0)) return kNan;
  if (p == 0.0) return -kInfinity;
  if (p == 1.0) return kInfinity;
  if (df >= kNormalDf) return NormalQuantile(p);
  return p >= 0.5 ? UpperStudentTQuantile(1.0 - p, df) : -UpperStudentTQuantile(p, df);
}

double FCdf(double x, double df1, double df2) {
  if (!(df1 > 0.0) || !(df2 > 0.0) || std::isnan(x)) return kNan;
  if (x <= 0.0) return 0.0;
  if (std::isinf(x)) return 1.0;
  if (std::isinf(df2)) return ChiSquareCdf(df1 * x, df1);
  const double sum = df1 * x + df2;
  return IncompleteBeta(0.5 * df1, 0.5 * df2, df1 * x / sum, df2 / sum);
}

double FSurvival(double x, double df1, double df2) {
  if (!(df1 > 0.0) || !(df2 > 0.0) || std::isnan(x)) return kNan;
  if (x <= 0.0) return 1.0;
  if (std::isinf(x)) return 0.0;
  if (std::isinf(df2)) return ChiSquareSurvival(df1 * x, df1);
  const double sum = df1 * x + df2;
  return IncompleteBeta(0.5 * df2, 0.5 * df1, df2 / sum, df1 * x / sum);
}

double ChiSquareCdf(double x, double df) {
  return x <= 0.0 ? (df > 0.0 ? 0.0 : kNan) : IncompleteGammaP(0.5 * df, 0.5 * x);
}
double ChiSquareSurvival(double x, double df) {
  return x <= 0.0 ? (df > 0.0 ? 1.0 : kNan) : IncompleteGammaQ(0.5 * df, 0.5 * x);
}

}  // namespace farrell::numeric
