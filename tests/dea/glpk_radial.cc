#include "tests/dea/glpk_radial.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/dea/glpk_exact.h"

namespace farrell::dea::testing {

void GlpkRadial::Delete::operator()(glp_prob* problem) const { glp_delete_prob(problem); }

GlpkRadial::GlpkRadial(const Observations& data, std::vector<std::int32_t> members, ReturnsToScale rts,
                       Orientation orientation)
    : data_(data), members_(std::move(members)), rts_(rts), orientation_(orientation) {
  glp_term_out(GLP_OFF);
}

// Variables: 1 the score, then one weight per member. Powers of two where the arithmetic is exact, so that scaling does
// not change the problem; plain division otherwise.
std::unique_ptr<glp_prob, GlpkRadial::Delete> GlpkRadial::Build(std::int32_t row, bool exact_scaling) const {
  const bool input = orientation_ == Orientation::kInput;
  const int d = data_.dimension();
  const int n = static_cast<int>(members_.size());
  const bool scale_row = rts_ != ReturnsToScale::kCrs;
  const double* own = data_.row(static_cast<std::size_t>(row));
  const auto scale_of = [exact_scaling](double value) {
    return exact_scaling ? std::ldexp(1.0, std::ilogb(value)) : value;
  };
  std::vector<double> row_scale(static_cast<std::size_t>(d));
  for (int i = 0; i < d; ++i) {
    double size = own[i];
    for (std::size_t j = 0; size == 0 && j < members_.size(); ++j)
      size = data_.row(static_cast<std::size_t>(members_[j]))[i];
    row_scale[static_cast<std::size_t>(i)] = size > 0 ? scale_of(size) : 1;
  }

  std::unique_ptr<glp_prob, Delete> problem(glp_create_prob());
  glp_set_obj_dir(problem.get(), input ? GLP_MIN : GLP_MAX);
  glp_add_rows(problem.get(), d + (scale_row ? 1 : 0));
  glp_add_cols(problem.get(), n + 1);
  glp_set_col_bnds(problem.get(), 1, GLP_LO, 0, 0);
  glp_set_obj_coef(problem.get(), 1, 1);
  std::vector<int> index(static_cast<std::size_t>(d) + 2);
  std::vector<double> value(static_cast<std::size_t>(d) + 2);
  int count = 0;
  for (int i = 0; i < d; ++i) {
    const bool is_input = i < data_.input_count;
    const double own_scaled = own[i] / row_scale[static_cast<std::size_t>(i)];
    const double bound = is_input == input ? 0 : own_scaled;
    glp_set_row_bnds(problem.get(), i + 1, is_input ? GLP_UP : GLP_LO, bound, bound);
    if (is_input == input && own_scaled != 0) {
      ++count;
      index[static_cast<std::size_t>(count)] = i + 1;
      value[static_cast<std::size_t>(count)] = -own_scaled;
    }
  }
  glp_set_mat_col(problem.get(), 1, count, index.data(), value.data());
  if (scale_row) {
    const int type = rts_ == ReturnsToScale::kVrs ? GLP_FX : rts_ == ReturnsToScale::kNirs ? GLP_UP : GLP_LO;
    glp_set_row_bnds(problem.get(), d + 1, type, 1, 1);
  }
  for (int j = 0; j < n; ++j) {
    const double* cells = data_.row(static_cast<std::size_t>(members_[static_cast<std::size_t>(j)]));
    double largest = 0;
    for (int i = 0; i < d; ++i) largest = std::max(largest, cells[i] / row_scale[static_cast<std::size_t>(i)]);
    const double column_scale = scale_of(largest);
    count = 0;
    for (int i = 0; i < d; ++i) {
      if (cells[i] == 0) continue;
      ++count;
      index[static_cast<std::size_t>(count)] = i + 1;
      value[static_cast<std::size_t>(count)] = cells[i] / row_scale[static_cast<std::size_t>(i)] / column_scale;
    }
    if (scale_row) {
      ++count;
      index[static_cast<std::size_t>(count)] = d + 1;
      value[static_cast<std::size_t>(count)] = 1 / column_scale;
    }
    glp_set_col_bnds(problem.get(), j + 2, GLP_LO, 0, 0);
    glp_set_mat_col(problem.get(), j + 2, count, index.data(), value.data());
  }
  return problem;
}

namespace {

// Starts from a basis made of the unit itself (all slacks basic otherwise), as GLPK's own crash may stall.
std::optional<double> Optimum(glp_prob* problem) {
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_bnd = 1e-10;
  options.tol_dj = 1e-10;
  options.tol_piv = 1e-11;
  options.it_lim = 100000;
  glp_adv_basis(problem, 0);
  if (glp_simplex(problem, &options) != 0 || glp_get_status(problem) != GLP_OPT) return std::nullopt;
  return glp_get_obj_val(problem);
}

}  // namespace

std::optional<double> GlpkRadial::Solve(std::int32_t row) { return Optimum(Build(row, false).get()); }

std::optional<double> GlpkRadial::SolveExactly(std::int32_t row) {
  const auto problem = Build(row, true);
  Optimum(problem.get());
  const double unit = MakeIntegral(problem.get());
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  if (glp_exact(problem.get(), &options) != 0 || glp_get_status(problem.get()) != GLP_OPT) return std::nullopt;
  return glp_get_obj_val(problem.get()) / unit;
}

std::optional<double> GlpkRadial::SlackSum(std::int32_t row, double farrell) {
  const bool input = orientation_ == Orientation::kInput;
  const auto problem = Build(row, false);
  const double* own = data_.row(static_cast<std::size_t>(row));
  // sum of slacks = constant - sum_j lambda_j (sum_i x_ij - sum_r y_rj), the constant being what the unit itself
  // brings.
  double largest = 0;
  for (int i = 0; i < data_.dimension(); ++i) largest = std::max(largest, own[i]);
  double constant = 0;
  for (int i = 0; i < data_.dimension(); ++i) {
    const bool is_input = i < data_.input_count;
    constant += (is_input ? 1 : -1) * own[i] * (is_input == input ? farrell : 1) / largest;
  }
  glp_set_obj_dir(problem.get(), GLP_MAX);
  glp_set_obj_coef(problem.get(), 1, 0);
  // The score may miss its optimum by rounding; give it that much room so that the program stays feasible.
  const double room = 1e-10 * farrell;
  glp_set_col_bnds(problem.get(), 1, GLP_DB, farrell - room, farrell + room);
  std::vector<int> index(static_cast<std::size_t>(data_.dimension()) + 2);
  std::vector<double> value(static_cast<std::size_t>(data_.dimension()) + 2);
  for (std::size_t j = 0; j < members_.size(); ++j) {
    const double* cells = data_.row(static_cast<std::size_t>(members_[j]));
    double gain = 0;
    for (int i = 0; i < data_.dimension(); ++i) gain += (i < data_.input_count ? -1 : 1) * cells[i] / largest;
    // The column was scaled: recover its factor from any entry.
    const int count = glp_get_mat_col(problem.get(), static_cast<int>(j) + 2, index.data(), value.data());
    double factor = 1;
    for (int e = 1; e <= count; ++e) {
      const int i = index[static_cast<std::size_t>(e)] - 1;
      if (i >= data_.dimension() || own[i] == 0) continue;
      factor = value[static_cast<std::size_t>(e)] * own[i] / cells[i];
      break;
    }
    glp_set_obj_coef(problem.get(), static_cast<int>(j) + 2, gain * factor);
  }
  const std::optional<double> optimum = Optimum(problem.get());
  if (!optimum) return std::nullopt;
  return (*optimum + constant) * largest;
}

}  // namespace farrell::dea::testing
