// Facts of a regression of distances from a frontier: coefficients with their bootstraps, and how those were drawn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_regression.h"
#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

// A number with its bootstrap; of log scores taken as data, with its standard error.
struct BootstrapFacts {
  std::optional<double> estimate;
  std::optional<double> std_error;
  std::optional<double> p_value;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
};

struct SecondStageTermFacts {
  std::string name;
  // Empty: the name.
  std::string label;
  bool collinear = false;
  BootstrapFacts coefficient;
  // Algorithms 1 and 2: the mean derivative of the expected distance.
  BootstrapFacts effect;
  // Joint bootstrap.
  std::optional<double> bias_corrected;
};

struct SecondStageFacts {
  std::string id;
  std::string label;
  // Id of the DEA whose model was scored.
  std::string dea;
  std::string formula;
  // "1", "2", "joint", "log-within".
  std::string algorithm = "1";
  // "1/theta", "phi", "log(1/theta)", "log(phi)", "log(score)".
  std::string response;
  // "rows" or "unit".
  std::string resample = "rows";
  std::vector<SecondStageTermFacts> terms;
  std::vector<std::string> effects;
  std::int64_t score_count = 0;
  std::int64_t frontier_count = 0;
  std::int64_t observation_count = 0;
  std::int64_t unit_count = 0;
  double frontier_tolerance = 0;
  std::int64_t replications = 0;
  std::int64_t first_replications = 0;
  std::int64_t failed_count = 0;
  double confidence_level = 0.95;
  std::optional<double> mean_bias;
  // Joint bootstrap: units that span a redrawn frontier, of all.
  std::int64_t subsample_size = 0;
  std::int64_t frontier_unit_count = 0;
  bool experimental = false;
  // Algorithm "log-within": the standard errors of its terms.
  std::optional<InferenceFacts> inference;
  std::vector<PublishedFacts> published;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

}  // namespace farrell::reporting
