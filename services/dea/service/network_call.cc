#include "services/dea/service/network_call.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/panel/panel_client.h"
#include "services/dea/engine/network.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/enum_conversion.h"
#include "services/dea/service/model_conversion.h"
#include "services/dea/service/result_conversion.h"
#include "services/dea/service/task.h"
#include "services/dea/service/work.h"

namespace farrell::dea {
namespace {

using google::protobuf::RepeatedPtrField;

constexpr auto kDecompositions = std::to_array<EnumPair<v1::Decomposition, Decomposition>>(
    {{v1::DECOMPOSITION_KAO_HWANG, Decomposition::kKaoHwang, "KAO_HWANG"},
     {v1::DECOMPOSITION_CHEN, Decomposition::kChen, "CHEN"}});

// A request with its data read and checked.
struct System {
  NetworkModel model;  // every list in the order of names
  Panel panel;
  NetworkObservations data;
};

// Fields that a model and a network share are read as those of a model.
Result<NetworkModel> ReadModel(const v1::EvaluateNetworkRequest& request) {
  Violations violations;
  v1::Model shared;
  *shared.mutable_frontier() = request.frontier();
  shared.set_rts(request.rts());
  shared.set_invalid_data(request.invalid_data());
  const Model read = ReadSpec(shared, "", violations).model;
  NetworkModel model;
  model.stage1_inputs.assign(request.stage1_inputs().begin(), request.stage1_inputs().end());
  model.intermediates.assign(request.intermediates().begin(), request.intermediates().end());
  model.outputs.assign(request.outputs().begin(), request.outputs().end());
  model.decomposition = EnumFromProto(request.decomposition(), Decomposition::kKaoHwang, kDecompositions,
                                      "decomposition", "decomposition", violations);
  model.rts = read.rts;
  model.frontier = read.frontier;
  model.invalid_data = read.invalid_data;
  CheckNetwork(model, "", violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the network cannot be evaluated"));
  for (auto* names : {&model.stage1_inputs, &model.intermediates, &model.outputs}) {
    std::sort(names->begin(), names->end());
  }
  return model;
}

std::vector<std::string> NumbersOf(const NetworkModel& model) {
  std::vector<std::string> columns;
  for (const auto* names : {&model.stage1_inputs, &model.intermediates, &model.outputs}) {
    columns.insert(columns.end(), names->begin(), names->end());
  }
  return columns;
}

Result<std::unique_ptr<System>> ReadSystem(data::v1::DataService::StubInterface& data,
                                           const v1::EvaluateNetworkRequest& request, const std::string& prefix,
                                           const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckTable(request.table(), prefix));
  auto system = std::make_unique<System>();
  FARRELL_ASSIGN_OR_RETURN(system->model, ReadModel(request));
  std::vector<std::string> columns = NumbersOf(system->model);
  if (!system->model.frontier.group_column.empty()) columns.push_back(system->model.frontier.group_column);
  FARRELL_ASSIGN_OR_RETURN(system->panel, ReadPanel(data, request.table(), columns, stop));
  FARRELL_RETURN_IF_ERROR(CheckRowCount(system->panel));
  FARRELL_ASSIGN_OR_RETURN(system->data, MakeNetworkObservations(system->panel, system->model));
  return system;
}

struct NetworkKeys {
  std::string whole;
  canonical::Value described;       // what was hashed for it
  std::vector<std::string> of_set;  // of the units scored against each reference set
};

NetworkKeys KeysOf(const System& system, const ReferenceSets& sets) {
  const NetworkModel& model = system.model;
  const std::string& column = model.frontier.group_column;
  const Slices slices(system.panel, system.data.all, NumbersOf(model),
                      column.empty() ? nullptr : system.panel.Find(column));
  const Action whole{.operation = "dea.evaluate_network",
                     .result_schema = "farrell.dea.v1.StoredNetwork",
                     .spec = {{"stage1_inputs", canonical::Set(model.stage1_inputs)},
                              {"intermediates", canonical::Set(model.intermediates)},
                              {"outputs", canonical::Set(model.outputs)},
                              {"decomposition", model.decomposition == Decomposition::kChen ? "chen" : "kao_hwang"},
                              {"rts", model.rts == ReturnsToScale::kVrs ? "vrs" : "crs"}},
                     .reference = DescribeFrontier(model.frontier, slices),
                     .eval = "scored"};
  Action part = whole;
  part.operation = "dea.solve_network";
  part.result_schema = "farrell.dea.v1.NetworkPart";
  return {whole.Key(), whole.Description(), KeysOfSets(std::move(part), slices, sets)};
}

v1::NetworkResult ToProto(const Panel& panel, std::size_t row, const NetworkScore& score) {
  v1::NetworkResult result;
  result.set_unit(panel.units[row]);
  if (panel.has_time()) result.set_time(panel.times[row]);
  result.set_status(ToProto(score.status));
  if (score.status != UnitStatus::kOptimal) return result;
  result.set_score(score.score);
  if (score.first.stage1) result.set_stage1_first(*score.first.stage1);
  if (score.first.stage2) result.set_stage2_first(*score.first.stage2);
  if (score.second.stage1) result.set_stage1_second(*score.second.stage1);
  if (score.second.stage2) result.set_stage2_second(*score.second.stage2);
  result.set_split_unique(score.split_unique);
  if (score.stage1_weight) result.set_stage1_weight(*score.stage1_weight);
  result.mutable_input_prices()->Add(score.input_prices.begin(), score.input_prices.end());
  result.mutable_intermediate_prices()->Add(score.intermediate_prices.begin(), score.intermediate_prices.end());
  result.mutable_output_prices()->Add(score.output_prices.begin(), score.output_prices.end());
  result.set_stage1_scale_price(score.stage1_scale_price);
  result.set_stage2_scale_price(score.stage2_scale_price);
  result.set_prices_unique(score.prices_unique);
  if (score.stage1_alone) result.set_stage1_alone(*score.stage1_alone);
  if (score.stage2_alone) result.set_stage2_alone(*score.stage2_alone);
  ToProto(score.certificate, *result.mutable_certificate());
  return result;
}

// The units of a network; items are units in the order of Network, results a NetworkPart.
class NetworkWork final : public Work {
 public:
  // Both outlive the work.
  NetworkWork(const System& system, const Network& network) : system_(system), network_(network) {}

  std::size_t item_count() const override { return network_.unit_count(); }
  double guessed_seconds() const override {
    const std::size_t sets = std::max<std::size_t>(1, network_.reference_sets().sets.size());
    return static_cast<double>(Network::kProgramsPerUnit) *
           GuessedProgramSeconds(std::max<std::size_t>(1, network_.unit_count() / sets), system_.data.all.dimension());
  }
  bool Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const override {
    v1::NetworkPart part;
    const Network::Sink sink = [&](std::int32_t row, NetworkScore&& score) {
      v1::NetworkPart::Unit& unit = *part.add_units();
      *unit.mutable_result() = ToProto(system_.panel, static_cast<std::size_t>(row), score);
      unit.set_worst_gap(score.worst_gap);
      unit.set_worst_violation(score.worst_violation);
    };
    if (!network_.Solve(items.first, items.last, sink, stop, done)) return false;
    part.AppendToString(&bytes);
    return true;
  }

 private:
  const System& system_;
  const Network& network_;
};

// Positions of the units scored against each reference set.
std::vector<ItemRange> RangesOf(const Network& network) {
  std::vector<ItemRange> ranges(network.reference_sets().sets.size());
  for (std::size_t position = 0; position < network.unit_count(); ++position) {
    const auto row = static_cast<std::size_t>(network.row_at(position));
    ItemRange& range = ranges[static_cast<std::size_t>(network.reference_sets().set_of_row[row])];
    if (range.size() == 0) range.first = position;
    range.last = position + 1;
  }
  return ranges;
}

bool ReadPart(std::string_view bytes, std::size_t units, v1::NetworkPart& part) {
  return part.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
         static_cast<std::size_t>(part.units_size()) == units;
}

// The units of a network at their positions, from parts at hand and by solving.
Result<std::vector<v1::NetworkPart::Unit>> Solve(const System& system, const Network& network, const NetworkKeys& keys,
                                                 bool skip_lookup, Job& job, const std::stop_token& stop) {
  std::vector<v1::NetworkPart::Unit> units(network.unit_count());
  const auto take = [&](ItemRange items, std::string_view bytes) {
    v1::NetworkPart part;
    if (!ReadPart(bytes, items.size(), part)) return false;
    std::move(part.mutable_units()->begin(), part.mutable_units()->end(),
              units.begin() + static_cast<std::ptrdiff_t>(items.first));
    return true;
  };
  const std::vector<ItemRange> ranges = RangesOf(network);
  std::vector<ItemRange> open;
  std::vector<std::size_t> open_sets;
  std::int64_t known = 0;
  for (std::size_t set = 0; set < ranges.size(); ++set) {
    const auto found = skip_lookup ? std::nullopt : job.cache().Lookup(keys.of_set[set]);
    if (found && take(ranges[set], found->bytes)) {
      known += static_cast<std::int64_t>(ranges[set].size());
    } else if (ranges[set].size() > 0) {
      open.push_back(ranges[set]);
      open_sets.push_back(set);
    }
  }
  job.Stage("solving", static_cast<std::int64_t>(network.unit_count()));
  NetworkWork work(system, network);
  v1::TaskStage stage;
  stage.set_kind(v1::TaskStage::KIND_SOLVE);
  constexpr std::size_t kShard = 16;
  FARRELL_RETURN_IF_ERROR(job.Divide(
      work, stage, open, kShard, stop,
      [&](ItemRange items, std::string_view bytes) { return take(items, bytes) ? Status::Ok() : PartDoesNotFit(); },
      known));
  job.CountSolved(Network::kProgramsPerUnit * (static_cast<std::int64_t>(network.unit_count()) - known));
  for (const std::size_t set : open_sets) {
    v1::NetworkPart part;
    for (std::size_t at = ranges[set].first; at < ranges[set].last; ++at) *part.add_units() = units[at];
    job.cache().Store(keys.of_set[set], MessageBytes(part), skip_lookup);
  }
  return units;
}

Result<v1::StoredNetwork> MeasureNetwork(const System& system, const Network& network, const NetworkKeys& keys,
                                         bool skip_lookup, Job& job, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(std::vector<v1::NetworkPart::Unit> units,
                           Solve(system, network, keys, skip_lookup, job, stop));
  v1::StoredNetwork stored;
  const std::vector<NetworkScore> unscored = network.EmptyResults();
  for (std::size_t row = 0; row < unscored.size(); ++row) {
    *stored.add_results() = ToProto(system.panel, row, unscored[row]);
  }
  v1::NetworkSummary& summary = *stored.mutable_summary();
  for (std::size_t position = 0; position < units.size(); ++position) {
    v1::NetworkPart::Unit& unit = units[position];
    summary.set_worst_gap(std::max(summary.worst_gap(), unit.worst_gap()));
    summary.set_worst_violation(std::max(summary.worst_violation(), unit.worst_violation()));
    *stored.mutable_results(network.row_at(position)) = std::move(*unit.mutable_result());
  }
  std::int64_t optimal = 0;
  std::int64_t not_solved = 0;
  for (const v1::NetworkResult& result : stored.results()) {
    if (result.status() == v1::STATUS_OPTIMAL) ++optimal;
    if (result.status() == v1::STATUS_NOT_SOLVED) ++not_solved;
  }
  summary.set_optimal_count(optimal);
  const auto warn = [&](const char* code, const std::string& text) {
    common::v1::Warning& warning = *summary.add_warnings();
    warning.set_code(code);
    warning.set_text(text);
  };
  if (network.unit_count() == 0) warn("NO_ROWS_SCORED", "No row is scored: none is left, or all are excluded.");
  if (not_solved > 0) {
    warn("NOT_SOLVED", std::to_string(not_solved) +
                           " units were not solved: the iteration limit was reached or a certificate failed.");
  }
  return stored;
}

// Prices from the order of names to that of the request.
void Reorder(const RepeatedPtrField<std::string>& requested, google::protobuf::RepeatedField<double>& prices) {
  if (prices.size() != requested.size()) return;
  std::vector<std::string> sorted(requested.begin(), requested.end());
  std::sort(sorted.begin(), sorted.end());
  const google::protobuf::RepeatedField<double> before = prices;
  for (int i = 0; i < prices.size(); ++i) {
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), requested.Get(i)) - sorted.begin();
    prices.Set(i, before.Get(static_cast<int>(at)));
  }
}

}  // namespace

Status PlanNetwork(data::v1::DataService::StubInterface& data, const v1::EvaluateNetworkRequest& request, Job& job,
                   v1::PlanEvaluationResponse& response) {
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<System> system, ReadSystem(data, request, "network.", job.stop()));
  const Network network(system->data, system->model);
  const NetworkKeys keys = KeysOf(*system, network.reference_sets());
  job.Describe(keys.whole, keys.described, request.table().snapshot_digest());
  const std::vector<ItemRange> ranges = RangesOf(network);
  std::int64_t units = 0;
  for (std::size_t set = 0; set < ranges.size(); ++set) {
    const bool known = !request.skip_cache_lookup() && job.cache().Lookup(keys.of_set[set]).has_value();
    if (!known) units += static_cast<std::int64_t>(ranges[set].size());
  }
  job.Plan(keys.whole, request.skip_cache_lookup(), Network::kProgramsPerUnit * units, response);
  return Status::Ok();
}

Status EvaluateNetwork(data::v1::DataService::StubInterface& data, const v1::EvaluateNetworkRequest& request, Job& job,
                       grpc::ServerWriter<v1::EvaluateNetworkResponse>& writer) {
  job.Stage("loading", 0);
  if (v1::Task* task = job.shared_task()) *task->mutable_network() = request;
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<System> system, ReadSystem(data, request, "", job.stop()));
  const Network network(system->data, system->model);
  const NetworkKeys keys = KeysOf(*system, network.reference_sets());
  job.Describe(keys.whole, keys.described, request.table().snapshot_digest());
  const bool skip_lookup = request.skip_cache_lookup();
  FARRELL_ASSIGN_OR_RETURN(v1::StoredNetwork stored,
                           job.Obtain<v1::StoredNetwork>(keys.whole, skip_lookup, [&](const std::stop_token& stop) {
                             const bool anew = skip_lookup || job.cache().IsPutAside(keys.whole);
                             return MeasureNetwork(*system, network, keys, anew, job, stop);
                           }));
  if (stored.results_size() != static_cast<int>(system->panel.size())) {
    return Internal("RESULT_VERIFICATION_FAILED",
                    "the kept result does not fit the table; ask again with skip_cache_lookup");
  }
  BlockWriter blocks(writer, [](v1::NetworkBlock& block) { return block.mutable_results(); });
  for (const std::size_t at : TableOrder(system->panel)) {
    v1::NetworkResult* next = blocks.Next();
    if (next == nullptr) return Cancelled();
    *next = std::move(*stored.mutable_results(static_cast<int>(at)));
    next->set_row(system->panel.rows[at]);
    Reorder(request.stage1_inputs(), *next->mutable_input_prices());
    Reorder(request.intermediates(), *next->mutable_intermediate_prices());
    Reorder(request.outputs(), *next->mutable_output_prices());
  }
  if (!blocks.Flush()) return Cancelled();
  v1::EvaluateNetworkResponse last;
  v1::NetworkSummary& summary = *last.mutable_summary();
  summary = std::move(*stored.mutable_summary());
  const auto& roles = system->data.all.roles;
  const auto excluded = std::count(roles.begin(), roles.end(), RowRole::kExcluded);
  if (excluded > 0) {
    common::v1::Warning& warning = *summary.add_warnings();
    warning.set_code("ROWS_EXCLUDED");
    warning.set_text(std::to_string(excluded) +
                     " rows with invalid cells, or without a positive input, intermediate or output, were left out.");
  }
  job.Sign(request.table().snapshot_digest(), system->panel, keys.whole, std::nullopt, summary);
  return writer.Write(last) ? Status::Ok() : Cancelled();
}

namespace {

struct OpenedNetwork {
  explicit OpenedNetwork(std::unique_ptr<System> read)
      : system(std::move(read)), network(system->data, system->model) {}
  std::unique_ptr<System> system;
  Network network;
};

}  // namespace

Result<std::unique_ptr<Work>> OpenNetwork(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                          const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<System> system, ReadSystem(data, task.network(), "", stop));
  auto opened = std::make_shared<OpenedNetwork>(std::move(system));
  FARRELL_RETURN_IF_ERROR(CheckContentKey(task, KeysOf(*opened->system, opened->network.reference_sets()).whole));
  auto work = std::make_unique<NetworkWork>(*opened->system, opened->network);
  return std::unique_ptr<Work>(std::make_unique<OwnedWork>(std::move(opened), std::move(work)));
}

}  // namespace farrell::dea
