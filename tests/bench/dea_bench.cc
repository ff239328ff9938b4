// Measures DEA, the radial model beside GLPK and Clp in the same run, on the same data, and prints tables. Scores are
// compared first: a measurement of wrong answers is worth nothing. Names of sections as arguments measure these alone.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/bench.h"

int main(int argc, char** argv) {
  using namespace farrell::dea::bench;
  const struct {
    const char* name;
    bool (*measure)();
  } sections[] = {{"evaluations", &MeasureEvaluations},
                  {"bootstrap", &MeasureBootstrap},
                  {"provinces", &MeasureProvinces},
                  {"arrivals", &MeasureArrivals}};
  const std::vector<std::string> asked(argv + 1, argv + argc);
  bool good = true;
  for (const auto& section : sections) {
    const bool wanted = asked.empty() || std::find(asked.begin(), asked.end(), section.name) != asked.end();
    if (wanted) good = section.measure() && good;
  }
  return good ? 0 : 1;
}
