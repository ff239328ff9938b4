#include "services/reporting/service/expression_names.h"

#include <algorithm>

#include "common/text/utf8.h"

namespace farrell::reporting {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Position behind the quoted run that starts at `at`.
std::size_t SkipQuoted(std::string_view text, std::size_t at) {
  const std::size_t end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? text.size() : end + 1;
}

bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

bool IsAssignment(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] == '=' && text.substr(at, 2) != "==";
}

// Position behind the level of `ref = level`.
std::size_t SkipLevel(std::string_view text, std::size_t at) {
  while (at < text.size() && IsBlank(text[at])) ++at;
  if (at < text.size() && IsQuote(text[at])) return SkipQuoted(text, at);
  while (at < text.size() && text[at] != ',' && text[at] != ')') ++at;
  return at;
}

// Splits at `separator` outside quotes and parentheses.
std::vector<std::string_view> SplitTop(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (IsQuote(c)) {
      at = SkipQuoted(text, at);
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == separator && depth == 0) {
      parts.push_back(text.substr(start, at - start));
      start = at + 1;
    }
    ++at;
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::vector<std::string> Squeezed(const std::vector<std::string_view>& parts) {
  std::vector<std::string> texts;
  for (const std::string_view part : parts) {
    if (std::string text = Squeeze(part); !text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

std::string_view RightSide(std::string_view formula) {
  const std::size_t tilde = formula.find('~');
  return tilde == std::string_view::npos ? std::string_view() : formula.substr(tilde + 1);
}

// What stands between the bars of the right side.
struct RightParts {
  std::string_view terms;
  std::vector<std::string_view> effects;
  // Regressors that are instrumented; empty without instruments.
  std::string_view instrumented;
};

RightParts TakeApart(std::string_view formula) {
  std::vector<std::string_view> parts = SplitTop(RightSide(formula), '|');
  RightParts right;
  right.terms = parts.front();
  const std::vector<std::string_view> last = SplitTop(parts.back(), '~');
  if (parts.size() > 1 && last.size() == 2) {
    right.instrumented = last.front();
    parts.pop_back();
  }
  if (parts.size() > 1) right.effects = SplitTop(parts.back(), '+');
  return right;
}

}  // namespace

std::vector<UsedName> NamesIn(std::string_view expression) {
  std::vector<UsedName> names;
  // Characters before a name, counted onwards from the name before it.
  std::size_t counted = 0;
  int characters = 0;
  const auto position_of = [&](std::size_t at) {
    characters += text::CharacterCount(expression.substr(counted, at - counted));
    counted = at;
    return characters;
  };
  for (std::size_t at = 0; at < expression.size();) {
    const char c = expression[at];
    if (c == '\'' || c == '"') {
      at = SkipQuoted(expression, at);
    } else if (c == '`') {
      const std::size_t end = SkipQuoted(expression, at);
      if (end > at + 2) names.push_back({std::string(expression.substr(at + 1, end - at - 2)), position_of(at)});
      at = end;
    } else if (IsDigit(c)) {
      // A number with its exponent, so that the `e` of 1e-3 is not a name.
      while (at < expression.size() && (IsDigit(expression[at]) || expression[at] == '.')) ++at;
      if (at < expression.size() && (expression[at] == 'e' || expression[at] == 'E')) ++at;
    } else if (IsLetter(c)) {
      const std::size_t start = at;
      while (at < expression.size() && (IsLetter(expression[at]) || IsDigit(expression[at]) || expression[at] == '.')) {
        ++at;
      }
      std::size_t next = at;
      while (next < expression.size() && IsBlank(expression[next])) ++next;
      const bool called = next < expression.size() && expression[next] == '(';
      if (expression.substr(start, at - start) == "ref" && IsAssignment(expression, next)) {
        at = SkipLevel(expression, next + 1);
        continue;
      }
      if (!called) names.push_back({std::string(expression.substr(start, at - start)), position_of(start)});
    } else {
      ++at;
    }
  }
  return names;
}

std::string QuoteName(std::string_view name) {
  const bool plain =
      !name.empty() && name.front() != '_' && IsLetter(name.front()) &&
      std::all_of(name.begin(), name.end(), [](char c) { return IsLetter(c) || IsDigit(c) || c == '.'; });
  return plain ? std::string(name) : "`" + std::string(name) + "`";
}

std::string OfPeriod(const std::string& time_key, std::int64_t period) {
  return QuoteName(time_key) + " == " + std::to_string(period);
}

std::string Both(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  return "(" + a + ") & (" + b + ")";
}

std::string Squeeze(std::string_view text) {
  std::string squeezed;
  for (std::size_t at = 0; at < text.size();) {
    if (IsQuote(text[at])) {
      const std::size_t end = SkipQuoted(text, at);
      squeezed += text.substr(at, end - at);
      at = end;
    } else {
      if (!IsBlank(text[at])) squeezed += text[at];
      ++at;
    }
  }
  return squeezed;
}

std::vector<std::string> FormulaTerms(std::string_view formula) {
  const RightParts right = TakeApart(formula);
  std::vector<std::string> terms = Squeezed(SplitTop(right.terms, '+'));
  // "x - 1" is x without a constant.
  for (std::string& term : terms) {
    if (term.size() > 2 && term.ends_with("-1")) term.resize(term.size() - 2);
  }
  for (std::string& term : Squeezed(SplitTop(right.instrumented, '+'))) terms.push_back(std::move(term));
  return terms;
}

std::vector<std::string> FormulaFactors(std::string_view formula) {
  std::vector<std::string> factors;
  const auto add = [&](const std::string& factor) {
    if (std::find(factors.begin(), factors.end(), factor) == factors.end()) factors.push_back(factor);
  };
  const auto add_names = [&](const std::string& text) {
    for (const UsedName& used : NamesIn(text)) add(QuoteName(used.name));
  };
  for (const std::string& term : FormulaTerms(formula)) {
    for (const std::string_view crossed : SplitTop(term, '*')) {
      for (const std::string& factor : Squeezed(SplitTop(crossed, ':'))) {
        if (NamesIn(factor).empty()) continue;
        factor.starts_with("i(") ? add_names(factor) : add(factor);
      }
    }
  }
  for (const std::string& effect : FormulaEffects(formula)) add_names(effect);
  return factors;
}

std::string FormulaOutcome(std::string_view formula) { return Squeeze(formula.substr(0, formula.find('~'))); }

std::string FormulaRightSide(std::string_view formula) { return std::string(RightSide(formula)); }

std::vector<std::string> FormulaEffects(std::string_view formula) { return Squeezed(TakeApart(formula).effects); }

bool HasInstruments(std::string_view formula) { return !TakeApart(formula).instrumented.empty(); }

bool FormulaMayHold(std::string_view formula, std::string_view term) {
  const std::string wanted = Squeeze(term);
  if (wanted == "(Intercept)") return true;
  for (const std::string& known : FormulaTerms(formula)) {
    if (known == wanted || known.find("i(") != std::string::npos || known.find('*') != std::string::npos) return true;
  }
  return false;
}

}  // namespace farrell::reporting
