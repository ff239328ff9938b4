// Every coefficient of the report under every kind of inference that was computed, side by side.
#include <algorithm>
#include <utility>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// Bootstraps differ by their weights only where one fit has both.
std::string ColumnName(const InferenceFacts& inference, bool by_weights) {
  if (inference.type != InferenceType::kWild) return TypeName(inference.type);
  if (!by_weights) return std::string(Said("Wild bootstrap"));
  return std::string(inference.weights == "webb" ? Said("Wild bootstrap, Webb") : Said("Wild bootstrap, Rademacher"));
}

bool HasTwoBootstraps(const std::vector<const FitFacts*>& fits) {
  return std::any_of(fits.begin(), fits.end(), [](const FitFacts* fit) {
    return std::count_if(fit->inferences.begin(), fit->inferences.end(),
                         [](const InferenceFacts& inference) { return inference.type == InferenceType::kWild; }) > 1;
  });
}

// Kinds in the order in which they first appear.
std::vector<std::string> Types(const std::vector<const FitFacts*>& fits, bool by_weights) {
  std::vector<std::string> types;
  for (const FitFacts* fit : fits) {
    for (const InferenceFacts& inference : fit->inferences) {
      const std::string name = ColumnName(inference, by_weights);
      if (std::find(types.begin(), types.end(), name) == types.end()) types.push_back(name);
    }
  }
  return types;
}

std::string FitTitle(const FitFacts& fit, const Words& words) {
  const bool named = !fit.label.empty() && fit.label != fit.id;
  const std::string name = named ? words("{1} ({2})", {fit.id, fit.label}) : fit.id;
  const std::string count = text::FormatCount(fit.observation_count);
  return fit.where.empty() ? words("{1}: {2}; N = {3}", {name, fit.formula, count})
                           : words("{1}: {2}, where {3}; N = {4}", {name, fit.formula, fit.where, count});
}

}  // namespace

Result<Table> BuildInferenceTable(const std::vector<const FitFacts*>& fits, const TableOptions& options) {
  if (fits.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no regressions");
  for (const FitFacts* fit : fits) FARRELL_RETURN_IF_ERROR(CheckInference(*fit));
  const bool by_weights = HasTwoBootstraps(fits);
  const std::vector<std::string> types = Types(fits, by_weights);

  Table table = TableFrame("inference", options);
  const Words& words = options.words;
  table.columns.push_back({"estimate", words("Estimate"), false});
  for (const std::string& type : types) {
    // A bootstrap has no degrees of freedom of its own.
    const bool bootstrap = type.rfind("Wild", 0) == 0;
    table.spanners.push_back({words(type), table.columns.size(), table.columns.size() + (bootstrap ? 1 : 2)});
    table.columns.push_back({"se_" + type, words("s.e."), false});
    table.columns.push_back({"p_" + type, "p", false});
    if (!bootstrap) table.columns.push_back({"df_" + type, "df", false});
  }
  for (const FitFacts* fit : fits) {
    Panel panel;
    panel.title = FitTitle(*fit, words);
    for (std::size_t i = 0; i < fit->terms.size(); ++i) {
      const TermFacts& term = fit->terms[i];
      if (!term.estimate) continue;
      if (!options.terms.empty() &&
          std::find(options.terms.begin(), options.terms.end(), term.name) == options.terms.end()) {
        continue;
      }
      const int decimals = DecimalsFor(fit->inferences.front().terms[i].std_error);
      Row row{fit->id + ":" + term.name, term.label.empty() ? term.name : term.label, Row::Role::kBody, {}, false};
      row.cells.push_back(Cell::Real(*term.estimate, decimals));
      for (const std::string& type : types) {
        const auto inference =
            std::find_if(fit->inferences.begin(), fit->inferences.end(),
                         [&](const InferenceFacts& candidate) { return ColumnName(candidate, by_weights) == type; });
        const bool has = inference != fit->inferences.end();
        const TermInferenceFacts values = has ? inference->terms[i] : TermInferenceFacts{};
        row.cells.push_back(Cell::OptionalReal(values.std_error, decimals));
        row.cells.push_back(Cell::PValue(values.p_value));
        if (type.rfind("Wild", 0) == 0) continue;
        Cell df = Cell::OptionalReal(values.df, 0);
        if (values.df && *values.df != static_cast<double>(static_cast<std::int64_t>(*values.df))) df.decimals = 1;
        row.cells.push_back(std::move(df));
      }
      panel.rows.push_back(std::move(row));
    }
    if (!panel.rows.empty()) table.panels.push_back(std::move(panel));
  }
  // Fits judged alike share one line.
  std::vector<std::pair<std::string, std::vector<std::string>>> judged;
  for (const FitFacts* fit : fits) {
    std::vector<std::string> parts;
    for (const InferenceFacts& inference : fit->inferences) {
      parts.push_back(inference.type == InferenceType::kWild ? DescribeWildBootstrap(inference, words)
                                                             : DescribeInference(inference, words));
    }
    const std::string how = words.Parts(parts);
    const auto same = std::find_if(judged.begin(), judged.end(), [&](const auto& known) { return known.first == how; });
    if (same == judged.end()) {
      judged.push_back({how, {fit->id}});
    } else {
      same->second.push_back(fit->id);
    }
  }
  for (const auto& [how, ids] : judged) table.notes.push_back(words("{1}: {2}.", {words.Names(ids), how}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
