// Rows and columns that the mapping leaves out by their names.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/data/engine/sheet/sheet_view.h"

namespace farrell::data {

class SkippedNames {
 public:
  explicit SkippedNames(const std::vector<std::string>& written);
  // Whether this name, narrowed and without marks, is left out; notes that it stands there.
  bool Hold(const std::string& name);
  // Entries that were met nowhere, as assumptions: a mapping may be of many pages, some without them.
  void Tell(SheetNotes& notes) const;

 private:
  std::map<std::string, std::pair<std::string, bool>> entries_;  // as the mapping writes it, and whether it was met
};

}  // namespace farrell::data
