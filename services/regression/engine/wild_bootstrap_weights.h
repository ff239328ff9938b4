// Random weights of clusters, and sums of linear forms in them by table.
//
// Clusters are taken in bundles of eight signs (256 patterns) or three points of Webb's (216): what a linear form adds
// for one bundle is looked up by the bundle's pattern, so that a form in G weights costs G/8 additions a draw.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "services/regression/engine/inference.h"

namespace farrell::regression {

class ClusterWeights {
 public:
  // `asked` for `clusters` >= 1; all sign vectors when there are no more of them than draws.
  ClusterWeights(Eigen::Index clusters, BootstrapWeights asked, std::int64_t draws, std::int64_t seed);

  Eigen::Index clusters() const { return clusters_; }
  // Not kDefault.
  BootstrapWeights weights() const { return weights_; }
  std::int64_t draws() const { return draws_; }
  bool enumerated() const { return enumerated_; }

  Eigen::Index bundles() const { return (clusters_ + width() - 1) / width(); }
  // Patterns of draws [first, first + count): the bundles of one draw after another.
  std::vector<std::uint8_t> Patterns(std::int64_t first, Eigen::Index count) const;
  // `forms`: one row a form, one column a cluster. Column b * 256 + pattern: what the forms add for bundle b.
  Eigen::MatrixXd Tables(const Eigen::MatrixXd& forms) const;
  // clusters x count.
  Eigen::MatrixXd Weights(const std::vector<std::uint8_t>& patterns, Eigen::Index count) const;

 private:
  bool webb() const { return weights_ == BootstrapWeights::kWebb; }
  Eigen::Index width() const { return webb() ? 3 : 8; }
  // Weight of member `m` of a bundle with this pattern.
  double Weight(std::uint8_t pattern, Eigen::Index m) const;

  Eigen::Index clusters_;
  BootstrapWeights weights_;
  std::int64_t draws_;
  std::int64_t seed_;
  bool enumerated_ = false;
};

inline constexpr Eigen::Index kPatterns = 256;

}  // namespace farrell::regression
