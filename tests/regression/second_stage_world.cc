#include "tests/regression/second_stage_world.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/dea/engine/inference/replications.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;

// An AR(1) of variance one, one value a row.
std::vector<double> Persistent(const WorldDesign& design, std::int64_t seed, std::int64_t stream, double persistence) {
  std::vector<double> values;
  for (int unit = 0; unit < design.units; ++unit) {
    double state = 0.0;
    for (int period = 0; period < design.periods; ++period) {
      const double shock = numeric::NormalDraw(seed, stream, std::int64_t{unit} * 1000 + period);
      state = period == 0 ? shock : persistence * state + std::sqrt(1.0 - persistence * persistence) * shock;
      values.push_back(state);
    }
  }
  return values;
}

PanelColumn Numbers(const std::string& name, std::vector<double> values) {
  PanelColumn column;
  column.name = name;
  column.numbers = std::move(values);
  return column;
}

dea::Model ModelOf(const WorldDesign& design) {
  dea::Model model;
  for (int j = 0; j < design.inputs; ++j) model.inputs.push_back("x" + std::to_string(j));
  model.outputs = {"y"};
  model.orientation = dea::Orientation::kOutput;
  model.rts = design.scale == 1.0 ? dea::ReturnsToScale::kCrs : dea::ReturnsToScale::kVrs;
  model.frontier.scheme =
      design.yearly_frontiers ? dea::FrontierScheme::kContemporaneous : dea::FrontierScheme::kGlobal;
  return model;
}

dea::FrontierReplications Frontiers(const Panel& panel, const WorldDesign& design, const std::stop_token& stop) {
  const dea::Model model = ModelOf(design);
  const dea::Observations data = *dea::MakeObservations(panel, model);
  std::vector<std::int32_t> units;
  for (std::size_t row = 0; row < panel.size(); ++row) units.push_back(std::stoi(panel.units[row].substr(1)));
  return *dea::FrontierReplications::Make(dea::MakeSamples(data, dea::MakeReferenceSets(data, model.frontier), units),
                                          model.rts, model.orientation, stop);
}

std::string UnitName(int unit) { return "u" + std::to_string(1000 + unit); }

}  // namespace

World::World(const WorldDesign& design, std::int64_t seed) : design_(design) {
  const auto count = static_cast<std::size_t>(design.units) * static_cast<std::size_t>(design.periods);
  const std::vector<double> e = Persistent(design, seed, 1, design.persistence);
  const std::vector<double> within = Persistent(design, seed, 2, design.z_persistence);
  std::vector<double> z(count);
  std::vector<double> y(count);
  std::vector<std::vector<double>> x(static_cast<std::size_t>(design.inputs), std::vector<double>(count));
  truth_.resize(static_cast<Index>(count));
  const double lower = design.log ? 0.0 : 1.0;
  for (std::size_t row = 0; row < count; ++row) {
    const int unit = static_cast<int>(row) / design.periods;
    panel_.units.push_back(UnitName(unit));
    panel_.times.push_back(2000 + static_cast<int>(row) % design.periods);
    panel_.rows.push_back(static_cast<std::int64_t>(row));
    z[row] = 2.0 + std::sqrt(design.z_unit_share) * numeric::NormalDraw(seed, 3, unit) +
             std::sqrt(1.0 - design.z_unit_share) * within[row];
    const double mean = design.constant + design.slope * z[row];
    const double mass = numeric::NormalSurvival((lower - mean) / design.sigma);
    const double response = mean - design.sigma * numeric::NormalQuantile(numeric::NormalSurvival(e[row]) * mass);
    const double distance = design.log ? std::exp(response) : response;
    truth_(static_cast<Index>(row)) = distance;
    double output = 1.0;
    for (int j = 0; j < design.inputs; ++j) {
      const double base = 6.0 + 10.0 * numeric::UniformDraw(seed, 4 + j, static_cast<std::int64_t>(row));
      const double input = base * std::exp(design.input_response * z[row]);
      x[static_cast<std::size_t>(j)][row] = input;
      output *= std::pow(input, design.scale / design.inputs);
    }
    y[row] = output / distance;
  }
  for (int j = 0; j < design.inputs; ++j) {
    panel_.columns.push_back(Numbers("x" + std::to_string(j), x[static_cast<std::size_t>(j)]));
  }
  panel_.columns.push_back(Numbers("y", y));
  panel_.columns.push_back(Numbers("z", z));
  panel_.unit_key = "unit";
  panel_.time_key = "time";
}

FrontierScores World::First(bool known) const {
  const dea::FrontierReplications frontiers = Frontiers(panel_, design_, {});
  FrontierScores first;
  for (const std::int32_t row : frontiers.rows()) first.rows.push_back(static_cast<std::size_t>(row));
  first.distances = known ? truth_
                          : Eigen::Map<const Eigen::VectorXd>(frontiers.distances().data(),
                                                              static_cast<Index>(frontiers.distances().size()));
  first.output_oriented = true;
  first.constant_returns = design_.scale == 1.0;
  first.pooled_periods = !design_.yearly_frontiers;
  for (int unit = 0; unit < design_.units; ++unit) first.units.push_back(UnitName(unit));
  first.frontier_unit_count = frontiers.largest_unit_count();
  first.rate = frontiers.rate();
  return first;
}

ScoreReplications World::Score() const {
  return [*this](const std::vector<FrontierDraw>& draws, const std::function<void(std::int64_t)>& done,
                 const std::stop_token& stop) -> Result<Eigen::MatrixXd> {
    const dea::FrontierReplications frontiers = Frontiers(panel_, design_, stop);
    dea::FrontierReplications::Workspace workspace = frontiers.MakeWorkspace();
    const auto width = static_cast<Index>(frontiers.rows().size());
    Eigen::MatrixXd scores(static_cast<Index>(draws.size()), width);
    Eigen::VectorXd distances(width);
    for (std::size_t r = 0; r < draws.size(); ++r) {
      dea::FrontierDraw draw;
      draw.factors.assign(draws[r].factors.begin(), draws[r].factors.end());
      if (!draws[r].units.empty()) {
        draw.spans.assign(panel_.size(), 0);
        for (std::size_t row = 0; row < panel_.size(); ++row) {
          const int unit = static_cast<int>(row) / design_.periods;
          draw.spans[row] = std::binary_search(draws[r].units.begin(), draws[r].units.end(), unit) ? 1 : 0;
        }
      }
      if (!frontiers.Score(draw, workspace, distances.data(), stop)) return Cancelled();
      scores.row(static_cast<Index>(r)) = distances.transpose();
      if (done) done(static_cast<std::int64_t>(r) + 1);
    }
    return scores;
  };
}

SecondStageSpec SpecOf(const std::string& formula, SecondStageAlgorithm algorithm, std::int64_t replications,
                       std::int64_t seed) {
  SecondStageSpec spec;
  spec.formula = *ParseSecondStageFormula(formula, algorithm);
  spec.algorithm = algorithm;
  spec.replications = replications;
  spec.seed = seed;
  if (algorithm == SecondStageAlgorithm::kJoint || algorithm == SecondStageAlgorithm::kLogWithin) {
    spec.resample = Resample::kUnit;
  }
  return spec;
}

SecondStageCoverage Cover(const WorldDesign& design, const SecondStageSpec& spec, double target, int samples,
                          bool known, int threads) {
  std::vector<std::optional<BootstrapEstimate>> estimates(static_cast<std::size_t>(samples));
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int sample = next++; sample < samples; sample = next++) {
      const World world(design, 1 + sample);
      const auto result = SecondStage(world.panel(), world.First(known), spec, world.Score(), {});
      if (!result.ok()) continue;
      for (const SecondStageTerm& term : result->terms) {
        if (term.name == "z") estimates[static_cast<std::size_t>(sample)] = term.coefficient;
      }
    }
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();

  SecondStageCoverage coverage;
  double count = 0.0;
  double squares = 0.0;
  for (const auto& estimate : estimates) {
    if (!estimate) {
      ++coverage.failed;
      continue;
    }
    count += 1.0;
    coverage.percentile += estimate->conf_low <= target && target <= estimate->conf_high ? 1.0 : 0.0;
    if (estimate->recentred_low) {
      coverage.recentred += *estimate->recentred_low <= target && target <= *estimate->recentred_high ? 1.0 : 0.0;
    }
    const double point = estimate->bias_corrected.value_or(estimate->estimate);
    coverage.normal += std::fabs(point - target) <= 1.959964 * estimate->std_error ? 1.0 : 0.0;
    coverage.plain_mean += estimate->estimate;
    coverage.mean += point;
    coverage.std_error += estimate->std_error;
    squares += (point - target) * (point - target);
  }
  if (count == 0.0) return coverage;
  for (double* value : {&coverage.percentile, &coverage.recentred, &coverage.normal, &coverage.mean,
                        &coverage.std_error, &coverage.plain_mean}) {
    *value /= count;
  }
  const double bias = coverage.mean - target;
  coverage.sd = std::sqrt(std::max(0.0, squares / count - bias * bias));
  return coverage;
}

double LogScoreTarget(const WorldDesign& design, const std::string& formula, int samples) {
  SecondStageSpec spec = SpecOf(formula, SecondStageAlgorithm::kLogWithin, 99);
  double sum = 0.0;
  for (int sample = 0; sample < samples; ++sample) {
    const World world(design, 100'000 + sample);
    FrontierScores first;
    for (std::size_t row = 0; row < world.panel().size(); ++row) first.rows.push_back(row);
    first.distances = world.truth();
    const auto result = SecondStage(world.panel(), first, spec, {}, {});
    const auto at = static_cast<std::size_t>(result->fit->FindTerm("z"));
    sum += *result->fit->terms[at].estimate / samples;
  }
  return sum;
}

}  // namespace farrell::regression::testing
