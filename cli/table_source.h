// FILE on the command line: a CSV path, `-`, `dataset:NAME[@RELEASE]` or `snapshot:DIGEST`.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "common/status/status.h"
#include "farrell/common/v1/types.pb.h"
#include "farrell/data/v1/data.pb.h"

namespace CLI {
class App;
}

namespace farrell::cli {

// What a verb was told about its table.
struct TableFlags {
  std::string source;
  std::string unit;                  // --unit
  std::string time;                  // --time
  std::vector<std::string> missing;  // --missing, as given
  bool synthetic = false;            // --synthetic
  std::string where;                 // --where
};

// FILE, --unit, --time, --missing, --synthetic and --where.
void AddTableFlags(CLI::App* verb, TableFlags& flags);

// A table the services know.
struct SourceTable {
  common::v1::TableSpec spec;
  data::v1::Snapshot snapshot;
};

// Uploads the file, or looks the reference up. Errors: NOT_FOUND, reason FILE_NOT_FOUND for a path, else as the data
// service says; TABLE_INVALID lists every problem of the file, also those that do not fit into an error.
Result<SourceTable> OpenTable(Session& session, const TableFlags& flags);

// Uploads the bytes of a path or of standard input (`-`) in chunks of 1 MiB.
Result<data::v1::ImportTableResponse> UploadTable(Session& session, const std::string& path,
                                                  const data::v1::ImportOptions& options);

// Checks the file as an upload would and stores nothing.
Result<data::v1::ValidateTableResponse> CheckTable(Session& session, const std::string& path,
                                                   const data::v1::ImportOptions& options);

// The snapshot of "dataset:NAME[@RELEASE]", "NAME[@RELEASE]", "snapshot:DIGEST" or a digest.
Result<data::v1::ResolveSnapshotResponse> ResolveReference(Session& session, const std::string& reference);

// "row 12, column gdp" and what is wrong there.
FieldViolation DescribeProblem(const data::v1::TableProblem& problem);

// True for "dataset:…" and "snapshot:…".
bool IsReference(const std::string& source);

}  // namespace farrell::cli
