#include "services/data/engine/expression/parser.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "services/data/engine/expression/error.h"
#include "services/data/engine/expression/lexer.h"
#include "services/data/engine/text.h"

namespace farrell::data::expression {
namespace {

using NodePtr = std::unique_ptr<Node>;

class Parser {
 public:
  Parser(std::string_view expression, std::vector<Token> tokens) : text_(expression), tokens_(std::move(tokens)) {}

  Result<NodePtr> Run() {
    FARRELL_ASSIGN_OR_RETURN(NodePtr node, Or());
    if (Peek().kind != Token::Kind::kEnd) return Unexpected("an operator");
    return node;
  }

 private:
  const Token& Peek() const { return tokens_[at_]; }
  bool Is(std::string_view operator_text) const {
    return Peek().kind == Token::Kind::kOperator && Peek().text == operator_text;
  }
  bool IsAny(std::initializer_list<std::string_view> operators) const {
    return std::any_of(operators.begin(), operators.end(), [this](std::string_view each) { return Is(each); });
  }
  Token Take() { return tokens_[at_++]; }

  Status Unexpected(const std::string& wanted) const {
    const Token& token = Peek();
    if (token.kind == Token::Kind::kEnd)
      return Invalid(text_, token.begin, "the expression ends where " + wanted + " is wanted");
    return Invalid(text_, token.begin,
                   wanted + " is wanted here, not " + Shorten(text_.substr(token.begin, token.end - token.begin), 40));
  }

  // Counts nested parentheses, calls, signs and powers: every one of them is a level of recursion.
  class Nested {
   public:
    explicit Nested(int& level) : level_(level) { ++level_; }
    ~Nested() { --level_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    int& level_;
  };

  Result<NodePtr> Make(Node::Kind kind, const Token& token, std::vector<NodePtr> children, std::size_t begin,
                       std::size_t end) const {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->text = token.text;
    node->number = token.number;
    node->begin = begin;
    node->end = end;
    node->at = token.begin;
    for (const NodePtr& child : children) node->depth = std::max(node->depth, child->depth + 1);
    node->children = std::move(children);
    if (node->depth > kMaxDepth)
      return Invalid(text_, token.begin, "the expression is too long: split it into several variables");
    return node;
  }

  Result<NodePtr> Binary(const Token& token, NodePtr left, NodePtr right) const {
    const std::size_t begin = left->begin;
    const std::size_t end = right->end;
    std::vector<NodePtr> children;
    children.push_back(std::move(left));
    children.push_back(std::move(right));
    return Make(Node::Kind::kBinary, token, std::move(children), begin, end);
  }

  Result<NodePtr> Unary(const Token& token, NodePtr operand) const {
    const std::size_t end = operand->end;
    std::vector<NodePtr> children;
    children.push_back(std::move(operand));
    return Make(Node::Kind::kUnary, token, std::move(children), token.begin, end);
  }

  Result<NodePtr> Or() {
    FARRELL_ASSIGN_OR_RETURN(NodePtr left, And());
    while (Is("|")) {
      const Token token = Take();
      FARRELL_ASSIGN_OR_RETURN(NodePtr right, And());
      FARRELL_ASSIGN_OR_RETURN(left, Binary(token, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<NodePtr> And() {
    FARRELL_ASSIGN_OR_RETURN(NodePtr left, Not());
    while (Is("&")) {
      const Token token = Take();
      FARRELL_ASSIGN_OR_RETURN(NodePtr right, Not());
      FARRELL_ASSIGN_OR_RETURN(left, Binary(token, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<NodePtr> Not() {
    if (!Is("!")) return Comparison();
    const Nested nested(level_);
    FARRELL_RETURN_IF_ERROR(CheckNesting());
    const Token token = Take();
    FARRELL_ASSIGN_OR_RETURN(NodePtr operand, Not());
    return Unary(token, std::move(operand));
  }

  Result<NodePtr> Comparison() {
    FARRELL_ASSIGN_OR_RETURN(NodePtr left, Sum());
    if (!IsAny({"==", "!=", "<", "<=", ">", ">="})) return left;
    const Token token = Take();
    FARRELL_ASSIGN_OR_RETURN(NodePtr right, Sum());
    if (IsAny({"==", "!=", "<", "<=", ">", ">="})) {
      return Invalid(text_, Peek().begin, "comparisons cannot be chained: join two of them with &");
    }
    return Binary(token, std::move(left), std::move(right));
  }

  Result<NodePtr> Sum() {
    FARRELL_ASSIGN_OR_RETURN(NodePtr left, Product());
    while (IsAny({"+", "-"})) {
      const Token token = Take();
      FARRELL_ASSIGN_OR_RETURN(NodePtr right, Product());
      FARRELL_ASSIGN_OR_RETURN(left, Binary(token, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<NodePtr> Product() {
    FARRELL_ASSIGN_OR_RETURN(NodePtr left, Signed());
    while (IsAny({"*", "/"})) {
      const Token token = Take();
      FARRELL_ASSIGN_OR_RETURN(NodePtr right, Signed());
      FARRELL_ASSIGN_OR_RETURN(left, Binary(token, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<NodePtr> Signed() {
    if (!IsAny({"+", "-"})) return Power();
    const Nested nested(level_);
    FARRELL_RETURN_IF_ERROR(CheckNesting());
    const Token token = Take();
    FARRELL_ASSIGN_OR_RETURN(NodePtr operand, Signed());
    return Unary(token, std::move(operand));
  }

  Result<NodePtr> Power() {
    FARRELL_ASSIGN_OR_RETURN(NodePtr base, Primary());
    if (!Is("^")) return base;
    const Nested nested(level_);
    FARRELL_RETURN_IF_ERROR(CheckNesting());
    const Token token = Take();
    FARRELL_ASSIGN_OR_RETURN(NodePtr exponent, Signed());
    return Binary(token, std::move(base), std::move(exponent));
  }

  Status CheckNesting() const {
    if (level_ <= kMaxNesting) return Status::Ok();
    return Invalid(text_, Peek().begin, "the expression is nested too deeply: split it into several variables");
  }

  Result<NodePtr> Primary() {
    const Nested nested(level_);
    FARRELL_RETURN_IF_ERROR(CheckNesting());
    switch (Peek().kind) {
      case Token::Kind::kNumber: {
        const Token token = Take();
        return Make(Node::Kind::kNumber, token, {}, token.begin, token.end);
      }
      case Token::Kind::kText: {
        const Token token = Take();
        if (token.text.empty())
          return Invalid(text_, token.begin, "an empty text means missing: write missing(column)");
        return Make(Node::Kind::kText, token, {}, token.begin, token.end);
      }
      case Token::Kind::kName: {
        const Token token = Take();
        if (Is("(") && !token.quoted) return Call(token);
        return Make(Node::Kind::kColumn, token, {}, token.begin, token.end);
      }
      case Token::Kind::kOperator:
      case Token::Kind::kEnd: break;
    }
    if (!Is("(")) return Unexpected("a number, a column or a function");
    const std::size_t open = Take().begin;
    FARRELL_ASSIGN_OR_RETURN(NodePtr inner, Or());
    if (!Is(")")) return NotClosed(open);
    inner->begin = open;
    inner->end = Take().end;
    return inner;
  }

  Status NotClosed(std::size_t open) const {
    if (Peek().kind == Token::Kind::kEnd) return Invalid(text_, open, "the parenthesis that opens here is not closed");
    return Unexpected("an operator or )");
  }

  Result<NodePtr> Call(const Token& name) {
    const std::size_t open = Take().begin;
    std::vector<NodePtr> arguments;
    if (!Is(")")) {
      for (;;) {
        FARRELL_ASSIGN_OR_RETURN(NodePtr argument, Or());
        arguments.push_back(std::move(argument));
        if (!Is(",")) break;
        Take();
      }
    }
    if (!Is(")")) return NotClosed(open);
    const std::size_t end = Take().end;
    return Make(Node::Kind::kCall, name, std::move(arguments), name.begin, end);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int level_ = 0;
};

}  // namespace

Result<std::unique_ptr<Node>> Parse(std::string_view expression) {
  if (expression.size() > kMaxExpressionBytes) {
    return Invalid(expression, kMaxExpressionBytes, "the expression is longer than 64 KiB");
  }
  FARRELL_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(expression));
  if (tokens.size() == 1) return Invalid(expression, 0, "the expression is empty");
  return Parser(expression, std::move(tokens)).Run();
}

}  // namespace farrell::data::expression
