#include "services/dea/solver/open_tasks.h"

#include <algorithm>

namespace farrell::dea {

std::shared_ptr<OpenTasks::Slot> OpenTasks::Find(const std::string& digest) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) { return slot.first == digest; });
  if (found != slots_.end()) {
    slots_.splice(slots_.begin(), slots_, found);
  } else {
    slots_.emplace_front(digest, std::make_shared<Slot>());
    if (slots_.size() > kMost) slots_.pop_back();
  }
  return slots_.front().second;
}

Result<std::shared_ptr<const OpenedTask>> OpenTasks::Get(const std::string& digest, const Open& open) {
  const std::shared_ptr<Slot> slot = Find(digest);
  const std::scoped_lock lock(slot->opening);
  if (slot->task == nullptr) {
    FARRELL_ASSIGN_OR_RETURN(slot->task, open());
  }
  return slot->task;
}

}  // namespace farrell::dea
