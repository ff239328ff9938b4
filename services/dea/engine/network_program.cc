#include "services/dea/engine/network_program.h"

#include <algorithm>
#include <cmath>

namespace farrell::dea {
namespace {

// A score this close to 1 cannot be told from 1 by its own arithmetic.
constexpr double kOne = 1e-13;

double AtMostOne(double value) { return value > 1 - kOne ? 1.0 : value; }

}  // namespace

NetworkProgram::NetworkProgram(const NetworkObservations& data, const NetworkModel& model)
    : data_(data),
      additive_(model.decomposition == Decomposition::kChen),
      vrs_(model.rts == ReturnsToScale::kVrs),
      row_count_(data.all.dimension() + (vrs_ ? 2 : 0)),
      solver_(row_count_) {}

// The factor of a row, > 0.
double NetworkProgram::Scale(int measure) const {
  const double block1 = program_.block_factor(0)[measure];
  return std::abs(block1 != 0 ? block1 : program_.block_factor(1)[measure]);
}

// Weights and slacks:
//   X lambda + s = ..,  -Z lambda + Z mu + s = ..,  -Y mu + s = ..,  sum(lambda) = ..,  sum(mu) = ..
void NetworkProgram::BuildRows(std::int32_t row, const ReferenceMatrix& reference) {
  own_ = data_.all.row(static_cast<std::size_t>(row));
  own_weight_ = reference.Find(row);
  reference_ = &reference;
  program_.Clear(reference, row_count_);
  program_.block_count = 2;
  program_.factor.resize(2 * static_cast<std::size_t>(row_count_), 0.0);
  for (int i = 0; i < Measures(); ++i) {
    program_.source[static_cast<std::size_t>(i)] = i;
    // Rows are scaled by the evaluated unit; a zero leaves the reference set to set the scale.
    const double size = own_[i] > 0 ? own_[i] : reference.largest(i);
    const double scale = size > 0 ? std::ldexp(1.0, -std::ilogb(size)) : 1;
    if (is_input(i) || is_link(i)) program_.block_factor(0)[i] = is_input(i) ? scale : -scale;
    if (!is_input(i)) program_.block_factor(1)[i] = is_link(i) ? scale : -scale;
    program_.column(program_.AddColumn())[i] = 1;
  }
  for (int i = Measures(); i < row_count_; ++i) {
    program_.source[static_cast<std::size_t>(i)] = reference.dimension();
    program_.block_factor(i - Measures())[i] = 1;
  }
}

void NetworkProgram::BuildSystem() {
  const int theta = program_.AddColumn();
  for (int i = 0; i < Measures(); ++i) {
    const double own = Scale(i) * own_[i];
    if (is_input(i) || (additive_ && is_link(i))) program_.column(theta)[i] = -own;
    if (!is_input(i) && (additive_ || !is_link(i))) program_.rhs[static_cast<std::size_t>(i)] = -own;
  }
  for (int i = Measures(); i < row_count_; ++i) program_.rhs[static_cast<std::size_t>(i)] = 1;
  program_.AddObjective().cost[static_cast<std::size_t>(theta)] = 1;

  // The unit itself, compared with itself: theta and both its own weights at 1, every row met without slack.
  const auto first_positive = [&](int begin, int end) {
    return static_cast<int>(std::find_if(own_ + begin, own_ + end, [](double value) { return value > 0; }) - own_);
  };
  const int links_end = Inputs() + Links();
  for (int i = 0; i < Measures(); ++i) program_.start.push_back(program_.column_variable(i));
  const auto enter = [&](int at, int variable) { program_.start[static_cast<std::size_t>(at)] = variable; };
  enter(first_positive(0, Inputs()), program_.column_variable(theta));
  const int lambda = own_weight_;
  const int mu = static_cast<int>(reference_->padded_size()) + own_weight_;
  if (vrs_) {
    program_.start.push_back(lambda);
    program_.start.push_back(mu);
  } else {
    enter(first_positive(Inputs(), links_end), lambda);
    enter(first_positive(links_end, Measures()), mu);
  }
}

// The optimal multipliers are those that make every weight and slack of the solution cost nothing (complementary
// slackness): in the dual these variables may have any sign. Maximises over them, up to a common factor, stage 1 with
// v x_o = 1 or stage 2 with w z_o = 1; kappa is the price of that equality.
void NetworkProgram::BuildEnd(End end, const Solution& system) {
  const auto add_opposite = [&](int copy_of, int variable) {
    const int column = program_.AddColumn();
    double* const entries = program_.column(column);
    if (copy_of >= 0) {
      for (int i = 0; i < row_count_; ++i) entries[i] = -program_.column(copy_of)[i];
      return;
    }
    const int stride = static_cast<int>(reference_->padded_size());
    const double* const factor = program_.block_factor(variable / stride);
    for (int i = 0; i < row_count_; ++i) {
      entries[i] = -factor[i] * reference_->row(program_.source[static_cast<std::size_t>(i)])[variable % stride];
    }
  };
  for (int slack = 0; slack < Measures(); ++slack) {
    if (system.columns[static_cast<std::size_t>(slack)] > 0) add_opposite(slack, -1);
  }
  for (const auto& [variable, value] : system.weights) add_opposite(-1, variable);
  const int kappa = program_.AddColumn();
  add_opposite(kappa, -1);
  for (int i = 0; i < Measures(); ++i) {
    const double own = Scale(i) * own_[i];
    const bool norm = end == End::kFirst ? is_input(i) : is_link(i);
    const bool goal = end == End::kFirst ? is_link(i) : !is_input(i) && !is_link(i);
    if (norm) {
      program_.column(kappa)[i] = -own;
      program_.column(kappa + 1)[i] = own;
    }
    if (goal) program_.rhs[static_cast<std::size_t>(i)] = -own;
  }
  if (vrs_) program_.rhs[static_cast<std::size_t>(Measures()) + (end == End::kFirst ? 0U : 1U)] = 1;
  Objective& objective = program_.AddObjective();
  objective.cost[static_cast<std::size_t>(kappa)] = 1;
  objective.cost[static_cast<std::size_t>(kappa) + 1] = -1;
  // Of a variable and its opposite only the difference counts: the smallest opposites.
  std::vector<double>& least = program_.AddObjective().cost;
  std::fill(least.begin() + Measures(), least.end(), 1.0);
  least[static_cast<std::size_t>(kappa)] = 0;
}

NetworkProgram::Multipliers NetworkProgram::MultipliersOf(const Solution& solution) const {
  Multipliers multipliers;
  for (int i = 0; i < Measures(); ++i) {
    // Prices of "<=" rows in a minimisation are <= 0.
    const double price = std::max(-solution.prices[static_cast<std::size_t>(i)] * Scale(i), 0.0) + 0.0;
    if (is_input(i)) multipliers.inputs_worth += price * own_[i];
    if (is_link(i)) multipliers.intermediates_worth += price * own_[i];
    (is_input(i) ? multipliers.input : is_link(i) ? multipliers.intermediate : multipliers.output).push_back(price);
  }
  if (vrs_) {
    multipliers.stage1_scale = solution.prices[static_cast<std::size_t>(Measures())];
    multipliers.stage2_scale = solution.prices[static_cast<std::size_t>(Measures()) + 1];
  }
  return multipliers;
}

void NetworkProgram::SolveEnd(End end, const std::stop_token& stop, NetworkScore& score) {
  NetworkSplit& split = end == End::kFirst ? score.first : score.second;
  Certificate certificate;
  split.status = solver_.Solve(program_, {}, stop, solution_, certificate);
  if (split.status != UnitStatus::kOptimal) return;
  score.worst_gap = std::max(score.worst_gap, certificate.gap);
  score.worst_violation = std::max(score.worst_violation, certificate.max_violation);
  const double best = AtMostOne(certificate.primal);
  const double theta = score.score;
  if (!additive_) {
    // The score is the product.
    (end == End::kFirst ? split.stage1 : split.stage2) = best;
    (end == End::kFirst ? split.stage2 : split.stage1) = AtMostOne(theta / best);
    return;
  }
  // (weight of 1) * stage 1 + (weight of 2) * stage 2 = theta, weights as v x_o to w z_o.
  const Multipliers multipliers = MultipliersOf(solution_);
  const double first = end == End::kFirst ? 1 : multipliers.inputs_worth;
  const double second = end == End::kFirst ? multipliers.intermediates_worth : 1;
  (end == End::kFirst ? split.stage1 : split.stage2) = best;
  split.stage1_weight = first / (first + second);
  const double own_size = end == End::kFirst ? first : second;
  const double other_size = end == End::kFirst ? second : first;
  // A weight within what is certified is none.
  if (other_size > kCertified * own_size) {
    (end == End::kFirst ? split.stage2 : split.stage1) = AtMostOne(theta + (theta - best) * own_size / other_size);
  }
}

void NetworkProgram::Solve(std::int32_t row, const ReferenceMatrix& reference, const std::stop_token& stop,
                           NetworkScore& score) {
  BuildRows(row, reference);
  BuildSystem();
  score.status = solver_.Solve(program_, {}, stop, system_, score.certificate);
  if (score.status != UnitStatus::kOptimal) return;
  score.worst_gap = score.certificate.gap;
  score.worst_violation = score.certificate.max_violation;
  score.score = AtMostOne(score.certificate.primal);
  const Multipliers multipliers = MultipliersOf(system_);
  score.input_prices = multipliers.input;
  score.intermediate_prices = multipliers.intermediate;
  score.output_prices = multipliers.output;
  score.stage1_scale_price = multipliers.stage1_scale;
  score.stage2_scale_price = multipliers.stage2_scale;
  score.prices_unique = system_.prices_unique;
  if (additive_) {
    score.stage1_weight = multipliers.inputs_worth / (multipliers.inputs_worth + multipliers.intermediates_worth);
  }
  for (const End end : {End::kFirst, End::kSecond}) {
    BuildRows(row, reference);
    BuildEnd(end, system_);
    SolveEnd(end, stop, score);
  }
  const auto agree = [](const std::optional<double>& a, const std::optional<double>& b) {
    return a && b && std::abs(*a - *b) <= kCertified;
  };
  score.split_unique = agree(score.first.stage1, score.second.stage1) && agree(score.first.stage2, score.second.stage2);
}

}  // namespace farrell::dea
