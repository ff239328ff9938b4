// Outliers by volume and by influence: exact cases and recomputation from the definition.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <Eigen/Dense>

#include "services/dea/engine/fdh.h"
#include "services/dea/engine/outliers/peer_influence.h"
#include "services/dea/engine/outliers/wilson.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/reference_set.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;

// det(Z'Z) without some rows, columns brought to similar size.
long double Volume(const Observations& data, const std::vector<std::int32_t>& left_out) {
  const int d = data.dimension();
  std::vector<std::int32_t> rows;
  for (const std::int32_t row : AllRows(data))
    if (std::count(left_out.begin(), left_out.end(), row) == 0) rows.push_back(row);
  Matrix z(static_cast<int>(rows.size()), d);
  for (int i = 0; i < d; ++i) {
    long double largest = 0;
    for (std::size_t j = 0; j < data.size(); ++j) largest = std::max<long double>(largest, data.row(j)[i]);
    for (std::size_t j = 0; j < rows.size(); ++j)
      z(static_cast<int>(j), i) = data.row(static_cast<std::size_t>(rows[j]))[i] / largest;
  }
  return (z.transpose() * z).determinant();
}

// All subsets of a size, lexicographically.
std::vector<std::vector<std::int32_t>> Subsets(int n, int size) {
  std::vector<std::vector<std::int32_t>> subsets;
  std::vector<bool> chosen(static_cast<std::size_t>(n), false);
  std::fill(chosen.begin(), chosen.begin() + size, true);
  do {
    std::vector<std::int32_t> subset;
    for (int j = 0; j < n; ++j)
      if (chosen[static_cast<std::size_t>(j)]) subset.push_back(j);
    subsets.push_back(subset);
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return subsets;
}

Observations RandomCloud(std::uint64_t seed, int n, int m, int s) {
  TestRandom random(seed);
  std::vector<double> cells;
  for (int j = 0; j < n; ++j) {
    const double far = random.Below(10) == 0 ? 5 : 1;
    for (int i = 0; i < m + s; ++i) cells.push_back(far * (0.1 + random.Uniform()));
  }
  return MakeCrossSection(m, s, std::move(cells));
}

// Z = (3,0; 0,4; 0,0 ...) has leverages that can be read off: det(Z'Z) of diag(a^2 + b^2, c^2) and so on.
TEST(WilsonTest, OrthogonalData) {
  // Rows (3,0), (4,0), (0,1), (0,2): det = 25 * 5. Without (4,0): 9 * 5; without (0,2): 25 * 1.
  const Observations data = MakeCrossSection(1, 1, {3, 0, 4, 0, 0, 1, 0, 2});
  WilsonOptions options;
  options.largest_subset = 2;
  const auto found = FindWilsonOutliers(data, AllRows(data), options, {});
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  ASSERT_EQ(found->sizes.size(), 2U);
  const std::vector<DeletedSubset>& one = found->sizes[0];
  ASSERT_EQ(one.size(), 4U);
  EXPECT_EQ(one[0].rows, std::vector<std::int32_t>{3});
  EXPECT_DOUBLE_EQ(one[0].ratio, 0.2);
  EXPECT_EQ(one[0].log_ratio, 0);
  EXPECT_EQ(one[1].rows, std::vector<std::int32_t>{1});
  EXPECT_DOUBLE_EQ(one[1].ratio, 0.36);
  EXPECT_DOUBLE_EQ(one[1].log_ratio, std::log(1.8));
  EXPECT_DOUBLE_EQ(one[2].ratio, 0.64);
  EXPECT_DOUBLE_EQ(one[3].ratio, 0.8);
  // Two pairs carry a column each: nothing is left without them, and the search ends there.
  const std::vector<DeletedSubset>& two = found->sizes[1];
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].rows, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(two[0].ratio, 0);
  EXPECT_EQ(two[1].rows, (std::vector<std::int32_t>{2, 3}));
  EXPECT_EQ(two[1].log_ratio, 0);
}

TEST(WilsonTest, AgreesWithTheDeterminants) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const int n = seed % 10 == 0 ? 26 : 10 + static_cast<int>(seed % 5);
    const Observations data = RandomCloud(seed, n, 1 + static_cast<int>(seed % 3), 1 + static_cast<int>(seed % 2));
    WilsonOptions options;
    options.largest_subset = 4;
    options.kept_count = 25;
    const auto found = FindWilsonOutliers(data, AllRows(data), options, {});
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    const long double all = Volume(data, {});
    for (int size = 1; size <= 4; ++size) {
      std::vector<std::pair<double, std::vector<std::int32_t>>> expected;
      for (const auto& subset : Subsets(n, size))
        expected.emplace_back(static_cast<double>(Volume(data, subset) / all), subset);
      std::sort(expected.begin(), expected.end());
      const std::vector<DeletedSubset>& ours = found->sizes[static_cast<std::size_t>(size - 1)];
      ASSERT_EQ(ours.size(), std::min<std::size_t>(25, expected.size()));
      for (std::size_t i = 0; i < ours.size(); ++i) {
        EXPECT_NEAR(ours[i].ratio, expected[i].first, 1e-12 * expected[i].first) << "seed " << seed;
        EXPECT_EQ(ours[i].rows, expected[i].second) << "seed " << seed << ", size " << size << ", rank " << i;
        EXPECT_NEAR(ours[i].log_ratio, std::log(expected[i].first / expected[0].first), 1e-11);
      }
    }
  }
}

TEST(WilsonTest, UnitsOfMeasurementAndOrderDoNotMatter) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Observations data = RandomCloud(seed, 40, 3, 2);
    TestRandom random(seed);
    Observations changed = data;
    for (int i = 0; i < 5; ++i) {
      double factor = 1e-6;
      for (int step = random.Below(16); step > 0; --step) factor *= 10;
      for (std::size_t j = 0; j < data.size(); ++j)  // and the rows in reverse
        changed.cells[j * 5 + static_cast<std::size_t>(i)] = data.row(data.size() - 1 - j)[i] * factor;
    }
    const auto before = FindWilsonOutliers(data, AllRows(data), {}, {});
    const auto after = FindWilsonOutliers(changed, AllRows(data), {}, {});
    ASSERT_TRUE(before.ok() && after.ok());
    for (std::size_t size = 0; size < 3; ++size) {
      for (std::size_t i = 0; i < before->sizes[size].size(); ++i) {
        const DeletedSubset& one = before->sizes[size][i];
        std::vector<std::int32_t> rows = after->sizes[size][i].rows;
        for (std::int32_t& row : rows) row = static_cast<std::int32_t>(data.size()) - 1 - row;
        std::reverse(rows.begin(), rows.end());
        EXPECT_EQ(rows, one.rows) << "seed " << seed;
        EXPECT_NEAR(after->sizes[size][i].ratio, one.ratio, 1e-13);
      }
    }
  }
}

TEST(WilsonTest, PlantedOutliersAreFoundTogether) {
  Observations data = RandomCloud(3, 200, 2, 1);
  // Two units far out in the same direction hide each other from one-at-a-time deletion.
  for (const std::size_t row : {17U, 90U})
    for (std::size_t i = 0; i < 3; ++i) data.cells[row * 3 + i] = i == 0 ? 40.0 : 0.5;
  const auto found = FindWilsonOutliers(data, AllRows(data), {}, {});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->sizes[1][0].rows, (std::vector<std::int32_t>{17, 90}));
  EXPECT_GT(found->sizes[1][1].log_ratio, 2);
  EXPECT_LT(found->sizes[0][1].log_ratio, 1e-12);
}

TEST(WilsonTest, RefusesWhatHasNoAnswer) {
  WilsonOptions bad;
  bad.largest_subset = 13;
  bad.kept_count = 0;
  const Observations data = RandomCloud(1, 20, 2, 1);
  const auto invalid = FindWilsonOutliers(data, AllRows(data), bad, {});
  EXPECT_EQ(invalid.status().reason(), "MODEL_INVALID");
  EXPECT_EQ(invalid.status().violations().size(), 2U);

  EXPECT_EQ(FindWilsonOutliers(data, {0, 1, 2, 3, 4}, {}, {}).status().reason(), "TOO_FEW_ROWS");

  Observations dependent = data;
  for (std::size_t j = 0; j < data.size(); ++j) dependent.cells[j * 3 + 2] = 2 * data.row(j)[0] + data.row(j)[1];
  const auto flat = FindWilsonOutliers(dependent, AllRows(data), {}, {});
  EXPECT_EQ(flat.status().reason(), "COLUMNS_DEPENDENT");
  EXPECT_NE(flat.status().message().find("output 1 "), std::string::npos) << flat.status().message();

  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(FindWilsonOutliers(data, AllRows(data), {}, source.get_token()).status().code(), Code::kCancelled);
}

struct Scored {
  ReferenceSets sets;
  std::vector<UnitScore> scores;
};

Scored ScoreAll(const Observations& data, const Frontier& frontier, const Scorer& scorer) {
  Scored scored{MakeReferenceSets(data, frontier), std::vector<UnitScore>(data.size())};
  std::vector<ReferenceMatrix> matrices;
  matrices.reserve(scored.sets.sets.size());
  for (const auto& members : scored.sets.sets) matrices.emplace_back(data, members);
  for (std::size_t row = 0; row < data.size(); ++row) {
    scored.scores[row] =
        scorer(static_cast<std::int32_t>(row), matrices[static_cast<std::size_t>(scored.sets.set_of_row[row])]);
  }
  return scored;
}

// Every score of every unit without every peer, solved in full, is what the influences say.
void CompareWithFullRecomputation(const Observations& data, const Frontier& frontier, const Scorer& scorer,
                                  const std::string& where) {
  const Scored scored = ScoreAll(data, frontier, scorer);
  const PeerInfluences influences(data, scored.sets, scored.scores);
  for (std::size_t index = 0; index < influences.peers().size(); ++index) {
    const PeerInfluence influence = influences.Measure(index, scorer, {});
    std::vector<double> change(data.size(), 0.0);
    std::vector<UnitStatus> status(data.size(), UnitStatus::kOptimal);
    double sum = 0;
    double largest = 0;
    std::int64_t lost = 0;
    for (const ScoreChange& one : influence.changes) {
      change[static_cast<std::size_t>(one.row)] = one.change();
      status[static_cast<std::size_t>(one.row)] = one.status;
      if (one.status != UnitStatus::kOptimal) {
        ++lost;
        continue;
      }
      EXPECT_GE(one.change(), -1e-12) << where;
      sum += one.change();
      largest = std::max(largest, one.change());
    }
    EXPECT_EQ(influence.lost_count, lost);
    EXPECT_NEAR(influence.sum_change, sum, 1e-12);
    EXPECT_NEAR(influence.largest_change, largest, 1e-12);
    for (std::size_t row = 0; row < data.size(); ++row) {
      if (static_cast<std::int32_t>(row) == influence.row) continue;
      std::vector<std::int32_t> rest = scored.sets.sets[static_cast<std::size_t>(scored.sets.set_of_row[row])];
      rest.erase(std::remove(rest.begin(), rest.end(), influence.row), rest.end());
      const UnitScore anew = scorer(static_cast<std::int32_t>(row), ReferenceMatrix(data, rest));
      ASSERT_EQ(anew.status, status[row]) << where << ", unit " << row << " without " << influence.row;
      if (anew.status != UnitStatus::kOptimal) continue;
      EXPECT_NEAR(anew.score, scored.scores[row].score + change[row], 1e-11)
          << where << ", unit " << row << " without " << influence.row;
    }
  }
}

TEST(PeerInfluenceTest, OnlyUnitsWithThePeerChange) {
  for (std::uint64_t number = 0; number < 64; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    RadialSolver solver(problem.data.dimension());
    CompareWithFullRecomputation(
        problem.data, {},
        [&](std::int32_t row, const ReferenceMatrix& reference) {
          return solver.Solve(problem.data, row, reference, problem.rts, problem.orientation, {}, {});
        },
        problem.description);
  }
}

TEST(PeerInfluenceTest, FreeDisposalHull) {
  for (std::uint64_t number = 0; number < 64; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    FdhModel model;
    model.rts = problem.rts;
    CompareWithFullRecomputation(
        problem.data, {},
        [&](std::int32_t row, const ReferenceMatrix& reference) {
          return SolveFdh(problem.data, row, reference, model, {}, {});
        },
        problem.description);
  }
}

// A panel whose sets overlap: the peer is left out of each.
TEST(PeerInfluenceTest, SequentialFrontiers) {
  Observations data = RandomCloud(5, 24, 2, 1);
  for (std::int64_t j = 0; j < 24; ++j) data.times.push_back(2000 + j % 4);
  Frontier frontier;
  frontier.scheme = FrontierScheme::kSequential;
  RadialSolver solver(data.dimension());
  CompareWithFullRecomputation(
      data, frontier,
      [&](std::int32_t row, const ReferenceMatrix& reference) {
        return solver.Solve(data, row, reference, ReturnsToScale::kVrs, Orientation::kOutput, {}, {});
      },
      "sequential");
}

// (1,1), (2,3), (4,4), and (4,2) inside: under VRS and input orientation its peers are (1,1) and (2,3), theta =
// 1.5 / 4. Without (1,1) it is compared with (2,3): 0.5; without (2,3) with (1,1) and (4,4): 2/4.
TEST(PeerInfluenceTest, WorkedExample) {
  const Observations data = MakeCrossSection(1, 1, {1, 1, 2, 3, 4, 4, 4, 2});
  RadialSolver solver(2);
  const Scorer scorer = [&](std::int32_t row, const ReferenceMatrix& reference) {
    return solver.Solve(data, row, reference, ReturnsToScale::kVrs, Orientation::kInput, {}, {});
  };
  const Scored scored = ScoreAll(data, {}, scorer);
  const PeerInfluences influences(data, scored.sets, scored.scores);
  EXPECT_EQ(influences.peers(), (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(influences.problem_count(), 2);
  const PeerInfluence first = influences.Measure(0, scorer, {});
  ASSERT_EQ(first.changes.size(), 1U);
  EXPECT_EQ(first.changes[0].row, 3);
  EXPECT_NEAR(first.changes[0].before, 0.375, 1e-14);
  EXPECT_NEAR(first.sum_change, 0.125, 1e-14);
  EXPECT_NEAR(first.mean_change, 0.125, 1e-14);
  EXPECT_NEAR(influences.Measure(1, scorer, {}).largest_change, 0.125, 1e-14);
  std::stop_source source;
  source.request_stop();
  EXPECT_TRUE(influences.Measure(0, scorer, source.get_token()).changes.empty());
}

}  // namespace
}  // namespace farrell::dea::testing
