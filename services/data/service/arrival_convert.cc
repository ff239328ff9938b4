#include "services/data/service/arrival_convert.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "common/text/time.h"
#include "services/data/engine/expression/columns.h"

namespace farrell::data {
namespace {

std::string TimeText(std::int64_t seconds) {
  return seconds == 0 ? "" : text::FormatTime(text::SystemTime(std::chrono::seconds(seconds)));
}

v1::PeriodState StateProto(PeriodState state) { return static_cast<v1::PeriodState>(state); }

v1::ChangedCell::Kind KindProto(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kRevised: return v1::ChangedCell::KIND_REVISED;
    case ChangeKind::kAppeared: return v1::ChangedCell::KIND_APPEARED;
    case ChangeKind::kVanished: return v1::ChangedCell::KIND_VANISHED;
  }
  return v1::ChangedCell::KIND_UNSPECIFIED;
}

}  // namespace

v1::PeriodChange ToProto(const EventPeriod& period) {
  v1::PeriodChange proto;
  if (period.changes.period) proto.set_period(*period.changes.period);
  proto.set_revised(period.changes.revised);
  proto.set_appeared(period.changes.appeared);
  proto.set_vanished(period.changes.vanished);
  proto.set_frozen(period.frozen);
  proto.set_state(StateProto(period.state));
  return proto;
}

v1::DatasetEvent ToProto(const DatasetEvent& event, const std::string& written) {
  v1::DatasetEvent proto;
  proto.set_sequence(event.sequence);
  proto.set_dataset(written);
  proto.set_project(event.name.project);
  proto.set_release(event.name.release);
  proto.set_kind(static_cast<v1::DatasetEvent::Kind>(event.kind));
  proto.set_snapshot_digest(event.snapshot);
  proto.set_known_at(event.known_at);
  proto.set_recorded_at(TimeText(event.recorded_at));
  proto.set_source_digest(event.source_digest);
  proto.set_update(event.update);
  for (const EventPeriod& period : event.periods) *proto.add_periods() = ToProto(period);
  return proto;
}

v1::CellValue ToValue(const Column& column, std::size_t row) {
  v1::CellValue value;
  if (column.is_text) {
    value.set_text(column.texts[row]);
  } else {
    value.set_number(column.numbers[row]);
  }
  return value;
}

v1::ChangedCell ToProto(const CellChange& change, const std::set<std::int64_t>& frozen) {
  v1::ChangedCell proto;
  proto.set_unit(*change.unit);
  if (change.period) proto.set_period(*change.period);
  proto.set_variable(*change.variable);
  proto.set_kind(KindProto(change.kind));
  if (!change.before.IsMissing()) *proto.mutable_before() = ToValue(*change.before.column, *change.before.row);
  if (!change.after.IsMissing()) *proto.mutable_after() = ToValue(*change.after.column, *change.after.row);
  if (const std::optional<double> relative = change.RelativeChange()) proto.set_relative_change(*relative);
  proto.set_frozen(change.period && frozen.contains(*change.period));
  return proto;
}

v1::PeriodStatus ToProto(const PeriodStanding& standing, const std::set<std::int64_t>& frozen) {
  v1::PeriodStatus proto;
  if (standing.period) proto.set_period(*standing.period);
  PeriodState state = standing.complete() ? PeriodState::kComplete : PeriodState::kOpen;
  if (standing.period && frozen.contains(*standing.period)) state = PeriodState::kFrozen;
  proto.set_state(StateProto(state));
  proto.set_expected(standing.expected);
  proto.set_present(standing.present);
  for (const VariableStanding& variable : standing.variables) {
    v1::VariableStatus& out = *proto.add_variables();
    out.set_variable(variable.variable);
    out.set_expected(variable.expected);
    out.set_present(variable.present);
    for (const std::string& unit : variable.missing_units) out.add_missing_units(unit);
  }
  return proto;
}

v1::DeclaredBreak ToProto(const DeclaredBreak& declared) {
  v1::DeclaredBreak proto;
  proto.set_variable(declared.variable);
  proto.set_period(declared.period);
  proto.set_kind(static_cast<v1::DeclaredBreak::Kind>(declared.kind));
  proto.set_note(declared.note);
  return proto;
}

DeclaredBreak FromProto(const v1::DeclaredBreak& declared, const std::string& variable, const std::string& field,
                        Violations& violations) {
  DeclaredBreak made{declared.variable(), declared.period(), declared.kind(), declared.note()};
  if (!variable.empty()) made.variable = variable;
  if (made.variable.empty()) violations.Add(field + ".variable", "required");
  if (!v1::DeclaredBreak::Kind_IsValid(made.kind) || made.kind == v1::DeclaredBreak::KIND_UNSPECIFIED) {
    violations.Add(field + ".kind", "one of threshold, rebasing, definition, source (KIND_THRESHOLD and so on)");
  }
  if (made.note.empty()) violations.Add(field + ".note", "required: what changed");
  return made;
}

void AttachBreaks(const std::vector<DeclaredBreak>& breaks, v1::Snapshot& snapshot) {
  if (breaks.empty()) return;
  // A computed column reads only columns before it, so one pass meets all.
  std::map<std::string, std::set<DeclaredBreak>> by_column;
  for (v1::Column& column : *snapshot.mutable_columns()) {
    std::set<DeclaredBreak>& own = by_column[column.name()];
    for (const DeclaredBreak& each : breaks) {
      if (each.variable == column.name()) own.insert(each);
    }
    for (const std::string& read : expression::ColumnsIn(column.expression())) {
      const auto found = by_column.find(read);
      if (found != by_column.end() && read != column.name()) own.insert(found->second.begin(), found->second.end());
    }
    for (const DeclaredBreak& each : own) *column.mutable_metadata()->add_breaks() = ToProto(each);
  }
}

}  // namespace farrell::data
