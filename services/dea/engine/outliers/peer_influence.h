// How the scores hang on single peers: every peer is left out of the reference sets in turn and the scores that change
// are computed anew (leave-one-out influence; Wilson 1995 for the frontier units themselves).
//
// A unit that does not have the peer among its own keeps its score: its optimal weights are still there, and a smaller
// technology holds nothing better. So only the units that have it as a peer are solved again, and the changes are exact
// for every model that sees the reference set as columns of its program alone (not for ranges or means taken over it,
// which are held fixed).
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea {

// Scores a row against a reference set; the model is the caller's.
using Scorer = std::function<UnitScore(std::int32_t row, const ReferenceMatrix& reference)>;

// A unit whose peer was left out.
struct ScoreChange {
  std::int32_t row = 0;
  UnitStatus status = UnitStatus::kNotSolved;  // without the peer
  double before = 0;                           // UnitScore::score
  double after = 0;                            // only with kOptimal
  double change() const { return after - before; }
};

// What hangs on one peer.
struct PeerInfluence {
  std::int32_t row = 0;
  // Units that have it as a peer, itself not counted, ascending by row; a zero change says that it was not needed.
  std::vector<ScoreChange> changes;
  std::int64_t lost_count = 0;  // of those: units that have no score without it, left out of what follows
  double sum_change = 0;        // after - before: theta, 1/phi and rho rise, beta and slack sums fall
  double mean_change = 0;       // 0 where there is none
  double largest_change = 0;    // in absolute value, with its sign
};

// Immutable once made; any number of threads may call Measure.
class PeerInfluences {
 public:
  // `scores`: one per observation, as Evaluation::Solve fills them; kept by reference, as are `data` and `sets`.
  PeerInfluences(const Observations& data, const ReferenceSets& sets, const std::vector<UnitScore>& scores);

  // Rows that are a peer of some other unit, ascending.
  const std::vector<std::int32_t>& peers() const { return peers_; }
  // Programs that Measure solves for all peers together.
  std::int64_t problem_count() const;

  // Leaves peers()[index] out. Incomplete when stopped.
  PeerInfluence Measure(std::size_t index, const Scorer& scorer, const std::stop_token& stop) const;

 private:
  const Observations& data_;
  const ReferenceSets& sets_;
  const std::vector<UnitScore>& scores_;
  std::vector<std::int32_t> peers_;
  std::vector<std::vector<std::int32_t>> dependents_;  // by index of the peer, by set, then by row
};

}  // namespace farrell::dea
