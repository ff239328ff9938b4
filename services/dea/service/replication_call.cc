#include "services/dea/service/replication_call.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/dea/engine/inference/replications.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/engine/reference_set.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/model_conversion.h"
#include "services/dea/service/score_work.h"
#include "services/dea/service/task.h"

namespace farrell::dea {
namespace {

// Numbers of one block: about four megabytes.
constexpr std::size_t kBlockNumbers = 500'000;
// Replications that share one workspace.
constexpr std::size_t kBlocksAtOnce = 8;

// The table behind the request's positions.
class Draws {
 public:
  // Every mistake goes to `violations`.
  Draws(const v1::ScoreReplicationsRequest& request, const Panel& panel, Violations& violations)
      : request_(request), row_count_(panel.size()) {
    FindRows(panel, violations);
    FindUnits(panel, violations);
    for (int i = 0; i < request.replications_size(); ++i) {
      CheckReplication(request.replications(i), "replications[" + std::to_string(i) + "].", violations);
    }
  }

  std::size_t size() const { return static_cast<std::size_t>(request_.replications_size()); }

  FrontierDraw At(std::size_t index) const {
    const v1::Replication& replication = request_.replications(static_cast<int>(index));
    FrontierDraw draw;
    if (!replication.factors().empty()) {
      draw.factors.assign(row_count_, 1.0);
      for (std::size_t i = 0; i < positions_.size(); ++i) {
        draw.factors[positions_[i]] = replication.factors(static_cast<int>(i));
      }
    }
    if (!replication.units().empty()) {
      draw.spans.assign(row_count_, 0);
      for (const std::int32_t unit : replication.units()) {
        for (const std::size_t row : rows_of_unit_[static_cast<std::size_t>(unit)]) draw.spans[row] = 1;
      }
    }
    return draw;
  }

 private:
  void FindRows(const Panel& panel, Violations& violations) {
    std::unordered_map<std::int64_t, std::size_t> at;
    for (std::size_t i = 0; i < panel.size(); ++i) at.emplace(panel.rows[i], i);
    std::vector<char> seen(panel.size(), 0);
    for (int i = 0; i < request_.rows_size(); ++i) {
      const auto found = at.find(request_.rows(i));
      const std::string field = "rows[" + std::to_string(i) + "]";
      if (found == at.end()) {
        violations.Add(field, "the table has no row " + std::to_string(request_.rows(i)));
        continue;
      }
      if (seen[found->second] != 0) violations.Add(field, "names a row that was named before");
      seen[found->second] = 1;
      positions_.push_back(found->second);
    }
  }

  void FindUnits(const Panel& panel, Violations& violations) {
    std::unordered_map<std::string, std::size_t> at;
    for (int i = 0; i < request_.units_size(); ++i) at.emplace(request_.units(i), static_cast<std::size_t>(i));
    rows_of_unit_.resize(static_cast<std::size_t>(request_.units_size()));
    for (std::size_t row = 0; row < panel.size(); ++row) {
      const auto found = at.find(panel.units[row]);
      if (found != at.end()) rows_of_unit_[found->second].push_back(row);
    }
    for (std::size_t i = 0; i < rows_of_unit_.size(); ++i) {
      const std::string& unit = request_.units(static_cast<int>(i));
      const std::string field = "units[" + std::to_string(i) + "]";
      if (at.find(unit)->second != i) {
        violations.Add(field, "names a unit that was named before");
      } else if (rows_of_unit_[i].empty()) {
        violations.Add(field, "the table has no unit '" + unit + "'");
      }
    }
  }

  void CheckReplication(const v1::Replication& replication, const std::string& prefix, Violations& violations) const {
    if (!replication.factors().empty() && replication.factors_size() != request_.rows_size()) {
      violations.Add(prefix + "factors", "must be one a row of `rows`, or none");
    }
    constexpr double kLargestFactor = 1e9;
    if (std::any_of(replication.factors().begin(), replication.factors().end(),
                    [](double factor) { return !(factor >= 1 / kLargestFactor && factor <= kLargestFactor); })) {
      violations.Add(prefix + "factors", "must lie in [1e-9, 1e9]");
    }
    if (std::any_of(replication.units().begin(), replication.units().end(),
                    [&](std::int32_t unit) { return unit < 0 || unit >= request_.units_size(); })) {
      violations.Add(prefix + "units", "must be positions in `units`");
    }
  }

  const v1::ScoreReplicationsRequest& request_;
  std::size_t row_count_;
  std::vector<std::size_t> positions_;
  std::vector<std::vector<std::size_t>> rows_of_unit_;
};

// Of everything that the distances of a table depend on.
Action ActionOf(const Dataset& dataset) {
  const Model& model = dataset.spec.model;
  const std::string& column = model.frontier.group_column;
  const Slices slices(dataset.panel, dataset.data, NumberColumnsOf(model),
                      column.empty() ? nullptr : dataset.panel.Find(column));
  return Action{.operation = "dea.score_replications",
                .result_schema = "farrell.dea.v1.ReplicationLayout",
                .spec = Describe(model),
                .reference = DescribeFrontier(model.frontier, slices),
                .eval = "scored"};
}

Result<std::unique_ptr<Dataset>> ReadScored(data::v1::DataService::StubInterface& data,
                                            const v1::ScoreReplicationsRequest& request, const std::string& prefix,
                                            const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckTable(request.table(), prefix));
  FARRELL_ASSIGN_OR_RETURN(EvaluationSpec spec, PlainSpecFromProto(request.model(), prefix + "model."));
  return ReadDataset(data, request.table(), std::move(spec), {}, prefix, stop);
}

v1::ReplicationLayout LayoutOf(const Dataset& dataset, const FrontierReplications& frontiers) {
  v1::ReplicationLayout layout;
  for (const std::int32_t row : frontiers.rows()) layout.add_rows(dataset.panel.rows[static_cast<std::size_t>(row)]);
  layout.mutable_distances()->Add(frontiers.distances().begin(), frontiers.distances().end());
  for (std::size_t row = 0; row < dataset.panel.size(); ++row) {
    if (dataset.data.roles[row] == RowRole::kExcluded) continue;
    const std::string& unit = dataset.panel.units[row];
    if (layout.units().empty() || layout.units().rbegin()[0] != unit) layout.add_units(unit);
  }
  layout.set_rate(frontiers.rate());
  layout.set_unit_count(frontiers.largest_unit_count());
  layout.set_frontier_count(static_cast<std::int64_t>(frontiers.frontier_count()));
  layout.set_content_key(ActionOf(dataset).Key());
  AddDataWarnings(dataset, *layout.mutable_warnings());
  return layout;
}

// A request read and checked, with its frontiers made.
struct Frontiers {
  Frontiers(std::unique_ptr<Dataset> read, Draws drawn, FrontierReplications replications)
      : dataset(std::move(read)), draws(std::move(drawn)), frontiers(std::move(replications)) {}
  std::unique_ptr<Dataset> dataset;
  Draws draws;
  FrontierReplications frontiers;
};

// `request` outlives what is made of it.
Result<Frontiers> MakeFrontiers(data::v1::DataService::StubInterface& data, const v1::ScoreReplicationsRequest& request,
                                const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Dataset> dataset, ReadScored(data, request, "", stop));
  Violations violations;
  Draws draws(request, dataset->panel, violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("REPLICATION_INVALID", "the frontiers cannot be drawn"));
  const Model& model = dataset->spec.model;
  std::vector<Sample> samples =
      MakeSamples(dataset->data, MakeReferenceSets(dataset->data, model.frontier), UnitCodes(dataset->panel));
  for (const Sample& sample : samples) {
    FARRELL_RETURN_IF_ERROR(CheckSize(sample.size(), sample.evaluated.size(), request.replications_size()));
  }
  FARRELL_ASSIGN_OR_RETURN(FrontierReplications frontiers,
                           FrontierReplications::Make(std::move(samples), model.rts, model.orientation, stop));
  return Frontiers(std::move(dataset), std::move(draws), std::move(frontiers));
}

// Items are the replications of the request, results a row of distances each.
class FrontierWork final : public Work {
 public:
  explicit FrontierWork(const Frontiers& made) : made_(made) {}

  std::size_t item_count() const override { return made_.draws.size(); }
  double guessed_seconds() const override {
    const std::size_t rows = made_.frontiers.rows().size();
    const std::size_t members = rows / std::max<std::size_t>(1, made_.frontiers.frontier_count());
    return GuessedReplicationSeconds(rows, members, made_.dataset->data.dimension());
  }
  bool Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const override {
    const std::size_t width = made_.frontiers.rows().size();
    std::vector<double> distances(items.size() * width);
    FrontierReplications::Workspace workspace = made_.frontiers.MakeWorkspace();
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!made_.frontiers.Score(made_.draws.At(items.first + i), workspace, distances.data() + i * width, stop)) {
        return false;
      }
      done(1);
    }
    bytes.append(reinterpret_cast<const char*>(distances.data()), distances.size() * sizeof(double));
    return true;
  }

 private:
  const Frontiers& made_;
};

// Scores replications [first, last) into rows of `distances`.
Status ScoreBlock(FrontierWork& work, std::size_t width, ItemRange block, Job& job, std::vector<double>& distances) {
  distances.resize(block.size() * width);
  v1::TaskStage stage;
  stage.set_kind(v1::TaskStage::KIND_SOLVE);
  return job.Divide(
      work, stage, {block}, kBlocksAtOnce, job.stop(),
      [&](ItemRange items, std::string_view bytes) {
        if (bytes.size() != items.size() * width * sizeof(double)) return PartDoesNotFit();
        std::memcpy(distances.data() + (items.first - block.first) * width, bytes.data(), bytes.size());
        return Status::Ok();
      },
      static_cast<std::int64_t>(block.first));
}

}  // namespace

Status ScoreReplications(data::v1::DataService::StubInterface& data, const v1::ScoreReplicationsRequest& request,
                         Job& job, grpc::ServerWriter<v1::ScoreReplicationsResponse>& writer) {
  job.Stage("loading", 0);
  FARRELL_ASSIGN_OR_RETURN(const Frontiers made, MakeFrontiers(data, request, job.stop()));
  const auto& [dataset, draws, frontiers] = made;
  v1::ScoreReplicationsResponse response;
  *response.mutable_layout() = LayoutOf(*dataset, frontiers);
  job.Describe(response.layout().content_key(), ActionOf(*dataset).Description(), dataset->snapshot_digest);
  if (v1::Task* task = job.shared_task()) {
    *task->mutable_replications() = request;
    task->set_content_key(response.layout().content_key());
  }
  if (!writer.Write(response)) return Cancelled();

  const auto count = static_cast<std::size_t>(request.replications_size());
  const std::size_t step = std::max<std::size_t>(1, kBlockNumbers / std::max<std::size_t>(1, frontiers.rows().size()));
  FrontierWork work(made);
  std::vector<double> distances;
  if (count > 0) job.Stage("bootstrap", static_cast<std::int64_t>(count));
  for (std::size_t first = 0; first < count; first += step) {
    const std::size_t last = std::min(count, first + step);
    FARRELL_RETURN_IF_ERROR(ScoreBlock(work, frontiers.rows().size(), {first, last}, job, distances));
    response.Clear();
    const double* row = distances.data();
    for (std::size_t i = first; i < last; ++i, row += frontiers.rows().size()) {
      v1::ReplicationScores& scores = *response.mutable_block()->add_replications();
      scores.set_replication(static_cast<std::int32_t>(i));
      scores.mutable_distances()->Add(row, row + frontiers.rows().size());
    }
    if (!writer.Write(response)) return Cancelled();
  }
  return Status::Ok();
}

Status PlanReplications(data::v1::DataService::StubInterface& data, const v1::ScoreReplicationsRequest& request,
                        Job& job, v1::PlanEvaluationResponse& response) {
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset,
                           ReadScored(data, request, "replications.", job.stop()));
  const Action action = ActionOf(*dataset);
  response.set_action_key(action.Key());
  job.Describe(response.action_key(), action.Description(), dataset->snapshot_digest);
  return Status::Ok();
}

namespace {

// The request lives as long as the frontiers that refer to it.
struct OpenedReplications {
  std::unique_ptr<const v1::ScoreReplicationsRequest> request;
  std::optional<Frontiers> made;
};

}  // namespace

Result<std::unique_ptr<Work>> OpenReplications(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                               const std::stop_token& stop) {
  auto opened = std::make_shared<OpenedReplications>();
  opened->request = std::make_unique<const v1::ScoreReplicationsRequest>(task.replications());
  FARRELL_ASSIGN_OR_RETURN(Frontiers made, MakeFrontiers(data, *opened->request, stop));
  opened->made.emplace(std::move(made));
  FARRELL_RETURN_IF_ERROR(CheckContentKey(task, ActionOf(*opened->made->dataset).Key()));
  auto work = std::make_unique<FrontierWork>(*opened->made);
  return std::unique_ptr<Work>(std::make_unique<OwnedWork>(std::move(opened), std::move(work)));
}

}  // namespace farrell::dea
