#include "services/regression/engine/second_stage/response_draws.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "common/numeric/elementary.h"
#include "common/numeric/random.h"

namespace farrell::regression {
namespace {

using Eigen::Index;

// Random numbers of units, beyond those of rows.
constexpr std::int64_t kUnitDraws = std::int64_t{1} << 40;
constexpr std::int64_t kComplementDraws = std::int64_t{1} << 41;

}  // namespace

TruncatedNormals::TruncatedNormals(const Eigen::MatrixXd& x, const Eigen::VectorXd& coefficients, double sd,
                                   double truncation)
    : mean(x * coefficients), sigma(sd), lower(truncation), bound((lower - mean.array()) / sigma) {
  for (const double a : bound) tails.push_back(numeric::UpperTail(a));
}

double TruncatedNormals::Value(Index row, double u) const {
  const double value = lower + sigma * numeric::UpperTailExcess(bound(row), tails[static_cast<std::size_t>(row)], u);
  return value > lower ? value : std::nextafter(lower, std::numeric_limits<double>::infinity());
}

double TruncatedNormals::Exceedance(Index row, double y) const {
  const double a = bound(row);
  const numeric::NormalTail& tail = tails[static_cast<std::size_t>(row)];
  const double t = (y - lower) / sigma;
  const numeric::NormalTail beyond = numeric::UpperTail(a + t);
  // Far out the masses are too small for the difference of their logarithms: that of the densities is exact.
  const double u = a > 0.0 ? numeric::Exp(-t * (a + 0.5 * t)) * (tail.hazard / beyond.hazard)
                           : numeric::Exp(beyond.log_mass - tail.log_mass);
  constexpr double kEdge = 1e-12;
  return std::clamp(u, kEdge, 1.0 - kEdge);
}

double TruncatedNormals::MeanSlope() const {
  double sum = 0.0;
  for (const numeric::NormalTail& tail : tails) sum += tail.variance;
  return sum / static_cast<double>(tails.size());
}

UnitDonors::UnitDonors(const Levels& units, const std::vector<std::int64_t>& periods,
                       const std::vector<double>& exceedance)
    : unit_of_row_(units.ids), period_of_row_(periods), unit_count_(units.count()) {
  std::vector<std::int64_t> seen(unit_count_, 0);
  std::map<std::int32_t, Donor> donors;
  for (std::size_t row = 0; row < unit_of_row_.size(); ++row) {
    const std::int32_t unit = unit_of_row_[row];
    if (periods.empty()) period_of_row_.push_back(seen[static_cast<std::size_t>(unit)]++);
    if (!(exceedance[row] > 0.0)) continue;
    Donor& donor = donors[unit];
    donor.periods.push_back(period_of_row_[row]);
    donor.probabilities.push_back(exceedance[row]);
  }
  for (auto& [unit, donor] : donors) donors_.push_back(std::move(donor));
}

void UnitDonors::Draw(std::int64_t seed, std::int64_t stream, std::vector<double>& probabilities) const {
  std::vector<const Donor*> drawn(unit_count_);
  std::vector<char> complement(unit_count_);
  for (std::size_t unit = 0; unit < unit_count_; ++unit) {
    const auto code = static_cast<std::int64_t>(unit);
    const double u = numeric::UniformDraw(seed, stream, kUnitDraws + code);
    const auto at = static_cast<std::size_t>(u * static_cast<double>(donors_.size()));
    drawn[unit] = &donors_[std::min(at, donors_.size() - 1)];
    complement[unit] = numeric::UniformDraw(seed, stream, kComplementDraws + code) < 0.5 ? 1 : 0;
  }
  probabilities.resize(unit_of_row_.size());
  for (std::size_t row = 0; row < unit_of_row_.size(); ++row) {
    const auto unit = static_cast<std::size_t>(unit_of_row_[row]);
    const Donor& donor = *drawn[unit];
    const std::int64_t period = period_of_row_[row];
    auto after = static_cast<std::size_t>(std::lower_bound(donor.periods.begin(), donor.periods.end(), period) -
                                          donor.periods.begin());
    if (after == donor.periods.size() ||
        (after > 0 && period - donor.periods[after - 1] <= donor.periods[after] - period)) {
      --after;
    }
    const double u = donor.probabilities[after];
    probabilities[row] = complement[unit] != 0 ? 1.0 - u : u;
  }
}

void DrawIndependent(std::int64_t seed, std::int64_t stream, const std::vector<std::size_t>& names,
                     std::vector<double>& probabilities) {
  probabilities.resize(names.size());
  for (std::size_t row = 0; row < names.size(); ++row) {
    probabilities[row] = numeric::UniformDraw(seed, stream, static_cast<std::int64_t>(names[row]));
  }
}

}  // namespace farrell::regression
