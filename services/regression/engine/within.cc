#include "services/regression/engine/within.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "services/regression/engine/within/crossing.h"
#include "services/regression/engine/within/schur.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Defects relative to what is left of a column: aimed at by conjugate gradients, good enough to stop, and the most that
// is not an error.
constexpr double kTarget = 2e-15;
constexpr double kGood = 1e-14;
constexpr double kAcceptable = 1e-12;
// A column of which no more than this is left lies in the span of the effects: its defect is relative to its length.
constexpr double kSpanned = 1e-13;
constexpr int kMostRounds = 12;
// Up to so many rows a second round is always taken: it costs nothing, and the first one may stop short by a digit.
constexpr std::size_t kSmall = 1U << 16U;

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::int32_t Find(std::int32_t x) {
    while (At(x) != x) {
      At(x) = At(At(x));
      x = At(x);
    }
    return x;
  }
  void Join(std::int32_t a, std::int32_t b) {
    a = Find(a);
    b = Find(b);
    // The smaller number leads, so that the component's first level is its name.
    if (a < b) At(b) = a;
    if (b < a) At(a) = b;
  }

 private:
  std::int32_t& At(std::int32_t x) { return parent_[static_cast<std::size_t>(x)]; }
  std::vector<std::int32_t> parent_;
};

// Nodes known to be combinations of others: of every minor effect, the dummy of the first level of each component that
// it forms with the major one.
std::vector<char> KnownCombinations(const Crossing& crossing, const std::vector<Effect>& effects) {
  std::vector<char> dropped(static_cast<std::size_t>(crossing.node_count()), 0);
  if (!effects[crossing.major()].dummies) return dropped;
  for (std::size_t m = 0; m < crossing.minors().size(); ++m) {
    const Effect& effect = effects[crossing.minors()[m]];
    if (!effect.dummies) continue;
    DisjointSets sets(dropped.size());
    for (Index level = 0; level < crossing.major_levels(); ++level) {
      for (std::int32_t position = crossing.begin(level) + 1; position < crossing.end(level); ++position) {
        sets.Join(crossing.node(m, position - 1), crossing.node(m, position));
      }
    }
    for (std::size_t level = 0; level < effect.count(); ++level) {
      const Index node = crossing.minor_offset(m) + static_cast<Index>(level) * crossing.minor_width(m);
      if (sets.Find(static_cast<std::int32_t>(node)) == node) dropped[static_cast<std::size_t>(node)] = 1;
    }
  }
  return dropped;
}

bool HasSlopes(const Effect& effect) { return !effect.dummies || !effect.slopes.empty(); }

Status NotConverged() {
  return FailedPrecondition("NOT_CONVERGED",
                            "the effects could not be taken out exactly; leave out or combine effects");
}

}  // namespace

struct Within::State {
  Crossing crossing;
  SchurEquations equations;
  // Of every effect: are there dummies.
  std::vector<char> dummies;
  VectorXd root_weights;
  std::vector<char> dropped;
  bool complete = false;
  bool cancelled = false;
  std::int64_t level_count = 0;
  std::int64_t rank = 0;

  struct Outcome {
    std::int64_t steps = 0;
    double defect = 0.0;
    bool converged = true;
  };
  // `nodes` and `major` (both or neither, C = 1): coefficients, added to.
  template <std::size_t C>
  Outcome DemeanBlock(const std::array<double*, C>& columns, const std::stop_token& stop, double* nodes,
                      double* major) const;
};

Within Within::Make(const std::vector<Effect>& effects, std::size_t rows, const VectorXd& weights,
                    const Environment& environment) {
  Within within;
  if (effects.empty()) return within;
  auto state = std::make_shared<State>();
  if (weights.size() > 0) state->root_weights = weights.cwiseSqrt();
  state->crossing = Crossing::Make(effects, rows, state->root_weights);
  const Crossing& crossing = state->crossing;
  for (const Effect& effect : effects) state->dummies.push_back(effect.dummies ? 1 : 0);
  state->dropped = KnownCombinations(crossing, effects);
  state->complete = effects.size() == 1 || (effects.size() == 2 && !HasSlopes(effects[0]) && !HasSlopes(effects[1]));
  if (!environment.stop.stop_requested()) {
    state->equations = SchurEquations::Make(crossing, state->dropped, state->complete, environment);
  }
  state->cancelled = environment.stop.stop_requested();
  for (std::size_t e = 0; e < effects.size(); ++e) {
    state->level_count += static_cast<std::int64_t>(crossing.basis(e).gram.size());
  }
  state->rank = (crossing.major_inverse().array() > 0.0).count() + crossing.node_count() - state->equations.redundant();
  within.state_ = std::move(state);
  return within;
}

std::int64_t Within::level_count() const { return empty() ? 0 : state_->level_count; }

std::int64_t Within::redundant_count() const { return empty() ? 0 : state_->level_count - state_->rank; }

template <std::size_t C>
Within::State::Outcome Within::State::DemeanBlock(const std::array<double*, C>& columns, const std::stop_token& stop,
                                                  double* nodes, double* major) const {
  const auto size = static_cast<std::size_t>(crossing.node_count()) * C;
  std::vector<double> solution(size);
  std::array<double, C> given{};
  crossing.Total<C>(columns, stop, solution.data(), given);
  for (double& square : given) square = std::sqrt(square);
  Outcome outcome;
  std::array<double, C> targets{};
  for (std::size_t c = 0; c < C; ++c) targets[c] = kTarget * std::sqrt(NodeNorms<C>(crossing, solution.data())[c]);
  std::vector<double> totals(size);
  const int fewest = crossing.rows() <= kSmall && size > 0 ? 2 : 1;
  for (int round = 1; round <= kMostRounds; ++round) {
    if (stop.stop_requested()) return outcome;
    outcome.steps += equations.Solve<C>(crossing, targets, stop, solution.data());
    if (nodes != nullptr) {
      for (std::size_t k = 0; k < size; ++k) nodes[k] += solution[k];
    }
    std::array<double, C> left{};
    std::array<double, C> defect{};
    crossing.Subtract<C>(columns, solution.data(), stop, totals.data(), left, defect, major);
    const std::array<double, C> node_defect = NodeNorms<C>(crossing, totals.data());
    outcome.defect = 0.0;
    for (std::size_t c = 0; c < C; ++c) {
      const double rest = std::sqrt(left[c]);
      const double scale = rest > kSpanned * given[c] ? rest : given[c];
      const double relative = scale == 0.0 ? 0.0 : std::sqrt(defect[c] + node_defect[c]) / scale;
      if (!std::isfinite(relative)) {
        outcome.defect = std::numeric_limits<double>::infinity();
      } else {
        outcome.defect = std::max(outcome.defect, relative);
      }
      targets[c] = kTarget * rest;
    }
    outcome.converged = outcome.defect <= kAcceptable;
    if (round >= fewest && outcome.defect <= kGood) break;
    std::swap(solution, totals);
  }
  return outcome;
}

Status Within::Demean(Eigen::Ref<MatrixXd> columns, const std::stop_token& stop) const {
  std::vector<double*> pointers;
  for (Index c = 0; c < columns.cols(); ++c) pointers.push_back(columns.col(c).data());
  Environment environment;
  environment.stop = stop;
  return Demean(pointers, environment);
}

Status Within::Demean(const std::vector<double*>& columns, const Environment& environment,
                      Convergence* convergence) const {
  if (empty()) return Status::Ok();
  if (state_->cancelled) return Cancelled();
  const std::size_t pieces = (columns.size() + 1) / 2;
  std::vector<State::Outcome> outcomes(pieces);
  const auto demean = [&](std::int64_t first, std::int64_t last) {
    for (auto piece = static_cast<std::size_t>(first); piece < static_cast<std::size_t>(last); ++piece) {
      if (environment.stop.stop_requested()) return;
      const std::size_t c = 2 * piece;
      if (c + 1 < columns.size()) {
        outcomes[piece] = state_->DemeanBlock<2>({columns[c], columns[c + 1]}, environment.stop, nullptr, nullptr);
      } else {
        outcomes[piece] = state_->DemeanBlock<1>({columns[c]}, environment.stop, nullptr, nullptr);
      }
    }
  };
  if (environment.parallel && pieces > 1) {
    environment.parallel(static_cast<std::int64_t>(pieces), demean);
  } else {
    demean(0, static_cast<std::int64_t>(pieces));
  }
  if (environment.stop.stop_requested()) return Cancelled();
  State::Outcome worst;
  for (const State::Outcome& outcome : outcomes) {
    worst.steps = std::max(worst.steps, outcome.steps);
    worst.defect = std::max(worst.defect, outcome.defect);
    worst.converged = worst.converged && outcome.converged;
  }
  if (convergence != nullptr) {
    switch (state_->equations.method()) {
      case SchurMethod::kNone: convergence->method = "means"; break;
      case SchurMethod::kBalanced: convergence->method = "closed form"; break;
      case SchurMethod::kDense: convergence->method = "dense Cholesky"; break;
      case SchurMethod::kSparse: convergence->method = "sparse Cholesky"; break;
      case SchurMethod::kConjugateGradients: convergence->method = "conjugate gradients"; break;
    }
    convergence->iterations = worst.steps;
    convergence->defect = worst.defect;
  }
  return worst.converged ? Status::Ok() : NotConverged();
}

Result<std::vector<VectorXd>> Within::Coefficients(const VectorXd& v) const {
  std::vector<VectorXd> coefficients;
  if (empty()) return coefficients;
  if (state_->cancelled) return Cancelled();
  const Crossing& crossing = state_->crossing;
  VectorXd rest = v;
  VectorXd nodes = VectorXd::Zero(crossing.node_count());
  VectorXd major = VectorXd::Zero(crossing.basis(crossing.major()).gram.size());
  if (!state_->DemeanBlock<1>({rest.data()}, {}, nodes.data(), major.data()).converged) return NotConverged();
  std::size_t m = 0;
  std::size_t carrier = state_->dummies.size();
  for (std::size_t e = 0; e < state_->dummies.size(); ++e) {
    const EffectBasis& basis = crossing.basis(e);
    const VectorXd own =
        e == crossing.major() ? major : VectorXd(nodes.segment(crossing.minor_offset(m++), basis.gram.size()));
    if (basis.back.empty()) {
      coefficients.push_back(own);
    } else {
      // From directions of the basis, level by level, to columns, one after the other.
      const Index width = basis.width;
      VectorXd result = VectorXd::Zero(own.size());
      for (Index level = 0; level < basis.levels; ++level) {
        for (Index q = 0; q < width; ++q) {
          for (Index s = 0; s < width; ++s) {
            result(q * basis.levels + level) +=
                basis.back[static_cast<std::size_t>((level * width + q) * width + s)] * own(level * width + s);
          }
        }
      }
      coefficients.push_back(std::move(result));
    }
    if (state_->dummies[e] == 0 || basis.levels == 0) continue;
    if (carrier == state_->dummies.size()) {
      carrier = e;
      continue;
    }
    const double mean = coefficients[e].head(basis.levels).mean();
    coefficients[e].head(basis.levels).array() -= mean;
    coefficients[carrier].head(crossing.basis(carrier).levels).array() += mean;
  }
  return coefficients;
}

Result<VectorXd> Within::Leverage() const {
  if (empty()) return VectorXd();
  if (state_->cancelled) return Cancelled();
  const Crossing& crossing = state_->crossing;
  const Index nodes = crossing.node_count();
  if (nodes > kMaxDenseLevels) {
    return FailedPrecondition("TOO_MANY_LEVELS",
                              "leverages need at most " + std::to_string(kMaxDenseLevels) +
                                  " levels beside the largest effect; use clustered standard errors");
  }
  // Inverse of the Schur complement over the nodes kept, zero elsewhere.
  MatrixXd inverse = MatrixXd::Zero(nodes, nodes);
  if (nodes > 0) {
    const DenseFactor factor = state_->equations.dense() ? *state_->equations.dense()
                                                         : DenseFactor::Make(DenseSchur(crossing), crossing.node_gram(),
                                                                             state_->dropped, state_->complete);
    const auto size = static_cast<Index>(factor.kept.size());
    const MatrixXd reduced = factor.factor.solve(MatrixXd::Identity(size, size));
    inverse(factor.kept, factor.kept) = reduced;
  }
  VectorXd leverage(static_cast<Index>(crossing.rows()));
  const Index major_width = crossing.major_width();
  std::vector<Index> place(static_cast<std::size_t>(nodes), -1);
  std::vector<Index> touched;
  for (Index level = 0; level < crossing.major_levels(); ++level) {
    const std::int32_t first = crossing.begin(level);
    const Index count = crossing.end(level) - first;
    touched.clear();
    for (std::int32_t position = first; position < crossing.end(level); ++position) {
      for (std::size_t m = 0; m < crossing.minors().size(); ++m) {
        for (int q = 0; q < crossing.minor_width(m); ++q) {
          Index& at = place[static_cast<std::size_t>(crossing.node(m, position)) + static_cast<std::size_t>(q)];
          if (at >= 0) continue;
          at = static_cast<Index>(touched.size());
          touched.push_back(crossing.node(m, position) + q);
        }
      }
    }
    // The nodes' values at every row of the level less their projection on the major effect.
    MatrixXd values = MatrixXd::Zero(static_cast<Index>(touched.size()), count);
    MatrixXd own(major_width, count);
    for (Index k = 0; k < count; ++k) {
      const auto position = static_cast<std::int32_t>(first + k);
      for (std::size_t m = 0; m < crossing.minors().size(); ++m) {
        for (int q = 0; q < crossing.minor_width(m); ++q) {
          values(place[static_cast<std::size_t>(crossing.node(m, position)) + static_cast<std::size_t>(q)], k) +=
              crossing.minor_value(m, position, q);
        }
      }
      for (Index q = 0; q < major_width; ++q) {
        own(q, k) = crossing.major_value(position, static_cast<int>(q)) *
                    std::sqrt(crossing.major_inverse()(level * major_width + q));
      }
    }
    values -= (values * own.transpose()) * own;
    const MatrixXd weighted = inverse(touched, touched) * values;
    for (Index k = 0; k < count; ++k) {
      leverage(crossing.row(static_cast<std::int32_t>(first + k))) =
          own.col(k).squaredNorm() + values.col(k).dot(weighted.col(k));
    }
    for (Index node : touched) place[static_cast<std::size_t>(node)] = -1;
  }
  return leverage;
}

}  // namespace farrell::regression
