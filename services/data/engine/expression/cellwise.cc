#include "services/data/engine/expression/cellwise.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "common/numeric/elementary.h"
#include "services/data/engine/expression/functions.h"

namespace farrell::data::expression {
namespace {

template <typename Operation>
Result<Value> Unary(Context& context, const Node& call, std::span<const Value> arguments, Operation operation) {
  return MapNumbers(context, call, *call.children[0], arguments[0], operation);
}

template <typename Operation>
Result<Value> Fold(Context& context, const Node& call, std::span<const Value> arguments, Operation operation) {
  Value result = arguments[0];
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[0], result));
  for (std::size_t index = 1; index < arguments.size(); ++index) {
    FARRELL_ASSIGN_OR_RETURN(
        result, CombineNumbers(context, call, call, result, *call.children[index], arguments[index], operation));
  }
  return result;
}

}  // namespace

Result<Value> LogOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Unary(context, call, arguments, [](double x) { return numeric::Log(x); });
}
Result<Value> ExpOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Unary(context, call, arguments, [](double x) { return numeric::Exp(x); });
}
Result<Value> SqrtOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Unary(context, call, arguments, [](double x) { return x < 0.0 ? kFailed : std::sqrt(x); });
}
Result<Value> AbsOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Unary(context, call, arguments, [](double x) { return std::abs(x); });
}
Result<Value> MinOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Fold(context, call, arguments, [](double x, double y) { return std::min(x, y); });
}
Result<Value> MaxOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Fold(context, call, arguments, [](double x, double y) { return std::max(x, y); });
}

Result<Value> IfOf(Context& context, const Node& call, std::span<const Value> arguments) {
  const Value& condition = arguments[0];
  const Value& then = arguments[1];
  const Value& otherwise = arguments[2];
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[0], condition));
  if (then.is_text != otherwise.is_text) {
    return context.Error(*call.children[2], "both outcomes of if must be numbers, or both texts");
  }
  const bool constant = condition.is_constant && then.is_constant && otherwise.is_constant;
  const std::size_t count = constant ? 1 : context.rows();
  std::vector<double> numbers(then.is_text ? 0 : count);
  std::vector<std::string> texts(then.is_text ? count : 0);
  for (std::size_t row = 0; row < count; ++row) {
    const double chosen = condition.Number(row);
    if (then.is_text) {
      // A text cannot carry a failure, so a failed condition has to end the evaluation here.
      if (IsFailed(chosen)) return context.NotFinite(condition);
      if (!IsMissing(chosen)) texts[row] = chosen != 0.0 ? then.Text(row) : otherwise.Text(row);
    } else if (!std::isfinite(chosen)) {
      numbers[row] = chosen;
    } else {
      numbers[row] = chosen != 0.0 ? then.Number(row) : otherwise.Number(row);
    }
  }
  return then.is_text ? Value::Texts(std::move(texts), constant) : Value::Numbers(std::move(numbers), constant);
}

Result<Value> MissingOf(Context& context, const Node&, std::span<const Value> arguments) {
  const Value& operand = arguments[0];
  const std::size_t count = operand.is_constant ? 1 : context.rows();
  std::vector<double> result(count);
  for (std::size_t row = 0; row < count; ++row) {
    if (operand.is_text) {
      result[row] = operand.Text(row).empty() ? 1.0 : 0.0;
    } else if (IsFailed(operand.Number(row))) {
      result[row] = kFailed;
    } else {
      result[row] = IsMissing(operand.Number(row)) ? 1.0 : 0.0;
    }
  }
  return Value::Numbers(std::move(result), operand.is_constant);
}

Result<Value> RecodeOf(Context& context, const Node& call, std::span<const Value> arguments) {
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    if (!arguments[index].is_text)
      return context.Error(*call.children[index], "recode turns texts into texts: a text is wanted here");
  }
  const std::size_t pairs = (arguments.size() - 1) / 2;
  const bool has_other = arguments.size() % 2 == 0;
  std::map<std::string, std::size_t, std::less<>> target;  // text → argument
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    const Value& from = arguments[1 + 2 * pair];
    if (!from.is_constant) return context.Error(*call.children[1 + 2 * pair], "a text in quotes is wanted here");
    if (!target.emplace(from.Text(0), 2 + 2 * pair).second) {
      return context.Error(*call.children[1 + 2 * pair], "this text is recoded twice");
    }
  }
  const bool constant =
      std::all_of(arguments.begin(), arguments.end(), [](const Value& argument) { return argument.is_constant; });
  std::vector<std::string> result(constant ? 1 : context.rows());
  for (std::size_t row = 0; row < result.size(); ++row) {
    const std::string& text = arguments[0].Text(row);
    if (text.empty()) continue;
    if (const auto found = target.find(text); found != target.end()) {
      result[row] = arguments[found->second].Text(row);
    } else if (has_other) {
      result[row] = arguments.back().Text(row);
    }
  }
  return Value::Texts(std::move(result), constant);
}

}  // namespace farrell::data::expression
