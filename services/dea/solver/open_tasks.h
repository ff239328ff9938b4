// Tasks with their data read and their work prepared, kept while shards of them come.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "common/status/status.h"
#include "services/dea/service/work.h"

namespace farrell::dea {

struct OpenedTask {
  std::string identity;  // TaskIdentity
  std::unique_ptr<const Work> work;
};

// Thread-safe.
class OpenTasks {
 public:
  using Open = std::function<Result<std::shared_ptr<const OpenedTask>>()>;

  // A task, opened at most once at a time: others wait for whoever opens it. Errors are not kept.
  Result<std::shared_ptr<const OpenedTask>> Get(const std::string& digest, const Open& open);

 private:
  // The last few: solvers take turns among jobs.
  static constexpr std::size_t kMost = 4;

  struct Slot {
    std::mutex opening;
    std::shared_ptr<const OpenedTask> task;
  };
  std::shared_ptr<Slot> Find(const std::string& digest);

  std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<Slot>>> slots_;  // most recently used first
};

}  // namespace farrell::dea
