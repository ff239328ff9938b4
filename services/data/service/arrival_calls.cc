// The calls of arrivals.proto.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/access/data_access.h"
#include "common/canonical/canonical.h"
#include "common/rpc/call.h"
#include "common/rpc/handler.h"
#include "common/text/nearest.h"
#include "common/text/number.h"
#include "services/data/engine/cell_list.h"
#include "services/data/engine/text.h"
#include "services/data/service/arrival_convert.h"
#include "services/data/service/convert.h"
#include "services/data/service/data_service.h"

namespace farrell::data {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kEventsPerPage = 500;
constexpr std::chrono::seconds kQuiet{10};
constexpr int kCellsPerMessage = 1000;
constexpr int kMostDeclaredNames = 100'000;
constexpr int kMostBreaks = 10'000;
constexpr std::int64_t kMostCells = 5'000'000;
// Calls that wait for events hold a thread each.
constexpr int kMostWatchers = 128;

// A place among those who wait.
class Watcher {
 public:
  Watcher() : place_(++waiting_) {}
  ~Watcher() { --waiting_; }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  Status Admitted() const {
    if (place_ <= kMostWatchers) return Status::Ok();
    return Status(Code::kResourceExhausted, "TOO_MANY_WATCHERS",
                  std::to_string(kMostWatchers) + " callers wait for events of this server already: ask without follow")
        .With("retry_after_ms", "10000");
  }

 private:
  inline static std::atomic<int> waiting_ = 0;
  int place_;
};

std::string WrittenName(const access::DataName& name) { return Written(name, access::DataAccess::OfCurrentCall()); }

std::vector<std::string> ColumnsOnlyIn(const Table& one, const Table& other, const std::set<std::string>& variables) {
  std::vector<std::string> names;
  for (const ColumnPtr& column : one.columns) {
    if (other.Find(column->name) == nullptr && (variables.empty() || variables.contains(column->name))) {
      names.push_back(column->name);
    }
  }
  return names;
}

Status CheckVariables(const std::set<std::string>& variables, const Table& before, const Table& after) {
  Violations violations;
  std::vector<std::string> names;
  for (const Table* table : {&before, &after}) {
    for (const ColumnPtr& column : table->columns) names.push_back(column->name);
  }
  for (const std::string& variable : variables) {
    if (std::find(names.begin(), names.end(), variable) != names.end()) continue;
    violations.Add("variables", "neither table has a column " + variable + text::DidYouMean(variable, names));
  }
  return std::move(violations).Finish("COLUMN_NOT_FOUND", "there are no such columns");
}

Result<Declaration> ToDeclaration(const v1::DeclareDatasetRequest& request) {
  Declaration declaration;
  Violations violations;
  if (request.dataset().empty()) violations.Add("dataset", "required");
  if (request.dataset().find_first_of("@:") != std::string::npos) violations.Add("dataset", "a name without @ and :");
  const auto take = [&](const auto& names, const char* field, std::vector<std::string>& into) {
    if (names.size() > kMostDeclaredNames) violations.Add(field, "at most " + std::to_string(kMostDeclaredNames));
    std::set<std::string> seen;
    for (int index = 0; index < names.size(); ++index) {
      const std::string at = std::string(field) + "[" + std::to_string(index) + "]";
      if (names[index].empty()) violations.Add(at, "empty");
      if (!seen.insert(names[index]).second) violations.Add(at, "named twice: " + names[index]);
      into.push_back(names[index]);
    }
  };
  take(request.units(), "units", declaration.expected.units);
  take(request.variables(), "variables", declaration.expected.variables);
  if (request.breaks_size() > kMostBreaks) violations.Add("breaks", "at most " + std::to_string(kMostBreaks));
  std::set<std::pair<std::string, std::int64_t>> seen;
  for (int index = 0; index < request.breaks_size(); ++index) {
    const std::string at = "breaks[" + std::to_string(index) + "]";
    declaration.breaks.push_back(FromProto(request.breaks(index), "", at, violations));
    if (!seen.insert({declaration.breaks.back().variable, declaration.breaks.back().period}).second) {
      violations.Add(at, "a break of the same variable in the same period stands before: join their notes");
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("DECLARATION_INVALID", "the declaration cannot be stored"));
  return declaration;
}

// Names of a declaration that the table does not have: its units and its columns. The key columns are refused: they
// have a value in every row, whatever is missing.
Result<std::vector<std::string>> NamesNotIn(const Table& table, const Declaration& declaration) {
  const Keys& keys = *table.keys;
  const std::set<std::string> units(keys.units.begin(), keys.units.end());
  std::vector<std::string> missing;
  for (const std::string& unit : declaration.expected.units) {
    if (!units.contains(unit)) missing.push_back("unit " + unit);
  }
  Violations violations;
  const auto look = [&](const std::string& variable, const std::string& field) {
    if (variable == keys.unit_key || variable == keys.time_key) {
      violations.Add(field, variable + " is a key column of the dataset, and no variable");
    } else if (table.Find(variable) == nullptr) {
      missing.push_back("column " + variable);
    }
  };
  for (std::size_t i = 0; i < declaration.expected.variables.size(); ++i) {
    look(declaration.expected.variables[i], "variables[" + std::to_string(i) + "]");
  }
  for (std::size_t i = 0; i < declaration.breaks.size(); ++i) {
    look(declaration.breaks[i].variable, "breaks[" + std::to_string(i) + "].variable");
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("DECLARATION_INVALID", "the declaration cannot be stored"));
  return missing;
}

// What a declaration is about that is not there, for people who misspelt it.
Status HoldAgainstData(Store& store, const std::string& dataset, const Declaration& declaration,
                       v1::DeclareDatasetResponse& response) {
  const auto warn = [&](const char* code, std::string text) {
    common::v1::Warning& warning = *response.add_warnings();
    warning.set_code(code);
    warning.set_text(std::move(text));
  };
  const Result<ResolvedReference> latest = store.Resolve(dataset);
  if (latest.status().code() == Code::kNotFound) {
    warn("NO_RELEASE", "There is no release of " + dataset + " yet: what is declared holds for the first one.");
    return Status::Ok();
  }
  FARRELL_RETURN_IF_ERROR(latest.status());
  FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr snapshot, store.Load(latest->digest));
  FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> missing, NamesNotIn(snapshot->table, declaration));
  if (missing.empty()) return Status::Ok();
  constexpr std::size_t kMostNamed = 10;
  std::string names;
  for (std::size_t i = 0; i < std::min(missing.size(), kMostNamed); ++i) {
    names += (names.empty() ? "" : ", ") + missing[i];
  }
  if (missing.size() > kMostNamed) names += " and " + std::to_string(missing.size() - kMostNamed) + " more";
  warn("NOT_IN_DATA", "The latest release does not have what is declared: " + names + ".");
  return Status::Ok();
}

// The values of one cell, period by period.
class History {
 public:
  History(const v1::GetCellHistoryRequest& request, v1::GetCellHistoryResponse& response)
      : request_(request), response_(response) {}

  void Add(const Store::Delivered& delivered) {
    const Table& table = delivered.snapshot->table;
    response_.set_synthetic(response_.synthetic() || table.synthetic);
    const Column* column = table.Find(request_.variable());
    std::map<std::int64_t, std::size_t> rows;
    const Keys& keys = *table.keys;
    for (std::size_t row = 0; row < keys.size(); ++row) {
      if (keys.units[row] != request_.unit()) continue;
      const std::int64_t period = keys.has_time() ? keys.times[row] : 0;
      if (request_.has_period() && (!keys.has_time() || period != request_.period())) continue;
      unit_found_ = true;
      rows[period] = row;
    }
    column_found_ = column_found_ || column != nullptr;
    for (const auto& [period, row] : rows) {
      if (column != nullptr && !column->IsMissing(row)) {
        *New(period, delivered.arrival, keys.has_time()).mutable_value() = ToValue(*column, row);
      }
    }
    if (delivered.arrival.update) return;
    for (auto& [period, versions] : periods_) {
      const auto row = rows.find(period);
      const bool has = column != nullptr && row != rows.end() && !column->IsMissing(row->second);
      if (!has && versions.back().has_value()) New(period, delivered.arrival, keys.has_time());
    }
  }

  Status Finish(const std::string& dataset) {
    if (periods_.empty()) {
      const std::string what = !unit_found_
                                   ? "unit " + request_.unit() + (request_.has_period() ? " in this period" : "")
                               : !column_found_ ? "column " + request_.variable()
                                                : "value of " + request_.variable() + " for " + request_.unit();
      return NotFound("CELL_NOT_FOUND", "no release of dataset " + dataset + " has a " + what).With("dataset", dataset);
    }
    for (auto& [period, versions] : periods_) {
      versions.back().set_current(versions.back().has_value());
      for (v1::CellVersion& version : versions) *response_.add_versions() = std::move(version);
    }
    return Status::Ok();
  }

 private:
  v1::CellVersion& New(std::int64_t period, const Arrival& arrival, bool has_time) {
    v1::CellVersion& version = periods_[period].emplace_back();
    if (has_time) version.set_period(period);
    version.set_release(arrival.release.name.release);
    version.set_known_at(arrival.known_at);
    version.set_recorded_at(EmbargoText(arrival.recorded_at));
    version.set_source_digest(arrival.source_digest);
    version.set_update(arrival.update);
    return version;
  }

  const v1::GetCellHistoryRequest& request_;
  v1::GetCellHistoryResponse& response_;
  std::map<std::int64_t, std::vector<v1::CellVersion>> periods_;
  bool unit_found_ = false;
  bool column_found_ = false;
};

Status CheckPush(const v1::PushOptions& options) {
  Violations violations;
  if (options.dataset().empty()) violations.Add("options.dataset", "required");
  if (options.dataset().find_first_of("@:") != std::string::npos) {
    violations.Add("options.dataset", "a dataset name must not contain @ or :");
  }
  if (options.release().empty()) violations.Add("options.release", "required");
  if (options.release().starts_with(kKnown.substr(1))) violations.Add("options.release", "must not begin with known:");
  if (!options.known_at().empty() && !IsIsoDate(options.known_at())) {
    violations.Add("options.known_at", "a date YYYY-MM-DD is wanted, not " + options.known_at());
  }
  if (!EmbargoOf(options.embargo_until())) {
    violations.Add("options.embargo_until", std::string(kTimestampNeeded));
  }
  if (options.unit_key().empty() != options.time_key().empty()) {
    violations.Add("options.time_key", "name both keys, or none");
  }
  if (!options.unit_key().empty() && options.unit_key() == options.time_key()) {
    violations.Add("options.time_key", "the unit and the time cannot be the same column");
  }
  return std::move(violations).Finish("IMPORT_OPTIONS_INVALID", "the options of the push cannot be used");
}

// SHA-256 of the cells as CSV lines, in the order of the table: the same cells have the same one.
std::string SourceDigest(const Table& table) {
  canonical::Sha256Stream hash;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    for (const ColumnPtr& column : table.columns) {
      if (column->name == table.keys->unit_key || column->name == table.keys->time_key || column->IsMissing(row))
        continue;
      hash.Update(table.keys->units[row] + "," + column->name + "," + std::to_string(table.keys->times[row]) + "," +
                  text::FormatReal(column->numbers[row]) + "\n");
    }
  }
  return hash.Finish();
}

}  // namespace

grpc::Status DataService::WatchDataset(grpc::ServerContext* context, const v1::WatchDatasetRequest* request,
                                       grpc::ServerWriter<v1::WatchDatasetResponse>* writer) {
  return Guard("farrell.data.v1.DataService/WatchDataset", context, [&](const std::stop_token& stop) -> Status {
    if (request->after_sequence() < 0) {
      return InvalidArgument("FIELD_OUT_OF_RANGE", "after_sequence is out of range")
          .WithViolations({{"after_sequence", "0, or the sequence of an event"}});
    }
    std::optional<Watcher> watcher;
    if (request->follow()) FARRELL_RETURN_IF_ERROR(watcher.emplace().Admitted());
    std::int64_t seen = request->after_sequence();
    Clock::time_point spoke = Clock::now();
    v1::WatchDatasetResponse response;
    for (;;) {
      FARRELL_ASSIGN_OR_RETURN(const Store::EventPage page, store_->Events(request->dataset(), seen, kEventsPerPage));
      for (const DatasetEvent& event : page.events) {
        *response.mutable_event() = ToProto(event, WrittenName(event.name));
        if (!writer->Write(response)) return Cancelled();
        spoke = Clock::now();
      }
      seen = page.until;
      if (stop.stop_requested()) return Cancelled();
      if (page.more) continue;
      const auto silent = Clock::now() - spoke;
      if (!request->follow() || silent >= kQuiet) {
        response.set_quiet_until(seen);
        if (!writer->Write(response)) return Cancelled();
        if (!request->follow()) return Status::Ok();
        spoke = Clock::now();
        continue;
      }
      store_->WaitForEvents(std::chrono::ceil<std::chrono::milliseconds>(kQuiet - silent), stop);
    }
  });
}

grpc::Status DataService::DiffSnapshots(grpc::ServerContext* context, const v1::DiffSnapshotsRequest* request,
                                        grpc::ServerWriter<v1::DiffSnapshotsResponse>* writer) {
  return Guard("farrell.data.v1.DataService/DiffSnapshots", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const Store::DatasetStatus from, store_->StatusOf(request->before()));
    FARRELL_ASSIGN_OR_RETURN(const Store::DatasetStatus to, store_->StatusOf(request->after()));
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr before, store_->Load(from.resolved.digest));
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr after, store_->Load(to.resolved.digest));
    const std::set<std::string> variables(request->variables().begin(), request->variables().end());
    FARRELL_RETURN_IF_ERROR(CheckVariables(variables, before->table, after->table));
    v1::DiffSnapshotsResponse response;
    const auto flush = [&]() -> Status {
      const bool sent = response.cells().cells_size() == 0 || writer->Write(response);
      response.Clear();
      return sent ? Status::Ok() : Cancelled();
    };
    const auto each = [&](const CellChange& change) -> Status {
      *response.mutable_cells()->add_cells() = ToProto(change, to.frozen);
      return response.cells().cells_size() < kCellsPerMessage ? Status::Ok() : flush();
    };
    FARRELL_ASSIGN_OR_RETURN(const Comparison comparison,
                             CompareTables(before->table, after->table, variables, each, stop));
    FARRELL_RETURN_IF_ERROR(flush());
    std::map<std::optional<std::int64_t>, EventPeriod> states;
    for (const PeriodStanding& standing : StandingOf(after->table, to.declared.expected)) {
      const bool frozen = standing.period && to.frozen.contains(*standing.period);
      const PeriodState state = standing.complete() ? PeriodState::kComplete : PeriodState::kOpen;
      states[standing.period] = {{}, frozen, frozen ? PeriodState::kFrozen : state};
    }
    v1::DiffSummary& summary = *response.mutable_summary();
    summary.set_before_digest(from.resolved.digest);
    summary.set_after_digest(to.resolved.digest);
    summary.set_compared(comparison.compared);
    summary.set_synthetic(before->info.synthetic || after->info.synthetic);
    for (const PeriodChanges& changes : comparison.periods) {
      EventPeriod period = states[changes.period];
      period.changes = changes;
      *summary.add_periods() = ToProto(period);
    }
    for (std::string& name : ColumnsOnlyIn(before->table, after->table, variables)) {
      summary.add_columns_before_only(std::move(name));
    }
    for (std::string& name : ColumnsOnlyIn(after->table, before->table, variables)) {
      summary.add_columns_after_only(std::move(name));
    }
    return writer->Write(response) ? Status::Ok() : Cancelled();
  });
}

grpc::Status DataService::GetDatasetStatus(grpc::ServerContext* context, const v1::GetDatasetStatusRequest* request,
                                           v1::GetDatasetStatusResponse* response) {
  return Guard("farrell.data.v1.DataService/GetDatasetStatus", context, [&](const std::stop_token&) -> Status {
    FARRELL_ASSIGN_OR_RETURN(Store::DatasetStatus status, store_->StatusOf(request->reference()));
    if (!request->snapshot_digest().empty()) {
      status.resolved.digest = request->snapshot_digest();
      status.resolved.release.clear();
    }
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr snapshot, store_->Load(status.resolved.digest));
    response->set_dataset(status.resolved.dataset);
    response->set_release(status.resolved.release);
    response->set_snapshot_digest(status.resolved.digest);
    response->set_synthetic(snapshot->info.synthetic);
    for (const PeriodStanding& standing : StandingOf(snapshot->table, status.declared.expected)) {
      *response->add_periods() = ToProto(standing, status.frozen);
    }
    for (const std::string& unit : status.declared.expected.units) response->add_expected_units(unit);
    for (const std::string& variable : status.declared.expected.variables) response->add_expected_variables(variable);
    for (const DeclaredBreak& each : status.declared.breaks) *response->add_breaks() = ToProto(each);
    return Status::Ok();
  });
}

grpc::Status DataService::DeclareDataset(grpc::ServerContext* context, const v1::DeclareDatasetRequest* request,
                                         v1::DeclareDatasetResponse* response) {
  return Guard("farrell.data.v1.DataService/DeclareDataset", context, [&](const std::stop_token&) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(const Declaration declaration, ToDeclaration(*request));
    FARRELL_RETURN_IF_ERROR(HoldAgainstData(*store_, request->dataset(), declaration, *response));
    FARRELL_ASSIGN_OR_RETURN(const std::int64_t sequence, store_->Declare(request->dataset(), declaration));
    response->set_event_sequence(sequence);
    return Status::Ok();
  });
}

grpc::Status DataService::FreezePeriods(grpc::ServerContext* context, const v1::FreezePeriodsRequest* request,
                                        v1::FreezePeriodsResponse* response) {
  return Guard("farrell.data.v1.DataService/FreezePeriods", context, [&](const std::stop_token&) -> Status {
    NoteRequest(*request);
    if (request->periods().empty()) {
      return InvalidArgument("PERIODS_INVALID", "no period is named").WithViolations({{"periods", "at least one"}});
    }
    FARRELL_ASSIGN_OR_RETURN(
        const Store::Frozen frozen,
        store_->Freeze(request->dataset(), {request->periods().begin(), request->periods().end()}, request->thaw()));
    response->set_event_sequence(frozen.event);
    for (const std::int64_t period : frozen.periods) response->add_frozen(period);
    return Status::Ok();
  });
}

grpc::Status DataService::GetCellHistory(grpc::ServerContext* context, const v1::GetCellHistoryRequest* request,
                                         v1::GetCellHistoryResponse* response) {
  return Guard("farrell.data.v1.DataService/GetCellHistory", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<Store::Delivered> deliveries, store_->Deliveries(request->dataset()));
    History history(*request, *response);
    for (const Store::Delivered& delivered : deliveries) {
      if (stop.stop_requested()) return Cancelled();
      history.Add(delivered);
    }
    return history.Finish(request->dataset());
  });
}

grpc::Status DataService::PushCells(grpc::ServerContext* context, grpc::ServerReader<v1::PushCellsRequest>* reader,
                                    v1::PushCellsResponse* response) {
  return Guard("farrell.data.v1.DataService/PushCells", context, [&](const std::stop_token& stop) -> Status {
    v1::PushCellsRequest request;
    if (!reader->Read(&request) || !request.has_options()) {
      return InvalidArgument("UPLOAD_INVALID", "the first message must carry the options of the push");
    }
    v1::PushOptions options = request.options();
    FARRELL_RETURN_IF_ERROR(CheckPush(options));
    if (options.unit_key().empty()) {
      const Result<Store::DatasetStatus> there = store_->StatusOf(options.dataset());
      if (!there.ok() && there.status().reason() != "DATASET_NOT_FOUND") return there.status();
      options.set_unit_key("unit");
      options.set_time_key("period");
      if (there.ok()) {
        FARRELL_ASSIGN_OR_RETURN(const SnapshotInfo info, store_->Info(there->resolved.digest));
        options.set_unit_key(info.unit_key);
        options.set_time_key(info.time_key);
      }
      if (options.unit_key().empty() || options.time_key().empty()) {
        return FailedPrecondition("KEYS_DIFFER", "dataset " + options.dataset() + " has no " +
                                                     (options.unit_key().empty() ? "unit" : "time") +
                                                     " column: cells cannot be pushed to it");
      }
    }
    CellList cells(options.unit_key(), options.time_key());
    while (reader->Read(&request)) {
      if (stop.stop_requested()) return Cancelled();
      if (request.has_options()) return InvalidArgument("UPLOAD_INVALID", "the options were sent twice");
      for (const v1::PushedCell& cell : request.cells().cells()) {
        cells.Add(cell.unit(), cell.variable(), cell.period(), cell.value());
      }
      if (cells.size() > kMostCells) {
        return Status(Code::kResourceExhausted, "TOO_MANY_CELLS",
                      "a push has at most " + std::to_string(kMostCells) + " cells: push several releases");
      }
    }
    // A stream that breaks looks like one that ends.
    if (stop.stop_requested() || context->IsCancelled()) return Cancelled();
    response->set_cell_count(cells.size());
    FARRELL_ASSIGN_OR_RETURN(Table table, std::move(cells).Finish());
    table.synthetic = options.synthetic();
    table.source = options.source();
    table.known_at = options.known_at();
    const std::string source_digest = SourceDigest(table);
    FARRELL_ASSIGN_OR_RETURN(const SnapshotDigests digests, DigestTable(table, stop));
    const Store::Name name{.dataset = options.dataset(),
                           .release = options.release(),
                           .embargo_until = EmbargoOf(options.embargo_until()).value_or(0),
                           .update = true,
                           .source_digest = source_digest};
    FARRELL_ASSIGN_OR_RETURN(const Store::Put put, store_->Add(std::move(table), digests, name, ""));
    response->set_snapshot_digest(put.snapshot->info.digest);
    response->set_existed(put.existed);
    for (const EventPeriod& period : put.changes) *response->add_changes() = ToProto(period);
    NoteRequest(*response);
    return Status::Ok();
  });
}

}  // namespace farrell::data
