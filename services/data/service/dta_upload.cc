#include "services/data/service/dta_upload.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "common/process/side_process.h"
#include "common/text/csv.h"
#include "common/text/number.h"
#include "services/data/service/reader_limits.h"

namespace farrell::data {
namespace {

using Json = nlohmann::json;

constexpr const char* kProgram = "farrell-read-dta";

Status DtaTooLarge(const std::string& file, const std::string& why) {
  return {Code::kResourceExhausted, "DTA_TOO_LARGE", file + ": " + why + ": send it as CSV"};
}

Result<std::string> Run(const std::string& bytes, const std::string& file, const std::stop_token& stop) {
  const SideProcess process{.arguments = {FindDtaReader()},
                            .input = bytes,
                            .environment = {},
                            .timeout = kReaderTimeout,
                            .most_memory_bytes = kReaderMemoryBytes,
                            .most_processor_seconds = kReaderProcessorSeconds};
  const Result<SideProcessEnd> end = RunSideProcess(process, stop);
  if (!end.ok()) {
    if (end.status().reason() == "PROGRAM_MISSING") {
      return FailedPrecondition("DTA_UNAVAILABLE", "Stata files cannot be read here: " + end.status().message());
    }
    if (end.status().reason() == "OUTPUT_TOO_LARGE") return DtaTooLarge(file, "it holds too much");
    if (end.status().code() == Code::kDeadlineExceeded) return DtaTooLarge(file, "reading it takes over a minute");
    return end.status();
  }
  if (end->exit_code == kReaderRefused) {
    return InvalidArgument("DTA_INVALID", file + " cannot be read as a Stata file: " + FirstLine(end->errors));
  }
  if (end->exit_code != 0) return DtaTooLarge(file, "reading it takes too much time or memory");
  return end->output;
}

}  // namespace

std::string FindDtaReader() {
  if (const char* named = std::getenv("FARRELL_READ_DTA"); named != nullptr && *named != '\0') return named;
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path beside = here.parent_path() / kProgram;
    if (std::filesystem::exists(beside, error)) return beside.string();
  }
  return kProgram;
}

Result<SheetUpload> ImportDta(const std::string& bytes, const std::string& file_name, ImportSettings settings,
                              const std::stop_token& stop) {
  const std::string file = file_name.empty() ? "the file" : file_name;
  FARRELL_ASSIGN_OR_RETURN(const std::string output, Run(bytes, file, stop));
  const Json json = Json::parse(output, nullptr, false);
  if (!json.is_object()) return Internal("DTA_READER_FAILED", "the reader of Stata files gave no answer");
  SheetUpload upload;
  text::CsvWriter csv;
  for (const Json& column : json.at("columns")) {
    const auto name = column.at("name").get<std::string>();
    const auto format = column.at("format").get<std::string>();
    csv.Cell(name);
    if (format.starts_with("%t") && !format.starts_with("%ty")) {
      upload.assumptions.push_back(name + " has Stata's format " + format + ": its numbers are kept as they are");
    }
    const bool said = std::any_of(settings.columns.begin(), settings.columns.end(),
                                  [&](const ColumnLabels& each) { return each.name == name; });
    if (!said && column.at("label") != "") {
      settings.columns.push_back(
          {.name = name, .label = column.at("label").get<std::string>(), .unit = {}, .source = {}});
    }
  }
  csv.EndRow();
  for (const Json& name : json.at("labelled")) {
    upload.assumptions.push_back(name.get<std::string>() + " holds the labels of its values");
  }
  if (const auto tagged = json.at("tagged_missing").get<std::int64_t>(); tagged > 0) {
    upload.assumptions.push_back(text::FormatCounted(tagged, "cell") + " with a missing value .a to .z: missing");
  }
  TableImporter importer(std::move(settings));
  importer.Feed(upload.preview = csv.Take());
  std::size_t count = 0;
  for (const Json& row : json.at("rows")) {
    for (const Json& cell : row) csv.Cell(cell.get<std::string>());
    csv.EndRow();
    const std::string line = csv.Take();
    if (count++ < kPreviewRows) upload.preview += line;
    importer.Feed(line);
  }
  FARRELL_ASSIGN_OR_RETURN(upload.outcome, importer.Finish(stop));
  if (upload.outcome.problem_count > 0) upload.preview.clear();
  return upload;
}

}  // namespace farrell::data
