// How much the regressors repeat each other.
#include <Eigen/SVD>

#include "services/regression/engine/specification/sample.h"

namespace farrell::regression::specification {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void MeasureCollinearity(Sample& sample, SpecificationResult& result) {
  const Design& design = sample.design();
  const Index rows = design.x.rows();
  const auto count = static_cast<Index>(sample.slopes().size());
  MatrixXd x(rows, count + 1);
  x.col(0).setOnes();
  for (Index k = 0; k < count; ++k) x.col(k + 1) = design.x.col(sample.slopes()[static_cast<std::size_t>(k)]);
  for (Index k = 0; k < count; ++k) {
    MatrixXd others(rows, count);
    others << x.leftCols(k + 1), x.rightCols(count - k - 1);
    const VectorXd column = x.col(k + 1);
    const double rest = SolveLeastSquares(others, column).residuals.squaredNorm();
    const double total = (column.array() - column.mean()).matrix().squaredNorm();
    VarianceInflation inflation;
    inflation.term = design.names[static_cast<std::size_t>(sample.slopes()[static_cast<std::size_t>(k)])];
    if (rest > kCollinearTolerance * kCollinearTolerance * total && total > 0.0) inflation.factor = total / rest;
    result.inflation.push_back(std::move(inflation));
  }
  for (Index k = 0; k < x.cols(); ++k) {
    const double length = x.col(k).norm();
    if (!(length > 0.0)) return;
    x.col(k) /= length;
  }
  const VectorXd singular = Eigen::JacobiSVD<MatrixXd>(x).singularValues();
  if (singular.minCoeff() > 0.0) result.condition_number = singular.maxCoeff() / singular.minCoeff();
}

}  // namespace farrell::regression::specification
