// What steps of a study took when they were computed last, from its runs.
#pragma once

#include <cstdint>
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

  // What the steps of a run took that were computed in it. Newest runs first.
  void Add(const v1::Run& run);

  // Seconds that computing the step took under this key. Else what the step of this id took under the key of another
  // day, as many times as it is now to solve more programs (`problem_count`) than then. Nothing: no run of this study
  // has computed it.
  std::optional<double> Predict(const std::string& step_id, const std::string& action_key,
                                std::optional<std::int64_t> problem_count) const;

 private:
  struct Cost {
    double seconds = 0;
    std::int64_t solved_count = 0;
  };
  std::map<std::string, double> of_key_;
  // Of those that solved most: the fewer, the more of it is no solving.
  std::map<std::string, Cost> of_step_;
};

}  // namespace farrell::reporting
