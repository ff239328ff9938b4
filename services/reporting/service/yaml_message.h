// YAML text → any protobuf message, by reflection, remembering where every field was written.
//
// Field names are the keys; a repeated field is a list, and a single value stands for a list of one; enums are written
// as their short lower-case names; a protobuf map is a YAML map; an empty value leaves its field unset. Everything else
// is a problem: unknown or repeated keys, wrong types, numbers out of range, several documents in one file. All are
// reported.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "services/reporting/service/places.h"

namespace farrell::reporting {

// Largest file read, in bytes, and most YAML nodes visited (aliases count every time they are used, so that a small
// file cannot unfold into a large one).
inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
inline constexpr int kMaxYamlNodes = 200'000;

// Reads `text` into `message`, which should be empty. `file` is used in places and problems only. False when the text
// is not a YAML map at all, so that nothing more can be said of what it holds.
bool ReadYamlMessage(std::string_view text, const std::string& file, google::protobuf::Message& message, Places& places,
                     Problems& problems);

}  // namespace farrell::reporting
