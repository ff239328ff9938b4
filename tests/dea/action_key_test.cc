// The content key, byte for byte: a change of these vectors makes every kept result unreachable and must be meant.
#include <string>

#include <gtest/gtest.h>

#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"
#include "services/dea/service/action_key.h"

namespace farrell::dea {
namespace {

// The slice of the canonical encoding's own test vector: value 1 + i + j/8 for unit i, variable j.
Panel VectorPanel() {
  Panel panel;
  panel.units = {"11", "12", "13"};
  panel.times = {2019, 2019, 2019};
  panel.rows = {0, 1, 2};
  const char* names[] = {"rd_fte", "rd_exp", "pat"};
  for (int j = 0; j < 3; ++j) {
    PanelColumn& column = panel.columns.emplace_back();
    column.name = names[j];
    for (int i = 0; i < 3; ++i) column.numbers.push_back(1 + i + j / 8.0);
  }
  return panel;
}

TEST(ActionKeyTest, DescriptionIsCanonical) {
  const Panel panel = VectorPanel();
  EvaluationSpec spec;
  Model& model = spec.model;
  model.inputs = {"rd_exp", "rd_fte"};
  model.outputs = {"pat"};
  model.rts = ReturnsToScale::kVrs;
  model.orientation = Orientation::kOutput;
  const Result<Observations> data = MakeObservations(panel, model);
  ASSERT_TRUE(data.ok());
  const ActionKeys keys(panel, spec, *data, MakeReferenceSets(*data, model.frontier));
  // The digest of {"cells":[["11","@role","scored"],["11","pat","3ff4000000000000"],...],"year":2019}.
  std::vector<canonical::Cell> cells;
  for (std::size_t row = 0; row < 3; ++row) {
    for (const PanelColumn& column : panel.columns) {
      cells.push_back({panel.units[row], column.name, canonical::Real(column.numbers[row])});
    }
    cells.push_back({panel.units[row], "@role", "scored"});
  }
  const std::string slice = canonical::SliceDigest(std::int64_t{2019}, cells);
  const std::string expected =
      R"({"engine":{"algo":"dea","algo_rev":2,"num_abi":"x86-64-sse2;sleef3.5-cinz-purec;nofma;eigen3.4-l32k-256k-2m"},)"
      R"("eval":"scored","inputs":[],"op":"dea.evaluate","reference":{"grouped":false,"scheme":"contemporaneous",)"
      R"("slices":{"2019":")" +
      slice +
      R"("},"window":null},"result_schema":"farrell.dea.v1.StoredEvaluation","seed":null,)"
      R"("spec":{"bad_outputs":[],"bootstrap":null,"cross":"none","direction":null,"disposability":null,)"
      R"("influence":false,"inputs":["rd_exp","rd_fte"],"metafrontier":false,"model":"radial","non_discretionary":[],)"
      R"("non_discretionary_rule":null,"non_radial":false,"orientation":"output","outputs":["pat"],"rts":"vrs",)"
      R"("scale":false,"second_phase":"slack_sum_then_lexicographic","super":false,"super_remedy":"none",)"
      R"("weight_restrictions":[],"weight_sum":null}})";
  EXPECT_EQ(keys.description().Encode(), expected);
  EXPECT_EQ(keys.whole(), canonical::Digest("farrell.action.v1", keys.description()));
  EXPECT_EQ(slice, "91cf21d630200a18f2e2bbf9ffddc657d078fcc6dba5ac08b8e2c1b91300c30b");
  EXPECT_EQ(keys.whole(), "926f645f6a37b43d90bf3af8aaddb8d9c71e1a81d508e9dce29d86a1e1111013");
}

}  // namespace
}  // namespace farrell::dea
