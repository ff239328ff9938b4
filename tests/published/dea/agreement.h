// docs/published-digits.md: to how many digits the engine agrees with published numbers, written by the run that
// compares them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/published/dea/fixtures.h"

namespace farrell::dea::testing {

class Agreement {
 public:
  // One compared row: ours is nullopt where the program is infeasible, in ours and in the source.
  void Add(const Record& row, const std::optional<double>& ours);
  // One line of not_covered.csv.
  void AddNotRun(const Record& row);

  // The page.
  std::string Render() const;

 private:
  struct Line {
    int rows = 0;
    int infeasible = 0;
    int with_source = 0;
    int printed = 0;                  // most significant digits a source prints
    int in_full = 0;                  // rows that agree in every digit the source prints
    std::optional<int> least_digits;  // of the others
    std::optional<int> recomputed_digits;
    std::string source;
  };
  // By model, technology, orientation, data set.
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Line> lines_;
  std::vector<Record> not_run_;
};

// The committed page.
std::string ReadAgreementPage();
// Writes it: only when FARRELL_UPDATE_DOCS=1.
bool WriteAgreementPage(const std::string& text);

}  // namespace farrell::dea::testing
