#include "tests/dea/inference/samples.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "services/dea/engine/observations.h"
#include "tests/dea/problems.h"
#include "tests/published/dea/fixtures.h"

namespace farrell::dea::testing {

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

Simulated SimulatePanel(std::uint64_t seed, int units, int periods, double scale, double persistence) {
  TestRandom random(seed * 977 + 3);
  Simulated simulated;
  std::vector<double> cells;
  std::vector<std::int32_t> codes;
  std::vector<std::int64_t> times;
  for (int unit = 0; unit < units; ++unit) {
    const double own = numeric::NormalQuantile(random.Uniform());
    for (int period = 0; period < periods; ++period) {
      const double x = 1 + random.Uniform();
      const double z =
          std::sqrt(persistence) * own + std::sqrt(1 - persistence) * numeric::NormalQuantile(random.Uniform());
      const double u = -numeric::Log(numeric::NormalSurvival(z)) / 3;
      cells.insert(cells.end(), {x, numeric::Exp(scale * numeric::Log(x) - u)});
      codes.push_back(unit);
      times.push_back(period);
      simulated.distances.push_back(numeric::Exp(u));
    }
  }
  simulated.sample = MakeSample(1, 1, std::move(cells));
  simulated.sample.units = std::move(codes);
  simulated.sample.times = std::move(times);
  return simulated;
}

SimulatedPeriods SimulatePeriods(std::uint64_t seed, int units, double shift) {
  TestRandom random(seed);
  SimulatedPeriods simulated;
  TwoPeriods& data = simulated.data;
  data.input_count = 2;
  data.output_count = 1;
  for (int unit = 0; unit < units; ++unit) {
    data.matched.push_back(unit);
    const double persistent = numeric::NormalQuantile(random.Uniform());
    double change = 0;
    for (int period = 0; period < 2; ++period) {
      const double a = 1 + random.Uniform();
      const double b = 1 + random.Uniform();
      const double z = 0.9 * persistent + std::sqrt(0.19) * numeric::NormalQuantile(random.Uniform());
      const double u = -numeric::Log(numeric::NormalSurvival(z)) / 4;
      change = u - change;
      std::vector<double>& cells = period == 0 ? data.first : data.second;
      cells.insert(cells.end(), {a, b, (period == 0 ? 1 : shift) * std::sqrt(a * b) * numeric::Exp(-u)});
    }
    simulated.efficiency_changes.push_back(numeric::Exp(-change));
  }
  return simulated;
}

}  // namespace farrell::dea::testing
