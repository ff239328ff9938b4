#include "services/reporting/service/step_calls.h"

#include <type_traits>
#include <utility>

#include "common/rpc/ask_again.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;
using Stored = v1::StoredStep;
using DeaStub = dea::v1::DeaService::StubInterface;
using RegressionStub = regression::v1::RegressionService::StubInterface;

// What a kind of request has to do with the services: the field of the request for its content key, the call, the field
// that keeps the answer.
template <typename Request>
struct CallOf;

template <typename Response, typename StoredType, auto kOpen, auto kPlan, auto kMutable, Stored::ResultCase kCase>
struct CallTraits {
  using Reply = Response;
  using Kept = StoredType;
  static constexpr auto kMethod = kOpen;
  static constexpr auto kPlanField = kPlan;
  static constexpr auto kMutableField = kMutable;
  static constexpr Stored::ResultCase kResultCase = kCase;
};

using DeaPlan = dea::v1::PlanEvaluationRequest;
using FitPlan = regression::v1::PlanFitRequest;

template <>
struct CallOf<dea::v1::EvaluateRequest>
    : CallTraits<dea::v1::EvaluateResponse, dea::v1::StoredEvaluation, &DeaStub::Evaluate, &DeaPlan::mutable_request,
                 &Stored::mutable_evaluation, Stored::kEvaluation> {};
template <>
struct CallOf<dea::v1::EvaluateNetworkRequest>
    : CallTraits<dea::v1::EvaluateNetworkResponse, dea::v1::StoredNetwork, &DeaStub::EvaluateNetwork,
                 &DeaPlan::mutable_network, &Stored::mutable_network, Stored::kNetwork> {};
template <>
struct CallOf<dea::v1::MeasureProductivityRequest>
    : CallTraits<dea::v1::MeasureProductivityResponse, dea::v1::StoredProductivity, &DeaStub::MeasureProductivity,
                 &DeaPlan::mutable_productivity, &Stored::mutable_productivity, Stored::kProductivity> {};
template <>
struct CallOf<dea::v1::TestReturnsToScaleRequest>
    : CallTraits<dea::v1::TestReturnsToScaleResponse, dea::v1::ReturnsToScaleTests, &DeaStub::TestReturnsToScale,
                 &DeaPlan::mutable_returns_to_scale, &Stored::mutable_returns_to_scale, Stored::kReturnsToScale> {};
template <>
struct CallOf<regression::v1::FitRequest>
    : CallTraits<regression::v1::FitResponse, regression::v1::FitResult, &RegressionStub::Fit, &FitPlan::mutable_fit,
                 &Stored::mutable_fit, Stored::kFit> {};
template <>
struct CallOf<regression::v1::CompareRequest>
    : CallTraits<regression::v1::CompareResponse, regression::v1::CompareResult, &RegressionStub::Compare,
                 &FitPlan::mutable_compare, &Stored::mutable_compare, Stored::kCompare> {};
template <>
struct CallOf<regression::v1::TestSpecificationRequest>
    : CallTraits<regression::v1::TestSpecificationResponse, regression::v1::SpecificationResult,
                 &RegressionStub::TestSpecification, &FitPlan::mutable_specification, &Stored::mutable_specification,
                 Stored::kSpecification> {};
template <>
struct CallOf<regression::v1::SecondStageRequest>
    : CallTraits<regression::v1::SecondStageResponse, regression::v1::SecondStageResult, &RegressionStub::SecondStage,
                 &FitPlan::mutable_second_stage, &Stored::mutable_second_stage, Stored::kSecondStage> {};
template <>
struct CallOf<regression::v1::SpecificationCurveRequest>
    : CallTraits<regression::v1::SpecificationCurveResponse, regression::v1::SpecificationCurveResult,
                 &RegressionStub::FitSpecificationCurve, &FitPlan::mutable_curve, &Stored::mutable_curve,
                 Stored::kCurve> {};
template <>
struct CallOf<regression::v1::NowcastRequest>
    : CallTraits<regression::v1::NowcastResponse, regression::v1::NowcastResult, &RegressionStub::Nowcast,
                 &FitPlan::mutable_nowcast, &Stored::mutable_nowcast, Stored::kNowcast> {};
template <>
struct CallOf<regression::v1::EarlyWarningRequest>
    : CallTraits<regression::v1::EarlyWarningResponse, regression::v1::EarlyWarningResult, &RegressionStub::WarnEarly,
                 &FitPlan::mutable_early_warning, &Stored::mutable_early_warning, Stored::kEarlyWarning> {};

// A request whose answer is kept under a content key.
template <typename Request>
concept Keyed = requires {
  CallOf<Request>::kResultCase;
};

template <typename Request>
inline constexpr bool kByDea = std::is_member_function_pointer_v<decltype(CallOf<Request>::kPlanField)>&&
    std::is_invocable_v<decltype(CallOf<Request>::kPlanField), DeaPlan&>;

Status Incomplete(const char* service) {
  return Internal("STREAM_INCOMPLETE", std::string("the ") + service + " service ended its stream without a result");
}

// Results in blocks come as the units or rows of each, then the summary.
void Take(dea::v1::EvaluateResponse& response, dea::v1::StoredEvaluation& kept) {
  if (response.has_block()) kept.mutable_units()->MergeFrom(response.block().units());
  if (response.has_summary()) kept.mutable_summary()->Swap(response.mutable_summary());
}
template <typename Response, typename Kept>
requires requires(Response& response) { response.block().results(); }
void Take(Response& response, Kept& kept) {
  if (response.has_block()) kept.mutable_results()->MergeFrom(response.block().results());
  if (response.has_summary()) kept.mutable_summary()->Swap(response.mutable_summary());
}
void Take(dea::v1::TestReturnsToScaleResponse& response, dea::v1::ReturnsToScaleTests& kept) {
  kept.Swap(response.mutable_tests());
}
template <typename Response, typename Kept>
requires requires(Response& response) { response.mutable_result(); }
void Take(Response& response, Kept& kept) {
  if (response.has_result()) kept.Swap(response.mutable_result());
}

// The message that says where the whole came from.
template <typename Kept>
auto& Head(Kept& kept) {
  if constexpr (requires { kept.mutable_summary()->mutable_provenance(); }) {
    return *kept.mutable_summary();
  } else {
    return kept;
  }
}

// `visit` every message of the result that has an origin and a provenance, the head last.
template <typename Kept, typename Visit>
void ForEachOrigin(Kept& kept, const Visit& visit) {
  if constexpr (std::is_same_v<Kept, regression::v1::CompareResult>) {
    visit(*kept.mutable_pooled());
    for (regression::v1::GroupFit& group : *kept.mutable_groups()) visit(*group.mutable_fit());
  } else if constexpr (std::is_same_v<Kept, regression::v1::SecondStageResult>) {
    if (kept.has_fit()) visit(*kept.mutable_fit());
  }
  visit(Head(kept));
}

// Reads a stream of responses whose `part` is progress or a piece of the result.
template <typename Response, typename Kept>
Status Read(grpc::ClientReaderInterface<Response>& stream, const std::string& step_id, const ProgressSink& progress,
            Kept& kept) {
  for (Response response; stream.Read(&response);) {
    if (!response.has_progress()) {
      Take(response, kept);
      continue;
    }
    common::v1::Progress told = response.progress();
    if (!told.stage().empty()) told.set_message(told.message().empty() ? told.stage() : told.message());
    told.set_stage(step_id);
    progress(told);
  }
  return FromGrpc(stream.Finish());
}

template <typename Request>
Result<Stored> AskOnce(Services& services, const Request& request, const std::string& step_id,
                       const std::stop_token& stop, const ProgressSink& progress, ResultOrigin& origin) {
  using Traits = CallOf<Request>;
  Call call(stop);
  Stored stored;
  typename Traits::Kept& kept = *(stored.*Traits::kMutableField)();
  const auto stream = [&] {
    if constexpr (kByDea<Request>) {
      return ((*services.dea()).*Traits::kMethod)(call.context(), request);
    } else {
      return ((*services.regression()).*Traits::kMethod)(call.context(), request);
    }
  }();
  FARRELL_RETURN_IF_ERROR((Read<typename Traits::Reply>(*stream, step_id, progress, kept)));
  if (!Head(kept).has_provenance()) return Incomplete(kByDea<Request> ? "dea" : "regression");
  origin.CopyFrom(Head(kept).origin());
  ForEachOrigin(kept, [](auto& message) { message.clear_origin(); });
  return stored;
}

template <typename Request>
Result<Stored> Ask(Services& services, const Request& request, const std::string& step_id, const std::stop_token& stop,
                   const ProgressSink& progress, ResultOrigin& origin) {
  // The service was there a moment ago, to plan the step.
  return AskAgain(
      stop, [&] { return AskOnce(services, request, step_id, stop, progress, origin); },
      [](const Status&) { return true; });
}

}  // namespace

Result<StepKey> PlanStep(Services& services, const Step& step, const std::stop_token& stop) {
  return std::visit(
      [&]<typename Request>(const Request& request) -> Result<StepKey> {
        if constexpr (!Keyed<Request>) {
          return StepKey{};
        } else if constexpr (kByDea<Request>) {
          DeaPlan asked;
          *(asked.*CallOf<Request>::kPlanField)() = request;
          FARRELL_ASSIGN_OR_RETURN(const dea::v1::PlanEvaluationResponse plan,
                                   Invoke(*services.dea(), &DeaStub::PlanEvaluation, asked, stop));
          StepKey key{plan.action_key(), plan.at_hand()};
          if (plan.at_hand() == common::v1::ResultOrigin::SOURCE_UNSPECIFIED) {
            key.certified_count = plan.certified_count();
            key.problem_count = plan.problem_count();
          }
          return key;
        } else {
          FitPlan asked;
          *(asked.*CallOf<Request>::kPlanField)() = request;
          FARRELL_ASSIGN_OR_RETURN(const regression::v1::PlanFitResponse plan,
                                   Invoke(*services.regression(), &RegressionStub::PlanFit, asked, stop));
          return StepKey{plan.action_key(), plan.at_hand()};
        }
      },
      step.request);
}

Result<Stored> CallStep(Services& services, const Step& step, bool skip_cache_lookup, const std::stop_token& stop,
                        const ProgressSink& progress, ResultOrigin& origin) {
  return std::visit(
      [&]<typename Request>(const Request& request) -> Result<Stored> {
        if constexpr (!Keyed<Request>) {
          return Internal("STEP_WITHOUT_KEY", "the step " + step.id + " has no result to keep");
        } else {
          Request asked = request;
          asked.set_skip_cache_lookup(skip_cache_lookup);
          return Ask(services, std::move(asked), step.id, stop, progress, origin);
        }
      },
      step.request);
}

bool Answers(const Step& step, const Stored& stored) {
  return std::visit(
      [&]<typename Request>(const Request&) {
        if constexpr (Keyed<Request>) {
          return stored.result_case() == CallOf<Request>::kResultCase;
        } else {
          return false;
        }
      },
      step.request);
}

void NameSnapshot(const Step& step, Stored& stored) {
  std::visit(
      [&]<typename Request>(const Request& request) {
        if constexpr (Keyed<Request>) {
          ForEachOrigin(*(stored.*CallOf<Request>::kMutableField)(), [&](auto& message) {
            common::v1::Provenance& provenance = *message.mutable_provenance();
            provenance.set_snapshot_digest(request.table().snapshot_digest());
            provenance.set_known_at(step.known_at);
            provenance.set_synthetic(step.synthetic);
          });
        }
      },
      step.request);
}

}  // namespace farrell::reporting
