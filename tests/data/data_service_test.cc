#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tests/data/service_fixture.h"
#include "tests/data/temporary_directory.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPanel =
    "unit,time,gdp,区域\n"
    "a,2010,1.5,东部\n"
    "a,2011,,东部\n"
    "b,2010,3,西部\n"
    "b,2011,4,西部\n";

TEST_F(DataServiceTest, AnImportedTableReadsBackInFileOrder) {
  const std::string digest = MustImport(kPanel);
  common::v1::TableSpec table;
  table.set_snapshot_digest(digest);
  const auto read = ReadTable(table, {"gdp", "区域"});
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->header.row_count(), 4);
  EXPECT_THAT(read->header.units(), ElementsAre("a", "a", "b", "b"));
  EXPECT_THAT(read->header.periods(), ElementsAre(2010, 2011, 2010, 2011));
  const std::vector<double> gdp = read->Numbers(0);
  EXPECT_EQ(gdp[0], 1.5);
  EXPECT_TRUE(std::isnan(gdp[1]));
  EXPECT_EQ(gdp[3], 4.0);
  EXPECT_THAT(read->Texts(1), ElementsAre("东部", "东部", "西部", "西部"));
}

common::v1::TableSpec Spec(const std::string& digest, const std::string& where = "") {
  common::v1::TableSpec table;
  table.set_snapshot_digest(digest);
  table.set_where(where);
  return table;
}

v1::ImportOptions Options(const std::string& dataset = "", const std::string& release = "") {
  v1::ImportOptions options;
  options.set_unit_key("unit");
  options.set_time_key("time");
  options.set_dataset(dataset);
  options.set_release(release);
  return options;
}

TEST_F(DataServiceTest, TheSameBytesHaveTheSameDigestWhateverTheyAreCalled) {
  v1::ImportOptions named = Options("provinces", "2020");
  named.set_file_name("panel.csv");
  const auto first = Import(kPanel, Options());
  const auto second = Import(kPanel, named, 1);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(first->existed());
  EXPECT_TRUE(second->existed());
  EXPECT_EQ(first->snapshot().digest(), second->snapshot().digest());
  EXPECT_EQ(first->snapshot().row_count(), 4);
  EXPECT_EQ(first->snapshot().unit_count(), 2);
  ASSERT_EQ(first->snapshot().periods_size(), 2);
  EXPECT_EQ(first->snapshot().periods(1).period(), 2011);
  EXPECT_EQ(first->snapshot().columns(2).missing_count(), 1);
  EXPECT_EQ(first->snapshot().columns(3).type(), v1::Column::TYPE_TEXT);
}

TEST_F(DataServiceTest, AFailedImportLeavesNothingAndNamesEverything) {
  const auto imported = Import("unit,time,x\na,1,\"1,000\"\na,1,2\nb\n", Options("provinces", "2020"));
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(imported.status().reason(), "TABLE_INVALID");
  ASSERT_EQ(imported.status().violations().size(), 3U);
  EXPECT_EQ(imported.status().violations()[0].field, "row 2, column x");
  EXPECT_THAT(imported.status().violations()[0].description, HasSubstr("1,000"));
  EXPECT_EQ(Call(&v1::DataService::Stub::ListDatasets, v1::ListDatasetsRequest())->datasets_size(), 0);
}

TEST_F(DataServiceTest, ValidationRepliesWithTheProblems) {
  grpc::ClientContext context;
  v1::ValidateTableResponse response;
  auto writer = stub_->ValidateTable(&context, &response);
  v1::ValidateTableRequest request;
  *request.mutable_options() = Options();
  writer->Write(request);
  request.set_chunk("unit,time,x\na,1,2\na,1,3\n");
  writer->Write(request);
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response.problem_count(), 1);
  EXPECT_EQ(response.problems(0).reason(), "DUPLICATE_KEY");
  EXPECT_EQ(response.problems(0).row(), 3);
}

TEST_F(DataServiceTest, BadImportOptionsAreNamedTogether) {
  v1::ImportOptions options = Options("a@b", "");
  options.set_known_at("yesterday");
  const auto imported = Import(kPanel, options);
  EXPECT_EQ(imported.status().reason(), "IMPORT_OPTIONS_INVALID");
  EXPECT_EQ(imported.status().violations().size(), 3U);
}

TEST_F(DataServiceTest, AnUploadNeedsOptionsFirstAndOnce) {
  for (const int kind : {0, 1, 2}) {
    grpc::ClientContext context;
    v1::ImportTableResponse response;
    auto writer = stub_->ImportTable(&context, &response);
    v1::ImportTableRequest options;
    *options.mutable_options() = Options();
    v1::ImportTableRequest chunk;
    chunk.set_chunk("unit,time\n");
    if (kind == 1) writer->Write(chunk);
    if (kind == 2) {
      writer->Write(options);
      writer->Write(options);
    }
    writer->WritesDone();
    EXPECT_EQ(FromGrpc(writer->Finish()).reason(), "UPLOAD_INVALID") << kind;
  }
}

// The cancelled file is whole up to there, so only the cancellation can tell.
TEST_F(DataServiceTest, ACancelledUploadStoresNothing) {
  const TemporaryDirectory directory;
  Start(directory.path());
  for (int round = 0; round < 50; ++round) {
    grpc::ClientContext context;
    v1::ImportTableResponse response;
    auto writer = stub_->ImportTable(&context, &response);
    v1::ImportTableRequest request;
    *request.mutable_options() = Options("provinces", std::to_string(round));
    writer->Write(request);
    request.set_chunk(std::string(kPanel));
    writer->Write(request);
    context.TryCancel();
    EXPECT_FALSE(writer->Finish().ok());
  }
  // Waits for the handlers.
  Start(directory.path());
  EXPECT_EQ(Call(&v1::DataService::Stub::ListDatasets, v1::ListDatasetsRequest())->datasets_size(), 0);
  server_.reset();
  service_.reset();
}

TEST_F(DataServiceTest, ReadsHonourDerivationsFilterAndExpressions) {
  common::v1::TableSpec table = Spec(MustImport(kPanel), "before > 0");
  common::v1::Derivation& derivation = *table.add_derivations();
  derivation.set_name("before");
  derivation.set_expression("lag(gdp)");
  derivation.set_label("GDP a year before");
  const auto read = ReadTable(table, {"before", "gdp + before", "区域 == '西部'"});
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_THAT(read->header.units(), ElementsAre("a", "b"));
  EXPECT_THAT(read->header.rows(), ElementsAre(1, 3));
  EXPECT_EQ(read->header.columns(0).metadata().label(), "GDP a year before");
  EXPECT_EQ(read->header.columns(1).name(), "gdp + before");
  EXPECT_THAT(read->Numbers(0), ElementsAre(1.5, 3));
  EXPECT_TRUE(std::isnan(read->Numbers(1)[0]));
  EXPECT_EQ(read->Numbers(1)[1], 7);
  EXPECT_THAT(read->Numbers(2), ElementsAre(0, 1));
}

TEST_F(DataServiceTest, ReadsEveryColumnWhenNoneIsNamed) {
  const auto read = ReadTable(Spec(MustImport(kPanel)), {});
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->header.columns_size(), 4);
  EXPECT_EQ(read->header.columns(3).name(), "区域");
}

TEST_F(DataServiceTest, BadColumnsAreNamedTogether) {
  const auto read = ReadTable(Spec(MustImport(kPanel)), {"gpd", "gdp", "区或"});
  EXPECT_EQ(read.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(read.status().reason(), "COLUMN_NOT_FOUND");
  ASSERT_EQ(read.status().violations().size(), 2U);
  EXPECT_EQ(read.status().violations()[0].field, "columns[0]");
  EXPECT_THAT(read.status().violations()[0].description, HasSubstr("did you mean gdp?"));
  EXPECT_THAT(read.status().violations()[1].description, HasSubstr("did you mean 区域?"));
}

TEST_F(DataServiceTest, ExpressionErrorsPointAtTheCharacterOverTheWire) {
  const auto read = ReadTable(Spec(MustImport(kPanel), "gdp > "), {"gdp"});
  EXPECT_EQ(read.status().reason(), "EXPRESSION_INVALID");
  EXPECT_EQ(read.status().metadata().at("position"), "6");
  EXPECT_EQ(read.status().metadata().at("field"), "table.where");
  EXPECT_THAT(read.status().message(), HasSubstr("\n  gdp > \n        ^"));
}

TEST_F(DataServiceTest, UnknownSnapshotsAreNotFoundEverywhere) {
  const std::string digest(64, '0');
  EXPECT_EQ(ReadTable(Spec(digest), {}).status().reason(), "SNAPSHOT_NOT_FOUND");
  EXPECT_EQ(ReadTable(Spec(""), {}).status().reason(), "FIELD_REQUIRED");
  v1::GetSnapshotRequest get;
  get.set_digest(digest);
  EXPECT_EQ(Call(&v1::DataService::Stub::GetSnapshot, get).status().code(), Code::kNotFound);
  v1::DeriveSnapshotRequest derive;
  derive.set_snapshot_digest(digest);
  EXPECT_EQ(Call(&v1::DataService::Stub::DeriveSnapshot, derive).status().reason(), "SNAPSHOT_NOT_FOUND");
  v1::DescribeTableRequest describe;
  *describe.mutable_table() = Spec(digest);
  EXPECT_EQ(Call(&v1::DataService::Stub::DescribeTable, describe).status().reason(), "SNAPSHOT_NOT_FOUND");
}

TEST_F(DataServiceTest, DerivedSnapshotsAreContentAddressedAndInheritTheStamp) {
  v1::ImportOptions options = Options();
  options.set_synthetic(true);
  options.set_known_at("2020-06-30");
  const auto base = Import(kPanel, options);
  ASSERT_TRUE(base.ok());
  v1::DeriveSnapshotRequest request;
  request.set_snapshot_digest(base->snapshot().digest());
  v1::AttachedColumn& scores = *request.add_attached();
  scores.set_name("score.main");
  scores.mutable_values()->Add(0.5);
  scores.mutable_values()->Add(0.0);
  scores.mutable_values()->Add(1.0);
  scores.mutable_values()->Add(0.25);
  scores.set_missing(std::string("\0\1\0\0", 4));
  v1::AttachedColumn& names = *request.add_attached();
  names.set_name("east.west");
  for (const char* text : {"e", "e", "w", ""}) names.add_texts(text);
  common::v1::Derivation& derivation = *request.add_derivations();
  derivation.set_name("twice");
  derivation.set_expression("score.main * 2");
  derivation.set_unit("1");
  const auto derived = Call(&v1::DataService::Stub::DeriveSnapshot, request);
  ASSERT_TRUE(derived.ok()) << derived.status().ToString();
  const v1::Snapshot& snapshot = derived->snapshot();
  EXPECT_TRUE(snapshot.synthetic());
  EXPECT_EQ(snapshot.known_at(), "2020-06-30");
  ASSERT_EQ(snapshot.columns_size(), 7);
  EXPECT_EQ(snapshot.columns(6).expression(), "score.main * 2");
  EXPECT_EQ(snapshot.columns(5).missing_count(), 1);
  EXPECT_EQ(Call(&v1::DataService::Stub::DeriveSnapshot, request)->snapshot().digest(), snapshot.digest());
  const auto read = ReadTable(Spec(snapshot.digest()), {"twice", "score.main"});
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_TRUE(read->header.synthetic());
  EXPECT_EQ(read->Numbers(0)[0], 1.0);
  EXPECT_TRUE(std::isnan(read->Numbers(0)[1]));
  EXPECT_EQ(read->Numbers(1)[3], 0.25);
}

TEST_F(DataServiceTest, NothingDerivedIsTheSnapshotItself) {
  v1::DeriveSnapshotRequest request;
  request.set_snapshot_digest(MustImport(kPanel));
  EXPECT_EQ(Call(&v1::DataService::Stub::DeriveSnapshot, request)->snapshot().digest(), request.snapshot_digest());
  request.set_synthetic(true);
  const auto stamped = Call(&v1::DataService::Stub::DeriveSnapshot, request);
  EXPECT_NE(stamped->snapshot().digest(), request.snapshot_digest());
  EXPECT_TRUE(stamped->snapshot().synthetic());
}

TEST_F(DataServiceTest, BadAttachedColumnsAreRefused) {
  v1::DeriveSnapshotRequest request;
  request.set_snapshot_digest(MustImport(kPanel));
  v1::AttachedColumn& column = *request.add_attached();
  column.set_name("gdp");
  column.mutable_values()->Add(1.0);
  column.mutable_values()->Add(std::numeric_limits<double>::infinity());
  column.set_missing("x");
  const auto derived = Call(&v1::DataService::Stub::DeriveSnapshot, request);
  EXPECT_EQ(derived.status().reason(), "ATTACHED_COLUMN_INVALID");
  EXPECT_EQ(derived.status().violations().size(), 4U);
  EXPECT_EQ(derived.status().violations()[0].field, "attached[0].name");
}

TEST_F(DataServiceTest, DatasetsResolveListAndGo) {
  ASSERT_TRUE(Import(kPanel, Options("provinces", "2020")).ok());
  ASSERT_TRUE(Import("unit,time,x\na,1,2\n", Options("provinces", "2021")).ok());
  ASSERT_TRUE(Import(kPanel, Options("states", "1")).ok());
  v1::ResolveSnapshotRequest resolve;
  resolve.set_reference("provinces");
  const auto latest = Call(&v1::DataService::Stub::ResolveSnapshot, resolve);
  ASSERT_TRUE(latest.ok());
  EXPECT_EQ(latest->release(), "2021");
  EXPECT_EQ(latest->snapshot().row_count(), 1);
  resolve.set_reference("provinces@2020");
  const std::string digest = Call(&v1::DataService::Stub::ResolveSnapshot, resolve)->snapshot().digest();
  resolve.set_reference(digest.substr(0, 12));
  EXPECT_EQ(Call(&v1::DataService::Stub::ResolveSnapshot, resolve)->snapshot().digest(), digest);

  v1::ListDatasetsRequest list;
  list.set_page_size(1);
  const auto first = Call(&v1::DataService::Stub::ListDatasets, list);
  ASSERT_EQ(first->datasets_size(), 1);
  EXPECT_EQ(first->datasets(0).name(), "provinces");
  EXPECT_EQ(first->datasets(0).releases_size(), 2);
  list.set_page_token(first->next_page_token());
  const auto second = Call(&v1::DataService::Stub::ListDatasets, list);
  EXPECT_EQ(second->datasets(0).name(), "states");
  EXPECT_EQ(second->next_page_token(), "");
  list.set_page_size(1001);
  EXPECT_EQ(Call(&v1::DataService::Stub::ListDatasets, list).status().reason(), "FIELD_OUT_OF_RANGE");

  v1::DeleteDatasetRequest remove;
  remove.set_dataset("provinces");
  EXPECT_EQ(Call(&v1::DataService::Stub::DeleteDataset, remove)->deleted_release_count(), 2);
  EXPECT_EQ(Call(&v1::DataService::Stub::DeleteDataset, remove).status().reason(), "DATASET_NOT_FOUND");
  EXPECT_TRUE(ReadTable(Spec(digest), {}).ok());
}

TEST_F(DataServiceTest, AReleaseWithOtherDataAlreadyExists) {
  ASSERT_TRUE(Import(kPanel, Options("provinces", "2020")).ok());
  const auto other = Import("unit,time,x\na,1,2\n", Options("provinces", "2020"));
  EXPECT_EQ(other.status().code(), Code::kAlreadyExists);
  EXPECT_TRUE(Import(kPanel, Options("provinces", "2020")).ok());
}

TEST_F(DataServiceTest, DescribesByGroupWithSpreadsAndCompleteness) {
  // x by unit: a 1 2 3 (mean 2), b 5 7 (mean 6); grand mean 3.6.
  const std::string digest = MustImport("unit,time,x,g\na,1,1,p\na,2,2,p\na,3,3,p\nb,1,5,q\nb,2,7,q\nb,3,,q\n");
  v1::DescribeTableRequest request;
  *request.mutable_table() = Spec(digest);
  const auto all = Call(&v1::DataService::Stub::DescribeTable, request);
  ASSERT_TRUE(all.ok()) << all.status().ToString();
  ASSERT_EQ(all->columns_size(), 1);
  const v1::ColumnDescription& x = all->columns(0);
  EXPECT_EQ(x.count(), 5);
  EXPECT_EQ(x.missing_count(), 1);
  EXPECT_DOUBLE_EQ(x.mean(), 3.6);
  EXPECT_DOUBLE_EQ(x.sd(), std::sqrt((2.6 * 2.6 + 1.6 * 1.6 + 0.6 * 0.6 + 1.4 * 1.4 + 3.4 * 3.4) / 4));
  EXPECT_DOUBLE_EQ(x.sd_between(), std::sqrt(8.0));
  EXPECT_DOUBLE_EQ(x.sd_within(), 1.0);
  EXPECT_EQ(x.min(), 1);
  EXPECT_EQ(x.p25(), 2);
  EXPECT_EQ(x.median(), 3);
  EXPECT_EQ(x.p75(), 5);
  EXPECT_EQ(x.max(), 7);
  ASSERT_EQ(all->completeness_size(), 3);
  EXPECT_EQ(all->completeness(2).period(), 3);
  EXPECT_EQ(all->completeness(2).unit_count(), 2);
  EXPECT_EQ(all->completeness(2).present_counts(0), 1);
  EXPECT_EQ(all->provenance().snapshot_digest(), digest);
  EXPECT_EQ(all->provenance().action_key().size(), 64U);

  request.set_by("g");
  request.add_columns("x * 2");
  request.add_columns("x");
  const auto grouped = Call(&v1::DataService::Stub::DescribeTable, request);
  ASSERT_TRUE(grouped.ok());
  ASSERT_EQ(grouped->columns_size(), 4);
  EXPECT_EQ(grouped->columns(0).group(), "p");
  EXPECT_EQ(grouped->columns(0).column(), "x * 2");
  EXPECT_EQ(grouped->columns(2).mean(), 12);
  EXPECT_FALSE(grouped->columns(0).has_sd_between());
  EXPECT_NE(grouped->provenance().action_key(), all->provenance().action_key());

  request.set_by("h");
  EXPECT_EQ(Call(&v1::DataService::Stub::DescribeTable, request).status().reason(), "COLUMN_NOT_FOUND");
  request.set_by("");
  request.add_columns("g");
  EXPECT_EQ(Call(&v1::DataService::Stub::DescribeTable, request).status().reason(), "NOT_NUMERIC");
}

TEST_F(DataServiceTest, LongTablesTravelInChunksOfAtMost8192Rows) {
  std::string csv = "unit,time,x,name\n";
  for (int row = 0; row < 20'000; ++row) {
    csv += std::to_string(row) + ",1," + (row == 9000 ? "" : std::to_string(row)) + ",n" + std::to_string(row) + "\n";
  }
  const auto read = ReadTable(Spec(MustImport(csv)), {"x", "name"});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->chunks.size(), 6U);
  EXPECT_TRUE(read->chunks[0].missing().empty());
  EXPECT_EQ(read->chunks[1].missing().size(), 8192U);
  EXPECT_EQ(read->chunks[1].first_row(), 8192);
  const std::vector<double> x = read->Numbers(0);
  ASSERT_EQ(x.size(), 20'000U);
  EXPECT_TRUE(std::isnan(x[9000]));
  EXPECT_EQ(x[19'999], 19'999);
  EXPECT_EQ(read->Texts(1)[12'345], "n12345");
}

TEST_F(DataServiceTest, ConcurrentImportsAndReadsDoNotDisturbEachOther) {
  const TemporaryDirectory directory;
  Start(directory.path());
  const std::string shared = MustImport(kPanel);
  std::vector<std::jthread> clients;
  std::atomic<int> failures = 0;
  for (int client = 0; client < 6; ++client) {
    clients.emplace_back([&, client] {
      for (int round = 0; round < 10; ++round) {
        const std::string name = std::to_string(client * 100 + round);
        const auto imported = Import("unit,time,x\na,1," + name + "\nb,1,2\n", Options("d" + name, "1"));
        if (!imported.ok() || !ReadTable(Spec(imported->snapshot().digest()), {"x"}).ok()) ++failures;
        // The same release by everybody: one makes it, the others confirm it.
        if (!Import(kPanel, Options("shared", std::to_string(round))).ok()) ++failures;
        const auto read = ReadTable(Spec(shared), {"log(gdp)"});
        if (!read.ok() || read->Numbers(0).size() != 4) ++failures;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(failures, 0);
  v1::ListDatasetsRequest list;
  list.set_page_size(1000);
  EXPECT_EQ(Call(&v1::DataService::Stub::ListDatasets, list)->datasets_size(), 61);
  server_.reset();
  service_.reset();
}

TEST_F(DataServiceTest, StateOutlivesTheService) {
  const TemporaryDirectory directory;
  Start(directory.path());
  const std::string digest = MustImport(kPanel);
  Start(directory.path());
  const auto read = ReadTable(Spec(digest), {"gdp"});
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Numbers(0)[3], 4);
  server_.reset();
  service_.reset();
}

}  // namespace
}  // namespace farrell::data
