// The content key of a fit, a comparison, a set of tests: everything its numbers depend on, and nothing else.
#pragma once

#include <string>

#include "common/canonical/canonical.h"
#include "common/panel/panel.h"
#include "services/regression/engine/compare.h"
#include "services/regression/engine/curve/curve.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/forecast/early_warning.h"
#include "services/regression/engine/forecast/nowcast.h"
#include "services/regression/engine/specification/specification_tests.h"

namespace farrell::regression {

// The canonical description: operation, specification with defaults written out, digest of the cells used of every
// period, engine revision, numeric ABI, and the seed where random numbers are used. Two snapshots that agree on the
// cells used give the same description.
canonical::Value DescribeAction(const Panel& panel, const FitSpec& spec);
canonical::Value DescribeAction(const Panel& panel, const CompareSpec& spec);
canonical::Value DescribeAction(const Panel& panel, const SpecificationSpec& spec);
canonical::Value DescribeAction(const Panel& panel, const CurveSpec& spec);
canonical::Value DescribeAction(const Panel& panel, const NowcastSpec& spec);
canonical::Value DescribeAction(const Panel& panel, const EarlyWarningSpec& spec);

// SHA-256 over it in the domain "farrell.action.v1".
inline std::string ActionKey(const canonical::Value& action) { return canonical::Digest("farrell.action.v1", action); }
template <typename Spec>
std::string ActionKey(const Panel& panel, const Spec& spec) {
  return ActionKey(DescribeAction(panel, spec));
}

}  // namespace farrell::regression
