#include <algorithm>
#include <utility>

#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Row-major, because rows are what is paired.
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

double Bartlett(int distance, int lag) {
  return 1.0 - static_cast<double>(distance) / (static_cast<double>(lag) + 1.0);
}

// Rows of one unit with their periods, in order of time.
using Series = std::vector<std::pair<std::int32_t, Index>>;

Result<std::vector<Series>> SeriesByUnit(const Fitted& fitted, const Periods& periods) {
  const Levels& units = fitted.design.units;
  if (units.ids.size() != periods.ids.size()) {
    return InvalidArgument("INFERENCE_INVALID",
                           "Newey-West and PCSE pair the rows of a unit; name the panel's unit key, or use dk");
  }
  std::vector<Series> series(units.count());
  for (std::size_t row = 0; row < units.ids.size(); ++row) {
    series[static_cast<std::size_t>(units.ids[row])].emplace_back(periods.ids[row], static_cast<Index>(row));
  }
  for (std::size_t unit = 0; unit < series.size(); ++unit) {
    std::sort(series[unit].begin(), series[unit].end());
    for (std::size_t k = 1; k < series[unit].size(); ++k) {
      if (series[unit][k].first != series[unit][k - 1].first) continue;
      return InvalidArgument("INFERENCE_INVALID", "the unit " + units.labels[unit] +
                                                      " has two rows in one period; Newey-West and PCSE need one: use "
                                                      "dk, or cluster by unit");
    }
  }
  return series;
}

}  // namespace

Result<Periods> PeriodsOf(const Fitted& fitted) {
  const std::vector<std::int64_t>& times = fitted.design.periods;
  if (times.size() != static_cast<std::size_t>(fitted.observations()) || times.empty()) {
    return InvalidArgument("INFERENCE_INVALID",
                           "Driscoll-Kraay, Newey-West and PCSE need the period of every row; name the panel's time "
                           "key (and an estimator that keeps periods), or cluster instead");
  }
  std::vector<std::int64_t> distinct = times;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  Periods periods;
  periods.count = static_cast<std::int64_t>(distinct.size());
  periods.ids.reserve(times.size());
  for (const std::int64_t time : times) {
    periods.ids.push_back(
        static_cast<std::int32_t>(std::lower_bound(distinct.begin(), distinct.end(), time) - distinct.begin()));
  }
  return periods;
}

MatrixXd DriscollKraayMeat(const Fitted& fitted, const Periods& periods, int lag) {
  const MatrixXd sums = GroupScores(fitted, periods.ids, periods.count);
  MatrixXd meat = sums.transpose() * sums;
  for (Index distance = 1; distance <= lag && distance < sums.rows(); ++distance) {
    const MatrixXd gamma = sums.bottomRows(sums.rows() - distance).transpose() * sums.topRows(sums.rows() - distance);
    meat += Bartlett(static_cast<int>(distance), lag) * (gamma + gamma.transpose());
  }
  return meat;
}

Result<MatrixXd> NeweyWestMeat(const Fitted& fitted, const Periods& periods, int lag, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<Series> series, SeriesByUnit(fitted, periods));
  const Rows rows = ScoreRows(fitted);
  MatrixXd meat = MatrixXd::Zero(rows.cols(), rows.cols());
  Eigen::RowVectorXd earlier(rows.cols());
  for (const Series& unit : series) {
    if (stop.stop_requested()) return Cancelled();
    for (std::size_t k = 0; k < unit.size(); ++k) {
      // Half of the row itself and the weighted rows before it: with its transpose every pair is there twice.
      earlier = 0.5 * rows.row(unit[k].second);
      for (std::size_t back = 1; back <= k; ++back) {
        const std::int32_t distance = unit[k].first - unit[k - back].first;
        if (distance > lag) break;
        earlier += Bartlett(distance, lag) * rows.row(unit[k - back].second);
      }
      meat.noalias() += rows.row(unit[k].second).transpose() * earlier;
    }
  }
  return MatrixXd(meat + meat.transpose());
}

Result<MatrixXd> PcseMeat(const Fitted& fitted, const Periods& periods, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<Series> series, SeriesByUnit(fitted, periods));
  const auto units = static_cast<Index>(series.size());
  const auto count = static_cast<Index>(periods.count);
  const Levels& names = fitted.design.units;
  for (std::size_t unit = 0; unit < series.size(); ++unit) {
    if (static_cast<Index>(series[unit].size()) == count) continue;
    return InvalidArgument("INFERENCE_INVALID", "panel-corrected standard errors need a balanced panel, and " +
                                                    names.labels[unit] + " has " + std::to_string(series[unit].size()) +
                                                    " of " + std::to_string(count) +
                                                    " periods; keep the units that have all periods, or use dk");
  }
  // Sigma is never formed: with e_s the residuals of period s, X_t'Sigma X_t = sum_s (X_t'e_s)(X_t'e_s)' / T.
  MatrixXd residuals(units, count);
  for (Index unit = 0; unit < units; ++unit) {
    for (Index t = 0; t < count; ++t) {
      residuals(unit, t) =
          fitted.solution.residuals(series[static_cast<std::size_t>(unit)][static_cast<std::size_t>(t)].second);
    }
  }
  const MatrixXd& q = fitted.solution.q;
  MatrixXd meat = MatrixXd::Zero(q.cols(), q.cols());
  MatrixXd regressors(units, q.cols());
  for (Index t = 0; t < count; ++t) {
    if (stop.stop_requested()) return Cancelled();
    for (Index unit = 0; unit < units; ++unit) {
      regressors.row(unit) = q.row(series[static_cast<std::size_t>(unit)][static_cast<std::size_t>(t)].second);
    }
    const MatrixXd products = regressors.transpose() * residuals;
    meat.noalias() += products * products.transpose() / static_cast<double>(count);
  }
  return meat;
}

}  // namespace farrell::regression
