#include "tests/dea/glpk_cross.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace farrell::dea::testing {

std::optional<SecondGoal> GlpkSecondGoal(const Observations& data, std::int32_t row, double theta,
                                         CrossEfficiency kind) {
  glp_term_out(GLP_OFF);
  const bool ratio = kind == CrossEfficiency::kAggressiveIii || kind == CrossEfficiency::kBenevolentIii;
  const bool largest = kind == CrossEfficiency::kBenevolent || kind == CrossEfficiency::kBenevolentIii;
  const int d = data.dimension();
  const double* own = data.row(static_cast<std::size_t>(row));
  const auto power = [](double value) { return std::ldexp(1.0, std::ilogb(value)); };
  std::vector<double> scale;
  std::vector<double> others(static_cast<std::size_t>(d), 0.0);
  for (int i = 0; i < d; ++i) {
    double most = 0;
    for (std::size_t j = 0; j < data.size(); ++j) {
      most = std::max(most, data.row(j)[i]);
      if (j != static_cast<std::size_t>(row)) others[static_cast<std::size_t>(i)] += data.row(j)[i];
    }
    scale.push_back(own[i] > 0 ? power(own[i]) : most > 0 ? power(most) : 1);
  }
  const double share = static_cast<double>(data.size() - 1);
  glp_prob* problem = glp_create_prob();
  glp_set_obj_dir(problem, GLP_MAX);
  glp_add_cols(problem, d);
  std::vector<int> index(static_cast<std::size_t>(d) + 1);
  std::vector<double> value(static_cast<std::size_t>(d) + 1);
  const auto add_row = [&](int type, double bound, const auto& entry_of) {
    int count = 0;
    for (int i = 0; i < d; ++i) {
      const double entry = entry_of(i);
      if (entry == 0) continue;
      ++count;
      index[static_cast<std::size_t>(count)] = i + 1;
      value[static_cast<std::size_t>(count)] = entry;
    }
    const int at = glp_add_rows(problem, 1);
    glp_set_row_bnds(problem, at, type, bound, bound);
    glp_set_mat_row(problem, at, count, index.data(), value.data());
  };
  const auto goal_of = [&](int i) {
    const double sum = others[static_cast<std::size_t>(i)] / scale[static_cast<std::size_t>(i)] / share;
    if (!data.is_input(i)) return sum;
    return ratio ? 0.0 : -sum;
  };
  const auto cell_of = [&](int i) { return own[i] / scale[static_cast<std::size_t>(i)]; };
  for (int i = 0; i < d; ++i) {
    glp_set_col_bnds(problem, i + 1, GLP_LO, 0, 0);
    glp_set_obj_coef(problem, i + 1, data.is_input(i) ? 0 : cell_of(i));
  }
  add_row(GLP_FX, 1, [&](int i) { return data.is_input(i) ? cell_of(i) : 0.0; });
  for (std::size_t j = 0; j < data.size(); ++j) {
    const double* cells = data.row(j);
    double most = 0;
    for (int i = 0; i < d; ++i) most = std::max(most, cells[i] / scale[static_cast<std::size_t>(i)]);
    add_row(GLP_UP, 0, [&](int i) {
      return (data.is_input(i) ? -1 : 1) * cells[i] / scale[static_cast<std::size_t>(i)] / power(most);
    });
  }
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_bnd = options.tol_dj = 1e-11;
  glp_adv_basis(problem, 0);
  std::optional<SecondGoal> answer;
  if (glp_simplex(problem, &options) == 0 && glp_get_status(problem) == GLP_OPT &&
      std::abs(glp_get_obj_val(problem) - theta) <= 1e-10) {
    // What a price keeps at 0 stays there; every bound but the first row's is 0.
    constexpr double kPriced = 1e-9;
    for (int at = 2; at <= glp_get_num_rows(problem); ++at) {
      if (std::abs(glp_get_row_dual(problem, at)) > kPriced) glp_set_row_bnds(problem, at, GLP_FX, 0, 0);
    }
    for (int i = 0; i < d; ++i) {
      if (std::abs(glp_get_col_dual(problem, i + 1)) > kPriced) glp_set_col_bnds(problem, i + 1, GLP_FX, 0, 0);
      glp_set_obj_coef(problem, i + 1, (largest ? 1 : -1) * goal_of(i));
    }
    if (ratio) {
      glp_set_row_bnds(problem, 1, GLP_FR, 0, 0);
      add_row(GLP_FX, 1, [&](int i) {
        return data.is_input(i) ? others[static_cast<std::size_t>(i)] / scale[static_cast<std::size_t>(i)] / share
                                : 0.0;
      });
      glp_adv_basis(problem, 0);
    }
    if (glp_simplex(problem, &options) == 0) {
      answer = SecondGoal{};
      if (glp_get_status(problem) == GLP_OPT) {
        double used = 0;
        for (int i = 0; i < d; ++i) used += data.is_input(i) ? glp_get_col_prim(problem, i + 1) * cell_of(i) : 0;
        const double goal = (largest ? 1 : -1) * glp_get_obj_val(problem);
        answer = SecondGoal{true, ratio ? goal : goal * share, used <= 1e-12};
      }
    }
  }
  glp_delete_prob(problem);
  return answer;
}

}  // namespace farrell::dea::testing
