// Scores between the engine and the contract (farrell/dea/v1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/panel/panel.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/outliers/peer_influence.h"

namespace farrell::dea {

v1::Status ToProto(UnitStatus status);
void ToProto(const Certificate& certificate, v1::Certificate& message);
void ToProto(const BootstrapInterval& interval, bool ranks, v1::Interval& message);
void ToProto(const PeerInfluence& influence, v1::Influence& message);

// One message per row of the panel; measures in the order of `model`. `row` is left unset: it belongs to a snapshot,
// not to the result. Where TellsItsSolution (plain_certificate.h) the certificate does not repeat it.
v1::UnitResult UnitToProto(const Panel& panel, const Model& model, std::size_t row, const UnitScore& score);

// The score that a message tells, for checking; nothing when it names a unit-period that the panel lacks, a peer
// included, or a measure or status that does not exist.
std::optional<UnitScore> UnitFromProto(const Panel& panel, const v1::UnitResult& unit);

// Row of a unit-period in a panel sorted by (unit, time), or -1.
std::int32_t FindRow(const Panel& panel, const std::string& unit, bool has_time, std::int64_t time);

// Whether a score says that nothing can be gained: 1, or 0 for slack sums and directional distances.
bool IsEfficient(const v1::UnitResult& unit);

// What the summary tells of all units, gathered one by one.
class Tally {
 public:
  void Add(const v1::UnitResult& unit);
  // Counts, shares and the largest gaps; the rest is left alone.
  void Write(v1::EvaluationSummary& summary) const;
  std::int64_t scored_count() const { return optimal_ + infeasible_ + unbounded_ + not_solved_; }
  std::int64_t not_solved_count() const { return not_solved_; }

 private:
  std::int64_t optimal_ = 0;
  std::int64_t infeasible_ = 0;
  std::int64_t unbounded_ = 0;
  std::int64_t excluded_ = 0;
  std::int64_t not_solved_ = 0;
  std::int64_t efficient_ = 0;
  double worst_gap_ = 0;
  double worst_violation_ = 0;
};

// Counts, shares and warnings over all units. Provenance, origin and model are left to the caller.
v1::EvaluationSummary Summarise(const Model& model, const Evaluation& evaluation, const Tally& tally);

}  // namespace farrell::dea
