#include "services/regression/engine/fit.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/text/nearest.h"
#include "services/regression/engine/fit_description.h"
#include "services/regression/engine/margins.h"
#include "services/regression/engine/resolve_inference.h"
#include "services/regression/engine/term_inference.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Status CheckEffects(Estimator kind, const Formula& formula) {
  if (kind == Estimator::kOls && !formula.effects.empty()) {
    return InvalidArgument("ESTIMATOR_INVALID",
                           "the estimator ols takes no effects; use within, or write them as i(column)")
        .WithViolations({{"estimator", "ols, but the formula has effects after `|`"}});
  }
  if (kind == Estimator::kWithin && formula.effects.empty()) {
    return InvalidArgument("ESTIMATOR_INVALID",
                           "the estimator within needs effects; add e.g. `| unit + time` to the formula")
        .WithViolations({{"estimator", "within, but the formula has no effects after `|`"}});
  }
  return Status::Ok();
}

bool UsesPanelKeys(const EstimatorSpec& spec, const std::vector<InferenceSpec>& inferences) {
  if (spec.kind != Estimator::kOls && spec.kind != Estimator::kWithin && !IsInstrumental(spec.kind)) return true;
  return std::any_of(inferences.begin(), inferences.end(), [](const InferenceSpec& inference) {
    return inference.type == InferenceType::kDriscollKraay || inference.type == InferenceType::kNeweyWest ||
           inference.type == InferenceType::kPcse;
  });
}

void AddOnce(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// Scale parameters of likelihoods are coefficients, not slopes.
bool IsSlope(const std::string& name) {
  return name != kConstantName && name != "log(sigma)" && name != "log(sigma_u)";
}

class Reporter {
 public:
  Reporter(const Panel& panel, const FitSpec& spec, const Environment& environment)
      : panel_(panel), spec_(spec), environment_(environment) {}

  Result<EstimatedFit> Run(DesignOptions options) {
    EstimatorSpec estimator = spec_.estimator;
    if (estimator.kind == Estimator::kDefault) estimator.kind = DefaultEstimator(spec_.formula);
    FARRELL_RETURN_IF_ERROR(CheckEffects(estimator.kind, spec_.formula));
    FARRELL_ASSIGN_OR_RETURN(
        inferences_, ResolveInferences(panel_, spec_.formula, estimator.kind, spec_.inferences, result_.warnings));
    FARRELL_ASSIGN_OR_RETURN(const std::vector<MarginRequest> margins, ParseMargins(spec_.margins, spec_.formula));
    Complete(options, estimator);
    FARRELL_ASSIGN_OR_RETURN(Design design, BuildDesign(panel_, spec_.formula, options));
    FARRELL_ASSIGN_OR_RETURN(const std::vector<Hypothesis> hypotheses, ParseHypotheses(spec_.hypotheses, design.names));
    FARRELL_RETURN_IF_ERROR(CheckQuestions(design.names));
    std::vector<MarginForm> forms;
    for (const MarginRequest& margin : margins) {
      FARRELL_ASSIGN_OR_RETURN(std::vector<MarginForm> found, ComputeMargins(panel_, spec_.formula, design, margin));
      std::move(found.begin(), found.end(), std::back_inserter(forms));
    }
    if (environment_.stop.stop_requested()) return Cancelled();
    FARRELL_ASSIGN_OR_RETURN(fitted_, Estimate(std::move(design), estimator, environment_));
    if (environment_.stop.stop_requested()) return Cancelled();
    DescribeFit(fitted_, spec_, inferences_.front(), result_);
    FARRELL_RETURN_IF_ERROR(Infer());
    TestJointly();
    for (const Hypothesis& hypothesis : hypotheses) Test(hypothesis);
    AddPartialEffects();
    for (const MarginForm& form : forms) FARRELL_RETURN_IF_ERROR(AddMargin(form));
    AnswerQuestions();
    FARRELL_RETURN_IF_ERROR(Diagnose());
    if (spec_.observations) {
      FARRELL_ASSIGN_OR_RETURN(result_.observations, ObserveFit(fitted_));
    }
    if (!spec_.leave_one_out.empty()) FARRELL_RETURN_IF_ERROR(LeaveOneOut(options));
    return EstimatedFit{std::move(result_), std::move(fitted_)};
  }

 private:
  void Warn(std::string code, std::string text) { result_.warnings.push_back({std::move(code), std::move(text)}); }

  const InferenceResult& primary() const { return result_.inferences.front(); }

  void Complete(DesignOptions& options, const EstimatorSpec& estimator) const {
    for (const InferenceSpec& inference : inferences_) {
      if (IsClustered(inference.type)) AddOnce(options.classifications, inference.cluster);
      for (const std::string& cluster : inference.further_clusters) AddOnce(options.classifications, cluster);
    }
    AddOnce(options.classifications, spec_.leave_one_out);
    options.weights = spec_.weights;
    options.panel_keys = options.panel_keys || UsesPanelKeys(estimator, inferences_);
  }

  Status CheckQuestions(const std::vector<std::string>& names) const {
    Violations violations;
    for (std::size_t k = 0; k < spec_.design.size(); ++k) {
      const std::string& term = spec_.design[k].term;
      if (std::find(names.begin(), names.end(), term) != names.end()) continue;
      violations.Add("design[" + std::to_string(k) + "].term",
                     "'" + term + "' is not a term of the formula" + text::DidYouMean(term, names));
    }
    return std::move(violations).Finish("DESIGN_INVALID", "the design is asked about terms that the formula has not");
  }

  Status Infer() {
    for (const InferenceSpec& inference : inferences_) {
      std::vector<InferenceResult> computed;
      if (inference.ssc == kAllPresets) {
        FARRELL_ASSIGN_OR_RETURN(computed, ComputeUnderAllPresets(fitted_, inference, spec_.confidence_level,
                                                                  environment_, result_.warnings));
      } else {
        FARRELL_ASSIGN_OR_RETURN(InferenceResult one, ComputeInference(fitted_, inference, spec_.confidence_level,
                                                                       environment_, result_.warnings));
        computed.push_back(std::move(one));
      }
      for (InferenceResult& one : computed) {
        one.seed = inference.seed;
        result_.inferences.push_back(std::move(one));
      }
    }
    return Status::Ok();
  }

  void TestJointly() {
    if (primary().vcov.size() == 0) return;
    std::vector<Index> slopes;
    for (std::size_t k = 0; k < fitted_.solution.kept.size(); ++k) {
      const auto column = static_cast<std::size_t>(fitted_.solution.kept[k]);
      if (IsSlope(fitted_.design.names[column])) slopes.push_back(static_cast<Index>(k));
    }
    if (slopes.empty()) return;
    result_.joint = JointTestOf(slopes);
    if (!result_.joint) {
      Warn("JOINT_TEST_UNDEFINED", primary().label + ": the variance of the " + std::to_string(slopes.size()) +
                                       " slopes has not full rank; no joint test.");
    }
  }

  std::optional<JointTest> JointTestOf(const std::vector<Index>& slopes) const {
    const auto count = static_cast<Index>(slopes.size());
    if (primary().joint_test) {
      MatrixXd restrictions = MatrixXd::Zero(count, fitted_.parameters());
      for (Index k = 0; k < count; ++k) restrictions(k, slopes[static_cast<std::size_t>(k)]) = 1.0;
      return primary().joint_test(restrictions, VectorXd::Zero(count));
    }
    if (slopes.back() + 1 < fitted_.parameters()) {
      return WaldTest(fitted_.solution.coefficients(slopes), primary().vcov(slopes, slopes), primary().df);
    }
    // The slopes are the last rows of the triangular R and can be tested in the coordinates of Q, which nearly
    // collinear regressors do not disturb.
    const VectorXd rotated = fitted_.solution.r.bottomRightCorner(count, count).triangularView<Eigen::Upper>() *
                             fitted_.solution.coefficients.tail(count);
    return WaldTest(rotated, primary().meat.bottomRightCorner(count, count), primary().df);
  }

  std::optional<HypothesisTest> Tested(const Hypothesis& hypothesis) const {
    return TestHypothesis(hypothesis, fitted_.solution.kept, fitted_.solution.coefficients, primary().vcov,
                          primary().df, spec_.confidence_level, primary().joint_test);
  }

  void Test(const Hypothesis& hypothesis) {
    if (auto test = Tested(hypothesis)) {
      result_.hypotheses.push_back(std::move(*test));
    } else {
      Warn("HYPOTHESIS_UNDEFINED", "Not tested: " + hypothesis.text + ": " +
                                       WhyUndefined(hypothesis, fitted_.design.names, fitted_.solution.kept,
                                                    fitted_.solution.coefficients, primary().vcov, primary().df) +
                                       ".");
    }
  }

  void AddPartialEffects() {
    for (std::size_t k = 0; k < fitted_.effect_names.size(); ++k) {
      const auto row = static_cast<Index>(k);
      const double estimate = fitted_.average_effects(row);
      result_.partial_effects.push_back(
          {fitted_.effect_names[k], estimate,
           InferenceOf(estimate, fitted_.effect_gradient.row(row).transpose(), primary(), spec_.confidence_level)});
    }
  }

  Status AddMargin(MarginForm form) {
    // Terms that an estimator adds behind those of the formula (unit means, scales) are no part of a margin.
    const Index formula_terms = form.weights.size();
    form.weights.conservativeResize(static_cast<Index>(fitted_.design.names.size()));
    form.weights.tail(form.weights.size() - formula_terms).setZero();
    FARRELL_ASSIGN_OR_RETURN(const std::optional<VectorXd> weights, EstimableWeights(fitted_, form.weights));
    if (!weights) {
      Warn("MARGIN_UNDEFINED", "The rows cannot tell apart the parts of the margin " + form.text +
                                   (form.level.empty() ? "" : " (" + form.level + ")") + ": collinear terms.");
      return Status::Ok();
    }
    const auto test = Tested(MarginHypothesis(form, *weights, fitted_.solution.kept));
    Margin margin;
    margin.text = form.text;
    margin.variable = form.variable;
    margin.level = form.level;
    margin.observation_count = form.observation_count;
    margin.estimate = weights->dot(fitted_.solution.coefficients);
    if (test) margin.inference = InferenceOf(margin.estimate, test->std_error, test->df, spec_.confidence_level);
    result_.margins.push_back(std::move(margin));
    return Status::Ok();
  }

  void AnswerQuestions() {
    for (const DesignQuestion& question : spec_.design) {
      const std::ptrdiff_t term = result_.FindTerm(question.term);
      const TermInference none;
      const TermInference& inference =
          term < 0 || primary().terms.empty() ? none : primary().terms[static_cast<std::size_t>(term)];
      if (!inference.std_error || !(*inference.std_error > 0.0)) {
        Warn("DESIGN_UNDEFINED", "No standard error of " + question.term + ", so that nothing is said about power.");
        continue;
      }
      result_.design.push_back(AnalyseDesign(question, *inference.std_error, inference.df.value_or(primary().df)));
    }
  }

  Status Diagnose() {
    if (IsInstrumental(fitted_.estimator.kind)) {
      FARRELL_ASSIGN_OR_RETURN(
          result_.instruments,
          DiagnoseInstruments(fitted_, inferences_.front(), spec_.confidence_level, environment_, result_.warnings));
    }
    if (!spec_.cluster_diagnostics) return Status::Ok();
    const std::string& cluster = inferences_.front().cluster;
    if (cluster.empty() || !IsLeastSquares(fitted_.estimator.kind)) {
      Warn("NO_CLUSTER_DIAGNOSTICS", "Diagnostics of clusters need least squares and a clustered primary inference.");
      return Status::Ok();
    }
    FARRELL_ASSIGN_OR_RETURN(result_.cluster_diagnostics,
                             DiagnoseClusters(fitted_, fitted_.design.classifications.at(cluster), environment_.stop));
    result_.diagnosed_cluster = cluster;
    return Status::Ok();
  }

  // The whole model again without every level, with the primary inference only.
  Status LeaveOneOut(const DesignOptions& options) {
    FitSpec spec = spec_;
    spec.inferences = {inferences_.front()};
    if (spec.inferences.front().ssc == kAllPresets) spec.inferences.front().ssc = InferenceSpec().ssc;
    spec.hypotheses.clear();
    spec.margins.clear();
    spec.design.clear();
    spec.leave_one_out.clear();
    spec.observations = false;
    spec.cluster_diagnostics = false;
    const Levels levels = fitted_.design.classifications.at(spec_.leave_one_out);
    const std::vector<std::size_t> rows = fitted_.design.rows;
    for (std::size_t level = 0; level < levels.count(); ++level) {
      if (environment_.stop.stop_requested()) return Cancelled();
      if (environment_.progress) {
        environment_.progress(static_cast<std::int64_t>(level), static_cast<std::int64_t>(levels.count()));
      }
      DesignOptions part = options;
      part.use_subset = true;
      part.subset.clear();
      for (std::size_t k = 0; k < rows.size(); ++k) {
        if (levels.ids[k] != static_cast<std::int32_t>(level)) part.subset.push_back(rows[k]);
      }
      Environment quiet = environment_;
      quiet.progress = nullptr;
      Result<FitResult> fit = FitDesign(panel_, spec, part, quiet);
      if (!fit.ok() && fit.status().code() != Code::kFailedPrecondition) return fit.status();
      LeaveOneOutFit left{levels.labels[level], {}, fit.ok() ? fit->observation_count : 0};
      for (const TermEstimate& term : result_.terms) left.terms.push_back(Find(fit, term.name));
      result_.leave_one_out.push_back(std::move(left));
    }
    return Status::Ok();
  }

  static PartialEffect Find(const Result<FitResult>& fit, const std::string& name) {
    PartialEffect found{name, std::nullopt, {}};
    const std::ptrdiff_t position = fit.ok() ? fit->FindTerm(name) : -1;
    if (position < 0) return found;
    const auto index = static_cast<std::size_t>(position);
    found.estimate = fit->terms[index].estimate;
    found.inference = fit->inferences.front().terms[index];
    return found;
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

Result<EstimatedFit> EstimateDesign(const Panel& panel, const FitSpec& spec, DesignOptions options,
                                    const Environment& environment) {
  return Reporter(panel, spec, environment).Run(std::move(options));
}

Result<FitResult> FitDesign(const Panel& panel, const FitSpec& spec, DesignOptions options,
                            const Environment& environment) {
  FARRELL_ASSIGN_OR_RETURN(EstimatedFit fit, EstimateDesign(panel, spec, std::move(options), environment));
  return std::move(fit.result);
}

Result<FitResult> Fit(const Panel& panel, const FitSpec& spec, const Environment& environment) {
  return FitDesign(panel, spec, {}, environment);
}

}  // namespace farrell::regression
