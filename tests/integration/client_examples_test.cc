// An outside project: installs Farrell into an empty prefix, builds the example against nothing but that, and runs both
// clients against running servers.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

const std::string kSource = FARRELL_SOURCE_DIR;
const std::string kPanel = kSource + "/examples/us-states/produc.csv";

class ClientExamples : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    prefix_ = std::make_unique<TempDir>();
    const Finished install = RunToEnd(
        {"cmake", "--install", FARRELL_BINARY_DIR, "--component", "client", "--prefix", prefix_->path().string()});
    ASSERT_EQ(install.exit_code, 0) << install.output;
  }
  static void TearDownTestSuite() { prefix_.reset(); }

  std::string Targets() const {
    return cluster_.data.address() + "," + cluster_.dea.address() + "," + cluster_.regression.address();
  }
  static void ExpectReport(const Finished& run) {
    EXPECT_EQ(run.exit_code, 0) << run.output;
    EXPECT_NE(run.output.find("816 units scored"), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("solving 816/816"), std::string::npos) << "progress is watched: " << run.output;
    EXPECT_NE(run.output.find("48 clusters, 816 observations"), std::string::npos) << run.output;
  }

  static std::unique_ptr<TempDir> prefix_;
  Cluster cluster_;
};
std::unique_ptr<TempDir> ClientExamples::prefix_;

TEST_F(ClientExamples, Cpp) {
  const TempDir build;
  const Finished configure = RunToEnd({"cmake", "-S", kSource + "/examples/client/cpp", "-B", build.path().string(),
                                       "-DCMAKE_PREFIX_PATH=" + prefix_->path().string()});
  ASSERT_EQ(configure.exit_code, 0) << configure.output;
  const Finished made = RunToEnd({"cmake", "--build", build.path().string()});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  ExpectReport(RunToEnd({build / "efficiency", Targets(), kPanel}));

  const TempDir data;
  WriteFile(data / "bad.csv", "state,year,pc\na,2000,many\na,2000,1\n");
  const Finished bad = RunToEnd({build / "efficiency", Targets(), data / "bad.csv"});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(bad.output.find("[TABLE_INVALID]"), std::string::npos) << bad.output;
}

TEST_F(ClientExamples, Python) {
  const std::map<std::string, std::string> environment = {{"PYTHONPATH", *prefix_ / "lib/python3/dist-packages"},
                                                          {"PYTHONDONTWRITEBYTECODE", "1"}};
  const std::string script = kSource + "/examples/client/python/efficiency.py";
  ExpectReport(RunToEnd({"/usr/bin/python3", script, Targets(), kPanel}, environment));

  const TempDir data;
  WriteFile(data / "bad.csv", "state,year,pc\na,2000,1\na,2000,2\n");
  const Finished bad = RunToEnd({"/usr/bin/python3", script, Targets(), data / "bad.csv"}, environment);
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(bad.output.find("INVALID_ARGUMENT [TABLE_INVALID]"), std::string::npos) << bad.output;
  EXPECT_NE(bad.output.find("row 3"), std::string::npos) << "violations are decoded: " << bad.output;
}

TEST_F(ClientExamples, ProtosetIsInstalled) {
  EXPECT_GT(ReadFile(*prefix_ / "share/farrell/farrell.protoset").size(), 10'000U);
  EXPECT_TRUE(std::filesystem::exists(*prefix_ / "share/farrell/protos/farrell/dea/v1/dea.proto"));
}

}  // namespace
}  // namespace farrell::testing
