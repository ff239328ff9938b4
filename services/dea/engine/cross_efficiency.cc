#include "services/dea/engine/cross_efficiency.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace farrell::dea {
namespace {

// Share of the largest price below which the inputs of the rater itself are worth nothing.
constexpr double kNothing = 1e-12;
// Method III does not say what the rater's own inputs are worth to it. Of multipliers whose goals differ by less than
// this share of that worth those count that value them.
constexpr double kOwn = 0x1p-38;

bool IsRatio(CrossEfficiency kind) {
  return kind == CrossEfficiency::kAggressiveIii || kind == CrossEfficiency::kBenevolentIii;
}

bool IsBenevolent(CrossEfficiency kind) {
  return kind == CrossEfficiency::kBenevolent || kind == CrossEfficiency::kBenevolentIii;
}

double SlackOf(const UnitScore& score, int measure) {
  const int inputs = static_cast<int>(score.input_slacks.size());
  return measure < inputs ? score.input_slacks[static_cast<std::size_t>(measure)]
                          : score.output_slacks[static_cast<std::size_t>(measure - inputs)];
}

}  // namespace

CrossRater::CrossRater(const Observations& data, const ReferenceMatrix& reference, std::vector<std::int32_t> units,
                       CrossEfficiency kind)
    : data_(data),
      reference_(reference),
      kind_(kind),
      units_(std::move(units)),
      technology_(Model{}, data),
      solver_(technology_.row_count()) {}

// The dual of the second program: with s = 1 (benevolent) or -1,
//   method II   min theta  s.t.  X lambda <= theta x_k + s Xo,  Y lambda >= s Yo
//   method III  min theta  s.t.  X lambda <= theta Xo - e x_k,  Y lambda >= s Yo,  e = kOwn
// (Xo, Yo: sums over the others), where the weights of the rater's peers and the slacks of the measures it wastes have
// any sign. Sums are divided by a power of two near their number.
void CrossRater::Build(std::int32_t row, const UnitScore& score) {
  const Question question{data_, row, reference_};
  technology_.Begin(question, false, program_);
  const double share = std::ldexp(1.0, -std::ilogb(static_cast<double>(units_.size())));
  const double sense = IsBenevolent(kind_) ? 1 : -1;
  const auto rows = static_cast<std::size_t>(program_.row_count);
  std::vector<double> others(rows);
  for (int i = 0; i < program_.row_count; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    others[at] = others_[at] * share * Technology::Scale(program_, i);
  }
  const int first_mirror = program_.column_count;
  for (const Peer& peer : score.peers) {
    const int unit = reference_.Find(peer.row);
    double* const entries = program_.column(program_.AddColumn());
    for (std::size_t i = 0; i < rows; ++i) {
      entries[i] = -program_.factor[i] * reference_.row(program_.source[i])[unit];
    }
  }
  for (int i = 0; i < program_.row_count; ++i) {
    if (SlackOf(score, i) > 0) program_.column(program_.AddColumn())[i] = -1;
  }
  const int more = program_.AddColumn();
  const int less = program_.AddColumn();
  for (int i = 0; i < program_.row_count; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const bool input = data_.is_input(i);
    const double normal = !input ? 0 : IsRatio(kind_) ? others[at] : program_.rhs[at];
    program_.column(more)[i] = -normal;
    program_.column(less)[i] = normal;
    // An input that nobody else uses could be worth any amount.
    const double own = others[at] > 0 ? -kOwn * program_.rhs[at] : 0;
    program_.rhs[at] = !input ? -sense * others[at] : IsRatio(kind_) ? own : sense * others[at];
  }
  Objective& objective = program_.AddObjective();
  objective.cost[static_cast<std::size_t>(more)] = 1;
  objective.cost[static_cast<std::size_t>(less)] = -1;
  // Of all solutions one with the least of what has any sign; the others would have no bound.
  Objective& least = program_.AddObjective();
  std::fill(least.cost.begin() + first_mirror, least.cost.end(), 1.0);
}

std::optional<std::vector<double>> CrossRater::Multipliers(std::int32_t row, const UnitScore& score,
                                                           const std::stop_token& stop) {
  if (score.status != UnitStatus::kOptimal) return std::nullopt;
  std::vector<double> multipliers = score.input_prices;
  multipliers.insert(multipliers.end(), score.output_prices.begin(), score.output_prices.end());
  if (kind_ == CrossEfficiency::kArbitrary || units_.size() < 2) return multipliers;
  // Not a sum over all less the rater's own, which could be most of it.
  others_.assign(static_cast<std::size_t>(data_.dimension()), 0.0);
  for (const std::int32_t unit : units_) {
    if (unit == row) continue;
    const double* const cells = data_.row(static_cast<std::size_t>(unit));
    for (std::size_t i = 0; i < others_.size(); ++i) others_[i] += cells[i];
  }
  Build(row, score);
  const UnitStatus status = solver_.Solve(program_, {}, stop, solution_, certificate_);
  if (status != UnitStatus::kOptimal) return std::nullopt;
  double own = 0;
  double largest = 0;
  for (int i = 0; i < program_.row_count; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const double scale = Technology::Scale(program_, i);
    const double price = SlackOf(score, i) > 0 ? 0 : std::max(-solution_.prices[at], 0.0);
    multipliers[at] = price * scale;
    if (!data_.is_input(i)) continue;
    own += price * scale * data_.row(static_cast<std::size_t>(row))[i];
    largest = std::max(largest, price);
  }
  if (!(own > kNothing * largest)) return std::nullopt;
  return multipliers;
}

CrossEvaluation::CrossEvaluation(const Observations& data, const Evaluation& evaluation, CrossEfficiency kind)
    : data_(data),
      evaluation_(evaluation),
      kind_(kind),
      multipliers_(evaluation.unit_count() * static_cast<std::size_t>(data.dimension()), 0.0),
      rates_(evaluation.unit_count(), char{0}) {}

std::size_t CrossEvaluation::SetAt(std::size_t position) const {
  const auto row = static_cast<std::size_t>(evaluation_.row_at(position));
  return static_cast<std::size_t>(evaluation_.reference_sets().set_of_row[row]);
}

bool CrossEvaluation::Rate(std::size_t begin, std::size_t end, const std::vector<UnitScore>& scores,
                           const std::stop_token& stop, const std::function<void(std::int64_t)>& done) {
  for (std::size_t position = begin; position < end;) {
    const std::size_t set = SetAt(position);
    const auto [first, last] = evaluation_.PositionsOf(set);
    std::vector<std::int32_t> units;
    for (std::size_t at = first; at < last; ++at) units.push_back(evaluation_.row_at(at));
    CrossRater rater(data_, evaluation_.reference(set), std::move(units), kind_);
    for (; position < std::min(end, last); ++position) {
      const std::int32_t row = evaluation_.row_at(position);
      const auto multipliers = rater.Multipliers(row, scores[static_cast<std::size_t>(row)], stop);
      if (stop.stop_requested()) return false;
      rates_[position] = multipliers.has_value() ? 1 : 0;
      if (multipliers) {
        std::copy(multipliers->begin(), multipliers->end(),
                  multipliers_.begin() + static_cast<std::ptrdiff_t>(position * multipliers->size()));
      }
      if (done) done(1);
    }
  }
  return true;
}

std::optional<double> CrossEvaluation::Mean(std::size_t position) const {
  const auto [first, last] = evaluation_.PositionsOf(SetAt(position));
  const double* const cells = data_.row(static_cast<std::size_t>(evaluation_.row_at(position)));
  const int dimension = data_.dimension();
  double sum = 0;
  for (std::size_t rater = first; rater < last; ++rater) {
    const double* const weights = multipliers_.data() + rater * static_cast<std::size_t>(dimension);
    double used = 0;
    double made = 0;
    for (int i = 0; i < dimension; ++i) (i < data_.input_count ? used : made) += weights[i] * cells[i];
    if (rates_[rater] == 0 || !(used > 0)) return std::nullopt;
    sum += std::min(made / used, 1.0);
  }
  return sum / static_cast<double>(last - first);
}

bool CrossEvaluation::Average(std::size_t begin, std::size_t end, std::vector<UnitScore>& scores,
                              const std::stop_token& stop, const std::function<void(std::int64_t)>& done) const {
  for (std::size_t position = begin; position < end; ++position) {
    if (stop.stop_requested()) return false;
    scores[static_cast<std::size_t>(evaluation_.row_at(position))].cross_score = Mean(position);
    if (done) done(1);
  }
  return true;
}

}  // namespace farrell::dea
