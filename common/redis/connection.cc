#include "common/redis/connection.h"

#include <hiredis/hiredis.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

#include "common/redis/address.h"
#include "common/redis/socket.h"

namespace farrell::redis {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxDepth = 8;  // of hiredis' reader

Reply Convert(const redisReply& reply, int depth) {
  Reply converted;
  switch (reply.type) {
    case REDIS_REPLY_STRING: converted.kind = Reply::Kind::kText; break;
    case REDIS_REPLY_STATUS: converted.kind = Reply::Kind::kStatus; break;
    case REDIS_REPLY_ERROR: converted.kind = Reply::Kind::kError; break;
    case REDIS_REPLY_INTEGER: converted.kind = Reply::Kind::kInteger; break;
    case REDIS_REPLY_ARRAY: converted.kind = Reply::Kind::kArray; break;
    default: return converted;
  }
  converted.integer = reply.integer;
  if (converted.kind == Reply::Kind::kArray) {
    for (std::size_t index = 0; index < reply.elements && depth < kMaxDepth; ++index) {
      converted.items.push_back(Convert(*reply.element[index], depth + 1));
    }
  } else if (reply.str != nullptr) {
    converted.text.assign(reply.str, reply.len);
  }
  return converted;
}

void AppendCommand(const Arguments& arguments, std::string& wire) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  texts.reserve(arguments.size());
  lengths.reserve(arguments.size());
  for (const std::string& argument : arguments) {
    texts.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(&formatted, static_cast<int>(arguments.size()), texts.data(), lengths.data());
  if (size > 0) wire.append(formatted, static_cast<std::size_t>(size));
  redisFreeCommand(formatted);
}

// Nothing when the file cannot be read.
std::optional<std::string> ReadSecret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string secret((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.empty()) return std::nullopt;
  return secret;
}

Status LoginRefused(const std::string& why) { return {Code::kUnauthenticated, "REDIS_LOGIN_REFUSED", why}; }

Result<std::unique_ptr<Stream>> Connect(const Address& address, const Options& options) {
  if (const auto* path = std::get_if<UnixPath>(&address)) return ConnectUnix(*path, options.timeout);
  const auto* endpoint = std::get_if<Endpoint>(&address);
  if (endpoint == nullptr) return Unavailable("REDIS_UNREACHABLE", "no connection can be made to a group of sentinels");
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Stream> stream, ConnectTcp(*endpoint, options.timeout));
  if (!options.tls) return stream;
  return StartTls(std::move(stream), endpoint->host, *options.tls, options.timeout);
}

// Ok when Redis took the command of opening a connection.
Status Taken(const Result<Reply>& reply, const std::string& command) {
  if (!reply.ok()) return reply.status();
  if (!reply->error()) return {};
  const bool login = reply->error("NOAUTH") || reply->error("NOPERM");
  const std::string said = command + ": Redis answered: " + reply->text;
  return login ? LoginRefused(said) : Unavailable("REDIS_REFUSED", said);
}

}  // namespace

class Connection::Reader {
 public:
  Reader() : reader_(redisReaderCreate(), redisReaderFree) {}

  void Feed(const char* bytes, std::size_t size) { redisReaderFeed(reader_.get(), bytes, size); }

  // Nothing while the reply is not complete.
  Result<std::optional<Reply>> Next() {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
      return Unavailable("REDIS_CONNECTION_LOST", std::string("Redis sent what is no reply: ") + reader_->errstr);
    }
    if (raw == nullptr) return std::optional<Reply>();
    const std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(raw), freeReplyObject);
    return std::optional<Reply>(Convert(*reply, 0));
  }

 private:
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
};

Status CheckOptions(const std::string& flag, const Options& options) {
  Violations violations;
  const Result<Address> address = ParseAddress(flag, options.address);
  if (options.address.empty()) {
    const bool more = !options.user.empty() || !options.password_file.empty() || options.database != 0 || options.tls;
    if (more) violations.Add(flag, "is missing; what belongs to it is given");
  } else if (!address.ok()) {
    violations.Add(flag, "'" + options.address +
                             "' is no address; expected HOST:PORT, unix:PATH or "
                             "sentinel:HOST:PORT,HOST:PORT/MASTER");
  }
  if (!options.user.empty() && options.password_file.empty()) {
    violations.Add(flag + "-user", "needs " + flag + "-password-file");
  }
  if (!options.password_file.empty() && !ReadSecret(options.password_file)) {
    violations.Add(flag + "-password-file", "'" + options.password_file + "' cannot be read or is empty");
  }
  if (options.database < 0) violations.Add(flag + "-database", "must not be negative");
  if (options.timeout.count() <= 0) violations.Add(flag + "-timeout", "must be more than 0");
  if (options.tls) {
    if (address.ok() && std::holds_alternative<UnixPath>(*address)) {
      violations.Add(flag + "-tls", "a unix: address has no TLS; leave it out");
    }
    if (options.tls->certificate.empty() != options.tls->key.empty()) {
      violations.Add(flag + "-tls-cert", "a certificate and its key go together: give both or neither");
    }
    for (const auto& [suffix, path] :
         {std::pair{"-tls-ca", options.tls->authorities}, std::pair{"-tls-cert", options.tls->certificate},
          std::pair{"-tls-key", options.tls->key}}) {
      if (!path.empty() && !std::ifstream(path)) violations.Add(flag + suffix, "'" + path + "' cannot be read");
    }
  }
  return std::move(violations).Finish("REDIS_OPTIONS_INVALID", flag + ": Redis cannot be reached like this");
}

Connection::Connection(std::unique_ptr<Stream> stream, milliseconds timeout)
    : stream_(std::move(stream)), reader_(std::make_unique<Reader>()), timeout_(timeout) {}

Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::OpenBare(const std::string& where, const Options& options) {
  FARRELL_ASSIGN_OR_RETURN(const Address address, ParseAddress("redis", where));
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Stream> stream, Connect(address, options));
  return std::unique_ptr<Connection>(new Connection(std::move(stream), options.timeout));
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& where, const Options& options) {
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, OpenBare(where, options));
  FARRELL_RETURN_IF_ERROR(connection->LogIn(options));
  if (options.database != 0) {
    FARRELL_RETURN_IF_ERROR(Taken(connection->Call({"SELECT", std::to_string(options.database)}), "SELECT"));
  }
  // A name for CLIENT LIST; a user who may not set one is none the worse for it.
  const Result<Reply> named = connection->Call({"CLIENT", "SETNAME", options.name});
  if (!named.ok()) return named.status();
  if (named->error("NOAUTH")) return LoginRefused("Redis wants a password: give a password file");
  return connection;
}

Status Connection::LogIn(const Options& options) {
  if (options.password_file.empty()) return {};
  const std::optional<std::string> password = ReadSecret(options.password_file);
  if (!password) return LoginRefused("the password file " + options.password_file + " cannot be read or is empty");
  Arguments login = {"AUTH"};
  if (!options.user.empty()) login.push_back(options.user);
  login.push_back(*password);
  FARRELL_ASSIGN_OR_RETURN(const Reply reply, Call(login));
  if (reply.error()) {
    const std::string who = options.user.empty() ? "the default user" : "user " + options.user;
    return LoginRefused("Redis refused " + who + " with the password in " + options.password_file + ": " + reply.text);
  }
  return {};
}

Result<Reply> Connection::Call(const Arguments& arguments, milliseconds limit) {
  std::string wire;
  AppendCommand(arguments, wire);
  FARRELL_RETURN_IF_ERROR(stream_->Send(wire, limit));
  return Read(limit);
}

Result<std::vector<Reply>> Connection::Pipeline(const std::vector<Arguments>& commands) {
  std::string wire;
  for (const Arguments& command : commands) AppendCommand(command, wire);
  FARRELL_RETURN_IF_ERROR(stream_->Send(wire, timeout_));
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  while (replies.size() < commands.size()) {
    FARRELL_ASSIGN_OR_RETURN(Reply reply, Read(timeout_));
    replies.push_back(std::move(reply));
  }
  return replies;
}

Result<Reply> Connection::Read(milliseconds limit) {
  std::array<char, std::size_t{64} * 1024> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by Receive
  while (true) {
    FARRELL_ASSIGN_OR_RETURN(std::optional<Reply> reply, reader_->Next());
    if (reply) return *std::move(reply);
    FARRELL_ASSIGN_OR_RETURN(const std::size_t count, stream_->Receive(bytes.data(), bytes.size(), limit));
    reader_->Feed(bytes.data(), count);
  }
}

}  // namespace farrell::redis
