// The whole report for programs: what was printed, with every number at full precision.
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/table_json.h"

namespace farrell::reporting {
namespace {

using Json = nlohmann::ordered_json;

Json ProvenanceJson(const ResultProvenance& result) {
  Json json = {
      {"step", result.step},     {"action_key", result.action_key}, {"snapshot_digest", result.snapshot_digest},
      {"engine", result.engine}, {"algo_rev", result.algo_rev},     {"num_abi", result.num_abi}};
  json["seed"] = result.seed ? Json(*result.seed) : Json(nullptr);
  return json;
}

Json DataJson(const DataFacts& data) {
  Json json = {{"snapshot_digest", data.snapshot_digest},
               {"known_at", data.known_at},
               {"synthetic", data.synthetic},
               {"name", data.name},
               {"source", data.source},
               {"citation", data.citation},
               {"unit_key", data.unit_key},
               {"time_key", data.time_key},
               {"where", data.where},
               {"row_count", data.row_count},
               {"unit_count", data.unit_count},
               {"file_row_count", data.file_row_count},
               {"file_unit_count", data.file_unit_count},
               {"periods", data.periods}};
  json["variables"] = Json::array();
  for (const VariableFacts& variable : data.variables) {
    json["variables"].push_back({{"name", variable.name},
                                 {"label", variable.label},
                                 {"unit", variable.unit},
                                 {"source", variable.source},
                                 {"expression", variable.expression}});
  }
  return json;
}

// The frame of a document in the report's language: headings, order, what stands above and below the tables.
Json DocumentJson(const ReportContent& content) {
  const Words& words = content.study.words;
  Json json = {{"language", words.language()},
               {"title", content.study.title.empty() ? content.study.id : content.study.title},
               {"stamp", content.data.synthetic ? SyntheticStamp(words) : std::string()},
               {"short_stamp", content.data.synthetic ? ShortStamp(words) : std::string()},
               {"comma", words.chinese() ? "、" : ", "},
               {"after_label", words.chinese() ? " " : ". "},
               {"data_words", DataWords(content)},
               {"answer", AnswerParagraph(content)},
               {"provenance_lines", ProvenanceLines(content)},
               {"headings",
                {{"answer", words("Answer")},
                 {"limits", words("What this does not show.")},
                 {"referee", words("What a referee would say")},
                 {"not_available", words("Not available")},
                 {"provenance", words("Provenance")}}}};
  json["sections"] = Json::array();
  for (const Section section : kSections) {
    Json tables = Json::array();
    for (std::size_t i = 0; i < content.tables.size(); ++i) {
      if (SectionOfTable(content.tables[i]) == section) tables.push_back(i);
    }
    Json figures = Json::array();
    for (std::size_t i = 0; i < content.figures.size(); ++i) {
      if (SectionOfFigure(content.figures[i]) == section) figures.push_back(i);
    }
    json["sections"].push_back({{"anchor", SectionAnchor(section)},
                                {"title", SectionTitle(section, words)},
                                {"tables", std::move(tables)},
                                {"figures", std::move(figures)}});
  }
  return json;
}

Json PresetJson(const ReportContent& content) {
  const Preset preset = content.study.preset;
  return {{"name", preset.name},
          {"outer_rule", preset.outer_rule},
          {"inner_rule", preset.inner_rule},
          {"latin_font", preset.latin_font},
          {"chinese_font", preset.chinese_font},
          {"notes", content.study.words.chinese() ? preset.notes_zh : preset.notes}};
}

Json BriefJson(const BriefContent& brief) {
  Json json = {{"headline", brief.headline}, {"compared", brief.compared}, {"not_shown", brief.not_shown},
               {"method", brief.method},     {"figure", brief.figure},     {"light", LightName(brief.evidence.light)}};
  json["deciding"] = Json::array();
  for (const FiredRule& rule : brief.evidence.deciding) json["deciding"].push_back(rule.id);
  if (!brief.ranking.columns.empty()) json["ranking"] = TableJson(brief.ranking);
  return json;
}

}  // namespace

std::string RenderReportJson(const ReportContent& content) {
  const Words& words = content.study.words;
  Json json = Json::object();
  json["study"] = {
      {"id", content.study.id},           {"title", content.study.title},   {"question", content.study.question},
      {"authors", content.study.authors}, {"limits", content.study.limits}, {"digest", content.study.digest},
      {"seed", content.study.seed}};
  json["data"] = DataJson(content.data);
  json["document"] = DocumentJson(content);
  json["preset"] = PresetJson(content);
  json["claims"] = Json::array();
  for (const PrintedClaim& claim : content.claims) {
    json["claims"].push_back(
        {{"id", claim.id}, {"text", claim.text}, {"refused_by", claim.refused_by}, {"reason", claim.reason}});
  }
  if (content.brief) json["brief"] = BriefJson(*content.brief);
  json["rules"] = Json::array();
  for (const FiredRule& rule : content.rules) {
    json["rules"].push_back({{"id", rule.id},
                             {"severity", SeverityName(rule.severity)},
                             {"text", rule.text},
                             {"zh", rule.zh},
                             {"subjects", rule.subjects}});
  }
  json["warnings"] = Json::array();
  for (const WarningFacts& warning : content.warnings) {
    json["warnings"].push_back({{"code", warning.code}, {"text", warning.text}});
  }
  json["tables"] = Json::array();
  for (const Table& table : content.tables) {
    Json entry = TableJson(table);
    entry["label"] = table.number.empty() ? std::string() : words("Table {1}", {table.number});
    json["tables"].push_back(std::move(entry));
  }
  json["figures"] = Json::array();
  for (const Figure& figure : content.figures) {
    json["figures"].push_back({{"id", figure.id},
                               {"number", figure.number},
                               {"label", words("Figure {1}", {std::to_string(figure.number)})},
                               {"title", figure.title},
                               {"kind", figure.kind},
                               {"description", figure.description},
                               {"caption", figure.caption},
                               {"file", figure.stem + ".svg"},
                               {"specification", figure.stem + ".vl.json"},
                               {"data", TableJson(figure.data)}});
  }
  json["not_available"] = Json::array();
  for (const NotAvailableFacts& entry : content.not_available) {
    json["not_available"].push_back({{"what", entry.what}, {"why", entry.why}});
  }
  json["provenance"] = Json::array();
  for (const ResultProvenance& result : content.provenance) json["provenance"].push_back(ProvenanceJson(result));
  return JsonText(json);
}

}  // namespace farrell::reporting
