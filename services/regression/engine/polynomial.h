// Orthogonal polynomials of one column (Forsythe 1957), as R's poly(): over the rows used they are orthonormal,
// orthogonal to the constant, and have positive leading coefficients.
#pragma once

#include <Eigen/Core>
#include <string>

namespace farrell::regression {

// p_0 = 1, p_{j+1}(t) = (t - centre_j) p_j(t) - ratio_j p_{j-1}(t) with t = (x - shift) / scale; column j of the design
// is p_j / size_j. Sizes are 0 from the first degree that the values have too few distinct numbers for.
class Polynomial {
 public:
  Polynomial() = default;
  // Degree >= 1, at least one value; of all values of the rows used.
  Polynomial(const Eigen::VectorXd& x, int degree);

  // N x degree: the columns, or their derivatives with respect to x.
  Eigen::MatrixXd Columns(const Eigen::VectorXd& x) const { return Evaluate(x, false); }
  Eigen::MatrixXd Derivatives(const Eigen::VectorXd& x) const { return Evaluate(x, true); }

 private:
  Eigen::MatrixXd Evaluate(const Eigen::VectorXd& x, bool derivative) const;

  double shift_ = 0.0;
  double scale_ = 1.0;
  Eigen::VectorXd centre_;
  Eigen::VectorXd ratio_;
  Eigen::VectorXd size_;
};

// In Design::polynomials.
std::string PolynomialKey(const std::string& column, int degree);

}  // namespace farrell::regression
