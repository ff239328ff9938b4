#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPanel =
    "province,year,gdp,region\n"
    "b,2010,0.1,west\n"
    "a,2010,2,east\n"
    "b,2011,,west\n"
    "a,2011,3,east\n";

class DataCommand : public ::testing::Test {
 protected:
  FarrellRun Import(const std::string& csv, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"data",      "import",    farrell_.Write("panel.csv", csv),
                                       "--dataset", "provinces", "--release",
                                       "2020",      "--unit",    "province",
                                       "--time",    "year"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return farrell_.Run(arguments);
  }
  FarrellFixture farrell_;
};

TEST_F(DataCommand, ImportedDataAreListedShownExportedAndRemoved) {
  const FarrellRun imported = Import(kPanel, {"--known-at", "2020-06-30", "--source", "NBS", "--format", "csv"});
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  const auto row = Cells(imported.out);
  EXPECT_THAT(row.at(0), ElementsAre("dataset", "release", "snapshot", "rows", "units", "columns", "existed"));
  EXPECT_THAT(row.at(1), ElementsAre("provinces", "2020", row.at(1).at(2), "4", "2", "4", "false"));
  EXPECT_EQ(row.at(1).at(2).size(), 64U);

  const FarrellRun list = farrell_.Run({"data", "list", "--format", "csv"});
  EXPECT_EQ(
      list.out,
      "dataset,release,rows,known_at,synthetic,source,snapshot,embargo_until\nprovinces,2020,4,2020-06-30,false,NBS," +
          row.at(1).at(2) + ",\n");

  const FarrellRun show = farrell_.Run({"data", "show", "provinces", "--columns", "gdp", "--format", "csv"});
  EXPECT_EQ(show.exit_code, 0) << show.err;
  EXPECT_THAT(Cells(show.out).at(1).at(2), "3");  // cells present
  EXPECT_THAT(Cells(show.out).at(1).at(3), "1");  // missing

  const FarrellRun exported = farrell_.Run({"data", "export", "dataset:provinces@2020"});
  EXPECT_EQ(exported.out,
            "province,year,gdp,region\n"
            "b,2010,0.10000000000000001,west\n"
            "a,2010,2,east\n"
            "b,2011,,west\n"
            "a,2011,3,east\n")
      << exported.err;

  EXPECT_EQ(farrell_.Run({"data", "remove", "provinces@2020"}).exit_code, 0);
  EXPECT_EQ(farrell_.Run({"data", "export", "dataset:provinces"}).exit_code, 3);
  EXPECT_EQ(farrell_.Run({"data", "remove", "provinces"}).exit_code, 3);
}

TEST_F(DataCommand, SameBytesHaveTheSameDigestAndExportsReadBack) {
  const std::string digest = Cells(Import(kPanel, {"--format", "csv"}).out).at(1).at(2);
  const FarrellRun again = Import(kPanel, {"--format", "csv"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(Cells(again.out).at(1).at(2), digest);
  EXPECT_EQ(Cells(again.out).at(1).back(), "true");
  const FarrellRun exported = farrell_.Run({"data", "export", "snapshot:" + digest});
  const FarrellRun read_back = farrell_.Run({"data", "import", farrell_.Write("back.csv", exported.out), "--unit",
                                             "province", "--time", "year", "--format", "csv"});
  EXPECT_EQ(Cells(read_back.out).at(1).at(2), digest) << read_back.err;
}

TEST_F(DataCommand, AReleaseIsNotReplacedByOtherData) {
  ASSERT_EQ(Import(kPanel).exit_code, 0);
  const FarrellRun other = Import("province,year,gdp\na,2010,1\n");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("2020"));
  EXPECT_EQ(Lines(farrell_.Run({"data", "export", "dataset:provinces"}).out).size(), 5U);
}

TEST_F(DataCommand, DatasetsAndSnapshotsStandInForFiles) {
  const std::string digest = Cells(Import(kPanel, {"--format", "csv"}).out).at(1).at(2);
  for (const std::string& source : {std::string("dataset:provinces"), std::string("dataset:provinces@2020"),
                                    "snapshot:" + digest, "snapshot:" + digest.substr(0, 12)}) {
    const FarrellRun run = farrell_.Run({"dea", source, "--where", "!missing(gdp)", "--inputs", "gdp", "--outputs",
                                         "gdp * gdp", "--frontier", "global", "--format", "csv"});
    EXPECT_EQ(run.exit_code, 0) << source << run.err;
    EXPECT_EQ(Lines(run.out).size(), 4U) << source;
  }
  EXPECT_EQ(farrell_.Run({"dea", "dataset:nothing", "--inputs", "gdp", "--outputs", "gdp"}).exit_code, 3);
  EXPECT_EQ(farrell_.Run({"dea", "dataset:provinces@1999", "--inputs", "gdp", "--outputs", "gdp"}).exit_code, 3);
  EXPECT_EQ(farrell_.Run({"dea", "snapshot:0123456789abcdef", "--inputs", "gdp", "--outputs", "gdp"}).exit_code, 3);
  EXPECT_EQ(farrell_.Run({"dea", "snapshot:a-name", "--inputs", "gdp", "--outputs", "gdp"}).exit_code, 2);
}

TEST_F(DataCommand, AFailedImportNamesEveryProblemAndLeavesNothing) {
  const FarrellRun run = Import("province,year,gdp\na,2010,1\na,2010,2\nb,x,3\nc,2010,inf\nd,2010\n");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.out, "");
  for (const char* place : {"row 3", "row 4, column year", "row 5, column gdp", "row 6"}) {
    EXPECT_THAT(run.err, HasSubstr(place));
  }
  EXPECT_EQ(Lines(farrell_.Run({"data", "list", "--format", "csv"}).out).size(), 1U);
}

TEST_F(DataCommand, CheckReportsProblemsAndStoresNothing) {
  const FarrellRun bad = Import("province,year,gdp\na,2010,\"1,000\"\n", {"--check", "--format", "csv"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.out, HasSubstr("THOUSANDS_SEPARATOR"));
  const FarrellRun good = Import(kPanel, {"--check"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_EQ(Lines(farrell_.Run({"data", "list", "--format", "csv"}).out).size(), 1U);
}

TEST_F(DataCommand, MissingMarkersAreOnlyThoseNamed) {
  const char* csv = "province,year,gdp\na,2010,NA\nb,2010,2\n";
  const FarrellRun text = Import(csv);
  EXPECT_EQ(text.exit_code, 0) << text.err;  // NA is text until somebody says otherwise
  EXPECT_EQ(farrell_.Run({"dea", "dataset:provinces", "--inputs", "gdp", "--outputs", "gdp"}).exit_code, 2);
  ASSERT_EQ(farrell_.Run({"data", "remove", "provinces"}).exit_code, 0);
  ASSERT_EQ(Import(csv, {"--missing", "NA,."}).exit_code, 0);
  EXPECT_THAT(farrell_.Run({"data", "export", "dataset:provinces"}).out, HasSubstr("a,2010,\n"));
}

TEST_F(DataCommand, SyntheticIsAPropertyOfTheSnapshot) {
  ASSERT_EQ(Import(kPanel, {"--synthetic"}).exit_code, 0);
  EXPECT_THAT(farrell_.Run({"data", "export", "dataset:provinces"}).out, HasSubstr("gdp,region,synthetic\n"));
  EXPECT_THAT(farrell_.Run({"data", "list", "--format", "csv"}).out, HasSubstr(",true,"));
}

TEST_F(DataCommand, MetadataOfColumnsIsKept) {
  ASSERT_EQ(Import(kPanel, {"--label", "gdp=Gross product", "--measured-in", "gdp=1e8 CNY"}).exit_code, 0);
  const FarrellRun show = farrell_.Run({"data", "show", "dataset:provinces", "--format", "json"});
  ASSERT_EQ(show.exit_code, 0) << show.err;
  const nlohmann::json shown = nlohmann::json::parse(show.out);
  EXPECT_EQ(shown["snapshot"]["columns"][2]["metadata"]["label"], "Gross product");
  EXPECT_EQ(shown["snapshot"]["columns"][2]["metadata"]["unit"], "1e8 CNY");
  EXPECT_EQ(Import(kPanel, {"--label", "nothing"}).exit_code, 2);
  EXPECT_EQ(Import(kPanel, {"--label", "nothing=X"}).exit_code, 2);
}

TEST_F(DataCommand, ExportComputesColumnsAndJsonHasNulls) {
  const FarrellRun run =
      farrell_.Run({"data", "export", farrell_.Write("p.csv", kPanel), "--unit", "province", "--time", "year",
                    "--columns", "province,lag(gdp)", "--format", "json", "--state", "memory"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json result = nlohmann::json::parse(run.out);
  EXPECT_TRUE(result["rows"][0]["lag(gdp)"].is_null());
  EXPECT_EQ(result["rows"][2]["lag(gdp)"], 0.1);
  EXPECT_EQ(result["synthetic"], false);
}

TEST_F(DataCommand, ExpressionErrorsPointAtTheCharacter) {
  const FarrellRun run = farrell_.Run({"data", "export", farrell_.Write("p.csv", kPanel), "--unit", "province",
                                       "--time", "year", "--columns", "log(gdp", "--state", "memory"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("^"));
}

TEST_F(DataCommand, StateMemoryKeepsNothing) {
  ASSERT_EQ(Import(kPanel, {"--state", "memory"}).exit_code, 0);
  EXPECT_EQ(Lines(farrell_.Run({"data", "list", "--format", "csv"}).out).size(), 1U);
  EXPECT_THAT(farrell_.Run({"data", "list", "--state", "memory"}).out, Not(HasSubstr("provinces")));
}

TEST_F(DataCommand, StateIsFoundAsDocumented) {
  ASSERT_EQ(Import(kPanel, {"--state", farrell_.Path("flag")}).exit_code, 0);
  const auto sees = [&](const std::map<std::string, std::string>& environment) {
    return farrell_.Run({"data", "list", "--format", "csv"}, "", environment).out.find("provinces") !=
           std::string::npos;
  };
  EXPECT_TRUE(sees({{"FARRELL_STATE", farrell_.Path("flag")}}));
  EXPECT_FALSE(sees({{"FARRELL_STATE", farrell_.Path("other")}}));
  std::filesystem::create_directories(farrell_.Path("xdg"));
  std::filesystem::rename(farrell_.Path("flag"), farrell_.Path("xdg/farrell"));
  EXPECT_TRUE(sees({{"FARRELL_STATE", ""}, {"XDG_STATE_HOME", farrell_.Path("xdg")}}));
  std::filesystem::create_directories(farrell_.Path("home/.local"));
  std::filesystem::rename(farrell_.Path("xdg"), farrell_.Path("home/.local/state"));
  EXPECT_TRUE(sees({{"FARRELL_STATE", ""}, {"XDG_STATE_HOME", ""}, {"HOME", farrell_.Path("home")}}));
}

TEST_F(DataCommand, TwoProgramsShareOneState) {
  const std::string first = farrell_.Write("one.csv", kPanel);
  const auto import = [&](const char* name) {
    return farrell_.Start(
        name, {"data", "import", first, "--dataset", name, "--release", "1", "--unit", "province", "--time", "year"});
  };
  std::vector<std::unique_ptr<Process>> programs;
  for (const char* name : {"d1", "d2", "d3", "d4"}) programs.push_back(import(name));
  for (const auto& program : programs) EXPECT_EQ(program->Wait(std::chrono::minutes(1)), 0);
  EXPECT_EQ(Lines(farrell_.Run({"data", "list", "--format", "csv"}).out).size(), 5U);
}

}  // namespace
}  // namespace farrell::testing
