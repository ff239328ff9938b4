#include "common/redis/client.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <variant>

#include "common/redis/address.h"
#include "common/redis/sentinel.h"

namespace farrell::redis {
namespace {

constexpr std::size_t kMaxIdle = 16;
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{5'000};

// The name Redis knows a script by.
std::string Sha1(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  constexpr const char* kHex = "0123456789abcdef";
  std::string hex;
  for (unsigned int index = 0; index < size; ++index) {
    hex += kHex[digest[index] >> 4U];
    hex += kHex[digest[index] & 15U];
  }
  return hex;
}

// What a server says that has become a replica, or is about to.
bool NotMaster(const Reply& reply) {
  return reply.error("READONLY") || reply.error("MASTERDOWN") || reply.error("UNBLOCKED");
}

}  // namespace

Script::Script(std::string source) : source_(std::move(source)), sha1_(Sha1(source_)) {}

Client::Client(Options options, Watch watch) : options_(std::move(options)), watch_(std::move(watch)) {}
Client::~Client() = default;

Result<Reply> Client::Call(const Arguments& arguments, std::chrono::milliseconds limit) {
  Reply answer;
  const auto call = [&](Connection& connection) -> Status {
    FARRELL_ASSIGN_OR_RETURN(answer, connection.Call(arguments, limit));
    return {};
  };
  FARRELL_RETURN_IF_ERROR(With(call));
  if (!NotMaster(answer)) return answer;
  // Refused, so that nothing was done: the server that took over is asked, if there is one.
  DropIdle();
  if (options_.address.starts_with("sentinel:")) FARRELL_RETURN_IF_ERROR(With(call));
  return answer;
}

Result<std::vector<Reply>> Client::Pipeline(const std::vector<Arguments>& commands) {
  std::vector<Reply> replies;
  FARRELL_RETURN_IF_ERROR(With([&](Connection& connection) -> Status {
    FARRELL_ASSIGN_OR_RETURN(replies, connection.Pipeline(commands));
    return {};
  }));
  if (std::any_of(replies.begin(), replies.end(), NotMaster)) DropIdle();
  return replies;
}

Result<Reply> Client::Run(const Script& script, const std::vector<std::string>& keys, const Arguments& arguments,
                          std::chrono::milliseconds limit) {
  Arguments command = {"EVALSHA", script.sha1(), std::to_string(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  Result<Reply> reply = Call(command, limit);
  if (!reply.ok() || !reply->error("NOSCRIPT")) return reply;
  command[0] = "EVAL";
  command[1] = script.source();
  return Call(command, limit);
}

Status Client::With(const Work& work) {
  Result<std::unique_ptr<Connection>> connection = Take();
  if (!connection.ok()) {
    if (connection.status().reason() != "REDIS_PAUSED") Failed(connection.status());
    return connection.status();
  }
  if (Status done = work(**connection); !done.ok()) {
    Failed(done);
    return done;
  }
  Succeeded();
  GiveBack(std::move(connection).value());
  return {};
}

Result<std::unique_ptr<Connection>> Client::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (pause_.count() > 0 && std::chrono::steady_clock::now() < paused_until_) {
      return Unavailable("REDIS_PAUSED", "Redis is away and left alone for a moment: " + paused_for_.message());
    }
    // A connection that was idle may have been closed by a Redis that restarted.
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->Usable()) return connection;
    }
  }
  return Open();
}

Result<std::unique_ptr<Connection>> Client::Open() const {
  FARRELL_ASSIGN_OR_RETURN(const Address address, ParseAddress("redis", options_.address));
  const auto* group = std::get_if<SentinelGroup>(&address);
  return group != nullptr ? OpenMaster(*group, options_) : Connection::Open(options_.address, options_);
}

void Client::GiveBack(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

void Client::DropIdle() {
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

bool Client::paused() {
  const std::lock_guard lock(mutex_);
  return pause_.count() > 0 && std::chrono::steady_clock::now() < paused_until_;
}

void Client::Failed(const Status& why) {
  ++failures_;
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    // Calls that were under way together when Redis went away count as one failure.
    if (pause_.count() > 0 && now < paused_until_) return;
    news = pause_.count() == 0;
    pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    paused_until_ = now + pause_;
    paused_for_ = why;
    idle_.clear();
  }
  if (news && watch_) watch_(why);
}

void Client::Succeeded() {
  {
    const std::lock_guard lock(mutex_);
    if (pause_.count() == 0) return;
    pause_ = std::chrono::milliseconds{0};
  }
  if (watch_) watch_({});
}

}  // namespace farrell::redis
