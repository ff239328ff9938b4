#include "services/reporting/service/step_store.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <limits>
#include <map>

#include "common/canonical/canonical.h"
#include "common/sql/blob_text.h"
#include "common/sql/migration.h"
#include "common/sql/soci.h"
#include "common/sql/store_clock.h"
#include "common/text/number.h"
#include "services/reporting/service/store_schema.h"

namespace farrell::reporting {
namespace {

using soci::into;
using soci::use;

// Bytes back from the text of a row, or nothing when they are not what was stored.
std::optional<std::string> Verified(const std::string& text, const std::string& digest) {
  Result<std::string> bytes = sql::DecodeBlob(text);
  if (!bytes.ok() || canonical::Sha256(*bytes) != digest) return std::nullopt;
  return std::move(bytes).value();
}

Result<v1::Run> DecodeRun(const std::string& text) {
  FARRELL_ASSIGN_OR_RETURN(const std::string bytes, sql::DecodeBlob(text));
  v1::Run run;
  if (!run.ParseFromString(bytes)) return Status(Code::kDataLoss, "STORE_CORRUPT", "a stored run cannot be read");
  return run;
}

bool ProcessEnded(std::int64_t process) { return ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH; }

}  // namespace

std::string HostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

Result<std::unique_ptr<StepStore>> StepStore::Open(const sql::DatabaseOptions& options) {
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<sql::Database> database, sql::Database::Open(options));
  FARRELL_RETURN_IF_ERROR(sql::Migrate(*database, Schema().name, Schema().migrations));
  std::unique_ptr<StepStore> store(new StepStore(std::move(database)));
  FARRELL_RETURN_IF_ERROR(store->CancelLost());
  return store;
}

namespace {

// Runs that are said to be under way and are not: content by id.
std::map<std::string, std::string> LostRuns(soci::session& session) {
  const std::string here = HostName();
  const long long silent_since =
      sql::StoreClock(session) - std::chrono::duration_cast<std::chrono::nanoseconds>(StepStore::kSilence).count();
  const int running = v1::Run::STATE_RUNNING;
  std::map<std::string, std::string> lost;
  std::string id, content, host;
  long long process = 0;
  long long alive = 0;
  // A program of an earlier version shows no signs of life.
  soci::indicator shows = soci::i_null;
  soci::statement select =
      (session.prepare << "SELECT id, content, host, process, alive_ns FROM reporting_runs WHERE state = :state",
       use(running, "state"), into(id), into(content), into(host), into(process), into(alive, shows));
  select.execute();
  while (select.fetch()) {
    const bool silent = shows == soci::i_ok && alive < silent_since;
    if (silent || (host == here && ProcessEnded(process))) lost[id] = content;
  }
  return lost;
}

}  // namespace

Status StepStore::CancelLost() {
  // Most often there is none, and a reader need not write.
  bool any = false;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    any = !LostRuns(session).empty();
    return Status::Ok();
  }));
  if (!any) return Status::Ok();
  return sql::Write(*database_, [&](soci::session& session) -> Status {
    for (const auto& [id, content] : LostRuns(session)) {
      FARRELL_ASSIGN_OR_RETURN(v1::Run run, DecodeRun(content));
      run.set_state(v1::Run::STATE_CANCELLED);
      run.set_error("the process ended before the run did; finished steps are kept");
      const int state = run.state();
      const std::string cancelled = sql::EncodeBlob(run.SerializeAsString());
      session << "UPDATE reporting_runs SET state = :state, content = :content WHERE id = :id", use(state, "state"),
          use(cancelled, "content"), use(id, "id");
    }
    return Status::Ok();
  });
}

Status StepStore::ShowAlive(const std::string& run_id) {
  return sql::Write(*database_, [&](soci::session& session) -> Status {
    const long long now = sql::StoreClock(session);
    session << "UPDATE reporting_runs SET alive_ns = :now WHERE id = :id", use(now, "now"), use(run_id, "id");
    return Status::Ok();
  });
}

std::optional<std::string> StepStore::FindStep(const std::string& key) {
  std::string digest, content;
  bool found = false;
  const Status read = sql::Read(*database_, [&](soci::session& session) -> Status {
    session << "SELECT digest, content FROM reporting_steps WHERE action_key = :key", use(key, "key"), into(digest),
        into(content);
    found = session.got_data();
    return Status::Ok();
  });
  if (!read.ok() || !found) return std::nullopt;
  std::optional<std::string> bytes = Verified(content, digest);
  if (!bytes) RemoveStep(key, content);
  return bytes;
}

// Only the damaged content goes: another program may have replaced it meanwhile. A store that cannot be written keeps
// the row, which stays a miss.
void StepStore::RemoveStep(const std::string& key, const std::string& damaged_text) {
  (void)sql::Write(*database_, [&](soci::session& session) -> Status {
    session << "DELETE FROM reporting_steps WHERE action_key = :key AND content = :content", use(key, "key"),
        use(damaged_text, "content");
    return Status::Ok();
  });
}

Status StepStore::KeepStep(const std::string& key, const std::string& bytes, std::optional<double> seconds) {
  const std::string digest = canonical::Sha256(bytes);
  const std::string content = sql::EncodeBlob(bytes);
  double value = seconds.value_or(0);
  soci::indicator known = seconds ? soci::i_ok : soci::i_null;
  const long long kept =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return sql::Write(*database_, [&](soci::session& session) -> Status {
    session << "DELETE FROM reporting_steps WHERE action_key = :key", use(key, "key");
    session << "INSERT INTO reporting_steps (action_key, digest, content, seconds, kept_ns) "
               "VALUES (:key, :digest, :content, :seconds, :kept)",
        use(key, "key"), use(digest, "digest"), use(content, "content"), use(value, known, "seconds"),
        use(kept, "kept");
    return Status::Ok();
  });
}

std::optional<double> StepStore::StepSeconds(const std::string& key) {
  double seconds = 0;
  soci::indicator known = soci::i_null;
  const Status read = sql::Read(*database_, [&](soci::session& session) -> Status {
    session << "SELECT seconds FROM reporting_steps WHERE action_key = :key", use(key, "key"), into(seconds, known);
    if (!session.got_data()) known = soci::i_null;
    return Status::Ok();
  });
  if (!read.ok() || known != soci::i_ok) return std::nullopt;
  return seconds;
}

Status StepStore::SaveInputs(const std::string& run_id, const v1::RunInputs& inputs) {
  const std::string bytes = inputs.SerializeAsString();
  const std::string digest = canonical::Sha256(bytes);
  const std::string content = sql::EncodeBlob(bytes);
  return sql::Write(*database_, [&](soci::session& session) -> Status {
    session << "DELETE FROM reporting_inputs WHERE run_id = :run", use(run_id, "run");
    session << "INSERT INTO reporting_inputs (run_id, digest, content) VALUES (:run, :digest, :content)",
        use(run_id, "run"), use(digest, "digest"), use(content, "content");
    return Status::Ok();
  });
}

Result<std::optional<v1::RunInputs>> StepStore::FindInputs(const std::string& run_id) {
  std::optional<v1::RunInputs> inputs;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    inputs.reset();
    std::string digest, content;
    session << "SELECT digest, content FROM reporting_inputs WHERE run_id = :run", use(run_id, "run"), into(digest),
        into(content);
    if (!session.got_data()) return Status::Ok();
    const std::optional<std::string> bytes = Verified(content, digest);
    if (!bytes || !inputs.emplace().ParseFromString(*bytes)) {
      return Status(Code::kDataLoss, "STORE_CORRUPT", "what run " + run_id + " was made from is damaged in the store");
    }
    return Status::Ok();
  }));
  return inputs;
}

Status StepStore::SaveRun(const v1::Run& run, std::int64_t started_ns) {
  const std::string content = sql::EncodeBlob(run.SerializeAsString());
  const int state = run.state();
  const long long started = started_ns;
  const long long process = ::getpid();
  return sql::Write(*database_, [&](soci::session& session) -> Status {
    session << "DELETE FROM reporting_runs WHERE id = :id", use(run.id(), "id");
    const long long alive = sql::StoreClock(session);
    session << "INSERT INTO reporting_runs (id, started_ns, state, host, process, content, alive_ns) "
               "VALUES (:id, :started, :state, :host, :process, :content, :alive)",
        use(run.id(), "id"), use(started, "started"), use(state, "state"), use(run.host(), "host"),
        use(process, "process"), use(content, "content"), use(alive, "alive");
    return Status::Ok();
  });
}

// An error that says so when the run was here once.
Status StepStore::Removed(const std::string& id) {
  FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::RemovedRun> removed, keeper().FindRemoved(id));
  if (!removed) return Status::Ok();
  return NotFound("RUN_REMOVED", "run " + removed->run_id() + " of study " + removed->study_id() + " was removed at " +
                                     removed->removed_at() +
                                     (removed->removed_by().empty() ? "" : " by " + removed->removed_by()) +
                                     (removed->reason().empty() ? "" : ": " + removed->reason()))
      .With("run", removed->run_id());
}

Status RunNotFound(const std::string& id) {
  const bool latest = id == "latest" || id.empty();
  return NotFound("RUN_NOT_FOUND", latest ? "there is no run yet" : "there is no run " + id).With("run", id);
}

// The newest that `open` leaves.
Result<std::vector<v1::Run>> StepStore::Latest(const RunFilter& open) {
  constexpr int kLookedAt = 50;
  std::string token;
  do {
    FARRELL_ASSIGN_OR_RETURN(RunPage page, ListRuns(open ? kLookedAt : 1, token));
    if (open) {
      FARRELL_ASSIGN_OR_RETURN(page.runs, open(std::move(page.runs)));
    }
    if (!page.runs.empty()) return std::vector<v1::Run>{page.runs.front()};
    token = open ? page.next_page_token : "";
  } while (!token.empty());
  return std::vector<v1::Run>();
}

Result<std::vector<v1::Run>> StepStore::Match(const std::string& prefix) {
  std::vector<v1::Run> runs;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    runs.clear();
    std::string content;
    const auto length = static_cast<int>(prefix.size());
    soci::statement select =
        (session.prepare << "SELECT content FROM reporting_runs WHERE substr(id, 1, :length) = :id",
         use(length, "length"), use(prefix, "id"), into(content));
    select.execute();
    while (select.fetch()) {
      FARRELL_ASSIGN_OR_RETURN(v1::Run run, DecodeRun(content));
      runs.push_back(std::move(run));
    }
    return Status::Ok();
  }));
  return runs;
}

Result<v1::Run> StepStore::FindRun(const std::string& id, const RunFilter& open) {
  constexpr std::size_t kShortestPrefix = 6;
  const bool latest = id == "latest" || id.empty();
  if (!latest && id.size() < kShortestPrefix) {
    return InvalidArgument("RUN_ID_INVALID", "a run is named by at least 6 characters of its id, or \"latest\"");
  }
  FARRELL_RETURN_IF_ERROR(CancelLost());
  std::vector<v1::Run> runs;
  if (latest) {
    FARRELL_ASSIGN_OR_RETURN(runs, Latest(open));
  } else {
    FARRELL_ASSIGN_OR_RETURN(runs, Match(id));
    if (open) {
      FARRELL_ASSIGN_OR_RETURN(runs, open(std::move(runs)));
    }
    if (runs.empty()) FARRELL_RETURN_IF_ERROR(Removed(id));
  }
  if (runs.empty()) return RunNotFound(id);
  if (runs.size() > 1) return InvalidArgument("RUN_AMBIGUOUS", "several runs begin with " + id).With("run", id);
  return std::move(runs.front());
}

Result<StepStore::RunPage> StepStore::ListRuns(int page_size, const std::string& page_token) {
  // A token is "v1:STARTED:ID" of the last run of the page before.
  constexpr std::string_view kVersion = "v1:";
  long long before = std::numeric_limits<long long>::max();
  std::string before_id;
  if (!page_token.empty()) {
    const std::size_t colon = page_token.find(':', kVersion.size());
    const std::optional<long long> started =
        page_token.starts_with(kVersion) && colon != std::string::npos
            ? text::ParseInteger(page_token.substr(kVersion.size(), colon - kVersion.size()))
            : std::nullopt;
    if (!started) return InvalidArgument("PAGE_TOKEN_INVALID", "page_token must come from next_page_token");
    before = *started;
    before_id = page_token.substr(colon + 1);
  }
  FARRELL_RETURN_IF_ERROR(CancelLost());
  RunPage page;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    page = {};
    const int limit = page_size + 1;
    std::string content, id;
    long long started = 0;
    std::string last;
    soci::statement select =
        (session.prepare << "SELECT id, started_ns, content FROM reporting_runs WHERE started_ns < :before OR "
                            "(started_ns = :same AND id < :id) ORDER BY started_ns DESC, id DESC LIMIT :limit",
         use(before, "before"), use(before, "same"), use(before_id, "id"), use(limit, "limit"), into(id), into(started),
         into(content));
    select.execute();
    while (select.fetch()) {
      if (page.runs.size() == static_cast<std::size_t>(page_size)) {
        page.next_page_token = last;
        break;
      }
      FARRELL_ASSIGN_OR_RETURN(v1::Run run, DecodeRun(content));
      page.runs.push_back(std::move(run));
      last = std::string(kVersion) + std::to_string(started) + ":" + id;
    }
    return Status::Ok();
  }));
  return page;
}

Status StepStore::SaveReport(const std::string& run_id, const std::vector<StoredFile>& files) {
  return sql::Write(*database_, [&](soci::session& session) -> Status {
    session << "DELETE FROM reporting_files WHERE run_id = :run", use(run_id, "run");
    for (const StoredFile& file : files) {
      const std::string digest = canonical::Sha256(file.bytes);
      const std::string content = sql::EncodeBlob(file.bytes);
      session << "INSERT INTO reporting_files (run_id, path, digest, content) VALUES (:run, :path, :digest, :content)",
          use(run_id, "run"), use(file.path, "path"), use(digest, "digest"), use(content, "content");
    }
    return Status::Ok();
  });
}

Result<std::vector<StoredFile>> StepStore::LoadReport(const std::string& run_id) {
  std::vector<StoredFile> files;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    files.clear();
    std::string path, digest, content;
    soci::statement select =
        (session.prepare << "SELECT path, digest, content FROM reporting_files WHERE run_id = :run ORDER BY path",
         use(run_id, "run"), into(path), into(digest), into(content));
    select.execute();
    while (select.fetch()) {
      std::optional<std::string> bytes = Verified(content, digest);
      if (!bytes) {
        return Status(Code::kDataLoss, "REPORT_CORRUPT",
                      "the file " + path + " of run " + run_id + " is damaged in the store; run the study again");
      }
      files.push_back({path, std::move(*bytes)});
    }
    return Status::Ok();
  }));
  return files;
}

}  // namespace farrell::reporting
