#include "services/regression/engine/compare.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "services/regression/engine/compare/cautions.h"
#include "services/regression/engine/compare/contrasts.h"
#include "services/regression/engine/compare/evidence.h"
#include "services/regression/engine/compare/models.h"
#include "services/regression/engine/compare/orders.h"
#include "services/regression/engine/compare/pooled_slope.h"
#include "services/regression/engine/compare/terms.h"
#include "services/regression/engine/inference_request.h"
#include "services/regression/engine/resolve_inference.h"
#include "services/regression/engine/term_inference.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool IsPermutation(InferenceType type) {
  return type == InferenceType::kPermutation || type == InferenceType::kPermutationRaw;
}

class Comparison {
 public:
  Comparison(const Panel& panel, const CompareSpec& spec, const Environment& environment)
      : panel_(panel), spec_(spec), environment_(environment) {
    compared_.spec = &spec;
    compared_.equation_count = std::max<std::size_t>(spec.equations.size(), 1);
  }

  Result<CompareResult> Run() {
    result_.by = spec_.by;
    result_.interact = spec_.interact;
    for (const Equation& equation : spec_.equations) result_.equations.push_back(equation.name);
    FARRELL_RETURN_IF_ERROR(FindRows());
    FARRELL_RETURN_IF_ERROR(FindInferences());
    FARRELL_RETURN_IF_ERROR(FitPooled());
    FARRELL_ASSIGN_OR_RETURN(result_.terms, ChooseTerms(compared_));
    FARRELL_RETURN_IF_ERROR(FitGroups());
    std::vector<ComparedModel> interacted;
    if (HasGroups()) {
      FARRELL_ASSIGN_OR_RETURN(interacted, FitInteracted());
    }
    std::vector<ComparedCell> separate = CellsOfGroups();
    std::vector<ComparedCell> shared = HasGroups() ? CellsOfInteracted(interacted) : separate;
    const bool everything = spec_.interact == Interact::kEverything || !HasGroups();
    SetDegreesOfFreedom();
    if (HasGroups()) {
      CompareInteractions(compared_, everything ? separate : shared, everything ? shared : separate, result_);
    }
    compared_.cells = everything ? std::move(separate) : std::move(shared);
    compared_.models = everything ? std::move(group_models_) : std::move(interacted);
    DescribeCells();
    if (HasGroups() && spec_.equations.empty()) SplitPooledSlopes();
    FARRELL_RETURN_IF_ERROR(Gather());
    FlagStars(sides_, compared_.term_count, result_);
    WarnAboutClusters();
    if (!everything) {
      Warn("INTERACT_X_ONLY",
           "Only the compared terms differ by " + spec_.by +
               "; other slopes and effects are shared, so that these are not the estimates of separate fits.");
    }
    return std::move(result_);
  }

 private:
  void Warn(std::string code, std::string text) { result_.warnings.push_back({std::move(code), std::move(text)}); }
  bool HasGroups() const { return !spec_.by.empty(); }

  // Rows of every equation, and of every group in it.
  Status FindRows() {
    std::vector<std::size_t> rows;
    if (!HasGroups()) {
      for (std::size_t row = 0; row < panel_.size(); ++row) rows.push_back(row);
      labels_.push_back("");
      group_of_row_.assign(panel_.size(), 0);
    } else {
      const std::vector<char> present = PresentCells(panel_, spec_.by);
      for (std::size_t row = 0; row < panel_.size(); ++row) {
        if (present[row] != 0) rows.push_back(row);
      }
      FARRELL_ASSIGN_OR_RETURN(const Levels levels, ClassifyRows(panel_, spec_.by, rows));
      labels_ = levels.labels;
      group_of_row_.assign(panel_.size(), -1);
      for (std::size_t k = 0; k < rows.size(); ++k) group_of_row_[rows[k]] = levels.ids[k];
      if (rows.size() < panel_.size()) {
        Warn("GROUP_MISSING",
             std::to_string(panel_.size() - rows.size()) + " rows have no " + spec_.by + " and are left out.");
      }
      if (labels_.size() < 2) {
        return FailedPrecondition("TOO_FEW_GROUPS",
                                  "the column " + spec_.by + " has fewer than two groups in the rows used");
      }
      if (labels_.size() > kMostGroups) {
        return FailedPrecondition("TOO_MANY_GROUPS",
                                  "the column " + spec_.by + " has " + std::to_string(labels_.size()) +
                                      " groups; at most " + std::to_string(kMostGroups) +
                                      " are compared: name a column of groups, or make one of classes");
      }
    }
    for (std::size_t e = 0; e < compared_.equation_count; ++e) {
      FARRELL_ASSIGN_OR_RETURN(std::vector<std::size_t> kept, RowsOfEquation(e));
      equation_rows_.push_back(std::move(kept));
    }
    return Status::Ok();
  }

  Result<std::vector<std::size_t>> RowsOfEquation(std::size_t e) const {
    std::vector<std::size_t> rows;
    const std::string where = spec_.equations.empty() ? "" : spec_.equations[e].where;
    const PanelColumn* column = where.empty() ? nullptr : FindColumn(panel_, where);
    if (!where.empty() && (column == nullptr || column->is_text)) {
      return InvalidArgument("COMPARE_INVALID", "the rows of an equation cannot be told")
          .WithViolations({{"equations[" + std::to_string(e) + "].where", "'" + where + "' is not a condition"}});
    }
    for (std::size_t row = 0; row < panel_.size(); ++row) {
      if (column != nullptr && !(std::isfinite(column->numbers[row]) && column->numbers[row] != 0.0)) continue;
      rows.push_back(row);
    }
    return rows;
  }

  FitSpec SpecOf(std::size_t e) const {
    FitSpec spec = spec_.fit;
    if (!spec_.equations.empty()) spec.formula = spec_.equations[e].formula;
    spec.inferences = fit_inferences_;
    return spec;
  }

  // One model has all cells.
  bool OneModel() const { return HasGroups() && spec_.interact == Interact::kTermsOnly && spec_.equations.empty(); }

  Status CheckInferences() const {
    Violations violations;
    for (std::size_t k = 0; k < spec_.fit.inferences.size(); ++k) {
      const InferenceSpec& inference = spec_.fit.inferences[k];
      const std::string field = "inferences[" + std::to_string(k) + "]";
      if (IsPermutation(inference.type) && !HasGroups()) {
        violations.Add(field + ".type", "permutation moves clusters between groups, and there are none");
      }
      if (inference.type == InferenceType::kPcse && !OneModel()) {
        violations.Add(field + ".type",
                       "PCSE relates the units of one fit, not those of several; use dk, or clusters by unit and time");
      }
    }
    return std::move(violations).Finish("INFERENCE_INVALID", "the standard errors asked for are not valid");
  }

  // The correction "all": every preset that has a meaning for the type, one after another.
  void ExpandPresets(bool effects, std::vector<InferenceSpec>& asked) {
    std::vector<InferenceSpec> resolved;
    std::vector<InferenceSpec> expanded;
    for (std::size_t k = 0; k < asked.size(); ++k) {
      const InferenceSpec& inference = compared_.inferences[k];
      std::vector<std::string> presets(1, inference.ssc);
      if (inference.ssc == kAllPresets) presets = ApplicablePresets(effects, inference);
      for (const std::string& preset : presets) {
        resolved.push_back(inference);
        resolved.back().ssc = preset;
        expanded.push_back(asked[k]);
        expanded.back().ssc = preset;
      }
    }
    compared_.inferences = std::move(resolved);
    asked = std::move(expanded);
  }

  Status FindInferences() {
    FARRELL_RETURN_IF_ERROR(CheckInferences());
    const Formula& formula = spec_.equations.empty() ? spec_.fit.formula : spec_.equations[0].formula;
    EstimatorSpec estimator = spec_.fit.estimator;
    if (estimator.kind == Estimator::kDefault) estimator.kind = DefaultEstimator(formula);
    std::vector<Warning> unheard;
    FARRELL_ASSIGN_OR_RETURN(compared_.inferences,
                             ResolveInferences(panel_, formula, estimator.kind, spec_.fit.inferences, unheard));
    // As asked, so that the fits say what was filled in.
    std::vector<InferenceSpec> asked = spec_.fit.inferences;
    if (asked.empty()) asked.emplace_back();
    ExpandPresets(!formula.effects.empty(), asked);
    for (std::size_t k = 0; k < compared_.inferences.size(); ++k) {
      const InferenceSpec& inference = compared_.inferences[k];
      names_.push_back(inference.cluster);
      names_.insert(names_.end(), inference.further_clusters.begin(), inference.further_clusters.end());
      compared_.places.emplace_back();
      if (IsPermutation(inference.type)) continue;
      compared_.places.back() = fit_inferences_.size();
      fit_inferences_.push_back(asked[k]);
    }
    // What the fits have where only permutations are asked for.
    const bool alone = fit_inferences_.empty();
    FARRELL_ASSIGN_OR_RETURN(const std::vector<InferenceSpec> standard,
                             ResolveInferences(panel_, formula, estimator.kind, fit_inferences_, unheard));
    if (alone) names_.push_back(standard.front().cluster);
    names_.push_back(spec_.by);
    return Status::Ok();
  }

  Status FitPooled() {
    for (std::size_t e = 0; e < compared_.equation_count; ++e) {
      DesignOptions options;
      options.use_subset = true;
      options.subset = equation_rows_[e];
      if (HasGroups()) options.classifications.push_back(spec_.by);
      FARRELL_ASSIGN_OR_RETURN(ComparedModel model, EstimateCompared(panel_, SpecOf(e), options, names_, environment_));
      compared_.pooled.push_back(std::move(model));
    }
    result_.pooled = compared_.pooled.front().fit;
    return Status::Ok();
  }

  std::vector<std::size_t> RowsOf(std::size_t e, std::size_t label) const {
    std::vector<std::size_t> rows;
    for (const std::size_t row : equation_rows_[e]) {
      if (group_of_row_[row] == static_cast<std::int32_t>(label)) rows.push_back(row);
    }
    return rows;
  }

  // Groups that every equation can be fitted to.
  Status FitGroups() {
    std::vector<std::vector<ComparedModel>> fits(compared_.equation_count);
    for (std::size_t label = 0; label < labels_.size(); ++label) {
      std::vector<ComparedModel> models;
      for (std::size_t e = 0; e < compared_.equation_count; ++e) {
        if (!HasGroups()) {
          models.push_back(compared_.pooled[e]);
          continue;
        }
        DesignOptions options;
        options.use_subset = true;
        options.subset = RowsOf(e, label);
        auto model = EstimateCompared(panel_, SpecOf(e), options, names_, environment_);
        if (!model.ok()) {
          if (model.status().reason() != "NO_OBSERVATIONS") return model.status();
          Warn("GROUP_EMPTY", "Group " + labels_[label] + " has no observations" +
                                  (spec_.equations.empty() ? "" : " in " + compared_.NameOfEquation(e)) +
                                  " and is left out.");
          break;
        }
        models.push_back(std::move(model).value());
      }
      if (models.size() != compared_.equation_count) continue;
      compared_.groups.push_back(labels_[label]);
      for (std::size_t e = 0; e < compared_.equation_count; ++e) fits[e].push_back(std::move(models[e]));
    }
    compared_.group_count = compared_.groups.size();
    if (HasGroups() && compared_.group_count < 2) {
      return FailedPrecondition("TOO_FEW_GROUPS", "fewer than two groups of " + spec_.by + " have observations");
    }
    for (std::size_t e = 0; e < compared_.equation_count; ++e) {
      for (std::size_t g = 0; g < compared_.group_count; ++g) {
        result_.groups.push_back({compared_.NameOfEquation(e), compared_.groups[g], fits[e][g].fit, {}, {}});
        group_models_.push_back(std::move(fits[e][g]));
      }
    }
    return Status::Ok();
  }

  std::vector<std::size_t> KeptRows(std::size_t e) const {
    std::vector<std::size_t> kept;
    for (const std::size_t row : equation_rows_[e]) {
      if (group_of_row_[row] < 0) continue;
      const std::string& label = labels_[static_cast<std::size_t>(group_of_row_[row])];
      if (std::find(compared_.groups.begin(), compared_.groups.end(), label) != compared_.groups.end()) {
        kept.push_back(row);
      }
    }
    return kept;
  }

  Result<std::vector<ComparedModel>> FitInteracted() const {
    std::vector<ComparedModel> models;
    for (std::size_t e = 0; e < compared_.equation_count; ++e) {
      FitSpec fit = SpecOf(e);
      fit.observations = false;
      DesignOptions options;
      options.use_subset = true;
      options.subset = KeptRows(e);
      options.interact_by = spec_.by;
      options.interact_terms = compared_.terms[e];
      if (fit.formula.effects.empty() && fit.formula.constant) {
        fit.formula.terms.push_back({{Factor{.column = spec_.by, .levels = true}}});
      }
      // The other way of interacting is told by its estimates alone.
      if (spec_.interact == Interact::kEverything) {
        fit.inferences.assign(1, InferenceSpec());
        fit.inferences.front().type = InferenceType::kIid;
      }
      FARRELL_ASSIGN_OR_RETURN(ComparedModel model, EstimateCompared(panel_, fit, options, names_, environment_));
      models.push_back(std::move(model));
    }
    return models;
  }

  ComparedCell EmptyCell(std::size_t e, std::size_t g, std::size_t t, std::size_t model) const {
    ComparedCell cell;
    cell.equation = e;
    cell.group = g;
    cell.term = t;
    cell.model = model;
    return cell;
  }

  std::vector<ComparedCell> CellsOfGroups() const {
    std::vector<ComparedCell> cells;
    for (std::size_t m = 0; m < group_models_.size(); ++m) {
      const std::size_t e = m / compared_.group_count;
      for (std::size_t t = 0; t < compared_.term_count; ++t) {
        cells.push_back(EmptyCell(e, m % compared_.group_count, t, m));
        Locate(group_models_[m], compared_.terms[e][t], cells.back());
      }
    }
    return cells;
  }

  std::vector<ComparedCell> CellsOfInteracted(const std::vector<ComparedModel>& interacted) const {
    std::vector<ComparedCell> cells;
    for (std::size_t e = 0; e < interacted.size(); ++e) {
      for (std::size_t g = 0; g < compared_.group_count; ++g) {
        for (std::size_t t = 0; t < compared_.term_count; ++t) {
          cells.push_back(EmptyCell(e, g, t, e));
          const std::string name =
              std::string(WithoutBackQuotes(spec_.by)) + "::" + compared_.groups[g] + ":" + compared_.terms[e][t];
          Locate(interacted[e], name, cells.back());
        }
      }
    }
    return cells;
  }

  // Those of the group's own clusters, or (CR2) of the coefficient.
  void SetDegreesOfFreedom() {
    const std::size_t count = group_models_.front().fit.inferences.size();
    for (std::size_t place = 0; place < count; ++place) {
      std::vector<double> df;
      for (std::size_t m = 0; m < group_models_.size(); ++m) {
        const FitResult& fit = group_models_[m].fit;
        for (std::size_t t = 0; t < compared_.term_count; ++t) {
          const std::ptrdiff_t term = fit.FindTerm(compared_.terms[m / compared_.group_count][t]);
          double value = fit.inferences[place].df;
          if (fit.inferences[place].type == InferenceType::kCr2 && term >= 0) {
            value = fit.inferences[place].terms[static_cast<std::size_t>(term)].df.value_or(value);
          }
          df.push_back(value);
        }
      }
      compared_.df.push_back(std::move(df));
    }
  }

  void DescribeCells() {
    for (std::size_t k = 0; k < compared_.cells.size(); ++k) {
      const ComparedCell& cell = compared_.cells[k];
      GroupFit& group = result_.groups[cell.equation * compared_.group_count + cell.group];
      std::optional<double> estimate;
      TermInference inference;
      if (cell.estimated()) {
        estimate = cell.estimate;
        inference = compared_.models[cell.model].fit.inferences.front().terms[*cell.column];
        // A bootstrap's p-value and interval do not come from a t distribution.
        if (inference.std_error && !inference.greater_count && spec_.interact == Interact::kTermsOnly && HasGroups()) {
          inference =
              InferenceOf(cell.estimate, *inference.std_error, compared_.df.front()[k], spec_.fit.confidence_level);
        }
      }
      group.estimates.push_back(estimate);
      group.compared.push_back(inference);
    }
  }

  void SplitPooledSlopes() {
    std::vector<std::int32_t> position(labels_.size(), -1);
    for (std::size_t label = 0; label < labels_.size(); ++label) {
      const auto found = std::find(compared_.groups.begin(), compared_.groups.end(), labels_[label]);
      if (found != compared_.groups.end()) {
        position[label] = static_cast<std::int32_t>(found - compared_.groups.begin());
      }
    }
    std::vector<std::int32_t> groups = group_of_row_;
    for (std::int32_t& group : groups) {
      if (group >= 0) group = position[static_cast<std::size_t>(group)];
    }
    result_.pooled_slopes = PooledSlopes(compared_.pooled.front(), result_.terms, result_.groups, groups);
  }

  Status Gather() {
    result_.adjustment = spec_.adjustment;
    std::vector<Contrast> contrasts = Contrasts(compared_);
    std::vector<Equality> equalities = Equalities(compared_, result_);
    Evidence evidence(compared_, environment_, result_.warnings);
    FARRELL_RETURN_IF_ERROR(evidence.Gather(contrasts, equalities));
    if (!contrasts.empty()) result_.adjustment = contrasts.front().inferences.front().adjustment;
    for (Contrast& contrast : contrasts) {
      const ComparedCell& left = compared_.cells[contrast.left];
      const ComparedCell& right = compared_.cells[contrast.right];
      Difference difference;
      difference.equation = compared_.NameOfEquation(left.equation);
      difference.versus_equation = compared_.NameOfEquation(right.equation);
      difference.group = compared_.groups[left.group];
      difference.versus = compared_.groups[right.group];
      difference.term = result_.terms[left.term];
      if (left.estimated() && right.estimated()) {
        difference.estimate = left.estimate - right.estimate;
        difference.inference = contrast.inferences.front().inference;
        difference.p_adjusted = contrast.inferences.front().p_adjusted;
        difference.inferences = std::move(contrast.inferences);
      }
      sides_.emplace_back(contrast.left, contrast.right);
      result_.differences.push_back(std::move(difference));
    }
    for (Equality& equality : equalities) result_.joints.push_back(std::move(equality.result));
    if (spec_.orderings.empty()) return Status::Ok();
    return TestOrders(compared_, evidence, environment_, result_);
  }

  // Groups are independent samples only when no cluster, of any way, has rows in two of them.
  void WarnAboutClusters() {
    if (!HasGroups()) return;
    const InferenceResult& primary = result_.pooled.inferences.front();
    std::vector<std::string> ways = primary.further_clusters;
    if (!primary.cluster.empty()) ways.insert(ways.begin(), primary.cluster);
    const std::vector<std::size_t> rows = KeptRows(0);
    std::string spanning;
    bool permuted = false;
    for (const std::string& way : ways) {
      const auto clusters = ClassifyRows(panel_, way, rows);
      const auto groups = ClassifyRows(panel_, spec_.by, rows);
      if (!clusters.ok() || !groups.ok() || IsNested(*clusters, *groups)) continue;
      spanning += (spanning.empty() ? "" : " and some ") + way;
      for (const InferenceSpec& inference : compared_.inferences) {
        permuted = permuted || (IsPermutation(inference.type) && inference.cluster == way);
      }
    }
    if (spanning.empty()) return;
    Warn("CLUSTERS_SPAN_GROUPS",
         "Some " + spanning + " have rows in several groups of " + spec_.by +
             ": the groups are not independent; variances of differences use the clusters they share" +
             (permuted ? ", and permutation leaves those clusters out." : "."));
  }

  const Panel& panel_;
  const CompareSpec& spec_;
  const Environment& environment_;
  std::vector<std::string> labels_;
  std::vector<std::int32_t> group_of_row_;
  std::vector<std::vector<std::size_t>> equation_rows_;
  std::vector<InferenceSpec> fit_inferences_;
  std::vector<std::string> names_;
  std::vector<ComparedModel> group_models_;
  std::vector<std::pair<std::size_t, std::size_t>> sides_;
  Compared compared_;
  CompareResult result_;
};

}  // namespace

Result<CompareResult> Compare(const Panel& panel, const CompareSpec& spec, const Environment& environment) {
  return Comparison(panel, spec, environment).Run();
}

}  // namespace farrell::regression
