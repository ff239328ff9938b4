// What `farrell doctor` looks at, one function a subject. A check never throws, never waits longer than its limit, and
// says what to do about what it finds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/redis/purpose.h"

namespace farrell::cli {

enum class Verdict : std::uint8_t { kOk, kWarning, kFailed };

struct Finding {
  Verdict verdict = Verdict::kOk;
  std::string subject;  // "dea", "redis", "figures"
  std::string found;    // what is so
  std::string fix{};    // what to do; empty when ok
};

// What the services of one cluster must agree on.
struct ServerFacts {
  std::string name;  // "dea"
  std::string version;
  std::string num_abi;                     // empty where nothing is computed
  std::optional<std::int64_t> algo_rev{};  // likewise
};

// Reachable, serving `name`, the clock within a second of ours. Facts when it could be asked.
struct ServerCheck {
  std::vector<Finding> findings;
  std::optional<ServerFacts> facts;
};
ServerCheck CheckServer(const std::string& name, const std::string& target, std::chrono::milliseconds limit);

// Same version as this program, same numeric ABI and algorithm revisions as it would compute with.
std::vector<Finding> CheckAgreement(const std::vector<ServerFacts>& servers);

// Reachable, and set as what it is used for asks.
std::vector<Finding> CheckRedis(redis::Purpose purpose, const redis::Options& options);

// Node with the packages that draw figures, what makes pictures and PDF, a font with Chinese characters: on this
// machine.
std::vector<Finding> CheckDocuments();
// What reads the files of other programs that are uploaded.
std::vector<Finding> CheckUploads();

// The state folder can be written and has room.
std::vector<Finding> CheckState(const std::string& state);

}  // namespace farrell::cli
