#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "cli/byte_source.h"
#include "cli/data_arrivals.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/yaml_file.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/data/engine/csv.h"
#include "services/data/engine/number_text.h"

namespace farrell::cli {
namespace {

constexpr int kCellsPerMessage = 5000;

struct DeclareFlags {
  std::string dataset;
  std::string file;
  std::vector<std::string> units;
  std::vector<std::string> variables;
  std::vector<std::string> breaks;
};

bool ReadKind(const std::string& text, data::v1::DeclaredBreak& declared) {
  std::string name = "KIND_";
  for (const char c : text) name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  data::v1::DeclaredBreak::Kind kind = data::v1::DeclaredBreak::KIND_UNSPECIFIED;
  if (!data::v1::DeclaredBreak::Kind_Parse(name, &kind)) return false;
  declared.set_kind(kind);
  return true;
}

constexpr const char* kBreakKinds = "one of threshold, rebasing, definition, source";

// VARIABLE:PERIOD:KIND:NOTE; the note may hold colons, the variable not.
Status AddBreak(const std::string& text, data::v1::DeclareDatasetRequest& request) {
  std::array<std::string, 3> parts;
  std::string rest = text;
  for (std::string& part : parts) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string::npos) {
      return InvalidArgument("USAGE", fmt::format("--break '{}' must be written VARIABLE:PERIOD:KIND:NOTE", text));
    }
    part = rest.substr(0, colon);
    rest = rest.substr(colon + 1);
  }
  data::v1::DeclaredBreak& made = *request.add_breaks();
  made.set_variable(parts[0]);
  const std::optional<long long> period = text::ParseInteger(parts[1]);
  if (!period) return InvalidArgument("USAGE", fmt::format("--break '{}': '{}' is no period", text, parts[1]));
  made.set_period(*period);
  if (!ReadKind(parts[2], made)) {
    return InvalidArgument("USAGE", fmt::format("--break '{}': '{}' is not {}", text, parts[2], kBreakKinds));
  }
  made.set_note(rest);
  return Status::Ok();
}

Status ReadDeclaration(Session& session, const std::string& path, data::v1::DeclareDatasetRequest& request) {
  FARRELL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, session.interrupt()));
  const std::string named = std::exchange(*request.mutable_dataset(), "");
  FARRELL_RETURN_IF_ERROR(ReadYamlFile(text, path, "DECLARATION_INVALID", request));
  const std::string in_file = WithoutKind(std::exchange(*request.mutable_dataset(), named));
  if (in_file.empty() || in_file == named) return Status::Ok();
  return InvalidArgument("USAGE", fmt::format("{} is a declaration of '{}', not of '{}'", path, in_file, named));
}

Status RunDeclare(Session& session, const DeclareFlags& flags) {
  data::v1::DeclareDatasetRequest request;
  request.set_dataset(WithoutKind(flags.dataset));
  if (!flags.file.empty()) FARRELL_RETURN_IF_ERROR(ReadDeclaration(session, flags.file, request));
  for (const std::string& unit : SplitLists(flags.units)) request.add_units(unit);
  for (const std::string& variable : SplitLists(flags.variables)) request.add_variables(variable);
  for (const std::string& each : flags.breaks) FARRELL_RETURN_IF_ERROR(AddBreak(each, request));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::DeclareDatasetResponse response;
  Call call(session);
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->DeclareDataset(call.context(), request, &response)));
  if (!session.options().quiet) PrintWarnings(response.warnings());
  if (session.options().output_format() == Format::kJson) return Print(ToJson(response));
  return Print(
      fmt::format("{}: {}, {}, {}{}\n", request.dataset(),
                  request.units().empty() ? "units as in the data" : text::FormatCounted(request.units_size(), "unit"),
                  request.variables().empty() ? "variables as in the period before"
                                              : text::FormatCounted(request.variables_size(), "variable"),
                  text::FormatCounted(request.breaks_size(), "break"),
                  response.event_sequence() == 0 ? "; declared so before" : ""));
}

struct FreezeFlags {
  std::string dataset;
  std::vector<std::int64_t> periods;
  bool thaw = false;
};

Status RunFreeze(Session& session, const FreezeFlags& flags) {
  data::v1::FreezePeriodsRequest request;
  request.set_dataset(WithoutKind(flags.dataset));
  for (const std::int64_t period : flags.periods) request.add_periods(period);
  request.set_thaw(flags.thaw);
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::FreezePeriodsResponse response;
  Call call(session);
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->FreezePeriods(call.context(), request, &response)));
  if (session.options().output_format() == Format::kJson) return Print(ToJson(response));
  std::string frozen;
  for (const std::int64_t period : response.frozen()) frozen += (frozen.empty() ? "" : ", ") + std::to_string(period);
  return Print(fmt::format("{}: {}\n", request.dataset(), frozen.empty() ? "no period is frozen" : "frozen " + frozen));
}

struct PushFlags {
  std::string file;
  std::string dataset;
  std::string release;
  std::string unit;
  std::string time;
  std::string source;
  std::string known_at;
  std::string embargo;
  bool synthetic = false;
};

// Cells of a CSV file with the columns unit, variable, period and value in any order.
class CellReader {
 public:
  explicit CellReader(std::string name)
      : name_(std::move(name)),
        reader_([this](const data::CsvRecord& record) { Take(record); },
                [this](const data::CsvProblem& problem) { Add(problem.line, "", problem.message); }) {}

  void Feed(std::string_view bytes) { reader_.Feed(bytes); }

  Result<std::vector<data::v1::PushedCell>> Finish() {
    reader_.Finish();
    if (!have_header_) Add(1, "", "the first line names the columns unit, variable, period and value");
    FARRELL_RETURN_IF_ERROR(std::move(violations_).Finish("CELLS_INVALID", name_ + " cannot be read as cells"));
    return std::move(cells_);
  }

 private:
  static constexpr std::array<const char*, 4> kColumns = {"unit", "variable", "period", "value"};

  void Add(std::int64_t line, const std::string& column, std::string what) {
    violations_.Add("row " + std::to_string(line) + (column.empty() ? "" : ", column " + column), std::move(what));
  }

  void Take(const data::CsvRecord& record) {
    if (!have_header_) {
      ReadHeader(record);
      return;
    }
    if (!header_is_good_) return;
    if (record.cells.size() != width_) {
      Add(record.line, "", fmt::format("{} cells, the header has {}", record.cells.size(), width_));
      return;
    }
    const auto cell = [&](std::size_t column) { return std::string(record.cells[at_[column]]); };
    data::v1::PushedCell made;
    made.set_unit(cell(0));
    made.set_variable(cell(1));
    const std::optional<long long> period = text::ParseInteger(cell(2));
    if (!period) Add(record.line, "period", "'" + cell(2) + "' is no whole number");
    made.set_period(period.value_or(0));
    const data::ParsedCell value = data::ParseCell(cell(3));
    if (value.kind != data::CellKind::kNumber) Add(record.line, "value", "'" + cell(3) + "' is no number");
    made.set_value(value.number);
    cells_.push_back(std::move(made));
  }

  void ReadHeader(const data::CsvRecord& record) {
    have_header_ = true;
    width_ = record.cells.size();
    for (std::size_t column = 0; column < kColumns.size(); ++column) {
      at_[column] = width_;
      for (std::size_t index = 0; index < width_; ++index) {
        if (record.cells[index] == kColumns[column]) at_[column] = index;
      }
      if (at_[column] == width_) Add(record.line, kColumns[column], "is missing in the header");
    }
    for (std::size_t index = 0; index < width_; ++index) {
      if (std::find(at_.begin(), at_.end(), index) != at_.end()) continue;
      Add(record.line, std::string(record.cells[index]),
          "is none of unit, variable, period and value, or a second one");
    }
    header_is_good_ = violations_.empty();
  }

  std::string name_;
  data::CsvReader reader_;
  bool have_header_ = false;
  bool header_is_good_ = false;
  std::size_t width_ = 0;
  std::array<std::size_t, 4> at_{};
  std::vector<data::v1::PushedCell> cells_;
  Violations violations_;
};

Result<std::vector<data::v1::PushedCell>> ReadCells(Session& session, const std::string& path) {
  constexpr std::size_t kChunk = std::size_t{1} << 20U;
  FARRELL_ASSIGN_OR_RETURN(ByteSource source, ByteSource::Open(path));
  CellReader reader(path == "-" ? "standard input" : path);
  for (;;) {
    FARRELL_ASSIGN_OR_RETURN(const std::string chunk, source.Read(kChunk, session.interrupt()));
    if (chunk.empty()) return reader.Finish();
    reader.Feed(chunk);
  }
}

Status RunPush(Session& session, const PushFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<data::v1::PushedCell> cells, ReadCells(session, flags.file));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::PushCellsRequest request;
  data::v1::PushOptions& options = *request.mutable_options();
  options.set_dataset(WithoutKind(flags.dataset));
  options.set_release(flags.release);
  options.set_unit_key(flags.unit);
  options.set_time_key(flags.time);
  options.set_source(flags.source);
  options.set_known_at(flags.known_at);
  options.set_embargo_until(flags.embargo);
  options.set_synthetic(flags.synthetic);
  const std::string name = options.dataset() + "@" + options.release();
  Call call(session);
  data::v1::PushCellsResponse response;
  const auto writer = connection->data()->PushCells(call.context(), &response);
  bool open = writer->Write(request);
  for (std::size_t next = 0; open && next < cells.size();) {
    request.mutable_cells()->Clear();
    for (int sent = 0; sent < kCellsPerMessage && next < cells.size(); ++sent) {
      *request.mutable_cells()->add_cells() = cells[next++];
    }
    open = writer->Write(request);
  }
  writer->WritesDone();
  FARRELL_RETURN_IF_ERROR(FromGrpc(writer->Finish()));
  if (session.options().output_format() == Format::kJson) return Print(ToJson(response));
  FARRELL_RETURN_IF_ERROR(Print(fmt::format("dataset:{} = snapshot:{}\n{}{}\n", name, response.snapshot_digest(),
                                            text::FormatCounted(response.cell_count(), "cell"),
                                            response.existed() ? ", stored before" : "")));
  if (session.options().quiet) return Status::Ok();
  for (const data::v1::PeriodChange& change : response.changes()) PrintNote(DescribeChange(change));
  return Status::Ok();
}

}  // namespace

void AddDataDeclare(CLI::App* data, Program& program) {
  auto flags = std::make_shared<DeclareFlags>();
  CLI::App* verb = data->add_subcommand(
      "declare", "Say what is expected of a dataset and where its variables break; replaces what was declared before");
  verb->add_option("DATASET", flags->dataset, "NAME or PROJECT/NAME")->required()->type_name("");
  verb->add_option("--file", flags->file,
                   "YAML with units, variables and breaks: {variable, period, kind, note}, all four required")
      ->type_name("FILE");
  AddRepeated(verb, "--units", flags->units, "Units that every period should have; default those of the data")
      ->type_name("a,b,...");
  AddRepeated(verb, "--variables", flags->variables,
              "Columns that a complete period has; default those of the period before")
      ->type_name("a,b,...");
  AddRepeated(verb, "--break", flags->breaks,
              "A change of definition: the first period under it; KIND is threshold, rebasing, definition or source")
      ->type_name("VARIABLE:PERIOD:KIND:NOTE");
  AddFormatFlag(verb, program.options, {"table", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data declare provinces --variables rd_fte,patents "
                     "--break 'gdp:2018:rebasing:4th economic census'"});
  SetRun(verb, program, [flags](Session& session) { return RunDeclare(session, *flags); });
}

void AddDataFreeze(CLI::App* data, Program& program) {
  auto flags = std::make_shared<FreezeFlags>();
  CLI::App* verb = data->add_subcommand("freeze", "Declare periods final: later changes are told as revisions of them");
  verb->add_option("DATASET", flags->dataset, "NAME or PROJECT/NAME")->required()->type_name("");
  verb->add_option("PERIOD", flags->periods, "Periods")->required()->type_name("");
  verb->add_flag("--thaw", flags->thaw, "They are not final after all");
  AddFormatFlag(verb, program.options, {"table", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data freeze provinces 2017 2018"});
  SetRun(verb, program, [flags](Session& session) { return RunFreeze(session, *flags); });
}

void AddDataPush(CLI::App* data, Program& program) {
  auto flags = std::make_shared<PushFlags>();
  CLI::App* verb = data->add_subcommand("push", "Store single cells as one update of a dataset: all or nothing");
  verb->add_option("FILE", flags->file, "CSV with the columns unit, variable, period, value, or - for standard input")
      ->required()
      ->type_name("");
  verb->add_option("--dataset", flags->dataset, "Dataset that gets a release")
      ->check(NotEmpty())
      ->required()
      ->type_name("NAME");
  verb->add_option("--release", flags->release, "Name of the release")
      ->check(NotEmpty())
      ->required()
      ->type_name("NAME");
  verb->add_option("--unit", flags->unit, "Unit column of the dataset; default the one it has")->type_name("COLUMN");
  verb->add_option("--time", flags->time, "Time column of the dataset; default the one it has")->type_name("COLUMN");
  verb->add_option("--source", flags->source, "Who published the data")->type_name("TEXT");
  verb->add_option("--known-at", flags->known_at, "Date the data were known; default today")
      ->check(NotEmpty())
      ->type_name("YYYY-MM-DD");
  verb->add_option("--embargo", flags->embargo, "As of `data import`")
      ->check(NotEmpty())
      ->type_name("YYYY-MM-DDTHH:MM:SS+HH:MM");
  verb->add_flag("--synthetic", flags->synthetic, "The data were made up; everything derived from them says so");
  AddFormatFlag(verb, program.options, {"table", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data push cells.csv --dataset provinces --release 2020-03 --known-at 2020-03-15"});
  SetRun(verb, program, [flags](Session& session) { return RunPush(session, *flags); });
}

}  // namespace farrell::cli
