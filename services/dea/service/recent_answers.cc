#include "services/dea/service/recent_answers.h"

#include <google/protobuf/unknown_field_set.h>

#include <utility>

#include "common/rpc/call.h"

namespace farrell::dea {
namespace {

// Parts apart from each other, whatever bytes they hold.
void Append(std::string& key, std::string_view part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

}  // namespace

std::string RecentAnswers::KeyOf(const v1::EvaluateRequest& request) {
  const CallInfo* call = CurrentCall();
  if (call == nullptr) return {};
  std::string key;
  Append(key, request.SerializeAsString());
  Append(key, call->principal);
  Append(key, call->project);
  for (const auto& [name, value] : call->passed_on) {
    Append(key, name);
    Append(key, value);
  }
  return key;
}

std::shared_ptr<const RecentAnswer> RecentAnswers::Find(const std::string& key) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  if (now - found->second->asked < life_) return found->second->answer;
  Remove(found->second);
  return nullptr;
}

void RecentAnswers::Keep(const std::string& key, Clock::time_point asked, RecentAnswer answer) {
  std::size_t bytes = key.size() + answer.summary.ByteSizeLong();
  for (const v1::EvaluateResponse& block : answer.blocks) bytes += block.ByteSizeLong();
  if (key.empty() || bytes > max_bytes_ / 16) return;
  auto shared = std::make_shared<const RecentAnswer>(std::move(answer));
  const std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) Remove(found->second);
  while (!entries_.empty() && (bytes_ + bytes > max_bytes_ || Clock::now() - entries_.front().asked >= life_)) {
    Remove(entries_.begin());
  }
  entries_.push_back({key, asked, bytes, std::move(shared)});
  index_[key] = std::prev(entries_.end());
  bytes_ += bytes;
}

void RecentAnswers::Remove(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  index_.erase(entry->key);
  entries_.erase(entry);
}

v1::EvaluateResponse Packed(const v1::EvaluateResponse& block) {
  v1::EvaluateResponse packed;
  block.block().SerializeToString(packed.GetReflection()->MutableUnknownFields(&packed)->AddLengthDelimited(
      v1::EvaluateResponse::kBlockFieldNumber));
  return packed;
}

}  // namespace farrell::dea
