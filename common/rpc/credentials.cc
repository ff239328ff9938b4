#include "common/rpc/credentials.h"

#include <arpa/inet.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <mutex>
#include <utility>

#include "common/rpc/certificate_files.h"

namespace farrell {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;

constexpr unsigned kRefreshSeconds = 1;

Status Checked(const std::string& certificate, const std::string& key, const std::string& authority_name,
               const std::string& authority) {
  Violations violations;
  if (certificate.empty() && !key.empty()) violations.Add("tls-cert", "is needed with tls-key");
  if (key.empty() && !certificate.empty()) violations.Add("tls-key", "is needed with tls-cert");
  if (!certificate.empty() && !key.empty()) CheckIdentityFiles("tls-cert", certificate, "tls-key", key, violations);
  if (!authority.empty()) CheckAuthorityFile(authority_name, authority, violations);
  return std::move(violations).Finish("TLS_FILES_UNUSABLE", "the files for TLS cannot be used");
}

std::shared_ptr<FileWatcherCertificateProvider> Watch(const std::string& certificate, const std::string& key,
                                                      const std::string& authority) {
  if (certificate.empty()) return std::make_shared<FileWatcherCertificateProvider>(authority, kRefreshSeconds);
  return std::make_shared<FileWatcherCertificateProvider>(key, certificate, authority, kRefreshSeconds);
}

struct Process {
  std::mutex mutex;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
};

Process& ThisProcess() {
  // Never destroyed: channels may be made while the process ends.
  static auto& process = *new Process;
  return process;
}

}  // namespace

Result<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerTls& tls) {
  FARRELL_RETURN_IF_ERROR(Checked(tls.certificate, tls.key, "tls-client-ca", tls.client_ca));
  if (tls.certificate.empty()) {
    if (tls.client_ca.empty()) return grpc::InsecureServerCredentials();
    Violations violations;
    violations.Add("tls-client-ca", "needs tls-cert and tls-key: without them nothing is asked of clients");
    return std::move(violations).Finish("TLS_FILES_UNUSABLE", "the files for TLS cannot be used");
  }
  grpc::experimental::TlsServerCredentialsOptions options(Watch(tls.certificate, tls.key, tls.client_ca));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  if (!tls.client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

Result<std::shared_ptr<grpc::ChannelCredentials>> MakeClientCredentials(const ClientTls& tls) {
  if (tls.ca.empty()) return grpc::InsecureChannelCredentials();
  FARRELL_RETURN_IF_ERROR(Checked(tls.certificate, tls.key, "tls-ca", tls.ca));
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(tls.certificate, tls.key, tls.ca));
  options.watch_root_certs();
  if (!tls.certificate.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

Status UseClientTls(const ClientTls& tls) {
  if (tls.ca.empty()) return {};
  FARRELL_ASSIGN_OR_RETURN(auto credentials, MakeClientCredentials(tls));
  const std::lock_guard lock(ThisProcess().mutex);
  ThisProcess().credentials = std::move(credentials);
  return {};
}

std::shared_ptr<grpc::ChannelCredentials> ProcessCredentials() {
  const std::lock_guard lock(ThisProcess().mutex);
  if (ThisProcess().credentials == nullptr) return grpc::InsecureChannelCredentials();
  return ThisProcess().credentials;
}

bool ProcessUsesTls() {
  const std::lock_guard lock(ThisProcess().mutex);
  return ThisProcess().credentials != nullptr;
}

bool StaysOnThisMachine(const std::string& target) {
  std::string host = target;
  for (const char* scheme : {"dns:///", "ipv4:", "ipv6:", "dns:"}) {
    if (host.starts_with(scheme)) host.erase(0, std::string(scheme).size());
  }
  if (host.starts_with("unix") || host.starts_with("[::1]:") || host.starts_with("localhost:")) return true;
  in_addr address{};
  return host.starts_with("127.") && inet_pton(AF_INET, host.substr(0, host.find(':')).c_str(), &address) == 1;
}

}  // namespace farrell
