#include "services/regression/engine/singletons.h"

namespace farrell::regression {
namespace {

// Rows of one level that are left, and the exclusive or of their positions: the position itself once there is one.
struct Rest {
  std::int64_t count = 0;
  std::uint64_t rows = 0;
};

}  // namespace

std::vector<std::int32_t> FindSingletons(const std::vector<Effect>& effects, std::size_t rows) {
  std::vector<std::int32_t> alone(rows, -1);
  std::vector<std::vector<Rest>> rest(effects.size());
  struct Level {
    std::size_t effect;
    std::size_t level;
  };
  std::vector<Level> queue;
  for (std::size_t e = 0; e < effects.size(); ++e) {
    if (!effects[e].dummies) continue;
    const Levels& levels = effects[e].levels;
    rest[e].resize(levels.count());
    for (std::size_t row = 0; row < rows; ++row) {
      Rest& here = rest[e][static_cast<std::size_t>(levels.ids[row])];
      ++here.count;
      here.rows ^= row;
    }
    for (std::size_t level = 0; level < rest[e].size(); ++level) {
      if (rest[e][level].count == 1) queue.push_back({e, level});
    }
  }
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const Level level = queue[next];
    const Rest last = rest[level.effect][level.level];
    // Another effect may have taken the row meanwhile.
    if (last.count != 1) continue;
    const auto row = static_cast<std::size_t>(last.rows);
    alone[row] = static_cast<std::int32_t>(level.effect);
    for (std::size_t e = 0; e < effects.size(); ++e) {
      if (!effects[e].dummies) continue;
      const auto home = static_cast<std::size_t>(effects[e].levels.ids[row]);
      Rest& here = rest[e][home];
      --here.count;
      here.rows ^= row;
      if (here.count == 1) queue.push_back({e, home});
    }
  }
  return alone;
}

}  // namespace farrell::regression
