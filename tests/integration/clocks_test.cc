// Whose clock decides when clocks disagree: of embargoes that of the data service, of tokens that of the server asked.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <memory>
#include <regex>

#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "tests/integration/cluster.h"
#include "tests/support/fake_clock.h"

namespace farrell::testing {
namespace {

using dea::v1::Frontier;

class Clocks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = FakeClock::Missing(); !missing.empty()) GTEST_SKIP() << missing;
    // A server that asks who calls does not start without the file that says so.
    MakeToken(dir_, grants_, "first", {"--scope", "server.read"});
    data_ = std::make_unique<ServerProgram>("farrell-data",
                                            std::vector<std::string>{"--state", dir_ / "state", "--tokens", grants_},
                                            dir_, Surroundings{.environment = data_clock_.environment()});
    dea_ = std::make_unique<ServerProgram>("farrell-dea",
                                           std::vector<std::string>{"--data", data_->address(), "--tokens", grants_},
                                           dir_, Surroundings{.environment = dea_clock_.environment()});
  }

  static void Authorize(grpc::ClientContext& context, const std::string& token_file) {
    std::string token = ReadFile(token_file);
    token.pop_back();
    context.AddMetadata("authorization", "Bearer " + token);
  }

  // As a release of the project; its digest.
  std::string Import(const std::string& token_file, const std::vector<std::string>& more = {}) const {
    const std::string table = dir_ / "panel.csv";
    WriteFile(table, MadePanel(12, 2));
    std::vector<std::string> arguments = {"data",      "import", table,       "--unit", "unit",     "--time", "time",
                                          "--dataset", "panel",  "--release", "r1",     "--format", "csv"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished imported =
        Farrell(arguments, {{"FARRELL_SERVER", data_->address()}, {"FARRELL_TOKEN_FILE", token_file}});
    EXPECT_EQ(imported.exit_code, 0) << imported.output;
    std::smatch digest;
    EXPECT_TRUE(std::regex_search(imported.output, digest, std::regex("[0-9a-f]{64}"))) << imported.output;
    return digest.str();
  }

  // Asks the dea service, which asks the data service.
  Status Score(const std::string& token_file, const std::string& digest, Frontier::Scheme scheme) const {
    const auto stub = dea::v1::DeaService::NewStub(MakeChannel(dea_->address()));
    grpc::ClientContext context;
    Authorize(context, token_file);
    return Evaluate(*stub, MadeModel(digest, scheme), context).status;
  }
  Status ListData(const std::string& token_file) const {
    const auto stub = data::v1::DataService::NewStub(MakeChannel(data_->address()));
    grpc::ClientContext context;
    Authorize(context, token_file);
    data::v1::ListDatasetsResponse response;
    return FromGrpc(stub->ListDatasets(&context, {}, &response));
  }
  // Says nothing of data.
  Status AskDea(const std::string& token_file) const {
    const auto stub = dea::v1::DeaService::NewStub(MakeChannel(dea_->address()));
    grpc::ClientContext context;
    Authorize(context, token_file);
    dea::v1::GetCapabilitiesResponse response;
    return FromGrpc(stub->GetCapabilities(&context, {}, &response));
  }

  TempDir dir_;
  const std::string grants_ = dir_ / "grants";
  const FakeClock data_clock_{dir_ / "data.clock"};
  const FakeClock dea_clock_{dir_ / "dea.clock"};
  std::unique_ptr<ServerProgram> data_;
  std::unique_ptr<ServerProgram> dea_;
};

TEST_F(Clocks, AnEmbargoEndsByTheClockOfTheDataService) {
  const std::string chief =
      MakeToken(dir_, grants_, "chief", {"--project", "p", "--scope", "data.read,data.write,data.embargoed"});
  const std::string ada = MakeToken(dir_, grants_, "ada", {"--project", "p", "--scope", "data.read,dea.run"});
  const std::time_t end = std::time(nullptr) + 1800;
  std::tm utc{};
  gmtime_r(&end, &utc);
  std::array<char, 32> text{};
  const std::string until(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc));
  const std::string digest = Import(chief, {"--embargo", until});

  const auto closed = [&] {
    const Status status = Score(ada, digest, Frontier::SCHEME_CONTEMPORANEOUS);
    return status.code() == Code::kNotFound && status.reason() == "SNAPSHOT_NOT_FOUND";
  };
  EXPECT_TRUE(closed());
  dea_clock_.Set("+1h");
  EXPECT_TRUE(closed()) << "the clock of who reads opens nothing";
  data_clock_.Set("+1h");
  dea_clock_.Set("-1h");
  const Status open = Score(ada, digest, Frontier::SCHEME_CONTEMPORANEOUS);
  EXPECT_TRUE(open.ok()) << open.ToString();
  EXPECT_TRUE(ListData(ada).ok());
  // Set right again it closes, also what the dea service has computed meanwhile; another model, since an answer of a
  // moment ago is given to the same caller again.
  data_clock_.Set("+0");
  const Status again = Score(ada, digest, Frontier::SCHEME_GLOBAL);
  EXPECT_EQ(again.code(), Code::kNotFound) << again.ToString();
  EXPECT_TRUE(Eventually(closed));
}

TEST_F(Clocks, ATokenExpiresByTheClockOfTheServerAsked) {
  const std::string ada =
      MakeToken(dir_, grants_, "ada", {"--project", "p", "--scope", "data.*,dea.run", "--days", "2"});
  const std::string eve = MakeToken(dir_, grants_, "eve", {"--project", "p", "--scope", "data.*,dea.run"});
  const std::string digest = Import(eve);
  EXPECT_TRUE(ListData(ada).ok());
  EXPECT_TRUE(AskDea(ada).ok());

  dea_clock_.Set("+3d");
  EXPECT_TRUE(ListData(ada).ok());
  const Status expired = AskDea(ada);
  EXPECT_EQ(expired.code(), Code::kUnauthenticated) << expired.ToString();
  EXPECT_EQ(expired.reason(), "TOKEN_EXPIRED");
  EXPECT_TRUE(AskDea(eve).ok()) << "hers lasts longer";

  dea_clock_.Set("-1d");
  data_clock_.Set("+3d");
  EXPECT_TRUE(AskDea(ada).ok());
  EXPECT_EQ(ListData(ada).reason(), "TOKEN_EXPIRED");
  // The one that lets the caller in does not vouch for them at the next.
  const Status read = Score(ada, digest, Frontier::SCHEME_GLOBAL);
  EXPECT_EQ(read.code(), Code::kUnauthenticated) << read.ToString();
  EXPECT_TRUE(Score(eve, digest, Frontier::SCHEME_GLOBAL).ok());
}

}  // namespace
}  // namespace farrell::testing
