// Study files → one resolved reporting.v1.Study, with the place of every field and every problem found on the way.
//
// `extends` names another study file whose content is taken first. Then, field by field:
//   single values          what is written here replaces what was inherited, even when written empty
//   data                   replaced as a whole: a file, its keys and its stamps belong together
//   lists of texts         replaced as a whole
//   texts by name          (`define`, `translations`) merged, what is written here first
//   lists of entries       an entry with the id (or name) of an inherited one takes its place; others are added behind
//   remove                 takes inherited entries out by id, or by list and id: "tables:t1"
#pragma once

#include <string>
#include <vector>

#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/places.h"

namespace farrell::reporting {

struct ReadStudy {
  // `extends`, `remove`, `define` and loops are resolved and empty (study_expansion.h).
  v1::Study study;
  Places places;
  Problems problems;
  // Every file was a YAML map. Otherwise the study is not what its author wrote, and only the problems count.
  bool readable = true;
  // Paths of extended files that the source does not hold; each is a problem too.
  std::vector<std::string> missing_files;
};

// Reads files[0] of `source` and what it extends. Never fails: problems are in the result. Files that are not in
// `source`, circles of `extends`, and more than 16 levels are problems.
ReadStudy ReadStudySource(const v1::StudySource& source);

// The path of `relative` as seen from the folder of `file`, without "." and "..": how `extends`, data files and layouts
// are looked up.
std::string ResolvePath(const std::string& file, const std::string& relative);

// The file that was sent under this path, as ResolvePath gives it; null: none was.
const v1::StudyFile* FindFile(const v1::StudySource& source, const std::string& resolved);

// The identifier of an entry: its `id`, else its `name`, else empty.
std::string EntryId(const google::protobuf::Message& entry);

}  // namespace farrell::reporting
