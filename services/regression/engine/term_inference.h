// What a standard error says about one estimate.
#pragma once

#include "services/regression/engine/inference.h"

namespace farrell::regression {

// t (normal where df is infinite) statistic, two-sided p-value and interval. Empty when the standard error is not
// positive and finite or df not positive.
TermInference InferenceOf(double estimate, double std_error, double df, double confidence_level);

// For g'b with the gradient g over the coefficients estimated: the standard error from the primary variance. Degrees of
// freedom are the inference's.
TermInference InferenceOf(double estimate, const Eigen::VectorXd& gradient, const InferenceResult& inference,
                          double confidence_level);

}  // namespace farrell::regression
