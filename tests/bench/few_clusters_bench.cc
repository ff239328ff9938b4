// Size and coverage with few clusters: how often tests at 5 % reject the truth, how often 95 % intervals hold it, how
// wide they are. `--long`: 20,000 samples a row in place of 300.
#include <cmath>
#include <cstdio>
#include <cstring>

#include "tests/regression/few_clusters.h"

int main(int argc, char** argv) {
  using farrell::regression::testing::FewClusterCell;
  using farrell::regression::testing::RunFewClusters;
  const bool all = argc > 1 && std::strcmp(argv[1], "--long") == 0;
  const int samples = all ? 20000 : 300;
  const int draws = all ? 999 : 399;
  std::printf("%d samples a row, %d wild draws; +- is one standard error of the simulation, in percentage points\n",
              samples, draws);
  std::printf("%8s %12s %-8s %8s %6s %10s %10s\n", "clusters", "errors", "", "size %", "+-", "coverage %", "width");
  for (const int clusters : {8, 12, 30}) {
    for (const double persistence : {0.0, 0.7}) {
      for (const FewClusterCell& cell : RunFewClusters({clusters, persistence}, 1, samples, draws)) {
        const double size = cell.size();
        std::printf("%8d %12s %-8s %8.2f %6.2f %10.2f %10.4f\n", clusters,
                    persistence > 0.0 ? "AR(1) 0.7" : "independent", cell.name.c_str(), 100.0 * size,
                    100.0 * std::sqrt(size * (1.0 - size) / samples), 100.0 * (1.0 - size), cell.width);
      }
    }
  }
  return 0;
}
