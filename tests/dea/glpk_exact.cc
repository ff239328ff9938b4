#include "tests/dea/glpk_exact.h"

#include <glpk.h>

#include <cstddef>
#include <vector>

namespace farrell::dea::testing {

double MakeIntegral(glp_prob* problem) {
  constexpr double kVariable = 0x1p200;
  constexpr double kRow = 0x1p400;
  const int rows = glp_get_num_rows(problem);
  for (int i = 1; i <= rows; ++i) {
    glp_set_row_bnds(problem, i, glp_get_row_type(problem, i), glp_get_row_lb(problem, i) * kRow,
                     glp_get_row_ub(problem, i) * kRow);
  }
  std::vector<int> index(static_cast<std::size_t>(rows) + 1);
  std::vector<double> value(index.size());
  for (int j = 1; j <= glp_get_num_cols(problem); ++j) {
    const int count = glp_get_mat_col(problem, j, index.data(), value.data());
    for (std::size_t e = 1; e <= static_cast<std::size_t>(count); ++e) value[e] *= kRow / kVariable;
    glp_set_mat_col(problem, j, count, index.data(), value.data());
    glp_set_obj_coef(problem, j, glp_get_obj_coef(problem, j) * kRow / kVariable);
    glp_set_col_bnds(problem, j, glp_get_col_type(problem, j), glp_get_col_lb(problem, j) * kVariable,
                     glp_get_col_ub(problem, j) * kVariable);
  }
  glp_set_obj_coef(problem, 0, glp_get_obj_coef(problem, 0) * kRow);
  return kRow;
}

}  // namespace farrell::dea::testing
