// The finished steps of the store as whoever looks after results sees them (common/cache/service). The store knows
// which data a step is of; what its key is made of the dea and regression services know.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/cache/kept_results.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

// Thread-safe.
class KeptSteps final : public KeptResults {
 public:
  // The store outlives it.
  explicit KeptSteps(StepStore& store) : store_(store) {}

  CacheCounts counts() const override { return {.corrupt_entries = damaged_.load()}; }
  // Without an action. Nothing for what is no step, such as a figure that was drawn.
  std::optional<Description> DescriptionOf(const std::string& key) override;
  std::vector<Description> LatestDescriptions(std::size_t) override { return {}; }
  std::vector<std::string> Keys(std::string_view prefix, std::size_t limit) override;
  std::vector<Holding> Holdings(const std::string& key) override;
  // Bytes are not counted: the store would have to be read for it.
  std::vector<TierUsage> Usage() override;
  // FAILED_PRECONDITION CACHE_NOT_DURABLE: only retention takes steps, and none that a run names.
  Status Pin(const std::string& key) override;
  Status Unpin(const std::string& key) override;
  // The row stays under a name that is no key, until retention takes it.
  bool Quarantine(const std::string& key) override;
  CacheVerification Verify(std::int64_t sample, const std::stop_token& stop) override;

 private:
  struct Row {
    std::string digest;
    std::string content;  // as text (common/sql/blob_text.h)
    std::optional<double> seconds;
    std::int64_t kept_ns = 0;
  };
  std::optional<Row> Find(const std::string& key);

  StepStore& store_;
  std::atomic<std::int64_t> damaged_ = 0;
};

}  // namespace farrell::reporting
