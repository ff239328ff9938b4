// Warnings of an answer.
#pragma once

#include <string>

#include "farrell/common/v1/types.pb.h"

namespace farrell::dea {

inline void AddWarning(google::protobuf::RepeatedPtrField<common::v1::Warning>& warnings, const char* code,
                       const std::string& text) {
  common::v1::Warning& warning = *warnings.Add();
  warning.set_code(code);
  warning.set_text(text);
}

}  // namespace farrell::dea
