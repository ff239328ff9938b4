#include "common/text/display.h"

#include <utf8proc.h>

#include <cstdint>

namespace farrell::text {
namespace {

struct Character {
  std::size_t bytes = 1;
  std::size_t width = 1;
};

// The character at the front of `rest`, which is not empty. Bytes that are not UTF-8 are taken one by one.
Character Next(std::string_view rest) {
  utf8proc_int32_t code = 0;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),  // NOLINT: the C API's byte type
                       static_cast<utf8proc_ssize_t>(rest.size()), &code);
  if (bytes <= 0) return {};
  const int width = utf8proc_charwidth(code);
  return {static_cast<std::size_t>(bytes), width < 0 ? 0 : static_cast<std::size_t>(width)};
}

}  // namespace

std::size_t DisplayWidth(std::string_view utf8) {
  std::size_t width = 0;
  while (!utf8.empty()) {
    const Character character = Next(utf8);
    width += character.width;
    utf8.remove_prefix(character.bytes);
  }
  return width;
}

std::string Shorten(std::string_view utf8, std::size_t width) {
  if (DisplayWidth(utf8) <= width) return std::string(utf8);
  if (width == 0) return {};
  std::string kept;
  std::size_t used = 0;
  while (!utf8.empty()) {
    const Character character = Next(utf8);
    if (used + character.width > width - 1) break;
    used += character.width;
    kept += utf8.substr(0, character.bytes);
    utf8.remove_prefix(character.bytes);
  }
  return kept + "…";
}

}  // namespace farrell::text
