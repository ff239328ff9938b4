#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/text/nearest.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/formula_text.h"
#include "services/regression/engine/hypothesis.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using Kind = HypothesisStep::Kind;

constexpr std::size_t kMaxBytes = 4096;
constexpr int kMaxDepth = 100;

// An expression with the linear form it stands for, as long as it is one.
struct Expression {
  std::vector<HypothesisStep> steps;
  bool linear = true;
  // Over the terms it names.
  std::map<Index, double> weights;
  double constant = 0.0;

  bool IsNumber() const { return linear && weights.empty(); }
};

Expression Number(double value) {
  Expression result;
  result.steps.push_back({.kind = Kind::kNumber, .number = value});
  result.constant = value;
  return result;
}

Expression Scale(Expression x, double factor) {
  for (auto& [term, weight] : x.weights) weight *= factor;
  x.constant *= factor;
  return x;
}

Expression Unary(Kind kind, Expression x) {
  x.steps.push_back({.kind = kind});
  if (kind == Kind::kNegate) return Scale(std::move(x), -1.0);
  if (!x.IsNumber()) x.linear = false;
  if (kind == Kind::kExp) x.constant = numeric::Exp(x.constant);
  if (kind == Kind::kLog) x.constant = numeric::Log(x.constant);
  if (kind == Kind::kSqrt) x.constant = std::sqrt(x.constant);
  return x;
}

Expression Binary(Kind kind, const Expression& a, const Expression& b) {
  Expression result;
  if (kind == Kind::kAdd || kind == Kind::kSubtract) {
    const double sign = kind == Kind::kAdd ? 1.0 : -1.0;
    result = a;
    result.linear = a.linear && b.linear;
    for (const auto& [term, weight] : b.weights) result.weights[term] += sign * weight;
    result.constant += sign * b.constant;
  } else if (kind == Kind::kMultiply && (a.IsNumber() || b.IsNumber())) {
    result = a.IsNumber() ? Scale(b, a.constant) : Scale(a, b.constant);
  } else if (kind == Kind::kDivide && b.IsNumber()) {
    result = a;
    for (auto& [term, weight] : result.weights) weight /= b.constant;
    result.constant /= b.constant;
  } else {
    result.linear = a.IsNumber() && b.IsNumber();
    result.weights = a.weights;
    for (const auto& [term, weight] : b.weights) result.weights[term] += weight;
    result.constant = numeric::Pow(a.constant, b.constant);
  }
  result.steps = a.steps;
  result.steps.insert(result.steps.end(), b.steps.begin(), b.steps.end());
  result.steps.push_back({.kind = kind});
  return result;
}

// Reads one text from left to right. Names may contain operators, brackets and commas, so that the text cannot be cut
// up before they are found.
class Parser {
 public:
  // `except`: a name not to be found; nullptr: none.
  Parser(std::string_view text, const std::vector<std::string>& names, const std::string* except = nullptr)
      : text_(text), names_(names), except_(except) {}

  Result<Hypothesis> Parse(const std::string& field) {
    if (text_.size() > kMaxBytes) {
      return InvalidArgument("HYPOTHESIS_INVALID", "the hypothesis is not valid: it is longer than 4096 bytes")
          .WithViolations({{field, "longer than 4096 bytes"}});
    }
    Equations();
    if (errors_.empty()) {
      hypothesis_.text = NormaliseSpace(text_);
      hypothesis_.term_count = names_.size();
      return std::move(hypothesis_);
    }
    std::vector<FieldViolation> violations;
    for (const auto& [offset, message] : errors_) violations.push_back({field, PointAt(text_, offset, message)});
    const std::string message = "the hypothesis is not valid: " + violations.front().description;
    return InvalidArgument("HYPOTHESIS_INVALID", message)
        .With("position", std::to_string(CharacterPosition(text_, errors_.begin()->first)))
        .WithViolations(std::move(violations));
  }

  // The whole text as one expression without mistakes.
  bool IsExpression() {
    Sum();
    Skip();
    return errors_.empty() && at_ == text_.size();
  }

 private:
  void Skip() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  char Next() {
    Skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool Take(char c) {
    if (Next() != c) return false;
    ++at_;
    return true;
  }

  // Nothing after it can be read.
  void Fail(const std::string& message) {
    if (!stopped_) errors_.insert({at_, message});
    stopped_ = true;
  }

  void Equations() {
    do {
      Chain();
    } while (!stopped_ && (Take(';') || Take(',')));
    if (!stopped_ && at_ < text_.size())
      Fail("nothing may follow here but `=`, an operator, or `;` and another equation");
  }

  void Chain() {
    Skip();
    const std::size_t begin = at_;
    Expression left = Sum();
    if (stopped_) return;
    if (Next() != '=') {
      Fail("an equals sign is missing; write e.g. x1 = x2 or x1 + x2 = 1");
      return;
    }
    while (!stopped_ && Take('=')) {
      if (at_ < text_.size() && text_[at_] == '=') ++at_;
      Expression right = Sum();
      if (stopped_) return;
      AddEquation(begin, Binary(Kind::kSubtract, left, right));
      left = std::move(right);
    }
  }

  void AddEquation(std::size_t begin, Expression difference) {
    HypothesisEquation equation;
    bool named = false;
    for (const auto& [term, weight] : difference.weights) {
      if (difference.linear && weight == 0.0) continue;
      named = true;
      equation.terms.push_back(term);
    }
    if (!named && !unknown_) errors_.insert({begin, "the hypothesis names no term of the formula"});
    if (difference.linear) {
      equation.weights = VectorXd::Zero(static_cast<Index>(names_.size()));
      for (const auto& [term, weight] : difference.weights) equation.weights(term) = weight;
      equation.value = -difference.constant;
      if (!std::isfinite(equation.value) || !equation.weights.allFinite()) {
        errors_.insert({begin, "the numbers of this equation are not finite"});
      }
    }
    equation.steps = std::move(difference.steps);
    hypothesis_.equations.push_back(std::move(equation));
  }

  Expression Sum() {
    Expression left = Product();
    while (!stopped_) {
      const char c = Next();
      if (c != '+' && c != '-') break;
      ++at_;
      left = Binary(c == '+' ? Kind::kAdd : Kind::kSubtract, left, Product());
    }
    return left;
  }

  Expression Product() {
    Expression left = Signed();
    while (!stopped_) {
      const char c = Next();
      const bool digit = (c >= '0' && c <= '9') || c == '.';
      if (c == '*' || c == '/') {
        ++at_;
        left = Binary(c == '*' ? Kind::kMultiply : Kind::kDivide, left, Signed());
      } else if (left.IsNumber() && !digit && (c == '`' || c == '(' || IsNameCharacter(c))) {
        // `2 x1`.
        left = Binary(Kind::kMultiply, left, Raised());
      } else {
        break;
      }
    }
    return left;
  }

  Expression Signed() {
    if (Next() == '-' || Next() == '+') {
      const bool minus = text_[at_++] == '-';
      if (!Enter()) return {};
      Expression inner = Signed();
      --depth_;
      return minus ? Unary(Kind::kNegate, std::move(inner)) : inner;
    }
    return Raised();
  }

  Expression Raised() {
    Expression base = Primary();
    if (stopped_ || Next() != '^') return base;
    ++at_;
    if (!Enter()) return {};
    // From right to left.
    const Expression exponent = Signed();
    --depth_;
    return Binary(Kind::kPower, base, exponent);
  }

  bool Enter() {
    if (++depth_ <= kMaxDepth) return true;
    Fail("too many brackets inside each other");
    return false;
  }

  Expression Primary() {
    Skip();
    const std::size_t begin = at_;
    if (const Index term = Term(); term >= 0) {
      const std::string_view written = text_.substr(begin, at_ - begin);
      if (except_ == nullptr && Parser(written, names_, &names_[static_cast<std::size_t>(term)]).IsExpression()) {
        at_ = begin;
        Fail(
            "this is the name of a term and an expression of others; put the name in back quotes, or the parts in "
            "parentheses");
        return {};
      }
      return Coefficient(term);
    }
    const char c = Next();
    if (c == '`') return Quoted();
    if ((c >= '0' && c <= '9') || c == '.') return ReadNumber();
    if (c == '(') {
      ++at_;
      return Inside();
    }
    return NameOrCall();
  }

  static Expression Coefficient(Index term) {
    Expression result;
    result.steps.push_back({.kind = Kind::kCoefficient, .term = term});
    result.weights[term] = 1.0;
    return result;
  }

  Expression Inside() {
    if (!Enter()) return {};
    Expression inner = Sum();
    --depth_;
    if (!stopped_ && !Take(')')) Fail("a closing parenthesis is missing here");
    return inner;
  }

  Expression Quoted() {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) {
      Fail("this quote is never closed");
      return {};
    }
    const std::string_view written = text_.substr(at_, end + 1 - at_);
    const std::string wanted = CompactText(WithoutBackQuotes(written));
    for (std::size_t k = 0; k < names_.size(); ++k) {
      if (except_ != nullptr && names_[k] == *except_) continue;
      if (CompactText(names_[k]) == wanted || names_[k] == written) {
        at_ = end + 1;
        return Coefficient(static_cast<Index>(k));
      }
    }
    Unknown(std::string(WithoutBackQuotes(written)), end + 1);
    return Number(1.0);
  }

  Expression ReadNumber() {
    double number = 0.0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc() || !std::isfinite(number)) {
      Fail("this is not a number");
      return {};
    }
    at_ += static_cast<std::size_t>(end - begin);
    return Number(number);
  }

  Expression NameOrCall() {
    std::size_t end = at_;
    while (end < text_.size() && IsNameCharacter(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    std::size_t open = end;
    while (open < text_.size() && IsSpace(text_[open])) ++open;
    if (open < text_.size() && text_[open] == '(' && (name == "exp" || name == "log" || name == "sqrt")) {
      at_ = open + 1;
      const Kind kind = name == "exp" ? Kind::kExp : name == "log" ? Kind::kLog : Kind::kSqrt;
      return Unary(kind, Inside());
    }
    if (end == at_) {
      Fail("a term of the formula or a number is expected here" + Known());
      return {};
    }
    // Levels and products belong to the name that was meant, a bracket and what is in it too.
    while (end < text_.size() && (IsNameCharacter(text_[end]) || text_[end] == ':')) ++end;
    if (end < text_.size() && text_[end] == '(') {
      int depth = 0;
      do {
        depth += text_[end] == '(' ? 1 : text_[end] == ')' ? -1 : 0;
        ++end;
      } while (end < text_.size() && depth > 0);
      while (end < text_.size() && (IsNameCharacter(text_[end]) || text_[end] == ':')) ++end;
    }
    Unknown(std::string(text_.substr(at_, end - at_)), end);
    return Number(1.0);
  }

  // Reading goes on behind it, so that other unknown names are found too.
  void Unknown(const std::string& name, std::size_t end) {
    const std::string nearest = text::DidYouMean(name, names_);
    errors_.insert({at_, "no term is named " + name + (nearest.empty() ? Known() : nearest)});
    unknown_ = true;
    at_ = end;
  }

  std::string Known() const {
    constexpr std::size_t kMost = 12;
    std::string message = "; the terms are";
    for (std::size_t k = 0; k < names_.size() && k < kMost; ++k) message += (k > 0 ? ", " : " ") + names_[k];
    return message + (names_.size() > kMost ? ", …" : "");
  }

  // Bytes of the text that spell `name`, white space in either ignored; 0 when they do not.
  std::size_t Match(const std::string& name) const {
    std::size_t at = at_;
    for (char c : name) {
      if (IsSpace(c)) continue;
      while (at > at_ && at < text_.size() && IsSpace(text_[at])) ++at;
      if (at >= text_.size() || text_[at] != c) return 0;
      ++at;
    }
    // A name must not end in the middle of a longer one.
    if (at < text_.size() && !name.empty() && IsNameCharacter(text_[at]) && IsNameCharacter(name.back())) return 0;
    if (at < text_.size() && text_[at] == ':') return 0;
    return at - at_;
  }

  // The longest name that stands here, or -1.
  Index Term() {
    Index best = -1;
    std::size_t longest = 0;
    for (std::size_t k = 0; k < names_.size(); ++k) {
      if (except_ != nullptr && names_[k] == *except_) continue;
      const std::size_t length = Match(names_[k]);
      if (length > longest) {
        longest = length;
        best = static_cast<Index>(k);
      }
    }
    at_ += longest;
    return best;
  }

  std::string_view text_;
  const std::vector<std::string>& names_;
  const std::string* except_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool stopped_ = false;
  bool unknown_ = false;
  std::set<std::pair<std::size_t, std::string>> errors_;
  Hypothesis hypothesis_;
};

}  // namespace

Result<Hypothesis> ParseHypothesis(std::string_view text, const std::vector<std::string>& names,
                                   const std::string& field) {
  return Parser(text, names).Parse(field);
}

}  // namespace farrell::regression
