#include "cli/yaml_file.h"

#include <utility>

#include "services/reporting/service/yaml_message.h"

namespace farrell::cli {

Status ReadYamlFile(const std::string& text, const std::string& path, const std::string& reason,
                    google::protobuf::Message& message) {
  reporting::Places places;
  reporting::Problems problems;
  (void)reporting::ReadYamlMessage(text, path, message, places, problems);
  Violations violations;
  for (const reporting::v1::StudyProblem& problem : problems.Sorted()) {
    violations.Add(problem.file() + ":" + std::to_string(problem.line()), problem.message());
  }
  return std::move(violations).Finish(reason, path + " cannot be used");
}

}  // namespace farrell::cli
