#include "services/reporting/service/step_store.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/test_database.h"

namespace farrell::reporting {
namespace {

class StepStoreTest : public farrell::testing::OnEveryEngine {
 protected:
  std::unique_ptr<StepStore> Open() { return std::move(StepStore::Open(database().options())).value(); }
  void Sql(const std::string& statement) { database().Execute(statement); }
};
INSTANTIATE_TEST_SUITE_P(Engines, StepStoreTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

v1::Run MakeRun(const std::string& id, v1::Run::State state = v1::Run::STATE_SUCCEEDED) {
  v1::Run run;
  run.set_id(id);
  run.set_host(HostName());
  run.set_state(state);
  return run;
}

TEST_P(StepStoreTest, KeepsBytesAcrossPrograms) {
  const std::string bytes("a\0b\xff", 4);
  ASSERT_TRUE(Open()->KeepStep("k", bytes).ok());
  EXPECT_EQ(Open()->FindStep("k"), bytes);
  EXPECT_EQ(Open()->FindStep("other"), std::nullopt);
  ASSERT_TRUE(Open()->KeepStep("k", "new").ok());
  EXPECT_EQ(Open()->FindStep("k"), "new");
}

TEST_P(StepStoreTest, ADamagedRowIsAMissAndGoes) {
  ASSERT_TRUE(Open()->KeepStep("k", "result").ok());
  Sql("UPDATE reporting_steps SET content = 'cmVzdWx1'");
  const auto store = Open();
  EXPECT_EQ(store->FindStep("k"), std::nullopt);
  ASSERT_TRUE(store->KeepStep("k", "result").ok());
  EXPECT_EQ(store->FindStep("k"), "result");
}

TEST_P(StepStoreTest, AStepComputedAgainInOtherBytesIsTold) {
  const auto store = Open();
  std::vector<Contradiction> told;
  store->TellContradictions([&](const Contradiction& one) { told.push_back(one); });
  ASSERT_TRUE(store->KeepStepAgain("k", "old", {}, "dea:main").ok());
  ASSERT_TRUE(store->KeepStepAgain("k", "old", {}, "dea:main").ok());
  EXPECT_TRUE(told.empty());
  ASSERT_TRUE(
      store->KeepStepAgain("k", "reads the same", {}, "dea:main", [](const std::string& kept) { return kept == "old"; })
          .ok());
  EXPECT_TRUE(told.empty());
  ASSERT_TRUE(store->KeepStepAgain("k", "new", 1.5, "dea:main", [](const std::string&) { return false; }).ok());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].key, "k");
  EXPECT_EQ(told[0].operation, "dea:main");
  EXPECT_NE(told[0].digest, told[0].kept_digest);
  EXPECT_EQ(store->contradictions(), 1);
  EXPECT_EQ(store->FindStep("k"), "new");
  EXPECT_EQ(store->FindStep("quarantine:k"), "reads the same") << "there to be looked at";
}

TEST(StepStoreInMemoryTest, KeepsNothing) {
  ASSERT_TRUE(std::move(StepStore::Open(sql::DatabaseAt("memory"))).value()->KeepStep("k", "x").ok());
  EXPECT_EQ(std::move(StepStore::Open(sql::DatabaseAt("memory"))).value()->FindStep("k"), std::nullopt);
}

TEST_P(StepStoreTest, RunsAreFoundByIdPrefixAndLatest) {
  const auto store = Open();
  EXPECT_EQ(store->FindRun("latest").status().reason(), "RUN_NOT_FOUND");
  ASSERT_TRUE(store->SaveRun(MakeRun("abcdef01"), 2).ok());
  ASSERT_TRUE(store->SaveRun(MakeRun("abcdef02"), 3).ok());
  ASSERT_TRUE(store->SaveRun(MakeRun("fedcba98"), 1).ok());
  EXPECT_EQ(store->FindRun("latest")->id(), "abcdef02");
  EXPECT_EQ(store->FindRun("abcdef01")->id(), "abcdef01");
  EXPECT_EQ(store->FindRun("fedcba")->id(), "fedcba98");
  EXPECT_EQ(store->FindRun("abcdef").status().reason(), "RUN_AMBIGUOUS");
  EXPECT_EQ(store->FindRun("fedc").status().reason(), "RUN_ID_INVALID");
  EXPECT_EQ(store->FindRun("000000").status().reason(), "RUN_NOT_FOUND");
}

TEST_P(StepStoreTest, PagesAreNewestFirstAndComplete) {
  const auto store = Open();
  for (int i = 0; i < 5; ++i) {
    // Two runs share each start.
    ASSERT_TRUE(store->SaveRun(MakeRun("run-00" + std::to_string(i)), i / 2).ok());
  }
  std::vector<std::string> ids;
  std::string token;
  do {
    const Result<StepStore::RunPage> page = store->ListRuns(2, token);
    ASSERT_TRUE(page.ok());
    for (const v1::Run& run : page->runs) ids.push_back(run.id());
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_THAT(ids, ::testing::ElementsAre("run-004", "run-003", "run-002", "run-001", "run-000"));
  EXPECT_EQ(store->ListRuns(2, "nonsense").status().reason(), "PAGE_TOKEN_INVALID");
}

TEST_P(StepStoreTest, ARunWhoseProcessEndedIsCancelled) {
  ASSERT_TRUE(Open()->SaveRun(MakeRun("running-1", v1::Run::STATE_RUNNING), 1).ok());
  EXPECT_EQ(Open()->FindRun("running-1")->state(), v1::Run::STATE_RUNNING);
  // No process has this number: it is beyond the kernel's limit.
  Sql("UPDATE reporting_runs SET process = 2000000000");
  const Result<v1::Run> run = Open()->FindRun("running-1");
  EXPECT_EQ(run->state(), v1::Run::STATE_CANCELLED);
  EXPECT_THAT(run->error(), ::testing::HasSubstr("the process ended"));
}

TEST_P(StepStoreTest, ARunThatFallsSilentElsewhereIsCancelled) {
  const auto store = Open();
  v1::Run run = MakeRun("running-1", v1::Run::STATE_RUNNING);
  run.set_host("another-machine");
  ASSERT_TRUE(store->SaveRun(run, 1).ok());
  EXPECT_EQ(store->FindRun("running-1")->state(), v1::Run::STATE_RUNNING);
  const std::string a_minute_later = "UPDATE reporting_runs SET alive_ns = alive_ns - 61000000000";
  Sql(a_minute_later);
  ASSERT_TRUE(store->ShowAlive("running-1").ok());
  EXPECT_EQ(store->FindRun("running-1")->state(), v1::Run::STATE_RUNNING);
  Sql(a_minute_later);
  EXPECT_EQ(store->ListRuns(1, "")->runs.at(0).state(), v1::Run::STATE_CANCELLED);
  // A program of an earlier version shows no signs: nobody elsewhere can tell.
  run.set_id("running-2");
  ASSERT_TRUE(store->SaveRun(run, 2).ok());
  Sql("UPDATE reporting_runs SET alive_ns = NULL WHERE id = 'running-2'");
  EXPECT_EQ(store->FindRun("running-2")->state(), v1::Run::STATE_RUNNING);
}

TEST_P(StepStoreTest, ReportsAreVerified) {
  const auto store = Open();
  ASSERT_TRUE(store->SaveReport("r", {{"report.html", "<p>"}, {"tables/t.csv", "a\n"}}).ok());
  const auto files = store->LoadReport("r");
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].bytes, "<p>");
  Sql("UPDATE reporting_files SET digest = 'x' WHERE path = 'tables/t.csv'");
  EXPECT_EQ(store->LoadReport("r").status().reason(), "REPORT_CORRUPT");
}

// Two programs keep the same steps and save the same run at once, over and over.
TEST_P(StepStoreTest, TwoProgramsThatWriteAtOnceBothSucceed) {
  const auto one = Open();
  const auto two = Open();
  const auto write = [](StepStore& store) {
    for (int round = 0; round < 25; ++round) {
      const std::string step = "step-" + std::to_string(round % 5);
      const Status kept = store.KeepStep(step, "the bytes of " + step, 0.1);
      EXPECT_TRUE(kept.ok()) << kept.ToString();
      const Status saved = store.SaveRun(MakeRun("run-of-both"), 7);
      EXPECT_TRUE(saved.ok()) << saved.ToString();
      const Status report = store.SaveReport("run-of-both", {{"report.html", "<p>"}, {"report.md", "p"}});
      EXPECT_TRUE(report.ok()) << report.ToString();
    }
  };
  {
    const std::jthread first([&] { write(*one); });
    const std::jthread second([&] { write(*two); });
  }
  EXPECT_EQ(one->FindStep("step-4"), "the bytes of step-4");
  EXPECT_EQ(one->StepSeconds("step-4"), 0.1);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM reporting_steps"), 5);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM reporting_runs"), 1);
  EXPECT_EQ(two->LoadReport("run-of-both")->size(), 2U);
}

TEST_P(StepStoreTest, AServerThatIsAwayIsTypedAndAStepIsThenNotThere) {
  if (std::string(GetParam()) == "sqlite") return;  // has no server
  const auto store = Open();
  ASSERT_TRUE(store->KeepStep("k", "bytes").ok());
  farrell::testing::SharedPostgres().Kill();
  EXPECT_EQ(store->FindStep("k"), std::nullopt);
  EXPECT_EQ(store->KeepStep("k", "bytes").reason(), "STORE_UNAVAILABLE");
  EXPECT_EQ(store->FindRun("latest").status().reason(), "STORE_UNAVAILABLE");
  farrell::testing::SharedPostgres().Start();
  EXPECT_EQ(store->FindStep("k"), "bytes");
}

}  // namespace
}  // namespace farrell::reporting
