// Reports to open: in English and in Chinese, of real and of synthetic data, with the figures drawn.
#pragma once

#include <string>
#include <vector>

#include "services/reporting/service/report_export.h"

namespace farrell::reporting {

struct DocumentSample {
  std::string name;
  std::vector<StoredFile> files;
};

// "english", "chinese" (titles, labels and units in Chinese, synthetic data). Made once a process.
const std::vector<DocumentSample>& DocumentSamples();

const std::string& BytesOf(const DocumentSample& sample, const std::string& path);

// Options with the real programs.
ExportOptions RealExport();

// False where a program is not in PATH.
bool HasProgram(const std::string& name);
// False where the npm packages are not installed.
bool HasPackage(const std::string& name);
// axe-core, which check_html.mjs runs in the page.
std::string AxeScript();

}  // namespace farrell::reporting
