#include "services/reporting/service/run_keeper.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>
#include <utility>

#include "common/canonical/canonical.h"
#include "common/sql/blob_text.h"
#include "common/sql/soci.h"
#include "common/text/utf8.h"

namespace farrell::reporting {
namespace {

using soci::into;
using soci::use;
using text::SystemTime;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestReason = 1000;
constexpr long long kForever = std::numeric_limits<long long>::max();

long long Nanoseconds(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

SystemTime TimeAt(long long nanoseconds) {
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(std::chrono::nanoseconds(nanoseconds)));
}

Result<v1::Run> DecodeRun(const std::string& id, const std::string& content) {
  FARRELL_ASSIGN_OR_RETURN(const std::string bytes, sql::DecodeBlob(content));
  v1::Run run;
  if (!run.ParseFromString(bytes)) {
    return Status(Code::kDataLoss, "STORE_CORRUPT", "the stored run " + id + " cannot be read");
  }
  return run;
}

struct RunRow {
  std::string id;
  long long started_ns = 0;
  v1::Run run;
};

// Every run, oldest first.
Result<std::vector<RunRow>> AllRuns(soci::session& session) {
  std::vector<RunRow> rows;
  std::string id, content;
  long long started = 0;
  soci::statement select =
      (session.prepare << "SELECT id, started_ns, content FROM reporting_runs ORDER BY started_ns, id", into(id),
       into(started), into(content));
  select.execute();
  while (select.fetch()) {
    FARRELL_ASSIGN_OR_RETURN(v1::Run run, DecodeRun(id, content));
    rows.push_back({id, started, std::move(run)});
  }
  return rows;
}

bool Exists(soci::session& session, const std::string& run_id) {
  long long count = 0;
  session << "SELECT count(*) FROM reporting_runs WHERE id = :id", use(run_id, "id"), into(count);
  return count > 0;
}

std::map<std::string, std::vector<v1::Hold>> ReadHolds(soci::session& session, SystemTime now) {
  std::map<std::string, std::vector<v1::Hold>> holds;
  const long long now_ns = Nanoseconds(now);
  std::string run, name, reason, placed_by;
  long long placed = 0;
  long long until = 0;
  soci::statement select =
      (session.prepare << "SELECT run_id, name, reason, placed_by, placed_ns, until_ns FROM reporting_holds "
                          "WHERE until_ns > :now ORDER BY run_id, name",
       use(now_ns, "now"), into(run), into(name), into(reason), into(placed_by), into(placed), into(until));
  select.execute();
  while (select.fetch()) {
    v1::Hold& hold = holds[run].emplace_back();
    hold.set_name(name);
    hold.set_reason(reason);
    hold.set_placed_by(placed_by);
    hold.set_placed_at(text::FormatTime(TimeAt(placed)));
    if (until != kForever) hold.set_until(text::FormatTime(TimeAt(until)));
  }
  return holds;
}

long long StoredBytes(soci::session& session, const std::string& run_id) {
  long long bytes = 0;
  for (const char* table : {"reporting_files", "reporting_inputs", "reporting_bundles"}) {
    long long sum = 0;
    session << "SELECT coalesce(sum(length(content)), 0) FROM " << table << " WHERE run_id = :id", use(run_id, "id"),
        into(sum);
    bytes += sum;
  }
  return bytes;
}

v1::RemovedRun Describe(const v1::Run& run) {
  v1::RemovedRun removed;
  removed.set_run_id(run.id());
  removed.set_study_id(run.study_id());
  removed.set_started_at(run.started_at());
  return removed;
}

// Takes the run out and leaves the line.
void Erase(soci::session& session, const v1::RemovedRun& removed, SystemTime now) {
  const std::string& id = removed.run_id();
  for (const char* table :
       {"reporting_files", "reporting_inputs", "reporting_bundles", "reporting_holds", "reporting_run_events"}) {
    session << "DELETE FROM " << table << " WHERE run_id = :id", use(id, "id");
  }
  session << "DELETE FROM reporting_runs WHERE id = :id", use(id, "id");
  session << "DELETE FROM reporting_removals WHERE run_id = :id", use(id, "id");
  const long long now_ns = Nanoseconds(now);
  session << "INSERT INTO reporting_removals (run_id, study_id, started_at, removed_ns, removed_by, reason) "
             "VALUES (:id, :study, :started, :removed, :by, :reason)",
      use(id, "id"), use(removed.study_id(), "study"), use(removed.started_at(), "started"), use(now_ns, "removed"),
      use(removed.removed_by(), "by"), use(removed.reason(), "reason");
}

// Runs that stand for their study at present.
std::set<std::string> LatestPublished(soci::session& session) {
  std::set<std::string> runs;
  std::string run;
  soci::statement select = (session.prepare << "SELECT run_id FROM reporting_publications WHERE sequence IN (SELECT "
                                               "max(sequence) FROM reporting_publications GROUP BY project, study_id)",
                            into(run));
  select.execute();
  while (select.fetch()) runs.insert(run);
  return runs;
}

// Results kept before that no run names. A run under way may be about to use one that it has found: none go then.
void RemoveUnusedSteps(soci::session& session, const std::vector<RunRow>& runs, const std::set<std::string>& removed,
                       const RetentionRule& rule, v1::ApplyRetentionResponse& response) {
  std::set<std::string> named;
  for (const RunRow& row : runs) {
    if (row.run.state() == v1::Run::STATE_RUNNING) return;
    if (removed.contains(row.id)) continue;
    for (const v1::FinishedStep& step : row.run.steps()) named.insert(step.action_key());
  }
  // Steps from before their age was written down count as old.
  const long long before = Nanoseconds(rule.before);
  std::vector<std::string> unused;
  std::string key;
  long long bytes = 0;
  soci::statement select = (session.prepare << "SELECT action_key, length(content) FROM reporting_steps "
                                               "WHERE coalesce(kept_ns, 0) < :before",
                            use(before, "before"), into(key), into(bytes));
  select.execute();
  while (select.fetch()) {
    if (named.contains(key)) continue;
    unused.push_back(key);
    response.set_removed_bytes(response.removed_bytes() + bytes);
  }
  response.set_removed_step_count(static_cast<int>(unused.size()));
  if (rule.dry_run) return;
  for (const std::string& step : unused) {
    session << "DELETE FROM reporting_steps WHERE action_key = :key", use(step, "key");
  }
}

}  // namespace

Status CheckHold(const v1::Hold& hold, SystemTime now) {
  Violations violations;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (hold.name().empty() || hold.name().size() > kLongestName ||
      !std::all_of(hold.name().begin(), hold.name().end(), allowed)) {
    violations.Add("hold.name", "1 to 64 letters, digits, '.', '_' and '-', such as submission-2026");
  }
  if (hold.reason().size() > kLongestReason || text::ValidUtf8Length(hold.reason()) != hold.reason().size() ||
      hold.reason().find('\0') != std::string::npos) {
    violations.Add("hold.reason", "at most 1000 bytes of text");
  }
  if (!hold.until().empty()) {
    const std::optional<SystemTime> until = text::ParseTime(hold.until());
    if (!until) {
      violations.Add("hold.until", "a moment such as 2027-01-31T00:00:00Z; empty: until it is released");
    } else if (*until <= now) {
      violations.Add("hold.until", "this moment has passed: it is " + text::FormatTime(now));
    }
  }
  return std::move(violations).Finish("HOLD_INVALID", "the hold cannot be placed");
}

Status RunKeeper::Place(const std::string& run_id, const v1::Hold& hold, const std::string& bundle) {
  const long long placed = Nanoseconds(text::ParseTime(hold.placed_at()).value_or(SystemTime()));
  const std::optional<SystemTime> ends = text::ParseTime(hold.until());
  const long long until = ends ? Nanoseconds(*ends) : kForever;
  const std::string digest = canonical::Sha256(bundle);
  const std::string content = sql::EncodeBlob(bundle);
  return sql::Write(database_, [&](soci::session& session) -> Status {
    if (!Exists(session, run_id)) return NotFound("RUN_NOT_FOUND", "there is no run " + run_id).With("run", run_id);
    session << "DELETE FROM reporting_holds WHERE run_id = :id AND name = :name", use(run_id, "id"),
        use(hold.name(), "name");
    session << "INSERT INTO reporting_holds (run_id, name, reason, placed_by, placed_ns, until_ns) "
               "VALUES (:id, :name, :reason, :by, :placed, :until)",
        use(run_id, "id"), use(hold.name(), "name"), use(hold.reason(), "reason"), use(hold.placed_by(), "by"),
        use(placed, "placed"), use(until, "until");
    if (bundle.empty()) return Status::Ok();
    session << "DELETE FROM reporting_bundles WHERE run_id = :id", use(run_id, "id");
    session << "INSERT INTO reporting_bundles (run_id, digest, content) VALUES (:id, :digest, :content)",
        use(run_id, "id"), use(digest, "digest"), use(content, "content");
    return Status::Ok();
  });
}

Status RunKeeper::Release(const std::string& run_id, const std::string& name, SystemTime now) {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    std::map<std::string, std::vector<v1::Hold>> holds = ReadHolds(session, now);
    std::vector<v1::Hold>& of_run = holds[run_id];
    const auto is_it = [&](const v1::Hold& hold) { return hold.name() == name; };
    if (std::erase_if(of_run, is_it) == 0) {
      return NotFound("HOLD_NOT_FOUND", "run " + run_id + " has no hold '" + name + "'").With("run", run_id);
    }
    session << "DELETE FROM reporting_holds WHERE run_id = :id AND name = :name", use(run_id, "id"), use(name, "name");
    if (of_run.empty()) session << "DELETE FROM reporting_bundles WHERE run_id = :id", use(run_id, "id");
    return Status::Ok();
  });
}

Result<std::map<std::string, std::vector<v1::Hold>>> RunKeeper::Holds(SystemTime now) {
  std::map<std::string, std::vector<v1::Hold>> holds;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    holds = ReadHolds(session, now);
    return Status::Ok();
  }));
  return holds;
}

std::optional<std::string> RunKeeper::FindBundle(const std::string& run_id) {
  std::string digest, content;
  bool found = false;
  const Status read = sql::Read(database_, [&](soci::session& session) -> Status {
    session << "SELECT digest, content FROM reporting_bundles WHERE run_id = :id", use(run_id, "id"), into(digest),
        into(content);
    found = session.got_data();
    return Status::Ok();
  });
  if (!read.ok() || !found) return std::nullopt;
  Result<std::string> bytes = sql::DecodeBlob(content);
  if (!bytes.ok() || canonical::Sha256(*bytes) != digest) return std::nullopt;
  return std::move(bytes).value();
}

Result<v1::RemovedRun> RunKeeper::Remove(const std::string& run_id, const std::string& reason, const std::string& by,
                                         SystemTime now) {
  v1::RemovedRun removed;
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    std::string content;
    session << "SELECT content FROM reporting_runs WHERE id = :id", use(run_id, "id"), into(content);
    if (!session.got_data()) return NotFound("RUN_NOT_FOUND", "there is no run " + run_id).With("run", run_id);
    FARRELL_ASSIGN_OR_RETURN(const v1::Run run, DecodeRun(run_id, content));
    if (run.state() == v1::Run::STATE_RUNNING) {
      return FailedPrecondition("RUN_UNDER_WAY", "run " + run_id + " is under way: cancel it first")
          .With("run", run_id);
    }
    const auto holds = ReadHolds(session, now);
    if (const auto held = holds.find(run_id); held != holds.end()) {
      std::string names;
      for (const v1::Hold& hold : held->second) names += (names.empty() ? "" : ", ") + hold.name();
      return FailedPrecondition("RUN_HELD", "run " + run_id + " is held by " + names + ": release it first")
          .With("run", run_id)
          .With("holds", names);
    }
    removed = Describe(run);
    removed.set_removed_at(text::FormatTime(now));
    removed.set_removed_by(by);
    removed.set_reason(reason);
    Erase(session, removed, now);
    return Status::Ok();
  }));
  return removed;
}

Result<v1::ApplyRetentionResponse> RunKeeper::ApplyRetention(const RetentionRule& rule, const std::string& by,
                                                             SystemTime now) {
  v1::ApplyRetentionResponse response;
  const auto body = [&](soci::session& session) -> Status {
    response.Clear();
    FARRELL_ASSIGN_OR_RETURN(const std::vector<RunRow> runs, AllRuns(session));
    const auto holds = ReadHolds(session, now);
    const std::set<std::string> published = LatestPublished(session);
    std::map<std::string, int> newer;  // succeeded runs of the study that are newer than the row looked at
    std::set<std::string> removed;
    for (auto row = runs.rbegin(); row != runs.rend(); ++row) {
      const v1::Run::State state = row->run.state();
      const bool stays = state == v1::Run::STATE_SUCCEEDED && newer[row->run.study_id()]++ < rule.keep_latest;
      if (stays || state == v1::Run::STATE_RUNNING || row->started_ns >= Nanoseconds(rule.before)) continue;
      if (published.contains(row->id)) continue;
      if (holds.contains(row->id)) {
        response.set_held_count(response.held_count() + 1);
        continue;
      }
      removed.insert(row->id);
    }
    for (const RunRow& row : runs) {
      if (!removed.contains(row.id)) continue;
      response.set_removed_bytes(response.removed_bytes() + StoredBytes(session, row.id));
      v1::RemovedRun& gone = *response.add_removed() = Describe(row.run);
      gone.set_removed_by(by);
      gone.set_reason("retention");
      if (rule.dry_run) continue;
      gone.set_removed_at(text::FormatTime(now));
      Erase(session, gone, now);
    }
    response.set_remaining_count(static_cast<int>(runs.size() - removed.size()));
    RemoveUnusedSteps(session, runs, removed, rule, response);
    return Status::Ok();
  };
  FARRELL_RETURN_IF_ERROR(rule.dry_run ? sql::Read(database_, body) : sql::Write(database_, body));
  return response;
}

Result<std::optional<v1::RemovedRun>> RunKeeper::FindRemoved(const std::string& id) {
  std::optional<v1::RemovedRun> found;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    found.reset();
    const auto length = static_cast<int>(id.size());
    std::string run, study, started, by, reason;
    long long removed = 0;
    session << "SELECT run_id, study_id, started_at, removed_ns, removed_by, reason FROM reporting_removals "
               "WHERE substr(run_id, 1, :length) = :id ORDER BY run_id LIMIT 1",
        use(length, "length"), use(id, "id"), into(run), into(study), into(started), into(removed), into(by),
        into(reason);
    if (!session.got_data()) return Status::Ok();
    found.emplace();
    found->set_run_id(run);
    found->set_study_id(study);
    found->set_started_at(started);
    found->set_removed_at(text::FormatTime(TimeAt(removed)));
    found->set_removed_by(by);
    found->set_reason(reason);
    return Status::Ok();
  }));
  return found;
}

}  // namespace farrell::reporting
