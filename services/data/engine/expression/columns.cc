#include "services/data/engine/expression/columns.h"

#include "services/data/engine/expression/parser.h"

namespace farrell::data::expression {
namespace {

void Collect(const Node& node, std::set<std::string>& columns) {
  if (node.kind == Node::Kind::kColumn) columns.insert(node.text);
  for (const auto& child : node.children) Collect(*child, columns);
}

}  // namespace

std::set<std::string> ColumnsIn(std::string_view expression) {
  std::set<std::string> columns;
  const Result<std::unique_ptr<Node>> parsed = Parse(expression);
  if (parsed.ok()) Collect(**parsed, columns);
  return columns;
}

}  // namespace farrell::data::expression
