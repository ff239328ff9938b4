// Estimators and inference as people write them, on the command line and in study files.
//
// All parsers ignore case in keywords, keep it in column names, and fail with INVALID_ARGUMENT, reason
// INFERENCE_INVALID, a message that quotes the offending text and lists the choices. Empty text gives the default.
// Every Format… returns text that its parser reads back.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"

namespace farrell::notation {

// "iid", "hc1", "hc3", "cr1:COLUMN", "cr3:COLUMN", "wild:COLUMN". For the clustered ones ":COLUMN" may be left out: the
// unit key. Empty text: the service chooses (CR3 by unit where there are clusters, else HC3). `ssc` names a
// small-sample correction; empty: "fixest".
Result<regression::v1::Inference> ParseInference(std::string_view text, std::string_view ssc);
std::string FormatInference(const regression::v1::Inference& inference);

// Canonical spelling of a small-sample correction.
Result<std::string> ParseSsc(std::string_view text);
// All small-sample corrections, the default first.
std::span<const std::string_view> SscNames();

// "ols", "within"; empty: within when the formula has effects after `|`, else ols.
Result<regression::v1::Estimator> ParseEstimator(std::string_view text);
std::string FormatEstimator(regression::v1::Estimator estimator);

// "everything" (default), "x-only".
Result<regression::v1::CompareRequest::Interact> ParseInteract(std::string_view text);
std::string FormatInteract(regression::v1::CompareRequest::Interact interact);

// "rademacher", "webb"; empty: Webb when there are fewer than 12 clusters, else Rademacher.
Result<regression::v1::Inference::Weights> ParseWeights(std::string_view text);
std::string FormatWeights(regression::v1::Inference::Weights weights);

}  // namespace farrell::notation
