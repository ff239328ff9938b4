// The arithmetic of a conditional projection.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_projection.h"
#include "services/reporting/engine/facts_regression.h"

namespace farrell::reporting {

// (1 + change)^slope: what an output, or a score with inputs held, is multiplied by. `change` above -1.
double ChangeFactor(double change, double slope);

// The coefficient and its interval under the fit's first inference, in the order of kSlopePoints; unset where the fit
// has none.
AtSlopePoints SlopeOf(const FitFacts& fit, const std::string& term);

// A value of the log regressor in the rows of the regressions.
struct MovedRow {
  std::string unit;
  double value = 0;
};

// How units have moved about their own means.
class Movement {
 public:
  // At least one row.
  explicit Movement(const std::vector<MovedRow>& rows);

  double lowest() const { return lowest_; }
  double highest() const { return highest_; }
  // `value` minus the mean of the unit, which has a row.
  double Deviation(const std::string& unit, double value) const { return value - means_.at(unit); }
  bool Holds(double deviation) const { return lowest_ <= deviation && deviation <= highest_; }

 private:
  std::map<std::string, double> means_;
  double lowest_ = 0;
  double highest_ = 0;
};

}  // namespace farrell::reporting
