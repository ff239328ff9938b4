// A study of somebody with a certificate through the whole chain – command line, reporting, dea, regression, data –
// with mutual TLS: each service calls the next on behalf of the caller, and the caller's grant decides, not the
// services'.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/integration/cluster.h"
#include "tests/support/certificates.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAll = "data.read,data.write,data.derive,dea.run,regression.run,study.read,study.run";

class Forwarding : public ::testing::Test {
 protected:
  void Grant(const std::string& principal, const std::string& scopes, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"admin", "token",         "create",          "--tokens",
                                          grants_, "--principal",   principal,         "--scope",
                                          scopes,  "--certificate", "DNS:" + principal};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished made = Farrell(arguments, {});
    EXPECT_EQ(made.exit_code, 0) << made.output;
  }
  // The grant of a service: it may read everything, for others and for itself, and compute nothing.
  void GrantService(const std::string& name,
                    const std::string& scopes = "data.read,data.embargoed,call.forward") const {
    Grant(name, scopes, {"--data", "*"});
  }

  // A service under a certificate of its own.
  ServerProgram Service(const std::string& name, std::vector<std::string> flags) const {
    const PemFiles files = authority_.Issue(name, "DNS:" + name + ",IP:127.0.0.1");
    flags.insert(flags.end(), {"--tls-cert", files.certificate, "--tls-key", files.key, "--tls-client-ca",
                               authority_.certificate(), "--tokens", grants_});
    return {"farrell-" + name, flags, dir_};
  }

  Finished Do(const std::string& who, const std::vector<std::string>& arguments) const {
    const PemFiles& files = people_.at(who);
    return Farrell(arguments, {{"FARRELL_DATA", data_.address()},
                               {"FARRELL_DEA", dea_.address()},
                               {"FARRELL_REGRESSION", regression_.address()},
                               {"FARRELL_REPORTING", reporting_.address()},
                               {"FARRELL_TLS_CA", authority_.certificate()},
                               {"FARRELL_TLS_CERT", files.certificate},
                               {"FARRELL_TLS_KEY", files.key}});
  }

  // A study of the release under embargo. Other inputs: other results.
  std::string Study(const std::string& name, const std::string& inputs) const {
    const std::string path = dir_ / (name + ".yaml");
    WriteFile(path, "id: " + name + R"(
title: "A small study"
question: "Does anything depend on anything?"
data: {dataset: panel@closed}
dea:
  - {id: main, inputs: [)" +
                        inputs + R"(], outputs: [y1], frontier: global}
regressions:
  - {id: level, formula: "log(score.main) ~ log(x1) | unit + time", inference: [cr3:unit]}
tables:
  - {id: t1, title: "Level", kind: regression, columns: [level]}
)");
    return path;
  }
  Finished RunStudy(const std::string& who, const std::string& study) const {
    return Do(who, {"study", "run", study, "--out", dir_ / ("report-" + who)});
  }

  // Who called a method that succeeded, as the program's log has it.
  static std::set<std::string> Callers(const ServerProgram& program, const std::string& method) {
    std::set<std::string> callers;
    std::istringstream log(program.log());
    for (std::string line; std::getline(log, line);) {
      const nlohmann::json call = nlohmann::json::parse(line, nullptr, false);  // the last one may be under way
      if (call.is_object() && call.value("method", "").ends_with("/" + method) && call.value("code", "") == "OK") {
        callers.insert(call.value("principal", ""));
      }
    }
    return callers;
  }

  void SetUp() override {
    const std::string table = dir_ / "panel.csv";
    WriteFile(table, MadePanel(12, 3));
    const Finished imported = Do("chief", {"data", "import", table, "--unit", "unit", "--time", "time", "--dataset",
                                           "panel", "--release", "closed", "--embargo", "2100-01-01T00:00:00Z"});
    ASSERT_EQ(imported.exit_code, 0) << imported.output;
  }

  TempDir dir_;
  CertificateAuthority authority_{dir_.path().string(), "authority"};
  const std::string grants_ = dir_ / "grants";
  const std::map<std::string, PemFiles> people_ = [this] {
    // Chief may see what is under embargo; ada may not; bob may not compute scores.
    const std::vector<std::string> north = {"--project", "north"};
    Grant("chief", std::string(kAll) + ",data.embargoed", north);
    Grant("ada", kAll, north);
    Grant("bob", "data.read,data.derive,data.embargoed,regression.run,study.read,study.run", north);
    for (const char* service : {"dea", "regression", "reporting"}) GrantService(service);
    std::map<std::string, PemFiles> people;
    for (const char* name : {"chief", "ada", "bob"}) people[name] = authority_.Issue(name, std::string("DNS:") + name);
    return people;
  }();
  ServerProgram data_ = Service("data", {"--state", dir_ / "state"});
  ServerProgram dea_ = Service("dea", {"--data", data_.address()});
  ServerProgram regression_ = Service("regression", {"--data", data_.address(), "--dea", dea_.address()});
  ServerProgram reporting_ = Service("reporting", {"--state", dir_ / "state", "--data", data_.address(), "--dea",
                                                   dea_.address(), "--regression", regression_.address()});
};

TEST_F(Forwarding, TheGrantOfTheCallerDecides) {
  const std::string study = Study("first", "x1");
  const auto ada_sees_nothing = [&] {
    const Finished run = RunStudy("ada", study);
    EXPECT_NE(run.exit_code, 0) << run.output;
    EXPECT_THAT(run.output, HasSubstr("_NOT_FOUND"));
  };
  // All services may read it for themselves.
  ada_sees_nothing();
  const Finished run = RunStudy("chief", study);
  ASSERT_EQ(run.exit_code, 0) << run.output;
  // Nor when every step of it is kept and every result at hand.
  ada_sees_nothing();

  // Read by the services, for who asked.
  EXPECT_EQ(Callers(data_, "ReadTable"), std::set<std::string>{"chief"});
  EXPECT_EQ(Callers(dea_, "Evaluate"), std::set<std::string>{"chief"});
  EXPECT_EQ(Callers(regression_, "Fit"), std::set<std::string>{"chief"});

  const Finished scored = RunStudy("bob", Study("second", "x2"));
  EXPECT_NE(scored.exit_code, 0) << scored.output;
  EXPECT_THAT(scored.output, HasSubstr("'bob'"));
  EXPECT_THAT(scored.output, HasSubstr("dea.run"));
  EXPECT_EQ(Callers(dea_, "Evaluate"), std::set<std::string>{"chief"});
}

TEST_F(Forwarding, AServiceThatMayNotForwardIsRefused) {
  ASSERT_EQ(Farrell({"admin", "token", "revoke", "DNS:dea", "--tokens", grants_}, {}).exit_code, 0);
  GrantService("dea", "data.read,data.embargoed");
  const Finished run = RunStudy("chief", Study("first", "x1"));
  EXPECT_NE(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("call.forward"));
  EXPECT_THAT(run.output, HasSubstr("'dea'"));
  EXPECT_THAT(Callers(data_, "ReadTable"), Not(::testing::Contains("dea")));

  // Until it may.
  ASSERT_EQ(Farrell({"admin", "token", "revoke", "DNS:dea", "--tokens", grants_}, {}).exit_code, 0);
  GrantService("dea");
  const Finished again = RunStudy("chief", Study("first", "x1"));
  EXPECT_EQ(again.exit_code, 0) << again.output;
}

}  // namespace
}  // namespace farrell::testing
