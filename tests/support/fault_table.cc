#include "tests/support/fault_table.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace farrell::testing {
namespace {

const std::filesystem::path kFolder = std::string(FARRELL_BINARY_DIR) + "/fault-table";

std::string FileName(const FaultLine& line) {
  std::string name = line.fault + "." + line.workload;
  for (char& character : name) {
    if (std::isalnum(static_cast<unsigned char>(character)) == 0 && character != '.') character = '_';
  }
  return name;
}

std::string Seconds(double seconds) {
  if (seconds < 0) return "";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", seconds);
  return text.data();
}

}  // namespace

void LeaveFaultLine(const FaultLine& line) {
  std::filesystem::create_directories(kFolder);
  std::ofstream file(kFolder / FileName(line), std::ios::trunc);
  file << line.fault << '\n'
       << line.workload << '\n'
       << line.injected << ' ' << line.same_bytes << ' ' << line.typed_errors << ' ' << line.retried_ok << ' '
       << line.failures << ' ' << line.worst_stall_seconds << '\n'
       << line.skipped << '\n';
}

std::map<std::pair<std::string, std::string>, FaultLine> FaultLines() {
  std::map<std::pair<std::string, std::string>, FaultLine> lines;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder, none)) {
    std::ifstream file(entry.path());
    FaultLine line;
    std::getline(file, line.fault);
    std::getline(file, line.workload);
    file >> line.injected >> line.same_bytes >> line.typed_errors >> line.retried_ok >> line.failures >>
        line.worst_stall_seconds >> std::ws;
    if (file.bad() || (file.fail() && !file.eof())) throw std::runtime_error("no fault line: " + entry.path().string());
    std::getline(file, line.skipped);
    lines[{line.fault, line.workload}] = line;
  }
  return lines;
}

std::string FormatFaultTable(const std::map<std::pair<std::string, std::string>, FaultLine>& lines) {
  std::string table =
      "| fault | workload | injected | same bytes | typed errors | retried ok | failures | worst stall s |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const auto& [key, line] : lines) {
    table += "| " + line.fault + " | " + line.workload + " | ";
    if (!line.skipped.empty()) {
      table += "not run: " + line.skipped + " | | | | | |\n";
      continue;
    }
    for (const int count : {line.injected, line.same_bytes, line.typed_errors, line.retried_ok, line.failures}) {
      table += std::to_string(count) + " | ";
    }
    table += Seconds(line.worst_stall_seconds) + " |\n";
  }
  return table;
}

}  // namespace farrell::testing
