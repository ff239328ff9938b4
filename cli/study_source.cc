#include "cli/study_source.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
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

// The paths and import options that a study file names. What is wrong with the file is the service's to say.
struct NamedFiles {
  std::string extends;
  std::vector<std::string> layouts;
  bool has_data = false;
  std::string data_file;
  data::v1::ImportOptions data_options;
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

std::vector<reporting::v1::StudyProblem> ProblemsOfData(const std::string& path, const Status& status) {
  std::vector<reporting::v1::StudyProblem> problems;
  for (const FieldViolation& violation : status.violations()) {
    reporting::v1::StudyProblem& problem = problems.emplace_back();
    problem.set_file(path);
    problem.set_field(violation.field);
    problem.set_message(violation.description);
  }
  if (problems.empty()) {
    reporting::v1::StudyProblem& problem = problems.emplace_back();
    problem.set_file(path);
    problem.set_message(status.message());
  }
  return problems;
}

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

  bool data_found = false;
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
    // `data` is taken as a whole from the first file that has it.
    if (named.has_data && !std::exchange(data_found, true) && !named.data_file.empty()) {
      const std::string data_path = BesideFile(file, named.data_file);
      if (std::filesystem::exists(data_path)) {
        named.data_options.set_file_name(named.data_file);
        const Result<data::v1::ImportTableResponse> imported = UploadTable(session, data_path, named.data_options);
        if (imported.ok()) {
          reporting::v1::StudyUpload* upload = source.add_uploads();
          upload->set_path(data_path);
          upload->set_snapshot_digest(imported->snapshot().digest());
        } else if (data_problems != nullptr && imported.status().code() == Code::kInvalidArgument) {
          *data_problems = ProblemsOfData(data_path, imported.status());
        } else {
          return imported.status();
        }
      }
    }
    file = named.extends.empty() ? std::string() : BesideFile(file, named.extends);
    if (read.contains(file)) break;
  }
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
