#include "services/reporting/engine/inside_log.h"

namespace farrell::reporting {

std::string InsideLog(std::string_view expression) {
  constexpr std::size_t kOpening = 3;
  std::string text(expression);
  std::erase(text, ' ');
  if (!text.starts_with("log(") || !text.ends_with(")")) return {};
  int depth = 0;
  for (std::size_t at = kOpening; at < text.size(); ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0 && at + 1 < text.size()) return {};
  }
  return text.substr(kOpening + 1, text.size() - kOpening - 2);
}

}  // namespace farrell::reporting
