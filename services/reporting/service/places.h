// Places: where in which file every field of a study was written, and the problems found there.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// Position of a value. Lines and columns are 1-based, columns count characters; 0 when there is no place.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  // Characters between `column` and the first character of the text itself (1 for quoted scalars); -1 when the text was
  // written over several lines and positions inside it cannot be mapped.
  int text_offset = 0;
};

// Places by field path in proto notation, 0-based: "regressions[2].formula".
class Places {
 public:
  void Set(const std::string& path, Place place) { places_[path] = std::move(place); }

  // True when the field itself was written.
  bool Has(const std::string& path) const { return places_.contains(path); }

  // The place of the field, or of the closest enclosing field that was written, or of the file as a whole.
  Place Find(std::string_view path) const;

  // Copies everything at and under `from` of `source` to `to`.
  void CopyFrom(const Places& source, const std::string& from, const std::string& to);

  // Forgets everything at and under `path`.
  void Erase(const std::string& path);

 private:
  std::map<std::string, Place> places_;
};

// Problems in the order found. Sorted() orders them as a reader meets them: by file, line, column.
class Problems {
 public:
  void Add(const Place& place, std::string field, std::string message);

  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }

  // Without duplicates.
  std::vector<v1::StudyProblem> Sorted() const;

 private:
  std::vector<v1::StudyProblem> problems_;
};

// "study.yaml:12:5: regressions[0].formula: ..." for a terminal.
std::string FormatProblem(const v1::StudyProblem& problem);

}  // namespace farrell::reporting
