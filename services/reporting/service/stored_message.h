// Messages and moments as columns of the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/sql/blob_text.h"
#include "common/status/status.h"
#include "services/reporting/engine/schedule/nominal_times.h"

namespace farrell::reporting {

inline long long StoredMoment(schedule::Moment moment) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count();
}

inline schedule::Moment MomentAt(long long nanoseconds) {
  return std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(nanoseconds)));
}

template <typename Message>
std::string EncodeMessage(const Message& message) {
  return sql::EncodeBlob(message.SerializeAsString());
}

// `what` for the error: DATA_LOSS STORE_CORRUPT.
template <typename Message>
Result<Message> DecodeMessage(const std::string& text, const std::string& what) {
  FARRELL_ASSIGN_OR_RETURN(const std::string bytes, sql::DecodeBlob(text));
  Message message;
  if (!message.ParseFromString(bytes)) {
    return Status(Code::kDataLoss, "STORE_CORRUPT", "the stored " + what + " cannot be read");
  }
  return message;
}

}  // namespace farrell::reporting
