// Total association = efficiency channel + input channel, coefficient by coefficient.
#include <algorithm>
#include <array>
#include <cmath>

#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// Coefficients of least squares add up; what is left is rounding.
constexpr double kAddsUp = 1e-8;

std::optional<std::size_t> EstimatedIndexOf(const FitFacts& fit, const std::string& term) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name == term && fit.terms[i].estimate) return i;
  }
  return std::nullopt;
}

}  // namespace

Result<Table> BuildChannelsTable(const std::vector<const ChannelsFacts*>& all, const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("channels", options);
  table.columns = {{"total", words("Total"), false},
                   {"efficiency", words("Efficiency channel"), false},
                   {"inputs", words("Input channel"), false},
                   {"efficiency_share", words("Share of efficiency"), false}};
  for (const ChannelsFacts* facts : all) {
    const std::array<const FitFacts*, 3> fits = {&facts->total, &facts->efficiency, &facts->inputs};
    for (const FitFacts* fit : fits) FARRELL_RETURN_IF_ERROR(CheckInference(*fit));
    Panel panel;
    if (all.size() > 1) panel.title = facts->label.empty() ? facts->id : facts->label;
    for (const TermFacts& term : facts->total.terms) {
      const bool asked = options.terms.empty() ||
                         std::find(options.terms.begin(), options.terms.end(), term.name) != options.terms.end();
      if (!asked || term.name == "(Intercept)") continue;
      Row estimates{"coef:" + facts->id + ":" + term.name,
                    term.label.empty() ? term.name : term.label,
                    Row::Role::kCoefficient,
                    {},
                    false};
      Row errors{"se:" + facts->id + ":" + term.name, "", Row::Role::kStdError, {}, false};
      std::vector<std::optional<double>> std_errors;
      std::vector<double> values;
      for (const FitFacts* fit : fits) {
        const std::optional<std::size_t> index = EstimatedIndexOf(*fit, term.name);
        if (!index) continue;
        values.push_back(*fit->terms[*index].estimate);
        std_errors.push_back(fit->inferences.front().terms[*index].std_error);
      }
      if (values.size() != fits.size()) continue;
      const double rest = values[0] - values[1] - values[2];
      if (std::abs(rest) > kAddsUp * std::max({1.0, std::abs(values[1]), std::abs(values[2])})) {
        return FailedPrecondition("CHANNELS_DO_NOT_ADD_UP", "the channels of '" + facts->id +
                                                                "' do not add up to the total of " + term.name +
                                                                ": the three regressions do not rest on the same rows");
      }
      const int decimals = CommonDecimals(std_errors);
      for (std::size_t i = 0; i < values.size(); ++i) {
        estimates.cells.push_back(Cell::Real(values[i], decimals));
        Cell error = Cell::OptionalReal(std_errors[i], decimals);
        error.wrap = Cell::Wrap::kParentheses;
        errors.cells.push_back(std::move(error));
      }
      estimates.cells.push_back(values[0] != 0 ? Cell::Real(values[1] / values[0], 2) : Cell::Empty());
      errors.cells.push_back(Cell::Empty());
      panel.rows.push_back(std::move(estimates));
      panel.rows.push_back(std::move(errors));
    }
    table.panels.push_back(std::move(panel));
  }
  const ChannelsFacts& first = *all.front();
  table.notes.push_back(
      words("Log output = log score + log target, row by row: one output, output orientation, one frontier ({1}). The "
            "three regressions have the same right side and the same rows, so their coefficients add up exactly.",
            {first.dea}));
  table.notes.push_back(words("Standard errors in parentheses: {1}.",
                              {DescribeInference(first.total.inferences.front(), options.words)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
