#include "services/reporting/service/webhook.h"

#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>

namespace farrell::reporting {
namespace {

constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::seconds kAnswerTimeout{10};

struct Address {
  std::string origin;     // "https://host:port", as written
  std::string authority;  // "host:port"
  std::string path;
};

std::optional<Address> Split(const std::string& url) {
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return std::nullopt;
  const std::size_t begin = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  std::string authority = url.substr(begin, end - begin);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':';
  };
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (authority.empty() || !std::all_of(authority.begin(), authority.end(), allowed) ||
      !std::all_of(url.begin(), url.end(), visible) || url.find('#') != std::string::npos) {
    return std::nullopt;
  }
  const std::string origin = url.substr(0, end);
  if (authority.find(':') == std::string::npos) authority += secure ? ":443" : ":80";
  std::string path = url.substr(end);
  if (path.empty() || path.front() != '/') path.insert(0, "/");
  return Address{origin, authority, path};
}

}  // namespace

std::string WebhookProblem(const WebhookOptions& options, const std::string& url) {
  const std::optional<Address> address = Split(url);
  if (!address) return "an address such as https://hooks.example.org/farrell, without a user or a fragment";
  for (const std::string& host : options.hosts) {
    if (host == address->authority) return {};
    if (host.find(':') == std::string::npos &&
        (host + ":443" == address->authority || host + ":80" == address->authority)) {
      return {};
    }
  }
  return "the server does not allow this host (setting webhook-hosts)";
}

std::string WebhookSignature(const std::string& secret, std::chrono::sys_seconds at, const std::string& body) {
  const std::string seconds = std::to_string(at.time_since_epoch().count());
  const std::string text = seconds + "." + body;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4U];
    hex += "0123456789abcdef"[digest[i] & 15U];
  }
  return "t=" + seconds + ",v1=" + hex;
}

Status SendWebhook(const WebhookMessage& message) {
  const auto failed = [&](const std::string& why) { return Unavailable("WEBHOOK_FAILED", message.url + ": " + why); };
  const std::optional<Address> address = Split(message.url);
  if (!address) return failed("no address");
  httplib::Client client(address->origin);
  if (!client.is_valid()) return failed("no address this program can call");
  client.set_connection_timeout(kConnectTimeout);
  client.set_read_timeout(kAnswerTimeout);
  client.set_write_timeout(kAnswerTimeout);
  client.set_follow_location(false);
  const httplib::Headers headers = {{"Farrell-Notification", message.id}, {"Farrell-Signature", message.signature}};
  const httplib::Result answer = client.Post(address->path, headers, message.body, "application/json");
  if (!answer) return failed(httplib::to_string(answer.error()));
  if (answer->status < 200 || answer->status >= 300) return failed("answered " + std::to_string(answer->status));
  return Status::Ok();
}

}  // namespace farrell::reporting
