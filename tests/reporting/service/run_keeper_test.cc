// What is kept, what goes, and what is said of it afterwards; on SQLite and PostgreSQL.
#include "services/reporting/service/run_keeper.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <future>

#include "services/reporting/service/retention.h"
#include "services/reporting/service/step_store.h"
#include "services/reporting/service/store_check.h"
#include "tests/support/process.h"
#include "tests/support/test_database.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::days kDay{1};

class RunKeeperTest : public farrell::testing::OnEveryEngine {
 protected:
  void SetUp() override {
    OnEveryEngine::SetUp();
    if (!IsSkipped()) store_ = std::move(StepStore::Open(database().options())).value();
  }

  // A run that began `age` days ago, with one step and a report.
  void AddRun(const std::string& id, int age, const std::string& study = "s",
              v1::Run::State state = v1::Run::STATE_SUCCEEDED) {
    v1::Run run;
    run.set_id(id);
    run.set_study_id(study);
    run.set_state(state);
    run.set_host(HostName());
    run.set_started_at(text::FormatTime(now_ - age * kDay));
    run.add_steps()->set_action_key("step-of-" + id);
    const auto started = (now_ - age * kDay).time_since_epoch();
    ASSERT_TRUE(store_->SaveRun(run, std::chrono::duration_cast<std::chrono::nanoseconds>(started).count()).ok());
    ASSERT_TRUE(store_->KeepStep("step-of-" + id, "result of " + id).ok());
    ASSERT_TRUE(store_->SaveReport(id, {{"report.html", "<p>"}}).ok());
    ASSERT_TRUE(store_->SaveInputs(id, {}).ok());
  }

  v1::Hold MakeHold(const std::string& name, const std::string& until = "") {
    v1::Hold hold;
    hold.set_name(name);
    hold.set_placed_by("ada");
    hold.set_placed_at(text::FormatTime(now_));
    hold.set_until(until);
    return hold;
  }

  std::vector<std::string> Removed(const v1::ApplyRetentionResponse& response) {
    std::vector<std::string> ids;
    for (const v1::RemovedRun& run : response.removed()) ids.push_back(run.run_id());
    return ids;
  }

  v1::ApplyRetentionResponse Apply(int days, int keep_latest, bool dry_run = false, int later = 0) {
    const text::SystemTime now = now_ + later * kDay;
    auto done =
        keeper().ApplyRetention({.before = now - days * kDay, .keep_latest = keep_latest, .dry_run = dry_run}, "", now);
    EXPECT_TRUE(done.ok()) << done.status().ToString();
    return std::move(done).value();
  }

  RunKeeper keeper() { return store_->keeper(); }

  // To the second, as times are kept.
  const text::SystemTime now_ = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::unique_ptr<StepStore> store_;
};
INSTANTIATE_TEST_SUITE_P(Engines, RunKeeperTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(RunKeeperTest, ARemovedRunIsGoneAndSaysSo) {
  AddRun("aaaaaaaa", 3);
  const auto removed = keeper().Remove("aaaaaaaa", "wrong sample", "ada", now_);
  ASSERT_TRUE(removed.ok()) << removed.status().ToString();
  EXPECT_EQ(removed->study_id(), "s");
  const Status gone = store_->FindRun("aaaaaa").status();
  EXPECT_EQ(gone.reason(), "RUN_REMOVED");
  EXPECT_EQ(gone.message(),
            "run aaaaaaaa of study s was removed at " + text::FormatTime(now_) + " by ada: wrong sample");
  EXPECT_THAT(store_->LoadReport("aaaaaaaa").value(), IsEmpty());
  EXPECT_FALSE(store_->FindInputs("aaaaaaaa")->has_value());
  EXPECT_EQ(store_->FindStep("step-of-aaaaaaaa"), "result of aaaaaaaa") << "results may be shared";
  EXPECT_EQ(keeper().Remove("aaaaaaaa", "", "", now_).status().reason(), "RUN_NOT_FOUND");
  EXPECT_EQ(store_->FindRun("bbbbbb").status().reason(), "RUN_NOT_FOUND");
}

TEST_P(RunKeeperTest, AHoldKeepsTheRunAndItsBundle) {
  AddRun("aaaaaaaa", 30);
  ASSERT_TRUE(keeper().Place("aaaaaaaa", MakeHold("audit"), "PK-bundle").ok());
  ASSERT_TRUE(keeper().Place("aaaaaaaa", MakeHold("paper"), "").ok());
  EXPECT_EQ(keeper().FindBundle("aaaaaaaa"), "PK-bundle");
  const Status held = keeper().Remove("aaaaaaaa", "", "", now_).status();
  EXPECT_EQ(held.reason(), "RUN_HELD");
  EXPECT_THAT(held.message(), HasSubstr("audit, paper"));
  AddRun("bbbbbbbb", 1);
  const v1::ApplyRetentionResponse kept = Apply(7, 1);
  EXPECT_EQ(kept.held_count(), 1);
  EXPECT_THAT(Removed(kept), IsEmpty());

  ASSERT_TRUE(keeper().Release("aaaaaaaa", "audit", now_).ok());
  EXPECT_EQ(keeper().Release("aaaaaaaa", "audit", now_).reason(), "HOLD_NOT_FOUND");
  EXPECT_EQ(keeper().FindBundle("aaaaaaaa"), "PK-bundle");
  ASSERT_TRUE(keeper().Release("aaaaaaaa", "paper", now_).ok());
  EXPECT_EQ(keeper().FindBundle("aaaaaaaa"), std::nullopt);
  EXPECT_THAT(Removed(Apply(7, 1)), ElementsAre("aaaaaaaa"));
}

TEST_P(RunKeeperTest, AHoldEndsByItself) {
  AddRun("aaaaaaaa", 30);
  AddRun("bbbbbbbb", 1);
  ASSERT_TRUE(keeper().Place("aaaaaaaa", MakeHold("audit", text::FormatTime(now_ + kDay)), "PK").ok());
  const v1::Hold hold = keeper().Holds(now_)->at("aaaaaaaa").at(0);
  EXPECT_EQ(hold.until(), text::FormatTime(now_ + kDay));
  EXPECT_EQ(hold.placed_by(), "ada");
  EXPECT_THAT(*keeper().Holds(now_ + kDay), IsEmpty());
  EXPECT_THAT(Removed(Apply(7, 1)), IsEmpty());
  EXPECT_THAT(Removed(Apply(7, 1, false, 2)), ElementsAre("aaaaaaaa"));
  EXPECT_EQ(keeper().FindBundle("aaaaaaaa"), std::nullopt);
}

TEST_P(RunKeeperTest, ADamagedBundleIsNoBundle) {
  AddRun("aaaaaaaa", 1);
  ASSERT_TRUE(keeper().Place("aaaaaaaa", MakeHold("audit"), "PK-bundle").ok());
  database().Execute("UPDATE reporting_bundles SET content = 'UEsK'");
  EXPECT_EQ(keeper().FindBundle("aaaaaaaa"), std::nullopt);
  const auto database = std::move(sql::Database::Open(this->database().options())).value();
  const auto report = CheckStore(*database, 3);
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->damages.size(), 1U);
  EXPECT_EQ(report->damages[0].place, "bundle of run aaaaaaaa");
}

TEST_P(RunKeeperTest, RetentionKeepsTheNewestOfEveryStudyAndWhatRuns) {
  AddRun("aaaaaa01", 40);
  AddRun("aaaaaa02", 30);
  AddRun("aaaaaa03", 20, "s", v1::Run::STATE_FAILED);
  AddRun("aaaaaa04", 20);
  AddRun("bbbbbb01", 90, "other");
  AddRun("aaaaaa05", 15, "s", v1::Run::STATE_RUNNING);
  EXPECT_THAT(Removed(Apply(7, 2, true)), ElementsAre("aaaaaa01", "aaaaaa03"));
  EXPECT_TRUE(store_->FindRun("aaaaaa01").ok()) << "a dry run removes nothing";
  EXPECT_THAT(Removed(Apply(25, 1)), ElementsAre("aaaaaa01", "aaaaaa02"));
  EXPECT_TRUE(store_->FindRun("bbbbbb01").ok());
  EXPECT_TRUE(store_->FindRun("aaaaaa05").ok());
}

TEST_P(RunKeeperTest, ResultsGoWhenTheyAreOldAndNoRunNamesThem) {
  AddRun("aaaaaaaa", 30);
  AddRun("bbbbbbbb", 20);
  ASSERT_TRUE(store_->KeepStep("nobody's", "x").ok());
  // All were kept today.
  const v1::ApplyRetentionResponse young = Apply(25, 1);
  EXPECT_THAT(Removed(young), ElementsAre("aaaaaaaa"));
  EXPECT_EQ(young.removed_step_count(), 0);
  AddRun("cccccccc", 0, "other", v1::Run::STATE_RUNNING);
  EXPECT_EQ(Apply(7, 1, false, 10).removed_step_count(), 0) << "the run under way may be about to use one";
  AddRun("cccccccc", 0, "other");
  EXPECT_EQ(Apply(7, 1, true, 10).removed_step_count(), 2);
  const v1::ApplyRetentionResponse old = Apply(7, 1, false, 10);
  EXPECT_EQ(old.removed_step_count(), 2);
  EXPECT_GT(old.removed_bytes(), 0);
  EXPECT_EQ(store_->FindStep("nobody's"), std::nullopt);
  EXPECT_EQ(store_->FindStep("step-of-aaaaaaaa"), std::nullopt);
  EXPECT_EQ(store_->FindStep("step-of-bbbbbbbb"), "result of bbbbbbbb");
}

TEST_P(RunKeeperTest, TwoServersApplyTheSameRule) {
  for (int i = 0; i < 8; ++i) AddRun("aaaaaa0" + std::to_string(i), 30 + i);
  const auto other = std::move(StepStore::Open(database().options())).value();
  const auto apply = [&](StepStore& store) {
    return store.keeper().ApplyRetention({.before = now_ - 7 * kDay, .keep_latest = 1}, "", now_);
  };
  auto first = std::async(std::launch::async, [&] { return apply(*store_); });
  const auto second = apply(*other);
  const auto done = first.get();
  ASSERT_TRUE(done.ok() && second.ok()) << done.status().ToString() << second.status().ToString();
  EXPECT_EQ(done->removed_size() + second->removed_size(), 7);
  EXPECT_EQ(store_->ListRuns(100, "")->runs.size(), 1U);
}

TEST_P(RunKeeperTest, AServerAppliesItsRuleByItself) {
  AddRun("aaaaaaaa", 30);
  AddRun("bbbbbbbb", 20);
  { const Retention nothing(*store_, {}); }
  EXPECT_TRUE(store_->FindRun("aaaaaaaa").ok());
  const Retention retention(*store_, {.keep_days = 7, .keep_latest = 1});
  EXPECT_TRUE(farrell::testing::Eventually([&] { return !store_->FindRun("aaaaaaaa").ok(); }));
  EXPECT_EQ(store_->FindRun("aaaaaaaa").status().reason(), "RUN_REMOVED");
  EXPECT_TRUE(store_->FindRun("bbbbbbbb").ok());
}

TEST(CheckHoldTest, EveryBadFieldIsNamed) {
  v1::Hold hold;
  hold.set_name("no spaces, please");
  hold.set_reason(std::string(1001, 'x'));
  hold.set_until("soon");
  const Status bad = CheckHold(hold, std::chrono::system_clock::now());
  EXPECT_EQ(bad.reason(), "HOLD_INVALID");
  ASSERT_EQ(bad.violations().size(), 3U);
  hold.set_name("a");
  hold.set_reason("");
  hold.set_until("2020-01-01T00:00:00Z");
  EXPECT_THAT(CheckHold(hold, std::chrono::system_clock::now()).violations().at(0).description,
              HasSubstr("has passed"));
  hold.set_until("");
  EXPECT_TRUE(CheckHold(hold, std::chrono::system_clock::now()).ok());
}

}  // namespace
}  // namespace farrell::reporting
