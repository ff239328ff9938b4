#include "tests/dea/glpk_directional.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

namespace farrell::dea::testing {
namespace {

struct Delete {
  void operator()(glp_prob* problem) const { glp_delete_prob(problem); }
};
using Problem = std::unique_ptr<glp_prob, Delete>;

// Entries of one column, row by row.
class Column {
 public:
  void Add(int row, double value) {
    if (value == 0) return;
    rows_.push_back(row);
    values_.push_back(value);
  }
  double largest() const {
    double largest = 0;
    for (const double value : values_) largest = std::max(largest, std::abs(value));
    return largest;
  }
  // Adds the column, divided by `scale`, to the problem.
  int AddTo(glp_prob* problem, double scale, int bound_type) {
    const int column = glp_add_cols(problem, 1);
    for (double& value : values_) value /= scale;
    glp_set_col_bnds(problem, column, bound_type, 0, 0);
    glp_set_mat_col(problem, column, static_cast<int>(rows_.size()) - 1, rows_.data(), values_.data());
    return column;
  }

 private:
  std::vector<int> rows_{0};
  std::vector<double> values_{0};
};

struct Written {
  Problem problem;
  double value_scale = 1;  // of the objective
};

Written Write(const DirectionalProgram& program, bool exact) {
  const Observations& data = program.data;
  const int d = data.dimension();
  const double* own = data.row(static_cast<std::size_t>(program.row));
  const bool kuosmanen = data.bad_count > 0 && program.disposability == Disposability::kKuosmanen;
  const bool inputs_move = std::any_of(program.direction.begin(), program.direction.begin() + data.input_count,
                                       [](double value) { return value > 0; });
  const bool shephard = data.bad_count > 0 && program.disposability == Disposability::kWeak && !inputs_move;
  const auto scale_of = [exact](double value) {
    return value == 0 ? 1 : exact ? std::ldexp(1.0, std::ilogb(value)) : std::abs(value);
  };
  std::vector<double> row_scale;
  for (int i = 0; i < d; ++i) {
    double size = own[i];
    for (std::size_t j = 0; size == 0 && j < program.members.size(); ++j)
      size = data.row(static_cast<std::size_t>(program.members[j]))[i];
    row_scale.push_back(scale_of(size));
  }

  Written written{Problem(glp_create_prob())};
  glp_prob* const problem = written.problem.get();
  glp_set_obj_dir(problem, GLP_MAX);
  glp_add_rows(problem, d + 2);
  for (int i = 0; i < d; ++i) {
    const bool bad = i >= data.input_count + data.output_count;
    const bool abated = shephard && data.is_input(i);
    const double bound = abated ? 0 : own[i] / row_scale[static_cast<std::size_t>(i)];
    const int type = data.is_output(i)                                        ? GLP_LO
                     : bad && program.disposability != Disposability::kStrong ? GLP_FX
                                                                              : GLP_UP;
    glp_set_row_bnds(problem, i + 1, type, bound, bound);
  }
  constexpr double kFree = std::numeric_limits<double>::infinity();
  double low = 0;
  double high = kFree;
  switch (program.rts) {
    case ReturnsToScale::kCrs: break;
    case ReturnsToScale::kVrs: low = high = 1; break;
    case ReturnsToScale::kNirs: high = 1; break;
    case ReturnsToScale::kNdrs: low = 1; break;
    case ReturnsToScale::kGrs:
      low = program.weight_sum_low;
      high = program.weight_sum_high;
      break;
  }
  // The sum of weights is row d + 1, at least, and row d + 2, at most.
  glp_set_row_bnds(problem, d + 1, GLP_LO, shephard ? 0 : low, 0);
  glp_set_row_bnds(problem, d + 2, high < kFree ? GLP_UP : GLP_FR, 0, shephard ? 0 : high);
  if (shephard) {
    Column theta;
    for (int i = 0; i < data.input_count; ++i) theta.Add(i + 1, -own[i] / row_scale[static_cast<std::size_t>(i)]);
    theta.Add(d + 1, -low);
    if (high < kFree) theta.Add(d + 2, -high);
    const int column = theta.AddTo(problem, 1, GLP_LO);
    glp_set_col_bnds(problem, column, GLP_DB, 0, 1);
  }

  const bool radial = program.weights.empty();
  std::vector<std::pair<int, double>> gains;
  std::vector<Column> steps(radial ? 1 : static_cast<std::size_t>(d));
  for (int i = 0; i < d; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const double entry = program.direction[at] / row_scale[at];
    steps[radial ? 0 : at].Add(i + 1, data.is_output(i) ? -entry : entry);
  }
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!radial && program.direction[k] == 0) continue;
    const double scale = scale_of(steps[k].largest());
    const int column = steps[k].AddTo(problem, scale, radial ? GLP_FR : GLP_LO);
    gains.emplace_back(column, (radial ? 1 : program.weights[k]) / scale);
  }
  double largest = 0;
  for (const auto& [column, gain] : gains) largest = std::max(largest, gain);
  written.value_scale = scale_of(largest);
  for (const auto& [column, gain] : gains) glp_set_obj_coef(problem, column, gain / written.value_scale);

  for (const std::int32_t member : program.members) {
    const double* cells = data.row(static_cast<std::size_t>(member));
    Column work;  // z, or z and w in one
    Column kept;  // w
    for (int i = 0; i < d; ++i) {
      const double entry = cells[i] / row_scale[static_cast<std::size_t>(i)];
      (kuosmanen && !data.is_input(i) ? kept : work).Add(i + 1, entry);
    }
    work.Add(d + 1, low > 0 ? 1 : 0);
    work.Add(d + 2, high < kFree ? 1 : 0);
    const double scale = scale_of(std::max(work.largest(), kept.largest()));
    if (kuosmanen) {
      const int row = glp_add_rows(problem, 1);
      glp_set_row_bnds(problem, row, GLP_UP, 0, 0);
      kept.Add(row, scale);
      work.Add(row, -scale);
      kept.AddTo(problem, scale, GLP_LO);
    }
    work.AddTo(problem, scale, GLP_LO);
  }
  return written;
}

Witness Told(glp_prob* problem, double value_scale) {
  switch (glp_get_status(problem)) {
    case GLP_OPT: return {Outcome::kOptimal, glp_get_obj_val(problem) * value_scale};
    case GLP_NOFEAS: return {Outcome::kInfeasible, 0};
    case GLP_UNBND: return {Outcome::kUnbounded, 0};
    default: return {};
  }
}

Witness Float(const Written& written) {
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_bnd = 1e-10;
  options.tol_dj = 1e-10;
  options.tol_piv = 1e-11;
  options.it_lim = 100000;
  glp_adv_basis(written.problem.get(), 0);
  if (glp_simplex(written.problem.get(), &options) != 0) return {};
  return Told(written.problem.get(), written.value_scale);
}

}  // namespace

Witness SolveByGlpk(const DirectionalProgram& program) {
  glp_term_out(GLP_OFF);
  return Float(Write(program, false));
}

Witness SolveExactlyByGlpk(const DirectionalProgram& program) {
  glp_term_out(GLP_OFF);
  const Written written = Write(program, true);
  Float(written);
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  if (glp_exact(written.problem.get(), &options) != 0) return {};
  return Told(written.problem.get(), written.value_scale);
}

}  // namespace farrell::dea::testing
