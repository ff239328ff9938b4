// TLS of servers and of channels. The one place that uses gRPC's experimental TLS interface.
//
// All files are PEM and looked at every second: a new certificate, key or authority holds for the handshakes that
// follow. Connections are renewed after keepalive::kServerMaxConnectionAgeMs, so an old one is gone soon after.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "common/status/status.h"

namespace farrell {

struct ServerTls {
  std::string certificate{};  // chain, leaf first; empty: plaintext
  std::string key{};
  std::string client_ca{};  // authorities whose clients are let in; empty: clients need no certificate
};

struct ClientTls {
  std::string ca{};           // authorities of the servers; empty: plaintext
  std::string certificate{};  // who we are, for servers that ask; empty: nobody
  std::string key{};
};

// Credentials for a port: plaintext when no certificate is given. INVALID_ARGUMENT, reason TLS_FILES_UNUSABLE, with
// everything wrong with the files; fields `tls-cert`, `tls-key`, `tls-client-ca`, `tls-ca`.
Result<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerTls& tls);
// For a channel; the server's name must stand in its certificate.
Result<std::shared_ptr<grpc::ChannelCredentials>> MakeClientCredentials(const ClientTls& tls);

// What channels of this process use from now on (MakeChannel). Before the first channel. Errors as above.
Status UseClientTls(const ClientTls& tls);
// Plaintext until UseClientTls.
std::shared_ptr<grpc::ChannelCredentials> ProcessCredentials();
bool ProcessUsesTls();

// Whether an address (HOST:PORT or a gRPC target) stays on this machine: 127.0.0.0/8, [::1], localhost, unix sockets.
bool StaysOnThisMachine(const std::string& target);

}  // namespace farrell
