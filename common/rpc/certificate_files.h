// Whether PEM files can serve for TLS, found out when a program starts instead of in every handshake.
#pragma once

#include <string>

#include "common/status/status.h"

namespace farrell {

// One violation for each thing wrong with a certificate chain and its key: unreadable, not PEM, expired or not valid
// yet, not of that key, a key that everybody may read. `certificate_name` and `key_name` are the settings.
void CheckIdentityFiles(const std::string& certificate_name, const std::string& certificate,
                        const std::string& key_name, const std::string& key, Violations& violations);

// The same for certificates of authorities.
void CheckAuthorityFile(const std::string& name, const std::string& path, Violations& violations);

}  // namespace farrell
