// The study that writes every key, bad values of it, and what is told of a study on its data.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/reporting/service/running_services.h"
#include "tests/reporting/service/study_files.h"

namespace farrell::reporting {

inline std::string SourcePath(const std::string& path) { return std::string(FARRELL_SOURCE_DIR) + "/" + path; }

// The bytes of a file of the tree.
inline std::string SourceText(const std::string& path) {
  std::ifstream stream(SourcePath(path), std::ios::binary);
  EXPECT_TRUE(stream) << path;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline constexpr const char* kWholeStudy = "tests/reporting/service/whole_study.yaml";
inline constexpr const char* kBadValues = "tests/reporting/service/bad_values.txt";

// `files`: the study first. `data`: path of the data as the study writes it, and their snapshot.
inline v1::ValidateStudyResponse Validate(RunningServices& services,
                                          std::vector<std::pair<std::string, std::string>> files,
                                          const std::pair<std::string, std::string>& data) {
  v1::ValidateStudyRequest request;
  *request.mutable_source() = Source(std::move(files));
  v1::StudyUpload& upload = *request.mutable_source()->add_uploads();
  upload.set_path(data.first);
  upload.set_snapshot_digest(data.second);
  grpc::ClientContext context;
  v1::ValidateStudyResponse response;
  const grpc::Status status = services.reporting().ValidateStudy(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message() << "\n" << request.source().files(0).text().substr(0, 100'000);
  return response;
}

// One line of bad_values.txt: a text of the whole study and what stands in its place.
struct BadValue {
  std::string section;
  std::string from;
  std::string to;
  // As the file has them.
  std::string problems;
};

inline std::vector<BadValue> BadValues() {
  std::vector<BadValue> values;
  std::istringstream lines(SourceText(kBadValues));
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# ")) section = line.substr(2);
    const std::size_t arrow = line.find(" => ");
    if (line.starts_with("  ") && !values.empty()) values.back().problems += line + "\n";
    if (line.starts_with("#") || line.starts_with("  ") || arrow == std::string::npos) continue;
    values.push_back({section, line.substr(0, arrow), line.substr(arrow + 4), {}});
  }
  return values;
}

}  // namespace farrell::reporting
