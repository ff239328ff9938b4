#include "services/regression/engine/estimators/weak_instruments.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/numeric/critical_values.h"
#include "common/numeric/distributions.h"
#include "common/text/number.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kExact = 10.0 * std::numeric_limits<double>::epsilon();
constexpr double kWorstBias = 0.1;
constexpr double kBiasLevel = 0.05;
constexpr double kRuleOfThumb = 10.0;

// Bootstraps resample the second stage; here stands the variance their statistics are made with.
InferenceSpec Analytic(const InferenceSpec& primary) {
  InferenceSpec spec = primary;
  if (spec.type == InferenceType::kWild) spec.type = InferenceType::kCr1;
  return spec;
}

// The variance of moments: no small-sample factor, no leverage.
InferenceSpec OfMoments(InferenceSpec spec) {
  spec.ssc = "none";
  switch (spec.type) {
    case InferenceType::kHc0:
    case InferenceType::kHc1:
    case InferenceType::kHc2:
    case InferenceType::kHc3:
    case InferenceType::kHc4: spec.type = InferenceType::kHc0; break;
    case InferenceType::kCr0:
    case InferenceType::kCr1:
    case InferenceType::kCr2:
    case InferenceType::kCr3: spec.type = InferenceType::kCr0; break;
    default: break;
  }
  return spec;
}

// That the last `count` coefficients are zero, in the coordinates of Q.
std::optional<JointTest> TestLast(const Fitted& fitted, const InferenceResult& inference, Index count) {
  const Index size = fitted.parameters();
  if (count == 0 || count > size || inference.meat.rows() != size) return std::nullopt;
  if (inference.joint_test) {
    MatrixXd restrictions = MatrixXd::Zero(count, size);
    restrictions.rightCols(count).setIdentity();
    return inference.joint_test(restrictions, VectorXd::Zero(count));
  }
  const VectorXd rotated = fitted.solution.r.bottomRightCorner(count, count).triangularView<Eigen::Upper>() *
                           fitted.solution.coefficients.tail(count);
  return WaldTest(rotated, inference.meat.bottomRightCorner(count, count), inference.df);
}

class Diagnosis {
 public:
  Diagnosis(const Fitted& fitted, const InferenceSpec& primary, double level, const Environment& environment,
            std::vector<Warning>& warnings)
      : fitted_(fitted), primary_(Analytic(primary)), level_(level), environment_(environment), warnings_(warnings) {}

  Result<InstrumentDiagnostics> Run() {
    result_.kappa = fitted_.kappa;
    result_.collinear_instruments = fitted_.collinear_instruments;
    for (Index k = 0; k < fitted_.parameters(); ++k) {
      const Index column = fitted_.solution.kept[static_cast<std::size_t>(k)];
      const auto& list = fitted_.design.endogenous;
      (std::find(list.begin(), list.end(), column) != list.end() ? endogenous_ : exogenous_).push_back(k);
    }
    if (endogenous_.empty()) return std::move(result_);
    FARRELL_RETURN_IF_ERROR(FitReducedForm());
    FARRELL_RETURN_IF_ERROR(FirstStages());
    FARRELL_RETURN_IF_ERROR(Ranks());
    FARRELL_RETURN_IF_ERROR(AndersonRubin());
    FARRELL_RETURN_IF_ERROR(Overidentification());
    FARRELL_RETURN_IF_ERROR(Endogeneity());
    Warn();
    return std::move(result_);
  }

 private:
  Index ColumnOf(Index k) const { return fitted_.solution.kept[static_cast<std::size_t>(k)]; }
  const std::string& NameOf(Index k) const { return fitted_.design.names[static_cast<std::size_t>(ColumnOf(k))]; }

  // A design on the same rows with columns of x and others after them.
  Design With(const std::vector<Index>& regressors, const MatrixXd& further) const {
    Design design;
    design.rows = fitted_.design.rows;
    design.effects = fitted_.design.effects;
    design.weights = fitted_.design.weights;
    design.units = fitted_.design.units;
    design.periods = fitted_.design.periods;
    design.classifications = fitted_.design.classifications;
    design.y = fitted_.design.y;
    design.x.resize(design.y.size(), static_cast<Index>(regressors.size()) + further.cols());
    for (std::size_t k = 0; k < regressors.size(); ++k) {
      design.x.col(static_cast<Index>(k)) = fitted_.design.x.col(ColumnOf(regressors[k]));
      design.names.push_back(NameOf(regressors[k]));
    }
    design.x.rightCols(further.cols()) = further;
    for (Index c = 0; c < further.cols(); ++c) design.names.push_back("instrument " + std::to_string(c + 1));
    design.has_constant = fitted_.design.has_constant && !design.names.empty() && design.names[0] == kConstantName;
    return design;
  }

  Status FitReducedForm() {
    FARRELL_ASSIGN_OR_RETURN(reduced_, EstimateLeastSquares(With(exogenous_, fitted_.design.z), environment_));
    instruments_ = reduced_.parameters() - static_cast<Index>(exogenous_.size());
    return Status::Ok();
  }

  // The outcome of the reduced form: as given, and with effects taken out in weighted coordinates.
  void SetOutcome(const VectorXd& given, const VectorXd& within) {
    LeastSquares& solution = reduced_.solution;
    reduced_.design.y = given;
    reduced_.y_within = within;
    VectorXd rest = within;
    VectorXd along = VectorXd::Zero(solution.q.cols());
    for (int pass = 0; pass < 2; ++pass) {
      const VectorXd part = solution.q.transpose() * rest;
      rest -= solution.q * part;
      along += part;
    }
    solution.coefficients = solution.r.triangularView<Eigen::Upper>().solve(along);
    solution.residuals = rest;
    if (rest.norm() <= kExact * within.norm()) solution.residuals.setZero();
    along_ = along.tail(instruments_);
  }
  VectorXd Given(Index k) const { return fitted_.design.x.col(ColumnOf(k)); }

  Result<InferenceResult> Infer(const Fitted& fitted, const InferenceSpec& spec) const {
    std::vector<Warning> unheard;
    return ComputeInference(fitted, spec, level_, environment_, unheard);
  }
  Result<InferenceResult> Infer() const { return Infer(reduced_, primary_); }

  // The block of the instruments; of size zero where the inference is not defined.
  MatrixXd InstrumentVariance(const InferenceResult& inference) const {
    if (inference.meat.rows() != reduced_.parameters()) return {};
    return inference.meat.bottomRightCorner(instruments_, instruments_);
  }

  Status FirstStages() {
    for (const Index k : endogenous_) {
      SetOutcome(Given(k), fitted_.x_within.col(k));
      FARRELL_ASSIGN_OR_RETURN(const InferenceResult inference, Infer());
      FirstStage stage;
      stage.term = NameOf(k);
      stage.joint = TestLast(reduced_, inference, instruments_);
      const double explained = along_.squaredNorm();
      stage.partial_r2 = explained / (explained + reduced_.solution.residuals.squaredNorm());
      const MatrixXd variance = InstrumentVariance(inference);
      if (endogenous_.size() == 1 && variance.size() > 0 && variance.trace() > 0.0) {
        stage.effective_f = explained / variance.trace();
        stage.effective_f_critical = EffectiveFCritical(variance, kWorstBias, kBiasLevel);
      }
      result_.first_stages.push_back(std::move(stage));
      first_stage_residuals_.push_back(reduced_.solution.residuals);
    }
    return Status::Ok();
  }

  // The combination of the endogenous regressors that the instruments tell least about carries the smallest root, and
  // both statistics are those of its first stage alone: with the singular values of Theta = Q_z'Y R_y^-1 (Y = Q_y R_y),
  // Kleibergen & Paap's A_perp spans the left vectors from the last on, B_perp the last right vector.
  Status Ranks() {
    const auto count = static_cast<Index>(endogenous_.size());
    MatrixXd y(reduced_.observations(), count);
    for (Index j = 0; j < count; ++j) y.col(j) = fitted_.x_within.col(endogenous_[static_cast<std::size_t>(j)]);
    const auto exogenous = reduced_.solution.q.leftCols(reduced_.parameters() - instruments_);
    for (int pass = 0; pass < 2; ++pass) y -= exogenous * (exogenous.transpose() * y);
    const LeastSquares solved = SolveLeastSquares(y, y.col(0));
    if (static_cast<Index>(solved.kept.size()) < count) return Status::Ok();
    const MatrixXd theta = reduced_.solution.q.rightCols(instruments_).transpose() * solved.q;
    const Eigen::JacobiSVD<MatrixXd> svd(theta, Eigen::ComputeFullU | Eigen::ComputeFullV);
    const VectorXd combination = solved.r.triangularView<Eigen::Upper>().solve(VectorXd(svd.matrixV().col(count - 1)));
    VectorXd given = VectorXd::Zero(reduced_.observations());
    VectorXd within = given;
    for (Index j = 0; j < count; ++j) {
      given += combination(j) * Given(endogenous_[static_cast<std::size_t>(j)]);
      within += combination(j) * fitted_.x_within.col(endogenous_[static_cast<std::size_t>(j)]);
    }
    SetOutcome(given, within);
    const double rest = reduced_.solution.residuals.squaredNorm();
    if (rest > 0.0 && reduced_.residual_df > 0) {
      result_.cragg_donald_f =
          along_.squaredNorm() / rest * static_cast<double>(reduced_.residual_df) / static_cast<double>(instruments_);
    }
    FARRELL_ASSIGN_OR_RETURN(const InferenceResult inference, Infer());
    const MatrixXd variance = InstrumentVariance(inference);
    if (variance.size() == 0) return Status::Ok();
    const MatrixXd left = svd.matrixU().rightCols(instruments_ - count + 1);
    const auto wald = WaldTest(left.transpose() * along_, left.transpose() * variance * left,
                               std::numeric_limits<double>::infinity());
    if (wald) result_.kleibergen_paap_f = wald->statistic / wald->df1;
    return Status::Ok();
  }

  Status AndersonRubin() {
    SetOutcome(fitted_.design.y, fitted_.y_within);
    FARRELL_ASSIGN_OR_RETURN(const InferenceResult inference, Infer());
    result_.anderson_rubin = TestLast(reduced_, inference, instruments_);
    if (endogenous_.size() != 1 || !result_.anderson_rubin) return Status::Ok();
    return InvertAndersonRubin(CriticalWald(*result_.anderson_rubin));
  }

  // The Wald statistic at which the test just rejects. Where it is HTZ, F = (eta - q + 1) / (eta q) Wald.
  double CriticalWald(const JointTest& test) const {
    const double tail = 1.0 - level_;
    if (test.distribution == "chi2") return numeric::ChiSquareCritical(tail, test.df1);
    const double value = numeric::FCritical(tail, test.df1, test.df2) * test.df1;
    return test.distribution == "HTZ" ? value * (test.df2 + test.df1 - 1.0) / test.df2 : value;
  }

  // Variances are quadratic in the residuals, so that those of y, of x and of their difference give that of y - b x.
  Status InvertAndersonRubin(double critical) {
    const Index k = endogenous_[0];
    const double centre = fitted_.solution.coefficients(k);
    const VectorXd x_given = Given(k);
    const VectorXd x_within = fitted_.x_within.col(k);
    const VectorXd y_given = fitted_.design.y - centre * x_given;
    const VectorXd y_within = fitted_.y_within - centre * x_within;
    RubinForms forms;
    SetOutcome(x_given, x_within);
    forms.regressor = along_;
    const double x_length = x_within.norm();
    double strength = along_.norm();
    FARRELL_ASSIGN_OR_RETURN(const InferenceResult of_x, Infer());
    SetOutcome(y_given, y_within);
    forms.outcome = along_;
    const double spread = reduced_.solution.residuals.norm();
    FARRELL_ASSIGN_OR_RETURN(const InferenceResult of_y, Infer());
    const double unit = x_length > 0.0 && y_within.norm() > 0.0 ? y_within.norm() / x_length : 1.0;
    SetOutcome(y_given - unit * x_given, y_within - unit * x_within);
    FARRELL_ASSIGN_OR_RETURN(const InferenceResult of_both, Infer());
    forms.regressor_variance = InstrumentVariance(of_x);
    forms.outcome_variance = InstrumentVariance(of_y);
    const MatrixXd both = InstrumentVariance(of_both);
    if (forms.regressor_variance.size() == 0 || forms.outcome_variance.size() == 0 || both.size() == 0) {
      return Status::Ok();
    }
    forms.cross_variance = (forms.outcome_variance + unit * unit * forms.regressor_variance - both) / unit;
    const double df = static_cast<double>(std::max<std::int64_t>(1, reduced_.residual_df));
    if (!(strength > 0.0)) strength = kExact * x_length;
    const double error = strength > 0.0 ? spread / std::sqrt(df) / strength : 1.0;
    constexpr double kErrorsAUnit = 10.0;
    result_.anderson_rubin_set =
        InvertRubinTest(forms, critical, primary_.type == InferenceType::kIid, kErrorsAUnit * std::max(error, kExact));
    for (ConfidenceInterval& piece : result_.anderson_rubin_set) {
      if (piece.low) *piece.low += centre;
      if (piece.high) *piece.high += centre;
      // Beyond the range of numbers: no set rather than a false one.
      if ((piece.low && !std::isfinite(*piece.low)) || (piece.high && !std::isfinite(*piece.high))) {
        result_.anderson_rubin_set.clear();
        return Status::Ok();
      }
    }
    result_.anderson_rubin_empty = result_.anderson_rubin_set.empty();
    return Status::Ok();
  }

  Status Overidentification() {
    const Index restrictions = instruments_ - static_cast<Index>(endogenous_.size());
    const VectorXd& residuals = fitted_.solution.residuals;
    if (restrictions <= 0 || residuals.isZero(0.0)) return Status::Ok();
    double statistic = 0.0;
    const MatrixXd& q = reduced_.solution.q;
    if (primary_.type == InferenceType::kIid) {
      statistic = static_cast<double>(reduced_.observations()) * (q.transpose() * residuals).squaredNorm() /
                  residuals.squaredNorm();
      result_.overidentification_name = "Sargan";
    } else {
      reduced_.solution.residuals = residuals;
      FARRELL_ASSIGN_OR_RETURN(const InferenceResult inference, Infer(reduced_, OfMoments(primary_)));
      const MatrixXd& variance = inference.meat;
      if (variance.rows() != q.cols()) return Status::Ok();
      const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(variance);
      constexpr double kRank = 1e-12;
      if (!(eigen.eigenvalues()(0) > kRank * eigen.eigenvalues().maxCoeff())) {
        warnings_.push_back({"OVERIDENTIFICATION_UNDEFINED",
                             "Hansen's J is not defined: the variance of the " + std::to_string(q.cols()) +
                                 " moments has not full rank (" + inference.label + ")."});
        return Status::Ok();
      }
      const VectorXd root = eigen.eigenvalues().cwiseSqrt().cwiseInverse();
      const MatrixXd whiten = root.asDiagonal() * eigen.eigenvectors().transpose();
      const VectorXd moments = whiten * (q.transpose() * fitted_.y_within);
      const MatrixXd gradient = whiten * (q.transpose() * fitted_.x_within);
      statistic = SolveLeastSquares(gradient, moments).residuals.squaredNorm();
      result_.overidentification_name = "Hansen J";
    }
    JointTest test;
    test.statistic = statistic;
    test.df1 = static_cast<double>(restrictions);
    test.p_value = numeric::ChiSquareSurvival(statistic, test.df1);
    test.distribution = "chi2";
    result_.overidentification = test;
    return Status::Ok();
  }

  Status Endogeneity() {
    MatrixXd residuals(reduced_.observations(), static_cast<Index>(first_stage_residuals_.size()));
    for (std::size_t j = 0; j < first_stage_residuals_.size(); ++j) {
      if (first_stage_residuals_[j].isZero(0.0)) return Status::Ok();
      residuals.col(static_cast<Index>(j)) = first_stage_residuals_[j];
    }
    // Designs are given without weights.
    WeightRows(residuals, fitted_.design.weights.size() > 0 ? VectorXd(fitted_.design.weights.cwiseInverse())
                                                            : fitted_.design.weights);
    std::vector<Index> all(static_cast<std::size_t>(fitted_.parameters()));
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<Index>(k);
    FARRELL_ASSIGN_OR_RETURN(const Fitted augmented, EstimateLeastSquares(With(all, residuals), environment_));
    if (augmented.parameters() < fitted_.parameters() + residuals.cols()) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(const InferenceResult inference, Infer(augmented, primary_));
    result_.endogeneity = TestLast(augmented, inference, residuals.cols());
    return Status::Ok();
  }

  void Warn() {
    const FirstStage& stage = result_.first_stages.front();
    if (stage.effective_f && *stage.effective_f < stage.effective_f_critical.value_or(0.0)) {
      warnings_.push_back({"WEAK_INSTRUMENTS", "The effective F of " + stage.term + " is " +
                                                   text::FormatReal(*stage.effective_f) + ", below " +
                                                   text::FormatReal(*stage.effective_f_critical) +
                                                   ", so that a bias of 10 % of the worst case is not rejected; use "
                                                   "the Anderson-Rubin set."});
    }
    if (endogenous_.size() > 1 && result_.kleibergen_paap_f && *result_.kleibergen_paap_f < kRuleOfThumb) {
      warnings_.push_back({"WEAK_INSTRUMENTS", "The Kleibergen-Paap F is " +
                                                   text::FormatReal(*result_.kleibergen_paap_f) +
                                                   ", below 10; use the Anderson-Rubin test."});
    }
  }

  const Fitted& fitted_;
  InferenceSpec primary_;
  double level_;
  const Environment& environment_;
  std::vector<Warning>& warnings_;
  InstrumentDiagnostics result_;
  // Positions among the coefficients.
  std::vector<Index> endogenous_;
  std::vector<Index> exogenous_;
  // On [exogenous, instruments], the outcome that SetOutcome gave it; along_ = Q_z' outcome.
  Fitted reduced_;
  Index instruments_ = 0;
  VectorXd along_;
  std::vector<VectorXd> first_stage_residuals_;
};

}  // namespace

Result<InstrumentDiagnostics> DiagnoseInstruments(const Fitted& fitted, const InferenceSpec& primary, double level,
                                                  const Environment& environment, std::vector<Warning>& warnings) {
  return Diagnosis(fitted, primary, level, environment, warnings).Run();
}

double EffectiveFCritical(const MatrixXd& variance, double bias, double level) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(variance, Eigen::EigenvaluesOnly);
  const double trace = variance.trace();
  const double noncentrality = 1.0 / bias;
  const double df = trace * trace * (1.0 + 2.0 * noncentrality) /
                    (variance.squaredNorm() + 2.0 * noncentrality * trace * eigen.eigenvalues().maxCoeff());
  return numeric::NoncentralChiSquareCritical(level, df, noncentrality * df) / df;
}

}  // namespace farrell::regression
