// Status and Result: how every Farrell function that can fail says so.
//
// Canonical gRPC codes, a machine-readable reason (UPPER_SNAKE, unique in the domain "farrell"), metadata, and all
// field violations at once. No protobuf, gRPC or absl here: engines use it too. common/rpc maps it to and from
// grpc::Status.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace farrell {

// Values equal the canonical gRPC codes.
enum class Code : std::int8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "INVALID_ARGUMENT" and so on.
std::string_view CodeName(Code code);

// One bad field of a request: its path in proto notation ("model.inputs[1]") or a cell ("row 12, column gdp").
struct FieldViolation {
  std::string field;
  std::string description;
  bool operator==(const FieldViolation&) const = default;
};

// Success, or one error with everything needed to mend it.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string reason, std::string message)
      : code_(code), reason_(std::move(reason)), message_(std::move(message)) {}

  static Status Ok() { return {}; }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::vector<FieldViolation>& violations() const { return violations_; }

  Status& With(std::string key, std::string value) & {
    metadata_[std::move(key)] = std::move(value);
    return *this;
  }
  Status&& With(std::string key, std::string value) && {
    metadata_[std::move(key)] = std::move(value);
    return std::move(*this);
  }
  Status& WithViolations(std::vector<FieldViolation> violations) & {
    violations_ = std::move(violations);
    return *this;
  }
  Status&& WithViolations(std::vector<FieldViolation> violations) && {
    violations_ = std::move(violations);
    return std::move(*this);
  }

  // "INVALID_ARGUMENT [MODEL_INVALID]: text" with one line a violation.
  std::string ToString() const;

  bool operator==(const Status&) const = default;

 private:
  Code code_ = Code::kOk;
  std::string reason_;
  std::string message_;
  std::map<std::string, std::string> metadata_;
  std::vector<FieldViolation> violations_;
};

// The usual errors by name.
Status InvalidArgument(std::string reason, std::string message);
Status NotFound(std::string reason, std::string message);
Status FailedPrecondition(std::string reason, std::string message);
Status Internal(std::string reason, std::string message);
Status Unavailable(std::string reason, std::string message);
Status Cancelled();
Status DeadlineExceeded();

// Collects violations; Finish() is Ok when there are none, else INVALID_ARGUMENT with all of them.
class Violations {
 public:
  void Add(std::string field, std::string description) {
    violations_.push_back({std::move(field), std::move(description)});
  }
  bool empty() const { return violations_.empty(); }
  std::size_t size() const { return violations_.size(); }
  Status Finish(std::string reason, std::string message) &&;

 private:
  std::vector<FieldViolation> violations_;
};

// A value or an error. value() on an error is a programmer error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}         // NOLINT(google-explicit-constructor): returns read naturally
  Result(Status status) : state_(std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  const Status& status() const {
    static const Status ok_status;
    return ok() ? ok_status : std::get<Status>(state_);
  }
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace farrell

// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are names and declarations
#define FARRELL_CONCAT_INNER_(a, b) a##b
#define FARRELL_CONCAT_(a, b) FARRELL_CONCAT_INNER_(a, b)

// Names are made unique by __COUNTER__: inside a lambda that is itself an argument of these macros __LINE__ is the same
// everywhere.
//
// Returns the error of an expression that yields a Status.
#define FARRELL_RETURN_IF_ERROR(expression) \
  FARRELL_RETURN_IF_ERROR_(FARRELL_CONCAT_(farrell_status_, __COUNTER__), expression)
#define FARRELL_RETURN_IF_ERROR_(status, expression)                          \
  do {                                                                        \
    if (::farrell::Status status = (expression); !status.ok()) return status; \
  } while (false)

// FARRELL_ASSIGN_OR_RETURN(auto table, ReadTable(...));
#define FARRELL_ASSIGN_OR_RETURN(declaration, expression) \
  FARRELL_ASSIGN_OR_RETURN_(FARRELL_CONCAT_(farrell_result_, __COUNTER__), declaration, expression)
#define FARRELL_ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                                      \
  if (!result.ok()) return result.status();                        \
  declaration = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
