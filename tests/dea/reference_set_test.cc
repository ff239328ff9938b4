// Who spans whose frontier, and which data a model accepts.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "common/panel/panel.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Units a, b in periods 1, 2, 4, 5; rows a1 a2 a4 a5 b1 b2 b4 b5.
Observations TwoByFour() {
  Observations data;
  data.input_count = data.output_count = 1;
  for (const int unit : {0, 1}) {
    for (const int time : {1, 2, 4, 5}) {
      data.times.push_back(time);
      data.groups.push_back(unit);
      data.roles.push_back(RowRole::kScored);
      data.cells.insert(data.cells.end(), {1, 1});
    }
  }
  return data;
}

std::vector<std::int32_t> SetOf(const ReferenceSets& sets, std::size_t row) {
  return sets.sets.at(static_cast<std::size_t>(sets.set_of_row.at(row)));
}

TEST(ReferenceSetTest, Contemporaneous) {
  Observations data = TwoByFour();
  data.groups.clear();
  const ReferenceSets sets = MakeReferenceSets(data, {FrontierScheme::kContemporaneous, 0, ""});
  EXPECT_THAT(SetOf(sets, 1), ElementsAre(1, 5));
  EXPECT_EQ(sets.sets.size(), 4U);
  EXPECT_EQ(sets.smallest(), 2);
}

TEST(ReferenceSetTest, GlobalAndSequential) {
  Observations data = TwoByFour();
  data.groups.clear();
  EXPECT_THAT(SetOf(MakeReferenceSets(data, {FrontierScheme::kGlobal, 0, ""}), 3), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  const ReferenceSets sequential = MakeReferenceSets(data, {FrontierScheme::kSequential, 0, ""});
  EXPECT_THAT(SetOf(sequential, 0), ElementsAre(0, 4));
  EXPECT_THAT(SetOf(sequential, 2), ElementsAre(0, 1, 2, 4, 5, 6));
}

// Three periods ending at t, counted among the periods there are; the first three for earlier t.
TEST(ReferenceSetTest, Window) {
  Observations data = TwoByFour();
  data.groups.clear();
  const ReferenceSets sets = MakeReferenceSets(data, {FrontierScheme::kWindow, 3, ""});
  for (const std::size_t row : {0U, 1U, 2U}) EXPECT_THAT(SetOf(sets, row), ElementsAre(0, 1, 2, 4, 5, 6)) << row;
  EXPECT_THAT(SetOf(sets, 3), ElementsAre(1, 2, 3, 5, 6, 7));
}

TEST(ReferenceSetTest, GroupsNeverMix) {
  const Observations data = TwoByFour();
  EXPECT_THAT(SetOf(MakeReferenceSets(data, {FrontierScheme::kContemporaneous, 0, "region"}), 5), ElementsAre(5));
  EXPECT_THAT(SetOf(MakeReferenceSets(data, {FrontierScheme::kGlobal, 0, "region"}), 5), ElementsAre(4, 5, 6, 7));
}

TEST(ReferenceSetTest, RolesDecideWhoSpansAndWhoIsScored) {
  Observations data = TwoByFour();
  data.groups.clear();
  data.roles[0] = RowRole::kReferenceOnly;
  data.roles[4] = RowRole::kExcluded;
  const ReferenceSets sets = MakeReferenceSets(data, {FrontierScheme::kGlobal, 0, ""});
  EXPECT_EQ(sets.set_of_row[0], ReferenceSets::kNone);
  EXPECT_EQ(sets.set_of_row[4], ReferenceSets::kNone);
  EXPECT_THAT(SetOf(sets, 1), ElementsAre(0, 1, 2, 3, 5, 6, 7));
}

// A row that is frozen out changes nobody's set; where nobody spans its period it looks to the latest one before.
TEST(ReferenceSetTest, FrozenOutRowsSpanNothing) {
  Observations data = TwoByFour();
  data.groups.clear();
  for (const std::size_t row : {0U, 3U, 4U, 7U}) data.roles[row] = RowRole::kFrozenOut;  // all of periods 1 and 5
  data.roles[6] = RowRole::kFrozenOut;
  const auto sets = [&](FrontierScheme scheme, int window = 0) {
    return MakeReferenceSets(data, {scheme, window, ""});
  };
  EXPECT_THAT(SetOf(sets(FrontierScheme::kContemporaneous), 3), ElementsAre());
  EXPECT_THAT(SetOf(sets(FrontierScheme::kContemporaneous), 6), ElementsAre(2));
  EXPECT_THAT(SetOf(sets(FrontierScheme::kGlobal), 0), ElementsAre(1, 2, 5));
  EXPECT_THAT(SetOf(sets(FrontierScheme::kSequential), 0), ElementsAre());
  EXPECT_THAT(SetOf(sets(FrontierScheme::kSequential), 3), ElementsAre(1, 2, 5));
  // Period 4 stays the last, period 2 the first.
  EXPECT_THAT(SetOf(sets(FrontierScheme::kBiennial), 2), ElementsAre(1, 2, 5));
  EXPECT_THAT(SetOf(sets(FrontierScheme::kWindow, 1), 7), ElementsAre(2));
}

Panel SmallPanel() {
  Panel panel;
  panel.units = {"Anhui", "Anhui", "Beijing", "Beijing"};
  panel.times = {2010, 2011, 2010, 2011};
  panel.rows = {0, 1, 2, 3};
  panel.columns = {{"labour", false, {1, 2, 3, 4}, {}},
                   {"capital", false, {1, 2, 3, 4}, {}},
                   {"patents", false, {1, 2, 3, 4}, {}},
                   {"role", true, {}, {"sample", "sample", "reference_only", "sample"}},
                   {"flag", false, {0, 0, 1, 0}, {}}};
  return panel;
}

Model SmallModel() {
  Model model;
  model.inputs = {"labour", "capital"};
  model.outputs = {"patents"};
  return model;
}

TEST(ObservationsTest, ReferenceOnlyRowsByTextNumberOrValue) {
  Model model = SmallModel();
  for (const char* column : {"role", "flag"}) {
    model.reference_only_column = column;
    const Result<Observations> data = MakeObservations(SmallPanel(), model);
    ASSERT_TRUE(data.ok()) << data.status().ToString();
    EXPECT_THAT(data->roles,
                ElementsAre(RowRole::kScored, RowRole::kScored, RowRole::kReferenceOnly, RowRole::kScored));
  }
  model.reference_only_column = "role";
  model.reference_only_value = "sample";
  EXPECT_THAT(MakeObservations(SmallPanel(), model)->roles,
              ElementsAre(RowRole::kReferenceOnly, RowRole::kReferenceOnly, RowRole::kScored, RowRole::kReferenceOnly));
}

TEST(ObservationsTest, NoRowIsReferenceOnlyAndFrozenOutAtOnce) {
  Model model = SmallModel();
  model.frozen_out_column = "flag";
  EXPECT_THAT(MakeObservations(SmallPanel(), model)->roles,
              ElementsAre(RowRole::kScored, RowRole::kScored, RowRole::kFrozenOut, RowRole::kScored));
  model.reference_only_column = "role";
  const Status status = MakeObservations(SmallPanel(), model).status();
  EXPECT_EQ(status.reason(), "DATA_INVALID");
  ASSERT_EQ(status.violations().size(), 1U);
  EXPECT_EQ(status.violations()[0].field, "unit Beijing, time 2010, column flag");
}

TEST(ObservationsTest, EveryBadCellIsNamed) {
  Panel panel = SmallPanel();
  panel.columns[0].numbers[1] = -3;
  panel.columns[2].numbers[2] = kMissing;
  panel.columns[0].numbers[3] = panel.columns[1].numbers[3] = 0;
  const Result<Observations> data = MakeObservations(panel, SmallModel());
  ASSERT_FALSE(data.ok());
  EXPECT_EQ(data.status().reason(), "DATA_INVALID");
  ASSERT_EQ(data.status().violations().size(), 3U);
  EXPECT_EQ(data.status().violations()[0].field, "unit Anhui, time 2011, column labour");
  EXPECT_THAT(data.status().violations()[0].description, HasSubstr("negative (-3)"));
  EXPECT_EQ(data.status().violations()[1].field, "unit Beijing, time 2010, column patents");
  EXPECT_THAT(data.status().violations()[1].description, HasSubstr("missing"));
  EXPECT_EQ(data.status().violations()[2].field, "unit Beijing, time 2011, column labour, capital");
  EXPECT_THAT(data.status().violations()[2].description, HasSubstr("no input is positive"));

  Model exclude = SmallModel();
  exclude.invalid_data = InvalidDataPolicy::kExclude;
  const Result<Observations> rest = MakeObservations(panel, exclude);
  ASSERT_TRUE(rest.ok()) << rest.status().ToString();
  EXPECT_THAT(rest->roles, ElementsAre(RowRole::kScored, RowRole::kExcluded, RowRole::kExcluded, RowRole::kExcluded));
}

TEST(ObservationsTest, TextMissingAndNegativeCellsAreNamedAtOnce) {
  Panel panel = SmallPanel();
  panel.columns[0].numbers[1] = -3;
  panel.columns[1] = {"capital", true, {}, {"1", "n/a", "", "-4"}};
  for (const InvalidDataPolicy policy : {InvalidDataPolicy::kError, InvalidDataPolicy::kExclude}) {
    Model model = SmallModel();
    model.invalid_data = policy;
    const Status status = MakeObservations(panel, model).status();
    EXPECT_EQ(status.reason(), "DATA_INVALID");
    std::vector<std::string> fields;
    for (const auto& violation : status.violations()) fields.push_back(violation.field);
    if (policy == InvalidDataPolicy::kError) {
      EXPECT_THAT(fields, ElementsAre("model.inputs[1]", "unit Anhui, time 2011, column capital",
                                      "unit Anhui, time 2011, column labour", "unit Beijing, time 2010, column capital",
                                      "unit Beijing, time 2011, column capital"));
    } else {
      EXPECT_THAT(fields, ElementsAre("model.inputs[1]", "unit Anhui, time 2011, column capital"));
    }
  }
}

TEST(ObservationsTest, RepeatedKeysAndUnknownColumnsAreErrors) {
  Panel panel = SmallPanel();
  panel.times[1] = 2010;
  EXPECT_EQ(MakeObservations(panel, SmallModel()).status().reason(), "DATA_INVALID");
  Model model = SmallModel();
  model.inputs = {"labor"};
  model.frontier.group_column = "region";
  const Status status = MakeObservations(SmallPanel(), model).status();
  EXPECT_EQ(status.code(), Code::kNotFound);
  EXPECT_EQ(status.reason(), "COLUMN_NOT_FOUND");
  EXPECT_EQ(status.violations().size(), 2U);
  model = SmallModel();
  model.inputs = {"role"};
  EXPECT_EQ(MakeObservations(SmallPanel(), model).status().reason(), "DATA_INVALID");
}

TEST(ObservationsTest, FrozenFrontiersAreOfPlainScores) {
  Model model = SmallModel();
  model.frozen_out_column = "flag";
  model.super = true;
  model.cross = CrossEfficiency::kAggressive;
  model.influence = true;
  model.metafrontier_column = "role";
  const Status status = MakeObservations(SmallPanel(), model).status();
  const auto& named = status.violations();
  EXPECT_EQ(
      std::count_if(named.begin(), named.end(), [](const auto& v) { return v.field == "model.frozen_out_column"; }), 4)
      << status.ToString();
  model = SmallModel();
  model.kind = ModelKind::kFdh;
  model.frozen_out_column = "flag";
  EXPECT_EQ(MakeObservations(SmallPanel(), model).status().violations().size(), 1U);
  model = SmallModel();
  model.frozen_out_value = "x";
  EXPECT_EQ(MakeObservations(SmallPanel(), model).status().violations().size(), 1U);
}

TEST(ObservationsTest, ModelsAreCheckedAtOnce) {
  Model model;
  model.frontier = {FrontierScheme::kWindow, 9, ""};
  model.reference_only_value = "x";
  const Status status = MakeObservations(SmallPanel(), model).status();
  EXPECT_EQ(status.reason(), "MODEL_INVALID");
  EXPECT_EQ(status.violations().size(), 4U) << status.ToString();
}

}  // namespace
}  // namespace farrell::dea
