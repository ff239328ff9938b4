// DEA models as people write them, on the command line and in study files.
//
// All parsers ignore case in keywords, keep it in column names, and fail with INVALID_ARGUMENT, reason MODEL_INVALID, a
// message that quotes the offending text and lists the choices. Empty text gives the default. Every Format… returns
// text that its parser reads back.
#pragma once

#include <string>
#include <string_view>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"

namespace farrell::notation {

// "contemporaneous" (default), "global", "sequential", "window:W" with W >= 1; each may be followed by "+group:COLUMN",
// and "group:COLUMN" alone is contemporaneous within the group.
Result<dea::v1::Frontier> ParseFrontier(std::string_view text);
std::string FormatFrontier(const dea::v1::Frontier& frontier);

// "crs" (default), "vrs", "nirs", "ndrs".
Result<dea::v1::ReturnsToScale> ParseRts(std::string_view text);
std::string FormatRts(dea::v1::ReturnsToScale rts);

// "input" (default), "output".
Result<dea::v1::Orientation> ParseOrientation(std::string_view text);
std::string FormatOrientation(dea::v1::Orientation orientation);

// Rows that span the frontier and are not scored.
struct ReferenceOnly {
  std::string column;  // empty: none
  std::string value;   // empty: any of "reference_only", "1", "true"
};
// "COLUMN" or "COLUMN=VALUE", split at the first '='.
Result<ReferenceOnly> ParseReferenceOnly(std::string_view text);

// "optimal", "infeasible", "unbounded", "reference_only", "excluded", "not_solved".
std::string FormatStatus(dea::v1::Status status);

// "increasing", "constant", "decreasing"; empty when it was not asked for.
std::string FormatScaleClass(dea::v1::ScaleClass scale_class);

}  // namespace farrell::notation
