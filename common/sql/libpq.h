// PostgreSQL's client library, loaded when a PostgreSQL database is opened: it brings twenty libraries along, which a
// program on SQLite does not wait for. docs/decisions/0010-postgresql-loaded-at-run-time.md.
#pragma once

#include <libpq-fe.h>

#include <string>
#include <utility>
#include <vector>

#include "common/status/status.h"

namespace farrell::sql {

class LibPq {
 public:
  // Errors: FAILED_PRECONDITION, reason STORE_ENGINE_MISSING.
  static Result<const LibPq*> Load();

  // The parameters of a URL, by name. Errors: INVALID_ARGUMENT, reason DATABASE_URL_INVALID.
  Result<std::vector<std::pair<std::string, std::string>>> Parse(const std::string& url) const;

  bool Connected(const PGconn* connection) const { return status_(connection) == CONNECTION_OK; }
  int SocketOf(const PGconn* connection) const { return socket_(connection); }
  // Whether the server of such a connection accepts or refuses connections at all; waits up to its connect_timeout.
  bool Answers(const std::string& url) const { return ping_(url.c_str()) != PQPING_NO_RESPONSE; }
  // Errors name their SQLSTATE, and notices go nowhere.
  void Prepare(PGconn* connection) const;

 private:
  decltype(&PQconninfoParse) parse_ = nullptr;
  decltype(&PQconninfoFree) free_info_ = nullptr;
  decltype(&PQfreemem) free_memory_ = nullptr;
  decltype(&PQstatus) status_ = nullptr;
  decltype(&PQsetErrorVerbosity) set_verbosity_ = nullptr;
  decltype(&PQsetNoticeProcessor) set_notices_ = nullptr;
  decltype(&PQsocket) socket_ = nullptr;
  decltype(&PQping) ping_ = nullptr;
};

}  // namespace farrell::sql
