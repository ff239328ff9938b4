#include "services/reporting/service/study_reader.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "farrell/dea/v1/dea.pb.h"
#include "services/reporting/service/yaml_message.h"
#include "tests/reporting/service/study_files.h"

namespace farrell::reporting {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

ReadStudy Read(const std::string& text) { return ReadStudySource(Source({{"s.yaml", text}})); }

TEST(StudyReader, ReadsEveryKindOfValue) {
  const ReadStudy read = Read(R"(id: a
seed: -7
data: {file: p.csv, synthetic: true, missing: NA}
authors: One
dea:
  - id: main
    inputs: [k, l]
    outputs: y
    scale: yes
regressions:
  - {id: r, formula: "y ~ x", published: [{term: x, estimate: 1.5e-2, tolerance: 1e-3}]}
)");
  EXPECT_THAT(Texts(read.problems), IsEmpty());
  EXPECT_EQ(read.study.seed(), -7);
  EXPECT_TRUE(read.study.data().synthetic());
  EXPECT_THAT(read.study.data().missing(), ElementsAre("NA"));
  EXPECT_THAT(read.study.authors(), ElementsAre("One"));
  EXPECT_THAT(read.study.dea(0).inputs(), ElementsAre("k", "l"));
  EXPECT_THAT(read.study.dea(0).outputs(), ElementsAre("y"));
  EXPECT_TRUE(read.study.dea(0).scale());
  EXPECT_EQ(read.study.regressions(0).published(0).estimate(), 0.015);
  EXPECT_TRUE(read.study.regressions(0).published(0).has_tolerance());
  EXPECT_FALSE(read.study.regressions(0).published(0).has_std_error());
}

struct BadStudy {
  const char* name;
  const char* text;
  const char* problem;
};

class BadStudyTest : public testing::TestWithParam<BadStudy> {};

TEST_P(BadStudyTest, PointsAtTheMistake) {
  EXPECT_THAT(Texts(Read(GetParam().text).problems), ElementsAre(StartsWith(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    StudyReader, BadStudyTest,
    testing::Values(
        BadStudy{"unknown_key", "id: a\nregresions: []\n",
                 "s.yaml:2:1: regresions: unknown key `regresions`; did you mean `regressions`?"},
        BadStudy{"unknown_key_inside", "id: a\ndea:\n  - id: m\n    orientaton: output\n",
                 "s.yaml:4:5: dea[0].orientaton: unknown key `orientaton`; did you mean `orientation`?"},
        BadStudy{"swapped_letters", "id: a\ntilte: x\n",
                 "s.yaml:2:1: tilte: unknown key `tilte`; did you mean `title`?"},
        BadStudy{"repeated_key", "id: a\ntitle: x\nid: b\n", "s.yaml:3:1: id: the key `id` stands here a second time"},
        BadStudy{"text_for_number", "id: a\nseed: twelve\n",
                 "s.yaml:2:7: seed: expected a whole number, found `twelve`"},
        BadStudy{"fraction_for_integer", "id: a\nseed: 1.5\n",
                 "s.yaml:2:7: seed: expected a whole number, found `1.5`"},
        BadStudy{"integer_too_large", "id: a\nseed: 99999999999999999999\n",
                 "s.yaml:2:7: seed: expected a whole number"},
        BadStudy{"text_for_bool", "id: a\ndata:\n  synthetic: maybe\n",
                 "s.yaml:3:14: data.synthetic: expected true or false, found `maybe`"},
        BadStudy{"infinite", "id: a\nregressions:\n- published:\n  - {term: x, estimate: inf}\n",
                 "s.yaml:4:25: regressions[0].published[0].estimate: expected a number, found `inf`"},
        BadStudy{"map_for_text", "id: {a: b}\n", "s.yaml:1:5: id: expected a text, found a map"},
        BadStudy{"list_for_text", "id: [a, b]\n", "s.yaml:1:5: id: expected a text, found a list"},
        BadStudy{
            "text_for_map", "id: a\ndata: panel.csv\n",
            "s.yaml:2:7: data: expected a map with the keys file, dataset, unit, time, missing, synthetic, …, found "
            "`panel.csv`"},
        BadStudy{"list_in_list", "id: a\nauthors: [[x]]\n", "s.yaml:2:11: authors[0]: expected a text, found a list"},
        BadStudy{"empty_entry", "id: a\nauthors:\n  - x\n  -\n", "s.yaml:4:3: authors[1]: the list has an empty entry"},
        BadStudy{"list_at_top", "- id: a\n", "s.yaml:1:1: expected a map with the keys id, title"},
        BadStudy{"empty_file", "", "s.yaml:1:1: the file is empty"},
        BadStudy{"only_comments", "# nothing\n", "s.yaml:1:1: the file is empty"},
        BadStudy{"a_comma_first", ", id: a\n", "s.yaml:1:1: not valid YAML: nothing can stand here"},
        BadStudy{"a_comma_after_the_end", "id: a\n...\n, b\n", "s.yaml:3:1: not valid YAML: nothing can stand here"},
        BadStudy{"a_bare_document", "id: a\n...\nid: b\n", "s.yaml:3:1: a second YAML document starts here"},
        BadStudy{"two_documents", "id: a\n---\nid: b\n", "s.yaml:3:1: a second YAML document starts here"},
        BadStudy{"unclosed_bracket", "id: a\nauthors: [x, y\n", "s.yaml:3:1: not valid YAML:"},
        BadStudy{"bad_indent", "id: a\ndata:\n  file: x\n unit: y\n", "s.yaml:4:2: not valid YAML:"},
        BadStudy{"unknown_anchor", "id: *nobody\n", "s.yaml:1:5: not valid YAML:"},
        BadStudy{"not_utf8", "id: a\ntitle: \xff\xfe\n", "s.yaml:2:8: not UTF-8 text"},
        BadStudy{"columns_are_characters", "{id: 区域创新, sed: 1}\n", "s.yaml:1:12: sed: unknown key `sed`"},
        BadStudy{"remove_without_extends", "id: a\nremove: [x]\n",
                 "s.yaml:2:10: remove[0]: there is nothing to remove: the study extends no other"}),
    [](const auto& bad) { return std::string(bad.param.name); });

TEST(StudyReader, ReportsAllProblemsInTheOrderOfTheFile) {
  const ReadStudy read = Read("sed: 1\nid: a\ndata: {fiel: x}\nseed: x\nid: b\n");
  EXPECT_THAT(Texts(read.problems), ElementsAre(HasSubstr("s.yaml:1:1: sed"), HasSubstr("s.yaml:3:8: data.fiel"),
                                                HasSubstr("s.yaml:4:7: seed"), HasSubstr("s.yaml:5:1: id")));
}

TEST(StudyReader, AnAliasBombIsStopped) {
  std::string text = "id: a\nclassifications:\n- &c\n  name: x\n  groups:\n  - &g\n    name: g\n    members: [";
  for (int i = 0; i < 2000; ++i) text += "m, ";
  text += "m]\n";
  for (int i = 0; i < 1000; ++i) text += "  - *g\n";
  for (int i = 0; i < 1000; ++i) text += "- *c\n";
  EXPECT_THAT(Texts(Read(text).problems), Contains(HasSubstr("unfolds into more than 200000 values")));
}

TEST(StudyReader, AnAnchorInsideItselfEnds) {
  EXPECT_THAT(Texts(Read("id: a\nauthors: &x [*x]\n").problems), Not(IsEmpty()));
}

TEST(StudyReader, DeepNestingEnds) {
  EXPECT_THAT(Texts(Read("id: " + std::string(100000, '[')).problems), ElementsAre(HasSubstr("nested too deeply")));
}

TEST(StudyReader, AHugeFileIsRefused) {
  EXPECT_THAT(Texts(Read("id: " + std::string(kMaxYamlBytes, 'a')).problems), ElementsAre(HasSubstr("larger than")));
}

TEST(YamlMessage, EnumsAreShortLowerCaseNames) {
  dea::v1::Model model;
  Places places;
  Problems problems;
  ReadYamlMessage("rts: vrs\norientation: outptu\nfrontier: {scheme: global}\n", "m.yaml", model, places, problems);
  EXPECT_EQ(model.rts(), dea::v1::RETURNS_TO_SCALE_VRS);
  EXPECT_EQ(model.frontier().scheme(), dea::v1::Frontier::SCHEME_GLOBAL);
  EXPECT_THAT(Texts(problems), ElementsAre("m.yaml:2:14: orientation: unknown value `outptu`; did you mean `output`?"));
}

TEST(YamlMessage, ProtobufMapsAreYamlMaps) {
  regression::v1::FitResult fit;
  Places places;
  Problems problems;
  ReadYamlMessage("missing_by_column: {gdp: 3, pop: x}\n", "m.yaml", fit, places, problems);
  EXPECT_EQ(fit.missing_by_column().at("gdp"), 3);
  EXPECT_THAT(Texts(problems), ElementsAre("m.yaml:1:34: missing_by_column.pop: expected a whole number, found `x`"));
}

constexpr const char* kBase = R"(id: base
title: The base
seed: 1
limits: Old.
authors: [A, B]
data: {file: old.csv, synthetic: true, where: "role == 'sample'"}
variables:
  - {name: x, expression: a / b}
  - {name: z, column: zz}
dea:
  - {id: main, inputs: [k], outputs: [y]}
regressions:
  - {id: r1, formula: y ~ x}
  - {id: r2, formula: y ~ z}
tables:
  - {id: t1, kind: regression, columns: [r1, r2]}
not_available:
  - {what: W, why: base}
)";

TEST(Extends, ReplacesByIdInPlaceAndAddsBehind) {
  const ReadStudy read = ReadStudySource(Source({{"d/child.yaml", R"(id: child
extends: ../base.yaml
limits: ""
authors: [C]
data: {file: new.csv}
variables:
  - {name: new, column: n}
  - {name: x, expression: a / new}
tables:
  - {id: t1, kind: regression, columns: [r1]}
not_available:
  - {what: V, why: child}
)"},
                                                 {"base.yaml", kBase}}));
  EXPECT_THAT(Texts(read.problems), IsEmpty());
  EXPECT_EQ(read.study.id(), "child");
  EXPECT_EQ(read.study.title(), "The base");
  EXPECT_EQ(read.study.limits(), "");
  EXPECT_EQ(read.study.extends(), "");
  EXPECT_THAT(read.study.authors(), ElementsAre("C"));
  EXPECT_EQ(read.study.data().file(), "new.csv");
  EXPECT_FALSE(read.study.data().synthetic());
  EXPECT_EQ(read.study.data().where(), "");
  ASSERT_THAT(read.study.variables(), SizeIs(3));
  EXPECT_EQ(read.study.variables(0).expression(), "a / new");
  EXPECT_EQ(read.study.variables(2).name(), "new");
  EXPECT_THAT(read.study.tables(0).columns(), ElementsAre("r1"));
  EXPECT_THAT(read.study.not_available(), SizeIs(2));

  const Place changed = read.places.Find("variables[0].expression");
  EXPECT_EQ(changed.file, "d/child.yaml");
  EXPECT_EQ(changed.line, 8);
  const Place added = read.places.Find("variables[2].column");
  EXPECT_EQ(added.line, 7);
  const Place inherited = read.places.Find("regressions[1].formula");
  EXPECT_EQ(inherited.file, "base.yaml");
  EXPECT_EQ(inherited.line, 14);
  EXPECT_EQ(read.places.Find("data.synthetic").file, "d/child.yaml");
}

TEST(Extends, RemoveTakesEntriesOutByIdAndByListAndId) {
  const ReadStudy read = ReadStudySource(
      Source({{"c.yaml", "id: c\nextends: base.yaml\nremove: [r1, 'tables:t1', z]\n"}, {"base.yaml", kBase}}));
  EXPECT_THAT(Texts(read.problems), IsEmpty());
  ASSERT_THAT(read.study.regressions(), SizeIs(1));
  EXPECT_EQ(read.study.regressions(0).id(), "r2");
  EXPECT_EQ(read.places.Find("regressions[0].formula").line, 14);
  EXPECT_THAT(read.study.tables(), IsEmpty());
  EXPECT_THAT(read.study.variables(), SizeIs(1));
  EXPECT_THAT(read.study.remove(), IsEmpty());
}

TEST(Extends, RemovingWhatIsNotThereIsAProblem) {
  const ReadStudy read =
      ReadStudySource(Source({{"c.yaml", "id: c\nextends: base.yaml\nremove:\n  - mian\n"}, {"base.yaml", kBase}}));
  EXPECT_THAT(Texts(read.problems),
              ElementsAre("c.yaml:4:5: remove[0]: nothing inherited is called `mian`; did you mean `main`?"));
}

TEST(Extends, ProblemsOfBothFilesAreReportedWithTheirFile) {
  const ReadStudy read = ReadStudySource(
      Source({{"c.yaml", "id: c\nextends: base.yaml\nsed: 1\n"}, {"base.yaml", "id: base\ntitel: x\n"}}));
  EXPECT_THAT(Texts(read.problems), ElementsAre(StartsWith("base.yaml:2:1: titel"), StartsWith("c.yaml:3:1: sed")));
}

TEST(Extends, AMissingFileIsAProblem) {
  EXPECT_THAT(Texts(Read("id: c\nextends: gone.yaml\n").problems),
              ElementsAre("s.yaml:2:10: extends: there is no file `gone.yaml`"));
}

TEST(Extends, CirclesAreFound) {
  const ReadStudy self = Read("id: c\nextends: s.yaml\n");
  EXPECT_THAT(Texts(self.problems), ElementsAre(HasSubstr("s.yaml:2:10: extends: `s.yaml` extends this file in turn")));
  const ReadStudy pair =
      ReadStudySource(Source({{"a.yaml", "id: a\nextends: b.yaml\n"}, {"b.yaml", "id: b\nextends: ./a.yaml\n"}}));
  EXPECT_THAT(Texts(pair.problems), ElementsAre(StartsWith("b.yaml:2:10: extends: `./a.yaml`")));
}

TEST(Extends, ThreeFilesInARow) {
  const ReadStudy read =
      ReadStudySource(Source({{"a.yaml", "id: a\nextends: b.yaml\nregressions: [{id: r2, formula: y ~ q}]\n"},
                              {"b.yaml", "id: b\nextends: base.yaml\nremove: r1\nseed: 9\n"},
                              {"base.yaml", kBase}}));
  EXPECT_THAT(Texts(read.problems), IsEmpty());
  EXPECT_EQ(read.study.id(), "a");
  EXPECT_EQ(read.study.seed(), 9);
  ASSERT_THAT(read.study.regressions(), SizeIs(1));
  EXPECT_EQ(read.study.regressions(0).formula(), "y ~ q");
}

TEST(StudyReader, ReadsTheShippedExamples) {
  for (const std::string path : {"us-states/study.yaml"}) {
    std::ifstream file(std::string(FARRELL_SOURCE_DIR) + "/examples/" + path);
    ASSERT_TRUE(file) << path;
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_THAT(Texts(Read(text.str()).problems), IsEmpty()) << path;
  }
}

}  // namespace
}  // namespace farrell::reporting
