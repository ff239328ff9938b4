// One connection to Redis: commands out, replies in. The only user of hiredis, of which it takes the formatter and the
// reader; the socket is ours, for TLS and for limits that hold on every wait.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/redis/reply.h"
#include "common/redis/tls.h"
#include "common/status/status.h"

namespace farrell::redis {

// How to reach a Redis and who to be there.
struct Options {
  // See common/redis/address.h.
  std::string address{};
  // Longest wait for a connection to be made, and for a silence of Redis while a command is under way.
  std::chrono::milliseconds timeout{250};
  // Name of an ACL user; empty: the default user.
  std::string user{};
  // File that holds the password, read for every new connection; a line break at its end does not count. Empty: no
  // login. Sentinels that ask for a login are given the same.
  std::string password_file{};
  // Given: TLS. Not for a unix: address.
  std::optional<TlsFiles> tls{};
  // In [0, 15] unless the server has more.
  int database = 0;
  // Shown by CLIENT LIST; without blanks.
  std::string name = "farrell";
};

// INVALID_ARGUMENT, reason REDIS_OPTIONS_INVALID, with every option that cannot be, or is given without an address;
// `flag` is the flag of the address ("--redis"), and those of the others begin with it ("--redis-password-file").
Status CheckOptions(const std::string& flag, const Options& options);

// Not thread-safe. After an error of a call the connection is dead and must be dropped: nobody can tell how much of
// the reply was still under way.
class Connection {
 public:
  // Connects, logs in, selects the database. `where`: HOST:PORT or unix:PATH; options.address is not looked at.
  // UNAVAILABLE: reason REDIS_UNREACHABLE, REDIS_TLS_FAILED, REDIS_TIMEOUT, REDIS_CONNECTION_LOST. UNAUTHENTICATED,
  // reason REDIS_LOGIN_REFUSED: user, password or password file.
  static Result<std::unique_ptr<Connection>> Open(const std::string& where, const Options& options);
  // Without login, database and name: what a sentinel is spoken to through.
  static Result<std::unique_ptr<Connection>> OpenBare(const std::string& where, const Options& options);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The reply, errors of Redis included. UNAVAILABLE, reason REDIS_TIMEOUT or REDIS_CONNECTION_LOST, otherwise. Give a
  // command that blocks (XREADGROUP BLOCK, BLPOP) a `limit` longer than it may block.
  Result<Reply> Call(const Arguments& arguments) { return Call(arguments, timeout_); }
  Result<Reply> Call(const Arguments& arguments, std::chrono::milliseconds limit);
  // All commands in one go, then all replies, in order.
  Result<std::vector<Reply>> Pipeline(const std::vector<Arguments>& commands);

  Status LogIn(const Options& options);

  // False when the other side has closed it or has said something unasked: of no further use.
  bool Usable() const { return stream_->Quiet(); }

 private:
  class Reader;

  Connection(std::unique_ptr<Stream> stream, std::chrono::milliseconds timeout);
  Result<Reply> Read(std::chrono::milliseconds limit);

  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Reader> reader_;
  std::chrono::milliseconds timeout_;
};

}  // namespace farrell::redis
