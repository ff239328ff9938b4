#include "services/dea/engine/additive.h"

#include <algorithm>
#include <vector>

#include "services/dea/engine/technology.h"

namespace farrell::dea {
namespace {

// A range-adjusted score this close to 1 cannot be told from 1 by its own arithmetic.
constexpr double kOne = 1e-13;

class Additive final : public Formulation {
 public:
  Additive(const Model& model, const Observations& data)
      : technology_(model, data),
        kind_(model.kind),
        bounded_(model.kind == ModelKind::kBam && model.rts != ReturnsToScale::kVrs) {
    for (int i = 0; i < technology_.measure_count(); ++i) {
      const Orientation other = data.is_output(i) ? Orientation::kInput : Orientation::kOutput;
      const bool counts = model.orientation != other && HasFreeSlack(i);
      counts_.push_back(counts ? 1 : 0);
      count_ += counts ? 1 : 0;
      has_rest_ = has_rest_ || (HasFreeSlack(i) && !counts);
    }
  }

  int row_count() const override { return technology_.row_count() + bound_count(); }
  const Technology& technology() const override { return technology_; }
  bool SameProgram(const Question& then, const Question& now) const override {
    if (!Formulation::SameProgram(then, now)) return false;
    for (int i = 0; kind_ != ModelKind::kAdditive && i < technology_.measure_count(); ++i) {
      if (then.reference.lowest(i) != now.reference.lowest(i)) return false;
      if (then.reference.highest(i) != now.reference.highest(i)) return false;
    }
    return true;
  }

  void Build(const Question& question, LinearProgram& program) const override {
    technology_.Begin(question, false, program, bound_count());
    if (bounded_) AddBounds(question, program);
    // Costs near 1, whatever the units.
    double unit = 1;
    if (kind_ == ModelKind::kAdditive) {
      unit = 0;
      for (int i = 0; i < technology_.measure_count(); ++i) {
        if (Counts(i)) unit = std::max(unit, 1 / Technology::Scale(program, i));
      }
      if (unit == 0) unit = 1;
    }
    program.sense = -unit;
    Objective& worth = program.AddObjective();
    for (int i = 0; i < technology_.measure_count(); ++i) {
      if (!Counts(i)) continue;
      worth.cost[static_cast<std::size_t>(technology_.slack_column(i))] =
          -Weight(question, i) / Technology::Scale(program, i) / unit;
    }
    if (has_rest_) {
      Objective& slack_sum = program.AddObjective();
      slack_sum.slack_sum = true;
      for (int i = 0; i < technology_.measure_count(); ++i) {
        if (!HasFreeSlack(i) || Counts(i)) continue;
        slack_sum.cost[static_cast<std::size_t>(technology_.slack_column(i))] = -1 / Technology::Scale(program, i);
      }
    }
    technology_.StartFromOwn(question, -1, -1, program);
    if (program.start.empty()) return;
    for (int bound = 0; bound < bound_count(); ++bound) {
      program.start.push_back(program.column_variable(first_bound(program) + bound));
    }
  }

  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    technology_.Read(question, program, solution, 1, score);
    const double unit = -program.sense;
    for (std::vector<double>* prices : {&score.input_prices, &score.output_prices, &score.bad_output_prices}) {
      for (double& price : *prices) price *= unit;
    }
    double sum = 0;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      if (!Counts(i)) continue;
      const double slack = solution.columns[static_cast<std::size_t>(technology_.slack_column(i))];
      sum += slack * (Weight(question, i) / Technology::Scale(program, i));
    }
    score.farrell = sum;
    switch (kind_) {
      case ModelKind::kRam: score.measure = Measure::kRam; break;
      case ModelKind::kBam: score.measure = Measure::kBam; break;
      default: score.measure = Measure::kSlackSum; break;
    }
    score.score = kind_ == ModelKind::kAdditive ? sum : sum <= kOne ? 1 : std::max(1 - sum, 0.0);
    const double* own = question.own();
    technology_.SetTargets(std::vector<double>(own, own + technology_.measure_count()), score);
    return UnitStatus::kOptimal;
  }

 private:
  bool HasFreeSlack(int measure) const {
    return technology_.is_discretionary(measure) && technology_.slack_column(measure) >= 0;
  }
  bool Counts(int measure) const { return counts_[static_cast<std::size_t>(measure)] != 0; }
  int bound_count() const { return bounded_ ? technology_.measure_count() : 0; }
  int first_bound(const LinearProgram& program) const { return program.first_artificial - bound_count(); }

  // How far the measure can improve within the observed bounds; below 0 for a unit that is beyond them.
  double Room(const Question& question, int measure) const {
    const double own = question.own()[measure];
    return question.data.is_output(measure) ? question.reference.highest(measure) - own
                                            : own - question.reference.lowest(measure);
  }

  // What one data unit of slack is worth.
  double Weight(const Question& question, int measure) const {
    if (kind_ == ModelKind::kAdditive) return 1;
    const double range = kind_ == ModelKind::kRam
                             ? question.reference.highest(measure) - question.reference.lowest(measure)
                             : Room(question, measure);
    return range > 0 ? 1 / (count_ * range) : 0;
  }

  // slack_i + bound_i = Room_i for every measure.
  void AddBounds(const Question& question, LinearProgram& program) const {
    for (int i = 0; i < technology_.measure_count(); ++i) {
      const int row = technology_.row_count() + i;
      const int slack = technology_.slack_column(i);
      program.column(program.AddColumn())[row] = 1;
      if (slack < 0) continue;
      program.column(slack)[row] = 1;
      program.rhs[static_cast<std::size_t>(row)] = Room(question, i) * Technology::Scale(program, i);
    }
  }

  Technology technology_;
  ModelKind kind_;
  bool bounded_;
  bool has_rest_ = false;  // slacks that do not count
  int count_ = 0;
  std::vector<char> counts_;
};

}  // namespace

std::unique_ptr<Formulation> MakeAdditive(const Model& model, const Observations& data) {
  return std::make_unique<Additive>(model, data);
}

}  // namespace farrell::dea
