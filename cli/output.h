// Where results and messages go: results to standard output, everything else to standard error.
#pragma once

#include <string>
#include <string_view>

#include "common/status/status.h"
#include "farrell/common/v1/types.pb.h"

namespace farrell::cli {

// Writes all of `text` to standard output. When the reader has gone (`| head`), the process ends as by SIGPIPE; any
// other failure is INTERNAL, reason OUTPUT_FAILED.
Status Print(std::string_view text);

// Writes a file, making its folders. INTERNAL, reason OUTPUT_FAILED, naming the path.
Status WriteFile(const std::string& path, std::string_view bytes);

// One line to standard error: "warning W10: text".
void PrintWarning(const common::v1::Warning& warning);
template <typename Warnings>
void PrintWarnings(const Warnings& warnings) {
  for (const common::v1::Warning& warning : warnings) PrintWarning(warning);
}
void PrintNote(std::string_view text);

// The error with every violation, and how many more there were.
void PrintError(const Status& status);

// "computed", "from Redis", …: where a result came from, for a person.
std::string DescribeOrigin(const common::v1::ResultOrigin& origin);

// True when text on standard error may be coloured: a terminal, and NO_COLOR is not set.
bool ErrorOutputHasColor();

}  // namespace farrell::cli
