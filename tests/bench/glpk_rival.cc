#include <glpk.h>

#include <vector>

#include "tests/bench/rival.h"

namespace farrell::dea::bench {
namespace {

class Glpk final : public Rival {
 public:
  Glpk(int inputs, int outputs, ReturnsToScale rts) : inputs_(inputs), d_(inputs + outputs), rts_(rts) {
    glp_term_out(GLP_OFF);
    glp_init_smcp(&options_);
    options_.msg_lev = GLP_MSG_OFF;
    options_.meth = GLP_PRIMAL;
    index_.resize(static_cast<std::size_t>(d_) + 2);
    value_.resize(static_cast<std::size_t>(d_) + 2);
  }

  void SetReference(const double* cells, std::size_t count) override {
    const int n = static_cast<int>(count);
    const bool scale_row = rts_ == ReturnsToScale::kVrs;
    if (!problem_ || glp_get_num_cols(problem_.get()) != n + 1) {
      problem_.reset(glp_create_prob());
      glp_set_obj_dir(problem_.get(), GLP_MAX);
      glp_add_rows(problem_.get(), d_ + (scale_row ? 1 : 0));
      glp_add_cols(problem_.get(), n + 1);
      for (int j = 1; j <= n + 1; ++j) glp_set_col_bnds(problem_.get(), j, GLP_LO, 0, 0);
      glp_set_obj_coef(problem_.get(), n + 1, 1);
      if (scale_row) glp_set_row_bnds(problem_.get(), d_ + 1, GLP_FX, 1, 1);
    }
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < d_; ++i) {
        index_[static_cast<std::size_t>(i) + 1] = i + 1;
        value_[static_cast<std::size_t>(i) + 1] = cells[static_cast<std::size_t>(j * d_ + i)];
      }
      index_[static_cast<std::size_t>(d_) + 1] = d_ + 1;
      value_[static_cast<std::size_t>(d_) + 1] = 1;
      glp_set_mat_col(problem_.get(), j + 1, d_ + (scale_row ? 1 : 0), index_.data(), value_.data());
    }
  }

  std::optional<double> Solve(const double* point) override {
    const int score = glp_get_num_cols(problem_.get());
    int used = 0;
    for (int i = 0; i < d_; ++i) {
      if (i < inputs_) {
        glp_set_row_bnds(problem_.get(), i + 1, GLP_UP, 0, point[i]);
        continue;
      }
      glp_set_row_bnds(problem_.get(), i + 1, GLP_LO, 0, 0);
      ++used;
      index_[static_cast<std::size_t>(used)] = i + 1;
      value_[static_cast<std::size_t>(used)] = -point[i];
    }
    glp_set_mat_col(problem_.get(), score, used, index_.data(), value_.data());
    if (glp_simplex(problem_.get(), &options_) != 0 || glp_get_status(problem_.get()) != GLP_OPT) {
      // Once more from nothing: the old basis may have become singular.
      glp_std_basis(problem_.get());
      if (glp_simplex(problem_.get(), &options_) != 0 || glp_get_status(problem_.get()) != GLP_OPT) return std::nullopt;
    }
    return glp_get_obj_val(problem_.get());
  }

 private:
  struct Delete {
    void operator()(glp_prob* problem) const { glp_delete_prob(problem); }
  };
  int inputs_;
  int d_;
  ReturnsToScale rts_;
  glp_smcp options_{};
  std::unique_ptr<glp_prob, Delete> problem_;
  std::vector<int> index_;
  std::vector<double> value_;
};

}  // namespace

std::unique_ptr<Rival> MakeGlpk(int inputs, int outputs, ReturnsToScale rts) {
  return std::make_unique<Glpk>(inputs, outputs, rts);
}

}  // namespace farrell::dea::bench
