// A step computed again, held against the kept one.
#include "common/canonical/canonical.h"
#include "common/observe/catalogue.h"
#include "services/reporting/service/kept_steps.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

StepStore::StepStore(std::unique_ptr<sql::Database> database)
    : database_(std::move(database)), contradictions_read_(metrics::kCacheContradictions, {}, [this] {
        return static_cast<double>(contradictions_.load());
      }) {}

Status StepStore::KeepStepAgain(const std::string& key, const std::string& bytes, std::optional<double> seconds,
                                const std::string& operation, const SameStep& same) {
  const std::optional<std::string> kept = FindStep(key);
  if (kept && *kept != bytes && !(same && same(*kept))) {
    ++contradictions_;
    (void)KeptSteps(*this).Quarantine(key);
    if (contradicted_) contradicted_({key, operation, canonical::Sha256(bytes), canonical::Sha256(*kept)});
  }
  return KeepStep(key, bytes, seconds);
}

}  // namespace farrell::reporting
