// Bernoulli quasi-likelihood y log G(m) + (1 - y) log(1 - G(m)) of outcomes in [0, 1] (Papke & Wooldridge 1996, eq. 5),
// G the logistic or the normal distribution. Concave in m for both.
#pragma once

#include <Eigen/Core>

#include "services/regression/engine/estimator.h"
#include "services/regression/engine/likelihood/index_objective.h"

namespace farrell::regression {

class FractionalKernel {
 public:
  FractionalKernel(const Eigen::VectorXd& y, Link link) : y_(y), link_(link) {}

  static bool Prepare(double /*theta*/) { return true; }
  RowTerms operator()(Eigen::Index row, double m) const;

 private:
  const Eigen::VectorXd& y_;
  Link link_;
};

// G(m), its density and the density's derivative.
struct ResponseMean {
  double mean = 0.0;
  double density = 0.0;
  double slope = 0.0;
};
ResponseMean MeanResponse(Link link, double m);

}  // namespace farrell::regression
