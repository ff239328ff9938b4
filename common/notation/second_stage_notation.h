// Second stages and specification tests as people write them, on the command line and in study files. As the parsers of
// regression_notation.h, with reason REQUEST_INVALID.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"

namespace farrell::notation {

// "1" (default), "2", "joint", "log-within".
Result<regression::v1::SecondStageRequest::Algorithm> ParseAlgorithm(std::string_view text);
std::string FormatAlgorithm(regression::v1::SecondStageRequest::Algorithm algorithm);

// "rows", "unit"; empty: the algorithm's own.
Result<regression::v1::SecondStageRequest::Resample> ParseResample(std::string_view text);
std::string FormatResample(regression::v1::SecondStageRequest::Resample resample);

// All specification tests, in the order in which results list them.
std::span<const std::string_view> SpecificationTestNames();

}  // namespace farrell::notation
