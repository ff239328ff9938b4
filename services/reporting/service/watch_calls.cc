#include "services/reporting/service/watch_calls.h"

#include <limits>
#include <utility>
#include <vector>

#include "common/access/data_access.h"
#include "common/rpc/ask_again.h"
#include "common/rpc/page_size.h"
#include "services/reporting/service/publication_store.h"
#include "services/reporting/service/run_access.h"
#include "services/reporting/service/run_events.h"

namespace farrell::reporting {
namespace {

// How soon what another server has written is seen.
constexpr std::chrono::milliseconds kLook{200};
constexpr int kEventsAtOnce = 100;
constexpr int kPublicationsOnAPage = 100;

// Whether the caller may see a publication: of a project open to them, of a run open to them. A run that is no longer
// kept is shown to whoever may read its project.
Result<bool> IsOpen(const RunEnvironment& environment, const v1::Publication& publication,
                    const std::stop_token& stop) {
  const access::DataAccess caller = access::DataAccess::OfCurrentCall();
  if (caller.everything()) return true;
  if (!caller.MayReadUnnamed(publication.project())) return false;
  const Status found = FindOpenRun(environment.services, environment.store, publication.run_id(), stop).status();
  if (found.ok()) return true;
  if (found.code() != Code::kNotFound) return found;
  FARRELL_ASSIGN_OR_RETURN(const auto removed, environment.store.keeper().FindRemoved(publication.run_id()));
  return removed.has_value();
}

}  // namespace

Status WatchRun(const RunEnvironment& environment, const v1::WatchRunRequest& request,
                const Tell<v1::WatchRunResponse>& tell, const std::stop_token& stop) {
  if (request.after_sequence() < 0) {
    return InvalidArgument("FIELD_OUT_OF_RANGE", "after_sequence is out of range")
        .WithViolations({{"after_sequence", "at least 0"}});
  }
  FARRELL_ASSIGN_OR_RETURN(const v1::Run run,
                           FindOpenRun(environment.services, environment.store, request.run_id(), stop));
  RunEvents events(environment.store.database());
  std::int64_t after = request.after_sequence();
  while (true) {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::RunEvent> next, events.After(run.id(), after, kEventsAtOnce));
    for (const v1::RunEvent& event : next) {
      v1::WatchRunResponse response;
      *response.mutable_event() = event;
      if (!tell(response)) return Cancelled();
      after = event.sequence();
    }
    if (next.size() == kEventsAtOnce) continue;
    if (stop.stop_requested()) return Cancelled();
    // A run that waits for its turn again begins again: only one that is over has a last event.
    FARRELL_ASSIGN_OR_RETURN(const v1::Run now, environment.store.FindRun(run.id()));
    if (now.state() != v1::Run::STATE_RUNNING) {
      FARRELL_RETURN_IF_ERROR(events.Close(now));
      FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::RunEvent> rest, events.After(run.id(), after, kEventsAtOnce));
      if (rest.empty()) return Status::Ok();
      continue;
    }
    if (!PauseUnlessStopped(stop, kLook)) return Cancelled();
  }
}

Status WatchPublications(const RunEnvironment& environment, const v1::WatchPublicationsRequest& request,
                         const Tell<v1::WatchPublicationsResponse>& tell, const std::stop_token& stop) {
  if (request.after_sequence() < 0) {
    return InvalidArgument("FIELD_OUT_OF_RANGE", "after_sequence is out of range")
        .WithViolations({{"after_sequence", "at least 0"}});
  }
  PublicationStore store(environment.store.database());
  FARRELL_ASSIGN_OR_RETURN(const std::int64_t newest, store.Newest());
  std::int64_t after = request.has_after_sequence() ? request.after_sequence() : newest;
  if (after > newest) {
    return Status(Code::kOutOfRange, "SEQUENCE_UNKNOWN",
                  "there are " + std::to_string(newest) + " publications, none with sequence " + std::to_string(after) +
                      ": the store was restored from a backup, begin again")
        .With("last_sequence", std::to_string(newest));
  }
  do {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::Publication> next,
                             store.After(request.study_id(), after, kEventsAtOnce));
    for (const v1::Publication& publication : next) {
      after = publication.sequence();
      FARRELL_ASSIGN_OR_RETURN(const bool open, IsOpen(environment, publication, stop));
      if (!open) continue;
      v1::WatchPublicationsResponse response;
      *response.mutable_publication() = publication;
      if (!request.with_difference()) response.mutable_publication()->clear_difference();
      if (!tell(response)) return Cancelled();
    }
    if (next.size() == kEventsAtOnce) continue;
  } while (PauseUnlessStopped(stop, kLook));
  return Cancelled();
}

Result<v1::ListPublicationsResponse> ListPublications(const RunEnvironment& environment,
                                                      const v1::ListPublicationsRequest& request,
                                                      const std::stop_token& stop) {
  Violations violations;
  const int size = PageSize(request.page_size(), kPublicationsOnAPage, violations);
  if (request.before_sequence() < 0) violations.Add("before_sequence", "at least 0");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIELD_OUT_OF_RANGE", "the page cannot be given"));
  const std::int64_t before =
      request.before_sequence() == 0 ? std::numeric_limits<std::int64_t>::max() : request.before_sequence();
  PublicationStore store(environment.store.database());
  FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::Publication> page,
                           store.Before(request.study_id(), request.latest(), before, size));
  v1::ListPublicationsResponse response;
  FARRELL_ASSIGN_OR_RETURN(const std::int64_t newest, store.Newest());
  response.set_newest_sequence(newest);
  for (const v1::Publication& publication : page) {
    FARRELL_ASSIGN_OR_RETURN(const bool open, IsOpen(environment, publication, stop));
    if (!open) continue;
    v1::Publication& added = *response.add_publications();
    added = publication;
    if (!request.with_difference()) added.clear_difference();
  }
  if (static_cast<int>(page.size()) == size) response.set_next_before_sequence(page.back().sequence());
  return response;
}

}  // namespace farrell::reporting
