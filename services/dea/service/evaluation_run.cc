#include "services/dea/service/evaluation_run.h"

#include <algorithm>
#include <utility>

#include "common/observe/catalogue.h"
#include "services/dea/engine/carry.h"
#include "services/dea/engine/cross_efficiency.h"
#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/outliers/peer_influence.h"
#include "services/dea/engine/unit_scorer.h"
#include "services/dea/service/reference_names.h"
#include "services/dea/service/result_conversion.h"
#include "services/dea/service/score_work.h"
#include "services/dea/service/set_record.h"

namespace farrell::dea {
namespace {

// Units taken by a thread at a time: few enough to share evenly, enough to find neighbours among them.
std::size_t ShardOf(std::size_t units) { return std::clamp<std::size_t>(units / 64, 16, 512); }

Status DoesNotFit() {
  return Internal("RESULT_VERIFICATION_FAILED",
                  "the kept result does not fit the table; ask again with skip_cache_lookup");
}

}  // namespace

EvaluationRun::EvaluationRun(const Dataset& dataset, Job& job, const Limits& limits)
    : dataset_(dataset),
      job_(job),
      limits_(limits),
      evaluation_(dataset.data, dataset.spec.model),
      keys_(dataset.panel, dataset.spec, dataset.data, evaluation_.reference_sets()) {
  MakeParts();
  job_.Describe(key(), keys_.description(), dataset_.snapshot_digest);
}

void EvaluationRun::MakeParts() {
  for (std::size_t set = 0; set < evaluation_.reference_sets().sets.size(); ++set) {
    const auto [first, last] = evaluation_.PositionsOf(set);
    for (std::size_t begin = first; begin < last; begin += limits_.part_units) {
      const std::size_t end = std::min(begin + limits_.part_units, last);
      const bool whole_set = begin == first && end == last;
      parts_.push_back(
          {begin, end, set,
           whole_set ? keys_.of_set(set)
                     : canonical::Digest("farrell.part.v1",
                                         canonical::Value::Object{{"set", keys_.of_set(set)},
                                                                  {"first", static_cast<std::int64_t>(begin - first)},
                                                                  {"count", static_cast<std::int64_t>(end - begin)}})});
    }
  }
  const Model& model = dataset_.spec.model;
  gathers_ = model.influence || model.cross != CrossEfficiency::kNone;
  // What resampling says of a unit hangs on the rows of the whole.
  const bool apart = !dataset_.spec.bootstrap && !gathers_;
  if (apart && CanCarry(model) && evaluation_.unit_count() <= limits_.whole_units) MakeFamilies();
  has_parts_ = apart && (parts_.size() > 1 || carries_);
}

void EvaluationRun::MakeFamilies() {
  const ReferenceSets& sets = evaluation_.reference_sets();
  families_ = FamilyKeys(dataset_, sets);
  for (std::size_t set = 0; set < families_.size(); ++set) {
    const auto [first, last] = evaluation_.PositionsOf(set);
    const double seconds =
        static_cast<double>(last - first) * GuessedProgramSeconds(sets.sets[set].size(), dataset_.data.dimension());
    if (seconds < limits_.carry_seconds) families_[set].clear();
    carries_ = carries_ || !families_[set].empty();
  }
}

Status EvaluationRun::Obtain(bool skip_lookup) {
  bool computed = false;
  FARRELL_ASSIGN_OR_RETURN(const std::string whole,
                           job_.ObtainBytes(key(), skip_lookup, [&](const std::stop_token& stop) {
                             computed = true;
                             return Compute(skip_lookup || job_.cache().IsPutAside(key()), stop);
                           }));
  return Read(whole, computed);
}

Result<std::string> EvaluationRun::Compute(bool skip_lookup, const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(Fill(skip_lookup, stop));
  Tally tally;
  v1::UnitResult unit;
  for (std::size_t row = 0; row < dataset_.panel.size(); ++row) {
    const std::string_view bytes = units_->at(row);
    unit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    tally.Add(unit);
  }
  v1::StoredEvaluation stored;
  *stored.mutable_summary() = Summarise(dataset_.spec.model, evaluation_, tally);
  for (const common::v1::Warning& warning : warnings_) *stored.mutable_summary()->add_warnings() = warning;
  std::string whole = stored.SerializeAsString();
  if (IsLarge()) return whole;
  whole.reserve(whole.size() + units_->byte_count() + 8 * dataset_.panel.size());
  for (std::size_t row = 0; row < dataset_.panel.size(); ++row) units_->AppendTo(whole, row);
  return whole;
}

Status EvaluationRun::Read(std::string_view whole, bool computed) {
  std::vector<std::string_view> units;
  std::string_view summary;
  if (!SplitStored(whole, units, summary) ||
      !summary_.ParseFromArray(summary.data(), static_cast<int>(summary.size()))) {
    return DoesNotFit();
  }
  if (computed) return Status::Ok();
  if (IsLarge()) return Fill(false, job_.stop());
  if (units.size() != dataset_.panel.size()) return DoesNotFit();
  units_ = std::make_unique<UnitStore>(units.size());
  for (std::size_t row = 0; row < units.size(); ++row) units_->PutBytes(row, units[row]);
  return Status::Ok();
}

Status EvaluationRun::Fill(bool skip_lookup, const std::stop_token& stop) {
  units_ = std::make_unique<UnitStore>(dataset_.panel.size());
  std::vector<const Part*> open;
  std::int64_t known = 0;
  for (const Part& part : parts_) {
    if (has_parts_ && !skip_lookup && Take(part)) {
      known += static_cast<std::int64_t>(part.last - part.first);
    } else {
      open.push_back(&part);
    }
  }
  if (dataset_.spec.bootstrap) FARRELL_RETURN_IF_ERROR(AddIntervals(stop));
  job_.Stage("solving", unit_count());
  FARRELL_RETURN_IF_ERROR(gathers_ ? SolveTogether(stop) : SolveParts(open, known, skip_lookup, stop));
  for (std::size_t row = 0; row < dataset_.panel.size(); ++row) {
    if (units_->Has(row)) continue;
    UnitScore unscored;
    const bool spans = dataset_.data.roles[row] == RowRole::kReferenceOnly;
    unscored.status = spans ? UnitStatus::kReferenceOnly : UnitStatus::kExcluded;
    units_->PutBytes(row, BytesOf(row, unscored));
  }
  return Status::Ok();
}

bool EvaluationRun::Take(const Part& part) {
  const auto found = job_.cache().Lookup(part.key);
  if (!found) return false;
  std::vector<std::string_view> units;
  std::string_view summary;
  if (!SplitStored(found->bytes, units, summary) || units.size() != part.last - part.first) return false;
  v1::UnitResult unit;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const auto row = static_cast<std::size_t>(evaluation_.row_at(part.first + i));
    if (!unit.ParseFromArray(units[i].data(), static_cast<int>(units[i].size())) ||
        unit.unit() != dataset_.panel.units[row]) {
      return false;
    }
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    units_->PutBytes(static_cast<std::size_t>(evaluation_.row_at(part.first + i)), units[i]);
  }
  return true;
}

void EvaluationRun::Keep(const Part& part, bool again) {
  std::string bytes;
  for (std::size_t position = part.first; position < part.last; ++position) {
    units_->AppendTo(bytes, static_cast<std::size_t>(evaluation_.row_at(position)));
  }
  job_.cache().Store(part.key, bytes, again);
}

std::string EvaluationRun::BytesOf(std::size_t row, const UnitScore& score) const {
  v1::UnitResult unit = UnitToProto(dataset_.panel, dataset_.spec.model, row, score);
  if (!intervals_.empty() && intervals_[row] && score.status == UnitStatus::kOptimal) {
    *unit.mutable_interval() = *intervals_[row];
  }
  if (!influences_.empty()) *unit.mutable_influence() = influences_[row];
  return unit.SerializeAsString();
}

Status EvaluationRun::HoldAgainstEarlier(const std::vector<const Part*>& parts, const std::stop_token& stop,
                                         const Held& held) {
  std::unique_ptr<EarlierSet> earlier;
  const Part* before = nullptr;
  for (const Part* part : parts) {
    if (before == nullptr || before->set != part->set) {
      earlier = IsCarried(part->set)
                    ? EarlierSet::Find(job_.cache(), families_[part->set], SetOf(dataset_, evaluation_, part->set))
                    : nullptr;
    }
    before = part;
    for (std::size_t position = part->first; position < part->last; ++position) {
      if (stop.stop_requested()) return Cancelled();
      held(position, earlier.get(), earlier != nullptr && earlier->Stands(evaluation_.row_at(position)));
    }
  }
  return Status::Ok();
}

Result<std::vector<std::int64_t>> EvaluationRun::CarryOver(const std::vector<const Part*>& open, std::int64_t& carried,
                                                           const std::stop_token& stop) {
  std::vector<std::int64_t> left;
  std::int64_t resolved = 0;
  FARRELL_RETURN_IF_ERROR(HoldAgainstEarlier(open, stop, [&](std::size_t position, EarlierSet* earlier, bool stands) {
    const std::int32_t row = evaluation_.row_at(position);
    const auto answer = stands ? earlier->AnswerOf(row) : std::nullopt;
    if (!answer) {
      if (earlier != nullptr) ++resolved;
      left.push_back(static_cast<std::int64_t>(position));
      return;
    }
    units_->PutBytes(static_cast<std::size_t>(row), *answer);
    proofs_[static_cast<std::size_t>(row)] = earlier->ProofOf(row);
    ++carried;
  }));
  metrics::kCertificateReused.Add({}, static_cast<double>(carried));
  metrics::kCertificateResolved.Add({}, static_cast<double>(resolved));
  return left;
}

Status EvaluationRun::SolveParts(const std::vector<const Part*>& parts, std::int64_t known, bool skip_lookup,
                                 const std::stop_token& stop) {
  v1::TaskStage stage;
  stage.set_kind(v1::TaskStage::KIND_SOLVE);
  stage.set_proofs(carries_);
  std::vector<ItemRange> open;
  std::size_t units = 0;
  for (const Part* part : parts) {
    open.push_back({part->first, part->last});
    units += open.back().size();
  }
  std::int64_t carried = 0;
  if (carries_) proofs_.resize(dataset_.panel.size());
  if (carries_ && !skip_lookup) {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<std::int64_t> left, CarryOver(parts, carried, stop));
    if (carried > 0) {
      stage.mutable_positions()->Add(left.begin(), left.end());
      units = left.size();
      open.assign(units > 0 ? 1 : 0, {0, units});
    }
  }
  ScoreWork work(dataset_, evaluation_, stage);
  FARRELL_RETURN_IF_ERROR(job_.Divide(
      work, stage, open, ShardOf(units), stop,
      [&](ItemRange items, std::string_view bytes) { return TakeUnits(stage, items, bytes); }, known + carried));
  job_.CountSolved(static_cast<std::int64_t>(units) * evaluation_.problems_per_unit());
  job_.CountCertified(carried);
  for (std::size_t i = 0; has_parts_ && i < parts.size(); ++i) Keep(*parts[i], skip_lookup);
  if (carries_) KeepRecords(parts);
  return Status::Ok();
}

Status EvaluationRun::TakeUnits(const v1::TaskStage& stage, ItemRange items, std::string_view bytes) {
  std::vector<std::string_view> units;
  std::vector<std::string_view> proofs;
  if (!SplitPart(bytes, units, proofs) || units.size() != items.size() ||
      proofs.size() != (stage.proofs() ? items.size() : 0)) {
    return PartDoesNotFit();
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::size_t item = items.first + i;
    const std::size_t position =
        stage.positions().empty() ? item : static_cast<std::size_t>(stage.positions(static_cast<int>(item)));
    const auto row = static_cast<std::size_t>(evaluation_.row_at(position));
    if (!proofs.empty()) proofs_[row] = proofs[i];
    if (intervals_.empty() || !intervals_[row]) {
      units_->PutBytes(row, units[i]);
      continue;
    }
    v1::UnitResult unit;
    if (!unit.ParseFromArray(units[i].data(), static_cast<int>(units[i].size()))) return PartDoesNotFit();
    if (unit.status() == v1::STATUS_OPTIMAL) *unit.mutable_interval() = *intervals_[row];
    units_->PutBytes(row, unit.SerializeAsString());
  }
  return Status::Ok();
}

void EvaluationRun::KeepRecords(const std::vector<const Part*>& solved) {
  for (std::size_t i = 0; i < solved.size(); ++i) {
    const std::size_t set = solved[i]->set;
    if (!IsCarried(set) || (i > 0 && solved[i - 1]->set == set)) continue;
    v1::SetRecord record;
    int open = 0;
    for (const Part& part : parts_) {
      if (part.set != set) continue;
      v1::SetRecord::Part& told = *record.add_parts();
      told.set_key(part.key);
      told.set_unit_count(static_cast<std::int64_t>(part.last - part.first));
    }
    for (const Part* part : solved) open += part->set == set ? 1 : 0;
    const ScoredSet now = SetOf(dataset_, evaluation_, set);
    // Parts that were at hand have their proofs in the record that is there.
    std::unique_ptr<EarlierSet> own;
    if (open < record.parts_size()) own = EarlierSet::Own(job_.cache(), keys_.of_set(set), now);
    KeepSetRecord(job_.cache(), now, families_[set], keys_.of_set(set), std::move(record),
                  [&](std::int32_t row) -> std::string_view {
                    const std::string& proof = proofs_[static_cast<std::size_t>(row)];
                    return proof.empty() && own != nullptr ? own->ProofOf(row) : std::string_view(proof);
                  });
  }
}

Status EvaluationRun::SolveTogether(const std::stop_token& stop) {
  const Model& model = dataset_.spec.model;
  const std::size_t units = evaluation_.unit_count();
  const std::size_t shard = ShardOf(units);
  if (!evaluation_.Prepare(job_.Threads(stop), stop)) return Cancelled();
  std::vector<UnitScore> scores = evaluation_.EmptyResults();
  FARRELL_RETURN_IF_ERROR(job_.Run(units, shard, stop, [&](std::size_t first, std::size_t last, const auto& done) {
    return evaluation_.Solve(first, last, scores, stop, done);
  }));
  job_.CountSolved(static_cast<std::int64_t>(units) * evaluation_.problems_per_unit());
  if (model.cross != CrossEfficiency::kNone) {
    CrossEvaluation cross(dataset_.data, evaluation_, model.cross);
    job_.Stage("solving", 2 * unit_count());
    FARRELL_RETURN_IF_ERROR(job_.Run(units, shard, stop, [&](std::size_t first, std::size_t last, const auto& done) {
      return cross.Rate(first, last, scores, stop, done);
    }));
    FARRELL_RETURN_IF_ERROR(job_.Run(
        units, shard, stop,
        [&](std::size_t first, std::size_t last, const auto& done) {
          return cross.Average(first, last, scores, stop, done);
        },
        unit_count()));
    if (model.cross != CrossEfficiency::kArbitrary) job_.CountSolved(unit_count());
  }
  if (model.influence) FARRELL_RETURN_IF_ERROR(AddInfluence(scores, stop));
  for (std::size_t row = 0; row < scores.size(); ++row) units_->PutBytes(row, BytesOf(row, scores[row]));
  return Status::Ok();
}

Status EvaluationRun::AddInfluence(const std::vector<UnitScore>& scores, const std::stop_token& stop) {
  const PeerInfluences influences(dataset_.data, evaluation_.reference_sets(), scores);
  const std::vector<std::int32_t>& peers = influences.peers();
  influences_.assign(scores.size(), {});
  job_.Stage("solving", static_cast<std::int64_t>(peers.size()));
  FARRELL_RETURN_IF_ERROR(job_.Run(peers.size(), 1, stop, [&](std::size_t first, std::size_t last, const auto& done) {
    UnitScorer scorer(dataset_.spec.model, dataset_.data, evaluation_.formulation());
    const auto score = [&](std::int32_t row, const ReferenceMatrix& reference) {
      return scorer.Score({dataset_.data, row, reference}, stop);
    };
    for (std::size_t i = first; i < last; ++i) {
      ToProto(influences.Measure(i, score, stop), influences_[static_cast<std::size_t>(peers[i])]);
      if (stop.stop_requested()) return false;
      done(1);
    }
    return true;
  }));
  job_.CountSolved(influences.problem_count());
  return Status::Ok();
}

Status EvaluationRun::AddIntervals(const std::stop_token& stop) {
  const BootstrapOptions& options = *dataset_.spec.bootstrap;
  const Model& model = dataset_.spec.model;
  std::vector<Sample> samples = SamplesOf(dataset_, evaluation_.reference_sets());
  intervals_.assign(dataset_.panel.size(), {});
  job_.Stage("bootstrap", static_cast<std::int64_t>(samples.size()) * options.replication_count);
  std::int64_t known = 0;
  const std::vector<std::string> names = NamesOf(dataset_.panel, model, evaluation_.reference_sets());
  for (std::size_t set = 0; set < samples.size(); ++set) {
    std::vector<std::size_t> rows;
    for (const std::int32_t member : samples[set].evaluated) {
      rows.push_back(static_cast<std::size_t>(samples[set].rows[static_cast<std::size_t>(member)]));
    }
    const double seconds = GuessedReplicationSeconds(rows.size(), samples[set].size(), dataset_.data.dimension());
    const Result<ScoreBootstrap> bootstrap = MakeScoreBootstrap(dataset_, std::move(samples[set]), stop);
    if (!bootstrap.ok()) {
      // A reference set that cannot be resampled leaves the others their intervals.
      if (bootstrap.status().code() != Code::kFailedPrecondition || samples.size() == 1) return bootstrap.status();
      common::v1::Warning& warning = warnings_.emplace_back();
      warning.set_code("NO_INTERVALS");
      warning.set_text("The reference set " + names[set] + " has no intervals: " + bootstrap.status().message() + ".");
      continue;
    }
    v1::TaskStage stage;
    stage.set_kind(v1::TaskStage::KIND_DRAW);
    stage.set_reference_set(static_cast<std::int32_t>(set));
    FARRELL_ASSIGN_OR_RETURN(const std::vector<double> draws,
                             job_.Draw(*bootstrap, options.replication_count, seconds, stage, stop, known));
    known += options.replication_count;
    FARRELL_ASSIGN_OR_RETURN(const BootstrapResult result, bootstrap->Finish(draws, stop));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ToProto(result.intervals[i], options.ranks, intervals_[rows[i]].emplace());
    }
  }
  return Status::Ok();
}

EvaluationRun::Outlook EvaluationRun::LookAhead(bool skip_lookup) {
  Outlook outlook;
  std::int64_t units = 0;
  std::vector<const Part*> open;
  for (const Part& part : parts_) {
    if (has_parts_ && !skip_lookup && job_.cache().Lookup(part.key)) continue;
    units += static_cast<std::int64_t>(part.last - part.first);
    if (!skip_lookup && IsCarried(part.set)) open.push_back(&part);
  }
  const Status held = HoldAgainstEarlier(open, job_.stop(), [&](std::size_t, const EarlierSet*, bool stands) {
    if (stands) ++outlook.certified;
  });
  if (!held.ok()) return outlook;  // stopped: nobody hears of it
  outlook.problems = (units - outlook.certified) * evaluation_.problems_per_unit();
  const CrossEfficiency cross = dataset_.spec.model.cross;
  if (cross != CrossEfficiency::kNone && cross != CrossEfficiency::kArbitrary) outlook.problems += unit_count();
  if (dataset_.spec.bootstrap) outlook.problems += unit_count() * dataset_.spec.bootstrap->replication_count;
  return outlook;
}

}  // namespace farrell::dea
