// Rows and columns of a design.
#include "services/regression/engine/design.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>
#include <map>
#include <set>

#include "common/numeric/random.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Design> Build(const Panel& panel, const std::string& formula, const DesignOptions& options = {}) {
  FARRELL_ASSIGN_OR_RETURN(const Formula parsed, ParseFormula(formula));
  return BuildDesign(panel, parsed, options);
}

Design MustBuild(const Panel& panel, const std::string& formula, const DesignOptions& options = {}) {
  auto design = Build(panel, formula, options);
  if (!design.ok()) throw std::runtime_error(formula + ": " + design.status().ToString());
  return std::move(design).value();
}

TEST(Columns, ConstantThenEndogenousThenExogenous) {
  const Panel panel = RandomPanel(1, 12, 8, 1.0);
  const Design design = MustBuild(panel, "y ~ x2 + i(group) | 0 | x1 ~ x3 + x3:x2");
  EXPECT_THAT(design.names, ElementsAre("(Intercept)", "x1", "x2", "group::b", "group::c"));
  EXPECT_THAT(design.endogenous, ElementsAre(1));
  EXPECT_THAT(design.instrument_names, ElementsAre("x3", "x3:x2"));
  EXPECT_EQ(design.z.rows(), design.x.rows());
  EXPECT_EQ(design.z.col(1), design.z.col(0).cwiseProduct(design.x.col(2)));
  EXPECT_THAT(MustBuild(panel, "y ~ x2 | unit | x1 ~ x3").endogenous, ElementsAre(0));
  // A missing instrument leaves its row out.
  EXPECT_EQ(MustBuild(panel, "y ~ x1 | 0 | x3 ~ x2").missing_by_column.count("x2"), 1U);
}

TEST(Columns, ReferencesLeaveTheirLevelOut) {
  const Panel panel = RandomPanel(2, 12, 8, 1.0);
  EXPECT_THAT(MustBuild(panel, "y ~ i(group, ref = \"b\")").names, ElementsAre("(Intercept)", "group::a", "group::c"));
  EXPECT_THAT(MustBuild(panel, "y ~ 0 + i(group, ref = b)").names, ElementsAre("group::a", "group::c"));
  // In interactions only a reference that is named is left out.
  EXPECT_THAT(MustBuild(panel, "y ~ i(group):x1").names,
              ElementsAre("(Intercept)", "group::a:x1", "group::b:x1", "group::c:x1"));
  EXPECT_THAT(MustBuild(panel, "y ~ i(group, ref = 'c'):x1 | unit").names, ElementsAre("group::a:x1", "group::b:x1"));
  EXPECT_THAT(MustBuild(panel, "y ~ i(group, x1, ref = c) | unit").names, ElementsAre("group::a:x1", "group::b:x1"));
  const Design years = MustBuild(panel, "y ~ i(time, ref = 2003) | unit");
  EXPECT_EQ(years.names.size(), 7U);
  EXPECT_EQ(std::count(years.names.begin(), years.names.end(), "time::2003"), 0);
  // Every row lies in one level, and the dummies with the reference add to one.
  const Design rest = MustBuild(panel, "y ~ i(group, ref = b)");
  for (Index row = 0; row < rest.x.rows(); ++row) {
    const bool b = panel.columns[4].texts[rest.rows[static_cast<std::size_t>(row)]] == "b";
    EXPECT_EQ(rest.x(row, 1) + rest.x(row, 2), b ? 0.0 : 1.0);
  }
  // The level exists, only not in these rows.
  DesignOptions options;
  options.use_subset = true;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (panel.columns[4].texts[row] != "b") options.subset.push_back(row);
  }
  EXPECT_TRUE(Build(panel, "y ~ i(group, ref = b)", options).ok());
}

// Orthogonal polynomials for ten equidistant points as whole numbers, and their sums of squares (Fisher & Yates 1938,
// table XXIII).
TEST(Polynomials, EqualTheTables) {
  const std::vector<std::vector<double>> table = {{-9, -7, -5, -3, -1, 1, 3, 5, 7, 9},
                                                  {6, 2, -1, -3, -4, -4, -3, -1, 2, 6},
                                                  {-42, 14, 35, 31, 12, -12, -31, -35, -14, 42},
                                                  {18, -22, -17, 3, 18, 18, 3, -17, -22, 18}};
  const std::vector<double> squares = {330, 132, 8580, 2860};
  // Wherever the points lie and however far apart they are.
  for (const auto& [from, step] : std::vector<std::pair<double, double>>{{1, 1}, {-4e6, 1e5}, {2001, 1e-3}}) {
    VectorXd x(10);
    for (Index k = 0; k < 10; ++k) x(k) = from + step * static_cast<double>(k);
    const MatrixXd columns = Polynomial(x, 4).Columns(x);
    for (Index j = 0; j < 4; ++j) {
      for (Index k = 0; k < 10; ++k) {
        const auto degree = static_cast<std::size_t>(j);
        EXPECT_NEAR(columns(k, j), table[degree][static_cast<std::size_t>(k)] / std::sqrt(squares[degree]),
                    step == 1e-3 ? 1e-9 : 1e-14);
      }
    }
  }
}

TEST(Polynomials, AreOrthonormalAndSpanThePowers) {
  const Panel panel = RandomPanel(3, 20, 10, 0.9);
  const Design design = MustBuild(panel, "y ~ poly(x2, 5)");
  EXPECT_EQ(design.names[1], "poly(x2, 5)1");
  EXPECT_EQ(design.names[5], "poly(x2, 5)5");
  const MatrixXd gram = design.x.rightCols(5).transpose() * design.x.rightCols(5);
  EXPECT_LT((gram - MatrixXd::Identity(5, 5)).cwiseAbs().maxCoeff(), 1e-13);
  EXPECT_LT((design.x.rightCols(5).transpose() * design.x.col(0)).cwiseAbs().maxCoeff(), 1e-12);
  const Design raw = MustBuild(panel, "y ~ poly(x2, 5, raw)");
  EXPECT_EQ(raw.names[2], "poly(x2, 5, raw = TRUE)2");
  EXPECT_EQ(raw.x.col(2), raw.x.col(1).cwiseProduct(raw.x.col(1)));
  for (Index j = 1; j <= 5; ++j) {
    const VectorXd scaled = raw.x.col(j) / raw.x.col(j).norm();
    const VectorXd inside = scaled - design.x.col(0) * (scaled.mean()) -
                            design.x.rightCols(5) * (design.x.rightCols(5).transpose() * scaled);
    EXPECT_LT(inside.cwiseAbs().maxCoeff(), 1e-13) << j;
    // Positive leading coefficients.
    EXPECT_GT(design.x.col(j).dot(raw.x.col(j)), 0.0);
  }
}

TEST(Polynomials, TooFewDistinctValuesGiveZeroColumns) {
  Panel panel = RandomPanel(4, 10, 6, 1.0);
  AddColumn(panel, "three", [](std::size_t row) { return 0.1 * static_cast<double>(row % 3); });
  AddColumn(panel, "one", [](std::size_t) { return 5.0; });
  const Design design = MustBuild(panel, "y ~ poly(three, 4) + poly(one, 2)");
  EXPECT_GT(design.x.col(2).norm(), 0.9);
  for (Index j : {3, 4, 5, 6}) EXPECT_EQ(design.x.col(j).norm(), 0.0) << j;
}

TEST(Polynomials, DerivativesAreExact) {
  VectorXd x(40);
  for (Index k = 0; k < x.size(); ++k) x(k) = 1e3 + numeric::NormalDraw(5, 0, k);
  const Polynomial polynomial(x, 4);
  const double h = 1e-3;
  const auto difference = [&](double step) -> MatrixXd {
    return (polynomial.Columns(x.array() + step) - polynomial.Columns(x.array() - step)) / (2.0 * step);
  };
  const MatrixXd numeric = (4.0 * difference(h) - difference(2.0 * h)) / 3.0;
  EXPECT_LT((polynomial.Derivatives(x) - numeric).cwiseAbs().maxCoeff(), 1e-9);
}

TEST(Effects, CombinationsThatOccur) {
  const Panel panel = RandomPanel(6, 60, 8, 0.7);
  const Design design = MustBuild(panel, "y ~ x1 | group^block^time");
  std::set<std::string> left;
  std::map<std::string, int> size;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    ++size[panel.columns[4].texts[row] + "^" + panel.columns[5].texts[row] + "^" + std::to_string(panel.times[row])];
  }
  for (const auto& [label, count] : size) {
    if (count > 1) left.insert(label);
  }
  EXPECT_EQ(design.effects[0].name(), "group^block^time");
  EXPECT_EQ(std::set<std::string>(design.effects[0].levels.labels.begin(), design.effects[0].levels.labels.end()),
            left);
  for (std::size_t k = 0; k < design.rows.size(); ++k) {
    const std::size_t row = design.rows[k];
    EXPECT_EQ(design.effects[0].levels.labels[static_cast<std::size_t>(design.effects[0].levels.ids[k])],
              panel.columns[4].texts[row] + "^" + panel.columns[5].texts[row] + "^" + std::to_string(panel.times[row]));
  }
}

TEST(Effects, VaryingSlopes) {
  const Panel panel = RandomPanel(7, 12, 8, 0.9);
  const Design design = MustBuild(panel, "y ~ x1 | unit[x3, x2] + group[[time]]");
  ASSERT_EQ(design.effects.size(), 2U);
  EXPECT_EQ(design.effects[0].name(), "unit[x3, x2]");
  EXPECT_THAT(design.effects[0].slope_names, ElementsAre("x3", "x2"));
  EXPECT_TRUE(design.effects[0].dummies);
  EXPECT_FALSE(design.effects[1].dummies);
  EXPECT_FALSE(design.has_constant);
  for (std::size_t k = 0; k < design.rows.size(); ++k) {
    const auto row = static_cast<Index>(k);
    EXPECT_EQ(design.effects[0].slopes[0](row), Numbers(panel, "x3")[design.rows[k]]);
    EXPECT_EQ(design.effects[0].slopes[1](row), Numbers(panel, "x2")[design.rows[k]]);
    EXPECT_EQ(design.effects[1].slopes[0](row), static_cast<double>(panel.times[design.rows[k]]));
  }
  // Cells of slopes are needed.
  EXPECT_GT(design.missing_by_column.at("x2"), 0);
  // Slopes alone absorb no constant, and leave no singletons out.
  const Design slopes = MustBuild(panel, "y ~ x1 | unit[[x3]]");
  EXPECT_TRUE(slopes.has_constant);
  EXPECT_EQ(slopes.singleton_count, 0);
}

// Rows alone in a level, by going over the rows again and again.
std::set<std::size_t> SingletonsSlowly(const Panel& panel, const std::vector<std::size_t>& rows) {
  std::set<std::size_t> left(rows.begin(), rows.end());
  for (bool changed = true; changed;) {
    changed = false;
    for (const bool units : {true, false}) {
      std::map<std::string, std::vector<std::size_t>> homes;
      for (std::size_t row : left) homes[units ? panel.units[row] : std::to_string(panel.times[row])].push_back(row);
      for (const auto& [label, members] : homes) {
        if (members.size() > 1) continue;
        left.erase(members[0]);
        changed = true;
      }
    }
  }
  return left;
}

TEST(Dropped, TheAccountsAddUp) {
  for (int seed = 0; seed < 40; ++seed) {
    Panel panel = RandomPanel(100 + seed, 30, 25, 0.06);
    if (panel.size() < 10) continue;
    AddColumn(panel, "w", [&](std::size_t row) { return row % 7 == 3 ? 0.0 : row % 11 == 5 ? kMissing : 1.0; });
    DesignOptions options;
    options.weights = "w";
    const auto design = Build(panel, "y ~ x1 + x2 | unit + time", options);
    std::vector<std::size_t> weighted;
    std::map<std::string, std::int64_t> missing;
    std::int64_t missing_rows = 0;
    for (std::size_t row = 0; row < panel.size(); ++row) {
      const bool no_x2 = std::isnan(Numbers(panel, "x2")[row]);
      const bool no_w = std::isnan(Numbers(panel, "w")[row]);
      missing["x2"] += no_x2 ? 1 : 0;
      missing["w"] += no_w ? 1 : 0;
      missing_rows += no_x2 || no_w ? 1 : 0;
      if (!no_x2 && !no_w && Numbers(panel, "w")[row] > 0.0) weighted.push_back(row);
    }
    const std::set<std::size_t> left = SingletonsSlowly(panel, weighted);
    if (left.empty()) {
      EXPECT_EQ(design.status().reason(), "NO_OBSERVATIONS");
      continue;
    }
    ASSERT_TRUE(design.ok()) << design.status().ToString();
    EXPECT_EQ(std::set<std::size_t>(design->rows.begin(), design->rows.end()), left);
    EXPECT_EQ(design->missing_row_count, missing_rows);
    EXPECT_EQ(design->singleton_count, static_cast<std::int64_t>(weighted.size() - left.size()));
    std::map<std::string, std::int64_t> by_reason;
    std::map<std::string, std::int64_t> by_column;
    for (const DroppedRows& dropped : design->dropped) {
      EXPECT_GT(dropped.count, 0);
      ASSERT_TRUE(dropped.period.has_value());
      by_reason[dropped.reason] += dropped.count;
      if (dropped.reason == "missing") by_column[dropped.column] += dropped.count;
      EXPECT_TRUE(dropped.reason != "singleton" || dropped.column == "unit" || dropped.column == "time");
    }
    for (const char* column : {"x2", "w"}) EXPECT_EQ(by_column[column], missing[column]);
    EXPECT_EQ(by_reason["singleton"], design->singleton_count);
    EXPECT_EQ(design->row_count - design->missing_row_count - by_reason["weight_zero"] - by_reason["singleton"],
              static_cast<std::int64_t>(design->rows.size()));
    EXPECT_EQ(design->weights.minCoeff(), 1.0);
  }
}

// A staircase loses one row after the other: each removal makes the next singleton.
TEST(Dropped, LongChainsOfSingletons) {
  Panel panel;
  panel.unit_key = "unit";
  panel.time_key = "time";
  panel.columns.push_back({"y", false, {}, {}});
  constexpr int kSteps = 20000;
  for (int k = 0; k < kSteps; ++k) {
    for (int side = 0; side < 2; ++side) {
      panel.units.push_back("u" + std::to_string(100000 + k));
      panel.times.push_back(k + side);
      panel.rows.push_back(static_cast<std::int64_t>(panel.rows.size()));
      panel.columns[0].numbers.push_back(1.0);
    }
  }
  const auto design = Build(panel, "y ~ 1 | unit + time");
  EXPECT_EQ(design.status().reason(), "NO_OBSERVATIONS");
  EXPECT_THAT(design.status().message(), HasSubstr("40000 are singletons"));
}

TEST(Weights, NegativeOnesAreErrorsAllAtOnce) {
  Panel panel = RandomPanel(8, 10, 6, 1.0);
  AddColumn(panel, "w", [](std::size_t row) { return row == 3 || row == 17 ? -1.5 : 2.0; });
  DesignOptions options;
  options.weights = "w";
  const auto design = Build(panel, "y ~ x1", options);
  ASSERT_FALSE(design.ok());
  EXPECT_EQ(design.status().reason(), "WEIGHTS_INVALID");
  ASSERT_EQ(design.status().violations().size(), 2U);
  EXPECT_THAT(design.status().violations()[0].field, HasSubstr("column w"));
  EXPECT_THAT(design.status().violations()[0].description, HasSubstr("-1.5"));
  Panel none = RandomPanel(8, 10, 6, 1.0);
  AddColumn(none, "w", [](std::size_t) { return 0.0; });
  EXPECT_EQ(Build(none, "y ~ x1", options).status().reason(), "NO_OBSERVATIONS");
}

TEST(Keys, ClassifyTheRows) {
  const Panel panel = RandomPanel(9, 10, 6, 0.8);
  DesignOptions options;
  options.panel_keys = true;
  const Design design = MustBuild(panel, "y ~ x1 + x2", options);
  for (std::size_t k = 0; k < design.rows.size(); ++k) {
    EXPECT_EQ(design.units.labels[static_cast<std::size_t>(design.units.ids[k])], panel.units[design.rows[k]]);
    EXPECT_EQ(design.periods[k], panel.times[design.rows[k]]);
  }
}

TEST(Groups, EndogenousColumnsTakeTheirInstrumentsAlong) {
  const Panel panel = RandomPanel(10, 12, 8, 1.0);
  DesignOptions options;
  options.interact_by = "group";
  options.interact_terms = {"x1"};
  const Design design = MustBuild(panel, "y ~ x2 | 0 | x1 ~ x3", options);
  EXPECT_THAT(design.names, ElementsAre("(Intercept)", "group::a:x1", "group::b:x1", "group::c:x1", "x2"));
  EXPECT_THAT(design.endogenous, ElementsAre(1, 2, 3));
  EXPECT_THAT(design.instrument_names, ElementsAre("group::a:x3", "group::b:x3", "group::c:x3"));
  options.interact_terms = {"x2"};
  EXPECT_THAT(MustBuild(panel, "y ~ x2 | 0 | x1 ~ x3", options).instrument_names, ElementsAre("x3"));
}

TEST(Errors, EveryUnknownColumnAtOnceWithTheNearest) {
  const Panel panel = RandomPanel(11, 10, 6, 1.0);
  DesignOptions options;
  options.weights = "wieght";
  options.classifications = {"gruop", "unit"};
  const auto design = Build(panel, "yy ~ x1 + x22:x3 + i(bolck) | unt[x9] + time | x1:x8 ~ zz", options);
  ASSERT_FALSE(design.ok());
  EXPECT_EQ(design.status().code(), Code::kNotFound);
  EXPECT_EQ(design.status().reason(), "COLUMN_NOT_FOUND");
  const auto& violations = design.status().violations();
  ASSERT_EQ(violations.size(), 9U) << design.status().ToString();
  EXPECT_EQ(violations[0].field, "formula");
  EXPECT_THAT(violations[0].description, HasSubstr("position 0: there is no column yy (did you mean y?)"));
  EXPECT_THAT(violations[1].description, HasSubstr("position 10: there is no column x22 (did you mean x2?)"));
  EXPECT_THAT(violations[1].description, HasSubstr("\n            ^"));
  EXPECT_THAT(design.status().message(), HasSubstr("bolck (did you mean block?)"));
  EXPECT_THAT(design.status().message(), HasSubstr("unt (did you mean unit?)"));
  EXPECT_EQ(violations[7].field, "weights");
  EXPECT_EQ(violations[8].field, "cluster");
  EXPECT_THAT(violations[8].description, HasSubstr("did you mean group?"));
}

TEST(Errors, LevelsThatDoNotOccur) {
  const Panel panel = RandomPanel(12, 10, 6, 1.0);
  const auto design = Build(panel, "y ~ i(block, ref = \"b9\") + i(group, ref = a):x1 + i(time, ref = 1800)");
  ASSERT_FALSE(design.ok());
  EXPECT_EQ(design.status().reason(), "FORMULA_INVALID");
  ASSERT_EQ(design.status().violations().size(), 2U);
  EXPECT_THAT(design.status().violations()[0].description,
              HasSubstr("position 19: block has no level b9 (did you mean b0?)"));
}

TEST(Errors, TheUnitIsNoNumber) {
  const Panel panel = RandomPanel(13, 10, 6, 1.0);
  EXPECT_THAT(Build(panel, "y ~ unit").status().message(), HasSubstr("unit"));
  EXPECT_FALSE(Build(panel, "y ~ unit").ok());
  EXPECT_TRUE(Build(panel, "y ~ time").ok());
  EXPECT_EQ(Build(panel, "y ~ group").status().reason(), "NOT_NUMERIC");
  EXPECT_EQ(Build(panel, "y ~ x1 | unit[group]").status().reason(), "NOT_NUMERIC");
}

TEST(Errors, StrangePanels) {
  Panel empty;
  empty.columns.push_back({"y", false, {}, {}});
  EXPECT_EQ(Build(empty, "y ~ 1").status().reason(), "NO_OBSERVATIONS");
  EXPECT_EQ(Build(empty, "y ~ x").status().reason(), "COLUMN_NOT_FOUND");
  Panel panel = RandomPanel(14, 6, 4, 1.0);
  AddColumn(panel, "huge", [](std::size_t row) { return 1e200 * static_cast<double>(row + 1); });
  EXPECT_EQ(Build(panel, "y ~ poly(huge, 2, raw)").status().reason(), "NOT_FINITE");
  EXPECT_EQ(Build(panel, "y ~ huge").status().reason(), "OUT_OF_RANGE");
  EXPECT_EQ(Build(panel, "y ~ x1 | unit[huge]").status().reason(), "OUT_OF_RANGE");
  EXPECT_EQ(Build(panel, "y ~ x1 | 0 | x3 ~ huge").status().reason(), "OUT_OF_RANGE");
  EXPECT_TRUE(Build(panel, "y ~ poly(huge, 3)").ok());
}

}  // namespace
}  // namespace farrell::regression::testing
