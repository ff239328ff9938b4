// The files of deploy/ against the programs and against the published types of Kubernetes: the checks are written in
// JavaScript, where the packages that know those types are.

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "tests/support/process.h"

namespace farrell::testing {
namespace {

void ExpectPasses(const std::string& file) {
  const std::string folder = FARRELL_SOURCE_DIR "/tests/deploy/";
  if (!std::filesystem::exists(folder + "node_modules")) {
    GTEST_SKIP() << "the npm packages of tests/deploy are not installed";
  }
  const Finished run = RunToEnd({"node", "--test", folder + file}, {{"FARRELL_BIN", FARRELL_BINARY_DIR "/bin"}});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  // Node says so where a part could not be checked: kubectl is too old or absent.
  std::cout << run.output;
}

TEST(DeployFiles, ManifestsAreWhatKubernetesPublishes) { ExpectPasses("manifests_test.mjs"); }
TEST(DeployFiles, AskWhoCallsWhereTheManualSaysSo) { ExpectPasses("access_test.mjs"); }
TEST(DeployFiles, SayOfTheProgramsWhatIsTrue) { ExpectPasses("programs_test.mjs"); }

}  // namespace
}  // namespace farrell::testing
