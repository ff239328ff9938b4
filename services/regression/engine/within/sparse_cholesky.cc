#include "services/regression/engine/within/sparse_cholesky.h"

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>
#include <algorithm>
#include <utility>

namespace farrell::regression {
namespace {

// Fill of the given order, relative to the matrix, up to which no other order is looked for.
constexpr double kGoodFill = 8.0;
constexpr std::int32_t kRowsBetweenChecks = 256;

// Minimum degree: position of every variable.
std::vector<std::int32_t> MinimumDegree(const SparseLower& matrix) {
  using Pattern = Eigen::SparseMatrix<double, Eigen::ColMajor, std::int32_t>;
  const std::int32_t size = matrix.size();
  if (size <= 0) return {};
  std::vector<Eigen::Triplet<double, std::int32_t>> entries;
  entries.reserve(matrix.column.size());
  for (std::int32_t i = 0; i < size; ++i) {
    for (auto p = matrix.start[static_cast<std::size_t>(i)]; p < matrix.start[static_cast<std::size_t>(i) + 1]; ++p) {
      entries.emplace_back(i, matrix.column[static_cast<std::size_t>(p)], 1.0);
    }
  }
  Pattern pattern(size, size);
  pattern.setFromTriplets(entries.begin(), entries.end());
  Eigen::AMDOrdering<std::int32_t>::PermutationType order;
  Eigen::AMDOrdering<std::int32_t>()(pattern.selfadjointView<Eigen::Lower>(), order);
  // Indices of the ordering are the variables in the order of elimination.
  std::vector<std::int32_t> position(static_cast<std::size_t>(size));
  for (std::int32_t k = 0; k < size; ++k) position[static_cast<std::size_t>(order.indices()(k))] = k;
  return position;
}

SparseLower Permuted(const SparseLower& matrix, const std::vector<std::int32_t>& position) {
  const std::int32_t size = matrix.size();
  SparseLower result;
  result.start.assign(static_cast<std::size_t>(size) + 1, 0);
  const auto each = [&](const auto& use) {
    for (std::int32_t i = 0; i < size; ++i) {
      for (auto p = matrix.start[static_cast<std::size_t>(i)]; p < matrix.start[static_cast<std::size_t>(i) + 1]; ++p) {
        const std::int32_t a = position[static_cast<std::size_t>(i)];
        const std::int32_t b = position[static_cast<std::size_t>(matrix.column[static_cast<std::size_t>(p)])];
        use(std::max(a, b), std::min(a, b), matrix.value[static_cast<std::size_t>(p)]);
      }
    }
  };
  each([&](std::int32_t row, std::int32_t, double) { ++result.start[static_cast<std::size_t>(row) + 1]; });
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) result.start[i + 1] += result.start[i];
  std::vector<std::int64_t> next(result.start.begin(), result.start.end() - 1);
  result.column.resize(matrix.column.size());
  result.value.resize(matrix.value.size());
  // The order inside a row does not matter to the factorisation.
  each([&](std::int32_t row, std::int32_t column, double value) {
    const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(row)]++);
    result.column[at] = column;
    result.value[at] = value;
  });
  return result;
}

}  // namespace

bool SparseCholesky::Analyse(const SparseLower& matrix, double most_entries, double most_products,
                             std::vector<std::int32_t>& parent) {
  const auto size = static_cast<std::size_t>(matrix.size());
  parent.assign(size, -1);
  std::vector<std::int32_t> flag(size, -1);
  std::vector<std::int64_t> count(size, 0);
  double entries = 0.0;
  double products = 0.0;
  for (std::size_t k = 0; k < size; ++k) {
    flag[k] = static_cast<std::int32_t>(k);
    for (std::int64_t p = matrix.start[k]; p < matrix.start[k + 1]; ++p) {
      auto j = static_cast<std::size_t>(matrix.column[static_cast<std::size_t>(p)]);
      while (flag[j] != static_cast<std::int32_t>(k)) {
        if (parent[j] < 0) parent[j] = static_cast<std::int32_t>(k);
        products += static_cast<double>(count[j]);
        ++count[j];
        entries += 1.0;
        flag[j] = static_cast<std::int32_t>(k);
        j = static_cast<std::size_t>(parent[j]);
      }
    }
    if (entries > most_entries || products > most_products) return false;
  }
  start_.assign(size + 1, 0);
  for (std::size_t k = 0; k < size; ++k) start_[k + 1] = start_[k] + count[k];
  return true;
}

bool SparseCholesky::Factorise(const SparseLower& matrix, const std::vector<std::int32_t>& parent,
                               const std::vector<char>& dropped, double tolerance, const std::stop_token& stop) {
  const auto size = static_cast<std::size_t>(matrix.size());
  row_.resize(static_cast<std::size_t>(start_[size]));
  value_.resize(row_.size());
  inverse_pivot_.assign(size, 0.0);
  std::vector<std::int64_t> filled(start_.begin(), start_.end() - 1);
  std::vector<double> work(size, 0.0);
  std::vector<std::int32_t> flag(size, -1);
  std::vector<std::int32_t> stack(size);
  for (std::size_t k = 0; k < size; ++k) {
    if (k % kRowsBetweenChecks == 0 && stop.stop_requested()) return false;
    // Columns of row k of L, ancestors after descendants, at the end of the stack.
    std::size_t top = size;
    flag[k] = static_cast<std::int32_t>(k);
    double diagonal = 0.0;
    for (std::int64_t p = matrix.start[k]; p < matrix.start[k + 1]; ++p) {
      auto j = static_cast<std::size_t>(matrix.column[static_cast<std::size_t>(p)]);
      if (j == k) {
        diagonal += matrix.value[static_cast<std::size_t>(p)];
        continue;
      }
      work[j] += matrix.value[static_cast<std::size_t>(p)];
      std::size_t length = 0;
      while (flag[j] != static_cast<std::int32_t>(k)) {
        stack[length++] = static_cast<std::int32_t>(j);
        flag[j] = static_cast<std::int32_t>(k);
        j = static_cast<std::size_t>(parent[j]);
      }
      while (length > 0) stack[--top] = stack[--length];
    }
    double pivot = diagonal;
    for (; top < size; ++top) {
      const auto j = static_cast<std::size_t>(stack[top]);
      const double along = work[j];
      work[j] = 0.0;
      for (std::int64_t p = start_[j]; p < filled[j]; ++p) {
        work[static_cast<std::size_t>(row_[static_cast<std::size_t>(p)])] -=
            value_[static_cast<std::size_t>(p)] * along;
      }
      const double entry = along * inverse_pivot_[j];
      pivot -= entry * along;
      const auto at = static_cast<std::size_t>(filled[j]++);
      row_[at] = static_cast<std::int32_t>(k);
      value_[at] = entry;
    }
    if (dropped[k] != 0 || !(pivot > tolerance * diagonal)) {
      ++left_out_;
    } else {
      inverse_pivot_[k] = 1.0 / pivot;
    }
  }
  return true;
}

std::optional<SparseCholesky> SparseCholesky::Make(const SparseLower& matrix, const std::vector<char>& dropped,
                                                   double tolerance, double most_entries, double most_products,
                                                   const std::stop_token& stop) {
  SparseCholesky factor;
  std::vector<std::int32_t> parent;
  const double good = std::min(most_entries, kGoodFill * static_cast<double>(matrix.column.size()));
  if (factor.Analyse(matrix, good, most_products, parent)) {
    if (!factor.Factorise(matrix, parent, dropped, tolerance, stop)) return std::nullopt;
    return factor;
  }
  factor.position_ = MinimumDegree(matrix);
  const SparseLower permuted = Permuted(matrix, factor.position_);
  if (stop.stop_requested() || !factor.Analyse(permuted, most_entries, most_products, parent)) return std::nullopt;
  std::vector<char> dropped_at(dropped.size());
  for (std::size_t i = 0; i < dropped.size(); ++i)
    dropped_at[static_cast<std::size_t>(factor.position_[i])] = dropped[i];
  if (!factor.Factorise(permuted, parent, dropped_at, tolerance, stop)) return std::nullopt;
  return factor;
}

template <std::size_t C>
void SparseCholesky::Solve(double* x) const {
  const std::size_t size = inverse_pivot_.size();
  std::vector<double> ordered;
  double* z = x;
  if (!position_.empty()) {
    ordered.resize(size * C);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t c = 0; c < C; ++c) ordered[static_cast<std::size_t>(position_[i]) * C + c] = x[i * C + c];
    }
    z = ordered.data();
  }
  for (std::size_t j = 0; j < size; ++j) {
    for (std::int64_t p = start_[j]; p < start_[j + 1]; ++p) {
      double* to = z + static_cast<std::size_t>(row_[static_cast<std::size_t>(p)]) * C;
      for (std::size_t c = 0; c < C; ++c) to[c] -= value_[static_cast<std::size_t>(p)] * z[j * C + c];
    }
  }
  for (std::size_t j = size; j-- > 0;) {
    for (std::size_t c = 0; c < C; ++c) z[j * C + c] *= inverse_pivot_[j];
    for (std::int64_t p = start_[j]; p < start_[j + 1]; ++p) {
      const double* from = z + static_cast<std::size_t>(row_[static_cast<std::size_t>(p)]) * C;
      for (std::size_t c = 0; c < C; ++c) z[j * C + c] -= value_[static_cast<std::size_t>(p)] * from[c];
    }
  }
  if (position_.empty()) return;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t c = 0; c < C; ++c) x[i * C + c] = ordered[static_cast<std::size_t>(position_[i]) * C + c];
  }
}

template void SparseCholesky::Solve<1>(double*) const;
template void SparseCholesky::Solve<2>(double*) const;

}  // namespace farrell::regression
