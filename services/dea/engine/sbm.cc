#include "services/dea/engine/sbm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "services/dea/engine/technology.h"

namespace farrell::dea {
namespace {

// A score this close to 1 cannot be told from 1 by its own arithmetic.
constexpr double kOne = 1e-13;

// Below the frontier a measure's slack counts, beyond it its excess.
enum class Place : std::uint8_t { kWithin, kBeyond };

// Rows of the technology, homogeneous in t: S = t s, E = t e, and the program's weights are t lambda. One more row
// gives the denominator the value 1. Within:
//   min t - mean(S- / x_o)   s.t.  t + mean(S+ / y_o, S_b / b_o) = 1.
// Beyond, where F = t (y_o - e+) / y_o, so that a denominator near 0 is a sum of small terms and not a difference:
//   min t + mean(E- / x_o)   s.t.  mean(F, t - E_b / b_o) = 1,  F <= t.
// Columns: slacks; beyond, for each measure that counts, its excess, or F and the slack of F <= t; t.
class Sbm final : public Formulation {
 public:
  // `next` is asked where the score is not on the place's own side of 1.
  Sbm(const Model& model, const Observations& data, Place place, bool without_own, const Sbm* next = nullptr)
      : technology_(model, data), place_(place), without_own_(without_own), next_(next) {
    for (int i = 0; i < technology_.measure_count(); ++i) {
      const Orientation other = i < data.input_count ? Orientation::kOutput : Orientation::kInput;
      on_side_.push_back(model.orientation != other && HasFreeSlack(i) ? 1 : 0);
      if (place_ == Place::kBeyond && data.is_output(i)) most_factors_ += on_side_.back();
    }
  }

  int row_count() const override { return technology_.row_count() + 1 + most_factors_; }
  const Technology& technology() const override { return technology_; }

  void Build(const Question& question, LinearProgram& program) const override {
    const Observations& data = question.data;
    int inputs = 0;
    int others = 0;
    int factors = 0;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      if (!Counts(question, i)) continue;
      ++(data.is_input(i) ? inputs : others);
      if (IsFactor(question, i)) ++factors;
    }
    technology_.Begin(question, without_own_, program, 1 + factors);
    const int norm = technology_.row_count();
    const int first = program.column_count;
    for (int column = beyond() ? inputs + others + factors : 0; column > 0; --column) program.AddColumn();
    const int t = program.AddColumn();
    Objective& measure = program.AddObjective();
    measure.cost[static_cast<std::size_t>(t)] = 1;
    bool all = !beyond();
    int column = first;
    int factor_row = norm;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      if (!Counts(question, i)) {
        all = all && !HasFreeSlack(i);
        continue;
      }
      const double own = std::abs(program.rhs[static_cast<std::size_t>(i)]);
      if (!beyond()) {
        const int slack = technology_.slack_column(i);
        if (data.is_input(i)) {
          measure.cost[static_cast<std::size_t>(slack)] = -1 / (inputs * own);
        } else {
          program.column(slack)[norm] = 1 / (others * own);
        }
      } else if (data.is_output(i)) {
        program.column(column)[i] = own;
        program.column(column)[norm] = 1;
        program.column(column++)[++factor_row] = 1;
        program.column(column++)[factor_row] = 1;
      } else {
        program.column(column)[i] = -1;
        if (data.is_input(i)) {
          measure.cost[static_cast<std::size_t>(column)] = 1 / (inputs * own);
        } else {
          program.column(column)[norm] = -1 / own;
        }
        ++column;
      }
    }
    if (!all) AddSlackSum(question, program);
    technology_.StartFromOwn(question, -1, -1, program);
    double* entries = program.column(t);
    for (int row = 0; row < norm; ++row) {
      const bool is_factor = row < technology_.measure_count() && IsFactor(question, row);
      entries[row] = is_factor ? 0 : -program.rhs[static_cast<std::size_t>(row)];
      program.rhs[static_cast<std::size_t>(row)] = 0;
    }
    entries[norm] = !beyond() || others == 0 ? 1 : others - factors;
    program.rhs[static_cast<std::size_t>(norm)] = !beyond() || others == 0 ? 1 : others;
    for (int row = norm + 1; row < program.row_count; ++row) entries[row] = -1;
    if (program.start.empty()) return;
    program.start.push_back(program.column_variable(t));
    for (int i = 0, at = first; beyond() && i < technology_.measure_count(); ++i) {
      if (!Counts(question, i)) continue;
      if (IsFactor(question, i)) program.start.push_back(program.column_variable(at++));
      ++at;
    }
  }

  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    const double t = WeightScale(program, solution);
    if (!(t > 0)) return UnitStatus::kNotSolved;
    technology_.Read(question, program, solution, t, score);
    score.measure = Measure::kRho;
    double rho = beyond() ? Beyond(program, solution) : Within(question, solution, t);
    if (beyond() ? rho <= 1 + kOne : rho >= 1 - kOne) rho = 1;
    score.score = score.farrell = std::max(rho, 0.0);
    const double* own = question.own();
    std::vector<double> aims(own, own + technology_.measure_count());
    // Backwards from t.
    std::size_t column = static_cast<std::size_t>(program.first_artificial - 1);
    for (int i = technology_.measure_count() - 1; beyond() && i >= 0; --i) {
      if (!Counts(question, i)) continue;
      double& aim = aims[static_cast<std::size_t>(i)];
      if (IsFactor(question, i)) {
        column -= 2;
        aim *= solution.columns[column] / t;
      } else {
        aim += solution.columns[--column] / t / Technology::Scale(program, i);
      }
    }
    technology_.SetTargets(aims, score);
    return UnitStatus::kOptimal;
  }

  double WeightScale(const LinearProgram& program, const Solution& solution) const override {
    return solution.columns[static_cast<std::size_t>(program.first_artificial - 1)];
  }

  const Formulation* Next(const Question& /*question*/, const UnitScore& score) const override {
    const bool optimal = score.status == UnitStatus::kOptimal;
    if (beyond()) return optimal && score.score <= 1 ? next_ : nullptr;
    return (optimal && score.score >= 1) || score.status == UnitStatus::kInfeasible ? next_ : nullptr;
  }

 private:
  bool beyond() const { return place_ == Place::kBeyond; }
  bool HasFreeSlack(int measure) const {
    return technology_.is_discretionary(measure) && technology_.slack_column(measure) >= 0;
  }
  bool Counts(const Question& question, int measure) const {
    return on_side_[static_cast<std::size_t>(measure)] != 0 && question.own()[measure] > 0;
  }
  // Whether the measure has an F.
  bool IsFactor(const Question& question, int measure) const {
    return beyond() && question.data.is_output(measure) && Counts(question, measure);
  }

  // rho as the objective has it.
  static double Beyond(const LinearProgram& program, const Solution& solution) {
    const std::vector<double>& cost = program.objectives[0].cost;
    double rho = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(program.first_artificial); ++c) {
      rho += cost[c] * solution.columns[c];
    }
    return rho;
  }
  // t - mean(S- / x_o) as mean(X lambda t / x_o), where nothing cancels.
  double Within(const Question& question, const Solution& solution, double t) const {
    int inputs = 0;
    double rho = 0;
    const int stride = static_cast<int>(question.reference.padded_size());
    for (int i = 0; i < question.data.input_count; ++i) {
      if (!Counts(question, i)) continue;
      ++inputs;
      double use = 0;
      for (const auto& [variable, value] : solution.weights)
        use += value * question.reference.row(i)[variable % stride];
      rho += use / question.own()[i];
    }
    return inputs > 0 ? rho / inputs : t;
  }

  // What the measure leaves out.
  void AddSlackSum(const Question& question, LinearProgram& program) const {
    Objective& slack_sum = program.AddObjective();
    slack_sum.slack_sum = true;
    for (int i = 0; i < technology_.measure_count(); ++i) {
      if (!HasFreeSlack(i) || (!beyond() && Counts(question, i))) continue;
      slack_sum.cost[static_cast<std::size_t>(technology_.slack_column(i))] = -1 / Technology::Scale(program, i);
    }
  }

  Technology technology_;
  Place place_;
  bool without_own_;
  const Sbm* next_;
  int most_factors_ = 0;
  std::vector<char> on_side_;
};

// Most units are inefficient, and the plain measure says so at once. Only a unit that it calls efficient is moved
// beyond the technology; where that costs nothing the others contain the unit, and the last program proves it.
class SuperSbm final : public Formulation {
 public:
  SuperSbm(const Model& model, const Observations& data)
      : among_all_(model, data, Place::kWithin, false, &beyond_),
        beyond_(model, data, Place::kBeyond, true, &among_others_),
        among_others_(model, data, Place::kWithin, true) {}

  int row_count() const override { return beyond_.row_count(); }
  const Technology& technology() const override { return among_all_.technology(); }
  void Build(const Question& question, LinearProgram& program) const override {
    First(question).Build(question, program);
  }
  UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                  UnitScore& score) const override {
    return First(question).Read(question, program, solution, score);
  }
  double WeightScale(const LinearProgram& program, const Solution& solution) const override {
    return beyond_.WeightScale(program, solution);
  }
  const Formulation* Next(const Question& question, const UnitScore& score) const override {
    return First(question).Next(question, score);
  }

 private:
  const Sbm& First(const Question& question) const {
    return question.reference.Find(question.row) < 0 ? beyond_ : among_all_;
  }

  Sbm among_all_;
  Sbm beyond_;
  Sbm among_others_;
};

}  // namespace

std::unique_ptr<Formulation> MakeSbm(const Model& model, const Observations& data) {
  if (model.super) return std::make_unique<SuperSbm>(model, data);
  return std::make_unique<Sbm>(model, data, Place::kWithin, false);
}

}  // namespace farrell::dea
