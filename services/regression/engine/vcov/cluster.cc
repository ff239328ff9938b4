#include <Eigen/Eigenvalues>
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "services/regression/engine/vcov/vcov.h"
#include "services/regression/engine/within/effect_basis.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Beyond so many groups no matrix with a row for each is made to be turned at once.
constexpr std::int64_t kManyGroups = 1 << 16;
// Levels between two looks at the stop token.
constexpr std::size_t kLevelsBetweenChecks = 4096;

// Calls row(i) for the rows of every level that a and b have together, in the order of (a, b, row), and end() after
// the last row of each. Nothing more once stopped.
template <typename Row, typename End>
void ForCommonLevels(const std::vector<std::int32_t>& a, std::int64_t a_count, const Levels& b,
                     const std::stop_token& stop, const Row& row, const End& end) {
  const RowsByLevel by_a = RowsByLevel::Make(a, static_cast<std::size_t>(a_count));
  // Level of b and row, for the rows of one level of a.
  std::vector<std::pair<std::int32_t, std::int32_t>> rows;
  for (std::size_t level = 0; level < static_cast<std::size_t>(a_count); ++level) {
    if (level % kLevelsBetweenChecks == 0 && stop.stop_requested()) return;
    rows.clear();
    for (std::int32_t k = by_a.start[level]; k < by_a.start[level + 1]; ++k) {
      const std::int32_t i = by_a.order.empty() ? k : by_a.order[static_cast<std::size_t>(k)];
      rows.emplace_back(b.ids[static_cast<std::size_t>(i)], i);
    }
    std::sort(rows.begin(), rows.end());
    for (std::size_t k = 0; k < rows.size(); ++k) {
      row(rows[k].second);
      if (k + 1 == rows.size() || rows[k + 1].first != rows[k].first) end();
    }
  }
}

// The sum of ss' over groups, s the sum of the scores of a group's rows, which are added one after the other.
class MeatOfGroups {
 public:
  explicit MeatOfGroups(const Fitted& fitted)
      : likelihood_(fitted.likelihood_scores.size() > 0),
        rows_(likelihood_ ? fitted.likelihood_scores : fitted.solution.q),
        residuals_(fitted.solution.residuals),
        columns_(fitted.parameters()),
        meat_(MatrixXd::Zero(columns_, columns_)),
        score_(Eigen::VectorXd::Zero(columns_)) {}

  void Add(Index row) {
    const double scale = likelihood_ ? 1.0 : residuals_(row);
    for (Index column = 0; column < columns_; ++column) score_(column) += scale * rows_(row, column);
  }
  void EndGroup() {
    for (Index j = 0; j < columns_; ++j) {
      for (Index i = j; i < columns_; ++i) meat_(i, j) += score_(i) * score_(j);
    }
    score_.setZero();
    ++count_;
  }
  std::int64_t count() const { return count_; }
  MatrixXd Meat() const { return meat_.selfadjointView<Eigen::Lower>(); }

 private:
  bool likelihood_;
  const MatrixXd& rows_;
  const Eigen::VectorXd& residuals_;
  Index columns_;
  MatrixXd meat_;
  Eigen::VectorXd score_;
  std::int64_t count_ = 0;
};

// The levels that all ways have together, each numbered when it ends.
struct Groups {
  std::vector<std::int32_t> ids;
  std::int64_t count = 0;
};

Groups Cross(const std::vector<std::int32_t>& a, std::int64_t a_count, const Levels& b, const std::stop_token& stop) {
  Groups groups;
  groups.ids.resize(a.size());
  ForCommonLevels(
      a, a_count, b, stop,
      [&](std::int32_t row) { groups.ids[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(groups.count); },
      [&] { ++groups.count; });
  return groups;
}

MeatOfGroups MeatOfManyGroups(const Fitted& fitted, const std::vector<std::int32_t>& ids, std::int64_t count) {
  const RowsByLevel by_group = RowsByLevel::Make(ids, static_cast<std::size_t>(count));
  MeatOfGroups meat(fitted);
  for (std::size_t group = 0; group < static_cast<std::size_t>(count); ++group) {
    for (std::int32_t k = by_group.start[group]; k < by_group.start[group + 1]; ++k) {
      meat.Add(by_group.order.empty() ? k : by_group.order[static_cast<std::size_t>(k)]);
    }
    meat.EndGroup();
  }
  return meat;
}

// By the levels that all of `ways` have together; those of the last crossing are not numbered where they are many.
ClusterTerm TermOf(const Fitted& fitted, const std::vector<const Levels*>& ways, const std::stop_token& stop) {
  Groups crossed;
  const std::vector<std::int32_t>* ids = &ways[0]->ids;
  auto count = static_cast<std::int64_t>(ways[0]->count());
  std::optional<MeatOfGroups> meat;
  for (std::size_t way = 1; way < ways.size(); ++way) {
    if (way + 1 == ways.size() && count > kManyGroups) {
      meat.emplace(fitted);
      ForCommonLevels(
          *ids, count, *ways[way], stop, [&](std::int32_t row) { meat->Add(row); }, [&] { meat->EndGroup(); });
      count = meat->count();
    } else {
      crossed = Cross(*ids, count, *ways[way], stop);
      ids = &crossed.ids;
      count = crossed.count;
    }
  }
  ClusterTerm term;
  term.groups = count;
  if (count == static_cast<std::int64_t>(fitted.observations())) {
    term.meat = WhiteMeat(fitted);
    term.vcov = VcovOfMeat(fitted, term.meat);
  } else if (count > kManyGroups) {
    if (!meat) meat.emplace(MeatOfManyGroups(fitted, *ids, count));
    term.meat = meat->Meat();
    term.vcov = VcovOfMeat(fitted, term.meat);
  } else if (!stop.stop_requested()) {
    const MatrixXd scores = GroupScores(fitted, *ids, static_cast<Index>(count));
    term.meat = scores.transpose() * scores;
    term.vcov = VcovOf(fitted, scores);
  }
  return term;
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
    std::vector<const Levels*> chosen;
    for (std::size_t way = 0; way < ways.size(); ++way) {
      if ((subset >> way & 1U) != 0) chosen.push_back(ways[way]);
    }
    ClusterTerm term = TermOf(fitted, chosen, stop);
    if (stop.stop_requested()) return Cancelled();
    term.sign = chosen.size() % 2 == 1 ? 1.0 : -1.0;
    term.all_ways = subset + 1 == subsets;
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
