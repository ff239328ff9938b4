// A replication bundle: everything a finished study was made from and everything it gave, as the members of one
// archive.
//
//   README.md       what it is, data availability, requirements, tables and figures with their results, how to rerun
//   manifest.json   the same for programs ("farrell.bundle.v1"), with the size and SHA-256 of every other member
//   study/...       the study file, what it extends, its layouts, and its data as CSV where the study looks for them
//   results/...     one JSON file a step, under its content key
//   report/...      the files of the report
//
// The members are a function of the study, the data and the engines: no clock, host, path of a machine or run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/report.h"

namespace farrell::reporting {

inline constexpr std::string_view kBundleFormat = "farrell.bundle.v1";
inline constexpr std::string_view kBundleManifest = "manifest.json";
inline constexpr std::string_view kBundleStudyFolder = "study/";
inline constexpr std::string_view kBundleReportFolder = "report/";

struct BundleColumn {
  std::string name;
  std::string digest;
  std::string label;
  std::string unit;
  std::string source;
  struct Break {
    std::int64_t period = 0;
    std::string kind;  // KIND_THRESHOLD and so on
    std::string note;
  };
  // Declared for the column.
  std::vector<Break> breaks = {};
};

struct BundlePeriod {
  std::optional<std::int64_t> period;
  std::string digest;
  std::int64_t row_count = 0;
};

// The study's own data, or those of a vintage.
struct BundleData {
  // Id of the vintage; empty: the study's own.
  std::string vintage;
  // Member, under study/.
  std::string path;
  // As the study names it when it works on a dataset; empty: a file.
  std::string dataset;
  std::string csv;
  std::string snapshot_digest;
  std::string unit_key;
  std::string time_key;
  std::string source;
  std::string known_at;
  std::string citation;
  bool synthetic = false;
  std::int64_t row_count = 0;
  std::int64_t unit_count = 0;
  std::vector<BundleColumn> columns;
  std::vector<BundlePeriod> periods;
};

struct BundleResult {
  std::string step;
  std::string kind;
  std::vector<std::string> needs;
  std::string action_key;
  std::string engine;
  std::int64_t algo_rev = 0;
  std::string num_abi;
  std::optional<std::int64_t> seed;
  // The result as a JSON object.
  std::string json;
};

// A table or a figure and the steps whose results it prints.
struct BundleArtefact {
  // "table", "figure".
  std::string kind;
  std::string id;
  std::string number;
  std::string title;
  // In the report.
  std::string file;
  std::vector<std::string> steps;
};

struct BundleContent {
  std::string study_id;
  std::string title;
  std::string study_digest;
  // Version of the program, e.g. "0.1.0".
  std::string version;
  // Member, under study/.
  std::string study_path;
  // Study files and layouts, under study/, without the data.
  std::vector<ReportFile> study_files;
  BundleData data;
  // In the study's order. A file that holds the data of several stands there once.
  std::vector<BundleData> vintages;
  std::vector<BundleResult> results;
  std::vector<BundleArtefact> artefacts;
  std::string report_digest;
  // Paths as in the report.
  std::vector<ReportFile> report_files;
};

// Members sorted by path. Errors: FAILED_PRECONDITION BUNDLE_PATH_REPEATED (the data stand where a study file does).
Result<std::vector<ReportFile>> BundleMembers(const BundleContent& content);

// Paths as the user wrote them → paths in one folder that keep their places relative to each other: the folder they
// share is left away, and folders above the user's are named "folder". Errors: FAILED_PRECONDITION BUNDLE_PATH_ABSOLUTE
// when some paths are absolute and some are not.
Result<std::vector<std::string>> PathsInOneFolder(const std::vector<std::string>& paths);

}  // namespace farrell::reporting
