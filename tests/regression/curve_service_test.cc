// Specification curves over gRPC: progress, the kept result, the plan, mistakes, cancellation.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/numeric/random.h"
#include "tests/regression/service_fixture.h"
#include "tests/support/processor_time.h"

namespace farrell::regression {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::string Csv(int units) {
  std::string csv = "unit,time,y,x,z\n";
  for (int unit = 0; unit < units; ++unit) {
    for (int period = 0; period < 8; ++period) {
      const std::int64_t cell = unit * 8 + period;
      const double x = numeric::NormalDraw(1, 1, cell);
      const double z = numeric::NormalDraw(1, 2, cell);
      const double y = 0.5 * x + 0.2 * z + 0.1 * unit + numeric::NormalDraw(1, 3, cell);
      csv += "u" + std::to_string(1000 + unit) + "," + std::to_string(2000 + period) + "," + std::to_string(y) + "," +
             std::to_string(x) + "," + std::to_string(z) + "\n";
    }
  }
  return csv;
}

class CurveService : public ServiceFixture {
 protected:
  v1::SpecificationCurveRequest Request(int units = 12) {
    v1::SpecificationCurveRequest request;
    request.mutable_table()->set_snapshot_digest(MustImport(Csv(units)));
    request.add_terms("x");
    request.add_outcomes("y");
    for (const char* controls : {"1", "z", "lag(z)"}) request.add_controls(controls);
    for (const char* effects : {"0", "unit", "unit + time"}) request.add_effects(effects);
    for (const auto type : {v1::Inference::TYPE_CR1, v1::Inference::TYPE_HC1}) {
      v1::Inference& inference = *request.add_inferences();
      inference.set_type(type);
      if (type == v1::Inference::TYPE_CR1) inference.set_cluster("unit");
    }
    return request;
  }

  Result<v1::SpecificationCurveResult> Fit(const v1::SpecificationCurveRequest& request,
                                           std::vector<common::v1::Progress>* progress = nullptr) {
    grpc::ClientContext context;
    const auto stream = regression_stub_->FitSpecificationCurve(&context, request);
    v1::SpecificationCurveResult result;
    for (v1::SpecificationCurveResponse response; stream->Read(&response);) {
      if (response.has_progress() && progress != nullptr) progress->push_back(response.progress());
      if (response.has_result()) result = response.result();
    }
    const grpc::Status status = stream->Finish();
    if (!status.ok()) return FromGrpc(status);
    return result;
  }
};

TEST_F(CurveService, AnswersPlansAndKeeps) {
  v1::PlanFitRequest plan;
  *plan.mutable_curve() = Request();
  v1::PlanFitResponse planned;
  grpc::ClientContext before;
  ASSERT_TRUE(regression_stub_->PlanFit(&before, plan, &planned).ok());
  EXPECT_EQ(planned.at_hand(), common::v1::ResultOrigin::SOURCE_UNSPECIFIED);
  for (const auto source : {common::v1::ResultOrigin::SOURCE_COMPUTED, common::v1::ResultOrigin::SOURCE_MEMORY}) {
    const auto curve = Fit(plan.curve());
    ASSERT_TRUE(curve.ok()) << curve.status().ToString();
    ASSERT_EQ(curve->specifications_size(), 18);
    EXPECT_EQ(curve->specifications(0).formula(), "y ~ x");
    EXPECT_EQ(curve->summary().estimated_count(), 18);
    EXPECT_EQ(curve->joint_test().model_count(), 9);
    EXPECT_EQ(curve->origin().source(), source);
    EXPECT_EQ(curve->provenance().action_key(), planned.action_key());
  }
  grpc::ClientContext after;
  ASSERT_TRUE(regression_stub_->PlanFit(&after, plan, &planned).ok());
  EXPECT_EQ(planned.at_hand(), common::v1::ResultOrigin::SOURCE_MEMORY);
}

TEST_F(CurveService, TheKeyKnowsEstimatorAndInstruments) {
  v1::PlanFitRequest plan;
  *plan.mutable_curve() = Request();
  std::vector<std::string> keys;
  const auto add = [&] {
    grpc::ClientContext context;
    v1::PlanFitResponse planned;
    ASSERT_TRUE(regression_stub_->PlanFit(&context, plan, &planned).ok());
    EXPECT_THAT(keys, Not(Contains(planned.action_key())));
    keys.push_back(planned.action_key());
  };
  add();
  plan.mutable_curve()->set_estimator(v1::ESTIMATOR_TOBIT);
  add();
  plan.mutable_curve()->mutable_options()->set_lower(-1.0);
  add();
  plan.mutable_curve()->clear_options();
  plan.mutable_curve()->set_estimator(v1::ESTIMATOR_LIML);
  plan.mutable_curve()->add_instruments("z");
  add();
  plan.mutable_curve()->set_instruments(0, "lag(z)");
  add();
}

TEST_F(CurveService, ProgressCountsSpecifications) {
  v1::SpecificationCurveRequest request = Request(400);
  request.set_draws(9999);
  std::vector<common::v1::Progress> progress;
  const auto curve = Fit(request, &progress);
  ASSERT_TRUE(curve.ok()) << curve.status().ToString();
  for (const common::v1::Progress& told : progress) {
    if (told.stage() == "specifications") {
      EXPECT_EQ(told.total_count(), 18);
    } else if (told.stage() == "joint test") {
      EXPECT_EQ(told.total_count(), 9);
    } else {
      EXPECT_EQ(told.stage(), "loading");
    }
    EXPECT_LE(told.completed_count(), told.total_count());
  }
  EXPECT_FALSE(progress.empty());
}

TEST_F(CurveService, SaysEveryMistakeAtOnce) {
  v1::SpecificationCurveRequest request = Request();
  request.add_terms("x");
  request.set_outcomes(0, "y ~ z");
  request.add_effects("unit");
  request.set_draws(5);
  request.set_confidence_level(1.5);
  request.set_estimator(v1::ESTIMATOR_BETWEEN);
  const auto refused = Fit(request);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "CURVE_INVALID");
  std::vector<std::string> fields;
  for (const FieldViolation& violation : refused.status().violations()) fields.push_back(violation.field);
  EXPECT_THAT(fields,
              IsSupersetOf({"terms[1]", "outcomes[0]", "effects[3]", "draws", "confidence_level", "estimator"}));
}

TEST_F(CurveService, AnUnknownColumnIsNamed) {
  v1::SpecificationCurveRequest request = Request();
  request.set_controls(1, "zz");
  const auto refused = Fit(request);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().ToString(), HasSubstr("zz"));
}

TEST_F(CurveService, StopsWhenCancelled) {
  v1::SpecificationCurveRequest request = Request(400);
  request.set_draws(99999);
  grpc::ClientContext context;
  const auto stream = regression_stub_->FitSpecificationCurve(&context, request);
  v1::SpecificationCurveResponse response;
  ASSERT_TRUE(stream->Read(&response));
  const double start = farrell::testing::ProcessorMilliseconds();
  context.TryCancel();
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  regression_server_.reset();  // waits for the call
  EXPECT_LT(farrell::testing::ProcessorMilliseconds() - start, 2000);
}

}  // namespace
}  // namespace farrell::regression
