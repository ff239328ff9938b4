#include "services/reporting/engine/diagnostics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/text/number.h"

namespace farrell::reporting {
namespace {

// 1-based ranks, ties with the mean of theirs.
std::vector<double> Ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    const double mean = (static_cast<double>(i) + static_cast<double>(end) + 1) / 2;
    for (; i < end; ++i) ranks[order[i]] = mean;
  }
  return ranks;
}

}  // namespace

std::string FirstSlope(const FitFacts& fit) {
  for (const TermFacts& term : fit.terms) {
    if (term.name != "(Intercept)") return term.name;
  }
  return {};
}

std::string AndersonRubinSet(const InstrumentFacts& instruments, const Words& words) {
  if (instruments.anderson_rubin_empty) return words("empty");
  std::string text;
  for (const InstrumentFacts::Interval& interval : instruments.anderson_rubin_set) {
    if (!text.empty()) text += " ∪ ";
    text += interval.low ? "[" + text::FormatSignificant(*interval.low, 4) : "(-∞";
    text += ", ";
    text += interval.high ? text::FormatSignificant(*interval.high, 4) + "]" : "∞)";
  }
  return text;
}

bool IsUnbounded(const InstrumentFacts& instruments) {
  return std::any_of(instruments.anderson_rubin_set.begin(), instruments.anderson_rubin_set.end(),
                     [](const InstrumentFacts::Interval& interval) { return !interval.low || !interval.high; });
}

std::optional<double> RankCorrelation(const DeaFacts& a, const DeaFacts& b) {
  using Key = std::pair<std::string, std::optional<std::int64_t>>;
  std::map<Key, double> known;
  for (const ScoreFacts& row : a.scores) {
    if (row.score) known.emplace(Key{row.unit, row.time}, *row.score);
  }
  std::vector<double> x;
  std::vector<double> y;
  for (const ScoreFacts& row : b.scores) {
    const auto found = known.find({row.unit, row.time});
    if (!row.score || found == known.end()) continue;
    x.push_back(found->second);
    y.push_back(*row.score);
  }
  if (x.size() < 3) return std::nullopt;
  const std::vector<double> rx = Ranks(x);
  const std::vector<double> ry = Ranks(y);
  const double mean = (static_cast<double>(x.size()) + 1) / 2;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < rx.size(); ++i) {
    xx += (rx[i] - mean) * (rx[i] - mean);
    yy += (ry[i] - mean) * (ry[i] - mean);
    xy += (rx[i] - mean) * (ry[i] - mean);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

}  // namespace farrell::reporting
