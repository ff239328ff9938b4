// Changes told scores, one number at a time, and expects each change to be noticed.
#pragma once

#include <string>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"

namespace farrell::dea::testing {

// Expects that CheckScore takes `score` as it is and refuses it with any of its numbers, peers or proofs changed.
// Returns the changes tried.
int ExpectTamperingShows(const Formulation& formulation, const Question& question, const UnitScore& score,
                         const std::string& where);

}  // namespace farrell::dea::testing
