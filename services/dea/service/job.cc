#include "services/dea/service/job.h"

#include "common/numeric/abi.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

common::v1::ResultOrigin::Source ToProto(ResultCache::Source source) {
  switch (source) {
    case ResultCache::Source::kMemory: return common::v1::ResultOrigin::SOURCE_MEMORY;
    case ResultCache::Source::kDisk: return common::v1::ResultOrigin::SOURCE_STORE;
    case ResultCache::Source::kRedis: return common::v1::ResultOrigin::SOURCE_REDIS;
    case ResultCache::Source::kCoalesced: return common::v1::ResultOrigin::SOURCE_COALESCED;
    case ResultCache::Source::kComputed: return common::v1::ResultOrigin::SOURCE_COMPUTED;
  }
  return common::v1::ResultOrigin::SOURCE_UNSPECIFIED;
}

void Job::Send(std::int64_t done) const {
  common::v1::Progress progress;
  progress.set_stage(stage_);
  progress.set_completed_count(done);
  progress.set_total_count(total_);
  report_(progress);
}

void Job::Stage(const char* stage, std::int64_t total) {
  stage_ = stage;
  total_ = total;
  Send(0);
}

Status Job::Run(std::size_t count, std::size_t shard, const std::stop_token& stop, const TaskBody& body,
                std::int64_t known) {
  return RunInParallel(
      count, shard, threads_, stop, [&](std::int64_t done) { Send(known + done); }, body);
}

Status Job::Divide(Work& work, const v1::TaskStage& stage, const std::vector<ItemRange>& open, std::size_t shard,
                   const std::stop_token& stop, const Absorb& absorb, std::int64_t known) {
  std::size_t items = 0;
  for (const ItemRange& range : open) items += range.size();
  const double seconds = work.guessed_seconds() * static_cast<double>(items);
  const std::function<void(std::int64_t)> progress = [&](std::int64_t done) { Send(known + done); };
  if (solvers_ != nullptr && task_.request_case() != v1::Task::REQUEST_NOT_SET && solvers_->Worth(seconds)) {
    *task_.mutable_stage() = stage;
    return solvers_->Solve({task_, work, open, priority_, absorb, progress, share_}, stop);
  }
  if (items > 0 && !work.Prepare(OnThreads(threads_, stop), stop)) return Cancelled();
  return DoHere(work, open, shard, threads_, stop, progress, absorb);
}

Result<std::string> Job::ObtainBytes(const std::string& key, bool skip_lookup, const ResultCache::Compute& compute) {
  task_.set_content_key(key);
  FARRELL_ASSIGN_OR_RETURN(ResultCache::Found found, cache_.GetOrCompute(key, skip_lookup, stop_, compute));
  source_ = found.source;
  saved_seconds_ = found.seconds;
  Send(total_);
  return std::move(found.bytes);
}

void Job::Describe(const std::string& key, const canonical::Value& action, const std::string& snapshot_digest) {
  cache_.Describe(key, snapshot_digest, [&action] { return action.Encode(); });
}

void Job::SignProvenance(const std::string& snapshot_digest, const Panel& panel, const std::string& key,
                         std::optional<std::int64_t> seed, common::v1::Provenance& provenance) {
  provenance.set_snapshot_digest(snapshot_digest);
  provenance.set_known_at(panel.known_at);
  provenance.set_action_key(key);
  provenance.set_engine("dea");
  provenance.set_algo_rev(kAlgorithmRevision);
  provenance.set_num_abi(std::string(numeric::kNumAbi));
  if (seed) provenance.set_seed(*seed);
  provenance.set_synthetic(panel.synthetic);
}

void Job::SignOrigin(common::v1::ResultOrigin& origin) const {
  origin.set_source(ToProto(source_));
  origin.set_solved_count(solved_);
  origin.set_certified_count(certified_);
  origin.set_solver_item_count(share_.items);
  origin.set_without_solvers(share_.without);
  origin.set_elapsed_seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count());
}

void Job::Plan(const std::string& key, bool skip_lookup, std::int64_t programs, v1::PlanEvaluationResponse& response) {
  response.set_action_key(key);
  const auto found = skip_lookup ? std::nullopt : cache_.Lookup(key);
  if (found) response.set_at_hand(ToProto(found->source));
  response.set_problem_count(found ? 0 : programs);
}

}  // namespace farrell::dea
