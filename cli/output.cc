#include "cli/output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/text/number.h"

namespace farrell::cli {
namespace {

// 31: red, 33: yellow.
std::string Colored(std::string_view text, int color) {
  return ErrorOutputHasColor() ? fmt::format("\033[1;{}m{}\033[0m", color, text) : std::string(text);
}

void PrintLine(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

}  // namespace

Status Print(std::string_view text) {
  const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  if (written == text.size() && std::fflush(stdout) == 0) return {};
  const int error = errno;
  if (error == EPIPE) {
    // The usual end of a program whose reader has seen enough.
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  return Internal("OUTPUT_FAILED", fmt::format("cannot write to standard output: {}", std::strerror(error)));
}

Status WriteFile(const std::string& path, std::string_view bytes) {
  const std::filesystem::path target(path);
  std::error_code error;
  if (target.has_parent_path()) std::filesystem::create_directories(target.parent_path(), error);
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!error && file) return {};
  const std::string why = error ? error.message() : std::strerror(errno);
  return Internal("OUTPUT_FAILED", fmt::format("cannot write '{}': {}", path, why));
}

void PrintWarning(const common::v1::Warning& warning) {
  PrintLine(fmt::format("{} {}: {}", Colored("warning", 33), warning.code(), warning.text()));
}

void PrintNote(std::string_view text) { PrintLine(text); }

void PrintError(const Status& status) {
  PrintLine(fmt::format("{} {}", Colored("error:", 31), status.message()));
  for (const FieldViolation& violation : status.violations()) {
    // Some errors have one violation and are worded by it.
    if (status.message().find(violation.description) != std::string::npos) continue;
    PrintLine(fmt::format("  {}: {}", violation.field, violation.description));
  }
  const auto total = status.metadata().find("violation_count");
  if (total != status.metadata().end()) {
    const long long count = text::ParseInteger(total->second).value_or(0);
    const auto shown = static_cast<long long>(status.violations().size());
    if (count > shown) PrintLine(fmt::format("  … and {} more", text::FormatCount(count - shown)));
  }
  if (!status.reason().empty()) PrintLine(fmt::format("  [{} {}]", CodeName(status.code()), status.reason()));
}

namespace {

// Said because it takes longer, not because it gives anything else.
std::string WithoutSolvers(const common::v1::ResultOrigin& origin) {
  if (origin.without_solvers().empty()) return "";
  const char* why = origin.without_solvers() == "NO_SOLVER" ? "no solver was there" : "solvers could not be reached";
  return fmt::format("; {}, the service {} itself", why, origin.solver_item_count() > 0 ? "helped" : "did it");
}

}  // namespace

namespace {

std::string Certified(const common::v1::ResultOrigin& origin) {
  if (origin.certified_count() == 0) return {};
  return fmt::format(", {} proven to stand", text::FormatCount(origin.certified_count()));
}

}  // namespace

std::string DescribeOrigin(const common::v1::ResultOrigin& origin) {
  switch (origin.source()) {
    case common::v1::ResultOrigin::SOURCE_COMPUTED:
      return fmt::format("computed, {} solved{}, {} s{}{}", text::FormatCount(origin.solved_count()), Certified(origin),
                         text::FormatFixed(origin.elapsed_seconds(), 3),
                         origin.solver_item_count() > 0 ? ", by solvers" : "", WithoutSolvers(origin));
    case common::v1::ResultOrigin::SOURCE_MEMORY: return "from memory";
    case common::v1::ResultOrigin::SOURCE_REDIS: return "from Redis";
    case common::v1::ResultOrigin::SOURCE_STORE: return "from the store";
    case common::v1::ResultOrigin::SOURCE_COALESCED: return "shared with an identical request";
    default: return "origin not told";
  }
}

bool ErrorOutputHasColor() {
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && ::isatty(STDERR_FILENO) == 1;
}

}  // namespace farrell::cli
