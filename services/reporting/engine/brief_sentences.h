// The sentences of the one page. Like those that a study writes, they take every number by reference from a result.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// A text with its references, such as {regression:ID:TERM:estimate}, replaced by the numbers of results; an error where
// a result has none.
using FillNumbers = std::function<Result<std::string>(std::string_view text)>;

// Fills in `headline`, `compared` and `method`. A coefficient or test without a value is an outcome, and said so.
// INVALID_ARGUMENT BRIEF_INVALID: the regression has no such term ("brief.term").
Status WriteBriefSentences(const ReportFacts& facts, const FillNumbers& fill, BriefFacts& brief);

}  // namespace farrell::reporting
