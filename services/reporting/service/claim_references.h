// References in the sentences of a report: {regression:ID:TERM:estimate} and their kin.
//
//   {regression:ID:TERM:STAT}         estimate std_error statistic p_value conf_low conf_high df wild_p
//   {regression:ID:STAT}              n r2 r2_within units
//   {comparison:ID:TERM:STAT}         joint_p joint_statistic
//   {comparison:ID:TERM:GROUP:STAT}   estimate std_error p_value conf_low conf_high, as compared
//   {dea:ID:STAT}                     mean min max share_at_one n
//   {data:STAT}                       rows units periods
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace farrell::reporting {

struct ClaimReference {
  // "regression", "comparison", "dea", "data".
  std::string kind;
  std::string id;
  // May hold colons: an interaction is named `region::west:log(ai)`.
  std::string term;
  std::string group;
  std::string stat;
  // What is wrong with the reference itself; empty: well formed.
  std::string problem;
};

// A run of plain text, or a reference; with its position in characters of the sentence, 0-based.
struct ClaimPart {
  std::string text;
  bool is_reference = false;
  ClaimReference reference;
  int position = 0;
};

// The sentence in parts. A brace that is not closed comes back as a reference with a problem.
std::vector<ClaimPart> ParseClaim(std::string_view text);

}  // namespace farrell::reporting
