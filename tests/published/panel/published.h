// Published numbers beside ours: what the files in expected/ print, what the engine computes, how far apart they may
// be.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/regression/panels.h"

namespace farrell::regression::testing {

// How far a computed number may lie from the printed one.
class Tolerance {
 public:
  static Tolerance Relative(double share) { return {Kind::kRelative, share}; }
  static Tolerance Absolute(double size) { return {Kind::kAbsolute, size}; }
  // Of the last digit printed: for numbers that were rounded, and for those that may have been cut off.
  static Tolerance HalfUnit() { return {Kind::kUnits, 0.5}; }
  static Tolerance OneUnit() { return {Kind::kUnits, 1.0}; }
  static Tolerance Exact() { return {Kind::kExact, 0.0}; }

  // The absolute difference allowed; never less than 1e-13 of a number of which all digits are printed.
  double Allowed(const std::string& printed) const;
  // In words: "1e-10 relative", "half a unit of the last digit".
  std::string Describe() const;
  bool exact() const { return kind_ == Kind::kExact; }

 private:
  enum class Kind { kRelative, kAbsolute, kUnits, kExact };
  Tolerance(Kind kind, double size) : kind_(kind), size_(size) {}
  Kind kind_;
  double size_;
};

// One number of a row of a file.
struct Match {
  std::size_t row = 0;
  // What it is: numbers with the same words stand in one line of the page.
  std::string statistic;
  std::string printed;
  double ours = 0.0;
  Tolerance tolerance;
};
using Matches = std::vector<Match>;

// expected/NAME.csv.
Table Expected(const std::string& name);

// One unit of the last digit that the text prints, and the number of significant digits in it; trailing zeros count.
double LastUnit(const std::string& printed);
int PrintedDigits(const std::string& printed);

// Digits that ours shares with print: all of them when the two are at most one unit of the last one apart, otherwise
// the log relative error rounded down, at least 0. Never more than kCertainDigits, so that the last bits do not matter.
int MatchedDigits(const Match& match);
inline constexpr int kCertainDigits = 12;

// The parts of "a;b;c".
std::vector<std::string> SplitParts(const std::string& cell);

// Fails for every number farther from print than allowed; the number of rows that were compared.
int ExpectMatches(const Matches& matches);

}  // namespace farrell::regression::testing
