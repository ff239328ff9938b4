// A model as the program of one unit, and the reading of its solution: one file a model, one face for all.
#pragma once

#include <memory>
#include <stop_token>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/program.h"
#include "services/dea/engine/program_solver.h"
#include "services/dea/engine/technology.h"

namespace farrell::dea {

// Immutable once made; any number of threads may use it.
class Formulation {
 public:
  virtual ~Formulation() = default;
  // Rows of the largest program.
  virtual int row_count() const = 0;
  // Writes the program of a unit; `program` is reused from unit to unit.
  virtual void Build(const Question& question, LinearProgram& program) const = 0;
  // Fills measure, score, farrell, slacks, targets, peers and prices from an optimal solution of that program. Returns
  // kOptimal, or kUnbounded where the score has no finite value.
  virtual UnitStatus Read(const Question& question, const LinearProgram& program, const Solution& solution,
                          UnitScore& score) const = 0;
  // What the program's weights are divided by to give intensity weights: 1, or t of a Charnes-Cooper (1962) transform.
  virtual double WeightScale(const LinearProgram& program, const Solution& solution) const;
  // The formulation to ask next where this one's answer does not settle the matter, or null: a model may put one
  // program to some units and another to others. As many rows at most. The answer, and its proof, are those of the
  // last.
  virtual const Formulation* Next(const Question& question, const UnitScore& score) const;
  // The rows in which weights appear: those of the technology come first, the others have none.
  virtual const Technology& technology() const = 0;
  // Whether the program that Build writes for a unit with the same values, and the same place in the reference set or
  // outside of it, is the same for both sets but for the members themselves.
  virtual bool SameProgram(const Question& then, const Question& now) const;
};

// The formulation of a model that is a linear program (all kinds but kFdh).
std::unique_ptr<Formulation> MakeFormulation(const Model& model, const Observations& data);

// Scores units one at a time. Reuses its memory; one solver per thread.
class UnitSolver {
 public:
  explicit UnitSolver(const Formulation& formulation);

  // status kOptimal, kInfeasible, kUnbounded or kNotSolved as ProgramSolver says; everything else as the model defines.
  UnitScore Solve(const Question& question, const SolveOptions& options, const std::stop_token& stop);

  int iterations() const { return solver_.iterations(); }
  const std::vector<int>& basis() const { return solver_.basis(); }

 private:
  const Formulation& formulation_;
  ProgramSolver solver_;
  LinearProgram program_;
  Solution solution_;
};

// Checks a score against the data without solving: rebuilds the program, takes weights, columns and prices from `score`
// and compares what they prove with what it says. `holds` is false where anything differs by more than kCertified
// relative to its size.
Proof CheckScore(const Formulation& formulation, const Question& question, const UnitScore& score);

}  // namespace farrell::dea
