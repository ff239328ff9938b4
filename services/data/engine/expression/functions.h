// The functions of the expression language by name.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/expression/context.h"

namespace farrell::data::expression {

// Called with evaluated arguments, as many as the function allows.
using FunctionBody = Result<Value> (*)(Context& context, const Node& call, std::span<const Value> arguments);

struct Function {
  std::string_view name;
  std::size_t min_arguments;
  std::size_t max_arguments;  // kAnyNumber: no limit
  std::string_view usage;     // for messages
  FunctionBody body;
};

inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

// nullptr when there is no such function.
const Function* FindFunction(std::string_view name);
std::vector<std::string> FunctionNames();

// cellwise.cc: log exp sqrt abs min max if missing recode
Result<Value> LogOf(Context&, const Node&, std::span<const Value>);
Result<Value> ExpOf(Context&, const Node&, std::span<const Value>);
Result<Value> SqrtOf(Context&, const Node&, std::span<const Value>);
Result<Value> AbsOf(Context&, const Node&, std::span<const Value>);
Result<Value> MinOf(Context&, const Node&, std::span<const Value>);
Result<Value> MaxOf(Context&, const Node&, std::span<const Value>);
Result<Value> IfOf(Context&, const Node&, std::span<const Value>);
Result<Value> MissingOf(Context&, const Node&, std::span<const Value>);
Result<Value> RecodeOf(Context&, const Node&, std::span<const Value>);

// by_unit.cc: first lag lead diff growth pim deflate
Result<Value> FirstOf(Context&, const Node&, std::span<const Value>);
Result<Value> LagOf(Context&, const Node&, std::span<const Value>);
Result<Value> LeadOf(Context&, const Node&, std::span<const Value>);
Result<Value> DiffOf(Context&, const Node&, std::span<const Value>);
Result<Value> GrowthOf(Context&, const Node&, std::span<const Value>);
Result<Value> PerpetualInventoryOf(Context&, const Node&, std::span<const Value>);
Result<Value> DeflateOf(Context&, const Node&, std::span<const Value>);

// over_rows.cc: mean sd standardize winsorize
Result<Value> MeanOf(Context&, const Node&, std::span<const Value>);
Result<Value> SdOf(Context&, const Node&, std::span<const Value>);
Result<Value> StandardizeOf(Context&, const Node&, std::span<const Value>);
Result<Value> WinsorizeOf(Context&, const Node&, std::span<const Value>);

}  // namespace farrell::data::expression
