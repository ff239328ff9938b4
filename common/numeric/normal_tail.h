// Tails of the standard normal without underflow or cancellation, however far out: logarithms, hazards and moments.
//
// erfc is scaled by Cody's (1969) rational approximations; excess and variance beyond a far bound come from Laplace's
// continued fraction for the ratios of the moments, which needs no differences.
#pragma once

namespace farrell::numeric {

// exp(x^2) erfc(x) for x >= 0; relative error below 1e-15.
double ScaledErfc(double x);

// log P(Z <= x); -x^2/2 far below zero.
double LogNormalCdf(double x);

// log of the density of the standard normal.
double LogNormalDensity(double x);

// P(Z > a) / density(a), Mills' ratio; +inf where exp(a^2 / 2) overflows.
double MillsRatio(double a);

// The standard normal beyond a finite bound a.
struct NormalTail {
  // log P(Z > a).
  double log_mass = 0.0;
  // density(a) / P(Z > a) = E[Z | Z > a].
  double hazard = 0.0;
  // E[Z - a | Z > a] = hazard - a > 0.
  double excess = 0.0;
  // Var[Z | Z > a] in (0, 1].
  double variance = 1.0;
};
NormalTail UpperTail(double a);

// The t > 0 with P(Z > a + t | Z > a) = u, u in (0, 1), `tail` that of a: relative error below 1e-12 for |a| <= 1e5,
// also where the tail underflows or u is next to 1.
double UpperTailExcess(double a, const NormalTail& tail, double u);

// The standard normal between finite bounds a < b.
struct NormalInterval {
  // log P(a < Z < b).
  double log_mass = 0.0;
  // density(a) and density(b) over that probability: E[Z | a < Z < b] is their difference.
  double lower_density = 0.0;
  double upper_density = 0.0;
};
NormalInterval Interval(double a, double b);

}  // namespace farrell::numeric
