// Measures radial DEA beside GLPK and Clp in the same run, on the same data, and prints tables. Scores are compared
// first: a measurement of wrong answers is worth nothing.
#include "tests/bench/bench.h"

int main() {
  const bool evaluations = farrell::dea::bench::MeasureEvaluations();
  const bool bootstrap = farrell::dea::bench::MeasureBootstrap();
  return evaluations && bootstrap ? 0 : 1;
}
