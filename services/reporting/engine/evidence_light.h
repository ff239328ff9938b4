// How far the one page can be relied on, as the referee rules see it.
//
// A rule concerns the page when it is about
//   - the regression of the headline, the comparison or one of its groups,
//   - the DEA of the ranking, or that whose score is the regression's outcome,
//   - a variable that the regression is made of,
//   - specification tests of the same formula, or
//   - the study as a whole.
// Rules about sentences (W14, W19, W38) refuse a sentence and concern nothing else. The light is
//   red    when a rule that blocks concerns the page,
//   amber  when none does and one that warns concerns it,
//   green  otherwise; notes decide nothing.
#pragma once

#include <string>
#include <vector>

#include "services/reporting/engine/rules.h"

namespace farrell::reporting {

enum class Light { kGreen, kAmber, kRed };

struct EvidenceLight {
  Light light = Light::kGreen;
  // The rules that decide, in rule order; none under green.
  std::vector<FiredRule> deciding;
};

EvidenceLight LightOf(const BriefFacts& brief, const ReportFacts& facts, const std::vector<FiredRule>& rules);

// "green", "amber", "red": for programs.
std::string LightName(Light light);

}  // namespace farrell::reporting
