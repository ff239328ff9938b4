// Small-sample corrections by name: what a program multiplies an uncorrected sandwich by, which distribution it takes,
// and which parameters it counts.
//
// A preset is a row of choices (Preset), read by the same few functions; docs/inference.md prints the table. The factor
// is [G/(G-1)] * (N-1)/(N-K*), or N/(N-K*), or 1, with N observations, G clusters (periods for Driscoll-Kraay and
// Newey-West) and K* parameters counted. Sources: Cameron & Miller (2015); the manuals and sources of the programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farrell::regression {

inline constexpr const char* kDefaultSsc = "fixest";

// Parameters counted, K*. "Columns": regressors, the constant included where it is one of them.
enum class ParameterCount {
  kNone,
  kColumns,
  // Columns, and the constant also where it is absorbed.
  kColumnsAndConstant,
  // Columns, levels of effects not nested in a cluster, one for every nested effect, less (number of effects - 1).
  kNonnestedLevels,
  // Columns, one if any effect is nested, levels of the others, less one for every later effect.
  kNonnestedLessLater,
  // Columns, the constant, and the levels of effects not nested, less one each.
  kNonnestedDummies,
  // Columns and all levels, less (number of effects - 1).
  kAllLevels,
  // All columns and levels that are not redundant.
  kExact,
  // kExact, but columns alone where the only effect is nested.
  kExactUnlessNestedAlone,
  // kExact, but columns and the constant where any effect is nested.
  kExactUnlessNested
};

enum class RowFactor { kOne, kLessOne /* (N-1)/(N-K*) */, kAll /* N/(N-K*) */ };

// G/(G-1), and how several ways of clustering share it (Cameron, Gelbach & Miller 2011, section 2.3): the smallest G
// for the sum, every term its own, or every term but the intersection of all ways, which is left as White (1980).
enum class GroupFactor { kNone, kSmallest, kEach, kEachButIntersection };

struct SmallSample {
  ParameterCount count = ParameterCount::kNone;
  RowFactor rows = RowFactor::kOne;
  GroupFactor groups = GroupFactor::kNone;
};

// Degrees of freedom of t: N - K; G - 1; the smaller of both, always or where an effect is nested; none (normal).
enum class ReferenceDf { kResidual, kGroups, kSmaller, kSmallerWhenNested, kNormal };

// When negative eigenvalues of a multi-way variance are set to zero: never, where a variance is negative, always.
enum class Repair { kNever, kNegativeVariance, kNegativeEigenvalue };

// Lag where none is given: floor(T^(1/4)) or floor(4 (T/100)^(2/9)).
enum class LagRule { kFourthRoot, kTwoNinths };

// What is corrected.
enum class VarianceKind { kHeteroskedastic, kCluster, kMultiway, kDriscollKraay, kNeweyWest };

struct Preset {
  const char* name;
  // Unset: the program has no such variance.
  std::optional<SmallSample> heteroskedastic = std::nullopt;
  std::optional<SmallSample> cluster = std::nullopt;
  std::optional<SmallSample> driscoll_kraay = std::nullopt;
  std::optional<SmallSample> newey_west = std::nullopt;
  // `cluster` also holds for several ways.
  bool multiway = false;
  ReferenceDf reference = ReferenceDf::kGroups;
  Repair repair = Repair::kNever;
  LagRule lag = LagRule::kFourthRoot;
  // HC2-HC4 with the leverage of the demeaned regressors alone.
  bool within_leverage = false;

  std::optional<SmallSample> For(VarianceKind kind) const;
};

// Every preset, in the order of the documentation. "clubsandwich" has a meaning for CR3 only.
const std::vector<std::string>& SscPresets();

// The preset of that name or of a short name: plm (plm_hc0), xtreg (xtreg_fe; xtreg_re where `random_effects`), regress
// and newey (stata_regress), lsdv (areg), sandwich_cl (sandwich). Null: there is none.
const Preset* FindPreset(std::string_view name, bool random_effects = false);
bool IsSscPreset(std::string_view name);

// Columns that an effect adds when it is written out.
struct EffectSize {
  std::int64_t levels = 0;
  bool nested = false;
  // The levels themselves are among the columns, so that they add up to the constant.
  bool dummies = true;
};

struct SscInput {
  std::int64_t observations = 0;
  // Clusters, the fewest of several ways; periods; 0 where there are none.
  std::int64_t clusters = 0;
  // Columns estimated, the constant included where it is one of them.
  std::int64_t parameters = 0;
  bool has_constant = false;
  // In the order of the formula.
  std::vector<EffectSize> effects;
  // N minus all parameters, redundant levels not counted.
  std::int64_t residual_df = 0;
};

struct Ssc {
  // Not positive or not finite: the correction is not defined for these counts.
  double value = 1.0;
  // Parameters counted, K*; 0 when none are.
  std::int64_t k = 0;
};

// `several_ways`: kEach and kEachButIntersection leave G/(G-1) to the terms of the sum.
Ssc ComputeSsc(const SmallSample& choices, const SscInput& input, bool several_ways = false);

// Degrees of freedom of t; infinite: normal; not positive: not defined.
double ComputeDf(ReferenceDf reference, const SscInput& input);

// Lag for T periods, at least one.
int DefaultLag(LagRule rule, std::int64_t periods);

}  // namespace farrell::regression
