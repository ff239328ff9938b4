#include "services/regression/engine/hypothesis.h"

#include <algorithm>
#include <cmath>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using Kind = HypothesisStep::Kind;

// A number that carries its derivatives.
struct Dual {
  double value = 0.0;
  VectorXd gradient;
};

bool IsConstant(const Dual& x) { return (x.gradient.array() == 0.0).all(); }

Dual Power(const Dual& base, const Dual& exponent) {
  const double value = numeric::Pow(base.value, exponent.value);
  VectorXd gradient = VectorXd::Zero(base.gradient.size());
  if (!IsConstant(base) && exponent.value != 0.0) {
    gradient += exponent.value * numeric::Pow(base.value, exponent.value - 1.0) * base.gradient;
  }
  if (!IsConstant(exponent)) gradient += value * numeric::Log(base.value) * exponent.gradient;
  return {value, std::move(gradient)};
}

// The last of the stack, and for operations on two its predecessor, which it replaces.
void Apply(Kind kind, std::vector<Dual>& stack) {
  Dual last = std::move(stack.back());
  stack.pop_back();
  const bool one = kind == Kind::kNegate || kind == Kind::kExp || kind == Kind::kLog || kind == Kind::kSqrt;
  Dual first;
  if (!one) {
    first = std::move(stack.back());
    stack.pop_back();
  }
  switch (kind) {
    case Kind::kNegate: stack.push_back({-last.value, -last.gradient}); return;
    case Kind::kExp: {
      const double value = numeric::Exp(last.value);
      stack.push_back({value, value * last.gradient});
      return;
    }
    case Kind::kLog: stack.push_back({numeric::Log(last.value), last.gradient / last.value}); return;
    case Kind::kSqrt: {
      const double value = std::sqrt(last.value);
      stack.push_back({value, last.gradient / (2.0 * value)});
      return;
    }
    case Kind::kAdd: stack.push_back({first.value + last.value, first.gradient + last.gradient}); return;
    case Kind::kSubtract: stack.push_back({first.value - last.value, first.gradient - last.gradient}); return;
    case Kind::kMultiply:
      stack.push_back({first.value * last.value, first.gradient * last.value + last.gradient * first.value});
      return;
    case Kind::kDivide: {
      const double value = first.value / last.value;
      stack.push_back({value, (first.gradient - value * last.gradient) / last.value});
      return;
    }
    case Kind::kPower: stack.push_back(Power(first, last)); return;
    case Kind::kNumber:
    case Kind::kCoefficient: return;
  }
}

// Half the width of the interval over the standard error.
double CriticalValue(double level, double df) { return numeric::StudentTQuantile(0.5 + 0.5 * level, df); }

std::optional<HypothesisTest> TestOne(const EquationValue& equation, const VectorXd& estimates,
                                      const Eigen::MatrixXd& vcov, double df, double level,
                                      const JointTester& joint_test) {
  HypothesisTest test;
  test.estimate = equation.value;
  test.std_error = std::sqrt(equation.gradient.dot(vcov * equation.gradient));
  if (!(test.std_error > 0.0) || !std::isfinite(test.std_error)) return std::nullopt;
  test.statistic = test.estimate / test.std_error;
  test.df = df;
  if (joint_test) {
    // The F test of one restriction is the square of a t test with its second degrees of freedom.
    VectorXd value(1);
    value(0) = equation.gradient.dot(estimates) - equation.value;
    const auto joint = joint_test(equation.gradient.transpose(), value);
    if (!joint) return std::nullopt;
    test.df = joint->df2;
  }
  if (!(test.df > 0.0)) return std::nullopt;
  test.p_value = numeric::StudentTTwoSided(test.statistic, test.df);
  const double width = CriticalValue(level, test.df) * test.std_error;
  test.conf_low = test.estimate - width;
  test.conf_high = test.estimate + width;
  if (!std::isfinite(test.statistic) || !std::isfinite(width)) return std::nullopt;
  return test;
}

}  // namespace

std::optional<EquationValue> Evaluate(const HypothesisEquation& equation, std::size_t term_count,
                                      const std::vector<Index>& kept, const VectorXd& estimates) {
  std::vector<Index> position(term_count, -1);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    if (static_cast<std::size_t>(kept[k]) < term_count) {
      position[static_cast<std::size_t>(kept[k])] = static_cast<Index>(k);
    }
  }
  for (Index term : equation.terms) {
    if (position[static_cast<std::size_t>(term)] < 0) return std::nullopt;
  }
  EquationValue result;
  if (equation.weights.size() > 0) {
    result.gradient = VectorXd::Zero(estimates.size());
    for (Index term : equation.terms) {
      result.gradient(position[static_cast<std::size_t>(term)]) = equation.weights(term);
    }
    result.value = result.gradient.dot(estimates) - equation.value;
  } else {
    std::vector<Dual> stack;
    for (const HypothesisStep& step : equation.steps) {
      if (step.kind == Kind::kNumber) {
        stack.push_back({step.number, VectorXd::Zero(estimates.size())});
      } else if (step.kind == Kind::kCoefficient) {
        const Index k = position[static_cast<std::size_t>(step.term)];
        stack.push_back({estimates(k), VectorXd::Unit(estimates.size(), k)});
      } else {
        Apply(step.kind, stack);
      }
    }
    result.value = stack.back().value;
    result.gradient = std::move(stack.back().gradient);
  }
  if (!std::isfinite(result.value) || !result.gradient.allFinite()) return std::nullopt;
  return result;
}

std::optional<HypothesisTest> TestHypothesis(const Hypothesis& hypothesis, const std::vector<Index>& kept,
                                             const VectorXd& estimates, const Eigen::MatrixXd& vcov, double df,
                                             double level, const JointTester& joint_test) {
  const Index q = static_cast<Index>(hypothesis.equations.size());
  if (q == 0 || vcov.rows() != estimates.size() || estimates.size() == 0) return std::nullopt;
  Eigen::MatrixXd gradients(q, estimates.size());
  VectorXd values(q);
  for (Index k = 0; k < q; ++k) {
    const HypothesisEquation& equation = hypothesis.equations[static_cast<std::size_t>(k)];
    const auto evaluated = Evaluate(equation, hypothesis.term_count, kept, estimates);
    if (!evaluated) return std::nullopt;
    // A term without a variance of its own has no standard error.
    if ((evaluated->gradient.array() != 0.0 && !(vcov.diagonal().array() > 0.0)).any()) return std::nullopt;
    if (q == 1) {
      auto test = TestOne(*evaluated, estimates, vcov, df, level, joint_test);
      if (test) test->text = hypothesis.text;
      return test;
    }
    gradients.row(k) = evaluated->gradient.transpose();
    values(k) = evaluated->value;
  }
  HypothesisTest test;
  test.text = hypothesis.text;
  test.joint = joint_test ? joint_test(gradients, gradients * estimates - values)
                          : WaldTest(values, gradients * vcov * gradients.transpose(), df);
  if (!test.joint) return std::nullopt;
  test.df = test.joint->df2;
  test.p_value = test.joint->p_value;
  return test;
}

std::string WhyUndefined(const Hypothesis& hypothesis, const std::vector<std::string>& names,
                         const std::vector<Index>& kept, const VectorXd& estimates, const Eigen::MatrixXd& vcov,
                         double df) {
  if (estimates.size() == 0) return "nothing was estimated";
  bool deviates = false;
  for (const HypothesisEquation& equation : hypothesis.equations) {
    for (Index term : equation.terms) {
      if (std::find(kept.begin(), kept.end(), term) != kept.end()) continue;
      return "`" + names[static_cast<std::size_t>(term)] + "` is collinear with other terms and has no estimate";
    }
    const auto evaluated = Evaluate(equation, hypothesis.term_count, kept, estimates);
    if (!evaluated) {
      return "at the estimates it, or its derivative, is not a number: a division by zero, or a logarithm or root of a "
             "number that is not positive";
    }
    for (std::size_t k = 0; k < kept.size(); ++k) {
      const auto at = static_cast<Index>(k);
      if (at >= evaluated->gradient.size() || evaluated->gradient(at) == 0.0) continue;
      if (vcov.rows() != estimates.size() || !(vcov(at, at) > 0.0)) {
        const auto name = static_cast<std::size_t>(kept[k]);
        return (name < names.size() ? "`" + names[name] + "`" : std::string("a coefficient")) +
               " has no standard error";
      }
    }
    deviates = deviates || (evaluated->gradient.array() != 0.0).any();
  }
  if (!deviates) return "no coefficient moves it: the left side minus the right side is a constant";
  if (!(df > 0.0)) return "no degrees of freedom are left";
  if (hypothesis.equations.size() > 1) {
    return "the variance of its equations is singular: one follows from the others, or there are more equations than "
           "the inference has degrees of freedom";
  }
  return "its standard error is not positive, its statistic is too large for a number, or no degrees of freedom are "
         "left";
}

Result<std::vector<Hypothesis>> ParseHypotheses(const std::vector<std::string>& texts,
                                                const std::vector<std::string>& names) {
  std::vector<Hypothesis> hypotheses;
  Status first;
  std::vector<FieldViolation> violations;
  for (std::size_t k = 0; k < texts.size(); ++k) {
    auto hypothesis = ParseHypothesis(texts[k], names, "hypotheses[" + std::to_string(k) + "]");
    if (hypothesis.ok()) {
      hypotheses.push_back(std::move(hypothesis).value());
      continue;
    }
    if (first.ok()) first = hypothesis.status();
    const auto& more = hypothesis.status().violations();
    violations.insert(violations.end(), more.begin(), more.end());
  }
  if (first.ok()) return hypotheses;
  return std::move(first).WithViolations(std::move(violations));
}

}  // namespace farrell::regression
