// Where files stand to each other, without where the user keeps them.
#include <algorithm>
#include <filesystem>

#include "services/reporting/engine/bundle.h"

namespace farrell::reporting {
namespace {

using Parts = std::vector<std::string>;

Parts PartsOf(const std::filesystem::path& path) {
  Parts parts;
  for (const std::filesystem::path& part : path.relative_path().lexically_normal()) {
    if (part != "." && !part.empty()) parts.push_back(part.generic_string());
  }
  return parts;
}

std::size_t Climbs(const Parts& parts) {
  return static_cast<std::size_t>(
      std::find_if(parts.begin(), parts.end(), [](const std::string& part) { return part != ".."; }) - parts.begin());
}

// Folders that every path begins with.
std::size_t Shared(const std::vector<Parts>& paths) {
  std::size_t shared = paths.empty() ? 0 : paths.front().size();
  for (const Parts& parts : paths) {
    const auto [end, unused] = std::mismatch(parts.begin(), parts.end(), paths.front().begin(), paths.front().end());
    // The last part is the file.
    shared = std::min({shared, static_cast<std::size_t>(end - parts.begin()), parts.empty() ? 0 : parts.size() - 1});
  }
  return shared;
}

}  // namespace

Result<std::vector<std::string>> PathsInOneFolder(const std::vector<std::string>& paths) {
  std::vector<Parts> all;
  std::size_t climbs = 0, absolute = 0;
  for (const std::string& path : paths) {
    absolute += std::filesystem::path(path).is_absolute() ? 1U : 0U;
    all.push_back(PartsOf(path));
    climbs = std::max(climbs, Climbs(all.back()));
  }
  if (absolute != 0 && absolute != paths.size()) {
    return FailedPrecondition("BUNDLE_PATH_ABSOLUTE",
                              "the study names a file by an absolute path, which cannot be kept in a bundle: write "
                              "paths relative to the file they stand in and run the study again");
  }
  for (Parts& parts : all) {
    const std::size_t own = Climbs(parts);
    parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(own));
    parts.insert(parts.begin(), climbs - own, "folder");
  }
  const std::size_t shared = Shared(all);
  std::vector<std::string> placed;
  for (const Parts& parts : all) {
    std::string path;
    for (std::size_t i = shared; i < parts.size(); ++i) path += (path.empty() ? "" : "/") + parts[i];
    placed.push_back(std::move(path));
  }
  return placed;
}

}  // namespace farrell::reporting
