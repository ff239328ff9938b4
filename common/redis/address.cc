#include "common/redis/address.h"

#include <charconv>
#include <string_view>
#include <utility>

namespace farrell::redis {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kSentinel = "sentinel:";
constexpr const char* kExpected = "expected HOST:PORT, unix:PATH or sentinel:HOST:PORT,HOST:PORT/MASTER";

std::optional<SentinelGroup> ParseSentinels(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash + 1 == text.size()) return std::nullopt;
  SentinelGroup group{{}, std::string(text.substr(slash + 1))};
  std::string_view rest = text.substr(0, slash);
  while (true) {
    const std::size_t comma = rest.find(',');
    std::optional<Endpoint> sentinel = ParseEndpoint(std::string(rest.substr(0, comma)));
    if (!sentinel) return std::nullopt;
    group.sentinels.push_back(*std::move(sentinel));
    if (comma == std::string_view::npos) return group;
    rest.remove_prefix(comma + 1);
  }
}

std::optional<Address> Parse(const std::string& text) {
  if (text.starts_with(kUnix)) {
    if (text.size() == kUnix.size()) return std::nullopt;
    return UnixPath{text.substr(kUnix.size())};
  }
  if (text.starts_with(kSentinel)) return ParseSentinels(std::string_view(text).substr(kSentinel.size()));
  return ParseEndpoint(text);
}

}  // namespace

std::optional<Endpoint> ParseEndpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || text.find_first_of("/, ") != std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string::npos) return std::nullopt;
  int port = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || parsed != end || port < 1 || port > 65535) return std::nullopt;
  return Endpoint{std::move(host), port};
}

Result<Address> ParseAddress(const std::string& name, const std::string& text) {
  std::optional<Address> address = Parse(text);
  if (address) return *std::move(address);
  return InvalidArgument("ADDRESS_INVALID", name + ": '" + text + "' is not a Redis address; " + kExpected)
      .WithViolations({{name, kExpected}});
}

Status CheckAddress(const std::string& name, const std::string& text) {
  return text.empty() ? Status() : ParseAddress(name, text).status();
}

std::string ToText(const Endpoint& endpoint) {
  const bool bracket = endpoint.host.find(':') != std::string::npos;
  return (bracket ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

}  // namespace farrell::redis
