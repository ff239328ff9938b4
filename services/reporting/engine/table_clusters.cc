// How unequal the clusters of a regression are: counts, effective number, leverage.
#include <algorithm>

#include "services/reporting/engine/table.h"

namespace farrell::reporting {

Result<Table> BuildClustersTable(const std::vector<const FitFacts*>& fits, const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("clusters", options);
  table.columns = {{"clusters", words("Clusters"), false},
                   {"effective", words("Effective"), false},
                   {"largest_partial", words("Largest partial leverage"), false},
                   {"largest_partial_cluster", words("of"), true},
                   {"largest_share", words("Largest share of rows"), false}};
  Panel panel;
  for (const FitFacts* fit : fits) {
    if (!fit->cluster_diagnostics) {
      return NothingToShow(words("the errors of '{1}' are not clustered", {fit->id}));
    }
    const ClusterDiagnosticsFacts& facts = *fit->cluster_diagnostics;
    std::int64_t most = 0;
    for (const ClusterFacts& cluster : facts.clusters) most = std::max(most, cluster.observation_count);
    for (std::size_t t = 0; t < fit->terms.size() && t < facts.effective_clusters.size(); ++t) {
      const TermFacts& term = fit->terms[t];
      const bool asked = options.terms.empty()
                             ? term.name != "(Intercept)"
                             : std::find(options.terms.begin(), options.terms.end(), term.name) != options.terms.end();
      if (!asked || !term.estimate) continue;
      const auto largest = std::max_element(facts.clusters.begin(), facts.clusters.end(),
                                            [&](const ClusterFacts& a, const ClusterFacts& b) {
                                              return a.partial_leverage.at(t) < b.partial_leverage.at(t);
                                            });
      panel.rows.push_back(
          {"clusters:" + fit->id + ":" + term.name,
           words("{1}: {2}", {fit->label.empty() ? fit->id : fit->label, term.label.empty() ? term.name : term.label}),
           Row::Role::kBody,
           {Cell::Count(static_cast<std::int64_t>(facts.clusters.size())), Cell::Real(facts.effective_clusters[t], 1),
            Cell::Real(largest->partial_leverage[t], 3), Cell::Text(largest->label),
            Cell::Real(
                static_cast<double>(most) / static_cast<double>(std::max<std::int64_t>(fit->observation_count, 1)), 3)},
           false});
    }
  }
  table.panels.push_back(std::move(panel));
  table.notes.push_back(
      words("Effective number of clusters G*(0) of Carter, Schnepel & Steigerwald (2017); partial leverage as "
            "in MacKinnon, Nielsen & Webb (2023): with equal clusters it is one over their number."));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
