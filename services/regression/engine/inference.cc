#include "services/regression/engine/inference.h"

#include <cmath>
#include <utility>

#include "common/numeric/distributions.h"
#include "services/regression/engine/ssc.h"
#include "services/regression/engine/vcov/vcov.h"
#include "services/regression/engine/wild_bootstrap.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Below this a reader should know that t(G-1) and the jackknife are stretched (Cameron & Miller 2015, section VI).
constexpr std::int64_t kFewClusters = 40;

SscInput CountParameters(const Fitted& fitted, const Levels* clusters) {
  SscInput input;
  input.observations = static_cast<std::int64_t>(fitted.observations());
  input.clusters = clusters != nullptr ? static_cast<std::int64_t>(clusters->count()) : 0;
  input.parameters = static_cast<std::int64_t>(fitted.parameters());
  input.has_constant = fitted.design.has_constant;
  for (const Effect& effect : fitted.design.effects) {
    input.effects.push_back(
        {static_cast<std::int64_t>(effect.count()), clusters != nullptr && IsNested(effect.levels, *clusters)});
  }
  input.residual_df = fitted.residual_df;
  return input;
}

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

// Fills standard errors, t statistics, p-values and intervals from result.vcov and result.df.
// A variance of zero beside residuals that are not is no variance: the term stays unset.
void FillTerms(const Fitted& fitted, double confidence_level, InferenceResult& result) {
  if (result.vcov.size() == 0 || !(result.df > 0.0)) return;
  const bool exact = fitted.solution.residuals.isZero(0.0);
  const double quantile = numeric::StudentTQuantile(0.5 + 0.5 * confidence_level, result.df);
  for (Index k = 0; k < fitted.parameters(); ++k) {
    const double variance = result.vcov(k, k);
    if (!(variance >= 0.0) || !std::isfinite(variance) || (variance == 0.0 && !exact)) continue;
    TermInference& term = result.terms[static_cast<std::size_t>(fitted.solution.kept[static_cast<std::size_t>(k)])];
    const double estimate = fitted.solution.coefficients(k);
    const double error = std::sqrt(variance);
    term.std_error = error;
    term.df = result.df;
    term.conf_low = estimate - quantile * error;
    term.conf_high = estimate + quantile * error;
    if (error > 0.0 && std::isfinite(estimate / error)) {
      term.statistic = estimate / error;
      term.p_value = numeric::StudentTTwoSided(*term.statistic, result.df);
    }
  }
}

class Computation {
 public:
  Computation(const Fitted& fitted, const InferenceSpec& spec, double level, const Environment& environment,
              std::vector<Warning>& warnings)
      : fitted_(fitted), spec_(spec), level_(level), environment_(environment), warnings_(warnings) {}

  Result<InferenceResult> Run() {
    result_.type = spec_.type;
    result_.label = InferenceLabel(spec_);
    result_.ssc = spec_.ssc;
    result_.terms.resize(fitted_.design.names.size());
    if (IsClustered(spec_.type)) {
      FARRELL_RETURN_IF_ERROR(Clustered());
    } else {
      FARRELL_RETURN_IF_ERROR(Unclustered());
    }
    return std::move(result_);
  }

 private:
  void Warn(std::string code, std::string text) { warnings_.push_back({std::move(code), std::move(text)}); }

  void SetVariance(double factor, const MatrixXd& scores) {
    result_.vcov = factor * VcovOf(fitted_, scores);
    result_.meat = factor * (scores.transpose() * scores);
    ClearCancelled();
  }

  // Sets what rounding left of variances that cancel to zero, and says whose they are.
  void ClearCancelled() {
    const auto& solution = fitted_.solution;
    const double floor = kCancelled * kCancelled * solution.residuals.squaredNorm();
    const MatrixXd inverse =
        solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(fitted_.parameters(), fitted_.parameters()));
    std::string names;
    for (Index k = 0; k < fitted_.parameters(); ++k) {
      if (result_.meat(k, k) <= floor) {
        result_.meat.row(k).setZero();
        result_.meat.col(k).setZero();
      }
      if (result_.vcov(k, k) > floor * inverse.row(k).squaredNorm()) continue;
      result_.vcov.row(k).setZero();
      result_.vcov.col(k).setZero();
      names += (names.empty() ? "" : ", ") +
               fitted_.design.names[static_cast<std::size_t>(solution.kept[static_cast<std::size_t>(k)])];
    }
    if (names.empty() || solution.residuals.isZero(0.0)) return;
    Warn("NO_VARIATION", result_.label + ": the scores of " + names +
                             " cancel in every cluster; their standard errors are not defined.");
  }

  // Once a cluster variable, however many inferences use it.
  void WarnFewClusters(std::int64_t count) {
    std::string text = "Only " + std::to_string(count) + " clusters (" + spec_.cluster +
                       "): prefer the jackknife (cr3) with t(" + std::to_string(count - 1) +
                       ") and the wild cluster bootstrap (wild).";
    for (const Warning& warning : warnings_) {
      if (warning.text == text) return;
    }
    Warn("FEW_CLUSTERS", std::move(text));
  }

  Status Unclustered() {
    if (fitted_.residual_df <= 0) {
      Warn("NO_RESIDUAL_DF", result_.label + ": no degrees of freedom are left; standard errors are not defined.");
      return Status::Ok();
    }
    result_.df = static_cast<double>(fitted_.residual_df);
    if (fitted_.parameters() == 0) return Status::Ok();
    if (spec_.type == InferenceType::kIid) {
      SetVariance(1.0, IidScores(fitted_));
      result_.ssc = "none";
      result_.ssc_k = static_cast<std::int64_t>(fitted_.observations()) - fitted_.residual_df;
    } else if (spec_.type == InferenceType::kHc1) {
      FARRELL_RETURN_IF_ERROR(
          Scale(HeteroskedasticSsc(spec_.ssc, CountParameters(fitted_, nullptr)), Hc0Scores(fitted_)));
    } else {
      FARRELL_ASSIGN_OR_RETURN(Hc3 hc3, Hc3Scores(fitted_));
      result_.ssc = "none";
      if (hc3.full_leverage_rows > 0) {
        Warn("FULL_LEVERAGE",
             result_.label + ": " + std::to_string(hc3.full_leverage_rows) +
                 " rows have leverage one; their residual is zero by construction and they are left out.");
      }
      SetVariance(1.0, hc3.scores);
    }
    FillTerms(fitted_, level_, result_);
    return Status::Ok();
  }

  Status Scale(const Ssc& ssc, const MatrixXd& scores) {
    result_.ssc_value = ssc.value;
    result_.ssc_k = ssc.k;
    if (ssc.value > 0.0 && std::isfinite(ssc.value)) {
      SetVariance(ssc.value, scores);
    } else {
      Warn("SSC_UNDEFINED", result_.label + ": the correction " + result_.ssc + " counts " + std::to_string(ssc.k) +
                                " parameters on " + std::to_string(fitted_.observations()) +
                                " observations; standard errors are not defined.");
    }
    return Status::Ok();
  }

  Status Clustered() {
    const Levels& clusters = fitted_.design.classifications.at(spec_.cluster);
    const auto count = static_cast<std::int64_t>(clusters.count());
    result_.cluster = spec_.cluster;
    result_.cluster_count = count;
    if (count < 2) {
      Warn("TOO_FEW_CLUSTERS", result_.label + ": one cluster; standard errors are not defined.");
      return Status::Ok();
    }
    if (count < kFewClusters) WarnFewClusters(count);
    result_.df = static_cast<double>(count - 1);
    if (fitted_.parameters() == 0) return Status::Ok();
    if (spec_.type == InferenceType::kCr3) {
      FARRELL_RETURN_IF_ERROR(LeaveOneOut(clusters));
    } else {
      if (spec_.ssc == "reghdfe" && fitted_.residual_df > 0) {
        result_.df = std::min(result_.df, static_cast<double>(fitted_.residual_df));
      }
      FARRELL_RETURN_IF_ERROR(
          Scale(ClusterSsc(spec_.ssc, CountParameters(fitted_, &clusters)), ClusterScores(fitted_, clusters)));
    }
    FillTerms(fitted_, level_, result_);
    return spec_.type == InferenceType::kWild ? Bootstrap(clusters) : Status::Ok();
  }

  Status LeaveOneOut(const Levels& clusters) {
    FARRELL_ASSIGN_OR_RETURN(Jackknife jackknife, JackknifeScores(fitted_, clusters, environment_.stop));
    const auto count = static_cast<double>(clusters.count());
    const bool factor = spec_.ssc != "clubsandwich";
    if (factor) result_.ssc = "jackknife";
    result_.ssc_value = factor ? (count - 1.0) / count : 1.0;
    SetVariance(result_.ssc_value, jackknife.scores);
    if (!jackknife.unidentified.empty()) {
      std::string text = result_.label + ": some coefficient is not identified without ";
      NameClusters(jackknife.unidentified, clusters, text);
      Warn("LEAVE_OUT_NOT_IDENTIFIED",
           text + "; a generalised inverse stands in and the standard error is a lower bound.");
    }
    return Status::Ok();
  }

  Status Bootstrap(const Levels& clusters) {
    WildBootstrapSpec wild;
    wild.draws = spec_.draws;
    wild.seed = spec_.seed;
    wild.weights = spec_.weights;
    wild.confidence_level = level_;
    FARRELL_ASSIGN_OR_RETURN(const WildBootstrap bootstrap, RunWildBootstrap(fitted_, clusters, wild, environment_));
    result_.draws = bootstrap.draws;
    result_.weights = bootstrap.weights;
    result_.enumerated = bootstrap.enumerated;
    for (Index k = 0; k < fitted_.parameters(); ++k) {
      TermInference& term = result_.terms[static_cast<std::size_t>(fitted_.solution.kept[static_cast<std::size_t>(k)])];
      const WildTest& test = bootstrap.tests[static_cast<std::size_t>(k)];
      term.conf_low.reset();
      term.conf_high.reset();
      if (!term.statistic) continue;
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
  InferenceResult result_;
};

}  // namespace

std::string InferenceLabel(const InferenceSpec& spec) {
  std::string clusters = spec.cluster;
  for (std::size_t k = 0; k < spec.further_clusters.size(); ++k) {
    clusters += (k + 1 == spec.further_clusters.size() ? " and " : ", ") + spec.further_clusters[k];
  }
  const std::string lag = spec.lag ? ", lag " + std::to_string(*spec.lag) : "";
  switch (spec.type) {
    case InferenceType::kDefault: return "default";
    case InferenceType::kIid: return "iid";
    case InferenceType::kHc0: return "HC0";
    case InferenceType::kHc1: return "HC1";
    case InferenceType::kHc2: return "HC2";
    case InferenceType::kHc3: return "HC3";
    case InferenceType::kHc4: return "HC4";
    case InferenceType::kCr0: return "CR0 by " + clusters;
    case InferenceType::kCr1: return "CR1 by " + clusters;
    case InferenceType::kCr2: return "CR2 by " + clusters;
    case InferenceType::kCr3: return "CR3 by " + clusters;
    case InferenceType::kWild: return "wild bootstrap by " + clusters;
    case InferenceType::kDriscollKraay: return "Driscoll-Kraay" + lag;
    case InferenceType::kNeweyWest: return "Newey-West" + lag;
    case InferenceType::kPcse: return "PCSE";
    case InferenceType::kPermutation: return "permutation of " + clusters + ", studentised";
    case InferenceType::kPermutationRaw: return "permutation of " + clusters + ", raw";
  }
  return "";
}

Result<InferenceResult> ComputeInference(const Fitted& fitted, const InferenceSpec& spec, double confidence_level,
                                         const Environment& environment, std::vector<Warning>& warnings) {
  return Computation(fitted, spec, confidence_level, environment, warnings).Run();
}

}  // namespace farrell::regression
