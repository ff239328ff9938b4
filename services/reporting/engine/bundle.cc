#include "services/reporting/engine/bundle.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/canonical/canonical.h"
#include "common/text/number.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {
namespace {

using Json = nlohmann::ordered_json;

// "results/007-regression_t2.json": in the order of the steps.
std::string ResultFile(std::size_t index, const std::string& step) {
  constexpr std::size_t kDigits = 3;
  std::string number = std::to_string(index + 1);
  if (number.size() < kDigits) number.insert(0, kDigits - number.size(), '0');
  return "results/" + number + "-" + FileName(step) + ".json";
}

Json DataJson(const BundleData& data) {
  Json json = {{"path", data.path},         {"dataset", data.dataset},     {"snapshot_digest", data.snapshot_digest},
               {"unit_key", data.unit_key}, {"time_key", data.time_key},   {"source", data.source},
               {"known_at", data.known_at}, {"synthetic", data.synthetic}, {"row_count", data.row_count}};
  json["columns"] = Json::array();
  for (const BundleColumn& column : data.columns) {
    json["columns"].push_back({{"name", column.name},
                               {"digest", column.digest},
                               {"label", column.label},
                               {"unit", column.unit},
                               {"source", column.source}});
    for (const BundleColumn::Break& each : column.breaks) {
      json["columns"].back()["breaks"].push_back({{"period", each.period}, {"kind", each.kind}, {"note", each.note}});
    }
  }
  json["periods"] = Json::array();
  for (const BundlePeriod& period : data.periods) {
    json["periods"].push_back({{"period", period.period ? Json(*period.period) : Json(nullptr)},
                               {"digest", period.digest},
                               {"row_count", period.row_count}});
  }
  return json;
}

Json ResultsJson(const BundleContent& content) {
  Json json = Json::array();
  for (std::size_t i = 0; i < content.results.size(); ++i) {
    const BundleResult& result = content.results[i];
    json.push_back({{"step", result.step},
                    {"kind", result.kind},
                    {"needs", result.needs},
                    {"action_key", result.action_key},
                    {"engine", result.engine},
                    {"algo_rev", result.algo_rev},
                    {"num_abi", result.num_abi},
                    {"seed", result.seed ? Json(*result.seed) : Json(nullptr)},
                    {"file", ResultFile(i, result.step)}});
  }
  return json;
}

Json ArtefactsJson(const BundleContent& content) {
  Json json = Json::array();
  for (const BundleArtefact& artefact : content.artefacts) {
    json.push_back({{"kind", artefact.kind},
                    {"id", artefact.id},
                    {"number", artefact.number},
                    {"title", artefact.title},
                    {"file", std::string(kBundleReportFolder) + artefact.file},
                    {"steps", artefact.steps}});
  }
  return json;
}

std::string Manifest(const BundleContent& content, const std::vector<ReportFile>& members) {
  Json json = {{"format", kBundleFormat}, {"version", content.version}};
  Json files = Json::array();
  for (const ReportFile& file : content.study_files) files.push_back(file.path);
  json["study"] = {{"id", content.study_id},
                   {"title", content.title},
                   {"digest", content.study_digest},
                   {"path", content.study_path},
                   {"files", std::move(files)}};
  json["data"] = DataJson(content.data);
  // Only where there are some: other bundles stay as they were.
  for (const BundleData& data : content.vintages) {
    json["vintages"].push_back(DataJson(data));
    json["vintages"].back()["id"] = data.vintage;
  }
  json["report"] = {{"digest", content.report_digest}, {"folder", kBundleReportFolder}};
  json["results"] = ResultsJson(content);
  json["artefacts"] = ArtefactsJson(content);
  json["members"] = Json::array();
  for (const ReportFile& member : members) {
    json["members"].push_back(
        {{"path", member.path}, {"bytes", member.bytes.size()}, {"sha256", canonical::Sha256(member.bytes)}});
  }
  return JsonText(json);
}

std::string Code(const std::string& text) { return "`" + text + "`"; }

std::string DataParagraph(const BundleData& data) {
  const std::string lead = data.vintage.empty()
                               ? std::string("The data are in this archive: ")
                               : "\nThe data of vintage " + Code(data.vintage) + " are in this archive: ";
  std::string text = lead + Code(data.path) + ", " + text::FormatCounted(data.row_count, "row") + " of " +
                     text::FormatCounted(data.unit_count, "unit") + ", with an empty cell where a value is missing.";
  if (data.synthetic) text += " **They are synthetic: made up, not observed.**";
  text += "\n\n";
  if (!data.source.empty()) text += "- Source: " + EscapeMarkdown(data.source) + "\n";
  if (!data.citation.empty()) text += "- Citation: " + EscapeMarkdown(data.citation) + "\n";
  if (!data.known_at.empty()) text += "- Known as of: " + data.known_at + "\n";
  if (!data.dataset.empty()) text += "- Dataset: " + Code(data.dataset) + "\n";
  if (!data.unit_key.empty()) {
    text += "- Keys: " + Code(data.unit_key) + (data.time_key.empty() ? "" : ", " + Code(data.time_key)) + "\n";
  }
  return text + "- Digest of the snapshot: " + Code(data.snapshot_digest) +
         "\n\nThe terms under which they may be passed on are those of their source.\n";
}

// Engines with their revisions, each once: "dea 4", "regression 3".
std::string Requirements(const BundleContent& content) {
  std::map<std::string, std::int64_t> engines;
  std::string abi;
  for (const BundleResult& result : content.results) {
    if (result.engine.empty()) continue;
    std::int64_t& revision = engines[result.engine];
    revision = std::max(revision, result.algo_rev);
    if (abi.empty()) abi = result.num_abi;
  }
  std::string text = "- Farrell " + content.version + "; algorithm revisions:";
  bool first = true;
  for (const auto& [engine, revision] : engines) {
    text += std::string(first ? " " : ", ") + engine + " " + std::to_string(revision);
    first = false;
  }
  text += "\n";
  if (!abi.empty()) {
    text += "- Numeric ABI " + Code(abi) +
            ": every number comes out the same in every bit on any machine of it,\n"
            "  whatever its number of cores\n";
  }
  return text + "- No network, no other program; figures need Node.js as Farrell's installation brings it\n";
}

// What to do before a study of a dataset can be run; nothing for a file.
std::string ImportCommand(const BundleData& data) {
  if (data.dataset.empty()) return {};
  const std::size_t at = data.dataset.find('@');
  return "farrell data import " + data.path + " --dataset " + data.dataset.substr(0, at) + " --release " +
         (at == std::string::npos ? "bundle" : data.dataset.substr(at + 1)) + " --unit " + data.unit_key +
         (data.time_key.empty() ? "" : " --time " + data.time_key) + "\n";
}

std::string Readme(const BundleContent& content) {
  std::map<std::string, std::string> keys;
  for (const BundleResult& result : content.results) keys[result.step] = result.action_key;
  const std::string archive = content.study_id + ".zip";
  std::string text =
      "# Replication bundle: " + EscapeMarkdown(content.title.empty() ? content.study_id : content.title) +
      "\n\nEverything the study was made from and everything it gave. Study " + Code(content.study_digest) +
      ", report " + Code(content.report_digest) + ".\n\n";
  text += "## Data availability\n\n" + DataParagraph(content.data);
  for (const BundleData& data : content.vintages) text += DataParagraph(data);
  text += "\n## Computational requirements\n\n" + Requirements(content);
  text +=
      "\n## How to rerun\n\nRun everything again from this archive alone and compare every digit:\n\n```\n"
      "farrell study verify " +
      archive + "\n```\n\nOr unpack it and run the study:\n\n```\nunzip " + archive + "\n";
  text += ImportCommand(content.data);
  for (const BundleData& data : content.vintages) text += ImportCommand(data);
  text += "farrell study run " + content.study_path + " --out again\n```\n\n" + Code("again/") +
          " then holds the files of " + Code(std::string(kBundleReportFolder)) + ", byte for byte.\n";
  text += "\n## Tables and figures\n\n| what | title | file | results |\n|---|---|---|---|\n";
  for (const BundleArtefact& artefact : content.artefacts) {
    std::string steps;
    for (const std::string& step : artefact.steps) {
      steps += (steps.empty() ? "" : "<br>") + EscapeMarkdown(step) + " " + Code(keys[step]);
    }
    text += "| " + artefact.kind + (artefact.number.empty() ? "" : " " + artefact.number) + " | " +
            EscapeMarkdown(artefact.title) + " | " + Code(std::string(kBundleReportFolder) + artefact.file) + " | " +
            steps + " |\n";
  }
  text += "\n## Results\n\n| step | content key | file |\n|---|---|---|\n";
  for (std::size_t i = 0; i < content.results.size(); ++i) {
    const BundleResult& result = content.results[i];
    text += "| " + EscapeMarkdown(result.step) + " | " + Code(result.action_key) + " | " +
            Code(ResultFile(i, result.step)) + " |\n";
  }
  return text;
}

}  // namespace

Result<std::vector<ReportFile>> BundleMembers(const BundleContent& content) {
  std::vector<ReportFile> members = content.study_files;
  members.push_back({content.data.path, content.data.csv});
  std::set<std::string> data_paths = {content.data.path};
  for (const BundleData& data : content.vintages) {
    if (data_paths.insert(data.path).second) members.push_back({data.path, data.csv});
  }
  for (std::size_t i = 0; i < content.results.size(); ++i) {
    members.push_back({ResultFile(i, content.results[i].step), content.results[i].json});
  }
  for (const ReportFile& file : content.report_files) {
    members.push_back({std::string(kBundleReportFolder) + file.path, file.bytes});
  }
  members.push_back({"README.md", Readme(content)});
  const auto by_path = [](const ReportFile& a, const ReportFile& b) { return a.path < b.path; };
  std::sort(members.begin(), members.end(), by_path);
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (members[i].path != members[i - 1].path) continue;
    return FailedPrecondition("BUNDLE_PATH_REPEATED", "two files of the bundle would stand at " + members[i].path);
  }
  members.push_back({std::string(kBundleManifest), Manifest(content, members)});
  std::sort(members.begin(), members.end(), by_path);
  return members;
}

}  // namespace farrell::reporting
