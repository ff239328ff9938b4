#include <fmt/core.h>

#include "cli/doctor_checks.h"
#include "common/redis/client.h"

namespace farrell::cli {

std::vector<Finding> CheckRedis(redis::Purpose purpose, const redis::Options& options) {
  const bool cache = purpose == redis::Purpose::kCache;
  const std::string subject = cache ? "redis" : "coordination";
  const std::string& address = options.address;
  redis::Client client(options);
  const auto misfits = redis::Misfits(client, purpose);
  if (!misfits.ok()) {
    return {{Verdict::kFailed, subject, fmt::format("{}: {}", address, misfits.status().message()),
             cache ? "start it or correct the address; until then results are computed again"
                   : "start it or correct the address; until then the dea service solves alone"}};
  }
  if (misfits->empty()) return {{Verdict::kOk, subject, address + " answers and is set as it must be"}};
  std::vector<Finding> findings;
  for (const std::string& misfit : *misfits) {
    // "what is so; what to do"
    const std::size_t semicolon = misfit.find("; ");
    const std::string fix = semicolon == std::string::npos ? std::string() : misfit.substr(semicolon + 2);
    // A cache that is set badly costs time; a queue that forgets costs work.
    findings.push_back({cache ? Verdict::kWarning : Verdict::kFailed, subject, misfit.substr(0, semicolon), fix});
  }
  return findings;
}

}  // namespace farrell::cli
