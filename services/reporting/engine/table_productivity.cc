// Growth of productivity by group, split into catching up and the frontier's own shift.
#include <map>

#include "services/reporting/engine/productivity_means.h"
#include "services/reporting/engine/table.h"
#include "services/reporting/engine/unit_groups.h"

namespace farrell::reporting {
namespace {

struct ChangeMeans {
  ProductivityMean index;
  ProductivityMean efficiency;
  ProductivityMean technical;
  std::int64_t catching_up = 0;
  std::int64_t changes = 0;
};

}  // namespace

Result<Table> BuildProductivityTable(const ProductivityFacts& facts, const ClassificationFacts* classification,
                                     const TableOptions& options) {
  const Words& words = options.words;
  const bool difference = facts.is_difference();
  const UnitGroups groups = GroupUnits(classification, words);
  std::map<std::string, ChangeMeans> means;
  for (const ProductivityChange& change : facts.changes) {
    const auto add = [&](ChangeMeans& of) {
      of.index.Add(change.index, difference);
      of.efficiency.Add(change.efficiency_change, difference);
      of.technical.Add(change.technical_change, difference);
      if (!change.efficiency_change) return;
      ++of.changes;
      if (*change.efficiency_change > (difference ? 0.0 : 1.0)) ++of.catching_up;
    };
    add(means[""]);
    if (const auto group = groups.of_unit.find(change.unit); group != groups.of_unit.end()) add(means[group->second]);
  }
  Table table = TableFrame("productivity", options);
  table.columns = {{"index", words("Productivity"), false},
                   {"efficiency_change", words("Efficiency change"), false},
                   {"technical_change", words("Frontier shift"), false},
                   {"catching_up", words("Share catching up"), false},
                   {"n", words("Changes"), false}};
  Panel panel;
  for (const auto& [name, label] : groups.rows) {
    const ChangeMeans& of = means[name];
    Cell share = Cell::Empty();
    if (of.changes > 0) share = Cell::Real(static_cast<double>(of.catching_up) / static_cast<double>(of.changes), 2);
    panel.rows.push_back(
        {"productivity:" + (name.empty() ? "all" : name),
         label,
         Row::Role::kBody,
         {Cell::OptionalReal(of.index.Value(difference), 4), Cell::OptionalReal(of.efficiency.Value(difference), 4),
          Cell::OptionalReal(of.technical.Value(difference), 4), std::move(share), Cell::Count(of.index.count)},
         name.empty()});
  }
  table.panels.push_back(std::move(panel));
  table.notes.push_back(difference
                            ? words("Means of the changes from one period to the next; above zero is growth.")
                            : words("Geometric means of the changes from one period to the next; above one is growth. "
                                    "Efficiency change above one is catching up with the frontier."));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
