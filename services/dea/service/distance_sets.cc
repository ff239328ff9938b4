#include "services/dea/service/distance_sets.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "services/dea/service/action_key.h"
#include "services/dea/service/distance_parts.h"
#include "services/dea/service/reference_names.h"
#include "services/dea/service/unit_store.h"
#include "services/dea/service/work.h"

namespace farrell::dea {
using canonical::Value;

DistanceSets::DistanceSets(const Dataset& dataset, const Productivity& study, double least_seconds) : study_(study) {
  const Panel& panel = dataset.panel;
  const std::string& group_column = dataset.spec.model.frontier.group_column;
  const PanelColumn* group = group_column.empty() ? nullptr : panel.Find(group_column);
  for (const Productivity::Set& set : study.Sets()) {
    const double seconds = static_cast<double>(set.last - set.first) *
                           GuessedProgramSeconds(set.frontier->size(), study.data().dimension());
    if (seconds < least_seconds) continue;
    std::vector<std::size_t> programs(set.last - set.first);
    std::iota(programs.begin(), programs.end(), set.first);
    ScoredSet now{panel, study.data(), *set.technology, *set.formulation, *set.frontier, {}};
    for (const std::size_t program : programs) now.scored.push_back(study.row_of(program));
    const auto member = static_cast<std::size_t>(set.frontier->members().front());
    sets_.push_back({set.first, set.last,
                     FamilyKey({{"spec", Describe(*set.technology)},
                                {"distances", set.frontier_name},
                                {"group", group == nullptr ? Value() : Value(CellText(*group, member))}}),
                     DistancesKey(study, *set.technology, *set.frontier, programs), std::move(now)});
  }
}

Result<std::vector<std::size_t>> DistanceSets::TakeOver(ResultCache& cache, const std::vector<std::size_t>& open,
                                                        const std::stop_token& stop,
                                                        std::vector<Productivity::Score>& scores) const {
  std::vector<std::size_t> left;
  auto next = open.begin();
  for (const Set& set : sets_) {
    const auto begin = std::lower_bound(next, open.end(), set.first);
    const auto end = std::lower_bound(begin, open.end(), set.last);
    left.insert(left.end(), next, begin);
    next = end;
    const auto earlier = begin == end ? nullptr : EarlierSet::Find(cache, set.family, set.now);
    for (auto at = begin; at != end; ++at) {
      if (stop.stop_requested()) return Cancelled();
      const std::int32_t row = study_.row_of(*at);
      const auto answer = earlier != nullptr && earlier->Stands(row) ? earlier->AnswerOf(row) : std::nullopt;
      Productivity::Score& score = scores[*at];
      if (!answer || !ReadScores(*answer, 1, &score)) {
        left.push_back(*at);
        continue;
      }
      score.proof = ProofFromBytes(earlier->ProofOf(row));
    }
  }
  left.insert(left.end(), next, open.end());
  return left;
}

void DistanceSets::Keep(ResultCache& cache, const std::vector<std::size_t>& open,
                        const std::vector<Productivity::Score>& scores) const {
  for (const Set& set : sets_) {
    const auto begin = std::lower_bound(open.begin(), open.end(), set.first);
    const auto end = std::lower_bound(begin, open.end(), set.last);
    if (begin == end) continue;
    // Programs whose parts were at hand have their proofs in the record that is there.
    std::unique_ptr<EarlierSet> own;
    if (static_cast<std::size_t>(end - begin) < set.last - set.first) own = EarlierSet::Own(cache, set.key, set.now);
    v1::SetRecord record;
    for (std::size_t program = set.first; program < set.last; ++program) {
      AppendScore(*record.add_answers(), scores[program]);
    }
    std::size_t program = set.first;  // rows come in the order of the programs
    KeepSetRecord(cache, set.now, set.family, set.key, std::move(record), [&](std::int32_t row) -> std::string_view {
      const std::string_view proof = BytesOfProof(scores[program++].proof);
      return proof.empty() && own != nullptr ? own->ProofOf(row) : proof;
    });
  }
}

}  // namespace farrell::dea
