// What is kept of a reference set, so that answers are carried over when it changes: the table it was made of, where
// the answers stand, and what proves that they still do (services/dea/engine/carry.h).
//
// The record of a set stands under a key made from the set's own. Sets that differ in their data only, such as the same
// frontier before and after a revision, are of one family, whose key leads to the latest. Losing either costs solving.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/canonical/canonical.h"
#include "farrell/dea/v1/task.pb.h"
#include "services/dea/engine/carry.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"

namespace farrell::dea {

// Of each reference set. Families of the caller's project: nobody is answered faster because of another's data.
std::vector<std::string> FamilyKeys(const Dataset& dataset, const ReferenceSets& sets);
// The same of sets of one family but for what `set` tells.
std::string FamilyKey(canonical::Value::Object set);

// A reference set and what is scored against it, as a table has them now. All references outlive it.
struct ScoredSet {
  const Panel& panel;
  const Observations& data;
  const Model& model;
  const Formulation& formulation;
  const ReferenceMatrix& reference;
  std::vector<std::int32_t> scored;  // rows, ascending
};
ScoredSet SetOf(const Dataset& dataset, const Evaluation& evaluation, std::size_t set);

// Keeps the record of a set and leads its family there. `record` has the answers, in either form; `proof_of`: of a row
// that is scored.
void KeepSetRecord(ResultCache& cache, const ScoredSet& set, const std::string& family, const std::string& set_key,
                   v1::SetRecord record, const std::function<std::string_view(std::int32_t row)>& proof_of);

// A set of a family beside the one that is asked for now.
class EarlierSet {
 public:
  // The latest. Null when nothing is kept that could help. The cache outlives it.
  static std::unique_ptr<EarlierSet> Find(ResultCache& cache, const std::string& family, ScoredSet now);
  // That of a key: of the set itself it is there when some of its units were solved before.
  static std::unique_ptr<EarlierSet> Own(ResultCache& cache, const std::string& set_key, ScoredSet now);

  // Whether the earlier answer to a row of the table is proven to be its answer now.
  bool Stands(std::int32_t row) const;
  // Its bytes; nothing when they were lost.
  std::optional<std::string_view> AnswerOf(std::int32_t row);
  // Empty: there is none.
  std::string_view ProofOf(std::int32_t row) const;

 private:
  EarlierSet(ResultCache& cache, v1::SetRecord record, ScoredSet now);
  bool Fits() const;
  void ReadTable();
  void MatchRows();
  // Position of a row's unit among those scored then, or -1.
  std::int64_t PlaceOf(std::int32_t row) const;

  struct Part {
    std::int64_t first;  // of the scored rows
    bool looked = false;
    std::string bytes{};
    std::vector<std::string_view> units{};
  };

  ResultCache& cache_;
  v1::SetRecord record_;
  ScoredSet now_;
  Observations then_;
  std::vector<std::int64_t> scored_at_;  // of each row then: position among the scored, or -1
  std::vector<std::int32_t> row_then_;   // of each row of the table
  std::vector<Part> parts_;
  std::unique_ptr<ReferenceMatrix> reference_then_;
  std::unique_ptr<Carrier> carrier_;
};

}  // namespace farrell::dea
