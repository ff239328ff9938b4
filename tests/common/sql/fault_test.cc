// PostgreSQL dies, restarts, cuts connections and makes writers meet, while they write.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/sql/database.h"
#include "common/sql/migration.h"
#include "tests/support/test_database.h"

namespace farrell::sql {
namespace {

using farrell::testing::Eventually;

// Every write makes a row in each of two tables; a row in one of them only is half a write.
const std::vector<Migration> kPairs = {{{"CREATE TABLE lefts (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
                                         "CREATE TABLE rights (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"}}};

Status WritePair(Database& database, int id) {
  const std::string body(20'000, static_cast<char>('a' + id % 26));
  return Write(database, [&](soci::session& session) {
    int found = 0;
    session << "SELECT COUNT(*) FROM lefts WHERE id = :id", soci::use(id, "id"), soci::into(found);
    if (found > 0) return Status::Ok();
    for (const char* table : {"lefts", "rights"}) {
      session << "INSERT INTO " << table << " (id, body) VALUES (:id, :body)", soci::use(id, "id"),
          soci::use(body, "body");
    }
    return Status::Ok();
  });
}

Result<int> Count(Database& database) {
  int count = 0;
  FARRELL_RETURN_IF_ERROR(Read(database, [&](soci::session& session) {
    session << "SELECT COUNT(*) FROM lefts", soci::into(count);
    return Status::Ok();
  }));
  return count;
}

class PostgresFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    FARRELL_SKIP_WITHOUT_POSTGRES();
    place_ = std::make_unique<farrell::testing::TestDatabase>("postgresql");
    database_ = place_->Open();
    ASSERT_TRUE(Migrate(*database_, "test", kPairs).ok());
  }

  farrell::testing::PostgresServer& server() { return farrell::testing::SharedPostgres(); }
  Database& database() { return *database_; }
  farrell::testing::TestDatabase& place() { return *place_; }

  void ExpectPairs(int expected) {
    EXPECT_EQ(place_->Count("SELECT COUNT(*) FROM lefts"), expected);
    EXPECT_EQ(place_->Count("SELECT COUNT(*) FROM lefts l JOIN rights r ON r.id = l.id AND r.body = l.body"), expected);
    EXPECT_EQ(place_->Count("SELECT COUNT(*) FROM rights"), expected);
  }

 private:
  std::unique_ptr<farrell::testing::TestDatabase> place_;
  std::unique_ptr<Database> database_;
};

TEST_F(PostgresFaultTest, AStoppedServerDoesNotHoldItsCallers) {
  const auto options = [&] {
    DatabaseOptions quick = place().options();
    quick.connect_timeout = std::chrono::seconds(2);  // libpq's least
    quick.silence = {.patience = std::chrono::milliseconds(300), .pause = std::chrono::milliseconds(50), .attempts = 2};
    return quick;
  }();
  const auto quick = std::move(Database::Open(options)).value();
  ASSERT_TRUE(WritePair(*quick, 1).ok());
  // A long statement of a server that is well is left alone.
  EXPECT_TRUE(Read(*quick, [](soci::session& session) {
                session << "SELECT pg_sleep(1.5)";
                return Status::Ok();
              }).ok());
  server().Pause();
  const Status held = WritePair(*quick, 2);
  EXPECT_EQ(held.reason(), "STORE_UNAVAILABLE") << held.ToString();
  EXPECT_EQ(WritePair(*quick, 2).reason(), "STORE_UNAVAILABLE") << "nor can a new connection be made";
  server().Resume();
  EXPECT_TRUE(Eventually([&] { return WritePair(*quick, 2).ok(); }));
  ExpectPairs(2);
}

// Two programs, each with three writers that ask again after an error, while `disturb` happens between waits for
// progress. Every row must be there once, and every error a typed one.
class Writers {
 public:
  Writers(Database& first, Database& second) {
    for (int writer = 0; writer < 6; ++writer) {
      threads_.emplace_back([&, writer](const std::stop_token& stop) {
        Database& database = writer % 2 == 0 ? first : second;
        for (int id = writer * kRange; !stop.stop_requested(); ++id) {
          Status status;
          do {
            status = WritePair(database, id);
            if (!status.ok()) Note(status);
          } while (!status.ok());
          ++written_;
        }
      });
    }
  }

  bool GoOn() {
    const int before = written_;
    return Eventually([&] { return written_ > before + 30; }, std::chrono::seconds(60));
  }
  bool Failed() {
    const int before = failed_;
    return Eventually([&] { return failed_ > before; });
  }
  int Finish() {
    threads_.clear();
    return written_;
  }
  std::set<std::string> reasons() {
    const std::scoped_lock lock(mutex_);
    return reasons_;
  }

 private:
  static constexpr int kRange = 1'000'000;

  void Note(const Status& status) {
    {
      const std::scoped_lock lock(mutex_);
      reasons_.insert(std::string(CodeName(status.code())) + " " + status.reason());
    }
    ++failed_;
    farrell::testing::PauseBriefly();
  }

  std::atomic<int> written_ = 0;
  std::atomic<int> failed_ = 0;
  std::mutex mutex_;
  std::set<std::string> reasons_;
  std::vector<std::jthread> threads_;
};

TEST_F(PostgresFaultTest, KilledAndRestartedInTheMiddleOfWrites) {
  const auto other = place().Open();
  Writers writers(database(), *other);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(writers.GoOn());
    server().Kill();
    ASSERT_TRUE(writers.Failed());
    server().Start();
  }
  ASSERT_TRUE(writers.GoOn()) << "the same objects work again after the restart";
  ExpectPairs(writers.Finish());
  EXPECT_THAT(writers.reasons(), ::testing::ElementsAre("UNAVAILABLE STORE_UNAVAILABLE"));
}

TEST_F(PostgresFaultTest, ConnectionsEndedInTheMiddleOfWrites) {
  const auto other = place().Open();
  Writers writers(database(), *other);
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(writers.GoOn());
    server().TerminateConnections();
  }
  ASSERT_TRUE(writers.GoOn());
  ExpectPairs(writers.Finish());
  EXPECT_THAT(writers.reasons(), ::testing::IsSubsetOf({"UNAVAILABLE STORE_UNAVAILABLE"}));
}

// Nobody was using the connection when it ended: nobody hears of it.
TEST_F(PostgresFaultTest, AnIdleConnectionThatEndedIsMadeAgainUnnoticed) {
  ASSERT_TRUE(WritePair(database(), 1).ok());
  server().TerminateConnections();
  const Status after_cut = WritePair(database(), 2);
  EXPECT_TRUE(after_cut.ok()) << after_cut.ToString();
  server().Kill();
  server().Start();
  const Status after_restart = WritePair(database(), 3);
  EXPECT_TRUE(after_restart.ok()) << after_restart.ToString();
  ExpectPairs(3);
}

TEST_F(PostgresFaultTest, AConnectionLostInsideATransactionIsTypedAndNothingIsWritten) {
  const Status lost = Write(database(), [&](soci::session& session) {
    session << "INSERT INTO lefts (id, body) VALUES (1, 'x')";
    server().TerminateConnections();
    session << "INSERT INTO rights (id, body) VALUES (1, 'x')";
    return Status::Ok();
  });
  EXPECT_EQ(lost.code(), Code::kUnavailable) << lost.ToString();
  EXPECT_EQ(lost.reason(), "STORE_UNAVAILABLE");
  ExpectPairs(0);
  EXPECT_TRUE(WritePair(database(), 1).ok());
}

TEST_F(PostgresFaultTest, AServerThatIsAwayIsUnavailableAtOnceAndThenBack) {
  server().Stop();
  for (int round = 0; round < 6; ++round) {
    const Status away = Count(database()).status();
    EXPECT_EQ(away.reason(), "STORE_UNAVAILABLE") << away.ToString();
  }
  EXPECT_EQ(Database::Open(place().options()).status().reason(), "STORE_UNAVAILABLE");
  server().Start();
  EXPECT_TRUE(Count(database()).ok());
}

// Both read both rows and change one: one of them must look again.
TEST_F(PostgresFaultTest, TransactionsThatMeetAreRepeated) {
  for (const int id : {1, 2}) ASSERT_TRUE(WritePair(database(), id).ok());
  const auto other = place().Open();
  std::atomic<int> inside = 0;
  std::atomic<int> runs = 0;
  const auto change = [&](Database& mine, int id) {
    return Write(mine, [&, id](soci::session& session) {
      const bool first_time = ++runs <= 2;
      int sum = 0;
      session << "SELECT SUM(length(body)) FROM lefts", soci::into(sum);
      ++inside;
      if (first_time) Eventually([&] { return inside >= 2; });
      session << "UPDATE lefts SET body = body || 'y' WHERE id = :id", soci::use(id, "id");
      return Status::Ok();
    });
  };
  Status first;
  Status second;
  {
    const std::jthread one([&] { first = change(database(), 1); });
    const std::jthread two([&] { second = change(*other, 2); });
  }
  EXPECT_TRUE(first.ok()) << first.ToString();
  EXPECT_TRUE(second.ok()) << second.ToString();
  EXPECT_EQ(runs, 3) << "one transaction met the other and was repeated";
  EXPECT_EQ(place().Count("SELECT SUM(length(body)) FROM lefts"), 40'002);
}

TEST_F(PostgresFaultTest, TransactionsThatAlwaysMeetEndAsBusy) {
  int runs = 0;
  const Status busy = Write(database(), [&](soci::session& session) {
    ++runs;
    session << "DO $$ BEGIN RAISE EXCEPTION 'meets' USING ERRCODE = '40001'; END $$";
    return Status::Ok();
  });
  EXPECT_EQ(busy.code(), Code::kAborted) << busy.ToString();
  EXPECT_EQ(busy.reason(), "STORE_BUSY");
  EXPECT_GT(runs, 1);
  EXPECT_LE(runs, 20);
}

// What the server says when its disk is full, it says here without one.
TEST_F(PostgresFaultTest, AFullDiskAndOtherServerErrorsAreTyped) {
  const auto fail_with = [&](const std::string& state) {
    return Write(database(), [&](soci::session& session) {
      session << "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '" << state << "'; END $$";
      return Status::Ok();
    });
  };
  EXPECT_EQ(fail_with("53100").code(), Code::kResourceExhausted);
  EXPECT_EQ(fail_with("53100").reason(), "STORE_FULL");
  EXPECT_EQ(fail_with("42501").reason(), "STORE_DENIED");
  EXPECT_EQ(fail_with("XX001").reason(), "STORE_CORRUPT");
  EXPECT_EQ(fail_with("25006").reason(), "STORE_UNAVAILABLE");
  EXPECT_EQ(fail_with("XX000").reason(), "STORE_FAILED");
  EXPECT_TRUE(WritePair(database(), 1).ok());
}

TEST_F(PostgresFaultTest, AStatementThatTakesTooLongIsEnded) {
  DatabaseOptions options = place().options();
  options.statement_timeout = std::chrono::seconds(1);
  auto impatient = Database::Open(options);
  ASSERT_TRUE(impatient.ok());
  const Status slow = Read(**impatient, [](soci::session& session) {
    session << "SELECT pg_sleep(60)";
    return Status::Ok();
  });
  EXPECT_EQ(slow.code(), Code::kUnavailable) << slow.ToString();
  EXPECT_EQ(slow.reason(), "STORE_TIMEOUT");
  EXPECT_TRUE(Count(**impatient).ok());
}

}  // namespace
}  // namespace farrell::sql
