#include "services/reporting/engine/table_kinds.h"

#include <algorithm>
#include <set>
#include <string>

#include "services/reporting/engine/find_variable.h"

namespace farrell::reporting {
namespace {

// Every entry found by `find`, in the order of the columns; BuildTable has checked that they are there.
template <typename T, typename Find>
std::vector<const T*> FindAll(const TableSpec& spec, const ReportFacts& facts, Find find) {
  std::vector<const T*> found;
  for (const std::string& id : spec.columns) {
    if (const T* entry = find(facts, id)) found.push_back(entry);
  }
  return found;
}

const DescriptiveFacts* FindDescription(const ReportFacts& facts, const std::string& name) {
  const auto found = facts.descriptives.find(name);
  return found == facts.descriptives.end() ? nullptr : &found->second;
}

Result<Table> BuildRegression(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  // Columns that the data cannot fill keep their place.
  std::vector<FitFacts> lacking(spec.columns.size());
  std::vector<const FitFacts*> fits;
  for (std::size_t i = 0; i < spec.columns.size(); ++i) {
    const FitFacts* fit = FindFit(facts, spec.columns[i]);
    if (fit == nullptr) {
      const UnavailableFacts& unavailable = facts.unavailable.at("regressions:" + spec.columns[i]);
      lacking[i].id = spec.columns[i];
      lacking[i].label = unavailable.label;
      lacking[i].lacking = unavailable.variables;
      fit = &lacking[i];
    }
    fits.push_back(fit);
  }
  return BuildRegressionTable(fits, options);
}

Result<Table> BuildComparison(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildComparisonTable(*FindComparison(facts, spec.columns.front()), options);
}

Result<Table> BuildDescriptives(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  std::vector<DescriptiveFacts> variables;
  for (const DescriptiveFacts* variable : FindAll<DescriptiveFacts>(spec, facts, FindDescription)) {
    variables.push_back(*variable);
  }
  return BuildDescriptivesTable(variables, options);
}

Result<Table> BuildEfficiency(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildEfficiencyTable(*FindDea(facts, spec.columns.front()), options);
}

Result<Table> BuildVariables(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (spec.columns.empty()) return BuildVariablesTable(facts.data.variables, options);
  std::vector<VariableFacts> variables;
  for (const VariableFacts* variable : FindAll<VariableFacts>(spec, facts, FindVariable))
    variables.push_back(*variable);
  return BuildVariablesTable(variables, options);
}

Result<Table> BuildPublished(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (!spec.columns.empty()) {
    return BuildPublishedTable(FindAll<FitFacts>(spec, facts, FindFit),
                               FindAll<CompareFacts>(spec, facts, FindComparison),
                               FindAll<SecondStageFacts>(spec, facts, FindSecondStage), options);
  }
  std::vector<const FitFacts*> fits;
  std::vector<const CompareFacts*> comparisons;
  std::vector<const SecondStageFacts*> second_stages;
  for (const FitFacts& fit : facts.fits) fits.push_back(&fit);
  for (const CompareFacts& comparison : facts.comparisons) comparisons.push_back(&comparison);
  for (const SecondStageFacts& second_stage : facts.second_stages) second_stages.push_back(&second_stage);
  return BuildPublishedTable(fits, comparisons, second_stages, options);
}

Result<Table> BuildSpecification(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildSpecificationTable(*FindSpecification(facts, spec.columns.front()), options);
}

Result<Table> BuildSecondStage(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildSecondStageTable(*FindSecondStage(facts, spec.columns.front()), options);
}

Result<Table> BuildCurves(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildCurveTable(FindAll<CurveFacts>(spec, facts, FindCurve), options);
}

Result<Table> BuildRanks(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildRanksTable(*FindDea(facts, spec.columns.front()), options);
}

Result<Table> BuildReturnsToScale(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildReturnsToScaleTable(FindAll<ReturnsToScaleFacts>(spec, facts, FindReturnsToScale), options);
}

Result<Table> BuildNowcast(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildNowcastTable(*FindNowcast(facts, spec.columns.front()), options);
}

Result<Table> BuildEarlyWarning(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildEarlyWarningTable(*FindEarlyWarning(facts, spec.columns.front()), options);
}

template <Result<Table> (*build)(const std::vector<const FitFacts*>&, const TableOptions&)>
Result<Table> BuildOfFits(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return build(FindAll<FitFacts>(spec, facts, FindFit), options);
}

Result<Table> BuildFrontiers(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  const std::vector<const FitFacts*> fits = FindAll<FitFacts>(spec, facts, FindFit);
  std::vector<const DeaFacts*> deas;
  for (const FitFacts* fit : fits) deas.push_back(FindDea(facts, fit->outcome_dea));
  return BuildFrontiersTable(fits, deas, options);
}

Result<Table> BuildChannels(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildChannelsTable(FindAll<ChannelsFacts>(spec, facts, FindChannels), options);
}

Result<Table> BuildProjection(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  const ProjectionFacts& projection = *FindProjection(facts, spec.columns.front());
  return BuildProjectionTable(projection, *FindChannels(facts, projection.channels), options);
}

Result<Table> BuildConvergence(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildConvergenceTable(*FindDea(facts, spec.columns.front()), FindClassification(facts, spec.by), options);
}

// The groups are those of the metafrontier, unless the table names others.
Result<Table> BuildGaps(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  const DeaFacts& dea = *FindDea(facts, spec.columns.front());
  return BuildGapsTable(dea, FindClassification(facts, spec.by.empty() ? dea.metafrontier : spec.by), options);
}

Result<Table> BuildProductivity(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildProductivityTable(*FindProductivity(facts, spec.columns.front()), FindClassification(facts, spec.by),
                                options);
}

Result<Table> BuildVintages(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  return BuildVintagesTable(FindAll<VintageFacts>(spec, facts, FindVintage), facts, options);
}

// A table that holds one sentence in place of numbers.
Table SentenceTable(const TableSpec& spec, const TableOptions& options, std::string sentence) {
  Table table = TableFrame(spec.kind, options);
  table.columns = {{"sentence", "", true}};
  table.panels.push_back({"", {{"sentence", "", Row::Role::kBody, {Cell::Text(std::move(sentence))}, false}}});
  table.notes = options.notes;
  return table;
}

Result<Table> BuildNotComputed(const TableSpec& spec, const ReportFacts&, const TableOptions& options) {
  return SentenceTable(spec, options, options.words("Not computed in this version."));
}

// Whether an entry of that list has the id.
bool Holds(const ReportFacts& facts, std::string_view list, const std::string& id) {
  if (list == "dea") return FindDea(facts, id) != nullptr;
  if (list == "regressions") return FindFit(facts, id) != nullptr;
  if (list == "comparisons") return FindComparison(facts, id) != nullptr;
  if (list == "specification_tests") return FindSpecification(facts, id) != nullptr;
  if (list == "second_stages") return FindSecondStage(facts, id) != nullptr;
  if (list == "curves") return FindCurve(facts, id) != nullptr;
  if (list == "returns_to_scale") return FindReturnsToScale(facts, id) != nullptr;
  if (list == "nowcasts") return FindNowcast(facts, id) != nullptr;
  if (list == "early_warnings") return FindEarlyWarning(facts, id) != nullptr;
  if (list == "productivity") return FindProductivity(facts, id) != nullptr;
  if (list == "channels") return FindChannels(facts, id) != nullptr;
  if (list == "projections") return FindProjection(facts, id) != nullptr;
  if (list == "vintages") return FindVintage(facts, id) != nullptr;
  if (list == "variables") return FindVariable(facts, id) != nullptr;
  return false;
}

bool Known(const ReportFacts& facts, const TableKind& kind, const std::string& id) {
  if (kind.lists.empty()) return FindDescription(facts, id) != nullptr;
  return std::any_of(kind.lists.begin(), kind.lists.end(),
                     [&](std::string_view list) { return Holds(facts, list, id); });
}

const UnavailableFacts* FindUnavailable(const ReportFacts& facts, const TableKind& kind, const std::string& id) {
  for (const std::string_view list : kind.lists.empty() ? std::vector<std::string_view>{"variables"} : kind.lists) {
    const auto found = facts.unavailable.find(std::string(list) + ":" + id);
    if (found != facts.unavailable.end()) return &found->second;
  }
  return nullptr;
}

std::string KindNames() {
  std::string names;
  const std::vector<TableKind>& kinds = TableKinds();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    names += (i == 0 ? "" : i + 1 == kinds.size() ? " or " : ", ") + std::string(kinds[i].name);
  }
  return names;
}

}  // namespace

const std::vector<TableKind>& TableKinds() {
  static const std::vector<TableKind> kinds = {
      {"variables", {"variables"}, "variable", 0, TableKind::kAny, false, Section::kData, BuildVariables},
      {"descriptives", {}, "variable", 1, TableKind::kAny, false, Section::kData, BuildDescriptives},
      {"efficiency", {"dea"}, "DEA", 1, 1, false, Section::kEfficiency, BuildEfficiency},
      {"regression", {"regressions"}, "regression", 1, TableKind::kAny, true, Section::kAssociations, BuildRegression},
      {"specification",
       {"specification_tests"},
       "entry of `specification_tests`",
       1,
       1,
       false,
       Section::kAssociations,
       BuildSpecification},
      {"second_stage", {"second_stages"}, "second stage", 1, 1, true, Section::kAssociations, BuildSecondStage},
      {"curve", {"curves"}, "specification curve", 1, TableKind::kAny, false, Section::kAssociations, BuildCurves},
      {"comparison", {"comparisons"}, "comparison", 1, 1, true, Section::kGroups, BuildComparison},
      {"published",
       {"regressions", "comparisons", "second_stages"},
       "regression, comparison or second stage",
       0,
       TableKind::kAny,
       false,
       Section::kPublished,
       BuildPublished},
      {"productivity", {"productivity"}, "productivity index", 1, 1, false, Section::kEfficiency, BuildProductivity},
      {"convergence", {"dea"}, "DEA", 1, 1, false, Section::kEfficiency, BuildConvergence},
      {"gaps", {"dea"}, "DEA", 1, 1, false, Section::kEfficiency, BuildGaps},
      {"influence",
       {"regressions"},
       "regression",
       1,
       TableKind::kAny,
       true,
       Section::kAssociations,
       BuildOfFits<BuildInfluenceTable>},
      {"design",
       {"regressions"},
       "regression",
       1,
       TableKind::kAny,
       false,
       Section::kAssociations,
       BuildOfFits<BuildDesignTable>},
      {"clusters",
       {"regressions"},
       "regression",
       1,
       TableKind::kAny,
       true,
       Section::kInference,
       BuildOfFits<BuildClustersTable>},
      {"instruments",
       {"regressions"},
       "regression",
       1,
       TableKind::kAny,
       false,
       Section::kAssociations,
       BuildOfFits<BuildInstrumentsTable>},
      {"frontiers", {"regressions"}, "regression", 1, TableKind::kAny, true, Section::kAssociations, BuildFrontiers},
      {"channels",
       {"channels"},
       "split into channels",
       1,
       TableKind::kAny,
       true,
       Section::kAssociations,
       BuildChannels},
      {"projection", {"projections"}, "projection", 1, 1, false, Section::kOutlook, BuildProjection},
      {"ranks", {"dea"}, "DEA", 1, 1, false, Section::kEfficiency, BuildRanks},
      {"returns_to_scale",
       {"returns_to_scale"},
       "test of returns to scale",
       1,
       TableKind::kAny,
       false,
       Section::kEfficiency,
       BuildReturnsToScale},
      {"nowcast", {"nowcasts"}, "nowcast", 1, 1, false, Section::kOutlook, BuildNowcast},
      {"early_warning", {"early_warnings"}, "early warning", 1, 1, false, Section::kOutlook, BuildEarlyWarning},
      {"vintages", {"vintages"}, "vintage", 1, TableKind::kAny, true, Section::kAssociations, BuildVintages},
      {"not_computed", {}, "", 0, 0, false, Section::kAssociations, BuildNotComputed},
  };
  return kinds;
}

const TableKind* FindTableKind(std::string_view name) {
  for (const TableKind& kind : TableKinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

Result<Table> BuildTable(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  const TableKind* kind = FindTableKind(spec.kind);
  if (kind == nullptr) {
    return InvalidArgument("TABLE_INVALID", "unknown kind '" + spec.kind + "'; use " + KindNames());
  }
  if (spec.columns.size() < kind->least || spec.columns.size() > kind->most) {
    return InvalidArgument("TABLE_INVALID", kind->most == 1 ? "'columns' must name one " + std::string(kind->what)
                                            : kind->most == 0
                                                ? "'columns' must be empty"
                                                : "'columns' must name at least one " + std::string(kind->what));
  }
  std::string missing;
  std::set<std::string> lacking;
  std::size_t at_hand = 0;
  for (const std::string& id : spec.columns) {
    if (const UnavailableFacts* unavailable = FindUnavailable(facts, *kind, id)) {
      lacking.insert(unavailable->variables.begin(), unavailable->variables.end());
    } else if (Known(facts, *kind, id)) {
      ++at_hand;
    } else {
      missing += (missing.empty() ? "'" : ", '") + id + "'";
    }
  }
  if (!missing.empty()) {
    return InvalidArgument("TABLE_INVALID", "there is no " + std::string(kind->what) + " " + missing);
  }
  if (!lacking.empty() && at_hand == 0) {
    return SentenceTable(
        spec, options, options.words("Not available: {1}.", {options.words.Listed({lacking.begin(), lacking.end()})}));
  }
  Result<Table> table = kind->build(spec, facts, options);
  if (table.status().reason() == "NOTHING_TO_SHOW") {
    return SentenceTable(spec, options, options.words("Not shown: {1}.", {table.status().message()}));
  }
  // A regression table says it in the column; elsewhere the entry is left out.
  if (table.ok() && !lacking.empty() && spec.kind != "regression") {
    table->notes.push_back(
        options.words("Not available: {1}.", {options.words.Listed({lacking.begin(), lacking.end()})}));
  }
  return table;
}

}  // namespace farrell::reporting
