// An evaluation as the service runs it: what is at hand comes from the cache, the rest is solved and kept.
//
// Small evaluations are kept whole, under the key of the whole. Units of one reference set are also kept by parts of at
// most Limits::part_units units, so that evaluations that share reference sets share their solutions. Of an evaluation
// of more than Limits::whole_units units the entry of the whole holds the summary alone: the parts hold the units.
//
// Where the model allows it (CanCarry) each reference set of a smaller evaluation that is worth it leaves a record
// (set_record.h), with which the answers of a changed set are proven to stand; only the rest are solved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/job.h"
#include "services/dea/service/unit_store.h"

namespace farrell::dea {

class EarlierSet;

class EvaluationRun {
 public:
  struct Limits {
    std::size_t part_units = 8192;
    std::size_t whole_units = 131072;
    // Sets that take less than about so long to solve on one core leave no record: it would cost more than it saves.
    double carry_seconds = 2e-3;
  };

  // Both outlive the run. `limits` change no result.
  EvaluationRun(const Dataset& dataset, Job& job) : EvaluationRun(dataset, job, Limits()) {}
  EvaluationRun(const Dataset& dataset, Job& job, const Limits& limits);

  const std::string& key() const { return keys_.whole(); }
  std::int64_t unit_count() const { return static_cast<std::int64_t>(evaluation_.unit_count()); }

  // Fills units() and summary().
  Status Obtain(bool skip_lookup);
  // One a row of the panel.
  const UnitStore& units() const { return *units_; }
  // Without provenance, origin and model.
  v1::EvaluationSummary& summary() { return summary_; }

  struct Outlook {
    // Linear programs that Obtain would solve, were the whole not at hand; those of influence are known only when the
    // peers are.
    std::int64_t problems = 0;
    // Units whose earlier answers are proven to stand.
    std::int64_t certified = 0;
  };
  Outlook LookAhead(bool skip_lookup);

 private:
  struct Part {
    std::size_t first;  // positions of the evaluation
    std::size_t last;
    std::size_t set;
    std::string key;
  };

  void MakeParts();
  void MakeFamilies();
  bool IsCarried(std::size_t set) const { return carries_ && !families_[set].empty(); }
  bool IsLarge() const { return has_parts_ && evaluation_.unit_count() > limits_.whole_units; }
  Result<std::string> Compute(bool skip_lookup, const std::stop_token& stop);
  // Fills all units, from parts at hand and by solving.
  Status Fill(bool skip_lookup, const std::stop_token& stop);
  bool Take(const Part& part);
  // Told of every position of parts whether its answer in the earlier set, null where there is none, is proven to
  // stand.
  using Held = std::function<void(std::size_t position, EarlierSet* earlier, bool stands)>;
  // CANCELLED when stopped.
  Status HoldAgainstEarlier(const std::vector<const Part*>& parts, const std::stop_token& stop, const Held& held);
  // Positions of open parts that are left to solve. CANCELLED when stopped.
  Result<std::vector<std::int64_t>> CarryOver(const std::vector<const Part*>& open, std::int64_t& carried,
                                              const std::stop_token& stop);
  // Solves what is left of parts when answers have been carried over, and turns every unit into bytes at once.
  Status SolveParts(const std::vector<const Part*>& parts, std::int64_t known, bool skip_lookup,
                    const std::stop_token& stop);
  // The results of ScoreWork, with intervals.
  Status TakeUnits(const v1::TaskStage& stage, ItemRange items, std::string_view bytes);
  void KeepRecords(const std::vector<const Part*>& solved);
  // Solves all units and keeps their scores until what reaches across units is known: cross-efficiency, influence.
  Status SolveTogether(const std::stop_token& stop);
  Status AddInfluence(const std::vector<UnitScore>& scores, const std::stop_token& stop);
  Status AddIntervals(const std::stop_token& stop);
  // Bytes of a unit with its interval and influence.
  std::string BytesOf(std::size_t row, const UnitScore& score) const;
  void Keep(const Part& part, bool again);
  Status Read(std::string_view whole, bool computed);

  const Dataset& dataset_;
  Job& job_;
  Limits limits_;
  Evaluation evaluation_;
  ActionKeys keys_;
  bool gathers_ = false;  // SolveTogether
  bool has_parts_ = false;
  bool carries_ = false;
  std::vector<std::string> families_;  // one a reference set; empty where answers are not carried over
  std::vector<std::string> proofs_;    // one a row, of what was solved or carried over now
  std::vector<Part> parts_;
  std::unique_ptr<UnitStore> units_;
  std::vector<std::optional<v1::Interval>> intervals_;  // one a row; empty without a bootstrap
  std::vector<v1::Influence> influences_;               // the same with Model::influence
  std::vector<common::v1::Warning> warnings_;
  v1::EvaluationSummary summary_;
};

}  // namespace farrell::dea
