#include "tests/studies/monte_carlo.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "common/numeric/distributions.h"
#include "tests/studies/estimates.h"
#include "tests/studies/study_panel.h"

namespace farrell::studies {
namespace {

// One estimate to make: its cell, what was planted, and on which rows.
struct Wanted {
  const char* name;
  const char* outcome;
  double plan;
  const char* group;
};

void Add(Cell& cell, const Slope& slope, double plan) {
  cell.plan = plan;
  ++cell.count;
  cell.sum += slope.estimate;
  cell.sum_of_squares += slope.estimate * slope.estimate;
  cell.covered_iid += slope.PIid(plan) >= 0.05 ? 1 : 0;
  cell.covered_cr1 += slope.PCr1(plan) >= 0.05 ? 1 : 0;
  cell.covered_cr3 += slope.PCr3(plan) >= 0.05 ? 1 : 0;
  cell.rejected_cr3 += slope.PCr3() < 0.05 ? 1 : 0;
}

double CochranQ(const std::vector<Slope>& slopes) {
  double weights = 0;
  double mean = 0;
  for (const Slope& slope : slopes) {
    weights += 1 / (slope.cr3 * slope.cr3);
    mean += slope.estimate / (slope.cr3 * slope.cr3);
  }
  mean /= weights;
  double q = 0;
  for (const Slope& slope : slopes) q += (slope.estimate - mean) * (slope.estimate - mean) / (slope.cr3 * slope.cr3);
  return q;
}

// Largest distance between scores from unrounded patents and the planted ones.
double RecoveryError(const std::vector<reporting::SyntheticRow>& rows) {
  const Panel panel = PanelOf(rows, {.reference_rows = true, .unrounded_patents = true});
  const Scores scores = Evaluate(panel);
  double worst = 0;
  for (std::size_t k = 0; k < panel.size(); ++k) {
    if (std::isnan(scores.logs[k])) continue;
    worst = std::max(worst, std::abs(scores.logs[k] - panel.Find("planted")->numbers[k]));
  }
  return worst;
}

}  // namespace

double Cell::sd() const {
  const double n = count;
  return std::sqrt(std::max(0.0, (sum_of_squares - sum * sum / n) / (n - 1)));
}

double Cell::error() const { return sd() / std::sqrt(static_cast<double>(count)); }

MonteCarlo RunMonteCarlo(const MonteCarloOptions& options) {
  MonteCarlo run;
  run.seeds = options.seeds;
  ScoreOptions score_options;
  if (options.variable_returns) score_options.rts = dea::ReturnsToScale::kVrs;
  const std::string right = options.year_effects ? kControls : " ~ ln_ai | province";
  for (int k = 0; k < options.seeds; ++k) {
    const reporting::SyntheticPanel drawn =
        reporting::Synthesize({options.preset, options.first_seed + k, options.technology});
    Panel panel = PanelOf(drawn.rows);
    AddColumn(panel, "ln_score", Evaluate(panel, score_options).logs);
    panel = SampleOf(panel);
    if (options.foreign_ai) {
      const Panel other = SampleOf(PanelOf(reporting::Synthesize({options.preset, -1 - k, options.technology}).rows));
      for (PanelColumn& column : panel.columns) {
        if (column.name == "ln_ai") column.numbers = other.Find("ln_ai")->numbers;
      }
    }
    const Wanted wanted[] = {{"pooled", "ln_score", drawn.plan.pooled, ""},
                             {"east", "ln_score", drawn.plan.east, "E"},
                             {"central", "ln_score", drawn.plan.central, "C"},
                             {"west", "ln_score", drawn.plan.west, "W"},
                             {"universities", "ln_university", 0.461, ""},
                             {"institutes", "ln_institute", 0.228, ""},
                             {"enterprises", "ln_enterprise", 0.010, ""},
                             {"applied", "ln_total", 0.195, ""},
                             {"basic", "ln_papers", 0.013, ""}};
    std::vector<Slope> regions;
    for (const Wanted& want : wanted) {
      // Without year effects only the pooled slope has something to say.
      if (!options.year_effects && &want != wanted) break;
      const std::string formula = want.outcome + right;
      const std::string by = *want.group == 0 ? "" : "region";
      const Slope slope = FitSlope(panel, formula, by, want.group);
      Cell& cell = run.cells[want.name];
      Add(cell, slope, want.plan);
      if (!by.empty()) regions.push_back(slope);
      if (options.wild_draws == 0) continue;
      const WildOptions wild{.draws = options.wild_draws, .seed = options.first_seed + k, .null_value = want.plan};
      cell.covered_wild += WildP(panel, formula, wild, by, want.group) >= 0.05 ? 1 : 0;
    }
    if (!options.year_effects) continue;
    double least = 1;
    double most = 0;
    for (const Slope& slope : regions) {
      least = std::min(least, slope.PCr3());
      most = std::max(most, slope.PCr3());
    }
    run.false_heterogeneity += least < 0.05 && most > 0.10 ? 1 : 0;
    run.equality_rejected += numeric::ChiSquareSurvival(CochranQ(regions), 2) < 0.05 ? 1 : 0;
    if (options.technology == reporting::SynthesisTechnology::kExact) {
      run.largest_score_error = std::max(run.largest_score_error, RecoveryError(drawn.rows));
    }
  }
  return run;
}

double BinomialBand(double p, int count) { return 3.2 * std::sqrt(p * (1 - p) / count); }

}  // namespace farrell::studies
