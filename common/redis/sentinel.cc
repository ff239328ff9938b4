#include "common/redis/sentinel.h"

#include <cstdlib>
#include <string>
#include <utility>

namespace farrell::redis {
namespace {

Result<Endpoint> AskFor(const std::string& master, const Endpoint& sentinel, const Options& options) {
  FARRELL_ASSIGN_OR_RETURN(const auto connection, Connection::OpenBare(ToText(sentinel), options));
  const Arguments question = {"SENTINEL", "get-master-addr-by-name", master};
  FARRELL_ASSIGN_OR_RETURN(Reply reply, connection->Call(question));
  if (reply.error("NOAUTH")) {
    FARRELL_RETURN_IF_ERROR(connection->LogIn(options));
    FARRELL_ASSIGN_OR_RETURN(reply, connection->Call(question));
  }
  if (reply.error()) return Unavailable("REDIS_NO_MASTER", "answered: " + reply.text);
  if (reply.items.size() != 2) return Unavailable("REDIS_NO_MASTER", "knows no master called '" + master + "'");
  const int port = std::atoi(reply.items[1].text.c_str());
  if (port < 1 || port > 65535) return Unavailable("REDIS_NO_MASTER", "answered with no address");
  return Endpoint{reply.items[0].text, port};
}

Result<std::unique_ptr<Connection>> OpenIfMaster(const Endpoint& endpoint, const Options& options) {
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(ToText(endpoint), options));
  FARRELL_ASSIGN_OR_RETURN(const Reply role, connection->Call({"ROLE"}));
  if (role.error()) return Unavailable("REDIS_NO_MASTER", ToText(endpoint) + " does not tell its role: " + role.text);
  if (role.items.empty() || role.items[0].text != "master") {
    return Unavailable("REDIS_NO_MASTER", ToText(endpoint) + " is called the master but is a replica");
  }
  return connection;
}

}  // namespace

Result<std::unique_ptr<Connection>> OpenMaster(const SentinelGroup& group, const Options& options) {
  std::string said;
  for (const Endpoint& sentinel : group.sentinels) {
    const Result<Endpoint> endpoint = AskFor(group.master, sentinel, options);
    Status why = endpoint.status();
    if (endpoint.ok()) {
      Result<std::unique_ptr<Connection>> connection = OpenIfMaster(*endpoint, options);
      if (connection.ok()) return connection;
      why = connection.status();
    }
    if (why.code() == Code::kUnauthenticated) return why;
    said += "; sentinel " + ToText(sentinel) + ": " + why.message();
  }
  return Unavailable("REDIS_NO_MASTER", "no master of '" + group.master + "' can be reached" + said);
}

}  // namespace farrell::redis
