// Rows of crossed effects, ordered by the effect with most levels (the major one), and the three passes over them that
// every projection is made of. The directions of all other effects are numbered through as nodes.
//
// Blocks of C columns are handled at once, their numbers interleaved: node k of column c stands at k * C + c. The
// arithmetic of a column does not depend on the columns beside it.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "services/regression/engine/design.h"
#include "services/regression/engine/within/effect_basis.h"

namespace farrell::regression {

class Crossing {
 public:
  // At least one effect. Row weights enter as their square roots; empty: all one.
  static Crossing Make(const std::vector<Effect>& effects, std::size_t rows, const Eigen::VectorXd& root_weights);

  std::size_t rows() const { return rows_; }
  std::size_t major() const { return major_; }
  Eigen::Index major_levels() const { return static_cast<Eigen::Index>(by_major_.start.size()) - 1; }
  const std::vector<std::size_t>& minors() const { return minors_; }
  Eigen::Index node_count() const { return node_count_; }
  Eigen::Index minor_offset(std::size_t m) const { return minor_offset_[m]; }
  const EffectBasis& basis(std::size_t effect) const { return bases_[effect]; }
  // Plain unweighted dummies in every effect.
  bool plain() const { return plain_; }
  // Squared lengths of the nodes, and their inverses (0 where the direction is left out).
  const Eigen::VectorXd& node_gram() const { return node_gram_; }
  const Eigen::VectorXd& node_inverse() const { return node_inverse_; }
  const Eigen::VectorXd& major_inverse() const { return major_inverse_; }

  // Positions in the order of the major effect: those of level l, the row of a position, the first node of minor m
  // there, values of the directions (null: one).
  std::int32_t begin(Eigen::Index level) const { return by_major_.start[static_cast<std::size_t>(level)]; }
  std::int32_t end(Eigen::Index level) const { return by_major_.start[static_cast<std::size_t>(level) + 1]; }
  std::int32_t row(std::int32_t position) const {
    return by_major_.order.empty() ? position : by_major_.order[static_cast<std::size_t>(position)];
  }
  std::int32_t node(std::size_t m, std::int32_t position) const {
    return nodes_[m][static_cast<std::size_t>(position)];
  }
  const std::vector<std::int32_t>& nodes(std::size_t m) const { return nodes_[m]; }
  int major_width() const { return bases_[major_].width; }
  int minor_width(std::size_t m) const { return bases_[minors_[m]].width; }
  double major_value(std::int32_t position, int q) const {
    return plain_ ? 1.0
                  : values_[major_][static_cast<std::size_t>(position) * Width(major_) + static_cast<std::size_t>(q)];
  }
  double minor_value(std::size_t m, std::int32_t position, int q) const {
    const std::size_t effect = minors_[m];
    return plain_ ? 1.0
                  : values_[effect][static_cast<std::size_t>(position) * Width(effect) + static_cast<std::size_t>(q)];
  }

  template <std::size_t C>
  using Columns = std::array<double*, C>;
  template <std::size_t C>
  using Numbers = std::array<double, C>;

  // Totals of the nodes over columns whose projection on the major effect is taken out (the columns stay). `squares`:
  // sums of squares of the columns as given.
  template <std::size_t C>
  void Total(const Columns<C>& columns, const std::stop_token& stop, double* totals, Numbers<C>& squares) const;

  // out = S a, S the Schur complement of the major effect in the normal equations of all.
  template <std::size_t C>
  void Apply(const double* a, const std::stop_token& stop, double* out) const;

  // Takes the nodes with coefficients a and then the major effect out of the columns. `totals` of what is left,
  // `squares` its sums of squares, `major_defect` the squared length of its projection on the major effect.
  // `major_coefficients` (levels x width, may be null): increased by those of the major effect (C = 1).
  template <std::size_t C>
  void Subtract(const Columns<C>& columns, const double* a, const std::stop_token& stop, double* totals,
                Numbers<C>& squares, Numbers<C>& major_defect, double* major_coefficients) const;

 private:
  std::size_t Width(std::size_t effect) const { return static_cast<std::size_t>(bases_[effect].width); }
  // Sum of the nodes' values at the positions of a level, times `factor`, added to the block.
  template <std::size_t C>
  void AddNodes(std::int32_t first, std::int32_t last, const double* a, double factor, double* block) const;
  template <std::size_t C>
  void Scatter(std::int32_t first, std::int32_t last, const double* block, double* totals) const;
  // Takes the major effect's projection out of the block and returns its squared length.
  template <std::size_t C>
  Numbers<C> Centre(Eigen::Index level, double* block, double* coefficients) const;
  template <std::size_t C>
  void ApplyPair(const double* a, const std::stop_token& stop, double* out) const;
  template <std::size_t C>
  void Load(const Columns<C>& columns, std::int32_t first, std::int32_t last, double* block) const;

  std::size_t rows_ = 0;
  bool plain_ = true;
  std::size_t major_ = 0;
  std::vector<std::size_t> minors_;
  std::vector<Eigen::Index> minor_offset_;
  Eigen::Index node_count_ = 0;
  std::int32_t longest_ = 0;
  RowsByLevel by_major_;
  std::vector<std::vector<std::int32_t>> nodes_;
  // One an effect; `values` moved to values_, in the order of the major effect.
  std::vector<EffectBasis> bases_;
  std::vector<std::vector<double>> values_;
  Eigen::VectorXd node_gram_;
  Eigen::VectorXd node_inverse_;
  Eigen::VectorXd major_inverse_;
};

}  // namespace farrell::regression
