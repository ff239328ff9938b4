#include "services/regression/engine/second_stage/simar_wilson.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/elementary.h"
#include "services/regression/engine/likelihood/truncated.h"
#include "services/regression/engine/second_stage/replications.h"
#include "services/regression/engine/second_stage/response_draws.h"
#include "services/regression/engine/second_stage/truncated_design.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// One truncated regression: the rows that enter, and what they say.
struct Stage {
  std::vector<Index> rows;
  TruncatedRegression regression;
  TruncatedFit fit;
};

class SimarWilson {
 public:
  SimarWilson(TruncatedDesign design, const FrontierScores& first, const SecondStageSpec& spec,
              const Environment& environment, SecondStageResult& result)
      : design_(std::move(design)),
        first_(first),
        spec_(spec),
        environment_(environment),
        result_(result),
        response_(design_.distances.size()),
        lower_(spec.log ? 0.0 : 1.0),
        limit_(spec.log ? numeric::Log1p(spec.frontier_tolerance) : 1.0 + spec.frontier_tolerance) {
    for (Index row = 0; row < response_.size(); ++row) response_(row) = Respond(design_.distances(row));
  }

  Status Run(const ScoreReplications& score) {
    const bool corrects = spec_.algorithm == SecondStageAlgorithm::kSimarWilson2;
    total_ = spec_.replications + (corrects ? spec_.first_replications : 0);
    FARRELL_ASSIGN_OR_RETURN(Stage stage, Estimate());
    if (corrects) {
      FARRELL_RETURN_IF_ERROR(Correct(stage, score));
      FARRELL_ASSIGN_OR_RETURN(stage, Estimate());
    }
    result_.observation_count = static_cast<std::int64_t>(stage.rows.size());
    result_.frontier_count = response_.size() - static_cast<Index>(stage.rows.size());
    result_.log_likelihood = stage.fit.log_likelihood;
    FARRELL_RETURN_IF_ERROR(Bootstrap(stage));
    Describe(stage);
    return Status::Ok();
  }

 private:
  double Respond(double distance) const { return spec_.log ? numeric::Log(distance) : distance; }

  Result<Stage> Estimate() const {
    Stage stage;
    stage.rows = design_.Beyond(response_, limit_);
    const MatrixXd x = design_.x(stage.rows, Eigen::all);
    FARRELL_ASSIGN_OR_RETURN(stage.regression, TruncatedRegression::Make(x, {.lower = lower_, .upper = {}}));
    TruncatedOptions options;
    options.derivatives = false;
    FARRELL_ASSIGN_OR_RETURN(stage.fit, stage.regression.Fit(response_(stage.rows), options, environment_.stop));
    return stage;
  }

  // Exceedance probabilities of the rows that entered, unit by unit, over the rows of `design`.
  static UnitDonors Donors(const Design& design, const TruncatedNormals& normals, const VectorXd& response,
                           double limit) {
    std::vector<double> exceedance(static_cast<std::size_t>(response.size()), 0.0);
    for (Index row = 0; row < response.size(); ++row) {
      if (response(row) > limit) exceedance[static_cast<std::size_t>(row)] = normals.Exceedance(row, response(row));
    }
    return {design.units, design.periods, exceedance};
  }

  // Takes the bias out of the responses (steps 3 and 4 of algorithm 2).
  Status Correct(const Stage& stage, const ScoreReplications& score) {
    const TruncatedNormals normals(design_.x, stage.fit.coefficients, stage.fit.sigma, lower_);
    const UnitDonors donors = Donors(design_.design, normals, response_, limit_);
    const std::vector<std::size_t>& rows = design_.design.rows;
    std::vector<Index> columns;  // of the scores
    for (const std::size_t row : rows) {
      columns.push_back(std::lower_bound(first_.rows.begin(), first_.rows.end(), row) - first_.rows.begin());
    }
    std::vector<FrontierDraw> draws(static_cast<std::size_t>(spec_.first_replications));
    std::vector<double> probabilities;
    for (std::size_t r = 0; r < draws.size(); ++r) {
      const std::int64_t stream = kFirstLoopStream + static_cast<std::int64_t>(r);
      if (spec_.resample == Resample::kUnit) {
        donors.Draw(spec_.seed, stream, probabilities);
      } else {
        DrawIndependent(spec_.seed, stream, rows, probabilities);
      }
      draws[r].factors = VectorXd::Ones(first_.distances.size());
      for (Index row = 0; row < response_.size(); ++row) {
        const double drawn = normals.Value(row, probabilities[static_cast<std::size_t>(row)]);
        draws[r].factors(columns[static_cast<std::size_t>(row)]) =
            spec_.log ? numeric::Exp(drawn - response_(row)) : drawn / design_.distances(row);
      }
      if (environment_.stop.stop_requested()) return Cancelled();
    }
    const auto progress = [&](std::int64_t done) {
      if (environment_.progress) environment_.progress(done, total_);
    };
    FARRELL_ASSIGN_OR_RETURN(const MatrixXd scores, score(draws, progress, environment_.stop));
    known_ = spec_.first_replications;

    std::int64_t undominated = 0;
    double bias_sum = 0.0;
    for (Index row = 0; row < response_.size(); ++row) {
      double sum = 0.0;
      std::int64_t count = 0;
      for (Index r = 0; r < scores.rows(); ++r) {
        const double distance = scores(r, columns[static_cast<std::size_t>(row)]);
        if (distance > 0.0) {
          sum += Respond(distance);
          ++count;
        } else {
          ++undominated;
        }
      }
      const double bias = count > 0 ? sum / static_cast<double>(count) - response_(row) : 0.0;
      response_(row) -= bias;
      bias_sum += bias;
    }
    result_.mean_bias = bias_sum / static_cast<double>(response_.size());
    if (undominated > 0) {
      result_.warnings.push_back(
          {"UNDOMINATED_DRAWS", "In " + std::to_string(undominated) +
                                    " draws no point of the redrawn technology dominated a row; they are left out of "
                                    "its bias."});
    }
    return Status::Ok();
  }

  Status Bootstrap(const Stage& stage) {
    const MatrixXd x = design_.x(stage.rows, Eigen::all);
    const VectorXd response = response_(stage.rows);
    const Design used = TakeRows(design_.design, stage.rows);
    const TruncatedNormals normals(x, stage.fit.coefficients, stage.fit.sigma, lower_);
    const UnitDonors donors = Donors(used, normals, response, limit_);
    TruncatedOptions options;
    options.start_coefficients = stage.fit.coefficients;
    options.start_sigma = stage.fit.sigma;
    options.derivatives = false;
    const Index columns = x.cols();
    draws_.resize(spec_.replications, columns + 2);
    succeeded_.assign(static_cast<std::size_t>(spec_.replications), 0);
    const bool finished =
        RunReplications(spec_.replications, known_, total_, environment_, [&](std::int64_t replication) {
          std::vector<double> probabilities;
          if (spec_.resample == Resample::kUnit) {
            donors.Draw(spec_.seed, replication, probabilities);
          } else {
            DrawIndependent(spec_.seed, replication, used.rows, probabilities);
          }
          VectorXd drawn(response.size());
          for (Index row = 0; row < drawn.size(); ++row) {
            drawn(row) = normals.Value(row, probabilities[static_cast<std::size_t>(row)]);
          }
          const Result<TruncatedFit> fit = stage.regression.Fit(drawn, options, environment_.stop);
          if (!fit.ok()) return;
          draws_.row(replication).head(columns) = fit->coefficients.transpose();
          draws_(replication, columns) = fit->sigma;
          draws_(replication, columns + 1) = TruncatedNormals(x, fit->coefficients, fit->sigma, lower_).MeanSlope();
          succeeded_[static_cast<std::size_t>(replication)] = 1;
        });
    if (!finished) return Cancelled();
    slope_ = normals.MeanSlope();
    return CountFailures(succeeded_, result_);
  }

  void Describe(const Stage& stage) {
    const Index columns = design_.x.cols();
    const auto summary = [&](double estimate, const VectorXd& draws) {
      return Summarise(estimate, MarkedRows(draws, succeeded_), spec_.confidence_level);
    };
    for (const std::string& name : design_.design.names) result_.terms.push_back({name, {}, {}});
    for (Index column = 0; column < columns; ++column) {
      const Index term = design_.term_of_column[static_cast<std::size_t>(column)];
      if (term < 0) continue;
      SecondStageTerm& described = result_.terms[static_cast<std::size_t>(term)];
      const double estimate = stage.fit.coefficients(column);
      described.coefficient = summary(estimate, draws_.col(column));
      if (described.name == kConstantName) continue;
      described.marginal_effect = summary(estimate * slope_, draws_.col(column).cwiseProduct(draws_.col(columns + 1)));
    }
    result_.terms.push_back({"sigma", summary(stage.fit.sigma, draws_.col(columns)), {}});
    for (const Effect& effect : design_.design.effects) {
      EffectSummary described;
      described.name = effect.name();
      described.level_count = static_cast<std::int64_t>(effect.count());
      result_.effects.push_back(std::move(described));
    }
    if (design_.dummy_count > 1) {
      result_.warnings.push_back(
          {"MANY_PARAMETERS", std::to_string(design_.dummy_count - 1) +
                                  " dummies stand for absorbed effects; maximum likelihood with so many parameters "
                                  "understates sigma, and intervals are too short."});
    }
    if (design_.unidentified_count > 0) {
      result_.warnings.push_back(
          {"EFFECT_AT_FRONTIER", std::to_string(design_.unidentified_count) +
                                     " rows belong to a level of an effect whose rows are all at the frontier; its "
                                     "coefficient is not identified and they are left out."});
    }
    if (!spec_.distances) return;
    for (Index row = 0; row < response_.size(); ++row) {
      DistanceRow listed{.row = design_.design.rows[static_cast<std::size_t>(row)],
                         .distance = design_.distances(row),
                         .corrected = {},
                         .used = response_(row) > limit_};
      if (result_.mean_bias) listed.corrected = spec_.log ? numeric::Exp(response_(row)) : response_(row);
      result_.distances.push_back(listed);
    }
  }

  TruncatedDesign design_;
  const FrontierScores& first_;
  const SecondStageSpec& spec_;
  const Environment& environment_;
  SecondStageResult& result_;
  // One a row of the design; corrected once algorithm 2 has come that far.
  VectorXd response_;
  double lower_;
  double limit_;
  std::int64_t total_ = 0;
  std::int64_t known_ = 0;
  // One row a replication: coefficients, sigma, mean slope of the conditional mean.
  MatrixXd draws_;
  std::vector<char> succeeded_;
  double slope_ = 1.0;
};

}  // namespace

Status CountFailures(const std::vector<char>& succeeded, SecondStageResult& result) {
  const auto total = static_cast<std::int64_t>(succeeded.size());
  result.failed_count = std::count(succeeded.begin(), succeeded.end(), char{0});
  if (result.failed_count == 0) return Status::Ok();
  const std::string count = std::to_string(result.failed_count) + " of " + std::to_string(total) + " replications";
  if (100 * result.failed_count > total) {
    return FailedPrecondition("NOT_CONVERGED", count +
                                                   " have no estimate, more than one in a hundred: the sample is too "
                                                   "small for this regression; leave out regressors or effects")
        .With("failed_count", std::to_string(result.failed_count));
  }
  result.warnings.push_back({"REPLICATIONS_FAILED", count + " have no estimate and are left out of every number."});
  return Status::Ok();
}

Status RunSimarWilson(Design design, const FrontierScores& first, const SecondStageSpec& spec,
                      const ScoreReplications& score, const Environment& environment, SecondStageResult& result) {
  FARRELL_ASSIGN_OR_RETURN(TruncatedDesign truncated, MakeTruncatedDesign(std::move(design), spec.frontier_tolerance));
  return SimarWilson(std::move(truncated), first, spec, environment, result).Run(score);
}

}  // namespace farrell::regression
