#include "services/regression/engine/design.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "common/text/nearest.h"
#include "common/text/number.h"
#include "services/regression/engine/singletons.h"
#include "services/regression/engine/term_columns.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Range of the largest magnitude in a column: (y / x)^2 and its inflation by near collinearity stay finite.
constexpr double kSmallestColumn = 1e-70;
constexpr double kLargestColumn = 1e70;

class Builder {
 public:
  Builder(const Panel& panel, const Formula& formula, const DesignOptions& options)
      : panel_(panel), formula_(formula), options_(options) {}

  Result<Design> Build() {
    FARRELL_RETURN_IF_ERROR(CheckColumns());
    FARRELL_RETURN_IF_ERROR(CheckReferences());
    FARRELL_RETURN_IF_ERROR(CheckNumbers());
    SelectRows();
    FARRELL_RETURN_IF_ERROR(Weigh());
    if (design_.rows.empty()) return NoObservations();
    FARRELL_RETURN_IF_ERROR(Classify());
    LeaveOutSingletons();
    if (design_.rows.empty()) return NoObservations();
    ListDropped();
    design_.y = NumbersOf(panel_, formula_.response, design_.rows);
    FARRELL_RETURN_IF_ERROR(MakeColumns());
    FARRELL_RETURN_IF_ERROR(MakeInstruments());
    FARRELL_RETURN_IF_ERROR(CheckRange());
    if (options_.panel_keys) KeepKeys();
    for (const std::string& name : options_.classifications) {
      FARRELL_ASSIGN_OR_RETURN(Levels levels, ClassifyRows(panel_, name, design_.rows));
      design_.classifications[name] = std::move(levels);
    }
    return std::move(design_);
  }

 private:
  Status NoObservations() const {
    std::string message = "no observations are left of " + std::to_string(design_.row_count) + " rows";
    if (design_.missing_row_count > 0) {
      message += "; " + std::to_string(design_.missing_row_count) + " have a missing value in";
      for (const auto& [column, count] : design_.missing_by_column) {
        message += " " + column + " (" + std::to_string(count) + ")";
      }
    }
    if (weightless_ > 0) message += "; " + std::to_string(weightless_) + " have the weight 0";
    if (design_.singleton_count > 0) message += "; " + std::to_string(design_.singleton_count) + " are singletons";
    return FailedPrecondition("NO_OBSERVATIONS", message);
  }

  std::vector<std::string> NumberColumns() const {
    std::vector<std::string> columns = formula_.NumberColumns();
    if (!options_.weights.empty()) columns.push_back(options_.weights);
    return columns;
  }

  std::vector<std::string> LabelColumns() const {
    std::vector<std::string> columns = formula_.LabelColumns();
    columns.insert(columns.end(), options_.classifications.begin(), options_.classifications.end());
    if (!options_.interact_by.empty()) columns.push_back(options_.interact_by);
    return columns;
  }

  std::string RowName(std::size_t row) const {
    std::string name =
        panel_.unit_key.empty() ? "row " + std::to_string(row + 1) : panel_.unit_key + " " + panel_.units[row];
    if (panel_.has_time()) name += ", " + panel_.time_key + " " + std::to_string(panel_.times[row]);
    return name;
  }

  // A violation that points into the formula where `key` was written, or a plain one of `field`.
  FieldViolation PointTo(const std::string& key, const std::string& field, const std::string& message) const {
    const auto offset = formula_.offsets.find(key);
    if (offset == formula_.offsets.end()) return {field, message};
    return {"formula", PointAt(formula_.source, offset->second, message)};
  }

  Status CheckColumns() const {
    const std::vector<std::string> known = ColumnNames(panel_);
    std::vector<FieldViolation> violations;
    std::vector<std::string> unknown;
    std::set<std::string> seen;
    const auto check = [&](const std::string& name, const char* field, bool number) {
      if (FindColumn(panel_, name) != nullptr || IsTimeKey(panel_, name)) return;
      const bool unit = IsUnitKey(panel_, name);
      if ((unit && !number) || !seen.insert(name).second) return;
      const std::string bare(WithoutBackQuotes(name));
      violations.push_back(PointTo(name, field,
                                   unit ? name + " names units; it holds no numbers, use i(" + name + ")"
                                        : "there is no column " + name + text::DidYouMean(bare, known)));
      unknown.push_back(name);
    };
    for (const std::string& name : formula_.NumberColumns()) check(name, "formula", true);
    for (const std::string& name : formula_.LabelColumns()) check(name, "formula", false);
    if (!options_.weights.empty()) check(options_.weights, "weights", true);
    for (const std::string& name : options_.classifications) check(name, "cluster", false);
    if (!options_.interact_by.empty()) check(options_.interact_by, "by", false);
    if (violations.empty()) return Status::Ok();
    std::string message = "the table has no column ";
    for (std::size_t k = 0; k < unknown.size(); ++k) {
      message += (k > 0 ? ", " : "") + unknown[k] + text::DidYouMean(WithoutBackQuotes(unknown[k]), known);
    }
    return NotFound("COLUMN_NOT_FOUND", message).With("column", unknown[0]).WithViolations(std::move(violations));
  }

  // A reference that occurs nowhere in its column is a slip; one that merely has no row left is not.
  Status CheckReferences() const {
    std::vector<std::size_t> all;
    std::vector<FieldViolation> violations;
    std::set<std::string> seen;
    for (const FormulaTerm* term : formula_.AllTerms()) {
      for (const Factor& factor : term->factors) {
        const std::string key = factor.column + "::" + factor.reference;
        if (factor.reference.empty() || !seen.insert(key).second) continue;
        if (all.empty()) {
          all.resize(panel_.size());
          std::iota(all.begin(), all.end(), std::size_t{0});
        }
        FARRELL_ASSIGN_OR_RETURN(const Levels levels, ClassifyRows(panel_, factor.column, all));
        const auto& labels = levels.labels;
        if (std::find(labels.begin(), labels.end(), factor.reference) != labels.end()) continue;
        violations.push_back(
            PointTo(key, "formula",
                    levels.name + " has no level " + factor.reference + text::DidYouMean(factor.reference, labels)));
      }
    }
    if (violations.empty()) return Status::Ok();
    const std::string message = "the formula is not valid: " + violations.front().description;
    return InvalidArgument("FORMULA_INVALID", message).WithViolations(std::move(violations));
  }

  Status CheckNumbers() const {
    Violations violations;
    for (const std::string& name : NumberColumns()) {
      const PanelColumn* column = FindColumn(panel_, name);
      if (column == nullptr || !column->is_text) continue;
      const std::size_t before = violations.size();
      for (std::size_t row = 0; row < panel_.size(); ++row) {
        if (!IsNumber(column->texts[row])) {
          violations.Add(RowName(row) + ", column " + name, "'" + column->texts[row] + "' is not a number");
        }
      }
      if (violations.size() == before) violations.Add("column " + name, "holds text");
    }
    return std::move(violations)
        .Finish("NOT_NUMERIC", "text where the formula needs numbers; use i(column) for categories");
  }

  static bool IsNumber(const std::string& text) {
    if (text.empty()) return true;
    char* end = nullptr;
    std::strtod(text.c_str(), &end);
    return end == text.c_str() + text.size();
  }

  void CountDropped(int reason, const std::string& column, std::size_t row) {
    ++dropped_[{reason, column, panel_.has_time() ? panel_.times[row] : 0}];
  }

  void SelectRows() {
    std::vector<std::size_t> rows = options_.subset;
    if (!options_.use_subset) {
      rows.resize(panel_.size());
      std::iota(rows.begin(), rows.end(), std::size_t{0});
    }
    design_.row_count = static_cast<std::int64_t>(rows.size());
    std::vector<std::string> columns = NumberColumns();
    for (const std::string& name : LabelColumns()) columns.push_back(name);
    std::vector<char> complete(panel_.size(), 1);
    std::set<std::string> counted;
    for (const std::string& name : columns) {
      if (!counted.insert(CompactText(name)).second) continue;
      const std::vector<char> present = PresentCells(panel_, name);
      std::int64_t missing = 0;
      for (std::size_t row : rows) {
        if (present[row] != 0) continue;
        ++missing;
        complete[row] = 0;
        CountDropped(kMissingValue, name, row);
      }
      if (missing > 0) design_.missing_by_column[name] = missing;
    }
    for (std::size_t row : rows) {
      if (complete[row] != 0) design_.rows.push_back(row);
    }
    design_.missing_row_count = design_.row_count - static_cast<std::int64_t>(design_.rows.size());
  }

  Status Weigh() {
    if (options_.weights.empty()) return Status::Ok();
    const VectorXd weights = NumbersOf(panel_, options_.weights, design_.rows);
    Violations violations;
    std::vector<std::size_t> rows;
    for (std::size_t k = 0; k < design_.rows.size(); ++k) {
      const double weight = weights(static_cast<Index>(k));
      if (weight < 0.0) {
        violations.Add(RowName(design_.rows[k]) + ", column " + options_.weights,
                       "the weight " + text::FormatReal(weight) + " is negative");
      } else if (weight > 0.0) {
        rows.push_back(design_.rows[k]);
      } else {
        ++weightless_;
        CountDropped(kWeightZero, options_.weights, design_.rows[k]);
      }
    }
    design_.rows = std::move(rows);
    return std::move(violations).Finish("WEIGHTS_INVALID", "weights must not be negative");
  }

  Status Classify() {
    for (const EffectTerm& effect : formula_.effects) {
      std::vector<Levels> parts;
      for (const std::string& column : effect.columns) {
        FARRELL_ASSIGN_OR_RETURN(Levels levels, ClassifyRows(panel_, column, design_.rows));
        parts.push_back(std::move(levels));
      }
      design_.effects.push_back({CombineLevels(std::move(parts), effect.name), effect.slopes, {}, !effect.slopes_only});
    }
    return Status::Ok();
  }

  void LeaveOutSingletons() {
    const std::vector<std::int32_t> alone = FindSingletons(design_.effects, design_.rows.size());
    std::vector<char> keep(design_.rows.size(), 1);
    std::vector<std::size_t> rows;
    for (std::size_t k = 0; k < alone.size(); ++k) {
      if (alone[k] < 0) {
        rows.push_back(design_.rows[k]);
        continue;
      }
      keep[k] = 0;
      ++design_.singleton_count;
      CountDropped(kSingleton, design_.effects[static_cast<std::size_t>(alone[k])].name(), design_.rows[k]);
    }
    if (design_.singleton_count > 0) {
      design_.rows = std::move(rows);
      for (Effect& effect : design_.effects) effect.levels = RestrictLevels(effect.levels, keep);
    }
    for (Effect& effect : design_.effects) {
      for (const std::string& name : effect.slope_names) {
        effect.slopes.push_back(NumbersOf(panel_, name, design_.rows));
      }
    }
    if (!options_.weights.empty()) design_.weights = NumbersOf(panel_, options_.weights, design_.rows);
  }

  void ListDropped() {
    constexpr const char* kReasons[] = {"missing", "weight_zero", "singleton"};
    for (const auto& [key, count] : dropped_) {
      const auto& [reason, column, period] = key;
      std::optional<std::int64_t> when;
      if (panel_.has_time()) when = period;
      design_.dropped.push_back({kReasons[reason], column, when, count});
    }
  }

  void KeepKeys() {
    if (!panel_.unit_key.empty()) design_.units = ClassifyUnits(panel_, design_.rows);
    if (!panel_.has_time()) return;
    design_.periods.reserve(design_.rows.size());
    for (const std::size_t row : design_.rows) design_.periods.push_back(panel_.times[row]);
  }

  Status MakeColumns() {
    const bool dummies = std::any_of(design_.effects.begin(), design_.effects.end(),
                                     [](const Effect& effect) { return effect.dummies; });
    design_.has_constant = formula_.constant && !dummies;
    const bool all_levels = !design_.has_constant && !dummies;
    const TermColumns maker(panel_, design_.rows, design_.polynomials);
    std::vector<NamedColumn> constant;
    if (design_.has_constant) {
      constant.push_back({kConstantName, VectorXd::Ones(static_cast<Index>(design_.rows.size()))});
    }
    std::vector<NamedColumn> endogenous;
    for (const FormulaTerm& term : formula_.endogenous) {
      FARRELL_RETURN_IF_ERROR(maker.Expand(term, all_levels, endogenous));
    }
    std::vector<NamedColumn> exogenous;
    for (const FormulaTerm& term : formula_.terms) {
      FARRELL_RETURN_IF_ERROR(maker.Expand(term, all_levels, exogenous));
    }
    if (!options_.interact_by.empty()) {
      FARRELL_ASSIGN_OR_RETURN(groups_, ClassifyRows(panel_, options_.interact_by, design_.rows));
      split_instruments_ = Split(endogenous, false);
      Split(exogenous, false);
      Split(constant, false);
    }
    for (std::size_t k = 0; k < endogenous.size(); ++k) {
      design_.endogenous.push_back(static_cast<Index>(constant.size() + k));
    }
    std::vector<NamedColumn> columns = std::move(constant);
    for (auto* list : {&endogenous, &exogenous}) {
      for (NamedColumn& column : *list) columns.push_back(std::move(column));
    }
    return Place(std::move(columns), design_.names, design_.x);
  }

  Status MakeInstruments() {
    const TermColumns maker(panel_, design_.rows, design_.polynomials);
    std::vector<NamedColumn> columns;
    for (const FormulaTerm& term : formula_.instruments) FARRELL_RETURN_IF_ERROR(maker.Expand(term, false, columns));
    if (split_instruments_) Split(columns, true);
    return Place(std::move(columns), design_.instrument_names, design_.z);
  }

  Status Place(std::vector<NamedColumn> columns, std::vector<std::string>& names, Eigen::MatrixXd& matrix) const {
    matrix.resize(static_cast<Index>(design_.rows.size()), static_cast<Index>(columns.size()));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (!columns[c].values.allFinite()) {
        return InvalidArgument("NOT_FINITE", "the term " + columns[c].name + " overflows; rescale its columns");
      }
      matrix.col(static_cast<Index>(c)) = columns[c].values;
      columns[c].values.resize(0);
      names.push_back(std::move(columns[c].name));
    }
    return Status::Ok();
  }

  // Squares of coefficients and of their standard errors must neither overflow nor vanish.
  Status CheckRange() const {
    Violations violations;
    const auto check = [&](const std::string& name, const auto& values) {
      const double largest = values.cwiseAbs().maxCoeff();
      if (largest == 0.0 || (largest >= kSmallestColumn && largest <= kLargestColumn)) return;
      violations.Add(name, "its largest magnitude is " + text::FormatReal(largest) +
                               ", outside [1e-70, 1e70]; measure it in another unit");
    };
    check(formula_.response, design_.y);
    for (Index c = 0; c < design_.x.cols(); ++c) check(design_.names[static_cast<std::size_t>(c)], design_.x.col(c));
    for (Index c = 0; c < design_.z.cols(); ++c) {
      check(design_.instrument_names[static_cast<std::size_t>(c)], design_.z.col(c));
    }
    for (const Effect& effect : design_.effects) {
      for (std::size_t k = 0; k < effect.slopes.size(); ++k) check(effect.slope_names[k], effect.slopes[k]);
    }
    if (design_.weights.size() > 0) check(options_.weights, design_.weights);
    return std::move(violations).Finish("OUT_OF_RANGE", "numbers too large or too small to be squared");
  }

  // Splits the columns named (or all) by group; true when there was one.
  bool Split(std::vector<NamedColumn>& columns, bool all) const {
    const auto& terms = options_.interact_terms;
    const std::string prefix = std::string(WithoutBackQuotes(options_.interact_by)) + "::";
    std::vector<NamedColumn> split;
    bool any = false;
    for (NamedColumn& column : columns) {
      if (!all && std::find(terms.begin(), terms.end(), column.name) == terms.end()) {
        split.push_back(std::move(column));
        continue;
      }
      any = true;
      for (std::size_t level = 0; level < groups_.count(); ++level) {
        VectorXd values = VectorXd::Zero(column.values.size());
        for (std::size_t k = 0; k < groups_.ids.size(); ++k) {
          if (groups_.ids[k] == static_cast<std::int32_t>(level)) {
            values(static_cast<Index>(k)) = column.values(static_cast<Index>(k));
          }
        }
        split.push_back({prefix + groups_.labels[level] + ":" + column.name, std::move(values)});
      }
    }
    columns = std::move(split);
    return any;
  }

  // Positions in the list of reasons, in the order in which rows leave.
  static constexpr int kMissingValue = 0;
  static constexpr int kWeightZero = 1;
  static constexpr int kSingleton = 2;

  const Panel& panel_;
  const Formula& formula_;
  const DesignOptions& options_;
  Design design_;
  std::int64_t weightless_ = 0;
  // By reason, column and period.
  std::map<std::tuple<int, std::string, std::int64_t>, std::int64_t> dropped_;
  Levels groups_;
  bool split_instruments_ = false;
};

}  // namespace

Result<Design> BuildDesign(const Panel& panel, const Formula& formula, const DesignOptions& options) {
  return Builder(panel, formula, options).Build();
}

}  // namespace farrell::regression
