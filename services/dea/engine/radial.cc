#include "services/dea/engine/radial.h"

#include <algorithm>
#include <cmath>

#include "services/dea/engine/technology.h"
#include "services/dea/engine/weight_restrictions.h"

namespace farrell::dea {
namespace {

// A score this close to 1 cannot be told from 1 by its own arithmetic.
constexpr double kOne = 1e-13;

bool SameData(const Observations& data, std::int32_t a, std::int32_t b) {
  return std::equal(data.row(static_cast<std::size_t>(a)), data.row(static_cast<std::size_t>(a)) + data.dimension(),
                    data.row(static_cast<std::size_t>(b)));
}

class Radial final : public Formulation {
 public:
  Radial(const Model& model, const Observations& data)
      : technology_(model, data), input_(model.orientation == Orientation::kInput), super_(model.super) {}

  int row_count() const override { return technology_.row_count(); }
  const Technology& technology() const override { return technology_; }

  void Build(const Question& question, LinearProgram& program) const override {
    technology_.Begin(question, super_, program);
    program.sense = input_ ? 1 : -1;
    const int score = program.AddColumn();
    int start = -1;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      if (!IsScaled(question.data, i)) continue;
      const std::size_t at = static_cast<std::size_t>(i);
      program.column(score)[i] = -program.rhs[at];
      program.rhs[at] = 0;
      if (start < 0 && question.own()[i] > 0) start = i;
    }
    program.AddObjective().cost[static_cast<std::size_t>(score)] = program.sense;
    Objective& slack_sum = program.AddObjective();
    slack_sum.slack_sum = true;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      const int slack = technology_.slack_column(i);
      if (slack < 0 || !technology_.is_discretionary(i)) continue;
      slack_sum.cost[static_cast<std::size_t>(slack)] = -1 / Technology::Scale(program, i);
    }
    technology_.StartFromOwn(question, score, start, program);
  }

  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    score.measure = input_ ? Measure::kTheta : Measure::kOneOverPhi;
    score.farrell = solution.columns[static_cast<std::size_t>(program.first_artificial - 1)];
    technology_.Read(question, program, solution, 1, score);
    if (!(score.farrell > 0)) {
      score.farrell = 0;
      return UnitStatus::kUnbounded;
    }
    const bool own_set = program.excluded < 0 && question.reference.Find(question.row) >= 0;
    if (std::abs(score.farrell - 1) <= kOne || (own_set && (input_ ? score.farrell > 1 : score.farrell < 1))) {
      score.farrell = 1;
      const auto no_slack = [](const std::vector<double>& slacks) {
        return std::all_of(slacks.begin(), slacks.end(), [](double slack) { return slack == 0; });
      };
      if (score.peers.size() == 1 && score.abated_peers.empty() && no_slack(score.input_slacks) &&
          no_slack(score.output_slacks) && no_slack(score.bad_output_slacks) &&
          SameData(question.data, question.row, score.peers[0].row)) {
        score.peers[0].weight = 1;
      }
    }
    score.score = input_ ? score.farrell : 1 / score.farrell;
    std::vector<double> aims;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      aims.push_back((IsScaled(question.data, i) ? score.farrell : 1.0) * question.own()[i]);
    }
    technology_.SetTargets(aims, score);
    return UnitStatus::kOptimal;
  }

 private:
  bool IsScaled(const Observations& data, int measure) const {
    return technology_.is_discretionary(measure) && data.is_output(measure) != input_;
  }

  Technology technology_;
  bool input_;
  bool super_;
};

}  // namespace

std::unique_ptr<Formulation> MakeRadial(const Model& model, const Observations& data) {
  if (!model.weight_restrictions.empty()) return MakeRestrictedRadial(model, data);
  return std::make_unique<Radial>(model, data);
}

RadialSolver::RadialSolver(int dimension) : solver_(dimension + 2) {}

UnitScore RadialSolver::Solve(const Observations& data, std::int32_t row, const ReferenceMatrix& reference,
                              ReturnsToScale rts, Orientation orientation, const SolveOptions& options,
                              const std::stop_token& stop) {
  Model model;
  model.rts = rts;
  model.orientation = orientation;
  const Radial radial(model, data);
  UnitScore score;
  if (reference.size() == 0) {
    score.status = UnitStatus::kInfeasible;
    return score;
  }
  const Question question{data, row, reference};
  radial.Build(question, program_);
  score.status = solver_.Solve(program_, options, stop, solution_, score.certificate);
  if (score.status == UnitStatus::kOptimal) score.status = radial.Read(question, program_, solution_, score);
  return score;
}

}  // namespace farrell::dea
