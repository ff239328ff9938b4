// Which units are likely to see an event in the next period, and how far the list can be trusted.
#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

std::string LightWord(WarningLight light, const Words& words) {
  switch (light) {
    case WarningLight::kClear: return words("clear");
    case WarningLight::kUndecided: return words("undecided");
    case WarningLight::kFlagged: return words("flagged");
  }
  return {};
}

std::string InPercent(double share) { return text::FormatSignificant(share * 100, 3); }

std::string PredictorsNote(const EarlyWarningFacts& warning, const Words& words) {
  std::vector<std::string> slopes;
  for (const WarningPredictorFacts& predictor : warning.predictors) {
    slopes.push_back(words("{1} {2}", {predictor.label.empty() ? predictor.name : predictor.label,
                                       text::FormatSignificant(predictor.slope, 3)}));
  }
  return words(
      "Logit with a ridge penalty of {1} (le Cessie & van Houwelingen 1992) on {2} transitions; slopes of "
      "standardised predictors, taken the period before: {3}.",
      {text::FormatSignificant(warning.penalty, 3), text::FormatCount(warning.transition_count), words.Parts(slopes)});
}

std::string JudgementNote(const EarlyWarningFacts& warning, const Words& words) {
  std::string brier =
      words("Out of sample, one period left out after the other: Brier score {1}, of the base rate {2}.",
            {text::FormatSignificant(warning.brier_score, 3), text::FormatSignificant(warning.brier_score_base, 3)});
  if (!warning.calibration_intercept || !warning.calibration_slope) return brier;
  return words.Sentences({brier, words("Calibration: intercept {1}, slope {2}; perfect: 0 and 1 (Cox 1958).",
                                       {text::FormatSignificant(*warning.calibration_intercept, 3),
                                        text::FormatSignificant(*warning.calibration_slope, 3)})});
}

// Fifths of the predicted probability.
Panel CalibrationPanel(const EarlyWarningFacts& warning, const Words& words) {
  Panel panel{words("Predicted and seen, out of sample, by fifths"), {}};
  for (std::size_t k = 0; k < warning.calibration.size(); ++k) {
    const CalibrationFacts& bin = warning.calibration[k];
    const std::string fifth = std::to_string(k + 1);
    Row row{"fifth:" + fifth, words("Fifth {1}", {fifth}), Row::Role::kBody, {}, false};
    row.cells = {Cell::Real(bin.mean_predicted, 3), Cell::Empty(), Cell::Empty(),
                 Cell::Text(words("seen: {1} % of {2}", {InPercent(bin.event_share), text::FormatCount(bin.count)}))};
    panel.rows.push_back(std::move(row));
  }
  return panel;
}

}  // namespace

Result<Table> BuildEarlyWarningTable(const EarlyWarningFacts& warning, const TableOptions& options) {
  if (warning.units.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no units");
  const Words& words = options.words;
  const std::string level = text::FormatSignificant(warning.confidence_level * 100, 4);
  Table table = TableFrame("early_warning", options);
  table.stub = options.unit_word.empty() ? words("Unit") : Capitalized(options.unit_word);
  table.columns = {{"probability", words("Probability"), false},
                   {"low", words("{1} % low", {level}), false},
                   {"high", words("{1} % high", {level}), false},
                   {"light", words("Verdict"), true}};
  Panel panel;
  for (const UnitWarningFacts& unit : warning.units) {
    Row row{"unit:" + unit.unit, unit.unit, Row::Role::kBody, {}, false};
    row.cells = {Cell::Real(unit.probability, 3), Cell::Real(unit.low, 3), Cell::Real(unit.high, 3),
                 Cell::Text(LightWord(unit.light, words))};
    panel.rows.push_back(std::move(row));
  }
  table.panels.push_back(std::move(panel));
  if (!warning.calibration.empty()) table.panels.push_back(CalibrationPanel(warning, words));

  table.notes.push_back(words("Event in the period after {1}: {2}. It happened in {3} of {4} transitions, {5} %.",
                              {std::to_string(warning.period), warning.event, text::FormatCount(warning.event_count),
                               text::FormatCount(warning.transition_count), InPercent(warning.base_rate)}));
  table.notes.push_back(words("Flagged: the interval lies above {1} %; clear: below it; else nothing is said.",
                              {InPercent(warning.threshold)}));
  table.notes.push_back(PredictorsNote(warning, words));
  table.notes.push_back(
      words("Intervals: percentiles over {1} draws of whole units, seed {2}.",
            {text::FormatCount(warning.replication_count), std::to_string(warning.provenance.seed.value_or(0))}));
  table.notes.push_back(JudgementNote(warning, words));
  for (const WarningFacts& each : warning.warnings) {
    table.notes.push_back(words("{1}: {2}", {each.code, WarningText(each, words)}));
  }
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
