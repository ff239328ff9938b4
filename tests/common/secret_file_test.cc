// Secrets from files: who may read them, what happens when they change.
#include "common/program/secret_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/process.h"

namespace farrell::testing {
namespace {

namespace fs = std::filesystem;
constexpr fs::perms kOwnerOnly = fs::perms::owner_read | fs::perms::owner_write;

class SecretFileTest : public ::testing::Test {
 protected:
  void Write(const std::string& content, fs::perms permissions = kOwnerOnly) {
    // Beside it and renamed, as an operator or Kubernetes does.
    WriteFile(path_ + ".new", content);
    fs::permissions(path_ + ".new", permissions);
    fs::rename(path_ + ".new", path_);
  }
  std::string Refused() { return CheckSecretFile("--x-file", path_).message(); }

  TempDir dir_;
  std::string path_ = dir_ / "secret";
};

TEST_F(SecretFileTest, IsReadWithoutTheNewlineAtItsEnd) {
  Write("pass word\r\n");
  const auto secret = SecretFile::Open("--x-file", path_);
  ASSERT_TRUE(secret.ok()) << secret.status().ToString();
  EXPECT_EQ((*secret)->Get(), "pass word");
}

TEST_F(SecretFileTest, RefusesWhatCannotBeOne) {
  EXPECT_NE(Refused().find("does not exist"), std::string::npos) << Refused();
  Write("s3cret", kOwnerOnly | fs::perms::others_read);
  EXPECT_NE(Refused().find("--x-file: '" + path_ + "' may be read by everybody; run: chmod o-rwx"), std::string::npos);
  EXPECT_EQ(Refused().find("s3cret"), std::string::npos);
  Write("s3cret", kOwnerOnly | fs::perms::group_read);
  EXPECT_TRUE(CheckSecretFile("--x-file", path_).ok()) << "the group may read it: Kubernetes' fsGroup";
  Write("\n\n");
  EXPECT_NE(Refused().find("is empty"), std::string::npos);
  Write(std::string(65537, 'x'));
  EXPECT_NE(Refused().find("longer than"), std::string::npos);
  EXPECT_EQ(CheckSecretFile("--x-file", dir_.path().string()).reason(), "SECRET_UNUSABLE");
}

TEST_F(SecretFileTest, FollowsTheFileAndKeepsTheOldSecretMeanwhile) {
  Write("first");
  const auto secret = SecretFile::Open("--x-file", path_).value();
  Write("second");
  EXPECT_EQ(secret->Get(), "second");
  Write("open to all", kOwnerOnly | fs::perms::others_read);
  EXPECT_EQ(secret->Get(), "second");
  fs::remove(path_);
  EXPECT_EQ(secret->Get(), "second");
  Write("third");
  EXPECT_EQ(secret->Get(), "third");
}

}  // namespace
}  // namespace farrell::testing
