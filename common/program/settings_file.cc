#include "common/program/settings_file.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <map>
#include <utility>

namespace farrell {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;

std::string ReadText(const std::string& path, Violations& violations) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  // A folder opens but cannot be read.
  if (!file.eof() && text.empty()) violations.Add(path, "cannot be read; --config expects a YAML file");
  if (text.size() <= kMaxBytes) return text;
  violations.Add(path, "is longer than 1 MiB");
  return {};
}

std::string Place(const std::string& path, const YAML::Mark& mark) {
  return mark.is_null() ? path : path + ":" + std::to_string(mark.line + 1);
}

}  // namespace

std::vector<SettingsFileEntry> ReadSettingsFile(const std::string& path, Violations& violations) {
  const std::string text = ReadText(path, violations);
  std::vector<SettingsFileEntry> entries;
  try {
    const YAML::Node root = YAML::Load(text);
    std::map<std::string, int> lines;
    if (!root.IsMap() && !root.IsNull()) violations.Add(path, "is not a map of `name: value` lines");
    if (root.IsMap()) {
      for (const auto& pair : root) {
        const std::string place = Place(path, pair.first.Mark());
        const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
        const auto [earlier, is_new] = lines.emplace(key, pair.first.Mark().line + 1);
        if (key.empty()) {
          violations.Add(place, "a name of a setting is a plain text");
        } else if (!is_new) {
          violations.Add(place, "'" + key + "' stands in line " + std::to_string(earlier->second) + " already");
        } else if (!pair.second.IsScalar()) {
          violations.Add(place,
                         "'" + key + "' needs one value: `" + key + ": value`; lists and nested maps have no use");
        } else {
          entries.push_back({key, pair.second.Scalar(), earlier->second});
        }
      }
    }
  } catch (const YAML::Exception& error) {
    violations.Add(Place(path, error.mark), "is not YAML: " + error.msg);
  }
  return entries;
}

}  // namespace farrell
