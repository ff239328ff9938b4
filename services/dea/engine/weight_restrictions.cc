#include "services/dea/engine/weight_restrictions.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "services/dea/engine/technology.h"

namespace farrell::dea {
namespace {

// A score this close to 1 cannot be told from 1, nor one this close to 0 from 0.
constexpr double kOne = 1e-13;
constexpr double kZeroScore = 1e-12;

// One bound as  sum of coefficients times multipliers <= limit.
struct Bound {
  int measure;
  double coefficient;
  int over;  // -1: none
  double over_coefficient;
  double limit;
};

int IndexOf(const Model& model, const std::string& name) {
  const auto input = std::find(model.inputs.begin(), model.inputs.end(), name);
  if (input != model.inputs.end()) return static_cast<int>(input - model.inputs.begin());
  const auto output = std::find(model.outputs.begin(), model.outputs.end(), name);
  return static_cast<int>(model.inputs.size()) + static_cast<int>(output - model.outputs.begin());
}

std::vector<Bound> BoundsOf(const Model& model) {
  std::vector<Bound> bounds;
  for (const WeightRestriction& restriction : model.weight_restrictions) {
    const int measure = IndexOf(model, restriction.measure);
    const int over = restriction.over.empty() ? -1 : IndexOf(model, restriction.over);
    const auto add = [&](double sign, double bound) {
      bounds.push_back({measure, sign, over, over < 0 ? 0 : -sign * bound, over < 0 ? sign * bound : 0});
    };
    if (restriction.low) add(-1, *restriction.low);
    if (restriction.high) add(1, *restriction.high);
  }
  return bounds;
}

class RestrictedRadial final : public Formulation {
 public:
  RestrictedRadial(const Model& model, const Observations& data)
      : technology_(model, data),
        bounds_(BoundsOf(model)),
        input_(model.orientation == Orientation::kInput),
        super_(model.super) {}

  int row_count() const override { return technology_.row_count(); }
  const Technology& technology() const override { return technology_; }

  void Build(const Question& question, LinearProgram& program) const override {
    technology_.Begin(question, super_, program);
    program.sense = input_ ? 1 : -1;
    const int first_trade = program.column_count;
    std::vector<double> costs;
    for (const Bound& bound : bounds_) {
      const double first = -bound.coefficient * Technology::Scale(program, bound.measure);
      const double second = bound.over < 0 ? 0 : -bound.over_coefficient * Technology::Scale(program, bound.over);
      // Trades count in steps of a power of two that brings the largest entry of their column near 1.
      const double step = std::ldexp(1.0, -std::ilogb(std::max(std::abs(first), std::abs(second))));
      double* const entries = program.column(program.AddColumn());
      entries[bound.measure] = first * step;
      if (bound.over >= 0) entries[bound.over] = second * step;
      costs.push_back(bound.limit * step);
    }
    // The score proper has any sign, so that the normalisation of the multipliers is an equality.
    const int more = program.AddColumn();
    const int less = program.AddColumn();
    int start = -1;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      if (!IsScaled(question.data, i)) continue;
      const std::size_t at = static_cast<std::size_t>(i);
      program.column(more)[i] = -program.rhs[at];
      program.column(less)[i] = program.rhs[at];
      program.rhs[at] = 0;
      if (start < 0 && question.own()[i] > 0) start = i;
    }
    Objective& objective = program.AddObjective();
    std::copy(costs.begin(), costs.end(), objective.cost.begin() + first_trade);
    objective.cost[static_cast<std::size_t>(more)] = program.sense;
    objective.cost[static_cast<std::size_t>(less)] = -program.sense;
    // Of all solutions one with the least trades: bounds that cancel each other would otherwise let them grow.
    Objective& least = program.AddObjective();
    std::fill(least.cost.begin() + first_trade, least.cost.end(), 1.0);
    technology_.StartFromOwn(question, more, start, program);
  }

  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    score.measure = input_ ? Measure::kTheta : Measure::kOneOverPhi;
    technology_.Read(question, program, solution, 1, score);
    const std::size_t more = static_cast<std::size_t>(program.first_artificial - 2);
    const double scale = solution.columns[more] - solution.columns[more + 1];
    score.farrell = scale;
    for (std::size_t trade = more - bounds_.size(); trade < more; ++trade) {
      score.farrell += program.sense * program.objectives[0].cost[trade] * solution.columns[trade];
    }
    const bool own_set = program.excluded < 0 && question.reference.Find(question.row) >= 0;
    if (std::abs(score.farrell - 1) <= kOne || (own_set && (input_ ? score.farrell > 1 : score.farrell < 1))) {
      score.farrell = 1;
    }
    std::vector<double> aims;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      aims.push_back((IsScaled(question.data, i) ? scale : 1.0) * question.own()[i]);
    }
    technology_.SetTargets(aims, score);
    if (!(score.farrell > kZeroScore)) {
      score.farrell = 0;
      return UnitStatus::kUnbounded;
    }
    score.score = input_ ? score.farrell : 1 / score.farrell;
    return UnitStatus::kOptimal;
  }

 private:
  bool IsScaled(const Observations& data, int measure) const {
    return technology_.is_discretionary(measure) && data.is_output(measure) != input_;
  }

  Technology technology_;
  std::vector<Bound> bounds_;
  bool input_;
  bool super_;
};

}  // namespace

std::unique_ptr<Formulation> MakeRestrictedRadial(const Model& model, const Observations& data) {
  return std::make_unique<RestrictedRadial>(model, data);
}

}  // namespace farrell::dea
