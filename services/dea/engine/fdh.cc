#include "services/dea/engine/fdh.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "services/dea/engine/certificate.h"
#include "services/dea/engine/precision.h"

namespace farrell::dea {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kTie = Precision<double>::kTie;
constexpr double kZero = Precision<double>::kZero;
constexpr double kSlackTie = Precision<double>::kSlackTie;
constexpr std::size_t kBlock = ReferenceMatrix::kBlock;
using Block = std::array<double, kBlock>;

// One measure of the evaluated unit at level t: its target is base - move t where less is better, base + move t where
// more is. All three scores maximise t: -theta, phi or beta.
struct Goal {
  bool more_is_better;
  double base;
  double move;
  // What is rounding beside its terms is 0.
  double Target(double t) const {
    const double target = more_is_better ? base + move * t : base - move * t;
    return std::abs(target) <= kZero * std::abs(base) ? 0 : target;
  }
};

struct Question {
  std::vector<Goal> goals;  // one per measure
  double smallest_factor = 1;
  double largest_factor = 1;
  bool scaled() const { return smallest_factor != largest_factor; }
};

Question Ask(const Observations& data, std::int32_t row, const FdhModel& model, const std::vector<double>& direction) {
  const double* own = data.row(static_cast<std::size_t>(row));
  Question question;
  for (int i = 0; i < data.dimension(); ++i) {
    Goal goal{data.is_output(i), own[i], 0};
    const bool fixed = std::binary_search(model.fixed.begin(), model.fixed.end(), i);
    if (model.measure == FdhMeasure::kDirectional) {
      goal.move = direction[static_cast<std::size_t>(i)];
    } else if (!fixed && data.is_output(i) == (model.measure == FdhMeasure::kOutput)) {
      goal.base = 0;
      goal.move = own[i];
    }
    question.goals.push_back(goal);
  }
  switch (model.rts) {
    case ReturnsToScale::kCrs: question.smallest_factor = 0, question.largest_factor = kInfinite; break;
    case ReturnsToScale::kVrs: break;
    case ReturnsToScale::kNirs: question.smallest_factor = 0; break;
    case ReturnsToScale::kNdrs: question.largest_factor = kInfinite; break;
    case ReturnsToScale::kGrs:
      question.smallest_factor = model.weight_sum_low;
      question.largest_factor = model.weight_sum_high;
      break;
  }
  return question;
}

// What the unit asks of every unit of a block at once, without branches.
class Enumeration {
 public:
  Enumeration(const Question& question, const ReferenceMatrix& reference)
      : question_(question), reference_(reference) {}

  // The best level of each unit of the block that begins at `first`; -infinity where it dominates at none.
  void Evaluate(std::size_t first) {
    level_.fill(kInfinite);
    low_.fill(question_.smallest_factor);
    high_.fill(question_.largest_factor);
    reachable_.fill(true);
    if (question_.scaled()) {
      BoundFactors(first);
    } else {
      CheckFixed(first);
    }
    LimitByEnds(first);
    if (question_.scaled()) LimitByPairs(first);
    for (std::size_t k = 0; k < kBlock; ++k) level_[k] = reachable_[k] ? level_[k] : -kInfinite;
  }
  const Block& levels() const { return level_; }

 private:
  const double* Values(std::size_t i, std::size_t first) const { return reference_.row(static_cast<int>(i)) + first; }

  // Fixed measures of unscaled peers are compared as they are, so that any sign will do.
  void CheckFixed(std::size_t first) {
    for (std::size_t i = 0; i < question_.goals.size(); ++i) {
      const Goal& goal = question_.goals[i];
      if (goal.move > 0) continue;
      const double* values = Values(i, first);
      const double sign = goal.more_is_better ? -1 : 1;
      const double limit = sign * goal.base + kTie * std::abs(goal.base);
      for (std::size_t k = 0; k < kBlock; ++k) reachable_[k] = reachable_[k] && sign * values[k] <= limit;
    }
  }

  // Fixed measures leave the factors of an interval.
  void BoundFactors(std::size_t first) {
    for (std::size_t i = 0; i < question_.goals.size(); ++i) {
      const Goal& goal = question_.goals[i];
      if (goal.move > 0) continue;
      const double* values = Values(i, first);
      if (goal.more_is_better) {
        const double of_nothing = goal.base > 0 ? kInfinite : 0;
        for (std::size_t k = 0; k < kBlock; ++k) {
          low_[k] = std::max(low_[k], values[k] > 0 ? goal.base / values[k] : of_nothing);
        }
      } else {
        for (std::size_t k = 0; k < kBlock; ++k) {
          high_[k] = values[k] > 0 ? std::min(high_[k], goal.base / values[k]) : high_[k];
        }
      }
    }
    for (std::size_t k = 0; k < kBlock; ++k) {
      reachable_[k] = low_[k] < kInfinite && low_[k] <= high_[k] * (1 + kTie);
      // An interval that is empty by rounding alone is a point of the technology.
      const double least = std::min(low_[k], question_.largest_factor);
      low_[k] = std::max(std::min(low_[k], high_[k]), question_.smallest_factor);
      high_[k] = std::max(high_[k], least);
    }
  }

  // Less is better: the level is highest at the smallest factor. More is better: at the largest.
  void LimitByEnds(std::size_t first) {
    for (std::size_t i = 0; i < question_.goals.size(); ++i) {
      const Goal& goal = question_.goals[i];
      if (!(goal.move > 0)) continue;
      const double* values = Values(i, first);
      if (goal.more_is_better) {
        for (std::size_t k = 0; k < kBlock; ++k) {
          const double most = values[k] != 0 ? values[k] * high_[k] : 0;
          level_[k] = std::min(level_[k], (most - goal.base) / goal.move);
        }
      } else {
        for (std::size_t k = 0; k < kBlock; ++k) {
          level_[k] = std::min(level_[k], (goal.base - values[k] * low_[k]) / goal.move);
        }
      }
    }
  }

  // Two measures that pull the factor apart meet at one level (the vertices of the dual of this program in level and
  // factor).
  void LimitByPairs(std::size_t first) {
    for (std::size_t i = 0; i < question_.goals.size(); ++i) {
      const Goal& less = question_.goals[i];
      if (less.more_is_better || !(less.move > 0)) continue;
      for (std::size_t r = 0; r < question_.goals.size(); ++r) {
        const Goal& more = question_.goals[r];
        if (!more.more_is_better || !(more.move > 0)) continue;
        const double* x = Values(i, first);
        const double* y = Values(r, first);
        // In proportions of each measure's own move, so that products stay within range.
        const double x_base = less.base / less.move;
        const double y_base = more.base / more.move;
        for (std::size_t k = 0; k < kBlock; ++k) {
          const double down = x[k] / less.move;
          const double up = y[k] / more.move;
          const double slopes = down + up;
          const double share = slopes > 0 ? up / slopes : 0;
          const double meeting = slopes > 0 ? x_base * share - y_base * (1 - share) : kInfinite;
          level_[k] = std::min(level_[k], meeting);
        }
      }
    }
  }

  const Question& question_;
  const ReferenceMatrix& reference_;
  Block level_;
  Block low_;
  Block high_;
  std::array<bool, kBlock> reachable_;
};

// A unit of the reference set at its best level.
struct Candidate {
  std::size_t column = 0;
  double level = 0;
};

struct Comparison {
  double factor = 1;
  bool factor_unique = true;
  std::vector<double> slacks;  // one per measure
  double slack_sum = 0;
  double size = 0;  // of the terms of the sum
};

// Slacks of the unit at the level against a peer, with the factor of the largest sum.
Comparison Compare(const Question& question, const ReferenceMatrix& reference, const Candidate& candidate) {
  Comparison comparison;
  const double t = candidate.level;
  const auto value = [&](std::size_t i) { return reference.row(static_cast<int>(i))[candidate.column]; };
  if (question.scaled()) {
    double low = question.smallest_factor;
    double high = question.largest_factor;
    double slope = 0;
    double slope_size = 0;
    for (std::size_t i = 0; i < question.goals.size(); ++i) {
      const Goal& goal = question.goals[i];
      slope += goal.more_is_better ? value(i) : -value(i);
      slope_size += value(i);
      if (!(value(i) > 0)) continue;
      if (goal.more_is_better) {
        low = std::max(low, goal.Target(t) / value(i));
      } else {
        high = std::min(high, goal.Target(t) / value(i));
      }
    }
    low = std::min(low, question.largest_factor);
    high = std::max(high, question.smallest_factor);
    if (high - low <= kTie * low) {
      comparison.factor = low;  // one factor but for rounding
    } else {
      comparison.factor_unique = std::abs(slope) > kSlackTie * slope_size;
      comparison.factor = slope > 0 && comparison.factor_unique ? high : low;
    }
  }
  for (std::size_t i = 0; i < question.goals.size(); ++i) {
    const Goal& goal = question.goals[i];
    const double peer = comparison.factor * value(i);
    const double target = goal.Target(t);
    const double size = std::abs(peer) + std::abs(goal.base) + std::abs(goal.move * t);
    double slack = goal.more_is_better ? peer - target : target - peer;
    if (!(slack > kZero * size)) slack = 0;
    comparison.slacks.push_back(slack);
    comparison.slack_sum += slack;
    comparison.size += size;
  }
  return comparison;
}

// The size against which differences of levels are judged: the level's and the smallest of the terms it is made of.
double LevelSize(const Question& question, double t) {
  double smallest = kInfinite;
  for (const Goal& goal : question.goals) {
    if (goal.move > 0) smallest = std::min(smallest, std::abs(goal.base) / goal.move);
  }
  return std::abs(t) + (smallest < kInfinite ? smallest : 0);
}

double FarrellOf(FdhMeasure measure, double t) { return measure == FdhMeasure::kInput ? 0 - t : t; }
double LevelOf(FdhMeasure measure, double farrell) { return measure == FdhMeasure::kInput ? -farrell : farrell; }

void Report(const Observations& data, const Question& question, const FdhModel& model, const Comparison& comparison,
            double level, std::int32_t peer, UnitScore& result) {
  result.farrell = FarrellOf(model.measure, level);
  if (comparison.factor > 0) result.peers = {{peer, comparison.factor}};
  for (int i = 0; i < data.dimension(); ++i) {
    const Goal& goal = question.goals[static_cast<std::size_t>(i)];
    const double slack = comparison.slacks[static_cast<std::size_t>(i)];
    const double target = goal.Target(level) + (goal.more_is_better ? slack : -slack);
    (data.is_input(i)    ? result.input_slacks
     : data.is_output(i) ? result.output_slacks
                         : result.bad_output_slacks)
        .push_back(slack);
    (data.is_input(i)    ? result.input_targets
     : data.is_output(i) ? result.output_targets
                         : result.bad_output_targets)
        .push_back(target);
  }
  switch (model.measure) {
    case FdhMeasure::kInput: result.measure = Measure::kTheta; break;
    case FdhMeasure::kOutput: result.measure = Measure::kOneOverPhi; break;
    case FdhMeasure::kDirectional: result.measure = Measure::kBeta; break;
  }
  result.score = model.measure == FdhMeasure::kOutput ? 1 / result.farrell : result.farrell;
}

// Whether unit j, scaled as the technology allows, reaches every target at level t.
bool Reaches(const Question& question, const double* values, double t) {
  double low = question.smallest_factor;
  double high = question.largest_factor;
  for (std::size_t i = 0; i < question.goals.size(); ++i) {
    const Goal& goal = question.goals[i];
    const double target = goal.Target(t);
    if (!question.scaled() || values[i] == 0) {
      if (goal.more_is_better ? values[i] < target : values[i] > target) return false;
    } else if (goal.more_is_better) {
      low = std::max(low, target / values[i]);
    } else {
      high = std::min(high, target / values[i]);
    }
  }
  return low <= high;
}

}  // namespace

UnitScore SolveFdh(const Observations& data, std::int32_t row, const ReferenceMatrix& reference, const FdhModel& model,
                   const std::vector<double>& direction, const std::stop_token& stop) {
  UnitScore result;
  const Question question = Ask(data, row, model, direction);
  const int own = reference.Find(row);
  Enumeration enumeration(question, reference);
  double best = -kInfinite;
  double threshold = -kInfinite;
  std::vector<Candidate> candidates;
  for (std::size_t first = 0; first < reference.size(); first += kBlock) {
    if (stop.stop_requested()) return result;
    enumeration.Evaluate(first);
    const std::size_t count = std::min(kBlock, reference.size() - first);
    for (std::size_t k = 0; k < count; ++k) {
      const double level = enumeration.levels()[k];
      if (!(level >= threshold) || level == -kInfinite) continue;
      if (model.exclude_own && static_cast<int>(first + k) == own) continue;
      candidates.push_back({first + k, level});
      if (level <= best) continue;
      best = level;
      threshold = best - kTie * LevelSize(question, best);
    }
  }
  if (best == -kInfinite) {
    result.status = UnitStatus::kInfeasible;
    result.certificate = CertifyFdh(data, row, reference, model, direction, result);
    return result;
  }
  if (best == kInfinite || (model.measure != FdhMeasure::kDirectional && !(FarrellOf(model.measure, best) > 0))) {
    result.status = UnitStatus::kUnbounded;
    result.certificate = CertifyFdh(data, row, reference, model, direction, result);
    return result;
  }

  Candidate chosen;
  Comparison comparison;
  bool found = false;
  for (const Candidate& candidate : candidates) {
    if (candidate.level < threshold) continue;
    Comparison other = Compare(question, reference, candidate);
    const double difference = other.slack_sum - comparison.slack_sum;
    const double tolerance = kSlackTie * std::max(other.size, comparison.size);
    if (found && difference <= tolerance) {
      const bool same_point = other.factor == 0 && comparison.factor == 0;
      if (difference >= -tolerance && !same_point) result.peers_unique = false;
      continue;
    }
    found = true;
    chosen = candidate;
    comparison = std::move(other);
    result.peers_unique = comparison.factor_unique;
  }
  // A score that cannot be told from the unit's own is the unit's own.
  const double own_level = LevelOf(model.measure, model.measure == FdhMeasure::kDirectional ? 0 : 1);
  if (std::abs(chosen.level - own_level) <= kZero * LevelSize(question, own_level)) chosen.level = own_level;
  Report(data, question, model, comparison, chosen.level, reference.members()[chosen.column], result);
  result.certificate = CertifyFdh(data, row, reference, model, direction, result);
  const Certificate& proof = result.certificate;
  if (proof.max_violation <= kCertified && proof.gap <= kCertified) result.status = UnitStatus::kOptimal;
  return result;
}

Certificate CertifyFdh(const Observations& data, std::int32_t row, const ReferenceMatrix& reference,
                       const FdhModel& model, const std::vector<double>& direction, const UnitScore& score) {
  Certificate certificate;
  certificate.kind = CertificateKind::kDominance;
  certificate.primal = certificate.dual = score.farrell;
  certificate.gap = certificate.max_violation = 1;
  const Question question = Ask(data, row, model, direction);
  const auto anyone_reaches = [&](double t) {
    return std::any_of(reference.members().begin(), reference.members().end(), [&](std::int32_t j) {
      return !(model.exclude_own && j == row) && Reaches(question, data.row(static_cast<std::size_t>(j)), t);
    });
  };
  if (score.status == UnitStatus::kInfeasible || score.status == UnitStatus::kUnbounded) {
    // Nobody reaches the least that can be asked; or somebody the most; or nobody any positive phi.
    constexpr double kLeastPhi = 1e-300;
    const bool output = model.measure == FdhMeasure::kOutput;
    const bool proved = score.status == UnitStatus::kInfeasible
                            ? !anyone_reaches(output ? 0 : -kHuge)
                            : anyone_reaches(model.measure == FdhMeasure::kInput ? 0 : kHuge) ||
                                  (output && anyone_reaches(0) && !anyone_reaches(kLeastPhi));
    if (proved) certificate.gap = certificate.max_violation = 0;
    return certificate;
  }
  if (score.peers.size() > 1 || score.input_slacks.size() != static_cast<std::size_t>(data.input_count) ||
      score.output_slacks.size() != static_cast<std::size_t>(data.output_count) ||
      score.bad_output_slacks.size() != static_cast<std::size_t>(data.bad_count)) {
    return certificate;
  }
  const double level = LevelOf(model.measure, score.farrell);
  // Without a peer the point compared with is the origin: any unit, scaled to nothing.
  const Peer peer = score.peers.empty() ? Peer{row, 0} : score.peers[0];
  const bool outside = peer.weight > 0 && (reference.Find(peer.row) < 0 || (model.exclude_own && peer.row == row));
  if (outside || !(peer.weight >= question.smallest_factor) || !(peer.weight <= question.largest_factor)) {
    return certificate;
  }
  certificate.max_violation = 0;
  for (int i = 0; i < data.dimension(); ++i) {
    const Goal& goal = question.goals[static_cast<std::size_t>(i)];
    const double slack =
        data.is_input(i) ? score.input_slacks[static_cast<std::size_t>(i)]
        : data.is_output(i)
            ? score.output_slacks[static_cast<std::size_t>(i - data.input_count)]
            : score.bad_output_slacks[static_cast<std::size_t>(i - data.input_count - data.output_count)];
    const double used = peer.weight * data.row(static_cast<std::size_t>(peer.row))[i];
    const double balance = used + (goal.more_is_better ? -slack : slack) - goal.Target(level);
    const double size = std::abs(used) + slack + std::abs(goal.base) + std::abs(goal.move * level);
    if (!(slack >= 0)) certificate.max_violation = 1;
    if (size > 0) certificate.max_violation = std::max(certificate.max_violation, std::abs(balance) / size);
  }

  const double size = LevelSize(question, level);
  for (int exponent = -50; exponent <= 0; exponent += 3) {
    const double beyond = level + std::ldexp(size, exponent);
    if (anyone_reaches(beyond)) continue;
    certificate.dual = FarrellOf(model.measure, beyond);
    certificate.gap = std::abs(certificate.primal - certificate.dual) / std::max(1.0, std::abs(certificate.primal));
    break;
  }
  return certificate;
}

}  // namespace farrell::dea
