#include <cstddef>
#include <vector>

#include "services/regression/engine/formula_parser.h"

namespace farrell::regression {

bool SplitParts(const BracketedText& source, FormulaParts& parts, Mistakes& mistakes) {
  const std::size_t end = source.text().size();
  const std::vector<std::size_t> tildes = source.Find(source.Whole(), "~");
  const auto add = [&](std::size_t offset, const char* message) { mistakes.Add(source.Origin(offset), message); };
  if (tildes.empty()) {
    add(end, "there is no `~`; write the response, `~`, and the terms: y ~ x1 + x2 | unit + time");
    return false;
  }
  parts.response = {0, tildes[0]};
  parts.effects = parts.instruments = {end, end};
  const std::vector<std::size_t> bars = source.Find({tildes[0] + 1, end}, "|");
  std::vector<Span> pieces;
  std::size_t begin = tildes[0] + 1;
  for (std::size_t bar : bars) {
    pieces.push_back({begin, bar});
    begin = bar + 1;
  }
  pieces.push_back({begin, end});
  parts.terms = pieces[0];
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    const std::vector<std::size_t> inside = source.Find(pieces[k], "~");
    const bool instruments = k > 0 && !inside.empty();
    for (std::size_t t = instruments ? 1 : 0; t < inside.size(); ++t) {
      add(inside[t], k == 0 ? "a second `~`; a formula has one, and one more for instruments: y ~ x | unit | x2 ~ z"
                            : "a second `~`; instruments are written endogenous ~ z1 + z2");
    }
    if (!instruments && k == 0 && !inside.empty()) parts.terms.end = inside[0];
    if (k == 0) continue;
    if (parts.has_instruments) {
      add(bars[k - 1], "nothing follows the instruments");
    } else if (instruments) {
      parts.has_instruments = true;
      parts.instruments = pieces[k];
    } else if (k == 1) {
      parts.has_effects = true;
      parts.effects = pieces[k];
    } else {
      add(bars[k - 1],
          "a second `|` is for instruments, endogenous ~ z1 + z2; effects are joined by `+` after one `|`");
    }
  }
  return true;
}

}  // namespace farrell::regression
