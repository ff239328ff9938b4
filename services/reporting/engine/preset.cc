#include "services/reporting/engine/preset.h"

#include <array>
#include <string>

namespace farrell::reporting {
namespace {

constexpr std::array<Preset, 3> kPresets = {
    Preset{},
    Preset{.name = "aer", .stars = "aer", .outer_rule = 0.75, .inner_rule = 0.5},
    Preset{.name = "none",
           .stars = "none",
           .decimals = 4,
           .outer_rule = 1,
           .inner_rule = 0.5,
           .latin_font = "Calibri",
           .chinese_font = "Microsoft YaHei",
           .notes = "",
           .notes_zh = ""},
};

}  // namespace

std::span<const Preset> Presets() { return kPresets; }

Result<Preset> FindPreset(std::string_view name) {
  if (name.empty()) return kPresets.front();
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset;
  }
  return InvalidArgument("PRESET_UNKNOWN", "unknown preset '" + std::string(name) + "'; use cn, aer or none");
}

}  // namespace farrell::reporting
