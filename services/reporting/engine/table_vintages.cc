// The same regressions on other statistical vintages of the data: what the release of the numbers does to a result.
#include <algorithm>

#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

struct Estimate {
  std::optional<double> value;
  std::optional<double> std_error;
};

Estimate EstimateOf(const FitFacts& fit, const std::string& term) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name == term) return {fit.terms[i].estimate, fit.inferences.front().terms[i].std_error};
  }
  return {};
}

// One regression: on the study's own data, and on every vintage that estimates it again.
struct Again {
  const FitFacts* own = nullptr;
  // One a vintage; null where it is not asked for.
  std::vector<const VintageFitFacts*> vintages;

  std::string Name() const { return own->label.empty() ? own->id : own->label; }
};

std::string NameOf(const VintageFacts& vintage) { return vintage.label.empty() ? vintage.id : vintage.label; }

class Builder {
 public:
  Builder(const std::vector<const VintageFacts*>& vintages, const ReportFacts& facts, const TableOptions& options)
      : vintages_(vintages), facts_(facts), options_(options), words_(options.words) {}

  Result<Table> Build() {
    FindRegressions();
    for (const Again& again : regressions_) {
      FARRELL_RETURN_IF_ERROR(CheckInference(*again.own));
      for (const VintageFitFacts* fit : again.vintages) {
        if (fit != nullptr && fit->fit) FARRELL_RETURN_IF_ERROR(CheckInference(*fit->fit));
      }
    }
    Table table = TableFrame("vintages", options_);
    table.columns = {{"own", words_("Study's data"), false}};
    for (const VintageFacts* vintage : vintages_) {
      table.spanners.push_back({NameOf(*vintage), table.columns.size(), table.columns.size() + 1});
      table.columns.push_back({vintage->id, words_("Estimate"), false});
      table.columns.push_back({vintage->id + ":difference", words_("Difference"), false});
    }
    for (const Again& again : regressions_) table.panels.push_back(MakePanel(again));
    AddNotes(table.notes);
    return table;
  }

 private:
  void FindRegressions() {
    for (const VintageFacts* vintage : vintages_) {
      for (const VintageFitFacts& fit : vintage->fits) {
        const FitFacts* own = FindFit(facts_, fit.regression);
        const bool known =
            std::any_of(regressions_.begin(), regressions_.end(), [&](const Again& again) { return again.own == own; });
        if (own != nullptr && !known) regressions_.push_back({own, {}});
      }
    }
    for (Again& again : regressions_) {
      for (const VintageFacts* vintage : vintages_) {
        const auto found = std::find_if(vintage->fits.begin(), vintage->fits.end(),
                                        [&](const VintageFitFacts& fit) { return fit.regression == again.own->id; });
        again.vintages.push_back(found == vintage->fits.end() ? nullptr : &*found);
      }
    }
  }

  // Those of the study's own data, then those that only a vintage has.
  std::vector<TermFacts> TermsOf(const Again& again) const {
    std::vector<TermFacts> terms;
    const auto add = [&](const FitFacts& fit) {
      for (const TermFacts& term : fit.terms) {
        const auto is = [&](const TermFacts& known) { return known.name == term.name; };
        const bool asked = options_.terms.empty() ? term.name != "(Intercept)"
                                                  : std::find(options_.terms.begin(), options_.terms.end(),
                                                              term.name) != options_.terms.end();
        if (asked && std::none_of(terms.begin(), terms.end(), is)) terms.push_back(term);
      }
    };
    add(*again.own);
    for (const VintageFitFacts* fit : again.vintages) {
      if (fit != nullptr && fit->fit) add(*fit->fit);
    }
    return terms;
  }

  Panel MakePanel(const Again& again) const {
    Panel panel;
    if (regressions_.size() > 1) panel.title = again.Name();
    for (const TermFacts& term : TermsOf(again)) AddTerm(again, term, panel.rows);
    const auto marked = std::find_if(panel.rows.begin(), panel.rows.end(),
                                     [](const Row& row) { return row.role == Row::Role::kCoefficient; });
    for (std::size_t v = 0; v < again.vintages.size() && marked != panel.rows.end(); ++v) {
      const VintageFitFacts* fit = again.vintages[v];
      if (fit != nullptr && !fit->fit) marked->cells[1 + 2 * v] = Cell::Text(words_("not estimated"));
    }
    AddCounts(again, panel.rows);
    return panel;
  }

  void AddTerm(const Again& again, const TermFacts& term, std::vector<Row>& rows) const {
    const Estimate own = EstimateOf(*again.own, term.name);
    std::vector<Estimate> estimates;
    std::vector<std::optional<double>> std_errors = {own.std_error};
    for (const VintageFitFacts* fit : again.vintages) {
      estimates.push_back(fit != nullptr && fit->fit ? EstimateOf(*fit->fit, term.name) : Estimate());
      std_errors.push_back(estimates.back().std_error);
    }
    const int decimals = CommonDecimals(std_errors);
    const auto error = [&](const std::optional<double>& value) {
      Cell cell = Cell::OptionalReal(value, decimals);
      if (value) cell.wrap = Cell::Wrap::kParentheses;
      return cell;
    };
    const std::string id = again.own->id + ":" + term.name;
    Row coefficients{"coef:" + id, term.label.empty() ? term.name : term.label, Row::Role::kCoefficient, {}, false};
    Row errors{"se:" + id, "", Row::Role::kStdError, {}, false};
    coefficients.cells.push_back(Cell::OptionalReal(own.value, decimals));
    errors.cells.push_back(error(own.std_error));
    for (const Estimate& estimate : estimates) {
      const bool both = own.value && estimate.value;
      coefficients.cells.push_back(Cell::OptionalReal(estimate.value, decimals));
      coefficients.cells.push_back(both ? Cell::Real(*estimate.value - *own.value, decimals) : Cell::Empty());
      errors.cells.push_back(error(estimate.std_error));
      errors.cells.push_back(Cell::Empty());
    }
    rows.push_back(std::move(coefficients));
    rows.push_back(std::move(errors));
  }

  void AddCounts(const Again& again, std::vector<Row>& rows) const {
    Row observations{"n:" + again.own->id,
                     words_("Observations"),
                     Row::Role::kStat,
                     {Cell::Count(again.own->observation_count)},
                     true};
    for (const VintageFitFacts* fit : again.vintages) {
      const bool estimated = fit != nullptr && fit->fit;
      const std::int64_t count = estimated ? fit->fit->observation_count : 0;
      observations.cells.push_back(estimated ? Cell::Count(count) : Cell::Empty());
      observations.cells.push_back(estimated ? Cell::Count(count - again.own->observation_count) : Cell::Empty());
    }
    rows.push_back(std::move(observations));
    const auto add = [&](const std::string& id, std::string label, std::int64_t CellRevisions::*count) {
      Row row{id + ":" + again.own->id, std::move(label), Row::Role::kStat, {Cell::Empty()}, false};
      for (const VintageFitFacts* fit : again.vintages) {
        row.cells.push_back(fit == nullptr ? Cell::Empty() : Cell::Count(fit->cells.*count));
        row.cells.push_back(Cell::Empty());
      }
      rows.push_back(std::move(row));
    };
    add("revised", words_("Cells revised"), &CellRevisions::revised);
    add("appeared", words_("Cells appeared"), &CellRevisions::appeared);
    add("vanished", words_("Cells vanished"), &CellRevisions::vanished);
  }

  void AddNotes(std::vector<std::string>& notes) const {
    const auto snapshot = [&](const std::string& label, const std::string& name, const std::string& digest) {
      constexpr std::size_t kShort = 12;
      return words_("{1}: {2}, snapshot {3}", {label, name, digest.substr(0, kShort)});
    };
    std::vector<std::string> data = {snapshot(words_("Study's data"), facts_.data.name, facts_.data.snapshot_digest)};
    for (const VintageFacts* vintage : vintages_) {
      data.push_back(snapshot(NameOf(*vintage), vintage->name, vintage->snapshot_digest));
    }
    notes.push_back(words_("Code and specification are the same in every column; only the data differ. {1}.",
                           {words_.Parts(data)}));
    notes.push_back(
        words_("Difference: the estimate on the vintage less that on the study's data. Both rest largely on the same "
               "numbers, so no standard error is given for it."));
    notes.push_back(
        words_("Cells: those of the columns behind the regression, its scores and its sample, in all rows of the two "
               "snapshots. Revised: another value in the vintage; appeared: a value in the vintage only; vanished: a "
               "value in the study's data only."));
    AddInferenceNote(notes);
    for (const VintageFacts* vintage : vintages_) {
      for (const VintageFitFacts& fit : vintage->fits) {
        const FitFacts* own = FindFit(facts_, fit.regression);
        if (fit.fit || own == nullptr) continue;
        notes.push_back(words_("'{1}' is not estimated on {2}: {3}.",
                               {own->label.empty() ? own->id : own->label, NameOf(*vintage), fit.reason}));
      }
    }
    notes.insert(notes.end(), options_.notes.begin(), options_.notes.end());
  }

  // Once where all agree, else by regression, and by data where they differ.
  void AddInferenceNote(std::vector<std::string>& notes) const {
    const auto agree = [](const std::vector<std::string>& texts) {
      return std::all_of(texts.begin(), texts.end(), [&](const std::string& text) { return text == texts.front(); });
    };
    std::vector<std::string> said, parts;
    for (const Again& again : regressions_) {
      std::vector<std::string> data = {words_("Study's data")}, texts = {Describe(*again.own)};
      for (std::size_t v = 0; v < again.vintages.size(); ++v) {
        if (again.vintages[v] == nullptr || !again.vintages[v]->fit) continue;
        data.push_back(NameOf(*vintages_[v]));
        texts.push_back(Describe(*again.vintages[v]->fit));
      }
      said.insert(said.end(), texts.begin(), texts.end());
      const bool same = agree(texts);
      for (std::size_t i = 0; i < (same ? 1 : texts.size()); ++i) {
        const std::string whose = same ? again.Name() : words_.Clauses({again.Name(), data[i]});
        parts.push_back(words_("{1}: {2}", {whose, texts[i]}));
      }
    }
    if (said.empty()) return;
    notes.push_back(words_("Standard errors in parentheses: {1}.", {agree(said) ? said.front() : words_.Parts(parts)}));
  }

  std::string Describe(const FitFacts& fit) const { return DescribeInference(fit.inferences.front(), words_); }

  const std::vector<const VintageFacts*>& vintages_;
  const ReportFacts& facts_;
  const TableOptions& options_;
  const Words& words_;
  std::vector<Again> regressions_;
};

}  // namespace

Result<Table> BuildVintagesTable(const std::vector<const VintageFacts*>& vintages, const ReportFacts& facts,
                                 const TableOptions& options) {
  return Builder(vintages, facts, options).Build();
}

}  // namespace farrell::reporting
