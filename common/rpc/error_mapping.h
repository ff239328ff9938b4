// The one place where farrell::Status becomes grpc::Status and back.
//
// On the wire: the canonical code, the message (at most 1 KiB), and in the details trailer a google.rpc.Status with
// ErrorInfo {reason, domain "farrell", metadata} and, when there are field violations, BadRequest with the first 16 of
// them and their total in ErrorInfo metadata `violation_count`. Metadata `retry_after_ms` travels as RetryInfo as well.
// The trailer never exceeds 4 KiB (HTTP/2 metadata is limited to 8 KiB): texts are shortened at character boundaries,
// then violations are dropped from the end.
#pragma once

#include <grpcpp/support/status.h>

#include <cstddef>
#include <string_view>

#include "common/status/status.h"

namespace farrell {

inline constexpr std::string_view kErrorDomain = "farrell";
inline constexpr std::string_view kViolationCountKey = "violation_count";
// Milliseconds in decimal after which asking again may help, in [0, 3,600,000].
inline constexpr std::string_view kRetryAfterKey = "retry_after_ms";
inline constexpr std::size_t kMaxMessageBytes = 1024;
inline constexpr std::size_t kMaxViolations = 16;
inline constexpr std::size_t kMaxDetailBytes = 4096;

// OK maps to OK. Everything else carries its reason, metadata and violations within the limits above.
grpc::Status ToGrpc(const Status& status);

// Restores code, reason, message, violations and metadata (`violation_count` only where more violations exist than
// arrived). A status without our details (from the transport or another server) has the canonical code name as its
// reason.
Status FromGrpc(const grpc::Status& status);

}  // namespace farrell
