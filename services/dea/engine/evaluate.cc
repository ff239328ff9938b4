#include "services/dea/engine/evaluate.h"

#include <algorithm>
#include <utility>

#include "services/dea/engine/guide.h"
#include "services/dea/engine/point_order.h"
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
  return scores + 4 + (model_.rts == ReturnsToScale::kNdrs ? 3 : 2);
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
    if (data_.roles[row] == RowRole::kReferenceOnly || data_.roles[row] == RowRole::kExcluded) {
      results[row] = EmptyResult(row);
    }
  }
  return results;
}

UnitScore Evaluation::EmptyResult(std::size_t row) const {
  UnitScore result;
  if (data_.roles[row] == RowRole::kReferenceOnly) result.status = UnitStatus::kReferenceOnly;
  if (data_.roles[row] == RowRole::kExcluded) result.status = UnitStatus::kExcluded;
  return result;
}

bool Evaluation::Prepare(const ParallelFor& parallel, const std::stop_token& stop) {
  if (!TakesFrame(model_, data_)) return true;
  // A frame made under variable returns serves the other technologies of Model::scale as well.
  const ReturnsToScale rts = model_.scale ? ReturnsToScale::kVrs : model_.rts;
  const auto make = [&](const std::vector<ReferenceMatrix>& matrices, std::vector<std::unique_ptr<Frame>>& frames) {
    frames.clear();
    for (const ReferenceMatrix& matrix : matrices) frames.push_back(MakeFrame(data_, matrix, rts, parallel, stop));
  };
  make(matrices_, frames_);
  make(group_matrices_, group_frames_);
  return !stop.stop_requested();
}

bool Evaluation::Solve(std::size_t begin, std::size_t end, const Sink& sink, const std::stop_token& stop,
                       const std::function<void(std::int64_t)>& done) const {
  return SolveRows(std::span(order_).subspan(begin, end - begin), sink, stop, done);
}

bool Evaluation::SolveRows(std::span<const std::int32_t> rows, const Sink& sink, const std::stop_token& stop,
                           const std::function<void(std::int64_t)>& done) const {
  UnitScorer scorer(model_, data_, formulation_.get());
  Guide guide(model_, data_);
  Guide group_guide(model_, data_);
  const auto set_of = [](const ReferenceSets& sets, std::int32_t row) {
    return static_cast<std::size_t>(sets.set_of_row[static_cast<std::size_t>(row)]);
  };
  const auto frame_of = [](const std::vector<std::unique_ptr<Frame>>& frames, std::size_t set) {
    return frames.empty() ? nullptr : frames[set].get();
  };
  for (const std::int32_t row : NeighboursInOrder(rows)) {
    const std::size_t set = set_of(sets_, row);
    const Frame* frame = frame_of(frames_, set);
    const Question question{data_, row, matrices_[set]};
    guide.SetReference(question.reference, frame);
    UnitScore result = scorer.Score(question, guide.OptionsFor(row), stop);
    if (model_.scale) scorer.AddScale(question, stop, result, frame);
    if (!group_matrices_.empty()) {
      const std::size_t group_set = set_of(group_sets_, row);
      const Question group_question{data_, row, group_matrices_[group_set]};
      group_guide.SetReference(group_question.reference, frame_of(group_frames_, group_set));
      const UnitScore group = scorer.Score(group_question, group_guide.OptionsFor(row), stop);
      if (group.status == UnitStatus::kOptimal) result.group_score = group.score;
      result.gap_ratio = GapRatio(result, group);
    }
    if (stop.stop_requested()) return false;
    sink(row, std::move(result));
    if (done) done(1);
  }
  return true;
}

bool Evaluation::Solve(std::size_t begin, std::size_t end, std::vector<UnitScore>& results, const std::stop_token& stop,
                       const std::function<void(std::int64_t)>& done) const {
  const auto keep = [&results](std::int32_t row, UnitScore&& score) {
    results[static_cast<std::size_t>(row)] = std::move(score);
  };
  return Solve(begin, end, keep, stop, done);
}

// The rows, set by set, each after a neighbour.
std::vector<std::int32_t> Evaluation::NeighboursInOrder(std::span<const std::int32_t> rows) const {
  const std::size_t d = static_cast<std::size_t>(data_.dimension());
  std::vector<std::int32_t> ordered;
  std::vector<double> points;
  std::vector<std::uint32_t> order;
  for (std::size_t begin = 0; begin < rows.size();) {
    const std::int32_t set = sets_.set_of_row[static_cast<std::size_t>(rows[begin])];
    std::size_t last = begin;
    points.clear();
    for (; last < rows.size() && sets_.set_of_row[static_cast<std::size_t>(rows[last])] == set; ++last) {
      const double* cells = data_.row(static_cast<std::size_t>(rows[last]));
      points.insert(points.end(), cells, cells + d);
    }
    OrderPoints(points.data(), last - begin, d, order);
    for (const std::uint32_t at : order) ordered.push_back(rows[begin + at]);
    begin = last;
  }
  return ordered;
}

}  // namespace farrell::dea
