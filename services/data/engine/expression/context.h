// What the functions of an expression see of its evaluation.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/expression/parser.h"
#include "services/data/engine/expression/value.h"
#include "services/data/engine/table.h"

namespace farrell::data::expression {

class Context {
 public:
  // `checked`: rows that must have a result, nullptr for all.
  Context(std::string_view expression, const Table& table, std::stop_token stop, const std::vector<bool>* checked)
      : expression_(expression), table_(table), stop_(std::move(stop)), checked_(checked) {}

  std::string_view expression() const { return expression_; }
  const Table& table() const { return table_; }
  const Keys& keys() const { return *table_.keys; }
  std::size_t rows() const { return table_.row_count(); }
  bool stopped() const { return stop_.stop_requested(); }

  // An operation of `node` had no finite result in `row`. Returns kFailed.
  double Fail(const Node& node, std::size_t row);

  // EXPRESSION_INVALID pointing at the node.
  Status Error(const Node& node, const std::string& message) const;

  // The value as numbers. Texts: NOT_NUMERIC naming each cell that is not a number when the node is a column, else
  // EXPRESSION_INVALID.
  Status WantNumber(const Node& node, const Value& value) const;

  // By-unit functions need a time key and one row a unit and period.
  Status WantPanel(const Node& node);

  // A number known without looking at any row.
  std::optional<double> Constant(const Value& value) const;

  // NOT_FINITE naming the cells, for a result with failed numbers in the rows that count.
  Status NotFinite(const Value& result) const;

 private:
  struct Failure {
    const Node* node;
    std::size_t row;
  };
  // More failures than this are counted in the result but not traced to their operation.
  static constexpr std::size_t kMaxFailures = 100'000;

  std::string_view expression_;
  const Table& table_;
  std::stop_token stop_;
  const std::vector<bool>* checked_;
  std::vector<Failure> failures_;
  std::optional<Status> panel_status_;
};

}  // namespace farrell::data::expression
