// Every model that may be asked for, on random problems: what the property tests run over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/unit_scorer.h"

namespace farrell::dea::testing {

// All models that CheckModel accepts for that many measures: kinds x technologies x orientations x super-efficiency x
// disposability x directions x non-discretionary rules, and radial models with weight restrictions. Measures are called
// x1, y1, b1 and so on; directions by columns need Observations::directions.
std::vector<Model> AllModels(int input_count, int output_count, int bad_count);

std::string NameOf(const Model& model);

// Random problem of that number (problems.h) with, in every second one that has two outputs, the last output as a bad
// one, and with columns for directions: one positive step a measure, the same for all units.
struct VariantProblem {
  Observations data;
  std::vector<Model> models;  // a few of AllModels, others from problem to problem
  std::string description;
};
VariantProblem MakeVariantProblem(std::uint64_t number, int largest, int model_count);

// Scores of the rows of `data` under one model against a reference set.
class Scoring {
 public:
  // `model` and `data` must outlive the scoring.
  Scoring(const Model& model, const Observations& data, std::vector<std::int32_t> members);

  UnitScore Score(std::int32_t row) { return scorer_.Score({data_, row, reference_}, {}); }
  bool Holds(std::int32_t row, const UnitScore& score) const {
    return CheckUnit(model_, formulation_.get(), {data_, row, reference_}, score).holds;
  }
  const ReferenceMatrix& reference() const { return reference_; }

 private:
  const Model& model_;
  const Observations& data_;
  ReferenceMatrix reference_;
  std::unique_ptr<Formulation> formulation_;
  UnitScorer scorer_;
};

// The rows of `data`, ascending.
std::vector<std::int32_t> RowsOf(const Observations& data);

// Whether a larger score is better: false for slack sums and directional distances.
bool LargerIsBetter(Measure measure);

}  // namespace farrell::dea::testing
