// Values while an expression is evaluated: a column of numbers or texts over all rows of the table, or one constant.
//
// A number is finite, missing (NaN) or failed (+infinity): the result of an operation that has none, such as log(0). A
// failed number spreads like a missing one, and only one that reaches the result is an error, so that
// if(x > 0, log(x), 0) is what it looks like. Missing wins over failed.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/panel/panel.h"

namespace farrell::data::expression {

inline constexpr double kFailed = std::numeric_limits<double>::infinity();
inline bool IsMissing(double value) { return std::isnan(value); }
inline bool IsFailed(double value) { return std::isinf(value); }

// Columns are shared with the table they come from.
struct Value {
  bool is_text = false;
  bool is_constant = false;  // one entry that stands for every row
  std::shared_ptr<const std::vector<double>> numbers;
  std::shared_ptr<const std::vector<std::string>> texts;

  double Number(std::size_t row) const { return (*numbers)[is_constant ? 0 : row]; }
  const std::string& Text(std::size_t row) const { return (*texts)[is_constant ? 0 : row]; }

  static Value Numbers(std::vector<double> numbers, bool constant = false) {
    Value value;
    value.is_constant = constant;
    value.numbers = std::make_shared<const std::vector<double>>(std::move(numbers));
    return value;
  }
  static Value Texts(std::vector<std::string> texts, bool constant = false) {
    Value value;
    value.is_text = true;
    value.is_constant = constant;
    value.texts = std::make_shared<const std::vector<std::string>>(std::move(texts));
    return value;
  }
};

}  // namespace farrell::data::expression
