#include "services/regression/engine/within/crossing.h"

#include <algorithm>
#include <utility>

#include "services/regression/engine/large_pages.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Levels of the major effect between two looks at the stop token.
constexpr Index kLevelsBetweenChecks = 4096;

VectorXd InverseOrZero(const VectorXd& gram) {
  return gram.unaryExpr([](double value) { return value > 0.0 ? 1.0 / value : 0.0; });
}

bool IsPlain(const std::vector<Effect>& effects, const VectorXd& root_weights) {
  return root_weights.size() == 0 && std::all_of(effects.begin(), effects.end(), [](const Effect& effect) {
           return effect.dummies && effect.slopes.empty();
         });
}

}  // namespace

Crossing Crossing::Make(const std::vector<Effect>& effects, std::size_t rows, const VectorXd& root_weights) {
  Crossing crossing;
  crossing.rows_ = rows;
  crossing.plain_ = IsPlain(effects, root_weights);
  std::vector<Index> directions;
  for (const Effect& effect : effects) {
    directions.push_back(static_cast<Index>(effect.count() * ((effect.dummies ? 1 : 0) + effect.slopes.size())));
  }
  crossing.major_ =
      static_cast<std::size_t>(std::max_element(directions.begin(), directions.end()) - directions.begin());
  crossing.by_major_ = RowsByLevel::Make(effects[crossing.major_].levels.ids, effects[crossing.major_].count());
  const RowsByLevel& by_major = crossing.by_major_;
  for (std::size_t level = 0; level + 1 < by_major.start.size(); ++level) {
    crossing.longest_ = std::max(crossing.longest_, by_major.start[level + 1] - by_major.start[level]);
  }
  crossing.values_.resize(effects.size());
  for (std::size_t e = 0; e < effects.size(); ++e) {
    RowsByLevel own;
    if (e != crossing.major_) {
      own = crossing.plain_ ? RowsByLevel::Count(effects[e].levels.ids, effects[e].count())
                            : RowsByLevel::Make(effects[e].levels.ids, effects[e].count());
    }
    crossing.bases_.push_back(
        EffectBasis::Make(effects[e], e == crossing.major_ ? by_major : own, root_weights, crossing.plain_));
    EffectBasis& basis = crossing.bases_.back();
    if (by_major.order.empty()) {
      crossing.values_[e] = std::move(basis.values);
    } else if (!basis.values.empty()) {
      const auto width = static_cast<std::size_t>(basis.width);
      std::vector<double>& values = crossing.values_[e];
      values.reserve(basis.values.size());
      for (std::int32_t row : by_major.order) {
        const auto from = basis.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * width);
        values.insert(values.end(), from, from + static_cast<std::ptrdiff_t>(width));
      }
    }
    basis.values = {};
    if (e == crossing.major_) continue;
    crossing.minors_.push_back(e);
    crossing.minor_offset_.push_back(crossing.node_count_);
    std::vector<std::int32_t> nodes;
    nodes.reserve(rows);
    PreferLargePages(nodes.data(), sizeof(std::int32_t) * rows);
    nodes.resize(rows);
    for (std::size_t position = 0; position < rows; ++position) {
      const std::size_t row = static_cast<std::size_t>(crossing.row(static_cast<std::int32_t>(position)));
      nodes[position] = static_cast<std::int32_t>(crossing.node_count_) + effects[e].levels.ids[row] * basis.width;
    }
    crossing.nodes_.push_back(std::move(nodes));
    crossing.node_count_ += directions[e];
  }
  crossing.major_inverse_ = InverseOrZero(crossing.bases_[crossing.major_].gram);
  crossing.node_gram_.resize(crossing.node_count_);
  for (std::size_t m = 0; m < crossing.minors_.size(); ++m) {
    const VectorXd& gram = crossing.bases_[crossing.minors_[m]].gram;
    crossing.node_gram_.segment(crossing.minor_offset_[m], gram.size()) = gram;
  }
  crossing.node_inverse_ = InverseOrZero(crossing.node_gram_);
  return crossing;
}

template <std::size_t C>
void Crossing::Load(const Columns<C>& columns, std::int32_t first, std::int32_t last, double* block) const {
  for (std::int32_t position = first; position < last; ++position) {
    const std::int32_t from = row(position);
    for (std::size_t c = 0; c < C; ++c) *block++ = columns[c][from];
  }
}

template <std::size_t C>
void Crossing::AddNodes(std::int32_t first, std::int32_t last, const double* a, double factor, double* block) const {
  for (std::size_t m = 0; m < minors_.size(); ++m) {
    const std::int32_t* nodes = nodes_[m].data();
    if (plain_) {
      for (std::int32_t position = first; position < last; ++position) {
        const double* from = a + static_cast<std::size_t>(nodes[position]) * C;
        double* to = block + static_cast<std::size_t>(position - first) * C;
        for (std::size_t c = 0; c < C; ++c) to[c] += factor * from[c];
      }
      continue;
    }
    const std::size_t width = Width(minors_[m]);
    const double* value = values_[minors_[m]].data() + static_cast<std::size_t>(first) * width;
    for (std::int32_t position = first; position < last; ++position) {
      const double* from = a + static_cast<std::size_t>(nodes[position]) * C;
      double* to = block + static_cast<std::size_t>(position - first) * C;
      for (std::size_t q = 0; q < width; ++q, ++value, from += C) {
        for (std::size_t c = 0; c < C; ++c) to[c] += factor * *value * from[c];
      }
    }
  }
}

template <std::size_t C>
void Crossing::Scatter(std::int32_t first, std::int32_t last, const double* block, double* totals) const {
  for (std::size_t m = 0; m < minors_.size(); ++m) {
    const std::int32_t* nodes = nodes_[m].data();
    if (plain_) {
      for (std::int32_t position = first; position < last; ++position) {
        double* to = totals + static_cast<std::size_t>(nodes[position]) * C;
        const double* from = block + static_cast<std::size_t>(position - first) * C;
        for (std::size_t c = 0; c < C; ++c) to[c] += from[c];
      }
      continue;
    }
    const std::size_t width = Width(minors_[m]);
    const double* value = values_[minors_[m]].data() + static_cast<std::size_t>(first) * width;
    for (std::int32_t position = first; position < last; ++position) {
      double* to = totals + static_cast<std::size_t>(nodes[position]) * C;
      const double* from = block + static_cast<std::size_t>(position - first) * C;
      for (std::size_t q = 0; q < width; ++q, ++value, to += C) {
        for (std::size_t c = 0; c < C; ++c) to[c] += *value * from[c];
      }
    }
  }
}

template <std::size_t C>
Crossing::Numbers<C> Crossing::Centre(Index level, double* block, double* coefficients) const {
  const std::int32_t first = begin(level);
  const auto count = static_cast<std::size_t>(end(level) - first);
  const std::size_t width = Width(major_);
  Numbers<C> squares{};
  if (plain_) {
    Numbers<C> mean{};
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t c = 0; c < C; ++c) mean[c] += block[k * C + c];
    }
    const double inverse = major_inverse_(level);
    for (std::size_t c = 0; c < C; ++c) {
      squares[c] = mean[c] * mean[c] * inverse;
      mean[c] *= inverse;
    }
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t c = 0; c < C; ++c) block[k * C + c] -= mean[c];
    }
    if (coefficients != nullptr) coefficients[level] += mean[0];
    return squares;
  }
  // The directions of a level are orthonormal: one after the other.
  const double* values = values_[major_].data() + static_cast<std::size_t>(first) * width;
  for (std::size_t q = 0; q < width; ++q) {
    Numbers<C> along{};
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t c = 0; c < C; ++c) along[c] += values[k * width + q] * block[k * C + c];
    }
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t c = 0; c < C; ++c) block[k * C + c] -= values[k * width + q] * along[c];
    }
    for (std::size_t c = 0; c < C; ++c) squares[c] += along[c] * along[c];
    if (coefficients != nullptr) coefficients[static_cast<std::size_t>(level) * width + q] += along[0];
  }
  return squares;
}

template <std::size_t C>
void Crossing::Total(const Columns<C>& columns, const std::stop_token& stop, double* totals,
                     Numbers<C>& squares) const {
  std::fill_n(totals, static_cast<std::size_t>(node_count_) * C, 0.0);
  squares = {};
  std::vector<double> block(static_cast<std::size_t>(longest_) * C);
  for (Index level = 0; level < major_levels(); ++level) {
    if (level % kLevelsBetweenChecks == 0 && stop.stop_requested()) return;
    const std::int32_t first = begin(level);
    const std::int32_t last = end(level);
    Load<C>(columns, first, last, block.data());
    for (std::size_t k = 0; k < static_cast<std::size_t>(last - first); ++k) {
      for (std::size_t c = 0; c < C; ++c) squares[c] += block[k * C + c] * block[k * C + c];
    }
    if (minors_.empty()) continue;
    Centre<C>(level, block.data(), nullptr);
    Scatter<C>(first, last, block.data(), totals);
  }
}

// One dummy a row beside the major one: S a = (counts) a - (totals of the major effect's means of a).
template <std::size_t C>
void Crossing::ApplyPair(const double* a, const std::stop_token& stop, double* out) const {
  const std::int32_t* nodes = nodes_[0].data();
  for (Index level = 0; level < major_levels(); ++level) {
    if (level % kLevelsBetweenChecks == 0 && stop.stop_requested()) return;
    const std::int32_t first = begin(level);
    const std::int32_t last = end(level);
    Numbers<C> mean{};
    for (std::int32_t position = first; position < last; ++position) {
      const double* from = a + static_cast<std::size_t>(nodes[position]) * C;
      for (std::size_t c = 0; c < C; ++c) mean[c] += from[c];
    }
    const double inverse = major_inverse_(level);
    for (std::size_t c = 0; c < C; ++c) mean[c] *= inverse;
    for (std::int32_t position = first; position < last; ++position) {
      double* to = out + static_cast<std::size_t>(nodes[position]) * C;
      for (std::size_t c = 0; c < C; ++c) to[c] -= mean[c];
    }
  }
  for (Index node = 0; node < node_count_; ++node) {
    const std::size_t at = static_cast<std::size_t>(node) * C;
    for (std::size_t c = 0; c < C; ++c) out[at + c] += node_gram_(node) * a[at + c];
  }
}

template <std::size_t C>
void Crossing::Apply(const double* a, const std::stop_token& stop, double* out) const {
  std::fill_n(out, static_cast<std::size_t>(node_count_) * C, 0.0);
  if (plain_ && minors_.size() == 1) return ApplyPair<C>(a, stop, out);
  std::vector<double> block(static_cast<std::size_t>(longest_) * C);
  for (Index level = 0; level < major_levels(); ++level) {
    if (level % kLevelsBetweenChecks == 0 && stop.stop_requested()) return;
    const std::int32_t first = begin(level);
    const std::int32_t last = end(level);
    std::fill_n(block.data(), static_cast<std::size_t>(last - first) * C, 0.0);
    AddNodes<C>(first, last, a, 1.0, block.data());
    Centre<C>(level, block.data(), nullptr);
    Scatter<C>(first, last, block.data(), out);
  }
}

template <std::size_t C>
void Crossing::Subtract(const Columns<C>& columns, const double* a, const std::stop_token& stop, double* totals,
                        Numbers<C>& squares, Numbers<C>& major_defect, double* major_coefficients) const {
  std::fill_n(totals, static_cast<std::size_t>(node_count_) * C, 0.0);
  squares = {};
  major_defect = {};
  std::vector<double> block(static_cast<std::size_t>(longest_) * C);
  for (Index level = 0; level < major_levels(); ++level) {
    if (level % kLevelsBetweenChecks == 0 && stop.stop_requested()) return;
    const std::int32_t first = begin(level);
    const std::int32_t last = end(level);
    Load<C>(columns, first, last, block.data());
    AddNodes<C>(first, last, a, -1.0, block.data());
    // Twice: what the first mean leaves by rounding, the second takes; its length bounds what is left.
    Centre<C>(level, block.data(), major_coefficients);
    const Numbers<C> rest = Centre<C>(level, block.data(), major_coefficients);
    for (std::size_t c = 0; c < C; ++c) major_defect[c] += rest[c];
    const double* from = block.data();
    for (std::int32_t position = first; position < last; ++position) {
      const std::int32_t to = row(position);
      for (std::size_t c = 0; c < C; ++c, ++from) {
        columns[c][to] = *from;
        squares[c] += *from * *from;
      }
    }
    Scatter<C>(first, last, block.data(), totals);
  }
}

template void Crossing::Total<1>(const Columns<1>&, const std::stop_token&, double*, Numbers<1>&) const;
template void Crossing::Total<2>(const Columns<2>&, const std::stop_token&, double*, Numbers<2>&) const;
template void Crossing::Apply<1>(const double*, const std::stop_token&, double*) const;
template void Crossing::Apply<2>(const double*, const std::stop_token&, double*) const;
template void Crossing::Subtract<1>(const Columns<1>&, const double*, const std::stop_token&, double*, Numbers<1>&,
                                    Numbers<1>&, double*) const;
template void Crossing::Subtract<2>(const Columns<2>&, const double*, const std::stop_token&, double*, Numbers<2>&,
                                    Numbers<2>&, double*) const;

}  // namespace farrell::regression
