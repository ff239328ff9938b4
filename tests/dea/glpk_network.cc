#include "tests/dea/glpk_network.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace farrell::dea::testing {
namespace {

// One row of the program: entries by column, from 1.
class Entries {
 public:
  void Add(int column, double value) {
    if (value == 0) return;
    columns_.push_back(column);
    values_.push_back(value);
    largest_ = std::max(largest_, std::abs(value));
  }
  void Set(glp_prob* problem, int row, double divisor) {
    for (std::size_t i = 1; i < values_.size(); ++i) values_[i] /= divisor;
    glp_set_mat_row(problem, row, static_cast<int>(values_.size()) - 1, columns_.data(), values_.data());
  }
  double largest() const { return largest_; }

 private:
  std::vector<int> columns_ = {0};
  std::vector<double> values_ = {0};
  double largest_ = 0;
};

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

void GlpkNetwork::Delete::operator()(glp_prob* problem) const { glp_delete_prob(problem); }

GlpkNetwork::GlpkNetwork(const NetworkObservations& data, NetworkModel model, std::vector<std::int32_t> members)
    : data_(data), model_(std::move(model)), members_(std::move(members)) {
  glp_term_out(GLP_OFF);
}

std::unique_ptr<glp_prob, GlpkNetwork::Delete> GlpkNetwork::Build(std::int32_t row, Goal goal, double held) const {
  const int m = data_.input_count();
  const int q = data_.intermediate_count();
  const int d = data_.all.dimension();
  const bool vrs = model_.rts == ReturnsToScale::kVrs;
  const bool additive = model_.decomposition == Decomposition::kChen;
  const int n = static_cast<int>(members_.size());
  const double* own = data_.all.row(static_cast<std::size_t>(row));
  // The multiplier of a measure is column / size.
  std::vector<double> sizes;
  for (int i = 0; i < d; ++i) {
    double size = own[i];
    for (std::size_t j = 0; size == 0 && j < members_.size(); ++j)
      size = data_.all.row(static_cast<std::size_t>(members_[j]))[i];
    sizes.push_back(size > 0 ? size : 1);
  }
  const auto add_side = [&](Entries& entries, const double* cells, int begin, int end, double sign) {
    for (int i = begin; i < end; ++i) entries.Add(i + 1, sign * cells[i] / sizes[static_cast<std::size_t>(i)]);
  };
  const int a = d + 1;
  const int b = d + 2;

  std::unique_ptr<glp_prob, Delete> problem(glp_create_prob());
  glp_set_obj_dir(problem.get(), GLP_MAX);
  glp_add_cols(problem.get(), d + (vrs ? 2 : 0));
  for (int i = 1; i <= d; ++i) glp_set_col_bnds(problem.get(), i, GLP_LO, 0, 0);
  for (int i = d + 1; i <= d + (vrs ? 2 : 0); ++i) glp_set_col_bnds(problem.get(), i, GLP_FR, 0, 0);
  glp_add_rows(problem.get(), 2 * n + 1 + (goal == Goal::kSystem ? 0 : 1));
  for (int j = 0; j < n; ++j) {
    const double* cells = data_.all.row(static_cast<std::size_t>(members_[static_cast<std::size_t>(j)]));
    Entries stage1;
    add_side(stage1, cells, m, m + q, 1);
    add_side(stage1, cells, 0, m, -1);
    if (vrs) stage1.Add(a, 1);
    stage1.Set(problem.get(), j + 1, stage1.largest());
    glp_set_row_bnds(problem.get(), j + 1, GLP_UP, 0, 0);
    Entries stage2;
    add_side(stage2, cells, m + q, d, 1);
    add_side(stage2, cells, m, m + q, -1);
    if (vrs) stage2.Add(b, 1);
    stage2.Set(problem.get(), n + j + 1, stage2.largest());
    glp_set_row_bnds(problem.get(), n + j + 1, GLP_UP, 0, 0);
  }
  Entries norm;
  if (goal != Goal::kStage2) add_side(norm, own, 0, m, 1);
  if (goal == Goal::kStage2 || (goal == Goal::kSystem && additive)) add_side(norm, own, m, m + q, 1);
  norm.Set(problem.get(), 2 * n + 1, 1);
  glp_set_row_bnds(problem.get(), 2 * n + 1, GLP_FX, 1, 1);
  if (goal != Goal::kSystem) {
    // Numerator of the score - held * its denominator >= 0; an intermediate stands in both.
    Entries hold;
    add_side(hold, own, m + q, d, 1);
    add_side(hold, own, 0, m, -held);
    if (additive) add_side(hold, own, m, m + q, 1 - held);
    if (vrs) {
      hold.Add(a, 1);
      hold.Add(b, 1);
    }
    hold.Set(problem.get(), 2 * n + 2, 1);
    glp_set_row_bnds(problem.get(), 2 * n + 2, GLP_LO, 0, 0);
  }
  const auto maximise = [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const double coefficient = own[i] / sizes[static_cast<std::size_t>(i)];
      glp_set_obj_coef(problem.get(), i + 1, coefficient);
    }
  };
  if (goal == Goal::kStage1 || (goal == Goal::kSystem && additive)) {
    maximise(m, m + q);
    if (vrs) glp_set_obj_coef(problem.get(), a, 1);
  }
  if (goal != Goal::kStage1) {
    maximise(m + q, d);
    if (vrs) glp_set_obj_coef(problem.get(), b, 1);
  }
  return problem;
}

std::optional<double> GlpkNetwork::Solve(std::int32_t row, Goal goal, double held) const {
  return Optimum(Build(row, goal, held).get());
}

}  // namespace farrell::dea::testing
