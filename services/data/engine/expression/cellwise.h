// Row by row: missing and failed operands, constants, and failures are handled once here.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/expression/context.h"

namespace farrell::data::expression {

// `operation(x)` in every row where x is a number. A result that is not finite fails the row.
template <typename Operation>
Result<Value> MapNumbers(Context& context, const Node& node, const Node& operand_node, const Value& operand,
                         Operation operation) {
  FARRELL_RETURN_IF_ERROR(context.WantNumber(operand_node, operand));
  const std::size_t count = operand.is_constant ? 1 : context.rows();
  std::vector<double> result(count);
  for (std::size_t row = 0; row < count; ++row) {
    const double x = operand.Number(row);
    if (!std::isfinite(x)) {
      result[row] = x;
      continue;
    }
    const double value = operation(x);
    result[row] = std::isfinite(value) ? value : context.Fail(node, row);
  }
  return Value::Numbers(std::move(result), operand.is_constant);
}

// `operation(x, y)` in every row where both are numbers; missing wins over failed.
template <typename Operation>
Result<Value> CombineNumbers(Context& context, const Node& node, const Node& left_node, const Value& left,
                             const Node& right_node, const Value& right, Operation operation) {
  FARRELL_RETURN_IF_ERROR(context.WantNumber(left_node, left));
  FARRELL_RETURN_IF_ERROR(context.WantNumber(right_node, right));
  const bool constant = left.is_constant && right.is_constant;
  const std::size_t count = constant ? 1 : context.rows();
  std::vector<double> result(count);
  for (std::size_t row = 0; row < count; ++row) {
    const double x = left.Number(row);
    const double y = right.Number(row);
    if (IsMissing(x) || IsMissing(y)) {
      result[row] = kMissing;
    } else if (IsFailed(x) || IsFailed(y)) {
      result[row] = kFailed;
    } else {
      const double value = operation(x, y);
      result[row] = std::isfinite(value) ? value : context.Fail(node, row);
    }
  }
  return Value::Numbers(std::move(result), constant);
}

}  // namespace farrell::data::expression
