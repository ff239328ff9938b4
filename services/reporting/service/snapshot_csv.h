// A snapshot as the CSV file it could have been imported from.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "services/reporting/service/services.h"

namespace farrell::reporting {

// Header and rows in the snapshot's order; numbers with 17 significant digits, missing cells empty, a first line
// `# SYNTHETIC` for synthetic data.
Result<std::string> SnapshotCsv(Services& services, const data::v1::Snapshot& snapshot, const std::stop_token& stop);

// How to import that file so that the same snapshot comes out.
data::v1::ImportOptions ImportOptionsOf(const data::v1::Snapshot& snapshot);

// Imports the file. Errors: FAILED_PRECONDITION BUNDLE_DATA_DERIVED when another snapshot comes out.
Status CheckCsv(Services& services, const data::v1::Snapshot& snapshot, const std::string& csv,
                const std::stop_token& stop);

}  // namespace farrell::reporting
