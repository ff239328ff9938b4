// TLS and mutual TLS over real sockets with real certificates: who is let in, who is not, and rotation while calls run.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "common/rpc/channel.h"
#include "common/rpc/credentials.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/support/certificates.h"
#include "tests/support/fault_table.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using testing::CertificateAuthority;
using testing::PemFiles;

constexpr const char* kNames = "DNS:localhost,IP:127.0.0.1";

class EmptyService final : public data::v1::DataService::Service {
 public:
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context, [](const auto&) { return Status(); });
  }
};

// As operators replace files: the new one beside the old, then renamed over it.
void Replace(const std::string& file, const std::string& by) {
  std::filesystem::copy_file(by, file + ".new", std::filesystem::copy_options::overwrite_existing);
  std::filesystem::rename(file + ".new", file);
}

class Tls : public ::testing::Test {
 protected:
  void Start(const ServerTls& tls) {
    auto server = StartServer({.listen = "127.0.0.1:0", .tls = tls}, {Serve<data::v1::DataService>(&service_)});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(server).value();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  // A channel of its own, so that every call shakes hands. Fails at once instead of waiting for a better server.
  Status Call(const std::shared_ptr<grpc::ChannelCredentials>& credentials, const std::string& target = "") {
    const auto stub = data::v1::DataService::NewStub(MakeChannel(target.empty() ? address() : target, "", credentials));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    data::v1::GetSnapshotResponse response;
    return FromGrpc(stub->GetSnapshot(&context, {}, &response));
  }
  Status Call(const ClientTls& tls, const std::string& target = "") {
    const auto credentials = MakeClientCredentials(tls);
    EXPECT_TRUE(credentials.ok()) << credentials.status().ToString();
    return Call(*credentials, target);
  }

  testing::TempDir dir_;
  CertificateAuthority ours_{dir_.path().string(), "ours"};
  CertificateAuthority theirs_{dir_.path().string(), "theirs"};
  PemFiles server_files_ = ours_.Issue("server", kNames);
  EmptyService service_;
  std::unique_ptr<RunningServer> server_;
};

TEST_F(Tls, ClientsThatKnowTheAuthorityAreServed) {
  Start({.certificate = server_files_.certificate, .key = server_files_.key});
  const Status status = Call({.ca = ours_.certificate()});
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(Call({.ca = ours_.certificate()}, "localhost:" + std::to_string(server_->port())).ok());
}

TEST_F(Tls, PlaintextAndWrongAuthoritiesAreRefused) {
  Start({.certificate = server_files_.certificate, .key = server_files_.key});
  EXPECT_EQ(Call(grpc::InsecureChannelCredentials()).code(), Code::kUnavailable);
  EXPECT_EQ(Call({.ca = theirs_.certificate()}).code(), Code::kUnavailable);
}

TEST_F(Tls, AServerOfAnotherNameIsRefused) {
  const PemFiles other = ours_.Issue("other", "DNS:elsewhere.example");
  Start({.certificate = other.certificate, .key = other.key});
  EXPECT_EQ(Call({.ca = ours_.certificate()}).code(), Code::kUnavailable);
}

TEST_F(Tls, MutualTlsWantsACertificateOfTheRightAuthority) {
  Start({.certificate = server_files_.certificate, .key = server_files_.key, .client_ca = ours_.certificate()});
  const PemFiles good = ours_.Issue("client", "DNS:client");
  const PemFiles foreign = theirs_.Issue("foreign", "DNS:client");
  const PemFiles expired = ours_.Issue("expired", "DNS:client", -60);
  const auto client = [&](const PemFiles& files) {
    return ClientTls{.ca = ours_.certificate(), .certificate = files.certificate, .key = files.key};
  };
  const Status status = Call(client(good));
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(Call({.ca = ours_.certificate()}).code(), Code::kUnavailable) << "no certificate";
  EXPECT_EQ(Call(client(foreign)).code(), Code::kUnavailable);
  // Our own client says so before it calls; a client that does not look is refused by the server.
  EXPECT_EQ(MakeClientCredentials(client(expired)).status().reason(), "TLS_FILES_UNUSABLE");
  grpc::SslCredentialsOptions blind;
  blind.pem_root_certs = testing::ReadFile(ours_.certificate());
  blind.pem_cert_chain = testing::ReadFile(expired.certificate);
  blind.pem_private_key = testing::ReadFile(expired.key);
  EXPECT_EQ(Call(grpc::SslCredentials(blind)).code(), Code::kUnavailable);
  blind.pem_cert_chain = testing::ReadFile(good.certificate);
  blind.pem_private_key = testing::ReadFile(good.key);
  EXPECT_TRUE(Call(grpc::SslCredentials(blind)).ok()) << "the same client with a valid certificate";
}

TEST_F(Tls, FilesThatCannotServeAreNamedAtOnce) {
  const PemFiles expired = ours_.Issue("expired", kNames, -60);
  const PemFiles other = ours_.Issue("other", kNames);
  const auto refused = [&](const ServerTls& tls) {
    const Status status =
        StartServer({.listen = "127.0.0.1:0", .tls = tls}, {Serve<data::v1::DataService>(&service_)}).status();
    EXPECT_EQ(status.reason(), "TLS_FILES_UNUSABLE");
    return status.ToString();
  };
  EXPECT_NE(refused({.certificate = expired.certificate, .key = expired.key})
                .find("tls-cert: '" + expired.certificate + "' has expired"),
            std::string::npos);
  EXPECT_NE(refused({.certificate = server_files_.certificate, .key = other.key}).find("is not the key of"),
            std::string::npos);
  const std::string all =
      refused({.certificate = "/nowhere", .key = server_files_.certificate, .client_ca = "/dev/null"});
  EXPECT_NE(all.find("tls-cert: '/nowhere' cannot be read"), std::string::npos) << all;
  EXPECT_NE(all.find("tls-key: '" + server_files_.certificate + "' holds no private key"), std::string::npos) << all;
  EXPECT_NE(all.find("tls-client-ca: '/dev/null' holds no certificate"), std::string::npos) << all;
  EXPECT_NE(refused({.certificate = server_files_.certificate}).find("tls-key: is needed"), std::string::npos);
  EXPECT_NE(refused({.client_ca = ours_.certificate()}).find("needs tls-cert and tls-key"), std::string::npos);
  std::filesystem::permissions(other.key, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_NE(refused({.certificate = other.certificate, .key = other.key}).find("chmod o-rwx"), std::string::npos);
}

// Callers that shake hands for every call, and one that keeps its connection, while certificate and authority change.
class Load {
 public:
  Load(std::function<Status()> fresh, std::function<Status()> kept) {
    for (const auto& call : {std::move(fresh), std::move(kept)}) {
      threads_.emplace_back([this, call](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const Status status = call();
          ++calls_;
          if (!status.ok()) {
            ++failures_;
            ADD_FAILURE() << status.ToString();
          }
        }
      });
    }
  }
  // So many more calls have begun and ended.
  bool Runs(int more) {
    const int goal = calls_ + more;
    return testing::Eventually([&] { return calls_ >= goal; });
  }
  int calls() const { return calls_; }
  int failures() const { return failures_; }

 private:
  std::atomic<int> calls_ = 0;
  std::atomic<int> failures_ = 0;
  std::vector<std::jthread> threads_;
};

TEST_F(Tls, LeafAndAuthorityRotateUnderLoadWithoutAFailedCall) {
  // In use under fixed names; what replaces them lies elsewhere.
  const PemFiles client_files = ours_.Issue("client", "DNS:client");
  const std::string trusted = dir_ / "trusted.crt";
  testing::WriteFile(trusted, testing::ReadFile(ours_.certificate()));
  Start({.certificate = server_files_.certificate, .key = server_files_.key, .client_ca = trusted});
  const ClientTls client{.ca = trusted, .certificate = client_files.certificate, .key = client_files.key};

  const auto watched = MakeClientCredentials(client).value();
  const auto kept_stub = data::v1::DataService::NewStub(MakeChannel(address(), "", watched));
  Load load([&] { return Call(watched); },
            [&] {
              grpc::ClientContext context;
              context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
              data::v1::GetSnapshotResponse response;
              return FromGrpc(kept_stub->GetSnapshot(&context, {}, &response));
            });
  ASSERT_TRUE(load.Runs(20));

  // Trust the new authority beside the old one, then change the leaves, then forget the old authority.
  const std::string both = dir_ / "both.crt";
  testing::WriteFile(both, testing::ReadFile(ours_.certificate()) + testing::ReadFile(theirs_.certificate()));
  Replace(trusted, both);
  const PemFiles their_client = theirs_.Issue("their-client", "DNS:client");
  // A probe that holds only what the new authority has issued: served once the server trusts it.
  const ClientTls probe{.ca = both, .certificate = their_client.certificate, .key = their_client.key};
  ASSERT_TRUE(testing::Eventually([&] { return Call(probe).ok(); }));
  ASSERT_TRUE(load.Runs(20));

  const PemFiles new_server = theirs_.Issue("new-server", kNames);
  // The key first: while the pair does not match, the old one serves.
  Replace(server_files_.key, new_server.key);
  Replace(server_files_.certificate, new_server.certificate);
  const ClientTls only_new{
      .ca = theirs_.certificate(), .certificate = their_client.certificate, .key = their_client.key};
  ASSERT_TRUE(testing::Eventually([&] { return Call(only_new).ok(); })) << "the new leaf is served";
  Replace(client_files.key, their_client.key);
  Replace(client_files.certificate, their_client.certificate);
  ASSERT_TRUE(load.Runs(20));

  Replace(trusted, theirs_.certificate());
  const PemFiles old_client = ours_.Issue("old-client", "DNS:client");
  const ClientTls old{.ca = theirs_.certificate(), .certificate = old_client.certificate, .key = old_client.key};
  EXPECT_TRUE(testing::Eventually([&] { return !Call(old).ok(); })) << "the old authority is forgotten";
  ASSERT_TRUE(load.Runs(20));
  EXPECT_EQ(load.failures(), 0);
  // Both leaves, and the authority twice.
  testing::LeaveFaultLine({.fault = "certificates and authority replaced under load",
                           .workload = "calls",
                           .injected = 4,
                           .same_bytes = load.calls() - load.failures(),
                           .failures = load.failures()});
}

TEST(StaysOnThisMachine, KnowsLoopback) {
  for (const char* local :
       {"127.0.0.1:1", "127.9.0.1:1", "[::1]:1", "localhost:1", "unix:/run/x", "dns:///localhost:1"}) {
    EXPECT_TRUE(StaysOnThisMachine(local)) << local;
  }
  for (const char* far : {"0.0.0.0:1", "[::]:1", "dns:///data:1", "10.0.0.1:1", "127.example.org:1"}) {
    EXPECT_FALSE(StaysOnThisMachine(far)) << far;
  }
}

}  // namespace
}  // namespace farrell
