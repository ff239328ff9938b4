#include "common/numeric/quadrature.h"

#include <Eigen/Eigenvalues>
#include <cmath>

namespace farrell::numeric {

GaussHermiteRule GaussHermite(int n) {
  // Golub & Welsch (1969): nodes are eigenvalues of the matrix of the recurrence x h_k = sqrt(k) h_(k-1) + sqrt(k+1)
  // h_(k+1) of the orthonormal polynomials; polished by Newton's method on h_n.
  const auto size = static_cast<std::size_t>(n);
  Eigen::VectorXd beside(n - 1);
  for (int k = 1; k < n; ++k) beside(k - 1) = std::sqrt(static_cast<double>(k));
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(Eigen::VectorXd::Zero(n), beside, Eigen::EigenvaluesOnly);
  GaussHermiteRule rule;
  rule.nodes.resize(size);
  rule.weights.resize(size);
  const double root_n = std::sqrt(static_cast<double>(n));
  for (int k = 0; k < n; ++k) {
    double x = solver.eigenvalues()(k);
    if (2 * k + 1 == n) x = 0.0;
    double squares = 0.0;
    constexpr int kPolish = 3;
    for (int pass = 0; pass <= kPolish; ++pass) {
      double before = 0.0;
      double current = 1.0;
      squares = 0.0;
      for (int j = 0; j < n; ++j) {
        squares += current * current;
        const double next =
            (x * current - std::sqrt(static_cast<double>(j)) * before) / std::sqrt(static_cast<double>(j + 1));
        before = current;
        current = next;
      }
      // h_n' = sqrt(n) h_(n-1).
      if (pass < kPolish && x != 0.0) x -= current / (root_n * before);
    }
    rule.nodes[static_cast<std::size_t>(k)] = x;
    rule.weights[static_cast<std::size_t>(k)] = 1.0 / squares;
  }
  return rule;
}

}  // namespace farrell::numeric
