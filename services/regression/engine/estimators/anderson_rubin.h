// Confidence sets by inversion of the Anderson & Rubin (1949) test, one endogenous regressor.
//
// Under b the restricted outcome y - b x is regressed on the instruments. With coordinates g(b) = g_y - b g_x of the
// instruments' coefficients and their variance M(b) = M_yy - b M_yx + b^2 M_xx, a quadratic in the residuals, b is in
// the set when g(b)'M(b)^-1 g(b) <= c. The set is bounded, empty, two rays, or the whole line; it is unbounded whenever
// the test does not reject that the instruments are irrelevant (Dufour & Taamouti 2005). With more instruments and
// variances that are not iid it may consist of several pieces.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

namespace farrell::regression {

// Ends that are not bounded are unset.
struct ConfidenceInterval {
  std::optional<double> low;
  std::optional<double> high;
};

struct RubinForms {
  // Length L.
  Eigen::VectorXd outcome;
  Eigen::VectorXd regressor;
  // L x L: M_yy, M_yx (the sum of both cross terms), M_xx.
  Eigen::MatrixXd outcome_variance;
  Eigen::MatrixXd cross_variance;
  Eigen::MatrixXd regressor_variance;

  // g'M^-1 g of a y - b x; 0 where M has not full rank.
  double Statistic(double a, double b) const;
};

// The set, increasing; empty: every value is rejected. Exact roots where the variances are multiples of the identity
// (`scalar`) or L = 1; else the half circle of directions (a, b), b / a in units of `scale`, is searched in steps and
// roots and turning points between them are refined. Values of b are relative to where y was centred.
std::vector<ConfidenceInterval> InvertRubinTest(const RubinForms& forms, double critical, bool scalar, double scale);

}  // namespace farrell::regression
