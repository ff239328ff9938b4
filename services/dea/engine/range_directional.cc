#include "services/dea/engine/range_directional.h"

#include <algorithm>
#include <vector>

#include "services/dea/engine/directional.h"

namespace farrell::dea {

std::unique_ptr<Formulation> MakeRangeDirectional(const Model& model, const Observations& data) {
  const auto ranges = [orientation = model.orientation](const Question& question) {
    const int count = question.data.dimension();
    std::vector<double> direction(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const bool output = question.data.is_output(i);
      if (orientation == (output ? Orientation::kInput : Orientation::kOutput)) continue;
      const double own = question.own()[i];
      const double range = output ? question.reference.highest(i) - own : own - question.reference.lowest(i);
      direction[static_cast<std::size_t>(i)] = std::max(range, 0.0);
    }
    return direction;
  };
  return MakeAlongDirection(model, data, Measure::kOneMinusBeta, ranges);
}

}  // namespace farrell::dea
