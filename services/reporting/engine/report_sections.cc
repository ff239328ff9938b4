#include "services/reporting/engine/report_sections.h"

#include <algorithm>
#include <set>

#include "services/reporting/engine/table_kinds.h"

namespace farrell::reporting {

std::string SectionTitle(Section section, const Words& words) {
  switch (section) {
    case Section::kData: return words("Data");
    case Section::kEfficiency: return words("Efficiency");
    case Section::kAssociations: return words("Associations");
    case Section::kGroups: return words("Differences between groups");
    case Section::kPublished: return words("Beside published values");
    case Section::kInference: return words("Inference");
    case Section::kOutlook: return words("Projections and forecasts");
    case Section::kAppendix: return words("Appendix");
  }
  return {};
}

std::string SectionAnchor(Section section) {
  switch (section) {
    case Section::kData: return "data";
    case Section::kEfficiency: return "efficiency";
    case Section::kAssociations: return "associations";
    case Section::kGroups: return "groups";
    case Section::kPublished: return "published";
    case Section::kInference: return "inference";
    case Section::kOutlook: return "outlook";
    case Section::kAppendix: return "appendix";
  }
  return {};
}

Section SectionOfTable(const Table& table) {
  const bool lettered = !table.number.empty() && (table.number.front() < '0' || table.number.front() > '9');
  if (lettered) return Section::kAppendix;
  if (table.kind == "models") return Section::kEfficiency;
  if (table.kind == "inference") return Section::kInference;
  const TableKind* kind = FindTableKind(table.kind);
  return kind == nullptr ? Section::kAssociations : kind->section;
}

Section SectionOfFigure(const Figure& figure) {
  if (figure.kind == "scatter" || figure.kind == "curve" || figure.kind == "influence" || figure.kind == "margins") {
    return Section::kAssociations;
  }
  if (figure.kind == "variable" || figure.kind == "missing") return Section::kData;
  if (figure.kind == "coefficients") return figure.of_groups ? Section::kGroups : Section::kAssociations;
  return Section::kEfficiency;
}

std::string SyntheticStamp(const Words& words) {
  return words("SYNTHETIC DATA - effects were planted; nothing here is evidence");
}

std::string ShortStamp(const Words& words) { return words("SYNTHETIC DATA"); }

std::string NumberedTable(const Table& table) { return table.words("Table {1}.", {table.number}); }

std::string NumberedFigure(const Figure& figure, const Words& words) {
  return words("Figure {1}.", {std::to_string(figure.number)});
}

std::string SeverityWord(Severity severity, const Words& words) {
  switch (severity) {
    case Severity::kBlock: return words("block");
    case Severity::kWarn: return words("warn");
    case Severity::kNote: return words("note");
  }
  return {};
}

std::string RuleText(const FiredRule& rule, const Words& words) {
  return words.chinese() && !rule.zh.empty() ? rule.zh : rule.text;
}

std::vector<std::string> IdentityLines(const ReportContent& content) {
  const Words& words = content.study.words;
  return {words("Snapshot {1}", {content.data.snapshot_digest}),
          words("Study {1} {2}", {content.study.id, content.study.digest})};
}

std::vector<std::string> ProvenanceLines(const ReportContent& content) {
  const Words& words = content.study.words;
  std::vector<std::string> lines;
  if (content.data.synthetic) lines.push_back(SyntheticStamp(words));
  lines.push_back(words("Snapshot {1}", {content.data.snapshot_digest}));
  if (!content.data.known_at.empty()) lines.push_back(words("Data known as of {1}", {content.data.known_at}));
  lines.push_back(words("Study {1} {2}", {content.study.id, content.study.digest}));
  lines.push_back(words("Seed {1}", {std::to_string(content.study.seed)}));
  std::set<std::string> abis;
  std::set<std::string> engines;
  for (const ResultProvenance& result : content.provenance) {
    if (!result.num_abi.empty()) abis.insert(result.num_abi);
    if (!result.engine.empty()) engines.insert(result.engine + " " + std::to_string(result.algo_rev));
  }
  if (!engines.empty())
    lines.push_back(words("Engine revisions: {1}", {words.Names({engines.begin(), engines.end()})}));
  if (!abis.empty()) lines.push_back(words("Numeric ABI: {1}", {words.Names({abis.begin(), abis.end()})}));
  return lines;
}

std::string RepeatParagraph(const ReportContent& content) {
  return content.study.words(
      "To repeat this report: run study {1} on snapshot {2} again ('farrell study run'), or ask for its replication "
      "bundle "
      "('farrell report bundle'), which 'farrell study verify' runs anew and compares digit by digit. Every result "
      "below "
      "stands under its content key.",
      {content.study.id, content.data.snapshot_digest.substr(0, 12)});
}

std::string AnswerParagraph(const ReportContent& content) {
  std::vector<std::string> sentences;
  for (const PrintedClaim& claim : content.claims) {
    if (claim.refused_by.empty() && !claim.text.empty()) sentences.push_back(claim.text);
  }
  return content.study.words.Sentences(sentences);
}

std::string DataWords(const ReportContent& content) {
  const DataFacts& data = content.data;
  const Words& words = content.study.words;
  std::string unit = content.study.unit_word.empty() ? data.unit_key : content.study.unit_word;
  if (unit.empty()) unit = words("unit");
  const auto rows = [&](std::int64_t count) { return words.Counted(count, Said("{1} row"), Said("{1} rows")); };
  const auto units = [&](std::int64_t count) { return words.Counted(count, Said("{1} unit"), Said("{1} units")); };
  std::vector<std::string> clauses = {rows(data.row_count), words("{1} ({2})", {units(data.unit_count), unit})};
  if (data.periods.size() == 1) clauses.push_back(std::to_string(data.periods.front()));
  if (data.periods.size() > 1) {
    clauses.push_back(
        words("{1} periods from {2} to {3}", {std::to_string(data.periods.size()), std::to_string(data.periods.front()),
                                              std::to_string(data.periods.back())}));
  }
  std::vector<std::string> parts = {words.Clauses(clauses)};
  if (data.file_row_count > data.row_count) {
    parts.push_back(words("the data hold {1} of {2}", {rows(data.file_row_count), units(data.file_unit_count)}));
  }
  return words.Parts(parts);
}

std::string FrontDataWords(const ReportContent& content) {
  const DataFacts& data = content.data;
  const Words& words = content.study.words;
  const std::string digest = data.snapshot_digest.substr(0, 12);
  std::string snapshot;
  if (!digest.empty()) {
    snapshot =
        data.name.empty() ? words("Snapshot {1}.", {digest}) : words("Snapshot {1} of {2}.", {digest, data.name});
  }
  return words.Sentences(
      {data.synthetic ? words("Synthetic data: {1}.", {DataWords(content)}) : words("Data: {1}.", {DataWords(content)}),
       data.known_at.empty() ? std::string() : words("Known as of {1}.", {data.known_at}), snapshot, data.citation});
}

Table ProvenanceTable(const ReportContent& content) {
  Table table;
  table.id = "provenance";
  const Words& words = content.study.words;
  table.words = words;
  table.title = words("Where every result comes from");
  table.kind = "provenance";
  table.stub = words("Step");
  table.synthetic = content.data.synthetic;
  table.columns = {{"engine", words("Engine"), true},     {"revision", words("Revision"), false},
                   {"seed", words("Seed"), true},         {"action_key", words("Content key"), true},
                   {"snapshot", words("Snapshot"), true}, {"num_abi", words("Numeric ABI"), true}};
  Panel panel;
  for (const ResultProvenance& result : content.provenance) {
    panel.rows.push_back(
        {"step:" + result.step,
         result.step,
         Row::Role::kBody,
         {Cell::Text(result.engine), Cell::Count(result.algo_rev),
          Cell::Text(result.seed ? std::to_string(*result.seed) : std::string()), Cell::Text(result.action_key),
          Cell::Text(result.snapshot_digest), Cell::Text(result.num_abi)},
         false});
  }
  table.panels.push_back(std::move(panel));
  return table;
}

std::string FileName(const std::string& id) {
  std::string name = id;
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!plain) c = '_';
  }
  if (name.empty() || name.front() == '.') name.insert(name.begin(), '_');
  return name;
}

std::vector<const FiredRule*> RulesOf(const ReportContent& content, bool notes) {
  std::vector<const FiredRule*> chosen;
  for (const FiredRule& rule : content.rules) {
    if ((rule.severity == Severity::kNote) == notes) chosen.push_back(&rule);
  }
  return chosen;
}

}  // namespace farrell::reporting
