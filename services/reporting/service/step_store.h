// What the reporting service keeps: finished steps by content key, runs, what they were made from, and the
// files of their reports.
//
// A step is stored with the SHA-256 of its bytes and checked when read: a damaged row is removed and counts as not
// there. Losing every row costs time and changes no result.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cache/contradiction.h"
#include "common/observe/metrics.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/run_keeper.h"

namespace farrell::reporting {

struct StoredFile {
  std::string path;
  std::string bytes;
};

// Thread-safe; several programs may use one database.
class StepStore {
 public:
  static Result<std::unique_ptr<StepStore>> Open(const sql::DatabaseOptions& options);

  // The serialized v1::StoredStep kept under the key, verified. A store that cannot be read has nothing.
  std::optional<std::string> FindStep(const std::string& key);
  // Replaces what was there. `seconds`: how long the computation took; unset: not known.
  Status KeepStep(const std::string& key, const std::string& bytes, std::optional<double> seconds = {});
  // The same for what was computed although it may be kept. Under a content key there is exactly one sequence of bytes:
  // kept bytes that are other, and not `same`, are told (TellContradictions), counted and put aside
  // (KeptSteps::Quarantine).
  using SameStep = std::function<bool(const std::string& kept)>;
  Status KeepStepAgain(const std::string& key, const std::string& bytes, std::optional<double> seconds,
                       const std::string& operation, const SameStep& same = {});
  // How often KeepStepAgain found other bytes.
  std::int64_t contradictions() const { return contradictions_.load(); }
  // Who is told then. To be called before anybody keeps a step.
  void TellContradictions(OnContradiction contradicted) { contradicted_ = std::move(contradicted); }
  // How long the kept step took when it was computed; unset: not known.
  std::optional<double> StepSeconds(const std::string& key);

  // Inserts the run, or replaces the one with its id. `started_ns` (Unix time) orders the list. A run under way shows a
  // sign of life thereby, and must go on doing so at least every kSilence / 4 (ShowAlive): one that was silent for
  // kSilence by the clock of the store, or whose process on this host has ended, is found cancelled.
  static constexpr std::chrono::seconds kSilence{60};
  Status ShowAlive(const std::string& run_id);
  Status SaveRun(const v1::Run& run, std::int64_t started_ns);
  // What a run was made from. Replaces what was there. FindInputs: nothing for a run from before this was kept; errors:
  // DATA_LOSS STORE_CORRUPT.
  Status SaveInputs(const std::string& run_id, const v1::RunInputs& inputs);
  Result<std::optional<v1::RunInputs>> FindInputs(const std::string& run_id);
  // Leaves those of some runs that count.
  using RunFilter = std::function<Result<std::vector<v1::Run>>(std::vector<v1::Run> runs)>;
  // By id, by a unique prefix of at least 6 characters, or "latest", among all runs or those that `open` leaves.
  // Errors: NOT_FOUND RUN_NOT_FOUND, RUN_REMOVED; INVALID_ARGUMENT RUN_ID_INVALID (too short), RUN_AMBIGUOUS; those of
  // `open`.
  Result<v1::Run> FindRun(const std::string& id, const RunFilter& open = {});
  struct RunPage {
    std::vector<v1::Run> runs;  // newest first
    std::string next_page_token;
  };
  // Errors: INVALID_ARGUMENT PAGE_TOKEN_INVALID.
  Result<RunPage> ListRuns(int page_size, const std::string& page_token);

  // Replaces the run's files.
  Status SaveReport(const std::string& run_id, const std::vector<StoredFile>& files);
  // By path, verified. Errors: DATA_LOSS REPORT_CORRUPT.
  Result<std::vector<StoredFile>> LoadReport(const std::string& run_id);

  // Holds, removal and retention of what is kept here.
  RunKeeper keeper() { return RunKeeper(*database_); }
  // Where the stores of schedules, publications and run events keep theirs; for what looks after finished steps
  // (kept_steps.h).
  sql::Database& database() { return *database_; }

 private:
  explicit StepStore(std::unique_ptr<sql::Database> database);
  Status CancelLost();
  Status Removed(const std::string& id);
  Result<std::vector<v1::Run>> Latest(const RunFilter& open);
  Result<std::vector<v1::Run>> Match(const std::string& prefix);
  void RemoveStep(const std::string& key, const std::string& damaged_text);
  std::unique_ptr<sql::Database> database_;
  OnContradiction contradicted_;
  std::atomic<std::int64_t> contradictions_ = 0;
  metrics::Reading contradictions_read_;
};

Status RunNotFound(const std::string& id);

// This machine's name, for runs.
std::string HostName();

}  // namespace farrell::reporting
