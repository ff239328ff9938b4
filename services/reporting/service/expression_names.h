// The names an expression of data.v1 (or a formula of regression.v1) uses, without evaluating it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farrell::reporting {

// One name with its position, 0-based in characters.
struct UsedName {
  std::string name;
  int position = 0;
};

// Column names in order of appearance: function names, numbers, quoted texts and `ref = level` of dummies are left out;
// back-quoted names come without their quotes. Never fails; malformed text yields what can be made out.
std::vector<UsedName> NamesIn(std::string_view expression);

// The name as it must be written in an expression: back-quoted unless it is plain.
std::string QuoteName(std::string_view name);

// `a` and `b` as one row filter; an empty one is true.
std::string Both(const std::string& a, const std::string& b);

// The row filter of one period.
std::string OfPeriod(const std::string& time_key, std::int64_t period);

// Right-hand terms of a formula as written, without blanks: "y ~ a + log(b) | u | x ~ z" → {"a", "log(b)", "x"}.
std::vector<std::string> FormulaTerms(std::string_view formula);
// What terms and effects are computed from, each once: terms split at `:` and `*`, of `i(column)` and of effects the
// columns. "y ~ lag(a):b + i(c) | u^t" → {"lag(a)", "b", "c", "u", "t"}. A row that lacks one is no row of the model.
std::vector<std::string> FormulaFactors(std::string_view formula);
// The left-hand side, and the effects after `|`, as written, without blanks.
std::string FormulaOutcome(std::string_view formula);
// Everything after `~`, as written.
std::string FormulaRightSide(std::string_view formula);
std::vector<std::string> FormulaEffects(std::string_view formula);
// Whether the last part after a bar says what is instrumented by what: "y ~ w | u | x ~ z".
bool HasInstruments(std::string_view formula);

// False when no coefficient of the formula can be called `term`. Dummies (`i(column)`) and `a*b` make names that depend
// on the data; then every name that belongs to one of them may stand.
bool FormulaMayHold(std::string_view formula, std::string_view term);

// Without blanks outside quotes.
std::string Squeeze(std::string_view text);

}  // namespace farrell::reporting
