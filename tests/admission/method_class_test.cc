// Every method of the contract is light or heavy on purpose.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "common/admission/method_class.h"
#include "farrell/common/v1/cache.pb.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/regression/v1/regression.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell {
namespace {

std::vector<const google::protobuf::MethodDescriptor*> Methods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const auto* message :
       {common::v1::ExplainKeyRequest::descriptor(), data::v1::GetSnapshotRequest::descriptor(),
        dea::v1::PlanEvaluationRequest::descriptor(), regression::v1::PlanFitRequest::descriptor(),
        reporting::v1::GetRunRequest::descriptor()}) {
    EXPECT_EQ(message->file()->service_count(), 1) << message->full_name();
    const auto* service = message->file()->service(0);
    for (int at = 0; at < service->method_count(); ++at) methods.push_back(service->method(at));
  }
  return methods;
}

std::string NameOf(const google::protobuf::MethodDescriptor& method) {
  return method.service()->full_name() + "/" + method.name();
}

TEST(MethodClass, HeavyMethodsExistAndAreSorted) {
  std::set<std::string> known;
  for (const auto* method : Methods()) known.insert(NameOf(*method));
  EXPECT_TRUE(std::is_sorted(HeavyMethods().begin(), HeavyMethods().end()));
  for (const auto name : HeavyMethods()) EXPECT_TRUE(known.contains(std::string(name))) << name;
}

TEST(MethodClass, WhateverStreamsComputesUnlessItOnlyReads) {
  const std::set<std::string> reads = {
      "farrell.data.v1.DataService/ReadTable", "farrell.data.v1.DataService/WatchDataset",
      "farrell.reporting.v1.ReportingService/WatchPublications", "farrell.reporting.v1.ReportingService/WatchRun",
      "farrell.reporting.v1.ReportingService/GetReport"};
  for (const auto* method : Methods()) {
    if (!method->server_streaming() && !method->client_streaming()) continue;
    const bool heavy = ClassOf(NameOf(*method)) == MethodClass::kHeavy;
    EXPECT_NE(heavy, reads.contains(NameOf(*method))) << NameOf(*method) << ": is it heavy or does it only read?";
  }
}

TEST(MethodClass, Names) {
  EXPECT_EQ(ClassName(ClassOf("farrell.dea.v1.DeaService/Evaluate")), "heavy");
  EXPECT_EQ(ClassName(ClassOf("farrell.dea.v1.DeaService/GetCapabilities")), "light");
  EXPECT_EQ(ClassName(ClassOf("")), "light");
}

}  // namespace
}  // namespace farrell
