// Effects taken out: against dense least squares on dummies and slopes, on graphs that are easy and hard, balanced or
// not.
#include "services/regression/engine/within.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "common/numeric/random.h"
#include "tests/support/processor_time.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Ids = std::vector<std::int32_t>;

// Levels that do not occur are numbered away.
Effect MakeEffect(const Ids& raw, std::vector<VectorXd> slopes = {}, bool dummies = true) {
  Ids used = raw;
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  Effect effect;
  for (std::int32_t id : raw) {
    effect.levels.ids.push_back(
        static_cast<std::int32_t>(std::lower_bound(used.begin(), used.end(), id) - used.begin()));
  }
  effect.levels.labels.resize(used.size());
  effect.slope_names.resize(slopes.size(), "s");
  effect.slopes = std::move(slopes);
  effect.dummies = dummies;
  return effect;
}

VectorXd Normals(std::int64_t seed, Index rows) {
  VectorXd draws(rows);
  for (Index row = 0; row < rows; ++row) draws(row) = numeric::NormalDraw(seed, 1, row);
  return draws;
}

Ids RandomIds(std::int64_t seed, Index rows, int levels) {
  Ids ids;
  for (Index row = 0; row < rows; ++row) {
    ids.push_back(static_cast<std::int32_t>(numeric::UniformDraw(seed, 2, row) * levels));
  }
  return ids;
}

// Dummies and slopes as columns, in the order of Within::Coefficients, times sqrt(weight).
MatrixXd Columns(const std::vector<Effect>& effects, Index rows, const VectorXd& weights) {
  std::vector<VectorXd> columns;
  const auto add = [&](const Effect& effect, const VectorXd& values) {
    for (std::size_t level = 0; level < effect.count(); ++level) {
      VectorXd column = VectorXd::Zero(rows);
      for (Index row = 0; row < rows; ++row) {
        if (effect.levels.ids[static_cast<std::size_t>(row)] == static_cast<std::int32_t>(level))
          column(row) = values(row);
      }
      columns.push_back(column);
    }
  };
  for (const Effect& effect : effects) {
    if (effect.dummies) add(effect, VectorXd::Ones(rows));
    for (const VectorXd& slope : effect.slopes) add(effect, slope);
  }
  MatrixXd matrix(rows, static_cast<Index>(columns.size()));
  for (std::size_t c = 0; c < columns.size(); ++c) matrix.col(static_cast<Index>(c)) = columns[c];
  if (weights.size() > 0) matrix = (weights.cwiseSqrt().asDiagonal() * matrix).eval();
  return matrix;
}

struct Case {
  std::string name;
  std::vector<Effect> effects;
  Index rows = 0;
  VectorXd weights;
};

// Residuals, leverages, counts and coefficients against a dense decomposition of all columns.
void ExpectDense(const Case& given) {
  SCOPED_TRACE(given.name);
  const MatrixXd d = Columns(given.effects, given.rows, given.weights);
  // Columns of one length: the rank does not depend on units.
  MatrixXd scaled = d;
  for (Index c = 0; c < d.cols(); ++c) {
    if (d.col(c).norm() > 0) scaled.col(c) /= d.col(c).norm();
  }
  const Eigen::JacobiSVD<MatrixXd> svd(scaled, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Index rank = (svd.singularValues().array() > 1e-9 * svd.singularValues()(0)).count();
  const MatrixXd u = svd.matrixU().leftCols(rank);
  const Within within = Within::Make(given.effects, static_cast<std::size_t>(given.rows), given.weights);
  EXPECT_EQ(within.level_count(), d.cols());
  EXPECT_EQ(within.level_count() - within.redundant_count(), rank);
  for (Index columns : {1, 2, 3}) {
    MatrixXd v(given.rows, columns);
    for (Index c = 0; c < columns; ++c) v.col(c) = Normals(10 + c, given.rows).array() * (c + 1) + 5.0;
    MatrixXd expected = v - u * (u.transpose() * v);
    expected -= u * (u.transpose() * expected);
    MatrixXd demeaned = v;
    const Status status = within.Demean(demeaned);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_LT((demeaned - expected).cwiseAbs().maxCoeff(), 1e-10);
    const auto coefficients = within.Coefficients(v.col(0));
    ASSERT_TRUE(coefficients.ok());
    VectorXd all(d.cols());
    Index at = 0;
    for (const VectorXd& part : *coefficients) {
      all.segment(at, part.size()) = part;
      at += part.size();
    }
    ASSERT_EQ(at, d.cols());
    EXPECT_LT((v.col(0) - d * all - expected.col(0)).cwiseAbs().maxCoeff(), 1e-10);
  }
  const auto leverage = within.Leverage();
  ASSERT_TRUE(leverage.ok());
  EXPECT_LT((*leverage - u.rowwise().squaredNorm()).cwiseAbs().maxCoeff(), 1e-10);
}

TEST(WithinTest, OneEffectIsGroupMeans) {
  ExpectDense({"one", {MakeEffect(RandomIds(1, 60, 7))}, 60, {}});
  const VectorXd weights = Normals(4, 60).cwiseAbs2().array() + 0.1;
  ExpectDense({"weighted", {MakeEffect(RandomIds(1, 60, 7))}, 60, weights});
}

TEST(WithinTest, CrossedEffectsEqualDummies) {
  for (std::int64_t seed : {1, 2, 3}) {
    const Index rows = 150;
    const Effect a = MakeEffect(RandomIds(seed, rows, 30));
    const Effect b = MakeEffect(RandomIds(seed + 10, rows, 9));
    const Effect c = MakeEffect(RandomIds(seed + 20, rows, 12));
    const Effect d = MakeEffect(RandomIds(seed + 30, rows, 4));
    const VectorXd weights = Normals(seed, rows).cwiseAbs2().array() + 1e-3;
    ExpectDense({"two", {a, b}, rows, {}});
    ExpectDense({"two, larger last", {b, a}, rows, {}});
    ExpectDense({"three", {a, b, c}, rows, {}});
    ExpectDense({"four", {d, a, b, c}, rows, {}});
    ExpectDense({"two weighted", {a, b}, rows, weights});
    ExpectDense({"four weighted", {d, a, b, c}, rows, weights});
    ExpectDense({"twice the same", {a, a, b}, rows, {}});
  }
}

TEST(WithinTest, BalancedPanelsEqualDummies) {
  Ids units;
  Ids times;
  for (int unit = 0; unit < 12; ++unit) {
    for (int time = 0; time < 7; ++time) {
      units.push_back(unit);
      times.push_back(time);
    }
  }
  const std::vector<Effect> effects = {MakeEffect(units), MakeEffect(times)};
  ExpectDense({"balanced", effects, 84, {}});
  Convergence convergence;
  VectorXd v = Normals(1, 84);
  ASSERT_TRUE(Within::Make(effects, 84).Demean({v.data()}, {}, &convergence).ok());
  EXPECT_EQ(convergence.method, "closed form");
  EXPECT_LE(convergence.defect, 1e-14);
  // One cell twice, one never: the number of rows does not give it away.
  Ids moved = times;
  moved[3] = 4;
  ExpectDense({"one cell twice", {MakeEffect(units), MakeEffect(moved)}, 84, {}});
}

TEST(WithinTest, SlopesEqualColumns) {
  const Index rows = 160;
  const Effect unit = MakeEffect(RandomIds(1, rows, 20));
  const Ids units = unit.levels.ids;
  const Ids years = RandomIds(2, rows, 8);
  VectorXd trend(rows);
  for (Index row = 0; row < rows; ++row) trend(row) = 1990 + years[static_cast<std::size_t>(row)];
  const VectorXd x = Normals(5, rows).array() + 3;
  const VectorXd weights = Normals(6, rows).cwiseAbs2().array() + 0.05;
  for (const VectorXd& w : {VectorXd(), weights}) {
    ExpectDense({"dummies and a trend", {MakeEffect(units, {trend})}, rows, w});
    ExpectDense({"slope alone", {MakeEffect(units, {x}, false)}, rows, w});
    ExpectDense({"two slopes and years", {MakeEffect(units, {x, trend}), MakeEffect(years)}, rows, w});
    ExpectDense({"slope alone and years", {MakeEffect(units, {x}, false), MakeEffect(years)}, rows, w});
    ExpectDense({"slopes on both sides", {MakeEffect(units, {x}), MakeEffect(years, {x})}, rows, w});
    ExpectDense({"slopes of a small effect", {MakeEffect(units), MakeEffect(years, {x, trend})}, rows, w});
    ExpectDense({"three", {MakeEffect(units), MakeEffect(years), MakeEffect(RandomIds(9, rows, 5), {x})}, rows, w});
  }
}

TEST(WithinTest, SlopesThatAddNothingAreCounted) {
  const Index rows = 40;
  Ids units;
  VectorXd constant_by_unit(rows);
  VectorXd sometimes(rows);
  for (Index row = 0; row < rows; ++row) {
    const auto unit = static_cast<std::int32_t>(row / 8);
    units.push_back(unit);
    constant_by_unit(row) = 2.5 * unit;
    sometimes(row) = unit < 2 ? 3.0 : Normals(3, rows)(row);
  }
  const Within same = Within::Make({MakeEffect(units, {constant_by_unit})}, 40);
  EXPECT_EQ(same.level_count(), 10);
  EXPECT_EQ(same.redundant_count(), 5);
  ExpectDense({"constant", {MakeEffect(units, {constant_by_unit})}, rows, {}});
  EXPECT_EQ(Within::Make({MakeEffect(units, {sometimes})}, 40).redundant_count(), 2);
  ExpectDense({"sometimes constant", {MakeEffect(units, {sometimes}), MakeEffect(RandomIds(3, rows, 4))}, rows, {}});
}

// Rows (i, i), (i, i + 1), each twice: units and firms alternate along one path.
Case Chain(int length) {
  Ids a;
  Ids b;
  for (int i = 0; i < length; ++i) {
    for (int step : {0, 0, 1, 1}) {
      a.push_back(i);
      b.push_back(i + step);
    }
  }
  const auto rows = static_cast<Index>(a.size());
  return {"chain", {MakeEffect(a), MakeEffect(b)}, rows, {}};
}

TEST(WithinTest, HardGraphsEqualDummies) {
  ExpectDense(Chain(60));
  // Three chains with nothing in common.
  Case parts = Chain(20);
  Ids a = parts.effects[0].levels.ids;
  Ids b = parts.effects[1].levels.ids;
  const std::size_t size = a.size();
  for (int part : {1, 2}) {
    for (std::size_t row = 0; row < size; ++row) {
      a.push_back(a[row] + 1000 * part);
      b.push_back(b[row] + 1000 * part);
    }
  }
  ExpectDense({"disconnected", {MakeEffect(a), MakeEffect(b)}, static_cast<Index>(a.size()), {}});
  // Every unit at one firm but one unit that was everywhere; two rows each.
  a.clear();
  b.clear();
  for (int i = 0; i < 40; ++i) {
    for (int k = 0; k < 2; ++k) {
      a.push_back(i);
      b.push_back(i);
    }
    a.push_back(40);
    b.push_back(i);
  }
  ExpectDense({"star", {MakeEffect(a), MakeEffect(b)}, static_cast<Index>(a.size()), {}});
  // Nested: firms inside sectors.
  Ids sectors;
  for (std::int32_t firm : b) sectors.push_back(firm / 5);
  ExpectDense({"nested", {MakeEffect(b), MakeEffect(sectors)}, static_cast<Index>(b.size()), {}});
  ExpectDense(
      {"nested and crossed", {MakeEffect(a), MakeEffect(b), MakeEffect(sectors)}, static_cast<Index>(b.size()), {}});
}

// Largest |D'v| / |v|, D the normalised dummies of every effect.
double Defect(const std::vector<Effect>& effects, const VectorXd& v) {
  double squares = 0;
  for (const Effect& effect : effects) {
    VectorXd sums = VectorXd::Zero(static_cast<Index>(effect.count()));
    VectorXd counts = sums;
    for (Index row = 0; row < v.size(); ++row) {
      const Index level = effect.levels.ids[static_cast<std::size_t>(row)];
      sums(level) += v(row);
      counts(level) += 1;
    }
    squares += sums.cwiseAbs2().cwiseQuotient(counts).sum();
  }
  return std::sqrt(squares) / v.norm();
}

// Ten rows a unit. Easy: firms at random. Hard: unit k at firms 10 k .. 10 k + 9, around a ring.
Case Employment(int units, int firms, bool hard, bool years) {
  Ids unit;
  Ids firm;
  Ids year;
  for (int row = 0; row < units * 10; ++row) {
    unit.push_back(row / 10);
    firm.push_back(hard ? row % firms : static_cast<std::int32_t>(numeric::UniformDraw(77, 1, row) * firms));
    year.push_back(row % 10);
  }
  Case made{hard ? "hard" : "easy", {MakeEffect(unit), MakeEffect(firm)}, Index{units} * 10, {}};
  if (years) made.effects.push_back(MakeEffect(year));
  return made;
}

// The same projection by conjugate gradients on the normal equations of all dummies, to rounding error.
VectorXd ByNormalEquations(const std::vector<Effect>& effects, const VectorXd& v) {
  std::vector<VectorXd> counts;
  for (const Effect& effect : effects) {
    VectorXd count = VectorXd::Zero(static_cast<Index>(effect.count()));
    for (std::int32_t id : effect.levels.ids) count(id) += 1;
    counts.push_back(count);
  }
  const auto transposed = [&](const VectorXd& rows) {
    std::vector<VectorXd> parts;
    for (std::size_t e = 0; e < effects.size(); ++e) {
      VectorXd part = VectorXd::Zero(counts[e].size());
      for (Index row = 0; row < rows.size(); ++row)
        part(effects[e].levels.ids[static_cast<std::size_t>(row)]) += rows(row);
      parts.push_back(part);
    }
    return parts;
  };
  VectorXd rest = v;
  for (int restart = 0; restart < 3; ++restart) {
    VectorXd residual = rest;
    std::vector<VectorXd> direction;
    double last = 0;
    for (int step = 0; step < 4000; ++step) {
      std::vector<VectorXd> gradient = transposed(residual);
      double product = 0;
      std::vector<VectorXd> scaled;
      for (std::size_t e = 0; e < effects.size(); ++e) {
        scaled.emplace_back(gradient[e].cwiseQuotient(counts[e]));
        product += gradient[e].dot(scaled[e]);
      }
      if (product <= 1e-30 * residual.squaredNorm()) break;
      if (step > 0) {
        for (std::size_t e = 0; e < effects.size(); ++e) scaled[e] += product / last * direction[e];
      }
      direction = scaled;
      last = product;
      VectorXd image = VectorXd::Zero(v.size());
      for (std::size_t e = 0; e < effects.size(); ++e) {
        for (Index row = 0; row < v.size(); ++row)
          image(row) += direction[e](effects[e].levels.ids[static_cast<std::size_t>(row)]);
      }
      residual -= product / image.squaredNorm() * image;
    }
    rest = residual;
  }
  return rest;
}

TEST(WithinTest, LargeGraphsAreSolvedByTheMethodThatFitsThem) {
  struct Expectation {
    Case made;
    std::string method;
  };
  const std::vector<Expectation> expectations = {{Employment(4000, 400, false, false), "conjugate gradients"},
                                                 {Employment(4000, 400, true, false), "sparse Cholesky"},
                                                 {Employment(3000, 2602, false, true), "conjugate gradients"},
                                                 {Employment(3000, 2602, true, true), "sparse Cholesky"},
                                                 {Chain(4000), "sparse Cholesky"}};
  for (const auto& [made, method] : expectations) {
    SCOPED_TRACE(made.name + ", " + method);
    const Within within = Within::Make(made.effects, static_cast<std::size_t>(made.rows));
    VectorXd v = Normals(3, made.rows).array() + 10;
    for (Index row = 0; row < made.rows; ++row)
      v(row) += 0.001 * made.effects[1].levels.ids[static_cast<std::size_t>(row)];
    const VectorXd given = v;
    Convergence convergence;
    const Status status = within.Demean({v.data()}, {}, &convergence);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(convergence.method, method);
    EXPECT_LE(convergence.defect, 1e-13);
    EXPECT_NEAR(convergence.defect, Defect(made.effects, v), 1e-13);
    if (method == "conjugate gradients") {
      EXPECT_GT(convergence.iterations, 3);
      EXPECT_LT((v - ByNormalEquations(made.effects, given)).norm(), 1e-10 * v.norm());
    }
    // The part taken out lies in the span: it is its own projection.
    VectorXd spanned = given - v;
    ASSERT_TRUE(within.Demean({spanned.data()}, {}).ok());
    EXPECT_LT(spanned.norm(), 1e-9 * given.norm());
  }
}

TEST(WithinTest, CountsOfLargeGraphsAreExact) {
  const Case ring = Employment(3000, 2602, true, true);
  // The year of row r is r mod 10, so that its parity is the firm's: one more combination than with years at random.
  const Within within = Within::Make(ring.effects, static_cast<std::size_t>(ring.rows));
  const Within pair = Within::Make({ring.effects[0], ring.effects[1]}, static_cast<std::size_t>(ring.rows));
  EXPECT_EQ(pair.redundant_count(), 1);
  const MatrixXd dense = [&] {
    const Case small = Employment(60, 52, true, true);
    return Columns(small.effects, small.rows, {});
  }();
  const Case small = Employment(60, 52, true, true);
  EXPECT_EQ(Within::Make(small.effects, 600).level_count() - Within::Make(small.effects, 600).redundant_count(),
            Eigen::FullPivLU<MatrixXd>(dense).setThreshold(1e-10).rank());
  EXPECT_EQ(within.redundant_count(), Within::Make(small.effects, 600).redundant_count());
}

TEST(WithinTest, ThreadsDoNotChangeABit) {
  const ParallelFor threads = [](std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
    std::vector<std::jthread> running;
    for (std::int64_t item = 0; item < count; ++item) running.emplace_back([&body, item] { body(item, item + 1); });
  };
  for (bool hard : {false, true}) {
    for (Index columns : {1, 2, 3, 5}) {
      const Case made = Employment(4000, 400, hard, true);
      MatrixXd serial(made.rows, columns);
      for (Index c = 0; c < columns; ++c) serial.col(c) = Normals(c, made.rows);
      MatrixXd parallel = serial;
      Environment environment;
      ASSERT_TRUE(Within::Make(made.effects, static_cast<std::size_t>(made.rows)).Demean(serial).ok());
      environment.parallel = threads;
      const Within within = Within::Make(made.effects, static_cast<std::size_t>(made.rows), {}, environment);
      std::vector<double*> pointers;
      for (Index c = 0; c < columns; ++c) pointers.push_back(parallel.col(c).data());
      ASSERT_TRUE(within.Demean(pointers, environment).ok());
      EXPECT_EQ(serial, parallel);
    }
  }
}

TEST(WithinTest, OrderOfRowsMattersByRoundingOnly) {
  const Case made = Employment(500, 60, false, true);
  const VectorXd v = Normals(9, made.rows);
  MatrixXd sorted = v;
  ASSERT_TRUE(Within::Make(made.effects, static_cast<std::size_t>(made.rows)).Demean(sorted).ok());
  // Rows dealt like cards: no effect is sorted any more.
  std::vector<Index> order;
  for (Index start = 0; start < 7; ++start) {
    for (Index row = start; row < made.rows; row += 7) order.push_back(row);
  }
  std::vector<Effect> effects;
  for (const Effect& effect : made.effects) {
    Ids ids;
    for (Index row : order) ids.push_back(effect.levels.ids[static_cast<std::size_t>(row)]);
    effects.push_back(MakeEffect(ids));
  }
  MatrixXd dealt = v(order);
  ASSERT_TRUE(Within::Make(effects, static_cast<std::size_t>(made.rows)).Demean(dealt).ok());
  EXPECT_LT((dealt - sorted(order, Eigen::all)).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(WithinTest, LargeMeansLeaveNoTrace) {
  const Case made = Employment(500, 60, false, false);
  const VectorXd noise = Normals(9, made.rows);
  MatrixXd small = noise;
  MatrixXd large = noise.array() + 1e8;
  const Within within = Within::Make(made.effects, static_cast<std::size_t>(made.rows));
  ASSERT_TRUE(within.Demean(small).ok());
  ASSERT_TRUE(within.Demean(large).ok());
  // 1e8 holds eight digits of the noise.
  EXPECT_LT((small - large).cwiseAbs().maxCoeff(), 1e-7);
  EXPECT_LT(Defect(made.effects, large.col(0)), 1e-12);
}

TEST(WithinTest, WhatCannotConvergeIsAnError) {
  const Case made = Employment(4000, 400, false, false);
  MatrixXd v = Normals(1, made.rows);
  v(17, 0) = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Within::Make(made.effects, static_cast<std::size_t>(made.rows)).Demean(v).reason(), "NOT_CONVERGED");
}

TEST(WithinTest, AStopRequestIsHeardAtOnce) {
  const Case made = Employment(100000, 4348, false, false);
  const auto rows = static_cast<std::size_t>(made.rows);
  std::stop_source before;
  before.request_stop();
  Environment stopped;
  stopped.stop = before.get_token();
  VectorXd v = Normals(1, made.rows);
  EXPECT_EQ(Within::Make(made.effects, rows, {}, stopped).Demean({v.data()}, {}).code(), Code::kCancelled);

  const Within within = Within::Make(made.effects, rows);
  std::stop_source source;
  Environment environment;
  environment.stop = source.get_token();
  double asked = 0;
  std::jthread asking([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    asked = farrell::testing::ProcessorMilliseconds();
    source.request_stop();
  });
  Status status;
  while (status.ok()) status = within.Demean({v.data()}, environment);
  const double answered = farrell::testing::ProcessorMilliseconds();
  EXPECT_EQ(status.code(), Code::kCancelled);
  EXPECT_LT(answered - asked, 50);
}

TEST(WithinTest, LeveragesBeyondTheLimitAreRefused) {
  const Case made = Employment(6000, 2602, false, false);
  EXPECT_EQ(Within::Make(made.effects, static_cast<std::size_t>(made.rows)).Leverage().status().reason(),
            "TOO_MANY_LEVELS");
}

TEST(WithinTest, NoEffectsAreTheIdentity) {
  const Within none;
  MatrixXd v = Normals(1, 5);
  const MatrixXd given = v;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none.Demean(v).ok());
  EXPECT_EQ(v, given);
  EXPECT_EQ(none.level_count(), 0);
}

}  // namespace
}  // namespace farrell::regression
