// The programs of a two-stage system (network.h).
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "services/dea/engine/network.h"
#include "services/dea/engine/program.h"
#include "services/dea/engine/program_solver.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

// The system program of a unit, and the programs over its optimal multipliers. Rows: inputs, intermediates, outputs;
// under VRS the sums of both weights. Reuses its memory from unit to unit; one a thread.
class NetworkProgram {
 public:
  NetworkProgram(const NetworkObservations& data, const NetworkModel& model);

  // Writes score, multipliers and both ends; the stages alone are left out. The unit belongs to `reference`.
  void Solve(std::int32_t row, const ReferenceMatrix& reference, const std::stop_token& stop, NetworkScore& score);

 private:
  enum class End : std::uint8_t { kFirst, kSecond };
  // Multipliers in data units.
  struct Multipliers {
    std::vector<double> input;
    std::vector<double> intermediate;
    std::vector<double> output;
    double stage1_scale = 0;
    double stage2_scale = 0;
    double inputs_worth = 0;         // v x_o
    double intermediates_worth = 0;  // w z_o
  };

  int Inputs() const { return data_.input_count(); }
  int Links() const { return data_.intermediate_count(); }
  int Measures() const { return data_.all.dimension(); }
  bool is_input(int measure) const { return measure < Inputs(); }
  bool is_link(int measure) const { return measure >= Inputs() && measure < Inputs() + Links(); }

  void BuildRows(std::int32_t row, const ReferenceMatrix& reference);
  void BuildSystem();
  void BuildEnd(End end, const Solution& system);
  double Scale(int measure) const;
  Multipliers MultipliersOf(const Solution& solution) const;
  void SolveEnd(End end, const std::stop_token& stop, NetworkScore& score);

  const NetworkObservations& data_;
  bool additive_;
  bool vrs_;
  int row_count_;
  const double* own_ = nullptr;
  int own_weight_ = -1;  // the unit's column of the reference matrix
  const ReferenceMatrix* reference_ = nullptr;
  ProgramSolver solver_;
  LinearProgram program_;
  Solution system_;
  Solution solution_;
};

}  // namespace farrell::dea
