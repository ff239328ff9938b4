#include "services/reporting/engine/schedule/overlap.h"

#include <algorithm>

namespace farrell::reporting::schedule {
namespace {

using Kind = OverlapDecision::Kind;

void SupersedeAllButLast(const std::vector<OpenRun>& waiting, std::vector<OverlapDecision>& decisions) {
  for (std::size_t i = 0; i + 1 < waiting.size(); ++i) {
    decisions.push_back({Kind::kSupersede, waiting[i].id, waiting.back().id});
  }
}

}  // namespace

std::vector<OverlapDecision> DecideOverlap(Overlap policy, std::vector<OpenRun> open) {
  std::sort(open.begin(), open.end(), [](const OpenRun& a, const OpenRun& b) {
    return a.nominal != b.nominal ? a.nominal < b.nominal : a.id < b.id;
  });
  std::vector<OpenRun> waiting;
  std::vector<OpenRun> under_way;
  for (OpenRun& run : open) (run.under_way ? under_way : waiting).push_back(run);
  std::vector<OverlapDecision> decisions;
  if (waiting.empty()) return decisions;
  switch (policy) {
    case Overlap::kAllow:
      for (const OpenRun& run : waiting) decisions.push_back({Kind::kStart, run.id, {}});
      break;
    case Overlap::kBufferAll:
      if (under_way.empty()) decisions.push_back({Kind::kStart, waiting.front().id, {}});
      break;
    case Overlap::kBufferOne:
      SupersedeAllButLast(waiting, decisions);
      if (under_way.empty()) decisions.push_back({Kind::kStart, waiting.back().id, {}});
      break;
    case Overlap::kSkip: {
      const OpenRun& first = under_way.empty() ? waiting.front() : under_way.front();
      if (under_way.empty()) decisions.push_back({Kind::kStart, first.id, {}});
      for (const OpenRun& run : waiting) {
        if (run.id != first.id) decisions.push_back({Kind::kSkip, run.id, first.id});
      }
      break;
    }
    case Overlap::kCancelOther:
      SupersedeAllButLast(waiting, decisions);
      for (const OpenRun& run : under_way) decisions.push_back({Kind::kCancel, run.id, waiting.back().id});
      if (under_way.empty()) decisions.push_back({Kind::kStart, waiting.back().id, {}});
      break;
  }
  return decisions;
}

}  // namespace farrell::reporting::schedule
