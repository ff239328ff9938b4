// What the definitions of productivity indices promise: hand-worked numbers, identities, gaps, groups, missing
// distances.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/productivity.h"
#include "tests/dea/problems.h"
#include "tests/dea/productivity_panels.h"

namespace farrell::dea::testing {
namespace {

constexpr ProductivityIndex kRadialIndices[] = {ProductivityIndex::kMalmquist, ProductivityIndex::kFgnz,
                                                ProductivityIndex::kRayDesli,  ProductivityIndex::kSequential,
                                                ProductivityIndex::kBiennial,  ProductivityIndex::kGlobal};
constexpr std::uint64_t kPanels = 100;

bool TakesBothTechnologies(ProductivityIndex index) {
  return index == ProductivityIndex::kFgnz || index == ProductivityIndex::kRayDesli;
}

// The request number `number` makes of an index: technologies and orientations in turn.
ProductivityRequest RequestOf(const TestPanel& panel, ProductivityIndex index, std::uint64_t number) {
  const bool crs = TakesBothTechnologies(index) || number % 2 == 0;
  return MakeRequest(panel, index, crs ? ReturnsToScale::kCrs : ReturnsToScale::kVrs,
                     number / 2 % 2 == 0 ? Orientation::kInput : Orientation::kOutput);
}

void ExpectNear(const std::optional<double>& value, double expected) {
  ASSERT_TRUE(value.has_value());
  EXPECT_NEAR(*value, expected, 1e-12);
}

// Bits of everything a change says.
std::string Bytes(const ProductivityChange& change) {
  std::string bytes;
  const auto add = [&](const auto& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT: bits are the point
  };
  add(change.from);
  add(change.to);
  add(change.status);
  for (const auto part :
       {&ChangeParts::index, &ChangeParts::efficiency_change, &ChangeParts::technical_change,
        &ChangeParts::pure_efficiency_change, &ChangeParts::scale_efficiency_change, &ChangeParts::scale_change}) {
    add((change.parts.*part).has_value());
    add((change.parts.*part).value_or(0));
  }
  for (const Distance& distance : change.distances) {
    add(distance.data);
    bytes += distance.frontier;
    add(distance.status);
    add(distance.value);
  }
  return bytes;
}

std::vector<std::string> Names(const ProductivityChange& change) {
  std::vector<std::string> names;
  for (const Distance& distance : change.distances) {
    names.push_back(std::to_string(distance.data) + " on " + distance.frontier);
  }
  return names;
}

// One unit, one input, one output: output per input falls from 2 to 1. On its own frontier the unit is always
// efficient, so all of it is technical change, unless frontiers do not forget.
TEST(ProductivityTest, ARegressIsTechnicalOnForgetfulFrontiersAndInefficiencyOnSequentialOnes) {
  const TestPanel panel = MakePanel(1, 1, 0, {{0, 2001, {1, 2}}, {0, 2002, {1, 1}}});
  for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
    for (const ProductivityIndex index : kRadialIndices) {
      // Under VRS the first period's output is out of reach of the second frontier.
      if (index == ProductivityIndex::kRayDesli) continue;
      const std::vector<ProductivityChange> changes =
          Measure(panel, MakeRequest(panel, index, ReturnsToScale::kCrs, orientation));
      ASSERT_EQ(changes.size(), 1U);
      const ProductivityChange& change = changes[0];
      EXPECT_EQ(change.status, UnitStatus::kOptimal);
      const bool sequential = index == ProductivityIndex::kSequential;
      ExpectNear(change.parts.index, 0.5);
      ExpectNear(change.parts.efficiency_change, sequential ? 0.5 : 1);
      ExpectNear(change.parts.technical_change, sequential ? 1 : 0.5);
    }
  }
}

// The second period uses less input than any unit of the first: no point of the first frontier under VRS does so. The
// index under CRS is known all the same: d(1,1) = d(2,2) = 1, d(2,1) = 2, d(1,2) = 1/2, so sqrt(2/1 * 1/(1/2)) = 2.
TEST(ProductivityTest, RayDesliTellsTheIndexWhereADistanceUnderVrsIsInfeasible) {
  const TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {2, 1}}, {0, 2, {1, 1}}});
  const std::vector<ProductivityChange> changes =
      Measure(panel, MakeRequest(panel, ProductivityIndex::kRayDesli, ReturnsToScale::kCrs, Orientation::kOutput));
  ASSERT_EQ(changes.size(), 1U);
  const ProductivityChange& change = changes[0];
  EXPECT_EQ(change.status, UnitStatus::kInfeasible);
  ExpectNear(change.parts.index, 2);
  ExpectNear(change.parts.efficiency_change, 1);
  EXPECT_FALSE(change.parts.technical_change.has_value());
  EXPECT_FALSE(change.parts.scale_change.has_value());
  EXPECT_EQ(Names(change), (std::vector<std::string>{"1 on t", "1 on t+1", "2 on t", "2 on t+1", "1 on t/vrs",
                                                     "1 on t+1/vrs", "2 on t/vrs", "2 on t+1/vrs"}));
  for (std::size_t i = 0; i < change.distances.size(); ++i) {
    EXPECT_EQ(change.distances[i].status, i == 6 ? UnitStatus::kInfeasible : UnitStatus::kOptimal) << i;
  }
}

TEST(ProductivityTest, AnInfeasibleDistanceLeavesTheIndexUnset) {
  const TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {2, 1}}, {0, 2, {1, 1}}});
  const ProductivityRequest request =
      MakeRequest(panel, ProductivityIndex::kMalmquist, ReturnsToScale::kVrs, Orientation::kOutput);
  const Productivity productivity(panel.data, panel.units, request);
  std::vector<Productivity::Score> scores(productivity.program_count());
  ASSERT_TRUE(productivity.Solve(0, scores.size(), scores, {}, nullptr));
  const std::vector<ProductivityChange> changes = productivity.Changes(scores);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].status, UnitStatus::kInfeasible);
  EXPECT_FALSE(changes[0].parts.index.has_value());
  ExpectNear(changes[0].parts.efficiency_change, 1);
  EXPECT_FALSE(changes[0].parts.technical_change.has_value());
  const std::vector<ProductivityMean> means = productivity.Means(changes);
  ASSERT_EQ(means.size(), 1U);
  EXPECT_EQ(means[0].complete_count, 0);
  EXPECT_EQ(means[0].incomplete_count, 1);
  EXPECT_FALSE(means[0].parts.index.has_value());
}

TEST(ProductivityTest, PartsMultiplyToTheIndex) {
  int products = 0;
  for (std::uint64_t number = 0; number < kPanels; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, false);
    for (const ProductivityIndex index : kRadialIndices) {
      const ProductivityRequest request = RequestOf(panel, index, number);
      for (const ProductivityChange& change : Measure(panel, request)) {
        const std::string where = panel.description + ", " + Name(index) + ", row " + std::to_string(change.to_row);
        if (change.status != UnitStatus::kOptimal) continue;
        const ChangeParts& parts = change.parts;
        const bool scale = index == ProductivityIndex::kRayDesli ||
                           (index == ProductivityIndex::kBiennial && request.model.rts == ReturnsToScale::kVrs);
        ASSERT_EQ(parts.scale_change.has_value(), scale) << where;
        ASSERT_EQ(parts.pure_efficiency_change.has_value(), index == ProductivityIndex::kFgnz) << where;
        const double product = *parts.efficiency_change * *parts.technical_change * parts.scale_change.value_or(1);
        EXPECT_NEAR(product / *parts.index, 1, 1e-12) << where;
        if (index == ProductivityIndex::kFgnz) {
          EXPECT_NEAR(*parts.pure_efficiency_change * *parts.scale_efficiency_change / *parts.efficiency_change, 1,
                      1e-12)
              << where;
        }
        if (index == ProductivityIndex::kSequential) {
          EXPECT_GE(*parts.technical_change, 1 - 1e-9) << where;
        }
        ++products;
      }
    }
  }
  EXPECT_GT(products, 5000);
}

// Malmquist, FGNZ and Ray & Desli split one and the same index.
TEST(ProductivityTest, TheDecompositionsShareTheIndexUnderCrs) {
  for (std::uint64_t number = 0; number < kPanels; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, false);
    const Orientation orientation = number % 2 == 0 ? Orientation::kInput : Orientation::kOutput;
    const auto measure = [&](ProductivityIndex index) {
      return Measure(panel, MakeRequest(panel, index, ReturnsToScale::kCrs, orientation));
    };
    const auto malmquist = measure(ProductivityIndex::kMalmquist);
    const auto fgnz = measure(ProductivityIndex::kFgnz);
    const auto ray_desli = measure(ProductivityIndex::kRayDesli);
    ASSERT_EQ(fgnz.size(), malmquist.size());
    ASSERT_EQ(ray_desli.size(), malmquist.size());
    for (std::size_t i = 0; i < malmquist.size(); ++i) {
      EXPECT_EQ(fgnz[i].parts.index, malmquist[i].parts.index) << panel.description;
      EXPECT_EQ(ray_desli[i].parts.index, malmquist[i].parts.index) << panel.description;
    }
  }
}

// Between any two periods the global index is the product of the indices in between: the unit's rows in between become
// reference-only, so that the long step is taken at once on the same frontier.
TEST(ProductivityTest, TheGlobalIndexIsCircular) {
  int chains = 0;
  for (std::uint64_t number = 0; number < kPanels; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, false);
    const ProductivityRequest request = RequestOf(panel, ProductivityIndex::kGlobal, number);
    const std::vector<ProductivityChange> steps = Measure(panel, request);
    TestPanel jumps = panel;
    for (std::size_t row = 1; row + 1 < panel.units.size(); ++row) {
      if (panel.units[row - 1] == panel.units[row] && panel.units[row + 1] == panel.units[row]) {
        jumps.data.roles[row] = RowRole::kReferenceOnly;
      }
    }
    for (const ProductivityChange& jump : Measure(jumps, request)) {
      double product = 1;
      double efficiency = 1;
      for (const ProductivityChange& step : steps) {
        if (step.from_row < jump.from_row || step.to_row > jump.to_row) continue;
        product *= *step.parts.index;
        efficiency *= *step.parts.efficiency_change;
        ++chains;
      }
      EXPECT_NEAR(product / *jump.parts.index, 1, 1e-12) << panel.description;
      EXPECT_NEAR(efficiency / *jump.parts.efficiency_change, 1, 1e-12) << panel.description;
    }
  }
  EXPECT_GT(chains, 500);
}

// A missing row changes only what it spans or belongs to: in a contemporaneous index all other changes keep every bit
// unless they see the period it is missing in.
TEST(ProductivityTest, AnUnbalancedPanelAgreesWithTheBalancedOneWhereTheDataAgree) {
  int compared = 0;
  for (std::uint64_t number = 0; number < kPanels; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, true);
    const std::int64_t last = *std::max_element(panel.data.times.begin(), panel.data.times.end());
    std::vector<PanelRow> rows;
    for (std::size_t row = 0; row < panel.units.size(); ++row) {
      if (panel.units[row] == 1 && panel.data.times[row] == last) continue;
      const double* cells = panel.data.row(row);
      rows.push_back({panel.units[row], panel.data.times[row], {cells, cells + panel.data.dimension()}});
    }
    const TestPanel unbalanced = MakePanel(panel.data.input_count, panel.data.output_count, 0, rows);
    for (const ProductivityIndex index :
         {ProductivityIndex::kMalmquist, ProductivityIndex::kFgnz, ProductivityIndex::kRayDesli,
          ProductivityIndex::kSequential, ProductivityIndex::kBiennial}) {
      const ProductivityRequest request = RequestOf(panel, index, number);
      const std::vector<ProductivityChange> all = Measure(panel, request);
      const std::vector<ProductivityChange> fewer = Measure(unbalanced, request);
      EXPECT_EQ(fewer.size() + 1, all.size()) << panel.description;
      for (const ProductivityChange& change : fewer) {
        if (change.to == last) continue;
        const auto same = std::find_if(all.begin(), all.end(), [&](const ProductivityChange& other) {
          return panel.units[static_cast<std::size_t>(other.to_row)] ==
                     unbalanced.units[static_cast<std::size_t>(change.to_row)] &&
                 other.to == change.to;
        });
        ASSERT_NE(same, all.end());
        EXPECT_EQ(Bytes(change), Bytes(*same)) << panel.description << ", " << Name(index);
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 500);
}

TEST(ProductivityTest, AGapIsBridgedAndTold) {
  const TestPanel panel = MakePanel(1, 1, 0,
                                    {{0, 2001, {1, 1}},
                                     {0, 2004, {1, 3}},
                                     {1, 2001, {1, 2}},
                                     {1, 2002, {1, 8}},
                                     {1, 2003, {1, 4}},
                                     {1, 2004, {1, 6}},
                                     {2, 2002, {1, 1}}});
  const auto measure = [&](ProductivityIndex index) {
    return Measure(panel, MakeRequest(panel, index, ReturnsToScale::kCrs, Orientation::kInput));
  };
  const std::vector<ProductivityChange> sequential = measure(ProductivityIndex::kSequential);
  ASSERT_EQ(sequential.size(), 4U);  // one of unit 0, three of unit 1, none of unit 2
  EXPECT_EQ(sequential[0].from, 2001);
  EXPECT_EQ(sequential[0].to, 2004);
  EXPECT_EQ(sequential[0].gap_count, 2);
  EXPECT_EQ(sequential[1].gap_count, 0);
  EXPECT_EQ(Names(sequential[0]), (std::vector<std::string>{"2001 on sequential:2001", "2001 on sequential:2004",
                                                            "2004 on sequential:2001", "2004 on sequential:2004"}));
  // Best output per input: 2 in 2001, 8 up to 2004 (of 2002); 6 of 2001 and 2004 together.
  ExpectNear(sequential[0].parts.efficiency_change, (3.0 / 8) / (1.0 / 2));
  ExpectNear(sequential[0].parts.technical_change, 4);
  const std::vector<ProductivityChange> biennial = measure(ProductivityIndex::kBiennial);
  ASSERT_EQ(biennial.size(), 4U);
  EXPECT_EQ(Names(biennial[0]),
            (std::vector<std::string>{"2001 on t", "2004 on t+1", "2001 on biennial", "2004 on biennial"}));
  EXPECT_NEAR(biennial[0].distances[2].value, 1.0 / 6, 1e-12);
  EXPECT_NEAR(biennial[0].distances[3].value, 3.0 / 6, 1e-12);
  ExpectNear(biennial[0].parts.index, 3);
  ExpectNear(biennial[0].parts.efficiency_change, 1);
  ExpectNear(biennial[0].parts.technical_change, 3);
}

TEST(ProductivityTest, GroupsHaveFrontiersOfTheirOwn) {
  for (std::uint64_t number = 0; number < kPanels; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, false);
    TestPanel grouped = panel;
    for (const std::int32_t unit : panel.units) grouped.data.groups.push_back(unit % 2);
    for (const ProductivityIndex index : kRadialIndices) {
      const ProductivityRequest request = RequestOf(panel, index, number);
      std::vector<std::string> apart;
      for (const std::int32_t group : {0, 1}) {
        TestPanel alone = panel;
        for (std::size_t row = 0; row < panel.units.size(); ++row) {
          if (panel.units[row] % 2 != group) alone.data.roles[row] = RowRole::kExcluded;
        }
        for (const ProductivityChange& change : Measure(alone, request)) apart.push_back(Bytes(change));
      }
      std::vector<std::string> together;
      for (const ProductivityChange& change : Measure(grouped, request)) together.push_back(Bytes(change));
      std::sort(apart.begin(), apart.end());
      std::sort(together.begin(), together.end());
      EXPECT_EQ(together, apart) << panel.description << ", " << Name(index);
    }
  }
}

TEST(ProductivityTest, AUnitThatChangesItsGroupIsNotCompared) {
  TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {1, 1}}, {0, 2, {1, 2}}, {1, 1, {1, 3}}, {1, 2, {1, 3}}});
  panel.data.groups = {0, 1, 1, 1};
  const std::vector<ProductivityChange> changes =
      Measure(panel, MakeRequest(panel, ProductivityIndex::kMalmquist, ReturnsToScale::kCrs, Orientation::kInput));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].status, UnitStatus::kExcluded);
  EXPECT_FALSE(changes[0].parts.index.has_value());
  EXPECT_TRUE(changes[0].distances.empty());
  EXPECT_EQ(changes[1].status, UnitStatus::kOptimal);
}

TEST(ProductivityTest, ReferenceOnlyRowsSpanFrontiersAndAreNotCompared) {
  TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {1, 1}}, {0, 2, {1, 2}}, {1, 1, {1, 4}}, {1, 2, {1, 4}}});
  panel.data.roles[2] = panel.data.roles[3] = RowRole::kReferenceOnly;
  const std::vector<ProductivityChange> changes =
      Measure(panel, MakeRequest(panel, ProductivityIndex::kMalmquist, ReturnsToScale::kCrs, Orientation::kInput));
  ASSERT_EQ(changes.size(), 1U);
  ExpectNear(changes[0].parts.efficiency_change, 2);
  ExpectNear(changes[0].parts.technical_change, 1);
}

TEST(ProductivityTest, MeansAreGeometricOverCompleteChanges) {
  const TestPanel panel = MakePanel(1, 1, 0,
                                    {{0, 1, {1, 1}},
                                     {0, 2, {1, 2}},
                                     {0, 3, {1, 2}},
                                     {1, 1, {1, 2}},
                                     {1, 2, {1, 16}},
                                     {2, 1, {1, 1}},
                                     {2, 3, {1, 5}}});
  const ProductivityRequest request =
      MakeRequest(panel, ProductivityIndex::kMalmquist, ReturnsToScale::kCrs, Orientation::kInput);
  const Productivity productivity(panel.data, panel.units, request);
  std::vector<Productivity::Score> scores(productivity.program_count());
  ASSERT_TRUE(productivity.Solve(0, scores.size(), scores, {}, nullptr));
  const std::vector<ProductivityMean> means = productivity.Means(productivity.Changes(scores));
  ASSERT_EQ(means.size(), 3U);
  EXPECT_EQ(means[0].from, 1);
  EXPECT_EQ(means[0].to, 2);
  EXPECT_EQ(means[0].complete_count, 2);
  ExpectNear(means[0].parts.index, 4);  // of 2 and 8
  ExpectNear(means[0].parts.technical_change, 8);
  ExpectNear(means[0].parts.efficiency_change, 0.5);
  EXPECT_EQ(means[1].from, 1);
  EXPECT_EQ(means[1].to, 3);
  ExpectNear(means[1].parts.index, 5);
  EXPECT_EQ(means[2].from, 2);
  ExpectNear(means[2].parts.index, 1);
}

// Each pair of data and frontier is one program, and it does not matter who solves it after what.
TEST(ProductivityTest, AnySplitGivesTheSameBits) {
  for (std::uint64_t number = 0; number < 40; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, false);
    for (const ProductivityIndex index : kRadialIndices) {
      const Productivity productivity(panel.data, panel.units, RequestOf(panel, index, number));
      std::vector<Productivity::Score> whole(productivity.program_count());
      std::int64_t done = 0;
      ASSERT_TRUE(productivity.Solve(0, whole.size(), whole, {}, [&](std::int64_t programs) { done += programs; }));
      EXPECT_EQ(done, static_cast<std::int64_t>(whole.size()));
      std::vector<Productivity::Score> pieces(productivity.program_count());
      for (std::size_t end = pieces.size(); end > 0;) {
        const std::size_t begin = end - std::min<std::size_t>(end, 1 + end % 3);
        ASSERT_TRUE(productivity.Solve(begin, end, pieces, {}, nullptr));
        end = begin;
      }
      const auto expected = productivity.Changes(whole);
      const auto actual = productivity.Changes(pieces);
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_EQ(Bytes(actual[i]), Bytes(expected[i]));
    }
  }
}

// Frames of large frontiers and starts from neighbours only save time.
TEST(ProductivityTest, FramesLeaveNoTrace) {
  TestRandom random(11);
  std::vector<PanelRow> rows;
  for (std::int32_t unit = 0; unit < 400; ++unit) {
    for (std::int64_t time = 1; time <= 3; ++time) {
      if (random.Below(10) == 0) continue;
      const double x = 1 + random.Below(40);
      rows.push_back({unit, time, {x, 1 + x * random.Uniform(), x * (0.2 + random.Uniform())}});
    }
  }
  const TestPanel panel = MakePanel(2, 1, 0, rows);
  for (const ProductivityIndex index : kRadialIndices) {
    const Orientation orientation = index == ProductivityIndex::kFgnz ? Orientation::kOutput : Orientation::kInput;
    Productivity productivity(panel.data, panel.units, MakeRequest(panel, index, ReturnsToScale::kCrs, orientation));
    std::vector<Productivity::Score> plain(productivity.program_count());
    for (std::size_t p = 0; p < plain.size(); ++p) ASSERT_TRUE(productivity.Solve(p, p + 1, plain, {}, nullptr));
    const auto serial = [](std::size_t count, const std::function<void(std::size_t)>& body) {
      for (std::size_t i = 0; i < count; ++i) body(i);
    };
    std::vector<std::size_t> all(productivity.program_count());
    std::iota(all.begin(), all.end(), std::size_t{0});
    ASSERT_TRUE(productivity.Prepare(all, serial, {}));
    std::vector<Productivity::Score> framed(productivity.program_count());
    ASSERT_TRUE(productivity.Solve(0, framed.size(), framed, {}, nullptr));
    for (std::size_t p = 0; p < plain.size(); ++p) {
      ASSERT_EQ(framed[p].status, plain[p].status) << Name(index) << ", program " << p;
      ASSERT_EQ(framed[p].value, plain[p].value) << Name(index) << ", program " << p;
    }
  }
}

// 4 programs a unit between two periods, and those on a period's own frontier are shared with the next pair.
TEST(ProductivityTest, EveryProgramIsSolvedOnce) {
  std::vector<PanelRow> rows;
  for (std::int32_t unit = 0; unit < 5; ++unit) {
    for (std::int64_t time = 1; time <= 4; ++time) rows.push_back({unit, time, {1.0 + unit, time == 3 ? 1.0 : 2.0}});
  }
  const TestPanel panel = MakePanel(1, 1, 0, rows);
  const auto count = [&](ProductivityIndex index, ReturnsToScale rts) {
    return Productivity(panel.data, panel.units, MakeRequest(panel, index, rts, Orientation::kInput)).program_count();
  };
  constexpr std::size_t own = 20;      // 5 units, 4 periods
  constexpr std::size_t crossed = 30;  // 5 units, 3 pairs, either way
  EXPECT_EQ(count(ProductivityIndex::kMalmquist, ReturnsToScale::kCrs), own + crossed);
  EXPECT_EQ(count(ProductivityIndex::kFgnz, ReturnsToScale::kCrs), own + crossed + own);
  EXPECT_EQ(count(ProductivityIndex::kRayDesli, ReturnsToScale::kCrs), 2 * (own + crossed));
  EXPECT_EQ(count(ProductivityIndex::kSequential, ReturnsToScale::kVrs), own + crossed);
  EXPECT_EQ(count(ProductivityIndex::kBiennial, ReturnsToScale::kCrs), own + crossed);
  EXPECT_EQ(count(ProductivityIndex::kBiennial, ReturnsToScale::kVrs), 2 * (own + crossed));
  EXPECT_EQ(count(ProductivityIndex::kGlobal, ReturnsToScale::kCrs), own + own);
}

TEST(ProductivityTest, AStopRequestEndsTheSolving) {
  const TestPanel panel = MakeRandomPanel(1, 0, true);
  const Productivity productivity(
      panel.data, panel.units,
      MakeRequest(panel, ProductivityIndex::kMalmquist, ReturnsToScale::kCrs, Orientation::kInput));
  std::vector<Productivity::Score> scores(productivity.program_count());
  std::stop_source source;
  std::int64_t done = 0;
  EXPECT_FALSE(productivity.Solve(0, scores.size(), scores, source.get_token(), [&](std::int64_t) {
    if (++done == 2) source.request_stop();
  }));
  EXPECT_EQ(done, 2);
  const std::vector<ProductivityChange> changes = productivity.Changes(scores);
  EXPECT_EQ(changes.back().status, UnitStatus::kNotSolved);
  EXPECT_FALSE(changes.back().parts.index.has_value());
}

TEST(ProductivityTest, UnitsOfMeasurementDoNotMatter) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const TestPanel panel = MakeRandomPanel(number, 0, false);
    TestPanel scaled = panel;
    for (std::size_t cell = 0; cell < scaled.data.cells.size(); ++cell) {
      const std::size_t measure = cell % static_cast<std::size_t>(panel.data.dimension());
      scaled.data.cells[cell] *= measure % 2 == 0 ? 1e7 : 3e-5;
    }
    for (const ProductivityIndex index : kRadialIndices) {
      const ProductivityRequest request = RequestOf(panel, index, number);
      const auto expected = Measure(panel, request);
      const auto actual = Measure(scaled, request);
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) {
        ASSERT_EQ(actual[i].status, expected[i].status) << panel.description;
        if (!expected[i].parts.index) continue;
        EXPECT_NEAR(*actual[i].parts.index / *expected[i].parts.index, 1, 1e-9);
      }
    }
  }
}

TEST(ProductivityTest, ACrossSectionHasNoChanges) {
  TestPanel panel = MakePanel(1, 1, 0, {{0, 1, {1, 1}}, {1, 1, {1, 2}}});
  panel.data.times.clear();
  EXPECT_TRUE(Measure(panel, MakeRequest(panel, ProductivityIndex::kGlobal, ReturnsToScale::kCrs, Orientation::kInput))
                  .empty());
}

TEST(ProductivityTest, EveryWrongFieldIsTold) {
  ProductivityRequest request;
  request.index = ProductivityIndex::kFgnz;
  request.model.inputs = {"x"};
  request.model.rts = ReturnsToScale::kVrs;
  request.model.frontier.scheme = FrontierScheme::kGlobal;
  request.model.super = true;
  request.model.influence = true;
  Violations violations;
  CheckProductivity(request, "", violations);
  const Status status = std::move(violations).Finish("MODEL_INVALID", "the request cannot be answered");
  std::vector<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
  for (const char* field : {"model.outputs", "model.rts", "model.frontier.scheme", "model.super", "model.influence"}) {
    EXPECT_NE(std::find(fields.begin(), fields.end(), field), fields.end()) << field;
  }
}

TEST(ProductivityTest, UnitCodesFollowTheUnits) {
  Panel panel;
  panel.units = {"a", "a", "b", "c", "c"};
  EXPECT_EQ(UnitCodes(panel), (std::vector<std::int32_t>{0, 0, 1, 2, 2}));
}

}  // namespace
}  // namespace farrell::dea::testing
