// The audit log: a chain that shows every change, what is recorded of calls, and a disk without room.
#include <gmock/gmock-matchers.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "common/audit/audit_log.h"
#include "common/audit/audit_stations.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/support/process.h"

namespace farrell::audit {
namespace {

Record Made(const std::string& event, const std::string& principal = "ada") {
  return {.event = event,
          .principal = principal,
          .project = "p",
          .peer = "ipv4:127.0.0.1:1",
          .method = "farrell.data.v1.DataService/DeleteDataset",
          .request = "",
          .decision = "allowed",
          .code = event == "end" ? "OK" : "",
          .reason = "",
          .request_id = "r1"};
}

std::vector<nlohmann::json> Records(const std::string& path) {
  std::vector<nlohmann::json> records;
  std::istringstream lines(testing::ReadFile(path));
  for (std::string line; std::getline(lines, line);) records.push_back(nlohmann::json::parse(line));
  return records;
}

class AuditLogTest : public ::testing::Test {
 protected:
  void WriteFive() {
    auto log = AuditLog::Open(path_);
    ASSERT_TRUE(log.ok()) << log.status().ToString();
    for (int index = 0; index < 5; ++index) ASSERT_TRUE((*log)->Write(Made(index % 2 == 0 ? "begin" : "end")).ok());
  }
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    std::istringstream stream(testing::ReadFile(path_));
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  void Rewrite(const std::vector<std::string>& lines) const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    testing::WriteFile(path_, text);
  }
  std::string BrokenLine() const {
    const Status status = VerifyChain(path_).status();
    EXPECT_EQ(status.reason(), "AUDIT_CHAIN_BROKEN");
    return status.ok() ? "" : status.metadata().at("line");
  }

  testing::TempDir dir_;
  std::string path_ = dir_ / "audit";
};

TEST_F(AuditLogTest, GoesOnWithItsChain) {
  WriteFive();
  WriteFive();
  const auto chain = VerifyChain(path_);
  ASSERT_TRUE(chain.ok()) << chain.status().ToString();
  EXPECT_EQ(chain->records, 10);
  EXPECT_EQ(Records(path_).back()["hash"], chain->head);
  EXPECT_EQ(Records(path_)[3]["principal"], "ada");
}

TEST_F(AuditLogTest, EveryKindOfTamperingIsFound) {
  WriteFive();
  const std::vector<std::string> lines = Lines();
  std::vector<std::string> changed = lines;
  changed[2].replace(changed[2].find("ada"), 3, "eve");
  Rewrite(changed);
  EXPECT_EQ(BrokenLine(), "3");
  changed = lines;
  changed.erase(changed.begin() + 1);
  Rewrite(changed);
  EXPECT_EQ(BrokenLine(), "2");
  changed = lines;
  std::swap(changed[3], changed[4]);
  Rewrite(changed);
  EXPECT_EQ(BrokenLine(), "4");
  changed = lines;
  changed.insert(changed.begin() + 4, "{}");
  Rewrite(changed);
  EXPECT_EQ(BrokenLine(), "5");
  testing::WriteFile(path_, testing::ReadFile(path_).substr(0, 100));
  EXPECT_EQ(BrokenLine(), "1");
}

TEST_F(AuditLogTest, ARecordWithoutItsEndIsDroppedWhenItGoesOn) {
  WriteFive();
  const std::string text = testing::ReadFile(path_);
  testing::WriteFile(path_, text + text.substr(0, 57));
  EXPECT_EQ(BrokenLine(), "6");
  WriteFive();
  EXPECT_EQ(VerifyChain(path_)->records, 10);
}

TEST_F(AuditLogTest, WhatIsNoAuditLogIsNotTouched) {
  testing::WriteFile(path_, "precious\n");
  EXPECT_EQ(AuditLog::Open(path_).status().reason(), "AUDIT_UNUSABLE");
  EXPECT_EQ(testing::ReadFile(path_), "precious\n");
  EXPECT_EQ(AuditLog::Open(dir_ / "no/such/folder").status().reason(), "AUDIT_UNUSABLE");
  EXPECT_EQ(VerifyChain(dir_ / "missing").status().reason(), "AUDIT_NOT_FOUND");
}

TEST_F(AuditLogTest, OneProgramAtATime) {
  const auto log = AuditLog::Open(path_);
  ASSERT_TRUE(log.ok());
  EXPECT_NE(AuditLog::Open(path_).status().message().find("in use by another program"), std::string::npos);
}

TEST_F(AuditLogTest, ThreadsWriteOneChain) {
  const auto log = AuditLog::Open(path_).value();
  {
    std::vector<std::jthread> threads;
    for (int index = 0; index < 4; ++index) {
      threads.emplace_back([&] {
        for (int round = 0; round < 25; ++round) {
          EXPECT_TRUE(log->Write(Made("begin")).ok());
          EXPECT_TRUE(log->Write(Made("end")).ok());
        }
      });
    }
  }
  EXPECT_EQ(VerifyChain(path_)->records, 200);
}

TEST_F(AuditLogTest, TextsCannotBreakALine) {
  const auto log = AuditLog::Open(path_).value();
  ASSERT_TRUE(log->Write(Made("begin", "a\"\n{\"seq\":9}" + std::string(100'000, 'x'))).ok());
  EXPECT_EQ(VerifyChain(path_)->records, 1);
  EXPECT_TRUE(Records(path_)[0]["principal"].get<std::string>().starts_with("a\"\n{"));
}

// Reads and deletes; who calls is told by a header.
class Named final : public CallStation {
 public:
  Status Enter(CallInfo& call, grpc::ServerContext& context) override {
    const auto found = context.client_metadata().find("who");
    if (found == context.client_metadata().end()) return {Code::kUnauthenticated, "NOBODY", ""};
    call.principal.assign(found->second.data(), found->second.size());
    if (call.principal == "eve") return {Code::kPermissionDenied, "SCOPE_MISSING", "not eve"};
    return {};
  }
};

class Service final : public data::v1::DataService::Service {
 public:
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context, [](const auto&) { return Status(); });
  }
  grpc::Status DeleteDataset(grpc::ServerContext* context, const data::v1::DeleteDatasetRequest* request,
                             data::v1::DeleteDatasetResponse*) override {
    return Guard("farrell.data.v1.DataService/DeleteDataset", context, [&](const auto&) {
      NoteRequest(*request);
      ++deleted;
      return request->dataset() == "missing" ? NotFound("DATASET_NOT_FOUND", "none") : Status();
    });
  }
  int deleted = 0;
};

class AuditedServer : public AuditLogTest {
 protected:
  void SetUp() override {
    log_ = AuditLog::Open(path_).value();
    server_ =
        StartServer({.listen = "127.0.0.1:0",
                     .stations = {MakeOutcomeStation(log_), std::make_shared<Named>(), MakeAdmittedStation(log_)}},
                    {Serve<data::v1::DataService>(&service_)})
            .value();
    stub_ = data::v1::DataService::NewStub(server_->InProcessChannel());
  }
  Status Delete(const std::string& who, const std::string& dataset) {
    grpc::ClientContext context;
    if (!who.empty()) context.AddMetadata("who", who);
    context.AddMetadata("farrell-request-id", "id-" + dataset);
    data::v1::DeleteDatasetRequest request;
    request.set_dataset(dataset);
    data::v1::DeleteDatasetResponse response;
    return FromGrpc(stub_->DeleteDataset(&context, request, &response));
  }
  Status Read(const std::string& who) {
    grpc::ClientContext context;
    context.AddMetadata("who", who);
    data::v1::GetSnapshotResponse response;
    return FromGrpc(stub_->GetSnapshot(&context, {}, &response));
  }

  std::shared_ptr<AuditLog> log_;
  Service service_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<data::v1::DataService::Stub> stub_;
};

TEST_F(AuditedServer, RecordsWhatChangesStateBeforeAndAfter) {
  ASSERT_TRUE(Delete("ada", "prov").ok());
  ASSERT_TRUE(Read("ada").ok());
  EXPECT_EQ(Delete("ada", "missing").reason(), "DATASET_NOT_FOUND");
  EXPECT_EQ(Delete("eve", "prov").reason(), "SCOPE_MISSING");
  EXPECT_EQ(Delete("", "prov").reason(), "NOBODY");
  const auto records = Records(path_);
  ASSERT_EQ(records.size(), 5U) << testing::ReadFile(path_);
  EXPECT_EQ(records[0]["event"], "begin");
  EXPECT_EQ(records[0]["principal"], "ada");
  EXPECT_EQ(records[0]["request_id"], "id-prov");
  EXPECT_EQ(records[1]["event"], "end");
  EXPECT_EQ(records[1]["code"], "OK");
  EXPECT_EQ(records[1]["request"].get<std::string>().size(), 64U);
  EXPECT_NE(records[1]["request"], records[3]["request"]) << "another request, another digest";
  EXPECT_EQ(records[3]["reason"], "DATASET_NOT_FOUND");
  EXPECT_EQ(records[4]["principal"], "eve");
  EXPECT_EQ(records[4]["decision"], "denied");
  EXPECT_TRUE(VerifyChain(path_).ok());
}

TEST_F(AuditedServer, WithoutRoomNothingChangesAndReadsGoOn) {
  ASSERT_TRUE(Delete("ada", "prov").ok());
  // The kernel refuses to let files of this process grow, as a full disk does.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit full = before;
  full.rlim_cur = static_cast<rlim_t>(std::filesystem::file_size(path_)) + 64;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  const Status refused = Delete("ada", "other");
  const Status read = Read("ada");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(refused.code(), Code::kResourceExhausted);
  EXPECT_EQ(refused.reason(), "AUDIT_UNWRITABLE");
  EXPECT_EQ(service_.deleted, 1) << "it must not have run";
  EXPECT_TRUE(read.ok()) << read.ToString();
  // And then it works again, with a whole chain.
  EXPECT_TRUE(Delete("ada", "third").ok());
  EXPECT_EQ(VerifyChain(path_)->records, 4);
}

}  // namespace
}  // namespace farrell::audit
