#include "services/regression/engine/compare/ordering.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <limits>
#include <utility>

#include "services/regression/engine/formula.h"

namespace farrell::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

std::string Unquoted(const std::string& text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

Status Invalid(const std::string& field, std::string_view text, const std::string& problem) {
  return InvalidArgument("COMPARE_INVALID", "an order of coefficients cannot be read")
      .WithViolations({{field, "'" + std::string(text) + "' " + problem}});
}

}  // namespace

Result<OrderingText> ParseOrdering(std::string_view text, const std::string& field) {
  OrderingText ordering;
  std::string_view rest = text;
  const std::size_t colon = rest.substr(0, rest.find('>')).rfind(':');
  if (colon != std::string_view::npos) {
    ordering.term = NormaliseSpace(rest.substr(0, colon));
    rest = rest.substr(colon + 1);
  }
  while (true) {
    const std::size_t sign = rest.find('>');
    ordering.labels.push_back(Unquoted(NormaliseSpace(rest.substr(0, sign))));
    if (sign == std::string_view::npos) break;
    rest = rest.substr(sign + 1);
  }
  if (ordering.labels.size() < 2) return Invalid(field, text, "has no '>': write central > east > west");
  if (ordering.labels.size() > kMostOrdered) {
    return Invalid(field, text, "orders more than " + std::to_string(kMostOrdered) + " coefficients");
  }
  for (auto label = ordering.labels.begin(); label != ordering.labels.end(); ++label) {
    if (label->empty()) return Invalid(field, text, "lacks a label beside '>'");
    if (std::find(ordering.labels.begin(), label, *label) != label)
      return Invalid(field, text, "names one label twice");
  }
  return ordering;
}

namespace {

// max over l >= 0 of -2 l'x - l'Wl, the dual of the distance, by the active sets of Lawson & Hanson (1974, chapter 23).
// W is a correlation matrix, positive definite.
double DualDistance(const VectorXd& x, const MatrixXd& w) {
  const Index count = x.size();
  const double tolerance = 1e-12 * x.cwiseAbs().maxCoeff();
  VectorXd multipliers = VectorXd::Zero(count);
  std::vector<Index> active;
  // Every round adds one to the active set; it takes no more than a few times their number.
  for (Index round = 0; round < 10 * count; ++round) {
    const VectorXd gradient = -x - w * multipliers;
    Index entering = -1;
    for (Index k = 0; k < count; ++k) {
      if (std::find(active.begin(), active.end(), k) != active.end()) continue;
      if (gradient(k) > tolerance && (entering < 0 || gradient(k) > gradient(entering))) entering = k;
    }
    if (entering < 0) break;
    active.push_back(entering);
    while (!active.empty()) {
      const VectorXd target = w(active, active).llt().solve(-x(active));
      const VectorXd from = multipliers(active);
      // As far towards the solution on the active set as multipliers stay non-negative; what bounds the step leaves.
      double step = 1.0;
      Index leaving = -1;
      for (Index k = 0; k < target.size(); ++k) {
        if (target(k) > 0.0) continue;
        const double bound = from(k) / (from(k) - target(k));
        if (leaving >= 0 && bound >= step) continue;
        step = from(k) > 0.0 ? bound : 0.0;
        leaving = k;
      }
      multipliers(active) = from + step * (target - from);
      if (leaving < 0) break;
      multipliers(active[static_cast<std::size_t>(leaving)]) = 0.0;
      active.erase(active.begin() + leaving);
    }
  }
  return std::max(-2.0 * multipliers.dot(x) - multipliers.dot(w * multipliers), 0.0);
}

}  // namespace

double OrderDistance(const VectorXd& gaps, const MatrixXd& covariance) {
  constexpr double kMost = std::numeric_limits<double>::max();
  if (gaps.minCoeff() >= 0.0) return 0.0;
  const VectorXd errors = covariance.diagonal().cwiseSqrt();
  if (!(errors.minCoeff() > 0.0)) return kMost;
  const VectorXd scale = errors.cwiseInverse();
  const MatrixXd correlation = scale.asDiagonal() * covariance * scale.asDiagonal();
  if (Eigen::LLT<MatrixXd>(correlation).info() != Eigen::Success) return kMost;
  const double distance = DualDistance(scale.cwiseProduct(gaps), correlation);
  return distance <= kMost ? distance : kMost;
}

bool InOrder(const VectorXd& estimates) {
  for (Index k = 0; k + 1 < estimates.size(); ++k) {
    if (!(estimates(k) > estimates(k + 1))) return false;
  }
  return true;
}

}  // namespace farrell::regression
