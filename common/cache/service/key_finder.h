// Keys as the caller of the call under way may see them: explained to who may read a snapshot that they were made from,
// and to everybody else as if they were not there (docs/decisions/0012-who-holds-a-snapshot.md).
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/cache/kept_results.h"
#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell {

// What the keepers of one process know together. All outlive the finder.
class KeyFinder {
 public:
  KeyFinder(const std::vector<KeptResults*>& kept, data::v1::DataService::StubInterface& data, std::stop_token stop)
      : kept_(kept), data_(data), stop_(std::move(stop)) {}

  // By all 64 digits, or a prefix of at least 8 that is unique among what the caller may see. Errors: INVALID_ARGUMENT
  // KEY_INVALID, KEY_AMBIGUOUS, naming `field`; NOT_FOUND KEY_NOT_FOUND; those of the data service.
  Result<Description> Find(const std::string& field, const std::string& key) const;

  // The key of the same operation that was asked for no later and shares most fields, the latest of several. Nothing:
  // there is none.
  Result<std::optional<Description>> Nearest(const Description& description) const;

  // What the key stands for, where that is known and the caller may be told.
  Result<std::optional<Description>> Open(const std::string& key) const;

  std::vector<Holding> Holdings(const std::string& key) const;

 private:
  // What is known of a key that is described or has a result.
  std::optional<Description> Known(const std::string& key) const;
  // Those that are open to the caller, in their order.
  Result<std::vector<Description>> OpenOf(std::vector<Description> descriptions) const;

  const std::vector<KeptResults*>& kept_;
  data::v1::DataService::StubInterface& data_;
  const std::stop_token stop_;
};

}  // namespace farrell
