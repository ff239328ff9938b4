// What glp_exact needs to be exact.
#pragma once

struct glp_prob;

namespace farrell::dea::testing {

// glp_exact takes whole numbers as they are and every other to a nearby fraction, 1e-10 away at most: a tie may break,
// a slack appear. This counts variables in units of 2^-200 and rows in units of 2^-400, which makes whole numbers of
// all data from 2^-100 on and changes none. Call it before glp_exact, after any glp_simplex, whose basis stays. Returns
// what the objective is then multiplied by; values of variables are multiplied by 2^200.
double MakeIntegral(glp_prob* problem);

}  // namespace farrell::dea::testing
