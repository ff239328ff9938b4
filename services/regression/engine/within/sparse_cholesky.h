// L D L' of a sparse symmetric semidefinite matrix, with the pivots that vanish left out (Davis 2005, LDL; minimum
// degree of Amestoy, Davis & Duff 1996 where the given order fills too much).
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace farrell::regression {

// Lower triangle by rows: columns j <= i of row i at [start[i], start[i + 1]), increasing, the diagonal last.
struct SparseLower {
  std::vector<std::int64_t> start;
  std::vector<std::int32_t> column;
  std::vector<double> value;

  std::int32_t size() const { return static_cast<std::int32_t>(start.size()) - 1; }
};

class SparseCholesky {
 public:
  // Nothing when L would hold more than `most_entries` off its diagonal or take more than `most_products` to compute,
  // or when stopped. Pivots not above `tolerance` times their diagonal are left out, and so are the rows marked in
  // `dropped`.
  static std::optional<SparseCholesky> Make(const SparseLower& matrix, const std::vector<char>& dropped,
                                            double tolerance, double most_entries, double most_products,
                                            const std::stop_token& stop);

  // In place; C right-hand sides interleaved. Zero in the pivots left out.
  template <std::size_t C>
  void Solve(double* x) const;

  std::int32_t left_out() const { return left_out_; }
  std::int64_t entries() const { return static_cast<std::int64_t>(row_.size()); }

 private:
  bool Analyse(const SparseLower& matrix, double most_entries, double most_products, std::vector<std::int32_t>& parent);
  bool Factorise(const SparseLower& matrix, const std::vector<std::int32_t>& parent, const std::vector<char>& dropped,
                 double tolerance, const std::stop_token& stop);

  // L by columns; inverse pivots, 0 where left out; position of variable i in the order of elimination (empty: i).
  std::vector<std::int64_t> start_;
  std::vector<std::int32_t> row_;
  std::vector<double> value_;
  std::vector<double> inverse_pivot_;
  std::vector<std::int32_t> position_;
  std::int32_t left_out_ = 0;
};

}  // namespace farrell::regression
