#include "services/reporting/engine/ratio.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace farrell::reporting {
namespace {

// A chain of definitions longer than this is a cycle.
constexpr int kDeepest = 16;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || c == '.' || byte >= 0x80;
  });
}

// True when the first and the last character are one pair of parentheses.
bool Enclosed(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1 == text.size();
  }
  return false;
}

// Takes away blanks and outer parentheses, and with `log` one logarithm; returns what is inside.
std::string_view Inside(std::string_view text, bool& logarithm) {
  text = Trimmed(text);
  if (text.substr(0, 3) == "log" && Enclosed(Trimmed(text.substr(3)))) {
    logarithm = true;
    text = Trimmed(text.substr(3));
  }
  while (Enclosed(text)) text = Trimmed(text.substr(1, text.size() - 2));
  return text;
}

const std::string* ExpressionOf(std::string_view name, const std::vector<VariableFacts>& variables) {
  for (const VariableFacts& variable : variables) {
    if (variable.name == name && !variable.expression.empty()) return &variable.expression;
  }
  return nullptr;
}

}  // namespace

std::string Denominator(const std::string& expression, const std::vector<VariableFacts>& variables) {
  std::string current = expression;
  for (int depth = 0; depth < kDeepest; ++depth) {
    bool logarithm = false;
    const std::string_view inside = Inside(current, logarithm);
    if (IsName(inside)) {
      const std::string* next = ExpressionOf(inside, variables);
      if (next == nullptr || *next == current) return {};
      current = std::string(*next);
      continue;
    }
    // The last operator of lowest precedence decides what the expression is.
    int level = 0;
    std::size_t slash = std::string_view::npos;
    for (std::size_t i = 0; i < inside.size(); ++i) {
      const char c = inside[i];
      if (c == '(') ++level;
      if (c == ')') --level;
      if (level != 0) continue;
      if ((c == '+' || c == '-') && i > 0) return {};
      if (c == '/' || c == '*') slash = i;
    }
    if (slash == std::string_view::npos || inside[slash] != '/') return {};
    const std::string_view right = Trimmed(inside.substr(slash + 1));
    return IsName(right) && std::isdigit(static_cast<unsigned char>(right.front())) == 0 ? std::string(right)
                                                                                         : std::string();
  }
  return {};
}

std::string LoggedColumn(const std::string& expression, const std::vector<VariableFacts>& variables) {
  std::string current = expression;
  for (int depth = 0; depth < kDeepest; ++depth) {
    bool logarithm = false;
    const std::string_view inside = Inside(current, logarithm);
    if (logarithm) return IsName(inside) ? std::string(inside) : std::string();
    const std::string* next = IsName(inside) ? ExpressionOf(inside, variables) : nullptr;
    if (next == nullptr || *next == current) return {};
    current = std::string(*next);
  }
  return {};
}

}  // namespace farrell::reporting
