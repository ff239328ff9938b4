#include "services/dea/engine/certificate.h"

#include <algorithm>
#include <cmath>

namespace farrell::dea {
namespace {

// Collects constraint values with the size of their terms.
class Row {
 public:
  void Add(double term) {
    sum_ += term;
    size_ += std::abs(term);
  }
  // |sum| or the wrong-signed part of it, relative to the terms.
  double Equality() const { return size_ > 0 ? std::abs(sum_) / size_ : 0; }
  double AtLeastZero() const { return size_ > 0 ? std::max(-sum_, 0.0) / size_ : 0; }
  double sum() const { return sum_; }

 private:
  double sum_ = 0;
  double size_ = 0;
};

double Negative(const std::vector<double>& values) {
  // A sign has no scale of its own: any negative value counts in full.
  return std::any_of(values.begin(), values.end(), [](double value) { return !(value >= 0); }) ? 1.0 : 0.0;
}

double PrimalViolation(const Observations& data, std::int32_t row, ReturnsToScale rts, bool input,
                       const UnitScore& score) {
  double worst = std::max(Negative(score.input_slacks), Negative(score.output_slacks));
  const double* own = data.row(static_cast<std::size_t>(row));
  for (int i = 0; i < data.dimension(); ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const bool is_input = i < data.input_count;
    Row balance;
    for (const Peer& peer : score.peers) balance.Add(peer.weight * data.row(static_cast<std::size_t>(peer.row))[i]);
    if (is_input)
      balance.Add(score.input_slacks[at]);
    else
      balance.Add(-score.output_slacks[at - static_cast<std::size_t>(data.input_count)]);
    balance.Add(-own[i] * (is_input == input ? score.farrell : 1.0));
    worst = std::max(worst, balance.Equality());
  }
  Row sum;
  for (const Peer& peer : score.peers) {
    sum.Add(peer.weight);
    if (!(peer.weight > 0)) worst = 1;
  }
  sum.Add(-1);
  switch (rts) {
    case ReturnsToScale::kCrs:
    case ReturnsToScale::kGrs: break;
    case ReturnsToScale::kVrs: worst = std::max(worst, sum.Equality()); break;
    case ReturnsToScale::kNirs: worst = std::max(worst, sum.sum() > 0 ? sum.Equality() : 0.0); break;
    case ReturnsToScale::kNdrs: worst = std::max(worst, sum.AtLeastZero()); break;
  }
  return worst;
}

double DualViolation(const Observations& data, std::int32_t row, const ReferenceMatrix& reference, ReturnsToScale rts,
                     bool input, const UnitScore& score) {
  double worst = std::max(Negative(score.input_prices), Negative(score.output_prices));
  // More weight may be worth something only where the technology limits it: w <= 0 under NIRS in the minimising program
  // of the input orientation, w >= 0 under NDRS; the maximising program of the output orientation turns both signs.
  const double w = input ? score.scale_price : -score.scale_price;
  if (rts == ReturnsToScale::kCrs && w != 0) worst = 1;
  if (rts == ReturnsToScale::kNirs && w > 0) worst = 1;
  if (rts == ReturnsToScale::kNdrs && w < 0) worst = 1;

  const double* own = data.row(static_cast<std::size_t>(row));
  Row normalisation;
  normalisation.Add(-1);
  const std::vector<double>& fixed = input ? score.input_prices : score.output_prices;
  const int first = input ? 0 : data.input_count;
  for (std::size_t i = 0; i < fixed.size(); ++i) normalisation.Add(fixed[i] * own[static_cast<std::size_t>(first) + i]);
  worst = std::max(worst, normalisation.Equality());

  for (std::size_t j = 0; j < reference.size(); ++j) {
    Row profit;
    for (int i = 0; i < data.input_count; ++i)
      profit.Add(score.input_prices[static_cast<std::size_t>(i)] * reference.row(i)[j]);
    for (int r = 0; r < data.output_count; ++r) {
      profit.Add(-score.output_prices[static_cast<std::size_t>(r)] * reference.row(data.input_count + r)[j]);
    }
    profit.Add(-w);
    worst = std::max(worst, profit.AtLeastZero());
  }
  return worst;
}

}  // namespace

Certificate Certify(const Observations& data, std::int32_t row, const ReferenceMatrix& reference, ReturnsToScale rts,
                    Orientation orientation, const UnitScore& score) {
  const bool input = orientation == Orientation::kInput;
  Certificate certificate;
  certificate.primal = score.farrell;
  const double* own = data.row(static_cast<std::size_t>(row));
  const std::vector<double>& prices = input ? score.output_prices : score.input_prices;
  const int first = input ? data.input_count : 0;
  certificate.dual = score.scale_price;
  for (std::size_t i = 0; i < prices.size(); ++i)
    certificate.dual += prices[i] * own[static_cast<std::size_t>(first) + i];
  certificate.gap = std::abs(certificate.primal - certificate.dual) / std::max(1.0, std::abs(certificate.primal));
  certificate.max_violation =
      std::max(PrimalViolation(data, row, rts, input, score), DualViolation(data, row, reference, rts, input, score));
  return certificate;
}

bool IsCertified(const UnitScore& score) {
  const Certificate& certificate = score.certificate;
  const double size = std::max({1.0, std::abs(certificate.primal), std::abs(score.scale_price)});
  return std::abs(certificate.primal - certificate.dual) <= kCertified * size &&
         certificate.max_violation <= kCertified;
}

}  // namespace farrell::dea
