#include "services/regression/engine/curve/curve.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "services/regression/engine/curve/curve_checks.h"
#include "services/regression/engine/resolve_inference.h"
#include "services/regression/engine/wild_bootstrap_forms.h"

namespace farrell::regression {
namespace {

// Models worked on between two reports of progress.
constexpr std::int64_t kBatch = 16;
// Samples that are left out of a curve do not end it; whatever else goes wrong does.
bool IsUndefined(const Status& status) {
  return status.reason() == "NO_OBSERVATIONS" || status.reason() == "NOT_IDENTIFIED";
}

// What is kept of one model between fitting it and drawing from it.
struct FittedModel {
  std::vector<CurveEntry> entries;
  std::vector<Warning> warnings;
  // Column of the term; unset: not estimated.
  std::optional<std::size_t> column;
  // Labels of the clusters of the joint test; no ids.
  Levels clusters;
  std::optional<CurveDraws> draws;
};

class CurveFitter {
 public:
  CurveFitter(const Panel& panel, const CurveSpec& spec, const Environment& environment)
      : panel_(panel), spec_(spec), environment_(environment) {}

  Result<CurveResult> Run() {
    FARRELL_RETURN_IF_ERROR(CheckCurve(spec_));
    FARRELL_ASSIGN_OR_RETURN(sample_rows_, RowsOfSamples(panel_, spec_));
    result_.models = EnumerateModels(spec_);
    models_.resize(result_.models.size());
    draws_ = spec_.joint_test && IsLeastSquares(spec_);
    passes_ = draws_ ? 2 : 1;
    cluster_ = JointCluster();
    FARRELL_RETURN_IF_ERROR(ForAllModels(0, [this](std::size_t m) { return FitModel(m); }));
    Collect();
    result_.summary = SummariseCurve(result_.entries, spec_.confidence_level);
    if (spec_.joint_test) FARRELL_RETURN_IF_ERROR(TestJointly());
    return std::move(result_);
  }

 private:
  std::string JointCluster() const {
    if (!draws_) return {};
    if (!spec_.joint_cluster.empty()) return spec_.joint_cluster;
    for (const InferenceSpec& inference : spec_.inferences) {
      if (IsClustered(inference.type) && !inference.cluster.empty()) return inference.cluster;
    }
    return panel_.unit_key;
  }

  // Batches of models, perhaps at the same time; the first error in the order of the models counts.
  Status ForAllModels(std::int64_t pass, const std::function<Status(std::size_t model)>& work) {
    const auto count = static_cast<std::int64_t>(models_.size());
    for (std::int64_t start = 0; start < count; start += kBatch) {
      const std::int64_t size = std::min(kBatch, count - start);
      std::vector<Status> statuses(static_cast<std::size_t>(size));
      const auto piece = [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) {
          statuses[static_cast<std::size_t>(k)] = work(static_cast<std::size_t>(start + k));
        }
      };
      if (environment_.parallel) {
        environment_.parallel(size, piece);
      } else {
        piece(0, size);
      }
      if (environment_.stop.stop_requested()) return Cancelled();
      for (Status& status : statuses) FARRELL_RETURN_IF_ERROR(std::move(status));
      if (environment_.progress) environment_.progress(pass * count + start + size, passes_ * count);
    }
    return Status::Ok();
  }

  Environment Quiet() const {
    Environment quiet;
    quiet.stop = environment_.stop;
    return quiet;
  }

  Result<FitSpec> SpecOf(const CurveModel& model) const {
    FitSpec spec;
    FARRELL_ASSIGN_OR_RETURN(spec.formula, ParseFormula(model.formula));
    spec.estimator = spec_.estimator;
    if (IsPlain(spec.estimator.kind)) spec.estimator.kind = DefaultEstimator(spec.formula);
    spec.inferences = spec_.inferences;
    spec.confidence_level = spec_.confidence_level;
    if (model.weights != kNoWeights) spec.weights = model.weights;
    return spec;
  }

  DesignOptions OptionsOf(std::size_t m) const {
    DesignOptions options;
    options.use_subset = true;
    options.subset = sample_rows_[m / spec_.weights.size() % spec_.samples.size()];
    if (!cluster_.empty()) options.classifications.push_back(cluster_);
    return options;
  }

  // The design of the joint test: the rows of the fit.
  Result<Design> DesignOf(std::size_t m, const FitSpec& spec) const {
    DesignOptions options = OptionsOf(m);
    for (const InferenceSpec& inference : spec.inferences) {
      if (IsClustered(inference.type)) AddOnce(options.classifications, inference.cluster);
      for (const std::string& cluster : inference.further_clusters) AddOnce(options.classifications, cluster);
    }
    options.weights = spec.weights;
    return BuildDesign(panel_, spec.formula, options);
  }

  static void AddOnce(std::vector<std::string>& names, const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  Status FitModel(std::size_t m) {
    const CurveModel& model = result_.models[m];
    FittedModel& slot = models_[m];
    FARRELL_ASSIGN_OR_RETURN(const FitSpec spec, SpecOf(model));
    Result<FitResult> fit = FitDesign(panel_, spec, OptionsOf(m), Quiet());
    if (!fit.ok()) {
      if (!IsUndefined(fit.status())) return Named(fit.status(), model);
      slot.entries.resize(spec_.inferences.size());
      for (std::size_t k = 0; k < slot.entries.size(); ++k) {
        slot.entries[k].inference = InferenceLabel(spec_.inferences[k]);
        slot.entries[k].undefined = fit.status().message();
      }
      return Status::Ok();
    }
    FARRELL_RETURN_IF_ERROR(Enter(model, *fit, slot));
    slot.warnings = std::move(fit->warnings);
    if (!slot.column || !draws_ || cluster_.empty()) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(Design design, DesignOf(m, spec));
    slot.clusters = std::move(design.classifications.at(cluster_));
    slot.clusters.ids.clear();
    return Status::Ok();
  }

  // Errors name the model and keep their reason and fields.
  static Status Named(const Status& status, const CurveModel& model) {
    if (status.code() == Code::kCancelled) return status;
    Status named(status.code(), status.reason(), model.formula + " (" + model.sample.name + "): " + status.message());
    for (const auto& [key, value] : status.metadata()) named.With(key, value);
    return std::move(named).WithViolations(status.violations());
  }

  Status Enter(const CurveModel& model, const FitResult& fit, FittedModel& slot) const {
    const std::ptrdiff_t found = FindPrinted(fit, model.term);
    if (found < 0) {
      std::string names;
      for (const TermEstimate& term : fit.terms) names += (names.empty() ? "" : ", ") + term.name;
      return InvalidArgument("CURVE_INVALID",
                             "'" + model.term + "' is not one printed term of " + model.formula + ": " + names)
          .WithViolations({{"terms", "'" + model.term + "' is not one printed term of " + model.formula}});
    }
    const auto column = static_cast<std::size_t>(found);
    if (fit.terms[column].estimate) slot.column = column;
    for (const InferenceResult& inference : fit.inferences) {
      CurveEntry entry;
      entry.inference = inference.label;
      entry.observation_count = fit.observation_count;
      entry.cluster_count = inference.cluster_count;
      entry.estimate = fit.terms[column].estimate;
      if (column < inference.terms.size()) entry.term_inference = inference.terms[column];
      if (!entry.estimate) {
        entry.undefined = "collinear with the other terms or the effects";
      } else if (!entry.term_inference.p_value) {
        entry.undefined = "no standard error: too few clusters or degrees of freedom";
      }
      slot.entries.push_back(std::move(entry));
    }
    return Status::Ok();
  }

  static std::ptrdiff_t FindPrinted(const FitResult& fit, const std::string& term) {
    for (std::size_t k = 0; k < fit.terms.size(); ++k) {
      if (CompactText(fit.terms[k].name) == CompactText(term)) return static_cast<std::ptrdiff_t>(k);
    }
    return -1;
  }

  void Collect() {
    std::map<std::pair<std::string, std::string>, std::int64_t> counts;
    std::vector<Warning> warnings;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      for (CurveEntry& entry : models_[m].entries) {
        entry.model = m;
        result_.entries.push_back(std::move(entry));
      }
      for (Warning& warning : models_[m].warnings) {
        if (++counts[{warning.code, warning.text}] == 1) warnings.push_back(std::move(warning));
      }
    }
    for (Warning& warning : warnings) {
      const std::int64_t count = counts[{warning.code, warning.text}];
      if (models_.size() > 1) {
        warning.text += " (" + std::to_string(count) + " of " + std::to_string(models_.size()) + " models)";
      }
      result_.warnings.push_back(std::move(warning));
    }
  }

  Status TestJointly() {
    CurveJointTest& test = result_.joint_test.emplace();
    test.cluster = cluster_;
    test.seed = spec_.seed;
    if (!draws_) {
      test.excluded_model_count = static_cast<std::int64_t>(models_.size());
      test.undefined = "the joint test is of least squares; with another estimator there is none";
      return Status::Ok();
    }
    std::vector<WildModel> clustered;
    for (const FittedModel& model : models_) clustered.push_back({nullptr, &model.clusters});
    const ClusterUnion clusters = JoinClusters(clustered);
    test.cluster_count = clusters.count;
    test.excluded_model_count = static_cast<std::int64_t>(models_.size());
    if (clusters.count < 2) {
      test.undefined =
          cluster_.empty() ? "there is no unit key; name a cluster column" : "fewer than two clusters by " + cluster_;
      return Status::Ok();
    }
    const ClusterWeights weights(clusters.count, BootstrapWeights::kDefault, spec_.draws, spec_.seed);
    test.draws = weights.draws();
    test.weights = weights.weights();
    test.enumerated = weights.enumerated();
    FARRELL_RETURN_IF_ERROR(ForAllModels(1, [&](std::size_t m) { return DrawModel(m, clusters.numbers[m], weights); }));
    std::vector<CurveDraws> draws;
    for (FittedModel& model : models_) {
      if (model.draws) draws.push_back(std::move(*model.draws));
    }
    test.model_count = static_cast<std::int64_t>(draws.size());
    test.excluded_model_count -= test.model_count;
    if (draws.empty()) {
      test.undefined = "no model has an estimate with a standard error clustered by " + cluster_;
      return Status::Ok();
    }
    FARRELL_ASSIGN_OR_RETURN(test.statistics, TestCurve(draws, 1.0 - spec_.confidence_level, environment_));
    return Status::Ok();
  }

  Status DrawModel(std::size_t m, const std::vector<std::int32_t>& numbers, const ClusterWeights& weights) {
    FittedModel& slot = models_[m];
    if (!slot.column || slot.clusters.count() < 2) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(const FitSpec spec, SpecOf(result_.models[m]));
    FARRELL_ASSIGN_OR_RETURN(Design design, DesignOf(m, spec));
    const Environment quiet = Quiet();
    FARRELL_ASSIGN_OR_RETURN(const Fitted fitted, Estimate(std::move(design), spec.estimator, quiet));
    FARRELL_ASSIGN_OR_RETURN(slot.draws, DrawCurveModel(fitted, cluster_, numbers, *slot.column, weights, quiet));
    return Status::Ok();
  }

  const Panel& panel_;
  const CurveSpec& spec_;
  const Environment& environment_;
  std::vector<std::vector<std::size_t>> sample_rows_;
  std::string cluster_;
  // The joint test draws from every model.
  bool draws_ = false;
  std::int64_t passes_ = 1;
  std::vector<FittedModel> models_;
  CurveResult result_;
};

}  // namespace

Result<CurveResult> FitCurve(const Panel& panel, const CurveSpec& spec, const Environment& environment) {
  return CurveFitter(panel, spec, environment).Run();
}

}  // namespace farrell::regression
