// A cluster as it runs in production: TLS, grants, audit log, a Redis with a password – used through the command line,
// and searched for secrets afterwards.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/cluster.h"
#include "tests/support/certificates.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPassword = "correct-horse-battery-staple";

class SecuredCluster : public ::testing::Test {
 protected:
  std::string Secret(const std::string& name, const std::string& content) const {
    const std::string path = dir_ / name;
    WriteFile(path, content + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }

  // The file of a new token.
  std::string Token(const std::string& principal, const std::string& scopes) const {
    return MakeToken(dir_, grants_, principal, {"--scope", scopes});
  }

  std::vector<std::string> Flags(const std::string& name, std::vector<std::string> more) const {
    std::vector<std::string> flags = {
        "--tls-cert", files_.certificate,       "--tls-key", files_.key, "--tokens", grants_,
        "--audit",    dir_ / (name + ".audit"), "--log",     "debug"};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }

  std::map<std::string, std::string> As(const std::string& token_file) const {
    return {{"FARRELL_DATA", data_.address()},
            {"FARRELL_DEA", dea_.address()},
            {"FARRELL_REGRESSION", dea_.address()},
            {"FARRELL_REPORTING", dea_.address()},
            {"FARRELL_TLS_CA", authority_.certificate()},
            {"FARRELL_TOKEN_FILE", token_file}};
  }

  TempDir dir_;
  CertificateAuthority authority_{dir_.path().string(), "authority"};
  PemFiles files_ = authority_.Issue("services", "IP:127.0.0.1,DNS:localhost");
  std::string grants_ = dir_ / "grants";
  std::string ada_ = Token("ada", "data.*,dea.run");
  std::string bob_ = Token("bob", "data.read");
  std::string password_ = Secret("redis.password", kPassword);
  // Once it runs: the helper asks it whether it does, and has no password.
  struct LockedRedis : RedisServer {
    LockedRedis() { Cli({"CONFIG", "SET", "requirepass", kPassword}); }
  } redis_;
  ServerProgram data_{"farrell-data", Flags("data", {"--state", dir_ / "state"}), dir_};
  ServerProgram dea_{"farrell-dea",
                     Flags("dea", {"--data", data_.address(), "--tls-ca", authority_.certificate(), "--redis",
                                   redis_.address(), "--redis-password-file", password_}),
                     dir_};
};

TEST_F(SecuredCluster, ServesWhomItKnowsAndTellsNoSecret) {
  const std::string table = dir_ / "panel.csv";
  WriteFile(table, MadePanel(20, 2));
  const std::vector<std::string> import = {"data", "import",    table,   "--unit",    "unit", "--time",
                                           "time", "--dataset", "panel", "--release", "r1"};
  const std::vector<std::string> evaluate = {"dea", "dataset:panel@r1", "--inputs", "x1,x2", "--outputs", "y1"};

  const Finished imported = Farrell(import, As(ada_));
  ASSERT_EQ(imported.exit_code, 0) << imported.output;
  // The dea service reads the table with the token of its caller.
  const Finished scored = Farrell(evaluate, As(ada_));
  EXPECT_EQ(scored.exit_code, 0) << scored.output;

  const Finished denied = Farrell(import, As(bob_));
  EXPECT_EQ(denied.exit_code, 4) << denied.output;
  EXPECT_THAT(denied.output, HasSubstr("SCOPE_MISSING"));
  EXPECT_THAT(denied.output, HasSubstr("data.write"));
  EXPECT_EQ(Farrell({"data", "list"}, As(bob_)).exit_code, 0);
  const Finished nobody = Farrell({"data", "list"}, As(""));
  EXPECT_EQ(nobody.exit_code, 4) << nobody.output;
  EXPECT_THAT(nobody.output, HasSubstr("CREDENTIALS_MISSING"));

  // Without TLS nothing is understood, and a token is not even sent to another machine that way.
  auto plain = As(ada_);
  plain["FARRELL_TLS_CA"] = "";
  EXPECT_NE(Farrell({"data", "list", "--deadline", "10"}, plain).exit_code, 0);
  plain["FARRELL_DATA"] = "192.0.2.1:7401";
  const Finished far = Farrell({"data", "list"}, plain);
  EXPECT_EQ(far.exit_code, 2) << far.output;
  EXPECT_THAT(far.output, HasSubstr("not sent in plaintext"));

  // Health is for everybody: probes have no token.
  EXPECT_EQ(
      Farrell({"health", data_.address(), "--service", "data", "--tls-ca", authority_.certificate()}, {}).exit_code, 0);

  const std::string audit = dir_ / "data.audit";
  EXPECT_EQ(Farrell({"admin", "audit", "verify", audit}, {}).exit_code, 0);
  const std::string records = ReadFile(audit);
  EXPECT_THAT(records, HasSubstr("\"principal\":\"ada\""));
  EXPECT_THAT(records, HasSubstr("\"decision\":\"denied\""));
  WriteFile(dir_ / "tampered",
            records.substr(0, records.find("ada")) + "eve" + records.substr(records.find("ada") + 3));
  const Finished tampered = Farrell({"admin", "audit", "verify", dir_ / "tampered"}, {});
  EXPECT_EQ(tampered.exit_code, 6);
  EXPECT_THAT(tampered.output, HasSubstr("tampered:1:"));

  // Revoked from the next call on.
  const std::string id = ReadFile(bob_).substr(8, 8);
  ASSERT_EQ(Farrell({"admin", "token", "revoke", id, "--tokens", grants_}, {}).exit_code, 0);
  EXPECT_EQ(Farrell({"data", "list"}, As(bob_)).exit_code, 4);

  for (const std::string& token : {ada_, bob_}) {
    const std::string secret = ReadFile(token).substr(17, 64);
    for (const std::string& text :
         {data_.log(), dea_.log(), ReadFile(grants_), records, ReadFile(dir_ / "dea.audit")}) {
      EXPECT_THAT(text, Not(HasSubstr(secret)));
      EXPECT_THAT(text, Not(HasSubstr(kPassword)));
    }
  }
  EXPECT_THAT(data_.log(), HasSubstr("\"principal\":\"ada\"")) << "the log says who called";
}

TEST_F(SecuredCluster, WhatCannotBeSecureDoesNotStart) {
  const auto refused = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {std::string(FARRELL_BINARY_DIR) + "/bin/farrell-dea", "--tokens", grants_});
    const Finished run = RunToEnd(flags, {}, std::chrono::seconds(20));
    EXPECT_EQ(run.exit_code, 2) << run.output;
    return run.output;
  };
  EXPECT_THAT(refused({"--listen", "0.0.0.0:0"}), HasSubstr("tokens are not taken in plaintext from other machines"));
  EXPECT_THAT(refused({"--listen", "127.0.0.1:0", "--data", "192.0.2.1:7401"}),
              HasSubstr("tokens are not sent in plaintext"));
  const std::string all = refused({"--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", "--audit", "/no/such/folder/a",
                                   "--token-file", "/nowhere"});
  EXPECT_THAT(all, HasSubstr("tls-key: is needed"));
  EXPECT_THAT(all, HasSubstr("audit: "));
  EXPECT_THAT(all, HasSubstr("token-file: "));
}

}  // namespace
}  // namespace farrell::testing
