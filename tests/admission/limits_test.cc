// What a server accepts of one connection.
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/limits.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

class TestService final : public data::v1::DataService::Service {
 public:
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context, [this](const std::stop_token& stop) {
      ++inside;
      while (closed && !stop.stop_requested()) testing::PauseBriefly();
      --inside;
      return Status();
    });
  }
  std::atomic<int> inside = 0;
  std::atomic<bool> closed = false;
};

class Limits : public ::testing::Test {
 protected:
  Limits() {
    auto started =
        StartServer({.listen = "127.0.0.1:0", .max_threads = 512}, {Serve<data::v1::DataService>(&service_)});
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    server_ = std::move(started).value();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = data::v1::DataService::NewStub(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                                                     grpc::InsecureChannelCredentials(), arguments));
  }

  Status Call(const std::string& digest, const std::string& header = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    if (!header.empty()) context.AddMetadata("x-test", header);
    data::v1::GetSnapshotRequest request;
    request.set_digest(digest);
    data::v1::GetSnapshotResponse response;
    return FromGrpc(stub_->GetSnapshot(&context, request, &response));
  }

  TestService service_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<data::v1::DataService::Stub> stub_;
};

TEST_F(Limits, AnOversizedMessageIsRefusedAndTheServerGoesOn) {
  EXPECT_TRUE(Call(std::string(1'000'000, 'd')).ok());
  EXPECT_EQ(Call(std::string(kMaxReceiveBytes, 'd')).code(), Code::kResourceExhausted);
  EXPECT_TRUE(Call("d").ok());
}

TEST_F(Limits, OversizedHeadersAreRefusedAndTheServerGoesOn) {
  EXPECT_TRUE(Call("d", std::string(kMaxMetadataBytes / 2, 'h')).ok());
  for (const int size : {kMaxMetadataBytes, 2 * kMaxMetadataBytes, 1'000'000}) {
    EXPECT_FALSE(Call("d", std::string(static_cast<std::size_t>(size), 'h')).ok()) << size;
    // Headers that large cost the connection; the next one is as good.
    EXPECT_TRUE(testing::Eventually([&] { return Call("d").ok(); })) << size;
  }
}

TEST_F(Limits, AConnectionCarriesSoManyCallsAndKeepsTheRestBack) {
  struct Pending {
    grpc::ClientContext context;
    data::v1::GetSnapshotResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<data::v1::GetSnapshotResponse>> reader;
  };
  constexpr int kMore = 20;
  service_.closed = true;
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Pending>> calls;
  for (int at = 0; at < kMaxStreamsPerConnection + kMore; ++at) {
    Pending& call = *calls.emplace_back(std::make_unique<Pending>());
    call.reader = stub_->AsyncGetSnapshot(&call.context, {}, &queue);
    call.reader->Finish(&call.response, &call.status, &call);
  }
  ASSERT_TRUE(testing::Eventually([&] { return service_.inside == kMaxStreamsPerConnection; })) << service_.inside;
  for (int pause = 0; pause < 20; ++pause) testing::PauseBriefly();  // would show those that slip through
  EXPECT_EQ(service_.inside, kMaxStreamsPerConnection);
  service_.closed = false;
  for (std::size_t at = 0; at < calls.size(); ++at) {
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
    EXPECT_TRUE(static_cast<Pending*>(tag)->status.ok()) << static_cast<Pending*>(tag)->status.error_message();
  }
  queue.Shutdown();
}

}  // namespace
}  // namespace farrell
