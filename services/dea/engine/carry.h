// Carries answers over to a reference set that has changed: those that are proven to stand.
//
// A unit's program has a column for each member of its reference set. Let members come, go and be revised, the unit and
// the rest of its program stay, and let y be the prices of the old answer for the first objective. If every column that
// went and every column that came has a reduced cost -y a > 0, then
//   - none of them has weight: of those that went by complementary slackness, of those that came by weak duality;
//   - so the optimal solutions of both programs are the same for the first objective, and for all that follow, which
//     choose among them;
//   - and the old canonical basis (simplex.h) is the canonical basis of the new program: it has no such column, it is
//     optimal and feasible for the relaxed right-hand side in both, and there is only one.
// All numbers of an answer are computed from that basis as a set, from the columns that tie with it, and from the
// unit's own program: they have the same bits, multipliers that are not unique included. Positive means clearly so:
// above kBand times the tolerance within which a reduced cost counts as zero, so that the column is among no solver's
// ties and no certificate's worst violations. A tie, a solution found in twice the digits, and every outcome but an
// optimum is solved again. The test is sufficient, not necessary.
//
// It holds for every linear-program model whose program names the reference set in the members' columns only, which
// Formulation::SameProgram tells: any returns to scale, radial, directional, additive, slacks-based in the form of
// Charnes & Cooper (1962). Rows are scaled by powers of two of the unit's own values, never by those of the set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/frame.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

// Whether everything told of a unit under the model is decided by one linear program against one reference set.
bool CanCarry(const Model& model);

// One reference set, then and now. Immutable once made; any number of threads may use it.
class Carrier {
 public:
  // `row_then`: for each row of `now` the row of `then` that is the same unit at the same time, or -1; ascending where
  // it is not -1. All references outlive the carrier.
  Carrier(const Model& model, const Formulation& formulation, const Observations& then,
          const ReferenceMatrix& reference_then, const Observations& now, const ReferenceMatrix& reference_now,
          const std::vector<std::int32_t>& row_then);

  // Whether the answer to a row's unit then, which came with `proof` (UnitScore::proof), is its answer now.
  bool Stands(std::int32_t row, std::span<const double> proof) const;

  // Members that came, went or were revised; a revised one counts twice.
  std::size_t changed_count() const { return changed_count_; }

 private:
  bool SameUnit(std::int32_t row_then, std::int32_t row) const;
  void FrameColumns(const Model& model);
  bool FrameSuffices(const double* worth, const double* margin) const;

  const Formulation& formulation_;
  const Technology& technology_;
  int row_count_;
  const Observations& then_;
  const ReferenceMatrix& reference_then_;
  const Observations& now_;
  const ReferenceMatrix& reference_now_;
  const std::vector<std::int32_t>& row_then_;
  bool ordered_ = true;
  std::vector<char> member_then_;  // one a row
  std::vector<char> member_now_;
  std::size_t changed_count_ = 0;
  // Columns that changed, as the rows of the technology have them before scaling; with a frame (frame.h) those of its
  // units: what is clear for them is clear for the others.
  std::vector<double> columns_;
  std::unique_ptr<const Frame> frame_;
  std::vector<double> lowest_;  // of all that changed, a value a row
  std::vector<double> highest_;
};

// What an evaluation takes over from an earlier one.
struct TakenOver {
  // One a row of the new table: carried over, or empty as EmptyResults makes them.
  std::vector<UnitScore> results;
  // Rows that are left to solve, in the order of the evaluation.
  std::vector<std::int32_t> open;
  std::int64_t carried_count = 0;
};

// Carries over what stands of `scores`, one a row of `then`. `set_then`: for each reference set of `now` the one of
// `then` that it was, or -1; `row_then` as above.
TakenOver TakeOver(const Evaluation& then, std::vector<UnitScore> scores, const Evaluation& now,
                   const std::vector<std::int32_t>& set_then, const std::vector<std::int32_t>& row_then);

}  // namespace farrell::dea
