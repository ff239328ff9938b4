#include "services/regression/engine/formula_parser.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

namespace farrell::regression {
namespace {

constexpr std::size_t kMaxCrossed = 6;
constexpr int kMaxDegree = 20;
constexpr int kMaxRange = 1000;
constexpr std::size_t kMostTerms = 10'000;

std::optional<int> ReadInteger(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> TermKey(const FormulaTerm& term) {
  std::vector<std::string> key;
  for (const Factor& factor : term.factors) {
    key.push_back((factor.levels ? "i " : "x ") + CompactText(factor.column) + " " + factor.reference + " " +
                  std::to_string(factor.degree) + " " + std::to_string(factor.power) + (factor.raw ? "r" : ""));
  }
  std::sort(key.begin(), key.end());
  return key;
}

// Terms in the order written, each once.
class TermList {
 public:
  explicit TermList(std::vector<FormulaTerm>& terms) : terms_(terms) {}
  void Add(FormulaTerm term) {
    ++written_;
    if (seen_.insert(TermKey(term)).second) terms_.push_back(std::move(term));
  }
  // Repetitions count: reading them takes as long.
  bool Full() const { return written_ >= kMostTerms; }
  bool Has(const FormulaTerm& term) const { return seen_.contains(TermKey(term)); }

 private:
  std::vector<FormulaTerm>& terms_;
  std::set<std::vector<std::string>> seen_;
  std::size_t written_ = 0;
};

// What may stand in one position of a product: one factor, or one of several (lags, powers).
using Alternatives = std::vector<Factor>;

class Parser {
 public:
  Parser(const BracketedText& text, Mistakes& mistakes) : text_(text), mistakes_(mistakes) {}

  Formula Parse() {
    FormulaParts parts;
    if (!SplitParts(text_, parts, mistakes_)) return formula_;
    formula_.text = NormaliseSpace(text_.text());
    ParseResponse(parts.response);
    TermList exogenous(formula_.terms);
    const bool more = parts.has_effects || parts.has_instruments;
    const Span terms = text_.Trim(parts.terms);
    if (terms.empty()) {
      Error(parts.terms.end,
            more ? "there are no terms between `~` and `|`; write 1 for none" : "there are no terms after `~`");
    } else {
      ParseTerms(parts.terms, true, exogenous);
    }
    if (parts.has_effects) ParseEffects(parts.effects);
    if (parts.has_instruments) ParseInstruments(parts.instruments, exogenous);
    return std::move(formula_);
  }

 private:
  void Error(std::size_t offset, const std::string& message) { mistakes_.Add(text_.Origin(offset), message); }

  // The text of a column or expression, remembered where it first stands.
  std::string Column(Span span) {
    std::string column = NormaliseSpace(text_.Text(span));
    // R's protection of an expression: here parentheses do that.
    BracketedText::Call call;
    if (text_.ReadCall(span, call) && call.name == "I") column = "(" + NormaliseSpace(text_.Text(call.inside)) + ")";
    formula_.offsets.try_emplace(column, text_.Origin(span.begin));
    return column;
  }

  void ParseResponse(Span span) {
    span = text_.Trim(span);
    if (span.empty()) {
      Error(span.begin, "the response is missing before `~`");
      return;
    }
    formula_.response = Column(span);
  }

  // `constant`: 0, 1 and -1 say whether there is one.
  void ParseTerms(Span span, bool constant, TermList& list) {
    std::size_t begin = span.begin;
    bool minus = false;
    bool first = true;
    std::vector<std::size_t> signs = text_.Find(span, "+-");
    signs.push_back(span.end);
    for (std::size_t sign : signs) {
      const Span piece = text_.Trim({begin, sign});
      const bool next_minus = sign < span.end && text_.At(sign) == '-';
      if (list.Full()) {
        Error(piece.begin, "at most 10000 terms stand in one part of a formula");
        return;
      }
      if (piece.empty()) {
        // A sign may open the right side, as in `y ~ -1 + x`; nothing else may be empty.
        if (!first || sign == span.end) Error(piece.begin, "a term is missing here");
      } else if (!constant && (minus || text_.Text(piece) == "0" || text_.Text(piece) == "1")) {
        Error(piece.begin, "a term is a column here; the constant belongs to the first part");
      } else {
        ParseSignedTerm(piece, minus, list);
      }
      first = false;
      minus = next_minus;
      begin = sign + 1;
    }
  }

  void ParseSignedTerm(Span piece, bool minus, TermList& list) {
    const std::string_view text = text_.Text(piece);
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
    if (text != "1") ParseProduct(piece, list);
  }

  void ParseProduct(Span piece, TermList& list) {
    const std::vector<Span> crossed = text_.Split(piece, "*");
    if (crossed.size() > kMaxCrossed) {
      Error(piece.begin, "at most 6 columns can be crossed with `*`");
      return;
    }
    std::vector<std::vector<Alternatives>> parts;
    for (Span part : crossed) {
      std::vector<Alternatives> factors;
      for (Span atom : text_.Split(part, ":")) {
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
      std::vector<FormulaTerm> terms(1);
      for (unsigned index : Members(subset)) {
        for (const Alternatives& alternatives : parts[index]) {
          if (terms.size() * alternatives.size() > kMaxRange) {
            Error(piece.begin, "this stands for more than 1000 terms");
            return;
          }
          std::vector<FormulaTerm> longer;
          for (const FormulaTerm& term : terms) {
            for (const Factor& factor : alternatives) {
              longer.push_back(term);
              longer.back().factors.push_back(factor);
            }
          }
          terms = std::move(longer);
        }
      }
      for (FormulaTerm& term : terms) list.Add(std::move(term));
    }
  }

  static std::vector<unsigned> Members(unsigned subset) {
    std::vector<unsigned> members;
    for (unsigned index = 0; index < kMaxCrossed; ++index) {
      if ((subset >> index & 1U) != 0U) members.push_back(index);
    }
    return members;
  }

  bool ParseFactor(Span atom, std::vector<Alternatives>& factors) {
    if (atom.empty()) {
      Error(atom.begin, "a column or expression is missing here");
      return false;
    }
    const std::string_view text = text_.Text(atom);
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
      if (open < text.size() && text[open] == '(') return ParseLevels(atom, factors);
    }
    BracketedText::Call call;
    if (text_.ReadCall(atom, call)) {
      if (call.name == "poly") return ParsePolynomial(call, factors);
      if (call.name == "lag" || call.name == "lead" || call.name == "diff" || call.name == "growth") {
        const std::vector<Span> arguments = text_.Split(call.inside, ",");
        if (arguments.size() == 2 && !text_.Find(arguments[1], ":").empty()) {
          return ParseRange(call.name, arguments[0], arguments[1], factors);
        }
      }
    }
    for (std::size_t k = atom.begin; k < atom.end; ++k) {
      if (text_.At(k) != ':' || text_.Quoted(k)) continue;
      Error(k, "a range of periods stands in a term of its own: lag(x, 1:2), likewise lead, diff, growth");
      return false;
    }
    factors.push_back({{.column = Column(atom)}});
    return true;
  }

  // lag(x, 1:2): lag(x, 1) and lag(x, 2). Period 0 is the column itself, negative lags are leads.
  bool ParseRange(std::string_view function, Span column, Span range, std::vector<Alternatives>& factors) {
    const std::vector<Span> ends = text_.Split(range, ":");
    const auto first = ReadInteger(text_.Text(ends[0]));
    const auto last = ends.size() == 2 ? ReadInteger(text_.Text(ends[1])) : std::nullopt;
    if (column.empty() || !first || !last) {
      Error(range.begin, "a range of periods is two whole numbers: lag(x, 1:2)");
      return false;
    }
    const bool shift = function == "lag" || function == "lead";
    if (std::max(std::abs(static_cast<double>(*first)), std::abs(static_cast<double>(*last))) >= kMaxRange ||
        (!shift && std::min(*first, *last) < 1)) {
      Error(range.begin, shift ? "periods lie between -999 and 999" : "periods lie between 1 and 999");
      return false;
    }
    const std::string inside = Column(column);
    const std::size_t origin = text_.Origin(column.begin);
    Alternatives members;
    for (int period = *first;; period += *last >= *first ? 1 : -1) {
      std::string name(function);
      if (period < 0) name = function == "lag" ? "lead" : "lag";
      std::string text = inside;
      if (period != 0 || !shift) text = name + "(" + inside + ", " + std::to_string(std::abs(period)) + ")";
      formula_.offsets.try_emplace(text, origin);
      members.push_back({.column = std::move(text)});
      if (period == *last) break;
    }
    factors.push_back(std::move(members));
    return true;
  }

  // poly(x, 2), poly(x, 2, raw), poly(x, 2, raw = TRUE).
  bool ParsePolynomial(const BracketedText::Call& call, std::vector<Alternatives>& factors) {
    const std::vector<Span> arguments = text_.Split(call.inside, ",");
    const int degree = arguments.size() > 1 ? ReadInteger(text_.Text(arguments[1])).value_or(0) : 0;
    const std::string option = arguments.size() > 2 ? CompactText(text_.Text(arguments[2])) : "";
    const bool raw = option == "raw" || option == "raw=TRUE" || option == "raw=true" || option == "raw=1";
    if (arguments[0].empty() || degree < 1 || degree > kMaxDegree || arguments.size() > 3 ||
        (arguments.size() == 3 && !raw)) {
      Error(call.inside.begin, "a polynomial is poly(x, degree) or poly(x, degree, raw), the degree from 1 to 20");
      return false;
    }
    Alternatives members;
    for (int power = 1; power <= degree; ++power) {
      members.push_back({.column = Column(arguments[0]), .degree = degree, .power = power, .raw = raw});
    }
    factors.push_back(std::move(members));
    return true;
  }

  // i(column), i(column, ref = level), i(column, x), i(column, x, ref = level); x makes an interaction.
  bool ParseLevels(Span atom, std::vector<Alternatives>& factors) {
    BracketedText::Call call;
    if (!text_.ReadCall(atom, call)) {
      Error(atom.begin, "`i()` stands alone or in an interaction, e.g. i(region):x");
      return false;
    }
    std::vector<Span> arguments = text_.Split(call.inside, ",");
    if (!CheckColumn(arguments[0], "`i()` takes one column")) return false;
    Factor levels{.column = Column(arguments[0]), .levels = true};
    std::optional<Span> slope;
    for (std::size_t k = 1; k < arguments.size(); ++k) {
      const std::vector<std::size_t> equals = text_.Find(arguments[k], "=");
      if (equals.empty() && k == 1 && !arguments[k].empty()) {
        slope = arguments[k];
        continue;
      }
      const bool is_reference = !equals.empty() && text_.Text(text_.Trim({arguments[k].begin, equals[0]})) == "ref" &&
                                levels.reference.empty();
      const Span value = equals.empty() ? Span{} : text_.Trim({equals[0] + 1, arguments[k].end});
      if (!is_reference || value.empty()) {
        Error(arguments[k].begin, "`i()` takes a column and ref = level, e.g. i(region, ref = \"west\")");
        return false;
      }
      std::string_view level = text_.Text(value);
      if (level.size() > 1 && (level.front() == '"' || level.front() == '\'' || level.front() == '`')) {
        if (level.find(level.front(), 1) + 1 != level.size()) {
          Error(value.begin, "a level is one text");
          return false;
        }
        level = level.substr(1, level.size() - 2);
      }
      levels.reference = level;
      if (level.empty()) {
        Error(value.begin, "the level is missing here");
        return false;
      }
      formula_.offsets.try_emplace(levels.column + "::" + levels.reference, text_.Origin(value.begin));
    }
    factors.push_back({std::move(levels)});
    return !slope || ParseFactor(*slope, factors);
  }

  // A plain column name: no operators, no brackets.
  bool CheckColumn(Span span, const std::string& what) {
    if (span.empty()) {
      Error(span.begin, what + "; it is missing here");
      return false;
    }
    const std::string_view name = text_.Text(span);
    if (name.front() == '`') {
      if (name.size() > 2 && name.find('`', 1) == name.size() - 1) return true;
      Error(span.begin, what + " in one pair of back quotes");
      return false;
    }
    for (std::size_t k = span.begin; k < span.end; ++k) {
      if (std::string_view("()[]+-*/^:|~<>=!&,;'\"` \t\r\n").find(text_.At(k)) != std::string_view::npos) {
        Error(k, what + "; put names with special characters in back quotes, derive expressions beforehand");
        return false;
      }
    }
    return true;
  }

  void ParseEffects(Span span) {
    if (text_.Trim(span).empty()) {
      Error(span.end, "there are no effects after `|`");
      return;
    }
    if (text_.Text(text_.Trim(span)) == "0") return;
    std::set<std::vector<std::string>> seen;
    for (Span piece : text_.Split(span, "+")) {
      if (piece.empty()) {
        Error(piece.begin, "an effect is missing here");
        continue;
      }
      EffectTerm effect;
      std::size_t open = piece.begin;
      while (open < piece.end && (text_.At(open) != '[' || text_.Quoted(open))) ++open;
      if (open < piece.end && !ParseSlopes({open, piece.end}, effect)) continue;
      bool valid = true;
      for (Span part : text_.Split({piece.begin, open}, "^")) {
        valid = CheckColumn(part, "an effect is a column, or columns joined by `^`") && valid;
        if (valid) effect.columns.push_back(Column(part));
      }
      if (!valid) continue;
      std::vector<std::string> key = effect.columns;
      std::sort(key.begin(), key.end());
      std::string name;
      for (const std::string& column : effect.columns) {
        name += (name.empty() ? "" : "^") + std::string(WithoutBackQuotes(column));
      }
      if (!effect.slopes.empty()) {
        key.emplace_back(effect.slopes_only ? "[[" : "[");
        name += effect.slopes_only ? "[[" : "[";
        for (std::size_t k = 0; k < effect.slopes.size(); ++k) {
          key.push_back(CompactText(effect.slopes[k]));
          name += (k > 0 ? ", " : "") + effect.slopes[k];
        }
        name += effect.slopes_only ? "]]" : "]";
      }
      effect.name = std::move(name);
      if (seen.insert(key).second) formula_.effects.push_back(std::move(effect));
    }
  }

  // `[x, z]` or `[[x, z]]` behind an effect.
  bool ParseSlopes(Span span, EffectTerm& effect) {
    if (text_.At(span.end - 1) != ']') {
      Error(span.begin, "nothing may follow the slopes of an effect: unit[x]");
      return false;
    }
    Span inside{span.begin + 1, span.end - 1};
    const Span inner = text_.Trim(inside);
    if (!inner.empty() && text_.At(inner.begin) == '[' && text_.At(inner.end - 1) == ']') {
      effect.slopes_only = true;
      inside = {inner.begin + 1, inner.end - 1};
    }
    for (Span slope : text_.Split(inside, ",")) {
      for (std::size_t k = slope.begin; k < slope.end; ++k) {
        if (std::string_view("[]:~|").find(text_.At(k)) == std::string_view::npos || text_.Quoted(k)) continue;
        Error(k, "a slope is a column or an expression: unit[x, z]");
        return false;
      }
      if (slope.empty()) {
        Error(slope.begin, "a slope is missing here: unit[x]");
        return false;
      }
      std::string column = Column(slope);
      const auto& slopes = effect.slopes;
      if (std::find(slopes.begin(), slopes.end(), column) == slopes.end()) effect.slopes.push_back(std::move(column));
    }
    return true;
  }

  void ParseInstruments(Span span, const TermList& exogenous) {
    const std::size_t tilde = text_.Find(span, "~").front();
    const Span left{span.begin, tilde};
    const Span right{tilde + 1, span.end};
    TermList endogenous(formula_.endogenous);
    TermList instruments(formula_.instruments);
    if (text_.Trim(left).empty()) {
      Error(tilde, "the endogenous regressors are missing before `~`");
    } else {
      ParseTerms(left, false, endogenous);
    }
    if (text_.Trim(right).empty()) {
      Error(right.end, "there are no instruments after `~`");
    } else {
      ParseTerms(right, false, instruments);
    }
    for (const FormulaTerm& term : formula_.endogenous) {
      if (!exogenous.Has(term)) continue;
      Error(text_.Trim(left).begin,
            "`" + term.factors[0].column + "` stands among the terms too; an endogenous regressor stands here only");
    }
  }

  const BracketedText& text_;
  Mistakes& mistakes_;
  Formula formula_;
};

}  // namespace

Formula ParseExpanded(const BracketedText& text, Mistakes& mistakes) { return Parser(text, mistakes).Parse(); }

}  // namespace farrell::regression
