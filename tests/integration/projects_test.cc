// Two projects on one set of services: a digest is not a permission, a cache hit does not reveal another's data, runs
// are their project's, an embargo opens by itself.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <functional>
#include <future>
#include <iterator>
#include <regex>

#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kStudy = R"(id: small
title: "A small study"
question: "Does anything depend on anything?"
data: {dataset: panel@r1}
dea:
  - {id: main, inputs: [x1], outputs: [y1], frontier: global}
regressions:
  - {id: level, formula: "log(score.main) ~ log(x1) | unit + time", inference: [cr3:unit]}
tables:
  - {id: t1, title: "Level", kind: regression, columns: [level]}
)";

// Everything a person does, and nothing that only a server needs.
constexpr const char* kAll = "data.read,data.write,data.derive,dea.run,regression.run,study.read,study.run";

class Projects : public ::testing::Test {
 protected:
  std::string Token(const std::string& name, const std::vector<std::string>& more) const {
    return MakeToken(dir_, grants_, name, more);
  }

  std::map<std::string, std::string> As(const std::string& token_file) const {
    return {{"FARRELL_DATA", data_.address()},
            {"FARRELL_DEA", dea_.address()},
            {"FARRELL_REGRESSION", regression_.address()},
            {"FARRELL_REPORTING", reporting_.address()},
            {"FARRELL_TOKEN_FILE", token_file}};
  }
  Finished Do(const std::string& token_file, const std::vector<std::string>& arguments) const {
    return Farrell(arguments, As(token_file));
  }
  // What was printed, without ids of calls, which differ each time.
  static std::string Words(const std::string& output) {
    return std::regex_replace(output, std::regex("request[ _]id[^\n]*|[0-9a-f]{32}"), "");
  }

  // As a release; its digest.
  std::string Import(const std::string& token_file, const std::string& csv, const std::string& dataset,
                     const std::string& release, std::vector<std::string> more = {}) const {
    const std::string path = dir_ / "upload.csv";
    WriteFile(path, csv);
    std::vector<std::string> arguments = {"data",      "import", path,        "--unit", "unit",     "--time", "time",
                                          "--dataset", dataset,  "--release", release,  "--format", "csv"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished imported = Do(token_file, arguments);
    EXPECT_EQ(imported.exit_code, 0) << imported.output;
    std::smatch digest;
    EXPECT_TRUE(std::regex_search(imported.output, digest, std::regex("[0-9a-f]{64}"))) << imported.output;
    return digest.str();
  }

  TempDir dir_;
  std::string grants_ = dir_ / "grants";
  std::string north_ = Token("north", {"--project", "north", "--scope", kAll});
  std::string south_ = Token("south", {"--project", "south", "--scope", kAll});
  std::string chief_ = Token("chief", {"--project", "north", "--scope", std::string(kAll) + ",data.embargoed"});
  std::string guest_ = Token("guest", {"--project", "guests", "--scope", kAll, "--data", "north/panel@r1"});
  std::string service_ = Token("service", {"--scope", "data.read,data.embargoed", "--data", "*"});
  RedisServer redis_;
  ServerProgram data_{"farrell-data", {"--state", dir_ / "state", "--tokens", grants_}, dir_};
  ServerProgram dea_{
      "farrell-dea", {"--data", data_.address(), "--redis", redis_.address(), "--tokens", grants_}, dir_};
  ServerProgram regression_{
      "farrell-regression",
      {"--data", data_.address(), "--dea", dea_.address(), "--redis", redis_.address(), "--tokens", grants_},
      dir_};
  ServerProgram reporting_{"farrell-reporting",
                           {"--data", data_.address(), "--dea", dea_.address(), "--regression", regression_.address(),
                            "--state", dir_ / "state", "--tokens", grants_, "--token-file", service_},
                           dir_};
};

TEST_F(Projects, ADigestIsNotAPermissionAndACacheHitRevealsNothing) {
  const std::string csv = MadePanel(20, 3);
  const std::string digest = Import(north_, csv, "panel", "r1");
  const auto evaluate = [&](const std::string& of) {
    return std::vector<std::string>{"dea", of, "--inputs", "x1,x2", "--outputs", "y1"};
  };
  const auto fit = [&](const std::string& of) {
    return std::vector<std::string>{"regress", of, "log(y1) ~ log(x1) | unit"};
  };
  // In every cache there is.
  ASSERT_EQ(Do(north_, evaluate("snapshot:" + digest)).exit_code, 0);
  const Finished fitted = Do(north_, fit("snapshot:" + digest));
  ASSERT_EQ(fitted.exit_code, 0) << fitted.output;

  const std::string nobodys(64, '0');
  using Command = std::function<std::vector<std::string>(const std::string&)>;
  for (const Command& command : {Command(evaluate), Command(fit)}) {
    for (const std::size_t length : {std::size_t{64}, std::size_t{8}}) {
      const Finished theirs = Do(south_, command("snapshot:" + digest.substr(0, length)));
      const Finished none = Do(south_, command("snapshot:" + nobodys.substr(0, length)));
      EXPECT_NE(theirs.exit_code, 0) << theirs.output;
      EXPECT_EQ(theirs.exit_code, none.exit_code);
      EXPECT_THAT(theirs.output, HasSubstr("SNAPSHOT_NOT_FOUND"));
      std::string told = theirs.output, expected = none.output;
      for (std::string* text : {&told, &expected}) {
        *text = std::regex_replace(Words(*text), std::regex("[0-9a-f]{8,64}|0{8,64}"), "DIGEST");
      }
      EXPECT_EQ(told, expected);
    }
    EXPECT_THAT(Do(south_, command("dataset:north/panel")).output, HasSubstr("DATASET_NOT_FOUND"));
  }
  // Past the resolving of names too: the services themselves look first.
  {
    grpc::ClientContext context;
    std::string token = ReadFile(south_);
    token.pop_back();
    context.AddMetadata("authorization", "Bearer " + token);
    const auto stub = dea::v1::DeaService::NewStub(MakeChannel(dea_.address()));
    const auto stream = stub->Evaluate(&context, MadeModel(digest, dea::v1::Frontier::SCHEME_CONTEMPORANEOUS));
    dea::v1::EvaluateResponse response;
    while (stream->Read(&response)) EXPECT_TRUE(response.has_progress());
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  }
  EXPECT_THAT(Do(south_, {"data", "list", "--format", "csv"}).output, Not(HasSubstr("panel")));
  EXPECT_THAT(Do(south_, {"data", "remove", "north/panel"}).output, HasSubstr("DATASET_NOT_FOUND"));

  // The same bytes are theirs once they bring them, and go with their release alone.
  EXPECT_EQ(Import(south_, csv, "panel", "mine"), digest);
  EXPECT_EQ(Do(south_, evaluate("dataset:panel@mine")).exit_code, 0);
  ASSERT_EQ(Do(south_, {"data", "remove", "panel"}).exit_code, 0);
  EXPECT_THAT(Do(south_, evaluate("snapshot:" + digest)).output, HasSubstr("SNAPSHOT_NOT_FOUND"));
  EXPECT_EQ(Do(north_, evaluate("dataset:panel@r1")).exit_code, 0);

  // A pattern opens one release of one dataset, to read; what it is to write to, no.
  EXPECT_EQ(Do(guest_, evaluate("dataset:north/panel@r1")).exit_code, 0);
  Import(north_, MadePanel(10, 2), "panel", "r2");
  EXPECT_THAT(Do(guest_, evaluate("dataset:north/panel@r2")).output, HasSubstr("RELEASE_NOT_FOUND"));
}

TEST_F(Projects, RunsBelongToTheirProjectAndNeedTheirData) {
  const std::string study = dir_ / "study.yaml";
  WriteFile(study, kStudy);
  Import(north_, MadePanel(12, 3), "panel", "r1");
  const Finished run = Do(north_, {"study", "run", study, "--out", dir_ / "north"});
  ASSERT_EQ(run.exit_code, 0) << run.output;
  const Finished shown = Do(north_, {"study", "show", "latest", "--format", "json"});
  std::smatch found;
  ASSERT_TRUE(std::regex_search(shown.output, found, std::regex("\"id\": \"([0-9a-f]{16})\""))) << shown.output;
  const std::string id = found[1];

  // Nothing of it for another project: not by id, not as the latest, not in the list, not as a report.
  const Finished theirs = Do(south_, {"study", "show", id});
  EXPECT_THAT(theirs.output, HasSubstr("RUN_NOT_FOUND"));
  EXPECT_THAT(Do(south_, {"study", "show", "latest"}).output, HasSubstr("RUN_NOT_FOUND"));
  EXPECT_THAT(Do(south_, {"study", "list"}).output, Not(HasSubstr("small")));
  for (const char* format : {"md", "json"}) {
    EXPECT_THAT(Do(south_, {"report", "export", id, "--format", format}).output, HasSubstr("RUN_NOT_FOUND"));
  }
  EXPECT_THAT(Do(north_, {"study", "list"}).output, HasSubstr("small"));
  // The same study finds no data there, though every step of it is kept.
  EXPECT_THAT(Do(south_, {"study", "run", study, "--out", dir_ / "south"}).output, HasSubstr("DATASET_NOT_FOUND"));

  // Gone data close no report to the project whose run it is: a run outlives its data.
  ASSERT_EQ(Do(north_, {"data", "remove", "panel"}).exit_code, 0);
  EXPECT_EQ(Do(north_, {"study", "show", id}).exit_code, 0);
  EXPECT_THAT(Do(south_, {"study", "show", id}).output, HasSubstr("RUN_NOT_FOUND"));
}

TEST_F(Projects, AnEmbargoEndsByItself) {
  const auto at = [](std::time_t time) {
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::array<char, 32> text{};
    return std::string(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc));
  };
  Import(north_, MadePanel(10, 2), "panel", "r1");
  const std::string digest =
      Import(chief_, MadePanel(11, 2), "panel", "r2", {"--embargo", at(std::time(nullptr) + 3600)});
  const auto show = [&](const std::string& who, const std::string& of) { return Do(who, {"data", "show", of}); };
  EXPECT_EQ(show(chief_, "panel@r2").exit_code, 0);
  EXPECT_THAT(show(north_, "panel@r2").output, HasSubstr("RELEASE_NOT_FOUND"));
  EXPECT_THAT(show(north_, "snapshot:" + digest).output, HasSubstr("SNAPSHOT_NOT_FOUND"));
  EXPECT_THAT(Do(north_, {"data", "list", "--format", "csv"}).output, Not(HasSubstr("r2")));
  EXPECT_THAT(Do(chief_, {"data", "list", "--format", "csv"}).output, HasSubstr("r2"));
  EXPECT_THAT(Do(north_, {"data", "embargo", "panel@r2", "--lift"}).output, HasSubstr("RELEASE_NOT_FOUND"));
  EXPECT_THAT(Do(chief_, {"data", "embargo", "panel@r2", "--until", "tomorrow"}).output, HasSubstr("embargo_until"));
  EXPECT_EQ(Do(chief_, {"data", "embargo", "panel"}).exit_code, 2);

  const Finished moved = Do(chief_, {"data", "embargo", "panel@r2", "--until", at(std::time(nullptr) + 2)});
  ASSERT_EQ(moved.exit_code, 0) << moved.output;
  EXPECT_TRUE(Eventually([&] { return show(north_, "panel@r2").exit_code == 0; }));
  EXPECT_EQ(show(north_, "snapshot:" + digest).exit_code, 0);
  EXPECT_THAT(Do(north_, {"data", "list", "--format", "csv"}).output, HasSubstr("r2"));
}

TEST_F(Projects, QuotasArePrincipalsOverAllReplicas) {
  const std::string small = Token("small", {"--project", "small", "--scope", kAll, "--storage-bytes", "2000"});
  const std::string busy =
      Token("busy", {"--project", "small", "--scope", kAll, "--compute-seconds-per-day", "0.0001"});
  const std::string digest = Import(small, MadePanel(10, 2), "panel", "r1");
  Import(small, MadePanel(10, 2), "panel", "again");  // no bytes more
  WriteFile(dir_ / "more.csv", MadePanel(14, 2));
  const Finished more = Do(small, {"data", "import", dir_ / "more.csv", "--unit", "unit", "--time", "time"});
  EXPECT_NE(more.exit_code, 0);
  EXPECT_THAT(more.output, HasSubstr("QUOTA_EXCEEDED"));
  EXPECT_THAT(more.output, HasSubstr("storage_bytes"));
  Import(north_, MadePanel(14, 2), "panel", "r1");

  const TempDir other;
  const ServerProgram replica("farrell-dea",
                              {"--data", data_.address(), "--redis", redis_.address(), "--tokens", grants_}, other);
  const std::vector<std::string> evaluate = {"dea", "snapshot:" + digest, "--inputs", "x1,x2", "--outputs", "y1"};
  const Finished first = Do(busy, evaluate);
  ASSERT_EQ(first.exit_code, 0) << first.output;
  auto elsewhere = As(busy);
  elsewhere["FARRELL_DEA"] = replica.address();
  const Finished second = Farrell(evaluate, elsewhere);
  EXPECT_NE(second.exit_code, 0) << second.output;
  EXPECT_THAT(second.output, HasSubstr("QUOTA_EXCEEDED"));
  EXPECT_THAT(second.output, HasSubstr("compute_seconds_per_day"));

  const Finished told = Do(busy, {"quota", "--format", "csv"});
  ASSERT_EQ(told.exit_code, 0) << told.output;
  EXPECT_THAT(told.output, HasSubstr("service,principal,quota,used,limit,project\n"));
  EXPECT_THAT(told.output, HasSubstr("dea,busy,compute_seconds_per_day,0.0"));
  EXPECT_THAT(told.output, HasSubstr(",0.0001,\n"));
  EXPECT_THAT(Do(small, {"quota", "--format", "csv"}).output, HasSubstr("data,small,storage_bytes,"));
  EXPECT_THAT(Do(north_, {"quota"}).output, HasSubstr("none"));
}

TEST_F(Projects, AnOperatorSeesWhatOthersUse) {
  Import(north_, MadePanel(10, 2), "panel", "r1");
  Token("wide", {"--project", "north", "--scope", kAll, "--in-flight", "3"});
  const std::string wide = Token("wide", {"--project", "south", "--scope", kAll});
  const std::string chief_operator = Token("operator", {"--scope", "admin"});
  const auto quota = [&](const std::string& who, const std::string& of) {
    return Do(who, {"quota", "--principal", of, "--format", "csv"});
  };
  const Finished told = quota(chief_operator, "wide");
  ASSERT_EQ(told.exit_code, 0) << told.output;
  // What is the principal's once a service, what is a project's once a project.
  const auto lines = [&](const std::string& pattern) {
    const std::regex line(pattern);
    return std::distance(std::sregex_iterator(told.output.begin(), told.output.end(), line), std::sregex_iterator());
  };
  EXPECT_EQ(lines("wide,in_flight,0,3,\n"), 4) << told.output;
  EXPECT_EQ(lines("data,wide,storage_bytes,[1-9][0-9]*,none,north\n"), 1) << told.output;
  EXPECT_EQ(lines("data,wide,storage_bytes,0,none,south\n"), 1) << told.output;
  EXPECT_EQ(lines("operator"), 0) << told.output;

  const Finished denied = quota(wide, "north");
  EXPECT_EQ(denied.exit_code, 4) << denied.output;
  EXPECT_THAT(denied.output, HasSubstr("SCOPE_MISSING"));
  EXPECT_THAT(denied.output, HasSubstr("admin"));
  EXPECT_THAT(denied.output, Not(HasSubstr("in_flight")));
  // Nor does who has a name learn whether another is one.
  EXPECT_THAT(quota(wide, "nobody").output, HasSubstr("SCOPE_MISSING"));
  EXPECT_EQ(quota(wide, "wide").exit_code, 0) << "one's own";
  EXPECT_THAT(quota(chief_operator, "nobody").output, HasSubstr("PRINCIPAL_UNKNOWN"));
}

TEST_F(Projects, CallsUnderWayCountOverReplicas) {
  const std::string busy = Token("busy", {"--project", "north", "--scope", kAll, "--in-flight", "1"});
  const std::string digest = Import(north_, MadePanel(20, 3), "panel", "r1");
  const RedisServer coordination;
  const TempDir first, second;
  const std::vector<std::string> flags = {"--data",   data_.address(), "--coordination", coordination.address(),
                                          "--tokens", grants_,         "--threads",      "1"};
  const ServerProgram one("farrell-dea", flags, first), other("farrell-dea", flags, second);
  const auto ask_in = [](grpc::ClientContext& context, const ServerProgram& dea,
                         const dea::v1::EvaluateRequest& request, const std::string& token_file) {
    std::string token = ReadFile(token_file);
    token.pop_back();
    context.AddMetadata("authorization", "Bearer " + token);
    return Evaluate(*dea::v1::DeaService::NewStub(MakeChannel(dea.address())), request, context);
  };
  const auto ask = [&](const ServerProgram& dea, const dea::v1::EvaluateRequest& request,
                       const std::string& token_file) {
    grpc::ClientContext context;
    return ask_in(context, dea, request, token_file);
  };
  const dea::v1::EvaluateRequest brief = MadeModel(digest, dea::v1::Frontier::SCHEME_GLOBAL);
  dea::v1::EvaluateRequest lasting = brief;
  lasting.mutable_model()->mutable_bootstrap()->set_method(dea::v1::Bootstrap::METHOD_SW98);
  lasting.mutable_model()->mutable_bootstrap()->set_replication_count(400'000);

  // It outlives the call: cancelling one that ends meanwhile is no mistake then.
  grpc::ClientContext under_way;
  auto caller = std::async(std::launch::async, [&] { return ask_in(under_way, one, lasting, busy).status; });
  // The replica that has nothing to do tells of it, and refuses another.
  auto elsewhere = As(busy);
  elsewhere["FARRELL_DEA"] = other.address();
  EXPECT_TRUE(Eventually([&] {
    return Farrell({"quota", "--format", "csv"}, elsewhere).output.find("dea,busy,in_flight,1,1,") != std::string::npos;
  }));
  for (const ServerProgram* dea : {&other, &one}) {
    const Status refused = ask(*dea, brief, busy).status;
    EXPECT_EQ(refused.code(), Code::kResourceExhausted) << refused.ToString();
    EXPECT_EQ(refused.reason(), "QUOTA_EXCEEDED");
    EXPECT_EQ(refused.metadata().at("quota"), "in_flight");
    EXPECT_EQ(refused.metadata().at("used"), "1");
    EXPECT_TRUE(refused.metadata().contains(std::string(kRetryAfterKey)));
  }
  EXPECT_TRUE(ask(other, brief, north_).status.ok()) << "another principal";
  under_way.TryCancel();
  const Status ended = caller.get();
  EXPECT_EQ(ended.code(), Code::kCancelled) << ended.ToString();
  EXPECT_TRUE(Eventually([&] { return ask(other, brief, busy).status.ok(); }));
}

}  // namespace
}  // namespace farrell::testing
