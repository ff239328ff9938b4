// Every method of the contract asks for a scope; what is granted allows that and nothing else.
#include "common/access/scopes.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "farrell/common/v1/cache.pb.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/regression/v1/regression.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::access {
namespace {

std::vector<std::string> MethodsOfTheContract() {
  std::vector<std::string> methods;
  for (const google::protobuf::FileDescriptor* file :
       {common::v1::ExplainKeyRequest::descriptor()->file(), data::v1::ReadTableRequest::descriptor()->file(),
        dea::v1::EvaluateRequest::descriptor()->file(), regression::v1::FitRequest::descriptor()->file(),
        reporting::v1::RunStudyRequest::descriptor()->file()}) {
    // Messages may lie in files of their own: services are looked up by the name of their package.
    const std::string package = file->package();
    for (const char* service : {"CacheService", "DataService", "DeaService", "RegressionService", "ReportingService"}) {
      const auto* found =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(package + "." + service);
      for (int index = 0; found != nullptr && index < found->method_count(); ++index) {
        methods.push_back(found->full_name() + "/" + found->method(index)->name());
      }
    }
  }
  return methods;
}

TEST(Scopes, EveryMethodAsksForOne) {
  const std::vector<std::string> methods = MethodsOfTheContract();
  EXPECT_GE(methods.size(), 39U);
  for (const std::string& method : methods) {
    const MethodRule* rule = RuleOf(method);
    ASSERT_NE(rule, nullptr) << method << " has no line in common/access/scopes.cc: nobody could call it";
    // What tells a caller about their own rights is for every caller.
    const bool for_all =
        method == "farrell.data.v1.DataService/CheckSnapshots" || method == "farrell.common.v1.ServerService/GetQuota";
    EXPECT_EQ(Allows({"nothing"}, *rule), for_all) << method;
    EXPECT_TRUE(Allows({"*"}, *rule)) << method;
  }
}

TEST(Scopes, WhatChangesStateIsRecorded) {
  for (const char* method :
       {"farrell.data.v1.DataService/ImportTable", "farrell.data.v1.DataService/DeleteDataset",
        "farrell.data.v1.DataService/DeriveSnapshot", "farrell.data.v1.DataService/SetEmbargo",
        "farrell.reporting.v1.ReportingService/RunStudy", "farrell.common.v1.CacheService/PinEntry",
        "farrell.common.v1.CacheService/QuarantineEntry"}) {
    EXPECT_TRUE(RuleOf(method)->changes_state) << method;
  }
  EXPECT_FALSE(RuleOf("farrell.data.v1.DataService/ReadTable")->changes_state);
}

TEST(Scopes, AnUnknownMethodHasNoRule) {
  EXPECT_EQ(RuleOf("farrell.data.v1.DataService/DropEverything"), nullptr);
  EXPECT_EQ(RuleOf(""), nullptr);
}

TEST(Scopes, GrantsAllowTheirScopeAreaOrMethod) {
  const MethodRule& import = *RuleOf("farrell.data.v1.DataService/ImportTable");
  EXPECT_TRUE(Allows({"dea.run", "data.write"}, import));
  EXPECT_TRUE(Allows({"data.*"}, import));
  EXPECT_TRUE(Allows({"farrell.data.v1.DataService/ImportTable"}, import));
  EXPECT_FALSE(Allows({"data.read", "dea.*", "data", "data.w", "farrell.data.v1.DataService/ReadTable"}, import));
}

TEST(Scopes, EmbargoesAndForwardingAreGivenByNameOnly) {
  EXPECT_TRUE(Holds({"data.read", "data.embargoed"}, kEmbargoedScope));
  EXPECT_TRUE(Holds({"*"}, kForwardScope));
  EXPECT_FALSE(Holds({"data.*", "call.*", "data.read"}, kEmbargoedScope));
  EXPECT_FALSE(Holds({"data.*", "call.*", "data.read"}, kForwardScope));
}

}  // namespace
}  // namespace farrell::access
