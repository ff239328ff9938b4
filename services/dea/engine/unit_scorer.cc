#include "services/dea/engine/unit_scorer.h"

#include <cmath>

#include "services/dea/engine/fdh.h"
#include "services/dea/engine/scale.h"
#include "services/dea/engine/super_efficiency.h"

namespace farrell::dea {
namespace {

FdhModel FdhOf(const Model& model) {
  FdhModel fdh;
  fdh.rts = model.rts;
  fdh.measure = model.orientation == Orientation::kOutput ? FdhMeasure::kOutput : FdhMeasure::kInput;
  fdh.weight_sum_low = model.weight_sum_low;
  fdh.weight_sum_high = model.weight_sum_high;
  fdh.exclude_own = model.super;
  return fdh;
}

std::optional<double> Remedy(UnitSolver& solver, const Question& question, const std::stop_token& stop) {
  const UnitScore score = solver.Solve(question, {}, stop);
  if (score.status != UnitStatus::kOptimal) return std::nullopt;
  return score.score;
}

}  // namespace

UnitScorer::UnitScorer(const Model& model, const Observations& data, const Formulation* formulation)
    : model_(model), data_(data), radial_(data.dimension()) {
  if (formulation != nullptr) solver_ = std::make_unique<UnitSolver>(*formulation);
  remedy_ = MakeSuperRemedy(model, data);
  if (remedy_) remedy_solver_ = std::make_unique<UnitSolver>(*remedy_);
}

UnitScore UnitScorer::Score(const Question& question, const std::stop_token& stop) { return Score(question, {}, stop); }

UnitScore UnitScorer::Score(const Question& question, const SolveOptions& options, const std::stop_token& stop) {
  if (solver_) {
    UnitScore score = solver_->Solve(question, options, stop);
    if (remedy_solver_ && score.status == UnitStatus::kInfeasible) {
      score.remedy_score = Remedy(*remedy_solver_, question, stop);
    }
    return score;
  }
  return SolveFdh(data_, question.row, question.reference, FdhOf(model_), {}, stop);
}

void UnitScorer::AddScale(const Question& question, const std::stop_token& stop, UnitScore& score, const Frame* frame) {
  if (score.status != UnitStatus::kOptimal) return;
  const auto under = [&](ReturnsToScale rts) {
    if (rts == model_.rts) return score;
    SolveOptions options;
    options.frame = frame;
    return radial_.Solve(data_, question.row, question.reference, rts, model_.orientation, options, stop);
  };
  const UnitScore vrs = under(ReturnsToScale::kVrs);
  const ScaleScores scores{under(ReturnsToScale::kCrs).score, vrs.score, under(ReturnsToScale::kNirs).score};
  if (!(scores.crs > 0 && scores.vrs > 0 && scores.nirs > 0)) return;
  score.scale_efficiency = ScaleEfficiency(scores);
  score.scale_class = ClassifyScale(scores);
  if (!scale_) scale_ = std::make_unique<ScaleSolver>(data_, model_.orientation);
  const ScaleRange elasticity = scale_->Elasticity(question, vrs.farrell, stop, frame);
  score.elasticity_low = elasticity.low;
  score.elasticity_high = elasticity.high;
  const ScaleRange size = scale_->ProductiveScale(question, stop, frame);
  score.mpss_low = size.low;
  score.mpss_high = size.high;
}

std::optional<double> GapRatio(const UnitScore& all, const UnitScore& group) {
  if (all.status != UnitStatus::kOptimal || group.status != UnitStatus::kOptimal) return std::nullopt;
  switch (all.measure) {
    case Measure::kSlackSum: return std::nullopt;
    case Measure::kBeta:
      if (!(1 + all.score > 0)) return std::nullopt;
      return (1 + group.score) / (1 + all.score);
    default:
      if (!(group.score > 0)) return std::nullopt;
      return all.score / group.score;
  }
}

Proof CheckUnit(const Model& model, const Formulation* formulation, const Question& question, const UnitScore& score) {
  if (formulation != nullptr) {
    Proof proof = CheckScore(*formulation, question, score);
    std::optional<double> remedy;
    if (const auto program = MakeSuperRemedy(model, question.data);
        program && score.status == UnitStatus::kInfeasible) {
      UnitSolver solver(*program);
      remedy = Remedy(solver, question, {});
    }
    proof.holds = proof.holds && remedy.has_value() == score.remedy_score.has_value() &&
                  (!remedy || std::abs(*remedy - *score.remedy_score) <= kCertified * std::abs(*remedy));
    return proof;
  }
  Proof proof;
  proof.certificate = CertifyFdh(question.data, question.row, question.reference, FdhOf(model), {}, score);
  proof.holds = score.status != UnitStatus::kNotSolved && proof.certificate.gap <= kCertified &&
                proof.certificate.max_violation <= kCertified;
  return proof;
}

}  // namespace farrell::dea
