// The content keys of the dea service: everything that numbers depend on, and nothing else.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/panel/panel.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"
#include "services/dea/service/model_conversion.h"

namespace farrell::dea {

// What is hashed of a model: every field with its default written out, measures as sets, names of group and role
// columns left out.
canonical::Value::Object Describe(const Model& model);
canonical::Value Describe(const BootstrapOptions& options);

// Cells of the columns a model reads, by period and group, with the role of each row. Group and role columns enter by
// what they make of the rows, never by name.
class Slices {
 public:
  // `data` belongs to `panel`; `columns` are columns of the panel, each once. `group` splits the periods, or is null.
  Slices(const Panel& panel, const Observations& data, const std::vector<std::string>& columns,
         const PanelColumn* group);

  // The number of a row's slice, in order of appearance.
  std::size_t of_row(std::size_t row) const { return slice_of_row_[row]; }
  std::size_t size() const { return slices_.size(); }
  // Name ("2019", "2019/east", "" for a plain cross-section) and digest of the slices for which `included` is not 0.
  canonical::Value::Object Describe(const std::vector<char>& included) const;
  canonical::Value::Object DescribeAll() const { return Describe(std::vector<char>(size(), 1)); }

 private:
  struct Slice {
    std::string name;
    std::string digest;
  };
  std::vector<Slice> slices_;
  std::vector<std::size_t> slice_of_row_;
};

// Who spans whose frontier: the scheme and all slices.
canonical::Value::Object DescribeFrontier(const Frontier& frontier, const Slices& slices);

// The key of an operation: the SHA-256, in the domain "farrell.action.v1", of its description, which holds the
// operation, its spec with defaults written out, the digests of the cells used, engine revision and numeric ABI.
struct Action {
  const char* operation;      // "dea.evaluate"
  const char* result_schema;  // "farrell.dea.v1.StoredEvaluation"
  canonical::Value::Object spec;
  canonical::Value::Object reference;
  canonical::Value eval;
  canonical::Value seed{};  // null: no random numbers

  canonical::Value Description() const;
  std::string Key() const;
};

// Keys of the units scored against each reference set: those of the action with the slices that span the set and those
// that are scored against it.
std::vector<std::string> KeysOfSets(Action action, const Slices& slices, const ReferenceSets& sets);

// Keys of a whole evaluation and of each of its reference sets. Row order, columns not used, names of group and role
// columns and the release the data came from are not part of them; so two snapshots that agree on the cells share their
// results, and a new period leaves the keys of the others alone.
class ActionKeys {
 public:
  // `sets` belong to `data`, `data` to `panel`.
  ActionKeys(const Panel& panel, const EvaluationSpec& spec, const Observations& data, const ReferenceSets& sets);

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
