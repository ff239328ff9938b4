#include "services/dea/engine/radial.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "services/dea/engine/certificate.h"

namespace farrell::dea {
namespace {

// A score this close to 1 cannot be told from 1 by its own arithmetic.
constexpr double kOne = 1e-13;

// 2^-e with 2^e <= value < 2^(e+1).
double PowerOfTwoBelow(double value) { return std::ldexp(1.0, -std::ilogb(value)); }

bool SameData(const Observations& data, std::int32_t a, std::int32_t b) {
  return std::equal(data.row(static_cast<std::size_t>(a)), data.row(static_cast<std::size_t>(a)) + data.dimension(),
                    data.row(static_cast<std::size_t>(b)));
}

}  // namespace

RadialSolver::RadialSolver(int dimension) : dimension_(dimension), simplex_(dimension + 1) {
  const std::size_t rows = static_cast<std::size_t>(dimension) + 1;
  for (std::vector<double>* vector :
       {&program_.factor, &program_.score_column, &program_.rhs, &program_.slack_gain, &program_.own_column}) {
    vector->resize(rows);
  }
}

void RadialSolver::Build(const Question& question) {
  const auto& [data, row, reference, rts, orientation] = question;
  const bool input = question.input();
  const double* own = data.row(static_cast<std::size_t>(row));
  const bool has_scale_row = rts != ReturnsToScale::kCrs;
  program_.reference = &reference;
  program_.row_count = data.dimension() + (has_scale_row ? 1 : 0);
  program_.score_cost = input ? 1 : -1;
  program_.last_row_is_equality = rts == ReturnsToScale::kVrs;
  program_.own_index = reference.Find(row);
  program_.score_row = program_.own_row = -1;
  for (int i = 0; i < data.dimension(); ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const bool is_input = i < data.input_count;
    // Rows are scaled by the evaluated unit; a zero leaves the reference set to set the scale.
    const double size = own[i] > 0 ? own[i] : reference.largest(i);
    const double scale = size > 0 ? PowerOfTwoBelow(size) : 1;
    const double sign = is_input ? 1 : -1;
    const bool scored_side = is_input == input;
    program_.factor[at] = sign * scale;
    program_.own_column[at] = sign * scale * own[i];
    program_.score_column[at] = scored_side ? -sign * scale * own[i] : 0.0;
    program_.rhs[at] = scored_side ? 0.0 : sign * scale * own[i];
    program_.slack_gain[at] = 1 / scale;
    int& start = scored_side ? program_.score_row : program_.own_row;
    if (start < 0 && own[i] > 0) start = i;
  }
  if (has_scale_row) {
    const std::size_t last = static_cast<std::size_t>(data.dimension());
    const double sign = rts == ReturnsToScale::kNdrs ? -1 : 1;
    program_.factor[last] = program_.own_column[last] = program_.rhs[last] = sign;
    program_.score_column[last] = program_.slack_gain[last] = 0;
    program_.own_row = data.dimension();
  }
}

template <typename Real>
void RadialSolver::Extract(const Simplex<Real>& simplex, const Question& question, UnitScore& result) const {
  const auto& [data, row, reference, rts, orientation] = question;
  const bool input = question.input();
  const double* own = data.row(static_cast<std::size_t>(row));
  const std::size_t m = static_cast<std::size_t>(data.input_count);
  const std::size_t s = static_cast<std::size_t>(data.output_count);
  result.input_slacks.assign(m, 0.0);
  result.output_slacks.assign(s, 0.0);
  const std::vector<int>& basis = simplex.basis();
  bool any_slack = false;
  for (std::size_t p = 0; p < basis.size(); ++p) {
    const double value = static_cast<double>(simplex.values()[p]);
    if (!(value > 0)) continue;
    if (basis[p] < simplex.weight_count()) {
      result.peers.push_back({reference.members()[static_cast<std::size_t>(basis[p])], value});
    } else if (basis[p] == simplex.score_variable()) {
      result.farrell = value;
    } else {
      const std::size_t i = static_cast<std::size_t>(basis[p] - simplex.weight_count());
      if (i >= m + s) continue;
      any_slack = true;
      (i < m ? result.input_slacks[i] : result.output_slacks[i - m]) = value / std::abs(program_.factor[i]);
    }
  }
  const bool own_set = program_.own_index >= 0;
  if (std::abs(result.farrell - 1) <= kOne || (own_set && (input ? result.farrell > 1 : result.farrell < 1))) {
    result.farrell = 1;
    if (result.peers.size() == 1 && !any_slack && SameData(data, row, result.peers[0].row)) result.peers[0].weight = 1;
  }
  std::sort(result.peers.begin(), result.peers.end(),
            [](const Peer& a, const Peer& b) { return a.weight != b.weight ? a.weight > b.weight : a.row < b.row; });

  result.input_prices.resize(m);
  result.output_prices.resize(s);
  // Prices of "<=" rows in a minimisation are <= 0; both sides are told as worths, >= 0.
  const auto price = [&](std::size_t i) {
    const double value = -static_cast<double>(simplex.prices()[i]) * std::abs(program_.factor[i]);
    return value > 0 ? value : 0.0;
  };
  for (std::size_t i = 0; i < m; ++i) {
    result.input_prices[i] = price(i);
    result.input_targets.push_back((input ? result.farrell : 1.0) * own[i] - result.input_slacks[i]);
  }
  for (std::size_t r = 0; r < s; ++r) {
    result.output_prices[r] = price(m + r);
    result.output_targets.push_back((input ? 1.0 : result.farrell) * own[m + r] + result.output_slacks[r]);
  }
  if (rts != ReturnsToScale::kCrs) {
    double w = static_cast<double>(simplex.prices()[m + s]) * (rts == ReturnsToScale::kNdrs ? -1 : 1);
    if (rts == ReturnsToScale::kNirs) w = std::min(w, 0.0);
    if (rts == ReturnsToScale::kNdrs) w = std::max(w, 0.0);
    result.scale_price = (input ? w : -w) + 0.0;
  }
}

// Solves, reads off and certifies; `result` is left as it was unless the outcome is kOptimal.
template <typename Real>
SolveOutcome RadialSolver::Attempt(Simplex<Real>& simplex, const Question& question, const SolveOptions& options,
                                   const std::stop_token& stop, UnitScore& result) {
  const SolveOutcome outcome = simplex.Solve(program_, options, stop);
  iterations_ += simplex.iterations();
  if (outcome != SolveOutcome::kOptimal) return outcome;
  basis_ = simplex.basis();
  UnitScore answer;
  Extract(simplex, question, answer);
  if (!(answer.farrell > 0)) return SolveOutcome::kUnbounded;
  answer.score = question.input() ? answer.farrell : 1 / answer.farrell;
  answer.peers_unique = simplex.unique();
  answer.certificate =
      Certify(question.data, question.row, question.reference, question.rts, question.orientation, answer);
  if (!IsCertified(answer)) {
    result.certificate = answer.certificate;
    return SolveOutcome::kUncertified;
  }
  answer.status = UnitStatus::kOptimal;
  result = std::move(answer);
  return SolveOutcome::kOptimal;
}

UnitScore RadialSolver::Solve(const Observations& data, std::int32_t row, const ReferenceMatrix& reference,
                              ReturnsToScale rts, Orientation orientation, const SolveOptions& options,
                              const std::stop_token& stop) {
  UnitScore result;
  iterations_ = 0;
  basis_.clear();
  if (reference.size() == 0) {
    result.status = UnitStatus::kInfeasible;
    return result;
  }
  const Question question{data, row, reference, rts, orientation};
  Build(question);
  const SolveOutcome first = Attempt(simplex_, question, options, stop, result);
  if (first == SolveOutcome::kOptimal || first == SolveOutcome::kStopped) return result;
  // Everything else, "infeasible" included, is said only after a second look in twice the digits.
  if (!quad_) quad_ = std::make_unique<Simplex<Quad>>(dimension_ + 1);
  const SolveOutcome second = Attempt(*quad_, question, {}, stop, result);
  if (second == SolveOutcome::kInfeasible) result.status = UnitStatus::kInfeasible;
  if (second == SolveOutcome::kUnbounded) result.status = UnitStatus::kUnbounded;
  return result;
}

}  // namespace farrell::dea
