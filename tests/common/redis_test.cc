// The Redis client against real servers: replies, limits, logins, TLS, and a master that dies.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/redis/address.h"
#include "common/redis/client.h"
#include "common/redis/purpose.h"
#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell::redis {
namespace {

using std::chrono::milliseconds;
using testing::CertificateAuthority;
using testing::Eventually;
using testing::PemFiles;
using testing::RedisGroup;
using testing::RedisServer;
using testing::TempDir;

Options At(const std::string& address) { return {.address = address, .timeout = milliseconds(2'000)}; }

Reply Ask(Client& client, const Arguments& arguments) {
  const Result<Reply> reply = client.Call(arguments);
  EXPECT_TRUE(reply.ok()) << reply.status().ToString();
  return reply.ok() ? *reply : Reply{};
}

std::string Reason(const Result<Reply>& reply) { return reply.ok() ? "" : reply.status().reason(); }

TEST(Address, AllForms) {
  for (const char* text : {"127.0.0.1:6379", "redis.example:1", "[::1]:65535", "unix:/run/redis.sock", "sentinel:a:1/m",
                           "sentinel:a:26379,[::1]:26379,c:3/farrell"}) {
    EXPECT_TRUE(CheckAddress("--redis", text).ok()) << text;
  }
  EXPECT_TRUE(CheckAddress("--redis", "").ok());
  for (const char* text : {"redis", ":1", "a:0", "a:65536", "a:1x", "::1:6379", "unix:", "sentinel:", "sentinel:a:1",
                           "sentinel:a:1/", "sentinel:a:1,/m", "sentinel:/m", "a b:1"}) {
    const Status status = CheckAddress("--redis", text);
    EXPECT_EQ(status.reason(), "ADDRESS_INVALID") << text;
    ASSERT_EQ(status.violations().size(), 1U) << text;
    EXPECT_EQ(status.violations()[0].field, "--redis");
  }
}

TEST(Options, EveryMistakeAtOnce) {
  Options options = At("unix:/nowhere");
  options.user = "farrell";
  options.database = -1;
  options.tls = TlsFiles{.authorities = "/nowhere/ca.crt", .certificate = "/nowhere/a.crt"};
  const Status status = CheckOptions("--redis", options);
  std::vector<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"--redis-user", "--redis-database", "--redis-tls", "--redis-tls-cert",
                                              "--redis-tls-ca", "--redis-tls-cert"}));
}

TEST(Options, NothingIsFineButNotHalf) {
  EXPECT_TRUE(CheckOptions("--redis", {}).ok());
  const Status status = CheckOptions("--redis", {.database = 3});
  ASSERT_EQ(status.violations().size(), 1U);
  EXPECT_EQ(status.violations()[0].field, "--redis");
}

TEST(Purpose, EveryMisfitComesWithItsFix) {
  const RedisServer cache({"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lfu"});
  Client to_cache(At(cache.address()));
  EXPECT_TRUE(Misfits(to_cache, Purpose::kCache)->empty());
  const auto forgetful = Misfits(to_cache, Purpose::kCoordination);
  ASSERT_EQ(forgetful->size(), 2U);
  EXPECT_NE(forgetful->at(0).find("set maxmemory-policy noeviction"), std::string::npos);
  EXPECT_NE(forgetful->at(1).find("set appendonly yes"), std::string::npos);

  const RedisServer plain({"--appendonly", "yes"});
  Client to_plain(At(plain.address()));
  EXPECT_TRUE(Misfits(to_plain, Purpose::kCoordination)->empty());
  EXPECT_NE(Misfits(to_plain, Purpose::kCache)->at(0).find("set maxmemory"), std::string::npos);
  plain.Cli({"CONFIG", "SET", "maxmemory", "100mb"});
  EXPECT_NE(Misfits(to_plain, Purpose::kCache)->at(0).find("set maxmemory-policy allkeys-lfu"), std::string::npos);
}

TEST(Client, EveryKindOfReply) {
  const RedisServer server;
  Client client(At(server.address()));
  const std::string binary("\0\r\n\xFF", 4);
  EXPECT_EQ(Ask(client, {"SET", "a", binary}).kind, Reply::Kind::kStatus);
  EXPECT_EQ(Ask(client, {"GET", "a"}).text, binary);
  EXPECT_TRUE(Ask(client, {"GET", "b"}).nil());
  EXPECT_EQ(Ask(client, {"INCRBY", "n", "-7"}).integer, -7);
  EXPECT_TRUE(Ask(client, {"LPUSH", "a", "x"}).error("WRONGTYPE"));
  const Reply several = Ask(client, {"MGET", "a", "b", "n"});
  ASSERT_EQ(several.items.size(), 3U);
  EXPECT_EQ(several.items[0].text, binary);
  EXPECT_TRUE(several.items[1].nil());
  EXPECT_EQ(several.items[2].text, "-7");
  EXPECT_EQ(client.failures(), 0);
}

TEST(Client, LargeValuesAndPipelines) {
  const RedisServer server;
  Client client(At(server.address()));
  std::string large(20'000'000, 'x');
  large[12'345'678] = '\0';
  std::vector<Arguments> commands = {{"SET", "large", large}, {"GET", "large"}};
  for (int index = 0; index < 5'000; ++index) commands.push_back({"RPUSH", "list", std::to_string(index)});
  const auto replies = client.Pipeline(commands);
  ASSERT_TRUE(replies.ok()) << replies.status().ToString();
  ASSERT_EQ(replies->size(), commands.size());
  EXPECT_TRUE((*replies)[1].text == large);
  EXPECT_EQ(replies->back().integer, 5'000);
}

TEST(Client, ScriptsSurviveARestart) {
  RedisServer server;
  Client client(At(server.address()));
  const Script script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}");
  EXPECT_EQ(client.Run(script, {"k"}, {"v"})->items.at(2).integer, 1);
  EXPECT_EQ(client.Run(script, {"k"}, {"v"})->items.at(2).integer, 2);
  EXPECT_EQ(server.Cli({"SCRIPT", "EXISTS", script.sha1()}), "1");
  server.Stop();
  server.Start();
  EXPECT_EQ(client.Run(script, {"k"}, {"v"})->items.at(2).integer, 1);
  EXPECT_EQ(client.failures(), 0) << "a connection that died while idle is replaced without a failure";
}

TEST(Client, BlockingCommandsWaitAsLongAsTheyAreGiven) {
  const RedisServer server;
  Client client({.address = server.address(), .timeout = milliseconds(100)});
  ASSERT_TRUE(client.Call({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"}).ok());
  const Arguments read = {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "400", "STREAMS", "s", ">"};
  EXPECT_TRUE(client.Call(read, milliseconds(5'000))->nil());
  EXPECT_EQ(Reason(client.Call(read)), "REDIS_TIMEOUT");
  EXPECT_EQ(Reason(client.Call(read)), "REDIS_PAUSED");
}

TEST(Client, NeverSendsACommandTwice) {
  RedisServer server;
  Client client({.address = server.address(), .timeout = milliseconds(200)});
  Ask(client, {"INCR", "n"});
  server.Pause();
  EXPECT_EQ(Reason(client.Call({"INCR", "n"})), "REDIS_TIMEOUT");
  server.Resume();
  EXPECT_TRUE(Eventually([&] { return client.Call({"PING"}).ok(); }));
  EXPECT_LE(std::stoi(server.Cli({"GET", "n"})), 2);
}

TEST(Client, TellsWhenRedisGoesAndWhenItIsBack) {
  RedisServer server;
  std::vector<std::string> told;
  Client client(At(server.address()), [&](const Status& status) { told.push_back(status.reason()); });
  Ask(client, {"PING"});
  server.Stop();
  for (int call = 0; call < 20; ++call) EXPECT_FALSE(client.Call({"PING"}).ok());
  EXPECT_TRUE(client.paused());
  server.Start();
  EXPECT_TRUE(Eventually([&] { return client.Call({"PING"}).ok(); }));
  EXPECT_FALSE(client.paused());
  EXPECT_EQ(told, (std::vector<std::string>{"REDIS_UNREACHABLE", ""}));
}

TEST(Client, ManyThreads) {
  const RedisServer server;
  Client client(At(server.address()));
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 24; ++thread) {
      threads.emplace_back([&client, thread] {
        const std::string key = "k" + std::to_string(thread);
        for (int call = 0; call < 100; ++call) {
          Ask(client, {"SET", key, std::to_string(call)});
          EXPECT_EQ(Ask(client, {"GET", key}).text, std::to_string(call));
        }
      });
    }
  }
  EXPECT_EQ(client.failures(), 0);
}

// users

class Users : public ::testing::Test {
 protected:
  Users() : server_({"--aclfile", AclFile()}) {}

  std::string AclFile() const {
    std::string path = dir_ / "users.acl";
    testing::WriteFile(path, "user farrell on >secret ~farrell.* &farrell.* +@all\nuser default off\n");
    return path;
  }

  Options With(const std::string& user, const std::string& password) const {
    testing::WriteFile(dir_ / "password", password);
    Options options = At(server_.address());
    options.user = user;
    options.password_file = dir_ / "password";
    return options;
  }

  TempDir dir_;
  RedisServer server_;
};

TEST_F(Users, PasswordFromAFile) {
  Client client(With("farrell", "secret\n"));
  EXPECT_EQ(Ask(client, {"SET", "farrell.x", "1"}).text, "OK");
  EXPECT_TRUE(Ask(client, {"SET", "other", "1"}).error("NOPERM"));
}

TEST_F(Users, RefusedWithoutTellingThePassword) {
  for (const auto& [user, password] : {std::pair{"farrell", "guessed"}, std::pair{"nobody", "guessed"}}) {
    Client client(With(user, password));
    const Status status = client.Call({"PING"}).status();
    EXPECT_EQ(status.code(), Code::kUnauthenticated);
    EXPECT_EQ(status.reason(), "REDIS_LOGIN_REFUSED");
    EXPECT_EQ(status.ToString().find("guessed"), std::string::npos);
    EXPECT_NE(status.message().find(user), std::string::npos);
  }
  Client client(At(server_.address()));
  EXPECT_EQ(Reason(client.Call({"PING"})), "REDIS_LOGIN_REFUSED") << "no password at all";
}

TEST_F(Users, ANewPasswordHoldsFromTheNextConnectionOn) {
  Client client(With("farrell", "secret"));
  Ask(client, {"PING"});
  server_.Stop();
  (void)With("farrell", "wrong");
  server_.Start();
  EXPECT_EQ(Reason(client.Call({"PING"})), "REDIS_LOGIN_REFUSED");
  (void)With("farrell", "secret");
  EXPECT_TRUE(Eventually([&] { return client.Call({"PING"}).ok(); }));
}

// TLS

class Tls : public ::testing::Test {
 protected:
  Tls()
      : authority_(dir_.path().string(), "ca"),
        stranger_(dir_.path().string(), "stranger"),
        certificate_(authority_.Issue("redis", "IP:127.0.0.1")),
        port_(testing::FreePort()),
        server_({"--tls-port", std::to_string(port_), "--bind", "127.0.0.1", "--tls-cert-file",
                 certificate_.certificate, "--tls-key-file", certificate_.key, "--tls-ca-cert-file",
                 authority_.certificate()}) {}

  Options With(const TlsFiles& files, const std::string& host = "127.0.0.1") const {
    Options options = At(host + ":" + std::to_string(port_));
    options.tls = files;
    return options;
  }

  TempDir dir_;
  CertificateAuthority authority_;
  CertificateAuthority stranger_;
  PemFiles certificate_;
  int port_;
  RedisServer server_;
};

TEST_F(Tls, BothSidesShowCertificates) {
  const PemFiles own = authority_.Issue("client", "DNS:farrell-dea");
  const Options options = With({authority_.certificate(), own.certificate, own.key});
  EXPECT_TRUE(CheckOptions("--redis", options).ok());
  Client client(options);
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(Ask(client, {"SET", "a", large}).text, "OK");
  EXPECT_TRUE(Ask(client, {"GET", "a"}).text == large);
  std::vector<Arguments> many(2'000, {"GET", "none"});
  EXPECT_EQ(client.Pipeline(many)->size(), many.size());
  server_.Stop();
  server_.Start();
  EXPECT_TRUE(Ask(client, {"GET", "a"}).nil());
  EXPECT_EQ(client.failures(), 0) << "an idle connection is not taken for dead, and a dead one is noticed";
}

TEST_F(Tls, WrongAuthorityIsNotTrusted) {
  const PemFiles own = authority_.Issue("client", "DNS:farrell-dea");
  for (const std::string& authority : {stranger_.certificate(), std::string()}) {
    Client client(With({authority, own.certificate, own.key}));
    const Status status = client.Call({"PING"}).status();
    EXPECT_EQ(status.reason(), "REDIS_TLS_FAILED");
    EXPECT_NE(status.message().find("certificate verify failed"), std::string::npos) << status.ToString();
  }
}

TEST_F(Tls, TheCertificateMustNameTheHost) {
  const PemFiles own = authority_.Issue("client", "DNS:farrell-dea");
  Client client(With({authority_.certificate(), own.certificate, own.key}, "localhost"));
  const Status status = client.Call({"PING"}).status();
  EXPECT_EQ(status.reason(), "REDIS_TLS_FAILED");
  EXPECT_NE(status.message().find("ostname mismatch"), std::string::npos) << status.ToString();
}

TEST_F(Tls, ServerRefusesAClientWithoutOrWithAStrangersCertificate) {
  Client none(With({.authorities = authority_.certificate()}));
  EXPECT_EQ(Reason(none.Call({"PING"})), "REDIS_TLS_FAILED");
  const PemFiles foreign = stranger_.Issue("foreign", "DNS:farrell-dea");
  Client stranger(With({authority_.certificate(), foreign.certificate, foreign.key}));
  EXPECT_FALSE(stranger.Call({"PING"}).ok());
}

TEST_F(Tls, PlainClientIsRefusedInBoundedTime) {
  Client client({.address = "127.0.0.1:" + std::to_string(port_), .timeout = milliseconds(500)});
  EXPECT_FALSE(client.Call({"PING"}).ok());
}

TEST_F(Tls, TlsToAPlainServerFails) {
  const int port = testing::FreePort();
  const RedisServer plain({"--bind", "127.0.0.1", "--port", std::to_string(port)});
  Options options = At("127.0.0.1:" + std::to_string(port));
  options.timeout = milliseconds(500);
  options.tls = TlsFiles{.authorities = authority_.certificate()};
  Client client(options);
  EXPECT_FALSE(client.Call({"PING"}).ok());
}

// Sentinel

TEST(Sentinel, FollowsTheMasterThatTakesOver) {
  RedisGroup group;
  Options options{.address = group.address(), .timeout = milliseconds(500)};
  Client client(options);
  ASSERT_EQ(Ask(client, {"SET", "a", "1"}).text, "OK");
  ASSERT_EQ(Ask(client, {"WAIT", "1", "5000"}).integer, 1);

  Client replica(At(group.Endpoint(1)));
  EXPECT_TRUE(Ask(replica, {"SET", "a", "2"}).error("READONLY"));

  group.server(0).Stop();
  EXPECT_FALSE(client.Call({"GET", "a"}).ok());
  const auto back = [&] {
    const Result<Reply> reply = client.Call({"SET", "b", "2"});
    return reply.ok() && reply->text == "OK";
  };
  ASSERT_TRUE(Eventually(back, std::chrono::seconds(30)));
  EXPECT_EQ(Ask(client, {"GET", "a"}).text, "1");
  EXPECT_EQ(group.master(), 1);
}

TEST(Sentinel, AServerThatBecameAReplicaIsAskedNothingMore) {
  RedisGroup group;
  Client client({.address = group.address(), .timeout = milliseconds(1'000)});
  Ask(client, {"SET", "a", "1"});
  // By hand, behind the sentinels' back: the connection stays open and the sentinels still name this server.
  group.server(0).Cli({"REPLICAOF", "127.0.0.1", group.Endpoint(1).substr(10)});
  EXPECT_EQ(Reason(client.Call({"SET", "a", "2"})), "REDIS_NO_MASTER");
  group.server(0).Cli({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(Eventually([&] { return client.Call({"SET", "a", "3"}).ok(); }));
  EXPECT_EQ(group.server(0).Cli({"GET", "a"}), "3");
}

TEST(Sentinel, UnknownNameSaysWhatEverySentinelAnswered) {
  const RedisServer server;
  Client client({.address = "sentinel:127.0.0.1:1,127.0.0.1:2/farrell", .timeout = milliseconds(500)});
  const Status status = client.Call({"PING"}).status();
  EXPECT_EQ(status.reason(), "REDIS_NO_MASTER");
  EXPECT_NE(status.message().find("sentinel 127.0.0.1:1"), std::string::npos);
  EXPECT_NE(status.message().find("sentinel 127.0.0.1:2"), std::string::npos);
}

}  // namespace
}  // namespace farrell::redis
