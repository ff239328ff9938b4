// What the long calls of the service share: progress on the stream, one computation for each content key, threads,
// provenance and origin of the reply.
#pragma once

#include <grpcpp/support/sync_stream.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/canonical/canonical.h"
#include "common/panel/panel.h"
#include "common/rpc/message_bytes.h"
#include "common/status/status.h"
#include "farrell/common/v1/types.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/dea/v1/task.pb.h"
#include "services/dea/service/parallel.h"
#include "services/dea/service/solvers.h"
#include "services/dea/service/work.h"

namespace farrell::dea {

common::v1::ResultOrigin::Source ToProto(ResultCache::Source source);

// One request under way.
class Job {
 public:
  using Report = std::function<void(const common::v1::Progress& progress)>;

  // Sends progress to `writer`, which outlives the job.
  template <typename Response>
  Job(ResultCache& cache, int threads, std::stop_token stop, grpc::ServerWriter<Response>& writer)
      : Job(cache, threads, std::move(stop), [&writer](const common::v1::Progress& progress) {
          Response response;
          *response.mutable_progress() = progress;
          writer.Write(response);
        }) {}
  Job(ResultCache& cache, int threads, std::stop_token stop, Report report)
      : cache_(cache), threads_(threads), stop_(std::move(stop)), report_(std::move(report)) {}

  // Lets solvers take part in the stages of `task`, the call with its request alone. Without it, or with null, all is
  // done in this process.
  void Share(Solvers* solvers, queue::Priority priority) {
    solvers_ = solvers;
    priority_ = priority;
  }
  // The task to write the request into; null where nothing is shared.
  v1::Task* shared_task() { return solvers_ == nullptr ? nullptr : &task_; }

  ResultCache& cache() { return cache_; }
  const std::stop_token& stop() const { return stop_; }
  // "loading", "solving", "bootstrap", "verifying"; the next progress of Run belongs to it.
  void Stage(const char* stage, std::int64_t total);
  // RunInParallel with progress: `known` items of the stage were at hand before.
  Status Run(std::size_t count, std::size_t shard, const std::stop_token& stop, const TaskBody& body,
             std::int64_t known = 0);
  // Without progress, for work that others divide.
  ParallelFor Threads(const std::stop_token& stop) const { return OnThreads(threads_, stop); }
  // Does the open items of a stage, `shard` at a time on the threads of this process or as they come from solvers, with
  // progress: `known` items of the stage were at hand before.
  Status Divide(Work& work, const v1::TaskStage& stage, const std::vector<ItemRange>& open, std::size_t shard,
                const std::stop_token& stop, const Absorb& absorb, std::int64_t known = 0);
  // All draws of a resampling, `count` rows. `guessed_seconds`: of one row. `programs`: behind every number of a row.
  template <typename Engine>
  Result<std::vector<double>> Draw(const Engine& engine, std::int64_t count, double guessed_seconds,
                                   const v1::TaskStage& stage, const std::stop_token& stop, std::int64_t known = 0,
                                   std::int64_t programs = 1) {
    DrawWork<Engine> work(engine, count, guessed_seconds);
    std::vector<double> draws(engine.draw_count());
    const std::size_t row = engine.row_length();
    FARRELL_RETURN_IF_ERROR(Divide(
        work, stage, {{0, work.item_count()}}, 1, stop,
        [&](ItemRange items, std::string_view bytes) {
          if (bytes.size() != items.size() * row * sizeof(double)) return PartDoesNotFit();
          std::memcpy(draws.data() + items.first * row, bytes.data(), bytes.size());
          return Status::Ok();
        },
        known));
    CountSolved(static_cast<std::int64_t>(draws.size()) * programs);
    return draws;
  }
  // Adds to ResultOrigin.solved_count.
  void CountSolved(std::int64_t programs) { solved_ += programs; }
  // Adds to ResultOrigin.certified_count.
  void CountCertified(std::int64_t units) { certified_ += units; }

  // The message kept under `key`, or computed, once at a time in this process, and kept. `compute` gets a stop token of
  // its own (ResultCache::GetOrCompute).
  template <typename Stored>
  Result<Stored> Obtain(const std::string& key, bool skip_lookup,
                        const std::function<Result<Stored>(const std::stop_token&)>& compute) {
    FARRELL_ASSIGN_OR_RETURN(const std::string bytes,
                             ObtainBytes(key, skip_lookup, [&](std::stop_token stop) -> Result<std::string> {
                               FARRELL_ASSIGN_OR_RETURN(const Stored computed, compute(stop));
                               return MessageBytes(computed);
                             }));
    Stored stored;
    if (!stored.ParseFromString(bytes)) {
      return Internal("RESULT_VERIFICATION_FAILED", "the kept result cannot be read; ask again with skip_cache_lookup");
    }
    return stored;
  }
  Result<std::string> ObtainBytes(const std::string& key, bool skip_lookup, const ResultCache::Compute& compute);

  // Remembers what `key` stands for, computed from the data of a snapshot (ResultCache::Describe).
  void Describe(const std::string& key, const canonical::Value& action, const std::string& snapshot_digest);

  // Where what ObtainBytes gave came from, and, from memory, what computing it had taken.
  ResultCache::Source source() const { return source_; }
  double saved_seconds() const { return saved_seconds_; }
  // The answer is one that was made from memory before.
  void Reuse(double seconds) {
    source_ = ResultCache::Source::kMemory;
    cache_.CountReuse(seconds);
  }

  // Answers a plan: the key, where its result is at hand, and the programs that are left.
  void Plan(const std::string& key, bool skip_lookup, std::int64_t programs, v1::PlanEvaluationResponse& response);

  // What belongs to this request and its snapshot, not to the content: written into any summary that has the two.
  template <typename Summary>
  void Sign(const std::string& snapshot_digest, const Panel& panel, const std::string& key,
            std::optional<std::int64_t> seed, Summary& summary) const {
    SignProvenance(snapshot_digest, panel, key, seed, *summary.mutable_provenance());
    SignOrigin(*summary.mutable_origin());
  }
  void SignOrigin(common::v1::ResultOrigin& origin) const;

 private:
  static void SignProvenance(const std::string& snapshot_digest, const Panel& panel, const std::string& key,
                             std::optional<std::int64_t> seed, common::v1::Provenance& provenance);
  void Send(std::int64_t done) const;

  ResultCache& cache_;
  Solvers* solvers_ = nullptr;
  SolverShare share_;
  queue::Priority priority_ = queue::Priority::kInteractive;
  v1::Task task_;
  int threads_;
  std::stop_token stop_;
  Report report_;
  const char* stage_ = "";
  std::int64_t total_ = 0;
  std::int64_t solved_ = 0;
  std::int64_t certified_ = 0;
  ResultCache::Source source_ = ResultCache::Source::kComputed;
  double saved_seconds_ = 0;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// Results of a repeated field of a response's block, at most this many a message.
inline constexpr int kResultsPerBlock = 4096;

// Writes results one by one as full blocks. `field` gives the repeated field of a block: BlockWriter blocks(writer,
// [](v1::UnitBlock& block) { return block.mutable_units(); }).
template <typename Response, typename Field>
class BlockWriter {
 public:
  // `written` is told every block.
  BlockWriter(
      grpc::ServerWriter<Response>& writer, Field field,
      std::type_identity_t<std::function<void(const Response& block)>> written = [](const Response&) {})
      : writer_(writer), field_(field), written_(std::move(written)) {}

  // The place of the next result; null when the client has gone.
  auto* Next() {
    auto* results = field_(*response_.mutable_block());
    if (results->size() < kResultsPerBlock) return results->Add();
    if (!Flush()) return static_cast<decltype(results->Add())>(nullptr);
    return field_(*response_.mutable_block())->Add();
  }
  // Writes what is left. False when the client has gone.
  bool Flush() {
    if (!response_.has_block()) return true;
    written_(response_);
    const bool written = writer_.Write(response_);
    response_.Clear();
    return written;
  }

 private:
  grpc::ServerWriter<Response>& writer_;
  Field field_;
  std::function<void(const Response&)> written_;
  Response response_;
};

}  // namespace farrell::dea
