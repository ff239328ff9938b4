#include "tests/dea/scores.h"

#include <memory>
#include <string>

#include "services/dea/engine/formulation.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {

Model NamedModel(const Observations& data, ReturnsToScale rts, Orientation orientation) {
  Model model;
  for (int i = 0; i < data.input_count; ++i) model.inputs.push_back("i" + std::to_string(i));
  for (int r = 0; r < data.output_count; ++r) model.outputs.push_back("o" + std::to_string(r));
  model.rts = rts;
  model.orientation = orientation;
  return model;
}

std::vector<UnitScore> Scores(const Model& model, const Observations& data) {
  const ReferenceMatrix reference(data, AllRows(data));
  const std::unique_ptr<Formulation> formulation = MakeFormulation(model, data);
  UnitSolver solver(*formulation);
  std::vector<UnitScore> scores;
  for (const std::int32_t row : AllRows(data)) scores.push_back(solver.Solve({data, row, reference}, {}, {}));
  return scores;
}

Observations InOtherUnits(const Observations& data, std::uint64_t seed, std::vector<double>& factors) {
  TestRandom random(seed);
  Observations scaled = data;
  factors.clear();
  for (int i = 0; i < data.dimension(); ++i) {
    double factor = 1e-6;
    for (int step = random.Below(16); step > 0; --step) factor *= 10;
    factors.push_back(factor);
  }
  for (std::size_t cell = 0; cell < scaled.cells.size(); ++cell) scaled.cells[cell] *= factors[cell % factors.size()];
  return scaled;
}

}  // namespace farrell::dea::testing
