#include "services/regression/engine/fit.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "services/regression/engine/hypothesis.h"
#include "services/regression/engine/ssc.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Clusters exist by unit only where units have several rows.
bool UnitsRepeat(const Panel& panel) {
  if (panel.unit_key.empty()) return false;
  return std::set<std::string>(panel.units.begin(), panel.units.end()).size() < panel.size();
}

// The unit key, else the first effect when it is a plain column; empty: there are no clusters.
std::string DefaultCluster(const Panel& panel, const Formula& formula) {
  if (UnitsRepeat(panel)) return panel.unit_key;
  if (!formula.effects.empty() && formula.effects[0].columns.size() == 1) {
    return std::string(WithoutBackQuotes(formula.effects[0].columns[0]));
  }
  return "";
}

Status CheckEstimator(const FitSpec& spec) {
  if (spec.estimator.kind == Estimator::kOls && !spec.formula.effects.empty()) {
    return InvalidArgument("ESTIMATOR_INVALID",
                           "the estimator ols takes no effects; use within, or write them as i(column)")
        .WithViolations({{"estimator", "ols, but the formula has effects after `|`"}});
  }
  if (spec.estimator.kind == Estimator::kWithin && spec.formula.effects.empty()) {
    return InvalidArgument("ESTIMATOR_INVALID",
                           "the estimator within needs effects; add e.g. `| unit + time` to the formula")
        .WithViolations({{"estimator", "within, but the formula has no effects after `|`"}});
  }
  return Status::Ok();
}

Estimator DefaultEstimator(const Formula& formula) {
  if (!formula.instruments.empty()) return Estimator::kTwoStageLeastSquares;
  return formula.effects.empty() ? Estimator::kOls : Estimator::kWithin;
}

class Reporter {
 public:
  Reporter(const Panel& panel, const FitSpec& spec, const Environment& environment)
      : panel_(panel), spec_(spec), environment_(environment) {}

  Result<FitResult> Run(DesignOptions options) {
    FARRELL_RETURN_IF_ERROR(CheckEstimator(spec_));
    FARRELL_ASSIGN_OR_RETURN(inferences_, ResolveInferences(panel_, spec_.formula, spec_.inferences, result_.warnings));
    for (const InferenceSpec& inference : inferences_) {
      auto& names = options.classifications;
      if (IsClustered(inference.type) && std::find(names.begin(), names.end(), inference.cluster) == names.end()) {
        names.push_back(inference.cluster);
      }
    }
    FARRELL_ASSIGN_OR_RETURN(Design design, BuildDesign(panel_, spec_.formula, options));
    FARRELL_ASSIGN_OR_RETURN(const std::vector<Hypothesis> hypotheses, ParseHypotheses(spec_.hypotheses, design.names));
    if (environment_.stop.stop_requested()) return Cancelled();
    EstimatorSpec estimator = spec_.estimator;
    if (estimator.kind == Estimator::kDefault) estimator.kind = DefaultEstimator(spec_.formula);
    FARRELL_ASSIGN_OR_RETURN(fitted_, Estimate(std::move(design), estimator, environment_));
    if (environment_.stop.stop_requested()) return Cancelled();
    Describe();
    WarnAboutRows();
    for (const InferenceSpec& inference : inferences_) {
      FARRELL_ASSIGN_OR_RETURN(InferenceResult computed, ComputeInference(fitted_, inference, spec_.confidence_level,
                                                                          environment_, result_.warnings));
      computed.seed = inference.seed;
      result_.inferences.push_back(std::move(computed));
    }
    TestJointly();
    for (const Hypothesis& hypothesis : hypotheses) Test(hypothesis);
    if (spec_.observations) FARRELL_RETURN_IF_ERROR(CollectObservations());
    return std::move(result_);
  }

 private:
  void Warn(std::string code, std::string text) { result_.warnings.push_back({std::move(code), std::move(text)}); }

  void Describe() {
    const Design& design = fitted_.design;
    const LeastSquares& solution = fitted_.solution;
    result_.formula = spec_.formula.text;
    result_.estimator = fitted_.estimator;
    for (const std::string& name : design.names) result_.terms.push_back({name, std::nullopt});
    for (std::size_t k = 0; k < solution.kept.size(); ++k) {
      result_.terms[static_cast<std::size_t>(solution.kept[k])].estimate = solution.coefficients(static_cast<Index>(k));
    }
    result_.observation_count = static_cast<std::int64_t>(design.rows.size());
    result_.row_count = design.row_count;
    result_.missing_row_count = design.missing_row_count;
    result_.singleton_count = design.singleton_count;
    result_.missing_by_column = design.missing_by_column;
    const InferenceSpec& primary = inferences_.front();
    for (const Effect& effect : design.effects) {
      const bool nested = IsClustered(primary.type) && IsNested(effect.levels, design.classifications.at(primary.cluster));
      result_.effects.push_back({effect.name(), static_cast<std::int64_t>(effect.count()), nested});
    }
    result_.residual_df = fitted_.residual_df;
    const double rss = solution.residuals.squaredNorm();
    result_.residual_sum_of_squares = rss;
    if (fitted_.residual_df > 0) result_.sigma = std::sqrt(rss / static_cast<double>(fitted_.residual_df));
    result_.outcome = "estimated";
    if (fitted_.residual_df <= 0) result_.outcome = "saturated";
    if (fitted_.parameters() == 0) result_.outcome = "no_coefficients";
    MeasureFit(rss);
  }

  void MeasureFit(double rss) {
    const Design& design = fitted_.design;
    const bool centred = design.has_constant || !design.effects.empty();
    const double mean = centred ? design.y.mean() : 0.0;
    const double total = (design.y.array() - mean).matrix().squaredNorm();
    // What rounding leaves of a constant response is no variation.
    const double floor = 1e-26 * design.y.squaredNorm();
    if (total > floor) {
      result_.r2 = 1.0 - rss / total;
      if (fitted_.residual_df > 0) {
        const auto n = static_cast<double>(design.y.size() - (centred ? 1 : 0));
        result_.adjusted_r2 = 1.0 - rss / total * n / static_cast<double>(fitted_.residual_df);
      }
    }
    const double within = fitted_.y_within.squaredNorm();
    if (!design.effects.empty() && within > floor) result_.r2_within = 1.0 - rss / within;
  }

  void WarnAboutRows() {
    if (result_.missing_row_count > 0) {
      std::string text = std::to_string(result_.missing_row_count) + " of " + std::to_string(result_.row_count) +
                         " rows have a missing value and are left out:";
      const char* separator = " ";
      for (const auto& [column, count] : result_.missing_by_column) {
        text += separator + column + " (" + std::to_string(count) + ")";
        separator = ", ";
      }
      Warn("MISSING_ROWS_DROPPED", text + ".");
    }
    if (result_.singleton_count > 0) {
      Warn("SINGLETONS_DROPPED",
           std::to_string(result_.singleton_count) + " rows are alone in a level of an effect and are left out.");
    }
    std::string collinear;
    for (const TermEstimate& term : result_.terms) {
      if (!term.estimate) collinear += (collinear.empty() ? "" : ", ") + term.name;
    }
    if (!collinear.empty()) {
      Warn("COLLINEAR_TERMS", "Not estimated because collinear with earlier terms or effects: " + collinear + ".");
    }
    if (result_.outcome == "saturated") {
      Warn("SATURATED", "As many parameters as observations: nothing is left to estimate the error from.");
    } else if (fitted_.solution.residuals.isZero(0.0)) {
      Warn("EXACT_FIT", "The terms reproduce the outcome up to rounding; no test is defined.");
    }
  }

  void TestJointly() {
    const InferenceResult& primary = result_.inferences.front();
    if (primary.vcov.size() == 0) return;
    // The constant comes first, so that the slopes are the last rows of the triangular R and can be tested in the
    // coordinates of Q, which nearly collinear regressors do not disturb.
    const Index constants = fitted_.design.has_constant ? 1 : 0;
    const Index slopes = fitted_.parameters() - constants;
    if (slopes <= 0) return;
    const VectorXd rotated = fitted_.solution.r.bottomRightCorner(slopes, slopes).triangularView<Eigen::Upper>() *
                             fitted_.solution.coefficients.tail(slopes);
    result_.joint = WaldTest(rotated, primary.meat.bottomRightCorner(slopes, slopes), primary.df);
    if (!result_.joint) {
      Warn("JOINT_TEST_UNDEFINED", primary.label + ": the variance of the " + std::to_string(slopes) +
                                       " slopes has not full rank; no joint test.");
    }
  }

  void Test(const Hypothesis& hypothesis) {
    const InferenceResult& primary = result_.inferences.front();
    const auto test =
        TestHypothesis(hypothesis, fitted_.solution.kept, fitted_.solution.coefficients, primary.vcov, primary.df,
                       spec_.confidence_level, primary.joint_test);
    if (test) {
      result_.hypotheses.push_back(*test);
    } else {
      Warn("HYPOTHESIS_UNDEFINED", "Not tested: " + hypothesis.text + " (a collinear term or no standard error).");
    }
  }

  Status CollectObservations() {
    Observations observations;
    observations.rows = fitted_.design.rows;
    observations.residuals = fitted_.solution.residuals;
    observations.fitted = fitted_.design.y - fitted_.solution.residuals;
    if (!fitted_.within.empty()) {
      VectorXd rest = fitted_.design.y;
      for (Index k = 0; k < fitted_.parameters(); ++k) {
        rest -=
            fitted_.solution.coefficients(k) * fitted_.design.x.col(fitted_.solution.kept[static_cast<std::size_t>(k)]);
      }
      FARRELL_ASSIGN_OR_RETURN(const std::vector<VectorXd> levels, fitted_.within.Coefficients(rest));
      for (std::size_t e = 0; e < levels.size(); ++e) {
        const Levels& effect = fitted_.design.effects[e].levels;
        for (std::size_t level = 0; level < effect.count(); ++level) {
          observations.effect_levels.push_back(
              {effect.name, effect.labels[level], levels[e](static_cast<Index>(level))});
        }
      }
    }
    result_.observations = std::move(observations);
    return Status::Ok();
  }

  const Panel& panel_;
  const FitSpec& spec_;
  const Environment& environment_;
  std::vector<InferenceSpec> inferences_;
  Fitted fitted_;
  FitResult result_;
};

}  // namespace

std::ptrdiff_t FitResult::FindTerm(const std::string& name) const {
  for (std::size_t k = 0; k < terms.size(); ++k) {
    if (terms[k].name == name) return static_cast<std::ptrdiff_t>(k);
  }
  return -1;
}

Result<std::vector<InferenceSpec>> ResolveInferences(const Panel& panel, const Formula& formula,
                                                     const std::vector<InferenceSpec>& asked,
                                                     std::vector<Warning>& warnings) {
  std::vector<InferenceSpec> resolved = asked;
  if (resolved.empty()) resolved.emplace_back();
  Violations violations;
  for (std::size_t k = 0; k < resolved.size(); ++k) {
    InferenceSpec& inference = resolved[k];
    const std::string field = "inferences[" + std::to_string(k) + "]";
    if (inference.ssc.empty()) inference.ssc = kDefaultSsc;
    if (!IsSscPreset(inference.ssc)) violations.Add(field + ".ssc", "'" + inference.ssc + "' is not a preset");
    if (inference.ssc == "clubsandwich" && inference.type != InferenceType::kCr3 &&
        inference.type != InferenceType::kDefault) {
      violations.Add(field + ".ssc", "clubsandwich is for cr3 only");
    }
    if (inference.type == InferenceType::kDefault) {
      if (inference.cluster.empty()) inference.cluster = DefaultCluster(panel, formula);
      inference.type = inference.cluster.empty() ? InferenceType::kHc3 : InferenceType::kCr3;
      warnings.push_back({"DEFAULT_INFERENCE", "No standard errors were asked for; they are " +
                                                   InferenceLabel(inference) + "."});
    } else if (IsClustered(inference.type) && inference.cluster.empty()) {
      inference.cluster = DefaultCluster(panel, formula);
      if (inference.cluster.empty()) {
        violations.Add(field + ".cluster",
                       "name the cluster column, e.g. cr3:province; the table has no unit to cluster by");
      }
    } else if (!IsClustered(inference.type) && !inference.cluster.empty()) {
      violations.Add(field + ".cluster", "iid, hc1 and hc3 take no cluster");
    }
    if (inference.type == InferenceType::kWild) {
      if (inference.draws == 0) inference.draws = 9999;
      if (inference.draws < 99 || inference.draws > 999999)
        violations.Add(field + ".draws", "must lie in [99, 999999]");
    }
  }
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish("INFERENCE_INVALID", "the standard errors asked for are not valid"));
  return resolved;
}

Result<FitResult> FitDesign(const Panel& panel, const FitSpec& spec, DesignOptions options,
                            const Environment& environment) {
  return Reporter(panel, spec, environment).Run(std::move(options));
}

Result<FitResult> Fit(const Panel& panel, const FitSpec& spec, const Environment& environment) {
  return FitDesign(panel, spec, {}, environment);
}

}  // namespace farrell::regression
