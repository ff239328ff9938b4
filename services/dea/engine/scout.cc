#include "services/dea/engine/scout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace farrell::dea {
namespace {

// Entries below these, relative to what they are made of, are rounding.
constexpr double kNegative = 1e-12;
constexpr double kPivot = 1e-10;
// Largest residual of a solved equation relative to its terms, and of the score.
constexpr double kSolved = 1e-11;
// Weights and prices this small beside the largest are zero.
constexpr double kRounding = 1e-14;
// What a Farkas ray must show to prove that a point is out of reach.
constexpr double kClear = 1e-6;
// A ray whose price of the point is this small says nothing about it.
constexpr double kBlind = 1e-9;

// 2^-e with 2^e <= value < 2^(e+1).
double PowerOfTwoBelow(double value) { return std::ldexp(1.0, -std::ilogb(value)); }

double Dot(const double* a, const double* b, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

double Largest(const double* a, int n) {
  double largest = 0;
  for (int i = 0; i < n; ++i) largest = std::max(largest, std::abs(a[i]));
  return largest;
}

std::size_t At(int index) { return static_cast<std::size_t>(index); }

}  // namespace

Scout::Scout(int input_count, int output_count, ReturnsToScale rts, Orientation orientation, Instructions instructions)
    : inputs_(input_count),
      dimension_(input_count + output_count),
      rows_(dimension_ + (rts == ReturnsToScale::kCrs ? 0 : 1)),
      rts_(rts),
      orientation_(orientation),
      scans_(ScansFor(instructions)) {
  const std::size_t k = At(rows_);
  for (std::vector<double>* vector : {&scale_, &point_, &score_, &rhs_, &values_, &work_, &alpha_, &prices_, &row_}) {
    vector->resize(k);
  }
  inverse_.resize(k * k);
  columns_basic_.resize(k * k);
  scratch_.resize(k * k);
  variables_.resize(k);
}

int Scout::scale_slack_sign() const {
  if (rts_ == ReturnsToScale::kNirs) return -1;
  return rts_ == ReturnsToScale::kNdrs ? 1 : 0;
}

double Scout::SlackSign(int row) const { return row < dimension_ ? 1.0 : scale_slack_sign(); }

void Scout::SetReference(const ColumnBlock& columns, std::size_t count) {
  columns_ = columns;
  columns_.row_count = rows_;
  count_ = static_cast<std::int64_t>(count);
  pivots_ = 0;
  ready_ = false;
  working_count_ = 0;
  for (int i = 0; i < rows_; ++i) {
    const double* cells = columns.cells + At(i) * columns.stride;
    const double largest = *std::max_element(cells, cells + count);
    scale_[At(i)] = largest > 0 ? PowerOfTwoBelow(largest) : 1;
  }
}

// The column of a variable in the scaled program: inputs, minus outputs, minus one.
void Scout::LoadColumn(std::int64_t variable, double* out) const {
  if (IsSlack(variable)) {
    const int row = static_cast<int>(variable - count_);
    std::fill(out, out + rows_, 0.0);
    out[row] = SlackSign(row);
    return;
  }
  const double* cell = columns_.cells + variable;
  for (int i = 0; i < rows_; ++i, cell += columns_.stride) {
    const double value = *cell * scale_[At(i)];
    out[i] = i < inputs_ ? value : -value;
  }
}

bool Scout::IsBasic(std::int64_t variable) const {
  return std::find(variables_.begin() + 1, variables_.end(), variable) != variables_.end();
}

// Score column and right-hand side: X lambda + s - theta x_o = 0 and -Y lambda + s = -y_o with the score -theta, or
// X lambda + s = x_o and -Y lambda + s + phi y_o = 0 with the score phi.
void Scout::SetTarget(Walk walk) {
  walk_ = walk;
  for (int i = 0; i < rows_; ++i) {
    const bool input = i < inputs_;
    if (i == dimension_) {
      score_[At(i)] = 0;
      rhs_[At(i)] = -1;
      continue;
    }
    const bool scored = input == (walk == Walk::kInput);
    score_[At(i)] = scored ? point_[At(i)] : 0;
    rhs_[At(i)] = scored ? 0 : input ? point_[At(i)] : -point_[At(i)];
  }
}

// Inverse of the basis by Gauss-Jordan elimination with row pivoting, from the columns.
bool Scout::Factor() {
  const int k = rows_;
  std::copy(score_.begin(), score_.end(), columns_basic_.begin());
  for (int p = 1; p < k; ++p) LoadColumn(variables_[At(p)], columns_basic_.data() + At(p * k));
  std::vector<double>& inverse = inverse_;
  std::vector<double>& copy = scratch_;
  copy = columns_basic_;
  for (int p = 0; p < k; ++p) {
    for (int i = 0; i < k; ++i) inverse[At(p * k + i)] = p == i ? 1 : 0;
  }
  for (int step = 0; step < k; ++step) {
    int pivot = step;
    for (int r = step + 1; r < k; ++r) {
      if (std::abs(copy[At(step * k + r)]) > std::abs(copy[At(step * k + pivot)])) pivot = r;
    }
    const double value = copy[At(step * k + pivot)];
    if (value == 0) return false;
    if (pivot != step) {
      for (int c = 0; c < k; ++c) {
        std::swap(copy[At(c * k + pivot)], copy[At(c * k + step)]);
        std::swap(inverse[At(pivot * k + c)], inverse[At(step * k + c)]);
      }
    }
    const double reciprocal = 1 / value;
    for (int c = 0; c < k; ++c) {
      copy[At(c * k + step)] *= reciprocal;
      inverse[At(step * k + c)] *= reciprocal;
    }
    for (int r = 0; r < k; ++r) {
      if (r == step) continue;
      const double factor = copy[At(step * k + r)];
      if (factor == 0) continue;
      for (int c = 0; c < k; ++c) {
        copy[At(c * k + r)] -= factor * copy[At(c * k + step)];
        inverse[At(r * k + c)] -= factor * inverse[At(step * k + c)];
      }
    }
  }
  for (int p = 0; p < k; ++p) {
    values_[At(p)] = Dot(inverse_row(p), rhs_.data(), k);
    if (!(std::abs(values_[At(p)]) <= std::numeric_limits<double>::max())) return false;
  }
  fresh_ = true;
  return true;
}

// A ray that prices measure `row` alone: v_row = 1, and with a unit the one of the least input or largest output sets
// w.
bool Scout::StartFrom(Walk walk, int row, bool with_unit) {
  SetTarget(walk);
  int p = 1;
  for (int i = 0; i < rows_; ++i) {
    if (i == row || (i == dimension_ && with_unit)) continue;
    variables_[At(p++)] = count_ + i;
  }
  if (with_unit) {
    const double* cells = columns_.cells + At(row) * columns_.stride;
    const double* best =
        row < inputs_ ? std::min_element(cells, cells + count_) : std::max_element(cells, cells + count_);
    variables_[At(p)] = best - cells;
    AddToWorkingSet(variables_[At(p)]);
  }
  return Factor();
}

bool Scout::Start() {
  const double* point = point_.data();
  const int input = static_cast<int>(std::max_element(point, point + inputs_) - point);
  const int output = static_cast<int>(std::max_element(point + inputs_, point + dimension_) - point);
  frozen_scale_ = false;
  if (rts_ == ReturnsToScale::kCrs) return StartFrom(Walk::kInput, input, false);
  if (orientation_ == Orientation::kInput) return StartFrom(Walk::kInput, input, rts_ == ReturnsToScale::kVrs);
  if (rts_ != ReturnsToScale::kNdrs) return StartFrom(Walk::kOutput, output, true);
  // A ray with w = 0 and a positive price of outputs: the one of the point under constant returns.
  if (!StartFrom(Walk::kInput, input, false)) return false;
  frozen_scale_ = true;
  const Outcome outcome = WalkToOptimum();
  frozen_scale_ = false;
  if (outcome != Outcome::kOptimal) return false;
  SetTarget(Walk::kOutput);
  return MoveToTarget();
}

// Exchanges the column of the score and the right-hand side. False when the ray does not price the new point.
bool Scout::MoveToTarget() {
  double* ray = inverse_row(0);
  const int k = rows_;
  const double price = Dot(ray, score_.data(), k);
  double size = 0;
  double largest = 0;
  for (int i = 0; i < k; ++i) {
    if (score_[At(i)] == 0) continue;
    size = std::max(size, std::abs(ray[i]));
    largest = std::max(largest, score_[At(i)]);
  }
  if (!(price > kBlind * size * largest)) return false;
  fresh_ = false;
  const double reciprocal = 1 / price;
  for (int i = 0; i < k; ++i) ray[i] *= reciprocal;
  for (int p = 1; p < k; ++p) {
    double* row = inverse_row(p);
    const double factor = Dot(row, score_.data(), k);
    for (int i = 0; i < k; ++i) row[i] -= factor * ray[i];
    values_[At(p)] = Dot(row, rhs_.data(), k);
  }
  values_[0] = Dot(ray, rhs_.data(), k);
  std::copy(score_.begin(), score_.end(), columns_basic_.begin());
  return true;
}

void Scout::AddToWorkingSet(std::int64_t unit) {
  if (working_count_ == working_capacity_) {
    const std::size_t wider = std::max<std::size_t>(2 * working_capacity_, 64);
    std::vector<double> cells(wider * At(rows_), 0.0);
    for (std::size_t i = 0; i < At(rows_); ++i) {
      std::copy_n(working_cells_.data() + i * working_capacity_, working_count_, cells.data() + i * wider);
    }
    working_cells_.swap(cells);
    working_capacity_ = wider;
    working_units_.resize(wider);
  }
  if (working_count_ % ColumnBlock::kLanes == 0) {
    for (std::size_t i = 0; i < At(rows_); ++i) {
      std::fill_n(working_cells_.data() + i * working_capacity_ + working_count_, ColumnBlock::kLanes, 0.0);
    }
  }
  for (std::size_t i = 0; i < At(rows_); ++i) {
    working_cells_[i * working_capacity_ + working_count_] =
        columns_.cells[i * columns_.stride + static_cast<std::size_t>(unit)];
  }
  working_units_[working_count_++] = unit;
}

ColumnBlock Scout::WorkingSet() const {
  const std::size_t padded = (working_count_ + ColumnBlock::kLanes - 1) / ColumnBlock::kLanes * ColumnBlock::kLanes;
  return {working_cells_.data(), working_capacity_, padded, rows_};
}

int Scout::ChooseLeaving() const {
  int leaving = -1;
  double most = 0;
  const double rhs_size = Largest(rhs_.data(), rows_);
  for (int p = 1; p < rows_; ++p) {
    const double value = values_[At(p)];
    if (value >= 0) continue;
    if (frozen_scale_ && variables_[At(p)] == count_ + dimension_) continue;
    const double* row = inverse_row(p);
    if (value >= -kNegative * Largest(row, rows_) * rhs_size) continue;
    // Distance in the space of the data: the steepest of the dual edges (Forrest & Goldfarb 1992).
    const double merit = value * value / Dot(row, row, rows_);
    if (merit > most) {
      most = merit;
      leaving = p;
    }
  }
  return leaving;
}

std::int64_t Scout::ChooseDualEntering(int position) {
  const double* ray = inverse_row(0);
  const double* row = inverse_row(position);
  for (int i = 0; i < rows_; ++i) {
    const double factor = i < inputs_ ? scale_[At(i)] : -scale_[At(i)];
    prices_[At(i)] = ray[i] * factor;
    row_[At(i)] = row[i] * factor;
  }
  const double floor = kPivot * Largest(row, rows_);
  RatioChoice choice;
  if (working_count_ > 0) {
    choice = scans_.ratio(WorkingSet(), prices_.data(), row_.data(), floor);
    if (choice.index >= 0) choice.index = working_units_[static_cast<std::size_t>(choice.index)];
  }
  for (int i = 0; i < rows_; ++i) {
    const double sign = SlackSign(i);
    const double alpha = row[i] * sign;
    if (alpha >= -floor || IsBasic(count_ + i)) continue;
    const double ratio = std::max(ray[i] * sign, 0.0) / -alpha;
    if (choice.index < 0 || ratio < choice.ratio || (ratio == choice.ratio && alpha < choice.alpha)) {
      choice = {count_ + i, ratio, alpha};
    }
  }
  if (choice.index >= 0) return choice.index;
  choice = scans_.ratio(columns_, prices_.data(), row_.data(), floor);
  if (choice.index >= 0) AddToWorkingSet(choice.index);
  return choice.index;
}

// No unit offers what the point asks for: the row of the inverse is a Farkas ray (Farkas 1902). Its signs, every unit
// and the point itself are checked.
bool Scout::ProvesInfeasible(int position) {
  double* prices = row_.data();
  if (!CleanPrices(inverse_row(position), prices)) return false;
  double sum = 0;
  double size = 0;
  for (int i = 0; i < rows_; ++i) {
    const double term = prices[i] * rhs_[At(i)];
    sum += term;
    size += std::abs(term);
  }
  if (!(sum < -kClear * size) || !(Dot(prices, score_.data(), rows_) <= -kSolved * sum)) return false;
  return scans_.price(columns_, QueryFor(prices)) < 0;
}

// The scan for units that prices of the scaled rows cut off.
PriceQuery Scout::QueryFor(const double* prices) {
  for (int i = 0; i < rows_; ++i) prices_[At(i)] = prices[i] * (i < inputs_ ? scale_[At(i)] : -scale_[At(i)]);
  PriceQuery query;
  query.prices = prices_.data();
  query.positive_rows = inputs_;
  query.offset = has_scale_row() ? std::abs(prices[dimension_]) : 0;
  query.tolerance = kScoutResidual;
  query.relative = rts_ == ReturnsToScale::kCrs;
  return query;
}

// A unit, or a slack, that the ray cuts off; the working set first. -1: none.
std::int64_t Scout::ChooseEntering() {
  const double* ray = inverse_row(0);
  CleanPrices(ray, row_.data());
  const PriceQuery query = QueryFor(row_.data());
  if (working_count_ > 0) {
    const std::int64_t at = scans_.price(WorkingSet(), query);
    if (at >= 0) return working_units_[static_cast<std::size_t>(at)];
  }
  double least = -kRounding * Largest(ray, rows_);
  std::int64_t entering = -1;
  for (int i = 0; i < rows_; ++i) {
    if (frozen_scale_ && i == dimension_) continue;
    if (IsBasic(count_ + i) || ray[i] * SlackSign(i) >= least) continue;
    least = ray[i] * SlackSign(i);
    entering = count_ + i;
  }
  if (entering >= 0) return entering;
  const std::int64_t unit = scans_.price(columns_, query);
  if (unit >= 0) AddToWorkingSet(unit);
  return unit;
}

int Scout::ChoosePrimalLeaving(const double* alpha) const {
  int leaving = -1;
  double least = 0;
  for (int p = 1; p < rows_; ++p) {
    if (frozen_scale_ && variables_[At(p)] == count_ + dimension_) continue;
    if (!(alpha[p] > kPivot)) continue;
    const double ratio = std::max(values_[At(p)], 0.0) / alpha[p];
    if (leaving >= 0 && (ratio > least || (ratio == least && alpha[p] <= alpha[leaving]))) continue;
    leaving = p;
    least = ratio;
  }
  return leaving;
}

// `variable`, whose transformed column is in alpha_, takes the place at `position`.
bool Scout::Pivot(int position, std::int64_t variable) {
  const double pivot = alpha_[At(position)];
  if (pivot == 0) return false;
  fresh_ = false;
  double* row = inverse_row(position);
  const double reciprocal = 1 / pivot;
  for (int i = 0; i < rows_; ++i) row[i] *= reciprocal;
  values_[At(position)] *= reciprocal;
  for (int p = 0; p < rows_; ++p) {
    if (p == position) continue;
    double* other = inverse_row(p);
    const double factor = alpha_[At(p)];
    for (int i = 0; i < rows_; ++i) other[i] -= factor * row[i];
    values_[At(p)] -= factor * values_[At(position)];
  }
  variables_[At(position)] = variable;
  std::copy(work_.begin(), work_.end(), columns_basic_.begin() + static_cast<std::ptrdiff_t>(position) * rows_);
  ++pivots_;
  return true;
}

Scout::Outcome Scout::WalkToOptimum() {
  const int limit = 200 + 50 * rows_;
  for (int step = 0; step < limit; ++step) {
    int leaving = ChooseLeaving();
    std::int64_t entering = -1;
    if (leaving >= 0) {
      entering = ChooseDualEntering(leaving);
      if (entering < 0 && !fresh_) {
        if (!Factor()) return Outcome::kDoubtful;
        continue;
      }
      if (entering < 0) return ProvesInfeasible(leaving) ? Outcome::kInfeasible : Outcome::kDoubtful;
    } else {
      entering = ChooseEntering();
      if (entering < 0) return Outcome::kOptimal;
    }
    LoadColumn(entering, work_.data());
    for (int p = 0; p < rows_; ++p) alpha_[At(p)] = Dot(inverse_row(p), work_.data(), rows_);
    if (leaving < 0) leaving = ChoosePrimalLeaving(alpha_.data());
    if (leaving < 0 || !Pivot(leaving, entering)) return Outcome::kDoubtful;
  }
  return Outcome::kDoubtful;
}

// Row of the inverse as prices without rounding: those of basic slacks are zero by definition, and so are those that
// have the wrong sign by no more than rounding. False when a sign is wrong beyond that.
bool Scout::CleanPrices(const double* row, double* prices) const {
  const double rounding = kRounding * Largest(row, rows_);
  bool signs = true;
  for (int i = 0; i < rows_; ++i) {
    const double value = row[i] * SlackSign(i);
    const bool negligible = value < 0 && value >= -rounding;
    prices[i] = negligible || IsBasic(count_ + i) ? 0 : row[i];
    if (value < -rounding && prices[i] != 0) signs = false;
  }
  return signs;
}

// Whether weights and prices, signs and all, prove each other: the weights reproduce the point measure by measure, the
// prices (which no unit beats) are tight where weights are, and both values agree. Writes the score.
bool Scout::Verify() {
  const int k = rows_;
  double* prices = row_.data();
  if (!CleanPrices(inverse_row(0), prices)) return false;
  const double value = values_[0];
  if (!(std::abs(Dot(prices, score_.data(), k) - 1) <= kScoutResidual)) return false;
  if (!(std::abs(Dot(prices, rhs_.data(), k) - value) <= kSolved * std::abs(value))) return false;
  const double rounding = kRounding * Largest(values_.data() + 1, k - 1);
  double* weights = alpha_.data();
  double loose = 0;
  for (int p = 1; p < k; ++p) {
    weights[p] = values_[At(p)] > rounding ? values_[At(p)] : 0;
    loose += std::abs(Dot(prices, columns_basic_.data() + At(p * k), k) * weights[p]);
  }
  weights[0] = value;
  double moved = 0;
  for (int i = 0; i < k; ++i) {
    double sum = -rhs_[At(i)];
    double size = std::abs(sum);
    for (int p = 0; p < k; ++p) {
      const double term = columns_basic_[At(p * k + i)] * weights[p];
      sum += term;
      size += std::abs(term);
    }
    if (!(std::abs(sum) <= kSolved * size)) return false;
    moved += std::abs(prices[i] * sum);
  }
  if (!(loose + moved <= kSolved * std::abs(value))) return false;
  const double score = walk_ == Walk::kInput ? -values_[0] : values_[0];
  if (!(score > 0)) return false;
  farrell_ = walk_ == Walk::kInput && orientation_ == Orientation::kOutput ? 1 / score : score;
  return true;
}

Scout::Outcome Scout::Solve(const double* point) {
  if (count_ == 0) return Outcome::kInfeasible;
  for (int i = 0; i < dimension_; ++i) point_[At(i)] = point[i] * scale_[At(i)];
  const bool input = orientation_ == Orientation::kInput || rts_ == ReturnsToScale::kCrs;
  SetTarget(input ? Walk::kInput : Walk::kOutput);
  ready_ = (ready_ && MoveToTarget()) || Start();
  // Once more from fresh factors, then from the start.
  for (int round = 0; round < 3; ++round) {
    if (ready_) {
      const Outcome outcome = WalkToOptimum();
      if (outcome == Outcome::kInfeasible) return outcome;
      if (outcome == Outcome::kOptimal && Verify()) return outcome;
    }
    if (round < 2) ready_ = round == 0 && ready_ ? Factor() : Start();
  }
  ready_ = false;
  return Outcome::kDoubtful;
}

void Scout::GetBasis(int stride, std::vector<int>& variables) const {
  variables.clear();
  for (int p = 1; p < rows_; ++p) {
    const std::int64_t variable = variables_[At(p)];
    variables.push_back(static_cast<int>(IsSlack(variable) ? variable - count_ + stride : variable));
  }
  variables.push_back(stride + dimension_ + (scale_slack_sign() != 0 ? 1 : 0));
}

}  // namespace farrell::dea
