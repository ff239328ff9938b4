#include "services/reporting/engine/json_text.h"

#include <algorithm>
#include <cmath>

#include "common/text/number.h"

namespace farrell::reporting {
namespace {

void NewLine(std::string& out, int depth, bool compact) {
  if (compact) return;
  out += '\n';
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

// A container of scalars only is written on one line.
bool IsFlat(const nlohmann::ordered_json& value) {
  if (value.size() > 12) return false;
  return std::none_of(value.begin(), value.end(), [](const auto& item) { return item.is_structured(); });
}

void Write(const nlohmann::ordered_json& value, int depth, bool compact, std::string& out) {
  if (value.is_number_float()) {
    const double real = value.get<double>();
    out += std::isfinite(real) ? text::FormatReal(real) : "null";
    return;
  }
  if (!value.is_structured()) {
    // Text that is not UTF-8 is replaced rather than refused: it can only come from a label.
    out += value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return;
  }
  const bool object = value.is_object();
  out += object ? '{' : '[';
  const bool one_line = compact || IsFlat(value);
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first) out += one_line && !compact ? ", " : ",";
    first = false;
    if (!one_line) NewLine(out, depth + 1, compact);
    if (object) {
      out += nlohmann::ordered_json(key).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
      out += compact ? ":" : ": ";
    }
    Write(item, depth + 1, compact, out);
  }
  if (!one_line) NewLine(out, depth, compact);
  out += object ? '}' : ']';
}

}  // namespace

std::string JsonText(const nlohmann::ordered_json& value, bool compact) {
  std::string out;
  Write(value, 0, compact, out);
  if (!compact) out += '\n';
  return out;
}

}  // namespace farrell::reporting
