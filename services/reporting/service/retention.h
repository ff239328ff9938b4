// Retention as a habit of the server: what is old goes every hour, by itself.
#pragma once

#include <thread>

#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

struct RetentionOptions {
  // Runs that began this many days ago may go. Range >= 0; 0: runs stay, and nothing happens by itself.
  int keep_days = 0;
  // Newest succeeded runs of every study that stay. Range >= 1.
  int keep_latest = 1;
};

// Applies the rule at once and then every hour, until it is destroyed. What went, and what failed, stands in the log.
// Several servers on one store do no harm.
class Retention {
 public:
  // `store` must outlive the object.
  Retention(StepStore& store, const RetentionOptions& options);

 private:
  void Apply();

  StepStore& store_;
  const RetentionOptions options_;
  std::jthread thread_;
};

}  // namespace farrell::reporting
