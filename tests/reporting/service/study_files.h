// Study sources written in a test, and the problems found in them as text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/places.h"

namespace farrell::reporting {

inline v1::StudySource Source(std::vector<std::pair<std::string, std::string>> files) {
  v1::StudySource source;
  for (auto& [path, text] : files) {
    v1::StudyFile& file = *source.add_files();
    file.set_path(path);
    file.set_text(std::move(text));
  }
  if (source.files_size() > 0) source.set_path(source.files(0).path());
  return source;
}

inline std::vector<std::string> Texts(const Problems& problems) {
  std::vector<std::string> texts;
  for (const v1::StudyProblem& problem : problems.Sorted()) texts.push_back(FormatProblem(problem));
  return texts;
}

}  // namespace farrell::reporting
