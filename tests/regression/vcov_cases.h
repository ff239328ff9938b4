// Fits and inferences for tests of standard errors, and the columns that effects stand for.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {

// A panel with a column of weights.
Panel Weighted(std::int64_t seed, int units, int periods, double share);

// Classified by unit, time, group and block (between: unit and group), with panel keys; throws on failure.
Fitted MustEstimate(const Panel& panel, const std::string& formula, Estimator kind = Estimator::kDefault,
                    const std::string& weights = "");
InferenceResult MustCompute(const Fitted& fitted, const InferenceSpec& spec);

InferenceSpec Ways(InferenceType type, const std::vector<std::string>& ways, const std::string& ssc = "none");
InferenceSpec Lagged(InferenceType type, std::optional<int> lag, const std::string& ssc = "none");

// Relative to the largest cell of b.
void ExpectSame(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, double relative);

// Regressors and every dummy and slope written out, rows times sqrt(weight).
Eigen::MatrixXd WrittenOut(const Fitted& fitted);
Eigen::MatrixXd Pseudoinverse(const Eigen::MatrixXd& z);
// The power of a symmetric positive semidefinite matrix, generalised.
Eigen::MatrixXd Power(const Eigen::MatrixXd& a, double exponent);

}  // namespace farrell::regression::testing
