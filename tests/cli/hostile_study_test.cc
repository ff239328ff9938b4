// Study files as nobody should write them: every mistake at once with its place, or an honest table, never a crash.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHead = "id: s\ntitle: T\ndata: {file: data.csv, unit: unit, time: year}\n";

class HostileStudy : public ::testing::Test {
 protected:
  void SetUp() override { farrell_.Write("data.csv", SmallPanel()); }

  FarrellRun Study(const std::string& verb, const std::string& text) {
    std::vector<std::string> arguments = {"study", verb, farrell_.Write("s.yaml", text), "--state", "memory"};
    if (verb == "run") arguments.insert(arguments.end(), {"--quiet", "--out", farrell_.Path("out")});
    return farrell_.Run(arguments);
  }

  // Refused by both verbs, with every one of these told by each.
  void Refused(const std::string& text, const std::vector<std::string>& parts) {
    const FarrellRun validate = Study("validate", text);
    EXPECT_EQ(validate.exit_code, 2) << validate.err << text.substr(0, 400);
    const FarrellRun run = Study("run", text);
    EXPECT_EQ(run.exit_code, 2) << run.err << text.substr(0, 400);
    for (const std::string& part : parts) {
      EXPECT_THAT(validate.out + validate.err, HasSubstr(part));
      EXPECT_THAT(run.err, HasSubstr(part));
    }
  }

  // Runs to its end; the Markdown of the report.
  std::string Report(const std::string& text) {
    const FarrellRun run = Study("run", text);
    EXPECT_EQ(run.exit_code, 0) << run.err << text;
    return run.err + ReadFile(farrell_.Path("out/report.md"));
  }

  FarrellFixture farrell_;
};

std::string WithHead(const std::string& body) { return kHead + body; }

TEST_F(HostileStudy, CirclesAreFoundWhereTheyClose) {
  Refused(WithHead("variables:\n"
                   "  - {name: a, expression: \"b + 1\"}\n"
                   "  - {name: b, expression: \"c * 2\"}\n"
                   "  - {name: c, expression: \"a\"}\n"
                   "  - {name: d, expression: \"d\"}\n"),
          {"s.yaml:5:27: ", "s.yaml:6:27: ", "s.yaml:7:27: ", "s.yaml:8:27: "});
  Refused(WithHead("variables:\n  - {name: inp, expression: \"score.m + 1\"}\n"
                   "dea:\n  - {id: m, inputs: [inp], outputs: [y]}\n"),
          {"s.yaml:7:22: "});
  farrell_.Write("other.yaml", "id: o\nextends: s.yaml\n");
  Refused("id: s\nextends: other.yaml\n", {"other.yaml:2:10: ", "a circle"});
  Refused("id: s\nextends: s.yaml\n", {"s.yaml:2:10: ", "a circle"});
}

TEST_F(HostileStudy, EveryNameThatIsNotThereIsTold) {
  Refused(WithHead("regressions:\n"
                   "  - {id: r, formula: \"log(y) ~ log(xx) + zzz | unit\", inference: [cr3:unit]}\n"
                   "comparisons:\n"
                   "  - {id: c, formula: \"log(y) ~ log(x) | unit\", by: nowhere, inference: [cr3:unit]}\n"
                   "dea:\n"
                   "  - {id: m, inputs: [xx], outputs: [y]}\n"
                   "tables:\n"
                   "  - {id: t, kind: regression, columns: [absent]}\n"
                   "  - {id: u, kind: strange, columns: [absent]}\n"
                   "figures:\n"
                   "  - {id: f, kind: ranking, of: [nobody]}\n"
                   "claims:\n"
                   "  - {id: q, text: \"It is {regression:none:x:estimate}.\"}\n"),
          {"s.yaml:5:", "xx", "zzz", "s.yaml:7:", "nowhere", "s.yaml:9:", "s.yaml:11:", "absent",
           "s.yaml:12:", "strange", "s.yaml:14:", "nobody", "s.yaml:16:", "none"});
}

TEST_F(HostileStudy, NamesThatAreTakenAreTold) {
  Refused(WithHead("regressions:\n"
                   "  - {id: r, formula: \"log(y) ~ log(x) | unit\", inference: [cr3:unit]}\n"
                   "  - {id: r, formula: \"log(y) ~ log(x)\", inference: [cr3:unit]}\n"
                   "tables:\n"
                   "  - {id: t, kind: regression, columns: [r]}\n"
                   "  - {id: t, kind: regression, columns: [r]}\n"
                   "variables:\n"
                   "  - {name: x, expression: \"y\"}\n"
                   "id: again\n"),
          {"s.yaml:6:", "s.yaml:9:", "s.yaml:11:", "s.yaml:12:", "a second time"});
}

TEST_F(HostileStudy, GroupsThatCannotBeAreTold) {
  Refused(WithHead("classifications:\n"
                   "  - name: area\n"
                   "    groups:\n"
                   "      - {name: east, members: [u0, u1]}\n"
                   "      - {name: west, members: []}\n"
                   "      - {name: far, members: [nobody, u0]}\n"),
          {"s.yaml:8:9: ", "s.yaml:9:31: ", "nobody", "s.yaml:9:39: ", "already"});
}

TEST_F(HostileStudy, StepsThatCannotBeComputedAreToldTogetherWithTheirPlaces) {
  const FarrellRun run =
      Study("run", WithHead("classifications:\n"
                            "  - name: area\n"
                            "    groups:\n"
                            "      - {name: east, members: [u0, u1, u2, u3, u4]}\n"
                            "      - {name: west, members: [u5, u6, u7, u8, u9]}\n"
                            "comparisons:\n"
                            "  - {id: lost, formula: \"log(y) ~ log(x) | unit\", by: area, where: "
                            "\"group == 'north'\", inference: [cr3:unit]}\n"
                            "  - {id: fine, formula: \"log(y) ~ log(x) | unit\", by: area, inference: "
                            "[cr3:unit]}\n"
                            "regressions:\n"
                            "  - {id: none, formula: \"log(y) ~ lag(x, 5) | unit\", inference: [cr3:unit]}\n"
                            "tables:\n  - {id: t, kind: regression, columns: [none]}\n"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("steps failed: "));
  EXPECT_THAT(run.err, HasSubstr("s.yaml:10:5: the column area has fewer than two groups"));
  EXPECT_THAT(run.err, HasSubstr("s.yaml:13:5: no observations are left"));
}

// What only the results show: tables and sentences that they cannot fill say why, and the rest is printed.
TEST_F(HostileStudy, WhatTheResultsCannotShowIsSaidInItsPlace) {
  const std::string report =
      Report(WithHead("dea:\n"
                      "  - {id: m, inputs: [x], outputs: [y], where: year == 2010}\n"
                      "regressions:\n"
                      "  - {id: r, formula: log(y) ~ log(x), inference: [cr3:unit]}\n"
                      "tables:\n"
                      "  - {id: fine, kind: regression, columns: [r]}\n"
                      "  - {id: sigma, kind: convergence, columns: [m]}\n"
                      "claims:\n"
                      "  - {id: units, text: \"It has {regression:r:units} units.\"}\n"));
  EXPECT_THAT(report, HasSubstr("Not shown: "));
  EXPECT_THAT(report, HasSubstr("fewer than two periods"));
  EXPECT_THAT(report, HasSubstr("{regression:r:units}"));
  EXPECT_THAT(report, HasSubstr("Observations"));
}

TEST_F(HostileStudy, FewClustersAndSmallFrontiersArePrintedWithTheirRule) {
  const std::string clusters =
      Report(WithHead("classifications:\n"
                      "  - name: area\n"
                      "    groups:\n"
                      "      - {name: east, members: [u0, u1, u2]}\n"
                      "      - {name: west, members: [u3, u4, u5, u6, u7, u8, u9]}\n"
                      "comparisons:\n"
                      "  - {id: c, formula: \"log(y) ~ log(x) | unit\", by: area, inference: [cr3:unit, wild:unit]}\n"
                      "tables:\n  - {id: t, title: Areas, kind: comparison, columns: [c]}\n"));
  EXPECT_THAT(clusters, HasSubstr("W11"));
  EXPECT_THAT(clusters, HasSubstr("only 3 in east"));
  const std::string frontier =
      Report(WithHead("dea:\n  - {id: m, inputs: [x], outputs: [y], where: \"unit == 'u0' & year == 2010\"}\n"
                      "tables:\n  - {id: t, title: Ranking, kind: efficiency, columns: [m]}\n"));
  EXPECT_THAT(frontier, HasSubstr("W04"));
  EXPECT_THAT(frontier, HasSubstr("at least 6 wanted"));
}

TEST_F(HostileStudy, CollinearModelsGiveAnHonestTable) {
  const std::string report =
      Report(WithHead("variables:\n"
                      "  - {name: twice, expression: \"2 * x\"}\n"
                      "  - {name: flat, expression: \"1 + 0 * x\"}\n"
                      "regressions:\n"
                      "  - {id: r, formula: \"y ~ x + twice + flat | unit\", inference: [cr3:unit]}\n"
                      "tables:\n  - {id: t, title: All, kind: regression, columns: [r]}\n"));
  EXPECT_THAT(report, HasSubstr("twice"));
}

TEST_F(HostileStudy, WrongTypesAreToldTogether) {
  Refused(
      "id: [1, 2]\ntitle: {a: b}\nseed: lots\ndata: 7\ndea: x\nregressions:\n  - 3\n"
      "  - {id: r, formula: [a], draws: many, mundlak: perhaps}\ntables: {id: t}\n",
      {"s.yaml:1:5: ", "s.yaml:2:8: ", "s.yaml:3:7: ", "s.yaml:4:7: ", "s.yaml:5:6: ", "s.yaml:7:5: ", "s.yaml:8:22: ",
       "s.yaml:8:34: "});
  for (const char* text : {"", "# nothing\n", "~\n", "hello\n", "- a\n- b\n"}) Refused(text, {"s.yaml:1:1: "});
}

TEST_F(HostileStudy, TextThatIsNoYamlSaysWhere) {
  Refused(WithHead("dea: [{id: m, inputs: [x\n"), {"s.yaml:", "not valid YAML"});
  Refused("id: s\n\ttitle: x\n", {"s.yaml:2:1: ", "tab"});
  Refused(WithHead("---\n") + kHead, {"s.yaml:5:1: ", "second YAML document"});
  Refused(WithHead("? [a, b]\n: c\n"), {"s.yaml:4:3: "});
}

TEST_F(HostileStudy, BytesThatAreNoTextSayWhere) {
  Refused(WithHead("question: \"a") + std::string("\0b\"\n", 4), {"s.yaml:4:13: ", "NUL"});
  Refused(WithHead("question: \"\xff\"\n"), {"s.yaml:4:12: ", "UTF-8"});
  const FarrellRun bom =
      Study("validate", "\xef\xbb\xbf" + WithHead("dea:\n  - {id: m, inputs: [xx], outputs: [y]}\n"));
  EXPECT_THAT(bom.out, HasSubstr("s.yaml:5:"));
  const FarrellRun crlf = Study("validate",
                                "id: s\r\ndata: {file: data.csv, unit: unit, time: year}\r\ndea:\r\n  - {id: m, "
                                "inputs: [xx], outputs: [y]}\r\n");
  EXPECT_THAT(crlf.out, HasSubstr("s.yaml:4:"));
}

// Ten aliases of ten aliases of …: not one is written out.
TEST_F(HostileStudy, BombsAndDeepNestsEndSoon) {
  std::string bomb = kHead;
  bomb += "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string(i == 0 ? "*" : ",*") + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  bomb += "authors: *j\n";
  const auto nested = [](const std::string& open, const std::string& inner, const std::string& close) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += open;
    text += inner;
    for (int i = 0; i < 20'000; ++i) text += close;
    return text;
  };
  const auto start = std::chrono::steady_clock::now();
  Refused(bomb, {"s.yaml:4:1: ", "unknown key"});
  Refused(WithHead("authors: &a [*a]\n"), {"s.yaml:4:10: "});
  Refused(WithHead("authors: " + nested("[", "", "]") + "\n"), {"s.yaml:4:", "nested too deeply"});
  Refused(nested("{a: ", "b", "}"), {"s.yaml:1:", "nested too deeply"});
  Refused(WithHead("variables:\n  - {name: a, expression: \"" + nested("(", "x", ")") + "\"}\n"),
          {"s.yaml:5:", "nested too deeply"});
  Refused(
      WithHead("regressions:\n  - {id: r, inference: [cr3:unit], formula: \"y ~ " + nested("(", "x", ")") + "\"}\n"),
      {"s.yaml:5:", "nested too deeply"});
  Refused(WithHead("title: \"" + std::string(2'000'000, 'x') + "\"\n"), {"s.yaml:1:1: ", "larger"});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(2));
}

TEST_F(HostileStudy, IdsThatAreNoNamesAreRefused) {
  Refused(
      "id: \"a b/../c\"\ndata: {file: data.csv, unit: unit, time: year}\ndea:\n"
      "  - {id: \"../x\", inputs: [x], outputs: [y]}\n  - {id: \"\", inputs: [x], outputs: [y]}\n"
      "  - {inputs: [x], outputs: [y]}\n",
      {"s.yaml:1:5: ", "s.yaml:4:10: ", "s.yaml:5:", "s.yaml:6:"});
}

}  // namespace
}  // namespace farrell::testing
