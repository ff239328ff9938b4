#include "tests/dea/glpk_fdh.h"

#include <glpk.h>

#include <algorithm>
#include <memory>

namespace farrell::dea::testing {
namespace {

struct Delete {
  void operator()(glp_prob* problem) const { glp_delete_prob(problem); }
};
using Problem = std::unique_ptr<glp_prob, Delete>;

// The program of one unit against some members. Column 1 is the score, then one weight per member; one row per measure,
// divided by the unit's own value where there is one, and a last row for the sum of weights.
Problem Build(const Observations& data, std::int32_t row, const std::vector<std::int32_t>& members,
              const FdhModel& model, const std::vector<double>& direction) {
  const int d = data.dimension();
  const int n = static_cast<int>(members.size());
  const double* own = data.row(static_cast<std::size_t>(row));
  Problem problem(glp_create_prob());
  glp_set_obj_dir(problem.get(), model.measure == FdhMeasure::kInput ? GLP_MIN : GLP_MAX);
  glp_add_rows(problem.get(), d + 1);
  glp_add_cols(problem.get(), n + 1);
  glp_set_col_bnds(problem.get(), 1, GLP_FR, 0, 0);
  glp_set_obj_coef(problem.get(), 1, 1);
  for (int j = 0; j < n; ++j) glp_set_col_bnds(problem.get(), j + 2, GLP_LO, 0, 0);
  std::vector<int> index(static_cast<std::size_t>(n) + 2);
  std::vector<double> value(static_cast<std::size_t>(n) + 2);
  for (int i = 0; i < d; ++i) {
    const bool less = !data.is_output(i);
    const bool fixed = std::count(model.fixed.begin(), model.fixed.end(), i) > 0;
    double scale = own[i];
    for (int j = 0; scale == 0 && j < n; ++j)
      scale = data.row(static_cast<std::size_t>(members[static_cast<std::size_t>(j)]))[i];
    scale = scale > 0 ? 1 / scale : 1;
    // sum_j lambda_j a_ij + score_coefficient * score  <= or >=  limit
    double score_coefficient = 0;
    double limit = own[i];
    switch (model.measure) {
      case FdhMeasure::kInput:
        if (less && !fixed) score_coefficient = -own[i], limit = 0;
        break;
      case FdhMeasure::kOutput:
        if (!less && !fixed) score_coefficient = -own[i], limit = 0;
        break;
      case FdhMeasure::kDirectional:
        score_coefficient = (less ? 1 : -1) * direction[static_cast<std::size_t>(i)];
        break;
    }
    int count = 0;
    const auto put = [&](int column, double coefficient) {
      if (coefficient == 0) return;
      ++count;
      index[static_cast<std::size_t>(count)] = column;
      value[static_cast<std::size_t>(count)] = coefficient * scale;
    };
    put(1, score_coefficient);
    for (int j = 0; j < n; ++j) put(j + 2, data.row(static_cast<std::size_t>(members[static_cast<std::size_t>(j)]))[i]);
    glp_set_mat_row(problem.get(), i + 1, count, index.data(), value.data());
    glp_set_row_bnds(problem.get(), i + 1, less ? GLP_UP : GLP_LO, limit * scale, limit * scale);
  }
  for (int j = 0; j <= n; ++j) {
    index[static_cast<std::size_t>(j)] = j + 1;
    value[static_cast<std::size_t>(j)] = 1;
  }
  glp_set_mat_row(problem.get(), d + 1, n, index.data(), value.data());
  switch (model.rts) {
    case ReturnsToScale::kCrs: glp_set_row_bnds(problem.get(), d + 1, GLP_FR, 0, 0); break;
    case ReturnsToScale::kVrs: glp_set_row_bnds(problem.get(), d + 1, GLP_FX, 1, 1); break;
    case ReturnsToScale::kNirs: glp_set_row_bnds(problem.get(), d + 1, GLP_UP, 1, 1); break;
    case ReturnsToScale::kNdrs: glp_set_row_bnds(problem.get(), d + 1, GLP_LO, 1, 1); break;
    case ReturnsToScale::kGrs:
      glp_set_row_bnds(problem.get(), d + 1, model.weight_sum_low < model.weight_sum_high ? GLP_DB : GLP_FX,
                       model.weight_sum_low, model.weight_sum_high);
      break;
  }
  return problem;
}

std::optional<double> SolveLinear(glp_prob* problem) {
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_bnd = 1e-11;
  options.tol_dj = 1e-11;
  options.it_lim = 10000;
  glp_adv_basis(problem, 0);
  if (glp_simplex(problem, &options) != 0 || glp_get_status(problem) != GLP_OPT) return std::nullopt;
  return glp_get_obj_val(problem);
}

std::optional<double> SolveInteger(glp_prob* problem, int weights) {
  for (int j = 0; j < weights; ++j) glp_set_col_kind(problem, j + 2, GLP_BV);
  if (!SolveLinear(problem)) return std::nullopt;
  glp_iocp options;
  glp_init_iocp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_int = 1e-9;
  options.tol_obj = 1e-11;
  if (glp_intopt(problem, &options) != 0 || glp_mip_status(problem) != GLP_OPT) return std::nullopt;
  return glp_mip_obj_val(problem);
}

}  // namespace

std::optional<double> GlpkFdh(const Observations& data, std::int32_t row, const std::vector<std::int32_t>& members,
                              const FdhModel& model, const std::vector<double>& direction) {
  glp_term_out(GLP_OFF);
  std::vector<std::int32_t> peers = members;
  if (model.exclude_own) peers.erase(std::remove(peers.begin(), peers.end(), row), peers.end());
  if (peers.empty()) return std::nullopt;
  if (model.rts == ReturnsToScale::kVrs) {
    const Problem problem = Build(data, row, peers, model, direction);
    return SolveInteger(problem.get(), static_cast<int>(peers.size()));
  }
  std::optional<double> best;
  for (const std::int32_t peer : peers) {
    const Problem problem = Build(data, row, {peer}, model, direction);
    const std::optional<double> score = SolveLinear(problem.get());
    if (!score) continue;
    const bool better = !best || (model.measure == FdhMeasure::kInput ? *score < *best : *score > *best);
    if (better) best = score;
  }
  return best;
}

}  // namespace farrell::dea::testing
