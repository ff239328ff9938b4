#include "services/dea/engine/formulation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "services/dea/engine/additive.h"
#include "services/dea/engine/directional.h"
#include "services/dea/engine/non_radial_directional.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/range_directional.h"
#include "services/dea/engine/sbm.h"

namespace farrell::dea {

std::unique_ptr<Formulation> MakeFormulation(const Model& model, const Observations& data) {
  switch (model.kind) {
    case ModelKind::kRadial: return MakeRadial(model, data);
    case ModelKind::kDdf:
      return model.non_radial ? MakeNonRadialDirectional(model, data) : MakeDirectional(model, data);
    case ModelKind::kAdditive:
    case ModelKind::kRam:
    case ModelKind::kBam: return MakeAdditive(model, data);
    case ModelKind::kSbm: return MakeSbm(model, data);
    case ModelKind::kRdm: return MakeRangeDirectional(model, data);
    default: return nullptr;
  }
}

double Formulation::WeightScale(const LinearProgram&, const Solution&) const { return 1; }

const Formulation* Formulation::Next(const Question&, const UnitScore&) const { return nullptr; }

bool Formulation::SameProgram(const Question& then, const Question& now) const {
  return technology().SameRows(then, now);
}

namespace {

bool AllFinite(const UnitScore& score) {
  const auto finite = [](const std::vector<double>& numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); });
  };
  for (const auto member :
       {&UnitScore::input_slacks, &UnitScore::output_slacks, &UnitScore::bad_output_slacks, &UnitScore::input_targets,
        &UnitScore::output_targets, &UnitScore::bad_output_targets, &UnitScore::input_prices, &UnitScore::output_prices,
        &UnitScore::bad_output_prices, &UnitScore::betas}) {
    if (!finite(score.*member)) return false;
  }
  for (const auto member : {&Certificate::variables, &Certificate::prices, &Certificate::slack_prices,
                            &Certificate::zero_slack_prices, &Certificate::ray}) {
    if (!finite(score.certificate.*member)) return false;
  }
  for (const auto member : {&UnitScore::peers, &UnitScore::abated_peers}) {
    for (const Peer& peer : score.*member) {
      if (!std::isfinite(peer.weight)) return false;
    }
  }
  return finite({score.score, score.farrell, score.scale_price, score.certificate.primal, score.certificate.dual,
                 score.certificate.gap, score.certificate.max_violation, score.certificate.slack_gap});
}

}  // namespace

UnitSolver::UnitSolver(const Formulation& formulation) : formulation_(formulation), solver_(formulation.row_count()) {}

UnitScore UnitSolver::Solve(const Question& question, const SolveOptions& options, const std::stop_token& stop) {
  UnitScore score;
  if (question.reference.size() == 0) {
    score.status = UnitStatus::kInfeasible;
    return score;
  }
  const auto solve = [&](const Formulation& formulation, const SolveOptions& offered) {
    formulation.Build(question, program_);
    score.status = solver_.Solve(program_, offered, stop, solution_, score.certificate);
    if (score.status == UnitStatus::kOptimal) score.status = formulation.Read(question, program_, solution_, score);
    if (score.status == UnitStatus::kOptimal && !solution_.price_tolerances.empty()) {
      const auto rows = static_cast<std::ptrdiff_t>(formulation.technology().weighted_row_count());
      score.proof.reserve(2 * static_cast<std::size_t>(rows));
      for (const auto* numbers : {&solution_.prices, &solution_.price_tolerances}) {
        score.proof.insert(score.proof.end(), numbers->begin(), numbers->begin() + rows);
      }
    }
    // The weights of a ray are part of its proof.
    if (score.certificate.kind == CertificateKind::kUnbounded) {
      Technology::ReadPeers(question, program_, solution_, 1, score);
    }
    // Beyond the range of double, as between cells of 1e-100 and 1e100, nothing can be told.
    if (!AllFinite(score)) {
      score = {};
      score.status = UnitStatus::kNotSolved;
    }
  };
  solve(formulation_, options);
  const Formulation* next = formulation_.Next(question, score);
  if (next == nullptr) return score;
  // A start and a frame are for the first program.
  SolveOptions bare = options;
  bare.start.clear();
  bare.frame = nullptr;
  for (; next != nullptr; next = next->Next(question, score)) {
    score = {};
    solve(*next, bare);
  }
  // That the first program still leads to the others would have to be proven as well.
  score.proof.clear();
  return score;
}

namespace {

bool Near(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double left, double right) {
    return std::abs(left - right) <= kCertified * std::max(std::abs(left), std::abs(right));
  });
}

// Whether every number that a solution decides is what it says.
bool SameAnswer(const UnitScore& a, const UnitScore& b) {
  for (const auto member :
       {&UnitScore::input_slacks, &UnitScore::output_slacks, &UnitScore::bad_output_slacks, &UnitScore::input_targets,
        &UnitScore::output_targets, &UnitScore::bad_output_targets, &UnitScore::input_prices, &UnitScore::output_prices,
        &UnitScore::bad_output_prices, &UnitScore::betas}) {
    if (!Near(a.*member, b.*member)) return false;
  }
  return a.measure == b.measure && Near({a.score, a.farrell, a.scale_price}, {b.score, b.farrell, b.scale_price});
}

// The sum of slacks among the objectives; null where there is none.
const Objective* SlackSumOf(const LinearProgram& program) {
  const auto found = std::find_if(program.objectives.begin(), program.objectives.end(),
                                  [](const Objective& objective) { return objective.slack_sum; });
  return found == program.objectives.end() ? nullptr : &*found;
}

// Slacks of the sum that the prices show to be zero in every solution: one more of such a slack costs at least 1.
std::vector<char> ShownZero(const LinearProgram& program, const std::vector<double>& prices) {
  std::vector<char> zero(static_cast<std::size_t>(program.column_count), 0);
  const Objective* slack_sum = SlackSumOf(program);
  if (slack_sum == nullptr) return zero;
  // As the check of the sum weighs a violation: against the largest price.
  double largest = 1;
  for (const double price : prices) largest = std::max(largest, std::abs(price));
  for (int c = 0; c < program.first_artificial; ++c) {
    if (slack_sum->cost[static_cast<std::size_t>(c)] == 0) continue;
    double worth = 0;
    for (int i = 0; i < program.row_count; ++i) worth += prices[static_cast<std::size_t>(i)] * program.column(c)[i];
    if (-1 - worth >= -kCertified * largest) zero[static_cast<std::size_t>(c)] = 1;
  }
  return zero;
}

// The solution that a score's peers and certificate tell; false where they do not fit the program.
bool TellSolution(const Question& question, const LinearProgram& program, const UnitScore& score, Solution& solution) {
  const Certificate& told = score.certificate;
  solution.columns = told.variables;
  solution.prices = told.prices;
  solution.ray = told.ray;
  const std::size_t rows = static_cast<std::size_t>(program.row_count);
  if (told.slack_prices.size() == rows) solution.slack_prices = told.slack_prices;
  solution.zero_slack_prices.assign(rows, 0.0);
  if (told.zero_slack_prices.size() == rows) solution.zero_slack_prices = told.zero_slack_prices;
  solution.zero_slacks = ShownZero(program, solution.zero_slack_prices);
  const int stride = static_cast<int>(program.reference->padded_size());
  int block = 0;
  for (const std::vector<Peer>* peers : {&score.peers, &score.abated_peers}) {
    for (const Peer& peer : *peers) {
      const int unit = question.reference.Find(peer.row);
      if (unit < 0 || unit == program.excluded || block >= program.block_count) return false;
      solution.weights.emplace_back(block * stride + unit, peer.weight);
    }
    ++block;
  }
  std::sort(solution.weights.begin(), solution.weights.end());
  return true;
}

}  // namespace

Proof CheckScore(const Formulation& formulation, const Question& question, const UnitScore& score) {
  if (const Formulation* next = formulation.Next(question, score)) return CheckScore(*next, question, score);
  if (question.reference.size() == 0) {  // nobody to be compared with: no program
    Proof proof;
    proof.holds = score.status == UnitStatus::kInfeasible;
    return proof;
  }
  LinearProgram program;
  formulation.Build(question, program);
  Solution solution;
  if (!TellSolution(question, program, score, solution)) return {};
  if (score.status == UnitStatus::kInfeasible) return CertifyInfeasible(program, solution);
  // Unbounded is a ray, or an optimum at which the score has no value.
  const bool at_optimum = score.certificate.kind == CertificateKind::kOptimal;
  if (score.status == UnitStatus::kUnbounded && !at_optimum) return CertifyUnbounded(program, solution);
  if ((score.status != UnitStatus::kOptimal && score.status != UnitStatus::kUnbounded) || !at_optimum) return {};
  if (solution.columns.size() != static_cast<std::size_t>(program.column_count) ||
      solution.prices.size() != static_cast<std::size_t>(program.row_count)) {
    return {};
  }
  UnitScore again;
  // Peers are told per unit of the model's own scale; the program's weights may be a multiple of them.
  const double weight_scale = formulation.WeightScale(program, solution);
  for (auto& [variable, value] : solution.weights) value *= weight_scale;
  Proof proof = CertifyOptimal(program, solution);
  if (formulation.Read(question, program, solution, again) != score.status) proof.holds = false;
  // A sum of slacks that is told as proven must be.
  const bool slacks_hold = SlackSumOf(program) == nullptr || score.certificate.slack_gap > kCertified ||
                           (!solution.slack_prices.empty() && proof.certificate.slack_gap <= kCertified);
  proof.holds = proof.holds && slacks_hold && SameAnswer(again, score);
  return proof;
}

}  // namespace farrell::dea
