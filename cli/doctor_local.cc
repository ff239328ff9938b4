#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "cli/doctor_checks.h"
#include "common/process/side_process.h"
#include "common/program/state_directory.h"
#include "services/data/service/dta_upload.h"
#include "services/data/service/workbook_reader.h"
#include "services/reporting/service/figure_process.h"
#include "services/reporting/service/figures_script.h"

namespace farrell::cli {
namespace {

// A program that prints its version when asked; what for, and the Debian package that has it.
Finding CheckProgram(const std::vector<std::string>& command, const std::string& purpose, const std::string& package) {
  const auto end =
      RunSideProcess({.arguments = command, .input = {}, .environment = {}, .timeout = std::chrono::seconds(10)}, {});
  if (end.ok() && end->exit_code == 0) return {Verdict::kOk, purpose, FirstLine(end->output)};
  const std::string why = end.ok() ? FirstLine(end->errors) : end.status().message();
  return {Verdict::kWarning, purpose, fmt::format("{} does not run: {}", command[0], why),
          "apt-get install " + package + "; until then that format is refused"};
}

}  // namespace

std::vector<Finding> CheckDocuments() {
  std::vector<Finding> findings;
  const std::string script = reporting::FindFiguresScript();
  const auto drawn = reporting::RenderFigures(
      {{"probe",
        R"({"data":{"values":[{"x":1}]},"mark":"point","encoding":{"x":{"field":"x","type":"quantitative"}}})"}},
      {.script = script, .timeout = std::chrono::seconds(30)}, {});
  if (drawn.ok()) {
    findings.push_back({Verdict::kOk, "figures", "drawn by " + script});
  } else {
    findings.push_back({Verdict::kFailed, "figures", drawn.status().message(),
                        "./dev setup, or FARRELL_FIGURES=PATH of render.mjs; reports have no figures until then"});
  }
  findings.push_back(CheckProgram({"rsvg-convert", "--version"}, "pictures", "librsvg2-bin"));
  findings.push_back(CheckProgram({"weasyprint", "--version"}, "pdf", "weasyprint"));
  const auto fonts = RunSideProcess({.arguments = {"fc-list", ":lang=zh", "family"},
                                     .input = {},
                                     .environment = {},
                                     .timeout = std::chrono::seconds(10)},
                                    {});
  if (fonts.ok() && !fonts->output.empty()) {
    findings.push_back({Verdict::kOk, "fonts", "Chinese: " + FirstLine(fonts->output)});
  } else {
    findings.push_back({Verdict::kWarning, "fonts", "no font with Chinese characters",
                        "apt-get install fonts-wqy-microhei; PDF files in Chinese show boxes until then"});
  }
  return findings;
}

std::vector<Finding> CheckUploads() {
  return {
      CheckProgram({data::FindWorkbookPython(), "-I", "-c", "import openpyxl; print('openpyxl', openpyxl.__version__)"},
                   "xlsx", "python3-openpyxl"),
      CheckProgram({data::FindDtaReader(), "--version"}, "dta", "libreadstat1")};
}

std::vector<Finding> CheckState(const std::string& state) {
  if (state == kMemoryState)
    return {{Verdict::kWarning, "state", "kept in memory", "--state DIR: nothing outlives the process"}};
  std::error_code error;
  std::filesystem::path existing = state;
  while (!existing.empty() && !std::filesystem::exists(existing, error) && existing.has_parent_path() &&
         existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  // Tried, as permissions tell root nothing.
  const std::string probe = existing / fmt::format(".farrell-doctor-{}", getpid());
  const int file = open(probe.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0) {
    close(file);
    unlink(probe.c_str());
  } else {
    return {{Verdict::kFailed, "state", existing.string() + " cannot be written", "--state DIR of your own"}};
  }
  const auto space = std::filesystem::space(existing, error);
  const double gigabytes = error ? 0.0 : static_cast<double>(space.available) / 1e9;
  const std::string found = fmt::format("{}, {:.1f} GB free", state, gigabytes);
  if (gigabytes < 1.0) return {{Verdict::kWarning, "state", found, "make room: a full disk refuses new results"}};
  return {{Verdict::kOk, "state", found}};
}

}  // namespace farrell::cli
