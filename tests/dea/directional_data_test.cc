// What directional models ask of their data, and what they refuse.
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/observations.h"
#include "tests/dea/directional_problems.h"

namespace farrell::dea::testing {
namespace {

// Five units with a loss among the outputs and a direction for each measure.
Panel MakePanel() {
  Panel panel;
  panel.units = {"a", "b", "c", "d", "e"};
  panel.rows = {0, 1, 2, 3, 4};
  panel.columns = {{"x", false, {4, 2, 5, 3, 6}, {}},
                   {"profit", false, {3, -2, 1, -1, 4}, {}},
                   {"gx", false, {1, 2, 1, 1, 2}, {}},
                   {"gy", false, {1, 1, 2, 1, 0}, {}}};
  return panel;
}

Model MakeModel() {
  Model model;
  model.inputs = {"x"};
  model.outputs = {"profit"};
  model.kind = ModelKind::kDdf;
  model.rts = ReturnsToScale::kVrs;
  model.orientation = Orientation::kNone;
  model.direction = {DirectionKind::kColumns, {"gx", "gy"}};
  return model;
}

// The message of what is wrong, or empty.
std::string Problem(const Panel& panel, const Model& model) {
  const Result<Observations> data = MakeObservations(panel, model);
  return data.ok() ? std::string() : data.status().ToString();
}

void ExpectRefused(const Panel& panel, const Model& model, const std::vector<std::string>& words) {
  const std::string problem = Problem(panel, model);
  EXPECT_FALSE(problem.empty());
  for (const std::string& word : words) EXPECT_NE(problem.find(word), std::string::npos) << word << " in " << problem;
}

TEST(DirectionalDataTest, AlongColumnsUnderVariableReturnsAnySignWillDo) {
  const Panel panel = MakePanel();
  Panel shifted = panel;
  for (double& value : shifted.columns[0].numbers) value -= 5;
  for (double& value : shifted.columns[1].numbers) value += 16;
  for (const bool non_radial : {false, true}) {
    Model model = MakeModel();
    model.non_radial = non_radial;
    const Result<Observations> data = MakeObservations(panel, model);
    const Result<Observations> other = MakeObservations(shifted, model);
    ASSERT_TRUE(data.ok()) << data.status().ToString();
    ASSERT_TRUE(other.ok()) << other.status().ToString();
    for (std::int32_t row = 0; row < 5; ++row) {
      const UnitScore before = Score(*data, model, row, AllMembers(*data));
      const UnitScore after = Score(*other, model, row, AllMembers(*other));
      ASSERT_EQ(before.status, UnitStatus::kOptimal);
      EXPECT_NEAR(after.score, before.score, 1e-12) << "unit " << row;
    }
    // d = (3, -1) against a = (4, 3) and b = (2, -2): on the segment at 3 the output is 1/2, so along (1, 1)
    // 3 - beta and -1 + beta meet it at beta = 3/7; apart the output alone can gain 3/2, the input alone 3/5.
    const UnitScore d = Score(*data, model, 3, AllMembers(*data));
    EXPECT_NEAR(d.score, non_radial ? 0.75 : 3.0 / 7, 1e-14);
  }
}

TEST(DirectionalDataTest, NegativeDataAreRefusedWhereAShiftWouldCount) {
  Model model = MakeModel();
  model.rts = ReturnsToScale::kCrs;
  ExpectRefused(MakePanel(), model, {"DATA_INVALID", "unit b", "profit", "negative"});
  model = MakeModel();
  model.direction = {};
  ExpectRefused(MakePanel(), model, {"unit d", "profit", "negative"});
  model.kind = ModelKind::kRdm;
  EXPECT_EQ(Problem(MakePanel(), model), "");
  model.rts = ReturnsToScale::kNirs;
  ExpectRefused(MakePanel(), model, {"model.rts", "VRS"});
}

TEST(DirectionalDataTest, DirectionsPointForward) {
  Panel panel = MakePanel();
  panel.columns[2].numbers[1] = -1;
  ExpectRefused(panel, MakeModel(), {"unit b", "gx", "negative"});
  // Unit e has no direction for its output.
  Model model = MakeModel();
  model.orientation = Orientation::kOutput;
  ExpectRefused(MakePanel(), model, {"unit e", "gx, gy", "direction is 0 in every measure that moves"});
  model.orientation = Orientation::kInput;
  EXPECT_EQ(Problem(MakePanel(), model), "");
  model.direction.columns = {"gx"};
  ExpectRefused(MakePanel(), model, {"model.direction.columns"});
  model.direction.columns = {"gx", "nowhere"};
  ExpectRefused(MakePanel(), model, {"model.direction.columns[1]", "nowhere"});
}

TEST(DirectionalDataTest, UnitsWithoutInputsOrOutputsHaveNoDistanceWhereTheyCouldGrow) {
  Panel panel = MakePanel();
  for (double& value : panel.columns[1].numbers) value = std::abs(value);
  panel.columns[0].numbers[2] = 0;
  Model model = MakeModel();
  EXPECT_EQ(Problem(panel, model), "");
  model.rts = ReturnsToScale::kCrs;
  ExpectRefused(panel, model, {"unit c", "no input is positive"});
}

TEST(DirectionalDataTest, NonRadialDistancesHaveNoSuperEfficiency) {
  Model model = MakeModel();
  model.super = true;
  EXPECT_EQ(Problem(MakePanel(), model), "");
  model.non_radial = true;
  ExpectRefused(MakePanel(), model, {"model.super", "non_radial"});
}

}  // namespace
}  // namespace farrell::dea::testing
