#include "services/regression/engine/compare/cautions.h"

#include <cmath>

namespace farrell::regression {
namespace {

constexpr double kStarLevel = 0.05;

std::string Side(const std::string& equation, const std::string& group) {
  return equation.empty() || group.empty() ? equation + group : equation + ", " + group;
}

}  // namespace

void FlagStars(const std::vector<std::pair<std::size_t, std::size_t>>& sides, std::size_t term_count,
               CompareResult& result) {
  std::string named;
  for (std::size_t k = 0; k < result.differences.size(); ++k) {
    Difference& difference = result.differences[k];
    const auto p = [&](std::size_t cell) {
      return result.groups[cell / term_count].compared[cell % term_count].p_value;
    };
    const auto left = p(sides[k].first);
    const auto right = p(sides[k].second);
    if (!left || !right || !difference.inference.p_value) continue;
    difference.stars_differ_only =
        (*left < kStarLevel) != (*right < kStarLevel) && *difference.inference.p_value >= kStarLevel;
    if (!difference.stars_differ_only) continue;
    const std::string a = Side(difference.equation, difference.group);
    const std::string b = Side(difference.versus_equation, difference.versus);
    named += (named.empty() ? "" : "; ") + difference.term + ": " + a + " and " + b;
  }
  if (named.empty()) return;
  result.warnings.push_back(
      {"STARS_DIFFER_DIFFERENCE_NOT_REJECTED",
       "One estimate is significant at 5 % and the other is not, but that they are equal is not rejected: " + named +
           ". Unequal stars are no evidence of a difference (Gelman & Stern 2006)."});
}

void CompareInteractions(const Compared& compared, const std::vector<ComparedCell>& chosen,
                         const std::vector<ComparedCell>& other, CompareResult& result) {
  for (std::size_t t = 0; t < compared.term_count; ++t) {
    std::vector<double> mine;
    std::vector<double> theirs;
    for (std::size_t g = 0; g < compared.group_count; ++g) {
      const ComparedCell& left = chosen[compared.Cell(0, g, t)];
      const ComparedCell& right = other[compared.Cell(0, g, t)];
      if (right.estimated()) {
        result.alternatives.push_back({compared.groups[g], result.terms[t], right.estimate});
      }
      if (!left.estimated() || !right.estimated()) continue;
      mine.push_back(left.estimate);
      theirs.push_back(right.estimate);
    }
    bool sign = false;
    bool order = false;
    for (std::size_t a = 0; a < mine.size(); ++a) {
      sign = sign || std::signbit(mine[a]) != std::signbit(theirs[a]);
      for (std::size_t b = a + 1; b < mine.size(); ++b) order = order || (mine[a] < mine[b]) != (theirs[a] < theirs[b]);
    }
    if (!sign && !order) continue;
    const std::string what = sign && order ? "sign and order" : sign ? "sign" : "order";
    result.warnings.push_back(
        {"INTERACTION_CHOICE_MATTERS", "The " + what + " of the group estimates of " + result.terms[t] +
                                           (sign && order ? " change" : " changes") +
                                           " between interacting everything and interacting only this term: a "
                                           "difference between groups must not rest on that choice."});
  }
}

}  // namespace farrell::regression
