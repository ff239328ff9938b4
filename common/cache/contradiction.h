// Two computations of one key that differ.
//
// Under a content key there is exactly one sequence of bytes. Where two differ one of them was wrong: by a defect, a
// part of the machine that fails, or somebody who changed what is kept and sealed it anew.
#pragma once

#include <functional>
#include <string>

namespace farrell {

struct Contradiction {
  std::string key;
  std::string operation;    // "dea.evaluate", a step or figure of a study; empty: not known, such as a part of a result
  std::string digest;       // SHA-256 of the bytes that were computed again, which stay
  std::string kept_digest;  // of those that were kept, which are put aside
};

// Called from any thread.
using OnContradiction = std::function<void(const Contradiction&)>;

}  // namespace farrell
