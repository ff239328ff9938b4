#include "services/data/service/workbook_reader.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "common/process/side_process.h"
#include "services/data/service/read_workbook_script.h"
#include "services/data/service/reader_limits.h"

namespace farrell::data {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostOutputBytes = std::size_t{256} << 20U;
// Debian's own, which has Debian's packages; a machine may have another one first in PATH.
constexpr const char* kDebianPython = "/usr/bin/python3";
// read_workbook.py
constexpr int kExitNotInstalled = 3;

Status Unavailable(const std::string& why) {
  return FailedPrecondition("WORKBOOKS_UNAVAILABLE", "workbooks cannot be read here: " + why +
                                                         "; install python3-openpyxl, or send the sheet as CSV");
}

Status WorkbookTooLarge(const std::string& file, const std::string& why) {
  return {Code::kResourceExhausted, "WORKBOOK_TOO_LARGE", file + ": " + why + ": send the sheet as CSV"};
}

Status Refused(const std::string& file, const std::string& output) {
  const Json answer = Json::parse(output, nullptr, false);
  if (!answer.is_object()) return InvalidArgument("WORKBOOK_INVALID", file + " cannot be read");
  const std::string reason = answer.value("reason", "WORKBOOK_INVALID");
  const std::string message = answer.value("message", "it cannot be read");
  if (reason == "WORKBOOK_TOO_LARGE") return WorkbookTooLarge(file, message);
  return InvalidArgument(reason, file + ": " + message);
}

SheetCell::Kind KindOf(char letter) {
  switch (letter) {
    case 'n': return SheetCell::Kind::kNumber;
    case 'd': return SheetCell::Kind::kDate;
    case 'b': return SheetCell::Kind::kBoolean;
    case 'e': return SheetCell::Kind::kError;
    case 'f': return SheetCell::Kind::kFormula;
    default: return SheetCell::Kind::kText;
  }
}

Sheet SheetOf(const Json& json) {
  Sheet sheet;
  sheet.name = json.at("sheet").get<std::string>();
  for (const Json& each : json.at("cells")) {
    SheetCell& cell = sheet.cells[{each.at(0).get<int>(), each.at(1).get<int>()}];
    cell.kind = KindOf(each.at(2).get<std::string>().at(0));
    if (cell.kind == SheetCell::Kind::kNumber) {
      cell.number = each.at(3).get<double>();
    } else {
      cell.text = each.at(3).get<std::string>();
    }
  }
  for (const Json& each : json.at("merged")) {
    sheet.merged.push_back(
        {{each.at(0).get<int>(), each.at(1).get<int>()}, {each.at(2).get<int>(), each.at(3).get<int>()}});
  }
  return sheet;
}

Result<std::vector<Sheet>> SheetsOf(const std::string& output) {
  try {
    std::vector<Sheet> sheets;
    for (const Json& each : Json::parse(output)) sheets.push_back(SheetOf(each));
    return sheets;
  } catch (const std::exception& error) {
    return Internal("WORKBOOK_READER_FAILED", std::string("the workbook reader gave no answer: ") + error.what());
  }
}

}  // namespace

std::string FindWorkbookPython() { return ::access(kDebianPython, X_OK) == 0 ? kDebianPython : "python3"; }

Result<std::vector<Sheet>> ReadWorkbook(const std::string& bytes, const SheetChoice& choice,
                                        const std::string& file_name, const std::stop_token& stop) {
  const std::string file = file_name.empty() ? "the workbook" : file_name;
  std::vector<std::string> arguments{FindWorkbookPython(), "-I", "-c", kReadWorkbookScript,
                                     choice.all_visible ? "visible" : "named"};
  arguments.insert(arguments.end(), choice.names.begin(), choice.names.end());
  const SideProcess process{.arguments = std::move(arguments),
                            .input = bytes,
                            .environment = {{"PYTHONUTF8", "1"}},
                            .timeout = kReaderTimeout,
                            .most_memory_bytes = kReaderMemoryBytes,
                            .most_processor_seconds = kReaderProcessorSeconds,
                            .most_output_bytes = kMostOutputBytes};
  const Result<SideProcessEnd> end = RunSideProcess(process, stop);
  if (!end.ok()) {
    if (end.status().reason() == "PROGRAM_MISSING") return Unavailable(end.status().message());
    if (end.status().reason() == "OUTPUT_TOO_LARGE") return WorkbookTooLarge(file, "it holds too much");
    if (end.status().code() == Code::kDeadlineExceeded) return WorkbookTooLarge(file, "reading it takes over a minute");
    return end.status();
  }
  if (end->exit_code == kExitNotInstalled) return Unavailable(FirstLine(end->errors));
  if (end->exit_code == kReaderRefused) return Refused(file, end->output);
  if (end->exit_code > 128) return WorkbookTooLarge(file, "reading it takes too much time or memory");
  if (end->exit_code != 0) {
    return InvalidArgument("WORKBOOK_INVALID", file + " cannot be read as a workbook");
  }
  return SheetsOf(end->output);
}

}  // namespace farrell::data
