// A finished run becomes what its study stands for: gates, the difference against the run before, the transaction that
// moves `latest`.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/publication_store.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

// Why gates – ids of referee rules – keep the run from being published: the texts of those that fired. Empty: they do
// not.
std::string HeldByGates(const v1::Run& run, std::span<const std::string> gates);

// What a schedule adds to a publication.
struct PublishedBySchedule {
  // As it ends: published.
  v1::ScheduledRun scheduled;
  const Holder& owner;
  std::vector<std::string> webhooks;
};

// Publishes a succeeded run in the caller's project as the call under way. A difference that cannot be made, because
// the run before is no longer there or cannot be read, is left out and says why. Errors: those of
// PublicationStore::Publish but PUBLICATION_MOVED, which has the difference made anew; FAILED_PRECONDITION
// PUBLICATION_NEWER, when the study stands for a later time than that of the scheduled run; CANCELLED.
Result<v1::Publication> PublishRun(const RunEnvironment& environment, const v1::Run& run,
                                   const std::optional<PublishedBySchedule>& by_schedule, schedule::Moment now,
                                   const std::stop_token& stop);

}  // namespace farrell::reporting
