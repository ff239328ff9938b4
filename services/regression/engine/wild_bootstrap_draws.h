// Statistics of draws from the linear forms of a hypothesis, many draws at a time.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/wild_bootstrap_forms.h"
#include "services/regression/engine/wild_bootstrap_weights.h"

namespace farrell::regression {

// In place of t and Wald: a function of the numerators (q) and the scores (G x q) of a draw.
using DrawStatistic = std::function<double(const Eigen::VectorXd& numerator, const Eigen::MatrixXd& scores)>;

class WildEvaluator {
 public:
  // `forms` is defined, of one part where there is a `statistic`; both outlive the evaluator.
  WildEvaluator(const WildForms& forms, const ClusterWeights& weights, DrawStatistic statistic = nullptr);

  // Numbers kept of a draw. q = 1, one part: numerator and squared error (2); two parts: n0, n1, d00, d01, d11 with
  // numerator n0 + d n1 and squared error d00 + 2 d d01 + d^2 d11 (5). q > 1: the Wald statistic (1). A statistic of
  // one's own: that (1).
  Eigen::Index width() const { return forms_.q > 1 || statistic_ ? 1 : forms_.parts.size() == 2 ? 5 : 2; }
  // width x count.
  void Run(const std::vector<std::uint8_t>& patterns, Eigen::Ref<Eigen::MatrixXd> out) const;

 private:
  // Numerators and scores of one draw, part by part, to the numbers kept.
  void Reduce(const Eigen::Ref<const Eigen::VectorXd>& values, Eigen::Ref<Eigen::VectorXd> out) const;
  // Forms a part: q numerators and q G scores.
  Eigen::Index PartSize() const { return forms_.q * (1 + clusters_.clusters()); }

  const WildForms& forms_;
  const ClusterWeights& clusters_;
  DrawStatistic statistic_;
  // Scores outright: all forms, and for few clusters their tables.
  Eigen::MatrixXd outright_;
  Eigen::MatrixXd tables_;
};

// body(first, count, patterns) for all draws, chunk by chunk, perhaps at the same time; progress counts draws.
Status ForAllDraws(
    const ClusterWeights& weights, const Environment& environment,
    const std::function<void(std::int64_t first, Eigen::Index count, const std::vector<std::uint8_t>& patterns)>& body);

}  // namespace farrell::regression
