#include "services/dea/engine/certificate.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>

namespace farrell::dea {
namespace {

// Relative size below which phase two takes a variable to be left free: half of what the solver takes.
constexpr double kFree = 5e-12;
// Least relative size of y b in a proof of infeasibility.
constexpr double kBroken = 1e-12;

// Collects the terms of a constraint.
struct Row {
  double sum = 0;
  double size = 0;
  void Add(double term) {
    sum += term;
    size += std::abs(term);
  }
  double Equality() const { return size > 0 ? std::abs(sum) / size : 0; }
  double AtLeastZero() const { return size > 0 ? std::max(-sum, 0.0) / size : 0; }
};

// One column of the program with its cost.
struct ColumnView {
  const LinearProgram& program;
  int variable;

  bool is_weight() const { return variable < program.weight_count(); }
  double entry(int row) const {
    if (!is_weight()) return program.column(variable - program.weight_count())[row];
    const int stride = static_cast<int>(program.reference->padded_size());
    const double* cells = program.reference->row(program.source[static_cast<std::size_t>(row)]);
    return program.block_factor(variable / stride)[row] * cells[variable % stride];
  }
  Row Reduced(double cost, const std::vector<double>& prices) const {
    Row row;
    row.Add(cost);
    for (int i = 0; i < program.row_count; ++i) row.Add(-prices[static_cast<std::size_t>(i)] * entry(i));
    return row;
  }
};

// The worst of  -y a_j >= 0  over all weights, eight at a time; tells the ones that are nearly 0 to `free`, if set.
double WorstWeight(const LinearProgram& program, const std::vector<double>& prices, const Frame* frame,
                   std::vector<int>* free) {
  constexpr int kLanes = 8;
  using Lanes = Eigen::Array<double, kLanes, 1>;
  const ReferenceMatrix& reference = frame != nullptr ? frame->matrix() : *program.reference;
  double worst = 0;
  std::vector<double> signed_prices(static_cast<std::size_t>(program.row_count));
  for (int block = 0; block < program.block_count; ++block) {
    for (int i = 0; i < program.row_count; ++i) {
      signed_prices[static_cast<std::size_t>(i)] = prices[static_cast<std::size_t>(i)] * program.block_factor(block)[i];
    }
    for (std::size_t first = 0; first < reference.padded_size(); first += kLanes) {
      Lanes sum = Lanes::Zero();
      Lanes size = Lanes::Zero();
      for (std::size_t i = 0; i < signed_prices.size(); ++i) {
        const Lanes term = signed_prices[i] * Eigen::Map<const Lanes>(reference.row(program.source[i]) + first);
        sum -= term;
        size += term.abs();
      }
      const Lanes relative = sum / size.max(1e-300);
      if (free == nullptr && relative.minCoeff() >= -worst) continue;
      if (free != nullptr && relative.minCoeff() > kFree) continue;
      for (int lane = 0; lane < kLanes; ++lane) {
        const std::size_t column = first + static_cast<std::size_t>(lane);
        if (column >= reference.size()) continue;
        const int unit = frame != nullptr ? frame->units()[column] : static_cast<int>(column);
        if (unit == program.excluded) continue;
        worst = std::max(worst, -relative[lane]);
        if (free != nullptr && relative[lane] <= kFree) {
          free->push_back(block * static_cast<int>(program.reference->padded_size()) + unit);
        }
      }
    }
  }
  return worst;
}

double PrimalViolation(const LinearProgram& program, const std::vector<std::pair<int, double>>& weights,
                       const std::vector<double>& columns, const std::vector<double>& rhs) {
  double worst = 0;
  for (const auto& [variable, value] : weights) {
    if (!(value > 0)) worst = 1;
  }
  for (int c = 0; c < program.column_count; ++c) {
    const double value = columns[static_cast<std::size_t>(c)];
    if (!(value >= 0) || (c >= program.first_artificial && value != 0)) worst = 1;
  }
  for (int i = 0; i < program.row_count; ++i) {
    Row balance;
    balance.Add(-rhs[static_cast<std::size_t>(i)]);
    for (const auto& [variable, value] : weights) balance.Add(value * ColumnView{program, variable}.entry(i));
    for (int c = 0; c < program.column_count; ++c) {
      balance.Add(columns[static_cast<std::size_t>(c)] * program.column(c)[i]);
    }
    worst = std::max(worst, balance.Equality());
  }
  return worst;
}

double DualValue(const LinearProgram& program, const std::vector<double>& prices, double& size) {
  Row value;
  for (std::size_t i = 0; i < prices.size(); ++i) value.Add(prices[i] * program.rhs[i]);
  size = value.size;
  return value.sum;
}

// The larger of the gap and the violations of the slack sum; weights in `free` are those that objective 0 leaves free.
double CheckSlackSum(const LinearProgram& program, const Solution& solution, const std::vector<int>& free) {
  const auto slack_sum = std::find_if(program.objectives.begin(), program.objectives.end(),
                                      [](const Objective& objective) { return objective.slack_sum; });
  const std::vector<double>& cost = slack_sum->cost;
  std::vector<int> left = free;
  for (int c = 0; c < program.first_artificial; ++c) {
    const ColumnView column{program, program.weight_count() + c};
    const Row reduced = column.Reduced(program.objectives[0].cost[static_cast<std::size_t>(c)], solution.prices);
    if (reduced.sum <= kFree * reduced.size) left.push_back(column.variable);
  }
  double worst = 0;
  // One set of prices at a time: what it leaves free is what the next has to bound.
  const auto check = [&](const std::vector<double>& prices, const std::function<double(std::size_t)>& cost_of) {
    std::vector<int> next;
    double value = 0;
    // Slacks have units of measurement of their own: one worth next to nothing is weighed against the largest price.
    double largest = 0;
    for (const double price : prices) largest = std::max(largest, std::abs(price));
    for (const int variable : left) {
      const ColumnView column{program, variable};
      const std::size_t c = static_cast<std::size_t>(variable - program.weight_count());
      const Row reduced = column.Reduced(column.is_weight() ? 0 : cost_of(c), prices);
      if (reduced.sum < 0) worst = std::max(worst, -reduced.sum / std::max(reduced.size, largest));
      if (reduced.sum <= kFree * reduced.size) next.push_back(variable);
      if (!column.is_weight()) value += cost_of(c) * solution.columns[c];
    }
    double size = 0;
    const double dual = DualValue(program, prices, size);
    if (size > 0) worst = std::max(worst, std::abs(value - dual) / size);
    left.swap(next);
  };
  if (!solution.zero_slack_prices.empty()) {
    check(solution.zero_slack_prices, [&](std::size_t c) { return solution.zero_slacks[c] != 0 ? -1.0 : 0.0; });
  }
  check(solution.slack_prices,
        [&](std::size_t c) { return !solution.zero_slacks.empty() && solution.zero_slacks[c] != 0 ? 0.0 : cost[c]; });
  return worst;
}

}  // namespace

Proof CertifyOptimal(const LinearProgram& program, const Solution& solution, const Frame* frame) {
  Proof proof;
  Certificate& certificate = proof.certificate;
  certificate.kind = CertificateKind::kOptimal;
  const std::vector<double>& cost = program.objectives[0].cost;
  double primal = 0;
  for (std::size_t c = 0; c < cost.size(); ++c) primal += cost[c] * solution.columns[c];
  double size = 0;
  const double dual = DualValue(program, solution.prices, size);
  certificate.primal = program.sense * primal;
  certificate.dual = program.sense * dual;
  certificate.gap = std::abs(primal - dual) / std::max(1.0, std::abs(primal));

  std::vector<int> free;
  const bool has_slack_sum = !solution.slack_prices.empty();
  double worst = WorstWeight(program, solution.prices, frame, has_slack_sum ? &free : nullptr);
  for (int c = 0; c < program.first_artificial; ++c) {
    const ColumnView column{program, program.weight_count() + c};
    worst = std::max(worst, column.Reduced(cost[static_cast<std::size_t>(c)], solution.prices).AtLeastZero());
  }
  worst = std::max(worst, PrimalViolation(program, solution.weights, solution.columns, program.rhs));
  certificate.max_violation = worst;
  if (has_slack_sum) certificate.slack_gap = CheckSlackSum(program, solution, free);
  certificate.variables = solution.columns;
  certificate.prices = solution.prices;
  certificate.slack_prices = solution.slack_prices;
  const std::vector<double>& zero = solution.zero_slack_prices;
  if (std::any_of(zero.begin(), zero.end(), [](double price) { return price != 0; })) {
    certificate.zero_slack_prices = zero;
  }
  proof.holds = std::abs(primal - dual) <= kCertified * std::max({1.0, std::abs(primal), size}) && worst <= kCertified;
  return proof;
}

Proof CertifyInfeasible(const LinearProgram& program, const Solution& solution) {
  Proof proof;
  Certificate& certificate = proof.certificate;
  certificate.kind = CertificateKind::kInfeasible;
  certificate.ray = solution.ray;
  if (solution.ray.size() != static_cast<std::size_t>(program.row_count)) return proof;
  double size = 0;
  const double value = DualValue(program, solution.ray, size);
  certificate.primal = certificate.dual = size > 0 ? value / size : 0;
  double worst = WorstWeight(program, solution.ray, nullptr, nullptr);
  for (int c = 0; c < program.first_artificial; ++c) {
    worst = std::max(worst, ColumnView{program, program.weight_count() + c}.Reduced(0, solution.ray).AtLeastZero());
  }
  certificate.max_violation = worst;
  proof.holds = certificate.primal > kBroken && worst <= std::min(kCertified, 1e-3 * certificate.primal);
  return proof;
}

Proof CertifyUnbounded(const LinearProgram& program, const Solution& solution) {
  Proof proof;
  Certificate& certificate = proof.certificate;
  certificate.kind = CertificateKind::kUnbounded;
  certificate.ray = solution.ray;
  if (solution.ray.size() != static_cast<std::size_t>(program.column_count)) return proof;
  const std::vector<double>& cost = program.objectives[0].cost;
  double value = 0;
  for (std::size_t c = 0; c < cost.size(); ++c) value -= cost[c] * solution.ray[c];
  certificate.primal = certificate.dual = value;
  certificate.max_violation =
      PrimalViolation(program, solution.weights, solution.ray, std::vector<double>(program.rhs.size(), 0.0));
  proof.holds = value > 0 && certificate.max_violation <= kCertified;
  return proof;
}

}  // namespace farrell::dea
