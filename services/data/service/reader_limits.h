// What a program of ours may take to read one file of another's (a workbook, a Stata file), and how it says no.
#pragma once

#include <chrono>
#include <cstddef>

namespace farrell::data {

inline constexpr std::chrono::seconds kReaderTimeout{60};
inline constexpr int kReaderProcessorSeconds = 60;
inline constexpr std::size_t kReaderMemoryBytes = std::size_t{2} << 30U;
// The exit code of a file that is not what it should be.
inline constexpr int kReaderRefused = 4;

}  // namespace farrell::data
