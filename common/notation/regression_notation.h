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

// "iid", "hc0" to "hc4", "pcse"; "cr0:COLUMN" to "cr3:COLUMN", "wild:COLUMN[:DRAWS]", "permutation:COLUMN[:DRAWS]",
// "permutation-raw:COLUMN[:DRAWS]"; "cr0:U,T", "cr1:U,T" and "twoway:U,T" (the same as cr1) for multi-way clustering;
// "dk[:LAG]", "nw[:LAG]". For the clustered ones ":COLUMN" may be left out: the unit key. Empty text: the service
// chooses (CR3 by unit where there are clusters, else HC3). `ssc` names a small-sample correction or "all"; empty:
// "fixest".
Result<regression::v1::Inference> ParseInference(std::string_view text, std::string_view ssc);
std::string FormatInference(const regression::v1::Inference& inference);

// The type uses random draws: a number of draws and a seed belong to it.
bool UsesDraws(regression::v1::Inference::Type type);

// Canonical spelling of a small-sample correction.
Result<std::string> ParseSsc(std::string_view text);
// All small-sample corrections, the default first.
std::span<const std::string_view> SscNames();

// An estimator with the option that may follow it.
struct EstimatorChoice {
  regression::v1::Estimator estimator = regression::v1::ESTIMATOR_UNSPECIFIED;
  regression::v1::EstimatorOptions options;
};

// "ols", "within", "between", "fd", "re[:swar|walhus|amemiya|nerlove|baltagi-chang]", "cre[:…]", "2sls", "liml",
// "tobit[:re]", "truncated", "fractional[:logit|probit]", "ppml"; empty: 2sls when the formula has instruments, within
// when it has effects after `|`, else ols.
Result<EstimatorChoice> ParseEstimator(std::string_view text);
std::string FormatEstimator(const EstimatorChoice& choice);
// The estimators with their options, for help texts.
std::string EstimatorNames();

// "everything" (default), "x-only".
Result<regression::v1::CompareRequest::Interact> ParseInteract(std::string_view text);
std::string FormatInteract(regression::v1::CompareRequest::Interact interact);

// "rademacher", "webb"; empty: Webb when there are fewer than 12 clusters, else Rademacher.
Result<regression::v1::Inference::Weights> ParseWeights(std::string_view text);
std::string FormatWeights(regression::v1::Inference::Weights weights);

}  // namespace farrell::notation
