// What a report says, kept as files that a person reads and that a change of a number shows up in: a folder a study,
// one file of tab-separated cells a table and a figure with every cell as it is printed, and the list of the rules that
// fired.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace farrell::testing {

// Every difference between a report.json and the files in `folder`: table, row, column, both texts. With
// FARRELL_UPDATE_REPORTS set the files are written anew first.
std::vector<std::string> GoldenDifferences(const nlohmann::json& report, const std::string& folder);

}  // namespace farrell::testing
