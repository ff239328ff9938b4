#include "services/dea/engine/column_scan.h"

#include <limits>

namespace farrell::dea {
namespace {

// A register of `Bytes` bytes of doubles and of the masks and indices that go with them.
template <int Bytes>
struct Registers {
  using Value __attribute__((vector_size(Bytes))) = double;
  using Index __attribute__((vector_size(Bytes))) = std::int64_t;
  using Loaded __attribute__((vector_size(Bytes), aligned(8), may_alias)) = double;
  static constexpr int kWidth = Bytes / static_cast<int>(sizeof(double));
  static constexpr int kCount = static_cast<int>(ColumnBlock::kLanes) / kWidth;
};

constexpr double kNothing = std::numeric_limits<double>::infinity();
constexpr int kLanes = static_cast<int>(ColumnBlock::kLanes);

// Best of each lane, in memory.
struct Lanes {
  double merit[kLanes];
  double second[kLanes];
  std::int64_t index[kLanes];
};

template <int Bytes>
[[gnu::always_inline]] inline RatioChoice RatioBody(const ColumnBlock& block, const double* prices, const double* row,
                                                    double floor) {
  using R = Registers<Bytes>;
  using Value = typename R::Value;
  using Index = typename R::Index;
  Value best[R::kCount];
  Value best_alpha[R::kCount];
  Index best_index[R::kCount];
  Index index[R::kCount];
#pragma GCC unroll 4
  for (int c = 0; c < R::kCount; ++c) {
    best[c] = Value{} + kNothing;
    best_alpha[c] = Value{};
    best_index[c] = Index{} - 1;
    for (int lane = 0; lane < R::kWidth; ++lane) index[c][lane] = c * R::kWidth + lane;
  }
  for (std::size_t first = 0; first < block.padded; first += ColumnBlock::kLanes) {
    Value reduced[R::kCount];
    Value alpha[R::kCount];
#pragma GCC unroll 4
    for (int c = 0; c < R::kCount; ++c) reduced[c] = alpha[c] = Value{};
    const double* cells = block.cells + first;
    for (int i = 0; i < block.row_count; ++i, cells += block.stride) {
#pragma GCC unroll 4
      for (int c = 0; c < R::kCount; ++c) {
        const Value cell = *reinterpret_cast<const typename R::Loaded*>(cells + c * R::kWidth);
        reduced[c] += prices[i] * cell;
        alpha[c] += row[i] * cell;
      }
    }
#pragma GCC unroll 4
    for (int c = 0; c < R::kCount; ++c) {
      const Value zero{};
      const Value positive = reduced[c] > zero ? reduced[c] : zero;
      const Value ratio = alpha[c] < -floor ? positive / -alpha[c] : zero + kNothing;
      const Index better = (ratio < best[c]) | ((ratio == best[c]) & (alpha[c] < best_alpha[c]) & (alpha[c] < -floor));
      best[c] = better ? ratio : best[c];
      best_alpha[c] = better ? alpha[c] : best_alpha[c];
      best_index[c] = better ? index[c] : best_index[c];
      index[c] += kLanes;
    }
  }
  Lanes lanes;
#pragma GCC unroll 4
  for (int c = 0; c < R::kCount; ++c) {
    for (int lane = 0; lane < R::kWidth; ++lane) {
      lanes.merit[c * R::kWidth + lane] = best[c][lane];
      lanes.second[c * R::kWidth + lane] = best_alpha[c][lane];
      lanes.index[c * R::kWidth + lane] = best_index[c][lane];
    }
  }
  RatioChoice choice;
  choice.ratio = kNothing;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (lanes.index[lane] < 0 || lanes.merit[lane] > choice.ratio) continue;
    const bool tie = choice.index >= 0 && lanes.merit[lane] == choice.ratio;
    if (tie && lanes.second[lane] > choice.alpha) continue;
    if (tie && lanes.second[lane] == choice.alpha && lanes.index[lane] > choice.index) continue;
    choice = {lanes.index[lane], lanes.merit[lane], lanes.second[lane]};
  }
  return choice;
}

template <int Bytes>
[[gnu::always_inline]] inline std::int64_t PriceBody(const ColumnBlock& block, const PriceQuery& query) {
  using R = Registers<Bytes>;
  using Value = typename R::Value;
  using Index = typename R::Index;
  Value best[R::kCount];
  Index best_index[R::kCount];
  Index index[R::kCount];
#pragma GCC unroll 4
  for (int c = 0; c < R::kCount; ++c) {
    best[c] = Value{};
    best_index[c] = Index{} - 1;
    for (int lane = 0; lane < R::kWidth; ++lane) index[c][lane] = c * R::kWidth + lane;
  }
  for (std::size_t first = 0; first < block.padded; first += ColumnBlock::kLanes) {
    Value reduced[R::kCount];
    Value size[R::kCount];
#pragma GCC unroll 4
    for (int c = 0; c < R::kCount; ++c) reduced[c] = Value{};
    const double* cells = block.cells + first;
    int i = 0;
    for (; i < query.positive_rows; ++i, cells += block.stride) {
#pragma GCC unroll 4
      for (int c = 0; c < R::kCount; ++c) {
        const Value cell = *reinterpret_cast<const typename R::Loaded*>(cells + c * R::kWidth);
        reduced[c] += query.prices[i] * cell;
      }
    }
#pragma GCC unroll 4
    for (int c = 0; c < R::kCount; ++c) size[c] = reduced[c] + query.offset;
    for (; i < block.row_count; ++i, cells += block.stride) {
#pragma GCC unroll 4
      for (int c = 0; c < R::kCount; ++c) {
        const Value cell = *reinterpret_cast<const typename R::Loaded*>(cells + c * R::kWidth);
        reduced[c] += query.prices[i] * cell;
      }
    }
#pragma GCC unroll 4
    for (int c = 0; c < R::kCount; ++c) {
      const Index below = reduced[c] < -query.tolerance * size[c];
      const Value merit = query.relative ? reduced[c] / size[c] : reduced[c];
      const Index better = below & (merit < best[c]);
      best[c] = better ? merit : best[c];
      best_index[c] = better ? index[c] : best_index[c];
      index[c] += kLanes;
    }
  }
  double least = 0;
  std::int64_t choice = -1;
#pragma GCC unroll 4
  for (int c = 0; c < R::kCount; ++c) {
    for (int lane = 0; lane < R::kWidth; ++lane) {
      const std::int64_t at = best_index[c][lane];
      const double merit = best[c][lane];
      if (at < 0 || merit > least || (merit == least && choice >= 0 && at > choice)) continue;
      least = merit;
      choice = at;
    }
  }
  return choice;
}

RatioChoice RatioBaseline(const ColumnBlock& block, const double* prices, const double* row, double floor) {
  return RatioBody<16>(block, prices, row, floor);
}
std::int64_t PriceBaseline(const ColumnBlock& block, const PriceQuery& query) { return PriceBody<16>(block, query); }

#if defined(__x86_64__)
[[gnu::target("avx2")]] RatioChoice RatioAvx2(const ColumnBlock& block, const double* prices, const double* row,
                                              double floor) {
  return RatioBody<32>(block, prices, row, floor);
}
[[gnu::target("avx2")]] std::int64_t PriceAvx2(const ColumnBlock& block, const PriceQuery& query) {
  return PriceBody<32>(block, query);
}
#endif

}  // namespace

Instructions BestInstructions() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) return Instructions::kAvx2;
#endif
  return Instructions::kBaseline;
}

ColumnScans ScansFor(Instructions instructions) {
#if defined(__x86_64__)
  if (instructions == Instructions::kAvx2) return {RatioAvx2, PriceAvx2};
#else
  static_cast<void>(instructions);
#endif
  return {RatioBaseline, PriceBaseline};
}

}  // namespace farrell::dea
