#include "services/data/service/declaration_rows.h"

#include <algorithm>

namespace farrell::data {
namespace {

using access::DataName;
using soci::into;
using soci::use;

// Stored.
constexpr int kUnit = 1;
constexpr int kVariable = 2;

std::vector<std::string> ExpectedNames(soci::session& session, const DataName& dataset, int kind) {
  std::vector<std::string> names;
  std::string name;
  soci::statement select =
      (session.prepare << "SELECT name FROM data_expected WHERE project = :project AND dataset = :dataset AND kind ="
                          " :kind ORDER BY position",
       use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(kind, "kind"), into(name));
  select.execute();
  while (select.fetch()) names.push_back(name);
  return names;
}

void InsertExpected(soci::session& session, const DataName& dataset, int kind, const std::vector<std::string>& names) {
  for (std::size_t index = 0; index < names.size(); ++index) {
    const int position = static_cast<int>(index);
    session << "INSERT INTO data_expected (project, dataset, kind, position, name) VALUES (:project, :dataset, :kind,"
               " :position, :name)",
        use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(kind, "kind"), use(position, "position"),
        use(names[index], "name");
  }
}

std::vector<DeclaredBreak> Breaks(soci::session& session, const DataName& dataset, const std::string& snapshot) {
  std::vector<DeclaredBreak> breaks;
  DeclaredBreak row;
  long long period = 0;
  soci::statement select =
      (session.prepare << "SELECT variable, period, kind, note FROM data_breaks WHERE project = :project AND dataset ="
                          " :dataset AND snapshot = :snapshot ORDER BY variable, period",
       use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(snapshot, "snapshot"), into(row.variable),
       into(period), into(row.kind), into(row.note));
  select.execute();
  while (select.fetch()) {
    row.period = period;
    breaks.push_back(row);
  }
  return breaks;
}

void RemoveExpected(soci::session& session, const DataName& dataset) {
  session << "DELETE FROM data_expected WHERE project = :project AND dataset = :dataset",
      use(dataset.project, "project"), use(dataset.dataset, "dataset");
  session << "DELETE FROM data_breaks WHERE project = :project AND dataset = :dataset AND snapshot = ''",
      use(dataset.project, "project"), use(dataset.dataset, "dataset");
}

}  // namespace

Declaration DeclarationOf(soci::session& session, const DataName& dataset) {
  return {{ExpectedNames(session, dataset, kUnit), ExpectedNames(session, dataset, kVariable)},
          Breaks(session, dataset, "")};
}

bool Declare(soci::session& session, const DataName& dataset, const Declaration& declaration) {
  std::vector<DeclaredBreak> breaks = declaration.breaks;
  std::sort(breaks.begin(), breaks.end());
  const Declaration held = DeclarationOf(session, dataset);
  if (held.expected.units == declaration.expected.units && held.expected.variables == declaration.expected.variables &&
      held.breaks == breaks) {
    return false;
  }
  RemoveExpected(session, dataset);
  InsertExpected(session, dataset, kUnit, declaration.expected.units);
  InsertExpected(session, dataset, kVariable, declaration.expected.variables);
  AddBreaks(session, dataset, "", breaks);
  return true;
}

void AddBreaks(soci::session& session, const DataName& dataset, const std::string& snapshot,
               const std::vector<DeclaredBreak>& breaks) {
  for (const DeclaredBreak& each : breaks) {
    const long long period = each.period;
    session << "DELETE FROM data_breaks WHERE project = :project AND dataset = :dataset AND snapshot = :snapshot AND"
               " variable = :variable AND period = :period",
        use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(snapshot, "snapshot"),
        use(each.variable, "variable"), use(period, "period");
    session << "INSERT INTO data_breaks (project, dataset, snapshot, variable, period, kind, note) VALUES (:project,"
               " :dataset, :snapshot, :variable, :period, :kind, :note)",
        use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(snapshot, "snapshot"),
        use(each.variable, "variable"), use(period, "period"), use(each.kind, "kind"), use(each.note, "note");
  }
}

std::vector<DeclaredBreak> BreaksOfSnapshot(soci::session& session, const std::string& project,
                                            const std::string& snapshot) {
  return Breaks(session, {project, "", ""}, snapshot);
}

std::set<std::int64_t> FrozenPeriods(soci::session& session, const DataName& dataset) {
  std::set<std::int64_t> periods;
  long long period = 0;
  soci::statement select =
      (session.prepare << "SELECT period FROM data_frozen WHERE project = :project AND dataset = :dataset",
       use(dataset.project, "project"), use(dataset.dataset, "dataset"), into(period));
  select.execute();
  while (select.fetch()) periods.insert(period);
  return periods;
}

void Freeze(soci::session& session, const DataName& dataset, std::int64_t period, std::int64_t now) {
  const long long which = period;
  const long long when = now;
  session << "INSERT INTO data_frozen (project, dataset, period, frozen_at) VALUES (:project, :dataset, :period,"
             " :frozen_at)",
      use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(which, "period"), use(when, "frozen_at");
}

void Thaw(soci::session& session, const DataName& dataset, std::int64_t period) {
  const long long which = period;
  session << "DELETE FROM data_frozen WHERE project = :project AND dataset = :dataset AND period = :period",
      use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(which, "period");
}

void RemoveDeclarations(soci::session& session, const DataName& dataset) {
  RemoveExpected(session, dataset);
  session << "DELETE FROM data_frozen WHERE project = :project AND dataset = :dataset", use(dataset.project, "project"),
      use(dataset.dataset, "dataset");
}

}  // namespace farrell::data
