// What tests on coefficients report.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>

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

// b'V^-1 b / q against F(q, df), or b'V^-1 b against chi2(q) where df is infinite. Empty when V has not full rank
// (fewer clusters than coefficients) or df is not positive.
std::optional<JointTest> WaldTest(const Eigen::VectorXd& estimates, const Eigen::MatrixXd& vcov, double df);

// A hypothesis about coefficients; see hypothesis.h.
struct HypothesisTest {
  std::string text;
  // One equation: left side minus right side, its standard error, and t with df degrees of freedom (infinite: normal).
  // Several: 0, and `joint` is set.
  double estimate = 0.0;
  double std_error = 0.0;
  double statistic = 0.0;
  double df = 0.0;
  double p_value = 1.0;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
  std::optional<JointTest> joint;
};

}  // namespace farrell::regression
