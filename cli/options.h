// Flags that every verb shares.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell::cli {

class Session;

enum class Format : std::uint8_t { kTable, kCsv, kJson, kMarkdown, kLatex };

struct Options {
  std::string server;  // --server, $FARRELL_SERVER; empty: services inside this process
  // Files for TLS and a token; each also as a variable. Only for services elsewhere. See credentials.h.
  std::string tls_ca;      // --tls-ca, $FARRELL_TLS_CA
  std::string tls_cert;    // --tls-cert, $FARRELL_TLS_CERT
  std::string tls_key;     // --tls-key, $FARRELL_TLS_KEY
  std::string token_file;  // --token-file, $FARRELL_TOKEN_FILE
  std::string state;       // --state, $FARRELL_STATE, …; "memory" keeps nothing
  std::string redis;       // --redis HOST:PORT of the embedded services; empty: none
  int threads = 0;         // --threads of the embedded services; 0: one a core
  int cache_disk = 1024;   // --cache-disk of the embedded services, MiB; 0: none
  double deadline = 0.0;   // --deadline in seconds; 0: none
  std::string format = "table";
  bool quiet = false;  // no progress and no notes on standard error; warnings and errors stay

  // The parsed --format; the flag's own check has refused anything else.
  Format output_format() const;
};

// What the command line asked for: set by the verb that was named.
struct Program {
  Options options;
  std::function<Status(Session&)> run;
};

// "a, log(b), min(c,d)" → three texts without outer blanks: commas inside brackets and quotes do not separate. Empty
// parts are dropped.
std::vector<std::string> SplitList(const std::string& text);
// The lists of a flag that may be repeated, joined.
std::vector<std::string> SplitLists(const std::vector<std::string>& texts);

}  // namespace farrell::cli
