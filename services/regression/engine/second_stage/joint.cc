#include "services/regression/engine/second_stage/joint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "common/numeric/random.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/second_stage/replications.h"
#include "services/regression/engine/second_stage/response_draws.h"
#include "services/regression/engine/second_stage/simar_wilson.h"
#include "services/regression/engine/second_stage/truncated_design.h"
#include "services/regression/engine/widened_level.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Frontiers of cross-fitting.
constexpr std::size_t kMostFolds = 200;

// m of the n units that span a frontier.
Result<std::int64_t> SubsampleSize(const FrontierScores& first, const SecondStageSpec& spec) {
  const std::int64_t units = first.frontier_unit_count;
  constexpr std::int64_t kFewest = 4;
  if (units < kFewest) {
    return FailedPrecondition("SAMPLE_TOO_SMALL", "a frontier of " + std::to_string(units) +
                                                      " units cannot be subsampled: at least four are needed");
  }
  if (spec.subsample_size > units / 2) {
    return InvalidArgument("REQUEST_INVALID", "a subsample may hold at most half of a frontier's " +
                                                  std::to_string(units) + " units: two that share none are drawn")
        .WithViolations({{"subsample_size", "must be 0 or lie in [2, " + std::to_string(units / 2) + "]"}});
  }
  if (spec.subsample_size > 0) return spec.subsample_size;
  const double size = numeric::Pow(static_cast<double>(units), spec.subsample_exponent);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(size + 1e-9), 2, units / 2);
}

// Two sets of `count` units that share none: those with the smallest random numbers, in their order.
std::array<FrontierDraw, 2> DrawSubsamples(std::int64_t seed, std::int64_t replication, std::size_t units,
                                           std::size_t count) {
  std::vector<std::pair<double, std::int32_t>> keys(units);
  for (std::size_t unit = 0; unit < units; ++unit) {
    keys[unit] = {numeric::UniformDraw(seed, kSubsampleStream + replication, static_cast<std::int64_t>(unit)),
                  static_cast<std::int32_t>(unit)};
  }
  std::partial_sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(2 * count), keys.end());
  std::array<FrontierDraw, 2> draws;
  for (std::size_t i = 0; i < 2 * count; ++i) draws[i / count].units.push_back(keys[i].second);
  for (FrontierDraw& draw : draws) std::sort(draw.units.begin(), draw.units.end());
  return draws;
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

class Joint {
 public:
  Joint(const FrontierScores& first, const SecondStageSpec& spec, const ScoreReplications& score,
        const Environment& environment, SecondStageResult& result)
      : first_(first), spec_(spec), score_(score), environment_(environment), result_(result) {
    folds_ = static_cast<std::int64_t>(std::min(first.units.size(), kMostFolds));
    total_ = folds_ + 3 * spec.replications;
  }

  Status Run(const Design& full) {
    FARRELL_ASSIGN_OR_RETURN(const Fitted plain, EstimateLeastSquares(full, environment_.stop));
    FARRELL_RETURN_IF_ERROR(CrossFit(full));
    FARRELL_ASSIGN_OR_RETURN(const Fitted fitted, EstimateLeastSquares(design_, environment_.stop));
    kept_ = fitted.solution.kept;
    if (kept_ != plain.solution.kept) {
      return FailedPrecondition("NOT_IDENTIFIED",
                                "regressors are collinear on the rows that other units dominate: leave some out");
    }
    FARRELL_RETURN_IF_ERROR(ScoreSubsamples());
    FARRELL_RETURN_IF_ERROR(Bootstrap());
    Describe(plain, fitted);
    return Status::Ok();
  }

 private:
  Result<MatrixXd> Score(const std::vector<FrontierDraw>& draws) {
    const auto progress = [&](std::int64_t done) {
      if (environment_.progress) environment_.progress(known_ + done, total_);
    };
    FARRELL_ASSIGN_OR_RETURN(MatrixXd scores, score_(draws, progress, environment_.stop));
    known_ += static_cast<std::int64_t>(draws.size());
    return scores;
  }

  // The design of the rows that units other than their own dominate, with log scores against those.
  Status CrossFit(const Design& full) {
    std::unordered_map<std::string, std::int32_t> spanning;
    for (const std::string& unit : first_.units) spanning.emplace(unit, static_cast<std::int32_t>(spanning.size()));
    std::vector<std::int32_t> spans;  // position of a unit among those that span frontiers, -1: none
    for (const std::string& unit : full.units.labels) {
      const auto found = spanning.find(unit);
      spans.push_back(found == spanning.end() ? -1 : found->second);
    }
    std::vector<FrontierDraw> draws(static_cast<std::size_t>(folds_));
    for (std::size_t unit = 0; unit < first_.units.size(); ++unit) {
      for (std::size_t fold = 0; fold < draws.size(); ++fold) {
        if (unit % draws.size() != fold) draws[fold].units.push_back(static_cast<std::int32_t>(unit));
      }
    }
    FARRELL_ASSIGN_OR_RETURN(const MatrixXd scores, Score(draws));
    std::vector<Index> dominated;
    std::vector<double> response;
    for (std::size_t row = 0; row < full.rows.size(); ++row) {
      const Index column =
          std::lower_bound(first_.rows.begin(), first_.rows.end(), full.rows[row]) - first_.rows.begin();
      const std::int32_t unit = spans[static_cast<std::size_t>(full.units.ids[row])];
      const double distance = unit < 0 ? first_.distances(column) : scores(unit % folds_, column);
      if (!(distance > 0.0)) continue;
      dominated.push_back(static_cast<Index>(row));
      columns_.push_back(column);
      units_.push_back(unit);
      response.push_back(-numeric::Log(distance));
    }
    design_ = TakeRows(full, dominated);
    design_.y = Eigen::Map<const VectorXd>(response.data(), static_cast<Index>(response.size()));
    constexpr std::size_t kFewestUnits = 4;
    if (design_.units.count() < kFewestUnits) {
      return FailedPrecondition("SAMPLE_TOO_SMALL", "the regression has rows of " +
                                                        std::to_string(design_.units.count()) +
                                                        " units that others dominate: at least four are needed");
    }
    const std::size_t undominated = full.rows.size() - dominated.size();
    if (undominated > 0) {
      result_.warnings.push_back(
          {"UNDOMINATED_ROWS", "No point spanned by other units dominates " + std::to_string(undominated) + " of " +
                                   std::to_string(full.rows.size()) +
                                   " rows: they enter the plain estimate, but neither the corrected one nor its "
                                   "interval."});
    }
    return Status::Ok();
  }

  // Deviations of log scores against subsamples, (m / n)^rate times, one column a replication.
  Status ScoreSubsamples() {
    const Index rows = design_.y.size();
    constexpr double kMostNumbers = 2.5e8;  // one gigabyte
    if (static_cast<double>(rows) * static_cast<double>(spec_.replications) > kMostNumbers) {
      const auto most = static_cast<std::int64_t>(kMostNumbers / static_cast<double>(rows));
      return InvalidArgument("REQUEST_INVALID", "too many replications for a table of this size")
          .WithViolations({{"replications", "must be at most " + std::to_string(most)}});
    }
    // Units of every frontier are drawn in the same share, also where frontiers are many.
    const double share = static_cast<double>(result_.subsample_size) / static_cast<double>(first_.frontier_unit_count);
    const auto spanning = static_cast<double>(first_.units.size());
    const auto count = static_cast<std::size_t>(std::max(2.0, std::floor(share * spanning + 1e-9)));
    deviations_.resize(rows, spec_.replications);
    VectorXd sums = VectorXd::Zero(rows);
    VectorXd counts = VectorXd::Zero(rows);
    constexpr std::int64_t kNumbers = 2'000'000;  // of one call
    const std::int64_t step = std::max<std::int64_t>(1, kNumbers / (2 * first_.distances.size()));
    for (std::int64_t begin = 0; begin < spec_.replications; begin += step) {
      const std::int64_t end = std::min(spec_.replications, begin + step);
      std::vector<FrontierDraw> draws;
      for (std::int64_t r = begin; r < end; ++r) {
        if (environment_.stop.stop_requested()) return Cancelled();
        for (FrontierDraw& draw : DrawSubsamples(spec_.seed, r, first_.units.size(), count)) {
          draws.push_back(std::move(draw));
        }
      }
      FARRELL_ASSIGN_OR_RETURN(const MatrixXd scores, Score(draws));
      for (std::int64_t r = begin; r < end; ++r) {
        const Index drawn = 2 * (r - begin);
        const std::vector<std::int32_t>& own = draws[static_cast<std::size_t>(drawn)].units;
        for (Index row = 0; row < rows; ++row) {
          const auto at = static_cast<std::size_t>(row);
          const bool inside = std::binary_search(own.begin(), own.end(), units_[at]);
          const double distance = scores(drawn + (inside ? 1 : 0), columns_[at]);
          const double change = distance > 0.0 ? -numeric::Log(distance) - design_.y(row) : kMissing;
          deviations_(row, r) = static_cast<float>(change);
          if (!(distance > 0.0)) continue;
          sums(row) += change;
          counts(row) += 1.0;
        }
      }
    }
    const double shrink = numeric::Pow(static_cast<double>(count) / spanning, first_.rate);
    for (Index r = 0; r < deviations_.cols(); ++r) {
      for (Index row = 0; row < rows; ++row) {
        float& value = deviations_(row, r);
        const double change = static_cast<double>(value);
        value = std::isfinite(change) ? static_cast<float>(shrink * (change - sums(row) / counts(row))) : 0.0F;
      }
    }
    return Status::Ok();
  }

  Status Bootstrap() {
    estimates_.resize(spec_.replications, static_cast<Index>(kept_.size()));
    succeeded_.assign(static_cast<std::size_t>(spec_.replications), 0);
    const bool finished =
        RunReplications(spec_.replications, known_, total_, environment_, [&](std::int64_t replication) {
          const VectorXd response = design_.y + deviations_.col(replication).cast<double>();
          const std::vector<double> counts = DrawUnitCounts(spec_.seed, replication, design_.units.count());
          const VectorXd estimate = EstimateDrawn(design_, counts, response, kept_, environment_.stop);
          if (estimate.size() == 0) return;
          estimates_.row(replication) = estimate.transpose();
          succeeded_[static_cast<std::size_t>(replication)] = 1;
        });
    if (!finished) return Cancelled();
    return CountFailures(succeeded_, result_);
  }

  void Describe(const Fitted& plain, const Fitted& fitted) {
    const auto units = static_cast<std::int64_t>(design_.units.count());
    const double level = WidenedLevel(spec_.confidence_level, units);
    for (const std::string& name : design_.names) result_.terms.push_back({name, {}, {}});
    std::string pulled;
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      const auto at = static_cast<Index>(k);
      const double corrected = fitted.solution.coefficients(at);
      BootstrapEstimate summary = Summarise(corrected, MarkedRows(estimates_.col(at), succeeded_), level);
      summary.recentred_low.reset();  // replications are plausible values already
      summary.recentred_high.reset();
      if (summary.statistic) {
        summary.p_value = numeric::StudentTTwoSided(*summary.statistic, static_cast<double>(units - 1));
      }
      summary.estimate = plain.solution.coefficients(at);
      summary.bias_corrected = corrected;
      const std::string& name = design_.names[static_cast<std::size_t>(kept_[k])];
      constexpr double kMuch = 0.5;  // of a standard error
      if (name != kConstantName && std::fabs(summary.estimate - corrected) > kMuch * summary.std_error) {
        pulled += (pulled.empty() ? "`" : ", `") + name + "`";
      }
      result_.terms[static_cast<std::size_t>(kept_[k])].coefficient = summary;
    }
    if (pulled.empty()) return;
    result_.warnings.push_back(
        {"BIASED_SCORES", "Units pull their own frontiers: that moves the plain estimate of " + pulled +
                              " by more than half a standard error. Read bias_corrected, which intervals and p-values "
                              "are about."});
  }

  const FrontierScores& first_;
  const SecondStageSpec& spec_;
  const ScoreReplications& score_;
  const Environment& environment_;
  SecondStageResult& result_;
  std::int64_t folds_ = 0;
  std::int64_t total_ = 0;
  std::int64_t known_ = 0;  // frontiers scored
  // Dominated rows: log scores against other units as y, columns of the scores, units among those that span (-1: none).
  Design design_;
  std::vector<Index> columns_;
  std::vector<std::int32_t> units_;
  std::vector<Index> kept_;
  Eigen::MatrixXf deviations_;
  MatrixXd estimates_;  // one row a replication
  std::vector<char> succeeded_;
};

}  // namespace

Status RunJoint(const Design& design, const FrontierScores& first, const SecondStageSpec& spec,
                const ScoreReplications& score, const Environment& environment, SecondStageResult& result) {
  if (!design.instrument_names.empty() || !design.endogenous.empty()) {
    return InvalidArgument("ESTIMATOR_INVALID", "the joint bootstrap takes no instruments")
        .WithViolations({{"formula", "instruments after the second `|`"}});
  }
  FARRELL_ASSIGN_OR_RETURN(result.subsample_size, SubsampleSize(first, spec));
  return Joint(first, spec, score, environment, result).Run(design);
}

}  // namespace farrell::regression
