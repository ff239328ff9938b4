#include "tests/dea/glpk_multiplier.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace farrell::dea::testing {
namespace {

// Sparse rows and columns of one constraint, numbered from 1 as GLPK does.
struct Entries {
  std::vector<int> index = {0};
  std::vector<double> value = {0};
  void Add(int at, double entry) {
    if (entry == 0) return;
    index.push_back(at);
    value.push_back(entry);
  }
  int size() const { return static_cast<int>(index.size()) - 1; }
};

MultiplierAnswer Read(glp_prob* problem, int code) {
  using Outcome = MultiplierAnswer::Outcome;
  if (code != 0) return {};
  switch (glp_get_status(problem)) {
    case GLP_OPT: return {Outcome::kOptimal, glp_get_obj_val(problem)};
    case GLP_NOFEAS: return {Outcome::kNoMultipliers, 0};
    case GLP_UNBND: return {Outcome::kUnbounded, 0};
    default: return {};
  }
}

MultiplierAnswer Run(glp_prob* problem) {
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.tol_bnd = 1e-10;
  options.tol_dj = 1e-10;
  options.tol_piv = 1e-11;
  options.it_lim = 100000;
  glp_adv_basis(problem, 0);
  return Read(problem, glp_simplex(problem, &options));
}

double Distance(double a, double b) { return std::abs(a - b) / std::max({std::abs(a), std::abs(b), 1e-300}); }

}  // namespace

void GlpkMultiplier::Delete::operator()(glp_prob* problem) const { glp_delete_prob(problem); }

GlpkMultiplier::GlpkMultiplier(const Model& model, const Observations& data, std::vector<std::int32_t> members)
    : model_(model), data_(data), members_(std::move(members)) {
  glp_term_out(GLP_OFF);
}

int GlpkMultiplier::IndexOf(const std::string& name) const {
  return (name[0] == 'i' ? 0 : data_.input_count) + std::stoi(name.substr(1));
}

bool GlpkMultiplier::IsFixed(int measure) const {
  return std::any_of(model_.non_discretionary.begin(), model_.non_discretionary.end(),
                     [&](const std::string& name) { return IndexOf(name) == measure; });
}

std::unique_ptr<glp_prob, GlpkMultiplier::Delete> GlpkMultiplier::Build(std::int32_t row, bool exact_scaling,
                                                                        bool homogeneous) const {
  const bool input = model_.orientation == Orientation::kInput;
  const int d = data_.dimension();
  const double* own = data_.row(static_cast<std::size_t>(row));
  const auto scale_of = [exact_scaling](double value) {
    return exact_scaling ? std::ldexp(1.0, std::ilogb(value)) : value;
  };
  // Multipliers are per `scale` units of their measure: the unit's own value, or the largest of all.
  std::vector<double> scale(static_cast<std::size_t>(d));
  for (int i = 0; i < d; ++i) {
    double size = own[i];
    for (std::size_t j = 0; size == 0 && j < members_.size(); ++j) {
      size = data_.row(static_cast<std::size_t>(members_[j]))[i];
    }
    scale[static_cast<std::size_t>(i)] = size > 0 ? scale_of(size) : 1;
  }
  std::unique_ptr<glp_prob, Delete> problem(glp_create_prob());
  glp_set_obj_dir(problem.get(), input ? GLP_MAX : GLP_MIN);
  glp_add_cols(problem.get(), d + 2);
  Entries normal;
  for (int i = 0; i < d; ++i) {
    const bool is_input = i < data_.input_count;
    const bool scored = is_input == input;
    const bool fixed = IsFixed(i);
    const double value = own[i] / scale[static_cast<std::size_t>(i)];
    const bool free = fixed && model_.non_discretionary_rule == NonDiscretionaryRule::kNcn;
    glp_set_col_bnds(problem.get(), i + 1, free ? GLP_FR : GLP_LO, 0, 0);
    if (scored && !fixed)
      normal.Add(i + 1, value);
    else
      glp_set_obj_coef(problem.get(), i + 1, scored ? -value : value);
  }
  const double norm = homogeneous ? 0 : 1;
  glp_set_row_bnds(problem.get(), glp_add_rows(problem.get(), 1), GLP_FX, norm, norm);
  glp_set_mat_row(problem.get(), 1, normal.size(), normal.index.data(), normal.value.data());

  const ReturnsToScale rts = model_.rts;
  const bool grs = rts == ReturnsToScale::kGrs;
  const bool from_below = rts == ReturnsToScale::kVrs || rts == ReturnsToScale::kNdrs || grs;
  const bool from_above = rts == ReturnsToScale::kVrs || rts == ReturnsToScale::kNirs || grs;
  glp_set_col_bnds(problem.get(), d + 1, from_below ? GLP_LO : GLP_FX, 0, 0);
  glp_set_col_bnds(problem.get(), d + 2, from_above ? GLP_LO : GLP_FX, 0, 0);
  const double side = input ? 1 : -1;
  glp_set_obj_coef(problem.get(), d + 1, side * (grs ? model_.weight_sum_low : 1));
  glp_set_obj_coef(problem.get(), d + 2, -side * (grs ? model_.weight_sum_high : 1));

  for (const std::int32_t member : members_) {
    const double* cells = data_.row(static_cast<std::size_t>(member));
    double largest = 0;
    for (int i = 0; i < d; ++i) largest = std::max(largest, cells[i] / scale[static_cast<std::size_t>(i)]);
    const double unit = scale_of(largest);
    Entries entries;
    for (int i = 0; i < d; ++i) {
      entries.Add(i + 1, (i < data_.input_count ? -1 : 1) * cells[i] / scale[static_cast<std::size_t>(i)] / unit);
    }
    if (from_below) entries.Add(d + 1, 1 / unit);
    if (from_above) entries.Add(d + 2, -1 / unit);
    const int at = glp_add_rows(problem.get(), 1);
    glp_set_row_bnds(problem.get(), at, GLP_UP, 0, 0);
    glp_set_mat_row(problem.get(), at, entries.size(), entries.index.data(), entries.value.data());
  }
  for (const WeightRestriction& restriction : model_.weight_restrictions) {
    const int measure = IndexOf(restriction.measure);
    const int over = restriction.over.empty() ? -1 : IndexOf(restriction.over);
    // A multiplier per data unit is the program's divided by the scale of its measure.
    for (const bool upper : {false, true}) {
      const std::optional<double>& bound = upper ? restriction.high : restriction.low;
      if (!bound) continue;
      const double first = 1 / scale[static_cast<std::size_t>(measure)];
      const double second = over < 0 ? *bound : *bound / scale[static_cast<std::size_t>(over)];
      const double unit = scale_of(std::max(first, second));
      Entries entries;
      entries.Add(measure + 1, first / unit);
      if (over >= 0) entries.Add(over + 1, -second / unit);
      const double limit = over < 0 && !homogeneous ? second / unit : 0;
      const int at = glp_add_rows(problem.get(), 1);
      glp_set_row_bnds(problem.get(), at, upper ? GLP_UP : GLP_LO, limit, limit);
      glp_set_mat_row(problem.get(), at, entries.size(), entries.index.data(), entries.value.data());
    }
  }
  return problem;
}

MultiplierAnswer GlpkMultiplier::Solve(std::int32_t row) const { return Run(Build(row, false).get()); }

MultiplierAnswer GlpkMultiplier::SolveExactly(std::int32_t row) const {
  const auto problem = Build(row, true);
  Run(problem.get());
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  return Read(problem.get(), glp_exact(problem.get(), &options));
}

bool GlpkMultiplier::IsInfeasible(std::int32_t row) const {
  using Outcome = MultiplierAnswer::Outcome;
  const auto problem = Build(row, true, true);
  if (Run(problem.get()).outcome == Outcome::kUnbounded) return true;
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  return Read(problem.get(), glp_exact(problem.get(), &options)).outcome == Outcome::kUnbounded;
}

std::string Disagreement(const GlpkMultiplier& glpk, std::int32_t row, const UnitScore& score, int& exact) {
  using Outcome = MultiplierAnswer::Outcome;
  const auto agrees = [&](const MultiplierAnswer& answer) {
    switch (score.status) {
      case UnitStatus::kOptimal:
        return answer.outcome == Outcome::kOptimal && Distance(score.farrell, answer.value) <= 1e-9;
      // No score: no multipliers, or none with a positive value.
      case UnitStatus::kUnbounded:
        return answer.outcome == Outcome::kNoMultipliers ||
               (answer.outcome == Outcome::kOptimal && answer.value <= 1e-12);
      case UnitStatus::kInfeasible: return answer.outcome != Outcome::kOptimal && glpk.IsInfeasible(row);
      default: return false;
    }
  };
  if (agrees(glpk.Solve(row))) return "";
  const MultiplierAnswer answer = glpk.SolveExactly(row);
  ++exact;
  if (agrees(answer)) return "";
  return "ours " + std::to_string(static_cast<int>(score.status)) + " " + std::to_string(score.farrell) +
         ", glp_exact " + std::to_string(static_cast<int>(answer.outcome)) + " " + std::to_string(answer.value) +
         ", relative distance " + std::to_string(Distance(score.farrell, answer.value) * 1e9) + "e-9";
}

}  // namespace farrell::dea::testing
