#include "tests/dea/inference/samples.h"

#include <cstdlib>
#include <utility>

#include "common/numeric/elementary.h"
#include "services/dea/engine/observations.h"
#include "tests/dea/problems.h"
#include "tests/published/dea/fixtures.h"

namespace farrell::dea::testing {

bool LongRun() {
  const char* value = std::getenv("FARRELL_LONG");
  return value != nullptr && *value != '\0';
}

Plants LoadPlants() {
  const Fixture fixture = LoadFixture("P13", "");
  Model model;
  for (int i = 0; i < fixture.input_count; ++i) model.inputs.push_back("i" + std::to_string(i));
  for (int i = 0; i < fixture.output_count; ++i) model.outputs.push_back("o" + std::to_string(i));
  const Observations data = MakeObservations(fixture.panel, model).value();
  Plants plants;
  plants.sample = MakeSamples(data, MakeReferenceSets(data, {}), {}).front();
  plants.names = fixture.panel.units;
  return plants;
}

Simulated Simulate(std::uint64_t seed, int units, int input_count, double scale, Orientation orientation) {
  TestRandom random(seed * 1000003 + 11);
  Simulated simulated;
  std::vector<double> cells;
  for (int unit = 0; unit < units; ++unit) {
    std::vector<double> inputs;
    double frontier = 0;
    for (int i = 0; i < input_count; ++i) {
      inputs.push_back(1 + random.Uniform());
      frontier += scale / input_count * numeric::Log(inputs.back());
    }
    const double u = -numeric::Log(random.Uniform()) / 3;
    double output = numeric::Exp(frontier - u);
    if (orientation == Orientation::kInput) {
      output = numeric::Exp(scale * numeric::Log(1 + random.Uniform()));
      const double factor = numeric::Exp((numeric::Log(output) - frontier) / scale + u);
      for (double& input : inputs) input *= factor;
    }
    cells.insert(cells.end(), inputs.begin(), inputs.end());
    cells.push_back(output);
    simulated.distances.push_back(numeric::Exp(u));
  }
  simulated.sample = MakeSample(input_count, 1, std::move(cells));
  return simulated;
}

}  // namespace farrell::dea::testing
