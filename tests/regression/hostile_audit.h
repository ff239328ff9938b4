// What an honest answer is: numbers that are numbers, or an error that says what is wrong.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/compare.h"
#include "services/regression/engine/curve/curve.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/second_stage/second_stage.h"
#include "services/regression/engine/specification/specification_tests.h"

namespace farrell::regression::testing {

// Collects every number of a result in order, and what is wrong with some.
class Audit {
 public:
  void Number(const std::string& what, double value) {
    if (!std::isfinite(value)) Fault(what + " is not a number");
    numbers_.push_back(value);
  }
  void Number(const std::string& what, const std::optional<double>& value) {
    if (value) Number(what, *value);
    numbers_.push_back(value ? 1.0 : 0.0);
  }
  void Probability(const std::string& what, const std::optional<double>& value) {
    Number(what, value);
    if (value && !(*value >= 0.0 && *value <= 1.0)) Fault(what + " is no probability");
  }
  // Degrees of freedom may be infinite: normal.
  void Degrees(const std::string& what, const std::optional<double>& value) {
    if (value && !(*value > 0.0)) Fault(what + " is not positive");
    numbers_.push_back(value.value_or(-1.0));
  }
  void Warnings(const std::vector<Warning>& warnings) {
    for (const Warning& warning : warnings) {
      if (warning.code.empty() || warning.text.empty()) Fault("a warning says nothing");
      for (const char* text : {"nan ", "-nan", " inf ", "-inf"}) {
        if (warning.text.find(text) != std::string::npos) Fault("warning: " + warning.text);
      }
    }
  }
  void Fault(const std::string& what) { faults_ += what + "; "; }

  const std::string& faults() const { return faults_; }
  bool SameBits(const Audit& other) const {
    return numbers_.size() == other.numbers_.size() &&
           (numbers_.empty() ||
            std::memcmp(numbers_.data(), other.numbers_.data(), numbers_.size() * sizeof(double)) == 0);
  }

 private:
  std::vector<double> numbers_;
  std::string faults_;
};

void AuditFit(Audit& audit, const FitResult& fit);
void AuditSpecification(Audit& audit, const SpecificationResult& result);
void AuditComparison(Audit& audit, const CompareResult& result);
void AuditCurve(Audit& audit, const CurveResult& result);
void AuditSecondStage(Audit& audit, const SecondStageResult& result);

// An error that a reader can act upon: a reason, a message, and whatever is invalid named by its field.
void ExpectHonest(const Status& status);

// The formula, the estimator, the inferences and the weights in one line.
std::string Describe(const FitSpec& spec);

// `answer` gives an honest answer, and the same bits in three threads as in one.
void ExpectHonestAnswer(const std::string& what, const std::function<Status(const Environment&, Audit&)>& answer);

}  // namespace farrell::regression::testing
