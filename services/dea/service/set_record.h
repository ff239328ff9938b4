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
#include "farrell/dea/v1/task.pb.h"
#include "services/dea/engine/carry.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"

namespace farrell::dea {

// Of each reference set. Families of the caller's project: nobody is answered faster because of another's data.
std::vector<std::string> FamilyKeys(const Dataset& dataset, const ReferenceSets& sets);

// Keeps the record of a set and leads its family there. `proof_of`: of a row that is scored.
void KeepSetRecord(ResultCache& cache, const Dataset& dataset, const Evaluation& evaluation, std::size_t set,
                   const std::string& family, const std::string& set_key, const std::vector<v1::SetRecord::Part>& parts,
                   const std::function<std::string_view(std::int32_t row)>& proof_of);

// The latest set of a family beside one that is asked for now.
class EarlierSet {
 public:
  // Null when nothing is kept that could help. All references outlive it.
  static std::unique_ptr<EarlierSet> Find(ResultCache& cache, const std::string& family, const Dataset& dataset,
                                          const Evaluation& evaluation, std::size_t set);
  // The record of the set itself, kept when some of its units were solved before.
  static std::unique_ptr<EarlierSet> Own(ResultCache& cache, const std::string& set_key, const Dataset& dataset,
                                         const Evaluation& evaluation, std::size_t set);

  // Whether the earlier answer to a row of the table is proven to be its answer now.
  bool Stands(std::int32_t row) const;
  // Its bytes; nothing when they were lost.
  std::optional<std::string_view> AnswerOf(std::int32_t row);
  // Empty: there is none.
  std::string_view ProofOf(std::int32_t row) const;

 private:
  EarlierSet(ResultCache& cache, v1::SetRecord record, const Dataset& dataset, const Evaluation& evaluation,
             std::size_t set);
  bool Fits() const;
  void ReadTable();
  void MatchRows();

  struct Part {
    std::int64_t first;  // of the scored rows
    bool looked = false;
    std::string bytes{};
    std::vector<std::string_view> units{};
  };

  ResultCache& cache_;
  v1::SetRecord record_;
  const Dataset& dataset_;
  const Evaluation& evaluation_;
  std::size_t set_;
  Observations then_;
  std::vector<std::int64_t> scored_at_;  // of each row then: position among the scored, or -1
  std::vector<std::int32_t> row_then_;   // of each row of the table
  std::vector<Part> parts_;
  std::unique_ptr<ReferenceMatrix> reference_then_;
  std::unique_ptr<Carrier> carrier_;
};

}  // namespace farrell::dea
