#include "services/dea/service/set_record.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/canonical/canonical.h"
#include "common/numeric/abi.h"
#include "common/rpc/call.h"
#include "services/dea/service/reference_names.h"
#include "services/dea/service/unit_store.h"

namespace farrell::dea {
namespace {

using canonical::Value;

constexpr char kSpans = 1;
constexpr char kScored = 2;

std::string RecordKey(const std::string& set_key) {
  return canonical::Digest("farrell.set_record.v1", Value::Object{{"set", set_key}});
}

// 1 spans, 2 is scored, for every row of the table.
std::string RolesIn(const ScoredSet& set) {
  std::string roles(set.data.size(), '\0');
  for (const std::int32_t row : set.reference.members()) roles[static_cast<std::size_t>(row)] |= kSpans;
  for (const std::int32_t row : set.scored) roles[static_cast<std::size_t>(row)] |= kScored;
  return roles;
}

std::optional<v1::SetRecord> ReadRecord(ResultCache& cache, const std::string& set_key) {
  const auto found = cache.Lookup(RecordKey(set_key));
  v1::SetRecord record;
  if (!found || !record.ParseFromString(found->bytes)) return std::nullopt;
  return record;
}

}  // namespace

std::string FamilyKey(Value::Object set) {
  const CallInfo* call = CurrentCall();
  set.emplace("project", call == nullptr ? "" : call->project);
  set.emplace("algo_rev", kAlgorithmRevision);
  set.emplace("num_abi", std::string(numeric::kNumAbi));
  return canonical::Digest("farrell.set_family.v1", std::move(set));
}

std::vector<std::string> FamilyKeys(const Dataset& dataset, const ReferenceSets& sets) {
  const Frontier& frontier = dataset.spec.model.frontier;
  std::vector<std::string> keys;
  for (const std::string& name : NamesOf(dataset.panel, dataset.spec.model, sets)) {
    keys.push_back(FamilyKey({{"spec", Describe(dataset.spec.model)},
                              {"scheme", static_cast<std::int64_t>(frontier.scheme)},
                              {"window", frontier.window},
                              {"grouped", !frontier.group_column.empty()},
                              {"set", name}}));
  }
  return keys;
}

ScoredSet SetOf(const Dataset& dataset, const Evaluation& evaluation, std::size_t set) {
  ScoredSet scored{
      dataset.panel, dataset.data, evaluation.model(), *evaluation.formulation(), evaluation.reference(set), {}};
  const auto [first, last] = evaluation.PositionsOf(set);
  for (std::size_t position = first; position < last; ++position) scored.scored.push_back(evaluation.row_at(position));
  return scored;
}

void KeepSetRecord(ResultCache& cache, const ScoredSet& set, const std::string& family, const std::string& set_key,
                   v1::SetRecord record, const std::function<std::string_view(std::int32_t row)>& proof_of) {
  const auto& [panel, data, model, formulation, reference, scored] = set;
  const int d = data.dimension();
  const std::string roles = RolesIn(set);
  for (std::size_t row = 0; row < roles.size(); ++row) {
    if (roles[row] == 0) continue;
    record.add_units(panel.units[row]);
    if (panel.has_time()) record.add_times(panel.times[row]);
    record.mutable_cells()->Add(data.row(row), data.row(row) + d);
    if (!data.directions.empty()) {
      const double* direction = data.directions.data() + row * static_cast<std::size_t>(d);
      record.mutable_directions()->Add(direction, direction + d);
    }
    record.mutable_roles()->push_back(roles[row]);
    if ((roles[row] & kScored) == 0) continue;
    const std::string_view proof = proof_of(static_cast<std::int32_t>(row));
    record.add_proofs(proof.data(), proof.size());
  }
  cache.Store(RecordKey(set_key), record.SerializeAsString());
  cache.Store(family, set_key);
}

std::unique_ptr<EarlierSet> EarlierSet::Find(ResultCache& cache, const std::string& family, ScoredSet now) {
  const auto latest = cache.Lookup(family);
  return latest ? Own(cache, latest->bytes, std::move(now)) : nullptr;
}

std::unique_ptr<EarlierSet> EarlierSet::Own(ResultCache& cache, const std::string& set_key, ScoredSet now) {
  std::optional<v1::SetRecord> record = ReadRecord(cache, set_key);
  if (!record) return nullptr;
  std::unique_ptr<EarlierSet> earlier(new EarlierSet(cache, std::move(*record), std::move(now)));
  if (!earlier->Fits()) return nullptr;
  earlier->ReadTable();
  earlier->MatchRows();
  return earlier;
}

EarlierSet::EarlierSet(ResultCache& cache, v1::SetRecord record, ScoredSet now)
    : cache_(cache), record_(std::move(record)), now_(std::move(now)) {}

bool EarlierSet::Fits() const {
  const Observations& now = now_.data;
  const int rows = record_.units_size();
  const int cells = rows * now.dimension();
  const auto scored =
      std::count_if(record_.roles().begin(), record_.roles().end(), [](char role) { return (role & kScored) != 0; });
  std::int64_t kept = record_.answers_size();
  for (const v1::SetRecord::Part& part : record_.parts()) kept += part.unit_count();
  return rows > 0 && record_.times_size() == (now_.panel.has_time() ? rows : 0) && record_.cells_size() == cells &&
         record_.directions_size() == (now.directions.empty() ? 0 : cells) &&
         record_.roles().size() == static_cast<std::size_t>(rows) && record_.proofs_size() == scored && kept == scored;
}

void EarlierSet::ReadTable() {
  const Observations& now = now_.data;
  then_.input_count = now.input_count;
  then_.output_count = now.output_count;
  then_.bad_count = now.bad_count;
  then_.cells.assign(record_.cells().begin(), record_.cells().end());
  then_.directions.assign(record_.directions().begin(), record_.directions().end());
  std::vector<std::int32_t> members;
  std::int64_t scored = 0;
  for (std::size_t row = 0; row < record_.roles().size(); ++row) {
    const char role = record_.roles()[row];
    then_.roles.push_back((role & kSpans) == 0    ? RowRole::kFrozenOut
                          : (role & kScored) != 0 ? RowRole::kScored
                                                  : RowRole::kReferenceOnly);
    if ((role & kSpans) != 0) members.push_back(static_cast<std::int32_t>(row));
    scored_at_.push_back((role & kScored) != 0 ? scored++ : -1);
  }
  reference_then_ = std::make_unique<ReferenceMatrix>(then_, std::move(members));
  std::int64_t first = 0;
  for (const v1::SetRecord::Part& part : record_.parts()) {
    parts_.push_back({first});
    first += part.unit_count();
  }
}

// Both tables are sorted by unit and time.
void EarlierSet::MatchRows() {
  const std::string roles = RolesIn(now_);
  const Panel& panel = now_.panel;
  const bool timed = panel.has_time();
  row_then_.assign(panel.size(), -1);
  int before = 0;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (roles[row] == 0) continue;
    const auto key = std::tuple<const std::string&, std::int64_t>(panel.units[row], timed ? panel.times[row] : 0);
    const auto key_then = [&] {
      return std::tuple<const std::string&, std::int64_t>(record_.units(before), timed ? record_.times(before) : 0);
    };
    while (before < record_.units_size() && key_then() < key) ++before;
    if (before < record_.units_size() && key_then() == key) row_then_[row] = before++;
  }
  carrier_ = std::make_unique<Carrier>(now_.model, now_.formulation, then_, *reference_then_, now_.data, now_.reference,
                                       row_then_);
}

std::int64_t EarlierSet::PlaceOf(std::int32_t row) const {
  const std::int32_t before = row_then_[static_cast<std::size_t>(row)];
  return before < 0 ? -1 : scored_at_[static_cast<std::size_t>(before)];
}

std::string_view EarlierSet::ProofOf(std::int32_t row) const {
  const std::int64_t at = PlaceOf(row);
  return at < 0 ? std::string_view() : std::string_view(record_.proofs(static_cast<int>(at)));
}

bool EarlierSet::Stands(std::int32_t row) const { return carrier_->Stands(row, ProofFromBytes(ProofOf(row))); }

std::optional<std::string_view> EarlierSet::AnswerOf(std::int32_t row) {
  const std::int64_t at = PlaceOf(row);
  if (at < 0) return std::nullopt;
  if (record_.answers_size() > 0) return record_.answers(static_cast<int>(at));
  const auto after = std::upper_bound(parts_.begin(), parts_.end(), at,
                                      [](std::int64_t position, const Part& part) { return position < part.first; });
  Part& part = *std::prev(after);
  if (!part.looked) {
    part.looked = true;
    const v1::SetRecord::Part& kept = record_.parts(static_cast<int>(std::prev(after) - parts_.begin()));
    if (auto found = cache_.Lookup(kept.key())) part.bytes = std::move(found->bytes);
    std::string_view summary;
    if (!SplitStored(part.bytes, part.units, summary) ||
        part.units.size() != static_cast<std::size_t>(kept.unit_count())) {
      part.units.clear();
    }
  }
  const auto place = static_cast<std::size_t>(at - part.first);
  if (place >= part.units.size()) return std::nullopt;
  // What is told of another unit is no answer, however it came there.
  v1::UnitResult unit;
  const std::string_view bytes = part.units[place];
  if (!unit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      unit.unit() != now_.panel.units[static_cast<std::size_t>(row)]) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace farrell::dea
