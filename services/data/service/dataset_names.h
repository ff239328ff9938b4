// Datasets and releases as callers name them, inside a transaction.
#pragma once

#include <string>
#include <vector>

#include "common/sql/soci.h"
#include "common/status/status.h"
#include "services/data/service/holdings.h"

namespace farrell::data {

// PERMISSION_DENIED, reason PROJECT_NOT_WRITABLE.
Status NotWritable(const access::DataName& name, const Viewpoint& view);
// NOT_FOUND, reason DATASET_NOT_FOUND.
Status DatasetNotFound(const std::string& dataset, const std::string& hint = "");

// Names of datasets with something open in them.
std::vector<std::string> OpenNames(soci::session& session, const Viewpoint& view);

// The open releases meant by "dataset", and `release` alone unless it is empty; at least one. Not found:
// DATASET_NOT_FOUND, RELEASE_NOT_FOUND.
Result<std::vector<NamedRelease>> FindReleases(soci::session& session, const std::string& dataset,
                                               const std::string& release, const Viewpoint& view);

// The dataset of those.
access::DataName DatasetOf(const NamedRelease& release);

}  // namespace farrell::data
