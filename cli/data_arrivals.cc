#include "cli/data_arrivals.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/flags.h"
#include "cli/follow.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/presence.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::cli {
namespace {

using data::v1::ChangedCell;
using data::v1::DatasetEvent;

// CSV leaves in pieces of so much.
constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

// "KIND_REVISED" to "revised".
std::string Lower(const std::string& name, std::string_view prefix) {
  std::string lower = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

template <typename Message>
RowCell PeriodCell(const Message& message) {
  return message.has_period() ? Whole(message.period()) : RowCell();
}

RowCell ValueCell(bool present, const data::v1::CellValue& value) {
  if (!present) return {};
  return value.has_text() ? Text(value.text()) : Number(value.number());
}

// "dataset:" and "snapshot:" say what is meant; the service takes names and digests alike.
std::string Plain(const std::string& reference) {
  constexpr std::string_view kSnapshot = "snapshot:";
  return reference.starts_with(kSnapshot) ? reference.substr(kSnapshot.size()) : WithoutKind(reference);
}

struct DiffFlags {
  std::string before;
  std::string after;
  std::vector<std::string> variables;
};

// Prints the cells as they come.
class DiffPrinter {
 public:
  explicit DiffPrinter(const Session& session)
      : format_(session.options().output_format()),
        quiet_(session.options().quiet),
        rows_(format_, {"unit", "period", "variable", "kind", "before", "after", "relative_change", "frozen"}, false) {}

  Status Take(const data::v1::DiffSnapshotsResponse& response) {
    if (response.has_summary()) {
      summary_ = response.summary();
      return Status::Ok();
    }
    for (const ChangedCell& cell : response.cells().cells()) {
      if (format_ == Format::kJson) {
        json_ += (json_.empty() ? "" : ",\n    ") + ToJsonValue(cell, 2);
        continue;
      }
      rows_.Add({Text(cell.unit()), PeriodCell(cell), Text(cell.variable()),
                 Text(Lower(ChangedCell::Kind_Name(cell.kind()), "KIND_")), ValueCell(cell.has_before(), cell.before()),
                 ValueCell(cell.has_after(), cell.after()),
                 cell.has_relative_change() ? Number(cell.relative_change()) : RowCell(),
                 Text(cell.frozen() ? "true" : "false")});
    }
    return format_ == Format::kCsv && rows_.pending_bytes() > kPieceBytes ? Print(rows_.Take()) : Status::Ok();
  }

  Status Finish() {
    if (format_ == Format::kJson) {
      return Print("{\n  \"cells\": [" + json_ + "],\n  \"summary\": " + ToJsonValue(summary_, 1) + "\n}\n");
    }
    FARRELL_RETURN_IF_ERROR(Print(rows_.Take()));
    if (quiet_) return Status::Ok();
    for (const std::string& name : summary_.columns_before_only()) PrintNote("only before: column " + name);
    for (const std::string& name : summary_.columns_after_only()) PrintNote("only after: column " + name);
    for (const data::v1::PeriodChange& change : summary_.periods()) PrintNote(DescribeChange(change));
    if (summary_.periods().empty()) PrintNote("no cell differs");
    if (summary_.synthetic()) PrintNote("SYNTHETIC");
    return Status::Ok();
  }

 private:
  Format format_;
  bool quiet_;
  Rows rows_;
  std::string json_;
  data::v1::DiffSummary summary_;
};

Status RunDiff(Session& session, const DiffFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::DiffSnapshotsRequest request;
  request.set_before(Plain(flags.before));
  request.set_after(Plain(flags.after));
  for (const std::string& variable : SplitLists(flags.variables)) request.add_variables(variable);
  Call call(session);
  const auto reader = connection->data()->DiffSnapshots(call.context(), request);
  DiffPrinter printer(session);
  FARRELL_RETURN_IF_ERROR(ReadStream<data::v1::DiffSnapshotsResponse>(
      call, *reader, [&](const data::v1::DiffSnapshotsResponse& response) { return printer.Take(response); }));
  return printer.Finish();
}

struct StatusFlags {
  std::string reference;
  bool all = false;
  bool complete = false;
};

// The periods that wait for cells, when nobody wants to go on without them.
Status Incomplete(const data::v1::GetDatasetStatusResponse& response) {
  std::string open;
  for (const data::v1::PeriodStatus& period : response.periods()) {
    if (period.state() != data::v1::PERIOD_STATE_OPEN) continue;
    open += (open.empty() ? "" : ", ") + (period.has_period() ? std::to_string(period.period()) : "all");
  }
  if (open.empty()) return Status::Ok();
  return FailedPrecondition("PROVISIONAL_DATA", "cells are missing that are expected, in " + open);
}

std::string MissingUnits(const data::v1::VariableStatus& variable) {
  std::string units;
  for (const std::string& unit : variable.missing_units()) units += (units.empty() ? "" : ";") + unit;
  const std::int64_t untold = variable.expected() - variable.present() - variable.missing_units_size();
  if (untold > 0) units += ";…";
  return units;
}

Status RunStatus(Session& session, const StatusFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::GetDatasetStatusRequest request;
  request.set_reference(Plain(flags.reference));
  data::v1::GetDatasetStatusResponse response;
  Call call(session);
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->GetDatasetStatus(call.context(), request, &response)));
  const Format format = session.options().output_format();
  const Status verdict = flags.complete ? Incomplete(response) : Status::Ok();
  if (format == Format::kJson) {
    FARRELL_RETURN_IF_ERROR(Print(ToJson(response)));
    return verdict;
  }
  Rows rows(format, {"period", "state", "variable", "expected", "present", "missing_units"}, response.synthetic());
  for (const data::v1::PeriodStatus& period : response.periods()) {
    rows.Add({PeriodCell(period), Text(StateName(period.state())), RowCell(), Whole(period.expected()),
              Whole(period.present()), RowCell()});
    for (const data::v1::VariableStatus& variable : period.variables()) {
      if (!flags.all && variable.present() == variable.expected()) continue;
      rows.Add({PeriodCell(period), Text(StateName(period.state())), Text(variable.variable()),
                Whole(variable.expected()), Whole(variable.present()), Text(MissingUnits(variable))});
    }
  }
  FARRELL_RETURN_IF_ERROR(Print(rows.Take()));
  if (session.options().quiet) return verdict;
  for (const data::v1::DeclaredBreak& each : response.breaks()) {
    PrintNote(fmt::format("break: {} from {} ({}): {}", each.variable(), each.period(),
                          Lower(data::v1::DeclaredBreak::Kind_Name(each.kind()), "KIND_"), each.note()));
  }
  return verdict;
}

struct HistoryFlags {
  std::string dataset;
  std::string unit;
  std::string variable;
  std::string period;
};

Status RunHistory(Session& session, const HistoryFlags& flags) {
  data::v1::GetCellHistoryRequest request;
  request.set_dataset(WithoutKind(flags.dataset));
  request.set_unit(flags.unit);
  request.set_variable(flags.variable);
  if (!flags.period.empty()) {
    const std::optional<long long> period = text::ParseInteger(flags.period);
    if (!period) return InvalidArgument("USAGE", "PERIOD is a whole number, not '" + flags.period + "'");
    request.set_period(*period);
  }
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::GetCellHistoryResponse response;
  Call call(session);
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->GetCellHistory(call.context(), request, &response)));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  Rows rows(format, {"period", "value", "current", "release", "known_at", "update", "recorded_at", "source_digest"},
            response.synthetic());
  for (const data::v1::CellVersion& version : response.versions()) {
    const std::string digest =
        format == Format::kTable ? version.source_digest().substr(0, 12) : version.source_digest();
    rows.Add({PeriodCell(version), ValueCell(version.has_value(), version.value()),
              Text(version.current() ? "true" : "false"), Text(version.release()), Text(version.known_at()),
              Text(version.update() ? "true" : "false"), Text(version.recorded_at()), Text(digest)});
  }
  return Print(rows.Take());
}

struct DatasetWatchFlags {
  std::string dataset;
  std::int64_t after = 0;
  bool once = false;
};

// One line an event, written when it comes.
class EventPrinter {
 public:
  explicit EventPrinter(Format format)
      : format_(format),
        rows_(Format::kCsv,
              {"sequence", "kind", "dataset", "release", "snapshot", "known_at", "recorded_at", "update", "changes"},
              false) {}

  Status Take(const DatasetEvent& event) {
    const std::string kind = Lower(DatasetEvent::Kind_Name(event.kind()), "KIND_");
    std::string changes;
    for (const data::v1::PeriodChange& change : event.periods()) {
      changes += (changes.empty() ? "" : "; ") + DescribeChange(change);
    }
    if (format_ == Format::kJson) return Print(nlohmann::ordered_json::parse(ToJson(event)).dump() + "\n");
    if (format_ == Format::kCsv) {
      rows_.Add({Whole(event.sequence()), Text(kind), Text(event.dataset()), Text(event.release()),
                 Text(event.snapshot_digest()), Text(event.known_at()), Text(event.recorded_at()),
                 Text(event.update() ? "true" : "false"), Text(changes)});
      return Print(rows_.Take());
    }
    return Print(fmt::format("{}  {}  {} {}{}{}\n", event.sequence(), event.recorded_at(), kind, event.dataset(),
                             event.release().empty() ? "" : "@" + event.release(),
                             changes.empty() ? "" : ": " + changes));
  }

 private:
  Format format_;
  Rows rows_;
};

Status RunWatch(Session& session, const DatasetWatchFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::WatchDatasetRequest request;
  request.set_dataset(WithoutKind(flags.dataset));
  request.set_after_sequence(flags.after);
  request.set_follow(!flags.once);
  EventPrinter printer(session.options().output_format());
  return Follow(session, DataIsThere(session), [&](bool& heard) {
    Call call(session);
    const auto reader = connection->data()->WatchDataset(call.context(), request);
    return ReadStream<data::v1::WatchDatasetResponse>(
        call, *reader, [&](const data::v1::WatchDatasetResponse& response) -> Status {
          heard = true;
          if (response.has_event()) FARRELL_RETURN_IF_ERROR(printer.Take(response.event()));
          request.set_after_sequence(response.has_event() ? response.event().sequence() : response.quiet_until());
          return Status::Ok();
        });
  });
}

}  // namespace

std::string WithoutKind(const std::string& reference) {
  constexpr std::string_view kDataset = "dataset:";
  return reference.starts_with(kDataset) ? reference.substr(kDataset.size()) : reference;
}

std::string StateName(data::v1::PeriodState state) { return Lower(data::v1::PeriodState_Name(state), "PERIOD_STATE_"); }

std::string DescribeChange(const data::v1::PeriodChange& change) {
  std::string parts;
  const auto add = [&](std::int64_t count, const char* what) {
    if (count > 0) parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", text::FormatCount(count), what);
  };
  add(change.revised(), "revised");
  add(change.appeared(), "appeared");
  add(change.vanished(), "vanished");
  if (parts.empty()) parts = StateName(change.state());
  return fmt::format("{}: {}{}", change.has_period() ? std::to_string(change.period()) : "all", parts,
                     change.frozen() ? " (was frozen)" : "");
}

void AddDataDiff(CLI::App* data, Program& program) {
  auto flags = std::make_shared<DiffFlags>();
  CLI::App* verb = data->add_subcommand("diff", "Every cell that differs between two tables, with its relative change");
  const std::string help = "NAME, NAME@RELEASE, NAME@known:YYYY-MM-DD or snapshot:DIGEST";
  verb->add_option("BEFORE", flags->before, help)->required()->type_name("");
  verb->add_option("AFTER", flags->after, help)->required()->type_name("");
  AddRepeated(verb, "--columns", flags->variables, "Columns to compare; default all")->type_name("a,b,...");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data diff provinces@2019 provinces@2020",
                     "farrell data diff provinces@known:2019-12-31 provinces --format csv"});
  SetRun(verb, program, [flags](Session& session) { return RunDiff(session, *flags); });
}

void AddDataStatus(CLI::App* data, Program& program) {
  auto flags = std::make_shared<StatusFlags>();
  CLI::App* verb = data->add_subcommand("status", "What of a dataset is there, by period, variable and unit");
  verb->add_option("DATASET", flags->reference, "NAME, NAME@RELEASE or NAME@known:YYYY-MM-DD")
      ->required()
      ->type_name("");
  verb->add_flag("--all", flags->all, "Also variables without a missing cell");
  verb->add_flag("--complete", flags->complete, "Fail with exit code 7 while a period is open");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data status provinces"});
  SetRun(verb, program, [flags](Session& session) { return RunStatus(session, *flags); });
}

void AddDataHistory(CLI::App* data, Program& program) {
  auto flags = std::make_shared<HistoryFlags>();
  CLI::App* verb = data->add_subcommand("history", "Every value that a cell ever had, and which release said so");
  verb->add_option("DATASET", flags->dataset, "NAME or PROJECT/NAME")->required()->type_name("");
  verb->add_option("UNIT", flags->unit, "Unit")->required()->type_name("");
  verb->add_option("VARIABLE", flags->variable, "Column")->required()->type_name("");
  verb->add_option("PERIOD", flags->period, "Period; default all")->type_name("");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data history provinces Tianjin gdp 2018"});
  SetRun(verb, program, [flags](Session& session) { return RunHistory(session, *flags); });
}

void AddDataWatch(CLI::App* data, Program& program) {
  auto flags = std::make_shared<DatasetWatchFlags>();
  CLI::App* verb = data->add_subcommand(
      "watch", "Print what happens to datasets, as it happens; goes on by itself after a lost connection");
  verb->add_option("DATASET", flags->dataset, "NAME or PROJECT/NAME; default all that are open")->type_name("");
  verb->add_option("--after", flags->after, "The last sequence seen; default 0, from the beginning")
      ->check(NotNegative())
      ->type_name("N");
  verb->add_flag("--once", flags->once, "End after what there is");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data watch provinces --after 17 --format json"});
  SetRun(verb, program, [flags](Session& session) { return RunWatch(session, *flags); });
}

}  // namespace farrell::cli
