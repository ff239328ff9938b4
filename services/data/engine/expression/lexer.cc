#include "services/data/engine/expression/lexer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>

#include "common/text/utf8.h"
#include "services/data/engine/expression/error.h"
#include "services/data/engine/text.h"

namespace farrell::data::expression {
namespace {

bool IsDigit(char character) { return character >= '0' && character <= '9'; }

std::uint32_t CodePoint(std::string_view character) {
  const auto byte = [&](std::size_t index) { return std::uint32_t{static_cast<unsigned char>(character[index])}; };
  switch (character.size()) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
    case 3: return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
    default: return (byte(0) & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU);
  }
}

// Blanks, punctuation, arrows and mathematical signs beyond ASCII: not part of names.
bool IsPunctuation(std::uint32_t code) {
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 9> kRanges = {{
      {0x80, 0xA9},
      {0xAB, 0xB4},
      {0xB6, 0xB9},
      {0xBB, 0xBF},
      {0x2000, 0x206F},
      {0x2190, 0x2BFF},
      {0x3000, 0x3004},
      {0x3008, 0x3020},
      {0xFF5F, 0xFF65},
  }};
  for (const auto& [first, last] : kRanges) {
    if (code >= first && code <= last) return true;
  }
  const bool full_width_ascii = code >= 0xFF01 && code <= 0xFF5E;
  if (!full_width_ascii) return code == 0xD7 || code == 0xF7;
  const std::uint32_t ascii = code - 0xFF01 + 0x21;
  return !((ascii >= 'A' && ascii <= 'Z') || (ascii >= 'a' && ascii <= 'z') || (ascii >= '0' && ascii <= '9'));
}

// Length of the name character at the start of `text`, or 0.
std::size_t NameCharacter(std::string_view text, bool first) {
  if (text.empty()) return 0;
  const char character = text[0];
  if ((character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') || character == '_') return 1;
  if (!first && (IsDigit(character) || character == '.')) return 1;
  if (static_cast<unsigned char>(character) < 0x80) return 0;
  const std::size_t length = text::Utf8CharacterLength(text);
  return length > 0 && !IsPunctuation(CodePoint(text.substr(0, length))) ? length : 0;
}

// What to write instead of a full-width sign typed with a Chinese keyboard, or of a habit from another language.
std::string Hint(std::string_view rest, std::size_t length) {
  const std::uint32_t code = length > 0 ? CodePoint(rest.substr(0, length)) : 0;
  if (code >= 0xFF01 && code <= 0xFF5E) {
    return std::string(": full-width, write ") + static_cast<char>(code - 0xFF01 + 0x21);
  }
  if (code == 0x2018 || code == 0x2019 || code == 0x201C || code == 0x201D) return ": write straight quotes ' or \"";
  if (code == 0x2212) return ": write - for minus";
  if (code == 0xD7) return ": write * for times";
  if (code == 0xF7) return ": write / for divided by";
  return ": put column names with such characters in back-quotes";
}

class Lexer {
 public:
  explicit Lexer(std::string_view expression) : text_(expression) {}

  Result<std::vector<Token>> Run() {
    for (;;) {
      while (at_ < text_.size() &&
             (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
        ++at_;
      }
      if (at_ == text_.size()) break;
      FARRELL_RETURN_IF_ERROR(Next());
    }
    Token end;
    end.begin = end.end = text_.size();
    tokens_.push_back(std::move(end));
    return std::move(tokens_);
  }

 private:
  void Push(Token::Kind kind, std::string content, std::size_t begin) {
    Token token;
    token.kind = kind;
    token.text = std::move(content);
    token.begin = begin;
    token.end = at_;
    tokens_.push_back(std::move(token));
  }

  Status Next() {
    const char character = text_[at_];
    if (IsDigit(character) || (character == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]))) return Number();
    if (character == '\'' || character == '"') return Text(character);
    if (character == '`') return QuotedName();
    if (NameCharacter(text_.substr(at_), true) > 0) return Name();
    return Operator();
  }

  Status Number() {
    const std::size_t begin = at_;
    double value = 0.0;
    const char* const first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error != std::errc() || !std::isfinite(value)) {
      return Invalid(text_, begin, "the number is beyond the range of a double");
    }
    at_ += static_cast<std::size_t>(end - first);
    if (NameCharacter(text_.substr(at_), false) > 0) {
      return Invalid(text_, at_, "a number runs into a name: put an operator between, or the name in back-quotes");
    }
    Push(Token::Kind::kNumber, std::string(text_.substr(begin, at_ - begin)), begin);
    tokens_.back().number = value;
    return Status::Ok();
  }

  // A doubled quote stands for one.
  Status Text(char quote) {
    const std::size_t begin = at_++;
    std::string content;
    for (;; ++at_) {
      if (at_ == text_.size()) return Invalid(text_, begin, "the text that begins here is not closed");
      if (text_[at_] == quote) {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != quote) break;
        ++at_;
      }
      content += text_[at_];
    }
    ++at_;
    Push(Token::Kind::kText, std::move(content), begin);
    return Status::Ok();
  }

  Status QuotedName() {
    const std::size_t begin = at_++;
    const std::size_t close = text_.find('`', at_);
    if (close == std::string_view::npos) return Invalid(text_, begin, "the back-quote that begins here is not closed");
    std::string content(text_.substr(at_, close - at_));
    if (content.empty()) return Invalid(text_, begin, "a column name is wanted between the back-quotes");
    at_ = close + 1;
    Push(Token::Kind::kName, std::move(content), begin);
    tokens_.back().quoted = true;
    return Status::Ok();
  }

  Status Name() {
    const std::size_t begin = at_;
    at_ += NameCharacter(text_.substr(at_), true);
    for (std::size_t length = 1; length > 0; at_ += length) length = NameCharacter(text_.substr(at_), false);
    Push(Token::Kind::kName, std::string(text_.substr(begin, at_ - begin)), begin);
    return Status::Ok();
  }

  Status Operator() {
    const std::size_t begin = at_;
    const std::string_view pair = text_.substr(at_, 2);
    for (const std::string_view two : {"==", "!=", "<=", ">="}) {
      if (pair == two) {
        at_ += 2;
        Push(Token::Kind::kOperator, std::string(two), begin);
        return Status::Ok();
      }
    }
    if (pair == "&&" || pair == "||") return Invalid(text_, begin, "write " + std::string(1, pair[0]) + ", once");
    if (pair == "**") return Invalid(text_, begin, "write ^ for powers");
    if (text_[at_] == '=') return Invalid(text_, begin, "write == to compare");
    if (std::string_view("+-*/^<>&|!(),").find(text_[at_]) != std::string_view::npos) {
      ++at_;
      Push(Token::Kind::kOperator, std::string(text_.substr(begin, 1)), begin);
      return Status::Ok();
    }
    const std::size_t length = text::Utf8CharacterLength(text_.substr(at_));
    return Invalid(text_, begin,
                   "unexpected character " + Shorten(text_.substr(at_, length == 0 ? 1 : length), 1) +
                       Hint(text_.substr(at_), length));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> Tokenize(std::string_view expression) { return Lexer(expression).Run(); }

bool IsPlainName(std::string_view name) {
  std::size_t length = NameCharacter(name, true);
  if (length == 0) return false;
  while (length > 0 && length <= name.size()) {
    name.remove_prefix(length);
    length = NameCharacter(name, false);
  }
  return name.empty();
}

}  // namespace farrell::data::expression
