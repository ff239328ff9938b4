// Large pages for arrays that are filled from end to end: at ten million rows a fit otherwise spends a fifth of its
// time on page faults of 4 KiB.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace farrell::regression {

// Asks the system to back `bytes` from `data`, allocated and not yet touched, with large pages. A hint without effect
// on results; small arrays are left alone.
inline void PreferLargePages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::size_t kWorthwhile = std::size_t{8} << 20U;
  constexpr std::uintptr_t kPage = 4096;
  if (bytes < kWorthwhile) return;
  // The next whole page; the call is about address space, not about what stands there.
  const std::uintptr_t skipped = (kPage - reinterpret_cast<std::uintptr_t>(data) % kPage) % kPage;
  madvise(static_cast<char*>(data) + skipped, (bytes - skipped) / kPage * kPage, MADV_HUGEPAGE);
#endif
}

}  // namespace farrell::regression
