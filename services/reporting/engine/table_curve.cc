// Specification curves side by side: how far the estimates go, how many are significant, where the main one stands, and
// whether no effect in any specification can be excluded.
#include <algorithm>
#include <array>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

Cell PercentCell(const std::optional<double>& share, const Words& words) {
  return share ? Cell::Real(100.0 * *share, 1) : Cell::Text(words("n/a"));
}

int Decimals(const CurveFacts& curve) {
  std::optional<double> error = curve.main().numbers.std_error;
  for (const CurveSpecificationFacts& each : curve.specifications) {
    if (!error) error = each.numbers.std_error;
  }
  return DecimalsFor(error);
}

// "7 of 32": by increasing estimate.
Cell Rank(const CurveFacts& curve, const Words& words) {
  const auto found = std::find(curve.order.begin(), curve.order.end(), std::size_t{0});
  if (found == curve.order.end()) return Cell::Text(words("not estimated"));
  return Cell::Text(words("{1} of {2}", {text::FormatCount(found - curve.order.begin() + 1),
                                         text::FormatCount(static_cast<std::int64_t>(curve.order.size()))}));
}

Cell JointP(const CurveFacts& curve, const std::string& name, const Words& words) {
  for (const CurveStatisticFacts& statistic : curve.statistics) {
    if (statistic.name == name) return Cell::PValue(statistic.p_value);
  }
  return Cell::Text(words("n/a"));
}

std::string Name(const CurveFacts& curve) { return curve.label.empty() ? curve.id : curve.label; }

std::string MainNote(const CurveFacts& curve, const Words& words) {
  const CurveSpecificationFacts& main = curve.main();
  std::vector<std::string> how = {words("sample {1}", {main.sample})};
  if (main.weights != "1") how.push_back(words("weighted by {1}", {main.weights}));
  how.push_back(InferenceLabel(main.inference, words));
  const std::string sentence =
      words("{1}: the main specification is {2}, {3}.", {Name(curve), main.formula, words.Clauses(how)});
  std::vector<std::string> varied;
  for (const CurveChoice& choice : VariedChoices(curve, words)) {
    std::vector<std::string> entries;
    for (const std::string& entry : choice.entries) entries.push_back(ChoiceLabel(choice, entry, words));
    varied.push_back(words("{1}: {2}", {choice.name, words.Names(entries)}));
  }
  return varied.empty() ? sentence : words.Sentences({sentence, words("Choices: {1}.", {words.Parts(varied)})});
}

std::string JointNote(const CurveFacts& curve, const Words& words) {
  if (!curve.has_joint_test) return words("{1}: the joint test was not asked for.", {Name(curve)});
  if (!curve.undefined.empty()) return words("{1}: no joint test: {2}.", {Name(curve), curve.undefined});
  const std::string draws = text::FormatCount(curve.draws);
  std::vector<std::string> how = {
      curve.enumerated
          ? words("all {1} wild cluster bootstrap draws of {2}, {3} by {4}, the null imposed in every model",
                  {draws, words.Counted(curve.model_count, Said("{1} model"), Said("{1} models")),
                   words.Counted(curve.cluster_count, Said("{1} cluster"), Said("{1} clusters")), curve.cluster})
          : words("{1} wild cluster bootstrap draws of {2}, {3} by {4}, the null imposed in every model",
                  {draws, words.Counted(curve.model_count, Said("{1} model"), Said("{1} models")),
                   words.Counted(curve.cluster_count, Said("{1} cluster"), Said("{1} clusters")), curve.cluster})};
  if (curve.provenance.seed && !curve.enumerated) {
    how.push_back(words("seed {1}", {std::to_string(*curve.provenance.seed)}));
  }
  return words("{1}: joint test by {2}.", {Name(curve), words.Parts(how)});
}

}  // namespace

std::vector<CurveChoice> VariedChoices(const CurveFacts& curve, const Words& words) {
  using Facts = CurveSpecificationFacts;
  std::vector<CurveChoice> varied;
  for (CurveChoice choice :
       {CurveChoice{words("Term"), &Facts::term, {}}, CurveChoice{words("Outcome"), &Facts::outcome, {}},
        CurveChoice{words("Controls"), &Facts::controls, {}}, CurveChoice{words("Effects"), &Facts::effects, {}},
        CurveChoice{words("Instruments"), &Facts::instruments, {}}, CurveChoice{words("Sample"), &Facts::sample, {}},
        CurveChoice{words("Weights"), &Facts::weights, {}},
        CurveChoice{words("Standard errors"), &Facts::inference, {}}}) {
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

std::string ChoiceLabel(const CurveChoice& choice, const std::string& entry, const Words& words) {
  using Facts = CurveSpecificationFacts;
  const bool none = (choice.member == &Facts::controls && entry == "1") ||
                    (choice.member == &Facts::effects && entry == "0") ||
                    (choice.member == &Facts::weights && entry == "1");
  return none ? words("none") : entry;
}

Result<Table> BuildCurveTable(const std::vector<const CurveFacts*>& curves, const TableOptions& options) {
  if (curves.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no curves");
  const Words& words = options.words;
  Table table = TableFrame("curve", options);
  for (const CurveFacts* curve : curves) table.columns.push_back({curve->id, Name(*curve), false});
  const auto row = [&](Panel& panel, const char* id, std::string label, const auto& cell) {
    Row added{std::string("curve:") + id, std::move(label), Row::Role::kBody, {}, false};
    for (const CurveFacts* curve : curves) added.cells.push_back(cell(*curve));
    panel.rows.push_back(std::move(added));
  };
  Panel all{words("All specifications"), {}};
  row(all, "specifications", words("Specifications"),
      [](const CurveFacts& curve) { return Cell::Count(static_cast<std::int64_t>(curve.specifications.size())); });
  row(all, "estimated", words("with an estimate"),
      [](const CurveFacts& curve) { return Cell::Count(static_cast<std::int64_t>(curve.order.size())); });
  row(all, "median", words("Median estimate"),
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.median, Decimals(curve)); });
  row(all, "min", words("Smallest"),
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.min, Decimals(curve)); });
  row(all, "max", words("Largest"),
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.max, Decimals(curve)); });
  row(all, "positive", words("Positive, %"),
      [&](const CurveFacts& curve) { return PercentCell(curve.positive_share, words); });
  row(all, "significant", words("Significant, %"),
      [&](const CurveFacts& curve) { return PercentCell(curve.significant_share, words); });
  row(all, "significant_sign", words("Significant with the sign of the median, %"),
      [&](const CurveFacts& curve) { return PercentCell(curve.significant_with_median_sign_share, words); });
  Panel main{words("Main specification"), {}};
  row(main, "main", words("Estimate"),
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.main().estimate, Decimals(curve)); });
  row(main, "main_se", words("s.e."),
      [](const CurveFacts& curve) { return Cell::OptionalReal(curve.main().numbers.std_error, Decimals(curve)); });
  row(main, "main_p", "p", [](const CurveFacts& curve) { return Cell::PValue(curve.main().numbers.p_value); });
  row(main, "main_rank", words("Rank among the estimates"),
      [&](const CurveFacts& curve) { return Rank(curve, words); });
  Panel joint{words("No effect in any specification, p"), {}};
  for (const auto& [name, label] :
       std::array<std::pair<const char*, std::string>, 3>{{{"median", words("Median estimate")},
                                                           {"significant", words("Share significant")},
                                                           {"stouffer", words("Mean z-value")}}}) {
    row(joint, (std::string("joint_") + name).c_str(), label,
        [&, name = name](const CurveFacts& curve) { return JointP(curve, name, words); });
  }
  table.panels = {std::move(all), std::move(main), std::move(joint)};
  for (const CurveFacts* curve : curves) {
    table.notes.push_back(MainNote(*curve, words));
    table.notes.push_back(JointNote(*curve, words));
    for (const WarningFacts& warning : curve->warnings)
      table.notes.push_back(words("{1}: {2}", {warning.code, WarningText(warning, words)}));
  }
  table.notes.push_back(
      words("Significant: p below {1}. Specifications share data; the joint test alone says what they say together.",
            {text::FormatSignificant(1.0 - curves.front()->confidence_level, 3)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
