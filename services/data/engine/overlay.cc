#include "services/data/engine/overlay.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/text/number.h"
#include "services/data/engine/not_numeric.h"

namespace farrell::data {
namespace {

constexpr std::string_view kBetweenSources = "; ";

Status KeysDiffer(const Keys& base, const Keys& other) {
  const auto written = [](const Keys& keys) {
    return "unit " + (keys.unit_key.empty() ? std::string("(none)") : keys.unit_key) + ", time " +
           (keys.time_key.empty() ? std::string("(none)") : keys.time_key);
  };
  return FailedPrecondition("KEYS_DIFFER", "the tables have different key columns (" + written(base) + "; " +
                                               written(other) + "): name them alike");
}

bool SameKeys(const Keys& a, const Keys& b) { return a.unit_key == b.unit_key && a.time_key == b.time_key; }

bool HasValues(const Column& column) { return column.MissingCount() < static_cast<std::int64_t>(column.size()); }

void MakeText(Column& column) {
  column.is_text = true;
  column.texts.reserve(column.numbers.size());
  for (const double number : column.numbers) column.texts.push_back(text::FormatReal(number));  // missing is empty
  column.numbers = {};
}

// A table under construction.
class Layers {
 public:
  explicit Layers(const Table& base) : keys_(base.keys.get()), table_(base) {
    for (std::size_t row = 0; row < base.row_count(); ++row) (void)RowOf(*base.keys, row);
    for (const ColumnPtr& column : base.columns) {
      by_name_[column->name] = columns_.size();
      columns_.push_back(std::make_unique<Column>(*column));
    }
    AddSource(base.source);
  }

  void Lay(const Table& update) {
    std::vector<std::size_t> rows;
    rows.reserve(update.row_count());
    for (std::size_t row = 0; row < update.row_count(); ++row) rows.push_back(RowOf(*update.keys, row));
    for (const auto& column : columns_) Grow(*column);
    for (const ColumnPtr& column : update.columns) LayColumn(*column, rows);
    table_.synthetic = table_.synthetic || update.synthetic;
    table_.known_at = std::max(table_.known_at, update.known_at);
    AddSource(update.source);
  }

  Table Finish() && {
    table_.keys = MakeKeys(keys_->unit_key, keys_->time_key, std::move(units_), std::move(times_));
    table_.columns.clear();
    for (auto& column : columns_) table_.columns.push_back(std::move(column));
    table_.source.clear();
    for (const std::string& source : sources_) {
      if (!table_.source.empty()) table_.source += kBetweenSources;
      table_.source += source;
    }
    return std::move(table_);
  }

 private:
  std::size_t RowOf(const Keys& keys, std::size_t row) {
    std::string key = keys.units[row];
    if (keys.has_time()) key += '\0' + std::to_string(keys.times[row]);
    const auto [found, added] = rows_.try_emplace(std::move(key), units_.size());
    if (added) {
      units_.push_back(keys.units[row]);
      if (keys.has_time()) times_.push_back(keys.times[row]);
    }
    return found->second;
  }

  void Grow(Column& column) const {
    if (column.is_text) {
      column.texts.resize(units_.size());
    } else {
      column.numbers.resize(units_.size(), kMissing);
    }
  }

  void LayColumn(const Column& from, const std::vector<std::size_t>& rows) {
    const auto [found, added] = by_name_.try_emplace(from.name, columns_.size());
    if (added) {
      auto fresh = std::make_unique<Column>();
      fresh->name = from.name;
      fresh->is_text = from.is_text;
      fresh->expression = from.expression;
      Grow(*fresh);
      columns_.push_back(std::move(fresh));
    }
    Column& into = *columns_[found->second];
    if (!from.label.empty()) into.label = from.label;
    if (!from.unit.empty()) into.unit = from.unit;
    if (!from.source.empty()) into.source = from.source;
    if (!HasValues(from)) return;
    if (from.is_text && !into.is_text) MakeText(into);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (from.IsMissing(row)) continue;
      if (!into.is_text) {
        into.numbers[rows[row]] = from.numbers[row];
      } else {
        into.texts[rows[row]] = from.is_text ? from.texts[row] : text::FormatReal(from.numbers[row]);
      }
    }
  }

  // A table that was laid together before lists several.
  void AddSource(std::string_view source) {
    while (!source.empty()) {
      const std::size_t end = std::min(source.find(kBetweenSources), source.size());
      const std::string one(source.substr(0, end));
      if (!one.empty() && std::find(sources_.begin(), sources_.end(), one) == sources_.end()) sources_.push_back(one);
      source.remove_prefix(std::min(end + kBetweenSources.size(), source.size()));
    }
  }

  const Keys* keys_;
  Table table_;
  std::unordered_map<std::string, std::size_t> rows_;
  std::vector<std::string> units_;
  std::vector<std::int64_t> times_;
  std::map<std::string, std::size_t> by_name_;
  std::vector<std::unique_ptr<Column>> columns_;
  std::vector<std::string> sources_;
};

}  // namespace

Result<Table> LayOver(const std::vector<Delivery>& deliveries) {
  std::size_t first = 0;
  for (std::size_t index = 0; index < deliveries.size(); ++index) {
    if (deliveries[index].whole) first = index;
  }
  const Table& base = *deliveries[first].table;
  if (first + 1 == deliveries.size()) return base;
  Layers layers(base);
  for (std::size_t index = first + 1; index < deliveries.size(); ++index) {
    const Table& update = *deliveries[index].table;
    if (!SameKeys(*base.keys, *update.keys)) return KeysDiffer(*base.keys, *update.keys);
    layers.Lay(update);
  }
  return std::move(layers).Finish();
}

Status CheckUpdate(const Table& base, const Table& update) {
  if (!SameKeys(*base.keys, *update.keys)) return KeysDiffer(*base.keys, *update.keys);
  Violations violations;
  for (const ColumnPtr& column : update.columns) {
    const Column* there = base.Find(column->name);
    if (there == nullptr || !column->is_text || there->is_text || !HasValues(*there)) continue;
    for (const FieldViolation& cell : FindNotNumeric(update, *column).cells)
      violations.Add(cell.field, cell.description);
  }
  return std::move(violations)
      .Finish("UPDATE_TYPE_DIFFERS", "an update has texts where the dataset has numbers: mend these cells");
}

}  // namespace farrell::data
