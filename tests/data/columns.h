// Columns from values, for tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/data/engine/table.h"

namespace farrell::data {

inline ColumnPtr Numbers(const std::string& name, std::vector<double> numbers) {
  auto column = std::make_shared<Column>();
  column->name = name;
  column->numbers = std::move(numbers);
  return column;
}

inline ColumnPtr Texts(const std::string& name, std::vector<std::string> texts) {
  auto column = std::make_shared<Column>();
  column->name = name;
  column->is_text = true;
  column->texts = std::move(texts);
  return column;
}

}  // namespace farrell::data
