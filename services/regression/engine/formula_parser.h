// One formula from its text, and the steps before it that stepwise formulas take.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/regression/engine/formula.h"
#include "services/regression/engine/formula_text.h"

namespace farrell::regression {

// A formula without stepwise functions, written out, and where its bytes came from; see BracketedText.
struct ExpandedFormula {
  std::string text;
  std::vector<std::size_t> origin;
};

// `found`: offsets of the stepwise functions, in the order of the text.
std::vector<ExpandedFormula> ExpandStepwise(const BracketedText& source, Mistakes& mistakes,
                                            std::vector<std::size_t>& found);

// The parts of a formula by the top-level `~` and `|`.
struct FormulaParts {
  Span response;
  Span terms;
  // Empty spans at the end of the text where there are none.
  Span effects;
  Span instruments;
  bool has_effects = false;
  bool has_instruments = false;
};
// False without a `~`; whatever stands in excess is a mistake.
bool SplitParts(const BracketedText& source, FormulaParts& parts, Mistakes& mistakes);

// Formula::source is left to the caller. The result means nothing when mistakes were found.
Formula ParseExpanded(const BracketedText& text, Mistakes& mistakes);

}  // namespace farrell::regression
