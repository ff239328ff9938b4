#include "services/regression/engine/within.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kRedundantPivot = 1e-10;
constexpr double kConverged = 1e-15;
// What rounding leaves of a column in the space of the dummies, relative to its length.
constexpr double kRounding = 1e-14;
constexpr int kMaxGradientSteps = 20000;

Index At(const Levels& levels, std::size_t row) { return levels.ids[row]; }

// Rows of every level, in row order.
std::vector<std::vector<std::size_t>> RowsByLevel(const Levels& levels) {
  std::vector<std::vector<std::size_t>> rows(levels.count());
  for (std::size_t row = 0; row < levels.ids.size(); ++row)
    rows[static_cast<std::size_t>(levels.ids[row])].push_back(row);
  return rows;
}

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t Find(std::size_t x) {
    while (parent_[x] != x) {
      parent_[x] = parent_[parent_[x]];
      x = parent_[x];
    }
    return x;
  }
  void Join(std::size_t a, std::size_t b) {
    a = Find(a);
    b = Find(b);
    // The smaller number leads, so that the component's first level is its name.
    if (a < b) parent_[b] = a;
    if (b < a) parent_[a] = b;
  }

 private:
  std::vector<std::size_t> parent_;
};

// Every cell of the two effects holds exactly one row.
bool IsBalanced(const Levels& a, const Levels& b) {
  if (a.ids.size() != a.count() * b.count()) return false;
  std::vector<char> seen(a.ids.size(), 0);
  for (std::size_t row = 0; row < a.ids.size(); ++row) {
    char& cell = seen[static_cast<std::size_t>(a.ids[row]) * b.count() + static_cast<std::size_t>(b.ids[row])];
    if (cell != 0) return false;
    cell = 1;
  }
  return true;
}

// Indices of pivots that are not redundant, in the natural order.
std::vector<Index> IndependentPivots(MatrixXd matrix, const VectorXd& scale) {
  std::vector<Index> kept;
  const Index size = matrix.rows();
  for (Index k = 0; k < size; ++k) {
    const double pivot = matrix(k, k);
    if (!(pivot > kRedundantPivot * scale(k))) continue;
    kept.push_back(k);
    const VectorXd column = matrix.col(k).tail(size - k - 1);
    for (Index j = k + 1; j < size; ++j) {
      const double factor = column(j - k - 1) / pivot;
      if (factor != 0.0) matrix.col(j).tail(size - j) -= factor * column.tail(size - j);
    }
  }
  return kept;
}

}  // namespace

Within Within::Make(const std::vector<Effect>& effects, std::size_t rows, const VectorXd& /*weights*/) {
  Within within;
  for (const Effect& effect : effects) within.effects_.push_back(effect.levels);
  within.rows_ = rows;
  if (effects.empty()) return within;
  for (std::size_t e = 0; e < effects.size(); ++e) {
    within.level_count_ += static_cast<std::int64_t>(effects[e].count());
    if (effects[e].count() > effects[within.major_].count()) within.major_ = e;
  }
  within.major_count_ = VectorXd::Zero(static_cast<Index>(effects[within.major_].count()));
  for (std::size_t row = 0; row < rows; ++row) within.major_count_(At(within.effects_[within.major_], row)) += 1.0;
  for (std::size_t e = 0; e < effects.size(); ++e) {
    if (e == within.major_) continue;
    within.minors_.push_back(e);
    within.minor_offset_.push_back(within.minor_levels_);
    within.minor_levels_ += static_cast<Index>(effects[e].count());
  }
  within.minor_count_ = within.MinorTotals(VectorXd::Ones(static_cast<Index>(rows)));
  if (!within.minors_.empty()) within.Factorise();
  return within;
}

void Within::FindRedundantPair() {
  const Levels& major = effects_[major_];
  const Levels& minor = effects_[minors_[0]];
  DisjointSets sets(minor.count() + major.count());
  for (std::size_t row = 0; row < rows_; ++row) {
    sets.Join(static_cast<std::size_t>(minor.ids[row]), minor.count() + static_cast<std::size_t>(major.ids[row]));
  }
  for (std::size_t level = 0; level < minor.count(); ++level) {
    if (sets.Find(level) != level) kept_.push_back(static_cast<Index>(level));
  }
}

void Within::Factorise() {
  const bool pair = minors_.size() == 1;
  dense_ = minor_levels_ <= kMaxDenseLevels;
  if (pair) {
    FindRedundantPair();
    balanced_ = IsBalanced(effects_[major_], effects_[minors_[0]]);
  }
  if (!dense_) {
    if (!pair) {
      // A bound, exact when every pair of effects is connected: one level a later effect.
      redundant_count_ = static_cast<std::int64_t>(minors_.size());
      return;
    }
    redundant_count_ = static_cast<std::int64_t>(minor_levels_) - static_cast<std::int64_t>(kept_.size());
    return;
  }
  MatrixXd schur = MatrixXd::Zero(minor_levels_, minor_levels_);
  std::vector<Index> touched;
  VectorXd counts = VectorXd::Zero(minor_levels_);
  for (const std::vector<std::size_t>& rows : RowsByLevel(effects_[major_])) {
    touched.clear();
    for (std::size_t row : rows) {
      for (std::size_t m = 0; m < minors_.size(); ++m) {
        const Index p = minor_offset_[m] + At(effects_[minors_[m]], row);
        if (counts(p) == 0.0) touched.push_back(p);
        counts(p) += 1.0;
        for (std::size_t other = 0; other < minors_.size(); ++other) {
          schur(p, minor_offset_[other] + At(effects_[minors_[other]], row)) += 1.0;
        }
      }
    }
    std::sort(touched.begin(), touched.end());
    const auto size = static_cast<double>(rows.size());
    for (Index p : touched) {
      for (Index q : touched) schur(p, q) -= counts(p) * counts(q) / size;
    }
    for (Index p : touched) counts(p) = 0.0;
  }
  if (!pair) kept_ = IndependentPivots(schur, minor_count_);
  redundant_count_ = static_cast<std::int64_t>(minor_levels_) - static_cast<std::int64_t>(kept_.size());
  schur_.compute(schur(kept_, kept_));
}

VectorXd Within::MajorMeans(const Eigen::Ref<const VectorXd>& column) const {
  VectorXd means = VectorXd::Zero(major_count_.size());
  const Levels& major = effects_[major_];
  for (std::size_t row = 0; row < rows_; ++row) means(At(major, row)) += column(static_cast<Index>(row));
  return means.cwiseQuotient(major_count_);
}

VectorXd Within::MinorTotals(const Eigen::Ref<const VectorXd>& column) const {
  VectorXd totals = VectorXd::Zero(minor_levels_);
  for (std::size_t m = 0; m < minors_.size(); ++m) {
    const Levels& minor = effects_[minors_[m]];
    for (std::size_t row = 0; row < rows_; ++row) {
      totals(minor_offset_[m] + At(minor, row)) += column(static_cast<Index>(row));
    }
  }
  return totals;
}

VectorXd Within::ApplySchur(const VectorXd& z) const {
  VectorXd spread(static_cast<Index>(rows_));
  for (std::size_t row = 0; row < rows_; ++row) {
    double sum = 0.0;
    for (std::size_t m = 0; m < minors_.size(); ++m) sum += z(minor_offset_[m] + At(effects_[minors_[m]], row));
    spread(static_cast<Index>(row)) = sum;
  }
  const VectorXd means = MajorMeans(spread);
  for (std::size_t row = 0; row < rows_; ++row) spread(static_cast<Index>(row)) -= means(At(effects_[major_], row));
  return MinorTotals(spread);
}

bool Within::SolveMinor(const VectorXd& totals, double floor, const std::stop_token& stop, VectorXd& solution) const {
  solution = VectorXd::Zero(minor_levels_);
  if (balanced_) {
    solution = totals.cwiseQuotient(minor_count_);
    return true;
  }
  if (dense_) {
    const VectorXd reduced = schur_.solve(VectorXd(totals(kept_)));
    solution(kept_) = reduced;
    return true;
  }
  // Preconditioned conjugate gradients; the equations are singular but consistent.
  VectorXd residual = totals;
  VectorXd scaled = residual.cwiseQuotient(minor_count_);
  VectorXd direction = scaled;
  double product = residual.dot(scaled);
  const double target = std::max(kConverged * totals.norm(), floor);
  for (int step = 0; step < kMaxGradientSteps; ++step) {
    if (residual.norm() <= target) return true;
    if (stop.stop_requested()) return false;
    const VectorXd image = ApplySchur(direction);
    const double curvature = direction.dot(image);
    if (!(curvature > 0.0)) break;
    const double length = product / curvature;
    solution += length * direction;
    residual -= length * image;
    scaled = residual.cwiseQuotient(minor_count_);
    const double next = residual.dot(scaled);
    direction = scaled + (next / product) * direction;
    product = next;
  }
  return residual.norm() <= target;
}

Status Within::Demean(Eigen::Ref<MatrixXd> columns, const std::stop_token& stop) const {
  if (effects_.empty()) return Status::Ok();
  const Levels& major = effects_[major_];
  VectorXd solution;
  for (Index c = 0; c < columns.cols(); ++c) {
    if (stop.stop_requested()) return Cancelled();
    const double floor = kRounding * columns.col(c).norm();
    for (int pass = 0; pass < 2; ++pass) {
      const VectorXd means = MajorMeans(columns.col(c));
      for (std::size_t row = 0; row < rows_; ++row) columns(static_cast<Index>(row), c) -= means(At(major, row));
      if (minors_.empty()) continue;
      if (!SolveMinor(MinorTotals(columns.col(c)), floor, stop, solution)) {
        if (stop.stop_requested()) return Cancelled();
        return FailedPrecondition("NOT_CONVERGED",
                                  "the effects could not be taken out exactly; leave out or combine effects");
      }
      for (std::size_t row = 0; row < rows_; ++row) {
        for (std::size_t m = 0; m < minors_.size(); ++m) {
          columns(static_cast<Index>(row), c) -= solution(minor_offset_[m] + At(effects_[minors_[m]], row));
        }
      }
      const VectorXd rest = MajorMeans(columns.col(c));
      for (std::size_t row = 0; row < rows_; ++row) columns(static_cast<Index>(row), c) -= rest(At(major, row));
    }
  }
  return Status::Ok();
}

Result<std::vector<VectorXd>> Within::Coefficients(const VectorXd& v) const {
  std::vector<VectorXd> coefficients;
  if (effects_.empty()) return coefficients;
  for (const Levels& effect : effects_) coefficients.emplace_back(VectorXd::Zero(static_cast<Index>(effect.count())));
  VectorXd rest = v;
  VectorXd solution;
  for (int pass = 0; pass < 2; ++pass) {
    if (!minors_.empty()) {
      VectorXd centred = rest;
      const VectorXd means = MajorMeans(centred);
      for (std::size_t row = 0; row < rows_; ++row)
        centred(static_cast<Index>(row)) -= means(At(effects_[major_], row));
      if (!SolveMinor(MinorTotals(centred), kRounding * v.norm(), {}, solution)) {
        return FailedPrecondition("NOT_CONVERGED",
                                  "the effects could not be estimated exactly; leave out or combine effects");
      }
      for (std::size_t m = 0; m < minors_.size(); ++m) {
        const Levels& minor = effects_[minors_[m]];
        coefficients[minors_[m]] += solution.segment(minor_offset_[m], static_cast<Index>(minor.count()));
        for (std::size_t row = 0; row < rows_; ++row) {
          rest(static_cast<Index>(row)) -= solution(minor_offset_[m] + At(minor, row));
        }
      }
    }
    const VectorXd means = MajorMeans(rest);
    coefficients[major_] += means;
    for (std::size_t row = 0; row < rows_; ++row) rest(static_cast<Index>(row)) -= means(At(effects_[major_], row));
  }
  for (std::size_t e = 1; e < coefficients.size(); ++e) {
    const double mean = coefficients[e].mean();
    coefficients[e].array() -= mean;
    coefficients[0].array() += mean;
  }
  return coefficients;
}

Result<VectorXd> Within::Leverage() const {
  VectorXd leverage = VectorXd::Zero(static_cast<Index>(rows_));
  if (effects_.empty()) return leverage;
  if (!minors_.empty() && !dense_) {
    return FailedPrecondition("TOO_MANY_LEVELS",
                              "leverages need at most " + std::to_string(kMaxDenseLevels) +
                                  " levels beside the largest effect; use clustered standard errors");
  }
  std::vector<Index> position(static_cast<std::size_t>(minor_levels_), -1);
  for (std::size_t k = 0; k < kept_.size(); ++k) position[static_cast<std::size_t>(kept_[k])] = static_cast<Index>(k);
  const auto kept_size = static_cast<Index>(kept_.size());
  for (const std::vector<std::size_t>& rows : RowsByLevel(effects_[major_])) {
    const auto size = static_cast<Index>(rows.size());
    // Indicators of the kept minor levels less their mean over the major level, one column a row.
    MatrixXd indicators = MatrixXd::Zero(kept_size, size);
    for (Index k = 0; k < size; ++k) {
      const std::size_t row = rows[static_cast<std::size_t>(k)];
      for (std::size_t m = 0; m < minors_.size(); ++m) {
        const Index p = position[static_cast<std::size_t>(minor_offset_[m] + At(effects_[minors_[m]], row))];
        if (p >= 0) indicators(p, k) += 1.0;
      }
    }
    if (kept_size > 0) {
      const VectorXd mean = indicators.rowwise().mean();
      indicators.colwise() -= mean;
      schur_.matrixL().solveInPlace(indicators);
    }
    for (Index k = 0; k < size; ++k) {
      leverage(static_cast<Index>(rows[static_cast<std::size_t>(k)])) =
          1.0 / static_cast<double>(size) + indicators.col(k).squaredNorm();
    }
  }
  return leverage;
}

}  // namespace farrell::regression
