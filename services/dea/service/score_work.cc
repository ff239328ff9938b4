#include "services/dea/service/score_work.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/dea/engine/carry.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/result_conversion.h"
#include "services/dea/service/task.h"
#include "services/dea/service/unit_store.h"

namespace farrell::dea {

namespace {

// Whether the positions are those of units, ascending.
bool Fits(const v1::TaskStage& stage, const Evaluation& evaluation) {
  std::int64_t least = 0;
  for (const std::int64_t position : stage.positions()) {
    if (position < least) return false;
    least = position + 1;
  }
  return least <= static_cast<std::int64_t>(evaluation.unit_count());
}

}  // namespace

double ScoreWork::guessed_seconds() const {
  const std::size_t units = std::max<std::size_t>(1, evaluation_.unit_count());
  const std::size_t sets = std::max<std::size_t>(1, evaluation_.reference_sets().sets.size());
  return static_cast<double>(evaluation_.problems_per_unit()) *
         GuessedProgramSeconds(std::max<std::size_t>(1, units / sets), dataset_.data.dimension());
}

std::size_t ScoreWork::item_count() const {
  return stage_.positions().empty() ? evaluation_.unit_count() : static_cast<std::size_t>(stage_.positions_size());
}

std::size_t ScoreWork::PositionOf(std::size_t item) const {
  return stage_.positions().empty() ? item : static_cast<std::size_t>(stage_.positions(static_cast<int>(item)));
}

bool ScoreWork::Prepare(const ParallelFor& parallel, const std::stop_token& stop) {
  if (!WorthFrame(item_count(), evaluation_.unit_count())) return !stop.stop_requested();
  return evaluation_.Prepare(parallel, stop);
}

bool ScoreWork::Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const {
  std::unordered_map<std::int32_t, std::size_t> place;
  std::vector<std::int32_t> rows;
  for (std::size_t item = items.first; item < items.last; ++item) {
    rows.push_back(evaluation_.row_at(PositionOf(item)));
    place.emplace(rows.back(), item - items.first);
  }
  std::vector<std::string> units(items.size());
  std::vector<std::string> proofs(stage_.proofs() ? items.size() : 0);
  const Evaluation::Sink sink = [&](std::int32_t row, UnitScore&& score) {
    const std::size_t at = place.at(row);
    units[at] =
        UnitToProto(dataset_.panel, dataset_.spec.model, static_cast<std::size_t>(row), score).SerializeAsString();
    if (!proofs.empty()) proofs[at] = BytesOfProof(score.proof);
  };
  if (!evaluation_.SolveRows(rows, sink, stop, done)) return false;
  for (const std::string& unit : units) AppendStored(bytes, unit);
  for (const std::string& proof : proofs) AppendProof(bytes, proof);
  return true;
}

double GuessedReplicationSeconds(std::size_t scored, std::size_t members, int measures) {
  return static_cast<double>(scored) * GuessedProgramSeconds(members, measures);
}

std::vector<Sample> SamplesOf(const Dataset& dataset, const ReferenceSets& sets) {
  const bool by_unit = dataset.spec.bootstrap && dataset.spec.bootstrap->by_unit;
  return MakeSamples(dataset.data, sets, by_unit ? UnitCodes(dataset.panel) : std::vector<std::int32_t>());
}

Result<ScoreBootstrap> MakeScoreBootstrap(const Dataset& dataset, Sample sample, const std::stop_token& stop) {
  const Model& model = dataset.spec.model;
  const RadialMeasure measure =
      model.orientation == Orientation::kInput ? RadialMeasure::kTheta : RadialMeasure::kInversePhi;
  return ScoreBootstrap::Make(std::move(sample), model.rts, model.orientation, measure, *dataset.spec.bootstrap, stop);
}

namespace {

struct OpenedEvaluation {
  OpenedEvaluation(std::unique_ptr<Dataset> read, v1::TaskStage asked)
      : stage(std::move(asked)), dataset(std::move(read)), evaluation(dataset->data, dataset->spec.model) {}
  v1::TaskStage stage;
  std::unique_ptr<Dataset> dataset;
  Evaluation evaluation;
};

}  // namespace

Result<std::unique_ptr<Work>> OpenEvaluation(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                             const std::stop_token& stop) {
  const v1::EvaluateRequest& request = task.evaluate();
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Dataset> dataset,
                           ReadDataset(data, request.table(), request.model(), "", stop));
  auto opened = std::make_shared<OpenedEvaluation>(std::move(dataset), task.stage());
  const ReferenceSets& sets = opened->evaluation.reference_sets();
  const ActionKeys keys(opened->dataset->panel, opened->dataset->spec, opened->dataset->data, sets);
  FARRELL_RETURN_IF_ERROR(CheckContentKey(task, keys.whole()));
  if (task.stage().kind() == v1::TaskStage::KIND_SOLVE) {
    const bool proves = task.stage().proofs() && !CanCarry(opened->dataset->spec.model);
    if (proves || !Fits(task.stage(), opened->evaluation)) return UnknownStage();
    auto work = std::make_unique<ScoreWork>(*opened->dataset, opened->evaluation, opened->stage);
    return std::unique_ptr<Work>(std::make_unique<OwnedWork>(std::move(opened), std::move(work)));
  }
  const auto set = static_cast<std::size_t>(task.stage().reference_set());
  if (!opened->dataset->spec.bootstrap || set >= sets.sets.size()) return UnknownStage();
  FARRELL_ASSIGN_OR_RETURN(
      ScoreBootstrap bootstrap,
      MakeScoreBootstrap(*opened->dataset, std::move(SamplesOf(*opened->dataset, sets)[set]), stop));
  const std::int64_t count = bootstrap.replication_count();
  return OwnDraws(std::move(bootstrap), count, 0);
}

}  // namespace farrell::dea
