#include "services/data/engine/expression/error.h"

#include <algorithm>
#include <cstdint>

#include "common/text/utf8.h"
#include "services/data/engine/text.h"

namespace farrell::data::expression {
namespace {

// Characters shown on either side of the caret.
constexpr std::size_t kContext = 50;

// East Asian wide characters start about here; a terminal gives them two columns.
bool IsWide(std::string_view character) { return character.size() >= 3 && character >= "\xE1\x84\x80"; }

}  // namespace

std::size_t CharacterPosition(std::string_view expression, std::size_t offset) {
  std::size_t position = 0;
  std::size_t byte = 0;
  while (byte < std::min(offset, expression.size())) {
    byte += std::max<std::size_t>(1, text::Utf8CharacterLength(expression.substr(byte)));
    ++position;
  }
  return position;
}

std::string WithCaret(std::string_view expression, std::size_t offset, const std::string& message) {
  const std::size_t target = CharacterPosition(expression, offset);
  std::string shown;
  std::string indent;
  std::size_t position = 0;
  for (std::size_t byte = 0; byte < expression.size(); ++position) {
    const std::size_t length = std::max<std::size_t>(1, text::Utf8CharacterLength(expression.substr(byte)));
    const std::string_view character = expression.substr(byte, length);
    byte += length;
    if (position + kContext < target) continue;
    if (position > target + kContext) break;
    const bool control = length == 1 && static_cast<unsigned char>(character[0]) < 0x20;
    shown += control ? std::string_view(" ") : character;
    if (position < target) indent += IsWide(character) ? "\xE3\x80\x80" : " ";
  }
  return message + "\n  " + shown + "\n  " + indent + "^";
}

Status Invalid(std::string_view expression, std::size_t offset, const std::string& message) {
  return InvalidArgument("EXPRESSION_INVALID", WithCaret(expression, offset, message))
      .With("position", std::to_string(CharacterPosition(expression, offset)))
      .With("expression", Shorten(expression, 200));
}

}  // namespace farrell::data::expression
