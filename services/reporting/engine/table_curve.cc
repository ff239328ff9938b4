// Specification curves side by side: how far the estimates go, how many are significant, where the main one stands, and
// whether no effect in any specification can be excluded.
#include <algorithm>
#include <array>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

Cell Percent(const std::optional<double>& share) { return share ? Cell::Real(100.0 * *share, 1) : Cell::Text("n/a"); }

int Decimals(const CurveFacts& curve) {
  std::optional<double> error = curve.main().numbers.std_error;
  for (const CurveSpecificationFacts& each : curve.specifications) {
    if (!error) error = each.numbers.std_error;
  }
  return DecimalsFor(error);
}

// "7 of 32": by increasing estimate.
Cell Rank(const CurveFacts& curve) {
  const auto found = std::find(curve.order.begin(), curve.order.end(), std::size_t{0});
  if (found == curve.order.end()) return Cell::Text("not estimated");
  return Cell::Text(text::FormatCount(found - curve.order.begin() + 1) + " of " +
                    text::FormatCount(static_cast<std::int64_t>(curve.order.size())));
}

Cell JointP(const CurveFacts& curve, const std::string& name) {
  for (const CurveStatisticFacts& statistic : curve.statistics) {
    if (statistic.name == name) return Cell::PValue(statistic.p_value);
  }
  return Cell::Text("n/a");
}

std::string Name(const CurveFacts& curve) { return curve.label.empty() ? curve.id : curve.label; }

std::string MainNote(const CurveFacts& curve) {
  const CurveSpecificationFacts& main = curve.main();
  std::string words = Name(curve) + ": the main specification is " + main.formula + ", sample " + main.sample +
                      (main.weights == "1" ? "" : ", weighted by " + main.weights) + ", " + main.inference + ".";
  std::string varied;
  for (const CurveChoice& choice : VariedChoices(curve)) {
    varied += (varied.empty() ? "" : "; ") + choice.name + ": ";
    for (std::size_t k = 0; k < choice.entries.size(); ++k) {
      varied += (k > 0 ? ", " : "") + ChoiceLabel(choice, choice.entries[k]);
    }
  }
  return varied.empty() ? words : words + " Choices: " + varied + ".";
}

std::string JointNote(const CurveFacts& curve) {
  if (!curve.has_joint_test) return Name(curve) + ": the joint test was not asked for.";
  if (!curve.undefined.empty()) return Name(curve) + ": no joint test: " + curve.undefined + ".";
  return Name(curve) + ": joint test by " + (curve.enumerated ? "all " : "") + text::FormatCount(curve.draws) +
         " wild cluster bootstrap draws of " + text::FormatCounted(curve.model_count, "model") + ", " +
         text::FormatCounted(curve.cluster_count, "cluster") + " by " + curve.cluster +
         ", the null imposed in every model" +
         (curve.provenance.seed && !curve.enumerated ? "; seed " + std::to_string(*curve.provenance.seed) : "") + ".";
}

}  // namespace

std::vector<CurveChoice> VariedChoices(const CurveFacts& curve) {
  using Facts = CurveSpecificationFacts;
  std::vector<CurveChoice> varied;
  for (CurveChoice choice :
       {CurveChoice{"Term", &Facts::term, {}}, CurveChoice{"Outcome", &Facts::outcome, {}},
        CurveChoice{"Controls", &Facts::controls, {}}, CurveChoice{"Effects", &Facts::effects, {}},
        CurveChoice{"Instruments", &Facts::instruments, {}}, CurveChoice{"Sample", &Facts::sample, {}},
        CurveChoice{"Weights", &Facts::weights, {}}, CurveChoice{"Standard errors", &Facts::inference, {}}}) {
    for (const Facts& each : curve.specifications) {
      const std::string& entry = each.*choice.member;
      if (std::find(choice.entries.begin(), choice.entries.end(), entry) == choice.entries.end()) {
        choice.entries.push_back(entry);
      }
    }
    if (choice.entries.size() > 1) varied.push_back(std::move(choice));
  }
  return varied;
}

std::string ChoiceLabel(const CurveChoice& choice, const std::string& entry) {
  const bool none = (choice.name == "Controls" && entry == "1") || (choice.name == "Effects" && entry == "0") ||
                    (choice.name == "Weights" && entry == "1");
  return none ? "none" : entry;
}

Result<Table> BuildCurveTable(const std::vector<const CurveFacts*>& curves, const TableOptions& options) {
  if (curves.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no curves");
  Table table = TableFrame("curve", options);
  for (const CurveFacts* curve : curves) table.columns.push_back({curve->id, Name(*curve), false});
  const auto row = [&](Panel& panel, const char* id, std::string label, const auto& cell) {
    Row added{std::string("curve:") + id, std::move(label), Row::Role::kBody, {}, false};
    for (const CurveFacts* curve : curves) added.cells.push_back(cell(*curve));
    panel.rows.push_back(std::move(added));
  };
  Panel all{"All specifications", {}};
  row(all, "specifications", "Specifications",
      [](const CurveFacts& curve) { return Cell::Count(static_cast<std::int64_t>(curve.specifications.size())); });
  row(all, "estimated", "with an estimate",
      [](const CurveFacts& curve) { return Cell::Count(static_cast<std::int64_t>(curve.order.size())); });
  row(all, "median", "Median estimate",
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.median, Decimals(curve)); });
  row(all, "min", "Smallest", [](const CurveFacts& curve) { return Cell::OptionalReal(curve.min, Decimals(curve)); });
  row(all, "max", "Largest", [](const CurveFacts& curve) { return Cell::OptionalReal(curve.max, Decimals(curve)); });
  row(all, "positive", "Positive, %", [](const CurveFacts& curve) { return Percent(curve.positive_share); });
  row(all, "significant", "Significant, %", [](const CurveFacts& curve) { return Percent(curve.significant_share); });
  row(all, "significant_sign", "Significant with the sign of the median, %",
      [](const CurveFacts& curve) { return Percent(curve.significant_with_median_sign_share); });
  Panel main{"Main specification", {}};
  row(main, "main", "Estimate",
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.main().estimate, Decimals(curve)); });
  row(main, "main_se", "s.e.",
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.main().numbers.std_error, Decimals(curve)); });
  row(main, "main_p", "p", [](const CurveFacts& curve) { return Cell::PValue(curve.main().numbers.p_value); });
  row(main, "main_rank", "Rank among the estimates", Rank);
  Panel joint{"No effect in any specification, p", {}};
  for (const auto& [name, label] : std::array<std::pair<const char*, const char*>, 3>{
           {{"median", "Median estimate"}, {"significant", "Share significant"}, {"stouffer", "Mean z-value"}}}) {
    row(joint, (std::string("joint_") + name).c_str(), label,
        [name = name](const CurveFacts& curve) { return JointP(curve, name); });
  }
  table.panels = {std::move(all), std::move(main), std::move(joint)};
  for (const CurveFacts* curve : curves) {
    table.notes.push_back(MainNote(*curve));
    table.notes.push_back(JointNote(*curve));
    for (const WarningFacts& warning : curve->warnings) table.notes.push_back(warning.code + ": " + warning.text);
  }
  table.notes.push_back("Significant: p below " + text::FormatSignificant(1.0 - curves.front()->confidence_level, 3) +
                        ". Specifications share data; the joint test alone says what they say together.");
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
