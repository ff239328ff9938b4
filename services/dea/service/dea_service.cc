#include "services/dea/service/dea_service.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"
#include "common/panel/panel_client.h"
#include "common/rpc/handler.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/observations.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/convert.h"
#include "services/dea/service/parallel_evaluation.h"

namespace farrell::dea {
namespace {

constexpr std::int64_t kMaxRowCount = 2'000'000;
constexpr int kUnitsPerBlock = 4096;

common::v1::ResultOrigin::Source ToProto(ResultCache::Source source) {
  switch (source) {
    case ResultCache::Source::kMemory: return common::v1::ResultOrigin::SOURCE_MEMORY;
    case ResultCache::Source::kRedis: return common::v1::ResultOrigin::SOURCE_REDIS;
    case ResultCache::Source::kCoalesced: return common::v1::ResultOrigin::SOURCE_COALESCED;
    case ResultCache::Source::kComputed: return common::v1::ResultOrigin::SOURCE_COMPUTED;
  }
  return common::v1::ResultOrigin::SOURCE_UNSPECIFIED;
}

void SendProgress(grpc::ServerWriter<v1::EvaluateResponse>& writer, const char* stage, std::int64_t done,
                  std::int64_t total) {
  v1::EvaluateResponse response;
  common::v1::Progress* progress = response.mutable_progress();
  progress->set_stage(stage);
  progress->set_completed_count(done);
  progress->set_total_count(total);
  writer.Write(response);
}

// Positions of the panel's rows in the order of the table.
std::vector<std::size_t> TableOrder(const Panel& panel) {
  std::vector<std::size_t> order(panel.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return panel.rows[a] < panel.rows[b]; });
  return order;
}

// Copies the units of a reference set from the cache; false when they are not there or do not fit.
bool TakeSet(ResultCache& cache, const std::string& key, const Panel& panel, const Evaluation& evaluation,
             const std::pair<std::size_t, std::size_t>& range, v1::StoredEvaluation& stored) {
  const auto found = cache.Lookup(key);
  v1::StoredEvaluation part;
  if (!found || !part.ParseFromString(found->bytes)) return false;
  if (part.units_size() != static_cast<int>(range.second - range.first)) return false;
  for (int i = 0; i < part.units_size(); ++i) {
    const std::int32_t row = evaluation.row_at(range.first + static_cast<std::size_t>(i));
    if (part.units(i).unit() != panel.units[static_cast<std::size_t>(row)]) return false;
  }
  for (int i = 0; i < part.units_size(); ++i) {
    const std::int32_t row = evaluation.row_at(range.first + static_cast<std::size_t>(i));
    *stored.mutable_units(row) = std::move(*part.mutable_units(i));
  }
  return true;
}

}  // namespace

// A request with its data read and checked.
struct DeaService::Prepared {
  Model model;
  v1::Model requested;
  Panel panel;
  Observations data;
  std::unique_ptr<Evaluation> evaluation;
  std::unique_ptr<ActionKeys> keys;
};

DeaService::DeaService(ChannelProvider data, ResultCache& cache, int threads)
    : channel_(std::move(data)), cache_(cache), threads_(std::max(threads, 1)) {}

data::v1::DataService::StubInterface& DeaService::data() {
  std::call_once(stub_once_, [this] { stub_ = data::v1::DataService::NewStub(channel_()); });
  return *stub_;
}

Result<std::unique_ptr<DeaService::Prepared>> DeaService::Prepare(const v1::EvaluateRequest& request,
                                                                  const std::string& prefix,
                                                                  const std::stop_token& stop) {
  if (request.table().snapshot_digest().empty()) {
    Violations violations;
    violations.Add(prefix + "table.snapshot_digest", "name a snapshot by its digest");
    return std::move(violations).Finish("TABLE_INVALID", "the request names no table");
  }
  auto prepared = std::make_unique<Prepared>();
  FARRELL_ASSIGN_OR_RETURN(prepared->model, ModelFromProto(request.model(), prefix + "model."));
  prepared->requested = CompleteModel(request.model());
  FARRELL_ASSIGN_OR_RETURN(prepared->panel, ReadPanel(data(), request.table(), ColumnsOf(prepared->model), stop));
  if (static_cast<std::int64_t>(prepared->panel.size()) > kMaxRowCount) {
    return InvalidArgument("TABLE_TOO_LARGE", "the table has " + std::to_string(prepared->panel.size()) +
                                                  " rows, at most " + std::to_string(kMaxRowCount) +
                                                  " can be evaluated; filter it");
  }
  FARRELL_ASSIGN_OR_RETURN(prepared->data, MakeObservations(prepared->panel, prepared->model));
  prepared->evaluation = std::make_unique<Evaluation>(prepared->data, prepared->model);
  prepared->keys = std::make_unique<ActionKeys>(prepared->panel, prepared->model, prepared->data,
                                                prepared->evaluation->reference_sets());
  return prepared;
}

Result<std::string> DeaService::Compute(const Prepared& prepared, bool skip_lookup, Writer& writer,
                                        const std::stop_token& stop, std::int64_t& solved_count) {
  const Evaluation& evaluation = *prepared.evaluation;
  const std::size_t set_count = evaluation.reference_sets().sets.size();
  // With one reference set the whole evaluation is the set.
  const bool keep_sets = set_count > 1;
  v1::StoredEvaluation stored;
  stored.mutable_units()->Reserve(static_cast<int>(prepared.panel.size()));
  for (std::size_t row = 0; row < prepared.panel.size(); ++row) stored.add_units();
  std::vector<std::size_t> open;
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  std::int64_t known = 0;
  for (std::size_t set = 0; set < set_count; ++set) {
    const auto range = evaluation.PositionsOf(set);
    if (keep_sets && !skip_lookup &&
        TakeSet(cache_, prepared.keys->of_set(set), prepared.panel, evaluation, range, stored)) {
      known += static_cast<std::int64_t>(range.second - range.first);
      continue;
    }
    open.push_back(set);
    ranges.push_back(range);
  }

  const std::int64_t total = static_cast<std::int64_t>(evaluation.unit_count());
  const auto progress = [&](std::int64_t done) { SendProgress(writer, "solving", known + done, total); };
  std::vector<UnitScore> results = evaluation.EmptyResults();
  FARRELL_RETURN_IF_ERROR(SolveInParallel(evaluation, ranges, threads_, stop, progress, results));
  solved_count += (total - known) * evaluation.problems_per_unit();
  for (std::size_t row = 0; row < results.size(); ++row) {
    v1::UnitResult& unit = *stored.mutable_units(static_cast<int>(row));
    if (unit.status() == v1::STATUS_UNSPECIFIED) unit = UnitToProto(prepared.panel, row, results[row]);
  }
  for (std::size_t i = 0; keep_sets && i < open.size(); ++i) {
    v1::StoredEvaluation part;
    for (std::size_t position = ranges[i].first; position < ranges[i].second; ++position) {
      *part.add_units() = stored.units(evaluation.row_at(position));
    }
    cache_.Store(prepared.keys->of_set(open[i]), part.SerializeAsString());
  }
  *stored.mutable_summary() = Summarise(prepared.model, evaluation, stored);
  return stored.SerializeAsString();
}

Status DeaService::EvaluateInto(const v1::EvaluateRequest& request, Writer& writer, const std::stop_token& stop) {
  const auto started = std::chrono::steady_clock::now();
  SendProgress(writer, "loading", 0, 0);
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Prepared> prepared, Prepare(request, "", stop));
  const std::int64_t total = static_cast<std::int64_t>(prepared->evaluation->unit_count());
  SendProgress(writer, "solving", 0, total);
  std::int64_t solved_count = 0;
  FARRELL_ASSIGN_OR_RETURN(const ResultCache::Found found,
                           cache_.GetOrCompute(prepared->keys->whole(), request.skip_cache_lookup(), stop,
                                               [&](std::stop_token compute_stop) {
                                                 return Compute(*prepared, request.skip_cache_lookup(), writer,
                                                                compute_stop, solved_count);
                                               }));
  v1::StoredEvaluation stored;
  if (!stored.ParseFromString(found.bytes) || stored.units_size() != static_cast<int>(prepared->panel.size())) {
    return Internal("RESULT_VERIFICATION_FAILED",
                    "the kept result does not fit the table; ask again with skip_cache_lookup");
  }
  SendProgress(writer, "solving", total, total);

  // What belongs to this snapshot and this request, not to the content: rows, order of measures, provenance.
  const MeasureOrder measures(prepared->requested);
  v1::EvaluateResponse block;
  for (const std::size_t at : TableOrder(prepared->panel)) {
    v1::UnitResult& unit = *block.mutable_block()->add_units();
    unit = std::move(*stored.mutable_units(static_cast<int>(at)));
    unit.set_row(prepared->panel.rows[at]);
    measures.Apply(unit);
    if (block.block().units_size() < kUnitsPerBlock) continue;
    if (!writer.Write(block)) return Cancelled();
    block.Clear();
  }
  if (block.has_block() && !writer.Write(block)) return Cancelled();

  v1::EvaluateResponse last;
  v1::EvaluationSummary& summary = *last.mutable_summary();
  summary = std::move(*stored.mutable_summary());
  *summary.mutable_model() = prepared->requested;
  AddRequestWarnings(prepared->model, prepared->data, summary);
  common::v1::Provenance& provenance = *summary.mutable_provenance();
  provenance.set_snapshot_digest(request.table().snapshot_digest());
  provenance.set_known_at(prepared->panel.known_at);
  provenance.set_action_key(prepared->keys->whole());
  provenance.set_engine("dea");
  provenance.set_algo_rev(kAlgorithmRevision);
  provenance.set_num_abi(std::string(numeric::kNumAbi));
  provenance.set_synthetic(prepared->panel.synthetic);
  common::v1::ResultOrigin& origin = *summary.mutable_origin();
  origin.set_source(ToProto(found.source));
  origin.set_solved_count(solved_count);
  origin.set_elapsed_seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  return writer.Write(last) ? Status::Ok() : Cancelled();
}

std::int64_t DeaService::OpenProblems(const Prepared& prepared, bool skip_lookup) {
  const Evaluation& evaluation = *prepared.evaluation;
  const std::size_t set_count = evaluation.reference_sets().sets.size();
  std::int64_t units = 0;
  for (std::size_t set = 0; set < set_count; ++set) {
    if (set_count > 1 && !skip_lookup && cache_.Lookup(prepared.keys->of_set(set))) continue;
    const auto range = evaluation.PositionsOf(set);
    units += static_cast<std::int64_t>(range.second - range.first);
  }
  return units * evaluation.problems_per_unit();
}

grpc::Status DeaService::Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                                  grpc::ServerWriter<v1::EvaluateResponse>* writer) {
  return Guard("farrell.dea.v1.DeaService/Evaluate", context,
               [&](std::stop_token stop) { return EvaluateInto(*request, *writer, stop); });
}

grpc::Status DeaService::PlanEvaluation(grpc::ServerContext* context, const v1::PlanEvaluationRequest* request,
                                        v1::PlanEvaluationResponse* response) {
  return Guard("farrell.dea.v1.DeaService/PlanEvaluation", context, [&](std::stop_token stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Prepared> prepared, Prepare(request->request(), "request.", stop));
    response->set_action_key(prepared->keys->whole());
    const auto found = request->request().skip_cache_lookup() ? std::nullopt : cache_.Lookup(prepared->keys->whole());
    if (found) response->set_at_hand(ToProto(found->source));
    response->set_problem_count(found ? 0 : OpenProblems(*prepared, request->request().skip_cache_lookup()));
    return Status::Ok();
  });
}

grpc::Status DeaService::GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest*,
                                         v1::GetCapabilitiesResponse* response) {
  return Guard("farrell.dea.v1.DeaService/GetCapabilities", context, [&](std::stop_token) {
    response->set_algo_rev(kAlgorithmRevision);
    response->set_num_abi(std::string(numeric::kNumAbi));
    response->set_max_dimension(kMaxDimension);
    response->set_max_row_count(kMaxRowCount);
    return Status::Ok();
  });
}

}  // namespace farrell::dea
