// What a process tells of its results, and to whom: keys explained, pins, quarantine, verification.
#include "common/cache/service/cache_service.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/access/grants.h"
#include "common/cache/result_cache.h"
#include "common/canonical/canonical.h"
#include "common/rpc/call.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using canonical::Value;
using common::v1::ExplainKeyRequest;
using common::v1::ExplainKeyResponse;
using Stub = common::v1::CacheService::StubInterface;
using testing::TempDir;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

// Says which snapshots the caller may read.
class DataOf final : public data::v1::DataService::Service {
 public:
  grpc::Status CheckSnapshots(grpc::ServerContext* context, const data::v1::CheckSnapshotsRequest* request,
                              data::v1::CheckSnapshotsResponse* response) override {
    return Guard("CheckSnapshots", context, [&](const std::stop_token&) {
      for (const std::string& digest : request->digests()) {
        if (readable.contains(digest)) response->add_readable(digest);
      }
      return Status::Ok();
    });
  }
  std::set<std::string> readable;
};

// Who calls.
class Caller final : public CallStation {
 public:
  Status Enter(CallInfo& call, grpc::ServerContext&) override {
    call.grant = grant;
    return Status::Ok();
  }
  std::shared_ptr<const access::Grant> grant;
};

class Explained : public ::testing::Test {
 protected:
  Explained()
      : cache_({.directory = dir_ / "cache", .max_disk_bytes = kMebibyte, .least_disk_seconds = 0}),
        service_({&cache_}, [this] { return server_->InProcessChannel(); }) {
    auto server = StartServer({.stations = {caller_}},
                              {Serve<data::v1::DataService>(&data_), Serve<common::v1::CacheService>(&service_)});
    EXPECT_TRUE(server.ok());
    server_ = std::move(*server);
    stub_ = common::v1::CacheService::NewStub(server_->InProcessChannel());
  }

  // From now on somebody calls who may read one project.
  void Restrict() {
    caller_->grant = std::make_shared<const access::Grant>(
        access::Grant{.principal = "ada", .project = "provinces", .scopes = {"*"}, .data = {"provinces/*"}});
  }

  static std::string Action(const std::string& rts, const std::string& slice,
                            const std::string& operation = "dea.evaluate") {
    return Value(Value::Object{{"op", operation},
                               {"spec", Value::Object{{"rts", rts}, {"model", "radial"}}},
                               {"reference", Value::Object{{"slices", Value::Object{{"2019", slice}}}}}})
        .Encode();
  }

  std::string Describe(const std::string& action, const std::string& snapshot = "snapshot") {
    std::string key = canonical::Sha256(action);
    cache_.Describe(key, snapshot, [&] { return action; });
    return key;
  }
  std::string Keep(const std::string& action, const std::string& bytes, const std::string& snapshot = "snapshot") {
    std::string key = Describe(action, snapshot);
    EXPECT_TRUE(cache_.GetOrCompute(key, false, {}, [&](const std::stop_token&) { return bytes; }).ok());
    return key;
  }

  template <typename Request, typename Response>
  Result<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = ((*stub_).*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }
  Result<ExplainKeyResponse> Explain(const std::string& key, const std::string& against = "") {
    ExplainKeyRequest request;
    request.set_key(key);
    request.set_against(against);
    return Call(&Stub::ExplainKey, request);
  }
  template <typename Request, typename Response>
  Result<Response> OnKey(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                         const std::string& key) {
    Request request;
    request.set_key(key);
    return Call(method, request);
  }

  TempDir dir_;
  ResultCache cache_;
  DataOf data_;
  std::shared_ptr<Caller> caller_ = std::make_shared<Caller>();
  CacheService service_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(Explained, NamesTheFieldThatDiffers) {
  const std::string before = Describe(Action("vrs", "a"));
  const std::string after = Keep(Action("vrs", "b"), "result");
  const auto told = Explain(after, before);
  ASSERT_TRUE(told.ok()) << told.status().ToString();
  EXPECT_EQ(told->key(), after);
  EXPECT_EQ(told->operation(), "dea.evaluate");
  EXPECT_EQ(told->description(), Action("vrs", "b"));
  EXPECT_EQ(told->against(), before);
  ASSERT_EQ(told->differences_size(), 1);
  EXPECT_EQ(told->differences(0).field(), "reference.slices.2019");
  EXPECT_EQ(told->differences(0).value(), "\"b\"");
  EXPECT_EQ(told->differences(0).against(), "\"a\"");
  EXPECT_EQ(told->equal_count(), 3);
  ASSERT_EQ(told->held_size(), 2);
  EXPECT_EQ(told->held(0).tier(), "memory");
  EXPECT_EQ(told->held(1).tier(), "disk");
  EXPECT_EQ(told->held(1).byte_count(), 6);
  EXPECT_TRUE(told->held(1).has_made_at());
}

TEST_F(Explained, ComparesWithTheNearestEarlierKeyOfTheOperation) {
  Describe(Action("crs", "x"));
  const std::string nearest = Describe(Action("vrs", "x"));
  Describe(Action("vrs", "b", "dea.productivity"));
  const std::string key = Describe(Action("vrs", "b"));
  const auto told = Explain(key);
  ASSERT_TRUE(told.ok()) << told.status().ToString();
  EXPECT_EQ(told->against(), nearest);
  EXPECT_EQ(told->held_size(), 0);
  const auto alone = Explain(Describe(Action("vrs", "b", "dea.find_outliers")));
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->against(), "");
}

TEST_F(Explained, SurvivesTheProcess) {
  const std::string key = Describe(Action("vrs", "a"));
  ResultCache other({.directory = dir_ / "cache", .max_disk_bytes = kMebibyte});
  const auto found = other.DescriptionOf(key);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->action, Action("vrs", "a"));
  EXPECT_EQ(found->snapshots, std::set<std::string>{"snapshot"});
  EXPECT_GT(found->asked_ms, 0);
  // Somebody else comes to the same key from other data.
  other.Describe(key, "elsewhere", [] { return std::string("never asked"); });
  ResultCache third({.directory = dir_ / "cache", .max_disk_bytes = kMebibyte});
  EXPECT_EQ(third.DescriptionOf(key)->snapshots, (std::set<std::string>{"elsewhere", "snapshot"}));
}

TEST_F(Explained, PrefixesMustBeUnique) {
  // Keys as they come; two that begin alike are made by hand.
  const std::string one = "00000000" + std::string(56, 'a');
  const std::string two = "00000000" + std::string(56, 'b');
  for (const std::string& key : {one, two}) cache_.Describe(key, "snapshot", [] { return Action("vrs", "a"); });
  EXPECT_EQ(Explain("00000000").status().reason(), "KEY_AMBIGUOUS");
  EXPECT_EQ(Explain("00000000a")->key(), one);
  EXPECT_EQ(Explain("0000000").status().reason(), "KEY_INVALID");
  EXPECT_EQ(Explain("0000000G").status().reason(), "KEY_INVALID");
  EXPECT_EQ(Explain(one + "0").status().reason(), "KEY_INVALID");
  EXPECT_EQ(Explain("12345678").status().reason(), "KEY_NOT_FOUND");
  const auto against = Explain(one, "short");
  ASSERT_EQ(against.status().violations().size(), 1U);
  EXPECT_EQ(against.status().violations()[0].field, "against");
}

TEST_F(Explained, ADigestIsNoPermission) {
  const std::string closed = Keep(Action("vrs", "a"), "result", "closed");
  const std::string open = Keep(Action("vrs", "b"), "result", "open");
  const std::string undescribed(64, 'c');
  cache_.Store(undescribed, "part");
  Restrict();
  data_.readable = {"open"};
  const auto told = Explain(open);
  ASSERT_TRUE(told.ok()) << told.status().ToString();
  // The nearest would be the closed one.
  EXPECT_EQ(told->against(), "");
  for (const std::string& key : {closed, closed.substr(0, 8), undescribed}) {
    EXPECT_EQ(Explain(key).status().reason(), "KEY_NOT_FOUND") << key;
    EXPECT_EQ(OnKey(&Stub::PinEntry, key).status().reason(), "KEY_NOT_FOUND") << key;
    EXPECT_EQ(OnKey(&Stub::QuarantineEntry, key).status().reason(), "KEY_NOT_FOUND") << key;
  }
  EXPECT_EQ(Explain(open, closed).status().reason(), "KEY_NOT_FOUND");
  EXPECT_TRUE(cache_.Lookup(closed).has_value());
  // The same cells in a snapshot that is open to the caller.
  cache_.Describe(closed, "open", [] { return std::string("never asked"); });
  EXPECT_TRUE(Explain(closed).ok());
}

TEST_F(Explained, WhatDigestsStandForIsToldOnlyToWhoMayRead) {
  const auto second_stage = [](const std::string& fit) {
    return Value(Value::Object{{"op", "regression.second_stage"}, {"fit", fit}}).Encode();
  };
  const std::string one = Describe(Action("vrs", "a", "regression.fit"), "closed");
  const std::string two = Describe(Action("crs", "a", "regression.fit"), "closed");
  const std::string first = Describe(second_stage(one), "open");
  const std::string second = Describe(second_stage(two), "open");
  ASSERT_EQ(Explain(second, first)->differences_size(), 1);
  EXPECT_EQ(Explain(second, first)->differences(0).field(), "fit.spec.rts");
  Restrict();
  data_.readable = {"open"};
  EXPECT_EQ(Explain(second, first)->differences(0).field(), "fit");
}

TEST_F(Explained, PinnedStaysUnderPressure) {
  const std::string key = Keep(Action("vrs", "a"), std::string(100'000, 'x'));
  ASSERT_TRUE(OnKey(&Stub::PinEntry, key.substr(0, 8)).ok());
  for (int i = 0; i < 20; ++i) cache_.Store(canonical::Sha256(std::to_string(i)), std::string(100'000, 'y'));
  const auto told = Explain(key);
  ASSERT_TRUE(told.ok());
  ASSERT_EQ(told->held_size(), 2);
  EXPECT_TRUE(told->held(1).pinned());
  EXPECT_EQ(OnKey(&Stub::UnpinEntry, key)->key(), key);
  EXPECT_EQ(OnKey(&Stub::UnpinEntry, key).status().reason(), "PIN_NOT_FOUND");
  EXPECT_EQ(OnKey(&Stub::PinEntry, Describe(Action("crs", "a"))).status().reason(), "ENTRY_NOT_FOUND");
}

TEST_F(Explained, WithoutFilesNothingCanBePinned) {
  ResultCache memory;
  CacheService service({&memory}, [this] { return server_->InProcessChannel(); });
  auto server = StartServer({}, {Serve<common::v1::CacheService>(&service)});
  ASSERT_TRUE(server.ok());
  const std::string key(64, 'a');
  memory.Store(key, "result");
  const auto stub = common::v1::CacheService::NewStub((*server)->InProcessChannel());
  grpc::ClientContext context;
  common::v1::PinEntryRequest request;
  request.set_key(key);
  common::v1::PinEntryResponse response;
  EXPECT_EQ(FromGrpc(stub->PinEntry(&context, request, &response)).reason(), "CACHE_NOT_DURABLE");
}

TEST_F(Explained, QuarantinedIsComputedAnew) {
  const std::string key = Keep(Action("vrs", "a"), "wrong");
  EXPECT_EQ(OnKey(&Stub::QuarantineEntry, key)->key(), key);
  EXPECT_FALSE(cache_.Lookup(key).has_value());
  EXPECT_TRUE(std::filesystem::exists(dir_ / ("cache/quarantine/" + key)));
  EXPECT_EQ(OnKey(&Stub::QuarantineEntry, key).status().reason(), "ENTRY_NOT_FOUND");
  // It is explained none the less.
  EXPECT_EQ(Explain(key)->held_size(), 0);
  const auto anew = cache_.GetOrCompute(key, false, {}, [](const std::stop_token&) { return std::string("right"); });
  ASSERT_TRUE(anew.ok());
  EXPECT_EQ(anew->bytes, "right");
}

TEST_F(Explained, VerificationFindsDamage) {
  std::vector<std::string> keys;
  for (int i = 0; i < 10; ++i) keys.push_back(Keep(Action("vrs", std::to_string(i)), "result " + std::to_string(i)));
  common::v1::VerifyCacheRequest all;
  all.set_all(true);
  const auto sound = Call(&Stub::VerifyCache, all);
  ASSERT_TRUE(sound.ok());
  EXPECT_EQ(sound->entry_count(), 10);
  EXPECT_EQ(sound->checked_count(), 10);
  EXPECT_EQ(sound->damaged_count(), 0);
  const std::string path = dir_ / ("cache/" + keys[3].substr(0, 2) + "/" + keys[3]);
  std::ofstream(path, std::ios::binary | std::ios::app) << "!";
  common::v1::VerifyCacheRequest some;
  some.set_sample_count(4);
  EXPECT_EQ(Call(&Stub::VerifyCache, some)->checked_count(), 4);
  if (std::filesystem::exists(path)) {
    const auto found = Call(&Stub::VerifyCache, all);
    ASSERT_TRUE(found.ok());
    EXPECT_THAT(found->damaged_keys(), ::testing::ElementsAre(keys[3]));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(Call(&Stub::GetCacheStats, common::v1::GetCacheStatsRequest())->corrupt_count(), 1);
  some.set_sample_count(-1);
  EXPECT_EQ(Call(&Stub::VerifyCache, some).status().reason(), "FIELD_OUT_OF_RANGE");
}

TEST_F(Explained, CountsWhatIsKeptAndWhatCameFromIt) {
  const std::string key = Keep(Action("vrs", "a"), "result");
  EXPECT_TRUE(cache_.Lookup(key).has_value());
  const auto stats = Call(&Stub::GetCacheStats, common::v1::GetCacheStatsRequest());
  ASSERT_TRUE(stats.ok());
  ASSERT_EQ(stats->tiers_size(), 2);
  EXPECT_EQ(stats->tiers(0).tier(), "memory");
  EXPECT_EQ(stats->tiers(0).entry_count(), 1);
  EXPECT_EQ(stats->tiers(0).hit_count(), 1);
  EXPECT_EQ(stats->tiers(1).tier(), "disk");
  EXPECT_EQ(stats->tiers(1).entry_count(), 1);
  EXPECT_EQ(stats->tiers(1).limit_byte_count(), static_cast<std::int64_t>(kMebibyte));
  EXPECT_EQ(stats->computed_count(), 1);
}

}  // namespace
}  // namespace farrell
