// A dense simplex for the small, wide programs of data envelopment analysis (program.h).
//
// Minimises the program's objectives one after the other, then maximises the weight of each unit in turn, in (unit,
// time) order, so that the solution is unique. Each objective is fixed by its optimal basis (only columns with zero
// reduced cost stay eligible), never by a rounded number. Finally the basis itself is made canonical
// (canonical_basis.cc): it is the one optimal basis of the program whose right-hand side is relaxed by e, e^2, ... row
// by row for an infinitesimal e, and all numbers are recomputed from it as a set. Neither the pricing rule nor the
// start leaves a trace: where a tie cannot be told from rounding, is_settled() says so and the digits are doubled.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "services/dea/engine/basis.h"
#include "services/dea/engine/frame.h"
#include "services/dea/engine/precision.h"
#include "services/dea/engine/program.h"

namespace farrell::dea {

enum class SolveOutcome : std::uint8_t {
  kOptimal,
  kInfeasible,
  kUnbounded,
  kStopped,
  kIterationLimit,
  kSingular,     // no basis could be factored
  kUncertified,  // the answer does not prove itself
};

// The entering rule. Results do not depend on it.
enum class Pricing : std::uint8_t {
  kRelative,  // largest violation relative to the size of its terms: the most productive unit at current prices
  kDantzig,   // most negative reduced cost
  kSmallestIndex,
};

struct SolveOptions {
  Pricing pricing = Pricing::kRelative;
  // Units that suffice for the program (frame.h); null: all of the reference set. The answer has the same bits.
  const Frame* frame = nullptr;
  // Variables of a starting basis (ascending or not); empty: the unit itself. A basis that does not fit is ignored.
  std::vector<int> start;
};

template <typename Real>
class Simplex {
 public:
  // For programs of at most `max_rows` rows.
  explicit Simplex(int max_rows);

  SolveOutcome Solve(const LinearProgram& program, const SolveOptions& options, const std::stop_token& stop);

  // After kOptimal: whether the basis is the canonical one by a clear margin, every reduced cost and value being either
  // rounding or far from it. No other basis can be: whoever finds a settled one has found the same.
  bool is_settled() const { return settled_; }
  // After kOptimal with a frame: whether no unit outside it can tie, rounding of the prices included.
  bool FrameSuffices();
  // After kOptimal: basic variables ascending; a start for a similar program on the same reference set.
  const std::vector<int>& basis() const { return basis_.variables(); }
  // After kOptimal, kInfeasible (ray only) and kUnbounded (ray only).
  void Read(Solution& solution);
  int iterations() const { return iterations_; }

 private:
  enum class Kind : std::uint8_t { kArtificial, kObjective, kFreeSlacks, kSlacks, kVariable };
  struct Level {
    Kind kind;
    int index = -1;  // objective or variable
    Real sign = 1;
  };
  struct Prices {
    std::vector<Real> values;  // empty: not known
    std::vector<Real> bounds;
    std::vector<Real> tolerances;
  };
  struct Entering {
    int variable = -1;
    Real merit = 0;
  };

  int first_column() const { return weight_count_; }
  int first_own_artificial() const { return weight_count_ + column_count_; }
  bool IsArtificial(int variable) const { return variable >= weight_count_ + program_->first_artificial; }
  // Whether the variable is the weight of a reference unit that may have one, or a column.
  bool IsUsable(int variable) const;
  // Calls `visit` for every usable weight, ascending.
  template <typename Visit>
  void ForEachWeight(const Visit& visit) const;
  void LoadColumn(int variable, Real* out) const;
  bool IsBasic(int variable) const;

  void Prepare(const LinearProgram& program, const SolveOptions& options, const std::stop_token& stop);
  bool Refactor();
  bool StartFrom(const std::vector<int>& variables, bool allow_artificial);
  std::vector<int> ArtificialBasis() const;
  bool HasArtificial() const;
  SolveOutcome Minimise(const Level& level);
  SolveOutcome Improve(const Level& level);
  int ChooseLeaving(bool smallest_index) const;
  bool HasAlternatives() const;
  SolveOutcome MinimiseSlackSum(int objective);
  SolveOutcome FixZeroSlacks(int objective);
  int TryZeroSlacks(int objective);
  void ScaleGains();
  bool IsPositive(int variable) const;
  SolveOutcome MinimiseInOrder(Real sign);
  SolveOutcome RemoveArtificial();
  SolveOutcome Optimise();
  std::vector<int> Support() const;

  // simplex_pricing.cc
  Real Cost(const Level& level, int variable) const;
  void SetPrices(const Level& level);
  void Accumulate(const Real* weights, const Real* tolerances, bool all, std::vector<Real>& value,
                  std::vector<Real>& tolerance);
  void AccumulateAll(int block, std::vector<Real>& value, std::vector<Real>& tolerance);
  // Variable of the weight behind a column of priced(), and the units that pricing looks at.
  int WeightAt(int block, std::size_t column) const {
    if (frame_ != nullptr) return frame_->units()[column];
    return block * static_cast<int>(program_->reference->padded_size()) + static_cast<int>(column);
  }
  const ReferenceMatrix& priced() const { return frame_ != nullptr ? frame_->matrix() : *program_->reference; }
  void PriceColumns(const Level& level);
  Entering ChooseEntering(const Level& level, bool smallest_index);
  void SelectWorkingSet();
  void Restrict();

  // simplex_answer.cc
  SolveOutcome Finish();
  bool IsOnlyOptimum();
  SolveOutcome FinishOnlyOptimum();
  void SetFinalPrices(std::size_t level);
  void KeepFinalPrices(std::size_t level);
  void KeepRay(int entering);

  // canonical_basis.cc
  SolveOutcome MakeCanonical();
  bool IsSettled();
  bool PriceTies(const Level& level, std::vector<int>& tied);
  bool IsLexPositive(int variable);
  int FindViolatedRow();
  int ChooseCanonicalEntering(int position);
  bool LexLess(int candidate, Real candidate_pivot, int best, Real best_pivot);

  int max_rows_;
  int row_count_ = 0;
  int weight_count_ = 0;
  int column_count_ = 0;
  const LinearProgram* program_ = nullptr;
  const SolveOptions* options_ = nullptr;
  const Frame* frame_ = nullptr;
  const std::stop_token* stop_ = nullptr;
  int iterations_ = 0;
  int iteration_limit_ = 0;
  bool unique_ = true;
  bool clear_ = false;  // every value is either rounding or far from it
  bool settled_ = false;
  std::vector<Level> levels_;         // those minimised so far
  std::vector<Prices> final_prices_;  // one a level, at the final basis

  Basis<Real> basis_;
  std::vector<Real> values_;
  std::vector<Real> prices_;
  std::vector<Real> price_bounds_;
  std::vector<Real> price_tolerances_;
  std::vector<Real> rhs_;
  std::vector<Real> costs_;
  std::vector<Real> column_;
  std::vector<Real> alpha_;
  std::vector<Real> alpha_bounds_;
  std::vector<Real> best_alpha_;
  // Reduced costs and their tolerances: weights, padded to whole blocks; then columns.
  std::vector<Real> reduced_;
  std::vector<Real> tolerance_;
  std::vector<Real> pivot_row_;
  std::vector<Real> pivot_tolerance_;
  std::vector<Real> column_reduced_;
  std::vector<Real> column_tolerance_;
  // Eligible variables; weights as an ascending list unless all are.
  bool all_active_ = true;
  std::vector<int> active_;
  std::vector<int> improving_;  // weights that a pricing of all found worth entering
  std::vector<Real> signed_factors_;
  std::vector<Real> absolute_factors_;
  std::vector<char> column_active_;
  // Worth of a unit of each column in the slack sum, and the columns whose slack is being tried.
  std::vector<Real> gains_;
  std::vector<char> tried_;
  Real gain_scale_ = 1;
  std::vector<Real> ray_;  // prices, or every variable of a direction
};

template <typename Real>
template <typename Visit>
void Simplex<Real>::ForEachWeight(const Visit& visit) const {
  if (frame_ != nullptr) {
    for (const int unit : frame_->units()) {
      if (unit != program_->excluded) visit(unit);
    }
    return;
  }
  const int stride = static_cast<int>(program_->reference->padded_size());
  const int count = static_cast<int>(program_->reference->size());
  for (int block = 0; block < program_->block_count; ++block) {
    for (int unit = 0; unit < count; ++unit) {
      if (unit != program_->excluded) visit(block * stride + unit);
    }
  }
}

template <>
void Simplex<double>::AccumulateAll(int block, std::vector<double>& value, std::vector<double>& tolerance);
template <>
void Simplex<Quad>::AccumulateAll(int block, std::vector<Quad>& value, std::vector<Quad>& tolerance);

extern template class Simplex<double>;
extern template class Simplex<Quad>;

}  // namespace farrell::dea
