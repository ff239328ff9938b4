// farrell-data: the data service as a program of its own.
#include "common/program/program.h"
#include "common/program/state_directory.h"
#include "common/sql/store_settings.h"
#include "services/data/service/data_service.h"

int main(int argc, char** argv) {
  farrell::Program program("farrell-data", "Farrell's data service: datasets, releases, snapshots", "127.0.0.1:7401");
  farrell::sql::StoreSettings store{.state = farrell::StateDirectory("")};
  farrell::sql::AddStoreSettings(program.settings(), store);
  program.TakesCoordination();
  return program.Run(argc, argv, [&store](const farrell::ProgramSettings& settings) -> farrell::Status {
    FARRELL_ASSIGN_OR_RETURN(const auto service, farrell::data::DataService::Open(store.options()));
    if (store.migrate_only) return {};
    farrell::ServerOptions server = settings.server;
    server.quotas.push_back([&service](const farrell::CallInfo& call) { return service->StorageOf(call); });
    return farrell::RunServer(server, {farrell::Serve<farrell::data::v1::DataService>(service.get())});
  });
}
