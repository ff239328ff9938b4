#include "services/regression/engine/likelihood/average_effects.h"

#include <vector>

namespace farrell::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void SetAverageEffects(Fitted& fitted, const EffectFactor& factor) {
  const Index parameters = fitted.parameters();
  const Index scales = factor.by_scale.cols();
  const Index columns = parameters - scales;
  const VectorXd& weights = fitted.design.weights;
  const Index rows = factor.factor.size();
  const VectorXd share = weights.size() > 0 ? VectorXd(weights / weights.sum())
                                            : VectorXd::Constant(rows, 1.0 / static_cast<double>(rows));
  const double mean = share.dot(factor.factor);
  VectorXd mean_gradient(parameters);
  const VectorXd by_index = share.cwiseProduct(factor.by_index);
  for (Index k = 0; k < columns; ++k) {
    mean_gradient(k) = by_index.dot(fitted.design.x.col(fitted.solution.kept[static_cast<std::size_t>(k)]));
  }
  mean_gradient.tail(scales) = factor.by_scale.transpose() * share;

  SetAverageEffects(fitted, mean, mean_gradient, scales);
}

void SetAverageEffects(Fitted& fitted, double mean, const VectorXd& mean_gradient, Index scales) {
  const Index parameters = fitted.parameters();
  const Index columns = parameters - scales;
  std::vector<Index> effects;
  for (Index k = 0; k < columns; ++k) {
    const Index column = fitted.solution.kept[static_cast<std::size_t>(k)];
    if (!(fitted.design.has_constant && column == 0)) effects.push_back(k);
  }
  const auto count = static_cast<Index>(effects.size());
  fitted.effect_names.clear();
  fitted.average_effects.resize(count);
  fitted.effect_gradient.resize(count, parameters);
  for (Index e = 0; e < count; ++e) {
    const Index k = effects[static_cast<std::size_t>(e)];
    const double slope = fitted.solution.coefficients(k);
    fitted.effect_names.push_back(
        fitted.design.names[static_cast<std::size_t>(fitted.solution.kept[static_cast<std::size_t>(k)])]);
    fitted.average_effects(e) = slope * mean;
    fitted.effect_gradient.row(e) = slope * mean_gradient.transpose();
    fitted.effect_gradient(e, k) += mean;
  }
}

}  // namespace farrell::regression
