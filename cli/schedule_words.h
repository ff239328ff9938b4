// Values of schedules as words of the command line.
#pragma once

#include <string>

#include "farrell/reporting/v1/schedule.pb.h"

namespace farrell::cli {

// "STATE_PUBLISHED" → "published", "OVERLAP_BUFFER_ONE" → "buffer-one": a value without the name of its enumeration.
inline std::string EnumWord(const std::string& name, const std::string& prefix) {
  std::string word;
  for (const char c : name.substr(prefix.size())) {
    if (c == '_') {
      word += '-';
    } else {
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return word;
}

inline std::string StateWord(reporting::v1::ScheduledRun::State state) {
  return EnumWord(reporting::v1::ScheduledRun::State_Name(state), "STATE_");
}
inline std::string CauseWord(reporting::v1::ScheduledRun::Cause cause) {
  return EnumWord(reporting::v1::ScheduledRun::Cause_Name(cause), "CAUSE_");
}
inline std::string EndWord(reporting::v1::Arrival::End end) {
  return EnumWord(reporting::v1::Arrival::End_Name(end), "END_");
}
inline std::string OverlapWord(reporting::v1::Overlap overlap) {
  const bool given = overlap != reporting::v1::OVERLAP_UNSPECIFIED;
  return EnumWord(reporting::v1::Overlap_Name(given ? overlap : reporting::v1::OVERLAP_BUFFER_ONE), "OVERLAP_");
}
inline reporting::v1::Overlap OverlapOf(const std::string& word) {
  for (int value = reporting::v1::OVERLAP_BUFFER_ONE; value <= reporting::v1::Overlap_MAX; ++value) {
    const auto overlap = static_cast<reporting::v1::Overlap>(value);
    if (OverlapWord(overlap) == word) return overlap;
  }
  return reporting::v1::OVERLAP_UNSPECIFIED;
}

}  // namespace farrell::cli
