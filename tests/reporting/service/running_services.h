// All four services in one process over in-process channels, with a panel in the data service.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "common/rpc/error_mapping.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"
#include "services/reporting/service/reporting_service.h"

namespace farrell::reporting {

// The dea and regression services remember nothing, so that whatever is not solved comes from the store.
class RunningServices {
 public:
  // `listen`: an address of a socket as well; port 0 for any.
  explicit RunningServices(const std::string& state = "memory", const std::string& node = "node",
                           const std::string& listen = "", const ScheduleOptions& schedules = {});
  ~RunningServices();
  RunningServices(const RunningServices&) = delete;
  RunningServices& operator=(const RunningServices&) = delete;

  std::shared_ptr<grpc::Channel> channel() const;
  v1::ReportingService::Stub& reporting() { return *stub_; }
  ReportingService& service();
  int port() const;

  // Digest of the snapshot.
  Result<std::string> Import(const std::string& csv, bool synthetic = false, const std::string& unit_key = "state",
                             const std::string& time_key = "year", const std::string& dataset = "",
                             const std::string& release = "", const std::string& known_at = "");

 private:
  struct Parts;  // keeps the headers of four services out of every test
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<v1::ReportingService::Stub> stub_;
};

// Eight units in two regions over five years; every series moves by unit and year, none is a multiple of another.
std::string SmallPanel();

}  // namespace farrell::reporting
