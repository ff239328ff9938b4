// Hypotheses about the coefficients of one fit, as text: "x1 = x2", "2*x1 - x2 = 0.5", "x1 = x2 = 0; x3 = 1",
// "x1 / x2 = 2", "exp(x1) - 1 = 0".
//
//   A side is built from coefficients, numbers, + - * / ^, parentheses, exp, log, sqrt; `2 x1` is 2*x1. Chains and
//   several equations, separated by `;` or `,`, are tested jointly. A coefficient is named as its term is printed;
//   where such a name could also be read as an expression of others ("x1^2" beside "x1") it must stand in back quotes,
//   or its parts in parentheses. Linear sides are exact; the others use the delta method with exact derivatives.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/tests.h"

namespace farrell::regression {

// One step of an expression in reverse Polish notation.
struct HypothesisStep {
  enum class Kind { kNumber, kCoefficient, kAdd, kSubtract, kMultiply, kDivide, kPower, kNegate, kExp, kLog, kSqrt };
  Kind kind = Kind::kNumber;
  double number = 0.0;
  // Position in the names of the terms.
  Eigen::Index term = 0;
};

// Left side minus right side, which the hypothesis sets to zero.
struct HypothesisEquation {
  std::vector<HypothesisStep> steps;
  // Linear ones: sum_j weights(j) b_j - value, over all terms. Empty weights: not linear.
  Eigen::VectorXd weights;
  double value = 0.0;
  // Terms it names, increasing.
  std::vector<Eigen::Index> terms;
};

struct Hypothesis {
  std::string text;
  std::size_t term_count = 0;
  std::vector<HypothesisEquation> equations;
};

// `names`: the terms as printed. `field`: of the violations, e.g. "hypotheses[0]". INVALID_ARGUMENT HYPOTHESIS_INVALID,
// metadata `position`; unknown names come with the nearest term, all of them at once.
Result<Hypothesis> ParseHypothesis(std::string_view text, const std::vector<std::string>& names,
                                   const std::string& field);
// All of them, fields "hypotheses[k]"; the mistakes of all at once.
Result<std::vector<Hypothesis>> ParseHypotheses(const std::vector<std::string>& texts,
                                                const std::vector<std::string>& names);

// A joint test of R b = values, with R over the coefficients estimated; see InferenceResult::joint_test.
using JointTester =
    std::function<std::optional<JointTest>(const Eigen::MatrixXd& restrictions, const Eigen::VectorXd& values)>;

// `kept`: positions in the names of the columns estimated, K of them; `estimates` and `vcov` over these. `df`: of t,
// infinity for the normal. `level` of the interval, in (0, 1). `joint_test`, where set, decides degrees of freedom and
// p-values. Empty when a collinear term is named, a value or derivative is not finite, a standard error is not
// positive, or the equations' variance has not full rank.
std::optional<HypothesisTest> TestHypothesis(const Hypothesis& hypothesis, const std::vector<Eigen::Index>& kept,
                                             const Eigen::VectorXd& estimates, const Eigen::MatrixXd& vcov, double df,
                                             double level, const JointTester& joint_test = {});

// Why TestHypothesis gave nothing, with the same arguments: "`x2` is collinear with other terms". `names` as in
// ParseHypothesis.
std::string WhyUndefined(const Hypothesis& hypothesis, const std::vector<std::string>& names,
                         const std::vector<Eigen::Index>& kept, const Eigen::VectorXd& estimates,
                         const Eigen::MatrixXd& vcov, double df);

// Value (left minus right) and gradient over the K coefficients of one equation; empty when not finite or a collinear
// term is named.
struct EquationValue {
  double value = 0.0;
  Eigen::VectorXd gradient;
};
std::optional<EquationValue> Evaluate(const HypothesisEquation& equation, std::size_t term_count,
                                      const std::vector<Eigen::Index>& kept, const Eigen::VectorXd& estimates);

}  // namespace farrell::regression
