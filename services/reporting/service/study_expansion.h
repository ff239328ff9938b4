// Definitions and loops of a study, written out: after this an entry stands for one model, and no text holds a
// `{NAME}` of `define`, `with` or `each`.
#pragma once

#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

// Most entries that the loops of a study may make.
inline constexpr std::size_t kMostExpandedEntries = 10'000;

// Problems: unknown names, texts that stand for each other in a circle, loops without values or with too many.
void ExpandStudy(ReadStudy& read);

}  // namespace farrell::reporting
