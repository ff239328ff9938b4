// Critical values of F and chi-square, central and not, by bisection of their tails to the last bit or two.
//
// `p` is the upper tail, in (0, 1); degrees of freedom and noncentrality need not be integers. Arguments outside the
// domain give NaN.
#pragma once

namespace farrell::numeric {

// P(X > x), X noncentral chi-square: the mixture of central ones with Poisson weights (Johnson, Kotz & Balakrishnan
// 1995, 29.4). Relative accuracy about 1e-13 where the tail is not tiny; noncentrality up to 1e6.
double NoncentralChiSquareSurvival(double x, double df, double noncentrality);

// x with P(X > x) = p.
double NoncentralChiSquareCritical(double p, double df, double noncentrality);
double ChiSquareCritical(double p, double df);
double FCritical(double p, double df1, double df2);

}  // namespace farrell::numeric
