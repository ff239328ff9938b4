#include "services/reporting/service/figures_script.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace farrell::reporting {

std::string FindFiguresScript() {
  if (const char* named = std::getenv("FARRELL_FIGURES"); named != nullptr && *named != '\0') return named;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path installed = program.parent_path().parent_path() / "share/farrell/figures/render.mjs";
    if (std::filesystem::exists(installed, error)) return installed.string();
  }
  return FARRELL_FIGURES_SCRIPT;
}

}  // namespace farrell::reporting
