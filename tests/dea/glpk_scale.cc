#include "tests/dea/glpk_scale.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace farrell::dea::testing {
namespace {

struct Delete {
  void operator()(glp_prob* problem) const { glp_delete_prob(problem); }
};
using Problem = std::unique_ptr<glp_prob, Delete>;

// Entries of one row or column, 1-based as GLPK wants them.
struct Entries {
  std::vector<int> index{0};
  std::vector<double> value{0};
  void Put(int at, double entry) {
    if (entry == 0) return;
    index.push_back(at);
    value.push_back(entry);
  }
  int count() const { return static_cast<int>(index.size()) - 1; }
};

// 2^-e with 2^e <= value < 2^(e+1): scaling by it is exact.
double PowerOfTwoBelow(double value) { return value > 0 ? std::ldexp(1.0, -std::ilogb(value)) : 1; }

// Scales of the measures: by the unit, or by the largest member where the unit has nothing.
std::vector<double> Scales(const Observations& data, std::int32_t row, const std::vector<std::int32_t>& members) {
  std::vector<double> scales;
  for (int i = 0; i < data.dimension(); ++i) {
    double size = data.row(static_cast<std::size_t>(row))[i];
    for (const std::int32_t member : members) {
      if (data.row(static_cast<std::size_t>(row))[i] > 0) break;
      size = std::max(size, data.row(static_cast<std::size_t>(member))[i]);
    }
    scales.push_back(PowerOfTwoBelow(size));
  }
  return scales;
}

std::optional<double> Optimum(glp_prob* problem, bool exact) {
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_bnd = 1e-10;
  options.tol_dj = 1e-10;
  options.it_lim = 100000;
  glp_adv_basis(problem, 0);
  const int failed = glp_simplex(problem, &options);
  if (exact) {
    glp_smcp exactly;
    glp_init_smcp(&exactly);
    exactly.msg_lev = GLP_MSG_OFF;
    if (glp_exact(problem, &exactly) != 0) return std::nullopt;
  } else if (failed != 0) {
    return std::nullopt;
  }
  const double infinite = glp_get_obj_dir(problem) == GLP_MIN ? -std::numeric_limits<double>::infinity()
                                                              : std::numeric_limits<double>::infinity();
  if (glp_get_status(problem) == GLP_UNBND) return infinite;
  if (glp_get_status(problem) != GLP_OPT) return std::nullopt;
  return glp_get_obj_val(problem);
}

std::optional<Range> BothEnds(glp_prob* problem, bool exact) {
  glp_term_out(GLP_OFF);
  glp_set_obj_dir(problem, GLP_MIN);
  const std::optional<double> low = Optimum(problem, exact);
  glp_set_obj_dir(problem, GLP_MAX);
  const std::optional<double> high = Optimum(problem, exact);
  if (!low || !high) return std::nullopt;
  return Range{*low, *high};
}

double Slack(const UnitScore& score, int measure) {
  const int m = static_cast<int>(score.input_slacks.size());
  return measure < m ? score.input_slacks[static_cast<std::size_t>(measure)]
                     : score.output_slacks[static_cast<std::size_t>(measure - m)];
}
double Price(const UnitScore& score, int measure) {
  const int m = static_cast<int>(score.input_prices.size());
  return measure < m ? score.input_prices[static_cast<std::size_t>(measure)]
                     : score.output_prices[static_cast<std::size_t>(measure - m)];
}

}  // namespace

std::optional<Range> GlpkScalePrice(const Observations& data, std::int32_t row,
                                    const std::vector<std::int32_t>& members, Orientation orientation,
                                    const UnitScore& vrs, bool exact) {
  const bool input = orientation == Orientation::kInput;
  const int d = data.dimension();
  const int n = static_cast<int>(members.size());
  const std::vector<double> scales = Scales(data, row, members);
  const Problem problem(glp_create_prob());
  // Columns: the multipliers, then w. Rows: one per member, then the normalisation.
  glp_add_cols(problem.get(), d + 1);
  glp_add_rows(problem.get(), n + 1);
  for (int i = 0; i < d; ++i) {
    const bool zero = Slack(vrs, i) > 0;
    glp_set_col_bnds(problem.get(), i + 1, zero ? GLP_FX : GLP_LO, 0, 0);
  }
  glp_set_col_bnds(problem.get(), d + 1, GLP_FR, 0, 0);
  glp_set_obj_coef(problem.get(), d + 1, 1);
  const auto is_peer = [&](std::int32_t member) {
    return std::any_of(vrs.peers.begin(), vrs.peers.end(), [member](const Peer& peer) { return peer.row == member; });
  };
  for (int j = 0; j < n; ++j) {
    const std::int32_t member = members[static_cast<std::size_t>(j)];
    Entries entries;
    double largest = 1;
    for (int i = 0; i < d; ++i)
      largest = std::max(largest, data.row(static_cast<std::size_t>(member))[i] * scales[static_cast<std::size_t>(i)]);
    const double scale = PowerOfTwoBelow(largest);
    for (int i = 0; i < d; ++i) {
      const double value = data.row(static_cast<std::size_t>(member))[i] * scales[static_cast<std::size_t>(i)] * scale;
      entries.Put(i + 1, data.is_output(i) ? value : -value);
    }
    // u y - v x + w <= 0 (input), u y - v x - w <= 0 (output).
    entries.Put(d + 1, input ? scale : -scale);
    glp_set_mat_row(problem.get(), j + 1, entries.count(), entries.index.data(), entries.value.data());
    glp_set_row_bnds(problem.get(), j + 1, is_peer(member) ? GLP_FX : GLP_UP, 0, 0);
  }
  Entries normalisation;
  for (int i = 0; i < d; ++i) {
    if (data.is_output(i) == input) continue;
    normalisation.Put(i + 1, data.row(static_cast<std::size_t>(row))[i] * scales[static_cast<std::size_t>(i)]);
  }
  glp_set_mat_row(problem.get(), n + 1, normalisation.count(), normalisation.index.data(), normalisation.value.data());
  glp_set_row_bnds(problem.get(), n + 1, GLP_FX, 1, 1);
  return BothEnds(problem.get(), exact);
}

std::optional<Range> GlpkWeightSum(const Observations& data, std::int32_t row, const std::vector<std::int32_t>& members,
                                   Orientation orientation, const UnitScore& crs, bool exact) {
  const bool input = orientation == Orientation::kInput;
  const int d = data.dimension();
  const int n = static_cast<int>(members.size());
  const std::vector<double> scales = Scales(data, row, members);
  const Problem problem(glp_create_prob());
  // Columns: the weights, then the score. Rows: the measures.
  glp_add_rows(problem.get(), d);
  glp_add_cols(problem.get(), n + 1);
  glp_set_col_bnds(problem.get(), n + 1, GLP_FR, 0, 0);
  Entries score;
  for (int i = 0; i < d; ++i) {
    const double own = data.row(static_cast<std::size_t>(row))[i] * scales[static_cast<std::size_t>(i)];
    const bool scored = data.is_output(i) != input;
    if (scored) score.Put(i + 1, -own);
    const double bound = scored ? 0 : own;
    const bool tight = Price(crs, i) > 0;
    glp_set_row_bnds(problem.get(), i + 1, tight ? GLP_FX : data.is_output(i) ? GLP_LO : GLP_UP, bound, bound);
  }
  glp_set_mat_col(problem.get(), n + 1, score.count(), score.index.data(), score.value.data());
  for (int j = 0; j < n; ++j) {
    const double* cells = data.row(static_cast<std::size_t>(members[static_cast<std::size_t>(j)]));
    Entries entries;
    double profit = 0;
    double size = 0;
    double largest = 0;
    for (int i = 0; i < d; ++i) largest = std::max(largest, cells[i] * scales[static_cast<std::size_t>(i)]);
    const double scale = PowerOfTwoBelow(largest);
    for (int i = 0; i < d; ++i) {
      entries.Put(i + 1, cells[i] * scales[static_cast<std::size_t>(i)] * scale);
      const double term = cells[i] * Price(crs, i);
      profit += data.is_output(i) ? term : -term;
      size += term;
    }
    const bool idle = profit < -1e-9 * size;
    glp_set_col_bnds(problem.get(), j + 1, idle ? GLP_FX : GLP_LO, 0, 0);
    glp_set_obj_coef(problem.get(), j + 1, scale);
    glp_set_mat_col(problem.get(), j + 1, entries.count(), entries.index.data(), entries.value.data());
  }
  return BothEnds(problem.get(), exact);
}

}  // namespace farrell::dea::testing
