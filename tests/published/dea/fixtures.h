// The published data sets, and the rows expected of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/panel/panel.h"

namespace farrell::dea::testing {

using Record = std::map<std::string, std::string>;

// Records of a CSV file with quoted fields, by column name. Fails the test when the file cannot be read.
std::vector<Record> ReadCsv(const std::string& path);

// A data set as a sorted panel whose columns are "i0", "i1", ..., "o0", ... and "b0", ... for bad outputs; `variant`
// picks the inputs where a data set has two versions ("categorical" in P18). Also the column "category" where there is
// one.
struct Fixture {
  Panel panel;
  int input_count = 0;
  int output_count = 0;
  int bad_count = 0;
};
Fixture LoadFixture(const std::string& id, const std::string& variant);

}  // namespace farrell::dea::testing
