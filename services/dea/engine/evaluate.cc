#include "services/dea/engine/evaluate.h"

#include <algorithm>
#include <utility>

#include "services/dea/engine/radial.h"
#include "services/dea/engine/scale.h"

namespace farrell::dea {

Evaluation::Evaluation(const Observations& data, const Model& model)
    : data_(data),
      model_(model),
      sets_(MakeReferenceSets(data, model.frontier)),
      formulation_(MakeFormulation(model, data)) {
  matrices_.reserve(sets_.sets.size());
  for (const std::vector<std::int32_t>& members : sets_.sets) matrices_.emplace_back(data, members);
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (sets_.set_of_row[row] != ReferenceSets::kNone) order_.push_back(static_cast<std::int32_t>(row));
  }
  std::stable_sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
    return sets_.set_of_row[static_cast<std::size_t>(a)] < sets_.set_of_row[static_cast<std::size_t>(b)];
  });
}

std::int64_t Evaluation::problems_per_unit() const {
  if (!model_.scale) return 1;
  return model_.rts == ReturnsToScale::kNdrs ? 4 : 3;
}

std::pair<std::size_t, std::size_t> Evaluation::PositionsOf(std::size_t set) const {
  const auto set_of = [&](std::int32_t row) {
    return static_cast<std::size_t>(sets_.set_of_row[static_cast<std::size_t>(row)]);
  };
  const auto first =
      std::partition_point(order_.begin(), order_.end(), [&](std::int32_t row) { return set_of(row) < set; });
  const auto last = std::partition_point(first, order_.end(), [&](std::int32_t row) { return set_of(row) == set; });
  return {static_cast<std::size_t>(first - order_.begin()), static_cast<std::size_t>(last - order_.begin())};
}

std::vector<UnitScore> Evaluation::EmptyResults() const {
  std::vector<UnitScore> results(data_.size());
  for (std::size_t row = 0; row < data_.size(); ++row) {
    if (data_.roles[row] == RowRole::kReferenceOnly) results[row].status = UnitStatus::kReferenceOnly;
    if (data_.roles[row] == RowRole::kExcluded) results[row].status = UnitStatus::kExcluded;
  }
  return results;
}

bool Evaluation::Solve(std::size_t begin, std::size_t end, std::vector<UnitScore>& results, const std::stop_token& stop,
                       const std::function<void(std::int64_t)>& done) const {
  UnitSolver solver(*formulation_);
  RadialSolver radial(data_.dimension());
  const SolveOptions options;
  for (std::size_t position = begin; position < end; ++position) {
    const std::int32_t row = order_[position];
    const ReferenceMatrix& reference =
        matrices_[static_cast<std::size_t>(sets_.set_of_row[static_cast<std::size_t>(row)])];
    const auto solve = [&](ReturnsToScale rts) {
      return radial.Solve(data_, row, reference, rts, model_.orientation, options, stop);
    };
    UnitScore& result = results[static_cast<std::size_t>(row)];
    result = solver.Solve({data_, row, reference}, options, stop);
    if (model_.scale && result.status == UnitStatus::kOptimal) {
      const auto other = [&](ReturnsToScale rts) { return rts == model_.rts ? result.score : solve(rts).score; };
      const ScaleScores scores{other(ReturnsToScale::kCrs), other(ReturnsToScale::kVrs), other(ReturnsToScale::kNirs)};
      if (scores.crs > 0 && scores.vrs > 0 && scores.nirs > 0) {
        result.scale_efficiency = ScaleEfficiency(scores);
        result.scale_class = ClassifyScale(scores);
      }
    }
    if (stop.stop_requested()) return false;
    if (done) done(1);
  }
  return true;
}

}  // namespace farrell::dea
