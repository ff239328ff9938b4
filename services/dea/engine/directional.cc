#include "services/dea/engine/directional.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "services/dea/engine/technology.h"

namespace farrell::dea {
namespace {

// A distance, relative to the unit's own values, that cannot be told from 0 by its own arithmetic.
constexpr double kZeroDistance = 1e-13;

class Directional final : public Formulation {
 public:
  Directional(const Model& model, const Observations& data, Measure measure, DirectionOf direction)
      : technology_(model, data), super_(model.super), measure_(measure), direction_(std::move(direction)) {}

  int row_count() const override { return technology_.row_count(); }
  const Technology& technology() const override { return technology_; }
  bool SameProgram(const Question& then, const Question& now) const override {
    return Formulation::SameProgram(then, now) && direction_(then) == direction_(now);
  }

  void Build(const Question& question, LinearProgram& program) const override {
    technology_.Begin(question, super_, program);
    program.sense = -1;
    const std::vector<double> direction = direction_(question);
    const bool has_distance = HasDistance(direction);
    const bool signed_distance = has_distance && !InOwnSet(question, program);
    const double unit = Unit(program, direction);
    const int distance = program.column_count;
    for (int copy = 0; copy < (has_distance ? 1 : 0) + (signed_distance ? 1 : 0); ++copy) {
      double* const entries = program.column(program.AddColumn());
      for (int i = 0; i < technology_.measure_count(); ++i) {
        const double entry = Technology::Scale(program, i) * direction[static_cast<std::size_t>(i)] * unit;
        entries[i] = copy == 0 ? entry : -entry;
      }
    }
    Objective& objective = program.AddObjective();
    if (has_distance) objective.cost[static_cast<std::size_t>(distance)] = -1;
    if (signed_distance) objective.cost[static_cast<std::size_t>(distance) + 1] = 1;
    technology_.AddSlackSum(program);
    if (signed_distance) {
      // Only the difference of the two columns counts: the smaller pair.
      Objective& least = program.AddObjective();
      least.cost[static_cast<std::size_t>(distance)] = least.cost[static_cast<std::size_t>(distance) + 1] = 1;
    }
    technology_.StartFromOwn(question, -1, -1, program);
  }

  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    const std::vector<double> direction = direction_(question);
    const double unit = Unit(program, direction);
    double beta = 0;
    if (HasDistance(direction)) {
      const bool own_set = InOwnSet(question, program);
      const std::size_t last = static_cast<std::size_t>(program.first_artificial - 1);
      beta = own_set ? solution.columns[last] : solution.columns[last - 1] - solution.columns[last];
      if (std::abs(beta) <= kZeroDistance) beta = 0;
      beta = beta * unit + 0.0;
    }
    technology_.Read(question, program, solution, 1, score);
    for (std::vector<double>* prices : {&score.input_prices, &score.output_prices, &score.bad_output_prices}) {
      for (double& price : *prices) price *= unit;
    }
    score.scale_price *= unit;
    score.measure = measure_;
    if (technology_.LeavesNothing(question, program, solution)) return UnitStatus::kUnbounded;
    score.farrell = beta;
    score.score = measure_ == Measure::kBeta ? beta : 1 - beta;
    std::vector<double> aims;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      aims.push_back(question.own()[i] - technology_.sign(i) * beta * direction[static_cast<std::size_t>(i)]);
    }
    technology_.SetTargets(aims, score);
    return UnitStatus::kOptimal;
  }

 private:
  static bool InOwnSet(const Question& question, const LinearProgram& program) {
    return program.excluded < 0 && question.reference.Find(question.row) >= 0;
  }

  bool HasDistance(const std::vector<double>& direction) const {
    return measure_ == Measure::kBeta ||
           std::any_of(direction.begin(), direction.end(), [](double value) { return value > 0; });
  }

  // The distance counts in steps of a power of two that brings the largest entry of its column near 1.
  static double Unit(const LinearProgram& program, const std::vector<double>& direction) {
    double largest = 0;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      largest = std::max(largest, Technology::Scale(program, static_cast<int>(i)) * direction[i]);
    }
    return largest > 0 ? std::ldexp(1.0, -std::ilogb(largest)) : 1;
  }

  Technology technology_;
  bool super_;
  Measure measure_;
  DirectionOf direction_;
};

}  // namespace

DirectionOf MakeDirection(const Model& model) {
  return [kind = model.direction.kind, orientation = model.orientation](const Question& question) {
    const Observations& data = question.data;
    const int count = data.dimension();
    std::vector<double> direction(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const bool kept = (orientation == Orientation::kInput && data.is_output(i)) ||
                        (orientation == Orientation::kOutput && data.is_input(i));
      if (kept) continue;
      double& value = direction[static_cast<std::size_t>(i)];
      switch (kind) {
        case DirectionKind::kOwn: value = question.own()[i]; break;
        case DirectionKind::kMean: value = question.reference.mean(i); break;
        case DirectionKind::kColumns:
          value = data.directions[static_cast<std::size_t>(question.row) * static_cast<std::size_t>(count) +
                                  static_cast<std::size_t>(i)];
          break;
      }
    }
    return direction;
  };
}

std::unique_ptr<Formulation> MakeAlongDirection(const Model& model, const Observations& data, Measure measure,
                                                DirectionOf direction) {
  return std::make_unique<Directional>(model, data, measure, std::move(direction));
}

std::unique_ptr<Formulation> MakeDirectional(const Model& model, const Observations& data) {
  return MakeAlongDirection(model, data, Measure::kBeta, MakeDirection(model));
}

std::unique_ptr<Formulation> MakeDirectionalSuper(const Model& model, const Observations& data) {
  Model own;
  own.inputs = model.inputs;
  own.outputs = model.outputs;
  own.rts = model.rts;
  own.weight_sum_low = model.weight_sum_low;
  own.weight_sum_high = model.weight_sum_high;
  own.kind = ModelKind::kDdf;
  own.orientation = Orientation::kNone;
  own.super = true;
  return MakeAlongDirection(own, data, Measure::kOneMinusBeta, MakeDirection(own));
}

}  // namespace farrell::dea
