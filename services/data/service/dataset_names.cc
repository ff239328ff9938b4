#include "services/data/service/dataset_names.h"

#include <utility>

namespace farrell::data {
namespace {

using access::DataName;

// Beyond these nobody is told what they may have meant.
constexpr int kMostNames = 1000;

}  // namespace

Status NotWritable(const DataName& name, const Viewpoint& view) {
  return Status(Code::kPermissionDenied, "PROJECT_NOT_WRITABLE",
                "your grant lets you write to " +
                    (view.caller.project().empty() ? std::string("no project") : "project " + view.caller.project()) +
                    ", not to '" + name.project + "/" + name.dataset + "'")
      .With("project", name.project);
}

Status DatasetNotFound(const std::string& dataset, const std::string& hint) {
  return NotFound("DATASET_NOT_FOUND", "no dataset is named " + dataset + hint).With("dataset", dataset);
}

std::vector<std::string> OpenNames(soci::session& session, const Viewpoint& view) {
  std::vector<std::string> names;
  for (const DatasetKey& key : DatasetsAfter(session, {}, kMostNames)) {
    const DataName name{key.project, key.dataset, ""};
    if (!OpenReleases(session, name, view).empty()) names.push_back(Written(name, view.caller));
  }
  return names;
}

Result<std::vector<NamedRelease>> FindReleases(soci::session& session, const std::string& dataset,
                                               const std::string& release, const Viewpoint& view) {
  Status not_found = DatasetNotFound(dataset);
  for (const DataName& meaning : Meanings(dataset, view.caller)) {
    std::vector<NamedRelease> releases = OpenReleases(session, meaning, view);
    if (releases.empty()) continue;
    std::string known;
    for (const NamedRelease& each : releases) known += (known.empty() ? "" : ", ") + each.name.release;
    if (!release.empty()) std::erase_if(releases, [&](const auto& each) { return each.name.release != release; });
    if (!releases.empty()) return releases;
    not_found = NotFound("RELEASE_NOT_FOUND", "dataset " + dataset + " has no release " + release + "; it has " + known)
                    .With("dataset", dataset);
  }
  return not_found;
}

DataName DatasetOf(const NamedRelease& release) { return {release.name.project, release.name.dataset, ""}; }

}  // namespace farrell::data
