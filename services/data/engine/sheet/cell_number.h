// A cell of the body as a number, or what is wrong with it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/data/engine/sheet/sheet_view.h"

namespace farrell::data {

// Texts that mean that there is no number. Marks at the end are left out of what the sheet and the mapping write, but
// not where a number remains: "0*" may mean that there is none where "0" does not.
class MissingTexts {
 public:
  explicit MissingTexts(const std::vector<std::string>& written);
  // Whether a narrowed text means that there is nothing.
  bool Hold(const std::string& text) const;

 private:
  std::set<std::string> texts_;
};

// `missing`: texts that mean that there is no number; `notes` outlives the reader.
class CellNumbers {
 public:
  CellNumbers(const std::vector<std::string>& missing, SheetNotes& notes);
  // In as few digits as it needs; empty: missing, or a problem that was told.
  std::string Read(const SheetPlace& place, const SheetCell& cell);
  const MissingTexts& missing() const { return missing_; }
  // How many were read in which way, as assumptions.
  void Tell();

 private:
  std::string ReadText(const SheetPlace& place, const std::string& written);

  MissingTexts missing_;
  SheetNotes& notes_;
  long long thousands_ = 0;
  long long texts_ = 0;
  long long marked_ = 0;
};

}  // namespace farrell::data
