#include "common/status/status.h"

namespace farrell {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk: return "OK";
    case Code::kCancelled: return "CANCELLED";
    case Code::kUnknown: return "UNKNOWN";
    case Code::kInvalidArgument: return "INVALID_ARGUMENT";
    case Code::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    case Code::kNotFound: return "NOT_FOUND";
    case Code::kAlreadyExists: return "ALREADY_EXISTS";
    case Code::kPermissionDenied: return "PERMISSION_DENIED";
    case Code::kResourceExhausted: return "RESOURCE_EXHAUSTED";
    case Code::kFailedPrecondition: return "FAILED_PRECONDITION";
    case Code::kAborted: return "ABORTED";
    case Code::kOutOfRange: return "OUT_OF_RANGE";
    case Code::kUnimplemented: return "UNIMPLEMENTED";
    case Code::kInternal: return "INTERNAL";
    case Code::kUnavailable: return "UNAVAILABLE";
    case Code::kDataLoss: return "DATA_LOSS";
    case Code::kUnauthenticated: return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  std::string text(CodeName(code_));
  if (!reason_.empty()) text += " [" + reason_ + "]";
  text += ": " + message_;
  for (const FieldViolation& violation : violations_) {
    text += "\n  " + violation.field + ": " + violation.description;
  }
  return text;
}

Status InvalidArgument(std::string reason, std::string message) {
  return {Code::kInvalidArgument, std::move(reason), std::move(message)};
}
Status NotFound(std::string reason, std::string message) {
  return {Code::kNotFound, std::move(reason), std::move(message)};
}
Status FailedPrecondition(std::string reason, std::string message) {
  return {Code::kFailedPrecondition, std::move(reason), std::move(message)};
}
Status Internal(std::string reason, std::string message) {
  return {Code::kInternal, std::move(reason), std::move(message)};
}
Status Unavailable(std::string reason, std::string message) {
  return {Code::kUnavailable, std::move(reason), std::move(message)};
}
Status Cancelled() { return {Code::kCancelled, "CANCELLED_BY_CLIENT", "the request was cancelled"}; }
Status DeadlineExceeded() {
  return {Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline passed before the work was done"};
}

Status Violations::Finish(std::string reason, std::string message) && {
  if (violations_.empty()) return {};
  return InvalidArgument(std::move(reason), std::move(message)).WithViolations(std::move(violations_));
}

}  // namespace farrell
