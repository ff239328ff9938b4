#include "services/regression/engine/estimators/anderson_rubin.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <functional>

namespace farrell::regression {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kSteps = 4000;
constexpr int kBisections = 100;
constexpr int kSections = 60;

// Where square b^2 + linear b + constant <= 0.
std::vector<ConfidenceInterval> SolveQuadratic(double square, double linear, double constant) {
  if (square == 0.0) {
    if (linear == 0.0) {
      if (constant > 0.0) return {};
      return {{std::nullopt, std::nullopt}};
    }
    if (linear > 0.0) return {{std::nullopt, -constant / linear}};
    return {{-constant / linear, std::nullopt}};
  }
  const double discriminant = linear * linear - 4.0 * square * constant;
  if (discriminant < 0.0 || (discriminant == 0.0 && square < 0.0)) {
    if (square > 0.0) return {};
    return {{std::nullopt, std::nullopt}};
  }
  // The root without cancellation first (Press et al. 2007, 5.6).
  const double half = -0.5 * (linear + (linear < 0.0 ? -1.0 : 1.0) * std::sqrt(discriminant));
  double low = half / square;
  double high = half != 0.0 ? constant / half : 0.0;
  if (low > high) std::swap(low, high);
  if (square > 0.0) return {{low, high}};
  return {{std::nullopt, low}, {high, std::nullopt}};
}

// Directions by u in [-1, 1]: a = (1 - u^2) / (1 + u^2), b = scale 2u / (1 + u^2); -1 and 1 are b = -inf and inf.
class Circle {
 public:
  Circle(const RubinForms& forms, double critical, double scale) : forms_(forms), critical_(critical), scale_(scale) {}

  std::vector<ConfidenceInterval> Search() const {
    std::vector<double> points;
    for (int k = -kSteps; k <= kSteps; ++k) points.push_back(static_cast<double>(k) / kSteps);
    std::vector<double> values;
    values.reserve(points.size());
    for (const double u : points) values.push_back(Excess(u));
    std::vector<double> turns;
    for (std::size_t k = 1; k + 1 < points.size(); ++k) {
      const bool valley = values[k] > 0.0 && values[k] <= values[k - 1] && values[k] <= values[k + 1];
      const bool peak = values[k] <= 0.0 && values[k] >= values[k - 1] && values[k] >= values[k + 1];
      if (!valley && !peak) continue;
      const double turn = Turn(points[k - 1], points[k + 1], valley ? 1.0 : -1.0);
      if ((Excess(turn) <= 0.0) != (values[k] <= 0.0)) turns.push_back(turn);
    }
    points.insert(points.end(), turns.begin(), turns.end());
    std::sort(points.begin(), points.end());
    return Intervals(points);
  }

 private:
  double Excess(double u) const {
    const double length = 1.0 + u * u;
    return forms_.Statistic((1.0 - u * u) / length, scale_ * 2.0 * u / length) - critical_;
  }
  double Value(double u) const { return scale_ * 2.0 * u / (1.0 - u * u); }

  // The least of sign * excess between two points, by golden sections.
  double Turn(double low, double high, double sign) const {
    constexpr double kGolden = 0.6180339887498949;
    double left = high - kGolden * (high - low);
    double right = low + kGolden * (high - low);
    double at_left = sign * Excess(left);
    double at_right = sign * Excess(right);
    for (int step = 0; step < kSections; ++step) {
      if (at_left < at_right) {
        high = right;
        right = left;
        at_right = at_left;
        left = high - kGolden * (high - low);
        at_left = sign * Excess(left);
      } else {
        low = left;
        left = right;
        at_left = at_right;
        right = low + kGolden * (high - low);
        at_right = sign * Excess(right);
      }
    }
    return 0.5 * (low + high);
  }

  double Root(double low, double high) const {
    const bool inside = Excess(low) <= 0.0;
    for (int step = 0; step < kBisections; ++step) {
      const double middle = 0.5 * (low + high);
      if (middle <= low || middle >= high) break;
      ((Excess(middle) <= 0.0) == inside ? low : high) = middle;
    }
    return 0.5 * (low + high);
  }

  std::vector<ConfidenceInterval> Intervals(const std::vector<double>& points) const {
    std::vector<ConfidenceInterval> set;
    bool inside = Excess(points.front()) <= 0.0;
    if (inside) set.push_back({});
    for (std::size_t k = 1; k < points.size(); ++k) {
      const bool next = Excess(points[k]) <= 0.0;
      if (next == inside) continue;
      const double root = Value(Root(points[k - 1], points[k]));
      if (next) {
        set.push_back({root, std::nullopt});
      } else {
        set.back().high = root;
      }
      inside = next;
    }
    return set;
  }

  const RubinForms& forms_;
  double critical_;
  double scale_;
};

}  // namespace

double RubinForms::Statistic(double a, double b) const {
  const VectorXd g = a * outcome - b * regressor;
  const MatrixXd variance = a * a * outcome_variance - a * b * cross_variance + b * b * regressor_variance;
  const Eigen::LDLT<MatrixXd> factor(variance);
  if (factor.info() != Eigen::Success || !(factor.vectorD().array() > 0.0).all()) return 0.0;
  const double statistic = g.dot(factor.solve(g));
  return std::isfinite(statistic) ? statistic : 0.0;
}

std::vector<ConfidenceInterval> InvertRubinTest(const RubinForms& forms, double critical, bool scalar, double scale) {
  if (!scalar && forms.outcome.size() > 1) return Circle(forms, critical, scale).Search();
  return SolveQuadratic(forms.regressor.squaredNorm() - critical * forms.regressor_variance(0, 0),
                        -2.0 * forms.outcome.dot(forms.regressor) + critical * forms.cross_variance(0, 0),
                        forms.outcome.squaredNorm() - critical * forms.outcome_variance(0, 0));
}

}  // namespace farrell::regression
