#include "tests/dea/glpk_remedy.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace farrell::dea::testing {
namespace {

constexpr double kBeyondBounds = 0x1p40;

// Sums of weighted inputs at most (in[0] + in[1] p + in[2] q) x_o, of outputs at least the same with `out`.
struct Form {
  double in[3];
  double out[3];
  double cost[2];
};

Form FormOf(const Model& model) {
  if (model.super_remedy == SuperRemedy::kDdf) return {{1, -1, 1}, {1, 1, -1}, {-1, 1}};  // beta = p - q
  // p is 1 + tau and q beta; p is 1 - beta and q tau.
  if (model.orientation == Orientation::kInput) return {{0, 1, 0}, {1, 0, -1}, {1, kBeyondBounds}};
  return {{1, 0, 1}, {0, 1, 0}, {-1, kBeyondBounds}};
}

}  // namespace

std::optional<double> GlpkRemedy(const Model& model, const Observations& data, std::int32_t row) {
  glp_term_out(GLP_OFF);
  const Form form = FormOf(model);
  const int d = data.dimension();
  const double* own = data.row(static_cast<std::size_t>(row));
  const auto power = [](double value) { return std::ldexp(1.0, std::ilogb(value)); };
  glp_prob* problem = glp_create_prob();
  glp_set_obj_dir(problem, GLP_MIN);
  glp_add_rows(problem, d + 1);
  glp_add_cols(problem, static_cast<int>(data.size()) + 1);
  std::vector<double> scale;
  for (int i = 0; i < d; ++i) {
    double size = own[i];
    for (std::size_t j = 0; j < data.size() && size == 0; ++j) size = data.row(j)[i];
    scale.push_back(size > 0 ? power(size) : 1);
  }
  std::vector<int> index(static_cast<std::size_t>(d) + 2);
  std::vector<double> value(static_cast<std::size_t>(d) + 2);
  const auto set_column = [&](int column, const auto& entry_of) {
    int count = 0;
    for (int i = 0; i <= d; ++i) {
      const double entry = entry_of(i);
      if (entry == 0) continue;
      ++count;
      index[static_cast<std::size_t>(count)] = i + 1;
      value[static_cast<std::size_t>(count)] = entry;
    }
    glp_set_col_bnds(problem, column, GLP_LO, 0, 0);
    glp_set_mat_col(problem, column, count, index.data(), value.data());
  };
  for (int i = 0; i < d; ++i) {
    const bool is_input = i < data.input_count;
    const double bound = (is_input ? form.in[0] : form.out[0]) * own[i] / scale[static_cast<std::size_t>(i)];
    glp_set_row_bnds(problem, i + 1, is_input ? GLP_UP : GLP_LO, bound, bound);
  }
  const int sum = model.rts == ReturnsToScale::kVrs    ? GLP_FX
                  : model.rts == ReturnsToScale::kNirs ? GLP_UP
                  : model.rts == ReturnsToScale::kNdrs ? GLP_LO
                                                       : GLP_FR;
  glp_set_row_bnds(problem, d + 1, sum, 1, 1);
  for (int column : {1, 2}) {
    set_column(column, [&](int i) {
      if (i == d) return 0.0;
      return -(i < data.input_count ? form.in : form.out)[column] * own[i] / scale[static_cast<std::size_t>(i)];
    });
    glp_set_obj_coef(problem, column, form.cost[column - 1]);
  }
  int column = 3;
  for (std::size_t j = 0; j < data.size(); ++j) {
    if (j == static_cast<std::size_t>(row)) continue;
    const double* cells = data.row(j);
    double largest = 0;
    for (int i = 0; i < d; ++i) largest = std::max(largest, cells[i] / scale[static_cast<std::size_t>(i)]);
    set_column(column++,
               [&](int i) { return (i == d ? 1 : cells[i] / scale[static_cast<std::size_t>(i)]) / power(largest); });
  }
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  glp_adv_basis(problem, 0);
  glp_simplex(problem, &options);
  std::optional<double> remedy;
  if (glp_exact(problem, &options) == 0 && glp_get_status(problem) == GLP_OPT) {
    const double p = glp_get_col_prim(problem, 1);
    const double q = glp_get_col_prim(problem, 2);
    if (model.super_remedy == SuperRemedy::kDdf) {
      remedy = 1 - (p - q);
    } else {
      const double inputs = model.orientation == Orientation::kInput ? p : 1 + q;
      const double outputs = model.orientation == Orientation::kInput ? 1 - q : p;
      if (outputs > 1e-12) remedy = inputs + 1 / outputs;
    }
  }
  glp_delete_prob(problem);
  return remedy;
}

}  // namespace farrell::dea::testing
