#include "services/regression/service/regression_service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "services/regression/engine/compare.h"
#include "services/regression/engine/ssc.h"
#include "services/regression/service/compare_conversion.h"
#include "services/regression/service/curve_conversion.h"
#include "services/regression/service/fit_conversion.h"
#include "services/regression/service/forecast_conversion.h"
#include "services/regression/service/second_stage_call.h"
#include "services/regression/service/specification_conversion.h"

namespace farrell::regression {
namespace {

struct FitKind {
  using Request = v1::FitRequest;
  using Response = v1::FitResponse;
  using Reply = v1::FitResult;
  using Spec = FitSpec;
  static std::optional<std::int64_t> Seed(const Spec& spec) { return SeedOf(spec); }
  static Result<Reply> Compute(const CallContext&, const Panel& panel, const Spec& spec,
                               const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const FitResult result, Fit(panel, spec, environment));
    return ToProto(panel, spec, result);
  }
  static void Place(const Request& request, Reply& reply) { reply.set_where(request.table().where()); }
  static std::int64_t SolvedCount(const Reply&) { return 1; }
};

struct CompareKind {
  using Request = v1::CompareRequest;
  using Response = v1::CompareResponse;
  using Reply = v1::CompareResult;
  using Spec = CompareSpec;
  static std::optional<std::int64_t> Seed(const Spec& spec) { return SeedOf(spec.fit); }
  static Result<Reply> Compute(const CallContext&, const Panel& panel, const Spec& spec,
                               const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const CompareResult result, Compare(panel, spec, environment));
    return ToProto(panel, spec, result);
  }
  static void Place(const Request& request, Reply& reply) {
    reply.mutable_pooled()->set_where(request.table().where());
    for (v1::GroupFit& group : *reply.mutable_groups()) group.mutable_fit()->set_where(request.table().where());
  }
  // The groups, the pooled model, the interacted one.
  static std::int64_t SolvedCount(const Reply& reply) { return reply.groups_size() + 2; }
};

struct SpecificationKind {
  using Request = v1::TestSpecificationRequest;
  using Response = v1::TestSpecificationResponse;
  using Reply = v1::SpecificationResult;
  using Spec = SpecificationSpec;
  static std::optional<std::int64_t> Seed(const Spec&) { return std::nullopt; }
  static Result<Reply> Compute(const CallContext&, const Panel& panel, const Spec& spec,
                               const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const SpecificationResult result, RunSpecificationTests(panel, spec, environment));
    return ToProto(spec, result);
  }
  static void Place(const Request&, Reply&) {}
  static std::int64_t SolvedCount(const Reply&) { return 1; }
};

struct CurveKind {
  using Request = v1::SpecificationCurveRequest;
  using Response = v1::SpecificationCurveResponse;
  using Reply = v1::SpecificationCurveResult;
  using Spec = CurveSpec;
  static std::optional<std::int64_t> Seed(const Spec& spec) {
    return spec.joint_test ? std::optional<std::int64_t>(spec.seed) : std::nullopt;
  }
  static Result<Reply> Compute(const CallContext&, const Panel& panel, const Spec& spec,
                               const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const CurveResult result, FitCurve(panel, spec, environment));
    return ToProto(spec, result);
  }
  static void Place(const Request&, Reply&) {}
  static std::int64_t SolvedCount(const Reply& reply) { return reply.summary().specification_count(); }
};

struct NowcastKind {
  using Request = v1::NowcastRequest;
  using Response = v1::NowcastResponse;
  using Reply = v1::NowcastResult;
  using Spec = NowcastSpec;
  static std::optional<std::int64_t> Seed(const Spec&) { return std::nullopt; }
  static Result<Reply> Compute(const CallContext&, const Panel& panel, const Spec& spec,
                               const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const NowcastResult result, Nowcast(panel, spec, environment));
    return ToProto(spec, result);
  }
  static void Place(const Request&, Reply&) {}
  // One fit a period of the backtest, and that of the nowcast.
  static std::int64_t SolvedCount(const Reply& reply) { return reply.backtest_size() + 1; }
};

struct EarlyWarningKind {
  using Request = v1::EarlyWarningRequest;
  using Response = v1::EarlyWarningResponse;
  using Reply = v1::EarlyWarningResult;
  using Spec = EarlyWarningSpec;
  static std::optional<std::int64_t> Seed(const Spec& spec) { return spec.seed; }
  static Result<Reply> Compute(const CallContext&, const Panel& panel, const Spec& spec,
                               const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const EarlyWarningResult result, WarnEarly(panel, spec, environment));
    return ToProto(spec, result);
  }
  static void Place(const Request&, Reply&) {}
  static std::int64_t SolvedCount(const Reply& reply) { return reply.replication_count() + 1; }
};

Status PlanOneFit(const CallContext& context, const v1::FitRequest& request, v1::PlanFitResponse& response,
                  const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<FitSpec> specs, FitSpecsFromProto(request, "fit."));
  if (specs.size() > 1) {
    return InvalidArgument("REQUEST_INVALID", "a stepwise formula stands for several fits; plan them one by one")
        .WithViolations({{"fit.formula", "stands for " + std::to_string(specs.size()) + " formulas"}});
  }
  return Plan(context, request, specs.front(), response, stop);
}

}  // namespace

RegressionService::RegressionService(ChannelProvider data, ResultCache& cache, int threads, ChannelProvider dea)
    : data_(std::move(data)), dea_channel_(std::move(dea)), cache_(cache), threads_(std::max(threads, 1)) {}

CallContext RegressionService::Context() { return {*data_, cache_, threads_}; }

Result<RegressionService::DeaStub*> RegressionService::Dea() {
  if (!dea_channel_) {
    return FailedPrecondition("DEA_UNAVAILABLE",
                              "this regression service was started without a dea service to score by");
  }
  std::call_once(dea_once_, [this] { dea_ = dea::v1::DeaService::NewStub(dea_channel_()); });
  return dea_.get();
}

grpc::Status RegressionService::Fit(grpc::ServerContext* context, const v1::FitRequest* request,
                                    grpc::ServerWriter<v1::FitResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/Fit", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<FitSpec> specs, FitSpecsFromProto(*request, ""));
    for (const FitSpec& spec : specs) {
      FARRELL_RETURN_IF_ERROR(Answer<FitKind>(Context(), *request, spec, *writer, stop));
    }
    return Status::Ok();
  });
}

grpc::Status RegressionService::Compare(grpc::ServerContext* context, const v1::CompareRequest* request,
                                        grpc::ServerWriter<v1::CompareResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/Compare", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const CompareSpec spec, CompareSpecFromProto(*request, ""));
    return Answer<CompareKind>(Context(), *request, spec, *writer, stop);
  });
}

grpc::Status RegressionService::TestSpecification(grpc::ServerContext* context,
                                                  const v1::TestSpecificationRequest* request,
                                                  grpc::ServerWriter<v1::TestSpecificationResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/TestSpecification", context,
               [&](const std::stop_token& stop) -> Status {
                 FARRELL_ASSIGN_OR_RETURN(const SpecificationSpec spec, SpecificationSpecFromProto(*request));
                 return Answer<SpecificationKind>(Context(), *request, spec, *writer, stop);
               });
}

grpc::Status RegressionService::FitSpecificationCurve(grpc::ServerContext* context,
                                                      const v1::SpecificationCurveRequest* request,
                                                      grpc::ServerWriter<v1::SpecificationCurveResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/FitSpecificationCurve", context,
               [&](const std::stop_token& stop) -> Status {
                 FARRELL_ASSIGN_OR_RETURN(const CurveSpec spec, CurveSpecFromProto(*request));
                 return Answer<CurveKind>(Context(), *request, spec, *writer, stop);
               });
}

grpc::Status RegressionService::SecondStage(grpc::ServerContext* context, const v1::SecondStageRequest* request,
                                            grpc::ServerWriter<v1::SecondStageResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/SecondStage", context,
               [&](const std::stop_token& stop) -> Status {
                 FARRELL_ASSIGN_OR_RETURN(DeaStub * dea, Dea());
                 return AnswerSecondStage(Context(), *dea, *request, *writer, stop);
               });
}

grpc::Status RegressionService::Nowcast(grpc::ServerContext* context, const v1::NowcastRequest* request,
                                        grpc::ServerWriter<v1::NowcastResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/Nowcast", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const NowcastSpec spec, NowcastSpecFromProto(*request));
    return Answer<NowcastKind>(Context(), *request, spec, *writer, stop);
  });
}

grpc::Status RegressionService::WarnEarly(grpc::ServerContext* context, const v1::EarlyWarningRequest* request,
                                          grpc::ServerWriter<v1::EarlyWarningResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/WarnEarly", context,
               [&](const std::stop_token& stop) -> Status {
                 FARRELL_ASSIGN_OR_RETURN(const EarlyWarningSpec spec, EarlyWarningSpecFromProto(*request));
                 return Answer<EarlyWarningKind>(Context(), *request, spec, *writer, stop);
               });
}

grpc::Status RegressionService::PlanFit(grpc::ServerContext* context, const v1::PlanFitRequest* request,
                                        v1::PlanFitResponse* response) {
  return Guard("farrell.regression.v1.RegressionService/PlanFit", context, [&](const std::stop_token& stop) -> Status {
    switch (request->request_case()) {
      case v1::PlanFitRequest::kFit: return PlanOneFit(Context(), request->fit(), *response, stop);
      case v1::PlanFitRequest::kCompare: {
        FARRELL_ASSIGN_OR_RETURN(const CompareSpec spec, CompareSpecFromProto(request->compare(), "compare."));
        return Plan(Context(), request->compare(), spec, *response, stop);
      }
      case v1::PlanFitRequest::kSpecification: {
        FARRELL_ASSIGN_OR_RETURN(const SpecificationSpec spec, SpecificationSpecFromProto(request->specification()));
        return Plan(Context(), request->specification(), spec, *response, stop);
      }
      case v1::PlanFitRequest::kSecondStage: {
        FARRELL_ASSIGN_OR_RETURN(DeaStub * dea, Dea());
        return PlanSecondStage(Context(), *dea, request->second_stage(), *response, stop);
      }
      case v1::PlanFitRequest::kCurve: {
        FARRELL_ASSIGN_OR_RETURN(const CurveSpec spec, CurveSpecFromProto(request->curve()));
        return Plan(Context(), request->curve(), spec, *response, stop);
      }
      case v1::PlanFitRequest::kNowcast: {
        FARRELL_ASSIGN_OR_RETURN(const NowcastSpec spec, NowcastSpecFromProto(request->nowcast()));
        return Plan(Context(), request->nowcast(), spec, *response, stop);
      }
      case v1::PlanFitRequest::kEarlyWarning: {
        FARRELL_ASSIGN_OR_RETURN(const EarlyWarningSpec spec, EarlyWarningSpecFromProto(request->early_warning()));
        return Plan(Context(), request->early_warning(), spec, *response, stop);
      }
      case v1::PlanFitRequest::REQUEST_NOT_SET: break;
    }
    return InvalidArgument("REQUEST_INVALID",
                           "name a fit, a comparison, tests, a second stage, a curve, a nowcast or a warning to plan")
        .WithViolations({{"request", "nothing is set"}});
  });
}

grpc::Status RegressionService::GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest*,
                                                v1::GetCapabilitiesResponse* response) {
  return Guard("farrell.regression.v1.RegressionService/GetCapabilities", context, [&](const std::stop_token&) {
    response->set_algo_rev(kAlgorithmRevision);
    response->set_num_abi(std::string(numeric::kNumAbi));
    for (const std::string& preset : SscPresets()) response->add_ssc_presets(preset);
    return Status::Ok();
  });
}

}  // namespace farrell::regression
