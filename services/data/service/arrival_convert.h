// Between the contract (arrivals.proto) and the store.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/arrivals.pb.h"
#include "farrell/data/v1/data.pb.h"
#include "services/data/engine/cell_changes.h"
#include "services/data/engine/standing.h"
#include "services/data/service/declaration_rows.h"
#include "services/data/service/event_rows.h"

namespace farrell::data {

v1::PeriodChange ToProto(const EventPeriod& period);
// `written`: the dataset as the caller writes it.
v1::DatasetEvent ToProto(const DatasetEvent& event, const std::string& written);
v1::ChangedCell ToProto(const CellChange& change, const std::set<std::int64_t>& frozen);
v1::PeriodStatus ToProto(const PeriodStanding& standing, const std::set<std::int64_t>& frozen);
v1::DeclaredBreak ToProto(const DeclaredBreak& declared);
v1::CellValue ToValue(const Column& column, std::size_t row);

// `variable`: the column in whose metadata it stands; empty: the message names it. Bad fields are added below `field`.
DeclaredBreak FromProto(const v1::DeclaredBreak& declared, const std::string& variable, const std::string& field,
                        Violations& violations);

// Breaks of the columns of a snapshot: those declared for them, and of a computed column those of all that it is
// computed from.
void AttachBreaks(const std::vector<DeclaredBreak>& breaks, v1::Snapshot& snapshot);

}  // namespace farrell::data
