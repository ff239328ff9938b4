// The plain structs of the dea engine: what is asked for and what comes back. They mirror farrell/dea/v1/dea.proto.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace farrell::dea {

// Technology by the sum of intensity weights: free, = 1, <= 1, >= 1.
enum class ReturnsToScale : std::uint8_t { kCrs, kVrs, kNirs, kNdrs };

enum class Orientation : std::uint8_t { kInput, kOutput };

enum class FrontierScheme : std::uint8_t { kContemporaneous, kGlobal, kSequential, kWindow };

// Who spans the frontier of a unit observed in period t.
struct Frontier {
  FrontierScheme scheme = FrontierScheme::kContemporaneous;
  int window = 0;            // periods, [1, number of periods]; only with kWindow
  std::string group_column;  // empty: no groups
};

// A row with a negative or missing cell, or without a positive input or a positive output: refuse all, or leave it out.
enum class InvalidDataPolicy : std::uint8_t { kError, kExclude };

struct Model {
  std::vector<std::string> inputs;   // at least one
  std::vector<std::string> outputs;  // at least one
  ReturnsToScale rts = ReturnsToScale::kCrs;
  Orientation orientation = Orientation::kInput;
  Frontier frontier;
  std::string reference_only_column;  // empty: every row is scored
  std::string reference_only_value;   // empty: "reference_only", "1" or "true"
  InvalidDataPolicy invalid_data = InvalidDataPolicy::kError;
  bool scale = false;  // also scale efficiency and the returns-to-scale class
};

enum class UnitStatus : std::uint8_t { kOptimal, kInfeasible, kUnbounded, kReferenceOnly, kExcluded, kNotSolved };

enum class ScaleClass : std::uint8_t { kNotAsked, kIncreasing, kConstant, kDecreasing };

// A reference unit and its intensity weight lambda > 0. `row` indexes the observations, which are in (unit, time)
// order.
struct Peer {
  std::int32_t row = 0;
  double weight = 0;
};

// Proof of optimality; every measure is relative, so units of measurement do not matter. See certificate.h.
struct Certificate {
  double primal = 0;         // theta or phi
  double dual = 0;           // the same from the prices
  double gap = 0;            // |primal - dual| / max(1, |primal|)
  double max_violation = 0;  // worst constraint, primal or dual, relative to the size of its terms
};

// Everything about one row. Vectors are empty unless kOptimal.
struct UnitScore {
  UnitStatus status = UnitStatus::kNotSolved;
  double score = 0;                  // theta, or 1/phi; in (0, 1] when the unit belongs to its own reference set
  double farrell = 0;                // theta, or phi
  std::vector<double> input_slacks;  // data's own units, >= 0
  std::vector<double> output_slacks;
  std::vector<double> input_targets;  // the point of the frontier compared with
  std::vector<double> output_targets;
  std::vector<Peer> peers;  // by descending weight, ties by row
  Certificate certificate;
  std::vector<double> input_prices;   // v >= 0, score per data unit; v x_o = 1 (input) or v x_o + w = phi (output)
  std::vector<double> output_prices;  // u >= 0; u y_o + w = theta (input) or u y_o = 1 (output)
  double scale_price = 0;             // w of the convexity row; 0 under CRS
  bool peers_unique = true;           // false when another optimal set of weights exists
  double scale_efficiency = 0;        // score CRS / score VRS; only when Model::scale
  ScaleClass scale_class = ScaleClass::kNotAsked;
};

// Increases whenever any bit of a result may change.
inline constexpr int kAlgorithmRevision = 1;

// Most inputs plus outputs of one model.
inline constexpr int kMaxDimension = 64;

}  // namespace farrell::dea
