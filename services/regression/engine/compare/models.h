// The fits of a comparison and the coefficients in them that are compared.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "services/regression/engine/fit.h"

namespace farrell::regression {

// One fit whose coefficients are compared: a group of an equation, or an equation with split terms.
struct ComparedModel {
  FitResult fit;
  Fitted fitted;
};

// One coefficient that is compared.
struct ComparedCell {
  std::size_t equation = 0;
  std::size_t group = 0;
  std::size_t term = 0;
  std::size_t model = 0;
  // Among the terms of the fit, and among the coefficients estimated; unset where not estimated.
  std::optional<std::size_t> column;
  Eigen::Index position = -1;
  double estimate = 0.0;

  bool estimated() const { return column.has_value(); }
};

// Finds the term in the model and fills column, position and estimate.
void Locate(const ComparedModel& model, const std::string& term, ComparedCell& cell);

// One model, with the classifications of `names` beside those of its inferences.
Result<ComparedModel> EstimateCompared(const Panel& panel, const FitSpec& spec, DesignOptions options,
                                       const std::vector<std::string>& names, const Environment& environment);

// Covariance of all cells under inference `index` of every fit; NaN where not defined. See compare.h.
Result<Eigen::MatrixXd> CellCovariance(const std::vector<ComparedModel>& models, const std::vector<ComparedCell>& cells,
                                       const InferenceSpec& inference, std::size_t index, const std::stop_token& stop);

// The fits as one: every regressor and every effect split by fit. Least squares with equally many effects, or unset.
Result<std::optional<Fitted>> StackFits(const std::vector<const Fitted*>& fits, const Environment& environment);

}  // namespace farrell::regression
