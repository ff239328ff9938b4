#include "services/regression/engine/inference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include "common/numeric/distributions.h"
#include "services/regression/engine/inference_request.h"
#include "services/regression/engine/ssc.h"
#include "services/regression/engine/vcov/cr2.h"
#include "services/regression/engine/vcov/vcov.h"
#include "services/regression/engine/wild_bootstrap.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Below this a reader should know that t(G-1) and the jackknife are stretched (Cameron & Miller 2015, section VI).
constexpr std::int64_t kFewClusters = 40;

// Below this many periods a variance of sums by period rests on little (Hoechle 2007, section 4).
constexpr std::int64_t kFewPeriods = 20;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

void NameClusters(const std::vector<std::int32_t>& list, const Levels& clusters, std::string& text) {
  constexpr std::size_t kNamed = 5;
  for (std::size_t k = 0; k < list.size() && k < kNamed; ++k) {
    if (k > 0) text += ", ";
    text += clusters.labels[static_cast<std::size_t>(list[k])];
  }
  if (list.size() > kNamed) text += " and " + std::to_string(list.size() - kNamed) + " more";
}

// A standard error below this share of |w_k| |e|, its largest possible size but for correction, is what rounding leaves
// of scores that cancel: a term that lives in one cluster, or two clusters with crossed effects.
constexpr double kCancelled = 1e-12;

// The square of that size in the coordinates of Q, where the columns of Q have length one.
double LargestMeat(const Fitted& fitted) {
  const MatrixXd& scores = fitted.likelihood_scores;
  if (scores.size() > 0) return static_cast<double>(scores.rows()) * scores.squaredNorm();
  return fitted.solution.residuals.squaredNorm();
}

// One inference on one fit; what does not depend on the preset is computed once.
class Computation {
 public:
  Computation(const Fitted& fitted, const InferenceSpec& spec, double level, const Environment& environment,
              std::vector<Warning>& warnings)
      : fitted_(fitted), spec_(spec), level_(level), environment_(environment), warnings_(warnings) {
    if (!IsClustered(spec.type)) return;
    const auto& known = fitted.design.classifications;
    ways_.push_back(&known.at(spec.cluster));
    for (const std::string& way : spec.further_clusters) ways_.push_back(&known.at(way));
  }

  Result<InferenceResult> Run(const Preset& asked) {
    result_ = {};
    result_.type = spec_.type;
    result_.label = InferenceLabel(spec_);
    result_.ssc = "none";
    result_.terms.resize(fitted_.design.names.size());
    preset_ = &asked;
    const std::optional<VarianceKind> kind = KindOf(spec_);
    if (kind && !asked.For(*kind)) {
      preset_ = FindPreset(kDefaultSsc);
      Warn("SSC_NOT_APPLICABLE",
           result_.label + ": " + asked.name + " has no such variance; corrected as " + preset_->name + " does.");
    }
    if (kind) {
      choices_ = *preset_->For(*kind);
      result_.ssc = preset_->name;
    }
    if (IsClustered(spec_.type)) {
      FARRELL_RETURN_IF_ERROR(Clustered());
    } else if (UsesLags(spec_.type)) {
      FARRELL_RETURN_IF_ERROR(Serial());
    } else {
      FARRELL_RETURN_IF_ERROR(Unclustered());
    }
    return result_;
  }

 private:
  // Once, however many inferences say it.
  void Warn(std::string code, std::string text) {
    const bool known = std::any_of(warnings_.begin(), warnings_.end(),
                                   [&](const Warning& w) { return w.code == code && w.text == text; });
    if (!known) warnings_.push_back({std::move(code), std::move(text)});
  }

  SscInput Count(std::int64_t groups) const {
    SscInput input;
    input.observations = static_cast<std::int64_t>(fitted_.observations());
    input.clusters = groups;
    input.parameters = static_cast<std::int64_t>(fitted_.parameters());
    input.has_constant = fitted_.design.has_constant;
    input.residual_df = fitted_.residual_df;
    if (fitted_.within.empty()) return input;
    for (const Effect& effect : fitted_.design.effects) {
      EffectSize size;
      size.levels = static_cast<std::int64_t>(effect.count() * (effect.slopes.size() + (effect.dummies ? 1 : 0)));
      size.dummies = effect.dummies;
      size.nested =
          std::any_of(ways_.begin(), ways_.end(), [&](const Levels* way) { return IsNested(effect.levels, *way); });
      input.effects.push_back(size);
    }
    return input;
  }

  double Distribution(ReferenceDf reference, const SscInput& input) const {
    return fitted_.large_sample ? kInfinite : ComputeDf(reference, input);
  }

  void SetVariance(double factor, const MatrixXd& meat, const MatrixXd& vcov) {
    result_.meat = factor * meat;
    result_.vcov = factor * vcov;
    ClearCancelled();
  }

  // Sets what rounding left of variances that cancel to zero, and says whose they are.
  void ClearCancelled() {
    const auto& solution = fitted_.solution;
    const double floor = kCancelled * kCancelled * LargestMeat(fitted_);
    const MatrixXd inverse =
        solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(fitted_.parameters(), fitted_.parameters()));
    std::string names;
    for (Index k = 0; k < fitted_.parameters(); ++k) {
      if (std::fabs(result_.meat(k, k)) <= floor) {
        result_.meat.row(k).setZero();
        result_.meat.col(k).setZero();
      }
      if (std::fabs(result_.vcov(k, k)) > floor * inverse.row(k).squaredNorm()) continue;
      result_.vcov.row(k).setZero();
      result_.vcov.col(k).setZero();
      names += (names.empty() ? "" : ", ") + Name(k);
    }
    if (names.empty() || solution.residuals.isZero(0.0)) return;
    Warn("NO_VARIATION", result_.label + ": the scores of " + names +
                             " cancel in every cluster; their standard errors are not defined.");
  }

  std::string Name(Index k) const {
    return fitted_.design.names[static_cast<std::size_t>(fitted_.solution.kept[static_cast<std::size_t>(k)])];
  }
  TermInference& Term(Index k) {
    return result_.terms[static_cast<std::size_t>(fitted_.solution.kept[static_cast<std::size_t>(k)])];
  }

  // Fills standard errors, statistics, p-values and intervals from result_.vcov and df.
  // A variance of zero beside residuals that are not is no variance: the term stays unset.
  void FillTerms() {
    for (Index k = 0; result_.vcov.size() > 0 && k < fitted_.parameters(); ++k) FillTerm(k, result_.df);
  }

  void FillTerm(Index k, double df) {
    const double variance = result_.vcov(k, k);
    if (!(df > 0.0) || !(variance >= 0.0) || !std::isfinite(variance)) return;
    if (variance == 0.0 && !fitted_.solution.residuals.isZero(0.0)) return;
    const bool normal = std::isinf(df);
    const double level = 0.5 + 0.5 * level_;
    const double quantile = normal ? numeric::NormalQuantile(level) : numeric::StudentTQuantile(level, df);
    TermInference& term = Term(k);
    const double estimate = fitted_.solution.coefficients(k);
    const double error = std::sqrt(variance);
    if (!std::isfinite(std::fabs(estimate) + quantile * error)) return;
    term.std_error = error;
    if (!normal) term.df = df;
    term.conf_low = estimate - quantile * error;
    term.conf_high = estimate + quantile * error;
    if (error > 0.0 && std::isfinite(estimate / error)) {
      term.statistic = estimate / error;
      term.p_value = normal ? 2.0 * numeric::NormalSurvival(std::fabs(*term.statistic))
                            : numeric::StudentTTwoSided(*term.statistic, df);
    }
  }

  // Multiplies by the preset's factor, where it is defined.
  void Scale(const SscInput& input, const MatrixXd& meat, const MatrixXd& vcov) {
    const Ssc ssc = ComputeSsc(choices_, input, ways_.size() > 1);
    result_.ssc_value = ssc.value;
    result_.ssc_k = ssc.k;
    if (ssc.value > 0.0 && std::isfinite(ssc.value)) {
      SetVariance(ssc.value, meat, vcov);
      FillTerms();
    } else {
      Warn("SSC_UNDEFINED", result_.label + ": the correction " + result_.ssc + " counts " + std::to_string(ssc.k) +
                                " parameters on " + std::to_string(fitted_.observations()) +
                                " observations; standard errors are not defined.");
    }
  }

  Status Unclustered() {
    if (fitted_.residual_df <= 0 && !fitted_.large_sample) {
      Warn("NO_RESIDUAL_DF", result_.label + ": no degrees of freedom are left; standard errors are not defined.");
      return Status::Ok();
    }
    const SscInput input = Count(0);
    result_.df = Distribution(spec_.type == InferenceType::kHc1 ? preset_->reference : ReferenceDf::kResidual, input);
    if (fitted_.parameters() == 0) return Status::Ok();
    if (spec_.type == InferenceType::kPcse) {
      FARRELL_ASSIGN_OR_RETURN(const Periods periods, PeriodsOf(fitted_));
      FARRELL_ASSIGN_OR_RETURN(const MatrixXd meat, PcseMeat(fitted_, periods, environment_.stop));
      WarnFewPeriods(periods.count);
      SetVariance(1.0, meat, VcovOfMeat(fitted_, meat));
    } else if (UsesLeverage(spec_.type)) {
      FARRELL_RETURN_IF_ERROR(WithLeverage());
    } else if (spec_.type == InferenceType::kIid) {
      result_.ssc_k = input.observations - fitted_.residual_df;
      const MatrixXd meat = IidMeat(fitted_);
      SetVariance(1.0, meat, VcovOfMeat(fitted_, meat));
    } else {
      if (white_.size() == 0) white_ = WhiteMeat(fitted_);
      const MatrixXd vcov = VcovOfMeat(fitted_, white_);
      if (spec_.type == InferenceType::kHc1) {
        Scale(input, white_, vcov);
        return Status::Ok();
      }
      SetVariance(1.0, white_, vcov);
    }
    FillTerms();
    return Status::Ok();
  }

  Status WithLeverage() {
    const LeverageType type = spec_.type == InferenceType::kHc2   ? LeverageType::kHc2
                              : spec_.type == InferenceType::kHc3 ? LeverageType::kHc3
                                                                  : LeverageType::kHc4;
    const bool within = preset_->within_leverage && !fitted_.within.empty();
    if (within) result_.ssc = preset_->name;
    FARRELL_ASSIGN_OR_RETURN(const LeverageMeat hc, HcMeat(fitted_, type, !within));
    if (hc.full_leverage_rows > 0) {
      Warn("FULL_LEVERAGE",
           result_.label + ": " + std::to_string(hc.full_leverage_rows) +
               " rows have leverage one; their residual is zero by construction and they are left out.");
    }
    SetVariance(1.0, hc.meat, VcovOfMeat(fitted_, hc.meat));
    return Status::Ok();
  }

  Status Serial() {
    FARRELL_ASSIGN_OR_RETURN(const Periods periods, PeriodsOf(fitted_));
    const bool by_period = spec_.type == InferenceType::kDriscollKraay;
    result_.lag = spec_.lag.value_or(DefaultLag(preset_->lag, periods.count));
    InferenceSpec named = spec_;
    named.lag = result_.lag;
    result_.label = InferenceLabel(named);
    if (by_period && periods.count < 2) {
      Warn("TOO_FEW_PERIODS", result_.label + ": one period; standard errors are not defined.");
      return Status::Ok();
    }
    if (by_period) WarnFewPeriods(periods.count);
    const SscInput input = Count(periods.count);
    result_.df = Distribution(preset_->reference, input);
    if (fitted_.parameters() == 0) return Status::Ok();
    MatrixXd& meat = serial_[*result_.lag];
    if (meat.size() == 0 && by_period) meat = DriscollKraayMeat(fitted_, periods, *result_.lag);
    if (meat.size() == 0) {
      FARRELL_ASSIGN_OR_RETURN(meat, NeweyWestMeat(fitted_, periods, *result_.lag, environment_.stop));
    }
    Scale(input, meat, VcovOfMeat(fitted_, meat));
    return Status::Ok();
  }

  void WarnFewPeriods(std::int64_t periods) {
    if (periods >= kFewPeriods) return;
    Warn("FEW_PERIODS", "Only " + std::to_string(periods) + " periods: " + result_.label +
                            " rests on sums by period, and is too small with few of them.");
  }

  Status Clustered() {
    result_.cluster = spec_.cluster;
    result_.further_clusters = spec_.further_clusters;
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t k = 0; k < ways_.size(); ++k) {
      const auto count = static_cast<std::int64_t>(ways_[k]->count());
      fewest = std::min(fewest, count);
      if (k == 0) {
        result_.cluster_count = count;
      } else {
        result_.further_cluster_counts.push_back(count);
      }
      if (count >= 2 && count < kFewClusters) {
        Warn("FEW_CLUSTERS", "Only " + std::to_string(count) + " clusters (" +
                                 (k == 0 ? spec_.cluster : spec_.further_clusters[k - 1]) + ")" + Advice(count));
      }
    }
    if (fewest < 2) {
      Warn("TOO_FEW_CLUSTERS", result_.label + ": one cluster; standard errors are not defined.");
      return Status::Ok();
    }
    const SscInput input = Count(fewest);
    const bool scaled = KindOf(spec_).has_value();
    result_.df = Distribution(scaled ? preset_->reference : ReferenceDf::kGroups, input);
    if (fitted_.parameters() == 0) return Status::Ok();
    if (spec_.type == InferenceType::kCr2) return Reduced(*ways_[0]);
    if (spec_.type == InferenceType::kCr3) return LeaveOneOut(*ways_[0]);
    if (spec_.type == InferenceType::kWild && spec_.variant % 10 == 3) {
      // The statistics of these variants are made with the jackknife.
      FARRELL_RETURN_IF_ERROR(LeaveOneOut(*ways_[0]));
      return Bootstrap(*ways_[0]);
    }
    if (terms_.empty()) {
      FARRELL_ASSIGN_OR_RETURN(terms_, ClusterTerms(fitted_, ways_, environment_.stop));
    }
    SumTerms(input, scaled);
    return spec_.type == InferenceType::kWild ? Bootstrap(*ways_[0]) : Status::Ok();
  }

  // The jackknife and the bootstrap are for least squares.
  std::string Advice(std::int64_t count) const {
    if (!IsLeastSquares(fitted_.estimator.kind)) return ": p-values are too small; treat them as rough.";
    return ": prefer the jackknife (cr3) with t(" + std::to_string(count - 1) +
           ") and the wild cluster bootstrap (wild).";
  }

  void SumTerms(const SscInput& input, bool scaled) {
    const GroupFactor groups = scaled ? choices_.groups : GroupFactor::kNone;
    const bool by_term = ways_.size() > 1 && groups != GroupFactor::kNone && groups != GroupFactor::kSmallest;
    MatrixXd meat = MatrixXd::Zero(fitted_.parameters(), fitted_.parameters());
    MatrixXd vcov = meat;
    for (const ClusterTerm& term : terms_) {
      double factor = term.sign;
      const bool white = groups == GroupFactor::kEachButIntersection && term.all_ways;
      if (by_term && !white && term.groups > 1) {
        factor *= static_cast<double>(term.groups) / static_cast<double>(term.groups - 1);
      }
      if (by_term && white && white_.size() == 0) white_ = WhiteMeat(fitted_);
      meat += factor * (by_term && white ? white_ : term.meat);
      vcov += factor * (by_term && white ? VcovOfMeat(fitted_, white_) : term.vcov);
    }
    if (scaled && ways_.size() > 1) RepairEigenvalues(meat, vcov);
    if (scaled) {
      Scale(input, meat, vcov);
    } else {
      SetVariance(1.0, meat, vcov);
      FillTerms();
    }
    for (Index k = 0; result_.vcov.size() > 0 && k < fitted_.parameters(); ++k) {
      if (result_.vcov(k, k) >= 0.0) continue;
      Warn("NEGATIVE_VARIANCE", result_.label + ": the variance of " + Name(k) +
                                    " is negative, as a difference of variances can be; its standard error is not "
                                    "defined. The presets fixest and reghdfe set negative eigenvalues to zero.");
    }
  }

  void RepairEigenvalues(MatrixXd& meat, MatrixXd& vcov) {
    if (preset_->repair == Repair::kNever) return;
    if (preset_->repair == Repair::kNegativeVariance && vcov.diagonal().minCoeff() >= 0.0) return;
    // Eigenvalues that are zero but for rounding are not negative.
    const double floor = 1e-14 * vcov.diagonal().cwiseAbs().maxCoeff();
    const Eigen::VectorXd before = vcov.diagonal();
    MatrixXd repaired = vcov;
    if (!TruncateEigenvalues(repaired) || (repaired.diagonal() - before).cwiseAbs().maxCoeff() <= floor) return;
    vcov = repaired;
    const MatrixXd& r = fitted_.solution.r;
    meat = r.triangularView<Eigen::Upper>() * (vcov * r.transpose());
    result_.eigenvalues_truncated = true;
    Warn("EIGENVALUES_TRUNCATED", result_.label + ": the variance has negative eigenvalues; set to zero as " +
                                      std::string(preset_->name) + " does (Cameron, Gelbach & Miller 2011).");
  }

  void WarnUnidentified(const std::vector<std::int32_t>& unidentified, const Levels& clusters) {
    if (unidentified.empty()) return;
    std::string text = result_.label + ": some coefficient is not identified without ";
    NameClusters(unidentified, clusters, text);
    Warn("LEAVE_OUT_NOT_IDENTIFIED",
         text + "; a generalised inverse stands in and the standard error is a lower bound.");
  }

  Status Reduced(const Levels& clusters) {
    FARRELL_ASSIGN_OR_RETURN(BiasReduced made, BiasReduced::Make(fitted_, clusters, environment_.stop));
    const auto reduced = std::make_shared<const BiasReduced>(std::move(made));
    SetVariance(1.0, reduced->meat(), VcovOfMeat(fitted_, reduced->meat()));
    const MatrixXd inverse = fitted_.solution.r.triangularView<Eigen::Upper>().solve(
        MatrixXd::Identity(fitted_.parameters(), fitted_.parameters()));
    for (Index k = 0; k < fitted_.parameters(); ++k) {
      if (environment_.stop.stop_requested()) return Cancelled();
      const std::optional<double> df = reduced->DegreesOfFreedom(inverse.row(k).normalized());
      if (df) FillTerm(k, *df);
    }
    WarnUnidentified(reduced->unidentified(), clusters);
    result_.joint_test = [reduced](const MatrixXd& restrictions, const VectorXd& values) {
      return reduced->Test(restrictions, values);
    };
    return Status::Ok();
  }

  Status LeaveOneOut(const Levels& clusters) {
    if (jackknife_.scores.size() == 0) {
      FARRELL_ASSIGN_OR_RETURN(jackknife_, JackknifeScores(fitted_, clusters, environment_.stop));
    }
    const auto count = static_cast<double>(clusters.count());
    const bool factor = std::string_view(preset_->name) != "clubsandwich";
    result_.ssc = factor ? "jackknife" : preset_->name;
    result_.ssc_value = factor ? (count - 1.0) / count : 1.0;
    SetVariance(result_.ssc_value, jackknife_.scores.transpose() * jackknife_.scores,
                VcovOf(fitted_, jackknife_.scores));
    FillTerms();
    WarnUnidentified(jackknife_.unidentified, clusters);
    return Status::Ok();
  }

  Status Bootstrap(const Levels& clusters) {
    WildBootstrapSpec wild;
    wild.draws = spec_.draws;
    wild.seed = spec_.seed;
    wild.weights = spec_.weights;
    wild.confidence_level = level_;
    wild.variant = spec_.variant;
    wild.unrestricted = spec_.unrestricted;
    FARRELL_ASSIGN_OR_RETURN(const WildBootstrap bootstrap, RunWildBootstrap(fitted_, clusters, wild, environment_));
    result_.draws = bootstrap.draws;
    result_.weights = bootstrap.weights;
    result_.enumerated = bootstrap.enumerated;
    result_.variant = spec_.variant;
    result_.unrestricted = spec_.unrestricted;
    result_.seed = spec_.seed;
    for (Index k = 0; k < fitted_.parameters(); ++k) {
      TermInference& term = Term(k);
      const WildTest& test = bootstrap.tests[static_cast<std::size_t>(k)];
      term.conf_low.reset();
      term.conf_high.reset();
      if (!term.statistic || !test.defined) {
        term.p_value.reset();
        continue;
      }
      term.conf_low = test.conf_low;
      term.conf_high = test.conf_high;
      term.greater_count = test.greater;
      term.greater_or_equal_count = test.greater_or_equal;
      term.p_value = static_cast<double>(test.greater_or_equal) / static_cast<double>(bootstrap.draws);
    }
    return Status::Ok();
  }

  const Fitted& fitted_;
  const InferenceSpec& spec_;
  double level_;
  const Environment& environment_;
  std::vector<Warning>& warnings_;
  std::vector<const Levels*> ways_;
  const Preset* preset_ = nullptr;
  SmallSample choices_;
  InferenceResult result_;
  // Computed once.
  MatrixXd white_;
  std::map<int, MatrixXd> serial_;
  std::vector<ClusterTerm> terms_;
  Jackknife jackknife_;
};

// An invalid request that names no field is about the inferences.
Status NameField(Status status) {
  if (status.code() != Code::kInvalidArgument || !status.violations().empty()) return status;
  std::string message = status.message();
  return std::move(status).WithViolations({{"inferences", std::move(message)}});
}

}  // namespace

Result<InferenceResult> ComputeInference(const Fitted& fitted, const InferenceSpec& spec, double confidence_level,
                                         const Environment& environment, std::vector<Warning>& warnings) {
  FARRELL_RETURN_IF_ERROR(NameField(CheckInference(fitted, spec)));
  auto result = Computation(fitted, spec, confidence_level, environment, warnings).Run(PresetFor(fitted, spec.ssc));
  if (!result.ok()) return NameField(result.status());
  return result;
}

Result<std::vector<InferenceResult>> ComputeUnderAllPresets(const Fitted& fitted, const InferenceSpec& spec,
                                                            double confidence_level, const Environment& environment,
                                                            std::vector<Warning>& warnings) {
  FARRELL_RETURN_IF_ERROR(NameField(CheckInference(fitted, spec)));
  Computation computation(fitted, spec, confidence_level, environment, warnings);
  std::vector<InferenceResult> results;
  for (const std::string& name : ApplicablePresets(fitted, spec)) {
    auto result = computation.Run(PresetFor(fitted, name));
    if (!result.ok()) return NameField(result.status());
    results.push_back(std::move(result).value());
  }
  return results;
}

}  // namespace farrell::regression
