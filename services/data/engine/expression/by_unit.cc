// Functions that look along the periods of a unit. "k periods away" is a difference of times, never of rows: a gap in
// the panel makes a missing value.
#include <cmath>
#include <cstdint>

#include "common/numeric/elementary.h"
#include "services/data/engine/expression/cellwise.h"
#include "services/data/engine/expression/functions.h"

namespace farrell::data::expression {
namespace {

constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

// The optional second argument: a constant integer of at least 1.
Result<std::int64_t> Periods(const Context& context, const Node& call, std::span<const Value> arguments) {
  if (arguments.size() < 2) return std::int64_t{1};
  const std::optional<double> periods = context.Constant(arguments[1]);
  if (!periods || *periods != std::floor(*periods) || *periods < 1.0 || *periods > 1e9) {
    return context.Error(*call.children[1], "the number of periods must be a constant integer of at least 1");
  }
  return static_cast<std::int64_t>(*periods);
}

// For every row the row of the same unit at time + offset, or kNoRow.
std::vector<std::size_t> RowsAt(const Keys& keys, std::int64_t offset) {
  std::vector<std::size_t> rows(keys.size(), kNoRow);
  for (std::size_t unit = 0; unit < keys.unit_count(); ++unit) {
    std::size_t candidate = keys.starts[unit];
    const std::size_t end = keys.starts[unit + 1];
    for (std::size_t position = keys.starts[unit]; position < end; ++position) {
      const std::int64_t wanted = keys.times[keys.order[position]] + offset;
      // Times increase along the unit, so the wanted one only moves forward.
      while (candidate < end && keys.times[keys.order[candidate]] < wanted) ++candidate;
      if (candidate < end && keys.times[keys.order[candidate]] == wanted) {
        rows[keys.order[position]] = keys.order[candidate];
      }
    }
  }
  return rows;
}

Result<Value> Shifted(Context& context, const Node& call, std::span<const Value> arguments, int direction) {
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[0], arguments[0]));
  FARRELL_RETURN_IF_ERROR(context.WantPanel(call));
  FARRELL_ASSIGN_OR_RETURN(const std::int64_t periods, Periods(context, call, arguments));
  const std::vector<std::size_t> source = RowsAt(context.keys(), direction * periods);
  std::vector<double> result(context.rows(), kMissing);
  for (std::size_t row = 0; row < result.size(); ++row) {
    if (source[row] != kNoRow) result[row] = arguments[0].Number(source[row]);
  }
  return Value::Numbers(std::move(result));
}

// Mean of log(flow(t)/flow(t-1)) over the adjacent periods of one unit that have both flows; missing without any,
// failed when a flow is not positive.
double MeanLogGrowth(const Keys& keys, const Value& flow, std::size_t begin, std::size_t end) {
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t position = begin + 1; position < end; ++position) {
    const std::size_t row = keys.order[position];
    const std::size_t previous = keys.order[position - 1];
    if (keys.times[row] != keys.times[previous] + 1) continue;
    const double now = flow.Number(row);
    const double before = flow.Number(previous);
    if (IsMissing(now) || IsMissing(before)) continue;
    if (IsFailed(now) || IsFailed(before) || now <= 0.0 || before <= 0.0) return kFailed;
    sum += numeric::Log(now) - numeric::Log(before);
    count += 1.0;
  }
  return count == 0.0 ? kMissing : sum / count;
}

}  // namespace

Result<Value> FirstOf(Context& context, const Node& call, std::span<const Value> arguments) {
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[0], arguments[0]));
  FARRELL_RETURN_IF_ERROR(context.WantPanel(call));
  const Keys& keys = context.keys();
  std::vector<double> result(context.rows(), kMissing);
  for (std::size_t unit = 0; unit < keys.unit_count(); ++unit) {
    const std::size_t end = keys.starts[unit + 1];
    std::size_t position = keys.starts[unit];
    while (position < end && IsMissing(arguments[0].Number(keys.order[position]))) ++position;
    if (position == end) continue;
    const double value = arguments[0].Number(keys.order[position]);
    for (position = keys.starts[unit]; position < end; ++position) result[keys.order[position]] = value;
  }
  return Value::Numbers(std::move(result));
}

Result<Value> LagOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Shifted(context, call, arguments, -1);
}

Result<Value> LeadOf(Context& context, const Node& call, std::span<const Value> arguments) {
  return Shifted(context, call, arguments, +1);
}

Result<Value> DiffOf(Context& context, const Node& call, std::span<const Value> arguments) {
  FARRELL_ASSIGN_OR_RETURN(const Value before, Shifted(context, call, arguments, -1));
  return CombineNumbers(context, call, *call.children[0], arguments[0], call, before,
                        [](double x, double y) { return x - y; });
}

Result<Value> GrowthOf(Context& context, const Node& call, std::span<const Value> arguments) {
  FARRELL_ASSIGN_OR_RETURN(const Value before, Shifted(context, call, arguments, -1));
  return CombineNumbers(context, call, *call.children[0], arguments[0], call, before,
                        [](double x, double y) { return x / y - 1.0; });
}

// Perpetual inventory with the steady-state start of Griliches (1980): K0 = flow0 / (growth + delta), then
// K = (1 - delta) K(-1) + flow. The stock starts at the unit's first flow; a gap or a missing flow ends it, because
// every later stock would contain an unknown one.
Result<Value> PerpetualInventoryOf(Context& context, const Node& call, std::span<const Value> arguments) {
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[index], arguments[index]));
  }
  FARRELL_RETURN_IF_ERROR(context.WantPanel(call));
  const Value& flow = arguments[0];
  const Value& delta = arguments[1];
  const Keys& keys = context.keys();
  if (delta.is_constant && std::isfinite(delta.Number(0)) && (delta.Number(0) < 0.0 || delta.Number(0) > 1.0)) {
    return context.Error(*call.children[1], "the depreciation rate must be in [0, 1]: write 15 % as 0.15");
  }
  std::vector<double> stock(context.rows(), kMissing);
  for (std::size_t unit = 0; unit < keys.unit_count(); ++unit) {
    if (context.stopped()) return Cancelled();
    const std::size_t end = keys.starts[unit + 1];
    std::size_t position = keys.starts[unit];
    while (position < end && IsMissing(flow.Number(keys.order[position]))) ++position;
    if (position == end) continue;
    const std::size_t first = keys.order[position];
    const double growth =
        arguments.size() > 2 ? arguments[2].Number(first) : MeanLogGrowth(keys, flow, keys.starts[unit], end);
    double level = kMissing;
    if (!IsMissing(growth) && !IsMissing(delta.Number(first))) {
      const double rate = growth + delta.Number(first);
      level = rate > 0.0 ? flow.Number(first) / rate : kFailed;
      if (!std::isfinite(level)) level = context.Fail(call, first);
    }
    stock[first] = level;
    for (++position; position < end && !IsMissing(level); ++position) {
      const std::size_t row = keys.order[position];
      const double wear = delta.Number(row);
      const double added = flow.Number(row);
      if (keys.times[row] != keys.times[keys.order[position - 1]] + 1 || IsMissing(wear) || IsMissing(added)) break;
      if (!IsFailed(level)) {
        level = (1.0 - wear) * level + added;
        if (!std::isfinite(level)) level = context.Fail(call, row);
      }
      stock[row] = level;
    }
  }
  return Value::Numbers(std::move(stock));
}

// x / (index / index of the same unit in the base period). A unit without that period has no deflated value: another
// base would make it incomparable with the others.
Result<Value> DeflateOf(Context& context, const Node& call, std::span<const Value> arguments) {
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[0], arguments[0]));
  FARRELL_RETURN_IF_ERROR(context.WantNumber(*call.children[1], arguments[1]));
  FARRELL_RETURN_IF_ERROR(context.WantPanel(call));
  const Keys& keys = context.keys();
  if (keys.size() == 0) return Value::Numbers({});
  std::int64_t base = keys.times[0];
  for (const std::int64_t time : keys.times) base = std::min(base, time);
  if (arguments.size() > 2) {
    const std::optional<double> period = context.Constant(arguments[2]);
    if (!period || *period != std::floor(*period) || std::abs(*period) > 1e15) {
      return context.Error(*call.children[2], "the base period must be a constant integer");
    }
    base = static_cast<std::int64_t>(*period);
  }
  std::vector<double> base_index(context.rows(), kMissing);
  bool found = false;
  for (std::size_t unit = 0; unit < keys.unit_count(); ++unit) {
    double value = kMissing;
    for (std::size_t position = keys.starts[unit]; position < keys.starts[unit + 1]; ++position) {
      if (keys.times[keys.order[position]] == base) value = arguments[1].Number(keys.order[position]);
    }
    found = found || !IsMissing(value);
    for (std::size_t position = keys.starts[unit]; position < keys.starts[unit + 1]; ++position) {
      base_index[keys.order[position]] = value;
    }
  }
  if (!found) {
    return context.Error(call, "no unit has an index in the base period " + std::to_string(base));
  }
  const Value bases = Value::Numbers(std::move(base_index));
  FARRELL_ASSIGN_OR_RETURN(const Value relative,
                           CombineNumbers(context, call, *call.children[1], arguments[1], call, bases,
                                          [](double index, double first) { return index / first; }));
  return CombineNumbers(context, call, *call.children[0], arguments[0], call, relative,
                        [](double x, double y) { return x / y; });
}

}  // namespace farrell::data::expression
