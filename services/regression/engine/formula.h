// Model formulas: `y ~ x1 + log(x2) + lag(x3, 1:2) + i(region, ref = "west"):x1 | unit + time | x4 ~ z1 + z2`.
//
//   left     one column or expression of the data service; `c(y1, y2)`: one formula each
//   right    terms joined by `+`: columns or expressions; `i(column)`, one dummy a level (`i(column, ref = level)`
//            names the one left out); `lag(x, 1:2)`, one term a lag, likewise lead, diff, growth; `poly(x, 2)`,
//            orthogonal polynomials (`poly(x, 2, raw)`: powers); `a:b`, a product; `a*b`, which is a + b + a:b; `0` or
//            `-1` leave the constant out; `sw(a, b)`, `csw(a, b)`, `sw0`, `csw0`, `mvsw`: one formula each; `I(x^2)` is
//            `(x^2)`
//   after |  effects to absorb, joined by `+`: columns, `a^b` for the combinations of their levels, `unit[x]` for a
//            slope of x beside every dummy, `unit[[x]]` for the slope alone, `unit[x, z]` for several; `0`: none
//   after |  instruments: `endogenous ~ z1 + z2`; without effects the second part
//
// The engine never evaluates an expression: it passes its text to the data service, which returns a column of that
// name. Inside a term `+ - * :` separate; an expression that needs them is put in parentheses, e.g. `(x1 / (x2 + x3))`.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::regression {

// One part of a product: a number column, or the levels of a column.
struct Factor {
  // Text asked of the data service: a column name or an expression; for levels the column inside `i()`.
  std::string column;
  bool levels = false;
  // Levels: the one left out, also in interactions; empty: the first in sorted order, and none in interactions.
  std::string reference{};
  // Member `power`, 1 .. `degree`, of a polynomial of degree `degree` in the column; 0: the column itself.
  int degree = 0;
  int power = 0;
  // Plain powers instead of orthogonal polynomials.
  bool raw = false;
  bool operator==(const Factor&) const = default;
};

// A column, an interaction, or a set of dummies.
struct FormulaTerm {
  std::vector<Factor> factors;
};

// One effect to absorb: a column, or the combinations of several.
struct EffectTerm {
  std::vector<std::string> columns;
  // As written: "unit", "unit^year", "unit[x]".
  std::string name;
  // Number columns (or expressions) with a slope of their own in every level.
  std::vector<std::string> slopes;
  // Written `unit[[x]]`: no dummies beside the slopes.
  bool slopes_only = false;
};

struct Formula {
  // The formula with white space normalised.
  std::string text;
  std::string response;
  // False after `0` or `-1`. With effects the constant is absorbed by them whatever this says.
  bool constant = true;
  // In the order written, `*`, ranges of lags and polynomials expanded, repetitions left out. Exogenous ones only.
  std::vector<FormulaTerm> terms;
  std::vector<EffectTerm> effects;
  // Before and after the `~` of the third part; both empty without it.
  std::vector<FormulaTerm> endogenous;
  std::vector<FormulaTerm> instruments;

  // The formula as written, stepwise functions included, and the byte in it at which a column is first named; reference
  // levels stand under `column::level`.
  std::string source;
  std::map<std::string, std::size_t> offsets;

  // Columns that must hold numbers: the response, then every factor that is not a set of levels, slopes of effects,
  // endogenous regressors, instruments. No repetitions.
  std::vector<std::string> NumberColumns() const;
  // Columns whose cells are labels: `i()` and effects. No repetitions.
  std::vector<std::string> LabelColumns() const;
  // All of them: exogenous, endogenous, instruments.
  std::vector<const FormulaTerm*> AllTerms() const;
};

// INVALID_ARGUMENT, reason FORMULA_INVALID: one violation of the field "formula" for every mistake, each with its
// position (0-based, in characters), a copy of the formula and a caret; metadata `position` is the first one.
Result<Formula> ParseFormula(std::string_view text);

// The formulas that `c()`, `sw()`, `csw()`, `sw0()`, `csw0()`, `mvsw()` stand for; one when there are none. Several may
// stand in one formula: every combination, effects outermost, then left sides, terms, and instruments, as fixest orders
// them; within a part the function that stands first varies slowest. At most kMaxStepwise. Errors as ParseFormula,
// which refuses such formulas.
inline constexpr std::size_t kMaxStepwise = 1000;
Result<std::vector<Formula>> ParseFormulas(std::string_view text);

// The name inside back quotes, or the text itself.
std::string_view WithoutBackQuotes(std::string_view name);

// White space at the ends removed and runs of it made one blank, except inside quotes.
std::string NormaliseSpace(std::string_view text);
// All white space removed, except inside quotes: two texts with the same compact form mean the same.
std::string CompactText(std::string_view text);

// "position N: message", then the text and a caret under the character at byte offset `offset`.
std::string PointAt(std::string_view text, std::size_t offset, std::string_view message);
// Characters (code points of UTF-8) before byte offset `offset`.
std::size_t CharacterPosition(std::string_view text, std::size_t offset);

}  // namespace farrell::regression
