#include "services/reporting/engine/ranking.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace farrell::reporting {
namespace {

constexpr double kTie = 1e-9;

std::string ReturnsWords(const std::string& rts) {
  if (rts == "vrs") return "variable returns to scale";
  if (rts == "nirs") return "non-increasing returns to scale";
  if (rts == "ndrs") return "non-decreasing returns to scale";
  if (rts.starts_with("grs:")) return "a sum of weights within [" + rts.substr(4) + "]";
  return "constant returns to scale";
}

std::string FrontierWords(const std::string& frontier) {
  std::string scheme = frontier;
  std::string group;
  if (const std::size_t at = frontier.find("group:"); at != std::string::npos) {
    group = frontier.substr(at + 6);
    scheme = at == 0 ? "contemporaneous" : frontier.substr(0, at - 1);
  }
  std::string words;
  if (scheme == "global") {
    words = "one frontier over all periods (global)";
  } else if (scheme == "sequential") {
    words = "frontier of all periods so far (sequential)";
  } else if (scheme == "biennial") {
    words = "frontier of a period and the next (biennial)";
  } else if (scheme.rfind("window:", 0) == 0) {
    words = "frontier of a window of " + scheme.substr(7) + " periods";
  } else {
    words = "one frontier a period (contemporaneous)";
  }
  return group.empty() ? words : words + ", within each " + group;
}

}  // namespace

std::vector<RankedUnit> RankUnits(const DeaFacts& dea) {
  std::map<std::string, RankedUnit> by_unit;
  std::map<std::string, double> sums;
  std::map<std::string, std::int64_t> judged;
  const std::vector<std::int64_t> periods = ScoredPeriods(dea);
  for (const ScoreFacts& row : dea.scores) {
    if (row.status == ScoreStatus::kReferenceOnly) continue;
    RankedUnit& unit = by_unit[row.unit];
    unit.unit = row.unit;
    if (!row.score) continue;
    const double score = *row.score;
    if (!row.time || *row.time == periods.front()) unit.first = score;
    if (!row.time || *row.time == periods.back()) unit.last = score;
    unit.min = unit.min ? std::min(*unit.min, score) : score;
    unit.max = unit.max ? std::max(*unit.max, score) : score;
    sums[row.unit] += score;
    ++unit.scored_count;
    if (score >= 1 - kTie) ++unit.efficient_count;
    if (!row.time || *row.time == periods.back()) {
      unit.last_peers = row.peers;
      unit.own_peer = row.peers.size() == 1 && row.peers.front().unit == row.unit && row.peers.front().time == row.time;
    }
    std::set<std::string> others;
    for (const PeerFacts& peer : row.peers) {
      if (peer.unit != row.unit) others.insert(peer.unit);
    }
    for (const std::string& other : others) ++judged[other];
  }
  std::vector<RankedUnit> units;
  for (auto& [name, unit] : by_unit) {
    if (unit.scored_count > 0) unit.mean = sums[name] / static_cast<double>(unit.scored_count);
    const auto found = judged.find(name);
    unit.judged_count = found == judged.end() ? 0 : found->second;
    units.push_back(std::move(unit));
  }
  std::stable_sort(units.begin(), units.end(), [](const RankedUnit& a, const RankedUnit& b) {
    if (a.mean.has_value() != b.mean.has_value()) return a.mean.has_value();
    return a.mean && *a.mean > *b.mean;
  });
  // A run of units tied with its first member shares a rank and stands in order of name.
  for (std::size_t begin = 0; begin < units.size() && units[begin].mean;) {
    std::size_t end = begin + 1;
    while (end < units.size() && units[end].mean && *units[begin].mean - *units[end].mean <= kTie) ++end;
    std::sort(units.begin() + static_cast<std::ptrdiff_t>(begin), units.begin() + static_cast<std::ptrdiff_t>(end),
              [](const RankedUnit& a, const RankedUnit& b) { return a.unit < b.unit; });
    for (std::size_t i = begin; i < end; ++i) {
      units[i].rank = static_cast<int>(begin) + 1;
      units[i].tied = end - begin > 1;
    }
    begin = end;
  }
  return units;
}

std::vector<RankedUnit> ShownUnits(std::vector<RankedUnit> units, std::size_t most, std::string& note) {
  if (units.size() <= most) return units;
  const std::size_t head = most / 2;
  const std::size_t tail = most - head;
  note = "Shown are the first " + std::to_string(head) + " and the last " + std::to_string(tail) + " of " +
         std::to_string(units.size()) + " units.";
  units.erase(units.begin() + static_cast<std::ptrdiff_t>(head), units.end() - static_cast<std::ptrdiff_t>(tail));
  return units;
}

std::vector<std::int64_t> ScoredPeriods(const DeaFacts& dea) {
  std::set<std::int64_t> periods;
  for (const ScoreFacts& row : dea.scores) {
    if (row.score && row.time) periods.insert(*row.time);
  }
  return {periods.begin(), periods.end()};
}

std::string DescribeModel(const DeaFacts& dea) {
  const std::string model = dea.model == "radial" ? "" : dea.model + ", ";
  return model + (dea.orientation == "none" ? "non-oriented, " : dea.orientation + "-oriented, ") +
         ReturnsWords(dea.rts) + ", " + FrontierWords(dea.frontier);
}

}  // namespace farrell::reporting
