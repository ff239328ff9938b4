// A replication bundle as somebody handed it over: nothing in it is believed before it is checked.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::cli {

struct BundleEntry {
  std::string step;
  std::string action_key;
  std::string engine;
  std::int64_t algo_rev = 0;
  // Member that holds the result.
  std::string file;
};

// Data to be uploaded: the study's own, or those of a vintage.
struct BundleTable {
  // What the upload must be called in the source: a path, or the dataset the study names.
  std::string upload_path;
  // Member with the data, how to import it, and what must come out.
  std::string file;
  data::v1::ImportOptions options;
  std::string snapshot_digest;
};

struct Bundle {
  // By member name.
  std::map<std::string, std::string> members;
  // The study with its files; its data are to be uploaded.
  reporting::v1::StudySource source;
  // The study's own first.
  std::vector<BundleTable> data;
  std::string study_digest;
  std::string report_digest;
  std::vector<BundleEntry> results;
  // Results and report files whose bytes are not those of the manifest.
  std::vector<std::string> edited;
};

// Errors: INVALID_ARGUMENT ZIP_INVALID (common/archive/zip.h); BUNDLE_INVALID with everything that is wrong: no
// manifest or one that cannot be read, members that are missing, not named by it, or other than it says. Results and
// report files that were edited are not an error here: a replay shows where.
Result<Bundle> ReadBundle(const std::string& zip, const std::stop_token& stop);

// The text as JSON, not nested deeper than a report ever is.
std::optional<nlohmann::json> ParseJson(const std::string& text);

}  // namespace farrell::cli
