#include "services/reporting/engine/run_diff.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace farrell::reporting {
namespace {

std::map<std::string, const CellRecord*> ByKey(const ReportRecord& report) {
  std::map<std::string, const CellRecord*> cells;
  for (const CellRecord& cell : report.cells) cells.emplace(cell.Key(), &cell);
  return cells;
}

std::map<std::string, const StepRecord*> ById(const ReportRecord& report) {
  std::map<std::string, const StepRecord*> steps;
  for (const StepRecord& step : report.steps) steps.emplace(step.id, &step);
  return steps;
}

bool SameCell(const CellRecord& a, const CellRecord& b) {
  return a.number == b.number && a.printed == b.printed && a.stars == b.stars;
}

// Those of `from` in its order, then what only `to` has.
void CompareCells(const ReportRecord& from, const ReportRecord& to, RunDiff& diff) {
  const std::map<std::string, const CellRecord*> before = ByKey(from), after = ByKey(to);
  diff.cell_count = static_cast<std::int64_t>(before.size());
  for (const CellRecord& cell : from.cells) {
    const auto found = after.find(cell.Key());
    if (found == after.end()) {
      diff.cells.push_back({cell, std::nullopt, std::nullopt});
    } else if (!SameCell(cell, *found->second)) {
      diff.cells.push_back({cell, *found->second, std::nullopt});
    }
  }
  for (const CellRecord& cell : to.cells) {
    if (before.contains(cell.Key())) continue;
    ++diff.cell_count;
    diff.cells.push_back({std::nullopt, cell, std::nullopt});
  }
}

void CompareSentences(const ReportRecord& from, const ReportRecord& to, RunDiff& diff) {
  const auto key = [](const SentenceRecord& sentence) { return sentence.kind + "\n" + sentence.id; };
  // A rule may fire several times: its sentences are compared as one text.
  const auto texts = [&](const ReportRecord& report) {
    std::map<std::string, std::string> by_key;
    for (const SentenceRecord& sentence : report.sentences) {
      std::string& text = by_key[key(sentence)];
      text += (text.empty() ? "" : "\n") + sentence.text;
    }
    return by_key;
  };
  std::map<std::string, std::string> before = texts(from), after = texts(to);
  std::set<std::string> seen;
  for (const ReportRecord* report : {&from, &to}) {
    for (const SentenceRecord& sentence : report->sentences) {
      const std::string id = key(sentence);
      if (!seen.insert(id).second || before[id] == after[id]) continue;
      diff.sentences.push_back({sentence.id, sentence.kind, before[id], after[id]});
    }
  }
}

std::string CodeChange(const StepRecord& from, const StepRecord& to) {
  std::string text;
  const auto add = [&](const std::string& what, const std::string& before, const std::string& after) {
    if (before != after) text += (text.empty() ? "" : "; ") + what + " " + before + ", then " + after;
  };
  add("engine", from.engine, to.engine);
  add("algorithm revision", std::to_string(from.algo_rev), std::to_string(to.algo_rev));
  add("numeric ABI", from.num_abi, to.num_abi);
  return text;
}

void CompareSteps(const ReportRecord& from, const ReportRecord& to, const DiffKnowledge& known, RunDiff& diff) {
  const std::map<std::string, const StepRecord*> before = ById(from), after = ById(to);
  // A step may rest on another whose code changed; which, its provenance does not say.
  const bool code_moved = std::any_of(before.begin(), before.end(), [&](const auto& entry) {
    const auto found = after.find(entry.first);
    return found != after.end() && !CodeChange(*entry.second, *found->second).empty();
  });
  if (code_moved) diff.causes.insert(Cause::kCode);
  for (const StepRecord& step : from.steps) {
    const auto found = after.find(step.id);
    if (found == after.end()) {
      diff.steps.push_back({step.id, step.action_key, "", {}, ""});
      continue;
    }
    if (step.action_key == found->second->action_key) continue;
    StepDifference difference{
        step.id, step.action_key, found->second->action_key, {}, CodeChange(step, *found->second)};
    if (known.data_moved) difference.causes.insert(Cause::kData);
    if (known.specification_moved) difference.causes.insert(Cause::kSpecification);
    if (!difference.code.empty() || difference.causes.empty()) difference.causes.insert(Cause::kCode);
    diff.steps.push_back(std::move(difference));
  }
  for (const StepRecord& step : to.steps) {
    if (!before.contains(step.id)) diff.steps.push_back({step.id, "", step.action_key, {}, ""});
  }
}

// The part that completes the sum. Rounding may leave the plain remainder a unit in the last place away, which a few
// steps mend; where no double completes the sum, the plain remainder stays.
double Remainder(double change, double sum) {
  constexpr int kMostSteps = 4;
  const double plain = change - sum;
  double up = plain, down = plain;
  for (int i = 0; i <= kMostSteps; ++i) {
    if (sum + up == change) return up;
    if (sum + down == change) return down;
    up = std::nextafter(up, std::numeric_limits<double>::infinity());
    down = std::nextafter(down, -std::numeric_limits<double>::infinity());
  }
  return plain;
}

Contributions AllOf(Cause cause, double change) {
  Contributions parts;
  (cause == Cause::kData ? parts.data : cause == Cause::kSpecification ? parts.specification : parts.code) = change;
  return parts;
}

std::optional<double> NumberAt(const std::map<std::string, const CellRecord*>& cells, const std::string& key) {
  const auto found = cells.find(key);
  return found == cells.end() ? std::nullopt : found->second->number;
}

}  // namespace

std::string CauseName(Cause cause) {
  switch (cause) {
    case Cause::kData: return "data";
    case Cause::kSpecification: return "specification";
    case Cause::kCode: return "code";
  }
  return {};
}

std::optional<double> CellDifference::relative() const {
  if (*from->number == 0) return std::nullopt;
  const double ratio = change() / std::abs(*from->number);
  return std::isfinite(ratio) ? std::optional(ratio) : std::nullopt;
}

std::int64_t RunDiff::moved_count() const {
  return std::count_if(cells.begin(), cells.end(), [](const CellDifference& cell) { return cell.moved(); });
}

RunDiff CompareReports(const ReportRecord& from, const ReportRecord& to, const DiffKnowledge& known) {
  RunDiff diff;
  if (known.data_moved) diff.causes.insert(Cause::kData);
  if (known.specification_moved) diff.causes.insert(Cause::kSpecification);
  CompareSteps(from, to, known, diff);
  CompareCells(from, to, diff);
  CompareSentences(from, to, diff);
  const bool changed = !diff.cells.empty() || !diff.sentences.empty() || !diff.steps.empty();
  if (changed && diff.causes.empty()) {
    diff.causes.insert(Cause::kCode);
    if (diff.steps.empty()) {
      diff.notes.emplace_back("Every result is the same: the version that made the report changed how it is printed.");
    }
  }
  if (diff.causes.size() == 1) {
    for (CellDifference& cell : diff.cells) {
      if (cell.moved()) cell.contributions = AllOf(*diff.causes.begin(), cell.change());
    }
  }
  return diff;
}

void Decompose(const Replays& replays, RunDiff& diff) {
  const std::map<std::string, const CellRecord*> from_now = ByKey(replays.from_now),
                                                 after_data = ByKey(replays.after_data),
                                                 after_specification = ByKey(replays.after_specification);
  std::int64_t whole = 0;
  bool code_moved = false;
  for (CellDifference& cell : diff.cells) {
    if (!cell.moved()) continue;
    const std::string key = cell.either().Key();
    Contributions parts{.from_now = NumberAt(from_now, key),
                        .after_data = NumberAt(after_data, key),
                        .after_specification = NumberAt(after_specification, key)};
    if (!parts.from_now || !parts.after_data || !parts.after_specification) {
      ++whole;
      continue;
    }
    parts.data = *parts.after_data - *parts.from_now;
    const double change = cell.change();
    const bool same_code = *parts.from_now == *cell.from->number && *parts.after_specification == *cell.to->number;
    if (same_code) {
      // The last part at work completes the sum; the code, which did nothing, stays at exactly zero.
      parts.specification = Remainder(change, parts.data);
    } else {
      parts.specification = *parts.after_specification - *parts.after_data;
      parts.code = Remainder(change, parts.data + parts.specification);
      code_moved = true;
    }
    cell.contributions = parts;
  }

  const std::map<std::string, const StepRecord*> step_now = ById(replays.from_now),
                                                 step_data = ById(replays.after_data),
                                                 step_specification = ById(replays.after_specification);
  for (StepDifference& step : diff.steps) {
    const auto now = step_now.find(step.id), data = step_data.find(step.id),
               specification = step_specification.find(step.id);
    if (now == step_now.end() || data == step_data.end() || specification == step_specification.end()) continue;
    step.causes.clear();
    if (now->second->action_key != data->second->action_key) step.causes.insert(Cause::kData);
    if (data->second->action_key != specification->second->action_key) step.causes.insert(Cause::kSpecification);
    if (step.from_key != now->second->action_key || step.to_key != specification->second->action_key) {
      step.causes.insert(Cause::kCode);
    }
  }

  diff.notes.emplace_back(
      "Each change is split in the order data, specification, code: data is the study of the first run on the data of "
      "the second against its own data; specification is the study of the second run against that of the first, both "
      "on the data of the second; the three parts add up to the change.");
  if (code_moved) diff.causes.insert(Cause::kCode);
  if (diff.causes.contains(Cause::kCode)) {
    diff.notes.emplace_back(
        "The code that made an earlier result is not at hand: data and specification are measured with the present "
        "code, and code is what remains of the change. The earlier results stay kept under their keys.");
  }
  if (whole > 0) {
    diff.notes.push_back(std::to_string(whole) + (whole == 1 ? " number that moved is" : " numbers that moved are") +
                         " not split: the study of one run does not give the number on the data of the other.");
  }
}

}  // namespace farrell::reporting
