// The looks of report.html.
#pragma once

#include <string_view>

namespace farrell::reporting {

// The style sheet of report.html: three-line tables, readable on a phone and in print; on paper the stamp of synthetic
// data stands on every page.
std::string_view ReportStyleSheet();

}  // namespace farrell::reporting
