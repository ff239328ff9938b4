// The table of a request, read and checked for a model.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "farrell/common/v1/types.pb.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/engine/observations.h"
#include "services/dea/service/model_conversion.h"

namespace farrell::dea {

// Most rows of one table.
inline constexpr std::int64_t kMaxRowCount = 2'000'000;

struct Dataset {
  std::string snapshot_digest;
  v1::Model requested;  // with defaults written out, in the request's order
  EvaluationSpec spec;
  Panel panel;
  Observations data;
};

// INVALID_ARGUMENT TABLE_INVALID when no snapshot is named.
Status CheckTable(const common::v1::TableSpec& table, const std::string& prefix);

// INVALID_ARGUMENT TABLE_TOO_LARGE.
Status CheckRowCount(const Panel& panel);

// Positions of the panel's rows in the order of the table.
std::vector<std::size_t> TableOrder(const Panel& panel);

// Paths of bad fields begin with `prefix`, e.g. "request.". Errors: INVALID_ARGUMENT TABLE_INVALID (no snapshot named),
// TABLE_TOO_LARGE; those of the data service; those of MakeObservations.
Result<std::unique_ptr<Dataset>> ReadDataset(data::v1::DataService::StubInterface& data,
                                             const common::v1::TableSpec& table, const v1::Model& model,
                                             const std::string& prefix, const std::stop_token& stop);

// The same for a spec that has been checked, with more columns in the panel; `requested` is left empty.
Result<std::unique_ptr<Dataset>> ReadDataset(data::v1::DataService::StubInterface& data,
                                             const common::v1::TableSpec& table, EvaluationSpec spec,
                                             const std::vector<std::string>& more_columns, const std::string& prefix,
                                             const std::stop_token& stop);

// Warnings about rows and columns that no content key names: rows left out, reference-only rows that are nowhere, rows
// without a group.
void AddDataWarnings(const Dataset& dataset, google::protobuf::RepeatedPtrField<common::v1::Warning>& warnings);

}  // namespace farrell::dea
