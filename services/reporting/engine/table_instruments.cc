// First stages, strength of the instruments, and what can be said when they are weak.
#include "services/reporting/engine/diagnostics.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// A row of one cell a regression, left out when no regression has it.
template <typename MakeCell>
void AddRow(Panel& panel, const std::vector<const FitFacts*>& fits, std::string id, std::string label, MakeCell make) {
  Row row{std::move(id), std::move(label), Row::Role::kBody, {}, false};
  bool any = false;
  for (const FitFacts* fit : fits) {
    row.cells.push_back(make(*fit->instruments));
    any = any || row.cells.back().kind != Cell::Kind::kEmpty;
  }
  if (any) panel.rows.push_back(std::move(row));
}

Cell PValueOf(const std::optional<InstrumentFacts::Test>& test) {
  return test ? Cell::PValue(test->p_value) : Cell::Empty();
}

}  // namespace

Result<Table> BuildInstrumentsTable(const std::vector<const FitFacts*>& fits, const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("instruments", options);
  std::size_t stages = 0;
  for (const FitFacts* fit : fits) {
    if (!fit->instruments) {
      return InvalidArgument("TABLE_INVALID", "regression '" + fit->id + "' has no instruments");
    }
    table.columns.push_back({fit->id, fit->label.empty() ? fit->id : fit->label, false});
    stages = std::max(stages, fit->instruments->first_stages.size());
  }
  for (std::size_t s = 0; s < stages; ++s) {
    Panel panel;
    const auto stage = [s](const InstrumentFacts& facts) {
      return s < facts.first_stages.size() ? &facts.first_stages[s] : nullptr;
    };
    for (const FitFacts* fit : fits) {
      if (const auto* first = stage(*fit->instruments)) panel.title = words("First stage of {1}", {first->term});
    }
    const std::string id = "first_stage:" + std::to_string(s) + ":";
    AddRow(panel, fits, id + "f", words("F of the excluded instruments"), [&](const InstrumentFacts& facts) {
      return stage(facts) ? Cell::Real(stage(facts)->joint.statistic, 2) : Cell::Empty();
    });
    AddRow(panel, fits, id + "p", words("p"), [&](const InstrumentFacts& facts) {
      return stage(facts) ? Cell::PValue(stage(facts)->joint.p_value) : Cell::Empty();
    });
    AddRow(panel, fits, id + "partial_r2", words("Partial R²"), [&](const InstrumentFacts& facts) {
      return stage(facts) ? Cell::Real(stage(facts)->partial_r2, 3) : Cell::Empty();
    });
    AddRow(panel, fits, id + "effective_f", words("Effective F"), [&](const InstrumentFacts& facts) {
      return stage(facts) ? Cell::OptionalReal(stage(facts)->effective_f, 2) : Cell::Empty();
    });
    AddRow(panel, fits, id + "effective_f_critical", words("Critical value, bias of 10 %"),
           [&](const InstrumentFacts& facts) {
             return stage(facts) ? Cell::OptionalReal(stage(facts)->effective_f_critical, 2) : Cell::Empty();
           });
    table.panels.push_back(std::move(panel));
  }
  Panel panel;
  panel.title = words("Strength and validity");
  AddRow(panel, fits, "kleibergen_paap_f", words("Kleibergen-Paap F"),
         [](const InstrumentFacts& facts) { return Cell::OptionalReal(facts.kleibergen_paap_f, 2); });
  AddRow(panel, fits, "cragg_donald_f", words("Cragg-Donald F"),
         [](const InstrumentFacts& facts) { return Cell::OptionalReal(facts.cragg_donald_f, 2); });
  AddRow(panel, fits, "anderson_rubin_p", words("Anderson-Rubin p, no effect"),
         [](const InstrumentFacts& facts) { return PValueOf(facts.anderson_rubin); });
  AddRow(panel, fits, "anderson_rubin_set", words("Anderson-Rubin set"), [&](const InstrumentFacts& facts) {
    const std::string set = AndersonRubinSet(facts, words);
    return set.empty() ? Cell::Empty() : Cell::Text(set);
  });
  AddRow(panel, fits, "overidentification_p", words("Overidentification p"),
         [](const InstrumentFacts& facts) { return PValueOf(facts.overidentification); });
  AddRow(panel, fits, "endogeneity_p", words("Exogeneity p (Durbin-Wu-Hausman)"),
         [](const InstrumentFacts& facts) { return PValueOf(facts.endogeneity); });
  table.panels.push_back(std::move(panel));
  table.notes.push_back(
      words("Effective F and its critical value at five per cent: Montiel Olea & Pflueger (2013). The "
            "Anderson-Rubin set holds whatever the strength of the instruments."));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
