#include "common/numeric/normal_tail.h"

#include <array>
#include <cmath>
#include <utility>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"

namespace farrell::numeric {
namespace {

constexpr double kSqrtHalf = 0.70710678118654752440;
constexpr double kSqrtHalfPi = 1.25331413731550025121;
constexpr double kInvSqrtPi = 5.6418958354775628695e-1;
constexpr double kInvSqrtTwoPi = 0.39894228040143267794;
constexpr double kLogSqrtTwoPi = 0.91893853320467274178;
// From here on the continued fraction of kFractionTerms terms is exact to rounding.
constexpr double kFarTail = 5.0;
constexpr int kFractionTerms = 25;

double Density(double x) { return kInvSqrtTwoPi * Exp(-0.5 * x * x); }

}  // namespace

double ScaledErfc(double x) {
  // Cody (1969), tables II and III: the degrees that give 18 digits.
  constexpr std::array<double, 5> kA = {3.16112374387056560e00, 1.13864154151050156e02, 3.77485237685302021e02,
                                        3.20937758913846947e03, 1.85777706184603153e-1};
  constexpr std::array<double, 4> kB = {2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03,
                                        2.84423683343917062e03};
  constexpr std::array<double, 9> kC = {5.64188496988670089e-1, 8.88314979438837594e0,  6.61191906371416295e01,
                                        2.98635138197400131e02, 8.81952221241769090e02, 1.71204761263407058e03,
                                        2.05107837782607147e03, 1.23033935479799725e03, 2.15311535474403846e-8};
  constexpr std::array<double, 8> kD = {1.57449261107098347e01, 1.17693950891312499e02, 5.37181101862009858e02,
                                        1.62138957456669019e03, 3.29079923573345963e03, 4.36261909014324716e03,
                                        3.43936767414372164e03, 1.23033935480374942e03};
  constexpr std::array<double, 6> kP = {3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
                                        1.60837851487422766e-2, 6.58749161529837803e-4, 1.63153871373020978e-2};
  constexpr std::array<double, 5> kQ = {2.56852019228982242e00, 1.87295284992346725e00, 5.27905102951428412e-1,
                                        6.05183413124413191e-2, 2.33520497626869185e-3};
  if (x <= 0.46875) {
    const double y = x * x;
    double over = kA[4] * y;
    double under = y;
    for (std::size_t i = 0; i < 3; ++i) {
      over = (over + kA[i]) * y;
      under = (under + kB[i]) * y;
    }
    return Exp(y) * (1.0 - x * (over + kA[3]) / (under + kB[3]));
  }
  if (x <= 4.0) {
    double over = kC[8] * x;
    double under = x;
    for (std::size_t i = 0; i < 7; ++i) {
      over = (over + kC[i]) * x;
      under = (under + kD[i]) * x;
    }
    return (over + kC[7]) / (under + kD[7]);
  }
  const double y = 1.0 / (x * x);
  double over = kP[5] * y;
  double under = y;
  for (std::size_t i = 0; i < 4; ++i) {
    over = (over + kP[i]) * y;
    under = (under + kQ[i]) * y;
  }
  return (kInvSqrtPi - y * (over + kP[4]) / (under + kQ[4])) / x;
}

double LogNormalDensity(double x) { return -0.5 * x * x - kLogSqrtTwoPi; }

double MillsRatio(double a) {
  if (a >= 0.0) return kSqrtHalfPi * ScaledErfc(a * kSqrtHalf);
  return 1.0 / Density(a) - kSqrtHalfPi * ScaledErfc(-a * kSqrtHalf);
}

double LogNormalCdf(double x) {
  const double mills = kSqrtHalfPi * ScaledErfc(std::fabs(x) * kSqrtHalf);
  if (x >= 0.0) return Log1p(-Density(x) * mills);
  return LogNormalDensity(x) + Log(mills);
}

NormalTail UpperTail(double a) {
  NormalTail tail;
  const double mills = kSqrtHalfPi * ScaledErfc(std::fabs(a) * kSqrtHalf);
  if (a <= 0.0) {
    const double density = Density(a);
    const double beyond = density * mills;
    tail.log_mass = Log1p(-beyond);
    tail.hazard = density / (1.0 - beyond);
    tail.excess = tail.hazard - a;
    tail.variance = 1.0 - tail.hazard * tail.excess;
    return tail;
  }
  tail.log_mass = LogNormalDensity(a) + Log(mills);
  tail.hazard = 1.0 / mills;
  if (a <= kFarTail) {
    tail.excess = tail.hazard - a;
    tail.variance = 1.0 - tail.hazard * tail.excess;
    return tail;
  }
  // With M_n the n-th moment of Z - a beyond a, M_n / M_(n-1) = n / (a + M_(n+1) / M_n); the start is the fixed point.
  double ratio = 0.5 * (std::sqrt(a * a + 4.0 * kFractionTerms) - a);
  for (int n = kFractionTerms - 1; n >= 2; --n) ratio = n / (a + ratio);
  tail.excess = 1.0 / (a + ratio);
  tail.variance = tail.excess * (ratio - tail.excess);
  return tail;
}

double UpperTailExcess(double a, const NormalTail& tail, double u) {
  const double loss = -Log(u);
  // Near the bound: t as a power series in log(1 / u). With h the hazard and its derivatives by h' = h (h - a),
  // log P falls by h t + h' t^2 / 2 + h'' t^3 / 6 + ...; Newton steps on that sum, whose terms fall by t (|a| + h).
  constexpr double kNear = 0.02;
  const double h = tail.hazard;
  const double start = loss / h;
  if (start * (std::fabs(a) + h) < kNear || (a > kFarTail && loss < kNear)) {
    const double twist = h + tail.excess;  // 2 h - a
    const double h1 = h * tail.excess;
    const double h2 = h1 * twist - h;
    const double h3 = h2 * twist + h1 * (2.0 * h1 - 2.0);
    const double h4 = h3 * twist + h2 * (6.0 * h1 - 3.0);
    const double h5 = h4 * twist + h3 * (8.0 * h1 - 4.0) + 6.0 * h2 * h2;
    double t = start;
    for (int i = 0; i < 3; ++i) {
      const double fall =
          t * (h + t * (h1 / 2.0 + t * (h2 / 6.0 + t * (h3 / 24.0 + t * (h4 / 120.0 + t * h5 / 720.0)))));
      const double slope = h + t * (h1 + t * (h2 / 2.0 + t * (h3 / 6.0 + t * (h4 / 24.0 + t * h5 / 120.0))));
      t -= (fall - loss) / slope;
    }
    return t;
  }
  if (a <= kFarTail) {
    const double mass = Exp(tail.log_mass);
    const double above = u * mass;
    // The smaller of the two tails at a + t keeps its digits.
    const double x = above <= 0.5 ? -NormalQuantile(above) : NormalQuantile(NormalCdf(a) + (1.0 - u) * mass);
    return x - a;
  }
  // a t + t^2 / 2 + log(m(a) / m(a + t)) = log(1 / u), m Mills' ratio: convex, and nearly its first two terms.
  double t = 2.0 * loss / (h + std::sqrt(h * h + 2.0 * loss));
  for (int i = 0; i < 6; ++i) {
    const double mills = kSqrtHalfPi * ScaledErfc((a + t) * kSqrtHalf);
    const double step = (t * (a + 0.5 * t) - Log(mills * h) - loss) * mills;
    t -= step;
    if (std::fabs(step) <= 1e-8 * t) break;
  }
  return t;
}

NormalInterval Interval(double a, double b) {
  // The bound nearer to zero comes first, on the upper side.
  const bool mirrored = a + b < 0.0;
  if (mirrored) {
    std::swap(a, b);
    a = -a;
    b = -b;
  }
  NormalInterval interval;
  const double upper_mills = kSqrtHalfPi * ScaledErfc(b * kSqrtHalf);
  const double lower_mills = kSqrtHalfPi * ScaledErfc(std::fabs(a) * kSqrtHalf);
  if (a > 0.0) {
    const double fall = Exp(-0.5 * (b - a) * (b + a));
    const double mass = lower_mills - fall * upper_mills;
    interval.log_mass = LogNormalDensity(a) + Log(mass);
    interval.lower_density = 1.0 / mass;
    interval.upper_density = fall / mass;
  } else {
    const double lower = Density(a);
    const double upper = Density(b);
    const double outside = lower * lower_mills + upper * upper_mills;
    // Near zero the interval is short and 1 - outside cancels; the error function does not.
    const double inside = outside < 0.5 ? 1.0 - outside : 0.5 * (Erf(b * kSqrtHalf) - Erf(a * kSqrtHalf));
    interval.log_mass = outside < 0.5 ? Log1p(-outside) : Log(inside);
    interval.lower_density = lower / inside;
    interval.upper_density = upper / inside;
  }
  if (mirrored) std::swap(interval.lower_density, interval.upper_density);
  return interval;
}

}  // namespace farrell::numeric
