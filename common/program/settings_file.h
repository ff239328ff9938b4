// A YAML file that is one flat map from names to values.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell {

struct SettingsFileEntry {
  std::string key;
  std::string value;  // as written, without YAML's quotes
  int line;           // from 1
};

// The usable lines in the order of the file. Everything that is not `name: value` becomes a violation, its field FILE
// or FILE:LINE: nested maps, lists, a name given twice, a name without a value, a file that cannot be read or is longer
// than 1 MiB.
std::vector<SettingsFileEntry> ReadSettingsFile(const std::string& path, Violations& violations);

}  // namespace farrell
