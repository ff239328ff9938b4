#include "common/rpc/certificate_files.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <memory>

namespace farrell {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

BioPtr OpenFile(const std::string& path) { return {BIO_new_file(path.c_str(), "rb"), &BIO_free}; }

// A key behind a passphrase cannot be used; without this OpenSSL would ask the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return 0; }

// The first certificate of the file; null with a violation.
X509Ptr ReadCertificate(const std::string& name, const std::string& path, Violations& violations) {
  X509Ptr certificate(nullptr, &X509_free);
  const BioPtr file = OpenFile(path);
  if (file == nullptr) {
    violations.Add(name, "'" + path + "' cannot be read");
    return certificate;
  }
  certificate.reset(PEM_read_bio_X509(file.get(), nullptr, &NoPassphrase, nullptr));
  if (certificate == nullptr) {
    violations.Add(name, "'" + path + "' holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  } else if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    violations.Add(name, "'" + path + "' has expired; replace it");
  } else if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) {
    violations.Add(name, "'" + path + "' is not valid yet; is the clock right?");
  }
  return certificate;
}

KeyPtr ReadKey(const std::string& name, const std::string& path, Violations& violations) {
  KeyPtr key(nullptr, &EVP_PKEY_free);
  struct stat found {};
  const BioPtr file = OpenFile(path);
  if (file == nullptr || stat(path.c_str(), &found) != 0) {
    violations.Add(name, "'" + path + "' cannot be read");
    return key;
  }
  if ((found.st_mode & S_IROTH) != 0) {
    violations.Add(name, "'" + path + "' may be read by everybody; run: chmod o-rwx '" + path +
                             "' (in Kubernetes: defaultMode: 0440 of the secret volume)");
  }
  key.reset(PEM_read_bio_PrivateKey(file.get(), nullptr, &NoPassphrase, nullptr));
  if (key == nullptr) violations.Add(name, "'" + path + "' holds no private key in PEM form without a passphrase");
  return key;
}

}  // namespace

void CheckIdentityFiles(const std::string& certificate_name, const std::string& certificate,
                        const std::string& key_name, const std::string& key, Violations& violations) {
  const X509Ptr leaf = ReadCertificate(certificate_name, certificate, violations);
  const KeyPtr private_key = ReadKey(key_name, key, violations);
  if (leaf != nullptr && private_key != nullptr && X509_check_private_key(leaf.get(), private_key.get()) != 1) {
    violations.Add(key_name, "'" + key + "' is not the key of the certificate '" + certificate + "'");
  }
}

void CheckAuthorityFile(const std::string& name, const std::string& path, Violations& violations) {
  ReadCertificate(name, path, violations);
}

}  // namespace farrell
