// A period whose outcome has not arrived: what it will be, how well that has worked, and the score it would give.
#include <algorithm>
#include <cmath>

#include "common/numeric/elementary.h"
#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/inside_log.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

bool IsLog(const NowcastFacts& nowcast) { return !InsideLog(nowcast.outcome).empty(); }

// The outcome itself where the formula predicts its logarithm.
std::optional<double> Shown(const NowcastFacts& nowcast, const std::optional<double>& value) {
  return value && IsLog(nowcast) ? std::optional<double>(numeric::Exp(*value)) : value;
}

// Four digits of the largest number, none after the point beyond a thousand.
int DecimalsOf(const NowcastFacts& nowcast) {
  double largest = 0;
  for (const UnitNowcastFacts& unit : nowcast.units) {
    largest = std::max(largest, std::fabs(*Shown(nowcast, unit.prediction)));
  }
  int decimals = 3;
  for (double bound = 10; decimals > 0 && largest >= bound; bound *= 10) --decimals;
  return decimals;
}

// Scores are the output times the score of one unit of it.
std::optional<double> Score(const NowcastFacts& nowcast, const UnitNowcastFacts& unit,
                            const std::optional<double>& value) {
  const std::optional<double> output = Shown(nowcast, value);
  if (!output || !unit.unit_score) return std::nullopt;
  return *output * *unit.unit_score;
}

std::string BacktestNote(const NowcastFacts& nowcast, const Words& words) {
  const std::string periods = words(
      "{1}–{2}", {std::to_string(nowcast.backtest.front().period), std::to_string(nowcast.backtest.back().period)});
  return words(
      "Backtest {1}, every period predicted from its past alone: root mean square error {2}, of the last value "
      "{3} ({4} cells).",
      {periods, text::FormatSignificant(nowcast.rmse, 3), text::FormatSignificant(nowcast.rmse_random_walk, 3),
       text::FormatCount(nowcast.error_count)});
}

}  // namespace

Result<Table> BuildNowcastTable(const NowcastFacts& nowcast, const TableOptions& options) {
  if (nowcast.units.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no predictions");
  const Words& words = options.words;
  const std::string level = text::FormatSignificant(nowcast.level * 100, 4);
  const bool observed = std::any_of(nowcast.units.begin(), nowcast.units.end(),
                                    [](const UnitNowcastFacts& unit) { return unit.observed.has_value(); });
  const bool scored = !nowcast.dea.empty();
  const int decimals = DecimalsOf(nowcast);

  Table table = TableFrame("nowcast", options);
  table.stub = options.unit_word.empty() ? words("Unit") : Capitalized(options.unit_word);
  table.columns = {{"last", words("Last value"), false},
                   {"prediction", words("Nowcast"), false},
                   {"low", words("{1} % low", {level}), false},
                   {"high", words("{1} % high", {level}), false}};
  if (observed) table.columns.push_back({"observed", words("Observed"), false});
  if (scored) {
    table.columns.push_back({"score", words("Score"), false});
    table.columns.push_back({"score_low", words("{1} % low", {level}), false});
    table.columns.push_back({"score_high", words("{1} % high", {level}), false});
  }
  Panel panel;
  for (const UnitNowcastFacts& unit : nowcast.units) {
    Row row{"unit:" + unit.unit, unit.unit, Row::Role::kBody, {}, false};
    const auto value = [&](const std::optional<double>& number) {
      row.cells.push_back(Cell::OptionalReal(Shown(nowcast, number), decimals));
    };
    value(unit.last_value);
    value(unit.prediction);
    value(unit.low);
    value(unit.high);
    if (observed) value(unit.observed);
    if (scored) {
      for (const std::optional<double>& end : {std::optional<double>(unit.prediction), unit.low, unit.high}) {
        row.cells.push_back(Cell::OptionalReal(Score(nowcast, unit, end), 3));
      }
    }
    panel.rows.push_back(std::move(row));
  }
  table.panels.push_back(std::move(panel));

  table.notes.push_back(words("Period: {1}.", {std::to_string(nowcast.period)}));
  table.notes.push_back(words("Model: {1}, fitted on the periods before.", {nowcast.formula}));
  if (IsLog(nowcast)) {
    table.notes.push_back(words("The logarithm is predicted; its exponential, a median, is shown."));
  }
  if (!nowcast.backtest.empty()) {
    table.notes.push_back(BacktestNote(nowcast, words));
    table.notes.push_back(
        words("Intervals are as wide as the errors of the backtest (split conformal; Lei et al. 2018)."));
  }
  if (nowcast.coverage) {
    table.notes.push_back(
        words("Made from the past alone, intervals held {1} % of {2} cells; {3} % were wanted.",
              {text::FormatSignificant(*nowcast.coverage * 100, 3), text::FormatCount(nowcast.coverage_count), level}));
  }
  if (scored) {
    table.notes.push_back(words(
        "Scores: {1}, inputs of the period against the frontier of the periods before, which stands still; a score "
        "above one lies beyond it. Intervals are those of the prediction.",
        {nowcast.dea}));
  }
  if (observed) table.notes.push_back(words("The outcome observed was not used for the prediction of its period."));
  if (!nowcast.left_out.empty()) {
    table.notes.push_back(
        words("Not predicted, a regressor or a past is missing: {1}.", {words.Names(nowcast.left_out)}));
  }
  for (const WarningFacts& warning : nowcast.warnings) {
    table.notes.push_back(words("{1}: {2}", {warning.code, WarningText(warning, words)}));
  }
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
