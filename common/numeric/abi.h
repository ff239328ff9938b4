// The numeric ABI: what, beside the algorithm, decides the bits of a result.
#pragma once

#include <string_view>

namespace farrell::numeric {

// Instruction-set baseline and elementary functions, as it stands in content keys and provenance.
inline constexpr std::string_view kNumAbi = "x86-64-sse2;sleef3.5-cinz-purec;nofma;eigen3.4-l32k-256k-2m";

// Fixes what would otherwise follow the CPU: Eigen's cache sizes (its blocking, and so its summation order, depends on
// them) and the floating-point environment (round to nearest, denormals kept). Call first thing in main, before
// threads.
void FixNumericEnvironment();

// Also for programs that never call it (tests, clients): whoever includes this header has it done before main.
inline const bool kNumericEnvironmentFixed = (FixNumericEnvironment(), true);

}  // namespace farrell::numeric
