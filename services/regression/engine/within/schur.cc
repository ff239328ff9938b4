#include "services/regression/engine/within/schur.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "services/regression/engine/within/sparse_schur.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A pivot relative to its diagonal below which a node is a combination of those before it.
constexpr double kRedundantPivot = 1e-10;
// Nodes up to which a dense factor is the fastest.
constexpr Index kAlwaysDense = 300;
// Nodes up to which a dense factor is preferred to conjugate gradients when it has to count redundant nodes.
constexpr Index kMostDense = 2500;
constexpr std::int64_t kMostSteps = 20000;
// Steps without a smaller defect after which conjugate gradients stand at rounding error.
constexpr std::int64_t kPatience = 200;

// Two effects, every cell of which holds exactly one row.
bool IsBalanced(const Crossing& crossing) {
  if (!crossing.plain() || crossing.minors().size() != 1) return false;
  if (crossing.rows() != static_cast<std::size_t>(crossing.major_levels() * crossing.node_count())) return false;
  std::vector<Index> seen(static_cast<std::size_t>(crossing.node_count()), -1);
  for (Index level = 0; level < crossing.major_levels(); ++level) {
    for (std::int32_t position = crossing.begin(level); position < crossing.end(level); ++position) {
      Index& last = seen[static_cast<std::size_t>(crossing.node(0, position))];
      if (last == level) return false;
      last = level;
    }
  }
  return true;
}

// Positions among `candidates` of pivots that are not redundant, in their order. Lower triangle.
std::vector<Index> IndependentPivots(MatrixXd matrix, const VectorXd& scale) {
  std::vector<Index> kept;
  const Index size = matrix.rows();
  for (Index k = 0; k < size; ++k) {
    const double pivot = matrix(k, k);
    if (!(pivot > kRedundantPivot * scale(k))) continue;
    kept.push_back(k);
    const VectorXd column = matrix.col(k).tail(size - k - 1);
    for (Index j = k + 1; j < size; ++j) {
      const double factor = column(j - k - 1) / pivot;
      if (factor != 0.0) matrix.col(j).tail(size - j) -= factor * column.tail(size - j);
    }
  }
  return kept;
}

bool HasSmallPivot(const Eigen::LLT<MatrixXd>& factor, const VectorXd& scale) {
  if (factor.info() != Eigen::Success) return true;
  for (Index k = 0; k < scale.size(); ++k) {
    const double root = factor.matrixLLT()(k, k);
    if (!(root * root > kRedundantPivot * scale(k))) return true;
  }
  return false;
}

}  // namespace

MatrixXd DenseSchur(const Crossing& crossing, const std::stop_token& stop) {
  const Index nodes = crossing.node_count();
  const std::size_t minors = crossing.minors().size();
  const auto major_width = static_cast<Index>(crossing.major_width());
  MatrixXd schur = MatrixXd::Zero(nodes, nodes);
  MatrixXd along = MatrixXd::Zero(major_width, nodes);
  std::vector<char> seen(static_cast<std::size_t>(nodes), 0);
  std::vector<Index> touched;
  std::vector<std::pair<Index, double>> entries;
  for (Index level = 0; level < crossing.major_levels(); ++level) {
    if (level % 256 == 0 && stop.stop_requested()) return schur;
    touched.clear();
    for (std::int32_t position = crossing.begin(level); position < crossing.end(level); ++position) {
      entries.clear();
      for (std::size_t m = 0; m < minors; ++m) {
        for (int q = 0; q < crossing.minor_width(m); ++q) {
          entries.emplace_back(crossing.node(m, position) + q, crossing.minor_value(m, position, q));
        }
      }
      for (const auto& [node, value] : entries) {
        if (seen[static_cast<std::size_t>(node)] == 0) {
          seen[static_cast<std::size_t>(node)] = 1;
          touched.push_back(node);
        }
        for (int q = 0; q < crossing.major_width(); ++q) along(q, node) += value * crossing.major_value(position, q);
        for (const auto& [other, other_value] : entries) {
          if (other <= node) schur(node, other) += value * other_value;
        }
      }
    }
    std::sort(touched.begin(), touched.end());
    for (std::size_t j = 0; j < touched.size(); ++j) {
      for (std::size_t i = j; i < touched.size(); ++i) {
        double sum = 0.0;
        for (Index q = 0; q < major_width; ++q) {
          sum += along(q, touched[i]) * along(q, touched[j]) * crossing.major_inverse()(level * major_width + q);
        }
        schur(touched[i], touched[j]) -= sum;
      }
    }
    for (Index node : touched) {
      along.col(node).setZero();
      seen[static_cast<std::size_t>(node)] = 0;
    }
  }
  return schur;
}

DenseFactor DenseFactor::Make(const MatrixXd& schur, const VectorXd& gram, const std::vector<char>& dropped,
                              bool complete) {
  DenseFactor result;
  for (Index k = 0; k < schur.rows(); ++k) {
    if (dropped[static_cast<std::size_t>(k)] == 0 && gram(k) > 0.0) result.kept.push_back(k);
  }
  MatrixXd reduced = schur(result.kept, result.kept);
  VectorXd scale = gram(result.kept);
  result.factor.compute(reduced);
  if (complete || !HasSmallPivot(result.factor, scale)) return result;
  std::vector<Index> kept;
  for (Index k : IndependentPivots(std::move(reduced), scale)) kept.push_back(result.kept[static_cast<std::size_t>(k)]);
  result.kept = std::move(kept);
  result.factor.compute(schur(result.kept, result.kept));
  return result;
}

SchurEquations SchurEquations::Make(const Crossing& crossing, const std::vector<char>& dropped, bool complete,
                                    const Environment& environment) {
  SchurEquations equations;
  const Index nodes = crossing.node_count();
  if (nodes == 0) return equations;
  if (IsBalanced(crossing)) {
    equations.method_ = SchurMethod::kBalanced;
    equations.redundant_ = 1;
    return equations;
  }
  if (nodes > kAlwaysDense) {
    const double rows = static_cast<double>(crossing.rows());
    if (const std::optional<SparseLower> schur = SparseSchur(crossing, environment)) {
      equations.sparse_ =
          SparseCholesky::Make(*schur, dropped, complete ? 0.0 : kRedundantPivot, std::max(2e6, 2.0 * rows),
                               std::max(2e8, 400.0 * rows), environment.stop);
    }
    if (equations.sparse_) {
      equations.method_ = SchurMethod::kSparse;
      equations.redundant_ = equations.sparse_->left_out();
      return equations;
    }
  }
  if (nodes <= kAlwaysDense || (!complete && nodes <= kMostDense)) {
    equations.method_ = SchurMethod::kDense;
    equations.dense_ =
        DenseFactor::Make(DenseSchur(crossing, environment.stop), crossing.node_gram(), dropped, complete);
    equations.redundant_ = nodes - static_cast<Index>(equations.dense_->kept.size());
    return equations;
  }
  equations.method_ = SchurMethod::kConjugateGradients;
  for (Index k = 0; k < nodes; ++k) {
    if (dropped[static_cast<std::size_t>(k)] != 0 || crossing.node_gram()(k) == 0.0) ++equations.redundant_;
  }
  return equations;
}

template <std::size_t C>
std::int64_t SchurEquations::Solve(const Crossing& crossing, const std::array<double, C>& targets,
                                   const std::stop_token& stop, double* b) const {
  switch (method_) {
    case SchurMethod::kNone: return 0;
    case SchurMethod::kBalanced:
      for (Index k = 0; k < crossing.node_count(); ++k) {
        for (std::size_t c = 0; c < C; ++c) b[static_cast<std::size_t>(k) * C + c] *= crossing.node_inverse()(k);
      }
      return 0;
    case SchurMethod::kDense: {
      const auto size = static_cast<Index>(dense_->kept.size());
      const auto place = [&](Index k) {
        return static_cast<std::size_t>(dense_->kept[static_cast<std::size_t>(k)]) * C;
      };
      MatrixXd reduced(size, static_cast<Index>(C));
      for (Index k = 0; k < size; ++k) {
        for (std::size_t c = 0; c < C; ++c) reduced(k, static_cast<Index>(c)) = b[place(k) + c];
      }
      dense_->factor.solveInPlace(reduced);
      std::fill_n(b, static_cast<std::size_t>(crossing.node_count()) * C, 0.0);
      for (Index k = 0; k < size; ++k) {
        for (std::size_t c = 0; c < C; ++c) b[place(k) + c] = reduced(k, static_cast<Index>(c));
      }
      return 0;
    }
    case SchurMethod::kSparse: sparse_->Solve<C>(b); return 0;
    case SchurMethod::kConjugateGradients: return ConjugateGradients<C>(crossing, targets, stop, b);
  }
  return 0;
}

template <std::size_t C>
std::int64_t SchurEquations::ConjugateGradients(const Crossing& crossing, const std::array<double, C>& targets,
                                                const std::stop_token& stop, double* b) const {
  const Index nodes = crossing.node_count();
  const VectorXd& inverse = crossing.node_inverse();
  const auto size = static_cast<std::size_t>(nodes) * C;
  std::vector<double> residual(b, b + size);
  std::vector<double> direction(residual.size());
  std::vector<double> image(residual.size());
  for (Index k = 0; k < nodes; ++k) {
    for (std::size_t c = 0; c < C; ++c) {
      const auto at = static_cast<std::size_t>(k) * C + c;
      direction[at] = inverse(k) * b[at];
    }
  }
  std::fill_n(b, size, 0.0);
  std::array<double, C> product = NodeNorms<C>(crossing, residual.data());
  std::array<double, C> best = product;
  std::array<std::int64_t, C> best_step{};
  std::array<char, C> done{};
  std::int64_t step = 0;
  for (; step < kMostSteps; ++step) {
    bool all = true;
    for (std::size_t c = 0; c < C; ++c) {
      if (product[c] <= targets[c] * targets[c] || step - best_step[c] > kPatience) done[c] = 1;
      all = all && done[c] != 0;
    }
    if (all || stop.stop_requested()) break;
    crossing.Apply<C>(direction.data(), stop, image.data());
    std::array<double, C> curvature{};
    for (std::size_t k = 0; k < direction.size(); k += C) {
      for (std::size_t c = 0; c < C; ++c) curvature[c] += direction[k + c] * image[k + c];
    }
    std::array<double, C> length{};
    for (std::size_t c = 0; c < C; ++c) {
      if (done[c] == 0 && curvature[c] > 0.0) {
        length[c] = product[c] / curvature[c];
      } else {
        done[c] = 1;
      }
    }
    for (std::size_t k = 0; k < direction.size(); k += C) {
      for (std::size_t c = 0; c < C; ++c) {
        b[k + c] += length[c] * direction[k + c];
        residual[k + c] -= length[c] * image[k + c];
      }
    }
    const std::array<double, C> next = NodeNorms<C>(crossing, residual.data());
    std::array<double, C> ratio{};
    for (std::size_t c = 0; c < C; ++c) {
      if (done[c] != 0) continue;
      ratio[c] = next[c] / product[c];
      product[c] = next[c];
      if (next[c] < best[c]) {
        best[c] = next[c];
        best_step[c] = step;
      }
    }
    for (Index k = 0; k < nodes; ++k) {
      for (std::size_t c = 0; c < C; ++c) {
        const auto at = static_cast<std::size_t>(k) * C + c;
        direction[at] = inverse(k) * residual[at] + ratio[c] * direction[at];
      }
    }
  }
  return step;
}

template std::int64_t SchurEquations::Solve<1>(const Crossing&, const std::array<double, 1>&, const std::stop_token&,
                                               double*) const;
template std::int64_t SchurEquations::Solve<2>(const Crossing&, const std::array<double, 2>&, const std::stop_token&,
                                               double*) const;

}  // namespace farrell::regression
