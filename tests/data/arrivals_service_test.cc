// The calls of arrivals.proto as a client makes them.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "common/canonical/canonical.h"
#include "tests/data/service_fixture.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kPanel = "unit,time,gdp,region\na,2018,100,east\nb,2018,50,west\na,2019,110,east\nb,2019,,west\n";

class ArrivalsServiceTest : public DataServiceTest {
 protected:
  static v1::ImportOptions Options(const std::string& release, const std::string& known_at, bool update) {
    v1::ImportOptions options;
    options.set_dataset("panel");
    options.set_release(release);
    options.set_unit_key("unit");
    options.set_time_key("time");
    options.set_known_at(known_at);
    options.set_update(update);
    return options;
  }
  v1::ImportTableResponse MustAdd(const std::string& csv, const v1::ImportOptions& options) {
    auto imported = Import(csv, options);
    EXPECT_TRUE(imported.ok()) << imported.status().ToString();
    return imported.ok() ? *imported : v1::ImportTableResponse();
  }
  Result<v1::PushCellsResponse> Push(const v1::PushOptions& options, const std::vector<v1::PushedCell>& cells) {
    grpc::ClientContext context;
    v1::PushCellsResponse response;
    const auto writer = stub_->PushCells(&context, &response);
    v1::PushCellsRequest request;
    *request.mutable_options() = options;
    writer->Write(request);
    for (const v1::PushedCell& cell : cells) {
      request.mutable_cells()->Clear();
      *request.mutable_cells()->add_cells() = cell;
      if (!writer->Write(request)) break;
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (!status.ok()) return FromGrpc(status);
    return response;
  }
  static v1::PushedCell Cell(const std::string& unit, const std::string& variable, std::int64_t period, double value) {
    v1::PushedCell cell;
    cell.set_unit(unit);
    cell.set_variable(variable);
    cell.set_period(period);
    cell.set_value(value);
    return cell;
  }
};

TEST_F(ArrivalsServiceTest, AWatcherHearsOfWhatHappensAndGoesOnAfterALoss) {
  MustAdd(kPanel, Options("r1", "2019-06-30", false));
  std::vector<v1::DatasetEvent> events;
  {
    grpc::ClientContext context;
    v1::WatchDatasetRequest request;
    request.set_dataset("panel");
    request.set_follow(true);
    const auto reader = stub_->WatchDataset(&context, request);
    v1::WatchDatasetResponse response;
    ASSERT_TRUE(reader->Read(&response));
    events.push_back(response.event());
    // The next one comes while the caller waits.
    std::thread writer([&] { MustAdd("unit,time,gdp\nb,2019,60\na,2018,90\n", Options("r2", "2020-06-30", true)); });
    ASSERT_TRUE(reader->Read(&response));
    events.push_back(response.event());
    writer.join();
    context.TryCancel();
    while (reader->Read(&response)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  v1::DeclareDatasetRequest declare;
  declare.set_dataset("panel");
  declare.add_variables("gdp");
  ASSERT_EQ(Call<v1::DeclareDatasetResponse>(&v1::DataService::Stub::DeclareDataset, declare)->event_sequence(), 3);
  grpc::ClientContext context;
  v1::WatchDatasetRequest request;
  request.set_after_sequence(events.back().sequence());
  const auto reader = stub_->WatchDataset(&context, request);
  v1::WatchDatasetResponse response;
  ASSERT_TRUE(reader->Read(&response));
  events.push_back(response.event());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.quiet_until(), 3);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());

  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].kind(), v1::DatasetEvent::KIND_ARRIVED);
  EXPECT_EQ(events[0].source_digest(), canonical::Sha256(kPanel));
  EXPECT_EQ(events[1].release(), "r2");
  EXPECT_TRUE(events[1].update());
  ASSERT_EQ(events[1].periods_size(), 2);
  EXPECT_EQ(events[1].periods(0).revised(), 1);
  EXPECT_EQ(events[1].periods(1).appeared(), 1);
  EXPECT_EQ(events[1].periods(1).state(), v1::PERIOD_STATE_COMPLETE);
  EXPECT_EQ(events[2].kind(), v1::DatasetEvent::KIND_DECLARED);
}

TEST_F(ArrivalsServiceTest, ADiffTellsEveryCellAndASummary) {
  MustAdd(kPanel, Options("r1", "2019-06-30", false));
  const auto second = MustAdd("unit,time,gdp\nb,2019,60\na,2018,90\n", Options("r2", "2020-06-30", true));
  ASSERT_EQ(second.changes_size(), 2);
  EXPECT_EQ(second.snapshot().row_count(), 4);
  v1::FreezePeriodsRequest freeze;
  freeze.set_dataset("panel");
  freeze.add_periods(2018);
  ASSERT_TRUE((Call<v1::FreezePeriodsResponse>(&v1::DataService::Stub::FreezePeriods, freeze).ok()));
  v1::DiffSnapshotsRequest request;
  request.set_before("panel@r1");
  request.set_after("panel@r2");
  grpc::ClientContext context;
  const auto reader = stub_->DiffSnapshots(&context, request);
  v1::DiffSnapshotsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  ASSERT_EQ(response.cells().cells_size(), 2);
  const v1::ChangedCell& revised = response.cells().cells(0);
  EXPECT_EQ(revised.unit(), "a");
  EXPECT_EQ(revised.kind(), v1::ChangedCell::KIND_REVISED);
  EXPECT_EQ(revised.before().number(), 100);
  EXPECT_EQ(revised.after().number(), 90);
  EXPECT_DOUBLE_EQ(revised.relative_change(), -0.1);
  EXPECT_TRUE(revised.frozen());
  EXPECT_EQ(response.cells().cells(1).kind(), v1::ChangedCell::KIND_APPEARED);
  EXPECT_FALSE(response.cells().cells(1).has_before());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.summary().compared(), 8);
  ASSERT_EQ(response.summary().periods_size(), 2);
  EXPECT_TRUE(response.summary().periods(0).frozen());
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(ArrivalsServiceTest, TheStatusNamesWhatIsMissing) {
  MustAdd(kPanel, Options("r1", "2019-06-30", false));
  v1::GetDatasetStatusRequest request;
  request.set_reference("panel");
  auto status = Call<v1::GetDatasetStatusResponse>(&v1::DataService::Stub::GetDatasetStatus, request);
  ASSERT_TRUE(status.ok()) << status.status().ToString();
  ASSERT_EQ(status->periods_size(), 2);
  EXPECT_EQ(status->periods(0).state(), v1::PERIOD_STATE_COMPLETE);
  EXPECT_EQ(status->periods(1).state(), v1::PERIOD_STATE_OPEN);
  EXPECT_THAT(status->periods(1).variables(0).missing_units(), ElementsAre("b"));
  MustAdd("unit,time,gdp\nb,2019,60\n", Options("r2", "2020-06-30", true));
  status = Call<v1::GetDatasetStatusResponse>(&v1::DataService::Stub::GetDatasetStatus, request);
  EXPECT_EQ(status->periods(1).state(), v1::PERIOD_STATE_COMPLETE);
  request.set_reference("panel@known:2019-12-31");
  status = Call<v1::GetDatasetStatusResponse>(&v1::DataService::Stub::GetDatasetStatus, request);
  EXPECT_EQ(status->periods(1).state(), v1::PERIOD_STATE_OPEN);
  // What is declared for the dataset holds for any table of it.
  request.set_reference("panel");
  request.set_snapshot_digest(status->snapshot_digest());
  v1::DeclareDatasetRequest declare;
  declare.set_dataset("panel");
  declare.add_units("c");
  ASSERT_TRUE((Call<v1::DeclareDatasetResponse>(&v1::DataService::Stub::DeclareDataset, declare).ok()));
  status = Call<v1::GetDatasetStatusResponse>(&v1::DataService::Stub::GetDatasetStatus, request);
  EXPECT_EQ(status->snapshot_digest(), request.snapshot_digest());
  EXPECT_EQ(status->release(), "");
  EXPECT_THAT(status->periods(0).variables(0).missing_units(), ElementsAre("c"));
  request.set_snapshot_digest(std::string(64, '0'));
  EXPECT_EQ(Call<v1::GetDatasetStatusResponse>(&v1::DataService::Stub::GetDatasetStatus, request).status().reason(),
            "SNAPSHOT_NOT_FOUND");
}

TEST_F(ArrivalsServiceTest, AHistoryHasEveryValueEver) {
  MustAdd(kPanel, Options("r1", "2019-06-30", false));
  MustAdd("unit,time,gdp\na,2018,90\n", Options("r3", "2021-06-30", true));
  MustAdd("unit,time,gdp\na,2018,95\n", Options("r2", "2020-06-30", true));
  MustAdd("unit,time,gdp\nb,2018,50\n", Options("r4", "2022-06-30", false));
  v1::GetCellHistoryRequest request;
  request.set_dataset("panel");
  request.set_unit("a");
  request.set_variable("gdp");
  request.set_period(2018);
  const auto history = Call<v1::GetCellHistoryResponse>(&v1::DataService::Stub::GetCellHistory, request);
  ASSERT_TRUE(history.ok()) << history.status().ToString();
  std::vector<std::string> told;
  for (const v1::CellVersion& version : history->versions()) {
    told.push_back(version.release() +
                   (version.has_value() ? "=" + std::to_string(int(version.value().number())) : ""));
  }
  EXPECT_THAT(told, ElementsAre("r1=100", "r2=95", "r3=90", "r4"));
  EXPECT_EQ(history->versions(0).source_digest(), canonical::Sha256(kPanel));
  request.set_variable("gdb");
  EXPECT_EQ(Call<v1::GetCellHistoryResponse>(&v1::DataService::Stub::GetCellHistory, request).status().reason(),
            "CELL_NOT_FOUND");
}

TEST_F(ArrivalsServiceTest, PushedCellsAreOneUpdateOrNothing) {
  MustAdd(kPanel, Options("r1", "2019-06-30", false));
  v1::PushOptions options;
  options.set_dataset("panel");
  options.set_release("p1");
  options.set_known_at("2020-01-31");
  const auto refused =
      Push(options, {Cell("b", "gdp", 2019, 60), Cell("", "gdp", 2019, 1), Cell("a", "time", 2019, 1)});
  EXPECT_EQ(refused.status().reason(), "CELLS_INVALID");
  EXPECT_THAT(refused.status().violations(), SizeIs(2));
  const auto pushed = Push(options, {Cell("b", "gdp", 2019, 60), Cell("c", "gdp", 2019, 7)});
  ASSERT_TRUE(pushed.ok()) << pushed.status().ToString();
  EXPECT_EQ(pushed->cell_count(), 2);
  ASSERT_EQ(pushed->changes_size(), 1);
  EXPECT_EQ(pushed->changes(0).appeared(), 2);
  // The answer was lost: again, in another order.
  const auto again = Push(options, {Cell("c", "gdp", 2019, 7), Cell("b", "gdp", 2019, 60)});
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_TRUE(again->existed());
  EXPECT_EQ(again->snapshot_digest(), pushed->snapshot_digest());
  EXPECT_EQ(Push(options, {Cell("c", "gdp", 2019, 8)}).status().reason(), "RELEASE_EXISTS");
  options.set_dataset("fresh");
  EXPECT_TRUE(Push(options, {Cell("c", "gdp", 2019, 8)}).ok());
  options.set_release("known:p2");
  options.set_time_key("t");
  EXPECT_THAT(Push(options, {}).status().violations(), SizeIs(2));
}

TEST_F(ArrivalsServiceTest, BreaksTravelIntoComputedColumns) {
  v1::ImportOptions options = Options("r1", "2019-06-30", false);
  v1::ColumnMetadata& column = *options.add_columns();
  column.set_name("gdp");
  v1::DeclaredBreak& declared = *column.add_breaks();
  declared.set_period(2019);
  declared.set_kind(v1::DeclaredBreak::KIND_REBASING);
  declared.set_note("4th census");
  const auto imported = MustAdd(kPanel, options);
  v1::DeriveSnapshotRequest derive;
  derive.set_snapshot_digest(imported.snapshot().digest());
  for (const auto& [name, expression] : std::vector<std::pair<std::string, std::string>>{
           {"lgdp", "log(gdp)"}, {"twice", "2 * lgdp"}, {"east", "region == 'east'"}}) {
    auto& derivation = *derive.add_derivations();
    derivation.set_name(name);
    derivation.set_expression(expression);
  }
  const auto derived = Call<v1::DeriveSnapshotResponse>(&v1::DataService::Stub::DeriveSnapshot, derive);
  ASSERT_TRUE(derived.ok()) << derived.status().ToString();
  std::vector<std::string> broken;
  for (const v1::Column& each : derived->snapshot().columns()) {
    if (each.metadata().breaks_size() > 0) broken.push_back(each.name());
  }
  EXPECT_THAT(broken, ElementsAre("gdp", "lgdp", "twice"));
  column.mutable_breaks(0)->clear_note();
  column.mutable_breaks(0)->clear_kind();
  options.set_release("known:x");
  options.set_update(true);
  options.clear_unit_key();
  const Status refused = Import(kPanel, options).status();
  EXPECT_EQ(refused.reason(), "IMPORT_OPTIONS_INVALID");
  EXPECT_THAT(refused.violations(), SizeIs(4));
}

TEST_F(ArrivalsServiceTest, AnUpdateHasTheKeysAndTypesOfTheDataset) {
  MustAdd(kPanel, Options("r1", "2019-06-30", false));
  v1::ImportOptions other = Options("r2", "2020-06-30", true);
  other.clear_time_key();
  EXPECT_EQ(Import("unit,time,gdp\nb,2019,60\n", other).status().reason(), "KEYS_DIFFER");
  const Status text = Import("unit,time,gdp\nb,2019,n/a\n", Options("r2", "2020-06-30", true)).status();
  EXPECT_EQ(text.reason(), "UPDATE_TYPE_DIFFERS");
  ASSERT_THAT(text.violations(), SizeIs(1));
  EXPECT_EQ(text.violations()[0].field, "row 2, column gdp");
}

}  // namespace
}  // namespace farrell::data
