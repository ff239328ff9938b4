// What every evaluation is: inputs, outputs, technology, frontier, and what came out.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

std::string Upper(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
  return word;
}

}  // namespace

Result<Table> BuildModelsTable(const std::vector<const DeaFacts*>& deas, const TableOptions& options) {
  if (deas.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no evaluations");
  const Words& words = options.words;
  Table table = TableFrame("models", options);
  for (const DeaFacts* dea : deas) {
    table.columns.push_back({dea->id, dea->label.empty() ? dea->id : dea->label, true});
  }
  Panel panel;
  const auto add = [&](const std::string& id, const std::string& label, auto make) {
    Row row{id, label, Row::Role::kBody, {}, false};
    for (const DeaFacts* dea : deas) row.cells.push_back(make(*dea));
    panel.rows.push_back(std::move(row));
  };
  add("model", words("Model"), [](const DeaFacts& dea) { return Cell::Text(dea.model); });
  add("inputs", words("Inputs"), [&](const DeaFacts& dea) { return Cell::Text(words.Names(dea.inputs)); });
  add("outputs", words("Outputs"), [&](const DeaFacts& dea) { return Cell::Text(words.Names(dea.outputs)); });
  add("orientation", words("Orientation"), [](const DeaFacts& dea) { return Cell::Text(dea.orientation); });
  add("rts", words("Returns to scale"), [](const DeaFacts& dea) { return Cell::Text(Upper(dea.rts)); });
  add("frontier", words("Frontier"), [](const DeaFacts& dea) { return Cell::Text(dea.frontier); });
  add("smallest_reference_count", words("Smallest reference set"), [&](const DeaFacts& dea) {
    return dea.smallest_reference_count ? Cell::Count(*dea.smallest_reference_count) : Cell::Text(words("not counted"));
  });
  add("scores", words("Scores"), [](const DeaFacts& dea) { return Cell::Count(dea.optimal_count); });
  add("infeasible", words("Infeasible"), [](const DeaFacts& dea) { return Cell::Count(dea.infeasible_count); });
  add("excluded", words("Excluded"), [](const DeaFacts& dea) { return Cell::Count(dea.excluded_count); });
  add("mean", words("Mean score"), [](const DeaFacts& dea) {
    double sum = 0;
    double count = 0;
    for (const ScoreFacts& row : dea.scores) {
      if (!row.score) continue;
      sum += *row.score;
      ++count;
    }
    return count > 0 ? Cell::Real(sum / count, 4) : Cell::Empty();
  });
  add("min", words("Smallest score"), [](const DeaFacts& dea) {
    std::optional<double> smallest;
    for (const ScoreFacts& row : dea.scores) {
      if (row.score) smallest = smallest ? std::min(*smallest, *row.score) : *row.score;
    }
    return Cell::OptionalReal(smallest, 4);
  });
  add("share_at_one", words("Share of scores equal to 1"),
      [](const DeaFacts& dea) { return Cell::Real(dea.share_at_one, 3); });
  table.panels.push_back(std::move(panel));
  for (const char* row_id : {"infeasible", "excluded"}) {
    auto& rows = table.panels.front().rows;
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [&](const Row& row) {
                                return row.id == row_id &&
                                       std::all_of(row.cells.begin(), row.cells.end(),
                                                   [](const Cell& cell) { return cell.count == 0; });
                              }),
               rows.end());
  }
  table.notes = {
      words("Radial models (Charnes, Cooper & Rhodes 1978; Banker, Charnes & Cooper 1984). Scores lie in (0, 1].")};
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
