// How a PostgreSQL database is named and reached: the URL, the password file, TLS.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "common/sql/database.h"
#include "common/sql/database_url.h"
#include "common/sql/engine.h"
#include "common/sql/postgresql_error.h"
#include "tests/support/test_database.h"

namespace farrell::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Status Open(const DatabaseOptions& options) { return Database::Open(options).status(); }

TEST(DatabaseUrlTest, OnlyPostgresqlWithoutAPassword) {
  EXPECT_TRUE(CheckDatabaseUrl("--database", "postgresql://db.example:5432/farrell?user=farrell").ok());
  EXPECT_TRUE(CheckDatabaseUrl("--database", "postgres://farrell@db/farrell?sslmode=verify-full").ok());
  EXPECT_TRUE(CheckDatabaseUrl("--database", "postgresql://[::1]:5432,other:5433/farrell?user=farrell").ok());
  for (const std::string url : {"", "mysql://h/n", "farrell.db", "postgresql:/h", "postgresql://h/n\nx"}) {
    EXPECT_EQ(CheckDatabaseUrl("--database", url).reason(), "DATABASE_URL_INVALID") << url;
  }
  for (const std::string url : {"postgresql://farrell:hunter2@db/farrell", "postgresql://db/farrell?password=hunter2",
                                "postgresql://db/farrell?user=f&sslpassword=hunter2"}) {
    const Status refused = CheckDatabaseUrl("--database", url);
    EXPECT_EQ(refused.reason(), "DATABASE_URL_INVALID");
    EXPECT_THAT(refused.message(), HasSubstr("--database-password-file"));
    EXPECT_THAT(refused.ToString(), Not(HasSubstr("hunter2")));
  }
}

TEST(DatabaseUrlTest, WhatTheLibraryDoesNotKnowIsRefusedByName) {
  EXPECT_THAT(Open({.url = "postgresql://db/farrell?sslmodus=require"}).ToString(),
              ::testing::AllOf(HasSubstr("DATABASE_URL_INVALID"), HasSubstr("sslmodus")));
}

TEST(DatabaseUrlTest, APasswordFileMustHoldAPassword) {
  const farrell::testing::TempDir dir;
  farrell::testing::WriteFile(dir / "empty", "\n");
  for (const std::string& path : {dir / "none", dir / "empty"}) {
    const Status refused = Open({.url = "postgresql:///x?host=/nowhere", .password_file = path});
    EXPECT_EQ(refused.reason(), "DATABASE_PASSWORD_FILE_INVALID") << refused.ToString();
    EXPECT_THAT(refused.message(), HasSubstr(path));
  }
}

TEST(SqlStateTest, IsFoundInVerboseMessagesOfAnyLanguage) {
  EXPECT_EQ(SqlState("Cannot execute query. Fatal error. ERROR:  23505: duplicate key value\nDETAIL:  x"), "23505");
  EXPECT_EQ(SqlState("FEHLER:  40P01: Verklemmung"), "40P01");
  EXPECT_EQ(SqlState("server closed the connection unexpectedly"), "");
  EXPECT_EQ(SqlState("a:  b:  12"), "");
  EXPECT_EQ(SqlState(""), "");
}

class PostgresqlTest : public ::testing::Test {
 protected:
  void SetUp() override { FARRELL_SKIP_WITHOUT_POSTGRES(); }
};

TEST_F(PostgresqlTest, ADatabaseThatIsNotThereIsNamed) {
  const Status status = Open({.url = farrell::testing::SharedPostgres().url("nobody_made_this")});
  EXPECT_EQ(status.reason(), "STORE_UNAVAILABLE");
  EXPECT_THAT(status.message(), HasSubstr("nobody_made_this"));
}

TEST_F(PostgresqlTest, TextsMustBeUtf8) {
  auto& server = farrell::testing::SharedPostgres();
  server.Psql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
  const Status status = Open({.url = server.url("latin")});
  EXPECT_EQ(status.reason(), "STORE_ENCODING") << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("LATIN1"));
}

// The right password, a wrong one that no message repeats, and a new one that is read without a restart.
TEST_F(PostgresqlTest, ThePasswordComesFromAFileThatMayChange) {
  farrell::testing::PostgresServer server;
  const std::string url = server.CreateDatabase();
  server.Psql("SET password_encryption = 'scram-sha-256'; CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'it''s \\ 1'");
  farrell::testing::WriteFile((server.folder() / "data/pg_hba.conf").string(),
                              "local all farrell trust\nlocal all guarded scram-sha-256\n");
  server.Psql("SELECT pg_reload_conf()");
  DatabaseOptions options{.url = url + "&application_name=test",
                          .password_file = (server.folder() / "secret").string()};
  options.url.replace(options.url.find("user=farrell"), 12, "user=guarded");

  farrell::testing::WriteFile(options.password_file, "wrong-secret\n");
  // The server takes its new rules a moment after it was told.
  ASSERT_TRUE(farrell::testing::Eventually([&] { return !Open(options).ok(); }));
  const Status wrong = Open(options);
  EXPECT_EQ(wrong.reason(), "STORE_UNAVAILABLE");
  EXPECT_THAT(wrong.message(), HasSubstr("password"));
  EXPECT_THAT(wrong.ToString(), Not(HasSubstr("wrong-secret")));

  farrell::testing::WriteFile(options.password_file, "it's \\ 1\n");
  auto opened = Database::Open(options);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  server.Psql("ALTER ROLE guarded PASSWORD 'second'");
  farrell::testing::WriteFile(options.password_file, "second\n");
  server.TerminateConnections();
  const Status after = Read(**opened, [](soci::session& session) {
    session << "SELECT 1";
    return Status::Ok();
  });
  EXPECT_TRUE(after.ok()) << after.ToString();
}

// Of several hosts the one that takes writes is found, as after a failover.
TEST_F(PostgresqlTest, TheHostThatTakesWritesIsFound) {
  const farrell::testing::PostgresServer standby({"default_transaction_read_only = on"});
  farrell::testing::PostgresServer& primary = farrell::testing::SharedPostgres();
  const std::string hosts = standby.folder().string() + "," + primary.folder().string();
  auto opened = Database::Open({.url = "postgresql:///postgres?user=farrell&host=" + hosts});
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  const Status written = Write(**opened, [](soci::session& session) {
    session << "CREATE TABLE found (id INTEGER)";
    return Status::Ok();
  });
  EXPECT_TRUE(written.ok()) << written.ToString();
  EXPECT_EQ(primary.Psql("SELECT count(*) FROM found"), "0");
}

// A migration steps back from a lock that it does not get, and the session it used is good for the next try.
TEST_F(PostgresqlTest, AMigrationWaitsForAnotherAndThenGoesOn) {
  const farrell::testing::TestDatabase place("postgresql");
  const auto one = place.Open();
  DatabaseOptions options = place.options();
  options.sessions = 1;
  const auto two = std::move(Database::Open(options)).value();
  Status second;
  std::jthread other;
  const Status first = one->Run(TransactionKind::kMigrate, [&](soci::session& session) {
    other = std::jthread([&] {
      second = two->Run(TransactionKind::kMigrate, [](soci::session& mine) {
        mine << "CREATE TABLE second (id INTEGER)";
        return Status::Ok();
      });
    });
    // Longer than the other waits for the lock at a time.
    session << "SELECT pg_sleep(4)";
    session << "CREATE TABLE first (id INTEGER)";
    return Status::Ok();
  });
  other.join();
  EXPECT_TRUE(first.ok()) << first.ToString();
  EXPECT_TRUE(second.ok()) << second.ToString();
}

}  // namespace
}  // namespace farrell::sql
