#include <Eigen/Eigenvalues>
#include <algorithm>
#include <utility>

#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

struct Groups {
  std::vector<std::int32_t> ids;
  std::int64_t count = 0;
};

// The levels that two classifications have together, numbered in the order of (a, b).
Groups Intersect(const Groups& a, const Levels& b) {
  const std::size_t rows = a.ids.size();
  std::vector<std::pair<std::int64_t, std::size_t>> keys(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    keys[row] = {a.ids[row] * static_cast<std::int64_t>(b.count()) + b.ids[row], row};
  }
  std::sort(keys.begin(), keys.end());
  Groups result;
  result.ids.resize(rows);
  for (std::size_t k = 0; k < rows; ++k) {
    if (k == 0 || keys[k].first != keys[k - 1].first) ++result.count;
    result.ids[keys[k].second] = static_cast<std::int32_t>(result.count - 1);
  }
  return result;
}

}  // namespace

MatrixXd GroupScores(const Fitted& fitted, const std::vector<std::int32_t>& ids, Index count) {
  const bool likelihood = fitted.likelihood_scores.size() > 0;
  const MatrixXd& rows = likelihood ? fitted.likelihood_scores : fitted.solution.q;
  const Eigen::VectorXd& residuals = fitted.solution.residuals;
  MatrixXd scores = MatrixXd::Zero(count, fitted.parameters());
  for (Index column = 0; column < scores.cols(); ++column) {
    for (Index row = 0; row < rows.rows(); ++row) {
      const double u = likelihood ? rows(row, column) : residuals(row) * rows(row, column);
      scores(ids[static_cast<std::size_t>(row)], column) += u;
    }
  }
  return scores;
}

MatrixXd ClusterScores(const Fitted& fitted, const Levels& clusters) {
  return GroupScores(fitted, clusters.ids, static_cast<Index>(clusters.count()));
}

Result<std::vector<ClusterTerm>> ClusterTerms(const Fitted& fitted, const std::vector<const Levels*>& ways,
                                              const std::stop_token& stop) {
  const std::size_t subsets = std::size_t{1} << ways.size();
  std::vector<ClusterTerm> terms;
  for (std::size_t subset = 1; subset < subsets; ++subset) {
    Groups groups;
    double sign = -1.0;
    for (std::size_t way = 0; way < ways.size(); ++way) {
      if ((subset >> way & 1U) == 0) continue;
      if (stop.stop_requested()) return Cancelled();
      sign = -sign;
      groups = groups.ids.empty() ? Groups{ways[way]->ids, static_cast<std::int64_t>(ways[way]->count())}
                                  : Intersect(groups, *ways[way]);
    }
    ClusterTerm term;
    term.sign = sign;
    term.groups = groups.count;
    term.all_ways = subset + 1 == subsets;
    if (groups.count == static_cast<std::int64_t>(fitted.observations())) {
      term.meat = WhiteMeat(fitted);
      term.vcov = VcovOfMeat(fitted, term.meat);
    } else {
      const MatrixXd scores = GroupScores(fitted, groups.ids, groups.count);
      term.meat = scores.transpose() * scores;
      term.vcov = VcovOf(fitted, scores);
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

bool TruncateEigenvalues(MatrixXd& matrix) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(matrix);
  if (eigen.eigenvalues().size() == 0 || eigen.eigenvalues()(0) >= 0.0) return false;
  matrix = eigen.eigenvectors() * eigen.eigenvalues().cwiseMax(0.0).asDiagonal() * eigen.eigenvectors().transpose();
  return true;
}

}  // namespace farrell::regression
