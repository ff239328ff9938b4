// How the tables of a report look, as data. A preset is a convention of this report and no more: none was checked by a
// journal.
#pragma once

#include <span>
#include <string_view>

#include "common/status/status.h"

namespace farrell::reporting {

struct Preset {
  std::string_view name = "cn";
  // StarLevels preset when the study names none.
  std::string_view stars = "cn";
  // Digits after the point of coefficients and their standard errors.
  int decimals = 3;
  // Weights of the top and bottom rule, and of the rule under the head and above the bottom block, in points.
  double outer_rule = 1.5;
  double inner_rule = 0.75;
  // Fonts of the editable document; readers without them see their own.
  std::string_view latin_font = "Times New Roman";
  std::string_view chinese_font = "SimSun";
  // Before the first note of a table, in English and Chinese; empty: nothing.
  std::string_view notes = "Notes: ";
  std::string_view notes_zh = "注：";
};

// All of them, the default first.
std::span<const Preset> Presets();

// "cn", "aer", "none"; empty: "cn". Errors: INVALID_ARGUMENT PRESET_UNKNOWN.
Result<Preset> FindPreset(std::string_view name);

}  // namespace farrell::reporting
