#include <Eigen/Eigenvalues>
#include <algorithm>
#include <utility>

#include "services/regression/engine/vcov/vcov.h"
#include "services/regression/engine/within/effect_basis.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

struct Groups {
  std::vector<std::int32_t> ids;
  std::int64_t count = 0;
};

// Beyond so many groups no matrix with a row for each is made to be turned at once.
constexpr std::int64_t kManyGroups = 1 << 16;

// The levels that two classifications have together, numbered in the order of (a, b).
Groups Intersect(const Groups& a, const Levels& b) {
  const RowsByLevel by_a = RowsByLevel::Make(a.ids, static_cast<std::size_t>(a.count));
  Groups result;
  result.ids.resize(a.ids.size());
  // Level of b and row, for the rows of one level of a.
  std::vector<std::pair<std::int32_t, std::int32_t>> rows;
  for (std::size_t level = 0; level < static_cast<std::size_t>(a.count); ++level) {
    rows.clear();
    for (std::int32_t k = by_a.start[level]; k < by_a.start[level + 1]; ++k) {
      const std::int32_t row = by_a.order.empty() ? k : by_a.order[static_cast<std::size_t>(k)];
      rows.emplace_back(b.ids[static_cast<std::size_t>(row)], row);
    }
    std::sort(rows.begin(), rows.end());
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (k == 0 || rows[k].first != rows[k - 1].first) ++result.count;
      result.ids[static_cast<std::size_t>(rows[k].second)] = static_cast<std::int32_t>(result.count - 1);
    }
  }
  return result;
}

// S'S of the groups' scores, one group at a time.
MatrixXd MeatOfManyGroups(const Fitted& fitted, const Groups& groups) {
  const bool likelihood = fitted.likelihood_scores.size() > 0;
  const MatrixXd& rows = likelihood ? fitted.likelihood_scores : fitted.solution.q;
  const RowsByLevel by_group = RowsByLevel::Make(groups.ids, static_cast<std::size_t>(groups.count));
  const Index columns = fitted.parameters();
  MatrixXd meat = MatrixXd::Zero(columns, columns);
  Eigen::VectorXd score(columns);
  for (std::size_t group = 0; group < static_cast<std::size_t>(groups.count); ++group) {
    score.setZero();
    for (std::int32_t k = by_group.start[group]; k < by_group.start[group + 1]; ++k) {
      const Index row = by_group.order.empty() ? k : by_group.order[static_cast<std::size_t>(k)];
      const double scale = likelihood ? 1.0 : fitted.solution.residuals(row);
      for (Index column = 0; column < columns; ++column) score(column) += scale * rows(row, column);
    }
    for (Index j = 0; j < columns; ++j) {
      for (Index i = j; i < columns; ++i) meat(i, j) += score(i) * score(j);
    }
  }
  return meat.selfadjointView<Eigen::Lower>();
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
    } else if (groups.count > kManyGroups) {
      term.meat = MeatOfManyGroups(fitted, groups);
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
