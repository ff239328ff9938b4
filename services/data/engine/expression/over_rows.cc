// Statistics over all rows with a value, summed in (unit, time) order so that the order of the file changes nothing.
#include <algorithm>
#include <cmath>

#include "common/numeric/quantile.h"
#include "services/data/engine/expression/cellwise.h"
#include "services/data/engine/expression/functions.h"
#include "services/data/engine/statistics.h"

namespace farrell::data::expression {
namespace {

// The values present, in (unit, time) order. Unset when one of them has failed.
std::optional<std::vector<double>> Present(const Context& context, const Value& value) {
  std::vector<double> present;
  present.reserve(context.rows());
  for (const std::size_t row : context.keys().order) {
    const double number = value.Number(row);
    if (IsFailed(number)) return std::nullopt;
    if (!IsMissing(number)) present.push_back(number);
  }
  return present;
}

// One constant from the values present: missing when there are fewer than `wanted`, failed when one has failed or the
// statistic is not finite.
template <typename Statistic>
Result<Value> Summarize(Context& context, const Node& call, const Value& operand, std::size_t wanted,
                        Statistic statistic) {
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[0], operand));
  const std::optional<std::vector<double>> present = Present(context, operand);
  if (!present) return Value::Numbers({kFailed}, true);
  if (present->size() < wanted) return Value::Numbers({kMissing}, true);
  const double result = statistic(*present);
  return Value::Numbers({std::isfinite(result) ? result : context.Fail(call, context.keys().order.front())}, true);
}

}  // namespace

Result<Value> MeanOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Summarize(context, call, arguments[0], 1, Mean);
}

Result<Value> SdOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Summarize(context, call, arguments[0], 2, SampleSd);
}

Result<Value> StandardizeOf(Context& context, const Node& call, std::span<const Value> arguments) {
  FARRELL_ASSIGN_OR_RETURN(const Value mean, MeanOf(context, call, arguments));
  FARRELL_ASSIGN_OR_RETURN(const Value sd, SdOf(context, call, arguments));
  const Node& operand = *call.children[0];
  FARRELL_ASSIGN_OR_RETURN(const Value centred, CombineNumbers(context, call, operand, arguments[0], call, mean,
                                                               [](double x, double y) { return x - y; }));
  return CombineNumbers(context, call, call, centred, call, sd, [](double x, double y) { return x / y; });
}

Result<Value> WinsorizeOf(Context& context, const Node& call, std::span<const Value> arguments) {
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[0], arguments[0]));
  const std::optional<double> p = context.Constant(arguments[1]);
  if (!p || *p < 0.0 || *p >= 0.5) {
    return context.Error(*call.children[1], "winsorize(x, p) needs a constant p in [0, 0.5)");
  }
  std::optional<std::vector<double>> present = Present(context, arguments[0]);
  if (!present) {
    return MapNumbers(context, call, *call.children[0], arguments[0], [](double) { return kFailed; });
  }
  if (present->empty()) return arguments[0];
  std::sort(present->begin(), present->end());
  const double low = numeric::Quantile(*present, *p);
  const double high = numeric::Quantile(*present, 1.0 - *p);
  return MapNumbers(context, call, *call.children[0], arguments[0],
                    [low, high](double x) { return std::clamp(x, low, high); });
}

}  // namespace farrell::data::expression
