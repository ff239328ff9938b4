// Progress of long calls on standard error: one line that is redrawn on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "farrell/common/v1/types.pb.h"

namespace farrell::cli {

class ProgressDisplay {
 public:
  enum class Mode : std::uint8_t { kNone, kLines, kBar };

  // Bar when standard error is a terminal, lines otherwise, nothing with `quiet`.
  static Mode ChooseMode(bool quiet);

  explicit ProgressDisplay(Mode mode) : mode_(mode) {}
  ~ProgressDisplay() { Clear(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void Update(const common::v1::Progress& progress);
  // Takes the bar off the terminal before other output.
  void Clear();

 private:
  void DrawBar(const common::v1::Progress& progress);
  void PrintLine(const common::v1::Progress& progress);

  Mode mode_;
  bool drawn_ = false;
  std::string last_stage_;
  std::int64_t last_tenth_ = -1;
};

// "solving  408/816 (50 %)  message": what a plain line says.
std::string DescribeProgress(const common::v1::Progress& progress);
// "━━━━━━────── " of `width` columns filled in proportion; empty when the total is not known.
std::string Bar(std::int64_t completed, std::int64_t total, int width);

}  // namespace farrell::cli
