// Who may read a snapshot: releases of projects, and what else holds it, as rows inside a transaction.
//
// A snapshot is held by its releases, by the projects that stored it without a name, and by those that derived it. What
// was derived names its source – the release, or the project's unnamed data, that its base was read by – and is open to
// those to whom the deriving project and the source are both open. Several holdings add up. A snapshot without any was
// stored by a program of schema version 1, which knows no projects: it is of none.
//
// A view of several releases is held by all of them together: it is open to those to whom each is.
//
// Everything is decided for one `Viewpoint`, so that what is closed to it is as if it were not there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/access/data_access.h"
#include "common/sql/soci.h"
#include "common/status/status.h"

namespace farrell::data {

// A caller and the moment they look, in seconds since 1970.
struct Viewpoint {
  access::DataAccess caller;
  std::int64_t now = 0;

  // Of the call under way, by the clock of this machine.
  static Viewpoint Here();
};

struct NamedRelease {
  access::DataName name;
  std::string snapshot;
  std::int64_t embargo_until = 0;  // seconds since 1970; 0: none
};

// What a dataset's name as written may mean, in the order in which it is looked for: "NAME" of the caller's project,
// "PROJECT/NAME". Where nobody is asked who they are, all of it may be a name of no project.
std::vector<access::DataName> Meanings(const std::string& dataset, const access::DataAccess& caller);
// The name as the caller writes it.
std::string Written(const access::DataName& name, const access::DataAccess& caller);

bool MayRead(soci::session& session, const std::string& digest, const Viewpoint& view);

// Releases of all projects, for "FROM": columns project, dataset, name, sequence, snapshot, embargo_until of `r`.
const std::string& AllReleases();

// The releases of a dataset in order of import, those open.
std::vector<NamedRelease> OpenReleases(soci::session& session, const access::DataName& dataset, const Viewpoint& view);

// Datasets through which the caller reads a snapshot; data without a name are a dataset without one.
std::vector<access::DataName> OpenSources(soci::session& session, const std::string& digest, const Viewpoint& view);
// The snapshot, and those that it was derived from.
std::vector<std::string> WithBases(soci::session& session, const std::string& digest);

struct DatasetKey {
  std::string project;
  std::string dataset;
};
// At most `limit` datasets after `after`, by project and name, whether open or not.
std::vector<DatasetKey> DatasetsAfter(soci::session& session, const DatasetKey& after, int limit);

// Makes the release, or confirms that it is this one. ALREADY_EXISTS, reason RELEASE_EXISTS, which says no more of a
// release that is closed than that its name is taken.
Status AddRelease(soci::session& session, const NamedRelease& release, const Viewpoint& view);
// Without effect where it is held so already.
void HoldUnnamed(soci::session& session, const std::string& digest, const std::string& project);
// By what holds `base` as far as that is open. SNAPSHOT_NOT_FOUND when nothing is.
Status HoldDerived(soci::session& session, const std::string& digest, const std::string& base, const Viewpoint& view);

// The view of releases of a dataset, in the order in which they were known: what it is called, and where it is kept.
// Empty: it was not kept.
std::string ViewId(const access::DataName& dataset, const std::vector<std::string>& releases);
std::string KeptView(soci::session& session, const std::string& id);
// Without effect where it is kept so already. The snapshot has to be there.
void KeepView(soci::session& session, const access::DataName& dataset, const std::vector<std::string>& releases,
              const std::string& snapshot);
// Opens a view to the project, as far as its releases are.
void HoldView(soci::session& session, const access::DataName& dataset, const std::vector<std::string>& releases,
              const std::string& snapshot, const std::string& project);
// What a release delivered, where its snapshot is another table.
void HoldDelivered(soci::session& session, const NamedRelease& release, const std::string& delivered);

// The release is this snapshot from now on; what it was goes if nothing else holds it.
void PointRelease(soci::session& session, const NamedRelease& release, const std::string& snapshot);

// Also of what was derived from it.
void MoveEmbargo(soci::session& session, const NamedRelease& release, std::int64_t embargo_until);

// Takes the release, what it delivered, views that it is part of, and what its project holds of the same data, and
// removes snapshots that nothing holds any more.
void RemoveRelease(soci::session& session, const NamedRelease& release);

// Cells in bytes of the snapshots that a project imported.
std::int64_t ImportedBytes(soci::session& session, const std::string& project);

}  // namespace farrell::data
