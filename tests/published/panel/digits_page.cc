#include "tests/published/panel/digits_page.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <utility>

namespace farrell::regression::testing {
namespace {

constexpr const char* kPage = "docs/published-panel-digits.md";
constexpr const char* kNist = "nist_strd_lls_certified";
// Digits of a certified number, whether or not its last ones are zeros that are not printed; and what is shown of them.
constexpr int kCertifiedDigits = 15;
constexpr double kShownDigits = 13.0;
const std::vector<std::string> kCertified = {"coefficients", "standard deviations",     "residual standard deviation",
                                             "R2",           "residual sum of squares", "F"};

constexpr const char* kIntroduction = R"(# Published digits of the regression engine

Written by `ctest -R published_panel_digits`, which fails when this page is not what it computes (`FARRELL_UPDATE_DOCS=1`
writes it anew). The files and their data are in [tests/published/panel](../tests/published/panel/README.md).

*Compared*: rows of which every number is compared. *Numbers*: comparisons made; a printed number that several presets must
give counts once for each. *Printed*: significant digits in print, fewest and most. *In full*: numbers equal to print in all of
these, within one unit of the last one, or in 12, as more are certain on neither side. *Least*, *median*: the fewest digits
that agree and the (lower) median; where not all do, −log₁₀(|ours − theirs| / |theirs|) rounded down. Counts are equal.
*Tolerance*: beyond it the run fails.

)";

std::string Escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

// Rounded down to half a digit.
std::string HalfDigits(double digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << std::floor(2.0 * std::min(digits, kShownDigits)) / 2.0;
  return text.str();
}

}  // namespace

void DigitsPage::Line::Add(const Match& match, int printed_digits, int matched_digits) {
  ++numbers;
  tolerances.insert(match.tolerance.Describe());
  if (match.tolerance.exact()) {
    ++in_full;
    return;
  }
  if (matched_digits == std::min(printed_digits, kCertainDigits)) ++in_full;
  printed.push_back(printed_digits);
  digits.push_back(matched_digits);
}

std::string DigitsPage::Line::Cells() const {
  std::ostringstream cells;
  cells << numbers << " | ";
  if (digits.empty()) {
    cells << "– | " << in_full << " | equal | equal";
    return cells.str();
  }
  const auto [fewest, most] = std::minmax_element(printed.begin(), printed.end());
  cells << *fewest;
  if (*most != *fewest) cells << "–" << *most;
  std::vector<int> sorted = digits;
  std::sort(sorted.begin(), sorted.end());
  cells << " | " << in_full << " | " << sorted.front() << " | " << sorted[(sorted.size() - 1) / 2];
  return cells.str();
}

std::string DigitsPage::Line::Tolerances() const {
  std::string text;
  for (const std::string& tolerance : tolerances) text += (text.empty() ? "" : "; ") + tolerance;
  return text;
}

void DigitsPage::Add(const PublishedFile& file, const Matches& matches) {
  Section section;
  section.file = file;
  const Table expected = Expected(file.name);
  section.rows = expected.rows.size();
  std::set<std::size_t> compared;
  for (const Match& match : matches) {
    compared.insert(match.row);
    int printed = PrintedDigits(match.printed);
    int matched = MatchedDigits(match);
    if (file.name == kNist) {
      AddCertified(match);
      printed = kCertifiedDigits;
      const double digits = LogRelativeError(match.ours, std::stod(match.printed));
      matched = std::clamp(static_cast<int>(std::floor(digits)), 0, kCertainDigits);
    }
    if (!section.lines.contains(match.statistic)) section.order.push_back(match.statistic);
    section.lines[match.statistic].Add(match, printed, matched);
    section.all.Add(match, printed, matched);
  }
  section.compared = compared.size();
  sections_.push_back(std::move(section));
  AddNotRun(file, expected, compared);
}

void DigitsPage::AddCertified(const Match& match) {
  const std::size_t colon = match.statistic.find(": ");
  const std::string problem = match.statistic.substr(0, colon);
  if (!certified_.contains(problem)) problems_.push_back(problem);
  const double digits = LogRelativeError(match.ours, std::stod(match.printed));
  const Certified first{kShownDigits, match.tolerance.Describe()};
  Certified& certified = certified_[problem].try_emplace(match.statistic.substr(colon + 2), first).first->second;
  certified.least = std::min(certified.least, digits);
}

void DigitsPage::AddNotRun(const PublishedFile& file, const Table& expected, const std::set<std::size_t>& compared) {
  const Table reasons = ReadCsv(SourcePath("tests/published/panel/not_covered.csv"));
  std::set<std::size_t> explained = compared;
  for (std::size_t line = 0; line < reasons.rows.size(); ++line) {
    if (reasons.At(line, "file") != file.name) continue;
    const std::string& what = reasons.At(line, "starts_with");
    int rows = 0;
    for (std::size_t row = 0; row < expected.rows.size(); ++row) {
      if (!expected.At(row, reasons.At(line, "column")).starts_with(what)) continue;
      if (explained.insert(row).second) ++rows;
    }
    if (rows == 0) unexplained_.push_back("no row of " + file.name + " is " + what);
    not_run_.push_back({file.name, what, rows, reasons.At(line, "needs")});
  }
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    if (!explained.contains(row)) unexplained_.push_back(file.name + ", row " + std::to_string(row + 1));
  }
}

void DigitsPage::AddFilesNotCarried() {
  const Table reasons = ReadCsv(SourcePath("tests/published/panel/not_covered.csv"));
  for (std::size_t line = 0; line < reasons.rows.size(); ++line) {
    if (!reasons.At(line, "column").empty()) continue;
    not_run_.push_back({reasons.At(line, "file"), reasons.At(line, "starts_with"), {}, reasons.At(line, "needs")});
  }
}

std::string DigitsPage::Render() const {
  return kIntroduction + RenderSummary() + RenderCertified() + RenderSections() + RenderNotRun();
}

std::string DigitsPage::RenderSummary() const {
  std::ostringstream page;
  page << "| file | rows | compared | numbers | printed | in full | least | median | source |\n"
          "|---|---|---|---|---|---|---|---|---|\n";
  std::size_t rows = 0;
  std::size_t compared = 0;
  int numbers = 0;
  int in_full = 0;
  for (const Section& section : sections_) {
    rows += section.rows;
    compared += section.compared;
    numbers += section.all.numbers;
    in_full += section.all.in_full;
    page << "| " << section.file.name << " | " << section.rows << " | " << section.compared << " | "
         << section.all.Cells() << " | " << section.file.source << " |\n";
  }
  page << "\n"
       << compared << " of " << rows << " rows were compared: " << numbers << " numbers, " << in_full
       << " of them equal in full.\n";
  return page.str();
}

std::string DigitsPage::RenderCertified() const {
  std::ostringstream page;
  page << R"(
## NIST

Least log relative error by problem, at most 13, rounded down to half a digit; in brackets the tolerance. Where the certified
value is zero (Wampler1 and Wampler2 fit exactly): −log₁₀ of ours.

| problem |)";
  for (const std::string& statistic : kCertified) page << " " << statistic << " |";
  page << "\n|---|---|---|---|---|---|---|\n";
  for (const std::string& problem : problems_) {
    page << "| " << problem << " |";
    const std::map<std::string, Certified>& found = certified_.at(problem);
    for (const std::string& statistic : kCertified) {
      const auto certified = found.find(statistic);
      if (certified == found.end()) {
        page << " – |";
      } else {
        page << " " << HalfDigits(certified->second.least) << " (" << certified->second.tolerance << ") |";
      }
    }
    page << "\n";
  }
  return page.str();
}

std::string DigitsPage::RenderSections() const {
  std::ostringstream page;
  for (const Section& section : sections_) {
    if (section.file.name == kNist) continue;
    page << "\n## " << section.file.name
         << "\n\n| statistic | numbers | printed | in full | least | median | tolerance |\n"
            "|---|---|---|---|---|---|---|\n";
    for (const std::string& statistic : section.order) {
      const Line& line = section.lines.at(statistic);
      page << "| " << Escaped(statistic) << " | " << line.Cells() << " | " << line.Tolerances() << " |\n";
    }
  }
  return page.str();
}

std::string DigitsPage::RenderNotRun() const {
  std::ostringstream page;
  page << "\n## Not run\n\n| file | rows that begin with | rows | needs |\n|---|---|---|---|\n";
  for (const NotRun& not_run : not_run_) {
    page << "| " << not_run.file << " | " << not_run.what << " | "
         << (not_run.rows ? std::to_string(*not_run.rows) : "file not carried") << " | " << not_run.needs << " |\n";
  }
  return page.str();
}

std::string ReadDigitsPage() {
  std::ostringstream text;
  text << std::ifstream(SourcePath(kPage), std::ios::binary).rdbuf();
  return text.str();
}

bool WriteDigitsPage(const std::string& text) {
  const char* asked = std::getenv("FARRELL_UPDATE_DOCS");
  if (asked == nullptr || std::string(asked) != "1") return false;
  std::ofstream(SourcePath(kPage), std::ios::binary) << text;
  return true;
}

}  // namespace farrell::regression::testing
