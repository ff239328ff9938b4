#include "services/data/engine/sheet/tidy_rows.h"

namespace farrell::data {

void TidyRows::Open(SheetNotes& notes) {
  notes_ = &notes;
  sheets_.push_back(notes.sheet());
}

std::string TidyRows::NameOf(const Place& place) const {
  const std::string name = PlaceName(place.place);
  return place.sheet + 1 == sheets_.size() ? name : sheets_[place.sheet] + "!" + name;
}

std::size_t TidyRows::Variable(ColumnLabels labels, const SheetPlace& unit_place, bool lenient) {
  const std::size_t sheet = sheets_.size() - 1;
  const auto [entry, fresh] = position_.try_emplace(labels.name, variables_.size());
  if (fresh) {
    if (labels.label == labels.name) labels.label.clear();
    variables_.push_back({std::move(labels), {sheet, unit_place}, {}});
  } else {
    CompareUnits(variables_[entry->second], labels, unit_place, lenient);
  }
  Known& known = variables_[entry->second];
  if (known.sheets.insert(sheet).second && !known.labels.unit.empty()) {
    notes_->Assume(known.labels.name + " is measured in '" + known.labels.unit + "'");
  }
  return entry->second;
}

void TidyRows::CompareUnits(Known& known, const ColumnLabels& labels, const SheetPlace& place, bool lenient) {
  const std::string& before = known.labels.unit;
  if (labels.unit == before) return;
  const bool same_sheet = known.sheets.contains(sheets_.size() - 1);
  const std::string there = NameOf(known.unit_place);
  if (labels.unit.empty() || before.empty()) {
    if (same_sheet && lenient) return;
    const std::string& unit = before.empty() ? labels.unit : before;
    notes_->Assume(labels.name + " is measured in '" + unit + "' here and in " + there + ": only one of them says so");
    if (before.empty()) {
      known.labels.unit = labels.unit;
      known.unit_place = {sheets_.size() - 1, place};
    }
    return;
  }
  const std::string differ = labels.name + " is measured in '" + labels.unit + "' in " + PlaceName(place) +
                             " and in '" + before + "' in " + there;
  if (same_sheet && lenient) {
    notes_->Assume(differ + ": the latter is kept");
    return;
  }
  notes_->Problem(place, labels.unit, "UNITS_DIFFER",
                  differ + ": name them apart, or give the `unit` that both have in `variables` of the mapping");
}

void TidyRows::Periods(bool with_periods, const SheetPlace& place) {
  if (!periods_) periods_ = {with_periods, sheets_.size() - 1};
  if (periods_->first == with_periods) return;
  notes_->Problem(place, "", "NOT_AN_INTEGER_PERIOD",
                  "the sheet has " + std::string(with_periods ? "periods" : "no periods") + ", unlike sheet '" +
                      sheets_[periods_->second] + "': give the `period` of the one without");
}

bool TidyRows::Claim(const Key& key, std::size_t position, const SheetPlace& place) {
  const auto [entry, fresh] = places_.try_emplace({key, position}, Place{sheets_.size() - 1, place});
  if (fresh) return true;
  const bool same_sheet = entry->second.sheet + 1 == sheets_.size();
  notes_->Problem(place, key.first, "DUPLICATE_KEY",
                  key.first + (key.second ? ", " + std::to_string(*key.second) : "") +
                      (same_sheet ? "" : ", " + variables_[position].labels.name) + " stands in " +
                      NameOf(entry->second) + " already");
  return false;
}

void TidyRows::Set(const Key& key, std::size_t position, std::string value) {
  const auto [found, fresh] = row_of_.try_emplace(key, rows_.size());
  if (fresh) rows_.push_back({key, {}});
  std::vector<std::string>& values = rows_[found->second].second;
  // Later sheets may bring more variables.
  if (values.size() < variables_.size()) values.resize(variables_.size());
  values[position] = std::move(value);
}

std::vector<std::vector<std::string>> TidyRows::Lacking() const {
  std::vector<std::vector<std::string>> lacking(sheets_.size());
  for (std::size_t sheet = 0; sheet < sheets_.size(); ++sheet) {
    for (const Known& known : variables_) {
      if (!known.sheets.contains(sheet)) lacking[sheet].push_back(known.labels.name);
    }
  }
  return lacking;
}

TidyTable TidyRows::Take(const std::string& unit_key, const std::string& time_key) && {
  TidyTable table;
  table.has_periods = periods_ && periods_->first;
  table.header = {unit_key};
  if (table.has_periods) table.header.push_back(time_key);
  for (Known& known : variables_) {
    table.header.push_back(known.labels.name);
    table.columns.push_back(std::move(known.labels));
  }
  for (auto& [key, values] : rows_) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(key.first);
    if (table.has_periods) row.push_back(key.second ? std::to_string(*key.second) : "");
    values.resize(variables_.size());
    for (std::string& value : values) row.push_back(std::move(value));
  }
  return table;
}

}  // namespace farrell::data
