#include "services/regression/engine/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "common/numeric/distributions.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Estimates of the compared terms, group by group, with their joint variance.
struct Slopes {
  // [group][term]; unset where not estimated.
  std::vector<std::vector<std::optional<double>>> estimates;
  std::vector<std::vector<TermInference>> inferences;
  // Covariance of groups a and b for each term: [term](a, b); zero between independent groups, NaN where not defined.
  std::vector<MatrixXd> covariance;
};

class Comparison {
 public:
  Comparison(const Panel& panel, const CompareSpec& spec, const Environment& environment)
      : panel_(panel), spec_(spec), environment_(environment) {}

  Result<CompareResult> Run() {
    result_.by = spec_.by;
    result_.interact = spec_.interact;
    FARRELL_RETURN_IF_ERROR(FindGroups());
    DesignOptions pooled_options;
    pooled_options.classifications.push_back(spec_.by);
    FARRELL_ASSIGN_OR_RETURN(result_.pooled, FitDesign(panel_, spec_.fit, pooled_options, environment_));
    FARRELL_RETURN_IF_ERROR(ChooseTerms());
    FARRELL_RETURN_IF_ERROR(FitGroups());
    FARRELL_ASSIGN_OR_RETURN(const FitResult interacted, FitInteracted());
    const Slopes separate = SlopesOfGroups();
    const Slopes shared = SlopesOfInteracted(interacted);
    const bool everything = spec_.interact == Interact::kEverything;
    const Slopes& chosen = everything ? separate : shared;
    const Slopes& other = everything ? shared : separate;
    for (std::size_t g = 0; g < result_.groups.size(); ++g) {
      result_.groups[g].estimates = chosen.estimates[g];
      result_.groups[g].compared = chosen.inferences[g];
    }
    Differences(chosen);
    Joints(chosen, everything, interacted);
    Alternatives(chosen, other);
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

  Status FindGroups() {
    std::vector<std::size_t> rows;
    const std::vector<char> present = PresentCells(panel_, spec_.by);
    for (std::size_t row = 0; row < panel_.size(); ++row) {
      if (present[row] != 0) rows.push_back(row);
    }
    FARRELL_ASSIGN_OR_RETURN(const Levels levels, ClassifyRows(panel_, spec_.by, rows));
    labels_ = levels.labels;
    group_rows_.resize(labels_.size());
    for (std::size_t k = 0; k < rows.size(); ++k)
      group_rows_[static_cast<std::size_t>(levels.ids[k])].push_back(rows[k]);
    if (rows.size() < panel_.size()) {
      Warn("GROUP_MISSING",
           std::to_string(panel_.size() - rows.size()) + " rows have no " + spec_.by + " and are left out.");
    }
    if (labels_.size() < 2) {
      return FailedPrecondition("TOO_FEW_GROUPS",
                                "the column " + spec_.by + " has fewer than two groups in the rows used");
    }
    return Status::Ok();
  }

  Status ChooseTerms() {
    const std::vector<TermEstimate>& terms = result_.pooled.terms;
    if (spec_.terms.empty()) {
      for (const TermEstimate& term : terms) {
        if (term.name != kConstantName) {
          result_.terms.push_back(term.name);
          break;
        }
      }
      if (result_.terms.empty()) {
        return InvalidArgument("COMPARE_INVALID", "the formula has no term to compare beside the constant");
      }
      return Status::Ok();
    }
    Violations violations;
    std::string known;
    for (const TermEstimate& term : terms) known += (known.empty() ? "" : ", ") + term.name;
    for (std::size_t k = 0; k < spec_.terms.size(); ++k) {
      const std::string wanted = CompactText(spec_.terms[k]);
      const auto found = std::find_if(terms.begin(), terms.end(),
                                      [&](const TermEstimate& term) { return CompactText(term.name) == wanted; });
      if (found == terms.end()) {
        violations.Add("terms[" + std::to_string(k) + "]",
                       "'" + spec_.terms[k] + "' is not a term of the formula; they are " + known);
      } else if (std::find(result_.terms.begin(), result_.terms.end(), found->name) == result_.terms.end()) {
        result_.terms.push_back(found->name);
      }
    }
    return std::move(violations).Finish("COMPARE_INVALID", "terms to compare that the formula does not have");
  }

  Status FitGroups() {
    std::vector<std::string> fitted_labels;
    for (std::size_t g = 0; g < labels_.size(); ++g) {
      DesignOptions options;
      options.use_subset = true;
      options.subset = group_rows_[g];
      auto fit = FitDesign(panel_, spec_.fit, options, environment_);
      if (!fit.ok()) {
        if (fit.status().reason() != "NO_OBSERVATIONS") return fit.status();
        Warn("GROUP_EMPTY", "Group " + labels_[g] + " has no observations and is left out.");
        continue;
      }
      result_.groups.push_back({labels_[g], std::move(fit).value(), {}, {}});
      kept_rows_.insert(kept_rows_.end(), group_rows_[g].begin(), group_rows_[g].end());
    }
    if (result_.groups.size() < 2) {
      return FailedPrecondition("TOO_FEW_GROUPS", "fewer than two groups of " + spec_.by + " have observations");
    }
    std::sort(kept_rows_.begin(), kept_rows_.end());
    return Status::Ok();
  }

  Result<FitResult> FitInteracted() const {
    FitSpec fit = spec_.fit;
    fit.hypotheses.clear();
    fit.observations = false;
    DesignOptions options;
    options.use_subset = true;
    options.subset = kept_rows_;
    options.interact_by = spec_.by;
    options.interact_terms = result_.terms;
    if (fit.formula.effects.empty() && fit.formula.constant) {
      fit.formula.terms.push_back({{Factor{.column = spec_.by, .levels = true}}});
    }
    return FitDesign(panel_, fit, options, environment_);
  }

  Slopes Empty() const {
    Slopes slopes;
    const std::size_t groups = result_.groups.size();
    slopes.estimates.assign(groups, std::vector<std::optional<double>>(result_.terms.size()));
    slopes.inferences.assign(groups, std::vector<TermInference>(result_.terms.size()));
    slopes.covariance.assign(result_.terms.size(),
                             MatrixXd::Zero(static_cast<Index>(groups), static_cast<Index>(groups)));
    return slopes;
  }

  Slopes SlopesOfGroups() const {
    Slopes slopes = Empty();
    for (std::size_t g = 0; g < result_.groups.size(); ++g) {
      const FitResult& fit = result_.groups[g].fit;
      for (std::size_t t = 0; t < result_.terms.size(); ++t) {
        const std::ptrdiff_t position = fit.FindTerm(result_.terms[t]);
        if (position < 0) continue;
        const auto index = static_cast<std::size_t>(position);
        slopes.estimates[g][t] = fit.terms[index].estimate;
        slopes.inferences[g][t] = fit.inferences.front().terms[index];
        const double error = slopes.inferences[g][t].std_error.value_or(std::nan(""));
        slopes.covariance[t](static_cast<Index>(g), static_cast<Index>(g)) = error * error;
      }
    }
    return slopes;
  }

  // Coefficients of one fit with split terms; a group's t has the degrees of freedom of its own clusters.
  Slopes SlopesOfInteracted(const FitResult& fit) const {
    Slopes slopes = Empty();
    const InferenceResult& primary = fit.inferences.front();
    std::vector<Index> estimated(fit.terms.size(), -1);
    Index count = 0;
    for (std::size_t k = 0; k < fit.terms.size(); ++k) {
      if (fit.terms[k].estimate) estimated[k] = count++;
    }
    for (std::size_t t = 0; t < result_.terms.size(); ++t) {
      std::vector<Index> positions(result_.groups.size(), -1);
      for (std::size_t g = 0; g < result_.groups.size(); ++g) {
        const std::string name =
            std::string(WithoutBackQuotes(spec_.by)) + "::" + result_.groups[g].group + ":" + result_.terms[t];
        const std::ptrdiff_t term = fit.FindTerm(name);
        if (term < 0) continue;
        const auto index = static_cast<std::size_t>(term);
        slopes.estimates[g][t] = fit.terms[index].estimate;
        slopes.inferences[g][t] = WithGroupDf(fit.terms[index].estimate, primary.terms[index], g);
        positions[g] = estimated[index];
      }
      for (std::size_t a = 0; a < positions.size(); ++a) {
        for (std::size_t b = 0; b < positions.size(); ++b) {
          const bool defined = slopes.inferences[a][t].std_error && slopes.inferences[b][t].std_error;
          slopes.covariance[t](static_cast<Index>(a), static_cast<Index>(b)) =
              defined ? primary.vcov(positions[a], positions[b]) : std::nan("");
        }
      }
    }
    return slopes;
  }

  double GroupDf(std::size_t g) const { return result_.groups[g].fit.inferences.front().df; }

  TermInference WithGroupDf(std::optional<double> estimate, TermInference inference, std::size_t g) const {
    // A bootstrap's p-value and interval do not come from a t distribution.
    if (inference.greater_count || !inference.std_error || !estimate) return inference;
    return Inference(*estimate, *inference.std_error, GroupDf(g));
  }

  TermInference Inference(double estimate, double error, double df) const {
    TermInference inference;
    if (!(error > 0.0) || !(df > 0.0) || !std::isfinite(error)) return inference;
    const double quantile = numeric::StudentTQuantile(0.5 + 0.5 * spec_.fit.confidence_level, df);
    inference.std_error = error;
    inference.df = df;
    inference.statistic = estimate / error;
    inference.p_value = numeric::StudentTTwoSided(estimate / error, df);
    inference.conf_low = estimate - quantile * error;
    inference.conf_high = estimate + quantile * error;
    return inference;
  }

  void Differences(const Slopes& slopes) {
    std::vector<std::size_t> tested;
    std::vector<double> p_values;
    for (std::size_t t = 0; t < result_.terms.size(); ++t) {
      for (std::size_t a = 0; a < result_.groups.size(); ++a) {
        for (std::size_t b = a + 1; b < result_.groups.size(); ++b) {
          result_.differences.push_back(OneDifference(slopes, t, a, b));
          const Difference& difference = result_.differences.back();
          if (!difference.inference.p_value) continue;
          tested.push_back(result_.differences.size() - 1);
          p_values.push_back(*difference.inference.p_value);
        }
      }
    }
    const std::vector<double> adjusted = spec_.holm ? HolmAdjusted(p_values) : p_values;
    for (std::size_t k = 0; k < tested.size(); ++k) result_.differences[tested[k]].p_adjusted = adjusted[k];
  }

  Difference OneDifference(const Slopes& slopes, std::size_t t, std::size_t a, std::size_t b) const {
    Difference difference;
    difference.group = result_.groups[a].group;
    difference.versus = result_.groups[b].group;
    difference.term = result_.terms[t];
    const auto& left = slopes.estimates[a][t];
    const auto& right = slopes.estimates[b][t];
    if (!left || !right) return difference;
    difference.estimate = *left - *right;
    const MatrixXd& covariance = slopes.covariance[t];
    const auto i = static_cast<Index>(a);
    const auto j = static_cast<Index>(b);
    const double va = covariance(i, i);
    const double vb = covariance(j, j);
    const double variance = va + vb - 2.0 * covariance(i, j);
    const double fa = GroupDf(a);
    const double fb = GroupDf(b);
    if (!(variance > 0.0) || !(fa > 0.0) || !(fb > 0.0)) return difference;
    const double df = (va + vb) * (va + vb) / (va * va / fa + vb * vb / fb);
    difference.inference = Inference(*difference.estimate, std::sqrt(variance), df);
    return difference;
  }

  void Joints(const Slopes& slopes, bool independent, const FitResult& interacted) {
    for (std::size_t t = 0; t < result_.terms.size(); ++t) {
      std::vector<double> estimates;
      std::vector<double> variances;
      std::vector<double> df;
      std::vector<Index> positions;
      std::string left_out;
      for (std::size_t g = 0; g < result_.groups.size(); ++g) {
        const auto position = static_cast<Index>(g);
        const double variance = slopes.covariance[t](position, position);
        if (!slopes.estimates[g][t] || !(variance > 0.0) || !(GroupDf(g) > 0.0)) {
          left_out += (left_out.empty() ? "" : ", ") + result_.groups[g].group;
          continue;
        }
        estimates.push_back(*slopes.estimates[g][t]);
        variances.push_back(variance);
        df.push_back(GroupDf(g));
        positions.push_back(position);
      }
      JointEquality joint;
      if (estimates.size() < 2) {
        Warn("JOINT_TEST_UNDEFINED",
             "Fewer than two groups have an estimate of " + result_.terms[t] + " with a standard error.");
      } else if (!left_out.empty()) {
        Warn("JOINT_TEST_PARTIAL", "The joint test of " + result_.terms[t] + " leaves out " + left_out +
                                       ": no estimate or no standard error there.");
      }
      if (estimates.size() >= 2 && independent) {
        joint = WelchTest(estimates, variances, df);
      } else if (estimates.size() >= 2) {
        joint.test =
            WaldEquality(estimates, slopes.covariance[t](positions, positions), interacted.inferences.front().df);
      }
      joint.term = result_.terms[t];
      result_.joints.push_back(std::move(joint));
    }
  }

  static std::optional<JointTest> WaldEquality(const std::vector<double>& estimates, const MatrixXd& covariance,
                                               double df) {
    const auto count = static_cast<Index>(estimates.size());
    MatrixXd contrast = MatrixXd::Zero(count - 1, count);
    for (Index k = 0; k + 1 < count; ++k) {
      contrast(k, 0) = 1.0;
      contrast(k, k + 1) = -1.0;
    }
    const VectorXd b = Eigen::Map<const VectorXd>(estimates.data(), count);
    return WaldTest(contrast * b, contrast * covariance * contrast.transpose(), df);
  }

  void Alternatives(const Slopes& chosen, const Slopes& other) {
    for (std::size_t t = 0; t < result_.terms.size(); ++t) {
      std::vector<double> mine;
      std::vector<double> theirs;
      for (std::size_t g = 0; g < result_.groups.size(); ++g) {
        if (other.estimates[g][t]) {
          result_.alternatives.push_back({result_.groups[g].group, result_.terms[t], *other.estimates[g][t]});
        }
        if (chosen.estimates[g][t] && other.estimates[g][t]) {
          mine.push_back(*chosen.estimates[g][t]);
          theirs.push_back(*other.estimates[g][t]);
        }
      }
      bool sign = false;
      bool order = false;
      for (std::size_t a = 0; a < mine.size(); ++a) {
        sign = sign || std::signbit(mine[a]) != std::signbit(theirs[a]);
        for (std::size_t b = a + 1; b < mine.size(); ++b)
          order = order || (mine[a] < mine[b]) != (theirs[a] < theirs[b]);
      }
      if (!sign && !order) continue;
      const std::string what = sign && order ? "sign and order" : sign ? "sign" : "order";
      Warn("INTERACTION_CHOICE_MATTERS", "The " + what + " of the group estimates of " + result_.terms[t] +
                                             " change between interacting everything and interacting only this term: a "
                                             "difference between groups must not rest on that choice.");
    }
  }

  // Groups are independent samples only when no cluster has rows in two of them.
  void WarnAboutClusters() {
    const InferenceResult& primary = result_.pooled.inferences.front();
    if (primary.cluster.empty()) return;
    const auto clusters = ClassifyRows(panel_, primary.cluster, kept_rows_);
    const auto groups = ClassifyRows(panel_, spec_.by, kept_rows_);
    if (!clusters.ok() || !groups.ok() || IsNested(*clusters, *groups)) return;
    Warn("CLUSTERS_SPAN_GROUPS",
         "Some " + primary.cluster + " have rows in several groups of " + spec_.by +
             ": the groups are not independent and the variances of differences are approximate.");
  }

  const Panel& panel_;
  const CompareSpec& spec_;
  const Environment& environment_;
  std::vector<std::string> labels_;
  std::vector<std::vector<std::size_t>> group_rows_;
  std::vector<std::size_t> kept_rows_;
  CompareResult result_;
};

}  // namespace

Result<CompareResult> Compare(const Panel& panel, const CompareSpec& spec, const Environment& environment) {
  return Comparison(panel, spec, environment).Run();
}

JointEquality WelchTest(const std::vector<double>& estimates, const std::vector<double>& variances,
                        const std::vector<double>& df) {
  const auto k = static_cast<double>(estimates.size());
  double total = 0.0;
  double mean = 0.0;
  for (std::size_t g = 0; g < estimates.size(); ++g) {
    total += 1.0 / variances[g];
    mean += estimates[g] / variances[g];
  }
  mean /= total;
  double q = 0.0;
  double lambda = 0.0;
  for (std::size_t g = 0; g < estimates.size(); ++g) {
    const double share = 1.0 / variances[g] / total;
    q += (estimates[g] - mean) * (estimates[g] - mean) / variances[g];
    lambda += (1.0 - share) * (1.0 - share) / df[g];
  }
  JointEquality joint;
  joint.cochran_q = q;
  JointTest test;
  test.df1 = k - 1.0;
  test.df2 = (k * k - 1.0) / (3.0 * lambda);
  test.statistic = q / (k - 1.0) / (1.0 + 2.0 * (k - 2.0) / (k * k - 1.0) * lambda);
  test.p_value = numeric::FSurvival(test.statistic, test.df1, test.df2);
  if (std::isfinite(test.statistic) && std::isfinite(test.p_value)) joint.test = test;
  return joint;
}

}  // namespace farrell::regression
