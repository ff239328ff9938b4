// Facts of a specification curve: one term under every combination of declared choices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_regression.h"
#include "services/reporting/engine/facts_result.h"
#include "services/reporting/engine/words.h"

namespace farrell::reporting {

struct CurveSpecificationFacts {
  std::string term;
  std::string outcome;
  // "1": none.
  std::string controls;
  // "0": none.
  std::string effects;
  // Empty: none.
  std::string instruments;
  std::string sample;
  // "1": none.
  std::string weights;
  std::string inference;
  std::string formula;
  // Unset where the term is not estimated.
  std::optional<double> estimate;
  TermInferenceFacts numbers;
  std::int64_t observation_count = 0;
};

struct CurveStatisticFacts {
  // "median", "significant", "stouffer".
  std::string name;
  std::optional<double> p_value;
};

struct CurveFacts {
  std::string id;
  std::string label;
  // In the order of the choices; the first is the main one. Never empty.
  std::vector<CurveSpecificationFacts> specifications;
  // Positions of those with an estimate, by increasing estimate.
  std::vector<std::size_t> order;
  std::optional<double> positive_share;
  std::optional<double> significant_share;
  std::optional<double> significant_with_median_sign_share;
  std::optional<double> min;
  std::optional<double> median;
  std::optional<double> max;
  double confidence_level = 0.95;
  // The joint test was asked for; `undefined` says why there is none.
  bool has_joint_test = false;
  std::vector<CurveStatisticFacts> statistics;
  std::string undefined;
  std::string cluster;
  std::int64_t cluster_count = 0;
  std::int64_t model_count = 0;
  std::int64_t draws = 0;
  bool enumerated = false;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;

  const CurveSpecificationFacts& main() const { return specifications.front(); }
};

// The lists of choices with more than one entry, each with its entries in the order declared.
struct CurveChoice {
  // "Term", "Outcome", "Controls", "Effects", "Instruments", "Sample", "Weights", "Standard errors"; in the language of
  // the report.
  std::string name;
  std::string CurveSpecificationFacts::*member;
  std::vector<std::string> entries;
};
std::vector<CurveChoice> VariedChoices(const CurveFacts& curve, const Words& words = {});

// What an entry is called: "none" for no controls, effects or weights.
std::string ChoiceLabel(const CurveChoice& choice, const std::string& entry, const Words& words = {});

}  // namespace farrell::reporting
