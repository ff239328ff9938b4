// A result computed again, held against what is kept.
#include "common/cache/contradiction.h"

#include <utility>

#include "common/cache/result_cache_state.h"

namespace farrell {

void ResultCache::State::HoldAgainstKept(const std::string& key, const std::string& digest) {
  std::string other;  // digest of what is kept
  // From the outermost tier in: a result that is put back from there meanwhile would stay.
  if (shared) {
    if (const auto kept = shared->Get(key); kept && kept->digest != digest) {
      other = kept->digest;
      (void)shared->PutAside(key);
    }
  }
  bool aside = false;
  if (files) {
    if (const auto kept = files->Peek(key); kept && kept->digest != digest) {
      other = kept->digest;
      aside = files->PutAside(key);
    }
  }
  if (auto kept = memory.Peek(key); kept && kept->digest != digest && canonical::Sha256(kept->bytes) == kept->digest) {
    other = kept->digest;
    // What only memory had is to be looked at as well, where there is a folder for it.
    if (files && !aside) {
      files->Put(key, {std::move(kept->bytes), std::move(kept->digest), kept->seconds});
      (void)files->PutAside(key);
    }
    memory.Erase(key);
  }
  if (other.empty()) return;
  ++contradictions;
  if (!contradicted) return;
  const std::optional<Description> description = descriptions->Find(key);
  contradicted({key, description ? OperationOf(description->action) : "", digest, other});
}

}  // namespace farrell
