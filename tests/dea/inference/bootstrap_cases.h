// What the tests of the bootstraps share.
#pragma once

#include <gtest/gtest.h>

#include "services/dea/engine/inference/bootstrap.h"

namespace farrell::dea::testing {

inline constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                                   ReturnsToScale::kNdrs};
inline constexpr Orientation kOrientations[] = {Orientation::kInput, Orientation::kOutput};

inline RadialMeasure MeasureOf(Orientation orientation) {
  return orientation == Orientation::kInput ? RadialMeasure::kTheta : RadialMeasure::kInversePhi;
}

// Few replications, for properties that hold in each.
inline BootstrapOptions Few(BootstrapMethod method = BootstrapMethod::kSmoothed) {
  BootstrapOptions options;
  options.method = method;
  options.replication_count = 40;
  options.seed = 5;
  return options;
}

// Runs a bootstrap that must succeed.
inline BootstrapResult Bootstrap(const Sample& sample, ReturnsToScale rts, Orientation orientation,
                                 const BootstrapOptions& options) {
  Result<BootstrapResult> result = RunBootstrap(sample, rts, orientation, MeasureOf(orientation), options, {}, nullptr);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *result : BootstrapResult{};
}

}  // namespace farrell::dea::testing
