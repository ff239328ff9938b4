#include "tests/dea/glpk_slacks.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/dea/glpk_exact.h"

namespace farrell::dea::testing {
namespace {

double PowerOfTwo(double value) { return value == 0 ? 1 : std::ldexp(1.0, std::ilogb(value)); }

// Both return whether GLPK came to an end.
bool FloatingSolve(glp_prob* problem) {
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_bnd = 1e-10;
  options.tol_dj = 1e-10;
  options.tol_piv = 1e-11;
  options.it_lim = 100000;
  glp_adv_basis(problem, 0);
  return glp_simplex(problem, &options) == 0;
}

bool ExactSolve(glp_prob* problem) {
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  return glp_exact(problem, &options) == 0;
}

}  // namespace

void GlpkSlacks::Delete::operator()(glp_prob* problem) const { glp_delete_prob(problem); }

GlpkSlacks::GlpkSlacks(const Observations& data, std::vector<std::int32_t> members, Model model)
    : data_(data), members_(std::move(members)), model_(std::move(model)) {
  glp_term_out(GLP_OFF);
}

// Collects a program row by row: rows 1..d compare measures, then come those of the sum of weights.
struct GlpkSlacks::Builder {
  const GlpkSlacks& owner;
  const Observations& data;
  const double* own;
  std::vector<double> row_scale;
  std::unique_ptr<glp_prob, Delete> problem{glp_create_prob()};
  std::vector<int> index{0};
  std::vector<double> value{0};

  Builder(const GlpkSlacks& slacks, std::int32_t row)
      : owner(slacks), data(slacks.data_), own(data.row(static_cast<std::size_t>(row))) {
    for (int i = 0; i < data.dimension(); ++i) {
      double size = std::abs(own[i]);
      for (const std::int32_t member : owner.members_) {
        if (size == 0) size = std::abs(data.row(static_cast<std::size_t>(member))[i]);
      }
      row_scale.push_back(PowerOfTwo(size));
    }
    glp_add_rows(problem.get(), data.dimension());
  }

  double Scaled(int measure) const { return own[measure] / row_scale[static_cast<std::size_t>(measure)]; }

  void Bound(int row, int type, double low, double high) const {
    glp_set_row_bnds(problem.get(), row, type, low, high);
  }

  void Entry(int row, double number) {
    if (number == 0) return;
    index.push_back(row);
    value.push_back(number);
  }

  // Adds the column of the entries collected, with a lower bound of 0 or none.
  int Column(double cost, bool free = false) {
    const int column = glp_add_cols(problem.get(), 1);
    glp_set_col_bnds(problem.get(), column, free ? GLP_FR : GLP_LO, 0, 0);
    glp_set_obj_coef(problem.get(), column, cost);
    glp_set_mat_col(problem.get(), column, static_cast<int>(index.size()) - 1, index.data(), value.data());
    index.resize(1);
    value.resize(1);
    return column;
  }

  // Adds the row of the sum of weights after those of the measures, if the technology has one; returns how many.
  int SumRow() {
    const Model& model = owner.model_;
    if (model.rts == ReturnsToScale::kCrs) return 0;
    const int row = glp_add_rows(problem.get(), 1);
    const bool general = model.rts == ReturnsToScale::kGrs;
    int type = GLP_FX;
    if (model.rts == ReturnsToScale::kNirs) type = GLP_UP;
    if (model.rts == ReturnsToScale::kNdrs) type = GLP_LO;
    if (general && model.weight_sum_low < model.weight_sum_high) type = GLP_DB;
    Bound(row, type, general ? model.weight_sum_low : 1, general ? model.weight_sum_high : 1);
    return 1;
  }

  // One weight a member; rows of the sum of weights start at `first_sum_row`.
  void Weights(std::int32_t excluded, int first_sum_row, int sum_rows) {
    for (const std::int32_t member : owner.members_) {
      if (member == excluded) continue;
      const double* cells = data.row(static_cast<std::size_t>(member));
      double largest = 0;
      for (int i = 0; i < data.dimension(); ++i) {
        largest = std::max(largest, std::abs(cells[i] / row_scale[static_cast<std::size_t>(i)]));
      }
      const double column_scale = PowerOfTwo(largest);
      for (int i = 0; i < data.dimension(); ++i) {
        Entry(i + 1, cells[i] / row_scale[static_cast<std::size_t>(i)] / column_scale);
      }
      for (int r = 0; r < sum_rows; ++r) Entry(first_sum_row + r, 1 / column_scale);
      Column(0);
    }
  }
};

std::unique_ptr<glp_prob, GlpkSlacks::Delete> GlpkSlacks::Additive(std::int32_t row, double room) const {
  Builder builder(*this, row);
  glp_set_obj_dir(builder.problem.get(), GLP_MAX);
  const int d = data_.dimension();
  const int sum_rows = builder.SumRow();
  builder.Weights(-1, d + 1, sum_rows);
  int count = 0;
  for (int i = 0; i < d; ++i) {
    count +=
        model_.orientation == Orientation::kNone || (model_.orientation == Orientation::kOutput) == data_.is_output(i);
  }
  for (int i = 0; i < d; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const bool output = data_.is_output(i);
    const double own = builder.Scaled(i);
    builder.Bound(i + 1, room > 0 ? GLP_DB : GLP_FX, own - room, own + room);
    double low = data_.row(static_cast<std::size_t>(members_[0]))[i];
    double high = low;
    for (const std::int32_t member : members_) {
      low = std::min(low, data_.row(static_cast<std::size_t>(member))[i]);
      high = std::max(high, data_.row(static_cast<std::size_t>(member))[i]);
    }
    const double one_sided = output ? high - builder.own[i] : builder.own[i] - low;
    double worth = 1;
    if (model_.kind == ModelKind::kRam) worth = high > low ? 1 / (high - low) / count : 0;
    if (model_.kind == ModelKind::kBam) worth = one_sided > 0 ? 1 / one_sided / count : 0;
    if (model_.orientation != Orientation::kNone && (model_.orientation == Orientation::kOutput) != output) worth = 0;
    builder.Entry(i + 1, output ? -1 : 1);
    const int column = builder.Column(worth * builder.row_scale[at]);
    if (model_.kind == ModelKind::kBam && one_sided > 0) {
      glp_set_col_bnds(builder.problem.get(), column, GLP_DB, 0, one_sided / builder.row_scale[at]);
    } else if (model_.kind == ModelKind::kBam) {
      glp_set_col_bnds(builder.problem.get(), column, GLP_FX, 0, 0);
    }
  }
  return std::move(builder.problem);
}

std::unique_ptr<glp_prob, GlpkSlacks::Delete> GlpkSlacks::Russell(std::int32_t row) const {
  Builder builder(*this, row);
  const int d = data_.dimension();
  glp_set_obj_dir(builder.problem.get(), GLP_MIN);
  // Row d + 1: the mean of beta phi is 1. Then a row for each factor against beta. Then the sum of weights.
  const int norm = glp_add_rows(builder.problem.get(), 1);
  builder.Bound(norm, GLP_FX, 1, 1);
  const auto measured = [&](int i) {
    const bool output_side = i >= data_.input_count;
    const bool on_side =
        model_.orientation == Orientation::kNone || (model_.orientation == Orientation::kOutput) == output_side;
    return on_side && builder.own[i] > 0;
  };
  int inputs = 0;
  int outputs = 0;
  for (int i = 0; i < d; ++i) {
    if (measured(i)) ++(i < data_.input_count ? inputs : outputs);
  }
  std::vector<int> factor_rows;
  for (int i = 0; i < d; ++i) factor_rows.push_back(measured(i) ? glp_add_rows(builder.problem.get(), 1) : 0);
  std::vector<double> sums;
  std::vector<int> sum_types;
  switch (model_.rts) {
    case ReturnsToScale::kCrs: break;
    case ReturnsToScale::kVrs: sums = {1}, sum_types = {GLP_FX}; break;
    case ReturnsToScale::kNirs: sums = {1}, sum_types = {GLP_UP}; break;
    case ReturnsToScale::kNdrs: sums = {1}, sum_types = {GLP_LO}; break;
    case ReturnsToScale::kGrs:
      sums = {model_.weight_sum_low, model_.weight_sum_high};
      sum_types = {GLP_LO, GLP_UP};
      break;
  }
  const int first_sum = sums.empty() ? 0 : glp_add_rows(builder.problem.get(), static_cast<int>(sums.size()));
  for (std::size_t r = 0; r < sums.size(); ++r) builder.Bound(first_sum + static_cast<int>(r), sum_types[r], 0, 0);
  for (int i = 0; i < d; ++i) builder.Bound(i + 1, data_.is_output(i) ? GLP_LO : GLP_UP, 0, 0);
  builder.Weights(model_.super ? row : -1, first_sum, static_cast<int>(sums.size()));
  // beta theta_i, beta phi_r; factors of bad outputs b (1 - s/b) are told as phi = 1 + s/b.
  for (int i = 0; i < d; ++i) {
    if (!measured(i)) continue;
    const bool output = data_.is_output(i);
    const bool bad = i >= data_.input_count + data_.output_count;
    builder.Entry(i + 1, bad ? builder.Scaled(i) : -builder.Scaled(i));
    builder.Entry(factor_rows[static_cast<std::size_t>(i)], 1);
    if (i >= data_.input_count) builder.Entry(norm, 1.0 / outputs);
    // A bad output may grow beyond twice its size: its factor 2 - b'/b is then negative.
    builder.Column(i < data_.input_count ? 1.0 / inputs : 0, bad);
    const bool at_least = (output || bad) != model_.super;
    builder.Bound(factor_rows[static_cast<std::size_t>(i)], at_least ? GLP_LO : GLP_UP, 0, 0);
  }
  // beta
  for (int i = 0; i < d; ++i) {
    const bool bad = i >= data_.input_count + data_.output_count;
    if (!measured(i)) {
      builder.Entry(i + 1, -builder.Scaled(i));
      continue;
    }
    if (bad) builder.Entry(i + 1, -2 * builder.Scaled(i));
    builder.Entry(factor_rows[static_cast<std::size_t>(i)], -1);
  }
  if (outputs == 0) builder.Entry(norm, 1);
  for (std::size_t r = 0; r < sums.size(); ++r) builder.Entry(first_sum + static_cast<int>(r), -sums[r]);
  builder.Column(inputs == 0 ? 1 : 0);
  return std::move(builder.problem);
}

std::optional<double> GlpkSlacks::RadialSlackSum(std::int32_t row, double room) const {
  const bool input = model_.orientation == Orientation::kInput;
  const int d = data_.dimension();
  // First the best theta or phi, then the sum with that in exact arithmetic; with room, the sum with the rows and the
  // score relaxed.
  double best = 0;
  for (const double give : {0.0, room}) {
    const bool relaxed = give > 0;
    Builder builder(*this, row);
    glp_prob* const problem = builder.problem.get();
    const int sum_rows = builder.SumRow();
    for (int i = 0; i < d; ++i) {
      const double own = builder.Scaled(i);
      const bool scaled = data_.is_output(i) != input;
      builder.Bound(i + 1, relaxed ? GLP_DB : GLP_FX, (scaled ? 0 : own) - give, (scaled ? 0 : own) + give);
      if (scaled) builder.Entry(i + 1, -own);
    }
    const int score = builder.Column(relaxed ? 0 : 1);
    if (relaxed) glp_set_col_bnds(problem, score, GLP_DB, best * (1 - give), best * (1 + give));
    for (int i = 0; i < d; ++i) {
      builder.Entry(i + 1, data_.is_output(i) ? -1 : 1);
      builder.Column(relaxed ? builder.row_scale[static_cast<std::size_t>(i)] : 0);
    }
    builder.Weights(-1, d + 1, sum_rows);
    glp_set_obj_dir(problem, input && !relaxed ? GLP_MIN : GLP_MAX);
    FloatingSolve(problem);
    MakeIntegral(problem);
    if (!relaxed) {
      // One objective for both: a slack is worth nothing beside the score.
      for (int i = 0; i < d; ++i) {
        const double worth = builder.row_scale[static_cast<std::size_t>(i)];
        glp_set_obj_coef(problem, score + 1 + i, (input ? -1 : 1) * worth * 0x1p200);
      }
      glp_set_obj_coef(problem, score, 0x1p600);
    }
    if (!ExactSolve(problem) || glp_get_status(problem) != GLP_OPT) return std::nullopt;
    double sum = 0;
    for (int i = 0; i < d; ++i) {
      sum += builder.row_scale[static_cast<std::size_t>(i)] * (glp_get_col_prim(problem, score + 1 + i) / 0x1p200);
    }
    if (room == 0 || relaxed) return sum;
    best = glp_get_col_prim(problem, score) / 0x1p200;
  }
  return std::nullopt;
}

std::optional<GlpkSlacks::Answer> GlpkSlacks::Solve(std::int32_t row, bool exactly, double room) const {
  const auto problem = model_.kind == ModelKind::kSbm ? Russell(row) : Additive(row, room);
  const bool done = FloatingSolve(problem.get());
  const double unit = exactly ? MakeIntegral(problem.get()) : 1;
  if (exactly ? !ExactSolve(problem.get()) : !done) return std::nullopt;
  const int status = glp_get_status(problem.get());
  if (status == GLP_NOFEAS) return Answer{};
  if (status != GLP_OPT) return std::nullopt;
  return Answer{true, glp_get_obj_val(problem.get()) / unit};
}

}  // namespace farrell::dea::testing
