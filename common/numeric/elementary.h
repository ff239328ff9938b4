// log, exp, pow and their relatives from one fixed implementation.
//
// glibc chooses between FMA and non-FMA code at run time and the last bit differs between CPUs. These forward to
// SLEEF's deterministic pure-C kernels without FMA (Shibata & Petrogalli 2020; at most 1.0 ulp), so that every machine
// of the same ISA baseline returns the same bits. Engines use nothing else; sqrt is exact everywhere and may come from
// <cmath>.
#pragma once

namespace farrell::numeric {

double Log(double x);    // natural logarithm; -inf at 0, NaN below
double Log1p(double x);  // log(1 + x)
double Exp(double x);
double Expm1(double x);  // exp(x) - 1
double Pow(double x, double y);
double LogGamma(double x);  // log |Gamma(x)|
double Erf(double x);
double Erfc(double x);

}  // namespace farrell::numeric
