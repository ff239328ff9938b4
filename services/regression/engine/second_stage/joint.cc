#include "services/regression/engine/second_stage/joint.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/elementary.h"
#include "common/numeric/random.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/second_stage/replications.h"
#include "services/regression/engine/second_stage/response_draws.h"
#include "services/regression/engine/second_stage/simar_wilson.h"
#include "services/regression/engine/second_stage/truncated_design.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Result<std::int64_t> SubsampleSize(const FrontierScores& first, const SecondStageSpec& spec) {
  const std::int64_t units = first.frontier_unit_count;
  constexpr std::int64_t kFewest = 4;
  if (units < kFewest) {
    return FailedPrecondition("SAMPLE_TOO_SMALL", "a frontier of " + std::to_string(units) +
                                                      " units cannot be subsampled: at least four are needed");
  }
  if (spec.subsample_size >= units) {
    return InvalidArgument("REQUEST_INVALID", "the subsample must be smaller than a frontier's units")
        .WithViolations({{"subsample_size", "must lie in [2, " + std::to_string(units - 1) + "]"}});
  }
  if (spec.subsample_size > 0) return spec.subsample_size;
  const double size = numeric::Pow(static_cast<double>(units), spec.subsample_exponent);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(size + 1e-9), 2, units - 1);
}

// The `count` units with the smallest random numbers.
std::vector<std::int32_t> DrawSubsample(std::int64_t seed, std::int64_t replication, std::size_t units,
                                        std::size_t count) {
  std::vector<std::pair<double, std::int32_t>> keys(units);
  for (std::size_t unit = 0; unit < units; ++unit) {
    keys[unit] = {numeric::UniformDraw(seed, kSubsampleStream + replication, static_cast<std::int64_t>(unit)),
                  static_cast<std::int32_t>(unit)};
  }
  std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), keys.end());
  std::vector<std::int32_t> drawn;
  for (std::size_t i = 0; i < count; ++i) drawn.push_back(keys[i].second);
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

// How often each unit of the regression is drawn.
std::vector<double> DrawUnitCounts(std::int64_t seed, std::int64_t replication, std::size_t units) {
  std::vector<double> counts(units, 0.0);
  for (std::size_t i = 0; i < units; ++i) {
    const double u = numeric::UniformDraw(seed, replication, static_cast<std::int64_t>(i));
    counts[std::min(static_cast<std::size_t>(u * static_cast<double>(units)), units - 1)] += 1.0;
  }
  return counts;
}

// Estimates with the rows of every unit counted as often as it was drawn; empty when other columns are collinear.
VectorXd EstimateDrawn(const Design& design, const std::vector<double>& counts, const VectorXd& response,
                       const std::vector<Index>& kept, const std::stop_token& stop) {
  std::vector<Index> rows;
  for (std::size_t row = 0; row < design.units.ids.size(); ++row) {
    if (counts[static_cast<std::size_t>(design.units.ids[row])] > 0.0) rows.push_back(static_cast<Index>(row));
  }
  Design drawn = TakeRows(design, rows);
  drawn.y = response(rows);
  drawn.weights.resize(static_cast<Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    drawn.weights(static_cast<Index>(i)) =
        counts[static_cast<std::size_t>(design.units.ids[static_cast<std::size_t>(rows[i])])];
  }
  const Result<Fitted> fitted = EstimateLeastSquares(std::move(drawn), stop);
  if (!fitted.ok() || fitted->solution.kept != kept) return {};
  return fitted->solution.coefficients;
}

}  // namespace

Status RunJoint(const Design& design, const FrontierScores& first, const SecondStageSpec& spec,
                const ScoreReplications& score, const Environment& environment, SecondStageResult& result) {
  FARRELL_ASSIGN_OR_RETURN(result.subsample_size, SubsampleSize(first, spec));
  FARRELL_ASSIGN_OR_RETURN(const Fitted fitted, EstimateLeastSquares(design, environment.stop));
  const std::vector<Index>& kept = fitted.solution.kept;
  const auto count = static_cast<std::size_t>(spec.replications);

  std::vector<FrontierDraw> draws(count);
  for (std::size_t r = 0; r < count; ++r) {
    draws[r].units = DrawSubsample(spec.seed, static_cast<std::int64_t>(r), first.units.size(),
                                   static_cast<std::size_t>(result.subsample_size));
    if (environment.stop.stop_requested()) return Cancelled();
  }
  const std::int64_t total = 2 * spec.replications;
  const auto progress = [&](std::int64_t done) {
    if (environment.progress) environment.progress(done, total);
  };
  FARRELL_ASSIGN_OR_RETURN(const MatrixXd scores, score(draws, progress, environment.stop));

  std::vector<Index> columns;
  for (const std::size_t row : design.rows) {
    columns.push_back(std::lower_bound(first.rows.begin(), first.rows.end(), row) - first.rows.begin());
  }
  const double ratio = static_cast<double>(result.subsample_size) / static_cast<double>(first.frontier_unit_count);
  const double shrink = numeric::Pow(ratio, first.rate);
  MatrixXd estimates(spec.replications, static_cast<Index>(kept.size()));
  std::vector<char> succeeded(count, 0);
  const bool finished =
      RunReplications(spec.replications, spec.replications, total, environment, [&](std::int64_t replication) {
        VectorXd response = design.y;
        for (Index row = 0; row < response.size(); ++row) {
          const Index column = columns[static_cast<std::size_t>(row)];
          const double change = scores(replication, column) / first.distances(column) - 1.0;
          response(row) += numeric::Log1p(shrink * change);
        }
        const VectorXd estimate = EstimateDrawn(design, DrawUnitCounts(spec.seed, replication, design.units.count()),
                                                response, kept, environment.stop);
        if (estimate.size() == 0) return;
        estimates.row(replication) = estimate.transpose();
        succeeded[static_cast<std::size_t>(replication)] = 1;
      });
  if (!finished) return Cancelled();
  FARRELL_RETURN_IF_ERROR(CountFailures(succeeded, result));

  for (const std::string& name : design.names) result.terms.push_back({name, {}, {}});
  for (std::size_t k = 0; k < kept.size(); ++k) {
    const std::vector<double> values = MarkedRows(estimates.col(static_cast<Index>(k)), succeeded);
    double mean = 0.0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    BootstrapEstimate summary =
        Summarise(fitted.solution.coefficients(static_cast<Index>(k)), values, spec.confidence_level);
    summary.recentred_low.reset();  // replications are plausible values already
    summary.recentred_high.reset();
    summary.bias_corrected = mean;
    result.terms[static_cast<std::size_t>(kept[k])].coefficient = summary;
  }
  return Status::Ok();
}

}  // namespace farrell::regression
