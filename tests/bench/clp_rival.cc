#include <ClpSimplex.hpp>

#include <vector>

#include "tests/bench/rival.h"

namespace farrell::dea::bench {
namespace {

class Clp final : public Rival {
 public:
  Clp(int inputs, int outputs, ReturnsToScale rts)
      : inputs_(inputs), d_(inputs + outputs), rows_(d_ + (rts == ReturnsToScale::kVrs ? 1 : 0)) {}

  void SetReference(const double* cells, std::size_t count) override {
    n_ = static_cast<int>(count);
    std::vector<CoinBigIndex> starts;
    std::vector<int> index;
    std::vector<double> value;
    for (int j = 0; j <= n_; ++j) {
      starts.push_back(static_cast<CoinBigIndex>(index.size()));
      for (int i = j < n_ ? 0 : inputs_; i < (j < n_ ? rows_ : d_); ++i) {
        index.push_back(i);
        value.push_back(j == n_ ? -1.0 : i < d_ ? cells[static_cast<std::size_t>(j * d_ + i)] : 1.0);
      }
    }
    starts.push_back(static_cast<CoinBigIndex>(index.size()));
    std::vector<double> objective(static_cast<std::size_t>(n_) + 1, 0.0);
    objective.back() = 1;
    std::vector<double> lower(static_cast<std::size_t>(rows_));
    std::vector<double> upper(static_cast<std::size_t>(rows_));
    for (int i = 0; i < rows_; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      lower[at] = i < inputs_ ? -COIN_DBL_MAX : i < d_ ? 0 : 1;
      upper[at] = i < inputs_ ? 0 : i < d_ ? COIN_DBL_MAX : 1;
    }
    model_ = ClpSimplex();
    model_.setLogLevel(0);
    model_.scaling(0);
    model_.loadProblem(n_ + 1, rows_, starts.data(), index.data(), value.data(), nullptr, nullptr, objective.data(),
                       lower.data(), upper.data());
    model_.setOptimizationDirection(-1);
  }

  std::optional<double> Solve(const double* point) override {
    for (int i = 0; i < inputs_; ++i) model_.setRowUpper(i, point[i]);
    for (int i = inputs_; i < d_; ++i) model_.modifyCoefficient(i, n_, -point[i]);
    model_.primal(1);
    if (!model_.isProvenOptimal()) return std::nullopt;
    return model_.objectiveValue();
  }

 private:
  int inputs_;
  int d_;
  int rows_;
  int n_ = 0;
  ClpSimplex model_;
};

}  // namespace

std::unique_ptr<Rival> MakeClp(int inputs, int outputs, ReturnsToScale rts) {
  return std::make_unique<Clp>(inputs, outputs, rts);
}

}  // namespace farrell::dea::bench
