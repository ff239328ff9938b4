// The file of grants: what it may hold, how it changes, which secret belongs to whom.
#include "common/access/grants.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/access/grants_file.h"
#include "common/text/time.h"
#include "tests/support/process.h"

namespace farrell::access {
namespace {

NewToken TokenOf(const std::string& principal) {
  NewToken made = MakeToken();
  made.grant.principal = principal;
  made.grant.scopes = {"data.read"};
  made.grant.expires = made.grant.created + std::chrono::hours(1);
  return made;
}

TEST(Tokens, AreLongRandomAndKnownByTheirHashAlone) {
  const NewToken ada = TokenOf("ada");
  const NewToken bob = TokenOf("bob");
  EXPECT_EQ(ada.secret.size(), std::string("farrell_12345678_").size() + 64);
  EXPECT_NE(ada.secret, bob.secret);
  const std::vector<Grant> grants = {ada.grant, bob.grant};
  ASSERT_NE(FindToken(grants, bob.secret), nullptr);
  EXPECT_EQ(FindToken(grants, bob.secret)->principal, "bob");
  EXPECT_EQ(FormatGrant(ada.grant).find(ada.secret.substr(17)), std::string::npos);
}

TEST(Tokens, NothingButTheSecretOpens) {
  const NewToken ada = TokenOf("ada");
  std::string other = ada.secret;
  other.back() = other.back() == '0' ? '1' : '0';
  for (const std::string& wrong : {other, ada.secret + "0", ada.secret.substr(0, 40), std::string(), ada.grant.sha256,
                                   "farrell_" + ada.grant.token, "farrell_" + ada.grant.token + "_",
                                   "farrell_" + ada.grant.token + "_" + ada.grant.sha256}) {
    EXPECT_EQ(FindToken({ada.grant}, wrong), nullptr) << wrong;
  }
  const Grant certificate{.certificate = "DNS:x", .principal = "x", .scopes = {"*"}};
  EXPECT_EQ(FindToken({certificate}, ""), nullptr);
}

TEST(Grants, AreReadAsTheyWereWritten) {
  const NewToken ada = TokenOf("ada");
  const Grant dea{.certificate = "URI:spiffe://farrell/dea", .principal = "dea", .project = "p", .scopes = {"data.*"}};
  const auto grants = ParseGrants("g", "# who\n\n" + FormatGrant(ada.grant) + "\n" + FormatGrant(dea) + "\n");
  ASSERT_TRUE(grants.ok()) << grants.status().ToString();
  ASSERT_EQ(grants->size(), 2U);
  EXPECT_EQ((*grants)[0].token, ada.grant.token);
  EXPECT_EQ(text::FormatTime((*grants)[0].expires), text::FormatTime(ada.grant.expires));
  EXPECT_EQ((*grants)[1].certificate, dea.certificate);
  EXPECT_EQ((*grants)[1].project, "p");
  EXPECT_EQ((*grants)[1].expires, Time::max());
}

TEST(Grants, DataAndQuotasAreReadAsTheyWereWritten) {
  NewToken ada = TokenOf("ada");
  ada.grant.data = {"provinces/*", "national/gdp@2020*"};
  ada.grant.quota = {.compute_seconds_per_day = 3600, .storage_bytes = 1'000'000'000, .in_flight = 8};
  const auto grants = ParseGrants("g", FormatGrant(ada.grant));
  ASSERT_TRUE(grants.ok()) << grants.status().ToString();
  EXPECT_EQ(grants->front().data, ada.grant.data);
  EXPECT_EQ(grants->front().quota, ada.grant.quota);
}

TEST(Grants, TheStrictestQuotaOfAPrincipalHoldsForAllItsLines) {
  NewToken one = TokenOf("ada"), two = TokenOf("ada"), other = TokenOf("bob");
  one.grant.quota = {.compute_seconds_per_day = 100, .in_flight = 8};
  two.grant.quota = {.compute_seconds_per_day = 200, .storage_bytes = 5, .in_flight = 2};
  const auto grants =
      ParseGrants("g", FormatGrant(one.grant) + "\n" + FormatGrant(two.grant) + "\n" + FormatGrant(other.grant));
  ASSERT_TRUE(grants.ok()) << grants.status().ToString();
  const Quota strictest{.compute_seconds_per_day = 100, .storage_bytes = 5, .in_flight = 2};
  EXPECT_EQ((*grants)[0].quota, strictest);
  EXPECT_EQ((*grants)[1].quota, strictest);
  EXPECT_EQ((*grants)[2].quota, Quota());
}

TEST(Grants, PatternsAndQuotasThatAreNoneAreNamed) {
  const std::string line = FormatGrant(TokenOf("ada").grant);
  const auto with = [&](const std::string& more) { return line.substr(0, line.size() - 1) + "," + more + "}"; };
  for (const char* more :
       {R"("data":[])", R"("data":"*")", R"("data":["provinces"])", R"("data":["provinces/"])", R"("data":[7])",
        R"("quota":8)", R"("quota":{"in_flight":0})", R"("quota":{"in_flight":"8"})", R"("quota":{"in_flight":1e300})",
        R"("quota":{"cpu":1})", R"("project":"a/b")", R"("project":"a*")"}) {
    EXPECT_EQ(ParseGrants("g", with(more)).status().reason(), "GRANTS_INVALID") << more;
  }
}

TEST(Grants, EveryMistakeIsNamed) {
  const std::string token = FormatGrant(TokenOf("ada").grant);
  const Status status =
      ParseGrants("g", "nonsense\n" + token + "\n" + token +
                           "\n{\"certificate\":\"dea\",\"principal\":\"\",\"scope\":[\"*\"]}\n"
                           "{\"token\":\"12345678\",\"sha256\":\"00\",\"principal\":\"x\",\"scopes\":[\"data.raed\"]}\n"
                           "{\"principal\":\"x\",\"scopes\":[\"*\"],\"expires\":\"tomorrow\"}\n")
          .status();
  const std::string text = status.ToString();
  for (const char* expected :
       {"g:1: is not a JSON object", "has a line already", "g:4: unknown key 'scope' (did you mean scopes?)",
        "g:4: scopes is not a list", "g:4: principal is needed", "g:4: certificate begins with",
        "g:5: there is no scope 'data.raed' (did you mean data.read?)", "g:5: sha256 is not a digest",
        "g:5: a token needs a time in expires", "g:6: give either token", "g:6: expires is not a time"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "\nin\n" << text;
  }
}

TEST(GrantsFile, ChangesOneLineAndKeepsTheOthers) {
  const testing::TempDir dir;
  const std::string path = dir / "grants";
  const NewToken ada = TokenOf("ada");
  const NewToken bob = TokenOf("bob");
  ASSERT_TRUE(AddGrant(path, ada.grant).ok());
  testing::WriteFile(path, "# by hand\n" + testing::ReadFile(path));
  ASSERT_TRUE(AddGrant(path, bob.grant).ok());
  ASSERT_EQ(ReadGrants(path)->size(), 2U);
  EXPECT_EQ(RemoveGrant(path, "00000000").reason(), "GRANT_NOT_FOUND");
  ASSERT_TRUE(RemoveGrant(path, ada.grant.token).ok());
  EXPECT_EQ(testing::ReadFile(path), "# by hand\n" + FormatGrant(bob.grant) + "\n");
  // Nothing is added to a file that a server would refuse, nor anything it would refuse.
  Grant bad = ada.grant;
  bad.scopes = {"data.raed"};
  EXPECT_EQ(AddGrant(path, bad).reason(), "GRANTS_INVALID");
  EXPECT_EQ(ReadGrants(path)->size(), 1U);
}

// A server under a user of its own must be able to read what an operator has changed.
TEST(GrantsFile, StaysItsOwners) {
  constexpr uid_t kServer = 10001;
  const testing::TempDir dir;
  const std::string path = dir / "grants";
  const NewToken ada = TokenOf("ada");
  ASSERT_TRUE(AddGrant(path, ada.grant).ok());
  ASSERT_EQ(chmod(path.c_str(), 0440), 0);
  // Only root may give files away.
  const uid_t owner = chown(path.c_str(), kServer, kServer) == 0 ? kServer : geteuid();
  ASSERT_TRUE(AddGrant(path, TokenOf("bob").grant).ok());
  ASSERT_TRUE(RemoveGrant(path, ada.grant.token).ok());
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, owner);
  EXPECT_EQ(found.st_mode & ALLPERMS, 0440U);
}

TEST(GrantsFile, WhatOthersMayWriteIsRefused) {
  const testing::TempDir dir;
  const std::string path = dir / "grants";
  ASSERT_TRUE(AddGrant(path, TokenOf("ada").grant).ok());
  std::filesystem::permissions(path, std::filesystem::perms::group_write, std::filesystem::perm_options::add);
  const Status status = ReadGrants(path).status();
  EXPECT_EQ(status.reason(), "GRANTS_UNREADABLE");
  EXPECT_NE(status.message().find("chmod go-w"), std::string::npos);
  EXPECT_EQ(ReadGrants(dir / "missing").status().reason(), "GRANTS_UNREADABLE");
}

}  // namespace
}  // namespace farrell::access
