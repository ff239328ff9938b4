// Rows and columns of a design.
#include "services/regression/engine/design.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

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
}

}  // namespace
}  // namespace farrell::regression::testing
