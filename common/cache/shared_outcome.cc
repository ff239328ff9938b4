#include "common/cache/shared_outcome.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace farrell {
namespace {

const std::string kMetadata = "metadata:";
const std::string kField = "field:";

Code CodeFrom(const std::string& text) {
  const int number = std::atoi(text.c_str());
  return number > 0 && number <= static_cast<int>(Code::kUnauthenticated) ? static_cast<Code>(number) : Code::kUnknown;
}

}  // namespace

SharedOutcome OutcomeOf(const Status& status) {
  switch (status.code()) {
    case Code::kOk: return {SharedOutcome::Kind::kDone};
    case Code::kCancelled:
    case Code::kDeadlineExceeded:
    case Code::kResourceExhausted: return {SharedOutcome::Kind::kAbandoned};
    default: return {SharedOutcome::Kind::kFailed, status};
  }
}

redis::Arguments ToFields(const SharedOutcome& outcome) {
  if (outcome.kind == SharedOutcome::Kind::kDone) return {"outcome", "done"};
  if (outcome.kind == SharedOutcome::Kind::kAbandoned) return {"outcome", "abandoned"};
  const Status& failure = outcome.failure;
  redis::Arguments fields = {"outcome", "failed",         "code",    std::to_string(static_cast<int>(failure.code())),
                             "reason",  failure.reason(), "message", failure.message()};
  for (const auto& [key, value] : failure.metadata()) {
    fields.push_back(kMetadata + key);
    fields.push_back(value);
  }
  for (const FieldViolation& violation : failure.violations()) {
    fields.push_back(kField + violation.field);
    fields.push_back(violation.description);
  }
  return fields;
}

std::optional<SharedOutcome> FromFields(const redis::Reply& fields) {
  std::string outcome;
  std::string code;
  std::string reason;
  std::string message;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<FieldViolation> violations;
  for (std::size_t index = 0; index + 1 < fields.items.size(); index += 2) {
    const std::string& name = fields.items[index].text;
    const std::string& value = fields.items[index + 1].text;
    if (name == "outcome") outcome = value;
    if (name == "code") code = value;
    if (name == "reason") reason = value;
    if (name == "message") message = value;
    if (name.starts_with(kMetadata)) metadata.emplace_back(name.substr(kMetadata.size()), value);
    if (name.starts_with(kField)) violations.push_back({name.substr(kField.size()), value});
  }
  if (outcome == "done") return SharedOutcome{SharedOutcome::Kind::kDone};
  if (outcome == "abandoned") return SharedOutcome{SharedOutcome::Kind::kAbandoned};
  if (outcome != "failed") return std::nullopt;
  Status failure(CodeFrom(code), reason, message);
  for (auto& [key, value] : metadata) failure.With(std::move(key), std::move(value));
  failure.WithViolations(std::move(violations));
  return SharedOutcome{SharedOutcome::Kind::kFailed, std::move(failure)};
}

}  // namespace farrell
