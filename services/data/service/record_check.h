// The part of the check of the store that looks at what has no digest: releases, events, declarations and views.
#pragma once

#include "common/sql/check_report.h"
#include "common/sql/soci.h"

namespace farrell::data {

// What is named exists, events and what belongs to one are numbered without gaps, and releases and events tell the same
// story: a release that arrived is there until an event withdraws it. For tables of schema version `version`; adds to
// `report`. Throws what SOCI throws (sql::Read).
void CheckRecords(soci::session& session, int version, sql::CheckReport& report);

}  // namespace farrell::data
