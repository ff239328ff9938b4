#include "services/regression/engine/wild_bootstrap_forms.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "services/regression/engine/vcov/cluster_basis.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Cells of one matrix, 800 MB.
constexpr double kMaxCells = 1e8;
// Cells of a basis of crossed effects, 400 MB.
constexpr double kMaxBasisCells = 5e7;
// Scores are made outright, G^2 forms, up to so many clusters; and up to so many where crossed effects have more levels
// still.
constexpr Index kMostOutright = 128;
constexpr Index kMostOutrightCrossed = 2000;
// Equations are redundant when what is new in one is shorter than this.
constexpr double kRedundant = 1e-10;
// A variance below this share of its largest possible size is what rounding leaves of scores that cancel.
constexpr double kCancelled = 1e-24;
// Smallest eigenvalue of a joint variance relative to the largest.
constexpr double kSingular = 1e-13;
// Eigenvalues of I - B_g'B_g below this are zero: the direction lives in cluster g alone.
constexpr double kOwnDirection = 1e-9;

// H in orthonormal form.
struct Restriction {
  // sum of K x q: H' = basis * triangle.
  MatrixXd basis;
  // sum of K x (sum of K - q): what the null leaves free.
  MatrixXd free;
  VectorXd distance;
  double scale = 1.0;
  // Rb - r = transform * distance.
  MatrixXd transform;
};

Status Redundant() {
  return InvalidArgument("WILD_INVALID",
                         "an equation of the hypothesis is empty or follows from the others; leave it out");
}

Result<Restriction> MakeRestriction(const WildStack& stack, const MatrixXd& restrictions, const VectorXd& values) {
  const MatrixXd transposed = (restrictions * stack.r_inverse).transpose();
  const Index size = transposed.rows();
  const Index q = transposed.cols();
  if (q > size || q == 0) return Redundant();
  MatrixXd scaled = transposed;
  for (Index i = 0; i < q; ++i) {
    const double norm = scaled.col(i).norm();
    if (!(norm > 0.0)) return Redundant();
    scaled.col(i) /= norm;
  }
  const Eigen::HouseholderQR<MatrixXd> qr(scaled);
  MatrixXd all = qr.householderQ() * MatrixXd::Identity(size, size);
  MatrixXd triangle = qr.matrixQR().topRows(q).triangularView<Eigen::Upper>();
  for (Index i = 0; i < q; ++i) {
    if (std::fabs(triangle(i, i)) < kRedundant) return Redundant();
    // Signs of the statistics are those of Rb - r.
    if (triangle(i, i) < 0.0) {
      triangle.row(i) *= -1.0;
      all.col(i) *= -1.0;
    }
    triangle.col(i) *= transposed.col(i).norm();
  }
  Restriction result;
  result.basis = all.leftCols(q);
  result.free = all.rightCols(size - q);
  const VectorXd gap = restrictions * stack.coefficients - values;
  result.distance = triangle.transpose().triangularView<Eigen::Lower>().solve(gap);
  result.scale = triangle(0, 0);
  result.transform = triangle.transpose();
  return result;
}

// An orthonormal basis of the crossed effects of all models, block diagonal.
Result<MatrixXd> StackedCrossedBasis(const WildStack& stack, const std::stop_token& stop) {
  std::vector<MatrixXd> blocks;
  Index columns = 0;
  for (const WildModel& model : stack.models) {
    const Index crossed = CrossedColumns(*model.fitted, *model.clusters);
    const auto rows = static_cast<double>(model.fitted->observations());
    if (rows * static_cast<double>(crossed) > kMaxBasisCells) {
      return FailedPrecondition("TOO_MANY_LEVELS", "the " + std::to_string(crossed) +
                                                       " levels of effects that cross the clusters do not fit in "
                                                       "memory as columns; cr1 serves there");
    }
    FARRELL_ASSIGN_OR_RETURN(const ClusterBasis basis, ClusterBasis::Make(*model.fitted, *model.clusters, stop));
    blocks.emplace_back(basis.q().leftCols(basis.q().cols() - model.fitted->parameters()));
    columns += blocks.back().cols();
  }
  MatrixXd basis = MatrixXd::Zero(stack.residuals.size(), columns);
  Index offset = 0;
  for (std::size_t m = 0; m < blocks.size(); ++m) {
    basis.block(stack.first_row[m], offset, blocks[m].rows(), blocks[m].cols()) = blocks[m];
    offset += blocks[m].cols();
  }
  return basis;
}

// (I - A)^+ v for a symmetric A with eigenvalues in [0, 1].
MatrixXd SolveComplement(const MatrixXd& a, const MatrixXd& v) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(MatrixXd::Identity(a.rows(), a.cols()) - a);
  MatrixXd rotated = eigen.eigenvectors().transpose() * v;
  for (Index k = 0; k < rotated.rows(); ++k) {
    const double value = eigen.eigenvalues()(k);
    rotated.row(k) *= value > kOwnDirection ? 1.0 / value : 0.0;
  }
  return eigen.eigenvectors() * rotated;
}

// Rows of every cluster g replaced by (I - B_g B_g')^-1 times them, B orthonormal columns: residuals become prediction
// errors of the fit without g. Where a direction lives in one cluster alone the generalised inverse is taken.
Result<MatrixXd> AdjustByCluster(const MatrixXd& basis, const std::vector<std::vector<Index>>& rows, MatrixXd columns,
                                 const std::stop_token& stop) {
  // Nothing is estimated: residuals are prediction errors as they stand.
  if (basis.cols() == 0) return columns;
  for (const std::vector<Index>& list : rows) {
    if (stop.stop_requested()) return Cancelled();
    if (list.empty()) continue;
    const MatrixXd b = basis(list, Eigen::all);
    const MatrixXd v = columns(list, Eigen::all);
    if (b.rows() < b.cols()) {
      columns(list, Eigen::all) = SolveComplement(b * b.transpose(), v);
    } else {
      columns(list, Eigen::all) = v + b * SolveComplement(b.transpose() * b, b.transpose() * v);
    }
  }
  return columns;
}

MatrixXd Beside(const MatrixXd& left, const MatrixXd& right) {
  MatrixXd both(right.rows(), left.cols() + right.cols());
  both << left, right;
  return both;
}

// Sums over the rows of every cluster of a_i b_i': one column a cluster, for a with one column.
MatrixXd ClusterProducts(const WildStack& stack, const MatrixXd& columns, const VectorXd& errors) {
  MatrixXd sums = MatrixXd::Zero(columns.cols(), stack.clusters());
  for (Index g = 0; g < stack.clusters(); ++g) {
    const auto& list = stack.rows[static_cast<std::size_t>(g)];
    for (const Index row : list) sums.col(g) += errors(row) * columns.row(row).transpose();
  }
  return sums;
}

class FormMaker {
 public:
  FormMaker(const WildStack& stack, const WildBootstrapSpec& spec, const Environment& environment)
      : stack_(stack), spec_(spec), environment_(environment) {
    for (const WildModel& model : stack.models) crossed_ += CrossedColumns(*model.fitted, *model.clusters);
  }

  Result<WildForms> Make(const WildHypothesis& hypothesis, bool open) {
    FARRELL_ASSIGN_OR_RETURN(const Restriction restriction,
                             MakeRestriction(stack_, hypothesis.restrictions, hypothesis.values));
    WildForms forms;
    forms.q = restriction.basis.cols();
    forms.distance = restriction.distance;
    forms.scale = restriction.scale;
    forms.transform = restriction.transform;
    const MatrixXd a = stack_.q * restriction.basis;
    const Index columns = crossed_ + stack_.q.cols();
    outright_ = (stack_.clusters() <= kMostOutright && stack_.clusters() <= 16 * columns) ||
                (stack_.clusters() <= kMostOutrightCrossed && stack_.clusters() <= crossed_);
    const bool jackknife = spec_.variant % 10 == 3;
    // Taking the crossed effects out of every cluster's errors by itself needs no basis.
    separate_ = crossed_ > 0 && outright_ && spec_.variant == 11;
    if (crossed_ > 0 && !separate_) {
      FARRELL_ASSIGN_OR_RETURN(levels_, StackedCrossedBasis(stack_, environment_.stop));
    } else {
      levels_ = MatrixXd(stack_.residuals.size(), 0);
    }
    basis_ = Beside(levels_, stack_.q);
    c_ = a;
    if (jackknife) {
      FARRELL_ASSIGN_OR_RETURN(c_, AdjustByCluster(basis_, stack_.rows, a, environment_.stop));
    }
    const MatrixXd observed = ClusterScores();
    forms.variance = observed * observed.transpose();
    forms.defined = IsDefined(forms.variance);
    if (!forms.defined) return forms;
    MakeLoadings(forms.q);
    FARRELL_ASSIGN_OR_RETURN(const std::vector<VectorXd> errors, Errors(restriction, a, open));
    for (const VectorXd& u : errors) {
      if (environment_.stop.stop_requested()) return Cancelled();
      FARRELL_ASSIGN_OR_RETURN(WildPart part, MakePart(a, u));
      forms.parts.push_back(std::move(part));
    }
    if (!outright_) forms.loadings = std::move(loadings_);
    return forms;
  }

 private:
  // q x G: C_g'e_g.
  MatrixXd ClusterScores() const { return ClusterProducts(stack_, c_, stack_.residuals); }

  bool IsDefined(const MatrixXd& variance) const {
    const double floor = kCancelled * stack_.residuals.squaredNorm();
    for (Index i = 0; i < variance.rows(); ++i) {
      if (!(variance(i, i) > floor * c_.col(i).squaredNorm())) return false;
    }
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(variance, Eigen::EigenvaluesOnly);
    return eigen.eigenvalues()(0) > kSingular * eigen.eigenvalues()(variance.rows() - 1);
  }

  Result<std::vector<VectorXd>> Errors(const Restriction& restriction, const MatrixXd& a, bool open) const {
    std::vector<VectorXd> errors;
    if (spec_.unrestricted) {
      errors.push_back(stack_.residuals);
    } else if (open) {
      errors.push_back(stack_.residuals);
      errors.emplace_back(a.col(0));
    } else {
      errors.emplace_back(stack_.residuals + a * restriction.distance);
    }
    if (spec_.variant / 10 == 3) {
      const MatrixXd basis = spec_.unrestricted ? basis_ : Beside(levels_, MatrixXd(stack_.q * restriction.free));
      for (VectorXd& u : errors) {
        FARRELL_ASSIGN_OR_RETURN(u, AdjustByCluster(basis, stack_.rows, u, environment_.stop));
      }
    }
    return errors;
  }

  // C_g'B_g.
  void MakeLoadings(Index q) {
    for (Index i = 0; i < q; ++i) {
      loadings_.emplace_back(ClusterProducts(stack_, basis_, c_.col(i)).transpose());
    }
  }

  Result<WildPart> MakePart(const MatrixXd& a, const VectorXd& u) const {
    WildPart part;
    part.numerator = ClusterProducts(stack_, a, u);
    part.diagonal = ClusterProducts(stack_, c_, u);
    part.position = ClusterProducts(stack_, basis_, u);
    if (!outright_) return part;
    MatrixXd projected;
    if (separate_) {
      FARRELL_ASSIGN_OR_RETURN(projected, Separated(u));
    }
    for (std::size_t i = 0; i < loadings_.size(); ++i) {
      const auto equation = static_cast<Index>(i);
      MatrixXd scores = MatrixXd::Zero(stack_.clusters(), stack_.clusters());
      if (separate_) {
        for (Index g = 0; g < stack_.clusters(); ++g) {
          for (const Index row : stack_.rows[static_cast<std::size_t>(g)]) {
            scores.row(g) += c_(row, equation) * projected.row(row);
          }
        }
      } else {
        scores.diagonal() = part.diagonal.row(equation).transpose();
      }
      scores.noalias() -= loadings_[i] * part.position;
      part.scores.push_back(std::move(scores));
    }
    return part;
  }

  // Column h: the errors of cluster h alone, effects taken out.
  Result<MatrixXd> Separated(const VectorXd& u) const {
    if (static_cast<double>(stack_.clusters()) * static_cast<double>(u.size()) > kMaxCells) {
      return FailedPrecondition("TOO_MANY_CLUSTERS",
                                "with effects that cross " + std::to_string(stack_.clusters()) +
                                    " clusters the bootstrap does not fit in memory; cr1 or cr3 serve there");
    }
    MatrixXd separate = MatrixXd::Zero(u.size(), stack_.clusters());
    for (Index row = 0; row < u.size(); ++row) separate(row, stack_.ids[static_cast<std::size_t>(row)]) = u(row);
    for (std::size_t m = 0; m < stack_.models.size(); ++m) {
      const Fitted& fitted = *stack_.models[m].fitted;
      MatrixXd block = separate.middleRows(stack_.first_row[m], fitted.observations());
      FARRELL_RETURN_IF_ERROR(fitted.within.Demean(block, environment_.stop));
      separate.middleRows(stack_.first_row[m], fitted.observations()) = block;
    }
    return separate;
  }

  const WildStack& stack_;
  const WildBootstrapSpec& spec_;
  const Environment& environment_;
  // Columns of crossed effects.
  Index crossed_ = 0;
  bool outright_ = false;
  bool separate_ = false;
  // L, B and C of the header.
  MatrixXd levels_;
  MatrixXd basis_;
  MatrixXd c_;
  std::vector<MatrixXd> loadings_;
};

}  // namespace

ClusterUnion JoinClusters(const std::vector<WildModel>& models) {
  ClusterUnion result;
  std::map<std::string, std::int32_t> known;
  for (const WildModel& model : models) {
    std::vector<std::int32_t>& numbers = result.numbers.emplace_back();
    for (const std::string& label : model.clusters->labels) {
      numbers.push_back(known.emplace(label, static_cast<std::int32_t>(known.size())).first->second);
    }
  }
  result.count = static_cast<Index>(known.size());
  return result;
}

WildStack StackModels(const std::vector<WildModel>& models, const ClusterUnion& clusters,
                      const std::vector<std::size_t>& chosen) {
  Index rows = 0;
  Index columns = 0;
  for (const std::size_t m : chosen) {
    rows += models[m].fitted->observations();
    columns += models[m].fitted->parameters();
  }
  WildStack stack;
  stack.residuals.resize(rows);
  stack.q = MatrixXd::Zero(rows, columns);
  stack.r_inverse = MatrixXd::Zero(columns, columns);
  stack.coefficients.resize(columns);
  Index row = 0;
  Index column = 0;
  for (const std::size_t m : chosen) {
    const Fitted& fitted = *models[m].fitted;
    const Index n = fitted.observations();
    const Index k = fitted.parameters();
    stack.models.push_back(models[m]);
    stack.first_row.push_back(row);
    stack.residuals.segment(row, n) = fitted.solution.residuals;
    stack.q.block(row, column, n, k) = fitted.solution.q;
    stack.r_inverse.block(column, column, k, k) =
        fitted.solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(k, k));
    stack.coefficients.segment(column, k) = fitted.solution.coefficients;
    for (const std::int32_t id : models[m].clusters->ids) {
      stack.ids.push_back(clusters.numbers[m][static_cast<std::size_t>(id)]);
    }
    row += n;
    column += k;
  }
  stack.rows.resize(static_cast<std::size_t>(clusters.count));
  for (std::size_t i = 0; i < stack.ids.size(); ++i) {
    stack.rows[static_cast<std::size_t>(stack.ids[i])].push_back(static_cast<Index>(i));
  }
  return stack;
}

Result<WildForms> MakeWildForms(const WildStack& stack, const WildHypothesis& hypothesis, const WildBootstrapSpec& spec,
                                bool open, const Environment& environment) {
  return FormMaker(stack, spec, environment).Make(hypothesis, open);
}

Result<CoefficientForms> MakeCoefficientForms(const WildStack& stack, const WildHypothesis* null,
                                              const WildBootstrapSpec& spec, const std::stop_token& stop) {
  CoefficientForms result;
  result.centre = stack.coefficients;
  MatrixXd slopes = stack.q;
  VectorXd errors = stack.residuals;
  if (null != nullptr) {
    FARRELL_ASSIGN_OR_RETURN(const Restriction restriction, MakeRestriction(stack, null->restrictions, null->values));
    errors += stack.q * (restriction.basis * restriction.distance);
    result.centre -= stack.r_inverse * (restriction.basis * restriction.distance);
    slopes = stack.q * restriction.free;
  }
  if (spec.variant / 10 == 3) {
    FARRELL_ASSIGN_OR_RETURN(const MatrixXd levels, StackedCrossedBasis(stack, stop));
    FARRELL_ASSIGN_OR_RETURN(errors, AdjustByCluster(Beside(levels, slopes), stack.rows, errors, stop));
  }
  result.forms = stack.r_inverse * ClusterProducts(stack, stack.q, errors);
  return result;
}

}  // namespace farrell::regression
