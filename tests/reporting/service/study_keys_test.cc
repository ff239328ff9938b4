// A bad value under every key of a study, on the study's data: what is told, and where.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/reporting/service/running_services.h"
#include "tests/reporting/service/study_files.h"

namespace farrell::reporting {
namespace {

std::string PathOf(const std::string& file) {
  return std::string(FARRELL_SOURCE_DIR) + "/tests/reporting/service/" + file;
}

std::string TextOf(const std::string& file) {
  std::ifstream stream(PathOf(file));
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

constexpr const char* kTiles = "unit,row,column,label\nA,0,0,A\nB,0,1,B\n";

v1::ValidateStudyResponse Validate(RunningServices& services, const std::string& digest, const std::string& text) {
  v1::ValidateStudyRequest request;
  *request.mutable_source() = Source({{"s.yaml", text}, {"tiles.csv", kTiles}});
  v1::StudyUpload& upload = *request.mutable_source()->add_uploads();
  upload.set_path("panel.csv");
  upload.set_snapshot_digest(digest);
  grpc::ClientContext context;
  v1::ValidateStudyResponse response;
  const grpc::Status status = services.reporting().ValidateStudy(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message() << "\n" << text;
  return response;
}

std::vector<std::string> ProblemsOf(const v1::ValidateStudyResponse& response) {
  std::vector<std::string> problems;
  for (v1::StudyProblem problem : response.problems()) {
    problem.clear_file();
    problems.push_back(FormatProblem(problem).substr(1));
  }
  return problems;
}

int LineAt(const std::string& text, std::size_t at) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

TEST(StudyKeys, TheWholeStudyIsValid) {
  RunningServices services;
  const std::string digest = services.Import(SmallPanel()).value();
  EXPECT_EQ(ProblemsOf(Validate(services, digest, TextOf("whole_study.yaml"))), std::vector<std::string>());
}

// Of two entries with one name the second is blamed, and the place of the first is named.
bool IsToldAt(int line, const v1::ValidateStudyResponse& response) {
  const std::string named = ":" + std::to_string(line) + ")";
  return std::any_of(response.problems().begin(), response.problems().end(), [&](const v1::StudyProblem& problem) {
    return problem.line() == line || problem.message().find(named) != std::string::npos;
  });
}

TEST(StudyKeys, EveryBadValueIsToldWhereItStands) {
  RunningServices services;
  const std::string digest = services.Import(SmallPanel()).value();
  const std::string whole = TextOf("whole_study.yaml");
  std::istringstream cases(TextOf("bad_values.txt"));
  std::string made;
  // A text of `define` is told where it is used.
  bool here = true;
  for (std::string line; std::getline(cases, line);) {
    if (line.starts_with("  ")) continue;
    made += line + "\n";
    if (line.starts_with("#")) here = line != "# define";
    if (line.empty() || line.starts_with("#")) continue;
    const std::size_t arrow = line.find(" => ");
    ASSERT_NE(arrow, std::string::npos) << line;
    const std::string from = line.substr(0, arrow);
    const std::size_t at = whole.find(from);
    ASSERT_NE(at, std::string::npos) << line;
    std::string text = whole;
    text.replace(at, from.size(), line.substr(arrow + 4));
    const v1::ValidateStudyResponse response = Validate(services, digest, text);
    EXPECT_FALSE(response.problems().empty()) << "not told: " << line;
    EXPECT_TRUE(!here || IsToldAt(LineAt(text, at), response)) << "not told where it stands: " << line;
    for (const std::string& problem : ProblemsOf(response)) made += "  " + problem + "\n";
  }
  if (const char* update = std::getenv("FARRELL_UPDATE_REPORTS"); update != nullptr && *update != '\0') {
    std::ofstream(PathOf("bad_values.txt")) << made;
  }
  EXPECT_EQ(made, TextOf("bad_values.txt"));
}

}  // namespace
}  // namespace farrell::reporting
