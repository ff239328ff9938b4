// Two bundles of one study, digit by digit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/bundle.h"

namespace farrell::cli {

// A result or a file of the report.
struct ComparedPart {
  // "step", "file".
  std::string kind;
  // Step id or path.
  std::string name;
  bool same = true;
  // Values compared: numbers and texts of a result, lines of a file.
  std::int64_t compared = 0;
  // Where the first difference stands, e.g. "fit.coefficients[2].std_error" or "line 12"; what stands there in the
  // bundle and in the replay.
  std::string place = {};
  std::string bundle = {};
  std::string replay = {};
};

// Results in the order of the bundle, then the files of the report by name, without documents in other programs'
// formats. `replayed` may lack parts or have more.
std::vector<ComparedPart> CompareBundles(const Bundle& bundle, const Bundle& replayed);

}  // namespace farrell::cli
