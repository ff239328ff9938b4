// Average marginal effects of one number factor of a formula: the mean over rows of d(fit)/dx, every interaction,
// polynomial and power of the factor followed. Linear in the coefficients, so that a margin is a linear hypothesis
// about them.
//
//   "x1"            over all rows used
//   "x1 by region"  one for the rows of every level of region
//
// The factor is named as it stands in the formula: the margin of `log(x1)` is that of the logarithm. With weights the
// mean is weighted.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/hypothesis.h"

namespace farrell::regression {

// What was asked for.
struct MarginRequest {
  std::string text;
  // Number column or expression of the formula.
  std::string variable;
  // Column of labels; empty: all rows together.
  std::string by;
};

// `field` "margins[k]". INVALID_ARGUMENT MARGIN_INVALID, all mistakes at once: a factor the formula has not, with the
// nearest that it has; a missing name.
Result<std::vector<MarginRequest>> ParseMargins(const std::vector<std::string>& texts, const Formula& formula);

// Columns beyond the formula's own that the panel must have for these margins: `by`, and the base of powers.
std::vector<std::string> MarginColumns(const std::vector<MarginRequest>& requests, const Formula& formula);

// The average derivative, sum_j weights(j) b_j over all columns of the design.
struct MarginForm {
  std::string text;
  std::string variable;
  // Label of the level of `by`; empty: all rows.
  std::string level;
  Eigen::VectorXd weights;
  // Rows averaged over.
  std::int64_t observation_count = 0;
};

// One margin, or one a level of `by` in its order; rows without a level are left out. `design`: of this panel and
// formula, rows as built (not means of units). NOT_FOUND COLUMN_NOT_FOUND. FAILED_PRECONDITION MARGIN_UNDEFINED: the
// design has not the columns of the formula.
Result<std::vector<MarginForm>> ComputeMargins(const Panel& panel, const Formula& formula, const Design& design,
                                               const MarginRequest& request);

// The margin over the coefficients estimated. Where it has a share in columns left out as collinear it is still defined
// if that follows from the others, as in `x1 + i(region):x1`; empty if not: the rows cannot tell the effects apart.
// Other columns left out count as not in the model, as they do for the coefficients.
Result<std::optional<Eigen::VectorXd>> EstimableWeights(const Fitted& fitted, const Eigen::VectorXd& weights);

// The same as a hypothesis that it is zero, for TestHypothesis: its estimate is the margin. `kept` as there.
Hypothesis MarginHypothesis(const MarginForm& margin, const Eigen::VectorXd& estimable,
                            const std::vector<Eigen::Index>& kept);

}  // namespace farrell::regression
