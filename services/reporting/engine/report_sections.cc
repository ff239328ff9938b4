#include "services/reporting/engine/report_sections.h"

#include <algorithm>
#include <set>

#include "common/text/number.h"
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
  if (figure.kind == "scatter" || figure.kind == "curve") return Section::kAssociations;
  if (figure.kind == "coefficients") return figure.of_groups ? Section::kGroups : Section::kAssociations;
  return Section::kEfficiency;
}

std::vector<std::string> ProvenanceLines(const ReportContent& content) {
  std::vector<std::string> lines;
  if (content.data.synthetic) lines.emplace_back(kSyntheticStamp);
  lines.push_back("Snapshot " + content.data.snapshot_digest);
  if (!content.data.known_at.empty()) lines.push_back("Data known as of " + content.data.known_at);
  lines.push_back("Study " + content.study.id + " " + content.study.digest);
  lines.push_back("Seed " + std::to_string(content.study.seed));
  std::set<std::string> abis;
  std::set<std::string> engines;
  for (const ResultProvenance& result : content.provenance) {
    if (!result.num_abi.empty()) abis.insert(result.num_abi);
    if (!result.engine.empty()) engines.insert(result.engine + " " + std::to_string(result.algo_rev));
  }
  const auto joined = [](const std::set<std::string>& words) {
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
    return list;
  };
  if (!engines.empty()) lines.push_back("Engine revisions: " + joined(engines));
  if (!abis.empty()) lines.push_back("Numeric ABI: " + joined(abis));
  return lines;
}

std::string AnswerParagraph(const ReportContent& content) {
  std::string paragraph;
  for (const PrintedClaim& claim : content.claims) {
    if (!claim.refused_by.empty() || claim.text.empty()) continue;
    paragraph += (paragraph.empty() ? "" : " ") + claim.text;
  }
  return paragraph;
}

std::string DataWords(const ReportContent& content) {
  const DataFacts& data = content.data;
  std::string unit = content.study.unit_word.empty() ? data.unit_key : content.study.unit_word;
  if (unit.empty()) unit = "unit";
  std::string words = text::FormatCounted(data.row_count, "row") + ", " + text::FormatCounted(data.unit_count, "unit") +
                      " (" + unit + ")";
  if (data.periods.size() == 1) words += ", " + std::to_string(data.periods.front());
  if (data.periods.size() > 1) {
    words += ", " + std::to_string(data.periods.size()) + " periods from " + std::to_string(data.periods.front()) +
             " to " + std::to_string(data.periods.back());
  }
  if (data.file_row_count > data.row_count) {
    words += "; the data hold " + text::FormatCounted(data.file_row_count, "row") + " of " +
             text::FormatCounted(data.file_unit_count, "unit");
  }
  return words;
}

Table ProvenanceTable(const ReportContent& content) {
  Table table;
  table.id = "provenance";
  table.title = "Where every result comes from";
  table.kind = "provenance";
  table.stub = "Step";
  table.synthetic = content.data.synthetic;
  table.columns = {{"engine", "Engine", true},     {"revision", "Revision", false},
                   {"seed", "Seed", true},         {"action_key", "Content key", true},
                   {"snapshot", "Snapshot", true}, {"num_abi", "Numeric ABI", true}};
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
