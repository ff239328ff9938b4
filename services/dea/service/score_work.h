// The scores of an evaluation as work: items are its units in the order of Evaluation, or some of them; results a
// ScoredPart, its units without intervals and influence.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/task.pb.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/work.h"

namespace farrell::dea {

class ScoreWork final : public Work {
 public:
  // What a stage of kind KIND_SOLVE asks for: its positions are of `evaluation`. All outlive the work.
  ScoreWork(const Dataset& dataset, Evaluation& evaluation, const v1::TaskStage& stage)
      : dataset_(dataset), evaluation_(evaluation), stage_(stage) {}

  std::size_t item_count() const override;
  double guessed_seconds() const override;
  bool Prepare(const ParallelFor& parallel, const std::stop_token& stop) override;
  bool Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const override;

 private:
  // Of the evaluation, for an item.
  std::size_t PositionOf(std::size_t item) const;

  const Dataset& dataset_;
  Evaluation& evaluation_;
  const v1::TaskStage& stage_;
};

// The resampling of one reference set as the model of `dataset` asks for it. Errors as ScoreBootstrap::Make.
Result<ScoreBootstrap> MakeScoreBootstrap(const Dataset& dataset, Sample sample, const std::stop_token& stop);

// One sample a reference set.
std::vector<Sample> SamplesOf(const Dataset& dataset, const ReferenceSets& sets);

// What a replication of a resampling takes on one core, about: every scored member against all of them.
double GuessedReplicationSeconds(std::size_t scored, std::size_t members, int measures);

// Both stages of an evaluation, for a solver.
Result<std::unique_ptr<Work>> OpenEvaluation(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                             const std::stop_token& stop);

}  // namespace farrell::dea
