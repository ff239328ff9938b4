// Expression text to tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::data::expression {

struct Token {
  enum class Kind { kNumber, kText, kName, kOperator, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // content of a text, name without back-quotes, operator
  double number = 0.0;
  bool quoted = false;    // a name in back-quotes is never a function
  std::size_t begin = 0;  // bytes of the expression
  std::size_t end = 0;
};

// Ends with one kEnd token. Errors: EXPRESSION_INVALID at the character that cannot be read.
Result<std::vector<Token>> Tokenize(std::string_view expression);

// A name that needs no back-quotes: a letter of any script or `_`, then letters, digits, `_` or `.`.
bool IsPlainName(std::string_view name);

}  // namespace farrell::data::expression
