#include "common/cache/service/key_finder.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "common/access/data_access.h"
#include "common/cache/service/differences.h"
#include "common/rpc/call.h"
#include "common/rpc/error_mapping.h"
#include "common/text/hexadecimal.h"

namespace farrell {
namespace {

constexpr std::size_t kDigits = 64;
constexpr std::size_t kShortestPrefix = 8;
// Keys that a prefix is looked for among, and that a nearest one is.
constexpr std::size_t kMostCandidates = 500;
constexpr int kDigestsPerCall = 5000;

struct ReadableData {
  std::set<std::string> digests;
  bool everything = false;
};

Result<ReadableData> Check(data::v1::DataService::StubInterface& data, const std::set<std::string>& digests,
                           const std::stop_token& stop) {
  ReadableData readable;
  data::v1::CheckSnapshotsRequest request;
  const auto ask = [&]() -> Status {
    grpc::ClientContext context;
    PrepareOutgoing(context);
    const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
    data::v1::CheckSnapshotsResponse response;
    FARRELL_RETURN_IF_ERROR(FromGrpc(data.CheckSnapshots(&context, request, &response)));
    readable.digests.insert(response.readable().begin(), response.readable().end());
    readable.everything = response.complete();
    request.clear_digests();
    return Status::Ok();
  };
  for (const std::string& digest : digests) {
    request.add_digests(digest);
    if (request.digests_size() == kDigestsPerCall) FARRELL_RETURN_IF_ERROR(ask());
  }
  if (request.digests_size() > 0) FARRELL_RETURN_IF_ERROR(ask());
  return readable;
}

}  // namespace

std::vector<Holding> KeyFinder::Holdings(const std::string& key) const {
  std::vector<Holding> holdings;
  for (KeptResults* kept : kept_) {
    for (Holding& holding : kept->Holdings(key)) holdings.push_back(std::move(holding));
  }
  return holdings;
}

std::optional<Description> KeyFinder::Known(const std::string& key) const {
  std::optional<Description> known;
  for (KeptResults* kept : kept_) {
    std::optional<Description> one = kept->DescriptionOf(key);
    if (!one) continue;
    if (!known) {
      known = std::move(one);
      continue;
    }
    known->snapshots.insert(one->snapshots.begin(), one->snapshots.end());
    if (known->action.empty()) known->action = std::move(one->action);
    if (known->asked_ms == 0) known->asked_ms = one->asked_ms;
  }
  if (!known && !Holdings(key).empty()) known = Description{.key = key, .action = {}};
  return known;
}

Result<std::vector<Description>> KeyFinder::OpenOf(std::vector<Description> descriptions) const {
  const access::DataAccess caller = access::DataAccess::OfCurrentCall();
  if (caller.everything() || caller.MayReadAll()) return descriptions;
  std::set<std::string> digests;
  for (const Description& one : descriptions) digests.insert(one.snapshots.begin(), one.snapshots.end());
  FARRELL_ASSIGN_OR_RETURN(const ReadableData readable, Check(data_, digests, stop_));
  std::erase_if(descriptions, [&](const Description& one) {
    return !readable.everything &&
           std::none_of(one.snapshots.begin(), one.snapshots.end(),
                        [&](const std::string& digest) { return readable.digests.contains(digest); });
  });
  return descriptions;
}

Result<std::optional<Description>> KeyFinder::Open(const std::string& key) const {
  std::optional<Description> known = Known(key);
  if (!known) return std::optional<Description>();
  FARRELL_ASSIGN_OR_RETURN(std::vector<Description> open, OpenOf({std::move(*known)}));
  if (open.empty()) return std::optional<Description>();
  return std::optional<Description>(std::move(open.front()));
}

Result<Description> KeyFinder::Find(const std::string& field, const std::string& key) const {
  if (key.size() < kShortestPrefix || key.size() > kDigits || !text::IsHexadecimal(key)) {
    return InvalidArgument("KEY_INVALID", field + " must be a content key or a prefix of it")
        .WithViolations({{field, "8 to 64 digits of 0-9 and a-f"}});
  }
  std::set<std::string> keys;
  if (key.size() == kDigits) {
    keys.insert(key);
  } else {
    for (KeptResults* kept : kept_) {
      std::vector<std::string> some = kept->Keys(key, kMostCandidates);
      keys.insert(std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
  }
  std::vector<Description> candidates;
  for (const std::string& one : keys) {
    if (std::optional<Description> known = Known(one)) candidates.push_back(std::move(*known));
  }
  FARRELL_ASSIGN_OR_RETURN(std::vector<Description> open, OpenOf(std::move(candidates)));
  if (open.empty()) {
    return NotFound("KEY_NOT_FOUND", "nothing is known of the key " + key + " here, or it is not open to you")
        .With("key", key);
  }
  if (open.size() > 1) {
    return InvalidArgument("KEY_AMBIGUOUS", "several keys begin with " + key)
        .WithViolations({{field, "give more digits"}});
  }
  return std::move(open.front());
}

Result<std::optional<Description>> KeyFinder::Nearest(const Description& description) const {
  const std::string operation = OperationOf(description.action);
  std::optional<Description> nearest;
  if (operation.empty()) return nearest;
  std::vector<Description> earlier;
  for (KeptResults* kept : kept_) {
    for (Description& one : kept->LatestDescriptions(kMostCandidates)) {
      if (one.key == description.key || one.asked_ms > description.asked_ms || OperationOf(one.action) != operation) {
        continue;
      }
      earlier.push_back(std::move(one));
    }
  }
  FARRELL_ASSIGN_OR_RETURN(earlier, OpenOf(std::move(earlier)));
  std::stable_sort(earlier.begin(), earlier.end(),
                   [](const Description& a, const Description& b) { return a.asked_ms > b.asked_ms; });
  std::size_t fewest = 0;
  for (Description& one : earlier) {
    const std::size_t differences = Compare(description.action, one.action).differences.size();
    if (nearest && differences >= fewest) continue;
    fewest = differences;
    nearest = std::move(one);
  }
  return nearest;
}

}  // namespace farrell
