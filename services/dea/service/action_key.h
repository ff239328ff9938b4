// The content keys of an evaluation: everything its numbers depend on, and nothing else.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/panel/panel.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea {

// Keys of the whole evaluation and of each of its reference sets. A key is the SHA-256, in the domain
// "farrell.action.v1", of operation, spec with defaults written out (measures as a set), digests of the cells used in
// every period with the group and the role of each row, engine revision and numeric ABI. Row order, columns not used,
// names of group and role columns and the release the data came from are not part of it; so two snapshots that agree on
// the cells share their results, and a new period leaves the keys of the others alone.
class ActionKeys {
 public:
  // `model` has its measures in the order of names (ModelFromProto); `sets` belong to `data`, `data` to `panel`.
  ActionKeys(const Panel& panel, const Model& model, const Observations& data, const ReferenceSets& sets);

  // What is hashed for the whole evaluation.
  const canonical::Value& description() const { return description_; }
  const std::string& whole() const { return whole_; }
  // Key of the units scored against one reference set.
  const std::string& of_set(std::size_t set) const { return of_set_[set]; }

 private:
  canonical::Value description_;
  std::string whole_;
  std::vector<std::string> of_set_;
};

}  // namespace farrell::dea
