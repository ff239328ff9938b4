#include "services/dea/service/score_work.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/dea/engine/productivity.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/result_conversion.h"
#include "services/dea/service/task.h"
#include "services/dea/service/unit_store.h"

namespace farrell::dea {

double ScoreWork::guessed_seconds() const {
  const std::size_t units = std::max<std::size_t>(1, evaluation_.unit_count());
  const std::size_t sets = std::max<std::size_t>(1, evaluation_.reference_sets().sets.size());
  return static_cast<double>(evaluation_.problems_per_unit()) *
         GuessedProgramSeconds(std::max<std::size_t>(1, units / sets), dataset_.data.dimension());
}

bool ScoreWork::Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const {
  std::unordered_map<std::int32_t, std::size_t> place;
  for (std::size_t position = items.first; position < items.last; ++position) {
    place.emplace(evaluation_.row_at(position), position - items.first);
  }
  std::vector<std::string> units(items.size());
  const Evaluation::Sink sink = [&](std::int32_t row, UnitScore&& score) {
    units[place.at(row)] =
        UnitToProto(dataset_.panel, dataset_.spec.model, static_cast<std::size_t>(row), score).SerializeAsString();
  };
  if (!evaluation_.Solve(items.first, items.last, sink, stop, done)) return false;
  for (const std::string& unit : units) AppendStored(bytes, unit);
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
  explicit OpenedEvaluation(std::unique_ptr<Dataset> read)
      : dataset(std::move(read)), evaluation(dataset->data, dataset->spec.model) {}
  std::unique_ptr<Dataset> dataset;
  Evaluation evaluation;
};

}  // namespace

Result<std::unique_ptr<Work>> OpenEvaluation(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                             const std::stop_token& stop) {
  const v1::EvaluateRequest& request = task.evaluate();
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Dataset> dataset,
                           ReadDataset(data, request.table(), request.model(), "", stop));
  auto opened = std::make_shared<OpenedEvaluation>(std::move(dataset));
  const ReferenceSets& sets = opened->evaluation.reference_sets();
  const ActionKeys keys(opened->dataset->panel, opened->dataset->spec, opened->dataset->data, sets);
  FARRELL_RETURN_IF_ERROR(CheckContentKey(task, keys.whole()));
  if (task.stage().kind() == v1::TaskStage::KIND_SOLVE) {
    auto work = std::make_unique<ScoreWork>(*opened->dataset, opened->evaluation);
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
