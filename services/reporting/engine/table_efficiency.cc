// Who is how efficient: a ranking of the mean score with ties, first and last period, and peers.
#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/ranking.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// At most three peers with weights, the unit alone as "itself".
std::string PeerWords(const RankedUnit& unit, bool cross_section_of_time, const Words& words) {
  if (unit.own_peer) return words("itself");
  std::vector<std::string> peers;
  for (std::size_t i = 0; i < unit.last_peers.size() && i < 3; ++i) {
    const PeerFacts& peer = unit.last_peers[i];
    std::string named = peer.unit;
    if (cross_section_of_time && peer.time) named += " " + std::to_string(*peer.time);
    peers.push_back(named + " " + text::FormatSignificant(peer.weight, 2));
  }
  if (unit.last_peers.size() > 3) {
    peers.push_back(words("and {1} more", {std::to_string(unit.last_peers.size() - 3)}));
  }
  return words.Parts(peers);
}

std::vector<std::string> Notes(const DeaFacts& dea, const TableOptions& options) {
  const Words& words = options.words;
  std::vector<std::string> notes;
  notes.push_back(words("Radial model, {1}. Inputs: {2}. Outputs: {3}. A score of 1 is efficient.",
                        {DescribeModel(dea, words), words.Names(dea.inputs), words.Names(dea.outputs)}));
  std::vector<std::string> counts = {
      words("{1} scores, {2} % equal to 1",
            {text::FormatCount(dea.optimal_count), text::FormatFixed(dea.share_at_one * 100, 1)})};
  if (dea.infeasible_count > 0) counts.push_back(words("{1} infeasible", {text::FormatCount(dea.infeasible_count)}));
  if (dea.excluded_count > 0) counts.push_back(words("{1} excluded", {text::FormatCount(dea.excluded_count)}));
  notes.push_back(words("{1}. Every score is certified: largest duality gap {2}, largest violation {3}.",
                        {words.Parts(counts), text::FormatSignificant(dea.worst_gap, 2),
                         text::FormatSignificant(dea.worst_violation, 2)}));
  notes.push_back(
      words("= marks a tie of the means (within 1e-9). Judges: how many other rows have the unit among their peers."));
  if (!dea.where.empty()) notes.push_back(words("Rows: {1}.", {dea.where}));
  notes.insert(notes.end(), options.notes.begin(), options.notes.end());
  return notes;
}

}  // namespace

Result<Table> BuildEfficiencyTable(const DeaFacts& dea, const TableOptions& options) {
  const std::vector<RankedUnit> units = RankUnits(dea);
  if (units.empty() || units.front().rank == 0) {
    return NothingToShow(options.words("no row of '{1}' has a score", {dea.id}));
  }
  const std::vector<std::int64_t> periods = ScoredPeriods(dea);
  const bool panel_data = periods.size() > 1;
  const bool peers_of_other_periods =
      panel_data && dea.frontier.rfind("contemporaneous", 0) != 0 && dea.frontier.rfind("group:", 0) != 0;
  const Words& words = options.words;
  Table table = TableFrame("efficiency", options);
  table.stub = options.unit_word.empty() ? words("Unit") : Capitalized(options.unit_word);
  table.columns.push_back({"rank", words("Rank"), false});
  if (panel_data) {
    table.columns.push_back({"mean", words("Mean"), false});
    table.columns.push_back({"first", std::to_string(periods.front()), false});
    table.columns.push_back({"last", std::to_string(periods.back()), false});
    table.columns.push_back({"min", words("Min"), false});
    table.columns.push_back({"max", words("Max"), false});
    table.columns.push_back({"efficient_count", words("Times at 1"), false});
    table.spanners.push_back({words("Score"), 1, 5});
  } else {
    table.columns.push_back({"mean", words("Score"), false});
  }
  table.columns.push_back({"judged_count", words("Judges"), false});
  table.columns.push_back(
      {"peers", panel_data ? words("Peers {1} (weight)", {std::to_string(periods.back())}) : words("Peers (weight)"),
       true});
  Panel panel;
  for (const RankedUnit& unit : units) {
    Row row{"unit:" + unit.unit, unit.unit, Row::Role::kBody, {}, false};
    row.cells.push_back(unit.rank == 0 ? Cell::Text("–")
                                       : Cell::Text(std::to_string(unit.rank) + (unit.tied ? "=" : "")));
    row.cells.push_back(Cell::OptionalReal(unit.mean, 3));
    if (panel_data) {
      for (const std::optional<double>& value : {unit.first, unit.last, unit.min, unit.max}) {
        row.cells.push_back(Cell::OptionalReal(value, 3));
      }
      row.cells.push_back(Cell::Count(unit.efficient_count));
    }
    row.cells.push_back(Cell::Count(unit.judged_count));
    row.cells.push_back(Cell::Text(PeerWords(unit, peers_of_other_periods, words)));
    panel.rows.push_back(std::move(row));
  }
  table.panels.push_back(std::move(panel));
  table.notes = Notes(dea, options);
  return table;
}

}  // namespace farrell::reporting
