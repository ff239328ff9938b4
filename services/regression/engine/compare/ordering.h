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

// Distance of estimates b to the cone m_1 >= m_2 >= ... >= m_k in the metric of their covariance V (Robertson, Wright &
// Dykstra 1988; Wolak 1987), from the gaps x = (b_1 - b_2, ..., b_{k-1} - b_k) and their covariance W = C V C':
//   D = min over m in the cone of (b - m)'V^-1 (b - m) = min over g >= 0 of (x - g)'W^-1 (x - g).
// Under equality with V known, D is chi-bar-squared (Silvapulle & Sen 2005, theorem 3.4.2). 0 for gaps that are none of
// them negative; the largest number where W is singular otherwise.
double OrderDistance(const Eigen::VectorXd& gaps, const Eigen::MatrixXd& covariance);

// b_1 > b_2 > ... > b_k.
bool InOrder(const Eigen::VectorXd& estimates);

}  // namespace farrell::regression
