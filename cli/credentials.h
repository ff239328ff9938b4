// Who this program is to services elsewhere, and how it knows them.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "common/status/status.h"

namespace farrell::cli {

// Makes channels of this process use the files of the flags, else of the variables FARRELL_TLS_CA, FARRELL_TLS_CERT,
// FARRELL_TLS_KEY, FARRELL_TOKEN_FILE. `targets` are the services elsewhere; without any, nothing is read.
// INVALID_ARGUMENT, reason CREDENTIALS_UNUSABLE: files that cannot serve; a certificate without --tls-ca; a token that
// would travel in plaintext to another machine.
Status UseCredentials(const Options& options, const std::vector<std::string>& targets);

}  // namespace farrell::cli
