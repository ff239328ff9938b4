// Nowcasts and early warnings over gRPC: the engine's answer, the kept result, the plan, mistakes.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "common/numeric/random.h"
#include "tests/regression/service_fixture.h"

namespace farrell::regression {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

constexpr int kUnits = 20;
constexpr int kPeriods = 10;

// y = 2 x + unit / 10 + noise; the last period lacks y, and unit u119 also x.
std::string Csv() {
  std::string csv = "unit,time,y,x,risk\n";
  for (int unit = 0; unit < kUnits; ++unit) {
    for (int period = 0; period < kPeriods; ++period) {
      const std::int64_t cell = unit * kPeriods + period;
      const bool last = period == kPeriods - 1;
      const double x = numeric::NormalDraw(3, 1, cell);
      const double y = 2.0 * x + 0.1 * unit + 0.1 * numeric::NormalDraw(3, 2, cell);
      csv += "u" + std::to_string(100 + unit) + "," + std::to_string(2000 + period) + "," +
             (last ? "" : std::to_string(y)) + "," + (last && unit == kUnits - 1 ? "" : std::to_string(x)) + "," +
             std::to_string(numeric::NormalDraw(3, 3, cell)) + "\n";
    }
  }
  return csv;
}

template <typename Response, typename Stream>
auto ReadAll(const Stream& stream) -> Result<std::decay_t<decltype(Response().result())>> {
  std::decay_t<decltype(Response().result())> result;
  for (Response response; stream->Read(&response);) {
    if (response.has_result()) result = response.result();
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return FromGrpc(status);
  return result;
}

std::vector<std::string> FieldsOf(const Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
  return fields;
}

class ForecastService : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    digest_ = MustImport(Csv());
  }

  v1::NowcastRequest Nowcasting() const {
    v1::NowcastRequest request;
    request.mutable_table()->set_snapshot_digest(digest_);
    request.set_formula("y ~ x | unit");
    return request;
  }
  v1::EarlyWarningRequest Warning() const {
    v1::EarlyWarningRequest request;
    request.mutable_table()->set_snapshot_digest(digest_);
    request.set_event("x > 0.5");
    request.add_predictors("risk");
    request.add_predictors("lag(x)");
    request.set_replication_count(99);
    return request;
  }

  Result<v1::NowcastResult> Ask(const v1::NowcastRequest& request) {
    grpc::ClientContext context;
    return ReadAll<v1::NowcastResponse>(regression_stub_->Nowcast(&context, request));
  }
  Result<v1::EarlyWarningResult> Ask(const v1::EarlyWarningRequest& request) {
    grpc::ClientContext context;
    return ReadAll<v1::EarlyWarningResponse>(regression_stub_->WarnEarly(&context, request));
  }
  v1::PlanFitResponse Plan(const v1::PlanFitRequest& request) {
    grpc::ClientContext context;
    v1::PlanFitResponse planned;
    const grpc::Status status = regression_stub_->PlanFit(&context, request, &planned);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return planned;
  }

  std::string digest_;
};

TEST_F(ForecastService, NowcastsPlansAndKeeps) {
  v1::PlanFitRequest plan;
  *plan.mutable_nowcast() = Nowcasting();
  const v1::PlanFitResponse planned = Plan(plan);
  EXPECT_EQ(planned.at_hand(), common::v1::ResultOrigin::SOURCE_UNSPECIFIED);
  for (const auto source : {common::v1::ResultOrigin::SOURCE_COMPUTED, common::v1::ResultOrigin::SOURCE_MEMORY}) {
    const auto nowcast = Ask(plan.nowcast());
    ASSERT_TRUE(nowcast.ok()) << nowcast.status().ToString();
    EXPECT_EQ(nowcast->period(), 2009);
    EXPECT_EQ(nowcast->outcome(), "y");
    EXPECT_EQ(nowcast->level(), 0.8);
    ASSERT_EQ(nowcast->units_size(), kUnits - 1);
    EXPECT_THAT(nowcast->left_out(), ElementsAre("u119"));
    EXPECT_LT(nowcast->rmse(), 0.2 * nowcast->rmse_random_walk());
    for (const v1::UnitNowcast& unit : nowcast->units()) {
      EXPECT_DOUBLE_EQ(unit.high() - unit.prediction(), nowcast->half_width());
      EXPECT_FALSE(unit.has_observed());
      EXPECT_EQ(unit.last_period(), 2008);
    }
    EXPECT_EQ(nowcast->origin().source(), source);
    EXPECT_EQ(nowcast->provenance().action_key(), planned.action_key());
    EXPECT_FALSE(nowcast->provenance().has_seed());
  }
  EXPECT_EQ(Plan(plan).at_hand(), common::v1::ResultOrigin::SOURCE_MEMORY);
  plan.mutable_nowcast()->set_level(0.9);
  EXPECT_NE(Plan(plan).action_key(), planned.action_key());
}

TEST_F(ForecastService, WarnsPlansAndKeeps) {
  v1::PlanFitRequest plan;
  *plan.mutable_early_warning() = Warning();
  const v1::PlanFitResponse planned = Plan(plan);
  for (const auto source : {common::v1::ResultOrigin::SOURCE_COMPUTED, common::v1::ResultOrigin::SOURCE_MEMORY}) {
    const auto warning = Ask(plan.early_warning());
    ASSERT_TRUE(warning.ok()) << warning.status().ToString();
    EXPECT_EQ(warning->period(), 2009);
    EXPECT_EQ(warning->units_size(), kUnits);
    EXPECT_EQ(warning->threshold(), warning->base_rate());
    for (const v1::UnitWarning& unit : warning->units()) {
      EXPECT_LE(unit.low(), unit.high());
      const v1::UnitWarning::Light light = unit.low() > warning->threshold()    ? v1::UnitWarning::LIGHT_FLAGGED
                                           : unit.high() < warning->threshold() ? v1::UnitWarning::LIGHT_CLEAR
                                                                                : v1::UnitWarning::LIGHT_UNDECIDED;
      EXPECT_EQ(unit.light(), light) << unit.unit();
    }
    EXPECT_EQ(warning->origin().source(), source);
    EXPECT_EQ(warning->provenance().action_key(), planned.action_key());
    EXPECT_TRUE(warning->provenance().has_seed());
  }
  plan.mutable_early_warning()->set_seed(1);
  EXPECT_NE(Plan(plan).action_key(), planned.action_key());
}

TEST_F(ForecastService, SaysEveryMistakeAtOnce) {
  v1::NowcastRequest nowcast = Nowcasting();
  nowcast.set_formula("y ~ lead(x) | unit + time");
  nowcast.set_level(1.5);
  auto refused = Ask(nowcast).status();
  EXPECT_EQ(refused.reason(), "NOWCAST_INVALID");
  EXPECT_THAT(FieldsOf(refused), ElementsAre("level", "formula", "formula"));

  nowcast.clear_table();
  refused = Ask(nowcast).status();
  EXPECT_EQ(refused.reason(), "REQUEST_INVALID");
  EXPECT_THAT(FieldsOf(refused), IsSupersetOf({"table.snapshot_digest", "level", "formula"}));

  v1::EarlyWarningRequest warning = Warning();
  warning.clear_event();
  for (int k = 0; k < 4; ++k) warning.add_predictors("risk");
  warning.set_threshold(2.0);
  warning.set_replication_count(5);
  refused = Ask(warning).status();
  EXPECT_EQ(refused.reason(), "WARNING_INVALID");
  EXPECT_THAT(FieldsOf(refused),
              IsSupersetOf({"event", "predictors", "predictors[2]", "threshold", "replication_count"}));
}

TEST_F(ForecastService, AnUnknownColumnIsNamed) {
  v1::NowcastRequest nowcast = Nowcasting();
  nowcast.set_formula("y ~ xx | unit");
  EXPECT_THAT(Ask(nowcast).status().ToString(), HasSubstr("xx"));
  v1::EarlyWarningRequest warning = Warning();
  warning.set_event("risky > 1");
  EXPECT_THAT(Ask(warning).status().ToString(), HasSubstr("risky"));
}

}  // namespace
}  // namespace farrell::regression
