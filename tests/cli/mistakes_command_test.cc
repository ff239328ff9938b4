// What people get wrong on a command line is told, not guessed: options that say nothing, contradict or are empty.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MistakesCommand : public ::testing::Test {
 protected:
  void Import(const std::string& dataset, const std::string& release) const {
    const FarrellRun run =
        farrell_.Run({"data", "import", farrell_.Write("t.csv", "unit,year,gdp\na,2018,1\nb,2018,\n"), "--dataset",
                      dataset, "--release", release, "--unit", "unit", "--time", "year"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  void Refused(const std::vector<std::string>& arguments, const std::string& told) const {
    const FarrellRun run = farrell_.Run(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_THAT(run.err, HasSubstr(told));
  }
  FarrellFixture farrell_;
};

TEST_F(MistakesCommand, ADeclarationIsOfTheDatasetThatIsNamed) {
  Import("p", "1");
  const std::string other = farrell_.Write("b.yaml", "dataset: other\nunits: [a]\n");
  Refused({"data", "declare", "p", "--file", other}, "is a declaration of 'other', not of 'p'");
  const std::string same = farrell_.Write("b.yaml", "dataset: p\nunits: [a]\n");
  EXPECT_EQ(farrell_.Run({"data", "declare", "p", "--file", same}).exit_code, 0);
}

TEST_F(MistakesCommand, WhatIsDeclaredAndNotThereIsTold) {
  Import("p", "1");
  EXPECT_THAT(farrell_.Run({"data", "declare", "q", "--units", "a"}).err, HasSubstr("NO_RELEASE"));
  const FarrellRun misspelt =
      farrell_.Run({"data", "declare", "p", "--units", "a,c", "--variables", "gdp,gpd", "--break", "x:1:rebasing:y"});
  EXPECT_EQ(misspelt.exit_code, 0) << misspelt.err;
  EXPECT_THAT(misspelt.err, HasSubstr("does not have what is declared: unit c, column gpd, column x."));
  EXPECT_THAT(farrell_.Run({"data", "declare", "p", "--units", "a"}).err, Not(HasSubstr("warning")));
  Refused({"data", "declare", "p", "--variables", "gdp,year"}, "variables[1]: year is a key column");
}

TEST_F(MistakesCommand, StatusSaysByItsExitCodeThatCellsAreMissing) {
  Import("p", "1");
  ASSERT_EQ(farrell_.Run({"data", "declare", "p", "--variables", "gdp"}).exit_code, 0);
  const FarrellRun open = farrell_.Run({"data", "status", "p", "--complete", "--format", "csv"});
  EXPECT_EQ(open.exit_code, 7) << open.err;
  EXPECT_THAT(open.out, HasSubstr("2018,open"));
  EXPECT_EQ(farrell_.Run({"data", "status", "p"}).exit_code, 0);
  ASSERT_EQ(farrell_.Run({"data", "declare", "p", "--units", "a", "--variables", "gdp"}).exit_code, 0);
  EXPECT_EQ(farrell_.Run({"data", "status", "p", "--complete"}).exit_code, 0);
}

TEST_F(MistakesCommand, AnEmptyOptionIsNoAbsentOne) {
  const std::string file = farrell_.Write("t.csv", "unit,year,gdp\na,2018,1\n");
  const std::string cells = farrell_.Write("c.csv", "unit,variable,period,value\na,gdp,2018,2\n");
  for (const char* flag : {"--embargo", "--known-at", "--dataset", "--release"}) {
    Refused({"data", "import", file, "--unit", "unit", flag, ""}, "must not be empty");
    Refused({"data", "push", cells, flag, ""}, "must not be empty");
  }
}

TEST_F(MistakesCommand, AReleaseWithTheSignThatSeparatesReleasesIsFound) {
  Import("p", "a@b");
  EXPECT_EQ(farrell_.Run({"data", "status", "p@a@b"}).exit_code, 0);
  EXPECT_EQ(farrell_.Run({"data", "export", "dataset:p@a@b"}).out, "unit,year,gdp\na,2018,1\nb,2018,\n");
  EXPECT_EQ(farrell_.Run({"data", "embargo", "p@a@b", "--lift"}).exit_code, 0);
  EXPECT_EQ(farrell_.Run({"data", "remove", "p@a@b"}).exit_code, 0);
}

TEST_F(MistakesCommand, CellsHaveFourColumnsAndOneError) {
  Import("p", "1");
  const auto push = [&](const std::string& csv) {
    return farrell_.Run({"data", "push", farrell_.Write("c.csv", csv), "--dataset", "p", "--release", "2"});
  };
  const FarrellRun short_header = push("unit,variable,period\na,gdp,2018\nb,gdp,2018\n");
  EXPECT_EQ(short_header.exit_code, 2);
  EXPECT_THAT(short_header.err, AllOf(HasSubstr("column value: is missing in the header"), Not(HasSubstr("row 2"))));
  const FarrellRun further = push("unit,variable,period,value,Value\na,gdp,2018,1,2\n");
  EXPECT_EQ(further.exit_code, 2);
  EXPECT_THAT(further.err, HasSubstr("column Value: is none of unit, variable, period and value"));
}

TEST_F(MistakesCommand, AScheduleHasTheOptionsOfItsTrigger) {
  const std::string study = farrell_.Write("s.yaml", SmallStudy());
  const auto create = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"schedule", "create", study, "--name", "m"});
    return more;
  };
  Refused(create({"--cron", "0 6 * * *"}), "--time-zone: required with --cron");
  Refused(create({"--cron", "0 6 * * *", "--time-zone", "UTC", "--complete"}), "--complete: only with --on-arrival");
  Refused(create({"--cron", "0 6 * * *", "--time-zone", "UTC", "--quiet-period", "30"}), "--quiet-period: only with");
  Refused(create({"--on-arrival", "--time-zone", "Mars"}), "--time-zone: only with --cron");
  Refused(create({"--on-arrival", "--catch-up", "100"}), "--catch-up: only with --cron");
}

TEST_F(MistakesCommand, PublicationsAreFollowedFromAPlaceThatThereIs) {
  Refused({"publications", "--after", "3"}, "--follow");
  Refused({"publications", "--latest", "--follow"}, "--latest");
  Refused({"publications", "--follow", "--after", "-1"}, "at least 0");
  const FarrellRun beyond = farrell_.Run({"publications", "--follow", "--after", "99999"});
  EXPECT_EQ(beyond.exit_code, 2) << beyond.err;
  EXPECT_THAT(beyond.err, HasSubstr("none with sequence 99999"));
  Refused({"data", "watch", "--after", "-1"}, "at least 0");
}

TEST_F(MistakesCommand, AFolderThatCannotBeIsToldBeforeTheStudyRuns) {
  farrell_.Write("data.csv", SmallPanel(0));
  const std::string study = farrell_.Write("s.yaml", SmallStudy());
  const std::string file = farrell_.Write("there", "");
  Refused({"study", "run", study, "--out", file}, "cannot be made a folder");
  EXPECT_THAT(farrell_.Run({"study", "list"}).out, Not(HasSubstr("small")));
}

}  // namespace
}  // namespace farrell::testing
