// docs/published-panel-digits.md: to how many digits the engine agrees with published numbers, written by the run that
// compares them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {

class DigitsPage {
 public:
  // What the run found for one file, each row of which is compared or named by a line of not_covered.csv.
  void Add(const PublishedFile& file, const Matches& matches);

  // Files of not_covered.csv that expected/ does not hold; after every file was added.
  void AddFilesNotCarried();

  std::string Render() const;
  // Rows that are neither compared nor named as not run, and lines of not_covered.csv that name no row.
  const std::vector<std::string>& unexplained() const { return unexplained_; }

 private:
  // The numbers that stand in one line.
  struct Line {
    int numbers = 0;
    int in_full = 0;
    std::vector<int> printed;
    std::vector<int> digits;
    std::set<std::string> tolerances;

    void Add(const Match& match, int printed_digits, int matched_digits);
    std::string Cells() const;
    std::string Tolerances() const;
  };
  struct Section {
    PublishedFile file;
    std::size_t rows = 0;
    std::size_t compared = 0;
    Line all;
    std::vector<std::string> order;
    std::map<std::string, Line> lines;
  };
  // One statistic of a problem of NIST.
  struct Certified {
    double least = 0.0;  // log relative error
    std::string tolerance;
  };
  struct NotRun {
    std::string file;
    std::string what;
    // Unset: the file is not carried.
    std::optional<int> rows;
    std::string needs;
  };
  void AddCertified(const Match& match);
  std::string RenderSummary() const;
  std::string RenderCertified() const;
  std::string RenderSections() const;
  std::string RenderNotRun() const;
  void AddNotRun(const PublishedFile& file, const Table& expected, const std::set<std::size_t>& compared);

  std::vector<Section> sections_;
  std::vector<std::string> problems_;
  // By problem and statistic.
  std::map<std::string, std::map<std::string, Certified>> certified_;
  std::vector<NotRun> not_run_;
  std::vector<std::string> unexplained_;
};

// The committed page.
std::string ReadDigitsPage();
// Writes it: only when FARRELL_UPDATE_DOCS=1.
bool WriteDigitsPage(const std::string& text);

}  // namespace farrell::regression::testing
