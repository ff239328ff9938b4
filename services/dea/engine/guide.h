// What makes a unit quick to solve: a start close to its optimal basis and the frame of its reference set. Neither
// changes a bit of the answer (simplex.h, frame.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "services/dea/engine/frame.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"
#include "services/dea/engine/scout.h"
#include "services/dea/engine/simplex.h"

namespace farrell::dea {

// Whether a frame serves the programs of the model.
bool TakesFrame(const Model& model, const Observations& data);

// Keeps what it learns about a reference set from unit to unit; one guide per thread.
class Guide {
 public:
  Guide(const Model& model, const Observations& data);

  // `frame` may be null. Forgets everything unless both are what they were.
  void SetReference(const ReferenceMatrix& reference, const Frame* frame);
  // Options for the unit of a row, valid until the next call.
  const SolveOptions& OptionsFor(std::int32_t row);

 private:
  void Reset();

  const Observations& data_;
  const ReferenceMatrix* reference_ = nullptr;
  std::optional<Scout> scout_;  // for the radial model, whose bases it finds
  SolveOptions options_;
};

}  // namespace farrell::dea
