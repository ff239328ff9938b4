// Certificates of plain radial models, told once: slacks, score, peers and prices of a row are the solution of its
// program, so that the certificate need not repeat them.
#pragma once

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// Whether a row of the model says all of its solution: radial under CRS, VRS, NIRS or NDRS, without super-efficiency,
// bad outputs, non-discretionary measures or weight restrictions.
bool TellsItsSolution(const Model& model);

// Fills variables and prices of the certificate from the row, to the last bit but for rounded zeros and ones. For
// models with TellsItsSolution; rows of other lengths are left alone.
void RestoreCertificate(const Model& model, const Formulation& formulation, const Question& question, UnitScore& score);

}  // namespace farrell::dea
