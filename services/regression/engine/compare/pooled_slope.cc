#include "services/regression/engine/compare/pooled_slope.h"

#include <optional>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

std::optional<double> OwnEstimate(const GroupFit& group, const std::string& term) {
  const std::ptrdiff_t place = group.fit.FindTerm(term);
  if (place < 0) return std::nullopt;
  return group.fit.terms[static_cast<std::size_t>(place)].estimate;
}

}  // namespace

std::vector<PooledSlope> PooledSlopes(const ComparedModel& pooled, const std::vector<std::string>& terms,
                                      const std::vector<GroupFit>& groups,
                                      const std::vector<std::int32_t>& group_of_row) {
  const Fitted& fitted = pooled.fitted;
  const Estimator kind = fitted.estimator.kind;
  if (kind != Estimator::kOls && kind != Estimator::kWithin) return {};
  std::vector<PooledSlope> slopes;
  const Eigen::MatrixXd weights = fitted.solution.Weights();
  for (const std::string& term : terms) {
    ComparedCell cell;
    Locate(pooled, term, cell);
    if (!cell.estimated()) continue;
    // X (X'X)^-1 e_j is the residualised column over its square.
    const VectorXd direction = weights.col(cell.position);
    const double scale = direction.squaredNorm();
    std::vector<double> squares(groups.size(), 0.0);
    std::vector<double> products(groups.size(), 0.0);
    bool known = true;
    for (Index i = 0; i < direction.size() && known; ++i) {
      const std::int32_t group = group_of_row[fitted.design.rows[static_cast<std::size_t>(i)]];
      known = group >= 0;
      if (!known) break;
      squares[static_cast<std::size_t>(group)] += direction(i) * direction(i);
      products[static_cast<std::size_t>(group)] += direction(i) * fitted.solution.residuals(i);
    }
    PooledSlope slope{.term = term, .estimate = cell.estimate, .shares = {}, .weighted_mean = 0, .remainder = 0};
    for (std::size_t g = 0; g < groups.size() && known; ++g) {
      const std::optional<double> own = OwnEstimate(groups[g], term);
      known = own.has_value() && squares[g] > 0;
      if (!known) break;
      const double weight = squares[g] / scale;
      // y residualised likewise is b x + e.
      slope.shares.push_back({groups[g].group, weight, cell.estimate + products[g] * scale / squares[g], *own});
      slope.weighted_mean += weight * *own;
    }
    if (!known) continue;
    slope.remainder = slope.estimate - slope.weighted_mean;
    slopes.push_back(std::move(slope));
  }
  return slopes;
}

}  // namespace farrell::regression
