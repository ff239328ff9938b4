#include "tests/published/dea/agreement.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace farrell::dea::testing {
namespace {

const std::string kPage = std::string(FARRELL_SOURCE_DIR) + "/docs/published-digits.md";
// Of the recomputed values.
constexpr int kRecomputedDigits = 12;
// What both sides may print for a slack of nothing.
constexpr double kZero = 1e-12;

// Significant digits that a printed number has; trailing zeros count.
int PrintedDigits(const std::string& text) {
  int digits = 0;
  bool leading = true;
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) continue;
    leading = leading && c == '0';
    if (!leading) ++digits;
  }
  return std::max(digits, 1);
}

// Significant digits to which two numbers agree, at most `most`: half a unit of the last one may differ.
int AgreedDigits(double ours, double theirs, int most) {
  const double size = std::max(std::abs(theirs), std::abs(ours));
  if (size <= kZero || ours == theirs) return most;
  const double first = std::floor(std::log10(std::abs(theirs) > 0 ? std::abs(theirs) : size)) + 1;
  for (int digits = most; digits > 0; --digits) {
    if (std::abs(ours - theirs) <= 0.5 * std::pow(10.0, first - digits) * (1 + 1e-9)) return digits;
  }
  return 0;
}

void Lower(std::optional<int>& least, int digits) { least = std::min(least.value_or(digits), digits); }

std::string Cell(const std::optional<int>& digits) { return digits ? std::to_string(*digits) : "–"; }

std::string Escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

}  // namespace

void Agreement::Add(const Record& row, const std::optional<double>& ours) {
  Line& line = lines_[{row.at("model"), row.at("rts"), row.at("orientation"), row.at("fixture")}];
  ++line.rows;
  if (!ours) {
    ++line.infeasible;
    return;
  }
  if (row.at("status") != "source_only" && !row.at("recomputed").empty()) {
    Lower(line.recomputed_digits, AgreedDigits(*ours, std::stod(row.at("recomputed")), kRecomputedDigits));
  }
  const std::string& source = row.at("value_in_source");
  if (source.empty()) return;
  ++line.with_source;
  const int printed = PrintedDigits(source);
  line.printed = std::max(line.printed, printed);
  const int agreed = AgreedDigits(*ours, std::stod(source), printed);
  if (agreed == printed) {
    ++line.in_full;
  } else {
    Lower(line.least_digits, agreed);
  }
  if (line.source.empty()) line.source = row.at("source");
}

void Agreement::AddNotRun(const Record& row) { not_run_.push_back(row); }

std::string Agreement::Render() const {
  std::ostringstream page;
  page << R"(# Published digits

Written by `ctest -R published_dea`, which fails when this page is not what it computes (`FARRELL_UPDATE_DOCS=1` writes it
anew). One line a model and data set of [tests/published/dea](../tests/published/dea/README.md), where every source is named.

*Printed* is the largest number of significant digits a source prints; *in full* the rows in which ours equals every digit its
source prints; *least* the fewest digits that agree in the other rows (peers print the last digits of their own rounding);
*recomputed* the fewest, of 12, to which ours equals an independent solver. *Infeasible* programs must be reported as such by
both.

| model | technology | orientation | data | rows | infeasible | with source | printed | in full | least | recomputed | source |
|---|---|---|---|---|---|---|---|---|---|---|---|
)";
  int rows = 0;
  for (const auto& [key, line] : lines_) {
    const auto& [model, rts, orientation, fixture] = key;
    rows += line.rows;
    page << "| " << Escaped(model) << " | " << rts << " | " << orientation << " | " << fixture << " | " << line.rows
         << " | " << line.infeasible << " | " << line.with_source << " | "
         << (line.printed > 0 ? std::to_string(line.printed) : "–") << " | " << line.in_full << " | "
         << Cell(line.least_digits) << " | " << Cell(line.recomputed_digits) << " | " << Escaped(line.source) << " |\n";
  }
  page << "\n"
       << rows
       << " rows were run.\n\n## Not run\n\n| data | model | technology | rows | needs |\n|---|---|---|---|---|\n";
  for (const Record& row : not_run_) {
    page << "| " << row.at("fixture") << " | " << Escaped(row.at("model")) << " | " << row.at("rts") << " | "
         << row.at("rows") << " | " << row.at("needs") << " |\n";
  }
  return page.str();
}

std::string ReadAgreementPage() {
  std::ostringstream text;
  text << std::ifstream(kPage, std::ios::binary).rdbuf();
  return text.str();
}

bool WriteAgreementPage(const std::string& text) {
  const char* asked = std::getenv("FARRELL_UPDATE_DOCS");
  if (asked == nullptr || std::string(asked) != "1") return false;
  std::ofstream(kPage, std::ios::binary) << text;
  return true;
}

}  // namespace farrell::dea::testing
