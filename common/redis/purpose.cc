#include "common/redis/purpose.h"

#include <cstddef>
#include <cstdio>
#include <map>
#include <sstream>

namespace farrell::redis {
namespace {

// "name:value" lines; headings start with '#'.
std::map<std::string, std::string> ParseInfo(const std::string& text) {
  std::map<std::string, std::string> info;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos) info[line.substr(0, colon)] = line.substr(colon + 1);
  }
  return info;
}

bool Older(const std::string& version, int major, int minor) {
  int found_major = 0;
  int found_minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &found_major, &found_minor) != 2) return false;
  return found_major != major ? found_major < major : found_minor < minor;
}

}  // namespace

Result<std::vector<std::string>> Misfits(Client& client, Purpose purpose) {
  FARRELL_ASSIGN_OR_RETURN(const Reply reply, client.Call({"INFO"}));
  if (reply.error()) return Status(Code::kPermissionDenied, "REDIS_REFUSED", "INFO: " + reply.text);
  std::map<std::string, std::string> info = ParseInfo(reply.text);
  std::vector<std::string> misfits;
  if (Older(info["redis_version"], 6, 2)) {
    misfits.push_back("Redis " + info["redis_version"] + " is too old; 6.2 or newer is needed");
  }
  if (info["role"] == "slave") {
    misfits.emplace_back("it is a replica and takes no writes; give the address of the master, or of its sentinels");
  }
  const std::string& policy = info["maxmemory_policy"];
  if (purpose == Purpose::kCache) {
    if (info["maxmemory"] == "0") {
      misfits.emplace_back("it has no limit on memory; set maxmemory, and maxmemory-policy allkeys-lfu");
    } else if (policy == "noeviction") {
      misfits.emplace_back("once it is full it takes no new result; set maxmemory-policy allkeys-lfu");
    }
    return misfits;
  }
  if (policy != "noeviction") {
    misfits.push_back("with maxmemory-policy " + policy +
                      " it may forget work that waits; set maxmemory-policy noeviction");
  }
  if (info["aof_enabled"] == "0") misfits.emplace_back("a restart forgets the work that waits; set appendonly yes");
  return misfits;
}

}  // namespace farrell::redis
