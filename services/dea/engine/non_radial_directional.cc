#include "services/dea/engine/non_radial_directional.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "services/dea/engine/directional.h"
#include "services/dea/engine/technology.h"

namespace farrell::dea {
namespace {

// The steps of a program: one column a measure with a direction.
struct Steps {
  std::vector<int> measures;
  std::vector<double> lengths;  // power of two by which beta is measured, so that the column's entry lies near 1
  std::vector<double> gains;    // worth of a step in the score, w_k times the length
  double unit = 0;              // the largest length: the score is measured by it
};

class NonRadial final : public Formulation {
 public:
  NonRadial(const Model& model, const Observations& data)
      : technology_(model, data), super_(model.super), direction_(MakeDirection(model)) {}

  int row_count() const override { return technology_.row_count(); }
  const Technology& technology() const override { return technology_; }
  bool SameProgram(const Question& then, const Question& now) const override {
    return Formulation::SameProgram(then, now) && direction_(then) == direction_(now);
  }

  void Build(const Question& question, LinearProgram& program) const override {
    technology_.Begin(question, super_, program);
    program.sense = -1;
    const std::vector<double> direction = direction_(question);
    const Steps steps = StepsAlong(question, program, direction);
    const int first = program.column_count;
    for (std::size_t k = 0; k < steps.measures.size(); ++k) {
      const int i = steps.measures[k];
      program.column(program.AddColumn())[i] =
          Technology::Scale(program, i) * direction[static_cast<std::size_t>(i)] * steps.lengths[k];
    }
    Objective& objective = program.AddObjective();
    for (std::size_t k = 0; k < steps.gains.size(); ++k) {
      objective.cost[static_cast<std::size_t>(first) + k] = -steps.gains[k] / steps.unit;
    }
    technology_.AddSlackSum(program);
    technology_.StartFromOwn(question, -1, -1, program);
  }

  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    const std::vector<double> direction = direction_(question);
    const Steps steps = StepsAlong(question, program, direction);
    const std::size_t first = static_cast<std::size_t>(program.first_artificial) - steps.measures.size();
    technology_.Read(question, program, solution, 1, score);
    for (std::vector<double>* prices : {&score.input_prices, &score.output_prices, &score.bad_output_prices}) {
      for (double& price : *prices) price *= steps.unit;
    }
    score.scale_price *= steps.unit;
    score.measure = Measure::kBeta;
    if (technology_.LeavesNothing(question, program, solution)) return UnitStatus::kUnbounded;
    score.betas.assign(direction.size(), 0.0);
    score.farrell = 0;
    for (std::size_t k = 0; k < steps.measures.size(); ++k) {
      const double step = solution.columns[first + k];
      score.betas[static_cast<std::size_t>(steps.measures[k])] = step * steps.lengths[k];
      score.farrell += step * steps.gains[k];
    }
    score.score = score.farrell;
    std::vector<double> aims;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      aims.push_back(question.own()[i] - technology_.sign(i) * score.betas[at] * direction[at]);
    }
    technology_.SetTargets(aims, score);
    return UnitStatus::kOptimal;
  }

 private:
  static Steps StepsAlong(const Question& question, const LinearProgram& program,
                          const std::vector<double>& direction) {
    const std::vector<double> weights = GroupWeights(question.data, direction);
    Steps steps;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      if (!(direction[i] > 0)) continue;
      const int measure = static_cast<int>(i);
      const double length = std::ldexp(1.0, -std::ilogb(Technology::Scale(program, measure) * direction[i]));
      steps.measures.push_back(measure);
      steps.lengths.push_back(length);
      steps.gains.push_back(weights[i] * length);
      steps.unit = std::max(steps.unit, length);
    }
    return steps;
  }

  Technology technology_;
  bool super_;
  DirectionOf direction_;
};

}  // namespace

std::vector<double> GroupWeights(const Observations& data, const std::vector<double>& direction) {
  const auto group_of = [&](std::size_t i) {
    const int measure = static_cast<int>(i);
    return data.is_input(measure) ? 0 : data.is_output(measure) ? 1 : 2;
  };
  int members[3] = {0, 0, 0};
  for (std::size_t i = 0; i < direction.size(); ++i) {
    if (direction[i] > 0) ++members[group_of(i)];
  }
  const int groups = static_cast<int>(std::count_if(members, members + 3, [](int count) { return count > 0; }));
  std::vector<double> weights(direction.size(), 0.0);
  for (std::size_t i = 0; i < direction.size(); ++i) {
    if (direction[i] > 0) weights[i] = 1.0 / (groups * members[group_of(i)]);
  }
  return weights;
}

std::unique_ptr<Formulation> MakeNonRadialDirectional(const Model& model, const Observations& data) {
  return std::make_unique<NonRadial>(model, data);
}

}  // namespace farrell::dea
