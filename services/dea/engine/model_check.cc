#include "services/dea/engine/model_check.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace farrell::dea {
namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Collects violations under one prefix.
class Checker {
 public:
  Checker(const Model& model, const std::string& prefix, Violations& violations)
      : model_(model), prefix_(prefix), violations_(violations) {}

  void Names() {
    if (model_.inputs.empty()) Add("inputs", "name at least one input");
    if (model_.outputs.empty()) Add("outputs", "name at least one output");
    if (model_.inputs.size() + model_.outputs.size() + model_.bad_outputs.size() >
        static_cast<std::size_t>(kMaxDimension)) {
      Add("inputs", "at most " + std::to_string(kMaxDimension) + " inputs and outputs together");
    }
    std::set<std::string> seen;
    const auto check = [&](const std::vector<std::string>& names, const std::string& field) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string path = field + "[" + std::to_string(i) + "]";
        if (names[i].empty())
          Add(path, "is empty");
        else if (!seen.insert(names[i]).second)
          Add(path, names[i] + " is named twice");
      }
    };
    check(model_.inputs, "inputs");
    check(model_.outputs, "outputs");
    check(model_.bad_outputs, "bad_outputs");
  }

  void FrontierFields() {
    if (model_.frontier.scheme == FrontierScheme::kWindow) {
      if (model_.frontier.window < 1) Add("frontier.window", "must be at least 1");
    } else if (model_.frontier.window != 0) {
      Add("frontier.window", "only with the window scheme");
    }
    if (model_.reference_only_column.empty() && !model_.reference_only_value.empty()) {
      Add("reference_only_value", "needs reference_only_column");
    }
    if (!model_.metafrontier_column.empty() && !model_.frontier.group_column.empty()) {
      Add("metafrontier_column", "pools what frontier.group_column keeps apart; give one of the two");
    }
  }

  void Technology() {
    const bool radial_like = Is(ModelKind::kRadial) || Is(ModelKind::kFdh);
    if (radial_like && model_.orientation == Orientation::kNone) {
      Add("orientation", "radial models and FDH look to one side; choose INPUT or OUTPUT");
    }
    if (model_.rts == ReturnsToScale::kGrs) {
      const double low = model_.weight_sum_low;
      const double high = model_.weight_sum_high;
      if (!(low >= 0 && low <= 1)) Add("weight_sum_low", "must lie in [0, 1]");
      if (!(high >= 1 && std::isfinite(high))) Add("weight_sum_high", "must be finite and at least 1");
    }
    if (Is(ModelKind::kRdm) && model_.rts != ReturnsToScale::kVrs) {
      Add("rts", "the range directional model is defined under VRS (Portela, Thanassoulis & Simpson 2004)");
    }
    if (Is(ModelKind::kRam) && model_.rts != ReturnsToScale::kVrs) {
      Add("rts", "the range-adjusted measure is bounded under VRS only (Cooper, Park & Pastor 1999); use BAM");
    }
    if (model_.disposability != Disposability::kStrong) {
      if (model_.bad_outputs.empty()) Add("disposability", "needs bad_outputs");
      if (!Is(ModelKind::kRadial) && !Is(ModelKind::kDdf)) {
        Add("disposability", "weak disposability is defined here for RADIAL and DDF; use STRONG");
      }
      const bool abates = model_.rts == ReturnsToScale::kVrs || model_.rts == ReturnsToScale::kNdrs ||
                          (model_.rts == ReturnsToScale::kGrs && model_.weight_sum_low > 0);
      if (model_.disposability == Disposability::kWeak && abates && model_.orientation != Orientation::kOutput) {
        Add("disposability",
            "WEAK (Shephard's one abatement factor) is no linear program under these returns to scale where inputs "
            "change; use KUOSMANEN, orientation OUTPUT, or CRS or NIRS");
      }
    }
  }

  void NonDiscretionary() {
    if (model_.non_discretionary.empty()) return;
    if (!Is(ModelKind::kRadial)) Add("non_discretionary", "only with RADIAL");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < model_.non_discretionary.size(); ++i) {
      const std::string& name = model_.non_discretionary[i];
      const std::string path = "non_discretionary[" + std::to_string(i) + "]";
      if (!Contains(model_.inputs, name) && !Contains(model_.outputs, name)) {
        Add(path, "'" + name + "' is neither an input nor an output of the model");
      } else if (!seen.insert(name).second) {
        Add(path, name + " is named twice");
      }
    }
    const auto& scored = model_.orientation == Orientation::kOutput ? model_.outputs : model_.inputs;
    if (!scored.empty() && std::all_of(scored.begin(), scored.end(), [&](const std::string& name) {
          return Contains(model_.non_discretionary, name);
        })) {
      Add("non_discretionary", "leaves nothing to change on the side that is scored");
    }
  }

  void Weights() {
    if (!model_.weight_restrictions.empty() && !Is(ModelKind::kRadial)) Add("weight_restrictions", "only with RADIAL");
    for (std::size_t i = 0; i < model_.weight_restrictions.size(); ++i) {
      const WeightRestriction& restriction = model_.weight_restrictions[i];
      const std::string path = "weight_restrictions[" + std::to_string(i) + "]";
      const bool input = Contains(model_.inputs, restriction.measure);
      if (!input && !Contains(model_.outputs, restriction.measure)) {
        Add(path + ".measure", "'" + restriction.measure + "' is neither an input nor an output of the model");
      } else if (!restriction.over.empty() && !Contains(input ? model_.inputs : model_.outputs, restriction.over)) {
        Add(path + ".over", "'" + restriction.over + "' is not on the same side as '" + restriction.measure + "'");
      }
      if (restriction.over == restriction.measure) Add(path + ".over", "is the measure itself");
      if (!restriction.low && !restriction.high) Add(path, "give low, high, or both");
      const auto bad = [](const std::optional<double>& bound) { return bound && !(*bound >= 0 && *bound <= 1e100); };
      if (bad(restriction.low)) Add(path + ".low", "must lie in [0, 1e100]");
      if (bad(restriction.high)) Add(path + ".high", "must lie in [0, 1e100]");
      if (restriction.low && restriction.high && *restriction.low > *restriction.high) {
        Add(path + ".low", "is above high");
      }
    }
  }

  void Super() {
    if (model_.super && !Is(ModelKind::kRadial) && !Is(ModelKind::kFdh) && !Is(ModelKind::kSbm) &&
        !Is(ModelKind::kDdf)) {
      Add("super", "super-efficiency is defined here for RADIAL, FDH, SBM and DDF");
    }
    if (model_.super && Is(ModelKind::kDdf) && model_.non_radial) {
      Add("super",
          "non-radial distances are >= 0, so a unit beyond the frontier has none; leave out super or non_radial");
    }
    if (model_.super_remedy == SuperRemedy::kNone) return;
    if (!model_.super) Add("super_remedy", "needs super");
    if (!Is(ModelKind::kRadial)) Add("super_remedy", "only with RADIAL");
    if (!IsPlain()) Add("super_remedy", "not with bad outputs, non-discretionary measures or weight restrictions");
  }

  void Cross() {
    if (model_.cross == CrossEfficiency::kNone) return;
    if (!Is(ModelKind::kRadial) || model_.orientation != Orientation::kInput || model_.rts != ReturnsToScale::kCrs) {
      Add("cross", "cross-efficiency is defined for RADIAL, INPUT, CRS");
    }
    if (model_.super || !IsPlain()) {
      Add("cross", "not with super, bad outputs, non-discretionary measures or weight restrictions");
    }
  }

  void DirectionFields() {
    const std::size_t measures = model_.inputs.size() + model_.outputs.size() + model_.bad_outputs.size();
    if (!Is(ModelKind::kDdf)) {
      if (model_.direction.kind != DirectionKind::kOwn) Add("direction", "only with DDF");
      if (model_.non_radial) Add("non_radial", "only with DDF");
    } else if (model_.direction.kind == DirectionKind::kColumns && model_.direction.columns.size() != measures) {
      Add("direction.columns", "name one column for each of the " + std::to_string(measures) +
                                   " inputs, outputs and bad outputs, in that order");
    }
    if (model_.direction.kind != DirectionKind::kColumns && !model_.direction.columns.empty()) {
      Add("direction.columns", "only with KIND_COLUMNS");
    }
  }

  void FrozenFrontier() {
    if (model_.frozen_out_column.empty()) {
      if (!model_.frozen_out_value.empty()) Add("frozen_out_value", "needs frozen_out_column");
      return;
    }
    const auto forbid = [&](bool present, const char* text) {
      if (present) Add("frozen_out_column", text);
    };
    forbid(!Is(ModelKind::kRadial), "only with RADIAL");
    forbid(model_.super, "not with super, which leaves each unit out of its own frontier");
    forbid(model_.cross != CrossEfficiency::kNone, "not with cross");
    forbid(!model_.metafrontier_column.empty(), "not with metafrontier_column");
    forbid(model_.influence, "not with influence");
  }

  void Additions() {
    const bool plain = Is(ModelKind::kRadial) && IsPlain() && !model_.super;
    if (model_.scale && (!plain || model_.rts == ReturnsToScale::kGrs)) {
      Add("scale",
          "only with RADIAL under CRS, VRS, NIRS or NDRS, without super, bad outputs, non-discretionary "
          "measures or weight restrictions");
    }
    if (model_.influence && (!Is(ModelKind::kRadial) || model_.super)) Add("influence", "only with RADIAL, not super");
  }

 private:
  bool Is(ModelKind kind) const { return model_.kind == kind; }
  bool IsPlain() const {
    return model_.bad_outputs.empty() && model_.non_discretionary.empty() && model_.weight_restrictions.empty();
  }
  void Add(const std::string& field, const std::string& text) { violations_.Add(prefix_ + field, text); }

  const Model& model_;
  const std::string& prefix_;
  Violations& violations_;
};

}  // namespace

void CheckModel(const Model& model, const std::string& prefix, Violations& violations) {
  Checker checker(model, prefix, violations);
  checker.Names();
  checker.FrontierFields();
  checker.Technology();
  checker.NonDiscretionary();
  checker.Weights();
  checker.Super();
  checker.Cross();
  checker.DirectionFields();
  checker.FrozenFrontier();
  checker.Additions();
}

bool AllowsNegativeData(const Model& model) {
  if (model.rts != ReturnsToScale::kVrs) return false;
  switch (model.kind) {
    case ModelKind::kAdditive:
    case ModelKind::kRam:
    case ModelKind::kBam:
    case ModelKind::kRdm: return true;
    case ModelKind::kDdf:
      return model.direction.kind == DirectionKind::kColumns && model.disposability == Disposability::kStrong;
    default: return false;
  }
}

bool NeedsPositiveSides(const Model& model) {
  switch (model.kind) {
    case ModelKind::kRadial:
    case ModelKind::kFdh:
    case ModelKind::kSbm: return true;
    // Elsewhere a unit without inputs could grow without bound.
    case ModelKind::kDdf: return !AllowsNegativeData(model);
    default: return false;
  }
}

}  // namespace farrell::dea
