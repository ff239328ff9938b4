#include "services/regression/engine/design.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <set>
#include <utility>

#include "common/text/number.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Cells of the design matrix, 800 MB.
constexpr std::size_t kMaxCells = 100'000'000;

// Range of the largest magnitude in a column: (y / x)^2 and its inflation by near collinearity stay finite.
constexpr double kSmallestColumn = 1e-70;
constexpr double kLargestColumn = 1e70;

const PanelColumn* FindColumn(const Panel& panel, const std::string& name) {
  if (const PanelColumn* column = panel.Find(name)) return column;
  return panel.Find(WithoutBackQuotes(name));
}

bool IsUnitKey(const Panel& panel, const std::string& name) {
  return !panel.unit_key.empty() && WithoutBackQuotes(name) == panel.unit_key;
}
bool IsTimeKey(const Panel& panel, const std::string& name) {
  return panel.has_time() && WithoutBackQuotes(name) == panel.time_key;
}

Status ColumnNotFound(const std::string& name) {
  return NotFound("COLUMN_NOT_FOUND", "the table has no column " + name).With("column", name);
}

Status TooManyColumns(const std::string& column) {
  return InvalidArgument("TOO_MANY_COLUMNS",
                         "the dummies of " + column + " do not fit in memory; absorb it after `|` instead")
      .With("column", column);
}

// A number as a label: integers without a decimal point.
std::string NumberLabel(double value) {
  char text[40];
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    std::snprintf(text, sizeof text, "%.0f", value == 0.0 ? 0.0 : value);
  } else {
    std::snprintf(text, sizeof text, "%.17g", value);
  }
  return text;
}

template <typename Value, typename Label>
Levels LevelsOf(std::string name, const std::vector<Value>& values, Label label) {
  std::vector<Value> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  Levels levels;
  levels.name = std::move(name);
  for (const Value& value : sorted) levels.labels.push_back(label(value));
  for (const Value& value : values) {
    levels.ids.push_back(
        static_cast<std::int32_t>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()));
  }
  return levels;
}

// The combinations of several classifications that occur, labelled "a^b".
Levels Combine(const std::vector<Levels>& parts, const std::string& name) {
  if (parts.size() == 1) {
    Levels levels = parts[0];
    levels.name = name;
    return levels;
  }
  std::vector<std::vector<std::int32_t>> keys(parts[0].ids.size());
  for (const Levels& part : parts) {
    for (std::size_t row = 0; row < keys.size(); ++row) keys[row].push_back(part.ids[row]);
  }
  return LevelsOf(name, keys, [&](const std::vector<std::int32_t>& key) {
    std::string label;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (p > 0) label += '^';
      label += parts[p].labels[static_cast<std::size_t>(key[p])];
    }
    return label;
  });
}

class Builder {
 public:
  Builder(const Panel& panel, const Formula& formula, const DesignOptions& options)
      : panel_(panel), formula_(formula), options_(options) {}

  Result<Design> Build() {
    FARRELL_RETURN_IF_ERROR(CheckColumns());
    SelectRows();
    if (design_.rows.empty()) return NoObservations();
    FARRELL_RETURN_IF_ERROR(Classify());
    DropSingletons();
    if (design_.rows.empty()) return NoObservations();
    design_.y = Numbers(formula_.response);
    FARRELL_RETURN_IF_ERROR(MakeColumns());
    if (options_.panel_keys) KeepKeys();
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
    if (design_.singleton_count > 0) message += "; " + std::to_string(design_.singleton_count) + " are singletons";
    return FailedPrecondition("NO_OBSERVATIONS", message);
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

  Status CheckColumns() const {
    for (const std::string& name : LabelColumns()) {
      if (FindColumn(panel_, name) == nullptr && !IsUnitKey(panel_, name) && !IsTimeKey(panel_, name)) {
        return ColumnNotFound(name);
      }
    }
    Violations violations;
    for (const std::string& name : formula_.NumberColumns()) {
      const PanelColumn* column = FindColumn(panel_, name);
      if (column == nullptr && IsTimeKey(panel_, name)) continue;
      if (column == nullptr) return ColumnNotFound(name);
      if (!column->is_text) continue;
      for (std::size_t row = 0; row < panel_.size(); ++row) {
        if (!IsNumber(column->texts[row])) {
          violations.Add(RowName(row) + ", column " + name, "'" + column->texts[row] + "' is not a number");
        }
      }
      if (violations.empty()) violations.Add("column " + name, "holds text");
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

  void SelectRows() {
    std::vector<std::size_t> rows = options_.subset;
    if (!options_.use_subset) {
      rows.resize(panel_.size());
      std::iota(rows.begin(), rows.end(), std::size_t{0});
    }
    design_.row_count = static_cast<std::int64_t>(rows.size());
    std::vector<std::string> columns = formula_.NumberColumns();
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
      }
      if (missing > 0) design_.missing_by_column[name] = missing;
    }
    for (std::size_t row : rows) {
      if (complete[row] != 0) design_.rows.push_back(row);
    }
    design_.missing_row_count = design_.row_count - static_cast<std::int64_t>(design_.rows.size());
  }

  Status Classify() {
    for (const EffectTerm& effect : formula_.effects) {
      std::vector<Levels> parts;
      for (const std::string& column : effect.columns) {
        FARRELL_ASSIGN_OR_RETURN(Levels levels, ClassifyRows(panel_, column, design_.rows));
        parts.push_back(std::move(levels));
      }
      design_.effects.push_back({Combine(parts, effect.name), {}, {}, true});
    }
    return Status::Ok();
  }

  void DropSingletons() {
    if (design_.effects.empty()) return;
    std::vector<char> keep(design_.rows.size(), 1);
    bool changed = true;
    while (changed) {
      changed = false;
      for (const Effect& absorbed : design_.effects) {
        const Levels& effect = absorbed.levels;
        std::vector<std::int64_t> size(effect.count(), 0);
        for (std::size_t k = 0; k < keep.size(); ++k) {
          if (keep[k] != 0) ++size[static_cast<std::size_t>(effect.ids[k])];
        }
        for (std::size_t k = 0; k < keep.size(); ++k) {
          if (keep[k] != 0 && size[static_cast<std::size_t>(effect.ids[k])] == 1) {
            keep[k] = 0;
            ++design_.singleton_count;
            changed = true;
          }
        }
      }
    }
    if (design_.singleton_count == 0) return;
    std::vector<std::size_t> rows;
    for (std::size_t k = 0; k < keep.size(); ++k) {
      if (keep[k] != 0) rows.push_back(design_.rows[k]);
    }
    design_.rows = std::move(rows);
    for (Effect& effect : design_.effects) effect.levels = RestrictLevels(effect.levels, keep);
  }

  VectorXd Numbers(const std::string& name) const {
    const PanelColumn* column = FindColumn(panel_, name);
    VectorXd values(static_cast<Index>(design_.rows.size()));
    for (std::size_t k = 0; k < design_.rows.size(); ++k) {
      const std::size_t row = design_.rows[k];
      values(static_cast<Index>(k)) = column != nullptr ? column->numbers[row] : static_cast<double>(panel_.times[row]);
    }
    return values;
  }

  struct Column {
    std::string name;
    VectorXd values;
  };

  // The columns of one term: the product over its factors, a factor of levels giving one column a level.
  Status ExpandTerm(const FormulaTerm& term, bool all_levels, std::vector<Column>& columns) const {
    std::vector<Column> product = {{"", VectorXd::Ones(static_cast<Index>(design_.rows.size()))}};
    for (const Factor& factor : term.factors) {
      std::vector<Column> parts;
      if (factor.levels) {
        FARRELL_ASSIGN_OR_RETURN(const Levels levels, ClassifyRows(panel_, factor.column, design_.rows));
        const std::string prefix = std::string(WithoutBackQuotes(factor.column)) + "::";
        if (levels.count() * design_.rows.size() > kMaxCells) return TooManyColumns(factor.column);
        for (std::size_t level = all_levels ? 0 : 1; level < levels.count(); ++level) {
          VectorXd dummy = VectorXd::Zero(static_cast<Index>(levels.ids.size()));
          for (std::size_t k = 0; k < levels.ids.size(); ++k) {
            if (levels.ids[k] == static_cast<std::int32_t>(level)) dummy(static_cast<Index>(k)) = 1.0;
          }
          parts.push_back({prefix + levels.labels[level], std::move(dummy)});
        }
      } else {
        parts.push_back({factor.column, Numbers(factor.column)});
      }
      if ((columns.size() + product.size() * parts.size()) * design_.rows.size() > kMaxCells) {
        return TooManyColumns(factor.column);
      }
      std::vector<Column> next;
      for (const Column& left : product) {
        for (const Column& right : parts) {
          next.push_back(
              {left.name.empty() ? right.name : left.name + ":" + right.name, left.values.cwiseProduct(right.values)});
        }
      }
      product = std::move(next);
    }
    for (Column& column : product) columns.push_back(std::move(column));
    return Status::Ok();
  }

  Status MakeColumns() {
    std::vector<Column> columns;
    design_.has_constant = formula_.constant && design_.effects.empty();
    const bool constant_spanned = design_.has_constant || !design_.effects.empty();
    if (design_.has_constant) {
      columns.push_back({kConstantName, VectorXd::Ones(static_cast<Index>(design_.rows.size()))});
    }
    for (const FormulaTerm& term : formula_.terms) {
      const bool all_levels = term.factors.size() > 1 || !constant_spanned;
      FARRELL_RETURN_IF_ERROR(ExpandTerm(term, all_levels, columns));
    }
    if (!options_.interact_by.empty()) FARRELL_RETURN_IF_ERROR(Interact(columns));
    design_.x.resize(static_cast<Index>(design_.rows.size()), static_cast<Index>(columns.size()));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (!columns[c].values.allFinite()) {
        return InvalidArgument("NOT_FINITE", "the term " + columns[c].name + " overflows; rescale its columns");
      }
      design_.names.push_back(columns[c].name);
      design_.x.col(static_cast<Index>(c)) = columns[c].values;
    }
    FARRELL_RETURN_IF_ERROR(CheckRange());
    for (const std::string& name : options_.classifications) {
      FARRELL_ASSIGN_OR_RETURN(Levels levels, ClassifyRows(panel_, name, design_.rows));
      design_.classifications[name] = std::move(levels);
    }
    return Status::Ok();
  }

  void KeepKeys() {
    if (!panel_.unit_key.empty()) {
      std::vector<std::string> units;
      for (const std::size_t row : design_.rows) units.push_back(panel_.units[row]);
      design_.units = LevelsOf(panel_.unit_key, units, [](const std::string& unit) { return unit; });
    }
    if (!panel_.has_time()) return;
    for (const std::size_t row : design_.rows) design_.periods.push_back(panel_.times[row]);
  }

  // Squares of coefficients and of their standard errors must neither overflow nor vanish.
  Status CheckRange() const {
    Violations violations;
    const auto check = [&](const std::string& name, const VectorXd& values) {
      const double largest = values.cwiseAbs().maxCoeff();
      if (largest == 0.0 || (largest >= kSmallestColumn && largest <= kLargestColumn)) return;
      violations.Add(name, "its largest magnitude is " + text::FormatReal(largest) +
                               ", outside [1e-70, 1e70]; measure it in another unit");
    };
    check(formula_.response, design_.y);
    for (Index c = 0; c < design_.x.cols(); ++c) check(design_.names[static_cast<std::size_t>(c)], design_.x.col(c));
    return std::move(violations).Finish("OUT_OF_RANGE", "numbers too large or too small to be squared");
  }

  Status Interact(std::vector<Column>& columns) const {
    FARRELL_ASSIGN_OR_RETURN(const Levels groups, ClassifyRows(panel_, options_.interact_by, design_.rows));
    const std::string prefix = std::string(WithoutBackQuotes(options_.interact_by)) + "::";
    std::vector<Column> split;
    for (Column& column : columns) {
      const auto& terms = options_.interact_terms;
      if (std::find(terms.begin(), terms.end(), column.name) == terms.end()) {
        split.push_back(std::move(column));
        continue;
      }
      for (std::size_t level = 0; level < groups.count(); ++level) {
        VectorXd values = VectorXd::Zero(column.values.size());
        for (std::size_t k = 0; k < groups.ids.size(); ++k) {
          if (groups.ids[k] == static_cast<std::int32_t>(level)) {
            values(static_cast<Index>(k)) = column.values(static_cast<Index>(k));
          }
        }
        split.push_back({prefix + groups.labels[level] + ":" + column.name, std::move(values)});
      }
    }
    columns = std::move(split);
    return Status::Ok();
  }

  const Panel& panel_;
  const Formula& formula_;
  const DesignOptions& options_;
  Design design_;
};

}  // namespace

Result<Levels> ClassifyRows(const Panel& panel, const std::string& column, const std::vector<std::size_t>& rows) {
  std::string printed(WithoutBackQuotes(column));
  const auto text_label = [](const std::string& text) { return text; };
  const PanelColumn* found = FindColumn(panel, column);
  if (found != nullptr && found->is_text) {
    std::vector<std::string> values;
    values.reserve(rows.size());
    for (std::size_t row : rows) values.push_back(found->texts[row]);
    return LevelsOf(std::move(printed), values, text_label);
  }
  if (found != nullptr) {
    std::vector<double> values;
    values.reserve(rows.size());
    for (std::size_t row : rows) values.push_back(found->numbers[row]);
    return LevelsOf(std::move(printed), values, NumberLabel);
  }
  if (IsUnitKey(panel, column)) {
    std::vector<std::string> values;
    values.reserve(rows.size());
    for (std::size_t row : rows) values.push_back(panel.units[row]);
    return LevelsOf(std::move(printed), values, text_label);
  }
  if (IsTimeKey(panel, column)) {
    std::vector<std::int64_t> values;
    values.reserve(rows.size());
    for (std::size_t row : rows) values.push_back(panel.times[row]);
    return LevelsOf(std::move(printed), values, [](std::int64_t time) { return std::to_string(time); });
  }
  return ColumnNotFound(column);
}

std::vector<char> PresentCells(const Panel& panel, const std::string& column) {
  std::vector<char> present(panel.size(), 1);
  const PanelColumn* found = FindColumn(panel, column);
  if (found == nullptr) return present;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    present[row] = found->is_text ? !found->texts[row].empty() : std::isfinite(found->numbers[row]);
  }
  return present;
}

Result<Design> BuildDesign(const Panel& panel, const Formula& formula, const DesignOptions& options) {
  return Builder(panel, formula, options).Build();
}

}  // namespace farrell::regression
