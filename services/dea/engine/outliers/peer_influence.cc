#include "services/dea/engine/outliers/peer_influence.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <tuple>

namespace farrell::dea {
namespace {

std::vector<std::int32_t> Without(const std::vector<std::int32_t>& members, std::int32_t left_out) {
  std::vector<std::int32_t> rest;
  rest.reserve(members.size());
  std::copy_if(members.begin(), members.end(), std::back_inserter(rest),
               [left_out](std::int32_t member) { return member != left_out; });
  return rest;
}

}  // namespace

PeerInfluences::PeerInfluences(const Observations& data, const ReferenceSets& sets,
                               const std::vector<UnitScore>& scores)
    : data_(data), sets_(sets), scores_(scores) {
  // (peer, set, unit), each once.
  std::vector<std::tuple<std::int32_t, std::int32_t, std::int32_t>> links;
  for (std::size_t at = 0; at < scores.size(); ++at) {
    const std::int32_t set = sets.set_of_row[at];
    if (scores[at].status != UnitStatus::kOptimal || set == ReferenceSets::kNone) continue;
    const auto unit = static_cast<std::int32_t>(at);
    for (const std::vector<Peer>* list : {&scores[at].peers, &scores[at].abated_peers}) {
      for (const Peer& peer : *list) {
        if (peer.row != unit) links.emplace_back(peer.row, set, unit);
      }
    }
  }
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  for (const auto& [peer, set, unit] : links) {
    if (peers_.empty() || peers_.back() != peer) {
      peers_.push_back(peer);
      dependents_.emplace_back();
    }
    dependents_.back().push_back(unit);
  }
}

std::int64_t PeerInfluences::problem_count() const {
  std::int64_t count = 0;
  for (const std::vector<std::int32_t>& units : dependents_) count += static_cast<std::int64_t>(units.size());
  return count;
}

PeerInfluence PeerInfluences::Measure(std::size_t index, const Scorer& scorer, const std::stop_token& stop) const {
  PeerInfluence influence;
  influence.row = peers_[index];
  std::int32_t set = ReferenceSets::kNone;
  std::unique_ptr<ReferenceMatrix> reference;
  for (const std::int32_t unit : dependents_[index]) {
    if (stop.stop_requested()) return influence;
    const auto at = static_cast<std::size_t>(unit);
    if (sets_.set_of_row[at] != set) {
      set = sets_.set_of_row[at];
      reference =
          std::make_unique<ReferenceMatrix>(data_, Without(sets_.sets[static_cast<std::size_t>(set)], influence.row));
    }
    const UnitScore score = scorer(unit, *reference);
    ScoreChange change{unit, score.status, scores_[at].score, 0};
    if (score.status == UnitStatus::kOptimal) change.after = score.score;
    influence.changes.push_back(change);
  }
  std::sort(influence.changes.begin(), influence.changes.end(),
            [](const ScoreChange& a, const ScoreChange& b) { return a.row < b.row; });
  for (const ScoreChange& change : influence.changes) {
    if (change.status != UnitStatus::kOptimal) {
      ++influence.lost_count;
      continue;
    }
    influence.sum_change += change.change();
    if (std::abs(change.change()) > std::abs(influence.largest_change)) influence.largest_change = change.change();
  }
  const auto measured = static_cast<std::int64_t>(influence.changes.size()) - influence.lost_count;
  if (measured > 0) influence.mean_change = influence.sum_change / static_cast<double>(measured);
  return influence;
}

}  // namespace farrell::dea
