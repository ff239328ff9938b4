#include "services/data/engine/sheet/sheet_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>
#include <vector>

#include "common/text/utf8.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

char32_t Decode(std::string_view character) {
  const auto byte = [&](std::size_t at) { return static_cast<char32_t>(static_cast<unsigned char>(character[at])); };
  switch (character.size()) {
    case 1: return byte(0);
    case 2: return ((byte(0) & 0x1FU) << 6U) | (byte(1) & 0x3FU);
    case 3: return ((byte(0) & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
    default:
      return ((byte(0) & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) | ((byte(2) & 0x3FU) << 6U) | (byte(3) & 0x3FU);
  }
}

struct Character {
  char32_t code = 0;
  std::string_view bytes;
};

std::vector<Character> Characters(std::string_view text) {
  std::vector<Character> characters;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(1, text::Utf8CharacterLength(text));
    characters.push_back({Decode(text.substr(0, length)), text.substr(0, length)});
    text.remove_prefix(length);
  }
  return characters;
}

bool IsBlank(char32_t code) {
  return code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0xA0 || code == 0x3000 ||
         (code >= 0x2000 && code <= 0x200B) || code == 0xFEFF;
}
bool IsChinese(char32_t code) { return (code >= 0x3400 && code <= 0x9FFF) || (code >= 0xF900 && code <= 0xFAFF); }

bool IsWord(char32_t code) {
  if (code < 0x80) return std::isalnum(static_cast<int>(code)) != 0;
  // Signs of Latin, punctuation, mathematical operators, lines and shapes, Chinese punctuation.
  const bool sign = code < 0xC0 || code == 0xD7 || code == 0xF7 || (code >= 0x2000 && code <= 0x206F) ||
                    (code >= 0x2200 && code <= 0x22FF) || (code >= 0x2500 && code <= 0x25FF) ||
                    (code >= 0x3000 && code <= 0x303F);
  return !sign;
}

bool IsMark(char32_t code) {
  const bool circled = code >= 0x2460 && code <= 0x2473;
  const bool raised = code == 0xB9 || code == 0xB2 || code == 0xB3 || (code >= 0x2070 && code <= 0x2079);
  return circled || raised || code == '*' || code == 0x2020 || code == 0x2021;
}

// Bytes of "[12]" at the end.
std::size_t BracketedMark(std::string_view text) {
  if (text.empty() || text.back() != ']') return 0;
  const std::size_t open = text.rfind('[');
  if (open == std::string_view::npos || open + 2 >= text.size()) return 0;
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  return inside.find_first_not_of("0123456789") == std::string_view::npos ? text.size() - open : 0;
}

bool BeginsWithoutCase(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

}  // namespace

std::string Narrowed(std::string_view text) {
  std::string narrowed;
  char32_t last = 0;
  bool blank = false;
  for (const Character& character : Characters(text)) {
    char32_t code = character.code;
    if (IsBlank(code)) {
      blank = true;
      continue;
    }
    const bool full_width = code >= 0xFF01 && code <= 0xFF5E;
    if (full_width) code -= 0xFEE0;
    if (blank && last != 0 && !(IsChinese(last) && IsChinese(code))) narrowed += ' ';
    blank = false;
    last = code;
    if (full_width) {
      narrowed += static_cast<char>(code);
    } else {
      narrowed += character.bytes;
    }
  }
  return narrowed;
}

Unmarked WithoutMarks(std::string_view text) {
  Unmarked made;
  for (bool found = true; found;) {
    text = TrimBlanks(text);
    found = false;
    std::size_t length = BracketedMark(text);
    if (length == 0 && !text.empty()) {
      const std::vector<Character> characters = Characters(text);
      if (IsMark(characters.back().code)) length = characters.back().bytes.size();
    }
    if (length > 0 && length < text.size()) {
      made.marks.insert(0, text.substr(text.size() - length));
      text.remove_suffix(length);
      found = true;
    }
  }
  made.text = text;
  return made;
}

std::string NameIn(std::string_view written) { return WithoutMarks(Narrowed(written)).text; }

Measured WithoutUnit(std::string_view text) {
  for (const std::string_view word : {std::string_view("单位"), std::string_view("计量单位")}) {
    if (text.starts_with(word)) {
      std::string_view rest = TrimBlanks(text.substr(word.size()));
      if (rest.starts_with(":")) return {"", std::string(TrimBlanks(rest.substr(1)))};
    }
  }
  for (const std::string_view word : {std::string_view("units:"), std::string_view("unit:")}) {
    if (BeginsWithoutCase(text, word)) return {"", std::string(TrimBlanks(text.substr(word.size())))};
  }
  if (text.empty() || text.back() != ')') return {std::string(text), ""};
  int depth = 0;
  std::size_t open = text.size();
  while (open > 0) {
    --open;
    if (text[open] == ')') ++depth;
    if (text[open] == '(' && --depth == 0) break;
  }
  if (depth != 0) return {std::string(text), ""};
  const std::string_view inside = TrimBlanks(text.substr(open + 1, text.size() - open - 2));
  if (inside.empty() || YearIn(inside)) return {std::string(text), ""};
  const Measured said = WithoutUnit(inside);  // "(单位:亿元)"
  return {std::string(TrimBlanks(text.substr(0, open))), said.name.empty() ? said.unit : std::string(inside)};
}

bool IsOnlyUnit(std::string_view text) {
  const Measured measured = WithoutUnit(WithoutMarks(text).text);
  return measured.name.empty() && !measured.unit.empty();
}

bool HasWord(std::string_view text) {
  const std::vector<Character> characters = Characters(text);
  return std::any_of(characters.begin(), characters.end(),
                     [](const Character& character) { return IsWord(character.code); });
}

std::optional<std::int64_t> YearIn(std::string_view text) {
  text = TrimBlanks(text);
  std::int64_t year = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), year);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || digits != 4 || year < 1000 || year > 2999) return std::nullopt;
  const std::string_view rest = TrimBlanks(text.substr(digits));
  constexpr std::array<std::string_view, 4> kWords = {"", "年", "年底", "年末"};
  if (std::find(kWords.begin(), kWords.end(), rest) == kWords.end()) return std::nullopt;
  return year;
}

bool IsNote(std::string_view text) {
  for (const std::string_view word :
       {std::string_view("注"), std::string_view("资料来源"), std::string_view("数据来源")}) {
    if (text.starts_with(word)) return true;
  }
  for (const std::string_view word : {std::string_view("note"), std::string_view("source")}) {
    if (BeginsWithoutCase(text, word)) return true;
  }
  const std::vector<Character> characters = Characters(text);
  if (characters.empty()) return false;
  if (IsMark(characters.front().code)) return true;
  const std::size_t close = text.find(']');
  return text.front() == '[' && close != std::string_view::npos && BracketedMark(text.substr(0, close + 1)) > 0;
}

}  // namespace farrell::data
