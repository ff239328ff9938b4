#include "services/regression/engine/formula_text.h"

#include <algorithm>
#include <iterator>

#include "services/regression/engine/formula.h"

namespace farrell::regression {
namespace {

// Each is reported with a copy of the text.
constexpr std::size_t kMostMistakes = 50;

bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

template <typename Keep>
std::string FilterSpace(std::string_view text, Keep keep) {
  std::string out;
  char quote = 0;
  bool pending = false;
  for (char c : text) {
    if (quote == 0 && IsSpace(c)) {
      pending = true;
      continue;
    }
    if (pending && !out.empty() && keep(c)) out += ' ';
    pending = false;
    out += c;
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (IsQuote(c)) {
      quote = c;
    }
  }
  return out;
}

}  // namespace

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80U;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void Mistakes::Add(std::size_t offset, std::string message) {
  found_.insert({offset, std::move(message)});
  if (found_.size() > kMostMistakes) found_.erase(std::prev(found_.end()));
}

Status Mistakes::Finish() && {
  std::vector<FieldViolation> violations;
  for (const auto& [offset, message] : found_) violations.push_back({"formula", PointAt(source_, offset, message)});
  return InvalidArgument("FORMULA_INVALID", "the formula is not valid: " + violations.front().description)
      .With("position", std::to_string(CharacterPosition(source_, found_.begin()->first)))
      .WithViolations(std::move(violations));
}

BracketedText::BracketedText(std::string_view text, std::vector<std::size_t> origin, Mistakes& mistakes)
    : text_(text), origin_(std::move(origin)), depth_(text.size(), 0), quoted_(text.size(), 0) {
  std::vector<std::size_t> open;
  char quote = 0;
  std::size_t quote_at = 0;
  for (std::size_t k = 0; k < text_.size(); ++k) {
    const char c = text_[k];
    depth_[k] = static_cast<int>(open.size());
    if (quote != 0) {
      quoted_[k] = 1;
      if (c == quote) quote = 0;
    } else if (IsQuote(c)) {
      quote = c;
      quote_at = k;
      quoted_[k] = 1;
    } else if (c == '(' || c == '[') {
      open.push_back(k);
    } else if (c == ')' || c == ']') {
      const char* const kind = c == ')' ? "parenthesis" : "bracket";
      if (open.empty()) {
        mistakes.Add(Origin(k), std::string("a closing ") + kind + " without an opening one");
      } else {
        if ((text_[open.back()] == '(') != (c == ')')) {
          mistakes.Add(Origin(k), std::string("this ") + kind + " does not match the one that is open");
        }
        open.pop_back();
        depth_[k] = static_cast<int>(open.size());
      }
    }
  }
  if (quote != 0) mistakes.Add(Origin(quote_at), "this quote is never closed");
  for (std::size_t k : open) {
    mistakes.Add(Origin(k), std::string("this ") + (text_[k] == '(' ? "parenthesis" : "bracket") + " is never closed");
  }
}

Span BracketedText::Trim(Span span) const {
  while (span.begin < span.end && IsSpace(text_[span.begin])) ++span.begin;
  while (span.end > span.begin && IsSpace(text_[span.end - 1])) --span.end;
  return span;
}

std::vector<std::size_t> BracketedText::Find(Span span, std::string_view characters) const {
  std::vector<std::size_t> found;
  if (span.empty()) return found;
  const auto at = [&](std::size_t k) { return depth_.begin() + static_cast<std::ptrdiff_t>(k); };
  // Brackets do not stand inside themselves, so that the lowest depth is that outside of all that open here.
  const int depth = *std::min_element(at(span.begin), at(span.end));
  for (std::size_t k = span.begin; k < span.end; ++k) {
    if (depth_[k] == depth && quoted_[k] == 0 && characters.find(text_[k]) != std::string_view::npos) {
      found.push_back(k);
    }
  }
  return found;
}

std::vector<Span> BracketedText::Split(Span span, std::string_view separators) const {
  std::vector<Span> pieces;
  std::size_t begin = span.begin;
  for (std::size_t k : Find(span, separators)) {
    pieces.push_back(Trim({begin, k}));
    begin = k + 1;
  }
  pieces.push_back(Trim({begin, span.end}));
  return pieces;
}

bool BracketedText::ReadCall(Span span, Call& call) const {
  if (span.empty() || text_[span.end - 1] != ')') return false;
  std::size_t end = span.begin;
  while (end < span.end && IsNameCharacter(text_[end])) ++end;
  std::size_t open = end;
  while (open < span.end && IsSpace(text_[open])) ++open;
  if (end == span.begin || open >= span.end || text_[open] != '(') return false;
  // Closed by the last character, no earlier.
  if (Closing(open) + 1 != span.end) return false;
  call.name = text_.substr(span.begin, end - span.begin);
  call.inside = {open + 1, span.end - 1};
  return true;
}

std::size_t BracketedText::Closing(std::size_t open) const {
  std::size_t k = open + 1;
  while (k < text_.size() && (depth_[k] != depth_[open] || quoted_[k] != 0)) ++k;
  return k;
}

std::string_view WithoutBackQuotes(std::string_view name) {
  if (name.size() >= 2 && name.front() == '`' && name.back() == '`') return name.substr(1, name.size() - 2);
  return name;
}

std::string NormaliseSpace(std::string_view text) {
  return FilterSpace(text, [](char) { return true; });
}

std::string CompactText(std::string_view text) {
  return FilterSpace(text, [](char) { return false; });
}

std::size_t CharacterPosition(std::string_view text, std::size_t offset) {
  std::size_t position = 0;
  for (std::size_t k = 0; k < offset && k < text.size(); ++k) {
    if ((static_cast<unsigned char>(text[k]) & 0xC0U) != 0x80U) ++position;
  }
  return position;
}

std::string PointAt(std::string_view text, std::size_t offset, std::string_view message) {
  const std::size_t position = CharacterPosition(text, offset);
  std::string one_line(text);
  std::replace_if(
      one_line.begin(), one_line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return "position " + std::to_string(position) + ": " + std::string(message) + "\n  " + one_line + "\n  " +
         std::string(position, ' ') + "^";
}

}  // namespace farrell::regression
