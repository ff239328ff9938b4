#include "services/data/engine/expression/evaluator.h"

#include <memory>
#include <optional>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/text/nearest.h"
#include "services/data/engine/expression/cellwise.h"
#include "services/data/engine/expression/context.h"
#include "services/data/engine/expression/error.h"
#include "services/data/engine/expression/functions.h"
#include "services/data/engine/expression/parser.h"
#include "services/data/engine/keys.h"

namespace farrell::data::expression {
namespace {

// Everything that is wrong with names before anything is computed.
class NameCheck {
 public:
  NameCheck(std::string_view expression, const Table& table) : expression_(expression), table_(table) {}

  Status Run(const Node& root) {
    Visit(root);
    if (problems_.empty()) return Status::Ok();
    std::vector<FieldViolation> violations;
    for (const Problem& problem : problems_) {
      violations.push_back({"character " + std::to_string(CharacterPosition(expression_, problem.at)), problem.text});
    }
    return Invalid(expression_, problems_[0].at, problems_[0].text).WithViolations(std::move(violations));
  }

 private:
  struct Problem {
    std::size_t at;
    std::string text;
  };

  void Visit(const Node& node) {
    if (node.kind == Node::Kind::kColumn && table_.Find(node.text) == nullptr) {
      problems_.push_back({node.at, UnknownColumn(node)});
    }
    if (node.kind == Node::Kind::kCall) CheckCall(node);
    for (const auto& child : node.children) Visit(*child);
  }

  std::string UnknownColumn(const Node& node) const {
    std::vector<std::string> names;
    for (const ColumnPtr& column : table_.columns) names.push_back(column->name);
    return "there is no column " + node.text + text::DidYouMean(node.text, names);
  }

  void CheckCall(const Node& node) {
    const Function* function = FindFunction(node.text);
    if (function == nullptr) {
      const std::string hint = table_.Find(node.text) != nullptr ? std::string(" (it is a column: write * to multiply)")
                                                                 : text::DidYouMean(node.text, FunctionNames());
      problems_.push_back({node.at, "there is no function " + node.text + hint});
    } else if (node.children.size() < function->min_arguments || node.children.size() > function->max_arguments) {
      problems_.push_back({node.at, "wrong number of arguments: write " + std::string(function->usage)});
    }
  }

  std::string_view expression_;
  const Table& table_;
  std::vector<Problem> problems_;
};

Value ColumnValue(const Table& table, const std::string& name) {
  for (const ColumnPtr& column : table.columns) {
    if (column->name != name) continue;
    Value value;
    value.is_text = column->is_text;
    // Shares ownership of the whole column and points into it.
    if (column->is_text) {
      value.texts = std::shared_ptr<const std::vector<std::string>>(column, &column->texts);
    } else {
      value.numbers = std::shared_ptr<const std::vector<double>>(column, &column->numbers);
    }
    return value;
  }
  return Value::Numbers({kMissing}, true);
}

Result<Value> CompareTexts(const Context& context, const Node& node, const Value& left, const Value& right) {
  if (node.text != "==" && node.text != "!=") {
    return context.Error(node, "texts can be compared with == and != only");
  }
  const bool constant = left.is_constant && right.is_constant;
  const bool equal_wanted = node.text == "==";
  std::vector<double> result(constant ? 1 : context.rows());
  for (std::size_t row = 0; row < result.size(); ++row) {
    const std::string& x = left.Text(row);
    const std::string& y = right.Text(row);
    result[row] = x.empty() || y.empty() ? kMissing : ((x == y) == equal_wanted ? 1.0 : 0.0);
  }
  return Value::Numbers(std::move(result), constant);
}

// And, or: an operand that decides alone decides also beside a failed one, so that x > 0 & log(x) > 1 is safe.
Result<Value> Logical(const Context& context, const Node& node, const Value& left, const Value& right) {
  const bool is_and = node.text == "&";
  const bool constant = left.is_constant && right.is_constant;
  std::vector<double> result(constant ? 1 : context.rows());
  for (std::size_t row = 0; row < result.size(); ++row) {
    const double x = left.Number(row);
    const double y = right.Number(row);
    const auto decides = [is_and](double value) { return std::isfinite(value) && (value != 0.0) != is_and; };
    if (IsMissing(x) || IsMissing(y)) {
      result[row] = kMissing;
    } else if (decides(x) || decides(y)) {
      result[row] = is_and ? 0.0 : 1.0;
    } else if (IsFailed(x) || IsFailed(y)) {
      result[row] = kFailed;
    } else {
      result[row] = is_and ? 1.0 : 0.0;
    }
  }
  return Value::Numbers(std::move(result), constant);
}

class Evaluator {
 public:
  explicit Evaluator(Context& context) : context_(context) {}

  Result<Value> Run(const Node& node) {
    if (context_.stopped()) return Cancelled();
    switch (node.kind) {
      case Node::Kind::kNumber: return Value::Numbers({node.number}, true);
      case Node::Kind::kText: return Value::Texts({node.text}, true);
      case Node::Kind::kColumn: return ColumnValue(context_.table(), node.text);
      case Node::Kind::kUnary: return Unary(node);
      case Node::Kind::kBinary: return Binary(node);
      case Node::Kind::kCall: return Call(node);
    }
    return context_.Error(node, "this cannot be evaluated");
  }

 private:
  Result<Value> Unary(const Node& node) {
    FARRELL_ASSIGN_OR_RETURN(const Value operand, Run(*node.children[0]));
    const Node& child = *node.children[0];
    if (node.text == "-") return MapNumbers(context_, node, child, operand, [](double x) { return -x; });
    if (node.text == "!")
      return MapNumbers(context_, node, child, operand, [](double x) { return x == 0.0 ? 1.0 : 0.0; });
    return MapNumbers(context_, node, child, operand, [](double x) { return x; });
  }

  Result<Value> Binary(const Node& node) {
    FARRELL_ASSIGN_OR_RETURN(const Value left, Run(*node.children[0]));
    FARRELL_ASSIGN_OR_RETURN(const Value right, Run(*node.children[1]));
    const std::string& sign = node.text;
    const bool comparison = sign == "==" || sign == "!=" || sign[0] == '<' || sign[0] == '>';
    if (comparison && left.is_text && right.is_text) return CompareTexts(context_, node, left, right);
    if (comparison && left.is_text != right.is_text) return Mixed(node, left.is_text);
    if (sign == "&" || sign == "|") {
      FARRELL_RETURN_IF_ERROR(context_.WantNumber(*node.children[0], left));
      FARRELL_RETURN_IF_ERROR(context_.WantNumber(*node.children[1], right));
      return Logical(context_, node, left, right);
    }
    const auto combine = [&](auto operation) {
      return CombineNumbers(context_, node, *node.children[0], left, *node.children[1], right, operation);
    };
    if (sign == "+") return combine([](double x, double y) { return x + y; });
    if (sign == "-") return combine([](double x, double y) { return x - y; });
    if (sign == "*") return combine([](double x, double y) { return x * y; });
    if (sign == "/") return combine([](double x, double y) { return x / y; });
    if (sign == "^") return combine([](double x, double y) { return numeric::Pow(x, y); });
    if (sign == "==") return combine([](double x, double y) { return x == y ? 1.0 : 0.0; });
    if (sign == "!=") return combine([](double x, double y) { return x != y ? 1.0 : 0.0; });
    if (sign == "<") return combine([](double x, double y) { return x < y ? 1.0 : 0.0; });
    if (sign == "<=") return combine([](double x, double y) { return x <= y ? 1.0 : 0.0; });
    if (sign == ">") return combine([](double x, double y) { return x > y ? 1.0 : 0.0; });
    return combine([](double x, double y) { return x >= y ? 1.0 : 0.0; });
  }

  // A text against a number: the message names which side to change.
  Status Mixed(const Node& node, bool left_is_text) const {
    const Node& text_side = *node.children[left_is_text ? 0 : 1];
    const Node& number_side = *node.children[left_is_text ? 1 : 0];
    if (text_side.kind == Node::Kind::kColumn) {
      const std::string example = number_side.kind == Node::Kind::kNumber ? number_side.text : "text";
      return context_.Error(node, "column " + text_side.text +
                                      " is text and is compared with a number: put the other " +
                                      "side in quotes, as in '" + example + "'");
    }
    return context_.Error(node, "a number is compared with a text");
  }

  Result<Value> Call(const Node& node) {
    std::vector<Value> arguments;
    for (const auto& child : node.children) {
      FARRELL_ASSIGN_OR_RETURN(Value argument, Run(*child));
      arguments.push_back(std::move(argument));
    }
    return FindFunction(node.text)->body(context_, node, arguments);
  }

  Context& context_;
};

// The column the table has under exactly this name, shared.
ColumnPtr OwnColumn(const Table& table, std::string_view name) {
  for (const ColumnPtr& column : table.columns) {
    if (column->name == name) return column;
  }
  return nullptr;
}

}  // namespace

Result<ColumnPtr> Evaluate(std::string_view expression, const Table& table, const std::stop_token& stop,
                           CheckedRows checked) {
  Context context(expression, table, stop, checked);
  const auto check_own = [&](const ColumnPtr& own) {
    return own->is_text ? Status::Ok() : context.NotFinite(ColumnValue(table, own->name));
  };
  if (ColumnPtr own = OwnColumn(table, expression)) {
    FARRELL_RETURN_IF_ERROR(check_own(own));
    return own;
  }
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Node> root, Parse(expression));
  if (root->kind == Node::Kind::kColumn) {
    const ColumnPtr own = OwnColumn(table, root->text);
    if (own == nullptr) return ColumnNotFound(table, root->text, "expression");
    FARRELL_RETURN_IF_ERROR(check_own(own));
    auto renamed = std::make_shared<Column>(*own);
    renamed->name = expression;
    return ColumnPtr(std::move(renamed));
  }
  FARRELL_RETURN_IF_ERROR(NameCheck(expression, table).Run(*root));
  FARRELL_ASSIGN_OR_RETURN(const Value value, Evaluator(context).Run(*root));

  auto column = std::make_shared<Column>();
  column->name = expression;
  column->expression = expression;
  column->is_text = value.is_text;
  if (value.is_text) {
    column->texts = value.is_constant ? std::vector<std::string>(table.row_count(), value.Text(0)) : *value.texts;
  } else {
    FARRELL_RETURN_IF_ERROR(context.NotFinite(value));
    column->numbers = value.is_constant ? std::vector<double>(table.row_count(), value.Number(0)) : *value.numbers;
  }
  return ColumnPtr(std::move(column));
}

}  // namespace farrell::data::expression
