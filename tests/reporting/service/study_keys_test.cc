// A bad value under every key of a study, on the study's data: what is told, and where.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/reporting/service/bad_studies.h"
#include "tests/support/long_run.h"

namespace farrell::reporting {
namespace {

constexpr const char* kTiles = "unit,row,column,label\nA,0,0,A\nB,0,1,B\n";

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

std::string LineOf(const std::string& text, int line) {
  std::istringstream lines(text);
  std::string found;
  for (int k = 0; k < line; ++k) std::getline(lines, found);
  return found;
}

// The entry of one line names that of the other: while that one is damaged it may not be judged further.
bool StandsOn(const std::string& entry, const std::string& other) {
  const std::size_t at = other.find("{id: ");
  if (at == std::string::npos) return false;
  const std::string id = other.substr(at + 5, other.find_first_of(",}", at) - at - 5);
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t found = entry.find(id); found != std::string::npos; found = entry.find(id, found + 1)) {
    const std::size_t end = found + id.size();
    if ((found == 0 || !is_word(entry[found - 1])) && (end == entry.size() || !is_word(entry[end]))) return true;
  }
  return false;
}

// Of two entries with one name the second is blamed, and the place of the first is named.
bool IsToldAt(int line, const v1::ValidateStudyResponse& response) {
  const std::string named = ":" + std::to_string(line) + ")";
  return std::any_of(response.problems().begin(), response.problems().end(), [&](const v1::StudyProblem& problem) {
    return problem.line() == line || problem.message().find(named) != std::string::npos;
  });
}

class StudyKeys : public ::testing::Test {
 protected:
  v1::ValidateStudyResponse Told(const std::string& text) {
    return Validate(services_, {{"s.yaml", text}, {"tiles.csv", kTiles}}, {"panel.csv", digest_});
  }

  const std::string whole_ = SourceText(kWholeStudy);
  RunningServices services_;
  const std::string digest_ = services_.Import(SmallPanel()).value();
};

TEST_F(StudyKeys, TheWholeStudyIsValid) { EXPECT_EQ(ProblemsOf(Told(whole_)), std::vector<std::string>()); }

TEST_F(StudyKeys, EveryBadValueIsToldWhereItStands) {
  std::istringstream lines(SourceText(kBadValues));
  std::string made;
  std::vector<BadValue> values = BadValues();
  auto value = values.begin();
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ")) continue;
    made += line + "\n";
    if (line.empty() || line.starts_with("#")) continue;
    ASSERT_NE(value, values.end()) << line;
    const std::size_t at = whole_.find(value->from);
    ASSERT_NE(at, std::string::npos) << line;
    std::string text = whole_;
    text.replace(at, value->from.size(), value->to);
    const v1::ValidateStudyResponse response = Told(text);
    EXPECT_FALSE(response.problems().empty()) << "not told: " << line;
    // A text of `define` is told where it is used.
    EXPECT_TRUE(value->section == "define" || IsToldAt(LineAt(text, at), response)) << "not told there: " << line;
    std::string problems;
    for (const std::string& problem : ProblemsOf(response)) problems += "  " + problem + "\n";
    EXPECT_EQ(problems, value->problems) << line;
    made += problems;
    ++value;
  }
  if (const char* update = std::getenv("FARRELL_UPDATE_REPORTS"); update != nullptr && *update != '\0') {
    std::ofstream(SourcePath(kBadValues)) << made;
  }
}

// Mistakes in different entries do not hide one another.
TEST_F(StudyKeys, SeveralBadValuesAreToldAtOnce) {
  std::vector<BadValue> values = BadValues();
  std::erase_if(values, [](const BadValue& value) {
    // Without its data, its definitions or its own file a study cannot be judged further.
    return value.section == "the study" || value.section == "data" || value.section == "define";
  });
  std::uint64_t state = 1957;
  const auto draw = [&](std::size_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>((state >> 33) % below);
  };
  const int rounds = farrell::testing::LongRun() ? 2000 : 100;
  for (int round = 0; round < rounds; ++round) {
    std::string text = whole_;
    std::vector<std::pair<int, std::string>> faults;
    for (std::size_t count = 2 + draw(4); count > 0; --count) {
      const BadValue& value = values[draw(values.size())];
      const std::size_t at = whole_.find(value.from);
      const int line = LineAt(whole_, at);
      const bool free =
          std::none_of(faults.begin(), faults.end(), [&](const auto& fault) { return fault.first == line; });
      const std::size_t now = text.find(value.from);
      if (!free || now == std::string::npos || LineAt(text, now) != line) continue;
      text.replace(now, value.from.size(), value.to);
      faults.emplace_back(line, value.from + " => " + value.to);
    }
    const v1::ValidateStudyResponse response = Told(text);
    for (const auto& [line, fault] : faults) {
      std::string all;
      bool waits = false;
      for (const auto& [other, made] : faults) {
        all += made + "\n";
        // As it was written, or as the fault writes it.
        for (const std::string& written : {whole_, text}) {
          waits = waits || (other != line && StandsOn(LineOf(written, line), LineOf(whole_, other)));
        }
      }
      EXPECT_TRUE(waits || IsToldAt(line, response))
          << "round " << round << ": not told beside others: " << fault << "\nall:\n"
          << all;
    }
  }
}

}  // namespace
}  // namespace farrell::reporting
