#include "services/reporting/service/run_access.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/access/data_access.h"
#include "common/rpc/call.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::reporting {
namespace {

constexpr int kDigestsPerCall = 5000;

struct Checked {
  std::set<std::string> readable;
  bool complete = true;  // the others are not there at all
};

Result<Checked> Check(Services& services, const std::set<std::string>& digests, const std::stop_token& stop) {
  Checked checked;
  data::v1::CheckSnapshotsRequest request;
  const auto ask = [&]() -> Status {
    FARRELL_ASSIGN_OR_RETURN(
        const auto response,
        Invoke(*services.data(), &data::v1::DataService::StubInterface::CheckSnapshots, request, stop));
    checked.readable.insert(response.readable().begin(), response.readable().end());
    checked.complete = checked.complete && response.complete();
    request.clear_digests();
    return Status::Ok();
  };
  for (const std::string& digest : digests) {
    request.add_digests(digest);
    if (request.digests_size() == kDigestsPerCall) FARRELL_RETURN_IF_ERROR(ask());
  }
  if (request.digests_size() > 0) FARRELL_RETURN_IF_ERROR(ask());
  return checked;
}

// Those of the digests that are closed to the caller. Whether one that they may not read is gone only this service may
// know, by its own grant; if it cannot tell, it counts as closed.
Result<std::set<std::string>> Closed(Services& services, const std::set<std::string>& digests,
                                     const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const Checked caller, Check(services, digests, stop));
  std::set<std::string> closed;
  std::set_difference(digests.begin(), digests.end(), caller.readable.begin(), caller.readable.end(),
                      std::inserter(closed, closed.end()));
  if (closed.empty() || caller.complete) return std::set<std::string>();
  const CallScope on_nobodys_behalf(nullptr);
  const Result<Checked> own = Check(services, closed, stop);
  if (!own.ok() || !own->complete) return closed;
  return own->readable;
}

// What decides about one run.
struct RunData {
  v1::Run run;
  std::set<std::string> digests;
};

// Nothing: the run is not of a project open to the caller. A run without inputs is from before there were projects.
std::optional<RunData> InOpenProject(StepStore& store, v1::Run run, const access::DataAccess& caller) {
  const Result<std::optional<v1::RunInputs>> inputs = store.FindInputs(run.id());
  if (!inputs.ok()) return {};
  RunData data{std::move(run), {}};
  if (!*inputs) {
    if (!caller.MayReadProject("")) return {};
    return data;
  }
  if (!caller.MayReadUnnamed((*inputs)->project())) return {};
  for (const v1::StudyUpload& upload : (*inputs)->source().uploads()) data.digests.insert(upload.snapshot_digest());
  return data;
}

Result<std::vector<v1::Run>> OpenRuns(Services& services, StepStore& store, std::vector<v1::Run> runs,
                                      const std::stop_token& stop) {
  const access::DataAccess caller = access::DataAccess::OfCurrentCall();
  if (caller.everything()) return runs;
  std::vector<RunData> candidates;
  std::set<std::string> digests;
  for (v1::Run& run : runs) {
    std::optional<RunData> data = InOpenProject(store, std::move(run), caller);
    if (!data) continue;
    digests.insert(data->digests.begin(), data->digests.end());
    candidates.push_back(std::move(*data));
  }
  FARRELL_ASSIGN_OR_RETURN(const std::set<std::string> closed, Closed(services, digests, stop));
  std::vector<v1::Run> open;
  for (RunData& candidate : candidates) {
    const bool all = std::none_of(candidate.digests.begin(), candidate.digests.end(),
                                  [&](const std::string& digest) { return closed.contains(digest); });
    if (all) open.push_back(std::move(candidate.run));
  }
  return open;
}

}  // namespace

Result<v1::Run> FindOpenRun(Services& services, StepStore& store, const std::string& id, const std::stop_token& stop) {
  const access::DataAccess caller = access::DataAccess::OfCurrentCall();
  if (caller.everything()) return store.FindRun(id);
  Result<v1::Run> found =
      store.FindRun(id, [&](std::vector<v1::Run> runs) { return OpenRuns(services, store, std::move(runs), stop); });
  if (found.status().reason() != "RUN_REMOVED" || caller.MayReadAll()) return found;
  return RunNotFound(id);
}

Result<StepStore::RunPage> ListOpenRuns(Services& services, StepStore& store, int page_size,
                                        const std::string& page_token, const std::stop_token& stop) {
  // A caller to whom few runs are open turns the page: one call does not look through the whole store.
  constexpr int kMostReads = 20;
  StepStore::RunPage page{.runs = {}, .next_page_token = page_token};
  for (int read = 0; read < kMostReads; ++read) {
    const int missing = page_size - static_cast<int>(page.runs.size());
    FARRELL_ASSIGN_OR_RETURN(StepStore::RunPage next, store.ListRuns(missing, page.next_page_token));
    FARRELL_ASSIGN_OR_RETURN(next.runs, OpenRuns(services, store, std::move(next.runs), stop));
    std::move(next.runs.begin(), next.runs.end(), std::back_inserter(page.runs));
    page.next_page_token = std::move(next.next_page_token);
    if (page.next_page_token.empty() || static_cast<int>(page.runs.size()) == page_size) break;
  }
  return page;
}

}  // namespace farrell::reporting
