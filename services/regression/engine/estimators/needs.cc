#include "services/regression/engine/estimators/needs.h"

#include <map>
#include <optional>
#include <string>

namespace farrell::regression {
namespace {

// Every level of the effect lies in one period, and what units had the period before is told by the level: then the
// differences of its dummies span what dummies of the later rows span.
bool FollowsPeriods(const Effect& effect, const Design& design) {
  std::map<std::int32_t, std::int64_t> period;
  std::map<std::int32_t, std::int32_t> before;
  for (std::size_t row = 0; row < design.rows.size(); ++row) {
    const std::int32_t level = effect.levels.ids[row];
    if (period.emplace(level, design.periods[row]).first->second != design.periods[row]) return false;
    if (row == 0 || design.units.ids[row] != design.units.ids[row - 1]) continue;
    if (design.periods[row] != design.periods[row - 1] + 1) continue;
    const std::int32_t earlier = effect.levels.ids[row - 1];
    if (before.emplace(level, earlier).first->second != earlier) return false;
  }
  return true;
}

class Check {
 public:
  Check(const Design& design, const EstimatorSpec& spec) : design_(design), spec_(spec) {}

  Status Run() {
    CheckInstruments();
    switch (spec_.kind) {
      case Estimator::kOls: RefuseEffects("use within, or "); break;
      case Estimator::kWithin:
        if (design_.effects.empty()) Add("formula", "within needs effects; add e.g. `| unit + time`");
        break;
      case Estimator::kBetween:
      case Estimator::kRandomEffects:
      case Estimator::kCorrelatedRandomEffects:
        NeedUnits();
        RefuseEffects("");
        if (design_.weights.size() > 0) Add("weights", Name() + " takes no weights of rows; leave them out");
        break;
      case Estimator::kFirstDifference: CheckDifferences(); break;
      default: break;
    }
    return std::move(violations_).Finish("ESTIMATOR_INVALID", "the estimator " + Name() + " cannot use this model");
  }

 private:
  std::string Name() const { return std::string(EstimatorName(spec_.kind)); }
  void Add(std::string field, std::string text) { violations_.Add(std::move(field), std::move(text)); }

  void CheckInstruments() {
    const bool given = !design_.endogenous.empty() || design_.z.cols() > 0;
    if (given && !IsInstrumental(spec_.kind)) {
      Add("formula", Name() + " takes no instruments; use 2sls or liml, or leave out the part after the second `|`");
    }
    if (!given && IsInstrumental(spec_.kind)) {
      Add("formula", Name() + " needs instruments; add e.g. `| endogenous ~ z1 + z2` after the effects (or `| 0`)");
    }
  }

  void NeedUnits() {
    if (design_.units.ids.empty()) Add("table.unit_key", Name() + " needs a unit key; name the column of units");
  }

  void RefuseEffects(const std::string& other) {
    for (const Effect& effect : design_.effects) {
      const bool unit = design_.units.ids.size() == design_.rows.size() && effect.name() == design_.units.name;
      if (unit && spec_.kind != Estimator::kOls) {
        Add("formula", Name() + " has its own unit effect; leave " + effect.name() + " out after `|`, or use within");
      } else {
        Add("formula", Name() + " absorbs no effects; " + other + "write i(" + effect.name() + ") among the terms");
      }
    }
  }

  void CheckDifferences() {
    NeedUnits();
    if (design_.periods.empty()) Add("table.time_key", Name() + " need a time key; name the column of periods");
    if (design_.units.ids.empty() || design_.periods.empty()) return;
    for (const Effect& effect : design_.effects) {
      if (!effect.slopes.empty()) {
        Add("formula", "slopes by level (" + effect.name() + ") cannot be absorbed from differences; use within");
      } else if (!IsDifferencedOut(effect, design_.units) && !FollowsPeriods(effect, design_)) {
        Add("formula", effect.name() + " changes within units in other ways than by period, which differences do not " +
                           "absorb; write i(" + effect.name() + ") among the terms");
      }
    }
  }

  const Design& design_;
  const EstimatorSpec& spec_;
  Violations violations_;
};

}  // namespace

std::string_view EstimatorName(Estimator kind) {
  switch (kind) {
    case Estimator::kDefault: return "default";
    case Estimator::kOls: return "ols";
    case Estimator::kWithin: return "within";
    case Estimator::kBetween: return "between";
    case Estimator::kFirstDifference: return "first differences";
    case Estimator::kRandomEffects: return "random effects";
    case Estimator::kCorrelatedRandomEffects: return "correlated random effects";
    case Estimator::kTwoStageLeastSquares: return "2sls";
    case Estimator::kLiml: return "liml";
    case Estimator::kTobit: return "tobit";
    case Estimator::kTruncated: return "truncated";
    case Estimator::kFractional: return "fractional";
    case Estimator::kPoisson: return "ppml";
  }
  return "";
}

bool IsDifferencedOut(const Effect& effect, const Levels& units) { return IsNested(units, effect.levels); }

Status CheckNeeds(const Design& design, const EstimatorSpec& spec) { return Check(design, spec).Run(); }

}  // namespace farrell::regression
