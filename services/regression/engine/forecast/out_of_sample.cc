#include "services/regression/engine/forecast/out_of_sample.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "common/numeric/elementary.h"
#include "services/regression/engine/forecast/ridge_logit.h"
#include "services/regression/engine/second_stage/replications.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Split {
  std::vector<Index> inside;
  std::vector<Index> outside;
};

Split SplitBy(const Levels& periods, std::size_t period) {
  Split split;
  for (std::size_t row = 0; row < periods.ids.size(); ++row) {
    const bool inside = periods.ids[row] == static_cast<std::int32_t>(period);
    (inside ? split.inside : split.outside).push_back(static_cast<Index>(row));
  }
  return split;
}

// Some log odds below which there is no event and above which there is no other outcome, or the reverse: the slope of
// the recalibration has no end.
bool Separates(const VectorXd& log_odds, const VectorXd& event) {
  double low[2] = {HUGE_VAL, HUGE_VAL};
  double high[2] = {-HUGE_VAL, -HUGE_VAL};
  for (Index row = 0; row < event.size(); ++row) {
    const int outcome = event(row) > 0.0 ? 1 : 0;
    low[outcome] = std::min(low[outcome], log_odds(row));
    high[outcome] = std::max(high[outcome], log_odds(row));
  }
  return high[0] <= low[1] || high[1] <= low[0];
}

Status Recalibrate(const VectorXd& log_odds, const VectorXd& event, const std::stop_token& stop,
                   EarlyWarningResult& result) {
  if (Separates(log_odds, event)) return Status::Ok();
  const Result<RidgeLogit> line = FitRidgeLogit(log_odds, event, {}, 0.0, stop);
  if (stop.stop_requested()) return Cancelled();
  if (!line.ok()) return Status::Ok();
  result.calibration_intercept = line->intercept;
  result.calibration_slope = line->slopes(0);
  return Status::Ok();
}

void SortIntoFifths(const VectorXd& log_odds, const VectorXd& event, EarlyWarningResult& result) {
  constexpr std::size_t kBins = 5;
  std::vector<Index> order(static_cast<std::size_t>(event.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return log_odds(a) < log_odds(b); });
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    CalibrationBin made;
    for (std::size_t k = bin * order.size() / kBins; k < (bin + 1) * order.size() / kBins; ++k) {
      ++made.count;
      made.mean_predicted += Probability(log_odds(order[k]));
      made.event_share += event(order[k]);
    }
    if (made.count == 0) continue;
    made.mean_predicted /= static_cast<double>(made.count);
    made.event_share /= static_cast<double>(made.count);
    result.bins.push_back(made);
  }
}

}  // namespace

std::vector<double> PenaltyGrid() {
  constexpr int kCount = 20;
  const double step = numeric::Log(0.01 / 1000.0) / (kCount - 1);
  std::vector<double> grid(kCount);
  for (int k = 0; k < kCount; ++k) grid[static_cast<std::size_t>(k)] = 1000.0 * numeric::Exp(step * k);
  grid.back() = 0.01;
  return grid;
}

Result<MatrixXd> PredictOutOfSample(const Transitions& transitions, const std::vector<double>& penalties,
                                    const Environment& environment) {
  Environment quiet = environment;
  quiet.progress = nullptr;
  MatrixXd log_odds(transitions.event.size(), static_cast<Index>(penalties.size()));
  std::vector<Status> failures(transitions.periods.count());
  const auto leave_out = [&](std::int64_t period) {
    const Split split = SplitBy(transitions.periods, static_cast<std::size_t>(period));
    const MatrixXd rest = transitions.x(split.outside, Eigen::all);
    const Standardisation scale(rest);
    const MatrixXd x = scale.Apply(rest);
    const MatrixXd predicted = scale.Apply(transitions.x(split.inside, Eigen::all));
    const VectorXd event = transitions.event(split.outside);
    for (std::size_t k = 0; k < penalties.size(); ++k) {
      const Result<RidgeLogit> fit = FitRidgeLogit(x, event, {}, penalties[k], environment.stop);
      if (!fit.ok()) {
        failures[static_cast<std::size_t>(period)] = fit.status();
        return;
      }
      log_odds(split.inside, static_cast<Index>(k)) = fit->LogOdds(predicted);
    }
  };
  const auto count = static_cast<std::int64_t>(transitions.periods.count());
  if (!RunReplications(count, 0, count, quiet, leave_out)) return Cancelled();
  for (Status& failure : failures) FARRELL_RETURN_IF_ERROR(std::move(failure));
  return log_odds;
}

std::size_t ChoosePenalty(const Transitions& transitions, const MatrixXd& log_odds) {
  const auto periods = static_cast<Index>(transitions.periods.count());
  const Index rows = log_odds.rows();
  MatrixXd scores = MatrixXd::Zero(periods, log_odds.cols());
  VectorXd counts = VectorXd::Zero(periods);
  for (Index row = 0; row < rows; ++row) {
    const Index period = transitions.periods.ids[static_cast<std::size_t>(row)];
    counts(period) += 1.0;
    for (Index k = 0; k < log_odds.cols(); ++k) {
      scores(period, k) += LogScore(transitions.event(row), log_odds(row, k));
    }
  }
  const VectorXd means = scores.colwise().sum().transpose() / static_cast<double>(rows);
  Index best = 0;
  const double highest = means.maxCoeff(&best);
  const Eigen::ArrayXd deviations = scores.col(best).array() / counts.array() - highest;
  const double variance = (counts.array() * deviations.square()).sum() / static_cast<double>(rows) /
                          static_cast<double>(std::max<Index>(periods - 1, 1));
  Index chosen = 0;
  while (means(chosen) < highest - std::sqrt(variance)) ++chosen;
  return static_cast<std::size_t>(chosen);
}

Status Judge(const Transitions& transitions, const VectorXd& log_odds, const Environment& environment,
             EarlyWarningResult& result) {
  const VectorXd& event = transitions.event;
  std::vector<double> happened(transitions.periods.count(), 0.0);
  std::vector<double> known(transitions.periods.count(), 0.0);
  for (std::size_t row = 0; row < transitions.periods.ids.size(); ++row) {
    const auto period = static_cast<std::size_t>(transitions.periods.ids[row]);
    happened[period] += event(static_cast<Index>(row));
    known[period] += 1.0;
  }
  const auto count = static_cast<double>(event.size());
  const double events = event.sum();
  for (Index row = 0; row < event.size(); ++row) {
    const auto period = static_cast<std::size_t>(transitions.periods.ids[static_cast<std::size_t>(row)]);
    const double base = (events - happened[period]) / (count - known[period]);
    const double error = event(row) - Probability(log_odds(row));
    result.brier_score += error * error / count;
    result.brier_score_base += (event(row) - base) * (event(row) - base) / count;
  }
  SortIntoFifths(log_odds, event, result);
  return Recalibrate(log_odds, event, environment.stop, result);
}

}  // namespace farrell::regression
