// Distribution functions for tests and intervals: normal, Student t, F, chi-square, with degrees of freedom that need
// not be integers (Satterthwaite 1946, Welch 1951).
//
// Small tails keep their relative accuracy (about 1e-13 for degrees of freedom to 1e6): every function computes the
// tail asked for, never one minus the other one where that would cancel. Continued fractions and series of the
// incomplete beta and gamma functions (Abramowitz & Stegun 1964, 26.5.8, 6.5.29, 6.5.31); the power terms in front come
// from Loader's (2000) saddle-point form, which does not cancel for large parameters.
//
// Arguments outside the domain (NaN, degrees of freedom not positive, probabilities outside [0, 1]) give NaN.
#pragma once

namespace farrell::numeric {

// P(Z <= x) and P(Z > x) of the standard normal.
double NormalCdf(double x);
double NormalSurvival(double x);
// x with P(Z <= x) = p; -inf at 0, +inf at 1.
double NormalQuantile(double p);

// P(T <= t), P(T > t) and P(|T| > |t|) of Student's t with df > 0; df = +inf is the normal.
double StudentTCdf(double t, double df);
double StudentTSurvival(double t, double df);
double StudentTTwoSided(double t, double df);
// Density of T at t.
double StudentTDensity(double t, double df);
// t with P(T <= t) = p.
double StudentTQuantile(double p, double df);

// P(F <= x) and P(F > x) with df1, df2 > 0; zero or one below x = 0.
double FCdf(double x, double df1, double df2);
double FSurvival(double x, double df1, double df2);

// P(X <= x) and P(X > x) of chi-square with df > 0.
double ChiSquareCdf(double x, double df);
double ChiSquareSurvival(double x, double df);

// Regularised incomplete beta I_x(a, b); `y` is 1 - x, given apart because it often is known without cancellation.
double IncompleteBeta(double a, double b, double x, double y);
// Regularised incomplete gamma P(a, x) and Q(a, x) = 1 - P(a, x).
double IncompleteGammaP(double a, double x);
double IncompleteGammaQ(double a, double x);

}  // namespace farrell::numeric
