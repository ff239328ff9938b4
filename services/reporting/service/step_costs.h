// What steps of a study took when they were computed last, from its runs.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

class StepCosts {
 public:
  // From the newest runs that the caller may see. Errors: those of a data service that cannot be asked.
  static Result<StepCosts> Read(Services& services, StepStore& store, const std::string& study_id,
                                const std::stop_token& stop);

  // Seconds that computing the step took under this key, else the step of this id under the key of another day.
  // Nothing: no run of this study has computed it.
  std::optional<double> Predict(const std::string& step_id, const std::string& action_key) const;

 private:
  std::map<std::string, double> of_key_;
  std::map<std::string, double> of_step_;
};

}  // namespace farrell::reporting
