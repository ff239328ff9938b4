#include "services/regression/engine/formula.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace farrell::regression {
namespace {

constexpr std::size_t kMaxFormulaBytes = 65536;
constexpr std::size_t kMaxCrossed = 6;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

// Part of the formula by byte offsets.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin >= end; }
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Formula> Parse() {
    if (text_.size() > kMaxFormulaBytes) {
      Error(0, "the formula is longer than 65536 bytes");
      return Finish();
    }
    MarkDepth();
    if (!violations_.empty()) return Finish();
    const std::vector<std::size_t> tildes = FindTop({0, text_.size()}, "~");
    if (tildes.empty()) {
      Error(text_.size(), "there is no `~`; write the response, `~`, and the terms: y ~ x1 + x2 | unit + time");
      return Finish();
    }
    for (std::size_t i = 1; i < tildes.size(); ++i) Error(tildes[i], "a second `~`; a formula has one");
    const Span right_side{tildes[0] + 1, tildes.size() > 1 ? tildes[1] : text_.size()};
    ParseResponse({0, tildes[0]});
    const std::vector<std::size_t> bars = FindTop(right_side, "|");
    for (std::size_t i = 1; i < bars.size(); ++i)
      Error(bars[i], "a second `|`; effects are joined by `+` after one `|`");
    ParseTerms({right_side.begin, bars.empty() ? right_side.end : bars[0]}, !bars.empty());
    if (!bars.empty()) ParseEffects({bars[0] + 1, bars.size() > 1 ? bars[1] : right_side.end});
    return Finish();
  }

 private:
  void Error(std::size_t offset, std::string_view message) {
    if (violations_.empty()) first_offset_ = offset;
    violations_.push_back({"formula", PointAt(text_, offset, message)});
  }

  Result<Formula> Finish() {
    if (violations_.empty()) {
      formula_.text = NormaliseSpace(text_);
      return std::move(formula_);
    }
    return InvalidArgument("FORMULA_INVALID", "the formula is not valid: " + violations_.front().description)
        .With("position", std::to_string(CharacterPosition(text_, first_offset_)))
        .WithViolations(violations_);
  }

  // depth_[k] is 0 where character k stands outside parentheses and quotes.
  void MarkDepth() {
    depth_.assign(text_.size(), 0);
    std::vector<std::size_t> open;
    char quote = 0;
    std::size_t quote_at = 0;
    for (std::size_t k = 0; k < text_.size(); ++k) {
      const char c = text_[k];
      if (quote != 0) {
        depth_[k] = 1;
        if (c == quote) quote = 0;
        continue;
      }
      if (IsQuote(c)) {
        quote = c;
        quote_at = k;
        depth_[k] = 1;
      } else if (c == '(') {
        open.push_back(k);
        depth_[k] = 1;
      } else if (c == ')') {
        depth_[k] = 1;
        if (open.empty()) {
          Error(k, "a closing parenthesis without an opening one");
        } else {
          open.pop_back();
        }
      } else {
        depth_[k] = open.empty() ? 0 : 1;
      }
    }
    if (quote != 0) Error(quote_at, "this quote is never closed");
    for (std::size_t k : open) Error(k, "this parenthesis is never closed");
  }

  std::vector<std::size_t> FindTop(Span span, std::string_view characters) const {
    std::vector<std::size_t> found;
    for (std::size_t k = span.begin; k < span.end; ++k) {
      if (depth_[k] == 0 && characters.find(text_[k]) != std::string_view::npos) found.push_back(k);
    }
    return found;
  }

  Span Trim(Span span) const {
    while (span.begin < span.end && IsSpace(text_[span.begin])) ++span.begin;
    while (span.end > span.begin && IsSpace(text_[span.end - 1])) --span.end;
    return span;
  }

  std::string_view Text(Span span) const { return text_.substr(span.begin, span.end - span.begin); }

  // Pieces between the given separators, trimmed, empty ones included.
  std::vector<Span> Split(Span span, std::string_view separators) const {
    std::vector<Span> pieces;
    std::size_t begin = span.begin;
    for (std::size_t k : FindTop(span, separators)) {
      pieces.push_back(Trim({begin, k}));
      begin = k + 1;
    }
    pieces.push_back(Trim({begin, span.end}));
    return pieces;
  }

  void ParseResponse(Span span) {
    span = Trim(span);
    if (span.empty()) {
      Error(span.begin, "the response is missing before `~`");
      return;
    }
    formula_.response = NormaliseSpace(Text(span));
  }

  void ParseTerms(Span span, bool has_effects) {
    if (Trim(span).empty()) {
      Error(span.end,
            has_effects ? "there are no terms between `~` and `|`; write 1 for none" : "there are no terms after `~`");
      return;
    }
    std::size_t begin = span.begin;
    bool minus = false;
    bool first = true;
    std::vector<std::size_t> signs = FindTop(span, "+-");
    signs.push_back(span.end);
    for (std::size_t sign : signs) {
      const Span piece = Trim({begin, sign});
      const bool next_minus = sign < span.end && text_[sign] == '-';
      if (piece.empty()) {
        // A sign may open the right side, as in `y ~ -1 + x`; nothing else may be empty.
        if (!first || sign == span.end) Error(piece.begin, "a term is missing here");
      } else {
        ParseSignedTerm(piece, minus);
      }
      first = false;
      minus = next_minus;
      begin = sign + 1;
    }
  }

  void ParseSignedTerm(Span piece, bool minus) {
    const std::string_view text = Text(piece);
    if (minus) {
      if (text == "1") {
        formula_.constant = false;
      } else {
        Error(piece.begin, "only the constant can be taken away (-1); put differences in parentheses, e.g. (a - b)");
      }
      return;
    }
    if (text == "0") {
      formula_.constant = false;
      return;
    }
    if (text == "1") return;
    ParseProduct(piece);
  }

  void ParseProduct(Span piece) {
    const std::vector<Span> crossed = Split(piece, "*");
    if (crossed.size() > kMaxCrossed) {
      Error(piece.begin, "at most 6 columns can be crossed with `*`");
      return;
    }
    std::vector<std::vector<Factor>> parts;
    for (Span part : crossed) {
      std::vector<Factor> factors;
      for (Span atom : Split(part, ":")) {
        if (!ParseFactor(atom, factors)) return;
      }
      parts.push_back(std::move(factors));
    }
    // All products of parts, single ones first, in the order written.
    std::vector<unsigned> subsets;
    for (unsigned subset = 1; subset < (1U << parts.size()); ++subset) subsets.push_back(subset);
    std::stable_sort(subsets.begin(), subsets.end(), [&](unsigned a, unsigned b) {
      return __builtin_popcount(a) != __builtin_popcount(b) ? __builtin_popcount(a) < __builtin_popcount(b)
                                                            : Members(a) < Members(b);
    });
    for (unsigned subset : subsets) {
      FormulaTerm term;
      for (unsigned index : Members(subset)) {
        for (const Factor& factor : parts[index]) term.factors.push_back(factor);
      }
      AddTerm(std::move(term));
    }
  }

  static std::vector<unsigned> Members(unsigned subset) {
    std::vector<unsigned> members;
    for (unsigned index = 0; index < kMaxCrossed; ++index) {
      if ((subset >> index & 1U) != 0U) members.push_back(index);
    }
    return members;
  }

  void AddTerm(FormulaTerm term) {
    std::vector<std::string> key;
    for (const Factor& factor : term.factors) key.push_back((factor.levels ? "i " : "x ") + CompactText(factor.column));
    std::sort(key.begin(), key.end());
    if (seen_.insert(key).second) formula_.terms.push_back(std::move(term));
  }

  bool ParseFactor(Span atom, std::vector<Factor>& factors) {
    if (atom.empty()) {
      Error(atom.begin, "a column or expression is missing here");
      return false;
    }
    const std::string_view text = Text(atom);
    if (const char c = text.front();
        (c >= '0' && c <= '9') && text.find_first_not_of("0123456789.eE") == std::string_view::npos) {
      Error(atom.begin, "a number is not a term; only 0 and 1 (the constant) may stand alone");
      return false;
    }
    if (text.front() == '\'' || text.front() == '"') {
      Error(atom.begin, "text is not a term; put column names with special characters in back quotes");
      return false;
    }
    if (text.size() > 1 && text[0] == 'i') {
      std::size_t open = 1;
      while (open < text.size() && IsSpace(text[open])) ++open;
      if (open < text.size() && text[open] == '(') return ParseLevels(atom, atom.begin + open, factors);
    }
    factors.push_back({.column = NormaliseSpace(text)});
    return true;
  }

  bool ParseLevels(Span atom, std::size_t open, std::vector<Factor>& factors) {
    const Span inside = Trim({open + 1, atom.end - 1});
    if (text_[atom.end - 1] != ')') {
      Error(atom.begin, "`i()` stands alone or in an interaction, e.g. i(region):x");
      return false;
    }
    if (!CheckColumn(inside, "`i()` takes one column")) return false;
    factors.push_back({.column = ColumnName(inside), .levels = true});
    return true;
  }

  // A plain column name: no operators, no parentheses.
  bool CheckColumn(Span span, std::string_view what) {
    if (span.empty()) {
      Error(span.begin, std::string(what) + "; it is missing here");
      return false;
    }
    const std::string_view name = Text(span);
    if (name.front() == '`') {
      if (name.size() > 2 && name.find('`', 1) == name.size() - 1) return true;
      Error(span.begin, std::string(what) + " in one pair of back quotes");
      return false;
    }
    for (std::size_t k = span.begin; k < span.end; ++k) {
      if (std::string_view("()+-*/^:|~<>=!&,'\"` ").find(text_[k]) != std::string_view::npos) {
        Error(k,
              std::string(what) + "; put names with special characters in back quotes, derive expressions beforehand");
        return false;
      }
    }
    return true;
  }

  // Names keep their back quotes only where the data service needs them.
  std::string ColumnName(Span span) const { return NormaliseSpace(Text(span)); }

  void ParseEffects(Span span) {
    if (Trim(span).empty()) {
      Error(span.end, "there are no effects after `|`");
      return;
    }
    std::set<std::vector<std::string>> seen;
    for (Span piece : Split(span, "+")) {
      if (piece.empty()) {
        Error(piece.begin, "an effect is missing here");
        continue;
      }
      EffectTerm effect;
      bool valid = true;
      for (Span part : Split(piece, "^")) {
        valid = CheckColumn(part, "an effect is a column, or columns joined by `^`") && valid;
        if (valid) effect.columns.push_back(ColumnName(part));
      }
      if (!valid) continue;
      for (const std::string& column : effect.columns) {
        if (!effect.name.empty()) effect.name += '^';
        effect.name += WithoutBackQuotes(column);
      }
      std::vector<std::string> key = effect.columns;
      std::sort(key.begin(), key.end());
      if (seen.insert(key).second) formula_.effects.push_back(std::move(effect));
    }
  }

  std::string_view text_;
  std::vector<char> depth_;
  std::vector<FieldViolation> violations_;
  std::size_t first_offset_ = 0;
  std::set<std::vector<std::string>> seen_;
  Formula formula_;
};

void AddOnce(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

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

std::vector<std::string> Formula::NumberColumns() const {
  std::vector<std::string> columns;
  AddOnce(columns, response);
  for (const FormulaTerm& term : terms) {
    for (const Factor& factor : term.factors) {
      if (!factor.levels) AddOnce(columns, factor.column);
    }
  }
  return columns;
}

std::vector<std::string> Formula::LabelColumns() const {
  std::vector<std::string> columns;
  for (const FormulaTerm& term : terms) {
    for (const Factor& factor : term.factors) {
      if (factor.levels) AddOnce(columns, factor.column);
    }
  }
  for (const EffectTerm& effect : effects) {
    for (const std::string& column : effect.columns) AddOnce(columns, column);
  }
  return columns;
}

Result<Formula> ParseFormula(std::string_view text) { return Parser(text).Parse(); }

Result<std::vector<Formula>> ParseFormulas(std::string_view text) {
  FARRELL_ASSIGN_OR_RETURN(Formula formula, ParseFormula(text));
  std::vector<Formula> formulas;
  formulas.push_back(std::move(formula));
  return formulas;
}

}  // namespace farrell::regression
