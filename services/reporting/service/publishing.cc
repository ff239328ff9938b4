#include "services/reporting/service/publishing.h"

#include <algorithm>
#include <utility>

#include "common/access/data_access.h"
#include "common/text/time.h"
#include "services/reporting/service/run_comparison.h"

namespace farrell::reporting {
namespace {

std::string CauseWord(int cause) {
  switch (cause) {
    case v1::RunDifference::CAUSE_DATA: return "data";
    case v1::RunDifference::CAUSE_SPECIFICATION: return "specification";
    case v1::RunDifference::CAUSE_CODE: return "code";
    default: return "unknown";
  }
}

// The time that a publication stands for; as text in UTC, times sort.
const std::string& StandsFor(const v1::Publication& publication) {
  return publication.nominal_time().empty() ? publication.published_at() : publication.nominal_time();
}

// The difference against the publication before, into `publication`.
Status AddDifference(const RunEnvironment& environment, const std::optional<v1::Publication>& before,
                     v1::Publication& publication, const std::stop_token& stop) {
  publication.clear_previous_run_id();
  publication.clear_causes();
  publication.clear_difference();
  if (!before) return Status::Ok();
  publication.set_previous_run_id(before->run_id());
  v1::DiffRunsRequest request;
  request.set_from(before->run_id());
  request.set_to(publication.run_id());
  request.set_format("md");
  const Result<v1::DiffRunsResponse> diff = DiffRuns(environment, request, stop);
  if (stop.stop_requested()) return Cancelled();
  if (!diff.ok()) {
    publication.set_difference("The difference could not be made: " + diff.status().message() + "\n");
    return Status::Ok();
  }
  publication.set_cell_count(diff->difference().cell_count());
  publication.set_moved_count(diff->difference().moved_count());
  for (const int cause : diff->difference().causes()) publication.add_causes(CauseWord(cause));
  publication.set_difference(diff->text());
  return Status::Ok();
}

}  // namespace

std::string HeldByGates(const v1::Run& run, std::span<const std::string> gates) {
  std::string held;
  for (const common::v1::Warning& warning : run.warnings()) {
    if (std::find(gates.begin(), gates.end(), warning.code()) == gates.end()) continue;
    held += (held.empty() ? "" : "; ") + warning.code() + ": " + warning.text();
  }
  return held;
}

Result<v1::Publication> PublishRun(const RunEnvironment& environment, const v1::Run& run,
                                   const std::optional<PublishedBySchedule>& by_schedule, schedule::Moment now,
                                   const std::stop_token& stop) {
  PublicationStore store(environment.store.database());
  Publishing publishing;
  v1::Publication& publication = publishing.publication;
  publication.set_study_id(run.study_id());
  publication.set_title(run.title());
  publication.set_project(access::DataAccess::OfCurrentCall().project());
  publication.set_run_id(run.id());
  publication.set_published_at(text::FormatTime(now));
  publication.set_report_digest(run.report_digest());
  if (by_schedule) {
    const v1::ScheduledRun& scheduled = by_schedule->scheduled;
    publication.set_schedule_id(scheduled.schedule_id());
    publication.set_schedule_name(scheduled.schedule_name());
    publication.set_nominal_time(scheduled.nominal_time());
    publication.set_provisional(scheduled.provisional());
    publication.set_snapshot_digest(scheduled.snapshot_digest());
    publishing.webhooks = by_schedule->webhooks;
    publishing.scheduled = scheduled;
    publishing.owner = &by_schedule->owner;
  }
  // Another run may become the latest while the difference is made.
  while (true) {
    FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::Publication> before,
                             store.Latest(publication.project(), publication.study_id()));
    const bool published = before && before->run_id() == run.id();
    if (by_schedule && before && !published && StandsFor(*before) > by_schedule->scheduled.nominal_time()) {
      return FailedPrecondition("PUBLICATION_NEWER",
                                "the study stands for " + StandsFor(*before) + " already, a later time");
    }
    if (!published) FARRELL_RETURN_IF_ERROR(AddDifference(environment, before, publication, stop));
    Result<v1::Publication> done = store.Publish(publishing, now);
    if (done.status().reason() != "PUBLICATION_MOVED") return done;
    if (stop.stop_requested()) return Cancelled();
  }
}

}  // namespace farrell::reporting
