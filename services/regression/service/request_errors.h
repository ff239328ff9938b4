// Bad fields of a request to the regression service.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/status/status.h"

namespace farrell::regression {

// Bad fields of one request; the formula's own come first and give the reason.
class RequestErrors {
 public:
  explicit RequestErrors(std::string prefix) : prefix_(std::move(prefix)) {}

  void Add(const std::string& field, std::string description) {
    violations_.push_back({prefix_ + field, std::move(description)});
  }
  void AddFormula(const Status& status) {
    formula_ = status;
    for (const FieldViolation& violation : status.violations()) Add(violation.field, violation.description);
  }

  Status Finish() && {
    if (violations_.empty()) return Status::Ok();
    if (!formula_.ok()) {
      Status status(Code::kInvalidArgument, formula_.reason(), formula_.message());
      for (const auto& [key, value] : formula_.metadata()) status.With(key, value);
      return std::move(status).WithViolations(std::move(violations_));
    }
    const FieldViolation& first = violations_.front();
    return InvalidArgument("REQUEST_INVALID", "the request is not valid: " + first.field + " " + first.description)
        .WithViolations(std::move(violations_));
  }

 private:
  std::string prefix_;
  Status formula_;
  std::vector<FieldViolation> violations_;
};

}  // namespace farrell::regression
