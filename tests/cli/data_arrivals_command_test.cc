// farrell data diff, status, history, watch, declare, freeze, push, and updates.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DataArrivalsCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    const FarrellRun run = Import("2018", "unit,year,gdp\na,2017,100\nb,2017,50\na,2018,110\n", "2019-06-30", {});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  FarrellRun Import(const std::string& release, const std::string& csv, const std::string& known_at,
                    std::vector<std::string> more) const {
    std::vector<std::string> arguments{"data",      "import", farrell_.Write(release + ".csv", csv),
                                       "--dataset", "p",      "--release",
                                       release,     "--unit", "unit",
                                       "--time",    "year",   "--known-at",
                                       known_at};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return farrell_.Run(arguments);
  }
  FarrellRun Data(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), "data");
    return farrell_.Run(arguments, input);
  }
  FarrellFixture farrell_;
};

TEST_F(DataArrivalsCommand, AnUpdateIsComparedLookedBackAtAndTraced) {
  ASSERT_EQ(Data({"freeze", "p", "2017"}).out, "p: frozen 2017\n");
  const FarrellRun update = Import("rev", "unit,year,gdp\na,2017,90\nb,2018,55\n", "2020-06-30", {"--update"});
  ASSERT_EQ(update.exit_code, 0) << update.err;
  EXPECT_THAT(update.err, HasSubstr("2017: 1 revised (was frozen)"));
  const FarrellRun diff = Data({"diff", "dataset:p@2018", "p", "--format", "csv"});
  EXPECT_EQ(diff.out,
            "unit,period,variable,kind,before,after,relative_change,frozen\n"
            "a,2017,gdp,revised,100,90,-0.10000000000000001,true\n"
            "b,2018,gdp,appeared,,55,,false\n");
  const auto json = nlohmann::json::parse(Data({"diff", "p@2018", "p@rev", "--format", "json"}).out);
  EXPECT_THAT(json["cells"], SizeIs(2));
  EXPECT_EQ(json["summary"]["compared"], "3");
  const FarrellRun before = Data({"export", "dataset:p@known:2019-12-31"});
  EXPECT_EQ(before.out, "unit,year,gdp\na,2017,100\nb,2017,50\na,2018,110\n");
  const auto history = Cells(Data({"history", "p", "a", "gdp", "2017", "--format", "csv"}).out);
  ASSERT_THAT(history, SizeIs(3));
  EXPECT_THAT(history[0], ElementsAre("period", "value", "current", "release", "known_at", "update", "recorded_at",
                                      "source_digest"));
  EXPECT_THAT(std::vector(history[1].begin(), history[1].begin() + 6),
              ElementsAre("2017", "100", "false", "2018", "2019-06-30", "false"));
  EXPECT_THAT(std::vector(history[2].begin(), history[2].begin() + 6),
              ElementsAre("2017", "90", "true", "rev", "2020-06-30", "true"));
  EXPECT_EQ(Data({"history", "p", "a", "gdb"}).exit_code, 3);
  EXPECT_EQ(Data({"diff", "p@2018", "q"}).exit_code, 3);
}

TEST_F(DataArrivalsCommand, TheStatusFollowsWhatIsDeclared) {
  const FarrellRun open = Data({"status", "p", "--format", "csv"});
  EXPECT_EQ(open.out,
            "period,state,variable,expected,present,missing_units\n"
            "2017,complete,,2,2,\n"
            "2018,open,,2,1,\n"
            "2018,open,gdp,2,1,b\n");
  const std::string file = farrell_.Write("p.yaml",
                                          "units: [a]\nvariables: [gdp]\n"
                                          "breaks:\n  - {variable: gdp, period: 2018, kind: rebasing, note: census}\n");
  const FarrellRun declared = Data({"declare", "p", "--file", file});
  EXPECT_EQ(declared.out, "p: 1 unit, 1 variable, 1 break\n") << declared.err;
  const FarrellRun complete = Data({"status", "p"});
  EXPECT_THAT(complete.out, HasSubstr("complete"));
  EXPECT_THAT(complete.err, HasSubstr("break: gdp from 2018 (rebasing): census"));
  const FarrellRun wrong =
      Data({"declare", "p", "--file", farrell_.Write("w.yaml", "breaks:\n  - {kind: sudden}\nx: 1\n")});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("w.yaml:2"));
  EXPECT_THAT(wrong.err, HasSubstr("w.yaml:3"));
  EXPECT_EQ(Data({"declare", "p", "--break", "gdp:2018"}).exit_code, 2);
  EXPECT_EQ(Data({"freeze", "p", "1999"}).exit_code, 2);
}

TEST_F(DataArrivalsCommand, PushedCellsAndEventsAreOneStory) {
  const std::string cells = "variable,unit,value,period\ngdp,b,55,2018\npop,a,7,2018\n";
  const FarrellRun pushed = Data({"push", "-", "--dataset", "p", "--release", "push"}, cells);
  ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
  EXPECT_THAT(pushed.out, HasSubstr("2 cells"));
  const FarrellRun wrong =
      Data({"push", "-", "--dataset", "p", "--release", "w"}, "unit,variable,period,value\na,gdp,x,y\n");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("row 2, column period"));
  EXPECT_THAT(wrong.err, HasSubstr("row 2, column value"));
  const FarrellRun watched = Data({"watch", "--once", "--format", "csv"});
  const auto rows = Cells(watched.out);
  ASSERT_THAT(rows, SizeIs(3)) << watched.out;
  EXPECT_EQ(rows[1][1], "arrived");
  EXPECT_EQ(rows[2][3], "push");
  EXPECT_EQ(rows[2].back(), "2018: 2 appeared");
  const FarrellRun after = Data({"watch", "p", "--after", "1", "--once", "--format", "json"});
  ASSERT_THAT(Lines(after.out), SizeIs(1));
  EXPECT_EQ(nlohmann::json::parse(after.out)["sequence"], "2");
  ASSERT_EQ(Data({"remove", "p@push"}).exit_code, 0);
  EXPECT_THAT(Data({"watch", "--after", "2", "--once"}).out, HasSubstr("withdrawn p@push: 2018: 2 vanished"));
  EXPECT_EQ(Data({"watch", "--after", "9", "--once"}).exit_code, 2);
}

TEST_F(DataArrivalsCommand, AYearbookPageIsPreviewedAndImported) {
  const std::string page = farrell_.Path("page.xlsx");
  const std::string script =
      "import openpyxl\nbook = openpyxl.Workbook()\ns = book.active\n"
      "s['A1'] = '各地区情况'; s.merge_cells('A1:C1')\n"
      "s['A2'] = '地区'; s['B2'] = '生产总值（亿元）'; s.merge_cells('B2:C2')\n"
      "s['B3'] = 2018; s['C3'] = 2019\ns['A4'] = '北  京'; s['B4'] = 1.5; s['C4'] = '-'\n"
      "s['A5'] = '天  津'; s['B5'] = 2.5; s['C5'] = '3①'\nbook.save('" +
      page + "')\n";
  if (RunToEnd({"/usr/bin/python3", "-c", script}).exit_code != 0) GTEST_SKIP() << "python3-openpyxl is not installed";
  const std::string mapping = farrell_.Write("m.yaml", "variables: {header: 生产总值, name: gdp}\nmissing: ['-']\n");
  const std::vector<std::string> import = {"import", page,   "--unit",    "province",
                                           "--time", "year", "--mapping", mapping};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), import.begin(), import.end());
    return Data(more);
  };
  const FarrellRun preview = with({"--preview"});
  ASSERT_EQ(preview.exit_code, 0) << preview.err;
  EXPECT_EQ(preview.out, "province,year,gdp\n北京,2018,1.5\n北京,2019,\n天津,2018,2.5\n天津,2019,3\n");
  EXPECT_THAT(preview.err, HasSubstr("assumed: gdp is measured in '亿元'"));
  ASSERT_EQ(with({"--dataset", "yearbook", "--release", "1"}).exit_code, 0);
  EXPECT_EQ(Data({"export", "dataset:yearbook"}).out, preview.out);
  const FarrellRun strict = Data({"import", page, "--unit", "province", "--preview"});
  EXPECT_EQ(strict.exit_code, 2);
  EXPECT_THAT(strict.err, HasSubstr("Sheet!C4"));
  const FarrellRun wrong = Data({"import", page, "--unit", "u", "--mapping", farrell_.Write("w.yaml", "shet: 1\n")});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("w.yaml:1"));
}

TEST_F(DataArrivalsCommand, PagesOfOneRegionAreStacked) {
  const std::string page = farrell_.Path("regions.xlsx");
  const std::string script =
      "import openpyxl\nbook = openpyxl.Workbook()\ns = book.active\ns.title = '1-1'\n"
      "s.append(['指标', 2018, 2019]); s.append(['生产总值（亿元）', 1.5, '-']); s.append(['R&D经费（万元）', 2.5, "
      "'3①'])\n"
      "t = book.create_sheet('1-2')\n"
      "t.append(['指标', '单位', 2018]); t.append(['生产总值', '亿元', 4.5]); t.append(['R&D经费', '亿元', 5.5])\n"
      "book.save('" +
      page + "')\n";
  if (RunToEnd({"/usr/bin/python3", "-c", script}).exit_code != 0) GTEST_SKIP() << "python3-openpyxl is not installed";
  const auto preview = [&](const std::string& mapping) {
    return Data({"import", page, "--unit", "province", "--time", "year", "--mapping", farrell_.Write("m.yaml", mapping),
                 "--preview"});
  };
  const std::string both =
      "rows: variables\nmissing: ['-']\nsheets:\n"
      "  - {sheet: 1-1, unit: Beijing}\n  - {sheet: 1-2, unit: Tianjin}\n";
  const FarrellRun differ = preview(both);
  EXPECT_EQ(differ.exit_code, 2);
  EXPECT_THAT(differ.err, HasSubstr("1-2!B3"));
  EXPECT_THAT(differ.err, HasSubstr("1-1!A3"));
  const FarrellRun gdp = preview(both + "variables: {header: 生产总值, name: gdp}\n");
  ASSERT_EQ(gdp.exit_code, 0) << gdp.err;
  EXPECT_EQ(gdp.out, "province,year,gdp\nBeijing,2018,1.5\nBeijing,2019,\nTianjin,2018,4.5\n");
  EXPECT_THAT(gdp.err, HasSubstr("assumed: every sheet: gdp is measured in '亿元'"));
  const FarrellRun one = preview("rows: variables\nsheet: 1-1\nunit: Beijing\nunit_row: 1\nunit_column: A\n");
  EXPECT_EQ(one.exit_code, 2);
  EXPECT_THAT(one.err, HasSubstr("unit_row"));
  EXPECT_THAT(one.err, HasSubstr("unit_column"));
}

TEST_F(DataArrivalsCommand, APageWhoseYearsAreMissedNamesWhatMendsIt) {
  const std::string page = farrell_.Path("long.xlsx");
  const std::string script =
      "import openpyxl\nbook = openpyxl.Workbook()\ns = book.active\ns.append(['地区', '年份', 'GDP(亿元)'])\n"
      "for unit in ('北京', '天津'):\n    for year in (2018, 2019): s.append([unit, year, year / 4])\n"
      "t = book.create_sheet('one')\nt.append(['地区', 'GDP(亿元)']); t.append(['北京', 1.5])\nbook.save('" +
      page + "')\n";
  if (RunToEnd({"/usr/bin/python3", "-c", script}).exit_code != 0) GTEST_SKIP() << "python3-openpyxl is not installed";
  const auto preview = [&](const std::string& mapping) {
    return Data({"import", page, "--unit", "province", "--time", "year", "--mapping", farrell_.Write("m.yaml", mapping),
                 "--preview"});
  };
  const FarrellRun repeated = preview("sheet: Sheet\n");
  EXPECT_EQ(repeated.exit_code, 2);
  EXPECT_THAT(repeated.err, HasSubstr("`time_column: 年份`"));
  const FarrellRun mended = preview("sheet: Sheet\ntime_column: 年份\nrange: A1:XFD1048576\nskip: [全国]\n");
  EXPECT_EQ(mended.out, "province,year,GDP\n北京,2018,504.5\n北京,2019,504.75\n天津,2018,504.5\n天津,2019,504.75\n");
  EXPECT_THAT(mended.err, HasSubstr("assumed: '全国' of `skip` does not stand there"));
  const FarrellRun missed = preview("sheet: one\n");
  EXPECT_EQ(missed.exit_code, 2);
  EXPECT_THAT(missed.err, HasSubstr("`period: 2019`"));
  EXPECT_EQ(preview("sheet: one\nperiod: 2018\n").out, "province,year,GDP\n北京,2018,1.5\n");
}

// A break that is declared for the dataset reaches the referee rule of a study, and its replication bundle.
TEST_F(DataArrivalsCommand, DeclaredBreaksFeedTheRefereeRules) {
  const std::string csv = farrell_.Write("small.csv", SmallPanel());
  ASSERT_EQ(Data({"import", csv, "--dataset", "small", "--release", "r", "--unit", "unit", "--time", "year"}).exit_code,
            0);
  ASSERT_EQ(Data({"declare", "small", "--break", "x:2011:threshold:who is counted changed"}).exit_code, 0);
  std::string study = SmallStudy();
  study.replace(study.find("file: data.csv"), std::string("file: data.csv").size(), "dataset: small@r");
  const FarrellRun run = farrell_.Run({"study", "run", farrell_.Write("s.yaml", study), "--out", farrell_.Path("out")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(ReadFile(farrell_.Path("out/report.md")), HasSubstr("'x' from 2011 (who is counted changed)"));
  ASSERT_EQ(farrell_.Run({"report", "bundle", "latest", "--out", farrell_.Path("s.zip")}).exit_code, 0);
  const FarrellRun verified = farrell_.Run({"study", "verify", farrell_.Path("s.zip")});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

}  // namespace
}  // namespace farrell::testing
