// A whole evaluation: every scored row of a panel against its reference set. The caller brings the threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/frame.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea {

// Immutable once made; any number of threads may call Solve on disjoint ranges.
class Evaluation {
 public:
  Evaluation(const Observations& data, const Model& model);

  // Units to score, ordered by reference set; a range of positions in this order is a shard.
  std::size_t unit_count() const { return order_.size(); }
  // Observation at a position, and the positions [first, last) of the units of a reference set.
  std::int32_t row_at(std::size_t position) const { return order_[position]; }
  std::pair<std::size_t, std::size_t> PositionsOf(std::size_t set) const;
  // Linear programs in all: one per unit, another against its own group with a metafrontier, three more technologies at
  // most and four programs for elasticity and size with Model::scale.
  std::int64_t problem_count() const { return problems_per_unit() * static_cast<std::int64_t>(order_.size()); }
  std::int64_t problems_per_unit() const;
  const Observations& data() const { return data_; }
  const Model& model() const { return model_; }
  const ReferenceSets& reference_sets() const { return sets_; }
  const Formulation* formulation() const { return formulation_.get(); }
  const ReferenceMatrix& reference(std::size_t set) const { return matrices_[set]; }

  // Makes the frames of the reference sets (frame.h), so that large ones cost their frame per unit instead of their
  // size; Solve gives the same bits with and without. Not to be called while another thread calls Solve. False when
  // stopped.
  bool Prepare(const ParallelFor& parallel, const std::stop_token& stop);

  // Solves positions [begin, end) and hands each score to `sink`, in no particular order. Otherwise as below.
  using Sink = std::function<void(std::int32_t row, UnitScore&& score)>;
  bool Solve(std::size_t begin, std::size_t end, const Sink& sink, const std::stop_token& stop,
             const std::function<void(std::int64_t units)>& done) const;

  // The same for the rows named, those of a set together.
  bool SolveRows(std::span<const std::int32_t> rows, const Sink& sink, const std::stop_token& stop,
                 const std::function<void(std::int64_t units)>& done) const;

  // Solves positions [begin, end) and writes results[row] for each; `results` has one slot per observation. Calls
  // `done` after each unit, if set. Returns false when stopped.
  bool Solve(std::size_t begin, std::size_t end, std::vector<UnitScore>& results, const std::stop_token& stop,
             const std::function<void(std::int64_t units)>& done) const;

  // Status of rows that are not scored; scored rows keep kNotSolved until Solve.
  std::vector<UnitScore> EmptyResults() const;
  UnitScore EmptyResult(std::size_t row) const;

 private:
  std::vector<std::int32_t> NeighboursInOrder(std::span<const std::int32_t> rows) const;

  const Observations& data_;
  Model model_;
  ReferenceSets sets_;
  std::unique_ptr<Formulation> formulation_;
  std::vector<ReferenceMatrix> matrices_;
  // The unit's own group within its metafrontier; empty without one.
  ReferenceSets group_sets_;
  std::vector<ReferenceMatrix> group_matrices_;
  // One a matrix, null where there is none; empty before Prepare.
  std::vector<std::unique_ptr<Frame>> frames_;
  std::vector<std::unique_ptr<Frame>> group_frames_;
  std::vector<std::int32_t> order_;
};

}  // namespace farrell::dea
