#include "services/reporting/engine/ranking.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace farrell::reporting {

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
    if (score >= 1 - kScoreTie) ++unit.efficient_count;
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
    while (end < units.size() && units[end].mean && *units[begin].mean - *units[end].mean <= kScoreTie) ++end;
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

std::vector<RankedUnit> ShownUnits(std::vector<RankedUnit> units, std::size_t most, std::string& note,
                                   const Words& words) {
  if (units.size() <= most) return units;
  const std::size_t head = most / 2;
  const std::size_t tail = most - head;
  note = words("Shown are the first {1} and the last {2} of {3} units.",
               {std::to_string(head), std::to_string(tail), std::to_string(units.size())});
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

std::string ReturnsWords(const std::string& rts, const Words& words) {
  if (rts == "vrs") return words("variable returns to scale");
  if (rts == "nirs") return words("non-increasing returns to scale");
  if (rts == "ndrs") return words("non-decreasing returns to scale");
  if (rts.starts_with("grs:")) return words("a sum of weights within [{1}]", {rts.substr(4)});
  return words("constant returns to scale");
}

std::string FrontierWords(const std::string& frontier, const Words& words) {
  std::string scheme = frontier;
  std::string group;
  if (const std::size_t at = frontier.find("group:"); at != std::string::npos) {
    group = frontier.substr(at + 6);
    scheme = at == 0 ? "contemporaneous" : frontier.substr(0, at - 1);
  }
  std::string described;
  if (scheme == "global") {
    described = words("one frontier over all periods (global)");
  } else if (scheme == "sequential") {
    described = words("frontier of all periods so far (sequential)");
  } else if (scheme == "biennial") {
    described = words("frontier of a period and the next (biennial)");
  } else if (scheme.rfind("window:", 0) == 0) {
    described = words("frontier of a window of {1} periods", {scheme.substr(7)});
  } else {
    described = words("one frontier a period (contemporaneous)");
  }
  return group.empty() ? described : words("{1}, within each {2}", {described, group});
}

std::string DescribeModel(const DeaFacts& dea, const Words& words) {
  std::vector<std::string> clauses;
  if (dea.model != "radial") clauses.push_back(dea.model);
  clauses.push_back(dea.orientation == "none"     ? words("non-oriented")
                    : dea.orientation == "output" ? words("output-oriented")
                    : dea.orientation == "input"  ? words("input-oriented")
                                                  : words("{1}-oriented", {dea.orientation}));
  clauses.push_back(ReturnsWords(dea.rts, words));
  clauses.push_back(FrontierWords(dea.frontier, words));
  return words.Clauses(clauses);
}

}  // namespace farrell::reporting
