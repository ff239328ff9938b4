#include "services/data/engine/expression/context.h"

#include <algorithm>
#include <map>

#include "services/data/engine/expression/error.h"
#include "services/data/engine/keys.h"
#include "services/data/engine/not_numeric.h"
#include "services/data/engine/text.h"

namespace farrell::data::expression {
namespace {

// Cells named in the error; the count tells the rest.
constexpr std::size_t kNamedCells = 1000;

}  // namespace

double Context::Fail(const Node& node, std::size_t row) {
  if (failures_.size() < kMaxFailures) failures_.push_back({&node, row});
  return kFailed;
}

Status Context::Error(const Node& node, const std::string& message) const {
  return Invalid(expression_, node.at, message);
}

Status Context::WantNumber(const Node& node, const Value& value) const {
  if (!value.is_text) return Status::Ok();
  if (node.kind != Node::Kind::kColumn) return Error(node, "a number is wanted here, not a text");
  NotNumericCells found = FindNotNumeric(table_, *table_.Find(node.text));
  return InvalidArgument("NOT_NUMERIC", WithCaret(expression_, node.at, found.message))
      .With("position", std::to_string(CharacterPosition(expression_, node.at)))
      .With("column", node.text)
      .With("cell_count", std::to_string(found.count))
      .WithViolations(std::move(found.cells));
}

Status Context::WantPanel(const Node& node) {
  if (!keys().has_time()) {
    return Error(node, node.text + " looks across periods and needs a time key: name the time column");
  }
  if (!panel_status_) panel_status_ = CheckUnique(table_, keys());
  return *panel_status_;
}

std::optional<double> Context::Constant(const Value& value) const {
  if (value.is_text || !value.is_constant) return std::nullopt;
  const double number = value.Number(0);
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

Status Context::NotFinite(const Value& result) const {
  std::vector<std::size_t> failed;
  for (std::size_t row = 0; row < rows(); ++row) {
    if (IsFailed(result.Number(row)) && (checked_ == nullptr || (*checked_)[row])) failed.push_back(row);
  }
  if (failed.empty()) return Status::Ok();
  // The operation that failed in each of these rows; a lag or a mean fails in rows other than its operand's.
  std::map<std::size_t, const Node*> origins;
  for (const Failure& failure : failures_) {
    if (std::binary_search(failed.begin(), failed.end(), failure.row)) origins.emplace(failure.row, failure.node);
  }
  if (origins.empty()) {
    for (const Failure& failure : failures_) origins.emplace(failure.row, failure.node);
  }
  const auto source = [this](const Node& node) {
    return Shorten(expression_.substr(node.begin, node.end - node.begin), 80);
  };
  std::vector<FieldViolation> cells;
  for (const auto& [row, node] : origins) {
    if (cells.size() == kNamedCells) break;
    cells.push_back({"row " + std::to_string(table_.LineOf(row)),
                     source(*node) + " is not a finite number for " + keys().Describe(row)});
  }
  const std::size_t at = origins.empty() ? 0 : origins.begin()->second->at;
  std::string message =
      "the result is not a finite number in " + std::to_string(failed.size()) + (failed.size() == 1 ? " row" : " rows");
  if (!cells.empty()) message += ", first: " + cells[0].description;
  return InvalidArgument("NOT_FINITE", WithCaret(expression_, at, message))
      .With("position", std::to_string(CharacterPosition(expression_, at)))
      .With("cell_count", std::to_string(failed.size()))
      .WithViolations(std::move(cells));
}

}  // namespace farrell::data::expression
