// Productivity change of the units of a panel, from one period they are observed in to the next.
//
// With d(a, b) the score (theta, 1/phi) of a unit's data of period a on the frontier of period b, and 1, 2 the two
// periods compared; > 1 is improvement in either orientation:
//
//   kMalmquist      index = sqrt( d(2,1)/d(1,1) * d(2,2)/d(1,2) )  (Caves, Christensen & Diewert 1982)
//                         = efficiency_change  d(2,2)/d(1,1)
//                         * technical_change   sqrt( d(2,1)/d(2,2) * d(1,1)/d(1,2) )
//                   (Faere, Grosskopf, Lindgren & Roos 1992), all under Model::rts.
//   kFgnz           the same under CRS; pure_efficiency_change is efficiency_change under VRS, scale_efficiency_change
//                   their ratio (Faere, Grosskopf, Norris & Zhang 1994).
//   kRayDesli       the same index under CRS; efficiency_change and technical_change under VRS, scale_change what is
//                   left: index = efficiency_change * technical_change * scale_change (Ray & Desli 1997). Distances
//                   between periods under VRS may be infeasible; the index is told all the same.
//   kSequential     kMalmquist with frontiers of all periods up to 1 and up to 2 (Shestalova 2003): technical_change
//                   >= 1.
//   kBiennial       one frontier B of the two periods (Pastor, Asmild & Lovell 2011): index d(2,B)/d(1,B),
//                   efficiency_change d(2,2)/d(1,1), technical_change the rest, the change of the gap between the
//                   period's frontier and B. Under VRS the parts are those of VRS, the index stays that of CRS and
//                   scale_change is what is left, as with kRayDesli and never infeasible.
//   kGlobal         the same with one frontier of all periods, under Model::rts (Pastor & Lovell 2005): circular.
//
// With D(a, b) the directional distance (beta) in place of d:
//   kMalmquistLuenberger        kMalmquist with d = 1 / (1 + D) (Chung, Faere & Grosskopf 1997: orientation kOutput,
//                               direction kOwn, Disposability::kWeak).
//   kGlobalMalmquistLuenberger  kGlobal with d = 1 / (1 + D) (Oh 2010).
//   kLuenberger                 index = ( D(1,1) - D(2,1) + D(1,2) - D(2,2) ) / 2
//                                     = efficiency_change  D(1,1) - D(2,2)
//                                     + technical_change   ( D(2,2) - D(2,1) + D(1,2) - D(1,1) ) / 2
//                               (Chambers, Faere & Grosskopf 1996: orientation kNone); 0 is no change, > 0 improvement.
//
// A unit missing in some periods is compared between consecutive periods it is observed in, as if these were adjacent:
// `gap_count` says how many periods of the panel lie between. Excluded and reference-only rows count as missing;
// reference-only rows span frontiers. A sequential frontier holds the periods of a gap, a biennial one does not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/frame.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

enum class ProductivityIndex : std::uint8_t {
  kMalmquist,
  kFgnz,
  kRayDesli,
  kSequential,
  kBiennial,
  kGlobal,
  kMalmquistLuenberger,
  kGlobalMalmquistLuenberger,
  kLuenberger
};

struct ProductivityRequest {
  ProductivityIndex index = ProductivityIndex::kMalmquist;
  // inputs, outputs, rts, orientation, frontier.group_column, bad outputs, disposability, direction and the row roles
  // are read; `kind` follows from the index.
  Model model;
};

// Adds a violation for every field that is wrong; paths begin with `prefix`, e.g. "".
void CheckProductivity(const ProductivityRequest& request, const std::string& prefix, Violations& violations);

// The model of the distances, to read the observations with.
Model DistanceModel(const ProductivityRequest& request);

// A code for the unit of every row of a panel sorted by unit.
std::vector<std::int32_t> UnitCodes(const Panel& panel);

// Score of one period's data on one frontier.
struct Distance {
  std::int64_t data = 0;  // period of the data
  // "t", "t+1": the frontiers of `from` and `to`; "sequential:T": of all periods up to T; "biennial", "global". "/vrs"
  // follows where VRS is the second technology of the index.
  std::string frontier;
  UnitStatus status = UnitStatus::kNotSolved;
  double value = 0;  // theta, 1/phi or beta; only with kOptimal
};

// A change and its parts; each is set where its distances are known.
struct ChangeParts {
  std::optional<double> index;
  std::optional<double> efficiency_change;
  std::optional<double> technical_change;
  std::optional<double> pure_efficiency_change;   // kFgnz
  std::optional<double> scale_efficiency_change;  // kFgnz
  std::optional<double> scale_change;             // kRayDesli, kBiennial under VRS
};

// Change of one unit between two of its periods.
struct ProductivityChange {
  std::int32_t from_row = 0;  // of the observations
  std::int32_t to_row = 0;
  std::int64_t from = 0;  // periods
  std::int64_t to = 0;
  std::int64_t gap_count = 0;  // periods of the panel in between
  // kOptimal: everything is known. kInfeasible, kUnbounded, kNotSolved: of the first distance that is missing; also
  // kUnbounded where 1 + D is 1e-9 or less, or a ratio overflows. kExcluded: the unit changes its group, so that no
  // frontier is common to both periods; nothing is solved.
  UnitStatus status = UnitStatus::kNotSolved;
  ChangeParts parts;
  std::vector<Distance> distances;
};

// All units of one pair of periods.
struct ProductivityMean {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t complete_count = 0;    // changes with kOptimal, which the means are of
  std::int64_t incomplete_count = 0;  // the others
  ChangeParts parts;                  // geometric means; kLuenberger: arithmetic. Unset when nothing is complete
};

// The plan of a productivity study: which programs to solve, each once, and how their scores combine. Immutable once
// made; any number of threads may call Solve on disjoint ranges.
class Productivity {
 public:
  // One solved program.
  struct Score {
    UnitStatus status = UnitStatus::kNotSolved;
    double value = 0;
    // Of the certificate.
    double gap = 0;
    double violation = 0;
    std::vector<double> proof{};  // UnitScore::proof
  };

  // The request has passed CheckProductivity; `data` was read with DistanceModel and outlives the plan; `units` holds
  // one code a row, equal ones adjacent. Without periods there is nothing to compare.
  Productivity(const Observations& data, const std::vector<std::int32_t>& units, const ProductivityRequest& request);

  // Programs to solve, ordered by technology and frontier.
  std::size_t program_count() const { return programs_.size(); }
  std::size_t change_count() const { return comparisons_.size(); }
  const std::vector<ReferenceMatrix>& frontiers() const { return frontiers_; }

  // The programs of one period's data on one frontier: what new data leave alone as long as they touch neither.
  struct Part {
    const Model* technology;
    const ReferenceMatrix* frontier;
    std::vector<std::size_t> programs;  // ascending
  };
  // All programs, each in one part.
  std::vector<Part> Parts() const;
  // One frontier under one technology with all programs against it: what an answer is carried over within (carry.h).
  struct Set {
    const Model* technology;
    const Formulation* formulation;
    const ReferenceMatrix* frontier;
    // The same for the frontier before and after new data: "2015", "sequential:2015", "biennial:2014,2015", "global".
    std::string frontier_name;
    std::size_t first;  // programs [first, last), by ascending row
    std::size_t last;
  };
  // In the order of the programs.
  std::vector<Set> Sets() const;
  // Observation that a program scores, and the observations as the programs see them.
  std::int32_t row_of(std::size_t program) const { return programs_[program].row; }
  const Observations& data() const { return *data_; }

  // Makes the frames of large frontiers (frame.h) against which enough of the programs are, so that they cost their
  // frame per program instead of their size; Solve gives the same bits with and without. Not to be called while another
  // thread calls Solve. False when stopped.
  bool Prepare(std::span<const std::size_t> programs, const ParallelFor& parallel, const std::stop_token& stop);

  // Solves some programs into the slots of `scores`, one for each of them in their order. Calls `done` after each, if
  // set. Returns false when stopped. The same bits for any split.
  bool Solve(std::span<const std::size_t> programs, Score* scores, const std::stop_token& stop,
             const std::function<void(std::int64_t programs)>& done) const;
  // Programs [begin, end) into scores[program]; `scores` has one slot a program.
  bool Solve(std::size_t begin, std::size_t end, std::vector<Score>& scores, const std::stop_token& stop,
             const std::function<void(std::int64_t programs)>& done) const;

  // The changes, by unit then period.
  std::vector<ProductivityChange> Changes(const std::vector<Score>& scores) const;
  // By `from`, then `to`.
  std::vector<ProductivityMean> Means(const std::vector<ProductivityChange>& changes) const;

 private:
  struct Program {
    std::int32_t technology;  // of formulations_
    std::int32_t frontier;    // of frontiers_
    std::int32_t row;
    bool operator<(const Program& other) const {
      return std::tie(technology, frontier, row) < std::tie(other.technology, other.frontier, other.row);
    }
  };
  // Positions of the programs, each on the same frontier as the one before where possible, and after a neighbour.
  std::vector<std::size_t> NeighboursInOrder(std::span<const std::size_t> programs) const;

  struct Comparison {
    std::int32_t from_row;
    std::int32_t to_row;
    std::int64_t gap_count;
    std::vector<std::int32_t> programs;  // one a distance; empty where the group changes
  };

  const Observations* data_;
  std::unique_ptr<const Observations> directed_;  // `data` with a common direction, where asked for
  ProductivityIndex index_;
  bool second_technology_;
  std::vector<Model> models_;  // one a technology
  std::vector<std::unique_ptr<Formulation>> formulations_;
  std::vector<ReferenceMatrix> frontiers_;
  std::vector<std::string> frontier_names_;
  std::vector<std::unique_ptr<Frame>> frames_;  // of frontiers_, each for all technologies; empty until Prepare
  std::vector<Program> programs_;
  std::vector<Comparison> comparisons_;
};

}  // namespace farrell::dea
