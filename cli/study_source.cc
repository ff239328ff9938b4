#include "cli/study_source.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/byte_source.h"
#include "cli/table_source.h"
#include "common/text/utf8.h"

namespace farrell::cli {
namespace {

// Deeper chains are refused by the service; this only ends a circle.
constexpr std::size_t kMostFiles = 64;

std::string BesideFile(const std::string& file, const std::string& relative) {
  return (std::filesystem::path(file).parent_path() / relative).lexically_normal().string();
}

std::string TextAt(const YAML::Node& node, const char* key) {
  if (!node.IsMap()) return {};
  const YAML::Node value = node[key];
  return value && value.IsScalar() ? value.Scalar() : std::string();
}

// A list of texts, or one text that stands for a list of one.
std::vector<std::string> TextsAt(const YAML::Node& node, const char* key) {
  std::vector<std::string> texts;
  const YAML::Node value = node.IsMap() ? node[key] : YAML::Node();
  if (value && value.IsScalar()) texts.push_back(value.Scalar());
  if (value && value.IsSequence()) {
    for (const YAML::Node& entry : value) {
      if (entry.IsScalar()) texts.push_back(entry.Scalar());
    }
  }
  return texts;
}

bool IsTrue(const std::string& text) { return text == "true" || text == "True" || text == "yes"; }

struct NamedVintage {
  std::string id;
  std::string file;
};

// The paths and import options that a study file names. What is wrong with the file is the service's to say.
struct NamedFiles {
  std::string extends;
  std::vector<std::string> layouts;
  bool has_data = false;
  std::string data_file;
  data::v1::ImportOptions data_options;
  std::vector<NamedVintage> vintages;
  std::vector<std::string> removed;
};

NamedFiles FindNamedFiles(const std::string& text) {
  NamedFiles named;
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception&) {
    return named;
  }
  if (!root.IsMap()) return named;
  named.extends = TextAt(root, "extends");
  if (const YAML::Node figures = root["figures"]; figures && figures.IsSequence()) {
    for (const YAML::Node& figure : figures) {
      const std::string layout = TextAt(figure, "layout");
      if (!layout.empty()) named.layouts.push_back(layout);
    }
  }
  if (const YAML::Node vintages = root["vintages"]; vintages && vintages.IsSequence()) {
    for (const YAML::Node& vintage : vintages)
      named.vintages.push_back({TextAt(vintage, "id"), TextAt(vintage, "file")});
  }
  named.removed = TextsAt(root, "remove");
  const YAML::Node data = root["data"];
  named.has_data = data && data.IsMap();
  if (!named.has_data) return named;
  named.data_file = TextAt(data, "file");
  data::v1::ImportOptions& options = named.data_options;
  options.set_unit_key(TextAt(data, "unit"));
  options.set_time_key(TextAt(data, "time"));
  options.set_synthetic(IsTrue(TextAt(data, "synthetic")));
  options.set_source(TextAt(data, "source"));
  options.set_known_at(TextAt(data, "known_at"));
  for (const std::string& marker : TextsAt(data, "missing")) options.add_missing_markers(marker);
  return named;
}

void AddProblemsOfData(const std::string& path, const Status& status,
                       std::vector<reporting::v1::StudyProblem>& problems) {
  const auto add = [&](const std::string& field, const std::string& message) {
    reporting::v1::StudyProblem& problem = problems.emplace_back();
    problem.set_file(path);
    problem.set_field(field);
    problem.set_message(message);
  };
  for (const FieldViolation& violation : status.violations()) add(violation.field, violation.description);
  if (status.violations().empty()) add("", status.message());
}

// The data that a study works on and those of its vintages, as the files it extends name them one after the other.
class DataFiles {
 public:
  void Add(const std::string& file, NamedFiles& named) {
    // `data` is taken as a whole from the first file that has it.
    if (named.has_data && !std::exchange(has_data_, true)) {
      options_ = std::move(named.data_options);
      if (!named.data_file.empty()) own_ = {BesideFile(file, named.data_file), named.data_file};
    }
    for (const NamedVintage& vintage : named.vintages) {
      const bool replaced = !vintage.id.empty() && !vintages_.insert(vintage.id).second;
      const bool removed = removed_.contains(vintage.id) || removed_.contains("vintages:" + vintage.id);
      if (replaced || removed || vintage.file.empty()) continue;
      vintage_files_.push_back({BesideFile(file, vintage.file), vintage.file});
    }
    removed_.insert(named.removed.begin(), named.removed.end());
  }

  // Uploads those that exist. Problems of their content: as of ReadStudyFiles.
  Status Upload(Session& session, std::vector<reporting::v1::StudyProblem>* problems,
                reporting::v1::StudySource& source) const {
    if (!has_data_) return Status();
    data::v1::ImportOptions options = options_;
    if (own_) FARRELL_RETURN_IF_ERROR(UploadOne(session, *own_, options, problems, source));
    // Where a vintage comes from and when it was known is not what the study says of its own data.
    options.clear_source();
    options.clear_known_at();
    for (const DataFile& file : vintage_files_) {
      FARRELL_RETURN_IF_ERROR(UploadOne(session, file, options, problems, source));
    }
    return Status();
  }

 private:
  struct DataFile {
    std::string path;
    std::string written;
  };

  static Status UploadOne(Session& session, const DataFile& file, data::v1::ImportOptions& options,
                          std::vector<reporting::v1::StudyProblem>* problems, reporting::v1::StudySource& source) {
    const bool known = std::any_of(source.uploads().begin(), source.uploads().end(),
                                   [&](const auto& upload) { return upload.path() == file.path; });
    if (known || !std::filesystem::exists(file.path)) return Status();
    options.set_file_name(file.written);
    const Result<data::v1::ImportTableResponse> imported = UploadTable(session, file.path, options);
    if (imported.ok()) {
      reporting::v1::StudyUpload* upload = source.add_uploads();
      upload->set_path(file.path);
      upload->set_snapshot_digest(imported->snapshot().digest());
      return Status();
    }
    if (problems == nullptr || imported.status().code() != Code::kInvalidArgument) return imported.status();
    AddProblemsOfData(file.path, imported.status(), *problems);
    return Status();
  }

  bool has_data_ = false;
  data::v1::ImportOptions options_;
  std::optional<DataFile> own_;
  std::vector<DataFile> vintage_files_;
  std::set<std::string> vintages_;
  std::set<std::string> removed_;
};

Status CheckText(const std::string& file, const std::string& text) {
  const std::size_t valid = text::ValidUtf8Length(text);
  if (valid == text.size()) return {};
  const std::size_t line_start = text.rfind('\n', valid == 0 ? 0 : valid - 1) + 1;
  const std::string_view before = std::string_view(text).substr(0, valid);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto is_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const std::string_view on_line = before.substr(std::min(line_start, before.size()));
  const auto column = 1 + std::count_if(on_line.begin(), on_line.end(), is_character);
  const std::string what =
      text[valid] == '\0' ? "a NUL byte, which no text holds (UTF-16, perhaps): save the file as UTF-8"
                          : "bytes that are not UTF-8 text (GBK, UTF-16 or Latin-1, perhaps): save the file as UTF-8";
  return InvalidArgument("STUDY_INVALID",
                         file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what);
}

}  // namespace

Result<reporting::v1::StudySource> ReadStudyFiles(Session& session, const std::string& path,
                                                  std::vector<reporting::v1::StudyProblem>* data_problems) {
  reporting::v1::StudySource source;
  source.set_path(path);
  std::set<std::string> read;
  const auto add_file = [&](const std::string& file, std::string text) {
    read.insert(file);
    reporting::v1::StudyFile* added = source.add_files();
    added->set_path(file);
    added->set_text(std::move(text));
  };

  DataFiles data;
  std::vector<std::string> layouts;
  for (std::string file = path; !file.empty() && read.size() < kMostFiles;) {
    Result<std::string> text = ReadFile(file, session.interrupt());
    if (!text.ok()) {
      if (file == path || text.status().code() == Code::kCancelled) return text.status();
      break;
    }
    FARRELL_RETURN_IF_ERROR(CheckText(file, *text));
    NamedFiles named = FindNamedFiles(*text);
    add_file(file, std::move(*text));
    for (const std::string& layout : named.layouts) layouts.push_back(BesideFile(file, layout));
    data.Add(file, named);
    file = named.extends.empty() ? std::string() : BesideFile(file, named.extends);
    if (read.contains(file)) break;
  }
  FARRELL_RETURN_IF_ERROR(data.Upload(session, data_problems, source));
  for (const std::string& layout : layouts) {
    if (read.contains(layout)) continue;
    Result<std::string> text = ReadFile(layout, session.interrupt());
    if (text.ok()) {
      FARRELL_RETURN_IF_ERROR(CheckText(layout, *text));
      add_file(layout, std::move(*text));
    }
    if (text.status().code() == Code::kCancelled) return text.status();
  }
  return source;
}

}  // namespace farrell::cli
