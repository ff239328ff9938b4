#include "services/reporting/service/report_export.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/archive/zip.h"
#include "common/canonical/canonical.h"
#include "common/process/side_process.h"
#include "services/reporting/service/figure_cache.h"

namespace farrell::reporting {
namespace {

using Json = nlohmann::json;

// Raised when a document made of the same report changes.
constexpr int kExportRevision = 1;
// document.mjs: the packages are not installed.
constexpr int kExitNotInstalled = 3;
constexpr std::size_t kMostMemoryBytes = std::size_t{3} << 30U;
// Pictures of an editable document: dots for one of the drawing.
constexpr int kZoom = 3;
// 1980-01-01, the day of every member of an archive: programs that date what they write date it so.
constexpr const char* kEpoch = "315532800";
// Before the format of a document of the brief.
constexpr std::string_view kBrief = "brief.";
constexpr std::string_view kFormats =
    "html, md, tex, json, xlsx, docx, pdf or latex; of the brief brief.html, brief.md or brief.pdf";

Status Unavailable(const std::string& what, const std::string& package) {
  return FailedPrecondition("EXPORT_UNAVAILABLE", what + " needs the package " + package +
                                                      ", which is not installed; ./dev setup installs it");
}

const StoredFile* FindFile(const std::vector<StoredFile>& files, const std::string& path) {
  const auto file =
      std::find_if(files.begin(), files.end(), [&](const StoredFile& candidate) { return candidate.path == path; });
  return file == files.end() ? nullptr : &*file;
}

std::string Base64(const std::string& bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      three = (three << 8U) | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += at + i > bytes.size() ? '=' : kDigits[(three >> (18U - 6U * static_cast<unsigned>(i))) & 63U];
    }
  }
  return text;
}

// The first `width="…"` or `height="…"` of an SVG.
double Extent(const std::string& svg, const std::string& name) {
  const std::string mark = " " + name + "=\"";
  const std::size_t at = svg.find(mark);
  if (at == std::string::npos) return 0;
  const std::string digits =
      svg.substr(at + mark.size(), svg.find_first_not_of("0123456789.", at + mark.size()) - at - mark.size());
  double value = 0;
  for (std::size_t i = 0; i < digits.size() && digits[i] != '.'; ++i) value = value * 10 + (digits[i] - '0');
  return value;
}

// The page with the value of every variable of its style in place of the variable, by day: WeasyPrint knows no
// variables in shorthands such as `border`.
std::string WithoutVariables(const std::string& html) {
  const std::size_t style = std::min(html.find("</style>"), html.size());
  std::map<std::string, std::string> values;
  for (std::size_t at = html.find("--"); at < style; at = html.find("--", at + 2)) {
    const std::size_t colon = html.find_first_of(":;)", at);
    if (colon >= style || html[colon] != ':') continue;
    const std::size_t end = html.find_first_of(";}", colon);
    const std::size_t begin = html.find_first_not_of(' ', colon + 1);
    // The first says what holds by day; what follows is for the dark.
    values.emplace(html.substr(at, colon - at), html.substr(begin, end - begin));
  }
  static constexpr std::string_view kUse = "var(";
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = html.find(kUse); at < style; at = html.find(kUse, at + 1)) {
    const std::size_t end = html.find(')', at);
    const auto value = values.find(html.substr(at + kUse.size(), end - at - kUse.size()));
    if (value == values.end()) continue;
    out.append(html, done, at - done).append(value->second);
    done = end + 1;
  }
  return out.append(html, done);
}

class Exporter {
 public:
  Exporter(const ExportOptions& options, const std::vector<StoredFile>& files, std::string stem,
           const std::stop_token& stop)
      : options_(options), files_(files), stem_(std::move(stem)), stop_(stop) {}

  Result<std::string> Make(const std::string& format) {
    if (format == "pdf") return Pdf();
    if (format == "docx") return Docx();
    return Latex();
  }

 private:
  Result<std::string> Run(std::vector<std::string> arguments, std::string input, const std::string& what,
                          const std::string& package, std::size_t memory = kMostMemoryBytes) {
    const SideProcess process{.arguments = std::move(arguments),
                              .input = std::move(input),
                              .environment = {{"SOURCE_DATE_EPOCH", kEpoch}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}},
                              .timeout = options_.timeout,
                              .most_memory_bytes = memory};
    Result<SideProcessEnd> end = RunSideProcess(process, stop_);
    if (!end.ok()) {
      if (end.status().reason() == "PROGRAM_MISSING") return Unavailable(what, package);
      return end.status();
    }
    if (end->exit_code == kExitNotInstalled && package == "docx") return Unavailable(what, package);
    if (end->exit_code != 0 || end->output.empty()) {
      return Internal("EXPORT_FAILED", process.arguments[0] + " ended with exit code " +
                                           std::to_string(end->exit_code) + ": " + FirstLine(end->errors));
    }
    return std::move(end->output);
  }

  Result<const StoredFile*> Need(const std::string& path) const {
    if (const StoredFile* file = FindFile(files_, path)) return file;
    return FailedPrecondition("REPORT_OUTDATED", "the run has no " + path + ": run the study again");
  }

  Result<std::string> Pdf() {
    FARRELL_ASSIGN_OR_RETURN(const StoredFile* html, Need(stem_ + ".html"));
    return Run({options_.weasyprint, "--encoding", "utf-8", "-", "-"}, WithoutVariables(html->bytes), "a PDF file",
               "weasyprint");
  }

  Result<Json> Read() const {
    FARRELL_ASSIGN_OR_RETURN(const StoredFile* file, Need(stem_ + ".json"));
    Json report = Json::parse(file->bytes, nullptr, false);
    if (!report.is_object() || !report.contains("document") || !report.contains("figures")) {
      return FailedPrecondition("REPORT_OUTDATED", "the run was made by an earlier version: run the study again");
    }
    return report;
  }

  // The paths of the figures of the report, by figure id.
  Result<std::vector<std::pair<std::string, const StoredFile*>>> Figures(const Json& report) const {
    std::vector<std::pair<std::string, const StoredFile*>> figures;
    for (const Json& figure : report.at("figures")) {
      FARRELL_ASSIGN_OR_RETURN(const StoredFile* svg, Need(figure.at("file").get<std::string>()));
      figures.emplace_back(figure.at("id").get<std::string>(), svg);
    }
    return figures;
  }

  Result<std::string> Docx() {
    FARRELL_ASSIGN_OR_RETURN(Json report, Read());
    using List = std::vector<std::pair<std::string, const StoredFile*>>;
    FARRELL_ASSIGN_OR_RETURN(const List figures, Figures(report));
    Json pictures = Json::object();
    for (const auto& [id, svg] : figures) {
      FARRELL_ASSIGN_OR_RETURN(const std::string png, Run({options_.rsvg_convert, "--format", "png", "--zoom",
                                                           std::to_string(kZoom), "--background-color", "white"},
                                                          svg->bytes, "a Word document with figures", "librsvg2-bin"));
      pictures[id] = {
          {"png", Base64(png)}, {"width", Extent(svg->bytes, "width")}, {"height", Extent(svg->bytes, "height")}};
    }
    const std::string script = (std::filesystem::path(options_.figures.script).parent_path() / "document.mjs").string();
    // Node reserves far more address space than it uses: its heap is limited instead.
    FARRELL_ASSIGN_OR_RETURN(const std::string packed,
                             Run({options_.figures.node, "--no-warnings", "--max-old-space-size=1024", script},
                                 Json{{"report", std::move(report)}, {"pictures", std::move(pictures)}}.dump(),
                                 "a Word document", "docx", 0));
    // Written again, because the order and the dates of an archive are its writer's.
    FARRELL_ASSIGN_OR_RETURN(std::vector<archive::ZipMember> members, archive::ReadZip(packed));
    return archive::WriteZip(std::move(members));
  }

  Result<std::string> Latex() {
    FARRELL_ASSIGN_OR_RETURN(const Json report, Read());
    FARRELL_ASSIGN_OR_RETURN(const StoredFile* document, Need(stem_ + ".tex"));
    using List = std::vector<std::pair<std::string, const StoredFile*>>;
    FARRELL_ASSIGN_OR_RETURN(const List figures, Figures(report));
    std::vector<archive::ZipMember> members = {{"report.tex", document->bytes}};
    for (const auto& [id, svg] : figures) {
      FARRELL_ASSIGN_OR_RETURN(std::string pdf, Run({options_.rsvg_convert, "--format", "pdf"}, svg->bytes,
                                                    "a LaTeX document with figures", "librsvg2-bin"));
      members.push_back({std::filesystem::path(svg->path).replace_extension(".pdf").string(), std::move(pdf)});
    }
    return archive::WriteZip(std::move(members));
  }

  const ExportOptions& options_;
  const std::vector<StoredFile>& files_;
  // "report", or "report.zh" for another language than the first.
  const std::string stem_;
  const std::stop_token& stop_;
};

// The languages are told apart by the names of their files.
Result<std::string> StemOf(const std::vector<StoredFile>& files, const std::string& language) {
  if (language.empty()) return std::string("report");
  if (FindFile(files, "report." + language + ".json") != nullptr) return "report." + language;
  const StoredFile* first = FindFile(files, "report.json");
  const Json report = first == nullptr ? Json() : Json::parse(first->bytes, nullptr, false);
  if (report.is_object() && report.contains("document") && report["document"].value("language", "") == language) {
    return std::string("report");
  }
  return InvalidArgument("LANGUAGE_UNKNOWN",
                         "the report is not written in '" + language + "'; see `languages` of its study")
      .WithViolations({{"language", "not a language of the study"}});
}

}  // namespace

Result<std::string> ExportReport(StepStore& store, const ExportOptions& options, const ExportSource& source,
                                 const std::string& format, const std::string& language, const std::stop_token& stop) {
  static constexpr std::array<std::string_view, 7> kWritten = {"html", "md",         "tex",     "json",
                                                               "xlsx", "brief.html", "brief.md"};
  static constexpr std::array<std::string_view, 4> kMade = {"docx", "pdf", "latex", "brief.pdf"};
  const bool written = std::find(kWritten.begin(), kWritten.end(), format) != kWritten.end();
  if (!written && std::find(kMade.begin(), kMade.end(), format) == kMade.end()) {
    return InvalidArgument("FORMAT_UNKNOWN", "unknown format '" + format + "'; use " + std::string(kFormats))
        .WithViolations({{"format", std::string(kFormats)}});
  }
  FARRELL_ASSIGN_OR_RETURN(std::string stem, StemOf(source.files, language));
  std::string extension = format;
  if (format.starts_with(kBrief)) {
    extension = format.substr(kBrief.size());
    stem = "brief" + stem.substr(std::string_view("report").size());
    if (FindFile(source.files, stem + ".html") == nullptr) {
      return FailedPrecondition("BRIEF_MISSING", "the run has no brief: give its study a `brief` and run it again");
    }
  }
  if (written) {
    const StoredFile* file = FindFile(source.files, stem + "." + extension);
    if (file == nullptr) {
      return FailedPrecondition("REPORT_OUTDATED",
                                "the run has no " + stem + "." + extension + ": run the study again");
    }
    return file->bytes;
  }
  const std::string writer =
      format == "docx"
          ? RendererIdentity((std::filesystem::path(options.figures.script).parent_path() / "document.mjs").string())
          : std::string();
  const std::string key = canonical::Digest(
      "farrell.export.v1",
      canonical::Value(canonical::Value::Object{{"format", canonical::Value(format)},
                                                {"report", canonical::Value(source.report_digest)},
                                                {"revision", canonical::Value(std::int64_t{kExportRevision})},
                                                {"stem", canonical::Value(stem)},
                                                {"writer", canonical::Value(writer)}}));
  if (std::optional<std::string> kept = store.FindStep(key)) return std::move(*kept);
  FARRELL_ASSIGN_OR_RETURN(std::string document, Exporter(options, source.files, stem, stop).Make(extension));
  // A store that cannot be written costs the next caller seconds.
  (void)store.KeepStep(key, document);
  return document;
}

}  // namespace farrell::reporting
