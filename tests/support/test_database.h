// A database of either kind for one test. Test suites that must hold on both are instantiated with
//
//   INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, testing::ValuesIn(testing::kEngines), testing::EngineName);
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "common/sql/database.h"
#include "tests/support/postgres_server.h"

namespace farrell::testing {

inline constexpr std::array<const char*, 2> kEngines = {"sqlite", "postgresql"};
inline std::string EngineName(const ::testing::TestParamInfo<const char*>& info) { return info.param; }

// The server that the tests of this program share, started when first asked for.
PostgresServer& SharedPostgres();

// An empty database that outlives connections: a file in a folder of its own, or one on the shared server.
class TestDatabase {
 public:
  // `engine` is one of kEngines; the server must not be missing (FARRELL_SKIP_WITHOUT_POSTGRES).
  explicit TestDatabase(const std::string& engine);

  const sql::DatabaseOptions& options() const { return options_; }
  std::unique_ptr<sql::Database> Open() const;
  // What tells a program about it: --state DIR or --database URL.
  std::vector<std::string> Flags() const;

  // A statement outside the stores, as an operator or a fault would run it.
  void Execute(const std::string& statement) const;
  int Count(const std::string& statement) const;
  std::string Text(const std::string& statement) const;

 private:
  TempDir dir_;
  sql::DatabaseOptions options_;
};

// The fixture of such a suite.
class OnEveryEngine : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override;
  TestDatabase& database() { return *database_; }

 private:
  std::unique_ptr<TestDatabase> database_;
};

}  // namespace farrell::testing

// Ends the test as skipped where the engine named cannot run.
#define FARRELL_SKIP_WITHOUT_POSTGRES()                                                                \
  do {                                                                                                 \
    if (const std::string missing = ::farrell::testing::PostgresServer::Missing(); !missing.empty()) { \
      GTEST_SKIP() << missing;                                                                         \
    }                                                                                                  \
  } while (false)
