// Tests on the coefficients of one fit: all slopes zero, and single linear hypotheses such as "x1 = x2", "2*x1 - x2 =
// 0.5".
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::regression {

// F with df1 and df2 degrees of freedom.
struct JointTest {
  double statistic = 0.0;
  double df1 = 0.0;
  double df2 = 0.0;
  double p_value = 1.0;
  // "F", "chi2" (df2 is 0), "HTZ".
  std::string distribution = "F";
};

// b'V^-1 b / q against F(q, df), or b'V^-1 b against chi2(q) where df is infinite. Empty when V has not full rank (fewer clusters than coefficients).
std::optional<JointTest> WaldTest(const Eigen::VectorXd& estimates, const Eigen::MatrixXd& vcov, double df);

// sum_j weights(j) b_j = value, over all terms of a fit.
struct LinearHypothesis {
  std::string text;
  Eigen::VectorXd weights;
  double value = 0.0;
};

// `names`: the terms as printed. A side of the equation is a sum of terms, numbers, and number*term. Several equations
// in one hypothesis are not supported. `field`: for violations, e.g. "hypotheses[0]".
Result<LinearHypothesis> ParseHypothesis(std::string_view text, const std::vector<std::string>& names,
                                         const std::string& field);

struct HypothesisTest {
  std::string text;
  // weights'b - value, its standard error, t with df degrees of freedom.
  double estimate = 0.0;
  double std_error = 0.0;
  double statistic = 0.0;
  double df = 0.0;
  double p_value = 1.0;
};

// `kept`: positions in `names` of the columns estimated. Empty when a weight falls on a collinear term or the standard
// error is not positive.
std::optional<HypothesisTest> TestHypothesis(const LinearHypothesis& hypothesis, const std::vector<Eigen::Index>& kept,
                                             const Eigen::VectorXd& estimates, const Eigen::MatrixXd& vcov, double df);

}  // namespace farrell::regression
