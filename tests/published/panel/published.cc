#include "tests/published/panel/published.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>

namespace farrell::regression::testing {

double Tolerance::Allowed(const std::string& printed) const {
  const double value = std::fabs(std::stod(printed));
  switch (kind_) {
    case Kind::kRelative: return size_ * value;
    case Kind::kAbsolute: return size_;
    case Kind::kUnits: return std::max(size_ * LastUnit(printed) * (1.0 + 1e-9), 1e-13 * value);
    case Kind::kExact: return 0.0;
  }
  return 0.0;
}

std::string Tolerance::Describe() const {
  if (kind_ == Kind::kExact) return "exact";
  if (kind_ == Kind::kUnits) return size_ == 0.5 ? "half a unit of the last digit" : "one unit of the last digit";
  std::ostringstream text;
  text << size_;
  std::string number = text.str();
  if (const std::size_t zero = number.find("e-0"); zero != std::string::npos) number.erase(zero + 2, 1);
  return number + (kind_ == Kind::kRelative ? " relative" : " absolute");
}

Table Expected(const std::string& name) {
  return ReadCsv(SourcePath("tests/published/panel/expected/" + name + ".csv"));
}

double LastUnit(const std::string& printed) {
  const std::size_t end = std::min(printed.find_first_of("eE"), printed.size());
  const std::size_t point = printed.find('.');
  const std::size_t decimals = point < end ? end - point - 1 : 0;
  const int exponent = end < printed.size() ? std::atoi(printed.c_str() + end + 1) : 0;
  return std::pow(10.0, exponent - static_cast<int>(decimals));
}

int PrintedDigits(const std::string& printed) {
  int digits = 0;
  bool leading = true;
  for (const char c : printed) {
    if (c == 'e' || c == 'E') break;
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) continue;
    leading = leading && c == '0';
    if (!leading) ++digits;
  }
  return std::max(digits, 1);
}

int MatchedDigits(const Match& match) {
  const int printed = PrintedDigits(match.printed);
  const double value = std::stod(match.printed);
  if (std::fabs(match.ours - value) <= LastUnit(match.printed) * (1.0 + 1e-9)) {
    return std::min(printed, kCertainDigits);
  }
  const double digits = std::floor(LogRelativeError(match.ours, value));
  return std::clamp(static_cast<int>(digits), 0, std::min(printed, kCertainDigits));
}

std::vector<std::string> SplitParts(const std::string& cell) {
  std::vector<std::string> parts(1);
  for (const char c : cell) {
    if (c == ';') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

int ExpectMatches(const Matches& matches) {
  std::set<std::size_t> rows;
  for (const Match& match : matches) {
    rows.insert(match.row);
    EXPECT_NEAR(match.ours, std::stod(match.printed), match.tolerance.Allowed(match.printed))
        << match.statistic << ", row " << match.row + 1;
  }
  return static_cast<int>(rows.size());
}

}  // namespace farrell::regression::testing
