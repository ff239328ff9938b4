// Measures DEA, the radial model beside GLPK and Clp in the same run, on the same data, and prints tables. Scores are
// compared first: a measurement of wrong answers is worth nothing.
#include "tests/bench/bench.h"

int main() {
  const bool evaluations = farrell::dea::bench::MeasureEvaluations();
  const bool bootstrap = farrell::dea::bench::MeasureBootstrap();
  const bool provinces = farrell::dea::bench::MeasureProvinces();
  return evaluations && bootstrap && provinces ? 0 : 1;
}
