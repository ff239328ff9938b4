#include "cli/bundle.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "common/archive/zip.h"
#include "common/canonical/canonical.h"

namespace farrell::cli {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "farrell.bundle.v1";
constexpr const char* kManifest = "manifest.json";

// What a replay compares digit by digit anyway.
bool IsReplayed(const std::string& member) { return member.starts_with("results/") || member.starts_with("report/"); }

class BundleReader {
 public:
  explicit BundleReader(std::vector<archive::ZipMember> members) {
    for (archive::ZipMember& member : members) bundle_.members.emplace(std::move(member.name), std::move(member.bytes));
  }

  Result<Bundle> Read() {
    const auto manifest = bundle_.members.find(kManifest);
    if (manifest == bundle_.members.end()) {
      violations_.Add(kManifest, "is missing: this is no replication bundle");
      return Finish();
    }
    const std::optional<Json> json = ParseJson(manifest->second);
    if (!json) {
      violations_.Add(kManifest, "is not JSON");
      return Finish();
    }
    try {
      if (const std::string format = json->at("format").get<std::string>(); format != kFormat) {
        violations_.Add(kManifest,
                        "has the format '" + format.substr(0, 40) + "': this program reads " + std::string(kFormat));
        return Finish();
      }
      ReadMembers(json->at("members"));
      ReadStudy(json->at("study"));
      ReadData(json->at("data"));
      for (const Json& vintage : json->value("vintages", Json::array())) ReadData(vintage);
      bundle_.report_digest = json->at("report").at("digest").get<std::string>();
      ReadResults(json->at("results"));
    } catch (const Json::exception& error) {
      violations_.Add(kManifest, std::string("cannot be read: ") + error.what());
    }
    return Finish();
  }

 private:
  // A damaged bundle is not replayed: then what was edited is a mistake like the others.
  Result<Bundle> Finish() {
    if (!violations_.empty()) {
      for (const std::string& member : bundle_.edited) violations_.Add(member, "is not what the manifest says");
    }
    FARRELL_RETURN_IF_ERROR(std::move(violations_).Finish("BUNDLE_INVALID", "the bundle cannot be replayed"));
    return std::move(bundle_);
  }

  void ReadMembers(const Json& members) {
    std::set<std::string> named = {kManifest};
    for (const Json& entry : members) {
      const std::string path = entry.at("path").get<std::string>();
      named.insert(path);
      const auto member = bundle_.members.find(path);
      if (member == bundle_.members.end()) {
        violations_.Add(path, "is missing");
      } else if (canonical::Sha256(member->second) != entry.at("sha256").get<std::string>()) {
        if (IsReplayed(path)) {
          bundle_.edited.push_back(path);
        } else {
          violations_.Add(path, "is not what the manifest says: it was changed");
        }
      }
    }
    for (const auto& [path, bytes] : bundle_.members) {
      if (!named.contains(path)) violations_.Add(path, "is not named by the manifest");
    }
  }

  // The member, which the manifest must name for what it is.
  const std::string& Member(const std::string& path, const char* what) {
    static const std::string kNone;
    const auto member = bundle_.members.find(path);
    if (member != bundle_.members.end()) return member->second;
    violations_.Add(kManifest, std::string("names ") + what + " that is missing: " + path);
    return kNone;
  }

  void ReadStudy(const Json& study) {
    bundle_.study_digest = study.at("digest").get<std::string>();
    bundle_.source.set_path(study.at("path").get<std::string>());
    for (const Json& entry : study.at("files")) {
      reporting::v1::StudyFile& file = *bundle_.source.add_files();
      file.set_path(entry.get<std::string>());
      file.set_text(Member(file.path(), "a study file"));
    }
  }

  void ReadData(const Json& data) {
    const auto text = [&](const char* key) { return data.at(key).get<std::string>(); };
    BundleTable& table = bundle_.data.emplace_back();
    table.file = text("path");
    Member(table.file, "data");
    table.upload_path = text("dataset").empty() ? table.file : text("dataset");
    table.snapshot_digest = text("snapshot_digest");
    data::v1::ImportOptions& options = table.options;
    options.set_unit_key(text("unit_key"));
    options.set_time_key(text("time_key"));
    options.set_source(text("source"));
    options.set_known_at(text("known_at"));
    options.set_synthetic(data.at("synthetic").get<bool>());
    options.set_file_name(table.file);
    for (const Json& entry : data.at("columns")) {
      data::v1::ColumnMetadata column;
      column.set_name(entry.at("name").get<std::string>());
      column.set_label(entry.at("label").get<std::string>());
      column.set_unit(entry.at("unit").get<std::string>());
      column.set_source(entry.at("source").get<std::string>());
      for (const Json& each : entry.value("breaks", Json::array())) {
        data::v1::DeclaredBreak& made = *column.add_breaks();
        made.set_period(each.at("period").get<std::int64_t>());
        made.set_note(each.at("note").get<std::string>());
        data::v1::DeclaredBreak::Kind kind = data::v1::DeclaredBreak::KIND_UNSPECIFIED;
        if (data::v1::DeclaredBreak::Kind_Parse(each.at("kind").get<std::string>(), &kind)) made.set_kind(kind);
      }
      if (column.label().empty() && column.unit().empty() && column.source().empty() && column.breaks().empty())
        continue;
      *options.add_columns() = std::move(column);
    }
  }

  void ReadResults(const Json& results) {
    for (const Json& entry : results) {
      bundle_.results.push_back({entry.at("step").get<std::string>(), entry.at("action_key").get<std::string>(),
                                 entry.at("engine").get<std::string>(), entry.at("algo_rev").get<std::int64_t>(),
                                 entry.at("file").get<std::string>()});
      Member(bundle_.results.back().file, "a result");
    }
  }

  Bundle bundle_;
  Violations violations_;
};

}  // namespace

std::optional<Json> ParseJson(const std::string& text) {
  constexpr int kDeepest = 64;
  try {
    return Json::parse(text, [](int depth, Json::parse_event_t, Json&) {
      if (depth > kDeepest) throw std::length_error("nested too deeply");
      return true;
    });
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const std::length_error&) {
    return std::nullopt;
  }
}

Result<Bundle> ReadBundle(const std::string& zip, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(std::vector<archive::ZipMember> members, archive::ReadZip(zip, {}, stop));
  return BundleReader(std::move(members)).Read();
}

}  // namespace farrell::cli
