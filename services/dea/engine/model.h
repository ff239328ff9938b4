// The plain structs of the dea engine: what is asked for and what comes back. They mirror farrell/dea/v1/dea.proto.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace farrell::dea {

// Technology by the sum of intensity weights: free, = 1, <= 1, >= 1, within [weight_sum_low, weight_sum_high].
enum class ReturnsToScale : std::uint8_t { kCrs, kVrs, kNirs, kNdrs, kGrs };

// kNone: both sides at once.
enum class Orientation : std::uint8_t { kInput, kOutput, kNone };

// What is measured; dea.proto gives definitions and sources.
enum class ModelKind : std::uint8_t { kRadial, kFdh, kAdditive, kRam, kBam, kSbm, kDdf, kRdm };

enum class SuperRemedy : std::uint8_t { kNone, kCook, kDdf };
enum class CrossEfficiency : std::uint8_t {
  kNone,
  kArbitrary,
  kAggressive,
  kBenevolent,
  kAggressiveIii,
  kBenevolentIii
};
enum class Disposability : std::uint8_t { kStrong, kWeak, kKuosmanen };
enum class NonDiscretionaryRule : std::uint8_t { kBankerMorey, kNcn };

// A bound on the multiplier of `measure`, or on its ratio to that of `over` (AR-I; same side).
struct WeightRestriction {
  std::string measure;
  std::string over;  // empty: the multiplier itself
  std::optional<double> low;
  std::optional<double> high;
};

enum class DirectionKind : std::uint8_t { kOwn, kMean, kColumns };
struct Direction {
  DirectionKind kind = DirectionKind::kOwn;
  std::vector<std::string> columns;  // kColumns: one a measure, inputs, outputs, bad outputs
};

enum class FrontierScheme : std::uint8_t { kContemporaneous, kGlobal, kSequential, kWindow, kBiennial };

// Who spans the frontier of a unit observed in period t.
struct Frontier {
  FrontierScheme scheme = FrontierScheme::kContemporaneous;
  int window = 0;            // periods, [1, number of periods]; only with kWindow
  std::string group_column;  // empty: no groups
};

// A row with a negative or missing cell, or without a positive input or a positive output: refuse all, or leave it out.
enum class InvalidDataPolicy : std::uint8_t { kError, kExclude };

// Fields stand by meaning, not by size: there is one model a request.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct Model {
  std::vector<std::string> inputs;   // at least one
  std::vector<std::string> outputs;  // at least one
  ReturnsToScale rts = ReturnsToScale::kCrs;
  Orientation orientation = Orientation::kInput;
  Frontier frontier;
  std::string reference_only_column;  // empty: every row is scored
  std::string reference_only_value;   // empty: "reference_only", "1" or "true"
  std::string frozen_out_column;      // empty: every scored row spans the frontier
  std::string frozen_out_value;       // empty: "frozen_out", "1" or "true"
  InvalidDataPolicy invalid_data = InvalidDataPolicy::kError;
  bool scale = false;  // also scale efficiency, the returns-to-scale class, elasticity and most productive scale size
  ModelKind kind = ModelKind::kRadial;
  bool super = false;  // the evaluated unit is left out of its reference set
  SuperRemedy super_remedy = SuperRemedy::kNone;
  CrossEfficiency cross = CrossEfficiency::kNone;
  std::vector<std::string> bad_outputs;
  Disposability disposability = Disposability::kStrong;
  std::vector<std::string> non_discretionary;  // names among inputs and outputs
  NonDiscretionaryRule non_discretionary_rule = NonDiscretionaryRule::kBankerMorey;
  std::vector<WeightRestriction> weight_restrictions;
  double weight_sum_low = 1;  // kGrs: 0 <= low <= 1 <= high
  double weight_sum_high = 1;
  Direction direction;      // kDdf
  bool non_radial = false;  // kDdf: one distance a measure
  std::string metafrontier_column;
  bool influence = false;
};

// What the number in UnitScore::score is.
enum class Measure : std::uint8_t { kTheta, kOneOverPhi, kSlackSum, kRam, kBam, kRho, kBeta, kOneMinusBeta };

enum class UnitStatus : std::uint8_t { kOptimal, kInfeasible, kUnbounded, kReferenceOnly, kExcluded, kNotSolved };

enum class ScaleClass : std::uint8_t { kNotAsked, kIncreasing, kConstant, kDecreasing };

// A reference unit and its intensity weight lambda > 0. `row` indexes the observations, which are in (unit, time)
// order.
struct Peer {
  std::int32_t row = 0;
  double weight = 0;
};

enum class CertificateKind : std::uint8_t { kOptimal, kInfeasible, kUnbounded, kDominance };

// Proof of a status; every measure is relative, so units of measurement do not matter. See certificate.h.
struct Certificate {
  CertificateKind kind = CertificateKind::kOptimal;
  double primal = 0;         // theta or phi
  double dual = 0;           // the same from the prices
  double gap = 0;            // |primal - dual| / max(1, |primal|)
  double max_violation = 0;  // worst constraint, primal or dual, relative to the size of its terms
  double slack_gap = 0;      // gap of phase two
  // The solution as the program has it (program.h): columns beside the weights, prices of the rows, prices of the rows
  // in phase two and those that show which slacks are zero in every solution (empty: none has to be), a ray by kind.
  std::vector<double> variables;
  std::vector<double> prices;
  std::vector<double> slack_prices;
  std::vector<double> zero_slack_prices;
  std::vector<double> ray;
};

// Everything about one row. Vectors are empty unless kOptimal; where a program has an optimum and the unit no score
// (kUnbounded with a certificate of kind kOptimal) peers, slacks and prices tell that optimum, and with a ray that
// proves kUnbounded the peers are its weights.
struct UnitScore {
  UnitStatus status = UnitStatus::kNotSolved;
  Measure measure = Measure::kTheta;
  double score = 0;    // the measure; theta and 1/phi in (0, 1] when the unit belongs to its own reference set
  double farrell = 0;  // theta or phi; other models: the objective of the program
  std::vector<double> input_slacks;  // data's own units, >= 0
  std::vector<double> output_slacks;
  std::vector<double> input_targets;  // the point of the frontier compared with; < 0 possible with weight restrictions
  std::vector<double> output_targets;
  std::vector<Peer> peers;  // by descending weight, ties by row
  Certificate certificate;
  std::vector<double> input_prices;   // v >= 0, score per data unit; v x_o = 1 (input) or v x_o + w = phi (output)
  std::vector<double> output_prices;  // u >= 0; u y_o + w = theta (input) or u y_o = 1 (output)
  double scale_price = 0;             // w of the convexity row; 0 under CRS
  bool peers_unique = true;           // false when another optimal set of weights exists
  double scale_efficiency = 0;        // score CRS / score VRS; only when Model::scale
  ScaleClass scale_class = ScaleClass::kNotAsked;
  std::vector<double> bad_output_slacks;
  std::vector<double> bad_output_targets;
  std::vector<double> bad_output_prices;  // any sign under weak disposability
  bool prices_unique = true;              // false when another optimal set exists or could not be ruled out
  std::vector<double> betas;              // kDdf with non_radial: inputs, outputs, bad outputs
  std::vector<Peer> abated_peers;         // second intensity vector of Disposability::kKuosmanen
  std::optional<double> group_score;      // with metafrontier_column
  std::optional<double> gap_ratio;
  std::optional<double> cross_score;                                           // with cross
  std::optional<double> remedy_score;                                          // with super_remedy, where kInfeasible
  std::optional<double> elasticity_low, elasticity_high, mpss_low, mpss_high;  // with scale; unset: unbounded
  // What lets a later evaluation prove that the answer still stands (carry.h): of the rows in which weights appear the
  // prices of objective 0, then how far from zero a reduced cost at them is clear, a number a row. Empty: nothing does.
  // Not part of the answer.
  std::vector<double> proof;
};

// Increases whenever any bit of a result may change.
inline constexpr int kAlgorithmRevision = 2;

// Most inputs plus outputs of one model.
inline constexpr int kMaxDimension = 64;

}  // namespace farrell::dea
