#include "services/dea/engine/super_efficiency.h"

#include <vector>

#include "services/dea/engine/directional.h"
#include "services/dea/engine/technology.h"

namespace farrell::dea {
namespace {

// What is left of the outputs below which none of them is left.
constexpr double kNothing = 1e-12;

// Both orientations are one program in two columns >= 0: `radial` scales the side that the orientation looks to
// (1 + tau, or 1 - beta), `given_up` is what the other side gives up (beta, or tau).
class Cook final : public Formulation {
 public:
  Cook(const Model& model, const Observations& data)
      : technology_(model, data), input_(model.orientation == Orientation::kInput) {}

  int row_count() const override { return technology_.row_count(); }
  const Technology& technology() const override { return technology_; }

  void Build(const Question& question, LinearProgram& program) const override {
    technology_.Begin(question, true, program);
    const int radial = program.AddColumn();
    const int given_up = program.AddColumn();
    for (int i = 0; i < technology_.measure_count(); ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      if (question.data.is_output(i) == input_) {
        program.column(given_up)[i] = -technology_.sign(i) * program.rhs[at];
      } else {
        program.column(radial)[i] = -program.rhs[at];
        program.rhs[at] = 0;
      }
    }
    program.AddObjective().cost[static_cast<std::size_t>(given_up)] = 1;
    program.AddObjective().cost[static_cast<std::size_t>(radial)] = input_ ? 1 : -1;
  }

  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    score.measure = input_ ? Measure::kTheta : Measure::kOneOverPhi;
    technology_.Read(question, program, solution, 1, score);
    const std::size_t radial = static_cast<std::size_t>(program.first_artificial - 2);
    const double scaled = solution.columns[radial];
    const double given_up = solution.columns[radial + 1];
    const double inputs = input_ ? scaled : 1 + given_up;   // 1 + tau
    const double outputs = input_ ? 1 - given_up : scaled;  // 1 - beta
    if (!(outputs > kNothing)) return UnitStatus::kUnbounded;
    score.score = score.farrell = inputs + 1 / outputs;
    std::vector<double> aims;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      aims.push_back((question.data.is_output(i) ? outputs : inputs) * question.own()[i]);
    }
    technology_.SetTargets(aims, score);
    return UnitStatus::kOptimal;
  }

 private:
  Technology technology_;
  bool input_;
};

}  // namespace

std::unique_ptr<Formulation> MakeSuperRemedy(const Model& model, const Observations& data) {
  switch (model.super_remedy) {
    case SuperRemedy::kCook: return std::make_unique<Cook>(model, data);
    case SuperRemedy::kDdf: return MakeDirectionalSuper(model, data);
    default: return nullptr;
  }
}

}  // namespace farrell::dea
