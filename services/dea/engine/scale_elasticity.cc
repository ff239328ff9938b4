#include "services/dea/engine/scale_elasticity.h"

#include <algorithm>
#include <utility>

#include "services/dea/engine/certificate.h"

namespace farrell::dea {
namespace {

// Outputs worth less than this share of the inputs are worth nothing: the elasticity is infinite.
constexpr double kWorthless = 1e-12;

Model VariableReturns(Orientation orientation) {
  Model model;
  model.rts = ReturnsToScale::kVrs;
  model.orientation = orientation;
  return model;
}

}  // namespace

ScaleSolver::ScaleSolver(const Observations& data, Orientation orientation)
    : input_(orientation == Orientation::kInput),
      technology_(VariableReturns(orientation), data),
      simplex_(technology_.row_count()),
      solver_(technology_.row_count()) {}

// The rows of a radial program under variable returns with the score's column, which is returned. The last row holds
// the sum of weights.
int ScaleSolver::Begin(const Question& question) {
  technology_.Begin(question, false, program_);
  program_.sense = input_ ? 1 : -1;
  const int score = program_.AddColumn();
  for (int i = 0; i < technology_.measure_count(); ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    if (question.data.is_output(i) == input_) continue;
    program_.column(score)[i] = -program_.rhs[at];
    program_.rhs[at] = 0;
  }
  return score;
}

// The value f(b) of a program min c x, A x = b, x >= 0 with an optimum x* has the one-sided derivative
//   f'(b; h) = min c (x - t x*)  s.t.  A x - t b = h,  x, t >= 0,
// for the x - t x* are the directions that lead from x* into the program's polyhedron. Among its optima the one with
// the least t is bounded.
UnitStatus ScaleSolver::SolveSide(const Question& question, double farrell, int side, const SolveOptions& options,
                                  const std::stop_token& stop, std::optional<double>& elasticity) {
  const int score = Begin(question);
  const int multiple = program_.AddColumn();
  const std::size_t last = static_cast<std::size_t>(program_.row_count - 1);
  for (int i = 0; i < program_.row_count; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    program_.column(multiple)[i] = -program_.rhs[at];
    program_.rhs[at] = 0;
  }
  if (side < 0) {
    program_.factor[last] = -program_.factor[last];
    program_.column(multiple)[last] = -program_.column(multiple)[last];
  }
  program_.rhs[last] = 1;
  Objective& derivative = program_.AddObjective();
  derivative.cost[static_cast<std::size_t>(score)] = program_.sense;
  derivative.cost[static_cast<std::size_t>(multiple)] = -program_.sense * farrell;
  program_.AddObjective().cost[static_cast<std::size_t>(multiple)] = 1;

  const UnitStatus status = SolveAsRounded(options, stop);
  if (status != UnitStatus::kOptimal) return status;
  // v x and u y at the frontier point; the one of the scored side is normalised.
  double worth = 0;
  for (int i = 0; i < technology_.measure_count(); ++i) {
    if (question.data.is_output(i) != input_) continue;
    const std::size_t at = static_cast<std::size_t>(i);
    worth += std::max(-solution_.prices[at], 0.0) * Technology::Scale(program_, i) * question.own()[i];
  }
  if (!input_) {
    elasticity = worth / farrell;
  } else if (worth > kWorthless * farrell) {
    elasticity = farrell / worth;
  }
  return UnitStatus::kOptimal;
}

// Whether a sum of weights can change at all may hang on the last bit of a cell; what double precision proves is taken
// as the answer, an infeasible program too.
UnitStatus ScaleSolver::SolveAsRounded(const SolveOptions& options, const std::stop_token& stop) {
  const SolveOutcome outcome = simplex_.Solve(program_, options, stop);
  if (outcome == SolveOutcome::kStopped) return UnitStatus::kNotSolved;
  if (outcome == SolveOutcome::kOptimal || outcome == SolveOutcome::kInfeasible) {
    simplex_.Read(solution_);
    const bool optimal = outcome == SolveOutcome::kOptimal;
    const Proof proof =
        optimal ? CertifyOptimal(program_, solution_, options.frame) : CertifyInfeasible(program_, solution_);
    if (proof.holds) return optimal ? UnitStatus::kOptimal : UnitStatus::kInfeasible;
  }
  return solver_.Solve(program_, options, stop, solution_, certificate_);
}

ScaleRange ScaleSolver::Elasticity(const Question& question, double farrell, const std::stop_token& stop,
                                   const Frame* frame) {
  ScaleRange range;
  SolveOptions options;
  options.frame = frame;
  // More weights beside the same output or input: as if the unit were smaller. Fewer: as if it were larger.
  std::optional<double> left;
  std::optional<double> right;
  const UnitStatus grow = SolveSide(question, farrell, 1, options, stop, left);
  const UnitStatus shrink = SolveSide(question, farrell, -1, options, stop, right);
  // No smaller unit has as little of the inputs (output orientation), no larger one makes more (input orientation).
  const bool smallest = !input_ && grow == UnitStatus::kInfeasible;
  const bool largest = input_ && shrink == UnitStatus::kInfeasible;
  if (grow != UnitStatus::kOptimal && !smallest) return range;
  if (shrink != UnitStatus::kOptimal && !largest) return range;
  range.status = UnitStatus::kOptimal;
  range.low = largest ? std::optional<double>(0) : right;
  range.high = left;
  // One price, computed on two ways.
  if (range.low && range.high && *range.low > *range.high) std::swap(range.low, range.high);
  return range;
}

UnitStatus ScaleSolver::SolveWeightSum(const Question& question, int sign, const SolveOptions& options,
                                       const std::stop_token& stop, double& weight_sum) {
  const int score = Begin(question);
  const int sum = program_.AddColumn();
  const std::size_t last = static_cast<std::size_t>(program_.row_count - 1);
  program_.rhs[last] = 0;
  program_.column(sum)[last] = -1;
  program_.AddObjective().cost[static_cast<std::size_t>(score)] = program_.sense;
  program_.AddObjective().cost[static_cast<std::size_t>(sum)] = sign;
  const UnitStatus status = solver_.Solve(program_, options, stop, solution_, certificate_);
  if (status != UnitStatus::kOptimal) return status;
  weight_sum = solution_.columns[static_cast<std::size_t>(sum)];
  return weight_sum > 0 ? UnitStatus::kOptimal : UnitStatus::kUnbounded;
}

ScaleRange ScaleSolver::ProductiveScale(const Question& question, const std::stop_token& stop, const Frame* frame) {
  ScaleRange range;
  SolveOptions options;
  options.frame = frame;
  double least = 0;
  double most = 0;
  range.status = SolveWeightSum(question, 1, options, stop, least);
  if (range.status == UnitStatus::kOptimal) range.status = SolveWeightSum(question, -1, options, stop, most);
  if (range.status != UnitStatus::kOptimal) return range;
  range.low = 1 / most;
  range.high = 1 / least;
  return range;
}

}  // namespace farrell::dea
