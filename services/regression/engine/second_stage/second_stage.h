// Regressions whose left side is a distance from an estimated frontier.
//
// Algorithms 1 and 2: Simar & Wilson (2007), in the distance delta >= 1 (1/theta, or phi), so that a positive
// coefficient is more inefficiency. Joint and log-within: log(score) = -log(delta) by least squares with effects
// absorbed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/second_stage/bootstrap_summary.h"
#include "services/regression/engine/second_stage/frontier_scores.h"

namespace farrell::regression {

// Increases whenever any output bit of a second stage may change.
inline constexpr std::int32_t kSecondStageRevision = 2;

enum class SecondStageAlgorithm : std::uint8_t { kSimarWilson1, kSimarWilson2, kJoint, kLogWithin };
enum class Resample : std::uint8_t { kRows, kUnit };

struct SecondStageSpec {
  // From ParseSecondStageFormula.
  Formula formula;
  SecondStageAlgorithm algorithm = SecondStageAlgorithm::kSimarWilson1;
  std::int64_t replications = 2000;       // [99, 100000]
  std::int64_t first_replications = 100;  // [10, 10000]; algorithm 2
  std::int64_t seed = 0;
  Resample resample = Resample::kRows;  // joint: kUnit
  double confidence_level = 0.95;       // (0, 1)
  double frontier_tolerance = 1e-6;     // [0, 0.1]; distances up to 1 plus this are at the frontier
  bool log = false;                     // algorithms 1 and 2: of log(delta)
  double subsample_exponent = 0.7;      // (0.3, 1); joint
  std::int64_t subsample_size = 0;      // joint: m in [2, n - 1]; 0: by the exponent
  std::vector<InferenceSpec> inferences;
  bool distances = false;
};

struct SecondStageTerm {
  std::string name;
  // Unset when collinear.
  std::optional<BootstrapEstimate> coefficient;
  std::optional<BootstrapEstimate> marginal_effect;
};

struct DistanceRow {
  std::size_t row = 0;  // position in the panel
  double distance = 1.0;
  std::optional<double> corrected;
  bool used = false;
};

struct SecondStageResult {
  std::string formula;
  // "1/theta", "phi", "log(1/theta)", "log(phi)", "log(score)".
  std::string response;
  std::vector<SecondStageTerm> terms;
  std::int64_t row_count = 0;
  std::int64_t score_count = 0;
  std::int64_t complete_count = 0;
  std::int64_t frontier_count = 0;
  std::int64_t observation_count = 0;
  std::int64_t unit_count = 0;
  std::vector<EffectSummary> effects;
  std::int64_t failed_count = 0;
  std::optional<double> log_likelihood;
  std::int64_t subsample_size = 0;
  std::optional<double> mean_bias;
  bool experimental = false;
  std::optional<FitResult> fit;
  std::vector<DistanceRow> distances;
  std::vector<Warning> warnings;
};

// The formula of `text`, "~ z", "score ~ z" or, for log scores, "log(score) ~ z", with the left side that the algorithm
// gives it. INVALID_ARGUMENT FORMULA_INVALID.
Result<Formula> ParseSecondStageFormula(const std::string& text, SecondStageAlgorithm algorithm);

// A violation for every option out of range; fields have the names of the contract.
std::vector<FieldViolation> CheckSecondStage(const SecondStageSpec& spec);

// `panel` holds the columns of the right side. `score` is called by algorithm 2 and the joint bootstrap only.
// Errors of BuildDesign, Fit and `score`; INVALID_ARGUMENT ESTIMATOR_INVALID; FAILED_PRECONDITION NO_OBSERVATIONS,
// NOT_IDENTIFIED, NOT_CONVERGED (also when more than one replication in a hundred is not), SAMPLE_TOO_SMALL; CANCELLED.
Result<SecondStageResult> SecondStage(const Panel& panel, const FrontierScores& first, const SecondStageSpec& spec,
                                      const ScoreReplications& score, const Environment& environment);

}  // namespace farrell::regression
