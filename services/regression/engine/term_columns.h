// The columns that a term of a formula stands for, and their derivatives.
#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/polynomial.h"

namespace farrell::regression {

struct NamedColumn {
  std::string name;
  Eigen::VectorXd values;
};

// Over given rows of a panel that lack no cell of the formula.
class TermColumns {
 public:
  // `polynomials`: looked up, or added to where one is not there yet.
  TermColumns(const Panel& panel, const std::vector<std::size_t>& rows, std::map<std::string, Polynomial>& polynomials)
      : panel_(panel), rows_(rows), polynomials_(polynomials) {}

  // The product over the factors; a factor of levels gives one column a level, without its reference. `all_levels`:
  // with no reference named none is left out; otherwise the first is. Adds to `columns`. INVALID_ARGUMENT
  // TOO_MANY_COLUMNS.
  Status Expand(const FormulaTerm& term, bool all_levels, std::vector<NamedColumn>& columns) const;

  // d column / d variable for the same columns in the same order, `variable` a number factor as written (white space
  // aside) or what powers are taken of. Adds nothing where the term does not depend on it.
  Status Differentiate(const FormulaTerm& term, const std::string& variable, std::vector<NamedColumn>& columns) const;

 private:
  // Columns of one factor, or their derivatives.
  Result<std::vector<NamedColumn>> Parts(const Factor& factor, bool all_levels) const;
  Result<std::vector<NamedColumn>> DerivativeParts(const Factor& factor, const std::string& variable) const;
  // `differentiated`: the factor that gives derivatives; nullptr: none.
  Status Multiply(const FormulaTerm& term, bool all_levels, const Factor* differentiated, const std::string& variable,
                  std::vector<NamedColumn>& columns) const;
  const Polynomial& PolynomialOf(const Factor& factor) const;

  const Panel& panel_;
  const std::vector<std::size_t>& rows_;
  std::map<std::string, Polynomial>& polynomials_;
};

// The power k of `variable` that the factor stands for, 1 for the column itself (also inside a polynomial): the text
// `variable^k`, also in parentheses, with a whole number k from 1 to 99. 0: it does not move with the variable.
int PowerOf(const Factor& factor, const std::string& variable);

}  // namespace farrell::regression
