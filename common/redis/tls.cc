#include "common/redis/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <utility>

namespace farrell::redis {
namespace {

using std::chrono::milliseconds;
using ContextPointer = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslPointer = std::unique_ptr<SSL, decltype(&SSL_free)>;

Status Failed(const std::string& what) {
  return Unavailable("REDIS_TLS_FAILED", "no TLS connection to Redis: " + what);
}

// What OpenSSL complained of last; its queue is empty afterwards.
std::string Complaint() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown error" : reason;
}

Result<ContextPointer> MakeContext(const TlsFiles& files) {
  ContextPointer context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr) return Failed(Complaint());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (files.authorities.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), files.authorities.c_str()) != 1) {
    return Failed("cannot read authorities from " + files.authorities + ": " + Complaint());
  }
  if (files.certificate.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return Failed("cannot read a certificate from " + files.certificate + ": " + Complaint());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Failed("cannot read the key of " + files.certificate + " from " + files.key + ": " + Complaint());
  }
  return context;
}

// The name that the certificate must carry; also told to the server, which may have several.
bool ExpectHost(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return true;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // What the macro SSL_set_tlsext_host_name does, without its cast.
  const long told =
      SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
  return told == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

// OpenSSL works on two buffers in memory; all waiting, and all care about signals, stays in the stream below.
class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> inner, SslPointer ssl) : inner_(std::move(inner)), ssl_(std::move(ssl)) {
    from_network_ = BIO_new(BIO_s_mem());
    to_network_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), from_network_, to_network_);
    SSL_set_connect_state(ssl_.get());
  }

  Status Handshake(milliseconds limit) {
    while (true) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const int error = SSL_get_error(ssl_.get(), done);
      FARRELL_RETURN_IF_ERROR(Flush(limit));  // an alert too, so that the server can log why
      if (done == 1) return {};
      if (error != SSL_ERROR_WANT_READ) return Failed(HandshakeComplaint());
      FARRELL_RETURN_IF_ERROR(Feed(limit));
    }
  }

  Status Send(std::string_view bytes, milliseconds limit) override {
    while (!bytes.empty()) {
      ERR_clear_error();
      const std::size_t size = std::min(bytes.size(), kMaxWrite);
      const int written = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size));
      const int error = SSL_get_error(ssl_.get(), written);
      if (Status sent = Flush(limit); !sent.ok()) return Explained(sent);
      if (written > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else if (error == SSL_ERROR_WANT_READ) {
        FARRELL_RETURN_IF_ERROR(Feed(limit));
      } else {
        return Failed(Complaint());
      }
    }
    return {};
  }

  Result<std::size_t> Receive(char* buffer, std::size_t size, milliseconds limit) override {
    while (true) {
      ERR_clear_error();
      const int count = SSL_read(ssl_.get(), buffer, static_cast<int>(std::min<std::size_t>(size, INT_MAX)));
      if (count > 0) return static_cast<std::size_t>(count);
      const int error = SSL_get_error(ssl_.get(), count);
      FARRELL_RETURN_IF_ERROR(Flush(limit));
      if (error == SSL_ERROR_ZERO_RETURN) {
        return Unavailable("REDIS_CONNECTION_LOST", "connection to Redis lost: closed by the other side");
      }
      if (error != SSL_ERROR_WANT_READ) return Failed(Complaint());
      FARRELL_RETURN_IF_ERROR(Feed(limit));
    }
  }

  bool Quiet() const override { return inner_->Quiet() && BIO_ctrl_pending(from_network_) == 0; }

 private:
  static constexpr std::size_t kMaxWrite = std::size_t{1} << 20U;

  std::string HandshakeComplaint() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    std::string complaint = Complaint();
    return verified == X509_V_OK ? complaint : complaint + ": " + X509_verify_cert_error_string(verified);
  }

  // Under TLS 1.3 a server refuses our certificate only after the handshake. Its alert says more than the broken pipe.
  Status Explained(const Status& lost) {
    if (!Feed(milliseconds(0)).ok()) return lost;
    ERR_clear_error();
    char byte = 0;
    const int count = SSL_peek(ssl_.get(), &byte, 1);
    return SSL_get_error(ssl_.get(), count) == SSL_ERROR_SSL ? Failed(Complaint()) : lost;
  }

  Status Flush(milliseconds limit) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(to_network_, &data);
    if (size <= 0) return {};
    Status sent = inner_->Send({data, static_cast<std::size_t>(size)}, limit);
    (void)BIO_reset(to_network_);
    return sent;
  }

  Status Feed(milliseconds limit) {
    std::array<char, std::size_t{32} * 1024> bytes{};
    FARRELL_ASSIGN_OR_RETURN(const std::size_t count, inner_->Receive(bytes.data(), bytes.size(), limit));
    if (BIO_write(from_network_, bytes.data(), static_cast<int>(count)) != static_cast<int>(count)) {
      return Failed("out of memory");
    }
    return {};
  }

  std::unique_ptr<Stream> inner_;
  SslPointer ssl_;
  BIO* from_network_ = nullptr;  // both owned by ssl_
  BIO* to_network_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Stream>> StartTls(std::unique_ptr<Stream> inner, const std::string& host, const TlsFiles& files,
                                         milliseconds limit) {
  ERR_clear_error();
  FARRELL_ASSIGN_OR_RETURN(const ContextPointer context, MakeContext(files));
  SslPointer ssl(SSL_new(context.get()), &SSL_free);
  if (ssl == nullptr || !ExpectHost(ssl.get(), host)) return Failed(Complaint());
  auto stream = std::make_unique<TlsStream>(std::move(inner), std::move(ssl));
  FARRELL_RETURN_IF_ERROR(stream->Handshake(limit));
  return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace farrell::redis
