#include "services/reporting/service/publication_store.h"

#include <utility>

#include "common/canonical/canonical.h"
#include "common/sql/soci.h"
#include "services/reporting/service/schedule_store.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {
namespace {

using schedule::Moment;
using soci::into;
using soci::use;

constexpr int kPending = v1::Notification::STATE_PENDING;

Result<v1::Publication> Decode(const std::string& content) {
  return DecodeMessage<v1::Publication>(content, "publication");
}

Result<std::optional<v1::Publication>> ReadLatest(soci::session& session, const std::string& project,
                                                  const std::string& study_id) {
  std::string content;
  session << "SELECT content FROM reporting_publications WHERE project = :project AND study_id = :study "
             "ORDER BY sequence DESC LIMIT 1",
      use(project, "project"), use(study_id, "study"), into(content);
  if (!session.got_data()) return std::optional<v1::Publication>();
  FARRELL_ASSIGN_OR_RETURN(v1::Publication latest, Decode(content));
  return std::optional(std::move(latest));
}

Result<std::vector<v1::Publication>> ReadAll(soci::statement& select, const std::string& content) {
  std::vector<v1::Publication> publications;
  select.execute();
  while (select.fetch()) {
    FARRELL_ASSIGN_OR_RETURN(v1::Publication publication, Decode(content));
    publications.push_back(std::move(publication));
  }
  return publications;
}

void Queue(soci::session& session, const v1::Publication& publication, const std::string& url, long long now) {
  constexpr std::size_t kIdLength = 32;
  v1::Notification notification;
  notification.set_id(canonical::Sha256("farrell.notification " + std::to_string(publication.sequence()) + " " + url)
                          .substr(0, kIdLength));
  notification.set_url(url);
  notification.set_publication_sequence(publication.sequence());
  notification.set_state(v1::Notification::STATE_PENDING);
  const std::string content = EncodeMessage(notification);
  session << "INSERT INTO reporting_notifications (id, schedule_id, state, first_ns, next_ns, content) "
             "VALUES (:id, :schedule, :state, :first, :next, :content)",
      use(notification.id(), "id"), use(publication.schedule_id(), "schedule"), use(kPending, "state"),
      use(now, "first"), use(now, "next"), use(content, "content");
}

}  // namespace

Result<v1::Publication> PublicationStore::Publish(const Publishing& publishing, Moment now) {
  v1::Publication published;
  const long long now_ns = StoredMoment(now);
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    published = publishing.publication;
    FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::Publication> latest,
                             ReadLatest(session, published.project(), published.study_id()));
    if (publishing.scheduled) {
      FARRELL_RETURN_IF_ERROR(EndScheduledWithin(session, *publishing.scheduled, publishing.owner));
    }
    if (latest && latest->run_id() == published.run_id()) {
      published = *latest;
      return Status::Ok();
    }
    if ((latest ? latest->run_id() : std::string()) != published.previous_run_id()) {
      return {Code::kAborted, "PUBLICATION_MOVED", "another run of the study was published meanwhile"};
    }
    long long sequence = 0;
    session << "SELECT coalesce(max(sequence), 0) FROM reporting_publications", into(sequence);
    published.set_sequence(++sequence);
    const std::string content = EncodeMessage(published);
    session << "INSERT INTO reporting_publications (sequence, project, study_id, run_id, content) "
               "VALUES (:sequence, :project, :study, :run, :content)",
        use(sequence, "sequence"), use(published.project(), "project"), use(published.study_id(), "study"),
        use(published.run_id(), "run"), use(content, "content");
    for (const std::string& url : publishing.webhooks) Queue(session, published, url, now_ns);
    return Status::Ok();
  }));
  return published;
}

Result<std::optional<v1::Publication>> PublicationStore::Latest(const std::string& project,
                                                                const std::string& study_id) {
  std::optional<v1::Publication> latest;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(latest, ReadLatest(session, project, study_id));
    return Status::Ok();
  }));
  return latest;
}

Result<std::vector<v1::Publication>> PublicationStore::Before(const std::string& study_id, bool latest,
                                                              std::int64_t before, int limit) {
  std::vector<v1::Publication> publications;
  const long long bound = before;
  const int all = latest ? 0 : 1;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    std::string content;
    soci::statement select =
        (session.prepare << "SELECT content FROM reporting_publications WHERE sequence < :before AND "
                            "(study_id = :study OR CAST(:any AS TEXT) = '') AND (CAST(:all AS INTEGER) = 1 OR sequence "
                            "IN (SELECT max(sequence) FROM "
                            "reporting_publications GROUP BY project, study_id)) ORDER BY sequence DESC LIMIT :limit",
         use(bound, "before"), use(study_id, "study"), use(study_id, "any"), use(all, "all"), use(limit, "limit"),
         into(content));
    FARRELL_ASSIGN_OR_RETURN(publications, ReadAll(select, content));
    return Status::Ok();
  }));
  return publications;
}

Result<std::vector<v1::Publication>> PublicationStore::After(const std::string& study_id, std::int64_t after,
                                                             int limit) {
  std::vector<v1::Publication> publications;
  const long long bound = after;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    std::string content;
    soci::statement select =
        (session.prepare << "SELECT content FROM reporting_publications WHERE sequence > :after "
                            "AND (study_id = :study OR CAST(:any AS TEXT) = '') ORDER BY sequence LIMIT :limit",
         use(bound, "after"), use(study_id, "study"), use(study_id, "any"), use(limit, "limit"), into(content));
    FARRELL_ASSIGN_OR_RETURN(publications, ReadAll(select, content));
    return Status::Ok();
  }));
  return publications;
}

Result<std::int64_t> PublicationStore::Newest() {
  long long newest = 0;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    session << "SELECT coalesce(max(sequence), 0) FROM reporting_publications", into(newest);
    return Status::Ok();
  }));
  return std::int64_t{newest};
}

Result<std::vector<DueNotification>> PublicationStore::DueNotifications(Moment now, int limit) {
  std::vector<DueNotification> due;
  const long long now_ns = StoredMoment(now);
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    due.clear();
    std::string content;
    long long first = 0;
    {
      soci::statement select =
          (session.prepare << "SELECT first_ns, content FROM reporting_notifications WHERE state = :state AND "
                              "next_ns <= :now ORDER BY next_ns, id LIMIT :limit",
           use(kPending, "state"), use(now_ns, "now"), use(limit, "limit"), into(first), into(content));
      select.execute();
      while (select.fetch()) {
        FARRELL_ASSIGN_OR_RETURN(v1::Notification notification,
                                 DecodeMessage<v1::Notification>(content, "notification"));
        due.push_back({std::move(notification), {}, MomentAt(first)});
      }
    }
    for (DueNotification& one : due) {
      const long long sequence = one.notification.publication_sequence();
      session << "SELECT content FROM reporting_publications WHERE sequence = :sequence", use(sequence, "sequence"),
          into(content);
      FARRELL_ASSIGN_OR_RETURN(one.publication, Decode(content));
    }
    return Status::Ok();
  }));
  return due;
}

Status PublicationStore::SaveNotification(const v1::Notification& notification, Moment next) {
  const std::string content = EncodeMessage(notification);
  const int state = notification.state();
  const long long next_ns = StoredMoment(next);
  return sql::Write(database_, [&](soci::session& session) -> Status {
    session << "UPDATE reporting_notifications SET state = :state, next_ns = :next, content = :content WHERE id = :id",
        use(state, "state"), use(next_ns, "next"), use(content, "content"), use(notification.id(), "id");
    return Status::Ok();
  });
}

Result<std::vector<v1::Notification>> PublicationStore::Troubled(const std::string& schedule_id, int limit) {
  std::vector<v1::Notification> troubled;
  const int sent = v1::Notification::STATE_SENT;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    troubled.clear();
    std::string content;
    soci::statement select = (session.prepare << "SELECT content FROM reporting_notifications WHERE schedule_id = :id "
                                                 "AND state <> :sent ORDER BY first_ns DESC, id LIMIT :limit",
                              use(schedule_id, "id"), use(sent, "sent"), use(limit, "limit"), into(content));
    select.execute();
    while (select.fetch()) {
      FARRELL_ASSIGN_OR_RETURN(v1::Notification notification, DecodeMessage<v1::Notification>(content, "notification"));
      if (notification.tries() > 0) troubled.push_back(std::move(notification));
    }
    return Status::Ok();
  }));
  return troubled;
}

}  // namespace farrell::reporting
