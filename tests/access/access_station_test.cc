// Who gets through the door of a real server: tokens, certificates, scopes, expiry, a file that changes.
#include "common/access/access_station.h"

#include <gmock/gmock-matchers.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "common/access/grants.h"
#include "common/access/grants_file.h"
#include "common/access/holder.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/support/certificates.h"
#include "tests/support/process.h"

namespace farrell::access {
namespace {

// GetSnapshot asks for data.read and answers with who calls; DeleteDataset asks for data.write.
class WhoAmI final : public data::v1::DataService::Service {
 public:
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse* response) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context, [&](const auto&) {
      const CallInfo& call = *CurrentCall();
      response->mutable_snapshot()->set_digest(call.principal + "/" + call.project);
      for (const auto& [key, value] : call.passed_on) response->mutable_snapshot()->set_source(key + ": " + value);
      return Status();
    });
  }
  grpc::Status DeleteDataset(grpc::ServerContext* context, const data::v1::DeleteDatasetRequest*,
                             data::v1::DeleteDatasetResponse*) override {
    return Guard("farrell.data.v1.DataService/DeleteDataset", context, [](const auto&) { return Status(); });
  }
  // As a method that the contract has got but the rules have not.
  grpc::Status ListDatasets(grpc::ServerContext* context, const data::v1::ListDatasetsRequest*,
                            data::v1::ListDatasetsResponse*) override {
    return Guard("farrell.data.v1.DataService/NewMethod", context, [](const auto&) { return Status(); });
  }
};

class Access : public ::testing::Test {
 protected:
  std::string Token(const std::string& principal, std::vector<std::string> scopes,
                    std::chrono::seconds lifetime = std::chrono::hours(1)) {
    NewToken made = MakeToken();
    made.grant.principal = principal;
    made.grant.project = "provinces";
    made.grant.scopes = std::move(scopes);
    made.grant.expires = made.grant.created + lifetime;
    EXPECT_TRUE(AddGrant(grants_, made.grant).ok());
    last_id_ = made.grant.token;
    return made.secret;
  }

  void Start(const ServerTls& tls = {}) {
    auto station = MakeAccessStation(grants_);
    ASSERT_TRUE(station.ok()) << station.status().ToString();
    auto server = StartServer({.listen = "127.0.0.1:0", .tls = tls, .stations = {*station}},
                              {Serve<data::v1::DataService>(&service_)});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(server).value();
  }

  std::unique_ptr<data::v1::DataService::Stub> Stub(const ClientTls& tls = {}) {
    return data::v1::DataService::NewStub(
        MakeChannel("127.0.0.1:" + std::to_string(server_->port()), "", MakeClientCredentials(tls).value()));
  }
  static void Prepare(grpc::ClientContext& context, const std::vector<std::string>& headers) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    for (const std::string& header : headers) context.AddMetadata("authorization", header);
  }
  // As a service calls for the holder of a certificate.
  Status ReadFor(const std::string& caller, const std::vector<std::string>& headers, const ClientTls& tls = {}) {
    grpc::ClientContext context;
    Prepare(context, headers);
    context.AddMetadata("farrell-caller", caller);
    answer_.Clear();
    return FromGrpc(Stub(tls)->GetSnapshot(&context, {}, &answer_));
  }
  Status Read(const std::vector<std::string>& headers, const ClientTls& tls = {}) {
    grpc::ClientContext context;
    Prepare(context, headers);
    answer_.Clear();
    return FromGrpc(Stub(tls)->GetSnapshot(&context, {}, &answer_));
  }
  Status Delete(const std::vector<std::string>& headers) {
    grpc::ClientContext context;
    Prepare(context, headers);
    data::v1::DeleteDatasetResponse response;
    return FromGrpc(Stub()->DeleteDataset(&context, {}, &response));
  }

  testing::TempDir dir_;
  std::string grants_ = dir_ / "grants";
  std::string last_id_;
  WhoAmI service_;
  std::unique_ptr<RunningServer> server_;
  data::v1::GetSnapshotResponse answer_;
};

TEST_F(Access, ATokenNamesItsPrincipalAndIsPassedOn) {
  const std::string secret = Token("ada", {"data.read"});
  Start();
  const Status status = Read({"Bearer " + secret});
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(answer_.snapshot().digest(), "ada/provinces");
  EXPECT_EQ(answer_.snapshot().source(), "authorization: Bearer " + secret);
}

TEST_F(Access, WithoutGoodCredentialsNobodyIsLetIn) {
  const std::string secret = Token("ada", {"*"});
  Start();
  const auto refused = [&](const std::vector<std::string>& headers) {
    const Status status = Read(headers);
    EXPECT_EQ(status.code(), Code::kUnauthenticated);
    EXPECT_EQ(status.ToString().find(secret.substr(17)), std::string::npos) << "the secret must not come back";
    return status.reason();
  };
  EXPECT_EQ(refused({}), "CREDENTIALS_MISSING");
  EXPECT_EQ(refused({secret}), "CREDENTIALS_MALFORMED");
  EXPECT_EQ(refused({"Basic YTpi"}), "CREDENTIALS_MALFORMED");
  EXPECT_EQ(refused({"Bearer " + secret, "Bearer " + secret}), "CREDENTIALS_MALFORMED");
  EXPECT_EQ(refused({"Bearer "}), "TOKEN_UNKNOWN");
  EXPECT_EQ(refused({"Bearer " + secret + "0"}), "TOKEN_UNKNOWN");
  EXPECT_EQ(refused({"Bearer " + MakeToken().secret}), "TOKEN_UNKNOWN");
}

TEST_F(Access, AMissingScopeIsNamed) {
  const std::string secret = Token("ada", {"data.read", "dea.*"});
  Start();
  EXPECT_TRUE(Read({"Bearer " + secret}).ok());
  const Status status = Delete({"Bearer " + secret});
  EXPECT_EQ(status.code(), Code::kPermissionDenied);
  EXPECT_EQ(status.reason(), "SCOPE_MISSING");
  EXPECT_EQ(status.metadata().at("scope"), "data.write");
  EXPECT_EQ(status.metadata().at("principal"), "ada");
}

TEST_F(Access, AMethodWithoutARuleIsForNobody) {
  const std::string secret = Token("root", {"*"});
  Start();
  grpc::ClientContext context;
  Prepare(context, {"Bearer " + secret});
  data::v1::ListDatasetsResponse response;
  EXPECT_EQ(FromGrpc(Stub()->ListDatasets(&context, {}, &response)).reason(), "METHOD_WITHOUT_RULE");
}

TEST_F(Access, ExpiredTokensAreRefused) {
  const std::string secret = Token("ada", {"*"}, std::chrono::seconds(-1));
  Start();
  const Status status = Read({"Bearer " + secret});
  EXPECT_EQ(status.code(), Code::kUnauthenticated);
  EXPECT_EQ(status.reason(), "TOKEN_EXPIRED");
}

TEST_F(Access, TheFileIsFollowed) {
  const std::string first = Token("ada", {"*"});
  const std::string first_id = last_id_;
  Start();
  const std::string second = Token("bob", {"data.read"});
  EXPECT_TRUE(Read({"Bearer " + second}).ok()) << "created while the server runs";
  ASSERT_TRUE(RemoveGrant(grants_, first_id).ok());
  EXPECT_EQ(Read({"Bearer " + first}).reason(), "TOKEN_UNKNOWN") << "revoked while the server runs";
  // A file that cannot be used opens nothing and shuts nobody out.
  testing::WriteFile(grants_, "{\"principal\":\"mallory\",\"scopes\":[\"*\"]}\n");
  EXPECT_TRUE(Read({"Bearer " + second}).ok());
  EXPECT_EQ(Read({}).reason(), "CREDENTIALS_MISSING");
  std::filesystem::remove(grants_);
  EXPECT_TRUE(Read({"Bearer " + second}).ok());
}

TEST_F(Access, CertificatesAreLetInByName) {
  const testing::CertificateAuthority authority(dir_.path().string(), "authority");
  const auto files = authority.Issue("server", "IP:127.0.0.1");
  const auto dea = authority.Issue("dea", "DNS:dea.farrell.svc,URI:spiffe://farrell/dea");
  const auto stranger = authority.Issue("stranger", "DNS:stranger");
  ASSERT_TRUE(
      AddGrant(grants_, {.certificate = "DNS:dea.farrell.svc", .principal = "dea", .scopes = {"data.read"}}).ok());
  const std::string secret = Token("ada", {"data.read"});
  Start({.certificate = files.certificate, .key = files.key, .client_ca = authority.certificate()});
  const ClientTls as_dea{.ca = authority.certificate(), .certificate = dea.certificate, .key = dea.key};
  const ClientTls as_stranger{.ca = authority.certificate(), .certificate = stranger.certificate, .key = stranger.key};
  const Status status = Read({}, as_dea);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(answer_.snapshot().digest(), "dea/");
  EXPECT_EQ(answer_.snapshot().source(), "farrell-caller: DNS:dea.farrell.svc");
  EXPECT_EQ(Read({}, as_stranger).reason(), "CERTIFICATE_UNKNOWN");
  // A token says more than the certificate of whoever brings it, and a bad one less.
  EXPECT_TRUE(Read({"Bearer " + secret}, as_dea).ok());
  EXPECT_EQ(answer_.snapshot().digest(), "ada/provinces");
  EXPECT_EQ(Read({"Bearer nonsense"}, as_dea).reason(), "TOKEN_UNKNOWN");
}

TEST_F(Access, AServiceCallsForTheHolderOfACertificateIfItMay) {
  const testing::CertificateAuthority authority(dir_.path().string(), "authority");
  const auto files = authority.Issue("server", "IP:127.0.0.1");
  const auto dea = authority.Issue("dea", "DNS:dea.farrell.svc");
  ASSERT_TRUE(
      AddGrant(grants_,
               {.certificate = "DNS:dea.farrell.svc", .principal = "dea", .scopes = {"data.read", "call.forward"}})
          .ok());
  ASSERT_TRUE(
      AddGrant(grants_,
               {.certificate = "DNS:ada.example", .principal = "ada", .project = "provinces", .scopes = {"data.read"}})
          .ok());
  ASSERT_TRUE(AddGrant(grants_, {.certificate = "DNS:eve.example", .principal = "eve", .scopes = {"dea.run"}}).ok());
  const std::string bob = Token("bob", {"data.read"});
  const std::string service = Token("regression", {"call.forward"});
  Start({.certificate = files.certificate, .key = files.key, .client_ca = authority.certificate()});
  const ClientTls as_dea{.ca = authority.certificate(), .certificate = dea.certificate, .key = dea.key};
  const Status status = ReadFor("DNS:ada.example", {}, as_dea);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(answer_.snapshot().digest(), "ada/provinces");
  EXPECT_EQ(answer_.snapshot().source(), "farrell-caller: DNS:ada.example") << "and so on to the next service";
  EXPECT_TRUE(ReadFor("DNS:ada.example", {"Bearer " + service}, as_dea).ok());
  EXPECT_EQ(answer_.snapshot().source(), "farrell-caller: DNS:ada.example") << "the service's token stays here";
  EXPECT_EQ(ReadFor("DNS:eve.example", {}, as_dea).reason(), "SCOPE_MISSING") << "the caller's scopes count";
  EXPECT_EQ(ReadFor("DNS:nobody", {}, as_dea).reason(), "CERTIFICATE_UNKNOWN");
  const Status not_for_bob = ReadFor("DNS:ada.example", {"Bearer " + bob}, as_dea);
  EXPECT_EQ(not_for_bob.reason(), "SCOPE_MISSING");
  EXPECT_NE(not_for_bob.ToString().find("call.forward"), std::string::npos);
}

// Work that somebody gave to be done later: only the id of their token is known then.
TEST_F(Access, AServiceCallsForTheHolderOfATokenByItsIdIfItMay) {
  const std::string ada = Token("ada", {"data.read"});
  const std::string holder = "token:" + last_id_;
  const std::string expired = Token("bob", {"data.read"}, std::chrono::seconds(-1));
  const std::string expired_holder = "token:" + last_id_;
  const std::string service = Token("reporting", {"call.forward"});
  Start();
  const Status status = ReadFor(holder, {"Bearer " + service});
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(answer_.snapshot().digest(), "ada/provinces");
  EXPECT_EQ(answer_.snapshot().source(), "farrell-caller: " + holder) << "the service's token stays here";
  EXPECT_EQ(ReadFor(expired_holder, {"Bearer " + service}).reason(), "TOKEN_EXPIRED");
  EXPECT_EQ(ReadFor("token:00000000", {"Bearer " + service}).reason(), "TOKEN_UNKNOWN");
  EXPECT_EQ(ReadFor("token:", {"Bearer " + service}).reason(), "TOKEN_UNKNOWN");
  EXPECT_EQ(ReadFor(holder, {"Bearer " + ada}).reason(), "SCOPE_MISSING") << "an id alone opens nothing";
  EXPECT_EQ(ReadFor(holder, {}).reason(), "CREDENTIALS_MISSING");
}

TEST_F(Access, AWorkInSomebodysNameGoesByTheirGrantAtThatTime) {
  const std::string method = "farrell.reporting.v1.ReportingService/RunStudy";
  EXPECT_TRUE(CallInNameOf("", "", method).ok()) << "nobody is asked";
  Token("ada", {"study.run"});
  const std::string holder = "token:" + last_id_;
  const Result<CallInfo> call = CallInNameOf(grants_, holder, method);
  ASSERT_TRUE(call.ok()) << call.status().ToString();
  EXPECT_EQ(call->principal, "ada");
  EXPECT_EQ(call->project, "provinces");
  ASSERT_EQ(call->passed_on.size(), 1U);
  EXPECT_EQ(call->passed_on.front(), std::pair(std::string("farrell-caller"), holder));
  EXPECT_EQ(CallInNameOf(grants_, "", method).status().reason(), "HOLDER_UNKNOWN");
  EXPECT_EQ(CallInNameOf(grants_, holder, "farrell.data.v1.DataService/ImportTable").status().reason(),
            "SCOPE_MISSING");
  ASSERT_TRUE(RemoveGrant(grants_, last_id_).ok());
  Token("bob", {"study.run"}, std::chrono::seconds(-1));
  EXPECT_EQ(CallInNameOf(grants_, holder, method).status().reason(), "HOLDER_UNKNOWN");
  EXPECT_EQ(CallInNameOf(grants_, "token:" + last_id_, method).status().reason(), "TOKEN_EXPIRED");
}

}  // namespace
}  // namespace farrell::access
