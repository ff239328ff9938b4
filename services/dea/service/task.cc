#include "services/dea/service/task.h"

#include "common/canonical/canonical.h"
#include "common/numeric/abi.h"
#include "common/rpc/message_bytes.h"
#include "services/dea/engine/model.h"
#include "services/dea/service/inference_calls.h"
#include "services/dea/service/network_call.h"
#include "services/dea/service/productivity_call.h"
#include "services/dea/service/replication_call.h"
#include "services/dea/service/score_work.h"

namespace farrell::dea {

Result<std::unique_ptr<Work>> OpenTask(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                       const std::stop_token& stop) {
  switch (task.request_case()) {
    case v1::Task::kEvaluate: return OpenEvaluation(data, task, stop);
    case v1::Task::kProductivity: return OpenProductivity(data, task, stop);
    case v1::Task::kNetwork: return OpenNetwork(data, task, stop);
    case v1::Task::kReturnsToScale: return OpenReturnsToScale(data, task, stop);
    case v1::Task::kGroups: return OpenGroups(data, task, stop);
    case v1::Task::kReplications: return OpenReplications(data, task, stop);
    case v1::Task::REQUEST_NOT_SET: break;
  }
  return UnknownStage();
}

std::string SolverChannel() {
  return "dea.r" + std::to_string(kAlgorithmRevision) + "." +
         canonical::Sha256(std::string(numeric::kNumAbi)).substr(0, 12);
}

std::string TaskIdentity(const v1::Task& task) {
  const v1::TaskStage& stage = task.stage();
  canonical::Value::Object described{{"content_key", task.content_key()},
                                     {"kind", static_cast<std::int64_t>(stage.kind())},
                                     {"reference_set", static_cast<std::int64_t>(stage.reference_set())},
                                     {"null_hypothesis", static_cast<std::int64_t>(stage.null_hypothesis())},
                                     {"group", static_cast<std::int64_t>(stage.group())},
                                     {"from", stage.from()},
                                     {"to", stage.to()}};
  if (!stage.positions().empty()) {
    canonical::Value::Array positions;
    for (const std::int64_t position : stage.positions()) positions.emplace_back(position);
    described.emplace("positions", std::move(positions));
  }
  if (stage.proofs()) described.emplace("proofs", true);
  // Its content key is that of the layout, without the frontiers.
  if (task.has_replications()) described.emplace("frontiers", canonical::Sha256(MessageBytes(task.replications())));
  return canonical::Digest("farrell.task.v1", canonical::Value(std::move(described)));
}

std::string PartKey(const std::string& identity, ItemRange items) {
  return canonical::Digest("farrell.shard.v1",
                           canonical::Value::Object{{"task", identity},
                                                    {"first", static_cast<std::int64_t>(items.first)},
                                                    {"last", static_cast<std::int64_t>(items.last)}});
}

Status CheckContentKey(const v1::Task& task, const std::string& found) {
  if (task.content_key() == found) return Status::Ok();
  return FailedPrecondition(
      "DATA_DIFFERS", "the data read here make the content key " + found + ", the task is of " + task.content_key());
}

Status UnknownStage() { return InvalidArgument("TASK_UNKNOWN", "this program does not know the stage of the task"); }

}  // namespace farrell::dea
