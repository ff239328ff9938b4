// Finished steps as `farrell cache` sees them, on both databases.
#include "services/reporting/service/kept_steps.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/support/test_database.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;

const std::string kKey(64, 'a');
const std::string kOther(64, 'b');

std::string Evaluation(const std::string& snapshot) {
  v1::StoredStep step;
  step.mutable_evaluation()->mutable_summary()->mutable_provenance()->set_snapshot_digest(snapshot);
  return step.SerializeAsString();
}

class KeptStepsTest : public farrell::testing::OnEveryEngine {
 protected:
  void SetUp() override {
    OnEveryEngine::SetUp();
    if (IsSkipped()) return;
    store_ = std::move(StepStore::Open(database().options())).value();
    kept_.emplace(*store_);
  }
  void TearDown() override { kept_.reset(); }

  std::unique_ptr<StepStore> store_;
  std::optional<KeptSteps> kept_;
};
INSTANTIATE_TEST_SUITE_P(Engines, KeptStepsTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(KeptStepsTest, TellsWhichDataAStepIsOf) {
  ASSERT_TRUE(store_->KeepStep(kKey, Evaluation("snapshot"), 1.5).ok());
  ASSERT_TRUE(store_->KeepStep(kOther, "<svg>").ok());
  const auto description = kept_->DescriptionOf(kKey);
  ASSERT_TRUE(description.has_value());
  EXPECT_EQ(description->action, "");
  EXPECT_THAT(description->snapshots, ElementsAre("snapshot"));
  EXPECT_FALSE(kept_->DescriptionOf(kOther).has_value());  // a figure
  EXPECT_FALSE(kept_->DescriptionOf("none").has_value());
  const std::vector<Holding> held = kept_->Holdings(kKey);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].tier, "store");
  EXPECT_EQ(held[0].bytes, static_cast<std::int64_t>(Evaluation("snapshot").size()));
  EXPECT_EQ(held[0].seconds, 1.5);
  EXPECT_GT(held[0].made_ns, 0);
  EXPECT_TRUE(kept_->Holdings("none").empty());
}

TEST_P(KeptStepsTest, QuarantinedIsComputedAnewAndStaysToBeLookedAt) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(store_->KeepStep(kKey, Evaluation("snapshot")).ok());
    EXPECT_TRUE(kept_->Quarantine(kKey));
    EXPECT_EQ(store_->FindStep(kKey), std::nullopt);
  }
  EXPECT_FALSE(kept_->Quarantine(kKey));
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM reporting_steps"), 1);
  EXPECT_TRUE(kept_->Keys("", 10).empty());
  const std::vector<TierUsage> usage = kept_->Usage();
  ASSERT_EQ(usage.size(), 1U);
  EXPECT_EQ(usage[0].entries, 0);
  EXPECT_EQ(usage[0].quarantined, 1);
}

TEST_P(KeptStepsTest, VerificationPutsDamagedRowsAside) {
  ASSERT_TRUE(store_->KeepStep(kKey, Evaluation("snapshot")).ok());
  ASSERT_TRUE(store_->KeepStep(kOther, "<svg>").ok());
  EXPECT_THAT(kept_->Keys("a", 10), ElementsAre(kKey));
  EXPECT_EQ(kept_->Verify(0, {}).checked, 2);
  EXPECT_EQ(kept_->Verify(1, {}).checked, 1);
  database().Execute("UPDATE reporting_steps SET content = 'cmVzdWx1' WHERE action_key = '" + kOther + "'");
  const CacheVerification found = kept_->Verify(0, {});
  EXPECT_EQ(found.entries, 2);
  EXPECT_THAT(found.damaged, ElementsAre(kOther));
  EXPECT_EQ(kept_->counts().corrupt_entries, 1);
  EXPECT_EQ(kept_->Verify(0, {}).entries, 1);
}

TEST_P(KeptStepsTest, NothingIsPinned) {
  ASSERT_TRUE(store_->KeepStep(kKey, Evaluation("snapshot")).ok());
  EXPECT_EQ(kept_->Pin(kKey).reason(), "CACHE_NOT_DURABLE");
  EXPECT_EQ(kept_->Unpin(kKey).reason(), "PIN_NOT_FOUND");
}

}  // namespace
}  // namespace farrell::reporting
