// Redis for a whole process: connections kept and shared by its threads, masters followed, a Redis that is away left
// alone for a growing pause.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/redis/connection.h"
#include "common/redis/reply.h"
#include "common/status/status.h"

namespace farrell::redis {

// A Lua script, sent once and then called by its SHA-1. Lives as long as the program.
class Script {
 public:
  explicit Script(std::string source);
  const std::string& source() const { return source_; }
  const std::string& sha1() const { return sha1_; }

 private:
  std::string source_;
  std::string sha1_;
};

// Thread-safe.
class Client {
 public:
  // Told once when Redis is found away (the error) and once when it is back (Ok). Called from any thread; must not
  // call the client.
  using Watch = std::function<void(const Status&)>;

  explicit Client(Options options, Watch watch = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The reply, errors of Redis included: a caller looks at Reply::error(). A command is carried out at most once: one
  // whose reply was lost is never sent again. `limit`: longest silence, default Options::timeout; for a command that
  // blocks more than it may block. UNAVAILABLE: reasons as Connection, REDIS_NO_MASTER, and REDIS_PAUSED at once, with
  // nothing sent, while Redis is left alone: 200 ms after the first failure, doubling to 5 s. UNAUTHENTICATED, reason
  // REDIS_LOGIN_REFUSED.
  Result<Reply> Call(const Arguments& arguments) { return Call(arguments, options_.timeout); }
  Result<Reply> Call(const Arguments& arguments, std::chrono::milliseconds limit);

  // All commands in one round trip. The replies are as many; no transaction.
  Result<std::vector<Reply>> Pipeline(const std::vector<Arguments>& commands);

  // The script with KEYS and ARGV. Keys of one script carry the same hash tag where that is possible.
  Result<Reply> Run(const Script& script, const std::vector<std::string>& keys, const Arguments& arguments) {
    return Run(script, keys, arguments, options_.timeout);
  }
  Result<Reply> Run(const Script& script, const std::vector<std::string>& keys, const Arguments& arguments,
                    std::chrono::milliseconds limit);

  const Options& options() const { return options_; }
  // Calls that failed and connections that were not made, since the start; refusals while paused do not count.
  std::int64_t failures() const { return failures_.load(); }
  // Redis is away and left alone at this moment.
  bool paused();

 private:
  using Work = std::function<Status(Connection&)>;

  Status With(const Work& work);
  Result<std::unique_ptr<Connection>> Take();
  Result<std::unique_ptr<Connection>> Open() const;
  void GiveBack(std::unique_ptr<Connection> connection);
  void DropIdle();
  void Failed(const Status& why);
  void Succeeded();

  const Options options_;
  const Watch watch_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point paused_until_;
  Status paused_for_;

  std::atomic<std::int64_t> failures_ = 0;
};

}  // namespace farrell::redis
