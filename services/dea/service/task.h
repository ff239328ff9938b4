// Tasks: a stage of a call as a solver is told of it.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/task.pb.h"
#include "services/dea/service/work.h"

namespace farrell::dea {

// The work of a task, its data read from the data service. Errors: those of the call; FAILED_PRECONDITION DATA_DIFFERS
// when the data make another content key; INVALID_ARGUMENT TASK_UNKNOWN for a task that this program does not know.
Result<std::unique_ptr<Work>> OpenTask(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                       const std::stop_token& stop);

// Where solvers and services whose numbers agree meet: "dea.rREVISION.ABI", the ABI as twelve digits of its digest.
std::string SolverChannel();

// Names the results of a task's items [first, last): their content key, and nothing that another division of the same
// work would share by chance. `identity`: TaskIdentity.
std::string PartKey(const std::string& identity, ItemRange items);
// A digest of what the items of a task are: its content key and stage, and the draws a request carries along.
std::string TaskIdentity(const v1::Task& task);

// FAILED_PRECONDITION DATA_DIFFERS.
Status CheckContentKey(const v1::Task& task, const std::string& found);
// INVALID_ARGUMENT TASK_UNKNOWN.
Status UnknownStage();

}  // namespace farrell::dea
