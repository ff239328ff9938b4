#include "services/reporting/service/arrival_source.h"
#include "farrell/data/v1/data.grpc.pb.h"

#include <algorithm>
#include <utility>

namespace farrell::reporting {
namespace {

using data::v1::DatasetEvent;

std::string KindWord(DatasetEvent::Kind kind) {
  switch (kind) {
    case DatasetEvent::KIND_ARRIVED: return "arrived";
    case DatasetEvent::KIND_OPENED: return "opened";
    case DatasetEvent::KIND_WITHDRAWN: return "withdrawn";
    case DatasetEvent::KIND_FROZEN: return "frozen";
    default: return "declared";
  }
}

v1::Arrival ArrivalOf(const DatasetEvent& event) {
  v1::Arrival arrival;
  arrival.set_sequence(event.sequence());
  arrival.set_dataset(event.dataset());
  arrival.set_release(event.release());
  arrival.set_snapshot_digest(event.snapshot_digest());
  arrival.set_kind(KindWord(event.kind()));
  arrival.set_update(event.update());
  for (const data::v1::PeriodChange& change : event.periods()) {
    arrival.set_revised_cells(arrival.revised_cells() + change.revised() + change.vanished());
    arrival.set_new_cells(arrival.new_cells() + change.appeared());
  }
  return arrival;
}

// Every message of the stream until it ends; an error of `on_message` ends it.
Status Watch(Services& services, const data::v1::WatchDatasetRequest& request,
             const std::function<Status(const data::v1::WatchDatasetResponse&)>& on_message,
             const std::stop_token& stop) {
  Call call(stop);
  const auto reader = services.data()->WatchDataset(call.context(), request);
  Status failure;
  for (data::v1::WatchDatasetResponse message; reader->Read(&message);) {
    if (!failure.ok()) continue;
    failure = on_message(message);
    if (!failure.ok()) call.context()->TryCancel();
  }
  const Status ended = FromGrpc(reader->Finish());
  return failure.ok() ? ended : failure;
}

}  // namespace

Result<schedule::Completeness> CompletenessOf(Services& services, const std::string& dataset,
                                              const std::string& snapshot, const std::stop_token& stop) {
  data::v1::GetDatasetStatusRequest request;
  request.set_reference(dataset);
  request.set_snapshot_digest(snapshot);
  FARRELL_ASSIGN_OR_RETURN(
      const auto status,
      Invoke(*services.data(), &data::v1::DataService::StubInterface::GetDatasetStatus, request, stop));
  schedule::Completeness found{.complete = true, .found = {}};
  for (const data::v1::PeriodStatus& period : status.periods()) {
    if (period.state() != data::v1::PERIOD_STATE_OPEN) continue;
    found.complete = false;
    found.found += (found.found.empty() ? "" : ", ") + std::to_string(period.present()) + " of " +
                   std::to_string(period.expected()) + " cells" +
                   (period.has_period() ? " in " + std::to_string(period.period()) : "");
  }
  return found;
}

Status ReadEvents(Services& services, const std::string& dataset, std::int64_t after, bool follow,
                  const std::function<Status(v1::Arrival)>& on_event, const std::stop_token& stop) {
  data::v1::WatchDatasetRequest request;
  request.set_dataset(dataset);
  request.set_after_sequence(after);
  request.set_follow(follow);
  return Watch(
      services, request,
      [&](const data::v1::WatchDatasetResponse& message) -> Status {
        return message.has_event() ? on_event(ArrivalOf(message.event())) : Status::Ok();
      },
      stop);
}

Result<std::int64_t> NewestEvent(Services& services, const std::string& dataset, const std::stop_token& stop) {
  data::v1::WatchDatasetRequest request;
  request.set_dataset(dataset);
  std::int64_t newest = 0;
  FARRELL_RETURN_IF_ERROR(Watch(
      services, request,
      [&](const data::v1::WatchDatasetResponse& message) -> Status {
        newest = std::max(newest, message.has_event() ? message.event().sequence() : message.quiet_until());
        return Status::Ok();
      },
      stop));
  return newest;
}

}  // namespace farrell::reporting
