#include "common/numeric/elementary.h"

#include <sleef.h>

#include "common/numeric/abi.h"  // fixes the environment of every program that computes anything

namespace farrell::numeric {

double Log(double x) { return Sleef_cinz_logd1_u10purec(x); }
double Log1p(double x) { return Sleef_cinz_log1pd1_u10purec(x); }
double Exp(double x) { return Sleef_cinz_expd1_u10purec(x); }
double Expm1(double x) { return Sleef_cinz_expm1d1_u10purec(x); }
double Pow(double x, double y) { return Sleef_cinz_powd1_u10purec(x, y); }
double LogGamma(double x) { return Sleef_cinz_lgammad1_u10purec(x); }
double Erf(double x) { return Sleef_cinz_erfd1_u10purec(x); }
double Erfc(double x) { return Sleef_cinz_erfcd1_u15purec(x); }

}  // namespace farrell::numeric
