// Orders of coefficients as hypotheses.
#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::regression {

// At most this many coefficients in one order.
inline constexpr std::size_t kMostOrdered = 10;

// "TERM: a > b > c" or "a > b > c"; labels may stand in double quotes.
struct OrderingText {
  // Empty: not named.
  std::string term;
  std::vector<std::string> labels;
};
// INVALID_ARGUMENT COMPARE_INVALID with one violation of `field`: fewer than two labels, an empty one, one twice, more
// than kMostOrdered.
Result<OrderingText> ParseOrdering(std::string_view text, const std::string& field);

// Distance of estimates b to the cone m_1 >= m_2 >= ... >= m_k in the metric of V (Robertson, Wright & Dykstra 1988):
//   D(b) = min over m in the cone of (b - m)'V^-1 (b - m).
// Of the faces of the cone (subsets of neighbours made equal) it is the nearest one whose projection lies in the cone.
class OrderCone {
 public:
  // `covariance` positive definite, 2 <= k <= kMostOrdered.
  explicit OrderCone(const Eigen::MatrixXd& covariance);
  double Distance(const Eigen::VectorXd& estimates) const;

 private:
  struct Face {
    // Distance |root b|^2, gaps between neighbours after projection: gaps * b.
    Eigen::MatrixXd root;
    Eigen::MatrixXd gaps;
  };
  std::vector<Face> faces_;
};

// b_1 > b_2 > ... > b_k.
bool InOrder(const Eigen::VectorXd& estimates);

}  // namespace farrell::regression
