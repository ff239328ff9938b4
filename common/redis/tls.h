// TLS over a stream, by OpenSSL: hiredis 0.14 has none.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/redis/socket.h"
#include "common/status/status.h"

namespace farrell::redis {

// PEM files. They are read for every new connection, so that a rotated certificate holds from the next one on.
struct TlsFiles {
  std::string authorities{};  // who may have signed the server's certificate; empty: those the system trusts
  std::string certificate{};  // shown to the server, chain included; empty: none. Needs `key`.
  std::string key{};
};

// Shakes hands over `inner` within `limit` a step. TLS 1.2 or newer. The server's certificate must be signed by one of
// the authorities and name `host` (DNS name or IP address). Errors: UNAVAILABLE, reason REDIS_TLS_FAILED, for what the
// handshake or a file is short of; those of Stream.
Result<std::unique_ptr<Stream>> StartTls(std::unique_ptr<Stream> inner, const std::string& host, const TlsFiles& files,
                                         std::chrono::milliseconds limit);

}  // namespace farrell::redis
