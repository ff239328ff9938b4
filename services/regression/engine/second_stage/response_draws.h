// Draws of the response of a truncated regression: y = x'b + e, e normal with sd sigma beyond lower - x'b.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "common/numeric/normal_tail.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

// The draws of one purpose have random numbers of their own: replication r of stream s uses stream s + r.
inline constexpr std::int64_t kFirstLoopStream = std::int64_t{1} << 40;
inline constexpr std::int64_t kSubsampleStream = std::int64_t{1} << 41;

// The fitted distribution of every row.
struct TruncatedNormals {
  Eigen::VectorXd mean;  // x'b
  double sigma = 1.0;
  double lower = 1.0;
  // The standard normal beyond a = (lower - mean) / sigma.
  Eigen::VectorXd bound;
  std::vector<numeric::NormalTail> tails;

  TruncatedNormals(const Eigen::MatrixXd& x, const Eigen::VectorXd& coefficients, double sigma, double lower);
  // The value that a row exceeds with probability u in (0, 1): lower + sigma UpperTailExcess(a, u), above `lower`.
  double Value(Eigen::Index row, double u) const;
  // The probability u that a row exceeds a value y > lower.
  double Exceedance(Eigen::Index row, double y) const;
  // Mean over the rows of d E[y | y > lower] / d (x'b).
  double MeanSlope() const;
};

// Who takes whose residuals: exceedance probabilities of the rows that have one, unit by unit.
class UnitDonors {
 public:
  // `exceedance`: one a row, 0 where a row has none; `periods` may be empty (rows of a unit count through).
  UnitDonors(const Levels& units, const std::vector<std::int64_t>& periods, const std::vector<double>& exceedance);

  // One probability a row of the design: every unit takes the vector of a unit drawn with replacement, or with
  // probability one half its complements; a period that the drawn unit lacks takes its nearest one, of two the earlier.
  void Draw(std::int64_t seed, std::int64_t stream, std::vector<double>& probabilities) const;

 private:
  struct Donor {
    std::vector<std::int64_t> periods;  // increasing
    std::vector<double> probabilities;
  };
  std::vector<std::int32_t> unit_of_row_;
  std::vector<std::int64_t> period_of_row_;
  std::size_t unit_count_ = 0;
  std::vector<Donor> donors_;  // units with at least one residual
};

// Independent probabilities in (0, 1), one a row; `names` are the rows' random numbers.
void DrawIndependent(std::int64_t seed, std::int64_t stream, const std::vector<std::size_t>& names,
                     std::vector<double>& probabilities);

}  // namespace farrell::regression
