// The slacks-based measure of efficiency and super-efficiency, by the transform of Charnes & Cooper (1962).
#pragma once

#include <memory>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

// With slacks of X lambda + s- = x_o, Y lambda - s+ = y_o, B lambda + s_b = b_o over the technology of the model
// (technology.h):
//
//   rho = min (1 - mean(s- / x_o)) / (1 + mean(s+ / y_o, s_b / b_o)),   score = rho in (0, 1], 1 for efficient units.
//
// Tone (2001, SBM); with bad outputs Tone (2003), whose mean runs over outputs and bad outputs together and who
// disposes of bad outputs strongly. The same number is the enhanced Russell graph measure (Pastor, Ruiz & Sirvent
// 1999). Orientation::kInput keeps the numerator alone, the Russell input measure (Faere & Lovell 1978); kOutput the
// denominator alone, 1 over the Russell output measure.
//
// With Model::super (Tone 2002) an efficient unit is moved into the technology of the others, excesses e being what
// that takes beyond its own data:
//
//   X lambda <= x_o + e-,  Y lambda >= y_o - e+,  B lambda <= b_o + e_b   (the unit itself without weight),
//   rho = min (1 + mean(e- / x_o)) / (1 - mean(e+ / y_o, e_b / b_o)),   score = rho > 1,
//
// and targets are told of that point. Tone's super-efficiency is for efficient units only: every other one keeps the
// score of the measure above, < 1, and an efficient unit that the others could replace has 1. The orientations keep
// numerator or denominator and allow no excess on the other side: kInfeasible where that cannot be (VRS), and where no
// other unit makes any output of the unit. With bad outputs the denominator is the one in common use (Huang, Yang,
// Cheng & Wang 2014).
//
// Means run over the measures that count: of the orientation's side, discretionary, not an equality, and not zero in
// the unit's own data. Zeros: Tone (2001) drops the term of a zero input, whose slack is 0 anyway, and of an
// output that the unit has no function to produce; here every zero output is taken to be one (his alternative, a small
// positive number in its place, is for the user to put into the data). A measure that is dropped allows no excess.
// Negative data are refused: the ratios have no meaning.
//
// Slacks of discretionary measures that do not count are maximised afterwards, as a plain sum in the units of the
// transform (slack times t). farrell = score. Prices are Tone's (2001) multipliers: v x_j - u y_j - w >= 0 for every
// unit of the reference set and, under the plain measure and but for GRS, v x_o - u y_o - w = 1 - rho.
std::unique_ptr<Formulation> MakeSbm(const Model& model, const Observations& data);

}  // namespace farrell::dea
