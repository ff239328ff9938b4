// Average marginal effects as linear forms in the coefficients, and properties of designs that need a fit.
#include "services/regression/engine/margins.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Model {
  Formula formula;
  Fitted fitted;
};

Model MustEstimate(const Panel& panel, const std::string& text, const DesignOptions& options = {}) {
  Model model{ParseFormula(text).value(), {}};
  auto design = BuildDesign(panel, model.formula, options);
  if (!design.ok()) throw std::runtime_error(text + ": " + design.status().ToString());
  EstimatorSpec spec;
  spec.kind = model.formula.effects.empty() ? Estimator::kOls : Estimator::kWithin;
  auto fitted = Estimate(std::move(design).value(), spec, {});
  if (!fitted.ok()) throw std::runtime_error(text + ": " + fitted.status().ToString());
  model.fitted = std::move(fitted).value();
  return model;
}

std::vector<MarginForm> Margins(const Panel& panel, const Model& model, const std::string& text) {
  auto requests = ParseMargins({text}, model.formula);
  if (!requests.ok()) throw std::runtime_error(requests.status().ToString());
  auto margins = ComputeMargins(panel, model.formula, model.fitted.design, requests->front());
  if (!margins.ok()) throw std::runtime_error(margins.status().ToString());
  return std::move(margins).value();
}

double Value(const Model& model, const MarginForm& margin) {
  const auto weights = EstimableWeights(model.fitted, margin.weights).value();
  if (!weights) throw std::runtime_error("not estimable");
  return weights->dot(model.fitted.solution.coefficients);
}

double Coefficient(const Model& model, const std::string& name) {
  const auto& names = model.fitted.design.names;
  const auto at = std::find(names.begin(), names.end(), name) - names.begin();
  for (std::size_t k = 0; k < model.fitted.solution.kept.size(); ++k) {
    if (model.fitted.solution.kept[k] == at) return model.fitted.solution.coefficients(static_cast<Index>(k));
  }
  throw std::runtime_error("no coefficient " + name);
}

TEST(Margins, FollowInteractions) {
  const Panel panel = RandomPanel(21, 20, 10, 0.9);
  const Model model = MustEstimate(panel, "y ~ x1 + x3 + x1:x3 + x1:i(group) + x2");
  VectorXd x3(static_cast<Index>(model.fitted.design.rows.size()));
  VectorXd shares = VectorXd::Zero(3);
  for (std::size_t k = 0; k < model.fitted.design.rows.size(); ++k) {
    const std::size_t row = model.fitted.design.rows[k];
    x3(static_cast<Index>(k)) = Numbers(panel, "x3")[row];
    shares(panel.columns[4].texts[row][0] - 'a') += 1.0 / static_cast<double>(x3.size());
  }
  // x1 is the sum of its interactions: the last is collinear and the margin still defined.
  ASSERT_EQ(model.fitted.solution.kept.size() + 1, model.fitted.design.names.size());
  const double margin = Value(model, Margins(panel, model, "x1").front());
  const double by_hand = Coefficient(model, "x1") + Coefficient(model, "x1:x3") * x3.mean() +
                         Coefficient(model, "x1:group::a") * shares(0) + Coefficient(model, "x1:group::b") * shares(1);
  EXPECT_NEAR(margin, by_hand, 1e-12);
  // The same model written otherwise has the same margin.
  const Model other = MustEstimate(panel, "y ~ x3 + x1:x3 + x1:i(group) + x2");
  EXPECT_NEAR(Value(other, Margins(panel, other, "x1").front()), margin, 1e-11);
  EXPECT_NEAR(Value(model, Margins(panel, model, "x2").front()), Coefficient(model, "x2"), 1e-15);
}

TEST(Margins, ByLevels) {
  const Panel panel = RandomPanel(22, 20, 10, 0.9);
  const Model model = MustEstimate(panel, "y ~ x1:i(group) + x2 | unit + time");
  const auto margins = Margins(panel, model, "x1 by group");
  ASSERT_EQ(margins.size(), 3U);
  std::int64_t rows = 0;
  double mean = 0.0;
  for (const MarginForm& margin : margins) {
    EXPECT_NEAR(Value(model, margin), Coefficient(model, "x1:group::" + margin.level), 1e-14);
    rows += margin.observation_count;
    mean += Value(model, margin) * static_cast<double>(margin.observation_count);
  }
  EXPECT_EQ(rows, static_cast<std::int64_t>(model.fitted.design.rows.size()));
  EXPECT_NEAR(Value(model, Margins(panel, model, "x1").front()), mean / static_cast<double>(rows), 1e-13);
  // A column that splits the rows otherwise.
  EXPECT_EQ(Margins(panel, model, "x1 by block").size(), 4U);
  EXPECT_EQ(Margins(panel, model, "x1 by time").size(), 10U);
}

// Polynomials in three ways span one space, so that the margins agree.
TEST(Margins, FollowPolynomialsAndPowers) {
  Panel panel = RandomPanel(23, 20, 10, 0.9);
  for (const int k : {2, 3}) {
    AddColumn(panel, "x1^" + std::to_string(k),
              [&](std::size_t row) { return std::pow(Numbers(panel, "x1")[row], k); });
  }
  const Model orthogonal = MustEstimate(panel, "y ~ poly(x1, 3):x3 + poly(x1, 3) + x3 | unit");
  const Model raw = MustEstimate(panel, "y ~ poly(x1, 3, raw)*x3 | unit");
  const Model powers = MustEstimate(panel, "y ~ x1*x3 + x1^2 + x1^3 + x1^2:x3 + x1^3:x3 | unit");
  for (const char* text : {"x1", "x1 by group"}) {
    const auto a = Margins(panel, orthogonal, text);
    const auto b = Margins(panel, raw, text);
    const auto c = Margins(panel, powers, text);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t k = 0; k < a.size(); ++k) {
      EXPECT_NEAR(Value(orthogonal, a[k]), Value(raw, b[k]), 1e-9);
      EXPECT_NEAR(Value(powers, c[k]), Value(raw, b[k]), 1e-9);
    }
  }
}

TEST(Margins, AreWeighted) {
  Panel panel = RandomPanel(24, 20, 10, 0.9);
  AddColumn(panel, "w", [](std::size_t row) { return static_cast<double>(row % 4); });
  DesignOptions options;
  options.weights = "w";
  const Model model = MustEstimate(panel, "y ~ x1*x3", options);
  double sum = 0.0;
  double total = 0.0;
  for (const std::size_t row : model.fitted.design.rows) {
    sum += Numbers(panel, "w")[row] * Numbers(panel, "x3")[row];
    total += Numbers(panel, "w")[row];
  }
  EXPECT_NEAR(Value(model, Margins(panel, model, "x1").front()),
              Coefficient(model, "x1") + Coefficient(model, "x1:x3") * sum / total, 1e-13);
}

TEST(Margins, HaveTheStandardErrorOfTheirLinearForm) {
  const Panel panel = RandomPanel(25, 20, 10, 0.9);
  const Model model = MustEstimate(panel, "y ~ x1:i(group) + x2");
  const auto margin = Margins(panel, model, "x1 by group")[1];
  const auto weights = EstimableWeights(model.fitted, margin.weights).value();
  ASSERT_TRUE(weights);
  const Index k = model.fitted.parameters();
  const Eigen::MatrixXd vcov = Eigen::MatrixXd::Identity(k, k) * 0.04;
  const auto test = TestHypothesis(MarginHypothesis(margin, *weights, model.fitted.solution.kept),
                                   model.fitted.solution.kept, model.fitted.solution.coefficients, vcov, 12.0, 0.95);
  ASSERT_TRUE(test);
  EXPECT_NEAR(test->estimate, Coefficient(model, "x1:group::b"), 1e-14);
  EXPECT_NEAR(test->std_error, 0.2, 1e-14);
  EXPECT_EQ(test->text, "x1 by group");
}

TEST(Margins, WhatTheRowsCannotTellIsUnset) {
  Panel panel = RandomPanel(26, 20, 10, 0.9);
  AddColumn(panel, "twice", [&](std::size_t row) { return 2.0 * Numbers(panel, "x1")[row]; });
  AddColumn(panel, "level", [&](std::size_t row) { return static_cast<double>(panel.units[row].back() - '0'); });
  const Model model = MustEstimate(panel, "y ~ x1 + twice + level | unit");
  for (const char* text : {"twice", "level"}) {
    EXPECT_FALSE(EstimableWeights(model.fitted, Margins(panel, model, text).front().weights).value()) << text;
  }
  // Like its coefficient, in the model without the column left out.
  EXPECT_EQ(Value(model, Margins(panel, model, "x1").front()), Coefficient(model, "x1"));
}

TEST(Margins, MistakesAllAtOnce) {
  const Formula formula = ParseFormula("y ~ log(x2) + x1:i(group) + poly(x3, 2) | unit[x4]").value();
  EXPECT_TRUE(ParseMargins({"log( x2 )", "x1 by group", "x3 by `a b`"}, formula).ok());
  const auto bad = ParseMargins({"x2", "x11", "", "x1 by ", "group", "(x1", "x4"}, formula);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.status().reason(), "MARGIN_INVALID");
  EXPECT_EQ(bad.status().violations().size(), 7U) << bad.status().ToString();
  EXPECT_EQ(bad.status().violations()[0].field, "margins[0]");
  EXPECT_THAT(bad.status().violations()[1].description, HasSubstr("did you mean x1?"));
  const auto requests = ParseMargins({"x1 by region", "x1 by year"}, ParseFormula("y ~ x1^2").value()).value();
  EXPECT_THAT(MarginColumns(requests, ParseFormula("y ~ x1^2").value()), ElementsAre("region", "x1", "year"));
  const Panel panel = RandomPanel(27, 10, 6, 1.0);
  const Model model = MustEstimate(panel, "y ~ x1");
  const auto unknown = ComputeMargins(panel, model.formula, model.fitted.design, {"x1 by gruop", "x1", "gruop"});
  EXPECT_EQ(unknown.status().reason(), "COLUMN_NOT_FOUND");
  EXPECT_THAT(unknown.status().message(), HasSubstr("did you mean group?"));
}

// Slopes of x by unit beside the dummies are the coefficients of i(unit):x, whichever way they are taken out.
TEST(VaryingSlopes, EqualInteractionsWithTheDummies) {
  const Panel panel = RandomPanel(28, 12, 12, 0.9);
  const Model absorbed = MustEstimate(panel, "y ~ x1 + x2 | unit[x3]");
  const Model written = MustEstimate(panel, "y ~ x1 + x2 + i(unit):x3 | unit");
  EXPECT_NEAR(Coefficient(absorbed, "x1"), Coefficient(written, "x1"), 1e-10);
  EXPECT_NEAR(Coefficient(absorbed, "x2"), Coefficient(written, "x2"), 1e-10);
  EXPECT_NEAR(absorbed.fitted.solution.residuals.squaredNorm(), written.fitted.solution.residuals.squaredNorm(), 1e-9);
  EXPECT_EQ(absorbed.fitted.residual_df, written.fitted.residual_df);
  const Model alone = MustEstimate(panel, "y ~ x1 + x2 | unit[[x3]]");
  const Model alone_written = MustEstimate(panel, "y ~ x1 + x2 + i(unit):x3");
  EXPECT_NEAR(Coefficient(alone, "x1"), Coefficient(alone_written, "x1"), 1e-10);
  EXPECT_EQ(alone.fitted.residual_df, alone_written.fitted.residual_df);
}

}  // namespace
}  // namespace farrell::regression::testing
