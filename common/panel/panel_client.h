// Reads a panel from the data service.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "farrell/common/v1/types.pb.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell {

// The rows of `table` with the given columns or expressions (empty: every column), sorted by (unit, time). The call is
// cancelled when `stop` fires (CANCELLED then). Errors of the data service come through unchanged; a stream that ends
// early or contradicts its header is INTERNAL, reason TABLE_STREAM_INVALID.
Result<Panel> ReadPanel(data::v1::DataService::StubInterface& data, const common::v1::TableSpec& table,
                        const std::vector<std::string>& columns, const std::stop_token& stop);

}  // namespace farrell
