#include "common/backup/table_rows.h"

#include <cstdint>
#include <deque>

namespace farrell::backup {
namespace {

using sql::ColumnKind;
using sql::StoredColumn;

// A value that SOCI reads into or writes from; its address must stay.
struct Slot {
  ColumnKind kind = ColumnKind::kText;
  std::string text{};
  long long integer = 0;
  double real = 0;
  soci::indicator known = soci::i_ok;
};

std::string Joined(const std::vector<std::string>& parts, const std::string& before = "") {
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : ", ") + before + part;
  return joined;
}

void ReadInto(soci::details::prepare_temp_type& statement, Slot& slot) {
  switch (slot.kind) {
    case ColumnKind::kText: statement, soci::into(slot.text, slot.known); return;
    case ColumnKind::kInteger: statement, soci::into(slot.integer, slot.known); return;
    case ColumnKind::kReal: statement, soci::into(slot.real, slot.known); return;
  }
}

void WriteFrom(soci::details::prepare_temp_type& statement, Slot& slot, const std::string& name) {
  switch (slot.kind) {
    case ColumnKind::kText: statement, soci::use(slot.text, slot.known, name); return;
    case ColumnKind::kInteger: statement, soci::use(slot.integer, slot.known, name); return;
    case ColumnKind::kReal: statement, soci::use(slot.real, slot.known, name); return;
  }
}

nlohmann::json ToJson(const Slot& slot) {
  if (slot.known == soci::i_null) return nullptr;
  switch (slot.kind) {
    case ColumnKind::kText: return slot.text;
    case ColumnKind::kInteger: return static_cast<std::int64_t>(slot.integer);
    case ColumnKind::kReal: return slot.real;
  }
  return nullptr;
}

bool FromJson(const nlohmann::json& value, Slot& slot) {
  slot.known = value.is_null() ? soci::i_null : soci::i_ok;
  if (value.is_null()) return true;
  switch (slot.kind) {
    case ColumnKind::kText:
      if (!value.is_string()) return false;
      slot.text = value.get<std::string>();
      return true;
    case ColumnKind::kInteger:
      if (!value.is_number_integer()) return false;
      slot.integer = value.get<std::int64_t>();
      return true;
    case ColumnKind::kReal:
      if (!value.is_number()) return false;
      slot.real = value.get<double>();
      return true;
  }
  return false;
}

std::deque<Slot> SlotsOf(const std::vector<StoredColumn>& columns) {
  std::deque<Slot> slots;
  for (const StoredColumn& column : columns) slots.push_back({.kind = column.kind});
  return slots;
}

std::vector<std::string> NamesOf(const std::vector<StoredColumn>& columns) {
  std::vector<std::string> names;
  for (const StoredColumn& column : columns) names.push_back(column.name);
  return names;
}

std::size_t PositionOf(const std::vector<StoredColumn>& columns, const std::string& name) {
  std::size_t position = 0;
  while (position < columns.size() && columns[position].name != name) ++position;
  return position;
}

}  // namespace

std::vector<StoredColumn> ColumnsAt(const sql::StoredTable& table, int version) {
  std::vector<StoredColumn> columns;
  for (const StoredColumn& column : table.columns) {
    if (column.since <= version) columns.push_back(column);
  }
  return columns;
}

Status ReadRows(soci::session& session, const sql::StoredTable& table, const std::vector<StoredColumn>& columns,
                const std::function<Status(const nlohmann::json& row)>& take) {
  const std::string keys = Joined(table.key);
  const std::string select = "SELECT " + Joined(NamesOf(columns)) + " FROM " + table.name;
  const std::string order = " ORDER BY " + keys + " LIMIT " + std::to_string(table.page);
  std::deque<Slot> row = SlotsOf(columns);
  // The key of the last row of the page before.
  std::deque<Slot> last;
  int count = 0;
  do {
    const std::string after = last.empty() ? "" : " WHERE (" + keys + ") > (" + Joined(table.key, ":") + ")";
    soci::details::prepare_temp_type page = (session.prepare << select + after + order);
    for (std::size_t key = 0; key < last.size(); ++key) WriteFrom(page, last[key], table.key[key]);
    for (Slot& slot : row) ReadInto(page, slot);
    soci::statement statement(page);
    statement.execute();
    for (count = 0; statement.fetch(); ++count) {
      nlohmann::json values = nlohmann::json::array();
      for (const Slot& slot : row) values.push_back(ToJson(slot));
      FARRELL_RETURN_IF_ERROR(take(values));
    }
    if (count == 0) break;
    last.clear();
    for (const std::string& key : table.key) last.push_back(row[PositionOf(columns, key)]);
  } while (count == table.page);
  return Status::Ok();
}

class RowInserter::Binding {
 public:
  Binding(soci::session& session, const std::string& table, const std::vector<StoredColumn>& columns)
      : slots_(SlotsOf(columns)), statement_(Prepare(session, table, NamesOf(columns))) {}

  bool Insert(const nlohmann::json& row) {
    if (!row.is_array() || row.size() != slots_.size()) return false;
    for (std::size_t index = 0; index < slots_.size(); ++index) {
      if (!FromJson(row[index], slots_[index])) return false;
    }
    statement_.execute(true);
    return true;
  }

 private:
  soci::details::prepare_temp_type Prepare(soci::session& session, const std::string& table,
                                           const std::vector<std::string>& names) {
    soci::details::prepare_temp_type statement = (session.prepare << "INSERT INTO " << table << " (" << Joined(names)
                                                                  << ") VALUES (" << Joined(names, ":") << ")");
    for (std::size_t index = 0; index < names.size(); ++index) WriteFrom(statement, slots_[index], names[index]);
    return statement;
  }

  std::deque<Slot> slots_;
  soci::statement statement_;
};

RowInserter::RowInserter(soci::session& session, const std::string& table, const std::vector<StoredColumn>& columns)
    : binding_(std::make_unique<Binding>(session, table, columns)) {}
RowInserter::~RowInserter() = default;

bool RowInserter::Insert(const nlohmann::json& row) { return binding_->Insert(row); }

}  // namespace farrell::backup
