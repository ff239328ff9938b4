#include "services/dea/service/evaluation_run.h"

#include <algorithm>
#include <utility>

#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/service/result_conversion.h"

namespace farrell::dea {
namespace {

// Units taken by a thread at a time: few enough to share evenly, enough to make a thread worth its start.
constexpr std::size_t kShard = 16;
// Units solved before they are turned into bytes.
constexpr std::size_t kBatch = 8 * EvaluationRun::kPartUnits;

Status DoesNotFit() {
  return Internal("RESULT_VERIFICATION_FAILED",
                  "the kept result does not fit the table; ask again with skip_cache_lookup");
}

}  // namespace

EvaluationRun::EvaluationRun(const Dataset& dataset, Job& job)
    : dataset_(dataset),
      job_(job),
      evaluation_(dataset.data, dataset.spec.model),
      keys_(dataset.panel, dataset.spec, dataset.data, evaluation_.reference_sets()) {
  MakeParts();
}

void EvaluationRun::MakeParts() {
  for (std::size_t set = 0; set < evaluation_.reference_sets().sets.size(); ++set) {
    const auto [first, last] = evaluation_.PositionsOf(set);
    for (std::size_t begin = first; begin < last; begin += kPartUnits) {
      const std::size_t end = std::min(begin + kPartUnits, last);
      const bool whole_set = begin == first && end == last;
      parts_.push_back(
          {begin, end,
           whole_set ? keys_.of_set(set)
                     : canonical::Digest("farrell.part.v1",
                                         canonical::Value::Object{{"set", keys_.of_set(set)},
                                                                  {"first", static_cast<std::int64_t>(begin - first)},
                                                                  {"count", static_cast<std::int64_t>(end - begin)}})});
    }
  }
  // Influence and resampling reach across reference sets: what they say of a unit belongs to the whole.
  has_parts_ = parts_.size() > 1 && !dataset_.spec.bootstrap && !dataset_.spec.model.influence;
}

Status EvaluationRun::Obtain(bool skip_lookup) {
  bool computed = false;
  FARRELL_ASSIGN_OR_RETURN(const std::string whole,
                           job_.ObtainBytes(key(), skip_lookup, [&](const std::stop_token& stop) {
                             computed = true;
                             return Compute(skip_lookup, stop);
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
  FARRELL_RETURN_IF_ERROR(SolveParts(open, known, stop));
  // Rows that are not scored.
  const std::vector<UnitScore> unscored = evaluation_.EmptyResults();
  for (std::size_t row = 0; row < unscored.size(); ++row) {
    if (!units_->Has(row)) units_->Put(row, UnitToProto(dataset_.panel, row, unscored[row]));
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

void EvaluationRun::Keep(const Part& part) {
  std::string bytes;
  for (std::size_t position = part.first; position < part.last; ++position) {
    units_->AppendTo(bytes, static_cast<std::size_t>(evaluation_.row_at(position)));
  }
  job_.cache().Store(part.key, bytes);
}

Status EvaluationRun::SolveParts(const std::vector<const Part*>& parts, std::int64_t known,
                                 const std::stop_token& stop) {
  std::vector<UnitScore> results = evaluation_.EmptyResults();
  for (std::size_t begin = 0; begin < parts.size();) {
    std::vector<std::pair<std::size_t, std::size_t>> shards;
    std::size_t units = 0;
    std::size_t end = begin;
    for (; end < parts.size() && units < kBatch; ++end) {
      units += parts[end]->last - parts[end]->first;
      for (std::size_t first = parts[end]->first; first < parts[end]->last; first += kShard) {
        shards.emplace_back(first, std::min(first + kShard, parts[end]->last));
      }
    }
    FARRELL_RETURN_IF_ERROR(job_.Run(
        shards.size(), 1, stop,
        [&](std::size_t first, std::size_t last, const std::function<void(std::int64_t)>& done) {
          for (std::size_t shard = first; shard < last; ++shard) {
            if (!evaluation_.Solve(shards[shard].first, shards[shard].second, results, stop, done)) return false;
          }
          return true;
        },
        known));
    known += static_cast<std::int64_t>(units);
    job_.CountSolved(static_cast<std::int64_t>(units) * evaluation_.problems_per_unit());
    for (; begin < end; ++begin) {
      for (std::size_t position = parts[begin]->first; position < parts[begin]->last; ++position) {
        const auto row = static_cast<std::size_t>(evaluation_.row_at(position));
        v1::UnitResult unit = UnitToProto(dataset_.panel, row, results[row]);
        results[row] = UnitScore();
        if (!intervals_.empty() && unit.status() == v1::STATUS_OPTIMAL) *unit.mutable_interval() = intervals_[row];
        units_->Put(row, unit);
      }
      if (has_parts_) Keep(*parts[begin]);
    }
  }
  return Status::Ok();
}

Status EvaluationRun::AddIntervals(const std::stop_token& stop) {
  const BootstrapOptions& options = *dataset_.spec.bootstrap;
  const Model& model = dataset_.spec.model;
  const RadialMeasure measure =
      model.orientation == Orientation::kInput ? RadialMeasure::kTheta : RadialMeasure::kInversePhi;
  const std::vector<std::int32_t> units = options.by_unit ? UnitCodes(dataset_.panel) : std::vector<std::int32_t>();
  std::vector<Sample> samples = MakeSamples(dataset_.data, evaluation_.reference_sets(), units);
  intervals_.assign(dataset_.panel.size(), {});
  job_.Stage("bootstrap", static_cast<std::int64_t>(samples.size()) * options.replication_count);
  std::int64_t known = 0;
  for (Sample& sample : samples) {
    std::vector<std::size_t> rows;
    for (const std::int32_t member : sample.evaluated) {
      rows.push_back(static_cast<std::size_t>(sample.rows[static_cast<std::size_t>(member)]));
    }
    FARRELL_ASSIGN_OR_RETURN(
        const ScoreBootstrap bootstrap,
        ScoreBootstrap::Make(std::move(sample), model.rts, model.orientation, measure, options, stop));
    FARRELL_ASSIGN_OR_RETURN(const std::vector<double> draws,
                             job_.Draw(bootstrap, options.replication_count, stop, known));
    known += options.replication_count;
    FARRELL_ASSIGN_OR_RETURN(const BootstrapResult result, bootstrap.Finish(draws, stop));
    for (std::size_t i = 0; i < rows.size(); ++i) ToProto(result.intervals[i], options.ranks, intervals_[rows[i]]);
  }
  return Status::Ok();
}

std::int64_t EvaluationRun::OpenProblems(bool skip_lookup) {
  std::int64_t units = 0;
  for (const Part& part : parts_) {
    if (has_parts_ && !skip_lookup && job_.cache().Lookup(part.key)) continue;
    units += static_cast<std::int64_t>(part.last - part.first);
  }
  return units * evaluation_.problems_per_unit();
}

}  // namespace farrell::dea
