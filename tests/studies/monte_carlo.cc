#include "tests/studies/monte_carlo.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "common/numeric/distributions.h"
#include "common/text/number.h"
#include "tests/studies/estimates.h"
#include "tests/studies/study_panel.h"

namespace farrell::studies {
namespace {

void Add(Cell& cell, const Slope& slope, double plan) {
  cell.plan = plan;
  ++cell.count;
  cell.sum += slope.estimate;
  cell.sum_of_squares += slope.estimate * slope.estimate;
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

int MonteCarloSeeds(int usual) {
  const char* wanted = std::getenv("FARRELL_MONTE_CARLO_SEEDS");
  if (wanted == nullptr) return usual;
  return static_cast<int>(text::ParseInteger(wanted).value_or(usual));
}

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
    const std::string formula = "ln_score" + right;
    Add(run.cells["pooled"], FitSlope(panel, formula), drawn.plan.pooled);
    if (!options.year_effects) continue;
    const std::vector<Slope> regions = {FitSlope(panel, formula, "region", "E"),
                                        FitSlope(panel, formula, "region", "C"),
                                        FitSlope(panel, formula, "region", "W")};
    Add(run.cells["east"], regions[0], drawn.plan.east);
    Add(run.cells["central"], regions[1], drawn.plan.central);
    Add(run.cells["west"], regions[2], drawn.plan.west);
    double least = 1;
    double most = 0;
    for (const Slope& slope : regions) {
      least = std::min(least, slope.PCr3());
      most = std::max(most, slope.PCr3());
    }
    run.false_heterogeneity += least < 0.05 && most > 0.10 ? 1 : 0;
    run.equality_rejected += numeric::ChiSquareSurvival(CochranQ(regions), 2) < 0.05 ? 1 : 0;
    Add(run.cells["universities"], FitSlope(panel, "ln_university" + right), 0.461);
    Add(run.cells["institutes"], FitSlope(panel, "ln_institute" + right), 0.228);
    Add(run.cells["enterprises"], FitSlope(panel, "ln_enterprise" + right), 0.010);
    Add(run.cells["applied"], FitSlope(panel, "ln_total" + right), 0.195);
    Add(run.cells["basic"], FitSlope(panel, "ln_papers" + right), 0.013);
    if (options.technology == reporting::SynthesisTechnology::kExact) {
      run.largest_score_error = std::max(run.largest_score_error, RecoveryError(drawn.rows));
    }
  }
  return run;
}

double BinomialBand(double p, int count) { return 3.2 * std::sqrt(p * (1 - p) / count); }

}  // namespace farrell::studies
