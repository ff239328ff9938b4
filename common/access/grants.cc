#include "common/access/grants.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

#include "common/access/data_access.h"
#include "common/access/scopes.h"
#include "common/canonical/canonical.h"
#include "common/text/nearest.h"
#include "common/text/time.h"
#include "common/text/utf8.h"

namespace farrell::access {
namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "farrell_";
constexpr std::size_t kIdDigits = 8;
constexpr std::size_t kMaxFileBytes = 16UL * 1024 * 1024;

template <typename Number>
constexpr double kLargestLimit = 9e15;
template <>
constexpr double kLargestLimit<int> = 1e9;

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string RandomHexDigits(std::size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("the operating system gives no random bytes");
  }
  std::string text;
  for (const char c : random) {
    const auto byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

bool IsName(const std::string& text) {
  return !text.empty() && text.size() <= 128 && text::ValidUtf8Length(text) == text.size() &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

template <typename Number>
void Tighten(Number& limit, Number other) {
  if (other > 0 && (limit <= 0 || other < limit)) limit = other;
}

// A quota is the principal's: what the strictest of its lines says holds for all.
void ShareQuotas(std::vector<Grant>& grants) {
  std::map<std::string, Quota> quotas;
  for (const Grant& grant : grants) {
    Quota& quota = quotas[grant.principal];
    Tighten(quota.compute_seconds_per_day, grant.quota.compute_seconds_per_day);
    Tighten(quota.storage_bytes, grant.quota.storage_bytes);
    Tighten(quota.in_flight, grant.quota.in_flight);
  }
  for (Grant& grant : grants) grant.quota = quotas[grant.principal];
}

// One line of the file.
class LineReader {
 public:
  LineReader(const std::string& place, Violations& violations) : place_(place), violations_(violations) {}

  Grant Read(const std::string& line) {
    Grant grant;
    object_ = json::parse(line, nullptr, false);
    if (!object_.is_object()) {
      Wrong("is not a JSON object");
      return grant;
    }
    const std::vector<std::string> keys = {"token",  "sha256", "certificate", "principal", "project",
                                           "scopes", "data",   "quota",       "created",   "expires"};
    for (const auto& [key, value] : object_.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        Wrong("unknown key '" + key + "'" + text::DidYouMean(key, keys));
      }
    }
    grant.token = Text("token");
    grant.sha256 = Text("sha256");
    grant.certificate = Text("certificate");
    grant.principal = Text("principal");
    grant.project = Text("project");
    if (object_.contains("created")) ReadTime("created", grant.created);
    if (object_.contains("expires")) ReadTime("expires", grant.expires);
    ReadScopes(grant.scopes);
    ReadData(grant.data);
    ReadQuota(grant.quota);
    CheckHolder(grant);
    return grant;
  }

 private:
  void Wrong(const std::string& what) { violations_.Add(place_, what); }

  std::string Text(const char* key) {
    if (!object_.contains(key)) return {};
    if (object_[key].is_string()) return object_[key].get<std::string>();
    Wrong(std::string(key) + " is not a text");
    return {};
  }

  void ReadTime(const char* key, Time& time) {
    const std::optional<Time> told = text::ParseTime(Text(key));
    if (told) time = *told;
    if (!told) Wrong(std::string(key) + " is not a time such as 2027-01-31T00:00:00Z");
  }

  void ReadScopes(std::vector<std::string>& scopes) {
    const json& listed = object_.contains("scopes") ? object_["scopes"] : json();
    if (!listed.is_array() || listed.empty()) return Wrong("scopes is not a list with at least one scope");
    const std::vector<std::string> known = GrantableScopes();
    for (const json& one : listed) {
      const std::string scope = one.is_string() ? one.get<std::string>() : one.dump();
      if (std::find(known.begin(), known.end(), scope) == known.end() && RuleOf(scope) == nullptr) {
        Wrong("there is no scope '" + scope + "'" + text::DidYouMean(scope, known));
      }
      scopes.push_back(scope);
    }
  }

  void ReadData(std::vector<std::string>& patterns) {
    if (!object_.contains("data")) return;
    const json& listed = object_["data"];
    if (!listed.is_array() || listed.empty()) return Wrong("data is not a list with at least one pattern");
    for (const json& one : listed) {
      patterns.push_back(one.is_string() ? one.get<std::string>() : one.dump());
      if (!IsDataPattern(patterns.back())) {
        Wrong("data: '" + patterns.back() + "' is not a pattern such as PROJECT/DATASET, PROJECT/*, " +
              "PROJECT/DATASET@RELEASE or *");
      }
    }
  }

  // A number in the quota that is above 0.
  template <typename Number>
  void ReadLimit(const json& quota, const char* key, Number& limit) {
    if (!quota.contains(key)) return;
    const json& given = quota[key];
    if (given.is_number() && given.get<double>() > 0 && given.get<double>() <= kLargestLimit<Number>) {
      limit = static_cast<Number>(given.get<double>());
    }
    if (limit <= 0) Wrong(std::string("quota: ") + key + " is not a number above 0 (leave it out for no limit)");
  }

  void ReadQuota(Quota& limits) {
    if (!object_.contains("quota")) return;
    const json& quota = object_["quota"];
    if (!quota.is_object()) return Wrong("quota is not an object");
    const std::vector<std::string> keys = {"compute_seconds_per_day", "storage_bytes", "in_flight"};
    for (const auto& [key, value] : quota.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        Wrong("quota: unknown key '" + key + "'" + text::DidYouMean(key, keys));
      }
    }
    ReadLimit(quota, "compute_seconds_per_day", limits.compute_seconds_per_day);
    ReadLimit(quota, "storage_bytes", limits.storage_bytes);
    ReadLimit(quota, "in_flight", limits.in_flight);
  }

  void CheckHolder(const Grant& grant) {
    if (!IsName(grant.principal)) Wrong("principal is needed: a name of 1 to 128 bytes");
    if (!grant.project.empty() && (!IsName(grant.project) || grant.project.find_first_of("/*@") != std::string::npos)) {
      Wrong("project is not a name of at most 128 bytes without / * @");
    }
    if (grant.token.empty() == grant.certificate.empty()) {
      Wrong("give either token and sha256, or certificate");
    } else if (grant.certificate.empty()) {
      if (!IsHex(grant.token, kIdDigits)) Wrong("token is not an id of 8 hexadecimal digits");
      if (!IsHex(grant.sha256, 64)) Wrong("sha256 is not a digest of 64 hexadecimal digits");
      if (grant.expires == Time::max()) Wrong("a token needs a time in expires");
    } else if (!grant.certificate.starts_with("DNS:") && !grant.certificate.starts_with("URI:") &&
               !grant.certificate.starts_with("IP:")) {
      Wrong("certificate begins with DNS:, URI: or IP:, as in its subject alternative names");
    }
  }

  const std::string& place_;
  Violations& violations_;
  json object_;
};

}  // namespace

Result<std::vector<Grant>> ParseGrants(const std::string& path, std::string_view text) {
  std::vector<Grant> grants;
  Violations violations;
  std::set<std::string> seen;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos || line.front() == '#') continue;
    const std::string place = path + ":" + std::to_string(number);
    grants.push_back(LineReader(place, violations).Read(line));
    const std::string holder = grants.back().token + grants.back().certificate;
    if (!holder.empty() && !seen.insert(holder).second) violations.Add(place, "'" + holder + "' has a line already");
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("GRANTS_INVALID", "the file of grants cannot be used"));
  ShareQuotas(grants);
  return grants;
}

Result<std::vector<Grant>> ReadGrants(const std::string& path) {
  struct stat found {};
  std::ifstream file(path, std::ios::binary);
  if (!file || stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return FailedPrecondition("GRANTS_UNREADABLE", "'" + path + "' cannot be read");
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return FailedPrecondition("GRANTS_UNREADABLE", "'" + path +
                                                       "' may be written by others, who could let themselves in; run: "
                                                       "chmod go-w '" +
                                                       path + "'");
  }
  if (found.st_size > static_cast<off_t>(kMaxFileBytes)) {
    return FailedPrecondition("GRANTS_UNREADABLE", "'" + path + "' is longer than 16 MiB");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return ParseGrants(path, text.str());
}

std::string FormatGrant(const Grant& grant) {
  nlohmann::ordered_json object;
  if (!grant.token.empty()) object["token"] = grant.token;
  if (!grant.sha256.empty()) object["sha256"] = grant.sha256;
  if (!grant.certificate.empty()) object["certificate"] = grant.certificate;
  object["principal"] = grant.principal;
  if (!grant.project.empty()) object["project"] = grant.project;
  object["scopes"] = grant.scopes;
  if (!grant.data.empty()) object["data"] = grant.data;
  if (grant.quota.compute_seconds_per_day > 0) {
    object["quota"]["compute_seconds_per_day"] = grant.quota.compute_seconds_per_day;
  }
  if (grant.quota.storage_bytes > 0) object["quota"]["storage_bytes"] = grant.quota.storage_bytes;
  if (grant.quota.in_flight > 0) object["quota"]["in_flight"] = grant.quota.in_flight;
  if (grant.created != Time()) object["created"] = text::FormatTime(grant.created);
  if (grant.expires != Time::max()) object["expires"] = text::FormatTime(grant.expires);
  return object.dump();
}

NewToken MakeToken() {
  NewToken made;
  made.grant.token = RandomHexDigits(kIdDigits / 2);
  made.secret = std::string(kPrefix) + made.grant.token + "_" + RandomHexDigits(32);
  made.grant.sha256 = canonical::Sha256(made.secret);
  made.grant.created = std::chrono::system_clock::now();
  return made;
}

const Grant* FindToken(const std::vector<Grant>& grants, std::string_view secret) {
  // The id is public: finding its line may take any time. Digests are compared in constant time, and of a digest an
  // attacker could choose nothing anyway.
  const std::string digest = canonical::Sha256(secret);
  const bool formed = secret.starts_with(kPrefix) && secret.size() > kPrefix.size() + kIdDigits;
  const std::string_view id = formed ? secret.substr(kPrefix.size(), kIdDigits) : std::string_view();
  for (const Grant& grant : grants) {
    if (!grant.token.empty() && grant.token == id && grant.sha256.size() == digest.size() &&
        CRYPTO_memcmp(grant.sha256.data(), digest.data(), digest.size()) == 0) {
      return &grant;
    }
  }
  return nullptr;
}

}  // namespace farrell::access
