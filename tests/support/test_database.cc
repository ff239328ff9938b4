#include "tests/support/test_database.h"

namespace farrell::testing {

PostgresServer& SharedPostgres() {
  static PostgresServer server;
  return server;
}

TestDatabase::TestDatabase(const std::string& engine) {
  if (engine == "postgresql") {
    options_.url = SharedPostgres().CreateDatabase();
  } else {
    options_.path = sql::DatabasePath(dir_.path().string());
  }
}

std::unique_ptr<sql::Database> TestDatabase::Open() const {
  auto database = sql::Database::Open(options_);
  EXPECT_TRUE(database.ok()) << database.status().ToString();
  return database.ok() ? std::move(*database) : nullptr;
}

std::vector<std::string> TestDatabase::Flags() const {
  if (!options_.url.empty()) return {"--database", options_.url};
  return {"--state", dir_.path().string()};
}

void TestDatabase::Execute(const std::string& statement) const {
  const Status status = sql::Write(*Open(), [&](soci::session& session) {
    session << statement;
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
}

int TestDatabase::Count(const std::string& statement) const {
  int count = -1;
  const Status status = sql::Read(*Open(), [&](soci::session& session) {
    session << statement, soci::into(count);
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return count;
}

std::string TestDatabase::Text(const std::string& statement) const {
  std::string text;
  const Status status = sql::Read(*Open(), [&](soci::session& session) {
    session << statement, soci::into(text);
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return text;
}

void OnEveryEngine::SetUp() {
  if (std::string(GetParam()) == "postgresql") FARRELL_SKIP_WITHOUT_POSTGRES();
  database_ = std::make_unique<TestDatabase>(GetParam());
}

}  // namespace farrell::testing
