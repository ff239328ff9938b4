// Definitions, loops and their mistakes.
#include "services/reporting/service/study_expansion.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "services/reporting/service/study_digest.h"
#include "tests/reporting/service/study_files.h"

namespace farrell::reporting {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ReadStudy Read(const std::string& text) { return ReadStudySource(Source({{"s.yaml", text}})); }

std::vector<std::string> Formulas(const ReadStudy& read) {
  std::vector<std::string> formulas;
  for (const v1::StudyRegression& entry : read.study.regressions())
    formulas.push_back(entry.id() + ": " + entry.formula());
  return formulas;
}

constexpr const char* kModel = R"yaml(id: a
define:
  y: log(score.main)
  x: ln_ai
  controls: urban + open
  model: "{y} ~ {x} + {controls} | unit + year"
)yaml";

TEST(StudyExpansion, WritesDefinitionsOut) {
  const ReadStudy read = Read(std::string(kModel) + R"yaml(regressions:
  - {id: baseline, formula: "{model}", hypotheses: ["{x} = 0"]}
  - {id: lagged, formula: "{model}", with: {x: "lag({x0})", x0: ln_ai
}
}
)yaml");
  EXPECT_THAT(Texts(read.problems), IsEmpty());
  EXPECT_THAT(Formulas(read), ElementsAre("baseline: log(score.main) ~ ln_ai + urban + open | unit + year",
                                          "lagged: log(score.main) ~ lag(ln_ai) + urban + open | unit + year"));
  EXPECT_THAT(read.study.regressions(0).hypotheses(), ElementsAre("ln_ai = 0"));
  EXPECT_TRUE(read.study.define().empty());
  EXPECT_TRUE(read.study.regressions(1).with().empty());
}

TEST(StudyExpansion, OneEntryAValueNamedTogetherInTables) {
  const ReadStudy read = Read(std::string(kModel) + R"yaml(dea:
  - {id: main, inputs: [k], outputs: [y]}
  - {id: other, inputs: [k], outputs: [y], rts: "{r}", each: {name: r, in: [vrs, nirs]}}
regressions:
  - {id: baseline, formula: "{model}"}
  - {id: frontier, label: "{d}", formula: "{model}", with: {y: "log(score.{d})"}, each: {
name:
  d, over : dea
}
}
  - {id: grid, formula: "{model} ", each: [{name: y, in: [p, q]}, {name: x, in: [a, b c]}]}
tables:
  - {id: t, kind: regression, columns: [frontier, baseline]}
figures:
  - {id: f, kind: coefficients, of: [grid]}
)yaml");
  EXPECT_THAT(Texts(read.problems), IsEmpty());
  ASSERT_THAT(read.study.dea(), SizeIs(3));
  EXPECT_EQ(read.study.dea(2).id(), "other_nirs");
  EXPECT_EQ(read.study.dea(2).rts(), "nirs");
  EXPECT_THAT(Formulas(read), SizeIs(8));
  EXPECT_EQ(read.study.regressions(3).id(), "frontier_other_nirs");
  EXPECT_EQ(read.study.regressions(3).label(), "other_nirs");
  EXPECT_EQ(read.study.regressions(3).formula(), "log(score.other_nirs) ~ ln_ai + urban + open | unit + year");
  EXPECT_THAT(read.study.tables(0).columns(),
              ElementsAre("frontier_main", "frontier_other_vrs", "frontier_other_nirs", "baseline"));
  EXPECT_THAT(read.study.figures(0).of(), ElementsAre("grid_p_a", "grid_p_b_c", "grid_q_a", "grid_q_b_c"));
  // The place of what a loop made is that of the loop's entry; positions inside its text are gone.
  EXPECT_EQ(read.places.Find("regressions[3].formula").line, 12);
  EXPECT_EQ(read.places.Find("regressions[3].formula").text_offset, -1);
  EXPECT_EQ(read.places.Find("tables[0].columns[3]").column, 51);
}

TEST(StudyExpansion, AnIdMayHoldTheValueItself) {
  const ReadStudy read = Read(R"yaml(id: a
regressions:
  - {id: "by_{y}_alone", formula: "{y} ~ x", each: {name: y, in: [p, q]}}
)yaml");
  EXPECT_THAT(Formulas(read), ElementsAre("by_p_alone: p ~ x", "by_q_alone: q ~ x"));
}

TEST(StudyExpansion, AChildRedefinesTheTextsOfItsBase) {
  const ReadStudy read =
      ReadStudySource(Source({{"c.yaml", "id: c\nextends: b.yaml\ndefine: {x: rate}\ntranslations: {B: 乙}\n"},
                              {"b.yaml",
                               "id: b\ndefine: {x: ln_ai, y: out}\ntranslations: {A: 甲}\nregressions: [{id: r, "
                               "formula: \"{y} ~ {x}\"}]\n"}}));
  EXPECT_THAT(Texts(read.problems), IsEmpty());
  EXPECT_THAT(Formulas(read), ElementsAre("r: out ~ rate"));
  EXPECT_EQ(read.study.translations().at("A"), "甲");
  EXPECT_EQ(read.study.translations().at("B"), "乙");
}

TEST(StudyExpansion, TheDigestIsThatOfTheStudyWrittenOut) {
  const ReadStudy loops =
      Read("id: a\ndefine: {x: z}\nregressions: [{id: r, formula: \"{v} ~ {x}\", each: {name: v, in: [p, q]}}]\n");
  const ReadStudy plain = Read("id: a\nregressions: [{id: r_p, formula: p ~ z}, {id: r_q, formula: q ~ z}]\n");
  EXPECT_EQ(StudyDigest(loops.study, "", {}), StudyDigest(plain.study, "", {}));
}

TEST(StudyExpansion, NamesEveryMistake) {
  const ReadStudy read = Read(R"yaml(id: a
define: {up: "{down}", down: "{up}", controls: c}
define_: 1
regressions:
  - {id: r1, formula: "y ~ {contrls}"}
  - {id: r2, formula: "y ~ {up}"}
  - {id: r3, formula: "y ~ {v}", each: {name: v}}
  - {id: r4, formula: "y ~ {v}", each: {name: v, over: regressions}}
  - {id: r5, formula: "y ~ {v}", each: [{name: v, in: [p], over: dea}, {name: v, in: [q]}]}
  - {id: r6, formula: "y ~ x", each: {in: [p]}}
)yaml");
  EXPECT_THAT(
      Texts(read.problems),
      ElementsAre(
          HasSubstr("s.yaml:3:1: define_: unknown key"),
          HasSubstr("s.yaml:5:23: regressions[0].formula: `{contrls}` is not defined; did you mean `controls`?"),
          HasSubstr("regressions[1].formula: the texts behind `y ~ {up}` stand for each other in a circle"),
          HasSubstr("regressions[2].each[0]: a loop needs values"),
          HasSubstr("regressions[3].each[0].over: `regressions` is no list of entries before this one"),
          HasSubstr("regressions[4].each[0]: give either `in` or `over`"),
          HasSubstr("regressions[4].each[1]: two loops are called `v`"),
          HasSubstr("regressions[5].each[0]: a loop needs a `name`")));
}

TEST(StudyExpansion, LoopsCannotFillTheMemory) {
  std::string values;
  for (int i = 0; i < 200; ++i) values += (i > 0 ? "," : "") + std::to_string(i);
  std::string text = "id: a\nregressions:\n  - {id: r, formula: y ~ x, each: [";
  for (const char* name : {"a", "b", "c", "d"}) text += "{name: " + std::string(name) + ", in: [" + values + "]},";
  text.back() = ']';
  const ReadStudy read = Read(text + "}\n");
  EXPECT_THAT(Texts(read.problems), ElementsAre(HasSubstr("make more than 10000 entries")));
  std::string doubling = "id: a\ndefine:\n  t0: " + std::string(64, 'x') + "\n";
  for (int i = 1; i < 40; ++i) {
    const std::string last = "{t" + std::to_string(i - 1) + "}";
    doubling += "  t" + std::to_string(i) + ": \"" + last + last + "\"\n";
  }
  EXPECT_THAT(Texts(Read(doubling + "regressions: [{id: r, formula: \"{t39}\"}]\n").problems),
              ElementsAre(HasSubstr("in a circle, or are too long")));
}

}  // namespace
}  // namespace farrell::reporting
