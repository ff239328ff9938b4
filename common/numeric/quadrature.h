// Quadrature rules.
#pragma once

#include <vector>

namespace farrell::numeric {

// sum_k weights[k] f(nodes[k]) is the mean of f(Z), Z standard normal; exact for polynomials of degree below 2n. Nodes
// increase. n in [1, 128].
struct GaussHermiteRule {
  std::vector<double> nodes;
  std::vector<double> weights;
};
GaussHermiteRule GaussHermite(int n);

}  // namespace farrell::numeric
