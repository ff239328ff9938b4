#include "services/data/engine/sheet/skipped_names.h"

#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {

SkippedNames::SkippedNames(const std::vector<std::string>& written) {
  for (const std::string& each : written) entries_.try_emplace(NameIn(each), each, false);
}

bool SkippedNames::Hold(const std::string& name) {
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return false;
  entry->second.second = true;
  return true;
}

void SkippedNames::Tell(SheetNotes& notes) const {
  for (const auto& [name, entry] : entries_) {
    const auto& [written, met] = entry;
    if (!met) notes.Assume("'" + Shorten(written, kShownCharacters) + "' of `skip` does not stand there");
  }
}

}  // namespace farrell::data
