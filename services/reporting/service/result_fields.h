// Fields of results as fields of facts.
#pragma once

#include <optional>
#include <vector>

#include "farrell/common/v1/types.pb.h"
#include "services/reporting/engine/facts_result.h"

// An unset field of a message is an unset fact.
#define FARRELL_OPTIONAL(message, field) ((message).has_##field() ? std::optional((message).field()) : std::nullopt)

namespace farrell::reporting {

inline std::vector<WarningFacts> WarningsOf(const google::protobuf::RepeatedPtrField<common::v1::Warning>& warnings) {
  std::vector<WarningFacts> facts;
  for (const common::v1::Warning& warning : warnings) facts.push_back({warning.code(), warning.text()});
  return facts;
}

}  // namespace farrell::reporting
