// The text of a formula for those who take it apart: where it stands inside brackets or quotes, and the mistakes found
// in it.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/status/status.h"

namespace farrell::regression {

// Part of a text by byte offsets.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin >= end; }
};

bool IsSpace(char c);
// Letters, digits, `_`, `.`, and every byte beyond ASCII.
bool IsNameCharacter(char c);

// Mistakes in a text, each at a byte offset, in the order of the text and once however often found; of very many the
// first.
class Mistakes {
 public:
  explicit Mistakes(std::string_view source) : source_(source) {}

  void Add(std::size_t offset, std::string message);
  bool empty() const { return found_.empty(); }
  // FORMULA_INVALID with a violation of the field "formula" a mistake. There must be one.
  Status Finish() &&;

 private:
  std::string_view source_;
  std::set<std::pair<std::size_t, std::string>> found_;
};

// A text whose brackets and quotes have been matched.
class BracketedText {
 public:
  // `origin`: for every byte of `text` and its end the byte of the source it came from; empty: they are the same.
  // Brackets that do not match are added to `mistakes`.
  BracketedText(std::string_view text, std::vector<std::size_t> origin, Mistakes& mistakes);

  std::string_view text() const { return text_; }
  std::string_view Text(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  char At(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  Span Whole() const { return {0, text_.size()}; }
  // Brackets around a character; they do not stand inside themselves.
  int Depth(std::size_t offset) const { return depth_[offset]; }
  bool Quoted(std::size_t offset) const { return quoted_[offset] != 0; }
  std::size_t Origin(std::size_t offset) const { return origin_.empty() ? offset : origin_[offset]; }

  // Offset of the bracket that closes the one at `open`.
  std::size_t Closing(std::size_t open) const;

  Span Trim(Span span) const;
  // Offsets of any of the characters in the span, outside of quotes and of the brackets that open within it.
  std::vector<std::size_t> Find(Span span, std::string_view characters) const;
  // Pieces between these characters, trimmed, empty ones included.
  std::vector<Span> Split(Span span, std::string_view separators) const;

  // `name(inside)` spanning the whole of a span.
  struct Call {
    std::string_view name;
    Span inside;
  };
  // False when the span is not one call of a plain name.
  bool ReadCall(Span span, Call& call) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> origin_;
  std::vector<int> depth_;
  std::vector<char> quoted_;
};

}  // namespace farrell::regression
