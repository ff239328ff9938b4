// Between the contract (data.v1) and the engine: the only place of the data service that sees both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farrell/common/v1/types.pb.h"
#include "farrell/data/v1/data.pb.h"
#include "services/data/engine/describe.h"
#include "services/data/engine/import.h"
#include "services/data/engine/view.h"
#include "services/data/service/store.h"

namespace farrell::data {

inline constexpr std::string_view kTimestampNeeded =
    "a time such as 2026-12-01T09:00:00+08:00 is needed, to the second and with its offset from UTC";
// Seconds since 1970; 0: none. Nothing when the text is no RFC 3339 time.
std::optional<std::int64_t> EmbargoOf(const std::string& written);
// RFC 3339 in UTC; empty for 0.
std::string EmbargoText(std::int64_t until);

// Settings of an import. INVALID_ARGUMENT, reason IMPORT_OPTIONS_INVALID, with every bad field: those of CheckSettings,
// and a dataset without release or the other way round.
Result<ImportSettings> ToSettings(const v1::ImportOptions& options);

// What the options, which passed ToSettings, say of the release.
Store::Name ToName(const v1::ImportOptions& options);

v1::Snapshot ToProto(const SnapshotInfo& info);
v1::TableProblem ToProto(const TableProblem& problem);
v1::Dataset ToProto(const StoredDataset& dataset);

DerivationSpec ToDerivation(const common::v1::Derivation& derivation);

// INVALID_ARGUMENT, reason FIELD_REQUIRED, when the snapshot digest is missing.
Result<ViewSpec> ToViewSpec(const common::v1::TableSpec& table);

// The header of ReadTable for a view of `snapshot`, whose known column digests are used again.
v1::TableHeader ToHeader(const View& view, const Snapshot& snapshot);

// The cells of column `column` for rows [first, first + count) of the view.
v1::ColumnChunk ToChunk(const View& view, std::size_t column, std::size_t first, std::size_t count);

v1::ColumnDescription ToProto(const ColumnStatistics& statistics);
v1::PeriodCompleteness ToProto(const PeriodCompleteness& completeness);

// Where a description comes from; its key covers the snapshot and the whole request.
common::v1::Provenance DescriptionProvenance(const v1::DescribeTableRequest& request, const ViewSpec& spec,
                                             const View& view);

// A column given by value, in row order. INVALID_ARGUMENT, reason ATTACHED_COLUMN_INVALID, naming every bad field below
// `field`: name, length, values that are not finite.
Result<ColumnPtr> ToColumn(const v1::AttachedColumn& attached, const Table& table, const std::string& field);

}  // namespace farrell::data
