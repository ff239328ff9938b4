// Facts of specification tests of one model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

struct SpecificationTestFacts {
  // "hausman", as on the command line.
  std::string name;
  // In words.
  std::string null_hypothesis;
  // "F", "chi2", "normal", "chi2 mixture".
  std::string distribution;
  // Unset where the data do not allow the test; `undefined` then says why.
  std::optional<double> statistic;
  double df1 = 0;
  double df2 = 0;
  std::optional<double> p_value;
  std::string undefined;
};

struct InflationFacts {
  std::string term;
  // Empty: the term.
  std::string label;
  // Unset when collinear with the other terms.
  std::optional<double> factor;
};

struct SpecificationFacts {
  std::string id;
  std::string label;
  std::string formula;
  std::vector<SpecificationTestFacts> tests;
  // Empty when the factors were not asked for.
  std::vector<InflationFacts> inflation;
  std::optional<double> condition_number;
  std::int64_t observation_count = 0;
  std::int64_t unit_count = 0;
  std::int64_t period_count = 0;
  bool balanced = false;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

}  // namespace farrell::reporting
