// Sentences with their numbers filled in.
#pragma once

#include <string>
#include <string_view>

#include "common/status/status.h"
#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// Every reference of the sentence replaced by its number: three decimals, counts with thousands separators; a p-value
// below 0.0005 reads "< 0.001" and takes the place of an "= " before it. Errors: FAILED_PRECONDITION
// CLAIM_WITHOUT_VALUE.
Result<std::string> FillClaim(std::string_view text, const ReportFacts& facts);

}  // namespace farrell::reporting
