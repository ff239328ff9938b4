// Certificates for tests: an authority and what it signs, as PEM files.
#pragma once

#include <memory>
#include <string>

namespace farrell::testing {

struct PemFiles {
  std::string certificate;
  std::string key;
};

class CertificateAuthority {
 public:
  // Writes DIRECTORY/NAME.crt and DIRECTORY/NAME.key.
  CertificateAuthority(std::string directory, const std::string& name);
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  const std::string& certificate() const { return certificate_file_; }

  // A certificate for servers and clients alike, valid from an hour ago for `seconds` from now (negative: expired), in
  // DIRECTORY/NAME.crt and .key. `names` as OpenSSL writes subject alternative names: "DNS:localhost,IP:127.0.0.1".
  PemFiles Issue(const std::string& name, const std::string& names, long seconds = 24L * 3600) const;

 private:
  struct State;
  std::string directory_;
  std::string certificate_file_;
  std::unique_ptr<State> state_;
};

}  // namespace farrell::testing
