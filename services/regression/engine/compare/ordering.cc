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

OrderCone::OrderCone(const MatrixXd& covariance) {
  const Index count = covariance.rows();
  MatrixXd neighbours = MatrixXd::Zero(count - 1, count);
  for (Index k = 0; k + 1 < count; ++k) {
    neighbours(k, k) = 1.0;
    neighbours(k, k + 1) = -1.0;
  }
  const auto subsets = std::size_t{1} << static_cast<unsigned>(count - 1);
  for (std::size_t subset = 0; subset < subsets; ++subset) {
    std::vector<Index> equal;
    for (Index k = 0; k + 1 < count; ++k) {
      if ((subset >> static_cast<unsigned>(k) & 1U) != 0) equal.push_back(k);
    }
    Face face;
    face.gaps = neighbours;
    if (!equal.empty()) {
      // Projection b - V C'(C V C')^-1 C b, and its distance (C b)'(C V C')^-1 (C b).
      const MatrixXd contrast = neighbours(equal, Eigen::all);
      const Eigen::LLT<MatrixXd> factor(contrast * covariance * contrast.transpose());
      face.root = factor.matrixL().solve(contrast);
      face.gaps -= neighbours * covariance * contrast.transpose() * factor.solve(contrast);
      // Gaps closed are zero, not rounding.
      for (const Index k : equal) face.gaps.row(k).setZero();
    }
    faces_.push_back(std::move(face));
  }
}

double OrderCone::Distance(const VectorXd& estimates) const {
  double nearest = std::numeric_limits<double>::max();
  for (const Face& face : faces_) {
    if ((face.gaps * estimates).minCoeff() < 0.0) continue;
    nearest = std::min(nearest, face.root.size() > 0 ? (face.root * estimates).squaredNorm() : 0.0);
  }
  return nearest;
}

bool InOrder(const VectorXd& estimates) {
  for (Index k = 0; k + 1 < estimates.size(); ++k) {
    if (!(estimates(k) > estimates(k + 1))) return false;
  }
  return true;
}

}  // namespace farrell::regression
