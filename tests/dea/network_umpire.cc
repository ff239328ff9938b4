#include "tests/dea/network_umpire.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace farrell::dea::testing {
namespace {

__extension__ using Quad = __float128;

// Rounded data break ties by about 1e-16: what is smaller counts as tied, also for the sake of the pivots.
constexpr double kPivot = 1e-12;
constexpr double kReduced = 1e-14;
constexpr double kTie = 1e-24;

// min c x  s.t.  A x <= b or = b,  x >= 0.
class Tableau {
 public:
  explicit Tableau(std::size_t columns) : columns_(columns) {}

  void AddRow(std::vector<Quad> entries, bool equality, Quad rhs) {
    rows_.push_back(std::move(entries));
    equalities_.push_back(equality);
    rhs_.push_back(rhs);
  }

  // nullopt: unbounded or infeasible.
  std::optional<Quad> Minimise(std::vector<Quad> cost) {
    const std::size_t m = rows_.size();
    std::size_t width = columns_ + m;  // one slack a row, unused by equalities
    std::vector<std::size_t> basis;
    for (std::size_t i = 0; i < m; ++i) {
      rows_[i].resize(columns_ + 2 * m + 1, 0);
      if (!equalities_[i]) rows_[i][columns_ + i] = 1;
      rows_[i].back() = rhs_[i];
      if (rhs_[i] < 0) {
        for (Quad& entry : rows_[i]) entry = -entry;
      }
      rows_[i][width + i] = 1;
      basis.push_back(width + i);
    }
    std::vector<Quad> artificial(width + m + 1, 0);
    std::fill(artificial.begin() + static_cast<std::ptrdiff_t>(width), artificial.end() - 1, Quad(1));
    const std::optional<Quad> phase1 = Run(artificial, width, basis);
    if (!phase1 || *phase1 > kPivot) return std::nullopt;
    for (std::size_t i = 0; i < m; ++i) {
      if (basis[i] < width) continue;
      const auto size = [&](std::size_t j) { return rows_[i][j] < 0 ? -rows_[i][j] : rows_[i][j]; };
      std::size_t best = 0;
      for (std::size_t j = 1; j < width; ++j) best = size(j) > size(best) ? j : best;
      if (size(best) > kPivot) Pivot(i, best, artificial, basis);
    }
    cost.resize(width + m + 1, 0);
    return Run(cost, width, basis);
  }

 private:
  void Pivot(std::size_t row, std::size_t column, std::vector<Quad>& reduced, std::vector<std::size_t>& basis) {
    const Quad pivot = rows_[row][column];
    for (Quad& entry : rows_[row]) entry /= pivot;
    const auto eliminate = [&](std::vector<Quad>& target) {
      const Quad factor = target[column];
      if (factor == 0) return;
      for (std::size_t j = 0; j < target.size(); ++j) target[j] -= factor * rows_[row][j];
      target[column] = 0;
    };
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i != row) eliminate(rows_[i]);
    }
    eliminate(reduced);
    basis[row] = column;
  }

  std::optional<Quad> Run(std::vector<Quad>& reduced, std::size_t allowed, std::vector<std::size_t>& basis) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Quad factor = reduced[basis[i]];
      for (std::size_t j = 0; j < reduced.size(); ++j) reduced[j] -= factor * rows_[i][j];
    }
    while (true) {
      std::size_t entering = 0;
      while (entering < allowed && reduced[entering] >= -kReduced) ++entering;
      if (entering == allowed) return -reduced.back();
      std::size_t leaving = rows_.size();
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i][entering] <= kPivot) continue;
        if (leaving == rows_.size()) {
          leaving = i;
          continue;
        }
        const Quad difference = rows_[i].back() / rows_[i][entering] - rows_[leaving].back() / rows_[leaving][entering];
        if (difference < -kTie || (difference <= kTie && basis[i] < basis[leaving])) leaving = i;
      }
      if (leaving == rows_.size()) return std::nullopt;
      Pivot(leaving, entering, reduced, basis);
    }
  }

  std::size_t columns_;
  std::vector<std::vector<Quad>> rows_;
  std::vector<bool> equalities_;
  std::vector<Quad> rhs_;
};

}  // namespace

// The duals of the multiplier programs. Variables: weights of stage 1 and of stage 2, kappa (the price of the
// normalisation) as a difference of two, eta (the price of holding the score).
NetworkUmpire::Verdict NetworkUmpire::Judge(std::int32_t row) const {
  const std::size_t n = data_.all.size();
  const int m = data_.input_count();
  const int links_end = m + data_.intermediate_count();
  const int d = data_.all.dimension();
  const bool vrs = model_.rts == ReturnsToScale::kVrs;
  const bool additive = model_.decomposition == Decomposition::kChen;
  const double* own = data_.all.row(static_cast<std::size_t>(row));
  enum class Program : std::uint8_t { kSystem, kStage1, kStage2, kSize1, kSize2 };

  const auto solve = [&](Program program, Quad held) {
    const bool holds = program != Program::kSystem;
    const bool joint = program == Program::kSize1 || program == Program::kSize2;
    const bool norm_inputs = program != Program::kStage2;
    const bool norm_links = program == Program::kStage2 || ((joint || !holds) && additive);
    Tableau tableau(2 * n + 3);
    for (int i = 0; i < d; ++i) {
      const bool input = i < m;
      const bool link = !input && i < links_end;
      double size = own[i];
      for (std::size_t j = 0; j < n; ++j) size = own[i] > 0 ? size : std::max(size, data_.all.row(j)[i]);
      if (!(size > 0)) continue;
      std::vector<Quad> entries(2 * n + 3, 0);
      for (std::size_t j = 0; j < n; ++j) {
        const Quad value = Quad(data_.all.row(j)[i]) / size;
        if (input || link) entries[j] = input ? value : -value;
        if (!input) entries[n + j] = link ? value : -value;
      }
      const Quad value = Quad(own[i]) / size;
      if ((input && norm_inputs) || (link && norm_links)) {
        entries[2 * n] = -value;
        entries[2 * n + 1] = value;
      }
      // Score held: numerator - held * denominator >= 0.
      if (holds) entries[2 * n + 2] = input ? -held * value : link ? (additive ? (1 - held) * value : 0) : value;
      bool goal = false;
      switch (program) {
        case Program::kSystem: goal = !input && (additive || !link); break;
        case Program::kStage1: goal = link; break;
        case Program::kStage2: goal = !input && !link; break;
        case Program::kSize1: goal = input; break;
        case Program::kSize2: goal = link; break;
      }
      tableau.AddRow(std::move(entries), false, goal ? -value : Quad(0));
    }
    for (const bool second : {false, true}) {
      if (!vrs) break;
      std::vector<Quad> entries(2 * n + 3, 0);
      for (std::size_t j = 0; j < n; ++j) entries[(second ? n : 0) + j] = 1;
      if (holds) entries[2 * n + 2] = -1;
      const bool goal = program == Program::kSystem || program == (second ? Program::kStage2 : Program::kStage1);
      tableau.AddRow(std::move(entries), true, goal ? 1 : 0);
    }
    std::vector<Quad> cost(2 * n + 3, 0);
    cost[2 * n] = 1;
    cost[2 * n + 1] = -1;
    return tableau.Minimise(std::move(cost));
  };

  Verdict verdict;
  const std::optional<Quad> score = solve(Program::kSystem, 0);
  EXPECT_TRUE(score.has_value());
  if (!score) return verdict;
  verdict.score = static_cast<double>(*score);
  const auto end = [&](Program stage, Program size) -> std::optional<double> {
    // Of the weight that the stage can have; ties that rounded data break leave one of the size of rounding.
    const std::optional<Quad> largest = additive ? solve(size, *score) : Quad(1);
    if (!largest || *largest <= 1e-9) return std::nullopt;
    const std::optional<Quad> value = solve(stage, *score);
    if (!value) return std::nullopt;
    return static_cast<double>(*value);
  };
  verdict.stage1 = end(Program::kStage1, Program::kSize1);
  verdict.stage2 = end(Program::kStage2, Program::kSize2);
  return verdict;
}

}  // namespace farrell::dea::testing
