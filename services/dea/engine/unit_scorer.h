// Scores one unit under a model of any kind, with all that the model asks for beside the score.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "services/dea/engine/certificate.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/scale_elasticity.h"

namespace farrell::dea {

// Reuses its memory from unit to unit; one scorer per thread. `formulation` is MakeFormulation(model, data): null for
// ModelKind::kFdh. All three must outlive the scorer.
class UnitScorer {
 public:
  UnitScorer(const Model& model, const Observations& data, const Formulation* formulation);

  // The score, and its remedy (Model::super_remedy) where it is kInfeasible.
  UnitScore Score(const Question& question, const std::stop_token& stop);
  // The same, found sooner: `options` may offer a start and a frame.
  UnitScore Score(const Question& question, const SolveOptions& options, const std::stop_token& stop);
  // Adds scale efficiency and class, elasticity and most productive scale size (Model::scale) to a score. Linear
  // programs: up to seven. `frame`, if set, serves every technology.
  void AddScale(const Question& question, const std::stop_token& stop, UnitScore& score, const Frame* frame = nullptr);

 private:
  const Model& model_;
  const Observations& data_;
  std::unique_ptr<UnitSolver> solver_;
  std::unique_ptr<Formulation> remedy_;
  std::unique_ptr<UnitSolver> remedy_solver_;
  RadialSolver radial_;
  std::unique_ptr<ScaleSolver> scale_;  // made when first needed
};

// Score of all groups over score of the own group, as a technology gap ratio (O'Donnell, Rao & Battese 2008); for
// directional distances (1 + beta_group) / (1 + beta_all) (Oh 2010). Unset where there is no such ratio.
std::optional<double> GapRatio(const UnitScore& all, const UnitScore& group);

// Checks a score of any kind against the data without solving (CheckScore; FDH by dominance); only a remedy, of which
// no proof is kept, is computed again.
Proof CheckUnit(const Model& model, const Formulation* formulation, const Question& question, const UnitScore& score);

}  // namespace farrell::dea
