// Texts as elements of a page.
#pragma once

#include <string>

#include "services/reporting/engine/table.h"

namespace farrell::reporting {

// A paragraph; nothing for an empty text.
inline std::string ParagraphHtml(const std::string& text, const std::string& css_class = {}) {
  if (text.empty()) return {};
  return "<p" + (css_class.empty() ? "" : " class=\"" + css_class + "\"") + ">" + EscapeHtml(text) + "</p>\n";
}

}  // namespace farrell::reporting
