// From a panel and a formula to the rows, columns and classifications of a regression.
//
// Rows with a missing value in any column of the formula (or a weight, cluster or group column) are left out and
// counted by column; then rows of weight zero; then rows that are alone in a level of an effect with dummies, again and
// again until none is left (Correia 2015). Rows keep the panel's order by (unit, time), so that the order of the file
// cannot reach a result.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/levels.h"
#include "services/regression/engine/panel_columns.h"
#include "services/regression/engine/polynomial.h"

namespace farrell::regression {

inline constexpr const char* kConstantName = "(Intercept)";

// One effect to absorb.
struct Effect {
  Levels levels;
  // Coefficients of these columns (length N) differ from level to level.
  std::vector<std::string> slope_names;
  std::vector<Eigen::VectorXd> slopes;
  // False for slopes alone.
  bool dummies = true;

  const std::string& name() const { return levels.name; }
  std::size_t count() const { return levels.count(); }
};

// Rows left out for one reason: see DroppedRows of the contract for the reasons.
struct DroppedRows {
  std::string reason;
  std::string column;
  std::optional<std::int64_t> period;
  std::int64_t count = 0;
};

struct DesignOptions {
  // Columns by whose levels rows are classified beside the formula's own: cluster variables. A name is that of a panel
  // column or of the panel's unit or time key.
  std::vector<std::string> classifications;
  // Use only these rows of the panel (increasing); empty with `use_subset` false: all.
  bool use_subset = false;
  std::vector<std::size_t> subset;
  // Splits the columns of these terms by the levels of `interact_by` into columns `BY::level:TERM`; where an endogenous
  // one is split, so are all instruments.
  std::string interact_by;
  std::vector<std::string> interact_terms;
  // Column of row weights, or empty.
  std::string weights;
  // Also classify the rows by the panel's keys.
  bool panel_keys = false;
};

struct Design {
  // Positions in the panel of the rows used, N of them.
  std::vector<std::size_t> rows;
  Eigen::VectorXd y;
  // N x columns: the constant where there is one, endogenous, exogenous; effects not yet taken out.
  Eigen::MatrixXd x;
  // Names of the columns of x, as printed.
  std::vector<std::string> names;
  bool has_constant = false;
  // One an effect after `|`, in the order of the formula.
  std::vector<Effect> effects;
  // Columns of x that are endogenous; excluded instruments, N x L, effects not yet taken out.
  std::vector<Eigen::Index> endogenous;
  Eigen::MatrixXd z;
  std::vector<std::string> instrument_names;
  // Positive weights of the rows; empty: all one.
  Eigen::VectorXd weights;
  // Polynomials of the formula, by column and degree; see PolynomialKey.
  std::map<std::string, Polynomial> polynomials;
  // With DesignOptions::panel_keys: the unit of every row (no ids without a unit key), and its period (empty without
  // time).
  Levels units;
  std::vector<std::int64_t> periods;
  // By the names of DesignOptions::classifications.
  std::map<std::string, Levels> classifications;
  // Rows of the panel (of the subset), rows left out for a missing value, and which columns lacked it.
  std::int64_t row_count = 0;
  std::int64_t missing_row_count = 0;
  std::map<std::string, std::int64_t> missing_by_column;
  std::int64_t singleton_count = 0;
  // By reason, column and period.
  std::vector<DroppedRows> dropped;
};

// NOT_FOUND COLUMN_NOT_FOUND: every unknown column at once, each with the nearest name; violations of the fields
// "formula" (position and caret), "weights", "cluster", "by". INVALID_ARGUMENT: FORMULA_INVALID (a reference level that
// does not occur), NOT_NUMERIC (a text column where numbers are needed, one violation a cell), WEIGHTS_INVALID
// (negative ones, one violation a row), NOT_FINITE, OUT_OF_RANGE, TOO_MANY_COLUMNS. FAILED_PRECONDITION
// NO_OBSERVATIONS.
Result<Design> BuildDesign(const Panel& panel, const Formula& formula, const DesignOptions& options);

// Rows of a design, given in increasing order; levels that are left are numbered anew.
Design TakeRows(const Design& design, const std::vector<Eigen::Index>& rows);

}  // namespace farrell::regression
