// farrell data: import, list, show, export, embargo, remove; other verbs in data_arrivals.h.

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/byte_source.h"
#include "cli/commands.h"
#include "cli/data_arrivals.h"
#include "cli/data_export.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/table_source.h"
#include "cli/yaml_file.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::cli {
namespace {

struct ImportFlags {
  std::string file;
  std::string dataset;
  std::string release;
  std::string unit;
  std::string time;
  std::vector<std::string> missing;
  bool synthetic = false;
  std::string source;
  std::string known_at;
  std::string embargo;
  std::vector<std::string> labels;
  std::vector<std::string> units_of_measurement;
  std::vector<std::string> column_sources;
  bool check = false;
  bool update = false;
  std::string format;
  std::string mapping;
  bool preview = false;
};

// "COLUMN=TEXT" flags into the metadata of their columns.
Status AddMetadata(data::v1::ImportOptions& options, const char* flag, const std::vector<std::string>& pairs,
                   void (*set)(data::v1::ColumnMetadata&, const std::string&)) {
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return InvalidArgument("USAGE", fmt::format("{} '{}' must be written COLUMN=TEXT", flag, pair));
    }
    const std::string name = pair.substr(0, equals);
    auto& columns = *options.mutable_columns();
    auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name() == name; });
    if (column == columns.end()) {
      options.add_columns()->set_name(name);
      column = columns.end() - 1;
    }
    set(*column, pair.substr(equals + 1));
  }
  return {};
}

// As the flag says, or the ending of the name.
data::v1::TableFormat FormatOf(const ImportFlags& flags) {
  const auto is = [&](const std::string& format) {
    return flags.format.empty() ? flags.file.ends_with("." + format) : flags.format == format;
  };
  if (is("xlsx")) return data::v1::TABLE_FORMAT_XLSX;
  return is("dta") ? data::v1::TABLE_FORMAT_DTA : data::v1::TABLE_FORMAT_UNSPECIFIED;
}

Result<data::v1::ImportOptions> OptionsOf(Session& session, const ImportFlags& flags) {
  data::v1::ImportOptions options;
  options.set_dataset(flags.dataset);
  options.set_release(flags.release);
  options.set_unit_key(flags.unit);
  options.set_time_key(flags.time);
  for (const std::string& marker : SplitLists(flags.missing)) options.add_missing_markers(marker);
  options.set_synthetic(flags.synthetic);
  options.set_source(flags.source);
  options.set_known_at(flags.known_at);
  options.set_embargo_until(flags.embargo);
  options.set_update(flags.update);
  options.set_format(FormatOf(flags));
  if (!flags.mapping.empty()) {
    FARRELL_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.mapping, session.interrupt()));
    FARRELL_RETURN_IF_ERROR(ReadYamlFile(text, flags.mapping, "MAPPING_INVALID", *options.mutable_mapping()));
  }
  options.set_file_name(flags.file == "-" ? "standard input" : flags.file);
  FARRELL_RETURN_IF_ERROR(AddMetadata(options, "--label", flags.labels,
                                      [](data::v1::ColumnMetadata& c, const std::string& text) { c.set_label(text); }));
  FARRELL_RETURN_IF_ERROR(AddMetadata(options, "--measured-in", flags.units_of_measurement,
                                      [](data::v1::ColumnMetadata& c, const std::string& text) { c.set_unit(text); }));
  FARRELL_RETURN_IF_ERROR(
      AddMetadata(options, "--column-source", flags.column_sources,
                  [](data::v1::ColumnMetadata& c, const std::string& text) { c.set_source(text); }));
  return options;
}

Status RunCheck(Session& session, const ImportFlags& flags, const data::v1::ImportOptions& options) {
  FARRELL_ASSIGN_OR_RETURN(const data::v1::ValidateTableResponse response, CheckTable(session, flags.file, options));
  const Format format = session.options().output_format();
  if (format == Format::kJson) {
    FARRELL_RETURN_IF_ERROR(Print(ToJson(response)));
  } else if (format == Format::kCsv || response.problem_count() > 0) {
    Rows rows(format, {"row", "column", "value", "reason", "message"}, false);
    for (const data::v1::TableProblem& problem : response.problems()) {
      rows.Add({problem.row() > 0 ? Whole(problem.row()) : RowCell(), Text(problem.column()), Text(problem.value()),
                Text(problem.reason()), Text(problem.message())});
    }
    FARRELL_RETURN_IF_ERROR(Print(rows.Take()));
  } else {
    FARRELL_RETURN_IF_ERROR(Print(fmt::format("{}: no problems\n", options.file_name())));
  }
  if (response.problem_count() == 0) return {};
  return InvalidArgument("TABLE_INVALID",
                         text::FormatCounted(response.problem_count(), "problem") + " in " + options.file_name());
}

void PrintAssumptions(const google::protobuf::RepeatedPtrField<std::string>& assumptions) {
  for (const std::string& each : assumptions) PrintNote("assumed: " + each);
}

// The beginning of the table and what was taken for granted; or everything that is wrong.
Status RunPreview(Session& session, const ImportFlags& flags, const data::v1::ImportOptions& options) {
  if (options.format() == data::v1::TABLE_FORMAT_UNSPECIFIED) {
    return InvalidArgument("USAGE", "--preview shows how other files become tables; a CSV file is one already");
  }
  FARRELL_ASSIGN_OR_RETURN(const data::v1::ValidateTableResponse response, CheckTable(session, flags.file, options));
  if (session.options().output_format() == Format::kJson) {
    FARRELL_RETURN_IF_ERROR(Print(ToJson(response)));
  } else {
    FARRELL_RETURN_IF_ERROR(Print(response.preview()));
    PrintAssumptions(response.assumptions());
  }
  if (response.problem_count() == 0) return {};
  std::vector<FieldViolation> problems;
  for (const data::v1::TableProblem& problem : response.problems()) problems.push_back(DescribeProblem(problem));
  return InvalidArgument("TABLE_INVALID",
                         text::FormatCounted(response.problem_count(), "problem") + " in " + options.file_name())
      .WithViolations(std::move(problems));
}

// What a release changed of old cells; one that only adds is no news.
void PrintRevisions(const data::v1::ImportTableResponse& response) {
  for (const data::v1::PeriodChange& change : response.changes()) {
    if (change.revised() + change.vanished() > 0) PrintNote(DescribeChange(change));
  }
}

Status RunImport(Session& session, const ImportFlags& flags) {
  if (IsReference(flags.file)) {
    return InvalidArgument("USAGE", "import reads a CSV file or '-', not '" + flags.file + "'");
  }
  FARRELL_ASSIGN_OR_RETURN(const data::v1::ImportOptions options, OptionsOf(session, flags));
  if (flags.preview) return RunPreview(session, flags, options);
  if (flags.check) return RunCheck(session, flags, options);
  if (flags.dataset.empty() != flags.release.empty()) {
    return InvalidArgument("USAGE", "--dataset and --release belong together");
  }
  FARRELL_ASSIGN_OR_RETURN(const data::v1::ImportTableResponse response, UploadTable(session, flags.file, options));
  const data::v1::Snapshot& snapshot = response.snapshot();
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  if (!session.options().quiet) {
    PrintAssumptions(response.assumptions());
    PrintRevisions(response);
  }
  if (format == Format::kTable) {
    const std::string name = flags.dataset.empty() ? "" : fmt::format("dataset:{}@{} = ", flags.dataset, flags.release);
    const std::string periods =
        snapshot.time_key().empty() ? "" : ", " + text::FormatCounted(snapshot.periods_size(), "period");
    return Print(fmt::format("{}snapshot:{}\n{}, {}{}, {}{}{}\n", name, snapshot.digest(),
                             text::FormatCounted(snapshot.row_count(), "row"),
                             text::FormatCounted(snapshot.unit_count(), "unit"), periods,
                             text::FormatCounted(snapshot.columns_size(), "column"),
                             response.existed() ? ", stored before" : "", snapshot.synthetic() ? ", SYNTHETIC" : ""));
  }
  Rows rows(format, {"dataset", "release", "snapshot", "rows", "units", "columns", "existed"}, snapshot.synthetic());
  rows.Add({Text(flags.dataset), Text(flags.release), Text(snapshot.digest()), Whole(snapshot.row_count()),
            Whole(snapshot.unit_count()), Whole(snapshot.columns_size()), Text(response.existed() ? "true" : "false")});
  return Print(rows.Take());
}

Status RunList(Session& session) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::ListDatasetsResponse all;
  data::v1::ListDatasetsRequest request;
  request.set_page_size(1000);
  do {
    Call call(session);
    data::v1::ListDatasetsResponse page;
    FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->ListDatasets(call.context(), request, &page)));
    all.mutable_datasets()->MergeFrom(page.datasets());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());

  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(all));
  Rows rows(format, {"dataset", "release", "rows", "known_at", "synthetic", "source", "snapshot", "embargo_until"},
            false);
  for (const data::v1::Dataset& dataset : all.datasets()) {
    for (const data::v1::Release& release : dataset.releases()) {
      const std::string digest =
          format == Format::kTable ? release.snapshot_digest().substr(0, 12) : release.snapshot_digest();
      rows.Add({Text(dataset.name()), Text(release.name()), Whole(release.row_count()), Text(release.known_at()),
                Text(release.synthetic() ? "true" : "false"), Text(release.source()), Text(digest),
                Text(release.embargo_until())});
    }
  }
  return Print(rows.Take());
}

struct ShowFlags {
  TableFlags table;
  std::vector<std::string> columns;
  std::string by;
};

template <typename Statistic>
RowCell Optional(bool present, Statistic value) {
  return present ? Number(value) : RowCell();
}

void DescribeSnapshot(const data::v1::Snapshot& snapshot) {
  std::string keys = snapshot.unit_key().empty() ? "every row is a unit" : "unit " + snapshot.unit_key();
  if (!snapshot.time_key().empty()) keys += ", time " + snapshot.time_key();
  std::string periods;
  if (!snapshot.time_key().empty() && snapshot.periods_size() > 0) {
    periods =
        fmt::format(", {} {}", text::FormatCounted(snapshot.periods_size(), "period"), snapshot.periods(0).period());
    if (snapshot.periods_size() > 1) {
      periods += fmt::format(" to {}", snapshot.periods(snapshot.periods_size() - 1).period());
    }
  }
  PrintNote(fmt::format("snapshot:{}{}\n{}; {}, {}{}{}", snapshot.digest(), snapshot.synthetic() ? "  SYNTHETIC" : "",
                        keys, text::FormatCounted(snapshot.row_count(), "row"),
                        text::FormatCounted(snapshot.unit_count(), "unit"), periods,
                        snapshot.known_at().empty() ? "" : ", known at " + snapshot.known_at()));
}

Status RunShow(Session& session, ShowFlags flags) {
  SourceTable table;
  if (!IsReference(flags.table.source) && flags.table.unit.empty() && flags.table.time.empty()) {
    flags.table.source = "dataset:" + flags.table.source;
  }
  FARRELL_ASSIGN_OR_RETURN(table, OpenTable(session, flags.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::DescribeTableRequest request;
  *request.mutable_table() = table.spec;
  for (const std::string& column : SplitLists(flags.columns)) request.add_columns(column);
  request.set_by(flags.by);
  Call call(session);
  data::v1::DescribeTableResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->DescribeTable(call.context(), request, &response)));

  const Format format = session.options().output_format();
  if (format == Format::kJson) {
    return Print("{\n  \"snapshot\": " + ToJsonValue(table.snapshot, 1) +
                 ",\n  \"description\": " + ToJsonValue(response, 1) + "\n}\n");
  }
  if (!session.options().quiet) DescribeSnapshot(table.snapshot);
  Rows rows(format,
            {"column", "group", "count", "missing", "mean", "sd", "sd_between", "sd_within", "min", "p25", "median",
             "p75", "max"},
            table.snapshot.synthetic());
  for (const data::v1::ColumnDescription& c : response.columns()) {
    rows.Add({Text(c.column()), Text(c.group()), Whole(c.count()), Whole(c.missing_count()),
              Optional(c.has_mean(), c.mean()), Optional(c.has_sd(), c.sd()),
              Optional(c.has_sd_between(), c.sd_between()), Optional(c.has_sd_within(), c.sd_within()),
              Optional(c.has_min(), c.min()), Optional(c.has_p25(), c.p25()), Optional(c.has_median(), c.median()),
              Optional(c.has_p75(), c.p75()), Optional(c.has_max(), c.max())});
  }
  return Print(rows.Take());
}

struct RemoveFlags {
  std::string reference;
};

Status RunRemove(Session& session, const RemoveFlags& flags) {
  const std::string name = WithoutKind(flags.reference);
  const std::size_t at = name.find('@');
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  data::v1::DeleteDatasetRequest request;
  request.set_dataset(name.substr(0, at));
  if (at != std::string::npos) request.set_release(name.substr(at + 1));
  data::v1::DeleteDatasetResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->DeleteDataset(call.context(), request, &response)));
  if (session.options().output_format() == Format::kJson) return Print(ToJson(response));
  return Print(fmt::format("removed {} of {}\n", text::FormatCounted(response.deleted_release_count(), "release"),
                           request.dataset()));
}

struct EmbargoFlags {
  std::string reference;
  std::string until;
  bool lift = false;
};

Status RunEmbargo(Session& session, const EmbargoFlags& flags) {
  const std::size_t at = flags.reference.find('@');
  if (at == std::string::npos) {
    return InvalidArgument("USAGE", "name the release, DATASET@RELEASE: an embargo is one release's");
  }
  if (flags.lift == !flags.until.empty()) return InvalidArgument("USAGE", "give either --until or --lift");
  data::v1::SetEmbargoRequest request;
  request.set_dataset(WithoutKind(flags.reference.substr(0, at)));
  request.set_release(flags.reference.substr(at + 1));
  request.set_embargo_until(flags.until);
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  data::v1::SetEmbargoResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->SetEmbargo(call.context(), request, &response)));
  if (session.options().output_format() == Format::kJson) return Print(ToJson(response));
  const auto told = [](const std::string& until) { return until.empty() ? "open" : "under embargo until " + until; };
  return Print(fmt::format("{}@{}: was {}, is {}\n", request.dataset(), request.release(),
                           told(response.embargo_before()), told(response.embargo_until())));
}

void AddEmbargo(CLI::App* data, Program& program) {
  auto flags = std::make_shared<EmbargoFlags>();
  CLI::App* verb = data->add_subcommand("embargo", "Set, move or lift the embargo of a release");
  verb->add_option("RELEASE", flags->reference, "DATASET@RELEASE, or PROJECT/DATASET@RELEASE")
      ->required()
      ->type_name("");
  verb->add_option("--until", flags->until,
                   "Until when only holders of the scope data.embargoed see it, by the clock of the data service; then "
                   "it opens by itself")
      ->type_name("YYYY-MM-DDTHH:MM:SS+HH:MM");
  verb->add_flag("--lift", flags->lift, "Open it now");
  AddFormatFlag(verb, program.options, {"table", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data embargo provinces@2026 --until 2026-12-01T09:00:00+08:00",
                     "farrell data embargo provinces@2026 --lift"});
  SetRun(verb, program, [flags](Session& session) { return RunEmbargo(session, *flags); });
}

void AddImport(CLI::App* data, Program& program) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* verb = data->add_subcommand("import", "Import a CSV file or a workbook as a release of a dataset");
  verb->add_option("FILE", flags->file, "CSV, .xlsx or .dta path, or - for standard input")->required()->type_name("");
  verb->add_option("--dataset", flags->dataset, "Dataset that gets a release")->check(NotEmpty())->type_name("NAME");
  verb->add_option("--release", flags->release, "Name of the release")->check(NotEmpty())->type_name("NAME");
  verb->add_option("--unit", flags->unit, "Column that names the unit")->required()->type_name("COLUMN");
  verb->add_option("--time", flags->time, "Column that names the period, whole numbers")->type_name("COLUMN");
  AddRepeated(verb, "--missing", flags->missing, "Texts that mean missing beside the empty cell, e.g. NA,.")
      ->type_name("TEXT,...");
  verb->add_flag("--synthetic", flags->synthetic, "The data were made up; everything derived from them says so");
  verb->add_option("--source", flags->source, "Who published the data")->type_name("TEXT");
  verb->add_option(
          "--embargo", flags->embargo,
          "Until when only holders of the scope data.embargoed see the release, by the clock of the data service")
      ->check(NotEmpty())
      ->type_name("YYYY-MM-DDTHH:MM:SS+HH:MM");
  verb->add_option("--known-at", flags->known_at, "Date the data were known")
      ->check(NotEmpty())
      ->type_name("YYYY-MM-DD");
  AddRepeated(verb, "--label", flags->labels, "Label of a column; may be repeated")->type_name("COLUMN=TEXT");
  AddRepeated(verb, "--measured-in", flags->units_of_measurement, "Unit of measurement of a column; may be repeated")
      ->type_name("COLUMN=TEXT");
  AddRepeated(verb, "--column-source", flags->column_sources, "Source of one column; may be repeated")
      ->type_name("COLUMN=TEXT");
  verb->add_flag("--update", flags->update,
                 "The file holds only some units, periods or columns: its cells are laid over what the dataset knew");
  verb->add_option("--input-format", flags->format, "csv, xlsx or dta; default as the name of FILE ends")
      ->check(Silent(CLI::IsMember({"csv", "xlsx", "dta"})))
      ->type_name("FORMAT");
  verb->add_option("--mapping", flags->mapping, "YAML that says how a sheet of a workbook is read: docs/arrivals.md")
      ->type_name("FILE");
  verb->add_flag(
      "--preview", flags->preview,
      "Only show the first rows of what a workbook or Stata file becomes and every assumption; store nothing");
  verb->add_flag("--check", flags->check, "Only report every problem of the file; store nothing");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data import panel.csv --dataset provinces --release 2020 --unit province --time year"});
  SetRun(verb, program, [flags](Session& session) { return RunImport(session, *flags); });
}

void AddShow(CLI::App* data, Program& program) {
  auto flags = std::make_shared<ShowFlags>();
  CLI::App* verb = data->add_subcommand("show", "Describe a table: keys, columns, statistics");
  AddTableFlags(verb, flags->table);
  AddRepeated(verb, "--columns", flags->columns, "Columns or expressions; default every number column")
      ->type_name("a,b,...");
  verb->add_option("--by", flags->by, "Statistics by the values of this column")->type_name("COLUMN");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data show dataset:provinces@2020 --by region"});
  SetRun(verb, program, [flags](Session& session) { return RunShow(session, *flags); });
}

void AddExport(CLI::App* data, Program& program) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* verb = data->add_subcommand("export", "Print a table, or columns computed from it, in the file's order");
  AddTableFlags(verb, flags->table);
  AddRepeated(verb, "--columns", flags->columns, "Columns or expressions; default all")->type_name("a,b,...");
  AddFormatFlag(verb, program.options, {"csv", "table", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data export dataset:provinces --columns 'province,year,log(gdp)' --where 'year > 2012'"});
  SetRun(verb, program, [flags](Session& session) { return ExportTable(session, *flags); });
}

void AddRemove(CLI::App* data, Program& program) {
  auto flags = std::make_shared<RemoveFlags>();
  CLI::App* verb = data->add_subcommand("remove", "Remove a release, or a dataset with all its releases");
  verb->add_option("DATASET", flags->reference, "NAME or NAME@RELEASE")->required()->type_name("");
  AddFormatFlag(verb, program.options, {"table", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell data remove provinces@2020"});
  SetRun(verb, program, [flags](Session& session) { return RunRemove(session, *flags); });
}

}  // namespace

void AddDataCommand(CLI::App& app, Program& program) {
  CLI::App* data = app.add_subcommand("data", "Import, compare, watch, list, show, export, embargo and remove data");
  data->require_subcommand(1);
  AddExamples(data, {"farrell data import panel.csv --dataset provinces --release 2020 --unit province --time year"});
  AddImport(data, program);
  CLI::App* list = data->add_subcommand("list", "List datasets and their releases");
  AddFormatFlag(list, program.options, {"table", "csv", "json"});
  AddServiceFlags(list, program.options);
  AddExamples(list, {"farrell data list --format csv"});
  SetRun(list, program, [](Session& session) { return RunList(session); });
  AddShow(data, program);
  AddExport(data, program);
  AddEmbargo(data, program);
  AddRemove(data, program);
  AddDataDiff(data, program);
  AddDataStatus(data, program);
  AddDataHistory(data, program);
  AddDataWatch(data, program);
  AddDataDeclare(data, program);
  AddDataFreeze(data, program);
  AddDataPush(data, program);
}

}  // namespace farrell::cli
