// PostgreSQL over TLS as docs/operations/storage.md tells operators to set it: who is let in, and who is not.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "common/sql/database.h"
#include "tests/support/certificates.h"
#include "tests/support/redis_server.h"
#include "tests/support/test_database.h"

namespace farrell::sql {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class PostgresTls : public ::testing::Test {
 protected:
  void SetUp() override {
    FARRELL_SKIP_WITHOUT_POSTGRES();
    server_ = std::make_unique<farrell::testing::PostgresServer>();
    server_->Psql("CREATE DATABASE farrell");
    const std::string folder = server_->folder();
    authority_ = std::make_unique<farrell::testing::CertificateAuthority>(folder, "authority");
    stranger_ = std::make_unique<farrell::testing::CertificateAuthority>(folder, "stranger");
    const auto server = authority_->Issue("server", "IP:127.0.0.1");
    client_ = authority_->Issue("client", "DNS:farrell");
    server_->GiveTo(server.certificate);
    server_->GiveTo(server.key);
    const std::string access = folder + "/hba";
    farrell::testing::WriteFile(access,
                                "local all all trust\nhostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n");
    server_->GiveTo(access);
    port_ = farrell::testing::FreePort();
    std::ofstream(folder + "/data/postgresql.conf", std::ios::app)
        << "listen_addresses = '127.0.0.1'\nport = " << port_ << "\nssl = on\nssl_cert_file = '" << server.certificate
        << "'\nssl_key_file = '" << server.key << "'\nssl_ca_file = '" << authority_->certificate() << "'\nhba_file = '"
        << access << "'\n";
    server_->Stop();
    setenv("PGPORT", std::to_string(port_).c_str(), 1);  // for psql, which waits for the server
    server_->Start();
  }
  void TearDown() override { unsetenv("PGPORT"); }

  std::string Url(const std::string& parameters, const std::string& host = "127.0.0.1") const {
    return "postgresql://" + host + ":" + std::to_string(port_) + "/farrell?user=farrell&" + parameters;
  }
  std::string Shown() const { return "&sslcert=" + client_.certificate + "&sslkey=" + client_.key; }
  std::string Trusted(const farrell::testing::CertificateAuthority& authority) const {
    return "&sslrootcert=" + authority.certificate();
  }
  Status Open(const std::string& url) const { return Database::Open({.url = url}).status(); }

  std::unique_ptr<farrell::testing::PostgresServer> server_;
  std::unique_ptr<farrell::testing::CertificateAuthority> authority_, stranger_;
  farrell::testing::PemFiles client_;
  int port_ = 0;
};

TEST_F(PostgresTls, BothSidesShowWhoTheyAre) {
  auto database = Database::Open({.url = Url("sslmode=verify-full" + Trusted(*authority_) + Shown())});
  ASSERT_TRUE(database.ok()) << database.status().ToString();
  std::string encrypted;
  ASSERT_TRUE(Read(**database, [&](soci::session& session) {
                session << "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", soci::into(encrypted);
                return Status::Ok();
              }).ok());
  EXPECT_EQ(encrypted, "TLSv1.3");
}

TEST_F(PostgresTls, AnybodyElseIsRefused) {
  const struct {
    std::string url;
    const char* says;
  } refused[] = {
      {Url("sslmode=verify-full" + Trusted(*stranger_) + Shown()), "certificate verify failed"},
      {Url("sslmode=verify-full" + Trusted(*authority_) + Shown(), "localhost"), "does not match host name"},
      {Url("sslmode=disable"), "no encryption"},
      {Url("sslmode=verify-full" + Trusted(*authority_)), "client certificate"},
  };
  for (const auto& one : refused) {
    const Status status = Open(one.url);
    EXPECT_THAT(status.reason(), AnyOf("STORE_UNAVAILABLE", "STORE_DENIED")) << one.url;
    EXPECT_THAT(status.message(), HasSubstr(one.says));
  }
}

}  // namespace
}  // namespace farrell::sql
