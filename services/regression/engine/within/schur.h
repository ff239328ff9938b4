// Equations S a = b of the nodes of a crossing, S the Schur complement of the major effect: solved in closed form, by a
// dense or a sparse factor, or by conjugate gradients with the inverse squared lengths of the nodes as preconditioner.
//
// Graphs that conjugate gradients find hard (chains, rings, bands: a small gap between the eigenvalues) have small
// separators and therefore little fill; graphs that fill mix fast and take few steps. Fill is counted, not assumed.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "services/regression/engine/environment.h"
#include "services/regression/engine/within/crossing.h"
#include "services/regression/engine/within/sparse_cholesky.h"

namespace farrell::regression {

enum class SchurMethod { kNone, kBalanced, kDense, kSparse, kConjugateGradients };

// S as a dense matrix, lower triangle only.
Eigen::MatrixXd DenseSchur(const Crossing& crossing, const std::stop_token& stop = {});

// A factor of S over the nodes that are not linear combinations of others.
struct DenseFactor {
  std::vector<Eigen::Index> kept;
  Eigen::LLT<Eigen::MatrixXd> factor;

  // `dropped`: nodes known to be combinations; with `complete` there are no others.
  static DenseFactor Make(const Eigen::MatrixXd& schur, const Eigen::VectorXd& gram, const std::vector<char>& dropped,
                          bool complete);
};

class SchurEquations {
 public:
  // `dropped` and `complete` as above. Stopped: unusable, see stop.
  static SchurEquations Make(const Crossing& crossing, const std::vector<char>& dropped, bool complete,
                             const Environment& environment);

  SchurMethod method() const { return method_; }
  // Nodes that are combinations of others: exact, or, by conjugate gradients with more than two effects, at least.
  Eigen::Index redundant() const { return redundant_; }
  const std::optional<DenseFactor>& dense() const { return dense_; }

  // In place of b (nodes x C, interleaved) a solution. Conjugate gradients end when the preconditioned norm of the
  // defect is at most `targets`, or when no progress is made; they return their steps.
  template <std::size_t C>
  std::int64_t Solve(const Crossing& crossing, const std::array<double, C>& targets, const std::stop_token& stop,
                     double* b) const;

 private:
  template <std::size_t C>
  std::int64_t ConjugateGradients(const Crossing& crossing, const std::array<double, C>& targets,
                                  const std::stop_token& stop, double* b) const;

  SchurMethod method_ = SchurMethod::kNone;
  Eigen::Index redundant_ = 0;
  std::optional<DenseFactor> dense_;
  std::optional<SparseCholesky> sparse_;
};

// The preconditioned norm of the totals of every column: sqrt(sum_k total_k^2 / length_k^2).
template <std::size_t C>
std::array<double, C> NodeNorms(const Crossing& crossing, const double* totals) {
  std::array<double, C> squares{};
  const Eigen::VectorXd& inverse = crossing.node_inverse();
  for (Eigen::Index k = 0; k < inverse.size(); ++k) {
    for (std::size_t c = 0; c < C; ++c) {
      const double total = totals[static_cast<std::size_t>(k) * C + c];
      squares[c] += total * total * inverse(k);
    }
  }
  return squares;
}

}  // namespace farrell::regression
