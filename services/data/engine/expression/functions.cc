#include "services/data/engine/expression/functions.h"

#include <array>

namespace farrell::data::expression {
namespace {

constexpr std::array kFunctions = {
    Function{"abs", 1, 1, "abs(x)", AbsOf},
    Function{"deflate", 2, 3, "deflate(x, index) or deflate(x, index, base period)", DeflateOf},
    Function{"diff", 1, 2, "diff(x) or diff(x, periods)", DiffOf},
    Function{"exp", 1, 1, "exp(x)", ExpOf},
    Function{"first", 1, 1, "first(x)", FirstOf},
    Function{"growth", 1, 2, "growth(x) or growth(x, periods)", GrowthOf},
    Function{"if", 3, 3, "if(condition, then, else)", IfOf},
    Function{"lag", 1, 2, "lag(x) or lag(x, periods)", LagOf},
    Function{"lead", 1, 2, "lead(x) or lead(x, periods)", LeadOf},
    Function{"log", 1, 1, "log(x)", LogOf},
    Function{"max", 2, kAnyNumber, "max(a, b, …)", MaxOf},
    Function{"mean", 1, 1, "mean(x)", MeanOf},
    Function{"min", 2, kAnyNumber, "min(a, b, …)", MinOf},
    Function{"missing", 1, 1, "missing(x)", MissingOf},
    Function{"pim", 2, 3, "pim(flow, delta) or pim(flow, delta, growth)", PerpetualInventoryOf},
    Function{"recode", 3, kAnyNumber, "recode(text, 'from', 'to', …, other)", RecodeOf},
    Function{"sd", 1, 1, "sd(x)", SdOf},
    Function{"sqrt", 1, 1, "sqrt(x)", SqrtOf},
    Function{"standardize", 1, 1, "standardize(x)", StandardizeOf},
    Function{"winsorize", 2, 2, "winsorize(x, p)", WinsorizeOf},
};

}  // namespace

const Function* FindFunction(std::string_view name) {
  for (const Function& function : kFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  names.reserve(kFunctions.size());
  for (const Function& function : kFunctions) names.emplace_back(function.name);
  return names;
}

}  // namespace farrell::data::expression
