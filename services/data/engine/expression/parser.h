// Tokens to a tree. From loosest to tightest:
//
//   |    &    !    == != < <= > >= (one only)    + -    * /    unary + -    ^ (right to left)
//
// The exponent of ^ may be signed. So -2^2 is -4, 2^3^2 is 2^9 and !x == y is !(x == y).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::data::expression {

struct Node {
  enum class Kind { kNumber, kText, kColumn, kUnary, kBinary, kCall };
  Kind kind = Kind::kNumber;
  double number = 0.0;
  std::string text;  // text literal, column name, operator or function name
  std::vector<std::unique_ptr<Node>> children;
  std::size_t begin = 0;  // bytes of the expression that the node covers
  std::size_t end = 0;
  std::size_t at = 0;  // byte that an error about the node points at: operator, function name, or begin
  int depth = 1;
};

// Limits that keep recursion within the stack. Longer or deeper expressions are EXPRESSION_INVALID.
inline constexpr std::size_t kMaxExpressionBytes = 65'536;
inline constexpr int kMaxNesting = 100;
inline constexpr int kMaxDepth = 1000;

Result<std::unique_ptr<Node>> Parse(std::string_view expression);

}  // namespace farrell::data::expression
