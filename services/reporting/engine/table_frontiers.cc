// One slope under every frontier: what the choice of the DEA does to a result.
#include <algorithm>

#include "services/reporting/engine/diagnostics.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/ranking.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

std::optional<double> MeanScore(const DeaFacts& dea) {
  double sum = 0;
  std::int64_t count = 0;
  for (const ScoreFacts& row : dea.scores) {
    if (!row.score || row.status != ScoreStatus::kOptimal) continue;
    sum += *row.score;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

}  // namespace

Result<Table> BuildFrontiersTable(const std::vector<const FitFacts*>& fits, const std::vector<const DeaFacts*>& deas,
                                  const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("frontiers", options);
  table.columns = {{"model", words("Model"), true},      {"share_at_one", words("Share at one"), false},
                   {"mean", words("Mean score"), false}, {"rank_correlation", words("Rank correlation"), false},
                   {"estimate", words("Slope"), false},  {"std_error", words("s.e."), false},
                   {"p_value", words("p"), false},       {"n", words("Observations"), false}};
  Panel panel;
  std::string term;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const FitFacts& fit = *fits[i];
    if (deas[i] == nullptr) {
      return InvalidArgument("TABLE_INVALID", "the outcome of regression '" + fit.id + "' is not the score of a DEA");
    }
    const DeaFacts& dea = *deas[i];
    if (term.empty()) term = options.terms.empty() ? FirstSlope(fit) : options.terms.front();
    std::optional<double> estimate;
    TermInferenceFacts inference;
    for (std::size_t t = 0; t < fit.terms.size(); ++t) {
      if (fit.terms[t].name != term) continue;
      estimate = fit.terms[t].estimate;
      inference = fit.inferences.front().terms[t];
    }
    const int decimals = DecimalsFor(inference.std_error);
    panel.rows.push_back(
        {"frontier:" + fit.id,
         dea.label.empty() ? dea.id : dea.label,
         Row::Role::kBody,
         {Cell::Text(DescribeModel(dea, options.words)), Cell::Real(dea.share_at_one, 3),
          Cell::OptionalReal(MeanScore(dea), 3), Cell::OptionalReal(RankCorrelation(*deas.front(), dea), 3),
          Cell::OptionalReal(estimate, decimals), Cell::OptionalReal(inference.std_error, decimals),
          Cell::PValue(inference.p_value), Cell::Count(fit.observation_count)},
         false});
  }
  table.panels.push_back(std::move(panel));
  table.notes.push_back(
      words("Slope of {1}. Rank correlation (Spearman) with the scores of the first row, over the rows that both "
            "have.",
            {term}));
  table.notes.push_back(
      words("Standard errors: {1}.", {DescribeInference(fits.front()->inferences.front(), options.words)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
