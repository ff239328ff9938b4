// The regression service over gRPC, reading from a real data service.

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <thread>

#include "common/notation/regression_notation.h"
#include "common/notation/second_stage_notation.h"
#include "common/numeric/random.h"
#include "services/regression/service/action_key.h"
#include "tests/regression/panels.h"
#include "tests/regression/service_fixture.h"

namespace farrell::regression {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Csv(std::int64_t seed, bool reversed = false) {
  std::vector<std::string> lines;
  for (int unit = 0; unit < 12; ++unit) {
    for (int period = 0; period < 8; ++period) {
      const std::int64_t cell = unit * 8 + period;
      const double x = 2.0 + numeric::UniformDraw(seed, 1, cell);
      const double y = 1.0 + 0.5 * x + 0.1 * unit + 0.05 * period * period + numeric::NormalDraw(seed, 2, cell) * 0.2;
      lines.push_back("u" + std::to_string(10 + unit) + "," + std::to_string(2000 + period) + "," +
                      std::to_string(std::exp(y)) + "," + std::to_string(x) + "," + (unit % 2 == 0 ? "east" : "west") +
                      "," + (unit == 3 ? "n/a" : "1") + "\n");
    }
  }
  if (reversed) std::reverse(lines.begin(), lines.end());
  std::string csv = "unit,time,y,x,region,note\n";
  for (const std::string& line : lines) csv += line;
  return csv;
}

class RegressionServiceTest : public ServiceFixture {
 protected:
  template <typename Response, typename Reader, typename Reply>
  static Result<Reply> Collect(Reader reader, std::vector<std::string>* stages = nullptr) {
    Response response;
    Reply reply;
    while (reader->Read(&response)) {
      if (response.has_progress() && stages != nullptr) stages->push_back(response.progress().stage());
      if (response.has_result()) reply = response.result();
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) return FromGrpc(status);
    return reply;
  }

  Result<v1::FitResult> Fit(const v1::FitRequest& request, std::vector<std::string>* stages = nullptr) {
    grpc::ClientContext context;
    return Collect<v1::FitResponse, std::unique_ptr<grpc::ClientReader<v1::FitResponse>>, v1::FitResult>(
        regression_stub_->Fit(&context, request), stages);
  }
  Result<v1::CompareResult> Compare(const v1::CompareRequest& request) {
    grpc::ClientContext context;
    return Collect<v1::CompareResponse, std::unique_ptr<grpc::ClientReader<v1::CompareResponse>>, v1::CompareResult>(
        regression_stub_->Compare(&context, request));
  }
  v1::FitRequest Request(const std::string& formula) {
    v1::FitRequest request;
    request.mutable_table()->set_snapshot_digest(digest_);
    request.set_formula(formula);
    return request;
  }
  void Load(std::int64_t seed = 1, bool reversed = false) { digest_ = MustImport(Csv(seed, reversed)); }

  std::string digest_;
};

TEST_F(RegressionServiceTest, FitsExpressionsAndSaysWhereFrom) {
  Load();
  v1::FitRequest request = Request("log(y) ~ x + lag(x) | unit + time");
  request.mutable_table()->set_where("time >= 2002");
  std::vector<std::string> stages;
  const auto fit = Fit(request, &stages);
  ASSERT_TRUE(fit.ok()) << fit.status().ToString();
  ASSERT_EQ(fit->terms_size(), 2);
  EXPECT_EQ(fit->terms(1).name(), "lag(x)");
  EXPECT_NEAR(fit->terms(0).estimate(), 0.5, 0.3);
  EXPECT_EQ(fit->observation_count(), 72);
  EXPECT_EQ(fit->inferences(0).label(), "CR3 by unit");
  EXPECT_EQ(fit->inferences(0).cluster_count(), 12);
  EXPECT_EQ(fit->inferences(0).terms(0).df(), 11.0);
  EXPECT_EQ(fit->where(), "time >= 2002");
  EXPECT_EQ(fit->provenance().snapshot_digest(), digest_);
  EXPECT_EQ(fit->provenance().engine(), "regression");
  EXPECT_EQ(fit->provenance().action_key().size(), 64U);
  EXPECT_FALSE(fit->provenance().has_seed());
  EXPECT_EQ(fit->origin().source(), common::v1::ResultOrigin::SOURCE_COMPUTED);
  EXPECT_THAT(stages, Contains("loading"));
}

TEST_F(RegressionServiceTest, AsksOnceAndServesTheSameBytesAgain) {
  Load();
  v1::FitRequest request = Request("log(y) ~ x | unit + time");
  v1::Inference& wild = *request.add_inferences();
  wild.set_type(v1::Inference::TYPE_WILD);
  wild.set_cluster("unit");
  wild.set_draws(999);
  wild.set_seed(7);
  v1::PlanFitRequest plan;
  *plan.mutable_fit() = request;
  v1::PlanFitResponse before;
  grpc::ClientContext first_context;
  ASSERT_TRUE(regression_stub_->PlanFit(&first_context, plan, &before).ok());
  EXPECT_EQ(before.at_hand(), common::v1::ResultOrigin::SOURCE_UNSPECIFIED);
  auto cold = Fit(request);
  ASSERT_TRUE(cold.ok()) << cold.status().ToString();
  EXPECT_EQ(cold->provenance().action_key(), before.action_key());
  EXPECT_EQ(cold->provenance().seed(), 7);
  EXPECT_EQ(cold->origin().solved_count(), 1);
  auto warm = Fit(request);
  ASSERT_TRUE(warm.ok());
  EXPECT_EQ(warm->origin().source(), common::v1::ResultOrigin::SOURCE_MEMORY);
  EXPECT_EQ(warm->origin().solved_count(), 0);
  request.set_skip_cache_lookup(true);
  auto again = Fit(request);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->origin().source(), common::v1::ResultOrigin::SOURCE_COMPUTED);
  StartRegression(8);
  auto threads = Fit(request);
  ASSERT_TRUE(threads.ok());
  for (auto* result : {&cold, &warm, &again, &threads}) (*result)->clear_origin();
  EXPECT_EQ(cold->SerializeAsString(), warm->SerializeAsString());
  EXPECT_EQ(cold->SerializeAsString(), again->SerializeAsString());
  EXPECT_EQ(cold->SerializeAsString(), threads->SerializeAsString());
}

TEST_F(RegressionServiceTest, FileOrderChangesNeitherKeyNorBytes) {
  Load();
  auto forward = Fit(Request("log(y) ~ x | unit + time"));
  Load(1, true);
  auto backward = Fit(Request("log(y) ~ x | unit + time"));
  ASSERT_TRUE(forward.ok() && backward.ok());
  EXPECT_EQ(forward->provenance().action_key(), backward->provenance().action_key());
  EXPECT_EQ(forward->terms(0).estimate(), backward->terms(0).estimate());
}

TEST_F(RegressionServiceTest, EveryOptionIsInTheKey) {
  Load();
  const auto key = [&](const v1::FitRequest& request) {
    v1::PlanFitRequest plan;
    *plan.mutable_fit() = request;
    v1::PlanFitResponse response;
    grpc::ClientContext context;
    const grpc::Status status = regression_stub_->PlanFit(&context, plan, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.action_key();
  };
  const v1::FitRequest base = [&] {
    v1::FitRequest request = Request("y ~ x | unit");
    request.add_inferences()->set_type(v1::Inference::TYPE_WILD);
    return request;
  }();
  const std::string base_key = key(base);
  // Defaults written out and white space change nothing.
  v1::FitRequest same = base;
  same.set_formula("y   ~ x | unit");
  same.mutable_inferences(0)->set_ssc("fixest");
  same.mutable_inferences(0)->set_draws(9999);
  same.set_confidence_level(0.95);
  EXPECT_EQ(key(same), base_key);
  std::vector<std::string> keys = {base_key};
  const auto changed = [&](const std::function<void(v1::FitRequest&)>& change) {
    v1::FitRequest request = base;
    change(request);
    keys.push_back(key(request));
  };
  changed([](v1::FitRequest& r) { r.set_formula("y ~ x | time"); });
  changed([](v1::FitRequest& r) { r.set_estimator(v1::ESTIMATOR_WITHIN); });
  changed([](v1::FitRequest& r) { r.mutable_inferences(0)->set_type(v1::Inference::TYPE_CR1); });
  changed([](v1::FitRequest& r) { r.mutable_inferences(0)->set_cluster("time"); });
  changed([](v1::FitRequest& r) { r.mutable_inferences(0)->set_ssc("areg"); });
  changed([](v1::FitRequest& r) { r.mutable_inferences(0)->set_draws(999); });
  changed([](v1::FitRequest& r) { r.mutable_inferences(0)->set_weights(v1::Inference::WEIGHTS_RADEMACHER); });
  changed([](v1::FitRequest& r) { r.mutable_inferences(0)->set_seed(1); });
  changed([](v1::FitRequest& r) { r.add_hypotheses("x = 1"); });
  changed([](v1::FitRequest& r) { r.set_confidence_level(0.9); });
  changed([](v1::FitRequest& r) { r.set_return_observations(true); });
  changed([](v1::FitRequest& r) { r.mutable_table()->set_where("time > 2001"); });
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

TEST_F(RegressionServiceTest, ComparesGroups) {
  Load();
  v1::CompareRequest request;
  request.mutable_table()->set_snapshot_digest(digest_);
  request.set_formula("log(y) ~ x | unit + time");
  request.set_by("region");
  const auto compared = Compare(request);
  ASSERT_TRUE(compared.ok()) << compared.status().ToString();
  ASSERT_EQ(compared->groups_size(), 2);
  EXPECT_THAT(compared->terms(), ElementsAre("x"));
  EXPECT_EQ(compared->groups(0).group(), "east");
  EXPECT_EQ(compared->groups(0).compared(0).df(), 5.0);
  EXPECT_TRUE(compared->groups(0).estimated(0));
  ASSERT_EQ(compared->differences_size(), 1);
  EXPECT_NEAR(compared->differences(0).estimate(), compared->groups(0).estimates(0) - compared->groups(1).estimates(0),
              1e-15);
  EXPECT_EQ(compared->joints(0).df1(), 1.0);
  EXPECT_EQ(compared->adjustment(), "holm");
  EXPECT_EQ(compared->interact(), v1::CompareRequest::INTERACT_EVERYTHING);
}

TEST_F(RegressionServiceTest, ObservationsAndEffects) {
  Load();
  v1::FitRequest request = Request("y ~ x | unit + time");
  request.set_return_observations(true);
  const auto fit = Fit(request);
  ASSERT_TRUE(fit.ok());
  EXPECT_EQ(fit->observations().residuals_size(), 96);
  EXPECT_EQ(fit->observations().units(0), "u10");
  EXPECT_EQ(fit->observations().periods(1), 2001);
  EXPECT_EQ(fit->observations().effect_levels_size(), 12 + 8);
}

TEST_F(RegressionServiceTest, BadRequestsNameEveryField) {
  Load();
  v1::FitRequest request = Request("y ~ x + + z");
  request.mutable_table()->clear_snapshot_digest();
  request.set_confidence_level(1.5);
  v1::Inference& inference = *request.add_inferences();
  inference.set_ssc("stata");
  inference.set_draws(3);
  const auto fit = Fit(request);
  ASSERT_FALSE(fit.ok());
  EXPECT_EQ(fit.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(fit.status().reason(), "FORMULA_INVALID");
  EXPECT_EQ(fit.status().metadata().at("position"), "8");
  std::vector<std::string> fields;
  for (const FieldViolation& violation : fit.status().violations()) fields.push_back(violation.field);
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("formula", "table.snapshot_digest", "confidence_level",
                                                      "inferences[0].ssc", "inferences[0].draws"));
}

TEST_F(RegressionServiceTest, ErrorsAreTyped) {
  Load();
  const auto reason = [&](const std::string& formula) {
    const auto fit = Fit(Request(formula));
    return fit.ok() ? "" : fit.status().reason();
  };
  EXPECT_EQ(reason("y ~ note"), "NOT_NUMERIC");
  EXPECT_EQ(reason("y ~ nowhere"), "COLUMN_NOT_FOUND");
  EXPECT_EQ(reason("y ~ x | nowhere"), "COLUMN_NOT_FOUND");
  v1::FitRequest unknown = Request("y ~ x");
  unknown.mutable_table()->set_snapshot_digest(std::string(64, 'a'));
  EXPECT_EQ(Fit(unknown).status().code(), Code::kNotFound);
  v1::FitRequest nothing = Request("y ~ x");
  nothing.mutable_table()->set_where("time > 3000");
  EXPECT_EQ(Fit(nothing).status().reason(), "NO_OBSERVATIONS");
  v1::PlanFitRequest empty;
  v1::PlanFitResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(regression_stub_->PlanFit(&context, empty, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RegressionServiceTest, CancellingStopsABootstrapSoon) {
  Load();
  v1::FitRequest request = Request("log(y) ~ x | unit + time");
  v1::Inference& wild = *request.add_inferences();
  wild.set_type(v1::Inference::TYPE_WILD);
  wild.set_weights(v1::Inference::WEIGHTS_WEBB);
  wild.set_draws(999999);
  grpc::ClientContext context;
  auto reader = regression_stub_->Fit(&context, request);
  v1::FitResponse response;
  ASSERT_TRUE(reader->Read(&response));
  context.TryCancel();
  while (reader->Read(&response)) EXPECT_FALSE(response.has_result());
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The service answers the next request at once.
  EXPECT_TRUE(Fit(Request("y ~ x")).ok());
}

TEST_F(RegressionServiceTest, StepwiseFormulasGiveOneResultEach) {
  Load();
  grpc::ClientContext context;
  auto reader = regression_stub_->Fit(&context, Request("log(y) ~ sw(x, lag(x)) | unit"));
  std::vector<std::string> formulas;
  for (v1::FitResponse response; reader->Read(&response);) {
    if (response.has_result()) formulas.push_back(response.result().formula());
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_THAT(formulas, ElementsAre("log(y) ~ x | unit", "log(y) ~ lag(x) | unit"));
  v1::PlanFitRequest plan;
  *plan.mutable_fit() = Request("log(y) ~ sw(x, lag(x)) | unit");
  v1::PlanFitResponse planned;
  grpc::ClientContext plan_context;
  EXPECT_EQ(regression_stub_->PlanFit(&plan_context, plan, &planned).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RegressionServiceTest, TheKeyTellsModelsApart) {
  Load();
  v1::FitRequest request = Request("log(y) ~ x");
  std::vector<std::string> keys;
  const auto remember = [&] {
    const auto fit = Fit(request);
    ASSERT_TRUE(fit.ok()) << fit.status().ToString();
    keys.push_back(fit->provenance().action_key());
  };
  remember();
  request.set_estimator(v1::ESTIMATOR_RANDOM_EFFECTS);
  remember();
  request.mutable_options()->set_random_effects(v1::EstimatorOptions::RANDOM_EFFECTS_NERLOVE);
  remember();
  request.set_leave_one_out("region");
  remember();
  v1::DesignQuestion& question = *request.add_design();
  question.set_term("x");
  question.set_reference(0.1);
  remember();
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

TEST_F(RegressionServiceTest, TestsSpecifications) {
  Load();
  v1::TestSpecificationRequest request;
  request.mutable_table()->set_snapshot_digest(digest_);
  request.set_formula("log(y) ~ x");
  request.add_tests("f");
  request.add_tests("wooldridge");
  for (int round = 0; round < 2; ++round) {
    grpc::ClientContext context;
    const auto result =
        Collect<v1::TestSpecificationResponse, std::unique_ptr<grpc::ClientReader<v1::TestSpecificationResponse>>,
                v1::SpecificationResult>(regression_stub_->TestSpecification(&context, request));
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    ASSERT_EQ(result->tests_size(), 2);
    EXPECT_EQ(result->tests(0).df1(), 11.0);
    EXPECT_EQ(result->unit_count(), 12);
    EXPECT_EQ(result->origin().source(),
              round == 0 ? common::v1::ResultOrigin::SOURCE_COMPUTED : common::v1::ResultOrigin::SOURCE_MEMORY);
  }
}

TEST_F(RegressionServiceTest, PlansSpecificationTests) {
  Load();
  v1::PlanFitRequest plan;
  v1::TestSpecificationRequest& request = *plan.mutable_specification();
  *request.mutable_table() = Request("y ~ x | unit").table();
  request.set_formula("y ~ x | unit");
  request.add_tests("cd");
  v1::PlanFitResponse planned;
  grpc::ClientContext plan_context;
  ASSERT_TRUE(regression_stub_->PlanFit(&plan_context, plan, &planned).ok());
  EXPECT_EQ(planned.at_hand(), common::v1::ResultOrigin::SOURCE_UNSPECIFIED);
  grpc::ClientContext context;
  const auto stream = regression_stub_->TestSpecification(&context, request);
  v1::SpecificationResult result;
  for (v1::TestSpecificationResponse response; stream->Read(&response);) {
    if (response.has_result()) result = response.result();
  }
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_EQ(result.provenance().action_key(), planned.action_key());
  grpc::ClientContext again;
  ASSERT_TRUE(regression_stub_->PlanFit(&again, plan, &planned).ok());
  EXPECT_EQ(planned.at_hand(), common::v1::ResultOrigin::SOURCE_MEMORY);
}

// People write the names that the engine knows.
TEST(SpecificationNotation, NamesTheTestsOfTheEngine) {
  const auto written = notation::SpecificationTestNames();
  EXPECT_EQ(std::vector<std::string>(written.begin(), written.end()), SpecificationTestNames());
}

TEST_F(RegressionServiceTest, Capabilities) {
  v1::GetCapabilitiesResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(regression_stub_->GetCapabilities(&context, {}, &response).ok());
  EXPECT_EQ(response.algo_rev(), kAlgorithmRevision);
  EXPECT_THAT(response.ssc_presets(), Contains("clubsandwich"));
  // The command line and studies know the same names.
  const auto names = notation::SscNames();
  EXPECT_EQ(std::vector<std::string>(response.ssc_presets().begin(), response.ssc_presets().end()),
            std::vector<std::string>(names.begin(), names.end()));
}

}  // namespace
}  // namespace farrell::regression
