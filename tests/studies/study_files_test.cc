// The study files of the project are valid as they stand; what the mapping of the real panel keeps, replaces and leaves
// out.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/reporting/service/study_reader.h"
#include "services/reporting/service/study_validator.h"

namespace farrell::reporting {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(std::string(FARRELL_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ReadStudy Read(const std::vector<std::string>& paths) {
  v1::StudySource source;
  source.set_path(paths.front());
  for (const std::string& path : paths) {
    v1::StudyFile* file = source.add_files();
    file->set_path(path);
    file->set_text(TextOf(path));
  }
  return ReadStudySource(source);
}

std::string ProblemsOf(ReadStudy read) {
  ValidateStudy(read, read.problems);
  std::string all;
  for (const v1::StudyProblem& problem : read.problems.Sorted()) {
    all +=
        problem.file() + ":" + std::to_string(problem.line()) + " " + problem.field() + ": " + problem.message() + "\n";
  }
  return all;
}

template <typename List>
std::set<std::string> IdsOf(const List& entries) {
  std::set<std::string> ids;
  for (const auto& entry : entries) ids.insert(EntryId(entry));
  return ids;
}

const std::string kStates = "examples/us-states/study.yaml";
const std::string kInnovation = "examples/ai-innovation/study.yaml";
const std::string kChina = "tests/studies/china_study.yaml";

TEST(StudyFiles, TheExamplesAreValid) {
  EXPECT_EQ(ProblemsOf(Read({kStates})), "");
  EXPECT_EQ(ProblemsOf(Read({kInnovation})), "");
}

TEST(StudyFiles, TheMappedStudyIsValid) { EXPECT_EQ(ProblemsOf(Read({kChina, kInnovation})), ""); }

TEST(StudyFiles, TheMappedStudyKeepsModelsAndTables) {
  const v1::Study base = Read({kInnovation}).study;
  const v1::Study mapped = Read({kChina, kInnovation}).study;
  ASSERT_EQ(mapped.dea_size(), base.dea_size());
  for (int i = 0; i < base.dea_size(); ++i) {
    EXPECT_EQ(mapped.dea(i).SerializeAsString(), base.dea(i).SerializeAsString()) << base.dea(i).id();
  }
  // Every regression that is left is the inherited one, published values included.
  for (const v1::StudyRegression& regression : mapped.regressions()) {
    const auto same = std::find_if(base.regressions().begin(), base.regressions().end(),
                                   [&](const v1::StudyRegression& other) { return other.id() == regression.id(); });
    ASSERT_NE(same, base.regressions().end()) << regression.id();
    EXPECT_EQ(regression.SerializeAsString(), same->SerializeAsString());
  }
  EXPECT_EQ(mapped.comparisons_size(), base.comparisons_size());
  EXPECT_FALSE(mapped.data().synthetic());
  EXPECT_TRUE(base.data().synthetic());
}

TEST(StudyFiles, WhatTheRealPanelLacksIsOptionalAndListed) {
  const v1::Study mapped = Read({kChina, kInnovation}).study;
  std::set<std::string> optional;
  for (const v1::StudyVariable& variable : mapped.variables()) {
    if (variable.optional()) optional.insert(variable.name());
  }
  EXPECT_EQ(optional, (std::set<std::string>{"app_university", "app_institute", "app_enterprise", "hc", "marketisation",
                                             "national_fai_ict", "post_tel_1984"}));
  EXPECT_TRUE(IdsOf(mapped.regressions()).contains("universities"));
  const auto listed = std::find_if(mapped.not_available().begin(), mapped.not_available().end(), [](const auto& entry) {
    return entry.what().find("universities, institutes and enterprises") != std::string::npos;
  });
  EXPECT_NE(listed, mapped.not_available().end());
}

// The claims of the founding study: what was published stands in the file with its source.
TEST(StudyFiles, PublishedValuesStandBesideOurs) {
  const v1::Study study = Read({kInnovation}).study;
  std::map<std::string, double> published;
  for (const v1::StudyRegression& regression : study.regressions()) {
    for (const v1::PublishedValue& value : regression.published()) {
      EXPECT_FALSE(value.source().empty());
      if (value.text().empty()) published[regression.id()] = value.estimate();
    }
  }
  for (const v1::PublishedValue& value : study.comparisons(0).published()) published[value.group()] = value.estimate();
  EXPECT_EQ(published, (std::map<std::string, double>{{"baseline", 0.045},
                                                      {"universities", 0.461},
                                                      {"institutes", 0.228},
                                                      {"enterprises", 0.010},
                                                      {"applied", 0.195},
                                                      {"basic", 0.013},
                                                      {"east", 0.014},
                                                      {"central", 0.090},
                                                      {"west", 0.0}}));
}

}  // namespace
}  // namespace farrell::reporting
