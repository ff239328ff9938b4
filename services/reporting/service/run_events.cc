#include "services/reporting/service/run_events.h"

#include <utility>

#include "common/sql/soci.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {

namespace {

using soci::into;
using soci::use;

// The newest event; number 0: there is none.
Result<v1::RunEvent> Newest(soci::session& session, const std::string& run_id) {
  std::string content;
  session << "SELECT content FROM reporting_run_events WHERE run_id = :run ORDER BY sequence DESC LIMIT 1",
      use(run_id, "run"), into(content);
  if (!session.got_data()) return v1::RunEvent();
  return DecodeMessage<v1::RunEvent>(content, "run event");
}

void Insert(soci::session& session, const std::string& run_id, const v1::RunEvent& event) {
  const long long sequence = event.sequence();
  const std::string content = EncodeMessage(event);
  session << "INSERT INTO reporting_run_events (run_id, sequence, content) VALUES (:run, :sequence, :content)",
      use(run_id, "run"), use(sequence, "sequence"), use(content, "content");
}

std::string StateWord(v1::Run::State state) {
  switch (state) {
    case v1::Run::STATE_SUCCEEDED: return "succeeded";
    case v1::Run::STATE_FAILED: return "failed";
    default: return "cancelled";
  }
}

}  // namespace

Status RunEvents::Add(const std::string& run_id, v1::RunEvent event) {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const v1::RunEvent newest, Newest(session, run_id));
    event.set_sequence(newest.sequence() + 1);
    Insert(session, run_id, event);
    return Status::Ok();
  });
}

Status RunEvents::Close(const v1::Run& run) {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const v1::RunEvent newest, Newest(session, run.id()));
    if (newest.kind() == v1::RunEvent::KIND_ENDED) return Status::Ok();
    v1::RunEvent ended;
    ended.set_sequence(newest.sequence() + 1);
    ended.set_kind(v1::RunEvent::KIND_ENDED);
    ended.set_at(run.finished_at());
    ended.set_state(StateWord(run.state()));
    ended.set_message(run.error());
    Insert(session, run.id(), ended);
    return Status::Ok();
  });
}

Result<std::vector<v1::RunEvent>> RunEvents::After(const std::string& run_id, std::int64_t after, int limit) {
  std::vector<v1::RunEvent> events;
  const long long bound = after;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    events.clear();
    std::string content;
    soci::statement select = (session.prepare << "SELECT content FROM reporting_run_events WHERE run_id = :run AND "
                                                 "sequence > :after ORDER BY sequence LIMIT :limit",
                              use(run_id, "run"), use(bound, "after"), use(limit, "limit"), into(content));
    select.execute();
    while (select.fetch()) {
      FARRELL_ASSIGN_OR_RETURN(v1::RunEvent event, DecodeMessage<v1::RunEvent>(content, "run event"));
      events.push_back(std::move(event));
    }
    return Status::Ok();
  }));
  return events;
}

}  // namespace farrell::reporting
