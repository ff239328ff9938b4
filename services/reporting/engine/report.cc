// Facts → content: which tables and figures stand in the report, in reading order, with what the rules take away.
#include "services/reporting/engine/report.h"

#include <algorithm>
#include <set>

#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/table_kinds.h"

namespace farrell::reporting {
namespace {

TableOptions OptionsOf(const TableSpec& spec, const ReportFacts& facts, const Blocks& blocks) {
  TableOptions options;
  options.id = spec.id;
  options.title = spec.title;
  options.stars = spec.stars.empty() ? facts.study.stars : spec.stars;
  options.terms = spec.terms;
  options.number = spec.number;
  options.notes = spec.notes;
  options.stars_blocked = blocks.stars;
  options.all_stars_blocked = blocks.all_stars;
  options.synthetic = facts.data.synthetic;
  options.words = facts.study.words;
  options.unit_word = facts.study.unit_word.empty() ? facts.data.unit_key : facts.study.unit_word;
  return options;
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
    const TableSpec spec{
        FreshId("models", facts.tables), facts.study.words("Models of efficiency"), "models", {}, {}, {}, {}};
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
                     comparison.label.empty() ? facts.study.words("Comparison {1}", {comparison.id}) : comparison.label,
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
    judged.back().id = comparison.id + "/" + facts.study.words("all rows");
    judged.back().label.clear();
  }
  if (!judged.empty()) {
    std::vector<const FitFacts*> fits;
    fits.reserve(judged.size());
    for (const FitFacts& fit : judged) fits.push_back(&fit);
    const TableSpec spec{FreshId("inference", facts.tables),
                         facts.study.words("Every coefficient under every kind of inference"),
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
    if (!claim.problem.empty()) continue;
    PrintedClaim out{claim.id, claim.text, {}, {}};
    if (const auto blocked = blocks.claims.find(claim.id); blocked != blocks.claims.end()) {
      out.refused_by = blocked->second;
      const auto rule =
          std::find_if(rules.begin(), rules.end(), [&](const FiredRule& fired) { return fired.id == blocked->second; });
      if (rule != rules.end()) out.reason = RuleText(*rule, facts.study.words);
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
    std::vector<std::string> steps;
  };
  const Words& words = facts.study.words;
  std::vector<Entry> entries;
  const auto add = [&](const std::string& step, const std::vector<WarningFacts>& warnings) {
    for (const WarningFacts& warning : warnings) {
      const auto known = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.warning.code == warning.code && entry.warning.text == warning.text;
      });
      if (known == entries.end()) {
        entries.push_back({warning, {step}});
      } else if (std::find(known->steps.begin(), known->steps.end(), step) == known->steps.end()) {
        known->steps.push_back(step);
      }
    }
  };
  for (const DeaFacts& dea : facts.deas) add(dea.id, dea.warnings);
  for (const ProductivityFacts& index : facts.productivity) add(index.id, index.warnings);
  for (const FitFacts& fit : facts.fits) add(fit.id, fit.warnings);
  for (const CompareFacts& comparison : facts.comparisons) {
    add(comparison.id, comparison.warnings);
    for (const GroupFacts& group : comparison.groups) add(comparison.id + "/" + group.group, group.fit.warnings);
    add(comparison.id, comparison.pooled.warnings);
  }
  for (const SpecificationFacts& tests : facts.specifications) add(tests.id, tests.warnings);
  for (const SecondStageFacts& second_stage : facts.second_stages) add(second_stage.id, second_stage.warnings);
  for (const CurveFacts& curve : facts.curves) add(curve.id, curve.warnings);
  for (const ReturnsToScaleFacts& tests : facts.returns_to_scale) add(tests.id, tests.warnings);
  for (const ProjectionFacts& projection : facts.projections) add(projection.id, projection.warnings);
  for (const NowcastFacts& nowcast : facts.nowcasts) add(nowcast.id, nowcast.warnings);
  for (const EarlyWarningFacts& warning : facts.early_warnings) add(warning.id, warning.warnings);
  std::vector<WarningFacts> warnings;
  warnings.reserve(entries.size());
  for (const Entry& entry : entries) {
    warnings.push_back(
        {entry.warning.code, words("{1}: {2}", {words.Names(entry.steps), WarningText(entry.warning, words)})});
  }
  return warnings;
}

// Tables that the study does not number take the numbers it leaves free, in reading order.
void NumberTables(std::vector<Table>& tables) {
  std::set<std::string> taken;
  for (const Table& table : tables) taken.insert(table.number);
  int next = 1;
  for (Table& table : tables) {
    if (!table.number.empty()) continue;
    while (taken.contains(std::to_string(next))) ++next;
    table.number = std::to_string(next++);
  }
}

// Coefficients and their standard errors with the digits of the preset, unless the table says otherwise.
void SetDecimals(Table& table, int decimals) {
  for (Panel& panel : table.panels) {
    for (Row& row : panel.rows) {
      if (row.role != Row::Role::kCoefficient && row.role != Row::Role::kStdError) continue;
      for (Cell& cell : row.cells) {
        if (cell.kind == Cell::Kind::kReal && cell.decimals == Preset().decimals) cell.decimals = decimals;
      }
    }
  }
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
    } else if (figure.status().reason() == "NOTHING_TO_SHOW") {
      content.not_available.push_back({spec.title.empty() ? spec.id : spec.title, figure.status().message()});
    } else {
      violations.Add("figures." + spec.id, figure.status().message());
    }
  }
  for (const ClaimFacts& claim : facts.claims) {
    if (!claim.problem.empty()) content.not_available.push_back({claim.id, claim.problem});
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("REPORT_INVALID", "the report cannot be built"));

  // Reading order: data, efficiency, associations, groups, published values, inference; within a section as in the
  // study.
  std::stable_sort(content.tables.begin(), content.tables.end(),
                   [](const Table& a, const Table& b) { return SectionOfTable(a) < SectionOfTable(b); });
  std::stable_sort(content.figures.begin(), content.figures.end(),
                   [](const Figure& a, const Figure& b) { return SectionOfFigure(a) < SectionOfFigure(b); });
  const std::vector<std::string> lines = ProvenanceLines(content);
  NumberTables(content.tables);
  for (Table& table : content.tables) {
    table.provenance = lines;
    const Preset& preset = facts.study.preset;
    table.notes_word = facts.study.words.chinese() ? preset.notes_zh : preset.notes;
    SetDecimals(table, facts.study.preset.decimals);
  }
  for (std::size_t i = 0; i < content.figures.size(); ++i) {
    content.figures[i].number = static_cast<int>(i) + 1;
    content.figures[i].stem = "figures/" + FileName(content.figures[i].id) + facts.study.file_suffix;
    content.figures[i].data.provenance = lines;
  }
  if (facts.brief) {
    FARRELL_ASSIGN_OR_RETURN(content.brief, BuildBrief(facts, content.rules));
  }
  return content;
}

}  // namespace farrell::reporting
