#include "services/reporting/engine/bundle.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/canonical/canonical.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Placed(const std::vector<std::string>& paths) { return PathsInOneFolder(paths).value(); }

TEST(BundlePathsTest, KeepTheirPlacesWithoutTheFolderTheyShare) {
  EXPECT_THAT(Placed({"study.yaml", "data.csv"}), ElementsAre("study.yaml", "data.csv"));
  EXPECT_THAT(Placed({"examples/us/study.yaml", "examples/us/data/panel.csv"}),
              ElementsAre("study.yaml", "data/panel.csv"));
  EXPECT_THAT(Placed({"/home/somebody/secret/study.yaml", "/home/somebody/secret/../data.csv"}),
              ElementsAre("secret/study.yaml", "data.csv"));
  EXPECT_THAT(Placed({"./a/./study.yaml"}), ElementsAre("study.yaml"));
}

TEST(BundlePathsTest, FoldersAboveTheUsersGetAName) {
  EXPECT_THAT(Placed({"study.yaml", "../base.yaml"}), ElementsAre("folder/study.yaml", "base.yaml"));
  EXPECT_THAT(Placed({"b/study.yaml", "../../base/x.yaml", "../y.csv"}),
              ElementsAre("folder/folder/b/study.yaml", "base/x.yaml", "folder/y.csv"));
  EXPECT_THAT(Placed({"../../a/study.yaml", "../../a/data.csv"}), ElementsAre("study.yaml", "data.csv"));
}

TEST(BundlePathsTest, AnAbsolutePathBesideARelativeOneIsRefused) {
  EXPECT_EQ(PathsInOneFolder({"study.yaml", "/etc/base.yaml"}).status().reason(), "BUNDLE_PATH_ABSOLUTE");
}

BundleContent Content() {
  BundleContent content;
  content.study_id = "small";
  content.title = "A small study";
  content.study_digest = "5d";
  content.version = "1.2.3";
  content.study_path = "study/small.yaml";
  content.study_files = {{"study/small.yaml", "id: small\n"}};
  content.data.path = "study/data.csv";
  content.data.csv = "unit,x\na,1\n";
  content.data.snapshot_digest = "da7a";
  content.data.unit_key = "unit";
  content.data.source = "The bureau";
  content.data.citation = "Bureau (2020)";
  content.data.row_count = 1;
  content.data.unit_count = 1;
  BundleResult result;
  result.step = "regression:t2";
  result.kind = "regression";
  result.action_key = "k2";
  result.engine = "regression";
  result.algo_rev = 3;
  result.num_abi = "abi";
  result.json = "{}\n";
  content.results = {result};
  content.artefacts = {{"table", "t2", "2", "Main | result", "tables/t2.csv", {"regression:t2"}}};
  content.report_digest = "4e";
  content.report_files = {{"report.html", "<html>"}, {"tables/t2.csv", "x"}};
  return content;
}

std::string MemberOf(const std::vector<ReportFile>& members, const std::string& path) {
  for (const ReportFile& member : members) {
    if (member.path == path) return member.bytes;
  }
  ADD_FAILURE() << "no member " << path;
  return {};
}

TEST(BundleTest, HoldsEverythingOnceInOrder) {
  const std::vector<ReportFile> members = BundleMembers(Content()).value();
  std::vector<std::string> paths;
  for (const ReportFile& member : members) paths.push_back(member.path);
  EXPECT_THAT(paths, ElementsAre("README.md", "manifest.json", "report/report.html", "report/tables/t2.csv",
                                 "results/001-regression_t2.json", "study/data.csv", "study/small.yaml"));
}

TEST(BundleTest, TheManifestNamesEveryOtherMemberWithItsDigest) {
  const std::vector<ReportFile> members = BundleMembers(Content()).value();
  const nlohmann::json manifest = nlohmann::json::parse(MemberOf(members, "manifest.json"));
  EXPECT_EQ(manifest["format"], "farrell.bundle.v1");
  ASSERT_EQ(manifest["members"].size() + 1, members.size());
  for (const auto& entry : manifest["members"]) {
    const std::string bytes = MemberOf(members, entry["path"]);
    EXPECT_EQ(entry["sha256"], canonical::Sha256(bytes));
    EXPECT_EQ(entry["bytes"], bytes.size());
  }
  EXPECT_EQ(manifest["results"][0]["file"], "results/001-regression_t2.json");
  EXPECT_EQ(manifest["results"][0]["action_key"], "k2");
}

TEST(BundleTest, TheReadmeSaysWhatAReplicatorAsksFor) {
  const std::string readme = MemberOf(BundleMembers(Content()).value(), "README.md");
  for (const char* part : {"## Data availability", "The bureau", "Bureau (2020)", "1 row of 1 unit",
                           "## Computational requirements", "Farrell 1.2.3; algorithm revisions: regression 3",
                           "farrell study verify small.zip", "farrell study run study/small.yaml",
                           "| table 2 | Main \\| result | `report/tables/t2.csv` |", "regression:t2 `k2`"}) {
    EXPECT_THAT(readme, HasSubstr(part));
  }
  EXPECT_THAT(readme, Not(HasSubstr("synthetic")));
  BundleContent synthetic = Content();
  synthetic.data.synthetic = true;
  EXPECT_THAT(MemberOf(BundleMembers(synthetic).value(), "README.md"), HasSubstr("They are synthetic"));
}

TEST(BundleTest, ADatasetIsImportedBeforeTheStudyRuns) {
  BundleContent content = Content();
  content.data.dataset = "provinces@2020";
  EXPECT_THAT(MemberOf(BundleMembers(content).value(), "README.md"),
              HasSubstr("farrell data import study/data.csv --dataset provinces --release 2020 --unit unit\n"));
}

TEST(BundleTest, DataWhereAStudyFileStandsAreRefused) {
  BundleContent content = Content();
  content.data.path = "study/small.yaml";
  EXPECT_EQ(BundleMembers(content).status().reason(), "BUNDLE_PATH_REPEATED");
}

}  // namespace
}  // namespace farrell::reporting
