#include "services/dea/engine/evaluate.h"

#include <algorithm>
#include <utility>

#include "services/dea/engine/unit_scorer.h"

namespace farrell::dea {

Evaluation::Evaluation(const Observations& data, const Model& model)
    : data_(data),
      model_(model),
      sets_(MakeReferenceSets(data, model.frontier)),
      formulation_(MakeFormulation(model, data)) {
  matrices_.reserve(sets_.sets.size());
  for (const std::vector<std::int32_t>& members : sets_.sets) matrices_.emplace_back(data, members);
  if (!data.metafrontier_groups.empty()) {
    group_sets_ = MakeReferenceSets(data, model.frontier, data.metafrontier_groups);
    group_matrices_.reserve(group_sets_.sets.size());
    for (const std::vector<std::int32_t>& members : group_sets_.sets) group_matrices_.emplace_back(data, members);
  }
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (sets_.set_of_row[row] != ReferenceSets::kNone) order_.push_back(static_cast<std::int32_t>(row));
  }
  std::stable_sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
    return sets_.set_of_row[static_cast<std::size_t>(a)] < sets_.set_of_row[static_cast<std::size_t>(b)];
  });
}

std::int64_t Evaluation::problems_per_unit() const {
  const std::int64_t scores = group_matrices_.empty() ? 1 : 2;
  if (!model_.scale) return scores;
  return scores + (model_.rts == ReturnsToScale::kNdrs ? 3 : 2);
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
  UnitScorer scorer(model_, data_, formulation_.get());
  for (std::size_t position = begin; position < end; ++position) {
    const std::int32_t row = order_[position];
    const auto reference_of = [row](const ReferenceSets& sets, const std::vector<ReferenceMatrix>& matrices) {
      return &matrices[static_cast<std::size_t>(sets.set_of_row[static_cast<std::size_t>(row)])];
    };
    const Question question{data_, row, *reference_of(sets_, matrices_)};
    UnitScore& result = results[static_cast<std::size_t>(row)];
    result = scorer.Score(question, stop);
    if (model_.scale) scorer.AddScale(question, stop, result);
    if (!group_matrices_.empty()) {
      const UnitScore group = scorer.Score({data_, row, *reference_of(group_sets_, group_matrices_)}, stop);
      if (group.status == UnitStatus::kOptimal) result.group_score = group.score;
      result.gap_ratio = GapRatio(result, group);
    }
    if (stop.stop_requested()) return false;
    if (done) done(1);
  }
  return true;
}

}  // namespace farrell::dea
