#include "common/rpc/error_mapping.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "common/text/utf8.h"
#include "farrell/common/v1/errors.pb.h"

namespace farrell {
namespace {

// grpc-message is percent-encoded on the wire: every byte outside printable ASCII takes three.
constexpr std::size_t kMaxEncodedMessageBytes = 2048;
constexpr std::size_t kMaxReasonBytes = 64;
constexpr std::size_t kMaxMetadataKeyBytes = 64;
constexpr std::size_t kMaxMetadataValueBytes = 512;
constexpr std::size_t kMaxFieldBytes = 256;
constexpr std::size_t kMaxDescriptionBytes = 512;
constexpr const char* kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr const char* kBadRequestUrl = "type.googleapis.com/google.rpc.BadRequest";
constexpr const char* kRetryInfoUrl = "type.googleapis.com/google.rpc.RetryInfo";
constexpr std::int64_t kMaxRetryAfterMs = 3'600'000;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

grpc::StatusCode ToGrpcCode(Code code) {
  switch (code) {
    case Code::kOk: return grpc::StatusCode::OK;
    case Code::kCancelled: return grpc::StatusCode::CANCELLED;
    case Code::kUnknown: return grpc::StatusCode::UNKNOWN;
    case Code::kInvalidArgument: return grpc::StatusCode::INVALID_ARGUMENT;
    case Code::kDeadlineExceeded: return grpc::StatusCode::DEADLINE_EXCEEDED;
    case Code::kNotFound: return grpc::StatusCode::NOT_FOUND;
    case Code::kAlreadyExists: return grpc::StatusCode::ALREADY_EXISTS;
    case Code::kPermissionDenied: return grpc::StatusCode::PERMISSION_DENIED;
    case Code::kResourceExhausted: return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case Code::kFailedPrecondition: return grpc::StatusCode::FAILED_PRECONDITION;
    case Code::kAborted: return grpc::StatusCode::ABORTED;
    case Code::kOutOfRange: return grpc::StatusCode::OUT_OF_RANGE;
    case Code::kUnimplemented: return grpc::StatusCode::UNIMPLEMENTED;
    case Code::kInternal: return grpc::StatusCode::INTERNAL;
    case Code::kUnavailable: return grpc::StatusCode::UNAVAILABLE;
    case Code::kDataLoss: return grpc::StatusCode::DATA_LOSS;
    case Code::kUnauthenticated: return grpc::StatusCode::UNAUTHENTICATED;
  }
  return grpc::StatusCode::UNKNOWN;
}

Code FromGrpcCode(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK: return Code::kOk;
    case grpc::StatusCode::CANCELLED: return Code::kCancelled;
    case grpc::StatusCode::UNKNOWN: return Code::kUnknown;
    case grpc::StatusCode::INVALID_ARGUMENT: return Code::kInvalidArgument;
    case grpc::StatusCode::DEADLINE_EXCEEDED: return Code::kDeadlineExceeded;
    case grpc::StatusCode::NOT_FOUND: return Code::kNotFound;
    case grpc::StatusCode::ALREADY_EXISTS: return Code::kAlreadyExists;
    case grpc::StatusCode::PERMISSION_DENIED: return Code::kPermissionDenied;
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return Code::kResourceExhausted;
    case grpc::StatusCode::FAILED_PRECONDITION: return Code::kFailedPrecondition;
    case grpc::StatusCode::ABORTED: return Code::kAborted;
    case grpc::StatusCode::OUT_OF_RANGE: return Code::kOutOfRange;
    case grpc::StatusCode::UNIMPLEMENTED: return Code::kUnimplemented;
    case grpc::StatusCode::INTERNAL: return Code::kInternal;
    case grpc::StatusCode::UNAVAILABLE: return Code::kUnavailable;
    case grpc::StatusCode::DATA_LOSS: return Code::kDataLoss;
    case grpc::StatusCode::UNAUTHENTICATED: return Code::kUnauthenticated;
    case grpc::StatusCode::DO_NOT_USE: return Code::kUnknown;
  }
  return Code::kUnknown;
}

std::size_t EncodedBytes(std::string_view character) {
  const bool plain = character.size() == 1 && character[0] >= ' ' && character[0] <= '~' && character[0] != '%';
  return plain ? 1 : 3 * character.size();
}

// Valid UTF-8 of at most `max_bytes` bytes and `max_encoded` percent-encoded bytes; a cut text ends in an ellipsis.
// Text from a file in another encoding reaches error messages, and protobuf strings must not carry it.
std::string Clean(std::string_view text, std::size_t max_bytes, std::size_t max_encoded = std::string::npos) {
  std::string clean;
  std::size_t encoded = 0;
  std::size_t cut = 0;  // longest prefix that leaves room for the ellipsis
  while (!text.empty()) {
    const std::size_t length = text::Utf8CharacterLength(text);
    const std::string_view character = length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
    encoded += EncodedBytes(character);
    if (clean.size() + character.size() > max_bytes || encoded > max_encoded) {
      clean.resize(cut);
      return clean += kEllipsis;
    }
    clean += character;
    if (clean.size() + kEllipsis.size() <= max_bytes &&
        (max_encoded == std::string::npos || encoded + EncodedBytes(kEllipsis) <= max_encoded)) {
      cut = clean.size();
    }
  }
  return clean;
}

std::int64_t ParseCount(const std::string& text) {
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

common::v1::ErrorInfo MakeErrorInfo(const Status& status) {
  common::v1::ErrorInfo info;
  info.set_reason(Clean(status.reason(), kMaxReasonBytes));
  info.set_domain(std::string(kErrorDomain));
  auto& metadata = *info.mutable_metadata();
  for (const auto& [key, value] : status.metadata()) {
    metadata[Clean(key, kMaxMetadataKeyBytes)] = Clean(value, kMaxMetadataValueBytes);
  }
  if (!status.violations().empty()) {
    // A relayed error may already count more violations than travelled with it.
    std::string& count = metadata[std::string(kViolationCountKey)];
    count = std::to_string(std::max<std::int64_t>(ParseCount(count), std::ssize(status.violations())));
  }
  return info;
}

void Pack(const char* type_url, const google::protobuf::Message& message, google::protobuf::Any& any) {
  any.set_type_url(type_url);
  any.set_value(message.SerializeAsString());
}

common::v1::BadRequest MakeBadRequest(const std::vector<FieldViolation>& violations, std::size_t max_description) {
  common::v1::BadRequest request;
  for (std::size_t index = 0; index < std::min(violations.size(), kMaxViolations); ++index) {
    auto* violation = request.add_field_violations();
    violation->set_field(Clean(violations[index].field, kMaxFieldBytes));
    violation->set_description(Clean(violations[index].description, max_description));
  }
  return request;
}

void PackRetryInfo(const Status& status, common::v1::ErrorStatus& details) {
  const auto found = status.metadata().find(std::string(kRetryAfterKey));
  if (found == status.metadata().end()) return;
  const std::int64_t ms = std::clamp<std::int64_t>(ParseCount(found->second), 0, kMaxRetryAfterMs);
  common::v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(ms / 1000);
  retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(ms % 1000) * 1'000'000);
  Pack(kRetryInfoUrl, retry, *details.add_details());
}

std::string SerializeDetails(const Status& status) {
  common::v1::ErrorInfo info = MakeErrorInfo(status);
  std::size_t max_description = kMaxDescriptionBytes;
  common::v1::BadRequest request = MakeBadRequest(status.violations(), max_description);
  for (;;) {
    common::v1::ErrorStatus details;
    details.set_code(static_cast<int>(status.code()));
    details.set_message(Clean(status.message(), kMaxMessageBytes));
    Pack(kErrorInfoUrl, info, *details.add_details());
    if (request.field_violations_size() > 0) Pack(kBadRequestUrl, request, *details.add_details());
    PackRetryInfo(status, details);
    std::string bytes = details.SerializeAsString();
    if (bytes.size() <= kMaxDetailBytes) return bytes;
    if (request.field_violations_size() > 0 && max_description > kMaxDescriptionBytes / 4) {
      max_description /= 2;
      request = MakeBadRequest(status.violations(), max_description);
    } else if (request.field_violations_size() > 1) {
      request.mutable_field_violations()->RemoveLast();
    } else {
      // Metadata alone is too large: keep what fits, in the order of the keys, the count of violations first.
      common::v1::ErrorInfo shorter;
      shorter.set_reason(info.reason());
      shorter.set_domain(info.domain());
      const auto count = info.metadata().find(std::string(kViolationCountKey));
      if (count != info.metadata().end()) (*shorter.mutable_metadata())[count->first] = count->second;
      for (const auto& entry : status.metadata()) {
        const auto kept = info.metadata().find(Clean(entry.first, kMaxMetadataKeyBytes));
        if (kept == info.metadata().end()) continue;
        if (shorter.ByteSizeLong() + kept->first.size() + kept->second.size() > kMaxDetailBytes / 4) continue;
        (*shorter.mutable_metadata())[kept->first] = kept->second;
      }
      info = std::move(shorter);
    }
  }
}

}  // namespace

grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {ToGrpcCode(status.code()), Clean(status.message(), kMaxMessageBytes, kMaxEncodedMessageBytes),
          SerializeDetails(status)};
}

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return {};
  const Code code = FromGrpcCode(status.error_code());
  std::string reason(CodeName(code));
  std::string message = status.error_message();
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> violations;

  common::v1::ErrorStatus details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    if (!details.message().empty()) message = details.message();
    for (const auto& detail : details.details()) {
      common::v1::ErrorInfo info;
      common::v1::BadRequest request;
      if (detail.type_url() == kErrorInfoUrl && info.ParseFromString(detail.value())) {
        if (!info.reason().empty()) reason = info.reason();
        metadata.insert(info.metadata().begin(), info.metadata().end());
      } else if (detail.type_url() == kBadRequestUrl && request.ParseFromString(detail.value())) {
        for (const auto& violation : request.field_violations()) {
          violations.push_back({violation.field(), violation.description()});
        }
      }
    }
  }
  // The count says something only where it exceeds what arrived.
  const auto count = metadata.find(std::string(kViolationCountKey));
  if (count != metadata.end() && ParseCount(count->second) == std::ssize(violations)) metadata.erase(count);

  Status result(code, std::move(reason), std::move(message));
  for (auto& [key, value] : metadata) result.With(key, value);
  return std::move(result).WithViolations(std::move(violations));
}

}  // namespace farrell
