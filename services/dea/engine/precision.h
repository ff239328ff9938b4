// The two arithmetics of the simplex and what counts as zero in each.
//
// double decides almost every program. Quad (IEEE binary128 in software, the same bits on every machine) decides the
// ones whose bases are too ill-conditioned for double: it takes the data as exact.
#pragma once

namespace farrell::dea {

__extension__ using Quad = __float128;

template <typename Real>
struct Precision;

template <>
struct Precision<double> {
  // Relative size below which a reduced cost counts as zero: two units tie when they differ by less. Above the rounding
  // of data given with 13 or more digits, below what any published score can tell.
  static constexpr double kTie = 1e-11;
  // The same for the slack sum, where a tie is a matter of the data's own units: only rounding counts.
  static constexpr double kSlackTie = 1e-13;
  // Relative size below which a difference is rounding.
  static constexpr double kZero = 1e-13;
  // A solution refined in twice the precision is rounding below this size, 2^-45.
  static constexpr double kRounding = 0x1p-45;
  // Smallest relative pivot.
  static constexpr double kPivot = 1e-11;
};

template <>
struct Precision<Quad> {
  static constexpr double kTie = 1e-31;
  static constexpr double kSlackTie = 1e-31;
  static constexpr double kZero = 1e-32;
  static constexpr double kRounding = 1e-32;
  static constexpr double kPivot = 1e-31;
};

// Larger than any ratio of a program whose data lie within the accepted range.
inline constexpr double kHuge = 1e300;

template <typename Real>
constexpr Real Abs(Real value) {
  return value < 0 ? -value : value;
}

// Numbers between the tolerance / kBand and kBand times the tolerance may be judged otherwise at another basis.
inline constexpr double kBand = 16;

template <typename Real>
constexpr bool IsUnclear(Real value, Real tolerance) {
  return Abs(value) * kBand > tolerance && Abs(value) < tolerance * kBand;
}

// Neither infinite nor NaN.
template <typename Real>
constexpr bool IsFinite(Real value) {
  return value - value == 0;  // NOLINT(misc-redundant-expression): false for both
}

}  // namespace farrell::dea
