// The identity of a study: what it says, on which data.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

#include "common/canonical/canonical.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// The message as a canonical value, walked by reflection: an object of its fields by name. Fields without a value are
// left out, so that a field added later does not change old digests; reals as canonical::Real, enums by name.
canonical::Value CanonicalMessage(const google::protobuf::Message& message);

// Digest of the study as resolved, the snapshot it works on, the layouts it draws with (path as written, text) and the
// snapshots of its vintages (id, digest). Two studies with the same digest have the same report, byte for byte.
std::string StudyDigest(const v1::Study& study, const std::string& snapshot_digest,
                        const std::vector<std::pair<std::string, std::string>>& layouts,
                        const std::vector<std::pair<std::string, std::string>>& vintages = {});

}  // namespace farrell::reporting
