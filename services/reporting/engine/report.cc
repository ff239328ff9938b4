// Facts → content: which tables and figures stand in the report, in reading order, with what the rules take away.
#include "services/reporting/engine/report.h"

#include <algorithm>
#include <functional>

#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {
namespace {

TableOptions OptionsOf(const TableSpec& spec, const ReportFacts& facts, const Blocks& blocks) {
  TableOptions options;
  options.id = spec.id;
  options.title = spec.title;
  options.stars = spec.stars.empty() ? facts.study.stars : spec.stars;
  options.terms = spec.terms;
  options.notes = spec.notes;
  options.stars_blocked = blocks.stars;
  options.all_stars_blocked = blocks.all_stars;
  options.synthetic = facts.data.synthetic;
  options.words = facts.study.words;
  options.unit_word = facts.study.unit_word.empty() ? facts.data.unit_key : facts.study.unit_word;
  return options;
}

// Looks every id up; the missing ones become one error.
template <typename T>
Result<std::vector<const T*>> FindAll(const std::vector<std::string>& ids,
                                      const std::function<const T*(const std::string&)>& find,
                                      const std::string& what) {
  std::vector<const T*> found;
  std::string missing;
  for (const std::string& id : ids) {
    if (const T* entry = find(id)) {
      found.push_back(entry);
    } else {
      missing += (missing.empty() ? "'" : ", '") + id + "'";
    }
  }
  if (!missing.empty()) return InvalidArgument("TABLE_INVALID", "there is no " + what + " " + missing);
  return found;
}

Result<Table> BuildRegression(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<const FitFacts*> fits,
                           FindAll<FitFacts>(
                               spec.columns, [&](const std::string& id) { return FindFit(facts, id); }, "regression"));
  return BuildRegressionTable(fits, options);
}

Result<Table> BuildComparison(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (spec.columns.size() != 1) return InvalidArgument("TABLE_INVALID", "'columns' must name one comparison");
  const CompareFacts* comparison = FindComparison(facts, spec.columns.front());
  if (comparison == nullptr) {
    return InvalidArgument("TABLE_INVALID", "there is no comparison '" + spec.columns.front() + "'");
  }
  return BuildComparisonTable(*comparison, options);
}

Result<Table> BuildDescriptives(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  const auto find = [&](const std::string& name) -> const DescriptiveFacts* {
    const auto found = facts.descriptives.find(name);
    return found == facts.descriptives.end() ? nullptr : &found->second;
  };
  FARRELL_ASSIGN_OR_RETURN(const std::vector<const DescriptiveFacts*> found,
                           FindAll<DescriptiveFacts>(spec.columns, find, "description of variable"));
  std::vector<DescriptiveFacts> variables;
  variables.reserve(found.size());
  for (const DescriptiveFacts* variable : found) variables.push_back(*variable);
  return BuildDescriptivesTable(variables, options);
}

Result<Table> BuildEfficiency(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (spec.columns.size() != 1) return InvalidArgument("TABLE_INVALID", "'columns' must name one evaluation");
  const DeaFacts* dea = FindDea(facts, spec.columns.front());
  if (dea == nullptr) return InvalidArgument("TABLE_INVALID", "there is no evaluation '" + spec.columns.front() + "'");
  return BuildEfficiencyTable(*dea, options);
}

Result<Table> BuildVariables(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (spec.columns.empty()) return BuildVariablesTable(facts.data.variables, options);
  const auto find = [&](const std::string& name) -> const VariableFacts* {
    const auto found = std::find_if(facts.data.variables.begin(), facts.data.variables.end(),
                                    [&](const VariableFacts& variable) { return variable.name == name; });
    return found == facts.data.variables.end() ? nullptr : &*found;
  };
  FARRELL_ASSIGN_OR_RETURN(const std::vector<const VariableFacts*> found,
                           FindAll<VariableFacts>(spec.columns, find, "variable"));
  std::vector<VariableFacts> variables;
  variables.reserve(found.size());
  for (const VariableFacts* variable : found) variables.push_back(*variable);
  return BuildVariablesTable(variables, options);
}

Result<Table> BuildPublished(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  std::vector<const FitFacts*> fits;
  std::vector<const CompareFacts*> comparisons;
  std::vector<const SecondStageFacts*> second_stages;
  if (spec.columns.empty()) {
    for (const FitFacts& fit : facts.fits) fits.push_back(&fit);
    for (const CompareFacts& comparison : facts.comparisons) comparisons.push_back(&comparison);
    for (const SecondStageFacts& second_stage : facts.second_stages) second_stages.push_back(&second_stage);
  }
  for (const std::string& id : spec.columns) {
    const FitFacts* fit = FindFit(facts, id);
    const CompareFacts* comparison = FindComparison(facts, id);
    const SecondStageFacts* second_stage = FindSecondStage(facts, id);
    if (fit == nullptr && comparison == nullptr && second_stage == nullptr) {
      return InvalidArgument("TABLE_INVALID", "there is no regression, comparison or second stage '" + id + "'");
    }
    if (second_stage != nullptr) second_stages.push_back(second_stage);
    if (fit != nullptr) fits.push_back(fit);
    if (comparison != nullptr) comparisons.push_back(comparison);
  }
  return BuildPublishedTable(fits, comparisons, second_stages, options);
}

Result<Table> BuildSpecification(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (spec.columns.size() != 1) return InvalidArgument("TABLE_INVALID", "'columns' must name one set of tests");
  const SpecificationFacts* tests = FindSpecification(facts, spec.columns.front());
  if (tests == nullptr) {
    return InvalidArgument("TABLE_INVALID", "there are no specification tests '" + spec.columns.front() + "'");
  }
  return BuildSpecificationTable(*tests, options);
}

Result<Table> BuildSecondStage(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (spec.columns.size() != 1) return InvalidArgument("TABLE_INVALID", "'columns' must name one second stage");
  const SecondStageFacts* second_stage = FindSecondStage(facts, spec.columns.front());
  if (second_stage == nullptr) {
    return InvalidArgument("TABLE_INVALID", "there is no second stage '" + spec.columns.front() + "'");
  }
  return BuildSecondStageTable(*second_stage, options);
}

Result<Table> BuildTable(const TableSpec& spec, const ReportFacts& facts, const TableOptions& options) {
  if (spec.kind == "regression") return BuildRegression(spec, facts, options);
  if (spec.kind == "comparison") return BuildComparison(spec, facts, options);
  if (spec.kind == "descriptives") return BuildDescriptives(spec, facts, options);
  if (spec.kind == "efficiency") return BuildEfficiency(spec, facts, options);
  if (spec.kind == "variables") return BuildVariables(spec, facts, options);
  if (spec.kind == "published") return BuildPublished(spec, facts, options);
  if (spec.kind == "specification") return BuildSpecification(spec, facts, options);
  if (spec.kind == "second_stage") return BuildSecondStage(spec, facts, options);
  return InvalidArgument("TABLE_INVALID", "unknown kind '" + spec.kind +
                                              "'; use regression, comparison, descriptives, efficiency, variables, "
                                              "published, specification or second_stage");
}

std::string FreshId(const std::string& wanted, const std::vector<TableSpec>& specs) {
  std::string id = wanted;
  while (std::any_of(specs.begin(), specs.end(), [&](const TableSpec& spec) { return spec.id == id; })) id += "_all";
  return id;
}

// Tables every report prints whether the study asks or not, because rules and readers rely on them: what each
// evaluation is, every comparison, and every coefficient under every inference.
Status AddGeneratedTables(const ReportFacts& facts, const Blocks& blocks, std::vector<Table>& tables) {
  if (!facts.deas.empty()) {
    std::vector<const DeaFacts*> deas;
    for (const DeaFacts& dea : facts.deas) deas.push_back(&dea);
    const TableSpec spec{FreshId("models", facts.tables), "Models of efficiency", "models", {}, {}, {}, {}};
    FARRELL_ASSIGN_OR_RETURN(Table table, BuildModelsTable(deas, OptionsOf(spec, facts, blocks)));
    tables.push_back(std::move(table));
  }
  std::vector<FitFacts> judged;
  for (const FitFacts& fit : facts.fits) judged.push_back(fit);
  for (const CompareFacts& comparison : facts.comparisons) {
    const bool shown = std::any_of(facts.tables.begin(), facts.tables.end(), [&](const TableSpec& spec) {
      return spec.kind == "comparison" && spec.terms.empty() && spec.columns.size() == 1 &&
             spec.columns.front() == comparison.id;
    });
    if (!shown) {
      TableSpec spec{FreshId("comparison_" + comparison.id, facts.tables),
                     comparison.label.empty() ? "Comparison " + comparison.id : comparison.label,
                     "comparison",
                     {},
                     {},
                     {},
                     {}};
      FARRELL_ASSIGN_OR_RETURN(Table table, BuildComparisonTable(comparison, OptionsOf(spec, facts, blocks)));
      tables.push_back(std::move(table));
    }
    for (const GroupFacts& group : comparison.groups) {
      judged.push_back(group.fit);
      judged.back().id = comparison.id + "/" + group.group;
      judged.back().label = group.label;
    }
    judged.push_back(comparison.pooled);
    judged.back().id = comparison.id + "/all rows";
    judged.back().label.clear();
  }
  if (!judged.empty()) {
    std::vector<const FitFacts*> fits;
    fits.reserve(judged.size());
    for (const FitFacts& fit : judged) fits.push_back(&fit);
    const TableSpec spec{FreshId("inference", facts.tables),
                         "Every coefficient under every kind of inference",
                         "inference",
                         {},
                         {},
                         {},
                         {}};
    FARRELL_ASSIGN_OR_RETURN(Table table, BuildInferenceTable(fits, OptionsOf(spec, facts, blocks)));
    tables.push_back(std::move(table));
  }
  return Status::Ok();
}

std::vector<PrintedClaim> PrintedClaims(const ReportFacts& facts, const std::vector<FiredRule>& rules,
                                        const Blocks& blocks) {
  std::vector<PrintedClaim> printed;
  for (const ClaimFacts& claim : facts.claims) {
    PrintedClaim out{claim.id, claim.text, {}, {}};
    if (const auto blocked = blocks.claims.find(claim.id); blocked != blocks.claims.end()) {
      out.refused_by = blocked->second;
      const auto rule =
          std::find_if(rules.begin(), rules.end(), [&](const FiredRule& fired) { return fired.id == blocked->second; });
      if (rule != rules.end()) out.reason = rule->text;
      out.text.clear();
    }
    printed.push_back(std::move(out));
  }
  return printed;
}

// Without repeats; the same text from several steps names them together.
std::vector<WarningFacts> EngineWarnings(const ReportFacts& facts) {
  struct Entry {
    WarningFacts warning;
    std::string steps;
  };
  std::vector<Entry> entries;
  const auto add = [&](const std::string& step, const std::vector<WarningFacts>& warnings) {
    for (const WarningFacts& warning : warnings) {
      const auto known = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.warning.code == warning.code && entry.warning.text == warning.text;
      });
      if (known == entries.end()) {
        entries.push_back({warning, step});
      } else if (known->steps.find(step) == std::string::npos) {
        known->steps += ", " + step;
      }
    }
  };
  for (const DeaFacts& dea : facts.deas) add(dea.id, dea.warnings);
  for (const FitFacts& fit : facts.fits) add(fit.id, fit.warnings);
  for (const CompareFacts& comparison : facts.comparisons) {
    add(comparison.id, comparison.warnings);
    for (const GroupFacts& group : comparison.groups) add(comparison.id + "/" + group.group, group.fit.warnings);
    add(comparison.id, comparison.pooled.warnings);
  }
  for (const SpecificationFacts& tests : facts.specifications) add(tests.id, tests.warnings);
  for (const SecondStageFacts& second_stage : facts.second_stages) add(second_stage.id, second_stage.warnings);
  std::vector<WarningFacts> warnings;
  warnings.reserve(entries.size());
  for (const Entry& entry : entries) warnings.push_back({entry.warning.code, entry.steps + ": " + entry.warning.text});
  return warnings;
}

}  // namespace

Result<ReportContent> BuildReport(const ReportFacts& facts) {
  ReportContent content;
  content.study = facts.study;
  content.data = facts.data;
  content.rules = EvaluateRules(facts);
  content.not_available = facts.not_available;
  content.provenance = AllProvenance(facts);
  content.warnings = EngineWarnings(facts);
  const Blocks blocks = BlocksOf(content.rules);
  content.claims = PrintedClaims(facts, content.rules, blocks);

  Violations violations;
  for (const TableSpec& spec : facts.tables) {
    Result<Table> table = BuildTable(spec, facts, OptionsOf(spec, facts, blocks));
    if (table.ok()) {
      content.tables.push_back(std::move(table).value());
    } else {
      violations.Add("tables." + spec.id, table.status().message());
    }
  }
  if (const Status generated = AddGeneratedTables(facts, blocks, content.tables); !generated.ok()) {
    violations.Add("tables", generated.message());
  }
  for (const FigureSpec& spec : facts.figures) {
    Result<Figure> figure = BuildFigure(spec, facts);
    if (figure.ok()) {
      content.figures.push_back(std::move(figure).value());
    } else {
      violations.Add("figures." + spec.id, figure.status().message());
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("REPORT_INVALID", "the report cannot be built"));

  // Reading order: data, efficiency, associations, groups, published values, inference; within a section as in the
  // study.
  std::stable_sort(content.tables.begin(), content.tables.end(),
                   [](const Table& a, const Table& b) { return SectionOfTable(a) < SectionOfTable(b); });
  std::stable_sort(content.figures.begin(), content.figures.end(),
                   [](const Figure& a, const Figure& b) { return SectionOfFigure(a) < SectionOfFigure(b); });
  const std::vector<std::string> lines = ProvenanceLines(content);
  for (std::size_t i = 0; i < content.tables.size(); ++i) {
    content.tables[i].number = static_cast<int>(i) + 1;
    content.tables[i].provenance = lines;
  }
  for (std::size_t i = 0; i < content.figures.size(); ++i) {
    content.figures[i].number = static_cast<int>(i) + 1;
    content.figures[i].data.provenance = lines;
  }
  return content;
}

}  // namespace farrell::reporting
