#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/archive/zip.h"
#include "common/canonical/canonical.h"
#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

// The bundle of one run of the small study, made once; every test changes a copy of it.
class BundleCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    farrell_ = new FarrellFixture;
    farrell_->Write("data.csv", SmallPanel());
    study_ = farrell_->Write("study.yaml", SmallStudy());
    ASSERT_EQ(farrell_->Run({"study", "run", study_, "--out", farrell_->Path("out")}).exit_code, 0);
    const FarrellRun run = farrell_->Run({"report", "bundle", "latest", "--out", farrell_->Path("small.zip")});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    zip_ = ReadFile(farrell_->Path("small.zip"));
  }
  static void TearDownTestSuite() {
    delete farrell_;
    farrell_ = nullptr;
  }

  static std::map<std::string, std::string> Members(const std::string& zip = zip_) {
    std::map<std::string, std::string> members;
    std::vector<archive::ZipMember> list = archive::ReadZip(zip).value();
    for (archive::ZipMember& member : list) members[member.name] = std::move(member.bytes);
    return members;
  }

  static std::string Zip(const std::map<std::string, std::string>& members) {
    std::vector<archive::ZipMember> list;
    for (const auto& [name, bytes] : members) list.push_back({name, bytes});
    return archive::WriteZip(std::move(list)).value();
  }

  // The manifest tells the truth again.
  static void Reseal(std::map<std::string, std::string>& members) {
    Json manifest = Json::parse(members["manifest.json"]);
    for (Json& entry : manifest["members"]) {
      const std::string& bytes = members.at(entry["path"]);
      entry["sha256"] = canonical::Sha256(bytes);
      entry["bytes"] = bytes.size();
    }
    members["manifest.json"] = manifest.dump();
  }

  // `step`'s member in the archive.
  static std::string ResultFile(const std::string& step) {
    const Json manifest = Json::parse(Members()["manifest.json"]);
    for (const Json& entry : manifest["results"]) {
      if (entry["step"] == step) return entry["file"];
    }
    ADD_FAILURE() << "no result of " << step;
    return {};
  }

  static FarrellRun Verify(const std::string& zip, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"study", "verify", farrell_->Write("given.zip", zip)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return farrell_->Run(arguments);
  }

  static FarrellFixture* farrell_;
  static std::string study_;
  static std::string zip_;
};
FarrellFixture* BundleCommand::farrell_ = nullptr;
std::string BundleCommand::study_;
std::string BundleCommand::zip_;

TEST_F(BundleCommand, HoldsTheStudyItsDataEveryResultAndTheReport) {
  const std::map<std::string, std::string> members = Members();
  for (const char* name : {"README.md", "manifest.json", "study/study.yaml", "study/data.csv", "report/report.html",
                           "report/tables/t1.csv"}) {
    EXPECT_TRUE(members.contains(name)) << name;
  }
  EXPECT_EQ(members.at("report/report.md"), ReadFile(farrell_->Path("out/report.md")));
  const Json manifest = Json::parse(members.at("manifest.json"));
  std::set<std::string> steps;
  for (const Json& entry : manifest["results"]) {
    steps.insert(entry["step"]);
    EXPECT_EQ(entry["action_key"].get<std::string>().size(), 64U);
    EXPECT_TRUE(members.contains(entry["file"])) << entry["file"];
  }
  for (const char* step : {"dea:main", "regression:level", "regression:plain", "describe:t2"}) {
    EXPECT_TRUE(steps.contains(step)) << step;
  }
  for (const Json& artefact : manifest["artefacts"]) {
    EXPECT_TRUE(members.contains(artefact["file"])) << artefact["file"];
    if (artefact["id"] == "t1") {
      EXPECT_EQ(artefact["steps"], Json({"regression:level", "regression:plain"}));
    }
    if (artefact["id"] == "t2") {
      EXPECT_EQ(artefact["steps"], Json({"describe:t2"}));
    }
    if (artefact["id"] == "t3") {
      EXPECT_EQ(artefact["steps"], Json({"dea:main"}));
    }
  }
}

TEST_F(BundleCommand, HasTheSameBytesForEveryRunAndFolder) {
  std::filesystem::create_directories(farrell_->Path("elsewhere"));
  farrell_->Write("elsewhere/data.csv", SmallPanel());
  const std::string study = farrell_->Write("elsewhere/study.yaml", SmallStudy());
  ASSERT_EQ(farrell_->Run({"study", "run", study, "--recompute", "--out", farrell_->Path("again")}).exit_code, 0);
  ASSERT_EQ(farrell_->Run({"report", "bundle", "--out", farrell_->Path("again.zip")}).exit_code, 0);
  EXPECT_EQ(ReadFile(farrell_->Path("again.zip")), zip_);
}

TEST_F(BundleCommand, NamesNoPlaceOfTheMachine) {
  const std::string folder = std::filesystem::path(study_).parent_path().string();
  for (const auto& [name, bytes] : Members()) EXPECT_THAT(bytes, Not(HasSubstr(folder))) << name;
}

TEST_F(BundleCommand, UnpackedTheStudyRunsAndGivesTheSameReport) {
  for (const auto& [name, bytes] : Members()) {
    const std::filesystem::path path = farrell_->Path("unpacked/" + name);
    std::filesystem::create_directories(path.parent_path());
    farrell_->Write("unpacked/" + name, bytes);
  }
  const FarrellRun run = farrell_->Run({"study", "run", farrell_->Path("unpacked/study/study.yaml"), "--state",
                                        "memory", "--out", farrell_->Path("rerun")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const auto& [name, bytes] : Members()) {
    if (!name.starts_with("report/")) continue;
    EXPECT_EQ(ReadFile(farrell_->Path("rerun/" + name.substr(7))), bytes) << name;
  }
}

TEST_F(BundleCommand, AReplayConfirmsEveryDigit) {
  const FarrellRun run = Verify(zip_, {"--format", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  ASSERT_GT(rows.size(), 10U);
  EXPECT_EQ(Lines(run.out)[0], "part,result,compared,first_difference,bundle,replay");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i][1], "same") << rows[i][0];
    EXPECT_GT(std::stoi(rows[i][2]), 0) << rows[i][0];
  }
  const Json json = Json::parse(Verify(zip_, {"--format", "json"}).out);
  EXPECT_EQ(json["same"], true);
  EXPECT_EQ(json["parts"].size(), rows.size() - 1);
}

TEST_F(BundleCommand, AnEditedDigitIsFoundWhereItStands) {
  std::map<std::string, std::string> members = Members();
  const std::string file = ResultFile("regression:plain");
  Json result = Json::parse(members[file]);
  double& estimate = *result["fit"]["terms"][0]["estimate"].get_ptr<double*>();
  const double original = estimate;
  estimate = std::nextafter(estimate, 1.0);
  members[file] = result.dump();
  for (const bool resealed : {false, true}) {
    if (resealed) Reseal(members);
    const FarrellRun run = Verify(Zip(members), {"--format", "json"});
    EXPECT_EQ(run.exit_code, 6) << run.err;
    EXPECT_THAT(run.err, HasSubstr("regression:plain at fit.terms[0].estimate"));
    EXPECT_EQ(run.err.find(file + " is not what the manifest says") == std::string::npos, resealed);
    int different = 0;
    const Json verified = Json::parse(run.out);
    for (const Json& part : verified["parts"]) {
      if (part["same"] == true) continue;
      ++different;
      EXPECT_EQ(part["name"], "regression:plain");
      EXPECT_EQ(part["bundle"], Json(std::nextafter(original, 1.0)).dump());
      EXPECT_EQ(part["replay"], Json(original).dump());
    }
    EXPECT_EQ(different, 1);
  }
}

TEST_F(BundleCommand, AnEditedReportIsFoundByItsLine) {
  std::map<std::string, std::string> members = Members();
  std::string& markdown = members["report/report.md"];
  markdown.replace(markdown.find("A small study"), 13, "A great study");
  Reseal(members);
  const FarrellRun run = Verify(Zip(members));
  EXPECT_EQ(run.exit_code, 6);
  EXPECT_THAT(run.err, HasSubstr("report/report.md at line "));
  EXPECT_THAT(run.out, HasSubstr("great"));
}

TEST_F(BundleCommand, EditedDataAreRefusedWithAndWithoutANewSeal) {
  std::map<std::string, std::string> members = Members();
  std::string& csv = members["study/data.csv"];
  csv.replace(csv.find("u3,2011,north,"), 15, "u3,2011,north,9");
  const FarrellRun stale = Verify(Zip(members));
  EXPECT_EQ(stale.exit_code, 2);
  EXPECT_THAT(stale.err, HasSubstr("study/data.csv: is not what the manifest says"));
  Reseal(members);
  const FarrellRun sealed = Verify(Zip(members));
  EXPECT_EQ(sealed.exit_code, 2);
  EXPECT_THAT(sealed.err, HasSubstr("study/data.csv: gives the snapshot"));
}

TEST_F(BundleCommand, AnEditedStudyIsFoundByWhatItGives) {
  std::map<std::string, std::string> members = Members();
  std::string& study = members["study/study.yaml"];
  study.replace(study.find("log(y) ~ log(x)"), 15, "log(y) ~ 1*   x");
  EXPECT_EQ(Verify(Zip(members)).exit_code, 2);
  study = SmallStudy("y ~ x | unit");
  Reseal(members);
  const FarrellRun run = Verify(Zip(members));
  EXPECT_EQ(run.exit_code, 6) << run.err;
  EXPECT_THAT(run.out, HasSubstr("regression:plain"));
}

TEST_F(BundleCommand, EverythingThatIsWrongIsSaidAtOnce) {
  std::map<std::string, std::string> members = Members();
  members["study/data.csv"] += "u9,2099,south,1,1\n";
  members[ResultFile("dea:main")] += " ";
  members.erase("study/study.yaml");
  members.erase(ResultFile("regression:level"));
  members["extra.exe"] = "MZ";
  const FarrellRun run = Verify(Zip(members));
  EXPECT_EQ(run.exit_code, 2);
  for (const std::string& part :
       {std::string("study/data.csv: is not what"), std::string("study/study.yaml: is missing"),
        ResultFile("regression:level") + ": is missing", ResultFile("dea:main") + ": is not what",
        std::string("extra.exe: is not named by the manifest")}) {
    EXPECT_THAT(run.err, HasSubstr(part));
  }
}

TEST_F(BundleCommand, AManifestThatCannotBeReadIsRefused) {
  std::map<std::string, std::string> members = Members();
  for (const std::string& manifest :
       {std::string(), std::string("{}"), std::string("[1,2"), std::string("{\"format\": \"farrell.bundle.v9\"}"),
        std::string("{\"format\": 3}"), std::string(100'000, '['),
        std::string("{\"format\": \"farrell.bundle.v1\", \"members\": {\"path\": 1}}")}) {
    members["manifest.json"] = manifest;
    const FarrellRun run = Verify(Zip(members));
    EXPECT_EQ(run.exit_code, 2) << manifest.substr(0, 40);
    EXPECT_THAT(run.err, HasSubstr("manifest.json")) << manifest.substr(0, 40);
  }
  members.erase("manifest.json");
  EXPECT_THAT(Verify(Zip(members)).err, HasSubstr("manifest.json: is missing"));
}

TEST_F(BundleCommand, AResultThatIsNestedForEverIsADifference) {
  std::map<std::string, std::string> members = Members();
  members[ResultFile("dea:main")] = std::string(200'000, '[');
  Reseal(members);
  const FarrellRun run = Verify(Zip(members));
  EXPECT_EQ(run.exit_code, 6) << run.err;
  EXPECT_THAT(run.out, HasSubstr("not JSON"));
}

TEST_F(BundleCommand, StrangeArchivesAreRefused) {
  EXPECT_EQ(farrell_->Run({"study", "verify", farrell_->Path("none.zip")}).exit_code, 3);
  for (const std::string& zip : {std::string(), std::string("not a zip"), zip_.substr(0, zip_.size() / 2)}) {
    const FarrellRun run = Verify(zip);
    EXPECT_EQ(run.exit_code, 2) << zip.size();
    EXPECT_THAT(run.err, HasSubstr("ZIP"));
  }
  std::string climbing = zip_;
  const std::string name = "study/data.csv", path = "../../evil.csv";
  for (std::size_t at = climbing.find(name); at != std::string::npos; at = climbing.find(name, at)) {
    climbing.replace(at, name.size(), path);
  }
  const FarrellRun run = Verify(climbing);
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("names a path outside the archive"));
}

TEST_F(BundleCommand, OnlyAFinishedRunHasABundle) {
  EXPECT_EQ(farrell_->Run({"report", "bundle", "nothing-there"}).exit_code, 3);
  FarrellFixture other;
  EXPECT_EQ(other.Run({"report", "bundle"}).exit_code, 3);
  other.Write("data.csv", SmallPanel());
  std::string text = SmallStudy();
  text.replace(text.find("id: plain,"), 10, "id: plain, where: \"score.main < 0\",");
  const std::string study = other.Write("study.yaml", text);
  ASSERT_NE(other.Run({"study", "run", study}).exit_code, 0);
  const FarrellRun run = other.Run({"report", "bundle"});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("has no report"));
}

TEST_F(BundleCommand, StudiesInPartsAndOnDatasetsComeBackToo) {
  FarrellFixture other;
  std::filesystem::create_directories(other.Path("parts"));
  const std::string csv = other.Write("panel.csv", SmallPanel());
  ASSERT_EQ(
      other.Run({"data", "import", csv, "--dataset", "panel", "--release", "1", "--unit", "unit", "--time", "year"})
          .exit_code,
      0);
  other.Write("base.yaml", "id: base\ndata: {dataset: panel@1}\ndea:\n  - {id: main, inputs: [x], outputs: [y]}\n");
  const std::string study = other.Write(
      "parts/study.yaml",
      "id: part\nextends: ../base.yaml\ntables:\n  - {id: t3, title: Ranking, kind: efficiency, columns: [main]}\n");
  const FarrellRun ran = other.Run({"study", "run", study, "--out", other.Path("out")});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const FarrellRun bundled = other.Run({"report", "bundle", "--out", other.Path("part.zip")});
  ASSERT_EQ(bundled.exit_code, 0) << bundled.err;
  const FarrellRun run = other.Run({"study", "verify", other.Path("part.zip")});
  EXPECT_EQ(run.exit_code, 0) << run.err << run.out;
  const std::map<std::string, std::string> members = Members(ReadFile(other.Path("part.zip")));
  EXPECT_TRUE(members.contains("study/base.yaml"));
  EXPECT_TRUE(members.contains("study/parts/study.yaml"));
  EXPECT_THAT(members.at("README.md"), HasSubstr("--dataset panel --release 1"));
}

// A projection is evaluated on outputs that only the result of a regression tells.
TEST_F(BundleCommand, ProjectionsComeBackToo) {
  FarrellFixture other;
  other.Write("data.csv", SmallPanel());
  const std::string study = other.Write("study.yaml", R"yaml(id: what-if
data: {file: data.csv, unit: unit, time: year}
dea:
  - {id: main, inputs: [x], outputs: [y], orientation: output, frontier: global}
channels:
  - {id: split, dea: main, formula: "~ log(x) | unit + year", inference: [cr3:unit]}
projections:
  - {id: more, channels: split, term: log(x), variable: x, change: 0.1}
tables:
  - {id: t1, kind: projection, columns: more}
)yaml");
  const FarrellRun ran = other.Run({"study", "run", study, "--out", other.Path("out")});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const FarrellRun bundled = other.Run({"report", "bundle", "--out", other.Path("what-if.zip")});
  ASSERT_EQ(bundled.exit_code, 0) << bundled.err;
  const FarrellRun run = other.Run({"study", "verify", other.Path("what-if.zip")});
  EXPECT_EQ(run.exit_code, 0) << run.err << run.out;
  const Json manifest = Json::parse(Members(ReadFile(other.Path("what-if.zip")))["manifest.json"]);
  const Json& artefacts = manifest["artefacts"];
  const auto table =
      std::find_if(artefacts.begin(), artefacts.end(), [](const Json& each) { return each["id"] == "t1"; });
  ASSERT_NE(table, artefacts.end());
  EXPECT_EQ((*table)["steps"], Json({"projection:more:estimate", "projection:more:low", "projection:more:high"}));
}

}  // namespace
}  // namespace farrell::testing
