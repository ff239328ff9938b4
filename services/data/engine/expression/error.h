// Errors of expressions: they point at the character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace farrell::data::expression {

// `message`, then the expression (or the part of it around the character) and a caret under the character at byte
// `offset`.
std::string WithCaret(std::string_view expression, std::size_t offset, const std::string& message);

// Number of characters before byte `offset`.
std::size_t CharacterPosition(std::string_view expression, std::size_t offset);

// INVALID_ARGUMENT, reason EXPRESSION_INVALID, metadata `position` and `expression`, caret in the message.
Status Invalid(std::string_view expression, std::size_t offset, const std::string& message);

}  // namespace farrell::data::expression
