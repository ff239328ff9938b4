#include "services/dea/engine/outliers/wilson.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "common/numeric/elementary.h"
#include "services/dea/engine/precision.h"

namespace farrell::dea {
namespace {

// A column shorter than this beside its own length is a combination of those before it.
constexpr double kDependent = 1e-10;
// A smaller share of the volume is no volume. The search, which rounds, gives up a branch a little later than that;
// what is reported is computed anew.
constexpr double kNoVolume = 1e-13;
constexpr double kHopeless = kNoVolume / 2;
constexpr double kRounding = 1e-12;

std::string NameOf(const Observations& data, int measure) {
  if (data.is_input(measure)) return "input " + std::to_string(measure + 1);
  measure -= data.input_count;
  if (measure < data.output_count) return "output " + std::to_string(measure + 1);
  return "bad output " + std::to_string(measure - data.output_count + 1);
}

Quad SquareRoot(Quad value) {
  // Newton from the double root doubles its digits.
  const Quad start = std::sqrt(static_cast<double>(value));
  return start > 0 ? (start + value / start) / 2 : start;
}

// Orthonormal rows: row j belongs to member j, and H_jk is the product of rows j and k.
class Leverages {
 public:
  // By modified Gram-Schmidt; what columns close to dependent lose, the digits of Quad make up for. Returns the first
  // dependent measure, or -1, also when stopped.
  int Orthogonalise(const Observations& data, const std::vector<std::int32_t>& members, const std::stop_token& stop) {
    count_ = members.size();
    dimension_ = static_cast<std::size_t>(data.dimension());
    exact_.resize(count_ * dimension_);
    for (std::size_t i = 0; i < dimension_; ++i) {
      Quad original = 0;
      for (std::size_t j = 0; j < count_; ++j) {
        exact_[At(j, i)] = data.row(static_cast<std::size_t>(members[j]))[i];
        original += exact_[At(j, i)] * exact_[At(j, i)];
      }
      for (std::size_t before = 0; before < i; ++before) {
        if (stop.stop_requested()) return -1;
        const Quad share = ColumnProduct(before, i);
        for (std::size_t j = 0; j < count_; ++j) exact_[At(j, i)] -= share * exact_[At(j, before)];
      }
      const Quad left = ColumnProduct(i, i);
      if (!(left > original * Quad(kDependent * kDependent))) return static_cast<int>(i);
      const Quad length = SquareRoot(left);
      for (std::size_t j = 0; j < count_; ++j) exact_[At(j, i)] /= length;
    }
    rounded_.assign(exact_.begin(), exact_.end());
    return -1;
  }

  std::size_t count() const { return count_; }
  std::size_t dimension() const { return dimension_; }
  const double* row(std::size_t j) const { return rounded_.data() + j * dimension_; }

  // R of a subset, by elimination in I - H_LL.
  double Ratio(const std::vector<std::size_t>& subset) const {
    const std::size_t k = subset.size();
    std::vector<Quad> matrix(k * k);
    for (std::size_t a = 0; a < k; ++a) {
      for (std::size_t b = 0; b < k; ++b) {
        Quad sum = a == b ? 1 : 0;
        for (std::size_t i = 0; i < dimension_; ++i) sum -= exact_[At(subset[a], i)] * exact_[At(subset[b], i)];
        matrix[a * k + b] = sum;
      }
    }
    Quad ratio = 1;
    for (std::size_t p = 0; p < k; ++p) {
      const Quad pivot = matrix[p * k + p];
      ratio *= pivot;
      if (!(ratio > Quad(kNoVolume))) return 0;
      for (std::size_t a = p + 1; a < k; ++a) {
        const Quad factor = matrix[a * k + p] / pivot;
        for (std::size_t b = p + 1; b < k; ++b) matrix[a * k + b] -= factor * matrix[p * k + b];
      }
    }
    return static_cast<double>(ratio);
  }

 private:
  std::size_t At(std::size_t j, std::size_t i) const { return j * dimension_ + i; }
  Quad ColumnProduct(std::size_t a, std::size_t b) const {
    Quad sum = 0;
    for (std::size_t j = 0; j < count_; ++j) sum += exact_[At(j, a)] * exact_[At(j, b)];
    return sum;
  }

  std::size_t count_ = 0;
  std::size_t dimension_ = 0;
  std::vector<Quad> exact_;
  std::vector<double> rounded_;
};

struct Found {
  double ratio = 0;
  std::vector<std::size_t> subset;  // ascending
  bool operator<(const Found& other) const {
    return ratio != other.ratio ? ratio < other.ratio : subset < other.subset;
  }
};

// The best subsets of one size met so far.
class Shortlist {
 public:
  explicit Shortlist(std::size_t capacity) : capacity_(capacity) {}
  // A ratio that may still enter is at most this.
  double limit() const { return found_.size() < capacity_ ? 2.0 : found_.back().ratio; }
  void Offer(double ratio, const std::vector<std::size_t>& subset, std::size_t last) {
    if (ratio > limit()) return;
    Found entry{ratio, subset};
    entry.subset.push_back(last);
    std::sort(entry.subset.begin(), entry.subset.end());
    found_.insert(std::lower_bound(found_.begin(), found_.end(), entry), std::move(entry));
    if (found_.size() > capacity_) found_.pop_back();
  }
  const std::vector<Found>& found() const { return found_; }

 private:
  std::size_t capacity_;
  std::vector<Found> found_;
};

// The members that may join a subset, most leverage first, given that the subset is gone; and the inverse of what is
// left of Q'Q.
struct Node {
  std::vector<std::size_t> subset;
  double ratio = 1;
  std::vector<double> inverse;  // d x d
  std::vector<std::pair<double, std::size_t>> candidates;

  void Sort() {
    std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
  }
};

class Search {
 public:
  Search(const Leverages& leverages, const WilsonOptions& options, const std::stop_token& stop)
      : leverages_(leverages),
        stop_(stop),
        shortlists_(static_cast<std::size_t>(options.largest_subset),
                    Shortlist(static_cast<std::size_t>(options.kept_count))) {}

  // False when stopped or over the limit.
  bool Run() { return Descend(Root()); }
  const std::vector<Found>& found(std::size_t size) const { return shortlists_[size - 1].found(); }
  std::int64_t steps() const { return steps_; }

 private:
  Node Root() const {
    const std::size_t d = leverages_.dimension();
    Node root;
    root.inverse.assign(d * d, 0.0);
    for (std::size_t i = 0; i < d; ++i) root.inverse[i * d + i] = 1;
    for (std::size_t j = 0; j < leverages_.count(); ++j) {
      const double* row = leverages_.row(j);
      root.candidates.emplace_back(std::inner_product(row, row + d, row, 0.0), j);
    }
    root.Sort();
    return root;
  }

  // The node without the candidate at `position` too; its candidates are those behind it.
  Node Without(const Node& node, std::size_t position) {
    const std::size_t d = leverages_.dimension();
    const auto [leverage, member] = node.candidates[position];
    const double left = 1 - leverage;
    Node child;
    child.subset = node.subset;
    child.subset.push_back(member);
    child.ratio = node.ratio * left;
    // Sherman & Morrison (1950).
    std::vector<double> direction(d);
    const double* row = leverages_.row(member);
    for (std::size_t i = 0; i < d; ++i)
      direction[i] = std::inner_product(row, row + d, node.inverse.begin() + static_cast<std::ptrdiff_t>(i * d), 0.0);
    child.inverse = node.inverse;
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t k = 0; k < d; ++k) child.inverse[i * d + k] += direction[i] * direction[k] / left;
    }
    child.candidates.reserve(node.candidates.size());
    for (std::size_t p = position + 1; p < node.candidates.size(); ++p) {
      const auto [before, j] = node.candidates[p];
      const double common = std::inner_product(direction.begin(), direction.end(), leverages_.row(j), 0.0);
      child.candidates.emplace_back(std::min(before + common * common / left, 1.0), j);
    }
    child.Sort();
    steps_ += static_cast<std::int64_t>(child.candidates.size());
    return child;
  }

  // Offers every extension by one member that can matter, then follows those that may lead to a kept larger subset.
  bool Descend(const Node& node) {
    if (stop_.stop_requested() || steps_ > kMostWilsonSteps) return false;
    const std::size_t size = node.subset.size() + 1;
    OfferAll(node);
    for (std::size_t p = 0; p < node.candidates.size(); ++p) {
      // Whatever contains a subset without which there is no volume is of no more interest.
      if (node.ratio * (1 - node.candidates[p].first) <= kHopeless) continue;
      if (!MayMatter(node, p, size)) break;
      if (!Descend(Without(node, p))) return false;
    }
    return true;
  }

  void OfferAll(const Node& node) {
    Shortlist& shortlist = shortlists_[node.subset.size()];
    for (const auto& [leverage, member] : node.candidates) {
      double ratio = node.ratio * (1 - leverage);
      if (ratio <= kHopeless) ratio = 0;
      if (ratio > shortlist.limit()) break;
      shortlist.Offer(ratio, node.subset, member);
    }
  }

  // Whether some larger subset of the node, the candidate and ones behind it may be among the best of its size.
  bool MayMatter(const Node& node, std::size_t position, std::size_t size) const {
    double trace = node.candidates[position].first;
    for (std::size_t larger = size + 1; larger <= shortlists_.size(); ++larger) {
      const std::size_t next = position + (larger - size);
      if (next >= node.candidates.size()) return false;
      trace += node.candidates[next].first;
      if (node.ratio * (1 - trace) <= shortlists_[larger - 1].limit() * (1 + kRounding)) return true;
    }
    return false;
  }

  const Leverages& leverages_;
  const std::stop_token& stop_;
  std::vector<Shortlist> shortlists_;
  std::int64_t steps_ = 0;
};

Status Check(const Observations& data, const std::vector<std::int32_t>& members, const WilsonOptions& options) {
  Violations violations;
  if (options.largest_subset < 1 || options.largest_subset > 12)
    violations.Add("largest_subset", "must be from 1 to 12, is " + std::to_string(options.largest_subset));
  if (options.kept_count < 1 || options.kept_count > 1000)
    violations.Add("kept_count", "must be from 1 to 1000, is " + std::to_string(options.kept_count));
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the search for outliers is not valid"));
  const std::size_t needed =
      static_cast<std::size_t>(options.largest_subset) + static_cast<std::size_t>(data.dimension());
  if (members.size() < needed) {
    return FailedPrecondition("TOO_FEW_ROWS", std::to_string(members.size()) + " rows with " +
                                                  std::to_string(data.dimension()) + " measures leave no volume when " +
                                                  std::to_string(options.largest_subset) +
                                                  " are deleted; lower largest_subset or take more rows (at least " +
                                                  std::to_string(needed) + ")");
  }
  return Status::Ok();
}

// The subsets of one size with their ratios computed anew.
std::vector<DeletedSubset> Report(const Leverages& leverages, const std::vector<std::int32_t>& members,
                                  const std::vector<Found>& found, std::size_t kept) {
  std::vector<Found> exact;
  for (const Found& entry : found) exact.push_back({leverages.Ratio(entry.subset), entry.subset});
  std::sort(exact.begin(), exact.end());
  std::vector<DeletedSubset> subsets;
  for (const Found& entry : exact) {
    if (subsets.size() == kept || (exact[0].ratio == 0 && entry.ratio > 0)) break;
    DeletedSubset subset;
    for (const std::size_t member : entry.subset) subset.rows.push_back(members[member]);
    subset.ratio = entry.ratio;
    subset.log_ratio = entry.ratio > 0 ? numeric::Log(entry.ratio / exact[0].ratio) : 0;
    subsets.push_back(std::move(subset));
  }
  return subsets;
}

}  // namespace

Result<WilsonOutliers> FindWilsonOutliers(const Observations& data, const std::vector<std::int32_t>& members,
                                          const WilsonOptions& options, const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(Check(data, members, options));
  Leverages leverages;
  const int dependent = leverages.Orthogonalise(data, members, stop);
  if (stop.stop_requested()) return Cancelled();
  if (dependent >= 0) {
    return FailedPrecondition("COLUMNS_DEPENDENT", NameOf(data, dependent) +
                                                       " is zero or a linear combination of the measures before it, so "
                                                       "the data have no volume; leave it out");
  }
  Search search(leverages, options, stop);
  if (!search.Run()) {
    if (stop.stop_requested()) return Cancelled();
    return Status(Code::kResourceExhausted, "SEARCH_TOO_LARGE",
                  "the search for the " + std::to_string(options.largest_subset) + " most atypical of " +
                      std::to_string(members.size()) + " units together is too large; lower largest_subset");
  }
  WilsonOutliers outliers;
  outliers.steps = search.steps();
  for (std::size_t size = 1; size <= static_cast<std::size_t>(options.largest_subset); ++size) {
    outliers.sizes.push_back(
        Report(leverages, members, search.found(size), static_cast<std::size_t>(options.kept_count)));
    if (outliers.sizes.back()[0].ratio == 0) break;
  }
  return outliers;
}

}  // namespace farrell::dea
