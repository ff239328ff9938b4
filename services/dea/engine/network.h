// Two-stage systems: inputs x make intermediates z, and these alone make outputs y.
//
// With multipliers v, w, u >= 0, the same w on both sides of the link, for a unit o and every unit j of its reference
// set:  w z_j <= v x_j  (stage 1),  u y_j <= w z_j  (stage 2).
//
//   kKaoHwang  max u y_o  s.t.  v x_o = 1 (Kao & Hwang 2008): score = stage 1 * stage 2, CRS.
//   kChen      max w z_o + u y_o  s.t.  v x_o + w z_o = 1 (Chen, Cook, Li & Zhu 2009):
//              score = weight * stage 1 + (1 - weight) * stage 2,  weight = v x_o / (v x_o + w z_o).
//              Under VRS with free a and b in  w z_j + a <= v x_j,  u y_j + b <= w z_j,  max w z_o + a + u y_o + b.
//   Stage 1 = (w z_o + a) / v x_o,  stage 2 = (u y_o + b) / w z_o,  a = b = 0 under CRS.
//
// Other multipliers may give the same score and split it differently. Both ends are told: stage 1 as large as the score
// allows, and stage 2. They are found among the optimal multipliers themselves, those complementary to the optimal
// weights, not by holding the score at a rounded number; each end is split with its own multipliers, so that the
// formulas above hold at both (Chen et al. keep the weight of the first solution). Under VRS the other stage may take
// several values at an end; it is that of the canonical multipliers. It may also be negative, as a and b are free, and
// a stage may have no weight at all and so no efficiency: both are told as they are.
//
// Solved as the dual, with weights lambda of stage 1 and mu of stage 2:
//   min theta  s.t.  X lambda <= theta x_o,  Z (lambda - mu) >= 0 or (1 - theta) z_o,  Y mu >= y_o,
// sum(lambda) = sum(mu) = 1 under VRS. 0 < score <= 1.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea {

enum class Decomposition : std::uint8_t { kKaoHwang, kChen };

struct NetworkModel {
  std::vector<std::string> stage1_inputs;  // each list names at least one column or expression; zero or positive
  std::vector<std::string> intermediates;
  std::vector<std::string> outputs;
  Decomposition decomposition = Decomposition::kKaoHwang;
  ReturnsToScale rts = ReturnsToScale::kCrs;  // kVrs only with kChen
  Frontier frontier;
  InvalidDataPolicy invalid_data = InvalidDataPolicy::kError;
};

// Adds a violation for every field that is wrong; paths begin with `prefix`, e.g. "".
void CheckNetwork(const NetworkModel& model, const std::string& prefix, Violations& violations);

// One row per unit-period, in (unit, time) order.
struct NetworkObservations {
  Observations all;     // inputs; as outputs the intermediates, then the outputs
  Observations stage1;  // inputs and intermediates
  Observations stage2;  // intermediates and outputs
  int input_count() const { return all.input_count; }
  int intermediate_count() const { return stage2.input_count; }
  int output_count() const { return stage2.output_count; }
};

// The columns of `all`, row-major, as observations of every stage. Each scored row has a positive input, intermediate
// and output.
NetworkObservations SplitStages(Observations all, int intermediate_count);

// Reads the columns from a panel sorted by (unit, time). Errors as MakeObservations; also DATA_INVALID, or
// RowRole::kExcluded, for rows without a positive intermediate or output.
Result<NetworkObservations> MakeNetworkObservations(const Panel& panel, const NetworkModel& model);

// How the multipliers of one end split a score.
struct NetworkSplit {
  // kOptimal. kUnbounded: no optimal multipliers give the stage that comes first any weight (v x_o = 0, or w z_o = 0;
  // possible under VRS only), nothing is known. kNotSolved: as of a program.
  UnitStatus status = UnitStatus::kNotSolved;
  std::optional<double> stage1;  // unset also where the stage has no weight at this end
  std::optional<double> stage2;
  std::optional<double> stage1_weight;  // kChen
};

struct NetworkScore {
  UnitStatus status = UnitStatus::kNotSolved;  // kOptimal, kNotSolved, kReferenceOnly or kExcluded
  double score = 0;                            // of the system; all below only with kOptimal
  NetworkSplit first;                          // stage 1 as large as the score allows
  NetworkSplit second;                         // stage 2 as large as the score allows
  bool split_unique = false;                   // both ends agree to 1e-9
  // Canonical multipliers of the score, per data unit.
  std::vector<double> input_prices;         // v
  std::vector<double> intermediate_prices;  // w
  std::vector<double> output_prices;        // u
  double stage1_scale_price = 0;            // a; 0 under CRS
  double stage2_scale_price = 0;            // b
  std::optional<double> stage1_weight;      // kChen, with these multipliers
  bool prices_unique = false;
  // Each stage alone: theta of the ordinary radial model, input orientation.
  std::optional<double> stage1_alone;
  std::optional<double> stage2_alone;
  Certificate certificate;  // of the score
  double worst_gap = 0;     // over all programs of the unit
  double worst_violation = 0;
};

// Every scored row of a panel. Immutable once made; any number of threads may call Solve on disjoint ranges.
class Network {
 public:
  // The model has passed CheckNetwork; `data` outlives the network.
  Network(const NetworkObservations& data, const NetworkModel& model);

  // Units to score, ordered by reference set.
  std::size_t unit_count() const { return order_.size(); }
  std::int32_t row_at(std::size_t position) const { return order_[position]; }
  // The score, its two ends and each stage alone.
  static constexpr std::int64_t kProgramsPerUnit = 5;
  std::int64_t program_count() const { return kProgramsPerUnit * static_cast<std::int64_t>(order_.size()); }
  const ReferenceSets& reference_sets() const { return sets_; }

  // Solves positions [begin, end) and hands each score to `sink`, in their order. Calls `done` after each unit, if set.
  // Returns false when stopped. The same bits for any split.
  using Sink = std::function<void(std::int32_t row, NetworkScore&& score)>;
  bool Solve(std::size_t begin, std::size_t end, const Sink& sink, const std::stop_token& stop,
             const std::function<void(std::int64_t units)>& done) const;
  // The same into results[row]; `results` has one slot per observation.
  bool Solve(std::size_t begin, std::size_t end, std::vector<NetworkScore>& results, const std::stop_token& stop,
             const std::function<void(std::int64_t units)>& done) const;

  // Status of rows that are not scored; scored rows keep kNotSolved until Solve.
  std::vector<NetworkScore> EmptyResults() const;

 private:
  const NetworkObservations& data_;
  NetworkModel model_;
  ReferenceSets sets_;
  std::unique_ptr<Formulation> stage1_;
  std::unique_ptr<Formulation> stage2_;
  std::vector<ReferenceMatrix> all_matrices_;
  std::vector<ReferenceMatrix> stage1_matrices_;
  std::vector<ReferenceMatrix> stage2_matrices_;
  std::vector<std::int32_t> order_;
};

}  // namespace farrell::dea
