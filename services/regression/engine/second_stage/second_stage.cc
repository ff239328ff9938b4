#include "services/regression/engine/second_stage/second_stage.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "common/numeric/elementary.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/second_stage/joint.h"
#include "services/regression/engine/second_stage/simar_wilson.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr const char* kLogScore = "log(score)";
constexpr const char* kDistance = "distance";

bool IsTruncated(SecondStageAlgorithm algorithm) {
  return algorithm == SecondStageAlgorithm::kSimarWilson1 || algorithm == SecondStageAlgorithm::kSimarWilson2;
}

const char* ResponseColumn(SecondStageAlgorithm algorithm) { return IsTruncated(algorithm) ? kDistance : kLogScore; }

std::string ResponseName(const FrontierScores& first, const SecondStageSpec& spec) {
  if (!IsTruncated(spec.algorithm)) return kLogScore;
  const std::string distance = first.output_oriented ? "phi" : "1/theta";
  return spec.log ? "log(" + distance + ")" : distance;
}

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100.0 * share);
  return text;
}

// The panel with the response beside its columns.
Panel AddResponse(Panel panel, const FrontierScores& first, SecondStageAlgorithm algorithm) {
  PanelColumn column;
  column.name = ResponseColumn(algorithm);
  column.numbers.assign(panel.size(), kMissing);
  for (std::size_t i = 0; i < first.rows.size(); ++i) {
    const double distance = first.distances(static_cast<Index>(i));
    column.numbers[first.rows[i]] = IsTruncated(algorithm) ? distance : -numeric::Log(distance);
  }
  panel.columns.push_back(std::move(column));
  return panel;
}

bool ComparesLevels(const Formula& formula) {
  return std::any_of(formula.terms.begin(), formula.terms.end(), [](const FormulaTerm& term) {
    return std::any_of(term.factors.begin(), term.factors.end(), [](const Factor& factor) { return factor.levels; });
  });
}

void WarnAboutScores(const Design& design, const FrontierScores& first, const SecondStageSpec& spec,
                     SecondStageResult& result) {
  auto& warnings = result.warnings;
  const auto add = [&](const char* code, std::string text) { warnings.push_back({code, std::move(text)}); };
  std::int64_t at_one = 0;
  for (const std::size_t row : design.rows) {
    const auto at = std::lower_bound(first.rows.begin(), first.rows.end(), row) - first.rows.begin();
    if (first.distances(at) <= 1.0 + spec.frontier_tolerance) ++at_one;
  }
  const double share = static_cast<double>(at_one) / static_cast<double>(design.rows.size());
  constexpr double kManyAtOne = 0.1;
  if (share > kManyAtOne) {
    add("SCORES_AT_ONE", Percent(share) +
                             " of the scores are one: the frontier is made of few comparisons, and these "
                             "rows say only that nobody did better.");
  }
  if (!first.constant_returns && ComparesLevels(spec.formula)) {
    add("VRS_GROUPS_COMPARED",
        "Groups are compared by scores under variable returns: where inputs respond to the regressors such scores "
        "differ between groups although nothing else does; compare with constant returns.");
  }
  if (first.pooled_periods) {
    add("POOLED_FRONTIER",
        "One frontier serves several periods: every score depends on every row, and technical change counts as "
        "efficiency unless the regression has period effects.");
  }
  // What follows is what simulation says of designs like this one (docs/second-stage.md).
  constexpr std::size_t kFewUnits = 40;
  const std::size_t units = design.units.count();
  const bool truncated = IsTruncated(spec.algorithm);
  if (truncated && units < kFewUnits) {
    add("FEW_UNITS", "The regression has " + std::to_string(units) + " units; bootstraps of fewer than " +
                         std::to_string(kFewUnits) + " give intervals that are too short.");
    result.experimental = true;
  }
  if (truncated && spec.resample == Resample::kRows && units < design.rows.size()) {
    add("INDEPENDENT_DRAWS",
        "Errors are drawn independently of each other although units have several rows: with errors that persist, "
        "intervals are too short. Resample by unit.");
    result.experimental = true;
  }
  if (spec.algorithm == SecondStageAlgorithm::kLogWithin) {
    add("SCORES_AS_DATA", "Standard errors take the scores as data; that they are estimates is left out of account.");
  }
  if (spec.algorithm == SecondStageAlgorithm::kJoint) {
    result.experimental = true;
  }
  if (result.experimental) {
    add("EXPERIMENTAL", truncated
                            ? "In designs like this one nominal 95 % intervals held the truth in fewer than 92 % of "
                              "simulated samples (docs/second-stage.md)."
                            : "The joint bootstrap is experimental: its coverage is known from simulation only; "
                              "where inputs move with the regressors it falls below 92 % "
                              "(docs/second-stage.md).");
  }
}

}  // namespace

Result<Formula> ParseSecondStageFormula(const std::string& text, SecondStageAlgorithm algorithm) {
  std::string whole = NormaliseSpace(text);
  const std::size_t tilde = whole.find('~');
  const std::string left = tilde == std::string::npos ? whole : CompactText(whole.substr(0, tilde));
  const bool known = left.empty() || left == "score" || (left == kLogScore && !IsTruncated(algorithm));
  if (tilde == std::string::npos || !known) {
    return InvalidArgument("FORMULA_INVALID", "the left side of a second stage is the score: write `~ z1 + z2`")
        .WithViolations({{"formula", tilde == std::string::npos ? "has no `~`" : "`" + left + "` is not the score"}});
  }
  const std::string response = ResponseColumn(algorithm);
  FARRELL_ASSIGN_OR_RETURN(Formula formula, ParseFormula(response + " " + whole.substr(tilde)));
  std::vector<std::string> right = formula.NumberColumns();
  if (!right.empty() && right.front() == formula.response) right.erase(right.begin());
  const auto uses = [&](const FormulaTerm& term) {
    return std::any_of(term.factors.begin(), term.factors.end(), [&](const Factor& factor) {
      return factor.column == response || WithoutBackQuotes(factor.column) == "score";
    });
  };
  if (std::any_of(formula.terms.begin(), formula.terms.end(), uses)) {
    return InvalidArgument("FORMULA_INVALID", "the score stands on the right side of its own regression")
        .WithViolations({{"formula", "name the column otherwise: `score` and `" + response + "` are the response"}});
  }
  return formula;
}

std::vector<FieldViolation> CheckSecondStage(const SecondStageSpec& spec) {
  std::vector<FieldViolation> violations;
  const auto check = [&](bool good, const char* field, const char* text) {
    if (!good) violations.push_back({field, text});
  };
  const bool truncated = IsTruncated(spec.algorithm);
  check(spec.replications >= 99 && spec.replications <= 100'000, "replications", "must lie in [99, 100000]");
  check(spec.first_replications >= 10 && spec.first_replications <= 10'000, "first_replications",
        "must lie in [10, 10000]");
  check(spec.confidence_level > 0.0 && spec.confidence_level < 1.0, "confidence_level", "must lie in (0, 1)");
  check(spec.frontier_tolerance >= 0.0 && spec.frontier_tolerance <= 0.1, "frontier_tolerance", "must lie in [0, 0.1]");
  check(!spec.log || truncated, "log", "only with algorithms 1 and 2: the others take logs of the score anyway");
  check(spec.resample == Resample::kUnit || truncated, "resample", "rows are resampled by algorithms 1 and 2 only");
  check(spec.subsample_exponent > 0.3 && spec.subsample_exponent < 1.0, "subsample_exponent", "must lie in (0.3, 1)");
  check(spec.subsample_size == 0 || spec.subsample_size >= 2, "subsample_size", "must be 0 or at least 2");
  check(spec.inferences.empty() || !truncated, "inferences",
        "only with the algorithms that regress log scores: 1 and 2 bootstrap");
  return violations;
}

Result<SecondStageResult> SecondStage(const Panel& panel, const FrontierScores& first, const SecondStageSpec& spec,
                                      const ScoreReplications& score, const Environment& environment) {
  SecondStageResult result;
  result.formula = spec.formula.text;
  result.response = ResponseName(first, spec);
  result.score_count = static_cast<std::int64_t>(first.rows.size());
  const Panel full = AddResponse(panel, first, spec.algorithm);
  DesignOptions options;
  options.panel_keys = true;
  FARRELL_ASSIGN_OR_RETURN(Design design, BuildDesign(full, spec.formula, options));
  result.row_count = design.row_count;
  result.complete_count = design.y.size();
  result.unit_count = static_cast<std::int64_t>(design.units.count());
  WarnAboutScores(design, first, spec, result);
  if (IsTruncated(spec.algorithm)) {
    FARRELL_RETURN_IF_ERROR(RunSimarWilson(std::move(design), first, spec, score, environment, result));
    return result;
  }

  FitSpec fit;
  fit.formula = spec.formula;
  fit.inferences = spec.inferences;
  fit.confidence_level = spec.confidence_level;
  Environment quiet = environment;
  quiet.progress = nullptr;
  FARRELL_ASSIGN_OR_RETURN(result.fit, Fit(full, fit, quiet));
  result.observation_count = result.fit->observation_count;
  result.effects = result.fit->effects;
  if (spec.distances) {
    for (const std::size_t row : design.rows) {
      const auto at = std::lower_bound(first.rows.begin(), first.rows.end(), row) - first.rows.begin();
      result.distances.push_back({.row = row, .distance = first.distances(at), .corrected = {}, .used = true});
    }
  }
  if (spec.algorithm == SecondStageAlgorithm::kLogWithin) {
    for (const TermEstimate& term : result.fit->terms) result.terms.push_back({term.name, {}, {}});
    return result;
  }
  FARRELL_RETURN_IF_ERROR(RunJoint(design, first, spec, score, environment, result));
  return result;
}

}  // namespace farrell::regression
